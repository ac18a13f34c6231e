package voting

import (
	"cmp"
	"math/big"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Block gives every ballot as many votes as there are seats, at most one an option; the most votes win the seats. docs/methods/block.md.
const Block Method = "block"

// Limited is Block with fewer votes than seats, so that the largest group leaves some seats to others. docs/methods/block.md.
const Limited Method = "limited"

// MajorityBlock is Block in two rounds: in the first, only those win whom more than half of the ballots name. docs/methods/block.md.
const MajorityBlock Method = "majority-block"

var blockVote = method{
	name: Block, revision: 1, shapes: []Shape{ShapeChoices, ShapeChoice}, seats: true, votes: true,
	settings: []setting{allVotes},
	bounds: func(q Question) bounds {
		return bounds{choices: q.places(), exactly: q.word(allVotes) == "required"}
	},
	count: func(c *counting) error {
		c.score(c.named())
		return nil
	},
}

var limited = method{
	name: Limited, revision: 1, shapes: []Shape{ShapeChoices, ShapeChoice}, seats: true, votes: true,
	settings: []setting{limitedVotes, allVotes},
	check: func(q Question, faults *fault.List) {
		if votes := q.number(limitedVotes); votes > q.places() {
			faults.Add("settings/votes", "are "+strconv.Itoa(votes)+", and the seats "+strconv.Itoa(q.places()))
		}
	},
	bounds: func(q Question) bounds {
		return bounds{choices: q.number(limitedVotes), exactly: q.word(allVotes) == "required"}
	},
	count: blockVote.count,
}

var majorityBlock = method{
	name: MajorityBlock, revision: 1, shapes: []Shape{ShapeChoices, ShapeChoice}, seats: true, votes: true,
	settings: []setting{blockRound, proceeding, allVotes},
	bounds:   blockVote.bounds,
	count:    countMajorityBlock,
}

var (
	allVotes     = setting{name: "all-votes", value: "optional", words: []string{"optional", "required"}}
	limitedVotes = setting{name: "votes", value: "1", least: 1, most: MaxOptions}
	blockRound   = setting{name: "round", value: "first", words: []string{"first", "second"}}
	proceeding   = setting{name: "proceed", value: "double", words: []string{"double", "all"}}
)

// named gives for how many units each option is named, by ballots of one choice or of several.
func (c *counting) named() []int64 {
	units := make([]int64, c.options())
	for o, v := range c.profile.answers {
		units[o] = int64(v.Voices / c.unit)
	}
	for i := range c.rows() {
		row, weight := c.row(i)
		for _, m := range row {
			units[m.Option()] += weight
		}
	}
	return units
}

// countMajorityBlock elects whom more than half of the ballots name. For the seats left it tells who goes on to the second round, which is
// a vote of its own: twice as many as the seats left, and those level with the last of them.
func countMajorityBlock(c *counting) error {
	units := c.named()
	if c.setting(blockRound.name) == "second" {
		c.score(units)
		return nil
	}
	majority := func(o int) bool { return units[o] > c.total()-units[o] }
	c.result.addFigure("half", c.parts(big.NewRat(c.total(), 2)))
	c.scoreAmong(units, majority)
	free := c.question.places() - len(c.result.Winners)
	if free <= 0 || c.result.Expressed.Voices == 0 {
		return nil
	}
	next := Set{Name: "second-round"}
	for _, group := range groups(c.everybody(), func(a, b int) int { return cmp.Compare(units[a], units[b]) }) {
		if c.setting(proceeding.name) == "double" && len(next.Choices) >= 2*free {
			break
		}
		if !majority(group[0]) {
			next.Choices = append(next.Choices, c.choices(group)...)
		}
	}
	c.result.Sets = append(c.result.Sets, next)
	return nil
}
