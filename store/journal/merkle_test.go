package journal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// reference is package tlog's own way of keeping a tree: all its hashes in one row.
type reference []tlog.Hash

func (r *reference) add(t require.TestingT, n int64, leaf []byte) {
	hashes, err := tlog.StoredHashes(n, leaf, r)
	require.NoError(t, err)
	*r = append(*r, hashes...)
}

func (r *reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = (*r)[x]
	}
	return out, nil
}

func leaf(n int64) []byte { return fmt.Appendf(nil, "leaf %d", n) }

// sizes of interest below a bound, and their neighbours.
func sizes(max int64) []int64 {
	var out []int64
	for _, n := range []int64{0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100, 127, 128, 255, 256, 257, 258, 300, 511, 512, 513, 599, 600} {
		if n <= max {
			out = append(out, n)
		}
	}
	return out
}

func TestEdgeAndTree(t *testing.T) {
	t.Parallel()
	var ref reference
	var edge journal.Edge
	var leaves []journal.Hash
	roots := map[int64]journal.Hash{}
	for n := int64(0); n <= 600; n++ {
		want, err := tlog.TreeHash(n, &ref)
		require.NoError(t, err)
		require.Equal(t, want, edge.Root(), "size %d", n)
		tree := journal.NewTree(leaves)
		require.Equal(t, want, tree.Root(), "size %d", n)
		require.Equal(t, n, edge.Size)
		require.Equal(t, n, tree.Size())
		roots[n] = want
		hash := tlog.RecordHash(leaf(n))
		require.Equal(t, hash, journal.LeafHash(leaf(n)))
		leaves = append(leaves, hash)

		// The edge survives being written down.
		text, err := json.Marshal(edge)
		require.NoError(t, err)
		edge = journal.Edge{}
		require.NoError(t, json.Unmarshal(text, &edge))

		if n > 70 && !slices.Contains(sizes(600), n) {
			ref.add(t, n, leaf(n))
			edge.Add(leaf(n))
			continue
		}
		for _, i := range sizes(n - 1) {
			proof, err := tree.Prove(i)
			require.NoError(t, err)
			require.NoError(t, journal.CheckInclusion(proof, n, want, i, leaf(i)))
			require.Error(t, journal.CheckInclusion(proof, n, want, i, leaf(i+1)))
		}
		for _, earlier := range sizes(n) {
			if earlier == 0 {
				continue
			}
			proof, err := tlog.ProveTree(n, earlier, &ref)
			require.NoError(t, err)
			require.NoError(t, journal.CheckConsistency(proof, n, want, earlier, roots[earlier]))
			require.Error(t, journal.CheckConsistency(proof, n, want, earlier, roots[earlier-1]))
		}
		ref.add(t, n, leaf(n))
		require.Equal(t, hash, edge.Add(leaf(n)))
	}

	t.Run("a leaf that is not there", func(t *testing.T) {
		for _, tree := range []journal.Tree{journal.NewTree(leaves), journal.NewTree(nil)} {
			for _, i := range []int64{-1, tree.Size()} {
				_, err := tree.Prove(i)
				require.Error(t, err)
			}
		}
	})
	t.Run("a proof of nothing", func(t *testing.T) {
		require.Error(t, journal.CheckConsistency(nil, 5, roots[5], 0, roots[0]))
		require.Error(t, journal.CheckConsistency(nil, 5, roots[5], 6, roots[6]))
		require.Error(t, journal.CheckConsistency(nil, 5, roots[5], 5, roots[4]))
		require.Error(t, journal.CheckConsistency([]journal.Hash{{}}, 5, roots[5], 5, roots[5]))
		require.Error(t, journal.CheckInclusion(nil, 0, roots[0], 0, nil))
	})
}

func TestTreeProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 600), 1, 70).Draw(t, "records")
		var ref reference
		var edge journal.Edge
		var leaves []journal.Hash
		for i, rec := range records {
			ref.add(t, int64(i), rec)
			leaves = append(leaves, journal.LeafHash(rec))
			edge.AddHash(leaves[i])
		}
		tree, size := journal.NewTree(leaves), int64(len(records))
		root, err := tlog.TreeHash(size, &ref)
		require.NoError(t, err)
		require.Equal(t, root, tree.Root())
		require.Equal(t, root, edge.Root())
		i := rapid.Int64Range(0, size-1).Draw(t, "index")
		proof, err := tree.Prove(i)
		require.NoError(t, err)
		want, err := tlog.ProveRecord(size, i, &ref)
		require.NoError(t, err)
		require.Equal(t, []journal.Hash(want), append([]journal.Hash{}, proof...))
		require.NoError(t, journal.CheckInclusion(proof, size, root, i, records[i]))
		at := rapid.Int64Range(1, size).Draw(t, "earlier")
		earlier := journal.NewTree(leaves[:at]).Root()
		proof, err = tlog.ProveTree(size, at, &ref)
		require.NoError(t, err)
		require.NoError(t, journal.CheckConsistency(proof, size, root, at, earlier))
		if len(proof) > 0 {
			proof[rapid.IntRange(0, len(proof)-1).Draw(t, "bent")][0] ^= 1
			require.Error(t, journal.CheckConsistency(proof, size, root, at, earlier))
		}
	})
}

// checkLog holds what a Reader says of the tree to the reference.
func checkLog(t *testing.T, r *journal.Reader, ref *reference, size int64, bodies func(int64) []byte, at []int64) {
	t.Helper()
	root, err := tlog.TreeHash(size, ref)
	require.NoError(t, err)
	got, err := r.Root(size)
	require.NoError(t, err)
	require.Equal(t, root, got)
	for _, n := range at {
		if n > size {
			continue
		}
		then, err := tlog.TreeHash(n, ref)
		require.NoError(t, err)
		got, err := r.Root(n)
		require.NoError(t, err)
		require.Equal(t, then, got)
		if n == 0 {
			continue
		}
		proof, err := r.ProveConsistency(size, n)
		require.NoError(t, err)
		require.NoError(t, journal.CheckConsistency(proof, size, root, n, then))
		proof, err = r.ProveInclusion(size, store.Position(n))
		require.NoError(t, err)
		require.NoError(t, journal.CheckInclusion(proof, size, root, n-1, bodies(n-1)))
		proof, err = r.ProveInclusion(n, store.Position((n+1)/2)) // in the log as it was
		require.NoError(t, err)
		require.NoError(t, journal.CheckInclusion(proof, n, then, (n+1)/2-1, bodies((n+1)/2-1)))
	}
	for level := 0; size>>(8*level) > 0; level++ {
		have := size >> (8 * level)
		count := (have + 255) / 256
		for n := range count {
			if n > 2 && n < count-2 { // those between are like them
				continue
			}
			for _, w := range []int64{1, min(256, have-256*n)} {
				want, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: int(w)}, ref)
				require.NoError(t, err)
				got, err := r.Tile(level, n, int(w))
				require.NoError(t, err)
				require.Equal(t, want, got, "tile %d/%d of width %d", level, n, w)
			}
			if w := have - 256*n; w < 256 {
				_, err := r.Tile(level, n, int(w)+1)
				require.ErrorIs(t, err, journal.ErrSize)
			}
		}
	}
}

func TestTiles(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		var ref reference
		var bodies [][]byte // of the entries that the reference holds
		for _, size := range sizes(600)[1:] {
			g.do(home, func(tx *journal.Tx) error {
				for range size - int64(len(bodies)) {
					if err := tx.Emit("fig", PlantGrew{MM: 1}); err != nil {
						return err
					}
				}
				return nil
			})
			require.NoError(t, g.View(t.Context(), home, func(r *journal.Reader) error {
				for e, err := range r.Store().Events(store.Position(len(bodies))) {
					require.NoError(t, err)
					ref.add(t, int64(len(bodies)), e.Body)
					bodies = append(bodies, bytes.Clone(e.Body))
				}
				checkLog(t, r, &ref, size, func(i int64) []byte { return bodies[i] }, sizes(size))
				return nil
			}))
		}

		require.NoError(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			for _, bad := range [][3]int64{{-1, 0, 1}, {8, 0, 1}, {0, -1, 1}, {0, 0, 0}, {0, 0, 257}, {0, 1 << 60, 1}, {0, 3, 1}, {2, 0, 1}} {
				_, err := r.Tile(int(bad[0]), bad[1], int(bad[2]))
				require.ErrorIs(t, err, journal.ErrSize, "%v", bad)
			}
			for _, bad := range [][2]int64{{600, 0}, {600, 601}, {601, 1}, {0, 1}, {-1, 1}, {5, 6}, {600, -1}} {
				_, err := r.ProveInclusion(bad[0], store.Position(bad[1]))
				require.ErrorIs(t, err, journal.ErrSize, "%v", bad)
				_, err = r.ProveConsistency(bad[0], bad[1])
				require.ErrorIs(t, err, journal.ErrSize, "%v", bad)
			}
			for _, bad := range []int64{-1, 601} {
				_, err := r.Root(bad)
				require.ErrorIs(t, err, journal.ErrSize)
			}
			return nil
		}))
		g.verify(home)

		t.Run("a missing or bent tile proves nothing, and does not grow", func(t *testing.T) {
			put(t, st, home, "journal.tile", "1/000000000000", func(r *store.Record) { r.Body = r.Body[:32] })
			err := g.try(home, func(tx *journal.Tx) error {
				for range 256 {
					if err := tx.Emit("fig", PlantGrew{MM: 1}); err != nil {
						return err
					}
				}
				return nil
			})
			require.ErrorIs(t, err, journal.ErrEntry)
			put(t, st, home, "journal.tile", "0/000000000000", func(r *store.Record) { r.Body[77] ^= 1 })
			require.Error(t, g.View(t.Context(), home, func(r *journal.Reader) error {
				_, err := r.ProveInclusion(600, 1)
				return err
			}))
			require.NoError(t, st.Update(t.Context(), home, func(w store.Writer) error {
				return w.Drop("journal.tile", "0/000000000000")
			}))
			require.ErrorIs(t, g.View(t.Context(), home, func(r *journal.Reader) error {
				_, err := r.ProveInclusion(600, 1)
				return err
			}), journal.ErrEntry)
		})
	})
}

// Where tiles of the third level begin: 256*256 entries. Entries are bare leaves here, for the tree does not read them.
func TestTilesOfTiles(t *testing.T) {
	t.Parallel()
	st := newStore(t)
	g := program(t, st)
	var ref reference
	var edge journal.Edge
	for _, size := range []int64{65_535, 65_536, 65_537} {
		require.NoError(t, st.Update(t.Context(), home, func(w store.Writer) error {
			var log []store.Event
			from := edge.Size
			for edge.Size < size {
				ref.add(t, edge.Size, leaf(edge.Size))
				log = append(log, store.Event{Position: store.Position(edge.Size + 1), Body: leaf(edge.Size)})
				edge.Add(leaf(edge.Size))
			}
			if err := w.Append(log...); err != nil {
				return err
			}
			rec, _ := w.Get("journal.head", "head")
			rec.Kind, rec.ID, rec.Side = "journal.head", "head", true
			var err error
			if rec.Body, err = json.Marshal(map[string]any{"edge": edge, "at": spring}); err != nil {
				return err
			}
			if err := w.Put(rec); err != nil {
				return err
			}
			return journal.WriteTiles(w, from, size)
		}))
		require.NoError(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			checkLog(t, r, &ref, size, leaf, []int64{1, 256, 257, 32_768, 65_279, 65_280, 65_281, 65_535, 65_536, 65_537})
			return nil
		}))
		_, found := get(t, st, home, "journal.tile", "2/000000000000")
		require.Equal(t, size >= 65_536, found)
	}
}
