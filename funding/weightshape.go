package funding

import "math/big"

// shapeScale says to how many decimal places irrational weights and factors are floored: twelve. The six of a weight come later.
func shapeScale() *big.Int { return big.NewInt(1_000_000_000_000) }

// scaled gives n / 10^12.
func scaled(n *big.Int) *big.Rat { return new(big.Rat).SetFrac(n, shapeScale()) }

// squareRoot gives the square root of x, which is not negative, floored to twelve decimal places.
func squareRoot(x *big.Rat) *big.Rat {
	n := new(big.Int).Mul(x.Num(), shapeScale())
	n.Mul(n, shapeScale())
	n.Quo(n, x.Denom()) // the root of the whole part has the same whole part
	return scaled(n.Sqrt(n))
}

// logarithm gives log2(x) of x >= 1, floored to twelve decimal places.
func logarithm(x *big.Rat) *big.Rat {
	whole := x.Num().BitLen() - x.Denom().BitLen()
	if x.Num().Cmp(new(big.Int).Lsh(x.Denom(), uint(whole))) < 0 {
		whole--
	}
	power := new(big.Int).Lsh(x.Denom(), uint(whole))
	if x.Num().Cmp(power) == 0 {
		return new(big.Rat).SetInt64(int64(whole))
	}
	// Any other logarithm of a fraction is irrational, so that some number of bits tells on which side of a decimal it lies.
	for bits := uint(64); ; bits *= 2 {
		low, high, ok := logBits(x.Num(), power, bits)
		if !ok {
			continue
		}
		if low, high = floorLog(whole, low, bits), floorLog(whole, high, bits); low.Cmp(high) == 0 {
			return scaled(low)
		}
	}
}

// floorLog gives 10^12 * (whole + part / 2^bits), floored.
func floorLog(whole int, part *big.Int, bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(int64(whole)), bits)
	n.Mul(n.Add(n, part), shapeScale())
	return n.Rsh(n, bits)
}

// logBits brackets log2(num/den), for num/den between 1 and 2, between low / 2^bits and high / 2^bits, by squaring: a number above the root
// of two has a square above two, and the next bit of its logarithm is one. Bounds are rounded away from each other; ok is false if
// they do not tell a bit.
func logBits(num, den *big.Int, bits uint) (low, high *big.Int, ok bool) {
	precision := 2*bits + 64
	below := new(big.Int).Lsh(num, precision)
	above := new(big.Int)
	below.QuoRem(below, den, above)
	above.Add(below, big.NewInt(1))
	two := new(big.Int).Lsh(big.NewInt(2), precision)
	low = new(big.Int)
	for range bits {
		below.Rsh(below.Mul(below, below), precision)
		above.Rsh(above.Mul(above, above), precision)
		above.Add(above, big.NewInt(1))
		low.Lsh(low, 1)
		switch {
		case below.Cmp(two) >= 0:
			low.SetBit(low, 0, 1)
			below.Rsh(below, 1)
			above.Rsh(above, 1)
			above.Add(above, big.NewInt(1))
		case above.Cmp(two) >= 0:
			return nil, nil, false
		}
	}
	return low, new(big.Int).Add(low, big.NewInt(1)), true
}

// halfLives gives 10^12 * 2^(-months/halfLife), floored: the largest x with x^halfLife * 2^months <= 10^(12 halfLife).
func halfLives(months, halfLife int) *big.Int {
	most := new(big.Int).Exp(shapeScale(), big.NewInt(int64(halfLife)), nil)
	most.Rsh(most, uint(months))
	x := new(big.Int)
	power := new(big.Int)
	for bit := 39; bit >= 0; bit-- { // 10^12 has forty bits
		x.SetBit(x, bit, 1)
		if power.Exp(x, big.NewInt(int64(halfLife)), nil).Cmp(most) > 0 {
			x.SetBit(x, bit, 0)
		}
	}
	return x
}
