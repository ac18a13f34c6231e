package allocation

import (
	"cmp"
	"math/big"
	"slices"
)

var proportional = rule{name: Proportional, revision: 1, buy: buyInProportion}

// buyInProportion gives each project its part of the budget by its score, up to its cost. Which projects take part is decided in the order of
// scores, where only so many may, or one of a group. docs/methods/proportional-split.md.
func buyInProportion(b *basket) error {
	in := b.in
	open := b.takingPart()
	weights := make([]*big.Int, len(open))
	caps := make([]int64, len(open))
	order := make([]int, len(open))
	for i, p := range open {
		weights[i], caps[i], order[i] = big.NewInt(in.score[p]), in.costs[p], i
	}
	byRank := func(i, j int) int { return cmp.Compare(in.rank[open[i]], in.rank[open[j]]) }
	slices.SortFunc(order, byRank)
	f := fill(new(big.Rat).SetInt64(b.left), b.left, weights, caps, order, 0)

	// As each vote brings more and more, those are paid first that cost least for their votes.
	each := make([]*big.Rat, len(open))
	for i, p := range open {
		each[i] = big.NewRat(in.costs[p], in.score[p])
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(each[i].Cmp(each[j]), byRank(i, j)) })
	for _, i := range order {
		if f.parts[i] == caps[i] {
			b.buy(open[i], Bought, Round{Ratio: in.perVoice(each[i])})
		}
	}
	for i, p := range open { // in the order of scores
		if f.parts[i] == caps[i] {
			continue
		}
		b.left -= f.parts[i]
		paid, missing := b.amount(f.parts[i]), b.amount(caps[i]-f.parts[i])
		b.parts = append(b.parts, Partial{ID: in.id(p), Paid: paid, Missing: missing})
		b.why[p] = Why{Reason: PaidInPart, Round: len(b.rounds), Left: paid, Missing: missing}
	}
	return nil
}

// takingPart gives the projects that share the budget, by falling score, and notes why of the others. A project may cost more than
// the budget: it is given a part.
func (b *basket) takingPart() []int {
	in := b.in
	all := make([]int, 0, len(in.costs))
	for p := range in.costs {
		if !b.has[p] {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(x, y int) int {
		return cmp.Or(cmp.Compare(in.score[y], in.score[x]), cmp.Compare(in.rank[x], in.rank[y]))
	})
	taken := b.clone() // as if all that take part were bought
	var open []int
	for _, p := range all {
		why := taken.unwanted(p)
		if why.Reason == "" {
			why = taken.crowded(p)
		}
		if why.Reason != "" {
			b.note(p, why)
			continue
		}
		taken.take(p)
		open = append(open, p)
	}
	return open
}
