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
	halves := c.placePoints(starting)
	points := make([]*big.Rat, n)
	for o := range points {
		points[o] = big.NewRat(halves[o], 2)
	}
	c.scoreExactly(points)
	return nil
}

// placePoints gives each option's points in halves of a unit. Where every ballot places every option, they follow from the pairs.
func (c *counting) placePoints(starting int64) []int64 {
	n := c.options()
	halves := make([]int64, n)
	if c.setting("unranked") == "last" {
		p := c.pairs()
		for a := range n {
			halves[a] = 2 * starting * c.total()
			for b := range n {
				if a != b { // what puts a above b, and half of what puts them level
					halves[a] += p.over(a, b) + c.total() - p.over(b, a)
				}
			}
		}
		return halves
	}
	for i := range c.rows() {
		row, weight := c.row(i)
		left := int64(n) // options from this rank on
		for r := range ranks(row) {
			left -= int64(len(r))
			for _, m := range r {
				halves[m.Option()] += weight * (2*(left+starting) + int64(len(r)-1))
			}
		}
	}
	return halves
}
