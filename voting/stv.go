package voting

import (
	"math/big"
	"slices"
)

// STV fills seats from rankings by the single transferable vote: who reaches the quota is elected and passes on what is over it, whoever
// has least leaves, and every ballot counts for the next that it names. Surpluses go on by the weighted inclusive Gregory method: all
// papers that the elected has, each at the same part of its value. docs/methods/stv.md.
const STV Method = "stv"

var stv = method{
	name: STV, revision: 1, shapes: []Shape{ShapeRanking}, seats: true,
	settings: []setting{
		quotaSetting("droop"),
		placesSetting("5"),
		// what is cut: the new value of a paper once, or after each step, or the part that goes on before it is multiplied
		{name: "cut", value: "value", words: []string{"value", "steps", "part"}},
		{name: "surpluses", value: "one", words: []string{"one", "all"}}, // how many go on in one round
		{name: "elected", value: "at-quota", words: []string{"at-quota", "at-transfer"}},
		// how many leave in one round: one, one and all who have no vote, or all who cannot catch up
		{name: "leave", value: "one", words: []string{"one", "voteless", "sure-losers"}},
		// what still moves when all seats are as good as filled: the papers of the last to leave, the surplus in hand too, or nothing
		{name: "end", value: "after-exclusion", words: []string{"after-exclusion", "after-action", "at-once"}},
		overvoteRefused, maxSkippedRanks, maxRankings, duplicateCandidate,
	},
	count: countSTV,
}

// standing is where an option is in a count of transferable votes.
type standing uint8

const (
	hopeful standing = iota
	pending          // elected, its surplus not yet passed on
	elected
	excluded
)

// parcel is a stack of ballots of equal value.
type parcel struct {
	stack
	value *big.Rat // of each voice
}

// transferable is a count of transferable votes under way. Numbers are voices.
type transferable struct {
	*counting
	arithmetic
	*stacks
	quota     quota
	standing  []standing
	open      []bool // who receives ballots
	votes     []*big.Rat
	parcels   [][]parcel
	exhausted *big.Rat
	lost      *big.Rat     // by cutting
	history   [][]*big.Rat // the votes at each stage
	seats     int          // still to fill
	elections [][]int      // who was elected, in order, equals together
	exits     [][]int      // who left, in order, those who left together and had as much together
	round     Round        // under way
}

func countSTV(c *counting) error {
	if err := c.refuseEqual(); err != nil {
		return err
	}
	s := &transferable{
		counting: c, arithmetic: newArithmetic(c.setting("places")), stacks: newStacks(c),
		standing: make([]standing, c.options()), open: make([]bool, c.options()),
		votes: make([]*big.Rat, c.options()), parcels: make([][]parcel, c.options()), exhausted: new(big.Rat), lost: new(big.Rat),
		seats: c.question.places(),
	}
	if c.total() == 0 {
		c.rank([][]int{c.everybody()})
		return nil
	}
	for o := range s.open {
		s.open[o] = true
		s.votes[o] = new(big.Rat)
	}
	s.quota = quotaOf(c.setting("quota"), s.voicesOf(c.total()), s.seats, s.arithmetic)
	c.result.addFigure("quota", rational(s.quota.votes))
	s.receive(-1, s.deal(s.all(), s.open), big.NewRat(1, 1))
	for !s.stage() {
	}
	return nil
}

// voicesOf gives units in voices.
func (s *transferable) voicesOf(units int64) *big.Rat {
	return big.NewRat(units*int64(s.unit), int64(Voice))
}

// stage is one step of the count: everybody's votes, who is elected with them, and one action. It says whether the count is over.
func (s *transferable) stage() (over bool) {
	s.begin()
	late, end := s.setting("elected") == "at-transfer", s.setting("end")
	if !late && end == "after-action" && s.full() {
		return s.finish()
	}
	reached := s.reached()
	if len(reached) > 0 && (!late || len(reached) >= s.seats) && !s.elect(reached) {
		return s.stand()
	}
	if late && s.seats == 0 || !late && end != "after-action" && s.full() {
		return s.finish()
	}
	if losers := s.sureLosers(); len(losers) > 0 {
		return s.leave(losers, !late)
	}
	if !late {
		reached = s.with(pending)
	}
	if len(reached) > 0 {
		return s.passOn(reached)
	}
	if s.fills() {
		return s.finish()
	}
	return s.leaveLast(late || end == "at-once")
}

// begin opens the round of a stage.
func (s *transferable) begin() {
	s.history = append(s.history, slices.Clone(s.votes))
	s.round = Round{Tallies: s.tallies()}
	if s.exhausted.Sign() > 0 {
		s.round.Exhausted = rational(s.exhausted)
	}
}

// tallies gives the votes of all who are in the count.
func (s *transferable) tallies() []Score {
	out := make([]Score, 0, len(s.votes))
	for o, v := range s.votes {
		if s.standing[o] != excluded {
			out = append(out, Score{s.choice(o), rational(v)})
		}
	}
	return out
}

// act ends the round under way with an action.
func (s *transferable) act(action Action, choices []int) {
	s.round.Action = action
	s.round.Choices = s.choices(choices)
	s.result.Rounds = append(s.result.Rounds, s.round)
}

// with gives all options that stand so.
func (s *transferable) with(standing standing) []int {
	var out []int
	for o, now := range s.standing {
		if now == standing {
			out = append(out, o)
		}
	}
	return out
}

// reached gives the hopeful who have the quota.
func (s *transferable) reached() []int {
	return slices.DeleteFunc(s.with(hopeful), func(o int) bool { return !s.quota.reached(s.votes[o], s.arithmetic) })
}

// past gives the earlier stages, for ties.
func (s *transferable) past() stages {
	return stages{len(s.history), func(stage, a, b int) int { return s.cmp(s.history[stage][a], s.history[stage][b]) }}
}

// byVotes groups options by their votes, those with most first.
func (s *transferable) byVotes(options []int) [][]int {
	return groups(options, func(a, b int) int { return s.cmp(s.votes[a], s.votes[b]) })
}

// fills says whether the hopeful are no more than the free seats.
func (s *transferable) fills() bool { return len(s.with(hopeful)) <= s.seats }

// full says whether every seat has its option: none is free, or no more are hopeful than are free.
func (s *transferable) full() bool { return s.seats == 0 || s.fills() }

// elect elects those who have the quota, those with most votes first where they are more than the seats. It says no when a tie stops it.
func (s *transferable) elect(reached []int) bool {
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
func (s *transferable) seat(group []int, standing standing) {
	for _, o := range group {
		s.standing[o] = standing
		s.open[o] = false
	}
	s.elections = append(s.elections, group)
	s.round.Elected = append(s.round.Elected, s.choices(group)...)
	s.seats -= len(group)
}

// passOn passes on the largest surplus of those who have one, or all.
func (s *transferable) passOn(from []int) bool {
	if s.setting("surpluses") == "one" {
		from = s.byVotes(from)[0]
		if len(from) > 1 {
			chosen, broken, ok := s.first(from, s.past())
			switch {
			case ok:
				from = []int{chosen}
				s.round.Broken = broken
			case s.surplus(from[0]).Sign() > 0: // where there is nothing to pass on, the order makes no difference
				s.round.Broken = broken
				return s.stand()
			}
		}
	}
	for _, o := range from {
		if s.standing[o] == hopeful {
			s.seat([]int{o}, pending)
		}
	}
	lost := new(big.Rat)
	for _, o := range from {
		lost.Add(lost, s.passOnSurplus(o))
	}
	s.lose(lost)
	s.act(ActionTransfer, from)
	return false
}

func (s *transferable) surplus(o int) *big.Rat { return new(big.Rat).Sub(s.votes[o], s.quota.votes) }

// passOnSurplus passes on what an option has over the quota: all its papers move, each at a part of its value. It gives what cutting lost.
func (s *transferable) passOnSurplus(o int) (lost *big.Rat) {
	surplus, votes, papers := s.surplus(o), s.votes[o], s.parcels[o]
	s.standing[o] = elected
	s.parcels[o] = nil
	lost = new(big.Rat)
	if surplus.Sign() <= 0 {
		return lost
	}
	s.votes[o] = s.quota.votes
	lost.Set(surplus)
	for _, p := range papers {
		lost.Sub(lost, s.receive(o, s.deal(p.stack, s.open), s.reduced(p.value, surplus, votes)))
	}
	return lost
}

// reduced gives the new value of a paper of an option that passes on a surplus: value x surplus / votes.
func (s *transferable) reduced(value, surplus, votes *big.Rat) *big.Rat {
	x := new(big.Rat)
	switch s.setting("cut") {
	case "steps":
		return s.down(x.Quo(s.down(x.Mul(value, surplus)), votes))
	case "part":
		return s.down(x.Mul(s.down(x.Quo(surplus, votes)), value))
	}
	return s.down(x.Quo(x.Mul(value, surplus), votes))
}

// lose records what cutting lost in the round under way.
func (s *transferable) lose(lost *big.Rat) {
	if lost.Sign() > 0 {
		s.round.Figures = append(s.round.Figures, Figure{"lost", rational(lost)})
		s.lost.Add(s.lost, lost)
	}
}

// receive credits options with the stacks dealt to them at a value, the last of which names nobody any more, and gives what they are
// worth together. The papers come from an option, or, where from is negative, out of the box.
func (s *transferable) receive(from int, dealt []stack, value *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for to, p := range dealt {
		if p.top < 0 {
			continue
		}
		papers := s.voicesOf(p.units)
		voices := new(big.Rat).Mul(papers, value)
		sum.Add(sum, voices)
		t := Transfer{Voices: rational(voices)}
		if to < len(s.votes) {
			t.To = s.choice(to)
			s.votes[to] = new(big.Rat).Add(s.votes[to], voices)
			s.lay(to, p, value)
		} else {
			s.exhausted = new(big.Rat).Add(s.exhausted, voices)
		}
		if from < 0 || p.units == 0 {
			continue
		}
		t.From = s.choice(from)
		if value.Cmp(big.NewRat(1, 1)) != 0 {
			t.Value, t.Papers = rational(value), rational(papers)
		}
		s.round.Transfers = append(s.round.Transfers, t)
	}
	return sum
}

// lay lays a stack with the option's others of the same value.
func (s *transferable) lay(on int, p stack, value *big.Rat) {
	for i := range s.parcels[on] {
		if s.parcels[on][i].value.Cmp(value) == 0 {
			s.join(&s.parcels[on][i].stack, p)
			return
		}
	}
	s.parcels[on] = append(s.parcels[on], parcel{p, value})
}

// sureLosers gives those whom the setting lets leave before any surplus goes on: none of them could catch up with the next above them if
// they had all of each other's votes and all that is over the quota.
func (s *transferable) sureLosers() []int {
	setting := s.setting("leave")
	if setting == "one" {
		return nil
	}
	sum := new(big.Rat)
	for o, now := range s.standing {
		if surplus := s.surplus(o); (now == pending || now == hopeful) && surplus.Sign() > 0 {
			sum.Add(sum, surplus)
		}
	}
	if setting == "voteless" && len(s.with(pending)) == 0 {
		return nil // the last leaves, and those without a vote
	}
	ranked := s.byVotes(s.with(hopeful))
	free := len(s.with(hopeful)) - s.seats // who may leave
	var set, losers []int
	for i := len(ranked) - 1; i > 0; i-- {
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
		if setting == "voteless" && s.votes[ranked[i][0]].Sign() > 0 {
			break
		}
	}
	slices.Sort(losers)
	return losers
}

// leaveLast makes the hopeful with fewest votes leave.
func (s *transferable) leaveLast(test bool) bool {
	ranked := s.byVotes(s.with(hopeful))
	free := len(s.with(hopeful)) - s.seats
	last := ranked[len(ranked)-1]
	var also []int
	if s.setting("leave") == "voteless" && s.votes[last[0]].Sign() == 0 && len(last) < free {
		also, last = last, ranked[len(ranked)-2]
	}
	if len(last) > 1 {
		chosen, broken, ok := s.last(last, s.past())
		switch {
		case ok:
			last = []int{chosen}
			s.round.Broken = broken
		case s.votes[last[0]].Sign() > 0 || len(last) > free:
			s.round.Broken = broken
			return s.stand()
		} // those without any vote pass nothing on: all leave together
	}
	return s.leave(slices.Sorted(slices.Values(append(also, last...))), test)
}

// leave makes options leave, and passes on their papers at the value that they have. With test, nothing moves when those who remain
// just fill the seats.
func (s *transferable) leave(losers []int, test bool) bool {
	for _, o := range losers {
		s.standing[o] = excluded
		s.open[o] = false
	}
	ranked := s.byVotes(losers)
	for i := range ranked {
		s.exits = append(s.exits, ranked[len(ranked)-1-i])
	}
	if test && s.full() {
		if s.fills() {
			s.seatRest()
		}
		s.act(ActionEliminate, losers)
		s.conclude()
		return true
	}
	for _, o := range losers {
		papers := s.parcels[o]
		s.parcels[o], s.votes[o] = nil, new(big.Rat)
		for _, p := range papers {
			s.receive(o, s.deal(p.stack, s.open), p.value)
		}
	}
	s.act(ActionEliminate, losers)
	return false
}

// finish ends the count: the seats that are left go to those who are left.
func (s *transferable) finish() bool {
	if s.fills() {
		s.seatRest()
	}
	s.round.Action = ActionElect
	s.round.Choices = slices.Clone(s.round.Elected)
	s.result.Rounds = append(s.result.Rounds, s.round)
	s.conclude()
	return true
}

func (s *transferable) seatRest() {
	for _, group := range s.byVotes(s.with(hopeful)) {
		s.seat(group, elected)
	}
}

// stand ends the count at a tie that nothing breaks: all who are left could still win.
func (s *transferable) stand() bool {
	s.act(ActionCount, nil)
	s.result.Broken = append(s.result.Broken, *s.round.Broken)
	left := s.with(hopeful)
	s.votes = slices.Clone(s.votes)
	for _, o := range left {
		s.votes[o] = s.votes[left[0]] // whoever leads now, the tie decides
	}
	s.conclude()
	s.result.Winners = append(s.result.Winners, s.choices(left)...)
	return true
}

// conclude ranks: the elected in the order of their election, those who were left, and those who left, the last first.
func (s *transferable) conclude() {
	r := &s.result
	for _, group := range s.elections {
		slices.Sort(group)
		r.Ranking = append(r.Ranking, s.choices(group))
		r.Winners = append(r.Winners, s.choices(group)...)
	}
	for _, group := range s.byVotes(s.with(hopeful)) {
		r.Ranking = append(r.Ranking, s.choices(group))
	}
	for i := range s.exits {
		r.Ranking = append(r.Ranking, s.choices(s.exits[len(s.exits)-1-i]))
	}
	if s.lost.Sign() > 0 {
		r.addFigure("lost", rational(s.lost))
	}
}
