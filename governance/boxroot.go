package governance

import (
	"crypto/sha256"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// boxRoot makes the Merkle tree of a box beside the goroutine that reads and counts it: hashing is the larger half of a
// count. Ballots are added in key order; sum or stop ends it, once.
type boxRoot struct {
	now   *leaves
	full  chan *leaves // to the goroutine that hashes, which owns what it is given
	empty chan *leaves // and back; it holds all there are, so that giving back never waits
	root  chan journal.Hash
}

// leaves is a part of a box: records, each behind the zero byte that marks a leaf.
type leaves struct {
	data []byte
	ends []int
}

// leavesMost is how many records are handed over at once.
const leavesMost = 2048

func newBoxRoot() *boxRoot {
	r := &boxRoot{
		now: &leaves{}, full: make(chan *leaves, 1), empty: make(chan *leaves, 3), root: make(chan journal.Hash, 1),
	}
	r.empty <- &leaves{}
	r.empty <- &leaves{}
	go r.hash()
	return r
}

func (r *boxRoot) hash() {
	var edge journal.Edge
	for part := range r.full {
		start := 0
		for _, end := range part.ends {
			edge.AddHash(sha256.Sum256(part.data[start:end]))
			start = end
		}
		part.data, part.ends = part.data[:0], part.ends[:0]
		r.empty <- part
	}
	r.root <- edge.Root()
}

// add takes the next ballot; its bytes are copied.
func (r *boxRoot) add(b store.Ballot) {
	r.now.data = appendRecord(append(r.now.data, 0), b)
	if r.now.ends = append(r.now.ends, len(r.now.data)); len(r.now.ends) == leavesMost {
		r.full <- r.now
		r.now = <-r.empty
	}
}

// sum gives the root over all that was added.
func (r *boxRoot) sum() journal.Hash {
	r.full <- r.now
	r.stop()
	return <-r.root
}

func (r *boxRoot) stop() { close(r.full) }
