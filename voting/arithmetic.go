package voting

import (
	"math/big"
	"strconv"
)

// arithmetic says how exact the numbers of a count of transferable votes are: as fractions, or as decimals that are cut after some places
// wherever the rule divides or multiplies. Guarded decimals have so many places that they stand for the fractions: numbers that differ by
// less than the guard are equal.
type arithmetic struct {
	places int // of decimals; -1: exact
	scale  *big.Int
	guard  *big.Rat // nil: none
}

// guardedPlaces is how many decimal places guarded numbers have, and guardPlaces how many of them count.
const (
	guardedPlaces = 27
	guardPlaces   = 18
)

// maxBits bounds the size of exact numbers, which may double with every step of a count.
const maxBits = 1 << 15

// errGrown refuses to count on with exact numbers that have outgrown it.
func errGrown() error {
	return ErrMethod.At("settings/places", "exact numbers have grown beyond what can be counted with; count in decimal places")
}

// placesSetting is the setting of methods that cut numbers.
func placesSetting(value string) setting {
	words := []string{"exact", "guarded"}
	for n := range 13 {
		words = append(words, strconv.Itoa(n))
	}
	return setting{name: "places", value: value, words: words}
}

func newArithmetic(places string) arithmetic {
	switch places {
	case "exact":
		return arithmetic{places: -1}
	case "guarded":
		return arithmetic{guardedPlaces, powerOfTen(guardedPlaces), new(big.Rat).SetFrac(big.NewInt(1), powerOfTen(guardPlaces))}
	}
	n, _ := strconv.Atoi(places) // a checked setting
	return arithmetic{places: n, scale: powerOfTen(n)}
}

func powerOfTen(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// exact says whether numbers stand for fractions.
func (a arithmetic) exact() bool { return a.places < 0 || a.guard != nil }

// down cuts a number that is not negative after the places.
func (a arithmetic) down(r *big.Rat) *big.Rat {
	if a.places < 0 || r.IsInt() {
		return r
	}
	n := new(big.Int).Mul(r.Num(), a.scale)
	return new(big.Rat).SetFrac(n.Quo(n, r.Denom()), a.scale)
}

// up raises a number that is not negative to the places.
func (a arithmetic) up(r *big.Rat) *big.Rat {
	if a.places < 0 || r.IsInt() {
		return r
	}
	n := new(big.Int).Mul(r.Num(), a.scale)
	rest := new(big.Int)
	n.QuoRem(n, r.Denom(), rest)
	if rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(n, a.scale)
}

// least gives the smallest difference between two numbers that are not equal: 0 for fractions, which have none.
func (a arithmetic) least() *big.Rat {
	switch {
	case a.places < 0:
		return new(big.Rat)
	case a.guard != nil:
		return a.guard
	}
	return new(big.Rat).SetFrac(big.NewInt(1), a.scale)
}

// cmp compares two numbers.
func (a arithmetic) cmp(x, y *big.Rat) int {
	order := x.Cmp(y)
	if order != 0 && a.guard != nil {
		difference := new(big.Rat).Sub(x, y)
		if difference.Abs(difference).Cmp(a.guard) < 0 {
			return 0
		}
	}
	return order
}
