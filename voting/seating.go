package voting

import (
	"math/big"
	"slices"
)

// standing is where an option is in a count that fills seats round by round.
type standing uint8

const (
	hopeful standing = iota
	pending          // elected, its surplus not yet passed on
	elected
	excluded
)

// seating is a count under way that fills seats round by round: who has how many votes, who is elected, who has left. Votes are voices.
type seating struct {
	*counting
	arithmetic
	standing  []standing
	votes     []*big.Rat
	cut       []bool       // who has nothing of a ballot that reaches them, because their share of it is less than the last place; nil: nobody
	history   [][]*big.Rat // the votes at each stage
	seats     int          // still to fill
	elections [][]int      // who was elected, in order, equals together
	exits     [][]int      // who left, in order, those who left together and had as much together
	round     Round        // under way
}

func newSeating(c *counting, places string) *seating {
	s := &seating{
		counting: c, arithmetic: newArithmetic(places), standing: make([]standing, c.options()), votes: make([]*big.Rat, c.options()),
		seats: c.question.places(),
	}
	for o := range s.votes {
		s.votes[o] = new(big.Rat)
	}
	return s
}

// voicesOf gives units in voices.
func (s *seating) voicesOf(units int64) *big.Rat {
	return big.NewRat(units*int64(s.unit), int64(Voice))
}

// begin opens a round: what everybody has now is a stage of the count.
func (s *seating) begin() {
	s.history = append(s.history, slices.Clone(s.votes))
	s.round = Round{}
	for o, v := range s.votes {
		if s.standing[o] != excluded {
			s.round.Tallies = append(s.round.Tallies, Score{s.choice(o), NumberOf(v)})
		}
	}
}

// act ends the round under way with an action.
func (s *seating) act(action Action, choices []int) {
	s.round.Action = action
	s.round.Choices = s.choices(choices)
	s.result.Rounds = append(s.result.Rounds, s.round)
}

// with gives all options that stand so.
func (s *seating) with(standing standing) []int {
	var out []int
	for o, now := range s.standing {
		if now == standing {
			out = append(out, o)
		}
	}
	return out
}

// past gives the earlier stages, for ties.
func (s *seating) past() stages {
	return stages{len(s.history), func(stage, a, b int) int { return s.cmp(s.history[stage][a], s.history[stage][b]) }}
}

// byVotes groups options by their votes, those with most first.
func (s *seating) byVotes(options []int) [][]int {
	return groups(options, func(a, b int) int { return s.cmp(s.votes[a], s.votes[b]) })
}

// reached gives the hopeful who have the quota.
func (s *seating) reached(q quota) []int {
	return slices.DeleteFunc(s.with(hopeful), func(o int) bool { return !q.reached(s.votes[o], s.arithmetic) })
}

// fills says whether the hopeful are no more than the free seats.
func (s *seating) fills() bool { return len(s.with(hopeful)) <= s.seats }

// full says whether every seat has its option: none is free, or no more are hopeful than are free.
func (s *seating) full() bool { return s.seats == 0 || s.fills() }

// elect elects those who have the quota, those with most votes first where they are more than the seats. It says no when a tie stops it.
func (s *seating) elect(reached []int) bool {
	for _, group := range s.byVotes(reached) {
		if s.seats == 0 {
			break
		}
		if len(group) > s.seats {
			chosen, broken := s.among(group, s.seats, s.past())
			s.round.Broken = broken
			if len(chosen) > s.seats {
				return false
			}
			group = chosen
		}
		s.seat(group, pending)
	}
	return true
}

// seat elects equals.
func (s *seating) seat(group []int, standing standing) {
	for _, o := range group {
		s.standing[o] = standing
	}
	s.elections = append(s.elections, group)
	s.round.Elected = append(s.round.Elected, s.choices(group)...)
	s.seats -= len(group)
}

// seatRest gives the seats that are left to those who are left, if they are no more.
func (s *seating) seatRest() {
	if !s.fills() {
		return
	}
	for _, group := range s.byVotes(s.with(hopeful)) {
		s.seat(group, elected)
	}
}

// sureLosers gives the largest set of hopeful of whom none could catch up with the next above them if they had all of each other's votes
// and so many more, among at most so many groups of equals.
func (s *seating) sureLosers(more *big.Rat, most int) []int {
	ranked := s.byVotes(s.with(hopeful))
	free := len(s.with(hopeful)) - s.seats // who may leave
	sum := new(big.Rat).Set(more)
	var set, losers []int
	for i := len(ranked) - 1; i > 0 && len(ranked)-i <= most; i-- {
		set = append(set, ranked[i]...)
		if len(set) > free {
			break
		}
		for _, o := range ranked[i] {
			sum.Add(sum, s.votes[o])
		}
		if s.cmp(sum, s.votes[ranked[i-1][0]]) < 0 {
			losers = slices.Clone(set)
		}
	}
	slices.Sort(losers)
	return losers
}

// oneOfLast gives which of those tied for the last place leaves. Where nothing breaks the tie and none of them has a vote, all leave: that
// moves nothing, so that their order makes no difference, unless whoever stays would have more of a ballot that names them level. Nil stops the
// count.
func (s *seating) oneOfLast(tied []int) []int {
	if len(tied) == 1 {
		return tied
	}
	chosen, broken, ok := s.last(tied, s.past())
	if ok {
		s.round.Broken = broken
		return []int{chosen}
	}
	moves := func(o int) bool { return s.votes[o].Sign() > 0 || s.cut != nil && s.cut[o] }
	if free := len(s.with(hopeful)) - s.seats; len(tied) <= free && !slices.ContainsFunc(tied, moves) {
		return tied
	}
	s.round.Broken = broken
	return nil
}

// exclude makes options leave.
func (s *seating) exclude(losers []int) {
	for _, o := range losers {
		s.standing[o] = excluded
	}
	for _, group := range slices.Backward(s.byVotes(losers)) {
		s.exits = append(s.exits, group)
	}
}

// finish ends the count: the seats that are left go to those who are left.
func (s *seating) finish() {
	s.seatRest()
	s.round.Action = ActionElect
	s.round.Choices = slices.Clone(s.round.Elected)
	s.result.Rounds = append(s.result.Rounds, s.round)
	s.conclude()
}

// stand ends the count at a tie that nothing breaks: all who are left could still win.
func (s *seating) stand() {
	s.act(ActionCount, nil)
	s.result.Broken = append(s.result.Broken, *s.round.Broken)
	left := s.with(hopeful)
	for _, o := range left {
		s.votes[o] = s.votes[left[0]] // whoever leads now, the tie decides
	}
	s.conclude()
	s.result.Winners = append(s.result.Winners, s.choices(left)...)
}

// conclude ranks: the elected in the order of their election, those who were left, and those who left, the last first.
func (s *seating) conclude() {
	r := &s.result
	rank := func(group []int) []Choice {
		slices.Sort(group)
		return s.choices(group)
	}
	for _, group := range s.elections {
		r.Ranking = append(r.Ranking, rank(group))
		r.Winners = append(r.Winners, rank(group)...)
	}
	for _, group := range s.byVotes(s.with(hopeful)) {
		r.Ranking = append(r.Ranking, rank(group))
	}
	for _, group := range slices.Backward(s.exits) {
		r.Ranking = append(r.Ranking, rank(group))
	}
}
