package allocation

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// ErrIncrement refuses to raise shares by so little that it would take too long. A larger increment, or none, will do.
var ErrIncrement = fault.New(fault.Invalid, "allocation.increment",
	"the increment is too small for this election: everything would have to be bought anew too many times")

// mostSteps is about how many steps all runs together may take: half a minute or so. A large district in whole units takes two thirds of them.
const mostSteps = 1_000_000_000

// increment gives what add1 gives each unit of weight at a time, in minor units.
func (in *instance) increment() *big.Rat {
	inc := in.options.Increment.Minor()
	return new(big.Rat).Mul(new(big.Rat).SetInt64(inc), big.NewRat(int64(in.unit), int64(voting.Voice)))
}

// complete runs Equal Shares into b, with the last share that add1 comes to if that is the completion, and gives the run and how many
// shares were tried.
//
// It ends: each next share is higher by the increment at least, and once nobody ever has too little for a price, nothing changes any more.
func complete(b *basket, share *big.Rat) (*shares, int64, error) {
	worth := b.worths()
	runs := int64(1)
	if b.in.options.Completion.raises() {
		var err error
		if share, runs, err = b.raised(share, worth, mostSteps); err != nil {
			return nil, 0, err
		}
	}
	s := newShares(b, share, worth)
	s.run(false)
	if b.fits() {
		b.buyRest()
	}
	return s, runs, nil
}

// raised gives the share at which add1 stops: the last before the next would overspend, or with Add1Cut that next one, or unless
// PastExhaustive the first at which no other project fits in what is left. The share that would overspend is a figure. Shares between
// which nothing can change are passed over. It refuses to take more than about so many steps.
func (b *basket) raised(share *big.Rat, worth []*big.Rat, most int64) (*big.Rat, int64, error) {
	inc := b.in.increment()
	runs, steps := int64(0), int64(0)
	by := new(big.Int) // how many increments since the last run
	for {
		s := newShares(b.clone(), new(big.Rat).Add(share, multiple(inc, by)), worth)
		s.margin.on = true
		runs++
		if !s.run(true) {
			if b.in.options.Completion == Add1Cut {
				return s.share, runs, nil
			}
			b.figure("share-beyond", b.in.perVoice(s.share))
			return share.Add(share, multiple(inc, by.Sub(by, big.NewInt(1)))), runs, nil
		}
		share = s.share
		if s.fits() || s.exhaustive() && !b.in.options.PastExhaustive {
			return share, runs, nil
		}
		if by = s.margin.steps(inc); by.Sign() == 0 {
			return share, runs, nil
		}
		if steps += s.steps; steps > most {
			return nil, 0, ErrIncrement.At("increment", b.in.options.Increment.String())
		}
	}
}

func multiple(r *big.Rat, n *big.Int) *big.Rat { return new(big.Rat).Mul(r, new(big.Rat).SetInt(n)) }

// exhaustive says whether no other project can be paid with what is left of the budget.
func (b *basket) exhaustive() bool {
	return !slices.ContainsFunc(b.open(), func(p int) bool { return b.in.costs[p] <= b.left })
}

// fits says whether all other projects can be paid together with what is left, and none excludes another.
func (b *basket) fits() bool {
	open, left := b.open(), b.left
	taken := map[string]bool{}
	for _, p := range open {
		if left -= b.in.costs[p]; left < 0 {
			return false
		}
		for _, group := range b.in.election.projects[p].Excludes {
			if taken[group] {
				return false
			}
			taken[group] = true
		}
	}
	most := b.in.options.Most
	return len(open) > 0 && (most == 0 || len(b.bought)+len(open) <= most)
}

// buyRest buys all projects that can be bought, in the order of the tie-break.
func (b *basket) buyRest() {
	open := b.open()
	slices.SortFunc(open, func(x, y int) int { return cmp.Compare(b.in.rank[x], b.in.rank[y]) })
	for _, p := range open {
		b.buy(p, Completed, Round{Phase: "all-fit"})
	}
}

// saveUp is the completion by Phragmén's rule: everybody begins with what they have left.
func (s *shares) saveUp() {
	start := loads{whole: s.purses.whole, class: s.purses.level}
	for _, held := range s.purses.held {
		start.held = append(start.held, new(big.Int).Neg(held))
	}
	s.phragmen(start, "phragmen", Completed)
}
