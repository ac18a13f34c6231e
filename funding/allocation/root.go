package allocation

import "math/big"

// rootPlaces is to how many binary places an irrational satisfaction is worked out, rounded down. Two that are equal, or whole multiples of
// each other, stay so: the square part of a cost leaves the root before anything is rounded, and so does a power of the logarithm.
const rootPlaces = 128

// squareRoot gives the root of n: s times the root of f, where n is s*s*f and no square divides f.
func squareRoot(n int64) *big.Rat {
	s, f := squarePart(n)
	root := new(big.Int).Lsh(big.NewInt(f), 2*rootPlaces)
	root.Sqrt(root).Mul(root, big.NewInt(s))
	return places(root)
}

// squarePart gives the s and f of which s*s*f is n, with the greatest s.
func squarePart(n int64) (s, f int64) {
	s, f = 1, 1
	for p := int64(2); p*p <= n/p; p++ { // up to the cubic root of what is left
		for n%(p*p) == 0 {
			n /= p * p
			s *= p
		}
		if n%p == 0 {
			n /= p
			f *= p
		}
	}
	// What is left has at most two prime factors.
	if r := new(big.Int).Sqrt(big.NewInt(n)).Int64(); r*r == n {
		return s * r, f
	}
	return s, f * n
}

// logarithm gives the binary logarithm of 1 + n/unit.
func logarithm(n, unit int64) *big.Rat {
	x := big.NewRat(1, unit)
	x.Add(x.Mul(x, big.NewRat(n, 1)), big.NewRat(1, 1))
	power := int64(1)
	for e := int64(x.Num().BitLen()); e > 1; e-- {
		num, den := wholeRoot(x.Num(), e), wholeRoot(x.Denom(), e)
		if num != nil && den != nil {
			x.SetFrac(num, den)
			power = e
			break
		}
	}
	var bits *big.Int
	for precision := uint(2*rootPlaces + 64); bits == nil; precision *= 2 {
		bits = logBits(x, precision)
	}
	return places(bits.Mul(bits, big.NewInt(power)))
}

// wholeRoot gives the root of n of degree e if it is whole, or nil.
func wholeRoot(n *big.Int, e int64) *big.Int {
	degree := big.NewInt(e)
	root := new(big.Int)
	for bit := n.BitLen()/int(e) + 1; bit >= 0; bit-- { // bit by bit, from above
		root.SetBit(root, bit, 1)
		if new(big.Int).Exp(root, degree, nil).Cmp(n) > 0 {
			root.SetBit(root, bit, 0)
		}
	}
	if new(big.Int).Exp(root, degree, nil).Cmp(n) != 0 {
		return nil
	}
	return root
}

// logBits gives the binary logarithm of x, which is above 1, in units of the last place, rounded down; nil if the precision is too low to
// tell. Squaring x doubles its logarithm: each time that it comes to 2 or more, the next place is 1.
func logBits(x *big.Rat, precision uint) *big.Int {
	low := new(big.Int).Lsh(x.Num(), precision)
	low.Quo(low, x.Denom())
	two := new(big.Int).Lsh(big.NewInt(1), precision+1)
	whole := int64(low.BitLen()) - int64(precision) - 1
	out := big.NewInt(whole)
	low.Rsh(low, uint(whole))
	high := new(big.Int).Add(low, big.NewInt(1))
	if x.IsInt() && new(big.Int).Lsh(big.NewInt(1), uint(whole)).Cmp(x.Num()) == 0 {
		return out.Lsh(out, rootPlaces)
	}
	one := big.NewInt(1)
	for range rootPlaces {
		low.Rsh(low.Mul(low, low), precision)
		high.Add(high.Rsh(high.Mul(high, high), precision), one)
		out.Lsh(out, 1)
		switch {
		case low.Cmp(two) >= 0:
			out.SetBit(out, 0, 1)
			low.Rsh(low, 1)
			high.Add(high.Rsh(high, 1), one)
		case high.Cmp(two) >= 0:
			return nil
		}
	}
	return out
}

// places gives a number of units of the last place.
func places(n *big.Int) *big.Rat {
	return new(big.Rat).SetFrac(n, new(big.Int).Lsh(big.NewInt(1), rootPlaces))
}
