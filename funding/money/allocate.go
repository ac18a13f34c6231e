package money

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// ErrShares refuses weights by which nothing can be shared.
var ErrShares = fault.New(fault.Invalid, "amount.shares",
	"an amount is shared by weights of which one at least is above zero, and which add up to less than 2^64")

// Allocate shares the amount in proportion to weights, to the last minor unit: the parts add up to the amount, and each is the exact
// share rounded down or up. The units that rounding down leaves go to the largest remainders, of equal ones to the earlier place. A part
// of weight 0 is nothing. A negative amount is shared like its opposite. It refuses weights that are all 0, none at all, and a sum of
// weights that does not fit in 64 bits.
func (a Amount) Allocate(weights []uint64) ([]Amount, error) {
	var total uint64
	for i, w := range weights {
		var carry uint64
		if total, carry = bits.Add64(total, w, 0); carry != 0 {
			return nil, ErrShares.At(strconv.Itoa(i), "the weights up to here add up to 2^64 or more")
		}
	}
	if total == 0 {
		return nil, ErrShares.At("", strconv.Itoa(len(weights))+" weights, none above zero")
	}

	whole := magnitude(a.minor)
	left := whole
	parts := make([]Amount, len(weights))
	places := make([]int, len(weights))
	remainders := make([]uint64, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(whole, w)
		part, remainder := bits.Div64(hi, lo, total) // w <= total, so that the part fits
		parts[i] = Amount{int64(part), a.cur}
		left -= part
		places[i], remainders[i] = i, remainder
	}
	slices.SortStableFunc(places, func(i, j int) int { return cmp.Compare(remainders[j], remainders[i]) })
	for _, i := range places[:left] { // fewer than the remainders above zero
		parts[i].minor++
	}
	if a.minor < 0 {
		for i := range parts {
			parts[i].minor = -parts[i].minor
		}
	}
	return parts, nil
}
