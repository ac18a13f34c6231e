package allocation

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

// number gives r as exact text.
func number(r *big.Rat) voting.Number { return voting.NumberOf(r) }

// perVoice gives minor units for each unit of weight as units of the currency for each voice.
func (in *instance) perVoice(r *big.Rat) voting.Number {
	unit := new(big.Int).Mul(big.NewInt(int64(in.unit)), big.NewInt(in.election.budget.Currency().Unit()))
	return number(new(big.Rat).Mul(r, new(big.Rat).SetFrac(big.NewInt(int64(voting.Voice)), unit)))
}

// floor gives the greatest whole number that is no more than r, which fits.
func floor(r *big.Rat) int64 {
	return new(big.Int).Div(r.Num(), r.Denom()).Int64() // Euclidean: down, as no denominator is negative
}

// ceiling gives the least whole number that is no less than r, which fits.
func ceiling(r *big.Rat) int64 { return -floor(new(big.Rat).Neg(r)) }

// wholeParts rounds parts of a whole number that add up to it: down, and what that leaves goes to the largest remainders, of equal ones to
// the first.
func wholeParts(total int64, parts []*big.Rat) []int64 {
	whole, rest, order := make([]int64, len(parts)), make([]*big.Rat, len(parts)), make([]int, len(parts))
	for i, part := range parts {
		whole[i] = floor(part)
		total -= whole[i]
		rest[i] = new(big.Rat).Sub(part, new(big.Rat).SetInt64(whole[i]))
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(rest[j].Cmp(rest[i]), cmp.Compare(i, j)) })
	for _, i := range order[:total] {
		whole[i]++
	}
	return whole
}
