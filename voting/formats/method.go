package formats

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// ErrMethod refuses the name of a method that nothing here is called by.
var ErrMethod = fault.New(fault.Invalid, "method.unknown", "no method has this name")

// called are the names by which files and other programs call a method with some of its settings, in the form that fold gives, where
// neither a method nor a preset has the name.
var called = []struct {
	names    string // with spaces between
	method   voting.Method
	settings string // "name=value", with spaces between
}{
	{"first-past-the-post first-past-the-post-voting fptp", "plurality", ""},
	{"multiple-rounds-system", "two-round", ""},
	{"block-vote", "block", ""},
	{"borda-count", "borda", ""},
	{"dowdall-system", "dowdall", ""},
	{"instant-runoff instant-runoff-voting", "irv", ""},
	{"stv/multi-pass-irv", "sequential-irv", ""},
	{"stv/multi-winner-allow-multiple-winners-per-round", "stv-rctab", ""},
	{"stv/multi-winner-allow-only-one-winner-per-round", "stv-rctab", "winners-per-round=one"},
	{"stv/bottoms-up stv/bottoms-up-using-percentage-threshold", "bottoms-up", ""},
	{"copeland-raw", "copeland", ""},
	{"copeland-2o", "copeland", "second-order=yes"},
	{"minimax-winning minimax-winvotes", "minimax", "strength=winning"},
	{"minimax-margin minimax-margins", "minimax", "strength=margin"},
	{"minimax-opposition minimax-pwo", "minimax", "strength=opposition"},
	{"ranked-pairs-winning rankedpairs-winvotes ranked-pairs-winvotes", "ranked-pairs", "strength=winning"},
	{"ranked-pairs-margin rankedpairs-margins ranked-pairs-margins", "ranked-pairs", "strength=margin"},
	{"rankedpairs-pwo ranked-pairs-pwo", "ranked-pairs", "strength=winning"}, // a pair with fewer votes than its reverse never holds
	{"schulze-method schulze-winning", "schulze", "strength=winning"},
	{"schulze-margin", "schulze", "strength=margin"},
	{"schulze-ratio", "schulze", "strength=ratio unopposed=plus-one"},
	{"kemeny-young", "kemeny", ""},
	{"debian-condorcet", "debian", ""},
	{"bloc bloc-star", "star", ""},
	{"allocated", "allocated-score", ""},
	{"rrv reweighted-range-voting", "reweighted-range", ""},
	{"sss sequentially-spent-score-voting", "sequentially-spent-score", ""},
	{"webster", "sainte-lague", ""},
	{"jefferson d'hondt", "dhondt", ""},
	{"hamilton", "largest-remainder", ""},
	{"geom2 geom-2", "geom", "p=2"},
}

// Method finds what a name means: one of our methods or presets, or a method that files and other programs call so, such as "Schulze
// Margin". Case does not matter, nor whether spaces, hyphens or underscores part the words. Options are settings of the method; their names
// and values may be those of others too, such as "implicit_ranking=false". It refuses a name that nothing has. Options that the method
// does not know stay as they are, for Question.Check to refuse.
func Method(name string, options map[string]string) (voting.Preset, error) {
	folded := fold(name)
	rest := maps.Clone(options)
	if rule := options["rule"]; rule != "" && folded == "stv" {
		folded = fold(rule)
		delete(rest, "rule")
	}
	found, ok := find(folded)
	if !ok {
		return voting.Preset{}, ErrMethod.At("method", fault.Quoted(name))
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		if !Set(&found, name, rest[name]) {
			put(&found, name, rest[name])
		}
	}
	return found, nil
}

// Set gives a preset's method a setting, by our name or somebody else's, and says whether the method has such a setting, or others of its
// family have it and it says nothing to this one.
func Set(p *voting.Preset, name, value string) bool {
	ours, value, ok := setting(p.Method.Settings(), name, value)
	if ok && ours != "" {
		put(p, ours, value)
	}
	return ok
}

func put(p *voting.Preset, name, value string) {
	if p.Settings == nil {
		p.Settings = map[string]string{}
	}
	p.Settings[name] = value
}

// Question gives the question that a preset asks of the file. The settings that it leaves open are as the file says: whether candidates
// who are not ranked come last, who stands for those written in, how many grades there are. Seats are those of the file
// when 0, or one for a method that is made for one winner.
func (f *File) Question(p voting.Preset, seats int) voting.Question {
	q := p.Question(f.Profile.Options(), seats)
	fill := func(name, value string) {
		known := slices.ContainsFunc(p.Method.Settings(), func(s voting.Setting) bool { return s.Name == name })
		if _, set := q.Settings[name]; known && !set && value != "" {
			if q.Settings == nil {
				q.Settings = map[string]string{}
			}
			q.Settings[name] = value
		}
	}
	fill("unranked", f.Unranked)
	fill("undeclared-write-ins", string(f.WriteIn))
	if f.MostScore > 0 {
		fill("scale", strconv.Itoa(f.MostScore))
		fill("grades", strconv.Itoa(f.MostScore+1))
	}
	if seats == 0 && !p.Method.MadeForOne() {
		q.Seats = f.Seats
	}
	return q
}

// Find gives the option that a name, or else a number, stands for.
func (f *File) Find(name string) (voting.Choice, bool) {
	options := f.Profile.Options()
	if i := slices.Index(f.Names, name); i >= 0 && name != "" {
		return options[i], true
	}
	i := slices.Index(options, voting.Choice(name))
	if i < 0 {
		return "", false
	}
	return options[i], true
}

func find(folded string) (voting.Preset, bool) {
	p, ok := voting.FindPreset(folded)
	if m := voting.Method(folded); m.Revision() > 0 { // and a preset of the same name says what the method says of ties
		return voting.Preset{Name: folded, Method: m, Ties: p.Ties}, true
	}
	if ok {
		return p, true
	}
	for _, c := range called {
		if !slices.Contains(strings.Fields(c.names), folded) || c.method.Revision() == 0 {
			continue
		}
		p := voting.Preset{Name: folded, Method: c.method, Settings: map[string]string{}}
		for _, s := range strings.Fields(c.settings) {
			k, v, _ := strings.Cut(s, "=")
			p.Settings[k] = v
		}
		return p, true
	}
	return voting.Preset{}, false
}

// meant are the names that others give to settings, in the form that fold gives, and ours.
var meant = []struct{ theirs, ours string }{
	{"starting", "starting"},
	{"implicit-ranking", "unranked"},
	{"unranked-at-bottom", "unranked"},
	{"max-skipped-ranks-allowed", "max-skipped-ranks"},
	{"max-rankings-allowed", "max-rankings"},
	{"overvote-rule", "overvote"},
	{"continue-until-two-candidates-remain", "continue-until-two"},
	{"does-first-round-determine-threshold", "first-round-threshold"},
	{"decimal-places-for-vote-arithmetic", "places"},
	{"stop-tabulation-early-after-round", "stop-after-round"},
	{"mode", "default-grade"},
	{"default", "default-grade"},
	{"max-round", "rounds"},
	{"target-number-of-candidates-for-the-next-round", "advance"},
	{"number-of-targeted-candidates-after-each-round", "advance-more"},
	{"multi-seat-bottoms-up-percentage-threshold", "percentage"},
	{"non-integer-winning-threshold", "threshold"},
	{"hare-quota", "quota"},
	{"batch-elimination", "batch-elimination"},
}

// ifTrue are our words for what others say by true and false.
var ifTrue = map[string][2]string{
	"implicit-ranking":              {"last", "ignored"},
	"unranked-at-bottom":            {"last", "ignored"},
	"non-integer-winning-threshold": {"fractional", "whole"},
	"hare-quota":                    {"hare", "droop"},
}

// setting gives our name and value for an option that may be somebody else's; no name for one that says nothing to the method, though it
// does to others.
func setting(known []voting.Setting, name, value string) (ours, word string, ok bool) {
	has := func(name string) *voting.Setting {
		for i := range known {
			if known[i].Name == name {
				return &known[i]
			}
		}
		return nil
	}
	if has(name) != nil && fold(name) == name {
		return name, worded(has(name), value), true
	}
	folded := fold(name)
	for _, m := range meant {
		if m.theirs != folded {
			continue
		}
		s := has(m.ours)
		if s == nil {
			return "", "", true
		}
		if folded == "mode" && fold(value) == "static-default" { // the grade is another option
			return "", "", true
		}
		if words, ok := ifTrue[m.theirs]; ok {
			switch value {
			case "true":
				return m.ours, words[0], true
			case "false":
				return m.ours, words[1], true
			}
		}
		return m.ours, worded(s, value), true
	}
	if s := has(folded); s != nil {
		return folded, worded(s, value), true
	}
	return "", "", false
}

// worded gives the word of a setting that a value in somebody else's spelling means.
func worded(s *voting.Setting, value string) string {
	words := strings.Split(s.Form, " | ")
	folded := fold(value)
	for _, say := range []string{
		value, folded, strings.TrimSuffix(folded, "-quota"), strings.TrimPrefix(folded, "always-"),
		strings.TrimSuffix(folded, "-default"), strings.Replace(folded, "ized", "ised", 1), yes(value),
	} {
		if slices.Contains(words, say) {
			return say
		}
	}
	if folded == "max" && slices.Contains(words, "unlimited") {
		return "unlimited"
	}
	return value
}

func yes(value string) string {
	switch value {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return value
}

// fold gives a name in lower case with hyphens: "Sainte-Laguë" is "sainte-lague", "copeland_2o" is "copeland-2o", "maxRankings" is
// "max-rankings".
func fold(name string) string {
	var b strings.Builder
	var last rune
	for _, c := range name {
		switch {
		case c == 'ë', c == 'é', c == 'è':
			c = 'e'
		case c == '_', c == ' ', c == '–':
			c = '-'
		case c == '’':
			c = '\''
		}
		if unicode.IsUpper(c) {
			if unicode.IsLower(last) {
				b.WriteByte('-')
			}
		}
		b.WriteRune(unicode.ToLower(c))
		last = c
	}
	return b.String()
}
