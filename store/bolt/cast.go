package bolt

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/crowd"
)

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
	in, i, err := s.queue.Ask(ctx, newCall(&b))
	if err != nil {
		return store.Entered{}, err
	}
	c := &in.Calls[i]
	e := store.Entered{Outcome: c.outcome, Ballot: c.ballot}
	if c.outcome.Accepted() {
		e.Batch, e.Index = in.Made, c.index
	}
	return e, nil
}

// write is the writer of ballots: it answers batches until the queue is closed and empty.
func (s *Store) write() {
	var order []int
	for s.queue.Gather() {
		s.turn <- struct{}{}
		b := s.queue.Take()
		order = s.settle(b, order[:0])
		<-s.turn
		s.queue.Answer(b)
	}
}

// settle answers a batch: it applies the ballots in key order, those of one key as they arrived, and commits.
// order is scratch space that it returns.
func (s *Store) settle(b *crowd.Batch[call], order []int) []int {
	if b.Err = cmp.Or(s.failed(), s.left()); b.Err != nil {
		return order
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		b.Err = store.ErrFull.Wrap(err)
		return order
	}
	for i := range b.Calls {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int {
		x, y := &b.Calls[i].ballot, &b.Calls[j].ballot
		return cmp.Or(strings.Compare(string(x.Space), string(y.Space)), strings.Compare(x.Poll, y.Poll), bytes.Compare(x.Key, y.Key), i-j)
	})
	b.Made = &store.Batch{Ballots: make([]store.Ballot, 0, len(b.Calls))}
	wrote, err := apply(tx, b, order)
	if err == nil && wrote {
		b.Err = s.commit(tx)
		return order
	}
	tx.Rollback()
	b.Err = err
	return order
}

// apply puts the ballots of a batch into their boxes.
func apply(tx *bbolt.Tx, b *crowd.Batch[call], order []int) (wrote bool, err error) {
	var in *pollBox
	for _, i := range order {
		c := &b.Calls[i]
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
			c.index = len(b.Made.Ballots)
			b.Made.Ballots = append(b.Made.Ballots, c.ballot)
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
