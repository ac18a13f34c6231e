package committee

import (
	"math/big"
	"slices"
)

// approvals is each candidate's score in approval voting.
func (e *election) approvals() []*big.Rat {
	sums := make([]int64, e.m)
	for g, w := range e.weight {
		for _, c := range e.approved(g) {
			sums[c] += w
		}
	}
	scores := make([]*big.Rat, e.m)
	for c, s := range sums {
		scores[c] = new(big.Rat).SetInt64(s)
	}
	return scores
}

// satisfaction is each candidate's score in satisfaction approval voting: of a ballot that approves n candidates, each has one nth.
func (e *election) satisfaction() []*big.Rat {
	return e.divided(make([]bool, e.m))
}

// divided is the same when some candidates are out of the race: a ballot is divided among the others.
func (e *election) divided(out []bool) []*big.Rat {
	// Ballots of the same length add up as whole numbers.
	type share struct{ c, n int32 }
	sums := map[share]int64{}
	longest := int32(0)
	for g, w := range e.weight {
		n := int32(0)
		for _, c := range e.approved(g) {
			if !out[c] {
				n++
			}
		}
		for _, c := range e.approved(g) {
			if !out[c] {
				sums[share{c, n}] += w
			}
		}
		longest = max(longest, n)
	}
	scores := make([]*big.Rat, e.m)
	for c := range scores {
		if out[c] {
			continue
		}
		scores[c] = new(big.Rat)
		for n := int32(1); n <= longest; n++ {
			if s := sums[share{int32(c), n}]; s != 0 {
				scores[c].Add(scores[c], big.NewRat(s, int64(n)))
			}
		}
	}
	return scores
}

// separable elects by the candidates' own scores: those above the last seat are sure of theirs, those level with it are tied for what is
// left. All scores nil means that everybody is tied.
func (e *election) separable(scores []*big.Rat) (Outcome, error) {
	var sure, level []int
	if scores[0] == nil {
		for c := range scores {
			level = append(level, c)
		}
		scores = nil
	} else {
		ranked := slices.Clone(scores)
		slices.SortFunc(ranked, func(a, b *big.Rat) int { return b.Cmp(a) })
		last := ranked[e.k-1]
		for c, s := range scores {
			switch s.Cmp(last) {
			case 1:
				sure = append(sure, c)
			case 0:
				level = append(level, c)
			}
		}
	}
	out := Outcome{Scores: scores, Tied: len(sure)+len(level) > e.k}
	if scores != nil {
		value := new(big.Rat)
		for _, c := range append(slices.Clone(sure), level[:e.k-len(sure)]...) {
			value.Add(value, scores[c])
		}
		out.Value = []*big.Rat{value}
	}
	out.Committees, out.More = choices(sure, level, e.k-len(sure), e.limit)
	out.Chosen = out.Committees[0]
	return out, nil
}

// choices lists the ways to add n of some candidates to those who are sure, in lexicographic order and at most limit of them.
func choices(sure, from []int, n, limit int) (list [][]int, more bool) {
	at := make([]int, n) // the places in from
	for i := range at {
		at[i] = i
	}
	for {
		if len(list) == limit {
			return list, true
		}
		committee := slices.Clone(sure)
		for _, i := range at {
			committee = append(committee, from[i])
		}
		slices.Sort(committee)
		list = append(list, committee)
		i := n - 1
		for i >= 0 && at[i] == len(from)-n+i {
			i--
		}
		if i < 0 {
			return list, false
		}
		at[i]++
		for j := i + 1; j < n; j++ {
			at[j] = at[j-1] + 1
		}
	}
}
