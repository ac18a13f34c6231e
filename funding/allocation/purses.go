package allocation

import (
	"math/big"
	"slices"
)

// purses is what the voters hold, for each unit of their weight, in parts of a minor unit. Groups with the same history hold the same and
// share a level, so that there are few large numbers however many voters there are. Nothing in it is written to: a purchase gives new ones.
type purses struct {
	whole *big.Int   // how many parts make a minor unit
	held  []*big.Int // by level: ascending, all different
	level []int32    // of each group
}

// newPurses gives everybody the same, in minor units.
func newPurses(groups int, share *big.Rat) purses {
	return purses{new(big.Int).Set(share.Denom()), []*big.Int{new(big.Int).Set(share.Num())}, make([]int32, groups)}
}

// class is those supporters of a project who hold the same and give it the same points.
type class struct {
	level   int32
	points  int64
	weight  int64
	ballots int64
	short   bool // they pay all that they hold, because it is less than the price
}

// settle gives the purses after some classes of supporters, in order of level and points, have paid: paid gives what each unit of weight
// of one of them holds then, in parts of a whole that is factor times as large. at gives the class of each group, or -1.
func (p purses) settle(classes []class, at []int32, factor *big.Int, paid func(c *class) *big.Int) purses {
	used := make([]bool, len(p.held))
	for g, c := range at {
		if c < 0 {
			used[p.level[g]] = true
		}
	}
	type holding struct {
		class, level int32 // the one or the other is -1
		parts        *big.Int
	}
	var payers, others []holding
	for i := range classes {
		payers = append(payers, holding{int32(i), -1, paid(&classes[i])})
	}
	byParts := func(a, b holding) int { return a.parts.Cmp(b.parts) }
	if !slices.IsSortedFunc(payers, byParts) { // with points, who holds more may keep less
		slices.SortFunc(payers, byParts)
	}
	for l, yes := range used {
		if yes {
			others = append(others, holding{-1, int32(l), new(big.Int).Mul(p.held[l], factor)})
		}
	}
	next := purses{new(big.Int).Mul(p.whole, factor), make([]*big.Int, 0, len(payers)+len(others)), make([]int32, len(p.level))}
	payer, other := make([]int32, len(classes)), make([]int32, len(p.held))
	for len(payers)+len(others) > 0 {
		var h holding
		if len(others) == 0 || len(payers) > 0 && payers[0].parts.Cmp(others[0].parts) < 0 {
			h, payers = payers[0], payers[1:]
		} else {
			h, others = others[0], others[1:]
		}
		last := len(next.held) - 1
		if last < 0 || next.held[last].Cmp(h.parts) != 0 {
			next.held = append(next.held, h.parts)
			last++
		}
		if h.class >= 0 {
			payer[h.class] = int32(last)
		} else {
			other[h.level] = int32(last)
		}
	}
	for g, c := range at {
		if c >= 0 {
			next.level[g] = payer[c]
		} else {
			next.level[g] = other[p.level[g]]
		}
	}
	return next
}

// rat gives parts as minor units.
func (p purses) rat(parts *big.Int) *big.Rat { return new(big.Rat).SetFrac(parts, p.whole) }
