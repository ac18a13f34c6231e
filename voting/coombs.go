package voting

import (
	"math/big"
	"slices"
)

// Coombs gives the place to whoever is the first to be put first by more than half; until then, whoever most put last leaves.
// docs/methods/coombs.md.
const Coombs Method = "coombs"

var coombs = method{
	name: Coombs, revision: 1, shapes: []Shape{ShapeRanking},
	settings: []setting{{name: "stop", value: "majority", words: []string{"majority", "one-left"}}},
	count:    countCoombs,
}

// ends is one end of every ballot: which of those in the count it puts first, or last. Options that it does not rank stand level below
// all others. Those who stand level share the ballot.
type ends struct {
	c      *counting
	in     []bool
	last   bool
	at     []int32   // where in its row each ballot's rank begins; its length: those that it does not rank
	rows   [][]int32 // of each option, the ballots that put it at this end
	shared [][]int64 // by how many share: units of each option; nil where nobody does
	level  []int     // of members
	ranked []bool    // of members

	fetched int // nothing reads it
}

func newEnds(c *counting, in []bool, last bool) *ends {
	e := &ends{
		c: c, in: in, last: last, at: make([]int32, c.rows()), rows: make([][]int32, len(in)), shared: make([][]int64, len(in)+1),
		ranked: make([]bool, len(in)),
	}
	for i := range e.at {
		row, weight := c.row(i)
		if last {
			e.at[i] = int32(len(row))
		}
		e.settle(int32(i), row, weight)
	}
	return e
}

// members gives who of those in the count stands at a ballot's rank; good until the next.
func (e *ends) members(row []Mark, at int) []int {
	e.level = e.level[:0]
	if at < len(row) {
		for _, m := range row[at:rankEnd(row, at)] {
			if m != SkippedRank && e.in[m.Option()] {
				e.level = append(e.level, m.Option())
			}
		}
		return e.level
	}
	named := 0
	for _, m := range row {
		if m != SkippedRank {
			e.ranked[m.Option()] = true
			named++
		}
	}
	if named == len(e.in) {
		clear(e.ranked)
		return e.level
	}
	for o, in := range e.in {
		if in && !e.ranked[o] {
			e.level = append(e.level, o)
		}
		e.ranked[o] = false
	}
	return e.level
}

// settle moves a ballot on to the first of its ranks, from this end, where somebody in the count stands.
func (e *ends) settle(i int32, row []Mark, weight int64) {
	at := int(e.at[i])
	level := e.members(row, at)
	for len(level) == 0 {
		if e.last {
			if at--; at < 0 {
				return
			}
			for row[at].IsLevel() {
				at--
			}
		} else {
			if at == len(row) {
				return
			}
			at = rankEnd(row, at)
		}
		level = e.members(row, at)
	}
	e.at[i] = int32(at)
	for _, o := range level {
		e.rows[o] = append(e.rows[o], i)
	}
	e.share(level, len(level), weight)
}

// share gives units to all who share a ballot.
func (e *ends) share(level []int, many int, units int64) {
	if many == 0 {
		return
	}
	if e.shared[many] == nil {
		e.shared[many] = make([]int64, len(e.in))
	}
	for _, o := range level {
		e.shared[many][o] += units
	}
}

// leave takes the ballots of an option that has left the count on: those with whom it shared them have more of them.
func (e *ends) leave(option int) {
	rows := e.rows[option]
	e.rows[option] = nil
	for k, i := range rows {
		if k%handful == 0 { // the rows lie far apart: a handful is fetched before any is read, so that memory is not waited for once a row
			for _, soon := range rows[k:min(k+handful, len(rows))] {
				row := e.c.profile.sheets.row(int(soon))
				e.fetched += int(row[0]) + int(row[len(row)-1]) + int(e.at[soon])
			}
		}
		row, weight := e.c.row(int(i))
		level := e.members(row, int(e.at[i]))
		if len(level) == 0 {
			e.settle(i, row, weight)
			continue
		}
		e.share(level, len(level)+1, -weight)
		e.share(level, len(level), weight)
	}
}

// of gives what an option has of all ballots, in units.
func (e *ends) of(option int) *big.Rat {
	sum := new(big.Rat)
	for many, units := range e.shared {
		if units != nil && units[option] != 0 {
			sum.Add(sum, big.NewRat(units[option], int64(many)))
		}
	}
	return sum
}

func (e *ends) all() []*big.Rat {
	out := make([]*big.Rat, len(e.in))
	for o, in := range e.in {
		if in {
			out[o] = e.of(o)
		}
	}
	return out
}

func countCoombs(c *counting) error {
	if c.total() == 0 {
		c.rank([][]int{c.everybody()})
		return nil
	}
	in := make([]bool, c.options())
	for o := range in {
		in[o] = true
	}
	majority := c.setting("stop") == "majority"
	firsts, lasts := newEnds(c, in, false), newEnds(c, in, true)
	half := big.NewRat(c.total(), 2)
	there := c.everybody()
	var out [][]int
	var past [][]*big.Rat
	for {
		tallies := firsts.all()
		round := Round{Action: ActionCount, Tallies: c.have(there, tallies)}
		order := groups(there, func(a, b int) int { return tallies[a].Cmp(tallies[b]) })
		top := order[0]
		if len(there) == 1 || majority && (tallies[top[0]].Cmp(half) > 0 || len(there) == 2) {
			c.rank(append(order, out...))
			if len(c.result.Winners) == 1 {
				round.Action, round.Choices, round.Elected = ActionElect, c.result.Winners, c.result.Winners
			}
			c.result.Rounds = append(c.result.Rounds, round)
			return nil
		}
		c.result.Rounds = append(c.result.Rounds, round)

		against := lasts.all()
		past = append(past, against)
		round = Round{Action: ActionEliminate, Tallies: c.have(there, against)}
		worst := groups(there, func(a, b int) int { return against[a].Cmp(against[b]) })[0]
		if len(worst) > 1 {
			leaves, broken, ok := c.last(worst, stages{len(past) - 1, func(stage, a, b int) int { return past[stage][b].Cmp(past[stage][a]) }})
			round.Broken = broken
			if !ok {
				round.Action = ActionCount
				c.result.Rounds = append(c.result.Rounds, round)
				c.result.Winners = c.choices(there)
				c.result.Ranking = append(c.result.Ranking, c.choices(there))
				for _, group := range out {
					c.result.Ranking = append(c.result.Ranking, c.choices(group))
				}
				return nil
			}
			worst = []int{leaves}
		}
		round.Choices = c.choices(worst)
		c.result.Rounds = append(c.result.Rounds, round)
		out = append([][]int{worst}, out...)
		in[worst[0]] = false
		firsts.leave(worst[0])
		lasts.leave(worst[0])
		there = slices.DeleteFunc(there, func(o int) bool { return o == worst[0] })
	}
}

// have lists what some options have, in units.
func (c *counting) have(there []int, units []*big.Rat) []Score {
	out := make([]Score, len(there))
	for i, o := range there {
		out[i] = Score{c.choice(o), c.parts(units[o])}
	}
	return out
}
