package locale

import (
	"math/big"
	"strconv"
	"strings"
)

// The spaces that French and German typography asks for: what they join is never broken over two lines.
const (
	NoBreak       = "\u00a0" // before %, a colon and a currency, inside guillemets
	NarrowNoBreak = "\u202f" // before ; ! ? and between thousands, in French
)

// Number is a number to be shown: Units / 10^Places, exactly. Trailing zeros of the decimal part are not shown.
type Number struct {
	Units  int64
	Places int
}

// Int gives a whole number.
func Int(n int64) Number { return Number{Units: n} }

// Format writes the number as the language does: 1 234,5 in French, 1,234.5 in English, 1.234,5 in German.
func (n Number) Format(l Lang) string {
	sign, whole, frac := n.parts()
	return sign + join(l, whole, frac)
}

// Money writes the number as an amount of money, with the symbol of its currency where the language puts it: 1 234,50 € in French,
// €1,234.50 in English, 1.234,50 € in German. It shows all places, or else none of them; without a symbol, the number alone.
func (n Number) Money(l Lang, symbol string, places bool) string {
	sign, whole, frac := n.digits()
	if !places {
		frac = ""
	}
	text := join(l, whole, frac)
	last := byte(' ')
	if symbol != "" {
		last = symbol[len(symbol)-1]
	}
	switch {
	case symbol == "":
		return sign + text
	case l != English:
		return sign + text + NoBreak + symbol
	case 'A' <= last && last <= 'Z': // a code
		return sign + symbol + NoBreak + text
	}
	return sign + symbol + text
}

// parts gives the sign and the digits before and after the mark, without trailing zeros after it.
func (n Number) parts() (sign, whole, frac string) {
	sign, whole, frac = n.digits()
	return sign, whole, strings.TrimRight(frac, "0")
}

// digits gives the sign and the digits before and after the mark.
func (n Number) digits() (sign, whole, frac string) {
	digits := strconv.FormatInt(n.Units, 10)
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if missing := n.Places + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	at := len(digits) - n.Places
	return sign, digits[:at], digits[at:]
}

// singular says whether the noun counted is in the singular: in French below two, in English and German with exactly one.
func (n Number) singular(l Lang) bool {
	_, whole, frac := n.parts()
	if l == French {
		return whole == "0" || whole == "1"
	}
	return whole == "1" && frac == ""
}

func join(l Lang, whole, frac string) string {
	group, mark := NarrowNoBreak, ","
	switch l {
	case English:
		group, mark = ",", "."
	case German:
		group, mark = ".", ","
	}
	var b strings.Builder
	for i, d := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteByte(d)
	}
	if frac != "" {
		b.WriteString(mark + frac)
	}
	return b.String()
}

// Percent writes part out of whole as a percentage with at most so many decimal places, rounded half up, for display only: "70 %",
// "66,67 %". Neither may be negative; of nothing it is 0 %.
func Percent(l Lang, part, whole int64, places int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	rounded := new(big.Int)
	if whole > 0 {
		// round(a/b) = floor((2a + b) / 2b)
		rounded.Mul(big.NewInt(part), scale).Mul(rounded, big.NewInt(200)).Add(rounded, big.NewInt(whole))
		rounded.Quo(rounded, new(big.Int).Lsh(big.NewInt(whole), 1))
	}
	w, f := new(big.Int).QuoRem(rounded, scale, new(big.Int))
	frac := ""
	if places > 0 {
		frac = f.String()
		frac = strings.TrimRight(strings.Repeat("0", max(0, places-len(frac)))+frac, "0")
	}
	space := NoBreak
	if l == English {
		space = " "
	}
	return join(l, w.String(), frac) + space + "%"
}

// Ordinal writes a position: 1er, 2e; 1st, 2nd; 1., 2.
func Ordinal(l Lang, n int) string {
	s := Int(int64(n)).Format(l)
	switch l {
	case English:
		suffix := "th"
		if n%100 < 11 || n%100 > 13 {
			switch n % 10 {
			case 1:
				suffix = "st"
			case 2:
				suffix = "nd"
			case 3:
				suffix = "rd"
			}
		}
		return s + suffix
	case German:
		return s + "."
	}
	if n == 1 {
		return s + "er"
	}
	return s + "e"
}
