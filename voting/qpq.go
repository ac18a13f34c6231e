package voting

import (
	"math/big"
)

// QPQ fills seats from rankings by quotients: every ballot is worth what it has not yet used up on an elected option. docs/methods/stv.md.
const QPQ Method = "qpq"

var qpq = method{
	name: QPQ, revision: 1, shapes: []Shape{ShapeRanking}, seats: true,
	settings: []setting{overvoteRefused, maxSkippedRanks, maxRankings, duplicateCandidate},
	check:    checkPasses,
	count:    countQPQ,
	told:     explainRatios,
}

// quotients is a count by QPQ under way. The value of a parcel is what part of an elected option each of its voices has elected.
type quotients struct {
	*seating
	*stacks
	parcels  [][]parcel
	quotient []*big.Rat
	spent    *big.Rat // by the ballots that name nobody any more
	idle     *big.Rat // their voices
	whole    *big.Rat // the voices of all ballots, with those on which nobody can be read
}

func countQPQ(c *counting) error {
	if err := c.refuseEqual(); err != nil {
		return err
	}
	if c.total() == 0 {
		c.rank([][]int{c.everybody()})
		return nil
	}
	s := &quotients{seating: newSeating(c, "exact"), stacks: newStacks(c), quotient: make([]*big.Rat, c.options())}
	s.restart()
	for !s.stage() {
		for _, q := range s.quotient {
			if q != nil && q.Num().BitLen() > maxBits {
				return errGrown()
			}
		}
	}
	return nil
}

// restart makes all who have not left hopeful again, and every ballot whole.
func (s *quotients) restart() {
	s.seats = s.question.places()
	s.elections = nil
	s.parcels = make([][]parcel, s.options())
	s.spent, s.idle = new(big.Rat), new(big.Rat)
	for o, now := range s.standing {
		if now != excluded {
			s.standing[o] = hopeful
		}
		s.votes[o] = new(big.Rat)
	}
	ballots := s.all()
	s.whole = s.voicesOf(ballots.units)
	s.receive(ballots, new(big.Rat))
}

// receive gives ballots that have spent so much a voice to the hopeful they name next.
func (s *quotients) receive(ballots stack, spent *big.Rat) {
	open := make([]bool, s.options())
	for _, o := range s.with(hopeful) {
		open[o] = true
	}
	for to, p := range s.deal(ballots, open) {
		voices := s.voicesOf(p.units)
		switch {
		case p.top < 0:
		case to == len(open):
			s.idle.Add(s.idle, voices)
			s.spent.Add(s.spent, voices.Mul(voices, spent))
		default:
			s.votes[to] = new(big.Rat).Add(s.votes[to], voices)
			s.parcels[to] = append(s.parcels[to], parcel{p, spent})
		}
	}
}

// stage elects whose quotient exceeds the quota most, or lets the least quotient leave and begins again. It says whether the count is over.
func (s *quotients) stage() (over bool) {
	if s.fills() {
		s.begin()
		s.finish()
		return true
	}
	one := big.NewRat(1, 1)
	for _, o := range s.with(hopeful) {
		used := new(big.Rat).Set(one)
		for _, p := range s.parcels[o] {
			used.Add(used, new(big.Rat).Mul(p.value, s.voicesOf(p.units)))
		}
		s.quotient[o] = used.Quo(s.votes[o], used)
	}
	active := new(big.Rat).Sub(s.whole, s.idle)
	quota := new(big.Rat).SetInt64(int64(s.question.places() + 1))
	quota.Quo(active, quota.Sub(quota, s.spent))

	s.begin()
	s.round.Quota = NumberOf(quota)
	if s.idle.Sign() > 0 {
		s.round.Exhausted = NumberOf(s.idle)
	}
	for _, o := range s.with(hopeful) {
		s.round.Ratios = append(s.round.Ratios, Score{s.choice(o), NumberOf(s.quotient[o])})
	}
	ranked := groups(s.with(hopeful), func(a, b int) int { return s.quotient[a].Cmp(s.quotient[b]) })
	if s.quotient[ranked[0][0]].Cmp(quota) > 0 {
		return s.electFirst(ranked[0])
	}
	last := s.oneOfLast(ranked[len(ranked)-1])
	if last == nil {
		s.stand()
		return true
	}
	s.exclude(last)
	if s.fills() {
		s.seatRest()
		s.act(ActionEliminate, last)
		s.conclude()
		return true
	}
	s.act(ActionEliminate, last)
	s.restart()
	return false
}

// electFirst elects the option with the greatest quotient, whose ballots are then spent at its inverse each voice. Equals for whom there are
// seats are elected together where nothing puts one first: what one passes on to another comes at the other's own quotient, and the quota
// never rises, so that all of them would be elected in any order.
func (s *quotients) electFirst(tied []int) (over bool) {
	chosen := tied
	if len(tied) > 1 {
		first, broken, ok := s.first(tied, s.past())
		switch {
		case ok:
			s.round.Broken = broken
			chosen = []int{first}
		case len(tied) > s.seats:
			s.round.Broken = broken
			s.stand()
			return true
		}
	}
	s.seat(chosen, elected)
	if s.full() {
		s.finish()
		return true
	}
	s.act(ActionElect, chosen)
	together := noStack
	for _, o := range chosen {
		for _, p := range s.parcels[o] {
			s.join(&together, p.stack)
		}
		s.parcels[o] = nil
	}
	s.receive(together, new(big.Rat).Inv(s.quotient[chosen[0]]))
	return false
}
