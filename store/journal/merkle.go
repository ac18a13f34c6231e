package journal

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of a Merkle tree as in RFC 6962.
type Hash = tlog.Hash

// Edge is a growing Merkle tree of which only the right edge is kept: the roots of its perfect subtrees, at most one for
// each bit of its size. It is enough to add leaves and to know the root. The zero Edge is the empty tree.
type Edge struct {
	Size   int64  `json:"size"`
	Hashes []Hash `json:"hashes"` // left to right, that is, large to small
}

// Add appends a leaf by the hash of its record, and returns that hash.
func (e *Edge) Add(record []byte) Hash {
	leaf := tlog.RecordHash(record)
	e.AddHash(leaf)
	return leaf
}

// AddHash appends a leaf whose hash is known.
func (e *Edge) AddHash(h Hash) {
	for n := e.Size; n&1 == 1; n >>= 1 {
		last := len(e.Hashes) - 1
		h = tlog.NodeHash(e.Hashes[last], h)
		e.Hashes = e.Hashes[:last]
	}
	e.Hashes = append(e.Hashes, h)
	e.Size++
}

// Root gives the root of the tree; for the empty tree, RFC 6962's hash of nothing.
func (e *Edge) Root() Hash {
	if len(e.Hashes) == 0 {
		h, _ := tlog.TreeHash(0, nil) // needs no reader and cannot fail for an empty tree
		return h
	}
	h := e.Hashes[len(e.Hashes)-1]
	for i := len(e.Hashes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(e.Hashes[i], h)
	}
	return h
}

// Tree is a whole Merkle tree in memory, for proofs about a batch or a box: 64 bytes for each leaf.
type Tree struct {
	size   int64
	stored []Hash
}

// Add appends a leaf by its record.
func (t *Tree) Add(record []byte) {
	hashes, err := tlog.StoredHashes(t.size, record, t)
	if err != nil {
		panic(err) // only ReadHashes can fail, and it reads memory that Add wrote
	}
	t.stored = append(t.stored, hashes...)
	t.size++
}

// Size gives the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root gives the root over all leaves.
func (t *Tree) Root() Hash {
	h, err := tlog.TreeHash(t.size, t)
	if err != nil {
		panic(err) // as in Add
	}
	return h
}

// Prove gives the proof that the leaf at index (from 0) is in the tree.
func (t *Tree) Prove(index int64) ([]Hash, error) {
	if index < 0 || index >= t.size {
		return nil, fmt.Errorf("leaf %d of a tree of %d", index, t.size)
	}
	return tlog.ProveRecord(t.size, index, t)
}

// ReadHashes gives stored hashes to package tlog.
func (t *Tree) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(t.stored)) {
			return nil, fmt.Errorf("stored hash %d of %d", x, len(t.stored))
		}
		out[i] = t.stored[x]
	}
	return out, nil
}

// CheckInclusion tells whether proof shows that record is the leaf at index (from 0) of the tree with this size and root.
func CheckInclusion(proof []Hash, size int64, root Hash, index int64, record []byte) error {
	return tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(record))
}

// CheckConsistency tells whether proof shows that the tree of the larger size begins with the tree of the smaller one.
func CheckConsistency(proof []Hash, size int64, root Hash, earlier int64, earlierRoot Hash) error {
	return tlog.CheckTree(proof, size, root, earlier, earlierRoot)
}
