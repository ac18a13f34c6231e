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
	settings: stvSettings,
	count:    countSTV,
	told:     explainSTV,
}

var stvSettings = []setting{
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
}

// parcel is a stack of ballots of equal value.
type parcel struct {
	stack
	value *big.Rat // of each voice
}

// transferable is a count of transferable votes under way. Numbers are voices.
type transferable struct {
	*seating
	*stacks
	quota     quota
	open      []bool // who receives ballots
	parcels   [][]parcel
	exhausted *big.Rat
	lost      *big.Rat // by cutting
	grown     bool     // a value has more digits than can be counted with
}

func countSTV(c *counting) error {
	if err := c.refuseEqual(); err != nil {
		return err
	}
	if c.total() == 0 {
		c.rank([][]int{c.everybody()})
		return nil
	}
	s := &transferable{
		seating: newSeating(c, c.setting("places")), stacks: newStacks(c), open: make([]bool, c.options()),
		parcels: make([][]parcel, c.options()), exhausted: new(big.Rat), lost: new(big.Rat),
	}
	s.quota = quotaOf(c.setting("quota"), s.voicesOf(c.total()), s.seats, s.arithmetic)
	c.result.addFigure("quota", NumberOf(s.quota.votes))
	s.receive(-1, s.deal(s.all(), s.receiving()), big.NewRat(1, 1))
	for !s.stage() {
		if s.grown {
			return errGrown()
		}
	}
	if s.lost.Sign() > 0 {
		c.result.addFigure("lost", NumberOf(s.lost))
	}
	return nil
}

// receiving gives who receives ballots now.
func (s *transferable) receiving() []bool {
	for o, now := range s.standing {
		s.open[o] = now == hopeful
	}
	return s.open
}

// stage is one step of the count: everybody's votes, who is elected with them, and one action. It says whether the count is over.
func (s *transferable) stage() (over bool) {
	s.begin()
	if s.exhausted.Sign() > 0 {
		s.round.Exhausted = NumberOf(s.exhausted)
	}
	late, end := s.setting("elected") == "at-transfer", s.setting("end")
	if !late && end == "after-action" && s.full() {
		s.finish()
		return true
	}
	reached := s.reached(s.quota)
	if len(reached) > 0 && (!late || len(reached) >= s.seats) && !s.elect(reached) {
		s.stand()
		return true
	}
	if late && s.seats == 0 || !late && end != "after-action" && s.full() {
		s.finish()
		return true
	}
	if losers := s.certain(); len(losers) > 0 {
		return s.leave(losers, !late)
	}
	if !late {
		reached = s.with(pending)
	}
	if len(reached) > 0 {
		return s.passOn(reached)
	}
	if s.fills() {
		s.finish()
		return true
	}
	return s.leaveLast(late || end == "at-once")
}

// passOn passes on the largest surplus of those who have one, or all.
func (s *transferable) passOn(from []int) (over bool) {
	if s.setting("surpluses") == "one" {
		from = s.byVotes(from)[0]
	}
	if s.setting("surpluses") == "one" && len(from) > 1 {
		chosen, broken, ok := s.first(from, s.past())
		switch {
		case ok:
			from = []int{chosen}
			s.round.Broken = broken
		case s.surplus(from[0]).Sign() > 0: // where there is nothing to pass on, the order makes no difference
			s.round.Broken = broken
			s.stand()
			return true
		}
	}
	if s.standing[from[0]] == hopeful {
		for _, group := range s.byVotes(from) {
			s.seat(group, pending)
		}
	}
	lost := new(big.Rat)
	for _, o := range from {
		s.standing[o] = elected
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
	s.parcels[o] = nil
	lost = new(big.Rat)
	if surplus.Sign() <= 0 {
		return lost
	}
	s.votes[o] = s.quota.votes
	lost.Set(surplus)
	for _, p := range papers {
		value := s.reduced(p.value, surplus, votes)
		s.grown = s.grown || value.Denom().BitLen() > maxBits
		lost.Sub(lost, s.receive(o, s.deal(p.stack, s.receiving()), value))
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
		s.round.Figures = append(s.round.Figures, Figure{"lost", NumberOf(lost)})
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
		t := Transfer{Voices: NumberOf(voices)}
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
			t.Value, t.Papers = NumberOf(value), NumberOf(papers)
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

// certain gives those who leave before any surplus goes on, because nothing that is still to come could save them.
func (s *transferable) certain() []int {
	rule := s.setting("leave")
	if rule == "one" || rule == "voteless" && len(s.with(pending)) == 0 {
		return nil
	}
	over := new(big.Rat)
	for o, now := range s.standing {
		if surplus := s.surplus(o); (now == pending || now == hopeful) && surplus.Sign() > 0 {
			over.Add(over, surplus)
		}
	}
	most := len(s.votes)
	if rule == "voteless" {
		if most = 1; s.voteless() != nil {
			most = 2
		}
	}
	return s.sureLosers(over, most)
}

// voteless gives the hopeful without any vote, if there are others.
func (s *transferable) voteless() []int {
	ranked := s.byVotes(s.with(hopeful))
	last := ranked[len(ranked)-1]
	if len(ranked) == 1 || s.votes[last[0]].Sign() > 0 {
		return nil
	}
	return last
}

// leaveLast makes the hopeful with fewest votes leave.
func (s *transferable) leaveLast(test bool) (over bool) {
	ranked := s.byVotes(s.with(hopeful))
	last := ranked[len(ranked)-1]
	var also []int
	if free := len(s.with(hopeful)) - s.seats; s.setting("leave") == "voteless" {
		if also = s.voteless(); len(also) >= free {
			also = nil
		}
		if also != nil {
			last = ranked[len(ranked)-2]
		}
	}
	last = s.oneOfLast(last)
	if last == nil {
		s.stand()
		return true
	}
	return s.leave(slices.Sorted(slices.Values(slices.Concat(also, last))), test)
}

// leave makes options leave, and passes on their papers at the value that they have. With test, nothing moves when those who remain
// just fill the seats.
func (s *transferable) leave(losers []int, test bool) (over bool) {
	s.exclude(losers)
	if test && s.full() {
		s.seatRest()
		s.act(ActionEliminate, losers)
		s.conclude()
		return true
	}
	for _, o := range losers {
		papers := s.parcels[o]
		s.parcels[o], s.votes[o] = nil, new(big.Rat)
		for _, p := range papers {
			s.receive(o, s.deal(p.stack, s.receiving()), p.value)
		}
	}
	s.act(ActionEliminate, losers)
	return false
}
