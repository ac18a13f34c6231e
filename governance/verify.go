package governance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Verification is what verifying a space found.
type Verification struct {
	journal.Report
	Polls   int // whose roll and box were checked; the counted ones were recounted
	Ballots int // checked against their rolls
}

// maxProblems bounds a report: a file that was tampered with wholesale needs no complete list.
const maxProblems = 100

// Verify checks a space from the ground up: its log, tree, records, texts and last signed checkpoint as
// [journal.Journal.Verify] does; every roll against its hash; every ballot against the roll and the question; every
// counted box against its logged root, its votes counted again and decided again.
func (c *Coop) Verify(ctx context.Context, a Actor, space SpaceID) (Verification, error) {
	var out Verification
	err := c.viewIf(ctx, a, space, ActSpaceVerify, func(*scope) error { return nil })
	if err != nil {
		return out, err
	}
	if out.Report, err = c.j.Verify(ctx, storeID(space)); err != nil {
		return out, err
	}
	err = c.j.View(ctx, storeID(space), func(r *journal.Reader) error {
		for rec, err := range r.Store().List(store.Query{Kind: "poll"}) {
			if err != nil {
				return err
			}
			problem := func(what string) {
				if len(out.Problems) < maxProblems {
					out.Problems = append(out.Problems, journal.Problem{Where: "poll/" + rec.ID, What: what})
				}
			}
			item, err := polls.Get(r, rec.ID)
			if err != nil {
				problem(err.Error())
				continue
			}
			if item.State.Roll == "" {
				continue
			}
			out.Polls++
			n, err := c.verifyPoll(ctx, r.Store(), space, item, problem)
			if err != nil {
				return err
			}
			out.Ballots += n
		}
		return nil
	})
	return out, err
}

// VerifyInstance checks the instance's own space: people, short names, positions.
func (c *Coop) VerifyInstance(ctx context.Context) (journal.Report, error) {
	return c.j.Verify(ctx, store.Instance)
}

// verifyPoll checks one poll's roll and box.
func (c *Coop) verifyPoll(ctx context.Context, r store.Reader, space SpaceID, item journal.Item[pollState], problem func(string)) (int, error) {
	s := item.State
	roll, err := readManifest(r, s.Roll)
	if err != nil {
		problem(err.Error())
		return 0, nil
	}
	seats := map[[16]byte]voting.Weight{}
	hands := map[[32]byte]bool{}
	var voices voting.Weight
	err = roll.rows(r, func(row seatRow) error {
		if _, known := seats[row.Seat]; !known {
			seats[row.Seat] = row.Weight
			voices += row.Weight
		} else if seats[row.Seat] != row.Weight {
			problem("the roll gives one seat two weights")
		}
		hands[[32]byte(append(row.Hand[:], row.Seat[:]...))] = true
		return nil
	})
	if err != nil {
		problem(err.Error())
		return 0, nil
	}
	// A seat whose organisation has no representative has no row: it is entitled and nobody can vote for it.
	if int64(len(seats)) > s.Entitled.Seats || voices > s.Entitled.Voices ||
		roll.Seats != s.Entitled.Seats || roll.Voices != s.Entitled.Voices {
		problem("the roll has other seats or weights than the log says")
	}
	box, err := r.Box(item.ID)
	if err != nil {
		problem(err.Error())
		return 0, nil
	}
	if box.Shut != (s.State == StateClosed || s.State == StateCounted) || box.Change != s.Change {
		problem("the box does not stand as the log says")
	}
	n := 0
	for b, err := range r.Ballots(item.ID) {
		if err != nil {
			return n, err
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return n, ctx.Err()
		}
		body, err := readBody(b.Body)
		if err != nil || len(b.Key) != 16 {
			problem("a ballot cannot be read")
			continue
		}
		seat := uuid.UUID(b.Key).String()
		weight, entitled := seats[[16]byte(b.Key)]
		switch {
		case !entitled:
			problem("the ballot of " + seat + ", which is not on the roll")
		case weight != body.Weight:
			problem("the ballot of " + seat + " has another weight than the roll")
		case !hands[[32]byte(append(body.Hand[:], b.Key...))]:
			problem("the ballot of " + seat + " was cast by a hand that may not")
		case s.Question.CheckBallot(body.Ballot) != nil:
			problem("the ballot of " + seat + " does not answer the question")
		case s.Closes != nil && !body.At.Before(s.Closes.At):
			problem("the ballot of " + seat + " is late")
		}
	}
	if s.State != StateCounted || s.Root == nil {
		return n, nil
	}
	t, err := tallyBox(ctx, r, item.ID, s)
	if err != nil {
		problem(err.Error())
		return n, nil
	}
	if t.root != *s.Root {
		problem("the box is not the one that was counted")
	}
	if s.Promise != "" && voting.SeedHash(s.Seed) != s.Promise {
		problem("the lot's seed is not the one that was promised")
	}
	verdict, err := decide(space, item.ID, s, t, s.Seed)
	if err != nil {
		problem(err.Error())
		return n, nil
	}
	same, err := sameJSON([2]any{t.result, s.Result}, [2]any{verdict, s.Verdict})
	if err != nil {
		return n, err
	}
	if !same {
		problem("counting again gives another result")
	}
	return n, nil
}

// sameJSON tells whether both of each pair have the same JSON.
func sameJSON(pairs ...[2]any) (bool, error) {
	for _, p := range pairs {
		a, err := json.Marshal(p[0])
		b, err2 := json.Marshal(p[1])
		if err := errors.Join(err, err2); err != nil || !bytes.Equal(a, b) {
			return false, err
		}
	}
	return true, nil
}
