package voting

import (
	"math/big"
	"strconv"
	"strings"
)

// Number is an exact number in a result's working, as text: a whole number ("12"), a decimal that ends ("0.5"), or else a fraction in
// lowest terms ("22/7"). It is never rounded, and equal numbers have equal texts. Counts of voices are in voices, not millionths.
type Number string

// whole gives n as a Number.
func whole(n int64) Number { return Number(strconv.FormatInt(n, 10)) }

// NumberOf gives r as a Number.
func NumberOf(r *big.Rat) Number {
	if r.IsInt() {
		return Number(r.Num().String())
	}
	places, ends := decimals(r.Denom())
	if !ends {
		return Number(r.String())
	}
	scaled := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	scaled.Mul(scaled, r.Num()).Quo(scaled, r.Denom())
	digits := new(big.Int).Abs(scaled).String()
	if len(digits) <= places {
		digits = strings.Repeat("0", places-len(digits)+1) + digits
	}
	text := digits[:len(digits)-places] + "." + digits[len(digits)-places:]
	if scaled.Sign() < 0 {
		text = "-" + text
	}
	return Number(text)
}

// decimals gives the decimal places after which a fraction with this denominator, in lowest terms, ends.
func decimals(denominator *big.Int) (places int, ends bool) {
	twos := int(denominator.TrailingZeroBits())
	rest := new(big.Int).Rsh(denominator, uint(twos))
	five, remainder := big.NewInt(5), new(big.Int)
	fives := 0
	for rest.BitLen() > 1 {
		quotient := new(big.Int)
		if quotient.QuoRem(rest, five, remainder); remainder.Sign() != 0 {
			return 0, false
		}
		rest = quotient
		fives++
	}
	return max(twos, fives), true
}

// Rat gives the number for arithmetic. A text that is no Number gives nil.
func (n Number) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil
	}
	return r
}
