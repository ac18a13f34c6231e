package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
)

// Pieces yields everything as of one moment: a read transaction is open until the last piece.
func (s *Store) Pieces(ctx context.Context) iter.Seq2[store.Piece, error] {
	return func(yield func(store.Piece, error) bool) {
		err := s.read(ctx, func(tx *bbolt.Tx) error {
			c := tx.Cursor()
			for name, _ := c.First(); name != nil; name, _ = c.Next() {
				if bytes.Equal(name, metaBucket) {
					continue
				}
				more, err := newReader(ctx, tx, store.SpaceID(name)).pieces(func(p store.Piece) bool { return yield(p, nil) })
				if err != nil || !more {
					return err
				}
			}
			return nil
		})
		if err != nil {
			yield(store.Piece{}, err)
		}
	}
}

// pieces yields a space. It is false when whoever reads has had enough.
func (r *reader) pieces(yield func(store.Piece) bool) (more bool, err error) {
	if !yield(store.Piece{What: store.PieceSpace, Space: r.id}) {
		return false, nil
	}
	more = true
	give := func(p store.Piece) bool {
		p.Space = r.id
		more = yield(p)
		return more
	}
	var bad error
	err = r.scan(r.bucket(rec), nil, nil, func(k, v []byte) bool {
		kind, id, _ := bytes.Cut(k, []byte{0})
		record, err := readRecord(string(kind), string(id), v)
		if err != nil {
			bad = err
			return false
		}
		return give(store.Piece{What: store.PieceRecord, Record: record})
	})
	if err != nil || bad != nil || !more {
		return more, cmp.Or(err, bad)
	}
	for e, err := range r.Events(0) {
		if err != nil {
			return more, err
		}
		if !give(store.Piece{What: store.PieceEvent, Event: e}) {
			return false, nil
		}
	}
	err = r.scan(r.bucket(box), nil, nil, func(k, v []byte) bool {
		state, err := readBox(string(k), v)
		if err != nil {
			bad = err
			return false
		}
		if !give(store.Piece{What: store.PieceBox, Poll: string(k), Box: state.Box}) {
			return false
		}
		for b, err := range r.Ballots(string(k)) {
			if err != nil {
				bad = err
				return false
			}
			if !give(store.Piece{What: store.PieceBallot, Ballot: b}) {
				return false
			}
		}
		return true
	})
	return more, cmp.Or(err, bad)
}

// Place lays pieces down as they are, in one transaction.
func (s *Store) Place(ctx context.Context, at store.Transit, pieces []store.Piece) error {
	return s.alone(ctx, func(tx *bbolt.Tx) (bool, error) {
		t, err := readTransit(tx)
		if err == nil {
			err = store.MayPlace(t, at)
		}
		if err != nil {
			return false, err
		}
		l := layer{ctx: ctx, tx: tx}
		for i := range pieces {
			if err := pieces[i].Check(); err != nil {
				return false, err
			}
			if err := l.lay(&pieces[i]); err != nil {
				return false, err
			}
		}
		return true, l.in.done()
	})
}

// layer lays pieces down in one transaction.
type layer struct {
	ctx context.Context
	tx  *bbolt.Tx
	w   *writer  // of the space at hand
	in  *pollBox // whose ballots are at hand
}

func (l *layer) lay(p *store.Piece) error {
	if l.w == nil || l.w.id != p.Space {
		l.w = &writer{reader: *newReader(l.ctx, l.tx, p.Space), tx: l.tx}
	}
	w := l.w
	occupied := func(there store.Piece, err error) error {
		if err == nil && !there.Equal(p) {
			err = store.ErrOccupied.At(p.String(), "")
		}
		return err
	}
	switch p.What {
	case store.PieceSpace:
		_, err := l.tx.CreateBucketIfNotExists([]byte(p.Space))
		l.w = nil // it was looked for before it was made
		return err
	case store.PieceRecord:
		r := p.Record
		old, has, err := w.stored(r.Kind, r.ID)
		if has || err != nil {
			return occupied(store.Piece{What: p.What, Space: p.Space, Record: old}, err)
		}
		if err := w.relist(r.Kind, r.ID, nil, r.Keys); err != nil {
			return err
		}
		return w.put(rec, recordAt(r.Kind, r.ID), appendRecord(nil, r))
	case store.PieceEvent:
		if there := w.get(log, positionAt(p.Event.Position)); there != nil {
			e := store.Event{Position: p.Event.Position, Body: there}
			return occupied(store.Piece{What: p.What, Space: p.Space, Event: e}, nil)
		}
		return w.Append(p.Event)
	case store.PieceBox:
		if old, has, err := w.state(p.Poll); has || err != nil {
			return occupied(store.Piece{What: p.What, Space: p.Space, Poll: p.Poll, Box: old.Box}, err)
		}
		if err := w.OpenBox(p.Poll, p.Box); err != nil || !p.Box.Shut {
			return err
		}
		return w.ShutBox(p.Poll)
	}
	b := p.Ballot
	if l.in == nil || l.in.poll != b.Poll || l.in.id != b.Space {
		if err := l.in.done(); err != nil {
			return err
		}
		var err error
		if l.in, err = openPoll(l.tx, &b); err != nil {
			return err
		}
		if !l.in.opened {
			return store.ErrNoBox.At("poll", b.Poll)
		}
		l.in.bucket.FillPercent = 0.9 // they come in order
	}
	if there := l.in.bucket.Get(b.Key); there != nil {
		old := store.Ballot{Space: b.Space, Poll: b.Poll, Key: b.Key}
		if !readBallot(&old, there) {
			return damaged("box/" + b.Poll)
		}
		return occupied(store.Piece{What: p.What, Space: p.Space, Ballot: old}, nil)
	}
	value := appendBallot(nil, &b)
	setRev(value, b.Rev)
	l.in.state.count++
	return l.in.bucket.Put(bytes.Clone(b.Key), value)
}

// readTransit reads what the file says of itself.
func readTransit(tx *bbolt.Tx) (store.Transit, error) {
	var t store.Transit
	said := tx.Bucket(metaBucket).Get(transitKey)
	if said == nil {
		return t, nil
	}
	if err := json.Unmarshal(said, &t); err != nil {
		return t, store.ErrForeign.At("transit", "is damaged").Wrap(err)
	}
	return t, nil
}

// Transit tells whether the store is on its way.
func (s *Store) Transit(ctx context.Context) (t store.Transit, err error) {
	err = s.read(ctx, func(tx *bbolt.Tx) error {
		t, err = readTransit(tx)
		return err
	})
	return t, err
}

// SetTransit changes that.
func (s *Store) SetTransit(ctx context.Context, was, t store.Transit) error {
	said, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return s.alone(ctx, func(tx *bbolt.Tx) (bool, error) {
		old, err := readTransit(tx)
		if err != nil {
			return false, err
		}
		if old != was {
			return false, store.ErrOvertaken
		}
		if old.From == "" && t.From != "" {
			c := tx.Cursor()
			for name, _ := c.First(); name != nil; name, _ = c.Next() {
				if !bytes.Equal(name, metaBucket) {
					return false, store.ErrNotEmpty
				}
			}
		}
		tx.OnCommit(func() { s.moved.Store(t.To != "") }) // before the next writer's turn
		return true, tx.Bucket(metaBucket).Put(transitKey, said)
	})
}
