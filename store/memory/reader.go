package memory

import (
	"context"
	"iter"
	"strings"

	"github.com/communecter/coopspace/store"
)

// reader reads one value of a space.
type reader struct {
	ctx     context.Context
	id      store.SpaceID
	space   space
	reading int // listings that are open now
}

// Places in the trees. Kinds, indexes and ids hold no zero byte; a key's own zero bytes are escaped, so that what ends a
// key sorts before whatever could go on with it.
func recordAt(kind, id string) string { return kind + "\x00" + id }

func listedAt(kind, index string, prefix []byte) string {
	return kind + "\x00" + index + "\x00" + strings.ReplaceAll(string(prefix), "\x00", "\x00\xff")
}

const keyEnd = "\x00\x01"

// reads counts a listing as open while it runs, and ends it with the context's error.
func reads[V any](r *reader, seq iter.Seq2[V, error]) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		r.reading++
		defer func() { r.reading-- }()
		for v, err := range seq {
			if r.ctx.Err() != nil {
				var none V
				v, err = none, r.ctx.Err()
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Get gives a record.
func (r *reader) Get(kind, id string) (store.Record, error) {
	rec, ok := r.space.records.get(recordAt(kind, id))
	if !ok || store.CheckID(kind, id) != nil {
		return store.Record{}, store.ErrNoRecord
	}
	return rec, nil
}

// List yields the records that q describes.
func (r *reader) List(q store.Query) iter.Seq2[store.Record, error] {
	return reads(r, func(yield func(store.Record, error) bool) {
		place, after, err := q.Place()
		if bad := q.Check(); bad != nil {
			err = bad
		}
		if err != nil {
			yield(store.Record{}, err)
			return
		}
		left := q.Limit
		for p, rec := range r.places(q, place, after) {
			if q.Bare {
				rec = q.Listed(p)
			} else {
				rec.Cursor = q.Cursor(p)
			}
			if !yield(rec, nil) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	})
}

// places yields q's listing after a place, without its limit.
func (r *reader) places(q store.Query, place store.Place, after bool) iter.Seq2[store.Place, store.Record] {
	return func(yield func(store.Place, store.Record) bool) {
		if q.Index == "" {
			first := recordAt(q.Kind, string(q.Prefix))
			start := first
			if after {
				start = recordAt(q.Kind, place.ID) + "\x00"
			}
			for at, rec := range r.space.records.from(start) {
				if !strings.HasPrefix(at, first) || !yield(store.Place{ID: rec.ID}, rec) {
					return
				}
			}
			return
		}
		first := listedAt(q.Kind, q.Index, q.Prefix)
		start := first
		if after {
			start = listedAt(q.Kind, q.Index, place.Key) + keyEnd + place.ID + "\x00"
		}
		for at := range r.space.listed.from(start) {
			if !strings.HasPrefix(at, first) {
				return
			}
			key, id, _ := strings.Cut(strings.TrimPrefix(at, listedAt(q.Kind, q.Index, nil)), keyEnd)
			rec, _ := r.space.records.get(recordAt(q.Kind, id))
			key = strings.ReplaceAll(key, "\x00\xff", "\x00")
			if !yield(store.Place{Key: []byte(key), ID: id}, rec) {
				return
			}
		}
	}
}

// Head gives the position of the last event.
func (r *reader) Head() (store.Position, error) { return store.Position(len(r.space.log)), nil }

// Events yields the log after a position.
func (r *reader) Events(after store.Position) iter.Seq2[store.Event, error] {
	return reads(r, func(yield func(store.Event, error) bool) {
		if after >= store.Position(len(r.space.log)) {
			return
		}
		for _, e := range r.space.log[after:] {
			if !yield(e, nil) {
				return
			}
		}
	})
}

// Box tells what is known of a poll's box.
func (r *reader) Box(poll string) (store.Box, error) {
	b, ok := r.space.boxes.get(poll)
	if !ok {
		return store.Box{}, store.ErrNoBox
	}
	return b.Box, nil
}

// Ballot gives the ballot that lies under a key.
func (r *reader) Ballot(poll string, key []byte) (store.Ballot, bool, error) {
	b, _ := r.space.boxes.get(poll)
	ballot, ok := b.ballots.get(string(key))
	return ballot, ok, nil
}

// Ballots yields a box in key order.
func (r *reader) Ballots(poll string) iter.Seq2[store.Ballot, error] {
	return reads(r, func(yield func(store.Ballot, error) bool) {
		b, _ := r.space.boxes.get(poll)
		for _, ballot := range b.ballots.from("") {
			if !yield(ballot, nil) {
				return
			}
		}
	})
}

// Count gives how many ballots lie in a box.
func (r *reader) Count(poll string) (int, error) {
	b, _ := r.space.boxes.get(poll)
	return b.ballots.len(), nil
}
