package voting

import "cmp"

// Bucklin counts first places, then adds second places, then third ones, until somebody is on more than half of the ballots.
// docs/methods/bucklin.md.
const Bucklin Method = "bucklin"

var bucklin = method{name: Bucklin, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, one: true, count: countBucklin}

// countBucklin puts options that share a rank on the first of the places they share. An option that a ballot does not rank gets nothing
// from it.
func countBucklin(c *counting) error {
	n := c.options()
	if err := c.fits(2); err != nil {
		return err
	}
	units := make([]int64, n*n) // that put an option on a place, or, further down, on it or before it
	for i := range c.rows() {
		row, weight := c.row(i)
		above := 0
		for r := range ranks(row) {
			for _, m := range r {
				units[above*n+m.Option()] += weight
			}
			above += len(r)
		}
	}
	majority := make([]int, n) // the place with which each has more than half
	for o := range majority {
		majority[o] = n
	}
	reached := 0
	for place := range n {
		tallies := units[place*n:][:n]
		before := reached
		for o := range tallies {
			if place > 0 {
				tallies[o] += units[(place-1)*n+o]
			}
			if majority[o] == n && 2*tallies[o] > c.total() {
				majority[o] = place
				reached++
			}
		}
		if before < c.question.places() {
			c.addPlace(tallies)
		}
	}
	c.rank(groups(c.everybody(), func(a, b int) int {
		at := min(majority[a], n-1) * n
		return cmp.Or(cmp.Compare(majority[b], majority[a]), cmp.Compare(units[at+a], units[at+b]))
	}))
	return nil
}

// addPlace puts the count up to a place into the working.
func (c *counting) addPlace(units []int64) {
	r := Round{Action: ActionCount}
	for o, n := range units {
		r.Tallies = append(r.Tallies, Score{c.choice(o), c.voices(n)})
	}
	c.result.Rounds = append(c.result.Rounds, r)
}
