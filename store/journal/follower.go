package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Follower reads the logs of all spaces in its own time. It is woken after commits, sees every entry at least once and
// in order within a space, and resumes after a crash from the position it had reached. It can neither slow nor veto a
// command.
type Follower struct {
	Name   string // unique, stable, without a slash: its positions are kept under it
	Follow func(ctx context.Context, space store.SpaceID, entries []Entry) error
}

const (
	positionKind = "journal.position" // side records in the instance space: id = follower "/" space
	pageSize     = 256                // entries handed to a follower at once
	retryFirst   = 250 * time.Millisecond
	retryLast    = time.Minute
)

// ErrRunning refuses to run a journal twice at once, and to attach a follower to one that runs.
var ErrRunning = fault.New(fault.Conflict, "journal.running", "the journal runs already; followers are attached before")

// runner is a follower with what it still has to read.
type runner struct {
	Follower
	mu    sync.Mutex // held while the follower follows: at most one pass at a time
	wake  chan struct{}
	dirty struct {
		sync.Mutex
		spaces map[store.SpaceID]bool
	}
}

// Follow attaches a follower, before Run; ErrRunning after.
func (j *Journal) Follow(f Follower) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running {
		return ErrRunning
	}
	if f.Name == "" || strings.Contains(f.Name, "/") || slices.ContainsFunc(j.followers, func(r *runner) bool { return r.Name == f.Name }) {
		return fmt.Errorf("journal: a follower cannot be called %q, or another one is", f.Name)
	}
	r := &runner{Follower: f, wake: make(chan struct{}, 1)}
	r.dirty.spaces = map[store.SpaceID]bool{}
	j.followers = append(j.followers, r)
	return nil
}

// Listen calls fn after each commit to a space, in the goroutine that committed: fn must return at once. Nothing is
// kept of what it misses.
func (j *Journal) Listen(fn func(store.SpaceID)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.listeners = append(j.listeners, fn)
}

// wake tells followers and listeners that a space's log grew.
func (j *Journal) wake(space store.SpaceID) {
	j.mu.Lock()
	followers, listeners := j.followers, j.listeners
	j.mu.Unlock()
	for _, r := range followers {
		r.mark(space)
	}
	for _, fn := range listeners {
		fn(space)
	}
}

func (r *runner) mark(spaces ...store.SpaceID) {
	r.dirty.Lock()
	for _, s := range spaces {
		r.dirty.spaces[s] = true
	}
	r.dirty.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *runner) take() []store.SpaceID {
	r.dirty.Lock()
	defer r.dirty.Unlock()
	out := make([]store.SpaceID, 0, len(r.dirty.spaces))
	for s := range r.dirty.spaces {
		out = append(out, s)
	}
	clear(r.dirty.spaces)
	return out
}

// Run runs the followers until ctx ends, beginning with what they missed. It returns nil when ctx ends, and ErrRunning when
// the journal runs already.
func (j *Journal) Run(ctx context.Context) error {
	j.mu.Lock()
	if j.running {
		j.mu.Unlock()
		return ErrRunning
	}
	j.running = true
	followers := j.followers
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		j.running = false
		j.mu.Unlock()
	}()

	spaces, err := j.spaces(ctx)
	if err != nil && ctx.Err() == nil {
		return err
	}
	var wg sync.WaitGroup
	for _, r := range followers {
		r.mark(spaces...)
		wg.Go(func() { j.follow(ctx, r) })
	}
	<-ctx.Done()
	wg.Wait()
	return nil
}

func (j *Journal) spaces(ctx context.Context) ([]store.SpaceID, error) {
	var out []store.SpaceID
	for s, err := range j.st.Spaces(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// follow is a follower's life: read what is there, wait to be woken. A space on which it failed waits for the next try,
// which comes later each time, while the other spaces go on.
func (j *Journal) follow(ctx context.Context, r *runner) {
	pause := retryFirst
	retry := time.NewTimer(pause)
	retry.Stop()
	defer retry.Stop()
	late := map[store.SpaceID]bool{} // those that wait for retry
	waiting := false                 // whether retry will fire
	for {
		for _, space := range r.take() {
			if late[space] {
				continue
			}
			if err := j.catchUp(ctx, r, space); err != nil && ctx.Err() == nil {
				j.log.Error("follower failed and will try again", "follower", r.Name, "space", space, "error", err)
				late[space] = true
			}
			if ctx.Err() != nil {
				return
			}
		}
		switch {
		case len(late) == 0:
			pause = retryFirst
		case !waiting:
			retry.Reset(pause)
			waiting = true
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-retry.C:
			r.mark(slices.Collect(maps.Keys(late))...)
			clear(late)
			waiting = false
			pause = min(2*pause, retryLast)
		}
	}
}

// CatchUp lets every follower read all that is in the logs now, and returns the errors of those that failed. Programs
// that do not Run, and tests, call it instead.
func (j *Journal) CatchUp(ctx context.Context) error {
	spaces, err := j.spaces(ctx)
	if err != nil {
		return err
	}
	j.mu.Lock()
	followers := j.followers
	j.mu.Unlock()
	var errs []error
	for _, r := range followers {
		for _, s := range spaces {
			if err := j.catchUp(ctx, r, s); err != nil {
				errs = append(errs, fmt.Errorf("follower %s, space %s: %w", r.Name, s, err))
			}
		}
	}
	return errors.Join(errs...)
}

// catchUp reads one space's log to its end, page by page; the position is kept after each page.
func (j *Journal) catchUp(ctx context.Context, r *runner, space store.SpaceID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.Name + "/" + string(space)
	var at store.Position
	err := j.st.View(ctx, store.Instance, func(v store.Reader) error {
		rec, err := v.Get(positionKind, id)
		if errors.Is(err, store.ErrNoRecord) {
			return nil
		}
		if err == nil && len(rec.Body) != 8 {
			err = ErrEntry.At("position of "+id, "cannot be read")
		}
		if err != nil {
			return err
		}
		at = store.Position(binary.BigEndian.Uint64(rec.Body))
		return nil
	})
	for err == nil {
		var page []Entry
		err = j.View(ctx, space, func(v *Reader) error {
			if head, _, err := v.Head(); err != nil || head < at {
				return ErrVerify.At(id, fmt.Sprintf("%d entries were read before, the log has %d", at, head)).Wrap(err)
			}
			for e, err := range v.Entries(at) {
				if err != nil {
					return err
				}
				if page = append(page, e); len(page) == pageSize {
					break
				}
			}
			return nil
		})
		if err != nil || len(page) == 0 {
			return err
		}
		if err = r.Follow(ctx, space, page); err != nil {
			return err
		}
		at = page[len(page)-1].Position
		err = j.st.Update(ctx, store.Instance, func(w store.Writer) error {
			rec, err := w.Get(positionKind, id)
			if err != nil && !errors.Is(err, store.ErrNoRecord) {
				return err
			}
			return w.Put(store.Record{
				Kind: positionKind, ID: id, Version: rec.Version, Side: true,
				Body: binary.BigEndian.AppendUint64(nil, uint64(at)),
			})
		})
	}
	return err
}
