package voting

// Plurality gives the place to the option with the most voices: of rankings, to the option that most put first. docs/methods/plurality.md.
const Plurality Method = "plurality"

var plurality = method{
	name: Plurality, revision: 1, shapes: []Shape{ShapeChoice, ShapeRanking}, votes: true,
	count: func(c *counting) error {
		if c.profile.shape == ShapeChoice {
			return countAnswers(c)
		}
		in := make([]bool, c.options())
		for i := range in {
			in[i] = true
		}
		tallies, _ := c.firsts(in, false)
		c.scoreExactly(tallies)
		return nil
	},
}
