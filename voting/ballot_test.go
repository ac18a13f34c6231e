package voting_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

func TestBallot(t *testing.T) {
	t.Parallel()
	longest := voting.Choice(strings.Repeat("x", 64))

	t.Run("comes back from its binary form, and so does what follows it", func(t *testing.T) {
		t.Parallel()
		for _, c := range []voting.Choice{voting.For, voting.Against, voting.Abstain, voting.Blank, "0", "samedi-matin", longest} {
			bin := voting.AppendBallot([]byte("before"), c)
			b, rest, err := voting.ReadBallot(append(bin[len("before"):], "after"...))
			require.NoError(t, err, c)
			require.Equal(t, voting.Ballot(c), b)
			require.Equal(t, "after", string(rest))
		}
	})

	t.Run("the binary form is what boxes already hold", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []byte("\x01\x03for"), voting.AppendBallot(nil, voting.For))
		require.Equal(t, []byte("\x01\x07abstain"), voting.AppendBallot(nil, voting.Abstain))
	})

	t.Run("bytes that are no ballot are refused", func(t *testing.T) {
		t.Parallel()
		for _, src := range []string{
			"", "\x01", "\x00\x03for", "\x02\x03for", "\xff\x03for", "\x01\x04for", "\x01\x00", "\x01\x03FOR", "\x01\x02a b", "\x01\x02-a",
			"\x01\x07invalid", "\x01\x02\xc3\xa9", "\x01\x41" + string(longest) + "x",
		} {
			b, _, err := voting.ReadBallot([]byte(src))
			require.ErrorIs(t, err, voting.ErrBallotUnreadable, "%q", src)
			require.Nil(t, b)
		}
	})

	t.Run("comes back from its JSON form", func(t *testing.T) {
		t.Parallel()
		data, err := voting.MarshalBallot(voting.For)
		require.NoError(t, err)
		require.Equal(t, `{"choice":"for"}`, string(data))
		b, err := voting.UnmarshalBallot([]byte(" { \"choice\" : \"for\" } \n"))
		require.NoError(t, err)
		require.Equal(t, voting.Ballot(voting.For), b)
	})

	t.Run("JSON that is not exactly a ballot is refused", func(t *testing.T) {
		t.Parallel()
		for _, src := range []string{
			``, `null`, `"for"`, `[]`, `{}`, `{"choice":null}`, `{"choice":1}`, `{"choice":["for"]}`, `{"Choice":"for"}`, `{"choice":""}`,
			`{"choice":"for","weight":"2"}`, `{"choice":"for","choice":"against"}`, `{"choice":"for"}x`, `{"choice":"for"}{}`,
			`{"choice":"for"`, `{"choice":"invalid"}`, `{"choice":"Pour !"}`, `{"choice":{"choice":"for"}}`,
		} {
			b, err := voting.UnmarshalBallot([]byte(src))
			require.ErrorIs(t, err, voting.ErrBallotUnreadable, src)
			require.Nil(t, b)
		}
		_, err := voting.MarshalBallot(nil)
		require.ErrorIs(t, err, voting.ErrBallotUnreadable)
	})
}

func FuzzReadBallot(f *testing.F) {
	f.Add([]byte("\x01\x03for"))
	f.Add([]byte("\x01\x07againstmore"))
	f.Add([]byte("\x01\xff"))
	f.Add([]byte("\x07\x09objection\x07too wet"))
	f.Add([]byte("\x07\x07concern\x03\xff\xfe\xfd"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, src []byte) {
		b, rest, err := voting.ReadBallot(src)
		if err != nil {
			require.ErrorIs(t, err, voting.ErrBallotUnreadable)
			return
		}
		require.Equal(t, src, append(voting.AppendBallot(nil, b), rest...), "one way to write it")
		data, err := voting.MarshalBallot(b)
		require.NoError(t, err)
		same, err := voting.UnmarshalBallot(data)
		require.NoError(t, err)
		require.Equal(t, b, same)
	})
}

func FuzzUnmarshalBallot(f *testing.F) {
	for _, s := range []string{`{"choice":"for"}`, `{"choice":"a-1"}`, `{"choice":"for","x":1}`, `{}`, `[`, `{"choice":"\u0066or"}`, `{"choice":"a","reason":"b"}`, `{"reason":"b","choice":"a"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		b, err := voting.UnmarshalBallot(src)
		if err != nil {
			require.ErrorIs(t, err, voting.ErrBallotUnreadable)
			return
		}
		same, rest, err := voting.ReadBallot(voting.AppendBallot(nil, b))
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Equal(t, b, same)
		require.True(t, bytes.HasPrefix(bytes.TrimLeft(src, " \t\r\n"), []byte("{")))
	})
}
