package store

import (
	"errors"
	"sync"
)

// memo keeps what a caller computes once for a whole batch.
type memo struct {
	once sync.Once
	v    any
	err  error
}

// errMemo is what all get when the computation ended in a panic, which reaches the one who computed.
var errMemo = errors.New("the computation for this batch of ballots panicked")

// Memo computes a value once for the batch and gives it to all who ask, whichever of the ballot's callers comes first:
// the engine's Merkle root and its one signature. All callers pass a function that computes the same value. An error is
// kept like a value.
func (b *Batch) Memo(compute func() (any, error)) (any, error) {
	b.memo.once.Do(func() {
		b.memo.err = errMemo
		b.memo.v, b.memo.err = compute()
	})
	return b.memo.v, b.memo.err
}
