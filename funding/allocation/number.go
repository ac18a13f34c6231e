package allocation

import (
	"math/big"

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
