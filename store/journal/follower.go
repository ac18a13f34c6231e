package journal

import (
	"context"
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

// Follower does once for the whole instance what follows from the logs: it mails, calls webhooks, keeps projections. It
// reads the logs of all spaces in its own time, is woken when one grows, in whatever process, and can neither slow nor veto
// a command. It sees every entry in order within a space, from the position it had reached.
//
// Over a store that several processes share (store.Locker) it follows in one of them at a time. When that process dies
// or loses its hold, another goes on from the position that was kept.
//
// Every entry comes at least once, and more than once when a process died, or lost its hold, between doing and keeping: at
// most one page of each space again. A process that is stopped keeps first what it did. What a process does after it lost
// its hold and before it knows cannot be prevented; once another has the turn it cannot be kept either. A follower whose
// effects must not be doubled names space and position with what it sends.
//
// Where a newer version of the program wrote, a follower stops before the first entry that this version does not know, and
// lets another process have the turn: mail about what it does not understand is not its to leave unsent.
//
// What each process needs for itself, a cache or a live page, is no follower: it Listens, and reads the log from where it
// is.
type Follower struct {
	// Name is unique, stable and without a slash: positions and hold are kept under it.
	Name string

	// Follow is given the next entries of a space, and returns soon after ctx ends.
	Follow func(ctx context.Context, space store.SpaceID, entries []Entry) error
}

const (
	pageSize   = 256             // entries handed to a follower at once
	keeping    = 5 * time.Second // to keep what was done, when whoever follows is stopped
	retryFirst = 250 * time.Millisecond
	retryLast  = time.Minute
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

// live is a follower's life in this process: where several share the store, it waits for its turn, and for the next one
// when it lost it.
func (j *Journal) live(ctx context.Context, r *runner) {
	lock, shared := j.st.(store.Locker)
	if !shared {
		for ctx.Err() == nil {
			_ = j.follow(ctx, r, 0) // overtaken by another journal on this store: it goes on from there
		}
		return
	}
	for pause := retryFirst; ctx.Err() == nil; pause = min(2*pause, retryLast) {
		err := lock.Hold(ctx, r.hold(), func(held context.Context) error {
			turn, err := j.takeTurn(held, r.Name)
			if err != nil {
				return err
			}
			if err = j.follow(held, r, turn); !errors.Is(err, ErrNewer) {
				pause = retryFirst
			}
			return err
		})
		if ctx.Err() != nil {
			return
		}
		j.log.Warn("follower waits for its turn again", "follower", r.Name, "error", err)
		sleep(ctx, pause)
	}
}

// hold names what the process in which a follower follows holds.
func (r *runner) hold() string { return "follower/" + r.Name }

// follow reads what is there and waits to be woken, until ctx ends or another process has the turn. A space on which the
// follower failed waits for the next try, which comes later each time, while the other spaces go on.
func (j *Journal) follow(ctx context.Context, r *runner, turn uint64) error {
	pause := retryFirst
	retry := time.NewTimer(pause)
	retry.Stop()
	defer retry.Stop()
	listed := false
	late := map[store.SpaceID]bool{} // those that wait for retry
	waiting := false                 // whether retry will fire
	for {
		if !listed && !waiting {
			spaces, err := j.spaces(ctx)
			if err != nil && ctx.Err() == nil {
				j.log.Error("follower cannot list the spaces and will try again", "follower", r.Name, "error", err)
			}
			r.mark(spaces...)
			listed = err == nil
		}
		newer := false
		for _, space := range r.take() {
			if late[space] {
				continue
			}
			err := j.catchUp(ctx, r, turn, space)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, errOvertaken):
				return err
			case turn > 0 && errors.Is(err, ErrNewer):
				newer = true
			case err != nil:
				j.log.Error("follower failed and will try again", "follower", r.Name, "space", space, "error", err)
				late[space] = true
			}
		}
		if newer {
			return ErrNewer
		}
		switch {
		case listed && len(late) == 0:
			pause = retryFirst
		case !waiting:
			retry.Reset(pause)
			waiting = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
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
// that do not Run, and tests, call it instead. Where several processes share the store it waits, for each follower, until
// none of them runs it.
func (j *Journal) CatchUp(ctx context.Context) error {
	spaces, err := j.spaces(ctx)
	if err != nil {
		return err
	}
	j.mu.Lock()
	followers := j.followers
	j.mu.Unlock()
	lock, shared := j.st.(store.Locker)
	var errs []error
	for _, r := range followers {
		pass := func(ctx context.Context, turn uint64) {
			for _, s := range spaces {
				if err := j.catchUp(ctx, r, turn, s); err != nil {
					errs = append(errs, fmt.Errorf("follower %s, space %s: %w", r.Name, s, err))
				}
			}
		}
		if !shared {
			pass(ctx, 0)
			continue
		}
		err := lock.Hold(ctx, r.hold(), func(held context.Context) error {
			turn, err := j.takeTurn(held, r.Name)
			if err == nil {
				pass(held, turn)
			}
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("follower %s: %w", r.Name, err))
		}
	}
	return errors.Join(errs...)
}

// catchUp reads one space's log to its end, page by page; the position is kept after each page.
func (j *Journal) catchUp(ctx context.Context, r *runner, turn uint64, space store.SpaceID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := j.readPlace(ctx, r.Name, turn, space)
	for err == nil {
		var page []Entry
		var newer error
		err = j.View(ctx, space, func(v *Reader) error {
			if head, _, err := v.Head(); err != nil || head < p.at {
				return ErrVerify.At(p.id, fmt.Sprintf("%d entries were read before, the log has %d", p.at, head)).Wrap(err)
			}
			for e, err := range v.Entries(p.at) {
				if err != nil {
					return err
				}
				if e.Event == nil && j.known.modules[e.Module] {
					newer = ErrNewer
					break
				}
				if page = append(page, e); len(page) == pageSize {
					break
				}
			}
			return nil
		})
		if err != nil || len(page) == 0 {
			return errors.Join(err, newer)
		}
		if err = r.Follow(ctx, space, page); err != nil {
			return err
		}
		// What is done is done, though it be stopped now: who goes on must not do it again.
		keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), keeping)
		err = j.keepPlace(keep, &p, page[len(page)-1].Position)
		cancel()
	}
	return err
}
