package voting

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// Fraction is an exact part of a whole, as statutes write it: 2/3, 50/100. It is kept as written and compared exactly.
// Den is from 1 to MaxDen, Num from 0 to Den.
type Fraction struct{ Num, Den int64 }

// MaxDen is the largest denominator of a Fraction.
const MaxDen = 999_999_999

// ErrFraction refuses a fraction that is no part of a whole.
var ErrFraction = fault.New(fault.Invalid, "fraction.unusable",
	"a fraction is two whole numbers such as 2/3, from 0/1 to 1/1, with at most nine digits below")

// ParseFraction reads "2/3". It refuses signs, spaces and leading zeros.
func ParseFraction(s string) (Fraction, error) {
	num, den, found := strings.Cut(s, "/")
	n, okNum := wholeNumber(num)
	d, okDen := wholeNumber(den)
	f := Fraction{n, d}
	if !found || !okNum || !okDen || f.Check() != nil {
		return Fraction{}, ErrFraction.At("", fault.Quoted(s))
	}
	return f, nil
}

func wholeNumber(s string) (int64, bool) {
	if s == "" || len(s) > 9 || !digits(s) || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// Check refuses a fraction outside 0 to 1 or with a denominator outside 1 to MaxDen.
func (f Fraction) Check() error {
	if f.Den < 1 || f.Den > MaxDen || f.Num < 0 || f.Num > f.Den {
		return ErrFraction.At("", f.String())
	}
	return nil
}

// String gives the fraction as written: "2/3". It is the wire form.
func (f Fraction) String() string {
	return strconv.FormatInt(f.Num, 10) + "/" + strconv.FormatInt(f.Den, 10)
}

// MarshalText gives String.
func (f Fraction) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what ParseFraction reads.
func (f *Fraction) UnmarshalText(text []byte) error {
	v, err := ParseFraction(string(text))
	if err != nil {
		return err
	}
	*f = v
	return nil
}

// Cmp compares two fractions by their value: -1, 0 or +1. Both must pass Check, so that the products fit.
func (f Fraction) Cmp(g Fraction) int { return cmp.Compare(f.Num*g.Den, g.Num*f.Den) }

// lowest gives the fraction in lowest terms.
func (f Fraction) lowest() Fraction {
	a, b := f.Num, f.Den
	for b != 0 {
		a, b = b, a%b
	}
	return Fraction{f.Num / a, f.Den / a}
}
