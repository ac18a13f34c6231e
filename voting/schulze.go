package voting

import (
	"math"
	"math/big"
)

// Schulze follows chains of defeats: an option comes before another when its strongest chain to it is stronger than any chain back. A chain
// is as strong as its weakest defeat. docs/methods/schulze.md.
const Schulze Method = "schulze"

var schulze = method{
	name: Schulze, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true,
	told: tellPairs,
	settings: []setting{
		{name: "strength", value: byWinning, words: []string{byWinning, byMargin, byRatio, byTuple}},
		{name: "unopposed", value: "infinite", words: []string{"infinite", "plus-one"}}, // the ratio of a defeat that nobody opposes
		unranked,
	},
	count: countSchulze,
}

func countSchulze(c *counting) error {
	if c.total() > math.MaxInt64-c.one() {
		return ErrWeightOverflow
	}
	p := c.pairs()
	c.showPairs(p)
	c.rank(c.strongestPaths(p, c.setting("strength")))
	return nil
}

// strongestPaths ranks the options by their strongest chains of defeats, which it puts into the working.
func (c *counting) strongestPaths(p *pairs, strength string) [][]int {
	n := p.options
	batches := p.defeats(c.stronger(p, strength))
	paths := make([]int32, n*n) // the number of the batch of the weakest defeat, counted from the weakest: 0 is no path
	for i, batch := range batches {
		for _, d := range batch {
			paths[d.winner*n+d.loser] = int32(len(batches) - i)
		}
	}
	widen(paths, n)
	c.showMatrix("strongest-paths", func(a, b int) Number {
		path := int(paths[a*n+b])
		if path == 0 {
			return "0"
		}
		return c.strengthOf(p, batches[len(batches)-path][0], strength)
	})
	return layers(n, func(a, b int) bool { return paths[a*n+b] > paths[b*n+a] })
}

// widen replaces the strength of every link by that of the strongest chain of links, each as strong as its weakest.
func widen(paths []int32, n int) {
	for k := range n {
		from := paths[k*n:][:n]
		for i := range n {
			reach := paths[i*n+k]
			if i == k || reach == 0 {
				continue
			}
			row := paths[i*n:][:n]
			for j, next := range from {
				row[j] = max(row[j], min(reach, next))
			}
		}
	}
	for i := range n {
		paths[i*n+i] = 0
	}
}

// stronger compares defeats by the strength that the question sets.
func (c *counting) stronger(p *pairs, strength string) func(x, y defeat) int {
	if strength != byRatio || c.setting("unopposed") != "plus-one" {
		return p.strength(strength)
	}
	ratio := func(d defeat) (int64, int64) {
		if p.lost(d) == 0 {
			return p.won(d) + c.one(), c.one()
		}
		return p.won(d), p.lost(d)
	}
	return func(x, y defeat) int {
		a, b := ratio(x)
		c, d := ratio(y)
		return compareProducts(a, d, c, b)
	}
}

// one gives one voice in units.
func (c *counting) one() int64 { return int64(Voice / c.unit) }

// strengthOf gives a defeat's strength. In proportion to nobody it is written as voices/0, which is more than any number.
func (c *counting) strengthOf(p *pairs, d defeat, strength string) Number {
	won, lost := p.won(d), p.lost(d)
	switch {
	case strength == byMargin:
		return c.voices(won - lost)
	case strength == byRatio && lost == 0 && c.setting("unopposed") == "plus-one":
		return c.voices(won + c.one())
	case strength == byRatio && lost == 0:
		return c.voices(won) + "/0"
	case strength == byRatio:
		return NumberOf(big.NewRat(won, lost))
	}
	return c.voices(won)
}
