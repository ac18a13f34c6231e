package voting

// Cumulative gives every ballot a purse of points to spread over the options as it likes; the most points win. docs/methods/cumulative.md.
const Cumulative Method = "cumulative"

// Quadratic gives every ballot a purse of credits with which it buys votes for options, so many votes for one option costing their
// square; the most votes win. docs/methods/cumulative.md.
const Quadratic Method = "quadratic"

var cumulative = method{
	name: Cumulative, revision: 1, shapes: []Shape{ShapePoints}, seats: true,
	settings: []setting{purseOfPoints},
	bounds:   func(q Question) bounds { return bounds{purse: q.number(purseOfPoints)} },
	count:    countPoints,
}

var quadratic = method{
	name: Quadratic, revision: 1, shapes: []Shape{ShapePoints}, seats: true,
	settings: []setting{credits},
	bounds:   func(q Question) bounds { return bounds{purse: q.number(credits), squares: true} },
	count:    countPoints,
}

var (
	purseOfPoints = setting{name: "points", value: "10", least: 1, most: MaxValue}
	credits       = setting{name: "credits", value: "100", least: 1, most: 1_000_000}
)

// countPoints adds up what the ballots give.
func countPoints(c *counting) error {
	units, err := c.sums()
	if err != nil {
		return err
	}
	c.score(units)
	return nil
}

// sums gives the sum of each option's values. It refuses sums that might not fit.
func (c *counting) sums() ([]int64, error) {
	if err := c.fits(MaxValue); err != nil {
		return nil, err
	}
	units := make([]int64, c.options())
	for i := range c.rows() {
		row, weight := c.row(i)
		for o, m := range row {
			if m != NoValue {
				units[o] += weight * int64(m)
			}
		}
	}
	return units, nil
}
