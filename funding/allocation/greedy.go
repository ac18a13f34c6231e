package allocation

import (
	"cmp"
	"math/big"
	"slices"
)

var greedy = rule{name: Greedy, revision: 1, buy: buyGreedily}

var greedyDensity = rule{name: GreedyDensity, revision: 1, buy: buyGreedily}

// buyGreedily goes through the projects by what a unit of their cost brings all voters, the most first, and buys each that can still be
// paid. docs/methods/greedy.md.
func buyGreedily(b *basket) error {
	b.greedily("", Bought)
	return nil
}

// greedily buys in the order of density, until the list ends or, by NoSkip, until a project cannot be paid.
func (b *basket) greedily(phase string, reason Reason) {
	in := b.in
	density := make([]*big.Rat, len(in.costs))
	open := b.open()
	for _, p := range open {
		density[p] = in.density(p)
	}
	slices.SortFunc(open, func(x, y int) int {
		return cmp.Or(density[y].Cmp(density[x]), cmp.Compare(in.rank[x], in.rank[y]))
	})
	for i, p := range open {
		if why := b.refused(p); why.Reason != "" { // another of its group was bought meanwhile, or enough were
			b.note(p, why)
			continue
		}
		if in.costs[p] <= b.left {
			b.buy(p, reason, Round{Phase: phase, Ratio: number(density[p]), Tied: b.tied(level(open[i:], density))})
			continue
		}
		b.note(p, Why{Reason: NoRoom, Left: b.amount(b.left), Missing: b.amount(in.costs[p] - b.left)})
		if in.options.NoSkip {
			b.stop(open[i:])
			return
		}
	}
}

// stop ends a list at the project that cannot be paid, its first: it is paid in part if enough is left, and the others are not reached.
func (b *basket) stop(rest []int) {
	p, part := rest[0], b.in.options.Partial
	if part.Num > 0 {
		// left/cost >= part
		have := new(big.Int).Mul(big.NewInt(b.left), big.NewInt(part.Den))
		need := new(big.Int).Mul(big.NewInt(b.in.costs[p]), big.NewInt(part.Num))
		if have.Cmp(need) >= 0 {
			missing := b.amount(b.in.costs[p] - b.left)
			b.partial = &Partial{ID: b.in.id(p), Paid: b.amount(b.left), Missing: missing}
			b.why[p] = Why{Reason: PaidInPart, Round: len(b.rounds), Left: b.amount(b.left), Missing: missing}
			b.left = 0
		}
	}
	for _, p := range rest[1:] {
		b.note(p, Why{Reason: Stopped, By: b.in.id(rest[0])})
	}
}

// level gives those at the head of a sorted list that have the same ratio.
func level(sorted []int, ratio []*big.Rat) []int {
	n := 1
	for n < len(sorted) && ratio[sorted[n]].Cmp(ratio[sorted[0]]) == 0 {
		n++
	}
	return sorted[:n]
}
