package voting

// Approval gives the seats to the options of which most voices approve. docs/methods/approval.md.
const Approval Method = "approval"

var approval = method{
	name: Approval, revision: 1, shapes: []Shape{ShapeChoices}, seats: true,
	count: func(c *counting) error {
		units := make([]int64, c.options())
		for i := range c.rows() {
			row, weight := c.row(i)
			for _, m := range row {
				units[m.Option()] += weight
			}
		}
		c.score(units)
		return nil
	},
}
