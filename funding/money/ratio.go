package money

import (
	"math/big"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Rounding says which minor unit stands for an amount that lies between two. All of them treat a negative amount like its opposite.
type Rounding uint8

// The roundings.
const (
	Down     Rounding = iota // towards nothing
	HalfEven                 // to the nearer one, from the middle to the even one, as accountants who want no bias do
	HalfUp                   // to the nearer one, from the middle away from nothing, as most statutes do
	Up                       // away from nothing
)

// ErrRatio refuses a fraction that no amount can be multiplied by.
var ErrRatio = fault.New(fault.Invalid, "amount.ratio",
	"an amount is multiplied by a fraction whose denominator is above zero, and rounded in one of the ways that there are")

// MulRat gives a * num / den, rounded once. The product in between may be of any size. It refuses den below 1, an unknown rounding, and a
// result beyond MaxMinor.
func (a Amount) MulRat(num, den int64, rounding Rounding) (Amount, error) {
	if den < 1 || rounding > Up {
		return Amount{}, ErrRatio.At("", strconv.FormatInt(num, 10)+"/"+strconv.FormatInt(den, 10))
	}
	product := new(big.Int).Mul(big.NewInt(a.minor), big.NewInt(num))
	negative := product.Sign() < 0
	quotient, rest := new(big.Int).QuoRem(product.Abs(product), big.NewInt(den), new(big.Int))
	if away(rounding, rest.Sign() > 0, rest.Lsh(rest, 1).Cmp(big.NewInt(den)), quotient.Bit(0) == 1) {
		quotient.Add(quotient, big.NewInt(1))
	}
	if quotient.Cmp(big.NewInt(MaxMinor)) > 0 {
		return Amount{}, ErrOverflow.At("", a.String()+" * "+strconv.FormatInt(num, 10)+"/"+strconv.FormatInt(den, 10))
	}
	if negative {
		quotient.Neg(quotient)
	}
	return Amount{quotient.Int64(), a.cur}, nil
}

// away says whether to go to the next unit: there is a rest, it compares so to the half, and the unit below is odd.
func away(rounding Rounding, rest bool, half int, odd bool) bool {
	switch rounding {
	case Up:
		return rest
	case HalfUp:
		return half >= 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	}
	return false
}
