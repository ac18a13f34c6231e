package allocation

import (
	"math/big"
	"slices"
)

// uncapped is the cap of what has none.
const uncapped = -1

// filling is a sum that was shared in proportion to weights, under caps, as water fills basins that are connected.
type filling struct {
	parts  []int64  // in minor units
	full   []bool   // whose cap was reached before its proportion
	lambda *big.Rat // what each unit of weight of the others is worth; nil if there are none
	left   int64    // of the units, when all caps are reached
}

// fill shares a sum so that each has min(cap, lambda * weight) with one lambda for all: what is above the cap of one is shared among the
// others, in proportion, until none is above. Then all parts are rounded down, and those of the whole units of the sum that this leaves go to
// the largest remainders; of equal ones, to the first in order. Weights are not negative; caps are in minor units. If weights were rounded,
// places is to how many binary places remainders are compared; 0 compares them exactly.
func fill(sum *big.Rat, units int64, weights []*big.Int, caps []int64, order []int, places uint) filling {
	n := len(weights)
	f := filling{parts: make([]int64, n), full: make([]bool, n)}
	rest := new(big.Rat).Set(sum)
	for {
		total := new(big.Int)
		for i, w := range weights {
			if !f.full[i] {
				total.Add(total, w)
			}
		}
		if total.Sign() == 0 {
			f.lambda, f.left = nil, units
			return f
		}
		f.lambda = new(big.Rat).Quo(rest, new(big.Rat).SetInt(total))
		over := false
		for i, w := range weights {
			if f.full[i] || w.Sign() == 0 || caps[i] == uncapped {
				continue
			}
			limit := new(big.Rat).SetInt64(caps[i])
			if share := new(big.Rat).SetInt(w); share.Mul(share, f.lambda).Cmp(limit) > 0 {
				f.full[i], f.parts[i], over = true, caps[i], true
				rest.Sub(rest, limit)
				units -= caps[i]
			}
		}
		if !over {
			break
		}
	}
	f.round(units, weights, order, places)
	return f
}

// round makes whole units of the parts that no cap decides, which are so many together.
func (f *filling) round(units int64, weights []*big.Int, order []int, places uint) {
	var open []int
	remainders := make([]*big.Rat, len(weights))
	for _, i := range order {
		if f.full[i] {
			continue
		}
		exact := new(big.Rat).Mul(f.lambda, new(big.Rat).SetInt(weights[i]))
		f.parts[i] = floor(exact)
		units -= f.parts[i]
		remainders[i] = exact.Sub(exact, new(big.Rat).SetInt64(f.parts[i]))
		if places > 0 {
			remainders[i] = new(big.Rat).SetFrac(nearest(exact, places), new(big.Int).Lsh(big.NewInt(1), places))
		}
		open = append(open, i)
	}
	slices.SortStableFunc(open, func(i, j int) int { return remainders[j].Cmp(remainders[i]) })
	for _, i := range open[:units] { // fewer than the remainders above nothing
		f.parts[i]++
	}
}
