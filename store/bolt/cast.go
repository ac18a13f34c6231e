package bolt

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
)

// patience is how long a batch waits at most for callers who were answered a moment ago and may come back.
const patience = time.Millisecond / 2

// call is one caller's ballot on its way, and then the answer.
type call struct {
	ballot  store.Ballot // the ballot that now lies under the key; the caller's until then
	value   []byte       // ballot as the file keeps it
	outcome store.Outcome
	index   int
}

// newCall copies b, for its caller may change it as soon as Cast returns, which a context may make early. One piece of
// memory holds the copy, what the file keeps and what the answer shows.
func newCall(b *store.Ballot) call {
	n := len(b.Key)
	buf := make([]byte, 0, n+ballotHead+len(b.Retry)+len(b.Same)+len(b.Body))
	buf = appendBallot(append(buf, b.Key...), b)
	c := call{ballot: *b, value: buf[n:]}
	c.ballot.Key = buf[:n:n]
	readBallot(&c.ballot, c.value)
	return c
}

// batch is what one commit answers.
type batch struct {
	calls []call
	done  chan struct{} // closed when the calls are answered
	err   error         // for all of them
	made  *store.Batch
}

func newBatch(size int) *batch {
	return &batch{calls: make([]call, 0, size), done: make(chan struct{})}
}

// queue is where callers meet the writer.
type queue struct {
	max  int
	wake chan struct{} // a token: something changed that the writer waits for

	mu      sync.Mutex // protects what follows; held for moments only
	waiting *batch     // what the next commit takes
	inside  int        // callers inside Cast: they wait, or were answered and have not gone yet
	closed  bool
	batches int // how many commits were asked for, and how many of them waited for a timer
	timers  int
}

func (q *queue) init(max int) {
	q.max = max
	q.wake = make(chan struct{}, 1)
	q.waiting = newBatch(1)
}

func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// enter hands in a ballot.
func (q *queue) enter(c call) (*batch, int, error) {
	q.mu.Lock()
	b := q.waiting
	i := len(b.calls)
	switch {
	case q.closed:
		q.mu.Unlock()
		return nil, 0, store.ErrClosed
	case i >= q.max:
		q.mu.Unlock()
		return nil, 0, store.ErrBusy
	}
	b.calls = append(b.calls, c)
	q.inside++
	ring := i == 0 || i+1 >= q.inside
	q.mu.Unlock()
	if ring {
		q.ring()
	}
	return b, i, nil
}

// leave says that a caller goes.
func (q *queue) leave() {
	q.mu.Lock()
	q.inside--
	ring := len(q.waiting.calls) > 0 && len(q.waiting.calls) >= q.inside
	q.mu.Unlock()
	if ring {
		q.ring()
	}
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.ring()
}

// look tells whether somebody waits, whether everybody inside does, and whether nobody comes any more.
func (q *queue) look() (some, all, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.waiting.calls)
	return n > 0, n >= q.inside, q.closed
}

// take gives what waits to the writer.
func (q *queue) take() *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.waiting
	q.waiting = newBatch(len(b.calls))
	q.batches++
	return b
}

// Cast puts one ballot into a box, or says why not.
func (s *Store) Cast(ctx context.Context, b store.Ballot) (store.Entered, error) {
	if err := b.Check(); err != nil {
		return store.Entered{}, err
	}
	if err := ctx.Err(); err != nil {
		return store.Entered{}, err
	}
	if err := s.failed(); err != nil {
		return store.Entered{}, err
	}
	in, i, err := s.queue.enter(newCall(&b))
	if err != nil {
		return store.Entered{}, err
	}
	defer s.queue.leave()
	select {
	case <-in.done:
	case <-ctx.Done():
		select {
		case <-in.done: // answered all the same
		default:
			return store.Entered{}, ctx.Err()
		}
	}
	if in.err != nil {
		return store.Entered{}, in.err
	}
	c := &in.calls[i]
	e := store.Entered{Outcome: c.outcome, Ballot: c.ballot}
	if c.outcome.Accepted() {
		e.Batch, e.Index = in.made, c.index
	}
	return e, nil
}

// write is the writer of ballots: it answers batches until the queue is closed and empty.
func (s *Store) write() {
	var order []int
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	for s.queue.gather(timer) {
		s.turn <- struct{}{}
		b := s.queue.take()
		order = s.settle(b, order[:0])
		<-s.turn
		close(b.done)
	}
}

// gather waits until a batch should be committed: everyone inside has arrived, or some have and waited long enough.
// It is false when the queue is closed and empty.
func (q *queue) gather(timer *time.Timer) bool {
	var late <-chan time.Time
	for {
		some, all, closed := q.look()
		switch {
		case closed || some && all:
			timer.Stop()
			return some
		case some && late == nil:
			q.mu.Lock()
			q.timers++
			q.mu.Unlock()
			timer.Reset(patience)
			late = timer.C
		}
		select {
		case <-q.wake:
		case <-late:
			return true
		}
	}
}

// settle answers a batch: it applies the ballots in key order, those of one key as they arrived, and commits.
// order is scratch space that it returns.
func (s *Store) settle(b *batch, order []int) []int {
	if b.err = cmp.Or(s.failed(), s.left()); b.err != nil {
		return order
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		b.err = store.ErrFull.Wrap(err)
		return order
	}
	for i := range b.calls {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int {
		x, y := &b.calls[i].ballot, &b.calls[j].ballot
		return cmp.Or(strings.Compare(string(x.Space), string(y.Space)), strings.Compare(x.Poll, y.Poll), bytes.Compare(x.Key, y.Key), i-j)
	})
	b.made = &store.Batch{Ballots: make([]store.Ballot, 0, len(b.calls))}
	wrote, err := apply(tx, b, order)
	if err == nil && wrote {
		b.err = s.commit(tx)
		return order
	}
	tx.Rollback()
	b.err = err
	return order
}

// apply puts the ballots of a batch into their boxes.
func apply(tx *bbolt.Tx, b *batch, order []int) (wrote bool, err error) {
	var in *pollBox
	for _, i := range order {
		c := &b.calls[i]
		if in == nil || in.poll != c.ballot.Poll || in.id != c.ballot.Space {
			if err := in.done(); err != nil {
				return false, err
			}
			if in, err = openPoll(tx, &c.ballot); err != nil {
				return false, err
			}
		}
		if err := in.enter(c); err != nil {
			return false, err
		}
		if c.outcome.Accepted() {
			c.index = len(b.made.Ballots)
			b.made.Ballots = append(b.made.Ballots, c.ballot)
		}
		wrote = wrote || c.outcome == store.First || c.outcome == store.Replaced
	}
	return wrote, in.done()
}

// pollBox is the box that ballots are being put into.
type pollBox struct {
	writer
	poll   string
	state  boxState
	opened bool
	count  uint64
	bucket *bbolt.Bucket
}

func openPoll(tx *bbolt.Tx, b *store.Ballot) (*pollBox, error) {
	in := &pollBox{writer: writer{reader: *newReader(context.Background(), tx, b.Space), tx: tx}, poll: b.Poll}
	var err error
	if in.state, in.opened, err = in.reader.state(b.Poll); err != nil || !in.opened {
		return in, err
	}
	in.count = in.state.count
	if in.bucket = in.ballots(b.Poll); in.bucket == nil {
		return nil, damaged("box/" + b.Poll)
	}
	return in, nil
}

// enter answers one call.
func (p *pollBox) enter(c *call) error {
	stored := store.Ballot{Space: c.ballot.Space, Poll: c.ballot.Poll, Key: c.ballot.Key}
	var value []byte
	if p.opened {
		value = p.bucket.Get(c.ballot.Key)
	}
	has := value != nil
	if has && !readBallot(&stored, value) {
		return damaged("box/" + p.poll)
	}
	now, outcome := store.Enter(p.state.Box, p.opened, stored, has, c.ballot)
	c.outcome = outcome
	switch outcome {
	case store.First:
		p.state.count++
	case store.Replaced:
	case store.NoBox, store.Shut:
		c.ballot = now
		return nil
	default: // the stored ballot, whose bytes are the file's
		c.ballot = newCall(&now).ballot
		c.ballot.Rev = now.Rev
		return nil
	}
	c.ballot = now
	setRev(c.value, now.Rev)
	return p.bucket.Put(c.ballot.Key, c.value)
}

// done writes the count, once for the batch.
func (p *pollBox) done() error {
	if p == nil || p.state.count == p.count {
		return nil
	}
	return p.put(box, []byte(p.poll), p.state.append(nil))
}
