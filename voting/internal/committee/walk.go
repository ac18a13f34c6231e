package committee

import (
	"maps"
	"slices"
)

// process is a rule that decides step by step, in the middle of an election.
type process interface {
	// next gives the candidates among whom the next step may choose, ascending, and what there is to tell of this round; none when the
	// committee is complete. The round elects the first of them, or removes the last.
	next() ([]int, Round, error)
	// take chooses one of them.
	take(c int)
	// clone gives a process in the same state.
	clone() process
	// key tells states apart: from the same key, the same committees are reached.
	key() string
	// members gives those elected so far, in any order.
	members() []int
	// tell adds the working in the end.
	tell(out *Outcome)
}

// walk goes the way on which the lowest number wins every tie, and, unless one committee is asked for, all other ways.
func (e *election) walk(p process, err error) (Outcome, error) {
	if err != nil {
		return Outcome{}, err
	}
	var out Outcome
	lead := p.clone()
	for {
		if err := e.spend(roundCost * int64(e.m)); err != nil {
			return Outcome{}, err
		}
		tied, round, err := lead.next()
		if err != nil {
			return Outcome{}, err
		}
		if len(tied) == 0 {
			break
		}
		if round.again {
			if out.Common == nil && slices.ContainsFunc(out.Rounds, func(r Round) bool { return len(r.Tied) > 0 }) {
				out.Common = out.Rounds
			}
			out.Rounds = nil
		}
		if len(tied) > 1 {
			round.Tied, out.Tied = tied, true
		}
		out.Rounds = append(out.Rounds, round)
		lead.take(max(round.Elected, round.Removed))
	}
	out.Chosen = slices.Clone(lead.members())
	slices.Sort(out.Chosen)
	lead.tell(&out)
	if e.resolute || !out.Tied {
		out.Committees = [][]int{out.Chosen}
		return out, nil
	}
	w := &walker{election: e, seen: map[string]bool{}, reached: map[string][]int{}}
	if err := w.from(p); err != nil {
		return Outcome{}, err
	}
	out.Committees, out.More = slices.Collect(maps.Values(w.reached)), w.more
	return out, nil
}

// roundCost is what it costs in steps to keep what a round tells of one candidate, so that the limit of work bounds memory as well.
const roundCost = 500

type walker struct {
	*election
	seen    map[string]bool
	reached map[string][]int
	more    bool
}

// stateCost is what remembering a state costs in steps, so that the limit of work bounds memory as well.
const stateCost = 1000

func (w *walker) from(p process) error {
	key := p.key()
	if w.more || w.seen[key] {
		return nil
	}
	w.seen[key] = true
	if err := w.spend(stateCost + int64(len(key))); err != nil {
		return err
	}
	tied, _, err := p.next()
	if err != nil {
		return err
	}
	if len(tied) == 0 {
		committee := slices.Clone(p.members())
		slices.Sort(committee)
		name := keyOf(committee)
		if w.reached[name] == nil {
			if len(w.reached) == w.limit {
				w.more = true
				return nil
			}
			w.reached[name] = committee
		}
		return nil
	}
	for _, c := range tied {
		next := p
		if c != tied[len(tied)-1] {
			next = p.clone()
		}
		next.take(c)
		if err := w.from(next); err != nil {
			return err
		}
	}
	return nil
}

// keyOf writes numbers so that different lists differ.
func keyOf(numbers []int) string {
	b := make([]byte, 0, 2*len(numbers))
	for _, n := range numbers {
		b = append(b, byte(n>>8), byte(n))
	}
	return string(b)
}
