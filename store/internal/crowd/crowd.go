// Package crowd brings many callers together whose ballots share a commit: the adaptive group commit of the drivers
// that keep what they are given.
//
// Callers enter a ballot and wait. A writer gathers: it goes to work as soon as everybody inside waits for it, and after
// two milliseconds at most; where another writer is at work meanwhile, after five. So a lone voter waits for one commit
// and for no timer, and a crowd shares commits.
package crowd

import (
	"context"
	"sync"
	"time"

	"github.com/communecter/coopspace/store"
)

// patience is how long a batch waits at most for callers who were answered a moment ago and may come back; while another
// batch is away a little longer, for its callers come back all together and a small batch costs as much as a large one,
// unless the waiting are enough of a crowd themselves.
const (
	patience = 2 * time.Millisecond
	longer   = 5 * time.Millisecond
	enough   = 128
)

// Batch is what one commit answers. Its writer fills it in and then calls Queue.Answer; callers read it after Done.
type Batch[C any] struct {
	Calls []C
	Err   error // for all of them
	Made  *store.Batch
	done  chan struct{}
}

// Done is closed when the calls are answered.
func (b *Batch[C]) Done() <-chan struct{} { return b.done }

func newBatch[C any](size int) *Batch[C] {
	return &Batch[C]{Calls: make([]C, 0, size), done: make(chan struct{})}
}

// Queue is where callers meet the writers. Its methods may be called from any goroutine. Make one with New.
type Queue[C any] struct {
	most int
	wake chan struct{} // a token: something changed that the gathering writer waits for
	late *time.Timer   // of the writer that gathers

	mu      sync.Mutex // protects what follows; held for moments only
	waiting *Batch[C]  // what the next commit takes
	inside  int        // callers inside: they wait, or were answered and have not gone yet
	away    int        // those of them whose batch was taken and is not answered
	closed  bool
	batches int // how many were taken, and how many of them waited for a timer
	timers  int
}

// New makes a queue in which at most so many callers wait for a writer.
func New[C any](most int) *Queue[C] {
	q := &Queue[C]{most: most, wake: make(chan struct{}, 1), late: time.NewTimer(time.Hour), waiting: newBatch[C](1)}
	q.late.Stop()
	return q
}

func (q *Queue[C]) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Enter hands in a call, and gives its batch and its place there. Whoever entered leaves. It is store.ErrClosed after
// Close, and store.ErrBusy when too many wait.
func (q *Queue[C]) Enter(c C) (*Batch[C], int, error) {
	q.mu.Lock()
	b := q.waiting
	i := len(b.Calls)
	switch {
	case q.closed:
		q.mu.Unlock()
		return nil, 0, store.ErrClosed
	case i >= q.most:
		q.mu.Unlock()
		return nil, 0, store.ErrBusy
	}
	b.Calls = append(b.Calls, c)
	q.inside++
	ring := i == 0 || i+1 == enough || q.all() // whoever gathers sleeps through all others
	q.mu.Unlock()
	if ring {
		q.ring()
	}
	return b, i, nil
}

// Ask enters, waits for the answer and leaves: it gives the call's batch and its place there, or the batch's error. When ctx
// ends first, so does the waiting; the call is answered all the same.
func (q *Queue[C]) Ask(ctx context.Context, c C) (*Batch[C], int, error) {
	b, i, err := q.Enter(c)
	if err != nil {
		return nil, 0, err
	}
	defer q.Leave()
	select {
	case <-b.Done():
	case <-ctx.Done():
		select {
		case <-b.Done(): // answered all the same
		default:
			return nil, 0, ctx.Err()
		}
	}
	return b, i, b.Err
}

// Leave says that a caller who entered goes.
func (q *Queue[C]) Leave() {
	q.mu.Lock()
	q.inside--
	ring := len(q.waiting.Calls) > 0 && q.all()
	q.mu.Unlock()
	if ring {
		q.ring()
	}
}

// Close lets nobody in any more; whoever is inside is answered.
func (q *Queue[C]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ring()
}

// look tells whether somebody waits, whether everybody does who could, how long to wait for others, and whether nobody comes
// any more.
func (q *Queue[C]) look() (some, all bool, wait time.Duration, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wait = patience
	if q.few() {
		wait = longer
	}
	return len(q.waiting.Calls) > 0, q.all(), wait, q.closed
}

// few tells whether more are worth waiting for: another batch is away, whose callers will come back. The caller holds mu.
func (q *Queue[C]) few() bool { return q.away > 0 && len(q.waiting.Calls) < enough }

// all tells whether everybody waits who could. The caller holds mu.
func (q *Queue[C]) all() bool { return len(q.waiting.Calls) >= q.inside-q.away && !q.few() }

// Gather waits until a batch should be taken: everyone inside has arrived, or some have and waited long enough. It is
// false when the queue is closed and empty. One writer gathers at a time.
func (q *Queue[C]) Gather() bool {
	var late <-chan time.Time
	var waits time.Duration
	for {
		some, all, wait, closed := q.look()
		switch {
		case closed || some && all:
			q.late.Stop()
			return some
		case some && (late == nil || wait < waits):
			if late == nil {
				q.mu.Lock()
				q.timers++
				q.mu.Unlock()
			}
			q.late.Reset(wait)
			late, waits = q.late.C, wait
		}
		select {
		case <-q.wake:
		case <-late:
			return true
		}
	}
}

// Take gives what waits to a writer, who answers it.
func (q *Queue[C]) Take() *Batch[C] {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.waiting
	q.waiting = newBatch[C](len(b.Calls))
	q.away += len(b.Calls)
	q.batches++
	return b
}

// Answer lets the callers of a batch read what became of their calls.
func (q *Queue[C]) Answer(b *Batch[C]) {
	q.mu.Lock()
	q.away -= len(b.Calls)
	q.mu.Unlock()
	close(b.done)
	q.ring()
}

// Counts tells how many batches were taken, and how many of them waited for a timer: for tests.
func (q *Queue[C]) Counts() (batches, timers int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.batches, q.timers
}

// Waiting tells how many callers wait for a writer, and whether more may come: for tests.
func (q *Queue[C]) Waiting() (n int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting.Calls), q.closed
}
