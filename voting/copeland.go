package voting

import "cmp"

// Copeland ranks options by how many of the others they beat, less how many beat them. docs/methods/copeland.md.
const Copeland Method = "copeland"

var copeland = method{
	name: Copeland, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	told: tellPairs,
	settings: []setting{
		{name: "second-order", value: "no", words: []string{"no", "yes"}}, // equals are told apart by the scores of those whom they beat
		unranked,
	},
	count: countCopeland,
}

func countCopeland(c *counting) error {
	p := c.pairs()
	c.showPairs(p)
	score := make([]int64, p.options)
	for a := range score {
		for b := range score {
			switch {
			case p.beats(a, b):
				score[a]++
			case p.beats(b, a):
				score[a]--
			}
		}
		c.result.Scores = append(c.result.Scores, Score{c.choice(a), whole(score[a])})
	}
	second := make([]int64, p.options)
	if c.setting("second-order") == "yes" {
		for a := range second {
			for b := range second {
				if p.beats(a, b) {
					second[a] += score[b]
				}
			}
		}
	}
	c.rank(groups(c.everybody(), func(a, b int) int {
		return cmp.Or(cmp.Compare(score[a], score[b]), cmp.Compare(second[a], second[b]))
	}))
	return nil
}
