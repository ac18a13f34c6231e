package governance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// schedule knows which spaces have something to do by themselves and when: polls that open and close at their times,
// counts that were cut off, logs whose growth is not signed yet. It is a memory only; everything it knows can be read
// from the store again.
type schedule struct {
	c *Coop

	mu     sync.Mutex
	dirty  map[store.SpaceID]bool      // to be looked at: something was committed there
	next   map[store.SpaceID]time.Time // when the earliest thing is due
	signed map[store.SpaceID]bool      // false: grew since its last checkpoint
}

func newSchedule(c *Coop) *schedule {
	s := &schedule{
		c: c, dirty: map[store.SpaceID]bool{}, next: map[store.SpaceID]time.Time{}, signed: map[store.SpaceID]bool{},
	}
	c.j.Listen(func(space store.SpaceID) {
		s.mu.Lock()
		s.dirty[space], s.signed[space] = true, false
		s.mu.Unlock()
	})
	return s
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
// a program that does not Run, and tests, call it. It looks at every space.
func (c *Coop) RunDue(ctx context.Context) error {
	if err := c.due.list(ctx); err != nil {
		return err
	}
	return c.due.due(ctx)
}

// list has every space looked at.
func (s *schedule) list(ctx context.Context) error {
	for id, err := range s.c.st.Spaces(ctx) {
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.dirty[id] = true
		s.mu.Unlock()
	}
	return nil
}

// due looks again at the spaces that changed and at those whose time has come.
func (s *schedule) due(ctx context.Context) error {
	now := s.c.j.Now()
	var look []store.SpaceID
	s.mu.Lock()
	for id := range s.dirty {
		if id != store.Instance {
			look = append(look, id)
		}
	}
	clear(s.dirty)
	for id, at := range s.next {
		if !now.Before(at) {
			look = append(look, id)
		}
	}
	s.mu.Unlock()
	var errs []error
	for _, id := range look {
		if err := s.space(ctx, id); err != nil {
			s.mu.Lock()
			s.dirty[id] = true
			s.mu.Unlock()
			errs = append(errs, fmt.Errorf("space %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

// space does what is due in a space, and notes when it must be looked at again.
func (s *schedule) space(ctx context.Context, id store.SpaceID) error {
	failed := map[string]bool{}
	var errs []error
	for {
		var own string
		var state pollState
		var at time.Time
		err := s.c.j.View(ctx, id, func(r *journal.Reader) error {
			for item, err := range polls.List(r, store.Query{Index: pollByDue}) {
				if err != nil {
					return err
				}
				if !failed[item.ID] {
					own, state, at = item.ID, item.State, *item.State.due()
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		s.mu.Lock()
		delete(s.next, id)
		if own != "" {
			s.next[id] = at
		}
		s.mu.Unlock()
		if own == "" || s.c.j.Now().Before(at) {
			return errors.Join(errs...)
		}
		if err := s.poll(ctx, SpaceID(id), own, state.State); err != nil {
			failed[own] = true
			errs = append(errs, fmt.Errorf("poll %s: %w", own, err))
		}
	}
}

// poll takes a poll one step on.
func (s *schedule) poll(ctx context.Context, space SpaceID, own string, state PollState) error {
	p := s.c.Polls
	switch state {
	case StatePlanned:
		return p.openPlanned(ctx, space, own)
	case StateOpen:
		_, err := p.Close(ctx, scheduler, scoped[PollID](space, own))
		if errors.Is(err, ErrPollClosed) {
			return nil // another process was here first
		}
		return err
	case StateClosed:
		return p.count(ctx, space, own)
	}
	return nil
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

// checkpoint signs the logs that grew since they were last signed.
func (s *schedule) checkpoint(ctx context.Context) error {
	var grew []store.SpaceID
	s.mu.Lock()
	for id, ok := range s.signed {
		if !ok {
			grew = append(grew, id)
		}
	}
	s.mu.Unlock()
	var errs []error
	for _, id := range grew {
		s.mu.Lock()
		s.signed[id] = true
		s.mu.Unlock()
		if _, err := s.c.j.Checkpoint(ctx, id); err != nil {
			s.mu.Lock()
			s.signed[id] = false
			s.mu.Unlock()
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
