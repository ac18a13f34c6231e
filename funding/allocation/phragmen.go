package allocation

import (
	"math/big"

	"github.com/communecter/coopspace/voting"
)

var phragmen = rule{name: Phragmen, revision: 1, unsatisfied: true, buy: func(b *basket) error {
	b.phragmen(b.in.noLoads(), "", Bought)
	return nil
}}

// phragmen lets everybody earn at the same pace, each unit of weight, and buys a project as soon as its supporters have earned what it
// costs, beyond what they have paid already; all that they have earned is then spent. Voters begin with given loads: money that they
// have left, as loads below nothing, must not be enough for a project at once. docs/methods/phragmen-budget.md.
func (b *basket) phragmen(start loads, phase string, reason Reason) {
	in, s := b.in, b.in.newSavings(start)
	for open := b.open(); len(open) > 0; open = b.open() {
		next := s.next(open)
		var dear []int
		for _, p := range next {
			if in.costs[p] > b.left {
				dear = append(dear, p)
			}
		}
		for _, p := range dear {
			b.note(p, Why{
				Reason: NoRoom, Ratio: in.perVoice(s.due(p)), Price: in.perVoice(s.most(p)),
				Left: b.amount(b.left), Missing: b.amount(in.costs[p] - b.left),
			})
		}
		switch {
		case len(dear) == 0:
			b.save(s, next, phase, reason)
		case !in.options.SkipTooDear:
			b.stopSaving(s, in.first(dear))
			return
		}
	}
}

// next gives those projects whose supporters can pay first.
func (s *savings) next(open []int) []int {
	first := open[:1:1]
	for _, p := range open[1:] {
		switch order := s.compare(p, first[0]); {
		case order < 0:
			first = []int{p}
		case order == 0:
			first = append(first, p)
		}
	}
	return first
}

// save buys one of several projects whose supporters can pay at the same time.
func (b *basket) save(s *savings, level []int, phase string, reason Reason) {
	in, p := b.in, b.in.first(level)
	due := s.due(p)
	payers := s.pay(p)
	r := Round{Phase: phase, Ratio: in.perVoice(due), Price: in.perVoice(s.rat(payers[0].paid)), Tied: b.tied(level)}
	for _, c := range payers {
		if c.paid.Sign() != 0 {
			r.Payers = plus(r.Payers, voting.Votes{Seats: c.ballots, Voices: in.voices(c.weight)})
		}
	}
	if n := in.options.Payments; n > 0 {
		r.Payments = s.payments(p, payers, n)
	}
	b.buy(p, reason, r)
}

// stopSaving ends the rule at a project that the budget cannot pay, and says of all others how far their supporters had come by then.
func (b *basket) stopSaving(s *savings, dear int) {
	in, now := b.in, s.due(dear)
	for _, p := range b.open() {
		have := s.saved(p, now)
		missing := new(big.Rat).Sub(new(big.Rat).SetInt64(in.costs[p]), have)
		b.note(p, Why{
			Reason: Stopped, By: in.id(dear), Ratio: in.perVoice(s.due(p)), Price: in.perVoice(s.most(p)),
			Have: b.amount(floor(have)), Missing: b.amount(ceiling(missing)),
		})
	}
}
