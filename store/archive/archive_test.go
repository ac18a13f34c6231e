package archive_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/archive"
	"github.com/communecter/coopspace/store/memory"
)

const garden store.SpaceID = "0197a6b2-7c00-7000-8000-000000000001"

// furnished is a store with one of everything.
func furnished(t testing.TB) *memory.Store {
	t.Helper()
	st := memory.New()
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	for _, id := range []store.SpaceID{garden, store.Instance} {
		require.NoError(t, st.Update(t.Context(), id, func(w store.Writer) error {
			keys := []store.Key{{Index: "x", Bytes: []byte("\x00\xff")}, {Index: "x"}, {Index: "y", Bytes: []byte("b")}}
			return errors.Join(
				w.Put(store.Record{Kind: "a", ID: "1", Body: []byte("once")}),
				w.Put(store.Record{Kind: "a", ID: "1", Version: 1, Body: []byte("twice"), Keys: keys}),
				w.Put(store.Record{Kind: "text", ID: "é", Side: true, Body: bytes.Repeat([]byte("long "), 1000)}),
				w.Append(store.Event{Position: 1, Body: []byte(`{"v":1}`)}, store.Event{Position: 2}),
				w.OpenBox("p", store.Box{Change: true}), w.OpenBox("q", store.Box{}),
			)
		}))
		for _, key := range []string{"ana", "bo"} {
			b := store.Ballot{Space: id, Poll: "q", Key: []byte(key), Rank: 2, Retry: []byte("r"), Same: []byte("s"), Body: []byte("for")}
			_, err := st.Cast(t.Context(), b)
			require.NoError(t, err)
		}
		require.NoError(t, st.Update(t.Context(), id, func(w store.Writer) error { return w.ShutBox("q") }))
	}
	return st
}

func write(t testing.TB, pieces iter.Seq2[store.Piece, error]) ([]byte, archive.Summary) {
	t.Helper()
	var out bytes.Buffer
	s, err := archive.Write(&out, pieces)
	require.NoError(t, err)
	return out.Bytes(), s
}

func read(data []byte) iter.Seq2[store.Piece, error] {
	return archive.Read(context.Background(), bytes.NewReader(data))
}

// refused demands that neither reading nor checking takes an archive for whole.
func refused(t testing.TB, data []byte, want error) {
	t.Helper()
	_, err := archive.Check(t.Context(), bytes.NewReader(data))
	require.ErrorIs(t, err, want)
	var last error
	for _, err := range read(data) {
		require.NoError(t, last, "an error comes once and ends the reading")
		last = err
	}
	require.ErrorIs(t, last, want)
}

// The bytes of a small archive. They never change: archives that were written are read for ever.
const golden = "coopspace archive 1\n" +
	"\x02\x01s" +
	"\x0d\x02\x01\x01\x01a\x011\x01\x01x\x01kb" +
	"\x04\x03\x01{}" +
	"\x03\x04\x03p" +
	"\x0a\x05\x02\x01\x03ana\x00\x00" + "y" +
	"\x00"

func TestArchive(t *testing.T) {
	t.Parallel()
	st := furnished(t)
	data, sum := write(t, st.Pieces(t.Context()))
	require.True(t, archive.Is(data))

	t.Run("what was written is read", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, store.Same(st.Pieces(t.Context()), read(data)))
		got, err := archive.Check(t.Context(), iotest.OneByteReader(bytes.NewReader(data)))
		require.NoError(t, err)
		require.Equal(t, sum, got)
		require.Equal(t, 2*9, sum.Pieces)
		require.Regexp(t, "^backup [0-9a-f]{16}$", sum.String())
	})

	t.Run("the same is the same bytes", func(t *testing.T) {
		t.Parallel()
		again, _ := write(t, read(data))
		require.Equal(t, data, again)
		to := memory.New()
		_, err := store.Fill(t.Context(), to, sum.String(), read(data), nil)
		require.NoError(t, err)
		third, s := write(t, to.Pieces(t.Context()))
		require.Equal(t, data, third)
		require.Equal(t, sum, s)
	})

	t.Run("the bytes of version 1", func(t *testing.T) {
		t.Parallel()
		whole := withSum([]byte(golden))
		pieces := []store.Piece{
			{What: store.PieceSpace, Space: "s"},
			{What: store.PieceRecord, Space: "s", Record: store.Record{
				Kind: "a", ID: "1", Version: 1, Side: true, Body: []byte("b"), Keys: []store.Key{{Index: "x", Bytes: []byte("k")}},
			}},
			{What: store.PieceEvent, Space: "s", Event: store.Event{Position: 1, Body: []byte("{}")}},
			{What: store.PieceBox, Space: "s", Poll: "p", Box: store.Box{Change: true, Shut: true}},
			{What: store.PieceBallot, Space: "s", Ballot: store.Ballot{Space: "s", Poll: "p", Key: []byte("ana"), Rank: 2, Rev: 1, Body: []byte("y")}},
		}
		written, _ := write(t, func(yield func(store.Piece, error) bool) {
			for _, p := range pieces {
				if !yield(p, nil) {
					return
				}
			}
		})
		require.Equal(t, string(whole), string(written))
		i := 0
		for p, err := range read(whole) {
			require.NoError(t, err)
			require.True(t, p.Equal(&pieces[i]), p.String())
			i++
		}
		require.Equal(t, len(pieces), i)
	})

	t.Run("nothing at all is an archive too", func(t *testing.T) {
		t.Parallel()
		empty, sum := write(t, memory.New().Pieces(t.Context()))
		got, err := archive.Check(t.Context(), bytes.NewReader(empty))
		require.NoError(t, err)
		require.Equal(t, sum, got)
		require.Zero(t, sum.Pieces)
	})

	t.Run("cut short anywhere", func(t *testing.T) {
		t.Parallel()
		for n := range len(data) {
			want := archive.ErrDamaged
			if n == 0 {
				want = archive.ErrForeign
			}
			_, err := archive.Check(t.Context(), bytes.NewReader(data[:n]))
			require.ErrorIs(t, err, want, "cut at byte %d of %d", n, len(data))
		}
		refused(t, data[:len(data)-1], archive.ErrDamaged)
	})

	t.Run("damaged at any byte", func(t *testing.T) {
		t.Parallel()
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		for at := range data {
			bad := bytes.Clone(data)
			bad[at] ^= byte(1 + random.IntN(255))
			_, err := archive.Check(t.Context(), bytes.NewReader(bad))
			require.Error(t, err, "byte %d", at)
			require.NotErrorIs(t, err, io.EOF)
		}
	})

	t.Run("something follows", func(t *testing.T) {
		t.Parallel()
		refused(t, append(bytes.Clone(data), '\n'), archive.ErrDamaged)
		refused(t, append(bytes.Clone(data), data...), archive.ErrDamaged)
	})

	t.Run("no archive", func(t *testing.T) {
		t.Parallel()
		refused(t, nil, archive.ErrForeign)
		refused(t, []byte("once upon a time\n"), archive.ErrForeign)
		refused(t, bytes.Repeat([]byte("x"), 1<<17), archive.ErrForeign)
		refused(t, []byte("coopspace archive one\n"), archive.ErrDamaged)
		refused(t, []byte("coopspace archive 01\n"), archive.ErrDamaged)
		require.False(t, archive.Is([]byte("coopspace poll 1\n")))
	})

	t.Run("a newer archive", func(t *testing.T) {
		t.Parallel()
		newer := bytes.Replace(data, []byte("archive 1\n"), []byte("archive 2\n"), 1)
		require.True(t, archive.Is(newer))
		refused(t, newer, archive.ErrNewer)
	})

	t.Run("pieces that no store yields so, under a sum that is right", func(t *testing.T) {
		t.Parallel()
		for name, frames := range map[string]string{
			"a record outside a space":        "\x08\x02\x00\x01\x01a\x011\x00",
			"a ballot outside a box":          "\x02\x01s" + "\x09\x05\x02\x01\x03ana\x00\x00",
			"a ballot in another space's box": "\x02\x01s" + "\x03\x04\x00p" + "\x02\x01t" + "\x09\x05\x02\x01\x03ana\x00\x00",
			"a space twice":                   "\x02\x01s" + "\x02\x01s",
			"spaces out of order":             "\x02\x01t" + "\x02\x01s",
			"a space without a name":          "\x01\x01",
			"a record of version 0":           "\x02\x01s" + "\x08\x02\x00\x00\x01a\x011\x00",
			"a record with unknown flags":     "\x02\x01s" + "\x08\x02\x02\x01\x01a\x011\x00",
			"a record with more keys":         "\x02\x01s" + "\x08\x02\x00\x01\x01a\x011\x7f",
			"a record with keys out of order": "\x02\x01s" + "\x0e\x02\x00\x01\x01a\x011\x02\x01y\x00\x01x\x00",
			"a log that begins in the middle": "\x02\x01s" + "\x02\x03\x02",
			"a log with a gap":                "\x02\x01s" + "\x02\x03\x01" + "\x02\x03\x03",
			"a ballot of rev 0":               "\x02\x01s" + "\x03\x04\x00p" + "\x09\x05\x02\x00\x03ana\x00\x00",
			"a ballot without a key":          "\x02\x01s" + "\x03\x04\x00p" + "\x06\x05\x02\x01\x00\x00\x00",
			"a number longer than need be":    "\x02\x01s" + "\x04\x03\x81\x00x",
			"a length longer than need be":    "\x82\x00\x01s",
			"a length beyond everything":      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01s",
			"no kind of piece":                "\x02\x06s",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				refused(t, withSum([]byte("coopspace archive 1\n"+frames+"\x00")), archive.ErrDamaged)
			})
		}
	})

	t.Run("a disk that fails is no damage", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("broken")
		for _, n := range []int{0, 5, 100} {
			_, err := archive.Check(t.Context(), io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken)))
			require.ErrorIs(t, err, broken)
			require.NotErrorIs(t, err, archive.ErrDamaged)
		}
		_, err := archive.Check(t.Context(), io.MultiReader(bytes.NewReader(data), iotest.ErrReader(broken)))
		require.ErrorIs(t, err, broken)
		_, err = archive.Write(failing{broken}, st.Pieces(t.Context()))
		require.ErrorIs(t, err, broken)
	})

	t.Run("a context that ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := archive.Check(ctx, bytes.NewReader(data))
		require.ErrorIs(t, err, context.Canceled)
		_, err = archive.Write(io.Discard, st.Pieces(ctx))
		require.ErrorIs(t, err, context.Canceled)
	})
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// withSum ends an archive with the sum that it should have.
func withSum(data []byte) []byte {
	sum := sha256.Sum256(data)
	return append(bytes.Clone(data), sum[:]...)
}

// Whatever stands before a sum that is right is refused, or is pieces that every store can keep, and would be written the
// same again.
func FuzzRead(f *testing.F) {
	data, _ := write(f, furnished(f).Pieces(f.Context()))
	body := func(b []byte) []byte { return b[len("coopspace archive 1\n") : len(b)-sha256.Size-1] }
	f.Add(body(data))
	f.Add(body(withSum([]byte(golden))))
	f.Add([]byte("\x02\x01s\x03\x04\x00p\x09\x05\x02\x01\x03ana\x00\x00"))
	f.Fuzz(func(t *testing.T, frames []byte) {
		whole := withSum([]byte("coopspace archive 1\n" + string(frames) + "\x00"))
		sum, err := archive.Check(t.Context(), bytes.NewReader(whole))
		if err != nil {
			require.ErrorIs(t, err, archive.ErrDamaged)
			require.True(t, strings.HasPrefix(err.Error(), archive.ErrDamaged.Text+": byte "))
			return
		}
		again, s := write(t, read(whole))
		require.Equal(t, whole, again)
		require.Equal(t, sum, s)
		to := memory.New()
		_, err = store.Fill(t.Context(), to, sum.String(), read(whole), nil)
		require.NoError(t, err)
		require.NoError(t, store.Same(to.Pieces(t.Context()), read(whole)))
	})
}

// A piece that promises millions of keys and has none takes memory by its length, and not by what it promises.
func TestHungryPiece(t *testing.T) { // alone: it looks at all that is allocated
	keys := 4 << 20
	piece := append([]byte{byte(store.PieceRecord), 0, 1, 1, 'k', 1, 'i'}, binary.AppendUvarint(nil, uint64(keys))...)
	piece = append(piece, make([]byte, 2*keys)...) // each of no index and no bytes
	whole := []byte("coopspace archive 1\n")
	for _, p := range [][]byte{append([]byte{byte(store.PieceSpace)}, "jardins"...), piece} {
		whole = append(binary.AppendUvarint(whole, uint64(len(p))), p...)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := archive.Check(t.Context(), bytes.NewReader(whole))
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, archive.ErrDamaged)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16*len(piece)), "it took 270 times its length")
}
