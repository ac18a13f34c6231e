package voting

import (
	"math/big"
	"slices"
	"strconv"
)

// TwoRound gives the place to whoever more than half put first, and otherwise to whoever is ahead when only the first of the first round are
// left to choose from. docs/methods/two-round.md.
const TwoRound Method = "two-round"

var twoRound = method{
	name: TwoRound, revision: 1, shapes: []Shape{ShapeRanking},
	settings: []setting{
		{name: "rounds", value: "2", least: 1, most: 20},
		{name: "advance", value: "2", least: 1, most: MaxOptions},      // how many go on to the second round
		{name: "advance-more", value: "0", least: 0, most: MaxOptions}, // and how many more than that to each round after it
		unranked,
	},
	count: countTwoRound,
}

func countTwoRound(c *counting) error {
	number := func(name string) int {
		n, _ := strconv.Atoi(c.setting(name))
		return n
	}
	in := make([]bool, c.options())
	for i := range in {
		in[i] = true
	}
	there := c.everybody()
	var left [][]int // who did not go on, the first to leave first
	for round := 1; ; round++ {
		tallies, total := c.firsts(in, c.setting("unranked") == "last")
		order := groups(there, func(a, b int) int { return tallies[a].Cmp(tallies[b]) })
		told := Round{Action: ActionCount}
		for _, o := range there {
			told.Tallies = append(told.Tallies, Score{c.choice(o), c.parts(tallies[o])})
		}
		if less := c.total() - total; less > 0 {
			told.Exhausted = c.voices(less)
		}
		on := goOn(order, tallies, number("advance")+(round-1)*number("advance-more"))
		majority := total > 0 && new(big.Rat).Add(tallies[order[0][0]], tallies[order[0][0]]).Cmp(new(big.Rat).SetInt64(total)) > 0
		if majority || round == number("rounds") || len(on) == len(there) || total == 0 {
			c.rank(append(order, left...))
			if len(c.result.Winners) == 1 {
				told.Action, told.Choices, told.Elected = ActionElect, c.result.Winners, c.result.Winners
			}
			if c.total() > 0 {
				c.result.Rounds = append(c.result.Rounds, told)
			}
			return nil
		}
		var out [][]int
		for _, group := range order {
			if !slices.Contains(on, group[0]) {
				out = append(out, group)
			}
		}
		left = append(out, left...)
		gone := slices.Concat(out...)
		slices.Sort(gone)
		for _, o := range gone {
			in[o] = false
		}
		there = on
		told.Action, told.Choices = ActionEliminate, c.choices(gone)
		c.result.Rounds = append(c.result.Rounds, told)
	}
}

// goOn gives those in the first places, so many or, level with the last of them, more. Nobody goes on without a vote.
func goOn(order [][]int, tallies []*big.Rat, places int) []int {
	var on []int
	for _, group := range order {
		if len(on) >= places || tallies[group[0]].Sign() == 0 {
			break
		}
		on = append(on, group...)
	}
	slices.Sort(on)
	return on
}

// firsts counts every ballot for the option that it ranks first of those in the count. Several at that rank share it; and so do, where
// options that are not ranked stand last, all of a ballot that ranks none of them. It gives, in units, what each has, and all together.
func (c *counting) firsts(in []bool, last bool) (tallies []*big.Rat, total int64) {
	alone := make([]int64, len(in))
	shared := map[int][]int64{} // by how many share
	var nobody int64            // ballots that rank none of them
	var there []int
	for i := range c.rows() {
		row, weight := c.row(i)
		if row[0] != SkippedRank && in[row[0].Option()] && (len(row) == 1 || !row[1].IsLevel()) {
			alone[row[0].Option()] += weight
			total += weight
			continue
		}
		for rank := range ranks(row) {
			there = there[:0]
			for _, m := range rank {
				if in[m.Option()] {
					there = append(there, m.Option())
				}
			}
			if len(there) > 0 {
				break
			}
		}
		if len(there) == 0 {
			nobody += weight
			continue
		}
		total += weight
		if len(there) == 1 {
			alone[there[0]] += weight
			there = there[:0]
			continue
		}
		parts := shared[len(there)]
		if parts == nil {
			parts = make([]int64, len(in))
			shared[len(there)] = parts
		}
		for _, o := range there {
			parts[o] += weight
		}
		there = there[:0]
	}
	present := 0
	for _, x := range in {
		if x {
			present++
		}
	}
	tallies = make([]*big.Rat, len(in))
	for o := range in {
		tallies[o] = new(big.Rat).SetInt64(alone[o])
		for share := 2; share <= len(in); share++ {
			if parts := shared[share]; parts != nil {
				tallies[o].Add(tallies[o], big.NewRat(parts[o], int64(share)))
			}
		}
		if last && in[o] {
			tallies[o].Add(tallies[o], big.NewRat(nobody, int64(present)))
		}
	}
	if last {
		total += nobody
	}
	return tallies, total
}
