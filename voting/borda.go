package voting

import (
	"math/big"
	"strconv"
)

// Borda gives an option points for its place on every ballot: the most for the first, and one less for each that follows.
// docs/methods/borda.md.
const Borda Method = "borda"

var borda = method{
	name: Borda, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	settings: []setting{
		{name: "starting", value: "1", words: []string{"0", "1"}}, // what the last place is worth
		unranked,
	},
	count: countBorda,
}

// countBorda sums, over pairs, one point for being preferred and half a point for standing level: tied options share the points of their
// places. Points are counted in halves of a unit, so that they are whole.
func countBorda(c *counting) error {
	n := int64(c.options())
	if err := c.fits(2 * (n + 1)); err != nil {
		return err
	}
	starting, _ := strconv.ParseInt(c.setting("starting"), 10, 64)
	last := c.setting("unranked") == "last"
	halves := make([]int64, n)
	ranked := make([]bool, n)
	for i := range c.rows() {
		row, weight := c.row(i)
		clear(ranked)
		left := n // options from this rank on
		for r := range ranks(row) {
			left -= int64(len(r))
			for _, m := range r {
				ranked[m.Option()] = true
				halves[m.Option()] += weight * (2*(left+starting) + int64(len(r)-1))
			}
		}
		if !last || left == 0 {
			continue
		}
		for o := range ranked {
			if !ranked[o] {
				halves[o] += weight * (2*starting + left - 1)
			}
		}
	}
	points := make([]*big.Rat, n)
	for o := range points {
		points[o] = big.NewRat(halves[o], 2)
	}
	c.scoreExactly(points)
	return nil
}
