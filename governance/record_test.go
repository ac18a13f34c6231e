package governance

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/voting"
)

func TestBallotBody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := ballotBody{
			Ballot: voting.Choice(rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "choice")),
			Weight: voting.Weight(rapid.Int64Range(0, int64(voting.MaxWeight)).Draw(t, "weight")),
			At:     time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "at")).UTC(),
			Hand:   [16]byte(uuid.New()), Nonce: [16]byte(uuid.New()),
		}
		out, err := readBody(in.append(nil))
		require.NoError(t, err)
		require.Equal(t, in, out)
	})
	for _, bad := range [][]byte{nil, {0}, {bodyMark}, {2, 1, 1}, ballotBody{Ballot: voting.For}.append(nil)[:20], append(ballotBody{Ballot: voting.For}.append(nil), 0)} {
		_, err := readBody(bad)
		require.ErrorIs(t, err, ErrBallotDamaged)
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add(appendRecord(nil, store.Ballot{Space: "s", Poll: "p", Key: []byte("k"), Rank: 3, Rev: 1, Body: []byte("body")}))
	f.Add([]byte(recordMark + "s\np\n\xff"))
	f.Fuzz(func(t *testing.T, rec []byte) {
		b, err := readRecord(rec)
		if err == nil {
			require.Equal(t, rec, appendRecord(nil, b))
		}
	})
}
