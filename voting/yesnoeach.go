package voting

import "cmp"

// YesNoEach asks for or against each option apart, or for an abstention on it, and gives the seats to those with the most voices for them
// among those who have more for than against. docs/methods/yes-no-each.md.
const YesNoEach Method = "yes-no-each"

// The grades of YesNoEach.
const (
	eachAgainst = iota
	eachAbstain
	eachFor
	eachGrades
)

var yesNoEach = method{
	name: YesNoEach, revision: 1, told: tellEach, shapes: []Shape{ShapeGrades}, seats: true, tallies: true,
	settings: []setting{eachBy, eachNeed, eachCapped},
	bounds: func(q Question) bounds {
		b := bounds{most: eachFor}
		if q.word(eachCapped) == "yes" {
			b.highest = q.places()
		}
		return b
	},
	count: countYesNoEach,
}

var (
	eachBy     = setting{name: "ranked-by", value: "for", words: []string{"for", "balance"}}
	eachNeed   = setting{name: "majority", value: "required", words: []string{"required", "not-required"}}
	eachCapped = setting{name: "capped", value: "no", words: []string{"no", "yes"}}
)

// countYesNoEach counts an option without a mark as an abstention on it.
func countYesNoEach(c *counting) error {
	tallies := c.grades(eachGrades)
	units := make([]int64, len(tallies))
	for o, tally := range tallies {
		missing := c.total() - tally[eachAgainst] - tally[eachAbstain] - tally[eachFor]
		tally[eachAbstain] += missing
		c.judge(o, tally, c.total(), missing)
		units[o] = tally[eachFor]
		if c.setting(eachBy.name) == "balance" {
			units[o] -= tally[eachAgainst]
		}
	}
	c.scoreAmong(units, func(o int) bool {
		return c.setting(eachNeed.name) != "required" || cmp.Compare(tallies[o][eachFor], tallies[o][eachAgainst]) > 0
	})
	return nil
}
