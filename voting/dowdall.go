package voting

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
)

// Dowdall gives an option a whole point for each ballot that puts it first, half a point for second, a third for third, and so on.
// docs/methods/borda.md.
const Dowdall Method = "dowdall"

var dowdall = method{
	name: Dowdall, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	settings: []setting{unranked}, count: countDowdall,
}

// sharedRank is an option in a rank that it shares: how many options are above the rank and how many in it.
type sharedRank struct{ option, above, level int }

func (s sharedRank) compare(o sharedRank) int {
	return cmp.Or(cmp.Compare(s.option, o.option), cmp.Compare(s.above, o.above), cmp.Compare(s.level, o.level))
}

func countDowdall(c *counting) error {
	n := c.options()
	alone := make([]int64, n*n)      // units that put each option alone on each place
	unnamed := make([]int64, n*n)    // units that rank so many others, and not this option
	shared := map[sharedRank]int64{} // units that put an option in a rank with others
	ranked := make([]bool, n)
	last := c.setting("unranked") == "last"
	for i := range c.rows() {
		row, weight := c.row(i)
		above := 0
		for r := range ranks(row) {
			for _, m := range r {
				o := m.Option()
				ranked[o] = true
				if len(r) == 1 {
					alone[o*n+above] += weight
				} else {
					shared[sharedRank{o, above, len(r)}] += weight
				}
			}
			above += len(r)
		}
		for o := range ranked {
			if last && !ranked[o] {
				unnamed[o*n+above] += weight
			}
			ranked[o] = false
		}
	}

	// Everything over one denominator: the square of the least common multiple of the numbers of places.
	multiple := big.NewInt(1)
	for place := int64(2); place <= int64(n); place++ {
		p := big.NewInt(place)
		multiple.Div(multiple, new(big.Int).GCD(nil, nil, multiple, p)).Mul(multiple, p)
	}
	sums := make([]*big.Int, n+1) // of the first so many places
	sums[0] = new(big.Int)
	for place := range n {
		worth := new(big.Int).Div(multiple, big.NewInt(int64(place+1)))
		sums[place+1] = worth.Add(worth, sums[place])
	}
	points := make([]*big.Int, n)
	for o := range points {
		points[o] = new(big.Int)
	}
	give := func(s sharedRank, units int64) { // the average of the places that they share
		if units == 0 {
			return
		}
		worth := new(big.Int).Sub(sums[s.above+s.level], sums[s.above])
		worth.Mul(worth, new(big.Int).Div(multiple, big.NewInt(int64(s.level))))
		points[s.option].Add(points[s.option], worth.Mul(worth, big.NewInt(units)))
	}
	for o := range n {
		for above := range n {
			give(sharedRank{o, above, 1}, alone[o*n+above])
			give(sharedRank{o, above, n - above}, unnamed[o*n+above])
		}
	}
	for _, s := range slices.SortedFunc(maps.Keys(shared), sharedRank.compare) {
		give(s, shared[s])
	}
	square := new(big.Int).Mul(multiple, multiple)
	exact := make([]*big.Rat, n)
	for o := range exact {
		exact[o] = new(big.Rat).SetFrac(points[o], square)
	}
	c.scoreExactly(exact)
	return nil
}
