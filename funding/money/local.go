package money

import (
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
)

// Format writes the amount as people of a language do, with all its decimal places: 2 600,00 € in French, €2,600.00 in English,
// 2.600,00 € in German. A language is one of ISO 639-1 or a tag such as "de-CH"; French stands in for those that are not spoken.
func (a Amount) Format(lang string) string { return a.format(lang, true) }

// FormatShort writes the amount like Format, without decimal places if it is whole: 2 600 €, but 2 600,50 €.
func (a Amount) FormatShort(lang string) string { return a.format(lang, !a.whole()) }

func (a Amount) format(lang string, places bool) string {
	n := locale.Number{Units: a.minor, Places: a.cur.Exponent()}
	return n.Money(locale.Match(lang), a.cur.Symbol(), places)
}

// ParseLocal reads an amount as people of a language type it, in a currency that is known: "2 600,50" in French, "2,600.50" in
// English, "2.600,50" in German. Thousands may be grouped by the language's sign or by spaces of any kind, but then all of them; the symbol
// or the code of the currency may stand before or after. A German "1.234" is 1234, and an English one has three decimal places, which
// the euro does not have. The point of a numeric keypad is a decimal mark in French too, unless it could group thousands.
func ParseLocal(lang, text string, cur Currency) (Amount, error) {
	if err := cur.Check(); err != nil {
		return Amount{}, err
	}
	refused := ErrAmount.At("", fault.Quoted(text))
	if len(text) > longest {
		return Amount{}, refused
	}
	number := bare(text, cur)
	number, negative := cutMinus(number)
	number = bare(number, cur)

	group, mark := "", ","
	switch locale.Match(lang) {
	case locale.English:
		group, mark = ",", "."
	case locale.German:
		group = "."
	case locale.French:
		if _, after, found := strings.Cut(number, "."); found && len(after) != 3 {
			mark = "."
		}
	}
	whole, frac, marked := strings.Cut(number, mark)
	whole, ok := ungroup(whole, group)
	if !ok || !digits(frac) || marked && frac == "" {
		return Amount{}, refused
	}
	return fromDigits(negative, whole, frac, cur, text)
}

// spaces are what people put between thousands, and before and after a currency.
var spaces = strings.NewReplacer(locale.NoBreak, " ", locale.NarrowNoBreak, " ", "\u2009", " ")

// bare takes the spaces around a number away, makes all others ordinary ones, and takes a currency away that stands before or after.
func bare(s string, cur Currency) string {
	s = strings.Trim(spaces.Replace(s), " ")
	for _, sign := range []string{cur.Symbol(), string(cur)} {
		rest, before := strings.CutPrefix(s, sign)
		if !before {
			rest, before = strings.CutSuffix(s, sign)
		}
		if before {
			return strings.Trim(rest, " ")
		}
	}
	return s
}

// cutMinus takes a minus sign away that stands before a number: the one of keyboards, or the one of typographers.
func cutMinus(s string) (rest string, negative bool) {
	for _, minus := range []string{"-", "\u2212"} {
		if rest, negative = strings.CutPrefix(s, minus); negative {
			return rest, true
		}
	}
	return s, false
}

// ungroup gives the digits of a whole number, whose thousands may be grouped by a sign or by spaces.
func ungroup(s, sign string) (string, bool) {
	if strings.Contains(s, " ") {
		sign = " "
	}
	groups := []string{s}
	if sign != "" {
		groups = strings.Split(s, sign)
	}
	for i, g := range groups {
		if g == "" || !digits(g) || i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
