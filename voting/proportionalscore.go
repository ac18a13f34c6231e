package voting

import (
	"math/big"
	"slices"

	"github.com/communecter/coopspace/internal/fault"
)

// AllocatedScore elects (it is also called proportional STAR) one after the other whom the ballots that are left score highest, and takes a quota of
// the ballots that score the elected highest out of the count. docs/methods/proportional-score.md.
const AllocatedScore Method = "allocated"

// ReweightedRange elects one after the other the highest sum of scores, each ballot weighing the less the more it gave to those
// elected. docs/methods/proportional-score.md.
const ReweightedRange Method = "rrv"

// SequentiallySpentScore elects one after the other the highest sum of scores, and each ballot spends what it gave to the elected, as far as
// that was needed. docs/methods/proportional-score.md.
const SequentiallySpentScore Method = "sss"

var allocatedScore = method{
	name: AllocatedScore, revision: 1, shapes: []Shape{ShapeScores, ShapeGrades}, seats: true,
	settings: []setting{scoreScale}, bounds: scoreBounds, check: checkScoreSeats,
	count: func(c *counting) error { return c.elect(allocate) },
}

var reweightedRange = method{
	name: ReweightedRange, revision: 1, shapes: []Shape{ShapeScores, ShapeGrades}, seats: true,
	settings: []setting{scoreScale}, bounds: scoreBounds, check: checkScoreSeats,
	count: func(c *counting) error { return c.elect(reweigh) },
}

var sequentiallySpentScore = method{
	name: SequentiallySpentScore, revision: 1, shapes: []Shape{ShapeScores, ShapeGrades}, seats: true,
	settings: []setting{scoreScale, spending}, bounds: scoreBounds, check: checkScoreSeats,
	count: func(c *counting) error {
		if c.setting(spending.name) == "capped" {
			return c.elect(spendCapped)
		}
		return c.elect(spend)
	},
}

var spending = setting{name: "spending", value: "scaled", words: []string{"scaled", "capped"}}

// maxScoreBits bounds the exact fractions of a ballot's worth, which may double in length with every seat; maxWorthBits all of them together.
const (
	maxScoreBits = 1 << 15
	maxWorthBits = 1 << 31
)

// errScoresTooFine refuses a count whose fractions would fill the memory.
var errScoresTooFine = ErrMethod.At("seats", "are too many, or the scale too fine, for an exact count of these ballots")

// checkScoreSeats refuses what would take too many rounds over the ballots.
func checkScoreSeats(q Question, faults *fault.List) {
	if q.places() > maxScoreSeats {
		faults.Add("seats", "are too many for an exact count of scores")
	}
}

const maxScoreSeats = 100

// purse is what a class of ballots has left: ballots that have always been treated alike. Worth is the part of a whole ballot. What a
// ballot gave to those elected so far is in given.
type purse struct {
	worth *big.Rat
	given int64
}

// sequential is one count under way. Class says for each distinct ballot in which purse it is.
type sequential struct {
	*counting
	class  []int32
	purses []purse
	scale  int64
	capped bool // a score counts at most what is left, and not in proportion to it
	totals []*big.Rat
	past   [][]*big.Rat
}

// spent says what is left of a purse whose ballots gave the elected a score, in a round that has made up its mind of it.
type spent func(p purse, score int64) purse

// elect fills one seat after the other by the sums of scores, and lets pay say what the ballots have left. A tie that nothing breaks ends
// the count and leaves in all who might win.
func (c *counting) elect(pay func(s *sequential, elected int) spent) error {
	if err := c.fits(MaxValue); err != nil {
		return err
	}
	s := &sequential{
		counting: c, class: make([]int32, c.rows()), purses: []purse{{big.NewRat(1, 1), 0}}, scale: int64(c.question.number(scoreScale)),
	}
	s.capped = c.setting(spending.name) == "capped"
	left := c.everybody()
	var elected [][]int // level only where everybody left is elected
	var open []int
	for len(elected) < c.question.places() && c.total() > 0 {
		var err error
		if s.totals, err = s.sum(left); err != nil {
			return err
		}
		free := c.question.places() - len(elected)
		round := Round{Action: ActionElect}
		for _, o := range left {
			round.Tallies = append(round.Tallies, Score{c.choice(o), c.parts(s.totals[o])})
		}
		best := groups(left, s.byTotal)
		if len(left) <= free {
			elected = append(elected, best...)
			round.Choices, left = c.choices(left), nil
			round.Elected = round.Choices
			c.result.Rounds = append(c.result.Rounds, round)
			break
		}
		winner := best[0][0]
		if len(best[0]) > 1 {
			chosen, broken, ok := c.first(best[0], s.stages())
			round.Broken = broken
			if !ok {
				round.Action, round.Choices = ActionCount, c.choices(best[0])
				c.result.Rounds = append(c.result.Rounds, round)
				if open = best[0]; free > 1 { // who is elected first decides what the ballots have left for the others
					open = left
				}
				break
			}
			winner = chosen
		}
		round.Choices = []Choice{c.choice(winner)}
		round.Elected = round.Choices
		c.result.Rounds = append(c.result.Rounds, round)
		elected, left = append(elected, []int{winner}), without(left, winner)
		s.past = append(s.past, s.totals)
		if len(elected) < c.question.places() {
			if err := s.settle(winner, pay(s, winner)); err != nil {
				return err
			}
		}
	}
	c.rankInTurn(elected, open, groups(without(left, open...), s.byTotal))
	return nil
}

func (s *sequential) byTotal(a, b int) int {
	if s.totals == nil {
		return 0
	}
	return s.totals[a].Cmp(s.totals[b])
}

func (s *sequential) stages() stages {
	return stages{len(s.past), func(stage, a, b int) int { return s.past[stage][a].Cmp(s.past[stage][b]) }}
}

// sum gives what the ballots give those left, in units.
func (s *sequential) sum(left []int) ([]*big.Rat, error) {
	n := s.options()
	if s.capped {
		return s.sumCapped(left), nil
	}
	sums := make([]int64, n*len(s.purses))
	for i := range s.rows() {
		row, weight := s.row(i)
		into := sums[int(s.class[i])*n:][:n]
		for _, o := range left {
			into[o] += weight * row[o].worth()
		}
	}
	totals := make([]*big.Rat, n)
	worths, whole, err := s.worths()
	if err != nil {
		return nil, err
	}
	for _, o := range left {
		total := new(big.Int)
		for k, worth := range worths {
			if units := sums[k*n+o]; units != 0 && worth.Sign() != 0 {
				part := big.NewInt(units)
				total.Add(total, part.Mul(part, worth))
			}
		}
		totals[o] = new(big.Rat).SetFrac(total, whole)
	}
	return totals, nil
}

// worths gives what each purse is worth in equal parts, and how many of these a whole ballot is: so that sums need no common divisor.
func (s *sequential) worths() (worths []*big.Int, whole *big.Int, err error) {
	whole = big.NewInt(1)
	for _, p := range s.purses {
		divisor := new(big.Int).GCD(nil, nil, whole, p.worth.Denom())
		whole.Mul(whole, divisor.Quo(p.worth.Denom(), divisor))
		if n := whole.BitLen(); n > maxScoreBits || n > maxWorthBits/len(s.purses) {
			return nil, nil, errScoresTooFine
		}
	}
	worths = make([]*big.Int, len(s.purses))
	for k, p := range s.purses {
		worths[k] = new(big.Int).Quo(whole, p.worth.Denom())
		worths[k].Mul(worths[k], p.worth.Num())
	}
	return worths, whole, nil
}

// sumCapped is sum where a ballot gives each option its score, or all that it has left.
func (s *sequential) sumCapped(left []int) []*big.Rat {
	n := s.options()
	totals := make([]*big.Rat, n)
	for o := range totals {
		totals[o] = new(big.Rat)
	}
	whole := make([]int64, n)                 // sums of scores that count in full
	limited := make([]int64, n*len(s.purses)) // the weight of ballots that give all they have
	for i := range s.rows() {
		row, weight := s.row(i)
		k := int(s.class[i])
		for _, o := range left {
			if s.fitsIn(row[o].worth(), s.purses[k]) {
				whole[o] += weight * row[o].worth()
			} else {
				limited[k*n+o] += weight
			}
		}
	}
	for _, o := range left {
		totals[o].SetInt64(whole[o])
		for k, p := range s.purses {
			if units := limited[k*n+o]; units != 0 {
				part := big.NewRat(units, 1)
				totals[o].Add(totals[o], part.Mul(part, s.stars(p)))
			}
		}
	}
	return totals
}

// stars gives what a ballot of a purse has left, in points of the scale.
func (s *sequential) stars(p purse) *big.Rat {
	return new(big.Rat).Mul(p.worth, big.NewRat(s.scale, 1))
}

// fitsIn says whether a ballot of a purse can still give a score in full.
func (s *sequential) fitsIn(score int64, p purse) bool {
	return big.NewRat(score, s.scale).Cmp(p.worth) <= 0
}

// fewPurses bounds the search for an equal purse. Beyond it equal purses may stand apart, which changes no sum.
const fewPurses = 1000

// settle puts every ballot in its new purse. Ballots of one purse that gave the elected the same score stay together.
func (s *sequential) settle(elected int, pay spent) error {
	type kind struct {
		class int32
		score int64
	}
	known := map[kind]int32{}
	var purses []purse
	for i := range s.class {
		row, _ := s.row(i)
		k := kind{s.class[i], row[elected].worth()}
		at, ok := known[k]
		if !ok {
			p := pay(s.purses[k.class], k.score)
			if p.worth.Denom().BitLen() > maxScoreBits {
				return errScoresTooFine
			}
			same := -1
			if len(purses) < fewPurses {
				same = slices.IndexFunc(purses, func(o purse) bool { return o.given == p.given && o.worth.Cmp(p.worth) == 0 })
			}
			if at = int32(same); same < 0 {
				at = int32(len(purses))
				purses = append(purses, p)
			}
			known[k] = at
		}
		s.class[i] = at
	}
	s.purses = purses
	return nil
}

// quota gives the weight of the ballots that one seat stands for: all of them, divided by the seats.
func (s *sequential) quota() *big.Rat { return big.NewRat(s.total(), int64(s.question.places())) }

// reweigh lets a ballot weigh scale / (scale + what it gave to those elected).
func reweigh(s *sequential, _ int) spent {
	return func(p purse, score int64) purse {
		given := p.given + score
		return purse{big.NewRat(s.scale, s.scale+given), given}
	}
}

// allocate takes a quota of ballots out of the count: those first that contributed most to the elected. Of the contribution at which the
// quota fills, all ballots lose the same part. Who gave nothing loses nothing.
func allocate(s *sequential, elected int) spent {
	type kind struct {
		class int32
		score int64
	}
	weights := map[kind]int64{}
	var kinds []kind
	for i := range s.class {
		row, weight := s.row(i)
		k := kind{s.class[i], row[elected].worth()}
		if k.score == 0 || s.purses[k.class].worth.Sign() == 0 {
			continue
		}
		if _, ok := weights[k]; !ok {
			kinds = append(kinds, k)
		}
		weights[k] += weight
	}
	contribution := func(p purse, score int64) *big.Rat { return new(big.Rat).Mul(p.worth, big.NewRat(score, 1)) }
	slices.SortStableFunc(kinds, func(a, b kind) int {
		return contribution(s.purses[b.class], b.score).Cmp(contribution(s.purses[a.class], a.score))
	})
	need := s.quota()
	edge, kept := new(big.Rat), new(big.Rat) // ballots that contributed more than edge are spent; those that contributed just that keep a part
	for from := 0; from < len(kinds) && need.Sign() > 0; {
		edge = contribution(s.purses[kinds[from].class], kinds[from].score)
		ballots, to := new(big.Rat), from
		for ; to < len(kinds) && contribution(s.purses[kinds[to].class], kinds[to].score).Cmp(edge) == 0; to++ {
			part := new(big.Rat).SetInt64(weights[kinds[to]])
			ballots.Add(ballots, part.Mul(part, s.purses[kinds[to].class].worth))
		}
		kept.SetInt64(0)
		if ballots.Cmp(need) > 0 {
			kept.Sub(big.NewRat(1, 1), new(big.Rat).Quo(need, ballots))
		}
		need = new(big.Rat).Sub(need, ballots)
		from = to
	}
	return func(p purse, score int64) purse {
		order := contribution(p, score).Cmp(edge)
		switch {
		case score == 0 || order < 0 || edge.Sign() == 0:
			return p
		case order > 0:
			return purse{new(big.Rat), 0}
		}
		return purse{new(big.Rat).Mul(p.worth, kept), 0}
	}
}

// needed gives the part of what the ballots gave to the elected that a seat costs: a quota of ballots with the highest score, or all.
func (s *sequential) needed(elected int) *big.Rat {
	cost := new(big.Rat).Mul(s.quota(), big.NewRat(s.scale, 1))
	if got := s.totals[elected]; got.Cmp(cost) > 0 {
		return cost.Quo(cost, got)
	}
	return big.NewRat(1, 1)
}

// spend takes from each ballot what it gave to the elected, scaled like all that it gives.
func spend(s *sequential, elected int) spent {
	needed := s.needed(elected)
	return func(p purse, score int64) purse {
		paid := new(big.Rat).Mul(big.NewRat(score, s.scale), needed)
		return purse{paid.Mul(p.worth, paid.Sub(big.NewRat(1, 1), paid)), 0}
	}
}

// spendCapped takes from each ballot what it gave to the elected: its score, or all that was left.
func spendCapped(s *sequential, elected int) spent {
	needed := s.needed(elected)
	return func(p purse, score int64) purse {
		paid := big.NewRat(score, s.scale)
		if !s.fitsIn(score, p) {
			paid.Set(p.worth)
		}
		return purse{paid.Sub(p.worth, paid.Mul(paid, needed)), 0}
	}
}
