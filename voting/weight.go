package voting

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/shopspring/decimal"
)

// Weight is how much a ballot counts, in millionths of a voice: exact, never negative. The same type holds sums of weights.
// Weight 0 is a consultative voice: it is counted as a seat and moves no majority.
type Weight int64

// Voice is the weight of one ordinary ballot.
const Voice Weight = 1_000_000

// MaxWeight is the largest weight that one ballot may have: a million voices. Nine million such ballots still add up exactly.
const MaxWeight = 1_000_000 * Voice

// weightPlaces is the number of decimal places of a weight written in voices.
const weightPlaces = 6

// ErrWeight refuses a weight that cannot be counted exactly.
var ErrWeight = fault.New(fault.Invalid, "weight.unusable",
	"a weight is a number of voices from 0 to 1,000,000 with at most six decimal places, such as 1 or 0.5")

// ErrWeightOverflow refuses an addition whose sum does not fit; nothing was added.
var ErrWeightOverflow = fault.New(fault.Invalid, "weight.overflow", "the weights add up to more than can be counted exactly")

// ParseWeight reads the weight of one ballot, written in voices with a decimal point: "1", "0.5", "12.345678".
// It refuses a sign, an exponent, a seventh decimal place and more than MaxWeight.
func ParseWeight(s string) (Weight, error) {
	w, err := parseVoices(s)
	if err != nil {
		return 0, err
	}
	if err := w.Check(); err != nil {
		return 0, err
	}
	return w, nil
}

// parseVoices reads any weight, also a sum beyond MaxWeight.
func parseVoices(s string) (Weight, error) {
	whole, frac, point := strings.Cut(s, ".")
	if whole == "" || len(s) > 24 || !digits(whole) || !digits(frac) || point && frac == "" || len(frac) > weightPlaces {
		return 0, ErrWeight.At("", fault.Quoted(s))
	}
	n, err := strconv.ParseUint(whole+frac+"000000"[len(frac):], 10, 63)
	if err != nil {
		return 0, ErrWeight.At("", fault.Quoted(s))
	}
	return Weight(n), nil
}

// WeightOf converts a decimal number of voices. It refuses what ParseWeight refuses; trailing zeros do not count as places.
func WeightOf(d decimal.Decimal) (Weight, error) {
	refused := ErrWeight.At("", "the number given is outside")
	switch exp := d.Exponent(); {
	case d.Sign() == 0:
		return 0, nil
	case d.Sign() < 0, exp > 6, exp < -64, d.NumDigits() > 80:
		return 0, refused
	}
	millionths := d.Shift(weightPlaces)
	if !millionths.IsInteger() || millionths.GreaterThan(decimal.NewFromInt(int64(MaxWeight))) {
		return 0, refused
	}
	return Weight(millionths.IntPart()), nil
}

// Check refuses a weight that one ballot may not have: negative, or more than MaxWeight.
func (w Weight) Check() error {
	if w < 0 || w > MaxWeight {
		return ErrWeight.At("", w.String())
	}
	return nil
}

// Decimal gives the weight in voices, exactly.
func (w Weight) Decimal() decimal.Decimal { return decimal.New(int64(w), -weightPlaces) }

// String gives the weight in voices, with as many decimal places as it needs: "1", "0.5". It is the wire form.
func (w Weight) String() string {
	n, sign := uint64(w), ""
	if w < 0 {
		n, sign = -n, "-"
	}
	whole, frac := n/uint64(Voice), n%uint64(Voice)
	s := sign + strconv.FormatUint(whole, 10)
	if frac == 0 {
		return s
	}
	places := strconv.FormatUint(uint64(Voice)+frac, 10)[1:]
	return s + "." + strings.TrimRight(places, "0")
}

// MarshalText gives String.
func (w Weight) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what ParseWeight reads, and also sums beyond MaxWeight; NewProfile's Add checks the bound of one ballot.
func (w *Weight) UnmarshalText(text []byte) error {
	v, err := parseVoices(string(text))
	if err != nil {
		return err
	}
	*w = v
	return nil
}

// Add gives w + v, or ErrWeightOverflow.
func (w Weight) Add(v Weight) (Weight, error) {
	if w < 0 || v < 0 || w > math.MaxInt64-v {
		return 0, ErrWeightOverflow
	}
	return w + v, nil
}

// unit gives the largest of 1, 0.1, ... 0.000001 voices that divides w; Voice for 0.
func (w Weight) unit() Weight {
	unit := Voice
	for w%unit != 0 {
		unit /= 10
	}
	return unit
}

// places gives the decimal places that w needs, from 0 to 6.
func (w Weight) places() int {
	places := 0
	for unit := Voice; w%unit != 0; unit /= 10 {
		places++
	}
	return places
}

// tenTo gives 1, 10, 100, ...
func tenTo(places int) Weight {
	n := Weight(1)
	for range places {
		n *= 10
	}
	return n
}

func (w Weight) big() *big.Int { return big.NewInt(int64(w)) }

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
