package journal_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/internal/anystore"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// The bytes of one small log and of its checkpoint. They never change: whoever kept a checkpoint holds us to them.
const (
	goldenFirst = `{"v":1,"pos":1,"at":"2026-03-20T09:00:00.000000Z","mod":"garden","name":"plant.sown/1","id":"fig",` +
		`"by":{"kind":"person","id":"ana"},"cmd":"id-1","data":{"bed":"north"}}`
	goldenCheckpoint = "garden.example/01980000-0000-7000-8000-000000000001\n2\n" +
		"z9ywtgrwvofb1XOT43dl3W0KxATpqDhWekLmMiaCvpI=\n\n" +
		"— garden.example IzX0b5QKGFXP/Eyv4JJ0fdE9ckILbnhURcMX8/KNCiW62Nf1GalC7lKR4xzjgKgt1Kbkt0oWG19P6e/nxtodXNOgGgI=\n"
)

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		g.emit(home, "fig", PlantSown{Bed: "north"}, PlantGrew{MM: 5})
		first, err := g.entries(home)[0].Bytes()
		require.NoError(t, err)
		require.Equal(t, goldenFirst, string(first))
		signed, err := g.Checkpoint(t.Context(), home)
		require.NoError(t, err)
		require.Equal(t, goldenCheckpoint, string(signed))

		c, err := journal.OpenCheckpoint(signed, g.Verifier())
		require.NoError(t, err)
		require.Equal(t, "garden.example/"+string(home), c.Origin)
		require.EqualValues(t, 2, c.Size)
		require.True(t, strings.HasPrefix(string(signed), c.String()+"\n— garden.example "))
		rep, err := g.Verify(t.Context(), home)
		require.NoError(t, err)
		require.EqualValues(t, 2, rep.Signed)
		require.Equal(t, c.Root, rep.Root)

		again, err := g.Checkpoint(t.Context(), home)
		require.NoError(t, err)
		require.Equal(t, signed, again)
		kept, _ := get(t, st, home, "journal.checkpoint", "last")
		require.EqualValues(t, 1, kept.Version, "what did not grow is not signed again")

		g.emit(home, "fig", PlantGrew{MM: 5})
		later, err := g.Checkpoint(t.Context(), home)
		require.NoError(t, err)
		l, err := journal.OpenCheckpoint(later, g.Verifier())
		require.NoError(t, err)
		require.NoError(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			proof, err := r.ProveConsistency(l.Size, c.Size)
			require.NoError(t, err)
			return journal.CheckConsistency(proof, l.Size, l.Root, c.Size, c.Root)
		}))
		g.verify(home)

		t.Run("a space without a log has a checkpoint and keeps none", func(t *testing.T) {
			signed, err := g.Checkpoint(t.Context(), other)
			require.NoError(t, err)
			require.Contains(t, string(signed), "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
			for s, err := range st.Spaces(t.Context()) {
				require.NoError(t, err)
				require.NotEqual(t, other, s)
			}
		})
		t.Run("a space whose name has two lines", func(t *testing.T) {
			_, err := g.Checkpoint(t.Context(), "a\n5")
			require.ErrorIs(t, err, journal.ErrCheckpoint)
		})
	})
}

// A log never signs what contradicts what it signed before.
func TestCheckpointRefused(t *testing.T) {
	t.Parallel()
	grown := func(t *testing.T, mm ...int) (anystore.Store, garden) {
		st := newStore(t)
		g := program(t, st)
		for _, n := range mm {
			g.emit(home, "fig", PlantGrew{MM: n})
		}
		return st, g
	}
	_, honest := grown(t, 1, 2, 3)
	signed, err := honest.Checkpoint(t.Context(), home)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		mm   []int
		kept func() []byte
		want error
	}{
		"a fork of the same length": {[]int{1, 5, 3}, func() []byte { return signed }, journal.ErrVerify},
		"a longer fork":             {[]int{1, 5, 3, 4}, func() []byte { return signed }, journal.ErrVerify},
		"a log cut short":           {[]int{1, 2}, func() []byte { return signed }, journal.ErrVerify},
		"a checkpoint of another log": {[]int{1, 2, 3}, func() []byte {
			honest.emit(other, "fig", PlantGrew{MM: 1})
			signed, err := honest.Checkpoint(t.Context(), other)
			require.NoError(t, err)
			return signed
		}, journal.ErrVerify},
		"no checkpoint at all": {[]int{1, 2, 3}, func() []byte { return []byte("?") }, journal.ErrCheckpoint},
	} {
		t.Run(name, func(t *testing.T) {
			st, g := grown(t, c.mm...)
			kept := c.kept()
			put(t, st, home, "journal.checkpoint", "last", func(r *store.Record) { r.Side, r.Body = true, kept })
			_, err := g.Checkpoint(t.Context(), home)
			require.ErrorIs(t, err, c.want)
			g.refuses(home, "checkpoint")
			rec, _ := get(t, st, home, "journal.checkpoint", "last")
			require.Equal(t, kept, rec.Body)
		})
	}
}

func TestParseCheckpoint(t *testing.T) {
	t.Parallel()
	const root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	good := "example.com/behind-the-sofa\n20852163\n" + root + "\n" // the example of C2SP tlog-checkpoint
	c, err := journal.ParseCheckpoint(good)
	require.NoError(t, err)
	require.Equal(t, "example.com/behind-the-sofa", c.Origin)
	require.EqualValues(t, 20852163, c.Size)
	require.Equal(t, good, c.String())
	extended, err := journal.ParseCheckpoint(good + "more\nand more\n")
	require.NoError(t, err)
	require.Equal(t, c, extended)

	for name, text := range map[string]string{
		"nothing":                "",
		"two lines":              "a\n5\n",
		"no last line feed":      "a\n5\n" + root,
		"an open extension":      good + "more",
		"an empty extension":     good + "more\n\n",
		"an empty line after":    good + "\n",
		"no origin":              "\n5\n" + root + "\n",
		"no size":                "a\n\n" + root + "\n",
		"a leading zero":         "a\n05\n" + root + "\n",
		"a plus":                 "a\n+5\n" + root + "\n",
		"a negative size":        "a\n-5\n" + root + "\n",
		"too large a size":       "a\n9223372036854775808\n" + root + "\n",
		"a hexadecimal size":     "a\n0x5\n" + root + "\n",
		"a short root":           "a\n5\nAAAA\n",
		"a root that is no code": "a\n5\n" + strings.Repeat("?", 44) + "\n",
		"a root with loose bits": "a\n5\n" + strings.Replace(root, "q2I=", "q2J=", 1) + "\n",
		"a carriage return":      "a\n5\n" + root + "\r\n",
		"a root of URLs":         "a\n5\n" + strings.Replace(root, "/", "_", 1) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := journal.ParseCheckpoint(text)
			require.ErrorIs(t, err, journal.ErrCheckpoint)
		})
	}
}

func TestOpenCheckpoint(t *testing.T) {
	t.Parallel()
	_, verifier := key(t, "garden.example")
	_, stranger := key(t, "elsewhere.example")
	_, err := journal.OpenCheckpoint([]byte(goldenCheckpoint), verifier)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		text string
		v    note.Verifier
	}{
		"another key":  {goldenCheckpoint, stranger},
		"another size": {strings.Replace(goldenCheckpoint, "\n2\n", "\n3\n", 1), verifier},
		"no signature": {goldenCheckpoint[:strings.Index(goldenCheckpoint, "\n— ")+1], verifier},
		"nothing":      {"", verifier},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := journal.OpenCheckpoint([]byte(c.text), c.v)
			require.ErrorIs(t, err, journal.ErrCheckpoint)
		})
	}

	t.Run("a signed text that is no checkpoint", func(t *testing.T) {
		t.Parallel()
		signed, err := program(t, newStore(t)).Sign("hello\n")
		require.NoError(t, err)
		_, err = journal.OpenCheckpoint(signed, verifier)
		require.ErrorIs(t, err, journal.ErrCheckpoint)
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("a\n5\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nmore\n")
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := journal.ParseCheckpoint(text); err == nil {
			require.True(t, strings.HasPrefix(text, c.String()))
		}
	})
}
