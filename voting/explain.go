package voting

import (
	"math/big"
	"strings"
	"time"

	"github.com/communecter/coopspace/internal/locale"
)

// Explain tells the verdict in words, in the language that fits lang ("fr", "en-GB", "de"; French for all others), naming options by
// their keys. ExplainWith names them as people know them.
func (v Verdict) Explain(lang string) string { return v.ExplainWith(lang, key) }

// ExplainWith is Explain with the name of each option.
func (v Verdict) ExplainWith(lang string, label func(Choice) string) string {
	t := teller{locale.Match(lang), label}
	var sentences []string
	say := func(s string) {
		if s != "" {
			sentences = append(sentences, s)
		}
	}
	say(t.outcome(v))
	for _, s := range v.Why {
		switch {
		case s.Test == TestTieBreak:
			say(t.tieBreak(s))
		case s.Test == TestMajority && v.Outcome == Adopted && v.step(TestThreshold) != nil:
			say(t.text("verdict.adopted.also", s))
		case s.Test == TestAbstentions:
			say(t.abstentions(s))
		}
	}
	if v.Outcome == Tied && v.step(TestTieBreak) == nil {
		say(t.text("verdict.tie.stands", Step{}))
	}
	return strings.Join(sentences, " ")
}

// Explain tells one step in words, for a list of all that was compared. ExplainWith names options as people know them.
func (s Step) Explain(lang string) string { return s.ExplainWith(lang, key) }

// ExplainWith is Explain with the name of each option.
func (s Step) ExplainWith(lang string, label func(Choice) string) string {
	t := teller{locale.Match(lang), label}
	passed := ".failed"
	if s.Passed {
		passed = ".passed"
	}
	switch s.Test {
	case TestEntitled:
		return t.void(s)
	case TestQuorum:
		return t.text("verdict.step.quorum"+passed, s,
			"haveNoun", t.noun("noun.", s.Count, s.By, s.Have), "wholeNoun", t.noun("whole.", s.Of, s.By, s.Whole))
	case TestExpressed:
		if s.Whole == 0 {
			return t.text("verdict.step.nobody", s)
		}
		return t.text("verdict.step.expressed", s)
	case TestMajority:
		return t.text("verdict.step.majority"+passed, s)
	case TestThreshold:
		if s.Unreachable {
			passed = ".unreachable"
		}
		return t.text("verdict.step.threshold"+passed, s, "for", t.supported(s))
	case TestObjections:
		return t.text("verdict.step.objections"+passed, s)
	case TestConsent:
		return t.text("verdict.step.consent"+passed, s)
	case TestLead:
		if s.Seats > 0 {
			return t.seats(s)
		}
		if s.Passed {
			return t.text("verdict.step.lead", s)
		}
		return t.text("verdict.tied", s)
	case TestTieBreak:
		return t.tieBreak(s)
	case TestAbstentions:
		return t.abstentions(s)
	}
	return ""
}

func key(c Choice) string { return string(c) }

// step gives the verdict's step of a test, if it was made.
func (v Verdict) step(test Test) *Step {
	for i := range v.Why {
		if v.Why[i].Test == test {
			return &v.Why[i]
		}
	}
	return nil
}

// teller writes in one language and names options by label.
type teller struct {
	lang  locale.Lang
	label func(Choice) string
}

// outcome tells what was decided and by how much.
func (t teller) outcome(v Verdict) string {
	if len(v.Why) == 0 {
		return ""
	}
	verdict := "verdict.rejected."
	if !v.Method.Proposes() {
		verdict = "verdict.none."
	}
	if s := v.step(TestLead); s != nil && s.Seats > 0 {
		lead := *s
		if v.Outcome == Adopted && len(v.Winners) > 0 {
			lead.Passed, lead.Choices = true, v.Winners
		}
		return t.seats(lead)
	}
	if s := v.step(TestObjections); s != nil && !s.Passed {
		return t.text("verdict.objected", *s)
	}
	if s := v.step(TestConsent); s != nil {
		if s.Passed {
			return t.text("verdict.consented", *s)
		}
		return t.text("verdict.unconsented", *s)
	}
	if s := v.step(TestThreshold); s != nil {
		switch {
		case s.Unreachable:
			return t.text(verdict+"unreachable", *s)
		case s.even():
			return t.text("verdict.rejected.equal", Step{Have: s.Have, Whole: s.Have})
		case !s.Passed:
			return t.text(verdict+"threshold", *s)
		case v.Method.Proposes():
			return t.text("verdict.adopted.threshold", *s)
		}
	}
	if s := v.step(TestLead); s != nil {
		threshold := v.step(TestThreshold)
		switch {
		case !s.Passed:
			return t.text("verdict.tied", *s)
		case threshold != nil:
			return t.text("verdict.chosen.threshold", *threshold)
		}
		return t.text("verdict.chosen.lead", *s)
	}
	switch s := v.Why[0]; {
	case s.Test == TestEntitled:
		return t.void(s)
	case s.Test == TestQuorum && !s.Passed:
		return t.text("verdict.inquorate."+string(s.Count)+"."+string(s.By), s)
	}
	if s := v.step(TestExpressed); s != nil {
		if s.Whole == 0 {
			return t.text(verdict+"nobody", *s)
		}
		return t.text(verdict+"expressed", *s)
	}
	if s := v.step(TestMajority); s != nil {
		switch {
		case s.Passed:
			return t.text("verdict.adopted.majority", *s)
		case s.Have == s.Whole:
			return t.text("verdict.rejected.equal", *s)
		}
		return t.text("verdict.rejected.majority", *s)
	}
	return ""
}

// seats tells who is elected, or between whom the tie for the last seats stands.
func (t teller) seats(s Step) string {
	k := "verdict.elected"
	switch {
	case len(s.Choices) == 0:
		k = "verdict.unfilled"
	case !s.Passed:
		k = "verdict.tied.seats"
	}
	return t.text(k, s, "n", len(s.Choices), "seats", s.Seats)
}

// even says whether a simple majority was missed by equality, which is easier told as such.
func (s Step) even() bool {
	return s.Choice == For && s.Of == Expressed && !s.Passed &&
		s.Fraction != nil && s.Fraction.Cmp(Fraction{1, 2}) == 0 && s.Have == s.Whole-s.Have
}

func (t teller) void(s Step) string {
	if s.Whole == 0 {
		return t.text("verdict.void.nobody", s)
	}
	return t.text("verdict.void.voiceless", s)
}

// tieBreak tells which tie-break the rule names and what it came to.
func (t teller) tieBreak(s Step) string {
	if len(s.Choices) == 0 {
		return t.text("verdict.tie.within", s)
	}
	k := "verdict.tie." + string(s.TieBreak)
	if !s.Passed {
		k += ".open"
	}
	if s.TieBreak == TieLot && s.Promised != "" {
		k += ".promised"
	}
	if s.Choices = s.Chosen; s.Choice != "" || len(s.Chosen) == 0 {
		s.Choices = []Choice{s.Choice}
	}
	if s.TieBreak == TieOrder && len(s.Chosen) > 1 {
		k += ".several"
	}
	_, month, day, _ := civilDate(s.Promised)
	return t.text(k, s, "date", locale.Date(t.lang, time.Month(month), day))
}

// abstentions tells what the abstentions counted for.
func (t teller) abstentions(s Step) string {
	k := "verdict.abstentions.quorum"
	if s.Of != Expressed {
		k = "verdict.abstentions.total"
		if s.Choice == For {
			k = "verdict.abstentions.against"
		}
	}
	many := t.base(Step{Choice: For, Of: s.Of, Whole: 2 * Voice})
	return t.text(k, s, "n", amount(s.Have), "base", many)
}

// supported names whose support a threshold measures.
func (t teller) supported(s Step) string {
	switch {
	case s.Choice == For, s.Choice == Endorse:
		return locale.Text(t.lang, "verdict.step.for")
	case len(s.Choices) > 1:
		return locale.Text(t.lang, "verdict.step.for.each", "names", t.names(s))
	}
	return locale.Text(t.lang, "verdict.step.for.choice", "names", t.names(s))
}

// text fills a sentence with a step's figures, and with more where they are given first.
func (t teller) text(k string, s Step, more ...any) string {
	args := append(more,
		"have", amount(s.Have), "whole", amount(s.Whole), "need", amount(s.Need), "missing", amount(s.Missing),
		"base", t.base(s), "percent", t.percent(s), "names", t.names(s), "leaders", len(s.Choices),
	)
	if s.Fraction != nil {
		args = append(args, "fraction", t.fraction(*s.Fraction, s.Strict))
	}
	return locale.Text(t.lang, k, args...)
}

func amount(w Weight) locale.Number { return locale.Number{Units: int64(w), Places: weightPlaces} }

func (t teller) names(s Step) string {
	names := make([]string, len(s.Choices))
	for i, c := range s.Choices {
		names[i] = t.label(c)
	}
	return locale.List(t.lang, names)
}

// base names what the voices of a threshold are out of.
func (t teller) base(s Step) string {
	k := "base." + string(s.Of)
	if s.Of == Expressed && s.Choice != For && s.Choice != Endorse {
		k = "base.expressed.choice"
	}
	return locale.Text(t.lang, k, "whole", amount(s.Whole))
}

func (t teller) noun(kind string, b Base, by Unit, n Weight) string {
	return locale.Text(t.lang, kind+string(b)+"."+string(by), "n", amount(n))
}

// fraction names a fraction as people say it: in words where there are some, as a percentage where the rule wrote one.
func (t teller) fraction(f Fraction, strict bool) string {
	more := ""
	if strict {
		more = "more."
	}
	if f.Den != 100 {
		k := "fraction." + more + f.lowest().String()
		if words := locale.Text(t.lang, k); words != k {
			return words
		}
	}
	figure := f.String()
	if f.Den == 100 {
		figure = locale.Percent(t.lang, f.Num, 100, 0)
	}
	return locale.Text(t.lang, "fraction."+more+"other", "fraction", figure)
}

// percent shows Have out of Whole with two decimal places, or as the rule rounds it; with more places, up to six, where fewer
// would make a near miss look like the fraction itself.
func (t teller) percent(s Step) string {
	places := 2
	switch {
	case s.PercentPlaces != nil:
		places = *s.PercentPlaces
	case s.Fraction != nil:
		for places < 6 && s.looksLike(*s.Fraction, places) {
			places++
		}
	}
	return locale.Percent(t.lang, int64(s.Have), int64(s.Whole), places)
}

// looksLike says whether Have out of Whole, rounded, shows the same percentage as f without being f.
func (s Step) looksLike(f Fraction, places int) bool {
	if s.Whole == 0 {
		return false
	}
	part, exact := big.NewRat(int64(s.Have), int64(s.Whole)), big.NewRat(f.Num, f.Den)
	return part.Cmp(exact) != 0 && part.FloatString(places+2) == exact.FloatString(places+2)
}
