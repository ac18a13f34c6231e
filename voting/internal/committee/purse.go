package committee

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"slices"
)

// purses is what the voters hold, one unit of weight each: money, or a load, or votes. Voters who hold the same share a level, so that
// there are few large numbers however many voters there are. All numbers are parts of the same whole. Nothing in it is ever written to:
// a change gives new purses.
type purses struct {
	whole *big.Int   // how many parts make one
	held  []*big.Int // by level, ascending, all different
	level []int32    // of each group
}

// newPurses gives every voter the same: parts of whole.
func (e *election) newPurses(parts, whole *big.Int) purses {
	return purses{whole, []*big.Int{parts}, make([]int32, len(e.weight))}.reduced()
}

// reduced cancels what all numbers have in common.
func (p purses) reduced() purses {
	gcd := new(big.Int).Set(p.whole)
	for _, h := range p.held {
		if gcd.IsInt64() && gcd.Int64() == 1 {
			return p
		}
		if h.Sign() != 0 {
			gcd.GCD(nil, nil, gcd, new(big.Int).Abs(h))
		}
	}
	held := make([]*big.Int, len(p.held))
	for l, h := range p.held {
		held[l] = new(big.Int).Quo(h, gcd)
	}
	return purses{new(big.Int).Quo(p.whole, gcd), held, p.level}
}

// weights adds up the supporters of a candidate by level, into a slice as long as there are levels.
func (p purses) weights(e *election, c int, by []int64) []int64 {
	by = by[:len(p.held)]
	clear(by)
	for _, g := range e.supporters(c) {
		by[p.level[g]] += e.weight[g]
	}
	return by
}

// settle gives the purses after supporters of a candidate come to hold other things: paid says what, by what they held, in parts of a
// whole that is factor times as large. What all others hold stays the same.
func (p purses) settle(e *election, c int, factor *big.Int, paid func(held *big.Int) *big.Int) purses {
	n := len(p.held)
	pays := make([]bool, len(e.weight))
	for _, g := range e.supporters(c) {
		pays[g] = true
	}
	used := make([]bool, 2*n)
	for g, l := range p.level {
		if pays[g] {
			used[n+int(l)] = true
		} else {
			used[l] = true
		}
	}
	type holding struct {
		at    int
		parts *big.Int
	}
	var all []holding
	for at, yes := range used {
		switch {
		case yes && at < n:
			all = append(all, holding{at, new(big.Int).Mul(p.held[at], factor)})
		case yes:
			all = append(all, holding{at, paid(p.held[at-n])})
		}
	}
	slices.SortFunc(all, func(a, b holding) int { return a.parts.Cmp(b.parts) })
	next := purses{whole: new(big.Int).Mul(p.whole, factor), level: make([]int32, len(e.weight))}
	place := make([]int32, 2*n)
	for _, h := range all {
		if last := len(next.held) - 1; last < 0 || next.held[last].Cmp(h.parts) != 0 {
			next.held = append(next.held, h.parts)
		}
		place[h.at] = int32(len(next.held) - 1)
	}
	for g, l := range p.level {
		at := int(l)
		if pays[g] {
			at += n
		}
		next.level[g] = place[at]
	}
	return next.reduced()
}

// cost is about how many steps it takes to look at every purse through the eyes of every candidate, and to cancel the fractions that
// come out.
func (p purses) cost(e *election) int64 {
	words := int64(p.whole.BitLen()/64 + 1)
	return e.size() + int64(e.m)*words*(int64(len(p.held))+words)
}

// fractions is about how many steps it takes to cancel the fractions that tell what everybody holds.
func (p purses) fractions() int64 {
	words := int64(p.whole.BitLen()/64 + 1)
	return int64(len(p.held)) * words * (words + 50)
}

// rat gives a number of parts as a fraction.
func (p purses) rat(parts *big.Int) *big.Rat { return new(big.Rat).SetFrac(parts, p.whole) }

// rats gives what each group holds.
func (p purses) rats() []*big.Rat {
	by := make([]*big.Rat, len(p.held))
	for l, h := range p.held {
		by[l] = p.rat(h)
	}
	all := make([]*big.Rat, len(p.level))
	for g, l := range p.level {
		all[g] = by[l]
	}
	return all
}

// payments tells what the supporters of a candidate gave to get from p to next.
func (p purses) payments(e *election, c int, next purses) []Payment {
	weights := p.weights(e, c, make([]int64, len(p.held)))
	to := make([]int32, len(p.held))
	for _, g := range e.supporters(c) {
		to[p.level[g]] = next.level[g]
	}
	var list []Payment
	for l := len(weights) - 1; l >= 0; l-- {
		if weights[l] == 0 {
			continue
		}
		had, has := p.rat(p.held[l]), next.rat(next.held[to[l]])
		list = append(list, Payment{weights[l], had, new(big.Rat).Sub(had, has), has})
	}
	return list
}

// key tells purses apart.
func (p purses) key() string {
	sum := sha256.New()
	var buf []byte
	for _, n := range append([]*big.Int{p.whole}, p.held...) {
		b, _ := n.GobEncode() // the sign and the bytes; never fails
		buf = binary.AppendUvarint(buf, uint64(len(b)))
		buf = append(buf, b...)
	}
	for _, l := range p.level {
		buf = binary.AppendUvarint(buf, uint64(l))
	}
	sum.Write(buf)
	return string(sum.Sum(nil))
}

// plus gives everybody so much.
func (p purses) plus(n int64) purses {
	held, more := make([]*big.Int, len(p.held)), new(big.Int).Mul(p.whole, big.NewInt(n))
	for l, h := range p.held {
		held[l] = new(big.Int).Add(h, more)
	}
	return purses{p.whole, held, p.level}
}
