package voting

import (
	"cmp"
	"math/bits"
	"slices"
)

// defeat is a pair of options, of which the winner has more units above the loser than the loser above the winner.
type defeat struct{ winner, loser int }

// The strengths of a defeat: what makes one stronger than another.
const (
	byWinning    = "winning"    // more units for the winner
	byMargin     = "margin"     // more units for the winner than for the loser
	byRatio      = "ratio"      // more units for the winner in proportion to those for the loser
	byOpposition = "opposition" // of Minimax: the units for anybody, whether they win or lose the pair
	byTuple      = "tuple"      // more units for the winner, and, if equal, fewer for the loser
)

// defeats gives the defeats in batches of equal strength, the strongest first, each batch in the question's order.
func (p *pairs) defeats(stronger func(x, y defeat) int) [][]defeat {
	var all []defeat
	for a := range p.options {
		for b := range p.options {
			if p.beats(a, b) {
				all = append(all, defeat{a, b})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y defeat) int { return stronger(y, x) })
	var batches [][]defeat
	for first, i := 0, 1; i <= len(all); i++ {
		if i == len(all) || stronger(all[first], all[i]) != 0 {
			batches = append(batches, all[first:i:i])
			first = i
		}
	}
	return batches
}

// won and lost give the units for the winner and for the loser.
func (p *pairs) won(d defeat) int64  { return p.over(d.winner, d.loser) }
func (p *pairs) lost(d defeat) int64 { return p.over(d.loser, d.winner) }

// strength compares defeats: positive when x is stronger than y.
func (p *pairs) strength(name string) func(x, y defeat) int {
	switch name {
	case byMargin:
		return func(x, y defeat) int { return cmp.Compare(p.won(x)-p.lost(x), p.won(y)-p.lost(y)) }
	case byRatio:
		return func(x, y defeat) int {
			if p.lost(x) == 0 && p.lost(y) == 0 { // beyond every proportion: then the one that more are for
				return cmp.Compare(p.won(x), p.won(y))
			}
			return compareProducts(p.won(x), p.lost(y), p.won(y), p.lost(x))
		}
	case byTuple:
		return func(x, y defeat) int {
			return cmp.Or(cmp.Compare(p.won(x), p.won(y)), cmp.Compare(p.lost(y), p.lost(x)))
		}
	}
	return func(x, y defeat) int { return cmp.Compare(p.won(x), p.won(y)) }
}

// compareProducts compares a*b with c*d, exactly, for numbers that are not negative.
func compareProducts(a, b, c, d int64) int {
	high, low := bits.Mul64(uint64(a), uint64(b))
	high2, low2 := bits.Mul64(uint64(c), uint64(d))
	return cmp.Or(cmp.Compare(high, high2), cmp.Compare(low, low2))
}

// layers ranks options by a relation that has no cycle: first those above whom nobody stands, then those above whom only these stand, and
// so on.
func layers(options int, above func(a, b int) bool) [][]int {
	over := make([]int, options) // how many stand above each, of those not yet ranked
	for a := range options {
		for b := range options {
			if above(a, b) {
				over[b]++
			}
		}
	}
	var out [][]int
	for ranked := 0; ranked < options; {
		var layer []int
		for o, n := range over {
			if n == 0 {
				layer = append(layer, o)
			}
		}
		for _, a := range layer {
			over[a] = -1
			for b := range options {
				if above(a, b) {
					over[b]--
				}
			}
		}
		if layer == nil { // a cycle: a bug, and no reason to go on for ever
			return out
		}
		ranked += len(layer)
		out = append(out, layer)
	}
	return out
}
