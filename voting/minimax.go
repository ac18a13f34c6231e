package voting

import (
	"cmp"
	"math"
)

// Minimax prefers the option whose worst comparison is the least bad. docs/methods/minimax.md.
const Minimax Method = "minimax"

var minimax = method{
	name: Minimax, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	told: tellPairs,
	settings: []setting{
		{name: "strength", value: byWinning, words: []string{byWinning, byMargin, byOpposition}},
		unranked,
	},
	count: func(c *counting) error {
		p := c.pairs()
		c.showPairs(p)
		worst := make([]int64, p.options)
		for a := range worst {
			worst[a] = p.worst(a, c.setting("strength"))
			c.result.Scores = append(c.result.Scores, Score{c.choice(a), c.voices(worst[a])})
		}
		c.rank(groups(c.everybody(), func(a, b int) int { return cmp.Compare(worst[b], worst[a]) }))
		return nil
	},
}

// worst gives what the worst comparison of an option comes to: the units for whoever beats it, 0 if nobody does; the margin of whoever
// comes closest to beating it or beats it most, below 0 if nobody does; or the units for anybody against it.
func (p *pairs) worst(a int, strength string) int64 {
	if p.options == 1 {
		return 0
	}
	worst := int64(math.MinInt64)
	for b := range p.options {
		if a == b {
			continue
		}
		against := p.over(b, a)
		switch {
		case strength == byMargin:
			against = p.margin(b, a)
		case strength == byWinning && !p.beats(b, a):
			against = 0
		}
		worst = max(worst, against)
	}
	return worst
}
