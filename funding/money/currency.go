package money

import (
	"slices"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// Currency is the alphabetic code of a currency in ISO 4217, in capitals: "EUR". The empty one is no currency.
type Currency string

// EUR is the euro.
const EUR Currency = "EUR"

// ErrCurrencyUnknown refuses what is no code of a currency.
var ErrCurrencyUnknown = fault.New(fault.Invalid, "currency.unknown",
	"a currency is one of the codes of ISO 4217 that has a minor unit, in capitals, such as EUR")

// ErrCurrencyMixed refuses to put amounts of different currencies together.
var ErrCurrencyMixed = fault.New(fault.Invalid, "currency.mixed", "amounts of different currencies cannot be put together")

// Currencies gives all currencies in order of their codes.
func Currencies() []Currency {
	all := make([]Currency, len(iso4217))
	for i, c := range iso4217 {
		all[i] = c.code
	}
	return all
}

// ParseCurrency reads a code, in capitals.
func ParseCurrency(code string) (Currency, error) {
	c := Currency(code)
	if err := c.Check(); err != nil {
		return "", err
	}
	return c, nil
}

// Check refuses what is no code of a currency, and the empty one.
func (c Currency) Check() error {
	if _, known := c.places(); !known {
		return ErrCurrencyUnknown.At("", fault.Quoted(string(c)))
	}
	return nil
}

// Exponent gives the decimal places of the minor unit: 2 for EUR, 0 for JPY, 3 for TND. It is 0 for what is no currency.
func (c Currency) Exponent() int {
	places, _ := c.places()
	return places
}

// Unit gives how many minor units make one unit of the currency: 100 for EUR. It is 1 for what is no currency.
func (c Currency) Unit() int64 {
	unit := int64(1)
	for range c.Exponent() {
		unit *= 10
	}
	return unit
}

// MarshalText gives the code.
func (c Currency) MarshalText() ([]byte, error) { return []byte(c), nil }

// UnmarshalText reads what ParseCurrency reads.
func (c *Currency) UnmarshalText(text []byte) error {
	v, err := ParseCurrency(string(text))
	if err != nil {
		return err
	}
	*c = v
	return nil
}

// Symbol gives the sign that people write for the currency, or else its code.
func (c Currency) Symbol() string {
	switch c {
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	case "JPY":
		return "¥"
	case "USD":
		return "US$" // there are twenty other dollars
	}
	return string(c)
}

func (c Currency) places() (int, bool) {
	i, known := slices.BinarySearchFunc(iso4217[:], c, func(row struct {
		code   Currency
		places uint8
	}, code Currency,
	) int {
		return strings.Compare(string(row.code), string(code))
	})
	if !known {
		return 0, false
	}
	return int(iso4217[i].places), true
}
