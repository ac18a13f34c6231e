package money

import (
	"cmp"
	"math/bits"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Amount is an amount of money: a whole number of minor units of a currency, from -MaxMinor to MaxMinor. Amounts can be compared with ==,
// and the zero value is nothing, of no currency: it can be added to any amount, which it leaves as it is.
type Amount struct {
	minor int64
	cur   Currency
}

// MaxMinor is the largest number of minor units of an Amount. Eight such amounts still add up in an int64.
const MaxMinor = 1_000_000_000_000_000_000

// ErrOverflow refuses an amount that is too large to be counted exactly.
var ErrOverflow = fault.New(fault.Invalid, "amount.overflow",
	"an amount has at most 1,000,000,000,000,000,000 of the smallest unit of its currency")

// New gives an amount of so many minor units, such as cents. It refuses an unknown currency and more than MaxMinor.
func New(minor int64, cur Currency) (Amount, error) {
	if err := cur.Check(); err != nil {
		return Amount{}, err
	}
	return within(minor, cur)
}

// within gives an amount in a currency that is known.
func within(minor int64, cur Currency) (Amount, error) {
	if minor > MaxMinor || minor < -MaxMinor {
		return Amount{}, ErrOverflow.At("", strconv.FormatInt(minor, 10))
	}
	return Amount{minor, cur}, nil
}

// Minor gives the number of minor units, such as cents.
func (a Amount) Minor() int64 { return a.minor }

// Currency gives the currency; the empty one for the zero value.
func (a Amount) Currency() Currency { return a.cur }

// Sign gives -1, 0 or +1.
func (a Amount) Sign() int { return cmp.Compare(a.minor, 0) }

// IsZero says whether the amount is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.minor == 0 }

// Neg gives -a, which always fits.
func (a Amount) Neg() Amount { return Amount{-a.minor, a.cur} }

// Add gives a + b. It refuses different currencies, and a sum beyond MaxMinor.
func (a Amount) Add(b Amount) (Amount, error) {
	cur, err := a.with(b)
	if err != nil {
		return Amount{}, err
	}
	return within(a.minor+b.minor, cur) // twice MaxMinor fits
}

// Sub gives a - b. It refuses what Add refuses.
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Mul gives a times n. It refuses a product beyond MaxMinor.
func (a Amount) Mul(n int64) (Amount, error) {
	hi, lo := bits.Mul64(magnitude(a.minor), magnitude(n))
	if hi != 0 || lo > MaxMinor {
		return Amount{}, ErrOverflow.At("", a.String()+" * "+strconv.FormatInt(n, 10))
	}
	if (a.minor < 0) != (n < 0) {
		return Amount{-int64(lo), a.cur}, nil
	}
	return Amount{int64(lo), a.cur}, nil
}

// Cmp gives -1, 0 or +1 as a is less than, equal to or more than b. It refuses different currencies.
func (a Amount) Cmp(b Amount) (int, error) {
	if _, err := a.with(b); err != nil {
		return 0, err
	}
	return cmp.Compare(a.minor, b.minor), nil
}

// Sum adds amounts, in whatever order: only the sum itself must not be beyond MaxMinor. The sum of none is the zero value. An amount of
// another currency than those before it is refused with its place, from 0.
func Sum(amounts ...Amount) (Amount, error) {
	var low, high int64 // the sum is high * MaxMinor + low
	var sum Amount
	for i, a := range amounts {
		cur, err := sum.with(a)
		if err != nil {
			return Amount{}, fault.Of(err).At(strconv.Itoa(i), a.String())
		}
		sum.cur = cur
		low += a.minor
		if low > MaxMinor {
			low, high = low-MaxMinor, high+1
		} else if low < -MaxMinor {
			low, high = low+MaxMinor, high-1
		}
	}
	if high > 2 || high < -2 {
		return Amount{}, ErrOverflow
	}
	return within(high*MaxMinor+low, sum.cur)
}

// with gives the currency that a and b share, or that the one of them has which is not the zero value.
func (a Amount) with(b Amount) (Currency, error) {
	switch {
	case a.cur == b.cur, b == Amount{}:
		return a.cur, nil
	case a == Amount{}:
		return b.cur, nil
	}
	return "", ErrCurrencyMixed.At("", a.String()+", "+b.String())
}

// magnitude gives |n|, also of the least int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
