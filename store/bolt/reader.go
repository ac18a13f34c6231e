package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
)

// reader reads one space in one transaction.
type reader struct {
	ctx     context.Context
	id      store.SpaceID
	space   *bbolt.Bucket // nil while the space was never written
	inner   [buckets]*bbolt.Bucket
	reading int // listings that are open now
}

func newReader(ctx context.Context, tx *bbolt.Tx, id store.SpaceID) *reader {
	return &reader{ctx: ctx, id: id, space: tx.Bucket([]byte(id))}
}

// bucket gives one of the space's buckets; nil while nothing lies in it.
func (r *reader) bucket(b bucket) *bbolt.Bucket {
	if r.inner[b] == nil && r.space != nil {
		r.inner[b] = r.space.Bucket(bucketNames[b])
	}
	return r.inner[b]
}

// get gives a value; nil when there is none.
func (r *reader) get(b bucket, key []byte) []byte {
	if in := r.bucket(b); in != nil {
		return in.Get(key)
	}
	return nil
}

// scan yields what begins with prefix, from start on. It counts as a listing that is open, and ends with the context.
func (r *reader) scan(in *bbolt.Bucket, start, prefix []byte, yield func(k, v []byte) bool) error {
	if in == nil {
		return nil
	}
	r.reading++
	defer func() { r.reading-- }()
	c := in.Cursor()
	for k, v := c.Seek(start); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if !yield(k, v) {
			return nil
		}
	}
	return nil
}

// Get gives a record.
func (r *reader) Get(kind, id string) (store.Record, error) {
	if store.CheckID(kind, id) != nil {
		return store.Record{}, store.ErrNoRecord
	}
	v := r.get(rec, recordAt(kind, id))
	if v == nil {
		return store.Record{}, store.ErrNoRecord
	}
	return readRecord(kind, id, v)
}

// List yields the records that q describes.
func (r *reader) List(q store.Query) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		if err := r.list(q, func(rec store.Record) bool { return yield(rec, nil) }); err != nil {
			yield(store.Record{}, err)
		}
	}
}

func (r *reader) list(q store.Query, yield func(store.Record) bool) error {
	if err := q.Check(); err != nil {
		return err
	}
	place, after, err := q.Place()
	if err != nil {
		return err
	}
	left := q.Limit
	give := func(p store.Place, value []byte) bool {
		record, bad := readRecord(q.Kind, p.ID, value)
		if bad != nil {
			err = bad
			return false
		}
		record.Cursor = q.Cursor(p)
		left--
		return yield(record) && left != 0
	}
	var ended error
	if q.Index == "" {
		first := recordAt(q.Kind, string(q.Prefix))
		start := first
		if after {
			start = append(recordAt(q.Kind, place.ID), 0)
		}
		ended = r.scan(r.bucket(rec), start, first, func(k, v []byte) bool {
			return give(store.Place{ID: string(k[len(q.Kind)+1:])}, v)
		})
	} else {
		first := listedAt(q.Kind, q.Index, q.Prefix)
		start := first
		if after {
			start = append(entryAt(q.Kind, store.Key{Index: q.Index, Bytes: place.Key}, place.ID), 0)
		}
		ended = r.scan(r.bucket(idx), start, first, func(k, _ []byte) bool {
			p, ok := readEntry(k[len(q.Kind)+1+len(q.Index)+1:])
			if ok && q.Bare {
				left--
				return yield(q.Listed(p)) && left != 0
			}
			value := r.get(rec, recordAt(q.Kind, p.ID))
			if !ok || value == nil {
				err = damaged(q.Kind + "/" + p.ID)
				return false
			}
			return give(p, value)
		})
	}
	if ended != nil {
		return ended
	}
	return err
}

// Head gives the position of the last event.
func (r *reader) Head() (store.Position, error) {
	in := r.bucket(log)
	if in == nil {
		return 0, nil
	}
	k, _ := in.Cursor().Last()
	return readPosition(k)
}

func positionAt(p store.Position) []byte { return binary.BigEndian.AppendUint64(nil, uint64(p)) }

// readPosition reads a key of log; none is position 0.
func readPosition(k []byte) (store.Position, error) {
	switch len(k) {
	case 0:
		return 0, nil
	case 8:
		return store.Position(binary.BigEndian.Uint64(k)), nil
	}
	return 0, damaged("log")
}

// Events yields the log after a position.
func (r *reader) Events(after store.Position) iter.Seq2[store.Event, error] {
	return func(yield func(store.Event, error) bool) {
		next := after + 1
		if next == 0 {
			return
		}
		var bad error
		err := r.scan(r.bucket(log), positionAt(next), nil, func(k, v []byte) bool {
			p, err := readPosition(k)
			if err == nil && p != next {
				err = damaged("log")
			}
			if err != nil {
				bad = err
				return false
			}
			next++
			return yield(store.Event{Position: p, Body: v}, nil)
		})
		if err == nil {
			err = bad
		}
		if err != nil {
			yield(store.Event{}, err)
		}
	}
}

// state gives what is known of a box; false when it was never opened.
func (r *reader) state(poll string) (boxState, bool, error) {
	if store.CheckPoll(poll) != nil {
		return boxState{}, false, nil
	}
	v := r.get(box, []byte(poll))
	if v == nil {
		return boxState{}, false, nil
	}
	s, err := readBox(poll, v)
	return s, err == nil, err
}

// Box tells what is known of a poll's box.
func (r *reader) Box(poll string) (store.Box, error) {
	s, opened, err := r.state(poll)
	if err == nil && !opened {
		err = store.ErrNoBox
	}
	return s.Box, err
}

// ballots gives a poll's bucket; nil when it was never opened.
func (r *reader) ballots(poll string) *bbolt.Bucket {
	if in := r.bucket(bal); in != nil && store.CheckPoll(poll) == nil {
		return in.Bucket([]byte(poll))
	}
	return nil
}

// Ballot gives the ballot that lies under a key.
func (r *reader) Ballot(poll string, key []byte) (store.Ballot, bool, error) {
	in := r.ballots(poll)
	if in == nil || len(key) == 0 {
		return store.Ballot{}, false, nil
	}
	v := in.Get(key)
	if v == nil {
		return store.Ballot{}, false, nil
	}
	b := store.Ballot{Space: r.id, Poll: poll, Key: key}
	if !readBallot(&b, v) {
		return store.Ballot{}, false, damaged("box/" + poll)
	}
	return b, true, nil
}

// Ballots yields a box in key order.
func (r *reader) Ballots(poll string) iter.Seq2[store.Ballot, error] {
	return func(yield func(store.Ballot, error) bool) {
		b := store.Ballot{Space: r.id, Poll: poll}
		var bad error
		err := r.scan(r.ballots(poll), nil, nil, func(k, v []byte) bool {
			b.Key = k
			if !readBallot(&b, v) {
				bad = damaged("box/" + poll)
				return false
			}
			return yield(b, nil)
		})
		if err == nil {
			err = bad
		}
		if err != nil {
			yield(store.Ballot{}, err)
		}
	}
}

// Count gives how many ballots lie in a box.
func (r *reader) Count(poll string) (int, error) {
	s, _, err := r.state(poll)
	return int(s.count), err
}
