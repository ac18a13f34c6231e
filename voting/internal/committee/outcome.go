package committee

import (
	"math/big"
	"slices"
)

// Outcome is what a rule elects, and how it came to it. All numbers are exact.
type Outcome struct {
	// Committees are the winning committees, each ascending, in lexicographic order; just Chosen for a resolute count.
	Committees [][]int
	// More says that other committees win as well, and are not listed because the limit was reached. Which are listed then depends on
	// the order of the candidates.
	More bool
	// Chosen is the committee that the order of the candidates picks among those tied, ascending. Tied says that it had to.
	Chosen []int
	Tied   bool

	// Value is what the rule makes as large or as small as it can, for every winning committee the same: one number, or several that are
	// compared one after the other. Nil for a rule that decides seat by seat.
	Value []*big.Rat
	// Scores are the candidates' points, for rules that score each candidate alone.
	Scores []*big.Rat
	// Rounds lead to Chosen, for rules that decide seat by seat.
	Rounds []Round
	// Common are the rounds of the first attempt in which there was a tie, where Rounds are those of a later one. Up to that tie the rounds are
	// the same whoever is chosen; another choice there may have made a later attempt unnecessary. Nil otherwise.
	Common []Round
	// Represented is how much the voters weigh together who approve no member of Chosen, one member, two members, ...
	Represented []int64
	// Distances is how much the voters weigh together who are this far from Chosen: how many members they do not approve, and how many
	// others they do. For the rules that measure it.
	Distances []int64
	// Loads is what each group's voters carry in the end of the seats given to Chosen, one unit of weight each: the loads of Phragmén's
	// rules. Groups share values: do not write to them.
	Loads []*big.Rat
	// Budgets is what each group's voters have left in the end, one unit of weight each: Equal Shares and Eneström's rule. Groups share
	// values: do not write to them.
	Budgets []*big.Rat
}

// Round is a step of a rule that decides seat by seat.
type Round struct {
	Phase   string // the part of a rule that has several, such as "phragmen" for a completion
	Elected int    // the candidate who gets a seat, or -1
	Removed int    // the candidate who leaves the race, or -1
	Tied    []int  // the candidates who were equally good here, ascending, Elected or Removed among them; nil if there was one only
	// Scores is what the rule compares in this round, a number for each candidate; nil for those who are not in the race, or cannot win.
	Scores []*big.Rat
	// Budget is what all voters had together in the beginning, in seats, where a rule tries several budgets.
	Budget *big.Rat
	// Represents is how much the voters weigh together whom Elected represents, for GreedyMonroe.
	Represents int64
	// Payments are what the supporters of Elected gave for the seat, by what they had: the richest first.
	Payments []Payment

	again bool // what came before led to nothing
}

// Payment is what voters gave who had the same.
type Payment struct {
	Weight         int64    // of these voters, together
	Had, Paid, Has *big.Rat // before, for this seat, and after: one unit of weight each
}

// published gives an outcome in the caller's numbers of the candidates.
func (e *election) published(out Outcome) Outcome {
	name := func(cs []int) []int {
		if cs == nil {
			return nil
		}
		named := make([]int, len(cs))
		for i, c := range cs {
			named[i] = e.order[c]
		}
		slices.Sort(named)
		return named
	}
	byName := func(rs []*big.Rat) []*big.Rat {
		if rs == nil {
			return nil
		}
		named := make([]*big.Rat, len(rs))
		for c, r := range rs {
			named[e.order[c]] = r
		}
		return named
	}
	out.Represented = e.represented(out.Chosen)
	out.Chosen = name(out.Chosen)
	if e.resolute {
		out.Committees, out.More = [][]int{out.Chosen}, false
	} else {
		for i, c := range out.Committees {
			out.Committees[i] = name(c)
		}
		slices.SortFunc(out.Committees, slices.Compare)
	}
	out.Scores = byName(out.Scores)
	for _, rounds := range [][]Round{out.Rounds, out.Common} {
		for i := range rounds {
			r := &rounds[i]
			if r.Elected >= 0 {
				r.Elected = e.order[r.Elected]
			}
			if r.Removed >= 0 {
				r.Removed = e.order[r.Removed]
			}
			r.Tied, r.Scores = name(r.Tied), byName(r.Scores)
		}
	}
	return out
}
