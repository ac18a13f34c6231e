package voting

import (
	"math/bits"
	"slices"
	"strconv"
)

// Kemeny looks for the ranking that agrees with the most pairs on the ballots. docs/methods/kemeny.md.
const Kemeny Method = "kemeny"

// maxKemeny keeps a count within a second and some tens of megabytes: both double with every option. And the number of all rankings of
// so many options is the last that fits.
const maxKemeny = 20

var kemeny = method{
	name: Kemeny, revision: 1, shapes: []Shape{ShapeRanking}, most: maxKemeny,
	told: tellPairs,
	settings: []setting{
		{name: "list", value: "100", least: 1, most: 10000}, // optimal rankings are listed if there are no more
		unranked,
	},
	count: countKemeny,
}

// orders finds the best rankings of all sets of options: a set is a word of bits. The best ranking of a set ends with some option, and
// what comes before it is a best ranking of the others.
type orders struct {
	pairs *pairs
	score []int64                          // of the best ranking of each set
	many  []int64                          // how many are as good
	over  [2][][1 << (maxKemeny / 2)]int64 // units that put a set of the first ten, or the last ten options above each option
}

func countKemeny(c *counting) error {
	n := c.options()
	if err := c.fits(int64(n * n)); err != nil {
		return err
	}
	p := c.pairs()
	c.showPairs(p)
	o := newOrders(p)
	c.result.addFigure("kemeny-score", c.voices(o.score[len(o.score)-1]))
	c.result.addFigure("optimal-rankings", whole(o.many[len(o.many)-1]))

	most, _ := strconv.ParseInt(c.setting("list"), 10, 64)
	if o.many[len(o.many)-1] <= most {
		for _, order := range o.list() {
			c.result.Orders = append(c.result.Orders, c.choices(order))
		}
	}
	first, ranking := o.common()
	for _, group := range ranking {
		c.result.Ranking = append(c.result.Ranking, c.choices(group))
	}
	if c.total() == 0 {
		return nil
	}
	if len(first) > 1 {
		chosen, broken := c.among(first, 1, stages{})
		c.result.Broken = append(c.result.Broken, *broken)
		first = chosen
	}
	c.result.Winners = c.choices(first)
	return nil
}

func newOrders(p *pairs) *orders {
	n := p.options
	o := &orders{pairs: p, score: make([]int64, 1<<n), many: make([]int64, 1<<n)}
	for half := range o.over {
		o.over[half] = make([][1 << (maxKemeny / 2)]int64, n)
		for b := range n {
			table := &o.over[half][b]
			for set := 1; set < len(table); set++ {
				if a := bits.TrailingZeros(uint(set)) + half*maxKemeny/2; a < n {
					table[set] = table[set&(set-1)] + p.over(a, b)
				}
			}
		}
	}
	o.many[0] = 1
	for set := 1; set < len(o.score); set++ {
		best, many := int64(-1), int64(0)
		for rest := set; rest != 0; rest &= rest - 1 {
			b := bits.TrailingZeros(uint(rest))
			switch with := o.ending(set, b); {
			case with > best:
				best, many = with, o.many[set&^(1<<b)]
			case with == best:
				many += o.many[set&^(1<<b)]
			}
		}
		o.score[set], o.many[set] = best, many
	}
	return o
}

// ending gives the score of the best ranking of a set that ends with option b.
func (o *orders) ending(set, b int) int64 {
	before := set &^ (1 << b)
	const half = maxKemeny / 2
	return o.score[before] + o.over[0][b][before&(1<<half-1)] + o.over[1][b][before>>half]
}

// lasts gives the options with which a best ranking of a set can end.
func (o *orders) lasts(set int) []int {
	var out []int
	for rest := set; rest != 0; rest &= rest - 1 {
		if b := bits.TrailingZeros(uint(rest)); o.ending(set, b) == o.score[set] {
			out = append(out, b)
		}
	}
	return out
}

// list gives the best rankings of all options, in the question's order of the first, the second, ...
func (o *orders) list() [][]int {
	n := o.pairs.options
	var out [][]int
	order := make([]int, n)
	var before func(set, place int)
	before = func(set, place int) {
		if set == 0 {
			out = append(out, slices.Clone(order))
			return
		}
		for _, b := range o.lasts(set) {
			order[place] = b
			before(set&^(1<<b), place-1)
		}
	}
	before(len(o.score)-1, n-1)
	slices.SortFunc(out, slices.Compare)
	return out
}

// common gives who is first in any of the best rankings, and the ranking in groups that they all share: a group ends where all of them
// have the same options before.
func (o *orders) common() (first []int, ranking [][]int) {
	n := o.pairs.options
	on := make([]uint64, (len(o.score)+63)/64) // the sets with which a best ranking can begin
	begins := make([]int, n+1)                 // of each size: how many such sets there are,
	last := make([]int, n+1)                   // and one of them
	on[(len(o.score)-1)/64] |= 1 << ((len(o.score) - 1) % 64)
	for set := len(o.score) - 1; set > 0; set-- {
		if on[set/64]>>(set%64)&1 == 0 {
			continue
		}
		size := bits.OnesCount(uint(set))
		begins[size]++
		last[size] = set
		if size == 1 {
			first = append(first, bits.TrailingZeros(uint(set)))
		}
		for _, b := range o.lasts(set) {
			before := set &^ (1 << b)
			on[before/64] |= 1 << (before % 64)
		}
	}
	slices.Sort(first)
	ended := 0
	for size := 1; size <= n; size++ {
		if begins[size] != 1 {
			continue
		}
		var group []int
		for rest := last[size] &^ ended; rest != 0; rest &= rest - 1 {
			group = append(group, bits.TrailingZeros(uint(rest)))
		}
		ranking = append(ranking, group)
		ended = last[size]
	}
	return first, ranking
}
