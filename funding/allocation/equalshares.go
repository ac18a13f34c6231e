package allocation

import (
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

var equalShares = rule{name: EqualShares, revision: 1, buy: buyEqually}

// buyEqually is the Method of Equal Shares with its completion and the comparison step. docs/methods/equal-shares-budget.md.
func buyEqually(b *basket) error {
	greedy := b.clone()
	share := b.firstShare()
	b.figure("first-share", b.in.perVoice(share))
	s, runs, err := complete(b, share)
	if err != nil {
		return err
	}
	b.figure("share", b.in.perVoice(s.share))
	b.figure("runs", number(new(big.Rat).SetInt64(runs)))
	switch b.in.options.Completion {
	case Utilitarian, Add1U:
		b.greedily("utilitarian", Completed)
	case ByPhragmen:
		s.saveUp()
	}
	s.short()
	if b.in.options.Comparison {
		b.compare(greedy)
	}
	return nil
}

// firstShare gives what each unit of weight has in the beginning, in minor units: an equal part of the money.
func (b *basket) firstShare() *big.Rat {
	in := b.in
	share := big.NewRat(b.left, in.weight)
	if !in.options.WholeShares {
		return share
	}
	units := big.NewRat(int64(in.unit), int64(voting.Voice)) // of weight, in voices
	units.Mul(units, new(big.Rat).SetInt64(in.election.budget.Currency().Unit()))
	whole := share.Quo(share, units)
	return units.Mul(units, new(big.Rat).SetInt(new(big.Int).Quo(whole.Num(), whole.Denom())))
}

func (b *basket) figure(name string, n voting.Number) {
	b.figures = append(b.figures, voting.Figure{Name: name, Number: n})
}

// shares is one run of Equal Shares: everybody begins with a share; a project is bought by its supporters, who pay so much for each point
// and unit of weight, or all they have if that is less; and each time that project is bought which costs the least for what it is worth.
type shares struct {
	*basket
	share  *big.Rat // in the beginning, for each unit of weight
	purses purses
	asked  []offer // the projects that can be bought, by what they asked when they were last looked at, which only rises
	worth  []*big.Rat
	dear   int // the project at which the run stopped, because it would have spent more than there is

	margin  margin
	steps   int64 // about how long it took
	classes []class
	weights []int64 // by level, to add up classes
	ballots []int64 // by level
	at      []int32 // by group
}

// offer is what a project asks of its supporters.
type offer struct {
	project int
	rho     ratio    // the price of one point for one unit of weight, in minor units, over what a point is worth
	num     *big.Int // that price is num/den parts
	den     int64    // the points of those who pay it, times their weight
	drained int64    // the weight of those who have less
	growth  *big.Int // see margin
}

// newShares begins a run that buys into b.
func newShares(b *basket, share *big.Rat, worth []*big.Rat) *shares {
	s := &shares{basket: b, share: share, worth: worth, purses: newPurses(len(b.in.groups), share), margin: newMargin()}
	for _, p := range b.open() {
		den := b.in.support[p]
		if b.in.options.Satisfaction.counted() {
			den = b.in.score[p]
		}
		// The least that it can ask: nobody has less.
		o := offer{project: p, num: new(big.Int).Mul(big.NewInt(b.in.costs[p]), s.purses.whole), den: den, growth: s.margin.growth}
		s.asked = append(s.asked, s.rated(o))
	}
	return s
}

// rated works out the rho of an offer.
func (s *shares) rated(o offer) offer {
	w := s.worth[o.project]
	den := new(big.Int).Mul(big.NewInt(o.den), s.purses.whole)
	o.rho = ratio{new(big.Int).Mul(o.num, w.Denom()), den.Mul(den, w.Num())}
	return o
}

// worths gives what each project that can be bought is worth for each point.
func (b *basket) worths() []*big.Rat {
	worth := make([]*big.Rat, len(b.in.costs))
	for _, p := range b.open() {
		worth[p] = b.in.worth(p)
	}
	return worth
}

// run buys until nobody can pay for another project. It stops and gives false when it would spend more than there is. A quiet run tells
// nothing of its rounds.
func (s *shares) run(quiet bool) bool {
	for {
		tied := s.cheapest()
		if len(tied) == 0 {
			return true
		}
		p := s.in.first(tied)
		if s.in.costs[p] > s.left {
			s.dear = p
			return false
		}
		s.purchase(p, tied, quiet)
	}
}

// cheapest gives the projects that ask the least. It looks again at those that might, in order of what they asked the last time, and drops
// those whose supporters have too little, for good: purses only get lighter.
func (s *shares) cheapest() []int {
	s.asked = slices.DeleteFunc(s.asked, func(o offer) bool { return s.refused(o.project).Reason != "" })
	slices.SortStableFunc(s.asked, func(a, b offer) int { return a.rho.cmp(b.rho) })
	var best *ratio
	var tied []int
	kept := s.asked[:0]
	for i, o := range s.asked {
		if best != nil && o.rho.cmp(*best) > 0 {
			kept = append(kept, s.asked[i:]...)
			break
		}
		o, ok := s.look(o)
		if !ok {
			continue
		}
		kept = append(kept, o)
		order := -1
		if best != nil {
			order = o.rho.cmp(*best)
		}
		switch {
		case order < 0:
			best, tied = &o.rho, []int{o.project}
		case order == 0:
			tied = append(tied, o.project)
		}
	}
	s.asked = kept
	if best != nil {
		s.margin.overtaken(s, *best, s.in.first(tied))
	}
	return tied
}

// look works out what a project asks now, and gives false if its supporters cannot pay.
func (s *shares) look(o offer) (offer, bool) {
	s.classify(o.project, false)
	o.growth = s.margin.growth
	s.charge(&o)
	if o.den == 0 {
		s.margin.short(s, o)
		return o, false
	}
	return s.rated(o), true
}

// classify puts the supporters of a project into classes, in order of level and points.
func (s *shares) classify(p int, ballots bool) {
	in := s.in
	s.classes = s.classes[:0]
	s.steps += int64(len(in.backers[p]) + len(s.purses.held))
	if s.pointed() {
		for _, b := range in.backers[p] {
			g := in.groups[b.group]
			s.classes = append(s.classes, class{level: s.purses.level[b.group], points: b.points, weight: g.weight, ballots: g.ballots})
		}
		slices.SortFunc(s.classes, byLevel)
		last := 0
		for i := 1; i < len(s.classes); i++ {
			if c := s.classes[i]; byLevel(s.classes[last], c) == 0 {
				s.classes[last].weight += c.weight
				s.classes[last].ballots += c.ballots
			} else {
				last++
				s.classes[last] = c
			}
		}
		s.classes = s.classes[:last+1]
		return
	}
	n := len(s.purses.held)
	s.weights = cleared(s.weights, n)
	s.ballots = cleared(s.ballots, n)
	for _, b := range in.backers[p] {
		l := s.purses.level[b.group]
		s.weights[l] += in.groups[b.group].weight
		if ballots {
			s.ballots[l] += in.groups[b.group].ballots
		}
	}
	for l, w := range s.weights {
		if w > 0 {
			s.classes = append(s.classes, class{level: int32(l), points: 1, weight: w, ballots: s.ballots[l]})
		}
	}
}

func byLevel(a, b class) int {
	if a.level != b.level {
		return int(a.level - b.level)
	}
	switch {
	case a.points < b.points:
		return -1
	case a.points > b.points:
		return 1
	}
	return 0
}

func cleared(list []int64, n int) []int64 {
	if cap(list) < n {
		return make([]int64, n, 2*n)
	}
	list = list[:n]
	clear(list)
	return list
}

// charge works out the price of a point from the classes: who has less pays all they have, and the others pay the rest in proportion to
// their points. That raises the price, so that others may have less than it; it ends when nobody is added. Its den is 0 if all together
// have too little.
func (s *shares) charge(o *offer) {
	o.num = new(big.Int).Mul(big.NewInt(s.in.costs[o.project]), s.purses.whole)
	o.den, o.drained = 0, 0
	level := true // all give the same points
	for _, c := range s.classes {
		o.den += c.weight * c.points
		level = level && c.points == s.classes[0].points
	}
	var word, has, asked big.Int
	for again := true; again; {
		again = false
		for i := range s.classes {
			c := &s.classes[i]
			if c.short {
				continue
			}
			held := s.purses.held[c.level]
			has.Mul(held, word.SetInt64(o.den))
			asked.Mul(o.num, word.SetInt64(c.points))
			if has.Cmp(&asked) >= 0 {
				if level {
					return // nor have those who hold more
				}
				continue
			}
			c.short, again = true, true
			o.den -= c.weight * c.points
			o.drained += c.weight
			o.num.Sub(o.num, has.Mul(held, word.SetInt64(c.weight)))
		}
		s.steps += int64(len(s.classes) * (s.purses.whole.BitLen()/64 + 1))
	}
}

// purchase buys a project and takes the money.
func (s *shares) purchase(p int, tied []int, quiet bool) {
	s.classify(p, true)
	o := offer{project: p}
	s.charge(&o)
	gcd := new(big.Int).GCD(nil, nil, o.num, big.NewInt(o.den))
	factor := new(big.Int).Quo(big.NewInt(o.den), gcd)
	price := new(big.Int).Quo(o.num, gcd) // of a point, in the new parts
	at := s.places(p)
	next := s.purses.settle(s.classes, at, factor, func(c *class) *big.Int {
		if c.short {
			return new(big.Int)
		}
		left := new(big.Int).Mul(s.purses.held[c.level], factor)
		return left.Sub(left, new(big.Int).Mul(price, big.NewInt(c.points)))
	})
	var r Round
	if !quiet {
		r = s.told(s.rated(o), tied)
	}
	s.margin.grow(s.classes, o)
	s.steps += int64(len(at) + len(next.held)*(next.whole.BitLen()/64+1))
	s.purses = next
	s.asked = slices.DeleteFunc(s.asked, func(o offer) bool { return o.project == p })
	s.buy(p, Bought, r)
}

// places gives the place in classes of each group that supports a project, and -1 of the others.
func (s *shares) places(p int) []int32 {
	if s.at == nil {
		s.at = make([]int32, len(s.in.groups))
	}
	for g := range s.at {
		s.at[g] = -1
	}
	if !s.pointed() {
		of := make([]int32, len(s.purses.held)) // by level: its only class
		for i, c := range s.classes {
			of[c.level] = int32(i)
		}
		for _, b := range s.in.backers[p] {
			s.at[b.group] = of[s.purses.level[b.group]]
		}
		return s.at
	}
	for _, b := range s.in.backers[p] {
		i, _ := slices.BinarySearchFunc(s.classes, class{level: s.purses.level[b.group], points: b.points}, byLevel)
		s.at[b.group] = int32(i)
	}
	return s.at
}

// pointed says whether voters who hold the same may pay differently, by their points.
func (s *shares) pointed() bool {
	return s.in.options.Satisfaction.counted() && s.in.election.shape != voting.ShapeChoices
}

// told makes the round of a purchase: Ratio is what a voice that pays the full price gains for each minor unit that it pays.
func (s *shares) told(o offer, tied []int) Round {
	gain := o.rho.rat()
	gain.Mul(gain.Inv(gain), big.NewRat(int64(s.in.unit), int64(voting.Voice)))
	r := Round{Ratio: number(gain), Tied: s.tied(tied)}
	var points int64      // the most that anybody gives who pays the full price
	least := new(big.Int) // the most that anybody has who pays less
	for _, c := range s.classes {
		held := s.purses.held[c.level]
		if held.Sign() == 0 {
			continue
		}
		votes := voting.Votes{Seats: c.ballots, Voices: s.in.voices(c.weight)}
		r.Payers = plus(r.Payers, votes)
		if !c.short {
			points = max(points, c.points)
			continue
		}
		r.Emptied = plus(r.Emptied, votes)
		if held.Cmp(least) > 0 {
			least = held
		}
	}
	most := new(big.Rat).SetFrac(new(big.Int).Mul(o.num, big.NewInt(points)), new(big.Int).Mul(big.NewInt(o.den), s.purses.whole))
	if other := s.purses.rat(least); other.Cmp(most) > 0 {
		most = other
	}
	r.Price = s.in.perVoice(most)
	if n := s.in.options.Payments; n > 0 {
		r.Payments = s.payments(o, n)
	}
	return r
}

func plus(a, b voting.Votes) voting.Votes {
	return voting.Votes{Seats: a.Seats + b.Seats, Voices: a.Voices + b.Voices}
}

// short says of the projects that were not bought what their supporters have in the end, also of those for which the rest of the budget was
// too little as well.
func (s *shares) short() {
	open := s.open()
	if c := s.in.options.Completion; c == Utilitarian || c == Add1U {
		open = append(open, s.without(NoRoom)...)
	}
	for _, p := range open {
		left := s.amount(s.left)
		if s.why[p].Reason == NoRoom {
			left = s.why[p].Left
		}
		s.classify(p, false)
		sum := new(big.Int)
		for _, c := range s.classes {
			sum.Add(sum, new(big.Int).Mul(s.purses.held[c.level], big.NewInt(c.weight)))
		}
		if sum.Quo(sum, s.purses.whole).Cmp(big.NewInt(s.in.costs[p])) >= 0 { // Add1Cut stopped at it
			if s.in.costs[p] > s.left {
				s.note(p, Why{Reason: NoRoom, Left: left, Missing: s.amount(s.in.costs[p] - s.left)})
			} else {
				s.note(p, Why{Reason: Stopped, By: s.in.id(s.dear)})
			}
			continue
		}
		have := sum.Int64() // rounded down: the cost is whole, so that what is missing is rounded up
		s.why[p] = Why{
			Reason: Short, Round: len(s.rounds), Price: s.in.perVoice(big.NewRat(s.in.costs[p], s.in.support[p])), Left: left,
			Have: s.amount(have), Missing: s.amount(s.in.costs[p] - have),
		}
	}
}

// without gives the projects that were not bought for a reason.
func (b *basket) without(r Reason) []int {
	var list []int
	for p, why := range b.why {
		if why.Reason == r {
			list = append(list, p)
		}
	}
	return list
}
