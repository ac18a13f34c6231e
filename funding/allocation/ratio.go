package allocation

import "math/big"

// ratio is an exact fraction that is compared and not calculated with: it is never reduced. Its denominator is above zero.
type ratio struct{ num, den *big.Int }

func (r ratio) cmp(s ratio) int {
	return new(big.Int).Mul(r.num, s.den).Cmp(new(big.Int).Mul(s.num, r.den))
}

func (r ratio) rat() *big.Rat { return new(big.Rat).SetFrac(r.num, r.den) }
