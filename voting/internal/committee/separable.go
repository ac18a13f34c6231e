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
	among := make([]int32, len(e.weight))
	for g := range among {
		among[g] = int32(len(e.approved(g)))
	}
	return e.divided(among, make([]bool, e.m))
}

// divided is the same when some candidates are out of the race: each group's ballots are divided among so many others.
func (e *election) divided(among []int32, out []bool) []*big.Rat {
	longest := 1
	for _, n := range among {
		longest = max(longest, int(n))
	}
	parts, by := harmonic(longest), make([]int64, longest) // by[n-1]: the ballots that are divided among n
	scores := make([]*big.Rat, e.m)
	for c := range scores {
		if out[c] {
			continue
		}
		clear(by)
		for _, g := range e.supporters(c) {
			by[among[g]-1] += e.weight[g]
		}
		scores[c] = parts.fraction(parts.worth(by)[0])
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
