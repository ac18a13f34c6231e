package governance

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Open puts a debated proposal to the vote, at once or at in.Opens; one whose vote was inquorate may be put again. The
// text, the rules and the roll of everybody entitled are frozen when it opens.
func (p *Polls) Open(ctx context.Context, a Actor, id ProposalID, in NewPoll) (Poll, error) {
	space, proposal, err := split(id, ErrProposalUnknown)
	if err != nil {
		return Poll{}, err
	}
	// The roll is drawn up beforehand, in a View: with many members it takes a while, and nobody should wait for it. The
	// opening checks that nothing it rests on has changed since.
	for try := 0; ; try++ {
		var drawn *roll
		if in.Opens.IsZero() {
			// That nobody is entitled is said by the command, which may have an answer from before.
			if drawn, err = p.draw(ctx, a, space, proposal); err != nil && !errors.Is(err, ErrRollEmpty) {
				return Poll{}, err
			}
		}
		own, err := do(ctx, p.c, a, space, "polls.open", []any{id, in}, func(t *tx) (string, error) {
			item, _, err := t.votable(proposal)
			if err != nil {
				return "", err
			}
			if err := t.may(ActPollManage, target{}); err != nil {
				return "", err
			}
			switch item.State.State {
			case InDebate, Inquorate:
			default:
				return "", ErrProposalState.At("state", string(item.State.State))
			}
			if err := t.noOtherPoll(proposal); err != nil {
				return "", err
			}
			ev, text, err := in.check(t.space.Zone, t.now)
			if err != nil {
				return "", err
			}
			ev.Proposal = proposal
			if len(text.Options) > 0 {
				if ev.Text, err = t.w.Commit(text); err != nil {
					return "", err
				}
			}
			poll := t.w.NewID()
			if err := t.emit(poll, ev); err != nil {
				return "", err
			}
			if ev.Opens != nil && ev.Opens.At.After(t.now) {
				return poll, nil
			}
			return poll, t.open(poll, drawn)
		})
		if errors.Is(err, ErrRollMoved) && try < 3 {
			continue
		}
		if err != nil {
			return Poll{}, err
		}
		return p.Get(ctx, a, scoped[PollID](space, own))
	}
}

// draw draws up the roll for a proposal, for an actor who may open polls.
func (p *Polls) draw(ctx context.Context, a Actor, space SpaceID, proposal string) (*roll, error) {
	var out *roll
	err := p.c.view(ctx, a, space, func(v *scope) error {
		_, tg, err := v.votable(proposal)
		if err != nil {
			return err
		}
		if err := v.may(ActPollManage, target{}); err != nil {
			return err
		}
		out, err = resolveRoll(ctx, v, tg.room)
		return err
	})
	return out, err
}

// votable reads a proposal in a space that uses proposals.
func (v *scope) votable(own string) (journal.Item[proposalState], target, error) {
	if err := v.module(ModuleProposals); err != nil {
		return journal.Item[proposalState]{}, target{}, err
	}
	return v.proposal(own)
}

// noOtherPoll refuses a second poll beside one that is planned, open or being counted.
func (t *tx) noOtherPoll(proposal string) error {
	for item, err := range polls.List(t.Reader, store.Query{Index: pollByProposal, Prefix: idBytes(proposal)}) {
		if err != nil {
			return err
		}
		switch item.State.State {
		case StatePlanned, StateOpen, StateClosed:
			return ErrPollPending
		}
	}
	return nil
}

// open opens a planned poll with a roll that was drawn up before; without one it draws it up now.
func (t *tx) open(own string, drawn *roll) error {
	item, err := polls.Get(t.Reader, own)
	if err != nil {
		return err
	}
	s := item.State
	proposal, err := proposals.Get(t.Reader, s.Proposal)
	if err != nil {
		return err
	}
	room, err := t.room(proposal.State.Room)
	if err != nil {
		return err
	}
	if drawn == nil {
		if drawn, err = resolveRoll(context.Background(), &t.scope, room); err != nil {
			return err
		}
	}
	if err := t.still(drawn); err != nil {
		return err
	}
	ev := PollOpened{
		Voted:    proposal.State.text(),
		Entitled: voting.Votes{Seats: drawn.manifest.Seats, Voices: drawn.manifest.Voices},
	}
	if ev.Roll, err = drawn.write(t.w.Writer()); err != nil {
		return err
	}
	switch s.Rule.TieBreak {
	case voting.TieLot:
		zone, err := loadZone(t.space.Zone)
		if err != nil {
			return err
		}
		ev.Promise, ev.Promised = voting.SeedHash(t.c.lotSeed(t.id, own)), t.now.In(zone).Format(time.DateOnly)
	case voting.TieChair:
		if ev.Chair, err = t.onlyChair(); err != nil {
			return err
		}
	}
	if err := t.w.Writer().OpenBox(own, store.Box{Change: s.Change}); err != nil {
		return err
	}
	if err := t.emit(own, ev); err != nil {
		return err
	}
	return t.emit(s.Proposal, ProposalPut{Poll: own})
}

// still refuses a roll when a membership or a room changed after it was drawn up, or another began to represent.
func (t *tx) still(drawn *roll) error {
	if !drawn.until.IsZero() && !t.now.Before(drawn.until) {
		return ErrRollMoved
	}
	for e, err := range t.Entries(drawn.at) {
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name, "member.") || strings.HasPrefix(e.Name, "room.") {
			return ErrRollMoved
		}
	}
	return nil
}

// onlyChair gives the seat with the casting vote: the one active member who is chair. Without exactly one, a tie stands.
func (t *tx) onlyChair() (string, error) {
	var chair []string
	for item, err := range members.List(t.Reader, store.Query{Index: memberByRole, Prefix: indexKey(Chair)}) {
		if err != nil {
			return "", err
		}
		chair = append(chair, item.ID)
	}
	if len(chair) != 1 {
		return "", nil
	}
	return chair[0], nil
}

// Cancel drops a poll that is planned and has not opened.
func (p *Polls) Cancel(ctx context.Context, a Actor, id PollID) (Poll, error) {
	space, own, err := split(id, ErrPollUnknown)
	if err != nil {
		return Poll{}, err
	}
	return answer(ctx, p.c, a, space, "polls.cancel", id, func(t *tx) (string, error) {
		item, err := t.poll(own)
		if err != nil {
			return "", err
		}
		if err := t.may(ActPollManage, target{}); err != nil {
			return "", err
		}
		if item.State.State != StatePlanned {
			return "", ErrPollState.At("state", string(item.State.State))
		}
		return own, t.emit(own, PollCancelled{Why: "asked"})
	}, p.Get)
}

// Close closes an open poll and counts it. A poll with a closing time closes at that time, by itself, and not before.
// Every ballot that was acknowledged is counted, and none is accepted afterwards.
func (p *Polls) Close(ctx context.Context, a Actor, id PollID) (Poll, error) {
	space, own, err := split(id, ErrPollUnknown)
	if err != nil {
		return Poll{}, err
	}
	_, err = do(ctx, p.c, a, space, "polls.close", id, func(t *tx) (string, error) {
		item, err := t.poll(own)
		if err != nil {
			return "", err
		}
		if err := t.may(ActPollManage, target{}); err != nil {
			return "", err
		}
		s := item.State
		switch {
		case s.State == StatePlanned:
			return "", ErrPollNotOpen
		case s.State != StateOpen || s.Source != "":
			return "", ErrPollClosed
		case s.Closes != nil && t.now.Before(s.Closes.At):
			return "", ErrPollTimed.At("closes", s.Closes.At.Format(time.RFC3339))
		}
		return own, t.shut(own)
	})
	if err != nil {
		return Poll{}, err
	}
	if err := p.count(ctx, space, own); err != nil {
		return Poll{}, err
	}
	return p.Get(ctx, a, id)
}

// shut shuts the box of an open poll.
func (t *tx) shut(own string) error {
	if err := t.w.Writer().ShutBox(own); err != nil {
		return err
	}
	n, err := t.Store().Count(own)
	if err != nil {
		return err
	}
	return t.emit(own, PollClosed{Ballots: n})
}

// tally is one pass over a box: what was voted, and the root that fixes it.
type tally struct {
	result voting.Result
	root   journal.Hash
	chair  voting.Choice // what the chair voted
}

// tallyBox reads a shut box.
func tallyBox(ctx context.Context, r store.Reader, own string, s pollState) (tally, error) {
	var out tally
	profile, err := voting.NewProfile(s.Question)
	if err != nil {
		return out, err
	}
	root := newBoxRoot()
	ended := false
	defer func() {
		if !ended {
			root.stop()
		}
	}()
	chair := string(idBytes(s.Chair))
	n := 0
	for b, err := range r.Ballots(own) {
		if err != nil {
			return out, err
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		root.add(b)
		body, err := readBody(b.Body)
		if err != nil {
			return out, err
		}
		if err := profile.Add(body.Ballot, body.Weight); err != nil {
			return out, err
		}
		if s.Chair != "" && string(b.Key) == chair {
			out.chair, _ = body.Ballot.(voting.Choice)
		}
	}
	ended = true
	out.root = root.sum()
	out.result, err = voting.Count(profile)
	return out, err
}

// decide gives the verdict on a tally: a pure function of what the log and the box hold, and of the lot's seed.
func decide(space SpaceID, own string, s pollState, t tally, seed []byte) (voting.Verdict, error) {
	facts := voting.Facts{
		Entitled: s.Entitled,
		Present:  t.result.Cast, // outside an assembly, whoever takes part is present
		Order:    s.Order, Chair: t.chair, Poll: string(scoped[PollID](space, own)),
	}
	if s.Promise != "" {
		facts.Seed, facts.Promised = seed, s.Promised
	}
	return voting.Decide(s.Question, s.Rule, t.result, facts)
}

// count counts a closed poll and draws the consequences: the proposal is decided and, if adopted, becomes the next
// resolution in the year's register. What was counted already stays as it is.
func (p *Polls) count(ctx context.Context, space SpaceID, own string) error {
	var t tally
	var verdict voting.Verdict
	var seed voting.Seed
	closed := false
	err := p.c.view(ctx, scheduler, space, func(v *scope) error {
		item, err := polls.Get(v.Reader, own)
		if err != nil || item.State.State != StateClosed {
			return err
		}
		closed = true
		s := item.State
		if t, err = tallyBox(ctx, v.Store(), own, s); err != nil {
			return err
		}
		if s.Promise != "" {
			seed = p.c.lotSeed(space, own)
		}
		if verdict, err = decide(space, own, s, t, seed); err != nil || t.chair == "" {
			return err
		}
		// What the chair voted is written down only if it made a difference: the poll may publish no names.
		alone := t
		alone.chair = ""
		without, err := decide(space, own, s, alone, seed)
		if err != nil {
			return err
		}
		same, err := sameJSON([2]any{verdict, without})
		if same {
			t.chair = ""
		}
		return err
	})
	if err != nil || !closed {
		return err
	}
	_, err = do(ctx, p.c, scheduler, space, "polls.count", nil, func(x *tx) (string, error) {
		item, err := polls.Get(x.Reader, own)
		if err != nil || item.State.State != StateClosed {
			return own, err
		}
		s := item.State
		if err := x.emit(own, PollCounted{Root: t.root, Result: t.result, Verdict: verdict, Seed: seed, Casting: t.chair}); err != nil {
			return "", err
		}
		decided := ProposalDecided{Poll: own, Outcome: verdict.Outcome}
		if verdict.Outcome == voting.Adopted {
			if decided.Resolution, err = x.adopt(s, own, verdict.Winner); err != nil {
				return "", err
			}
		}
		return own, x.emit(s.Proposal, decided)
	})
	return err
}
