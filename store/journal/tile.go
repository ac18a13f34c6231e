package journal

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// The tree is kept in tiles of height 8, as in C2SP tlog-tiles: 256 hashes each, as side records. Of level 0, which holds
// the hashes of entries, only full tiles are stored; the last one is computed from its entries. The levels above grow by
// a hash whenever a tile below them is full, and are stored at once, for their hashes would take 256 times as long.
const (
	tileKind   = "journal.tile"
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

func tileID(level int, n int64) string { return fmt.Sprintf("%d/%012d", level, n) }

// writeTiles stores the tiles that became full when the log grew from one size to another. The entries are in w already.
func writeTiles(w store.Writer, from, to int64) error {
	for n := from / tileWidth; n < to/tileWidth; n++ {
		data, err := leaves(w, n, tileWidth)
		if err != nil {
			return err
		}
		if err := w.Put(store.Record{Kind: tileKind, ID: tileID(0, n), Side: true, Body: data}); err != nil {
			return err
		}
		if err := growTile(w, 1, n, tileRoot(data)); err != nil {
			return err
		}
	}
	return nil
}

// growTile appends a hash to a level.
func growTile(w store.Writer, level int, index int64, h Hash) error {
	n := index / tileWidth
	rec, err := w.Get(tileKind, tileID(level, n))
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return err
	}
	if int64(len(rec.Body)) != index%tileWidth*tlog.HashSize {
		return ErrEntry.At("tile "+tileID(level, n), "is not as wide as the log says")
	}
	data := append(bytes.Clone(rec.Body), h[:]...)
	if err := w.Put(store.Record{Kind: tileKind, ID: tileID(level, n), Version: rec.Version, Side: true, Body: data}); err != nil {
		return err
	}
	if len(data) < tileWidth*tlog.HashSize {
		return nil
	}
	return growTile(w, level+1, n, tileRoot(data))
}

// leaves computes a tile of level 0 from its entries.
func leaves(r store.Reader, n int64, width int) ([]byte, error) {
	data := make([]byte, 0, width*tlog.HashSize)
	for e, err := range r.Events(store.Position(n * tileWidth)) {
		if err != nil {
			return nil, err
		}
		h := LeafHash(e.Body)
		if data = append(data, h[:]...); len(data) == width*tlog.HashSize {
			return data, nil
		}
	}
	return nil, ErrEntry.At("tile "+tileID(0, n), "the log is too short")
}

// tileRoot gives the root over a full tile's hashes.
func tileRoot(data []byte) Hash {
	var e Edge
	for ; len(data) >= tlog.HashSize; data = data[tlog.HashSize:] {
		e.AddHash(Hash(data[:tlog.HashSize]))
	}
	return e.Root()
}

// tiles gives stored and computed tiles to package tlog, which checks every one against the tree's root.
type tiles struct{ r store.Reader }

func (t tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	for i, w := range want {
		data, err := readTile(t.r, w.L, w.N, w.W)
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// readTile gives the first hashes of a tile.
func readTile(r store.Reader, level int, n int64, width int) ([]byte, error) {
	if level == 0 && width < tileWidth {
		return leaves(r, n, width)
	}
	rec, err := r.Get(tileKind, tileID(level, n))
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return nil, err
	}
	if len(rec.Body) < width*tlog.HashSize {
		return nil, ErrEntry.At("tile "+tileID(level, n), "is missing, or too short")
	}
	return bytes.Clone(rec.Body[:width*tlog.HashSize]), nil
}

// ErrSize refuses a size or a position beyond the end of the log.
var ErrSize = fault.New(fault.Invalid, "journal.size", "the log is not that long")

// Tile gives the bytes of a tile of height 8, as C2SP tlog-tiles lays them out: width consecutive hashes of level 8*level,
// from hash n*256 on. ErrSize when the log does not have that many yet.
func (r *Reader) Tile(level int, n int64, width int) ([]byte, error) {
	if level < 0 || level > 7 || n < 0 || width < 1 || width > tileWidth {
		return nil, ErrSize
	}
	h, err := readHead(r.r)
	if err != nil {
		return nil, err
	}
	if have := h.Edge.Size >> (tileHeight * level); n > have/tileWidth || n*tileWidth+int64(width) > have {
		return nil, ErrSize
	}
	return readTile(r.r, level, n, width)
}

// hashReader reads the tree from its tiles; package tlog checks every one against the head's root.
func hashReader(r store.Reader, h head) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: h.Edge.Size, Hash: h.Edge.Root()}, tiles{r})
}

// ProveInclusion proves that the entry at a position is in the log as it was with size entries.
func (r *Reader) ProveInclusion(size int64, at store.Position) ([]Hash, error) {
	h, err := readHead(r.r)
	if err != nil {
		return nil, err
	}
	if at < 1 || size < 1 || at > store.Position(size) || size > h.Edge.Size {
		return nil, ErrSize
	}
	return tlog.ProveRecord(size, int64(at)-1, hashReader(r.r, h))
}

// ProveConsistency proves that the log with size entries begins with the log as it was with earlier entries. The proof
// is empty when the two are the same.
func (r *Reader) ProveConsistency(size, earlier int64) ([]Hash, error) {
	h, err := readHead(r.r)
	if err != nil {
		return nil, err
	}
	if earlier < 1 || earlier > size || size > h.Edge.Size {
		return nil, ErrSize
	}
	return tlog.ProveTree(size, earlier, hashReader(r.r, h))
}

// Root gives the root of the log as it was with size entries.
func (r *Reader) Root(size int64) (Hash, error) {
	h, err := readHead(r.r)
	if err != nil {
		return Hash{}, err
	}
	return rootAt(r.r, h, size)
}

// rootAt gives the root as it was with size entries, under a head that was read.
func rootAt(r store.Reader, h head, size int64) (Hash, error) {
	switch {
	case size < 0 || size > h.Edge.Size:
		return Hash{}, ErrSize
	case size == h.Edge.Size:
		return h.Edge.Root(), nil
	}
	return tlog.TreeHash(size, hashReader(r, h))
}
