package memory

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/communecter/coopspace/store"
)

// moment gives the values of all spaces at one moment: none can be put in place while they are read.
func (s *Store) moment() map[store.SpaceID]*space {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.spaces {
		sh.mu.Lock()
		defer sh.mu.Unlock()
	}
	out := map[store.SpaceID]*space{}
	for id, sh := range s.spaces {
		if sh.now.written {
			out[id] = sh.now
		}
	}
	return out
}

// Pieces yields everything as of one moment.
func (s *Store) Pieces(ctx context.Context) iter.Seq2[store.Piece, error] {
	return func(yield func(store.Piece, error) bool) {
		if err := s.begun.Begin(ctx); err != nil {
			yield(store.Piece{}, err)
			return
		}
		defer s.begun.Done()
		spaces := s.moment()
		for _, id := range slices.Sorted(maps.Keys(spaces)) {
			for p := range spaces[id].pieces(id) {
				if err := ctx.Err(); err != nil {
					yield(store.Piece{}, err)
					return
				}
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

// pieces yields a space.
func (sp *space) pieces(id store.SpaceID) iter.Seq[store.Piece] {
	return func(yield func(store.Piece) bool) {
		if !yield(store.Piece{What: store.PieceSpace, Space: id}) {
			return
		}
		for _, rec := range sp.records.from("") {
			if !yield(store.Piece{What: store.PieceRecord, Space: id, Record: rec}) {
				return
			}
		}
		for _, e := range sp.log {
			if !yield(store.Piece{What: store.PieceEvent, Space: id, Event: e}) {
				return
			}
		}
		for poll, in := range sp.boxes.from("") {
			if !yield(store.Piece{What: store.PieceBox, Space: id, Poll: poll, Box: in.Box}) {
				return
			}
			for _, b := range in.ballots.from("") {
				b.Space, b.Poll, b.Replaces = id, poll, 0
				if !yield(store.Piece{What: store.PieceBallot, Space: id, Ballot: b}) {
					return
				}
			}
		}
	}
}

// Place lays pieces down as they are.
func (s *Store) Place(ctx context.Context, at store.Transit, pieces []store.Piece) error {
	for i := range pieces {
		p := &pieces[i]
		if err := p.Check(); err != nil {
			return err
		}
		err := s.Update(ctx, p.Space, func(w store.Writer) error {
			if err := store.MayPlace(s.transit, at); err != nil {
				return err
			}
			return w.(*writer).place(p)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// place lays one piece down.
func (w *writer) place(p *store.Piece) error {
	sp := &w.space
	occupied := func(there store.Piece) error {
		if !there.Equal(p) {
			return store.ErrOccupied.At(p.String(), "")
		}
		return nil
	}
	switch p.What {
	case store.PieceSpace:
		sp.written = true
	case store.PieceRecord:
		r := p.Record
		if old, has := sp.records.get(recordAt(r.Kind, r.ID)); has {
			return occupied(store.Piece{What: p.What, Space: p.Space, Record: old})
		}
		w.lay(r)
	case store.PieceEvent:
		if n := p.Event.Position; n <= store.Position(len(sp.log)) {
			return occupied(store.Piece{What: p.What, Space: p.Space, Event: sp.log[n-1]})
		}
		return w.Append(p.Event)
	case store.PieceBox:
		if old, has := sp.boxes.get(p.Poll); has {
			return occupied(store.Piece{What: p.What, Space: p.Space, Poll: p.Poll, Box: old.Box})
		}
		sp.boxes = sp.boxes.with(p.Poll, box{Box: p.Box})
		sp.written = true
	case store.PieceBallot:
		b := p.Ballot
		in, opened := sp.boxes.get(b.Poll)
		if !opened {
			return store.ErrNoBox.At("poll", b.Poll)
		}
		if old, has := in.ballots.get(string(b.Key)); has {
			return occupied(store.Piece{What: p.What, Space: p.Space, Ballot: old})
		}
		in.ballots = in.ballots.with(string(b.Key), clone(b))
		sp.boxes = sp.boxes.with(b.Poll, in)
	}
	return nil
}

// Transit tells whether the store is on its way.
func (s *Store) Transit(ctx context.Context) (store.Transit, error) {
	if err := s.begun.Begin(ctx); err != nil {
		return store.Transit{}, err
	}
	defer s.begun.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transit, nil
}

// SetTransit changes that. A store that moved takes no more Updates; those which are under way end first.
func (s *Store) SetTransit(ctx context.Context, was, t store.Transit) error {
	if err := s.begun.Begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	s.gate.Lock() // waits for the Updates that are under way
	defer s.gate.Unlock()
	empty := len(s.moment()) == 0
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.transit != was:
		return store.ErrOvertaken
	case was.From == "" && t.From != "" && !empty:
		return store.ErrNotEmpty
	}
	s.transit = t
	return nil
}
