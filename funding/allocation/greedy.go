package allocation

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

var greedy = rule{name: Greedy, revision: 1, buy: buyGreedily}

var greedyDensity = rule{name: GreedyDensity, revision: 1, buy: buyGreedily}

// buyGreedily buys, one after the other, what brings all voters most for each unit of its cost and can still be paid. docs/methods/greedy.md.
func buyGreedily(b *basket) error {
	b.goThrough("", Bought, b.gains())
	return nil
}

// greedily buys what is left as Greedy does, each project for what it brings by itself.
func (b *basket) greedily(phase string, reason Reason) { b.goThrough(phase, reason, alone{b.in}) }

// goThrough buys by falling density, until there is nothing more to buy or, by NoSkip, until a project cannot be paid.
func (b *basket) goThrough(phase string, reason Reason, g gains) {
	list, density := b.list(), make([]*big.Rat, len(b.has))
	first := -1 // that was passed over for want of money
	for len(list) > 0 {
		for _, p := range list {
			density[p] = g.density(p)
		}
		slices.SortFunc(list, func(x, y int) int {
			return cmp.Or(density[y].Cmp(density[x]), cmp.Compare(b.in.rank[x], b.in.rank[y]))
		})
		for changed := false; len(list) > 0 && !changed; {
			p := list[0]
			why := b.refused(p)
			switch {
			case why.Reason != "" && (why.Reason != OverBudget || b.crowded(p).Reason != ""): // another of its group was bought meanwhile, or enough were
				b.note(p, why)
			case b.in.costs[p] <= b.left:
				b.buy(p, reason, Round{Phase: phase, Ratio: b.ratio(density[p]), Tied: b.tied(b.level(list, density))})
				changed = g.bought(p)
			default:
				b.note(p, b.noRoom(p))
				if first < 0 {
					first = p
				}
				if b.in.options.NoSkip {
					b.stop(list)
					list = list[:1]
				}
			}
			list = list[1:]
		}
	}
	if first >= 0 {
		b.payPart(first)
	}
}

// list gives the projects that a list has in it: those that can be bought, and where the first that cannot be paid ends the list or is paid in
// part, those that never can be bought whole.
func (b *basket) list() []int {
	list := b.open()
	if !b.in.options.NoSkip && b.in.options.Partial.Num == 0 {
		return list
	}
	for p := range b.has {
		if b.why[p].Reason == OverBudget {
			b.why[p] = Why{}
			list = append(list, p)
		}
	}
	return list
}

// noRoom says what a project would have needed when its turn came.
func (b *basket) noRoom(p int) Why {
	if why := b.refused(p); why.Reason != "" {
		return why
	}
	return Why{Reason: NoRoom, Left: b.amount(b.left), Missing: b.amount(b.in.costs[p] - b.left)}
}

// stop ends a list at its first project, which cannot be paid: the others are not reached.
func (b *basket) stop(list []int) {
	for _, p := range list[1:] {
		why := b.refused(p)
		if why.Reason == "" {
			why = Why{Reason: Stopped, By: b.in.id(list[0])}
		}
		b.note(p, why)
	}
}

// payPart pays a part of a project with what is left, if that is enough of its cost.
func (b *basket) payPart(p int) {
	part := b.in.options.Partial
	if part.Num == 0 || b.left == 0 {
		return
	}
	// left/cost >= part
	have := new(big.Int).Mul(big.NewInt(b.left), big.NewInt(part.Den))
	need := new(big.Int).Mul(big.NewInt(b.in.costs[p]), big.NewInt(part.Num))
	if have.Cmp(need) < 0 || b.crowded(p).Reason != "" { // another of its group may have been bought after it was passed over
		return
	}
	missing := b.amount(b.in.costs[p] - b.left)
	b.partial = &Partial{ID: b.in.id(p), Paid: b.amount(b.left), Missing: missing}
	b.why[p] = Why{Reason: PaidInPart, Round: len(b.rounds), Left: b.amount(b.left), Missing: missing}
	b.left = 0
}

// level gives those at the head of a sorted list that have the same density and could be bought as well.
func (b *basket) level(sorted []int, density []*big.Rat) []int {
	var level []int
	for _, p := range sorted {
		if density[p].Cmp(density[sorted[0]]) != 0 {
			break
		}
		if b.in.costs[p] <= b.left && b.refused(p).Reason == "" {
			level = append(level, p)
		}
	}
	return level
}

// ratio shows a density: for each voice, and where what is gained is no money, for each unit of the currency.
func (b *basket) ratio(density *big.Rat) voting.Number {
	r := new(big.Rat).Set(density)
	if b.in.options.Satisfaction != Effort {
		r.Mul(r, big.NewRat(int64(b.in.unit), int64(voting.Voice)))
	}
	if s := b.in.options.Satisfaction; s != Cost && s != Effort {
		r.Mul(r, new(big.Rat).SetInt64(b.in.election.budget.Currency().Unit()))
	}
	return number(r)
}
