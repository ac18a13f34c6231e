package allocation

import (
	"cmp"
	"math/bits"
)

// wide is a whole number below 2^128: the product of two counts always fits, and so does a sum of such products, where one of the factors
// adds up to what fits a count.
type wide struct{ high, low uint64 }

// times gives a * b, both not negative.
func times(a, b int64) wide {
	high, low := bits.Mul64(uint64(a), uint64(b))
	return wide{high, low}
}

func (a wide) plus(b wide) wide {
	low, carry := bits.Add64(a.low, b.low, 0)
	high, _ := bits.Add64(a.high, b.high, carry)
	return wide{high, low}
}

// minus gives a - b, where b is not more than a.
func (a wide) minus(b wide) wide {
	low, borrow := bits.Sub64(a.low, b.low, 0)
	high, _ := bits.Sub64(a.high, b.high, borrow)
	return wide{high, low}
}

func (a wide) compare(b wide) int {
	return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low))
}

func (a wide) zero() bool { return a == wide{} }

func (a wide) min(b wide) wide {
	if a.compare(b) < 0 {
		return a
	}
	return b
}
