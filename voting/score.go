package voting

import (
	"math/big"
	"strconv"
)

// ScoreVoting gives the seats to the options with the highest sum of scores, or the highest mean. docs/methods/score.md.
const ScoreVoting Method = "score"

var scoreVoting = method{
	name: ScoreVoting, revision: 1, shapes: []Shape{ShapeScores, ShapeGrades}, seats: true, one: true,
	settings: []setting{scoreScale, unscored},
	bounds:   scoreBounds,
	count:    countScore,
}

// scoreScale is the highest score of all methods that count scores.
var scoreScale = setting{name: "scale", value: strconv.Itoa(defaultScale), least: 1, most: MaxValue}

const defaultScale = 5

// unscored is what an option gets from a ballot without a score for it.
var unscored = setting{name: "unscored", value: "zero", words: []string{"zero", "ignored"}}

func scoreBounds(q Question) bounds { return bounds{most: q.number(scoreScale)} }

// countScore sums the scores, or divides the sums by the weight of the ballots that score the option. An option that no ballot scores has
// the mean 0.
func countScore(c *counting) error {
	units, err := c.sums()
	if err != nil {
		return err
	}
	if c.setting(unscored.name) == "zero" {
		c.score(units)
		return nil
	}
	by := make([]int64, len(units))
	for i := range c.rows() {
		row, weight := c.row(i)
		for o, m := range row {
			if m != NoValue {
				by[o] += weight
			}
		}
	}
	voice := big.NewRat(int64(Voice), int64(c.unit)) // a mean is no number of voices: undo what scoreExactly makes of it
	means := make([]*big.Rat, len(units))
	for o := range means {
		means[o] = new(big.Rat)
		if by[o] > 0 {
			means[o].Mul(big.NewRat(units[o], by[o]), voice)
		}
	}
	c.scoreExactly(means)
	return nil
}
