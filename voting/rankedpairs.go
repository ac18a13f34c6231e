package voting

import "cmp"

// RankedPairs locks in defeats, the strongest first, except those that would close a circle. docs/methods/ranked-pairs.md.
const RankedPairs Method = "ranked-pairs"

var rankedPairs = method{
	name: RankedPairs, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	told: tellPairs,
	settings: []setting{
		{name: "strength", value: byWinning, words: []string{byWinning, byMargin}},
		unranked,
	},
	count: countRankedPairs,
}

// countRankedPairs takes defeats of equal strength as one batch: none of them is locked in that closes a circle with what is locked in
// already and the rest of its batch.
func countRankedPairs(c *counting) error {
	p := c.pairs()
	c.showPairs(p)
	n := p.options
	locked, reach := newRelation(n), newRelation(n)
	for _, batch := range c.rankedBatches(p) {
		tried := reach.clone()
		for _, d := range batch {
			tried.link(n, d.winner, d.loser)
		}
		for _, d := range batch {
			if tried.has(d.loser, d.winner) {
				continue
			}
			locked.add(d.winner, d.loser)
			reach.link(n, d.winner, d.loser)
		}
	}
	c.showMatrix("locked", func(a, b int) Number {
		if !locked.has(a, b) {
			return "0"
		}
		return c.voices(p.over(a, b))
	})
	c.rank(layers(n, locked.has))
	return nil
}

// rankedBatches gives the defeats in the order in which they are tried. Of two that are equally strong, the one whose loser has fewer
// units is first.
func (c *counting) rankedBatches(p *pairs) [][]defeat {
	stronger := p.strength(c.setting("strength"))
	return p.defeats(func(x, y defeat) int { return cmp.Or(stronger(x, y), cmp.Compare(p.lost(y), p.lost(x))) })
}
