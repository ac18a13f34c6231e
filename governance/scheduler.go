package governance

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// What one process leaves to another for a while, so that several seldom do the same beside each other. All of it may be
// done by any of them, and takes effect once: whoever comes second finds it done.
const (
	// headStart is how long a closed poll is left to whoever closed it, who counts it at once unless it dies.
	headStart = 10 * time.Second
	// slowLook is how long a log that grew is left to whoever wrote to it, who signs it at once unless it dies.
	slowLook = 30 * time.Second
	// slowLooks bounds how many such logs are looked at in one tick.
	slowLooks = 200
)

// schedule knows which spaces have something to do by themselves and when: polls that open and close at their times,
// counts that were cut off, logs whose growth is not signed yet. It is a memory only; everything it knows can be read
// from the store again, and every process has its own.
type schedule struct {
	c *Coop

	mu    sync.Mutex
	dirty map[store.SpaceID]bool      // to be looked at: something was committed there, by whatever process
	next  map[store.SpaceID]time.Time // when the earliest thing is due
	sign  map[store.SpaceID]wait      // logs that may have grown since their last checkpoint
	tried map[task]wait               // what failed, and until when it is left alone
}

// task is what may fail in a space: looking at it (the zero one), a poll, or signing its log.
type task struct {
	space store.SpaceID
	poll  string
	sign  bool
}

func newSchedule(c *Coop) *schedule {
	s := &schedule{
		c: c, dirty: map[store.SpaceID]bool{}, next: map[store.SpaceID]time.Time{}, sign: map[store.SpaceID]wait{},
		tried: map[task]wait{},
	}
	c.j.Listen(s.grew)
	c.j.ListenOwn(func(space store.SpaceID) {
		s.mu.Lock()
		s.sign[space] = wait{}
		s.mu.Unlock()
	})
	return s
}

// grew notes that a space is to be looked at, and that its log may not be signed.
func (s *schedule) grew(space store.SpaceID) {
	now := s.c.j.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty[space] = true
	if _, noted := s.sign[space]; !noted {
		s.sign[space] = waitFor(now, slowLook)
	}
}

// failed has something left alone for a while.
func (s *schedule) failed(t task) {
	now := s.c.j.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried[t] = s.tried[t].again(now)
}

// done forgets that something ever failed.
func (s *schedule) done(t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tried, t)
}

// run looks at every space once, and then, at each tick, does what has come due.
func (s *schedule) run(ctx context.Context, tick time.Duration) {
	listed := false
	t := time.NewTicker(tick)
	defer t.Stop()
	for {
		if !listed {
			err := s.list(ctx)
			if listed = err == nil; !listed && ctx.Err() == nil {
				s.c.log.Error("the scheduler cannot list the spaces and will try again", "error", err)
			}
		}
		if err := errors.Join(s.due(ctx), s.checkpoint(ctx)); err != nil && ctx.Err() == nil {
			s.c.log.Error("something due could not be done and will be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// RunDue does what has come due in all spaces by now, once: polls open, close and are counted. Run does it at each tick;
// a program that does not Run, and tests, call it. It looks at every space, and tries again at once what failed before. A poll
// whose count was cut off is counted ten seconds after it was closed.
func (c *Coop) RunDue(ctx context.Context) error {
	if err := c.due.list(ctx); err != nil {
		return err
	}
	c.due.mu.Lock()
	clear(c.due.tried)
	c.due.mu.Unlock()
	return c.due.due(ctx)
}

// list has every space looked at.
func (s *schedule) list(ctx context.Context) error {
	for id, err := range s.c.st.Spaces(ctx) {
		if err != nil {
			return err
		}
		s.grew(id)
	}
	return nil
}

// due looks again at the spaces whose time has come, then at those that changed.
func (s *schedule) due(ctx context.Context) error {
	now := s.c.j.Now()
	var look []store.SpaceID
	s.mu.Lock()
	for id, at := range s.next {
		if !now.Before(at) {
			look = append(look, id)
			delete(s.dirty, id)
		}
	}
	for id := range s.dirty {
		switch {
		case id == store.Instance:
			delete(s.dirty, id)
		case s.tried[task{space: id}].over(now):
			look = append(look, id)
			delete(s.dirty, id)
		}
	}
	s.mu.Unlock()
	var errs []error
	for i, id := range look {
		err := s.space(ctx, id)
		if err == nil {
			continue
		}
		errs = append(errs, fmt.Errorf("space %s: %w", id, err))
		if errors.Is(err, store.ErrUnreachable) || ctx.Err() != nil { // the others would fail as well
			s.mu.Lock()
			for _, id := range look[i+1:] {
				s.dirty[id] = true
			}
			s.mu.Unlock()
			break
		}
	}
	return errors.Join(errs...)
}

// step is the next thing to happen to a poll by itself.
type step struct {
	own   string
	state PollState
	at    time.Time
}

// space does what is due in a space, and notes when it must be looked at again.
func (s *schedule) space(ctx context.Context, id store.SpaceID) error {
	var errs []error
	failed := map[string]bool{} // in this pass, however long it lasts
	for {
		next, found, err := s.first(ctx, id)
		s.mu.Lock()
		delete(s.next, id)
		switch {
		case err != nil:
			s.dirty[id] = true
		case found:
			s.next[id] = next.at
		}
		s.mu.Unlock()
		if err != nil {
			s.failed(task{space: id})
			return errors.Join(append(errs, err)...)
		}
		s.done(task{space: id})
		if !found || s.c.j.Now().Before(next.at) || failed[next.own] {
			return errors.Join(errs...)
		}
		t := task{space: id, poll: next.own}
		if err := surviving(func() error { return s.poll(ctx, SpaceID(id), next) }); err != nil {
			s.failed(t)
			failed[next.own] = true
			errs = append(errs, fmt.Errorf("poll %s: %w", next.own, err))
			continue
		}
		s.done(t)
	}
}

// first finds what is to be done first in a space. What failed waits; what another process is probably doing, too.
func (s *schedule) first(ctx context.Context, id store.SpaceID) (next step, found bool, err error) {
	now := s.c.j.Now()
	err = s.c.j.View(ctx, id, func(r *journal.Reader) error {
		for item, err := range polls.List(r, store.Query{Index: pollByDue}) {
			if err != nil {
				return err
			}
			at := *item.State.due()
			if found && !at.Before(next.at) {
				return nil
			}
			if item.State.State == StateClosed {
				at = at.Add(headStart)
			}
			s.mu.Lock()
			w := s.tried[task{space: id, poll: item.ID}]
			s.mu.Unlock()
			if !w.over(now) && at.Before(w.until) {
				at = w.until
			}
			if !found || at.Before(next.at) {
				next, found = step{item.ID, item.State.State, at}, true
			}
		}
		return nil
	})
	return next, found, err
}

// poll takes a poll one step on.
func (s *schedule) poll(ctx context.Context, space SpaceID, next step) error {
	p := s.c.Polls
	switch next.state {
	case StatePlanned:
		return p.openPlanned(ctx, space, next.own)
	case StateOpen:
		_, err := p.Close(ctx, scheduler, scoped[PollID](space, next.own))
		if errors.Is(err, ErrPollClosed) {
			return nil // another process was here first
		}
		return err
	case StateClosed:
		return p.count(ctx, space, next.own)
	}
	return nil
}

// surviving turns a defect of ours, in the counting of one poll, into a failure of that poll. It would otherwise end every process of the
// instance, and each again as soon as it came back and counted.
func surviving(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return do()
}

// openPlanned opens a poll whose time has come, or drops it when the proposal is no longer debated, nobody is entitled, or
// the closing time has passed as well while nothing ran.
func (p *Polls) openPlanned(ctx context.Context, space SpaceID, own string) error {
	for try := 0; ; try++ {
		var drawn *roll
		err := p.c.view(ctx, scheduler, space, func(v *scope) error {
			item, err := polls.Get(v.Reader, own)
			if err != nil {
				return err
			}
			_, tg, err := v.proposal(item.State.Proposal)
			if err != nil {
				return err
			}
			drawn, err = resolveRoll(ctx, v, tg.room)
			return err
		})
		empty := errors.Is(err, ErrRollEmpty)
		if err != nil && !empty {
			return err
		}
		_, err = do(ctx, p.c, scheduler, space, "polls.open", nil, func(t *tx) (string, error) {
			item, err := polls.Get(t.Reader, own)
			if err != nil || item.State.State != StatePlanned {
				return own, err
			}
			proposal, err := proposals.Get(t.Reader, item.State.Proposal)
			if err != nil {
				return own, err
			}
			closes := item.State.Closes
			switch {
			case closes != nil && !t.now.Before(closes.At):
				return own, t.emit(own, PollCancelled{Why: "missed"}) // nobody could have voted: that decides nothing
			case proposal.State.State != InDebate && proposal.State.State != Inquorate:
				return own, t.emit(own, PollCancelled{Why: "withdrawn"})
			case empty:
				return own, t.emit(own, PollCancelled{Why: "nobody_entitled"})
			}
			return own, t.open(own, drawn)
		})
		if !errors.Is(err, ErrRollMoved) || try == 3 {
			return err
		}
	}
}

// checkpoint signs the logs that grew since they were last signed: those that this process wrote to at once, the others if
// nobody else has done it after a while.
func (s *schedule) checkpoint(ctx context.Context) error {
	now := s.c.j.Now()
	var grew []store.SpaceID
	slow := 0
	s.mu.Lock()
	for id, w := range s.sign {
		switch {
		case !w.over(now) || !s.tried[task{space: id, sign: true}].over(now):
			continue
		case w != wait{}:
			if slow++; slow > slowLooks {
				continue
			}
		}
		grew = append(grew, id)
		delete(s.sign, id) // what grows from now on is noted anew
	}
	s.mu.Unlock()
	var errs []error
	for i, id := range grew {
		t := task{space: id, sign: true}
		_, err := s.c.j.Checkpoint(ctx, id)
		if err == nil {
			s.done(t)
			continue
		}
		s.failed(t)
		errs = append(errs, fmt.Errorf("space %s: %w", id, err))
		left := grew[i : i+1]
		if errors.Is(err, store.ErrUnreachable) || ctx.Err() != nil {
			left = grew[i:]
		}
		s.mu.Lock()
		for _, id := range left {
			s.sign[id] = wait{}
		}
		s.mu.Unlock()
		if len(left) > 1 {
			break
		}
	}
	return errors.Join(errs...)
}
