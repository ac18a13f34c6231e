// Package memory keeps spaces in memory. It reads as the specification of [store.Store]: every other driver gives the
// same answers, and a model test holds them to it. It is for tests and for trying things out; nothing survives Close.
//
//	st := memory.New()
//	defer st.Close()
//
// A space is an immutable value. A View keeps the value that it began with; an Update makes the next one and, when its
// function returns nil, puts it in place. So a View neither waits nor makes anybody wait.
package memory

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/door"
)

// Store is a store in memory. Make one with New.
type Store struct {
	begun  door.Door                // calls
	mu     sync.Mutex               // protects what follows; held for moments only
	spaces map[store.SpaceID]*shelf // every space that was asked to be written

	gate    sync.RWMutex  // held for reading while an Update runs, and otherwise by who changes transit
	transit store.Transit // protected by gate and mu: either is enough to read it
}

// shelf is where the current value of one space lies.
type shelf struct {
	turn chan struct{} // holds one token while somebody writes this space
	mu   sync.Mutex    // protects now
	now  *space
}

// space is the value of a space at one moment. Never changed after it was put on its shelf.
type space struct {
	records *tree[store.Record] // by kind and id
	listed  *tree[struct{}]     // by kind, index, key and id
	log     []store.Event       // appended to in place, beyond the length that older values know
	boxes   *tree[box]          // by poll
	written bool                // whether anything was ever written
}

type box struct {
	store.Box
	ballots *tree[store.Ballot] // by key
}

// New makes an empty store.
func New() *Store { return &Store{spaces: map[store.SpaceID]*shelf{}} }

func (s *Store) shelf(id store.SpaceID) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.spaces[id]
	if sh == nil {
		sh = &shelf{turn: make(chan struct{}, 1), now: &space{}}
		s.spaces[id] = sh
	}
	return sh
}

func (sh *shelf) value() *space {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.now
}

func (sh *shelf) put(sp *space) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.now = sp
}

// Close waits for what was begun and forgets everything.
func (s *Store) Close() error {
	if err := s.begun.Close(); err != nil {
		return err
	}
	s.begun.Wait()
	return nil
}

// Spaces yields every space that was ever written.
func (s *Store) Spaces(ctx context.Context) iter.Seq2[store.SpaceID, error] {
	return func(yield func(store.SpaceID, error) bool) {
		if err := s.begun.Begin(ctx); err != nil {
			yield("", err)
			return
		}
		defer s.begun.Done()
		var ids []store.SpaceID
		s.mu.Lock()
		for id, sh := range s.spaces {
			if sh.value().written {
				ids = append(ids, id)
			}
		}
		s.mu.Unlock()
		slices.Sort(ids)
		for _, id := range ids {
			if err := ctx.Err(); err != nil {
				yield("", err)
				return
			}
			if !yield(id, nil) {
				return
			}
		}
	}
}

// View runs fn on one snapshot of a space.
func (s *Store) View(ctx context.Context, id store.SpaceID, fn func(store.Reader) error) error {
	if err := id.Check(); err != nil {
		return err
	}
	if err := s.begun.Begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	return fn(&reader{ctx: ctx, id: id, space: *s.shelf(id).value()})
}

// Update runs fn alone for this space.
func (s *Store) Update(ctx context.Context, id store.SpaceID, fn func(store.Writer) error) error {
	if err := id.Check(); err != nil {
		return err
	}
	if err := s.begun.Begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.transit.To != "" {
		return store.ErrMoved
	}
	sh := s.shelf(id)
	select {
	case sh.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-sh.turn }()
	w := &writer{reader{ctx: ctx, id: id, space: *sh.value()}}
	if err := fn(w); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	sh.put(&w.space)
	return nil
}

// Cast puts one ballot into a box, or says why not. Every batch is of one ballot.
func (s *Store) Cast(ctx context.Context, b store.Ballot) (store.Entered, error) {
	if err := b.Check(); err != nil {
		return store.Entered{}, err
	}
	var e store.Entered
	err := s.Update(ctx, b.Space, func(w store.Writer) error {
		sp := &w.(*writer).space
		in, opened := sp.boxes.get(b.Poll)
		stored, has := in.ballots.get(string(b.Key))
		e.Ballot, e.Outcome = store.Enter(in.Box, opened, stored, has, b)
		if e.Outcome == store.First || e.Outcome == store.Replaced {
			e.Ballot = clone(e.Ballot)
			in.ballots = in.ballots.with(string(b.Key), e.Ballot)
			sp.boxes = sp.boxes.with(b.Poll, in)
		}
		return nil
	})
	if err != nil {
		return store.Entered{}, err
	}
	if e.Outcome.Accepted() {
		e.Batch = &store.Batch{Ballots: []store.Ballot{e.Ballot}}
	}
	return e, nil
}

// clone copies what the caller may change once Cast has returned.
func clone(b store.Ballot) store.Ballot {
	b.Key, b.Retry, b.Same, b.Body = bytes.Clone(b.Key), bytes.Clone(b.Retry), bytes.Clone(b.Same), bytes.Clone(b.Body)
	return b
}
