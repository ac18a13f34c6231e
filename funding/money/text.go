package money

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/communecter/coopspace/internal/fault"
)

// ErrAmount refuses a text that is no amount.
var ErrAmount = fault.New(fault.Malformed, "amount.unreadable", "this is no amount of money, such as 2600.50 EUR")

// ErrPlaces refuses a fraction of the smallest unit of a currency.
var ErrPlaces = fault.New(fault.Invalid, "amount.places", "the amount has more decimal places than its currency")

// longest bounds the texts that are read: nineteen digits need less, with all that goes with them.
const longest = 80

// Parse reads what String gives, "2600.00 EUR", and also "2600 EUR" and "2600.5 EUR": a number as ParseDecimal reads it, one space and
// the code of the currency. "0" alone is the zero value.
func Parse(text string) (Amount, error) {
	if text == "0" {
		return Amount{}, nil
	}
	space := strings.LastIndexByte(text, ' ')
	if space < 0 || len(text) > longest {
		return Amount{}, ErrAmount.At("", fault.Quoted(text))
	}
	return ParseDecimal(text[:space], Currency(text[space+1:]))
}

// ParseDecimal reads a number of units of the currency, with a decimal point: "2600", "2600.5", "-0.05". It refuses all signs but
// one minus in front, exponents, spaces, and more decimal places than the currency has, unless they are zeros.
func ParseDecimal(text string, cur Currency) (Amount, error) {
	if err := cur.Check(); err != nil {
		return Amount{}, err
	}
	number, negative := strings.CutPrefix(text, "-")
	whole, frac, point := strings.Cut(number, ".")
	if len(text) > longest || whole == "" || !digits(whole) || point && frac == "" || !digits(frac) {
		return Amount{}, ErrAmount.At("", fault.Quoted(text))
	}
	return fromDigits(negative, whole, frac, cur, text)
}

// fromDigits gives the amount of which the digits before and after the mark were read from text.
func fromDigits(negative bool, whole, frac string, cur Currency, text string) (Amount, error) {
	places := cur.Exponent()
	if extra := len(frac) - places; extra > 0 {
		if strings.Trim(frac[places:], "0") != "" {
			return Amount{}, ErrPlaces.At("", fault.Quoted(text)+": "+string(cur)+" has "+strconv.Itoa(places))
		}
		frac = frac[:places]
	}
	minor, err := strconv.ParseInt(whole+frac+strings.Repeat("0", places-len(frac)), 10, 64)
	if err != nil || minor > MaxMinor {
		return Amount{}, ErrOverflow.At("", fault.Quoted(text))
	}
	if negative {
		minor = -minor
	}
	return Amount{minor, cur}, nil
}

// FromDecimal converts a decimal number of units of the currency. It refuses what ParseDecimal refuses.
func FromDecimal(d decimal.Decimal, cur Currency) (Amount, error) {
	if err := cur.Check(); err != nil {
		return Amount{}, err
	}
	switch exp := d.Exponent(); {
	case d.Sign() == 0:
		return Amount{0, cur}, nil
	case exp > 18, d.NumDigits() > longest: // nobody multiplies such numbers out in good faith
		return Amount{}, ErrOverflow.At("", "the number given")
	case exp < -longest || !d.Shift(int32(cur.Exponent())).IsInteger():
		return Amount{}, ErrPlaces.At("", "the number given: "+string(cur)+" has "+strconv.Itoa(cur.Exponent()))
	}
	minor := d.Shift(int32(cur.Exponent())).BigInt()
	if minor.CmpAbs(big.NewInt(MaxMinor)) > 0 {
		return Amount{}, ErrOverflow.At("", "the number given")
	}
	return Amount{minor.Int64(), cur}, nil
}

// ToDecimal gives the number of units of the currency, exactly.
func (a Amount) ToDecimal() decimal.Decimal { return decimal.New(a.minor, -int32(a.cur.Exponent())) }

// Decimal gives the number of units with a decimal point and all places of the currency: "2600.00"; "2600" where it has none.
func (a Amount) Decimal() string {
	places := a.cur.Exponent()
	digits := strconv.FormatUint(magnitude(a.minor), 10)
	if missing := places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	at := len(digits) - places
	text := digits[:at]
	if places > 0 {
		text += "." + digits[at:]
	}
	if a.minor < 0 {
		return "-" + text
	}
	return text
}

// Short gives Decimal, without the decimal places if all are zeros: "2600", but "2600.50".
func (a Amount) Short() string {
	text := a.Decimal()
	if a.whole() {
		text, _, _ = strings.Cut(text, ".")
	}
	return text
}

// whole says whether the amount is a whole number of units.
func (a Amount) whole() bool { return a.minor%a.cur.Unit() == 0 }

// String gives the wire form: Decimal, a space and the currency, "2600.00 EUR". That of the zero value is "0".
func (a Amount) String() string {
	if a.cur == "" {
		return a.Decimal()
	}
	return a.Decimal() + " " + string(a.cur)
}

// MarshalText gives String.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what Parse reads.
func (a *Amount) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
