package allocation

import (
	"cmp"
	"math/big"
	"slices"
)

// knapsack looks for the parcels of the greatest value that a budget pays.
//
// It takes in the choices one after the other, each of which offers some parcels or none, and keeps every way to have chosen so far, but
// for those to whom another way is better that costs no more, and those that cannot come to more than the best known however they go on:
// not even if the rest of the budget bought the best parts of parcels.
type knapsack struct {
	budget  int64
	most    int // parcels' items, or 0
	choices []choice
	best    *big.Int // the greatest value found: that of a choice that the budget pays
	effort  int64    // how much work may be done yet
}

// choice offers parcels, of which one can be taken: the cheapest first, and the first is nothing. One that is of less value than a cheaper
// one has fewer items.
type choice struct{ parcels []parcel }

// parcel is items that are chosen together, and also a way to have chosen so far. Values of different sets of items are never equal.
type parcel struct {
	cost  int64
	items int
	value *big.Int
}

// maxEffort is how many ways to choose may be looked at, each as often as its value has eight words: some two to four seconds, and 300 MiB.
const maxEffort = 3_000_000

// spend takes some work off what may be done.
func (k *knapsack) spend(work int) error {
	if k.effort -= int64(work); k.effort < 0 {
		return ErrTooHard
	}
	return nil
}

// solve finds the best.
func (k *knapsack) solve() error {
	slices.SortStableFunc(k.choices, func(a, b choice) int { return b.hull()[0].compare(a.hull()[0]) })
	k.best = new(big.Int)
	ways := [][]parcel{{{value: new(big.Int)}}} // by the number of items, where that is bounded
	if k.most > 0 {
		ways = append(ways, make([][]parcel, k.most)...)
	}
	k.improve(ways[0][0], k.choices)
	for i, c := range k.choices {
		rest := k.choices[i+1:]
		next, err := k.extend(ways, c)
		if err != nil {
			return err
		}
		limit := newLimit(rest)
		hope, hoped := parcel{}, new(big.Int)
		for n, list := range next {
			next[n] = slices.DeleteFunc(list, func(w parcel) bool {
				if w.value.Cmp(k.best) > 0 {
					k.best = w.value
				}
				most := limit.of(w, k.budget)
				if most.Cmp(k.best) <= 0 {
					return true
				}
				if most.Cmp(hoped) > 0 {
					hope = w
					hoped.Set(most)
				}
				return false
			})
		}
		if hope.value != nil {
			k.improve(hope, rest)
		}
		ways = next
	}
	return nil
}

// extend gives the ways to choose when one more choice is taken in.
func (k *knapsack) extend(ways [][]parcel, c choice) ([][]parcel, error) {
	next := make([][]parcel, len(ways))
	for n, list := range ways {
		if len(list) == 0 {
			continue
		}
		if err := k.spend(len(list) * len(c.parcels) * (len(k.best.Bits())/8 + 1)); err != nil {
			return nil, err
		}
		for _, p := range c.parcels {
			to := 0
			if k.most > 0 {
				if to = n + p.items; to > k.most {
					continue
				}
			}
			next[to] = undominated(next[to], k.shifted(list, p))
		}
	}
	return next, nil
}

// shifted adds a parcel to some ways to choose, as far as the budget pays.
func (k *knapsack) shifted(list []parcel, p parcel) []parcel {
	if p.items == 0 {
		return list
	}
	out := make([]parcel, 0, len(list))
	for _, w := range list {
		if w.cost > k.budget-p.cost {
			break
		}
		out = append(out, parcel{w.cost + p.cost, w.items + p.items, new(big.Int).Add(w.value, p.value)})
	}
	return out
}

// undominated merges two lists of ways, by rising cost and value, without those to whom another is better that costs no more.
func undominated(a, b []parcel) []parcel {
	if len(a) == 0 {
		return slices.Clone(b)
	}
	out := make([]parcel, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var w parcel
		if len(b) == 0 || len(a) > 0 && (a[0].cost < b[0].cost || a[0].cost == b[0].cost && a[0].value.Cmp(b[0].value) >= 0) {
			w, a = a[0], a[1:]
		} else {
			w, b = b[0], b[1:]
		}
		if len(out) == 0 || w.value.Cmp(out[len(out)-1].value) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// improve completes a way to choose by what brings most for its cost of what still fits, and keeps it if it is the best so far.
func (k *knapsack) improve(w parcel, rest []choice) {
	cost, items, value := w.cost, w.items, new(big.Int).Set(w.value)
	for _, c := range rest {
		for _, p := range slices.Backward(c.parcels) {
			if p.cost <= k.budget-cost && (k.most == 0 || items+p.items <= k.most) {
				cost, items = cost+p.cost, items+p.items
				value.Add(value, p.value)
				break
			}
		}
	}
	if value.Cmp(k.best) > 0 {
		k.best = value
	}
}

// slice is a part of a choice that brings value for cost.
type slice struct {
	cost  int64
	value *big.Int
}

// compare compares what two slices bring for each unit of cost.
func (a slice) compare(b slice) int {
	x, y := big.NewInt(b.cost), big.NewInt(a.cost)
	return x.Mul(x, a.value).Cmp(y.Mul(y, b.value))
}

// hull gives the slices by which a choice grows best if parcels could be taken in part: each brings less for its cost than the one before.
func (c choice) hull() []slice {
	corners := c.parcels[:1:1]
	grow := func(from, to parcel) slice { return slice{to.cost - from.cost, new(big.Int).Sub(to.value, from.value)} }
	for _, p := range c.parcels[1:] {
		if p.value.Cmp(corners[len(corners)-1].value) <= 0 {
			continue
		}
		for len(corners) > 1 {
			last, before := corners[len(corners)-1], corners[len(corners)-2]
			if grow(last, p).compare(grow(before, last)) < 0 {
				break
			}
			corners = corners[:len(corners)-1]
		}
		corners = append(corners, p)
	}
	var slices []slice
	for i := range corners[1:] {
		slices = append(slices, grow(corners[i], corners[i+1]))
	}
	return slices
}

// limit is what some choices can bring at most for a sum.
type limit struct {
	slices []slice    // those that bring most for their cost first
	costs  []int64    // of so many of them together
	values []*big.Int // likewise
	sum    *big.Int
	cost   *big.Int
}

func newLimit(choices []choice) *limit {
	l := &limit{costs: []int64{0}, values: []*big.Int{new(big.Int)}, sum: new(big.Int), cost: new(big.Int)}
	for _, c := range choices {
		l.slices = append(l.slices, c.hull()...)
	}
	slices.SortStableFunc(l.slices, func(a, b slice) int { return b.compare(a) })
	for i, s := range l.slices {
		l.costs = append(l.costs, l.costs[i]+s.cost)
		l.values = append(l.values, new(big.Int).Add(l.values[i], s.value))
	}
	return l
}

// of gives what a way to choose can come to at most. It holds until of is asked again.
func (l *limit) of(w parcel, budget int64) *big.Int {
	room := budget - w.cost
	whole, exact := slices.BinarySearchFunc(l.costs, room, cmp.Compare[int64])
	if !exact {
		whole--
	}
	sum := l.sum.SetInt64(0)
	if whole < len(l.slices) {
		s := l.slices[whole]
		sum.Mul(sum.SetInt64(room-l.costs[whole]), s.value)
		sum.Quo(sum, l.cost.SetInt64(s.cost))
	}
	return sum.Add(sum, l.values[whole]).Add(sum, w.value)
}
