package allocation

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

var maxWelfare = rule{name: MaxWelfare, revision: 1, buy: buyWelfare}

// buyWelfare buys those projects of all that the budget pays whose satisfaction together is the greatest. docs/methods/max-welfare.md.
func buyWelfare(b *basket) error {
	in, open := b.in, b.open()
	slices.SortFunc(open, func(x, y int) int { return cmp.Compare(in.rank[x], in.rank[y]) })
	open = slices.DeleteFunc(open, func(p int) bool {
		if in.costs[p] <= b.left {
			return false
		}
		b.note(p, Why{Reason: NoRoom, Left: b.amount(b.left), Missing: b.amount(in.costs[p] - b.left)})
		return true
	})
	best, err := b.optimum(open)
	if err != nil {
		return err
	}
	for i, p := range open {
		if best.Bit(len(open)-1-i) == 1 {
			b.buy(p, Optimal, Round{Ratio: in.satisfaction(in.gain(p))})
		}
	}
	welfare := new(big.Rat)
	for _, p := range b.bought {
		welfare.Add(welfare, in.gain(p))
	}
	b.figures = append(b.figures, voting.Figure{Name: "welfare", Number: in.satisfaction(welfare)})
	for _, p := range open {
		if why := b.refused(p); !b.has[p] && why.Reason == Excluded {
			b.note(p, why)
		} else if !b.has[p] {
			b.note(p, Why{Reason: Outvoted, Ratio: in.satisfaction(in.gain(p)), Left: b.amount(b.left)})
		}
	}
	return nil
}

// optimum gives the best of some projects that can be bought, in the order of the tie-break: as bits, the first project the highest.
func (b *basket) optimum(open []int) (*big.Int, error) {
	if len(open) == 0 {
		return new(big.Int), nil
	}
	in, n := b.in, len(open)
	k := knapsack{budget: b.left, effort: maxEffort}
	if in.options.Most > 0 {
		k.most = in.options.Most - len(b.bought)
	}
	if k.most >= b.fit(open) {
		k.most = 0
	}
	values := in.wholeGains(open)
	for i, v := range values {
		// Below the gain stands the set itself. Of several that gain as much, the one is greatest that has the first project in which
		// they differ.
		v.Lsh(v, uint(n)).SetBit(v, n-1-i, 1)
	}
	for _, places := range b.clusters(open) {
		c, err := b.choice(open, places, values, &k)
		if err != nil {
			return nil, err
		}
		k.choices = append(k.choices, c)
	}
	if err := k.solve(); err != nil {
		return nil, err
	}
	set := new(big.Int).Lsh(big.NewInt(1), uint(n))
	return set.And(k.best, set.Sub(set, big.NewInt(1))), nil
}

// fit gives the most projects of some that the rest of the budget can pay, if nothing excludes any.
func (b *basket) fit(open []int) int {
	costs := make([]int64, len(open))
	for i, p := range open {
		costs[i] = b.in.costs[p]
	}
	slices.Sort(costs)
	left := b.left
	for i, c := range costs {
		if c > left {
			return i
		}
		left -= c
	}
	return len(open)
}

// gain gives what a project satisfies all voters together: worth times their weight, or their points.
func (in *instance) gain(p int) *big.Rat {
	if in.support[p] == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Mul(in.density(p), new(big.Rat).SetInt64(in.costs[p]))
}

// satisfaction gives gains in voices, and in units of the currency where it is costs that satisfy.
func (in *instance) satisfaction(gain *big.Rat) voting.Number {
	r := new(big.Rat).Set(gain)
	if in.options.Satisfaction != Effort { // of which the weights have been divided out
		r.Mul(r, big.NewRat(int64(in.unit), int64(voting.Voice)))
	}
	if in.options.Satisfaction == Cost || in.options.Satisfaction == Effort {
		r.Quo(r, new(big.Rat).SetInt64(in.election.budget.Currency().Unit()))
	}
	return number(r)
}

// wholeGains gives the gains of some projects as whole numbers in one unit, as small as they can be.
func (in *instance) wholeGains(open []int) []*big.Int {
	gains := make([]*big.Rat, len(open))
	den, gcd := big.NewInt(1), new(big.Int)
	for i, p := range open {
		gains[i] = in.gain(p)
		d := gains[i].Denom()
		den.Mul(den, new(big.Int).Quo(d, new(big.Int).GCD(nil, nil, den, d)))
	}
	whole := make([]*big.Int, len(open))
	for i, g := range gains {
		whole[i] = new(big.Int).Mul(g.Num(), new(big.Int).Quo(den, g.Denom()))
		gcd.GCD(nil, nil, gcd, whole[i])
	}
	for _, w := range whole {
		w.Quo(w, gcd)
	}
	return whole
}

// clusters puts projects together that are linked by groups of which one can be bought: places in open, in order.
func (b *basket) clusters(open []int) [][]int {
	cluster := make([]int, len(open))
	first := map[string]int{}
	for i, p := range open {
		cluster[i] = i
		for _, group := range b.in.election.projects[p].Excludes {
			other, known := first[group]
			if !known {
				first[group] = i
				continue
			}
			from, to := cluster[other], cluster[i]
			for j := range i + 1 {
				if cluster[j] == from {
					cluster[j] = to
				}
			}
		}
	}
	lists := make([][]int, len(open))
	for i, c := range cluster {
		lists[c] = append(lists[c], i)
	}
	return slices.DeleteFunc(lists, func(l []int) bool { return l == nil })
}

// maxParcels is how many sets of projects of one cluster may be put to choice.
const maxParcels = 1 << 14

// choice gives what can be bought of a cluster.
func (b *basket) choice(open, places []int, values []*big.Int, k *knapsack) (choice, error) {
	// Every set of projects none of which excludes another is a parcel.
	sets := []exclusive{{parcel: parcel{value: new(big.Int)}}}
	for _, i := range places {
		cost, groups := b.in.costs[open[i]], b.in.election.projects[open[i]].Excludes
		for _, s := range sets {
			if cost <= k.budget-s.cost && !slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(s.groups, g) }) {
				sets = append(sets, exclusive{
					parcel{s.cost + cost, s.items + 1, new(big.Int).Add(s.value, values[i])}, slices.Concat(s.groups, groups),
				})
			}
		}
		if len(sets) > maxParcels {
			return choice{}, ErrTooHard
		}
	}
	slices.SortFunc(sets, func(x, y exclusive) int { return cmp.Or(cmp.Compare(x.cost, y.cost), y.value.Cmp(x.value)) })
	// Kept is what no cheaper one beats. With a bound on items, one that brings less can still be needed, if it has fewer.
	var kept []parcel
	best := make([]*big.Int, len(places)+1) // by the number of items, at most
	for _, s := range sets {
		items := s.items
		if k.most == 0 {
			items = 0
		}
		if best[items] != nil && best[items].Cmp(s.value) >= 0 {
			continue
		}
		kept = append(kept, s.parcel)
		for n := items; n < len(best); n++ {
			if best[n] == nil || best[n].Cmp(s.value) < 0 {
				best[n] = s.value
			}
		}
	}
	return choice{kept}, nil
}

// exclusive is a parcel, and the groups of which it takes the one that can be bought.
type exclusive struct {
	parcel
	groups []string
}
