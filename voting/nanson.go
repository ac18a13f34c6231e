package voting

import (
	"cmp"
	"math/big"
	"slices"
)

const (
	// Nanson counts by Borda and leaves out everybody with no more than the average, again and again. docs/methods/nanson.md.
	Nanson Method = "nanson"
	// Baldwin counts by Borda and leaves out whoever has least, again and again. docs/methods/nanson.md.
	Baldwin Method = "baldwin"
)

var nanson = method{
	name: Nanson, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	told: tellPairs,
	settings: []setting{
		{name: "average", value: "leaves", words: []string{"leaves", "stays"}}, // whoever has exactly the average
		unranked,
	},
	count: func(c *counting) error {
		leaves := c.setting("average") == "leaves"
		return c.eliminate(func(_ []int, lead []int64, o int) bool { return lead[o] < 0 || leaves && lead[o] == 0 }, false)
	},
}

var baldwin = method{
	name: Baldwin, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true, settings: []setting{unranked},
	told: tellPairs,
	count: func(c *counting) error {
		return c.eliminate(func(left []int, lead []int64, o int) bool {
			return !slices.ContainsFunc(left, func(other int) bool { return lead[other] < lead[o] })
		}, true)
	},
}

// eliminate counts by Borda among those left, and leaves out all for whom leaves says so, until one is left, or all or nobody would leave. One at a
// time, a tie between those who leave is broken as the count's ties say; unbroken, they leave together. An option's lead is twice what it
// has above the average: by how much all pairs together are for it.
func (c *counting) eliminate(leaves func(left []int, lead []int64, o int) bool, one bool) error {
	n := c.options()
	if err := c.fits(2 * int64(n)); err != nil {
		return err
	}
	p := c.pairs()
	c.showPairs(p)
	lead := make([]int64, n)
	for a := range lead {
		for b := range lead {
			lead[a] += p.margin(a, b)
		}
	}
	left := c.everybody()
	var out [][]int
	var past [][]int64
	for len(left) > 1 {
		leaving := slices.DeleteFunc(slices.Clone(left), func(o int) bool { return !leaves(left, lead, o) })
		round := Round{Action: ActionEliminate, Tallies: c.bordaAmong(left, lead)}
		if len(leaving) == 0 || len(leaving) == len(left) {
			round.Action = ActionCount
			c.result.Rounds = append(c.result.Rounds, round)
			break
		}
		if one && len(leaving) > 1 && c.ties != nil {
			stages := stages{len(past), func(stage, a, b int) int { return cmp.Compare(past[stage][a], past[stage][b]) }}
			last, broken, ok := c.last(leaving, stages)
			if ok {
				leaving = []int{last}
			}
			round.Broken = broken
		}
		round.Choices = c.choices(leaving)
		c.result.Rounds = append(c.result.Rounds, round)
		past = append(past, slices.Clone(lead))
		out = append(out, leaving)
		left = slices.DeleteFunc(left, func(o int) bool { return slices.Contains(leaving, o) })
		for _, a := range left {
			for _, b := range leaving {
				lead[a] -= p.margin(a, b)
			}
		}
	}
	out = append(out, left)
	slices.Reverse(out)
	c.rank(out)
	return nil
}

// bordaAmong gives the points of some options among themselves, a half for each pair in which a ballot puts neither above the other.
func (c *counting) bordaAmong(left []int, lead []int64) []Score {
	scores := make([]Score, len(left))
	for i, o := range left {
		scores[i] = Score{c.choice(o), c.parts(big.NewRat(lead[o]+int64(len(left)-1)*c.total(), 2))}
	}
	return scores
}
