package journal

import (
	"crypto/sha256"
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
	leaf := LeafHash(record)
	e.AddHash(leaf)
	return leaf
}

// AddHash appends a leaf whose hash is known.
func (e *Edge) AddHash(h Hash) {
	for n := e.Size; n&1 == 1; n >>= 1 {
		last := len(e.Hashes) - 1
		h = nodeHash(e.Hashes[last], h)
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
		h = nodeHash(e.Hashes[i], h)
	}
	return h
}

// Tree is a whole Merkle tree in memory, for proofs about a batch or a box: 64 bytes for each leaf.
type Tree struct {
	levels [][]Hash // the leaves, and above each two their node; a lone last one is carried up as it is
}

// NewTree grows a tree over the hashes of its leaves (LeafHash), which it keeps.
func NewTree(leaves []Hash) Tree {
	t := Tree{levels: [][]Hash{leaves}}
	for level := leaves; len(level) > 1; t.levels = append(t.levels, level) {
		up := make([]Hash, 0, (len(level)+1)/2)
		for ; len(level) > 1; level = level[2:] {
			up = append(up, nodeHash(level[0], level[1]))
		}
		level = append(up, level...)
	}
	return t
}

// Size gives the number of leaves.
func (t Tree) Size() int64 { return int64(len(t.levels[0])) }

// Root gives the root over all leaves.
func (t Tree) Root() Hash {
	top := t.levels[len(t.levels)-1]
	if len(top) == 0 {
		return new(Edge).Root()
	}
	return top[0]
}

// Prove gives the proof that the leaf at index (from 0) is in the tree.
func (t Tree) Prove(index int64) ([]Hash, error) {
	if index < 0 || index >= t.Size() {
		return nil, fmt.Errorf("leaf %d of a tree of %d", index, t.Size())
	}
	proof := make([]Hash, 0, len(t.levels)-1)
	for _, level := range t.levels {
		if beside := index ^ 1; beside < int64(len(level)) {
			proof = append(proof, level[beside])
		}
		index >>= 1
	}
	return proof, nil
}

// LeafHash gives the hash of a record as a leaf. It is what tlog.RecordHash gives, and allocates nothing for short records.
func LeafHash(record []byte) Hash {
	var room [512]byte
	return sha256.Sum256(append(append(room[:0], 0), record...))
}

// nodeHash is tlog.NodeHash without allocating.
func nodeHash(left, right Hash) Hash {
	var both [1 + 2*tlog.HashSize]byte
	both[0] = 1
	copy(both[1:], left[:])
	copy(both[1+tlog.HashSize:], right[:])
	return sha256.Sum256(both[:])
}

// CheckInclusion tells whether proof shows that record is the leaf at index (from 0) of the tree with this size and root.
func CheckInclusion(proof []Hash, size int64, root Hash, index int64, record []byte) error {
	return tlog.CheckRecord(proof, size, root, index, LeafHash(record))
}

// CheckConsistency tells whether proof shows that the tree of the larger size begins with the tree of the smaller one.
func CheckConsistency(proof []Hash, size int64, root Hash, earlier int64, earlierRoot Hash) error {
	return tlog.CheckTree(proof, size, root, earlier, earlierRoot)
}
