package voting

import (
	"math/big"
	"strconv"
)

// Number is an exact number in a result's working, as text: a whole number ("12"), a decimal that ends ("0.5"), or else a fraction in
// lowest terms ("22/7"). It is never rounded, and equal numbers have equal texts. Counts of voices are in voices, not millionths.
type Number string

// whole gives n as a Number.
func whole(n int64) Number { return Number(strconv.FormatInt(n, 10)) }

// rational gives r as a Number.
func rational(r *big.Rat) Number {
	if r.IsInt() {
		return Number(r.Num().String())
	}
	if places, ends := r.FloatPrec(); ends {
		return Number(r.FloatString(places))
	}
	return Number(r.String())
}

// Rat gives the number for arithmetic. A text that is no Number gives nil.
func (n Number) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil
	}
	return r
}
