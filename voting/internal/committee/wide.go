package committee

import (
	"cmp"
	"math/big"
	"math/bits"
)

// wide is a whole number from 0 to 2^128-1, for sums that are too large for 64 bits and made too often for big.Int. Whoever adds and
// multiplies has made sure before that the result fits.
type wide struct{ hi, lo uint64 }

func (a wide) plus(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return wide{hi, lo}
}

// times multiplies by a number that is not negative.
func (a wide) times(n int64) wide {
	hi, lo := bits.Mul64(a.lo, uint64(n))
	return wide{hi + a.hi*uint64(n), lo}
}

func (a wide) compare(b wide) int {
	if c := cmp.Compare(a.hi, b.hi); c != 0 {
		return c
	}
	return cmp.Compare(a.lo, b.lo)
}

func (a wide) int() *big.Int {
	hi := new(big.Int).SetUint64(a.hi)
	return hi.Lsh(hi, 64).Or(hi, new(big.Int).SetUint64(a.lo))
}

// widened gives a number of at most 128 bits.
func widened(n *big.Int) wide {
	hi := new(big.Int).Rsh(n, 64)
	return wide{hi.Uint64(), new(big.Int).And(n, new(big.Int).SetUint64(1<<64-1)).Uint64()}
}
