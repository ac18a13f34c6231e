package allocation

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

// payments tells who pays what, who had more first; what is beyond the most classes is put together into the last one.
func (s *shares) payments(o offer, most int) []Payment {
	type sum struct {
		class
		had, paid *big.Rat // by each unit of weight, in minor units
	}
	point := new(big.Rat).SetFrac(o.num, new(big.Int).Mul(big.NewInt(o.den), s.purses.whole))
	var sums []sum
	var parts []*big.Rat
	for _, c := range s.classes {
		held := s.purses.held[c.level]
		if held.Sign() == 0 {
			continue
		}
		had := s.purses.rat(held)
		paid := new(big.Rat).Mul(point, new(big.Rat).SetInt64(c.points))
		if c.short {
			paid = had
		}
		sums = append(sums, sum{c, had, paid})
	}
	slices.SortStableFunc(sums, func(a, b sum) int { return cmp.Or(b.had.Cmp(a.had), b.paid.Cmp(a.paid)) })
	for _, c := range sums {
		parts = append(parts, new(big.Rat).Mul(c.paid, new(big.Rat).SetInt64(c.weight)))
	}
	amounts := wholeParts(s.in.costs[o.project], parts)
	var out []Payment
	var over int64 // of those put together
	for i, c := range sums {
		votes := voting.Votes{Seats: c.ballots, Voices: s.in.voices(c.weight)}
		if i < most-1 || i == most-1 && len(sums) == most {
			out = append(out, Payment{
				Payers: votes, Had: s.in.perVoice(c.had), Paid: s.in.perVoice(c.paid), Amount: s.amount(amounts[i]),
			})
			continue
		}
		if len(out) < most {
			out = append(out, Payment{})
		}
		over += amounts[i]
		last := &out[most-1]
		last.Payers, last.Amount = plus(last.Payers, votes), s.amount(over)
	}
	return out
}
