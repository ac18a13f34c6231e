package voting

import (
	"math/big"
	"slices"
	"strings"

	"github.com/communecter/coopspace/internal/locale"
)

// Explain tells the whole count in words, in the language that fits lang ("fr", "en-GB", "de"; French for all others), naming options by
// their keys: one line for each thing that happened, in order, and the outcome last. ExplainWith names options as people know them.
func (r Result) Explain(lang string) string { return r.ExplainWith(lang, key) }

// ExplainWith is Explain with the name of each option.
func (r Result) ExplainWith(lang string, label func(Choice) string) string {
	t := countTeller{teller: teller{locale.Match(lang), label}, method: r.Method, seats: r.Seats}
	t.tied = len(r.Winners) > max(r.Seats, 1) || len(r.Committees) > 1
	m := r.Method.find()
	if m == nil {
		return ""
	}
	t.head(r, m)
	if m.told != nil {
		m.told(&t, r)
	} else {
		t.figures(r.Figures)
		t.rounds(r.Rounds)
		t.sets(r.Sets)
		t.scores(r)
	}
	t.outcome(r)
	return strings.Join(t.lines, "\n")
}

// countTeller writes the lines of a count.
type countTeller struct {
	teller
	method Method
	seats  int
	tied   bool   // several outcomes are left
	quota  Number // told last
	phase  string // told last
	lines  []string
}

// say adds a line: the catalogue's sentence for a key, its placeholders filled.
func (t *countTeller) say(k string, args ...any) {
	t.lines = append(t.lines, locale.Text(t.lang, k, args...))
}

// has tells whether the catalogue has a sentence for a key.
func (t *countTeller) has(k string) bool { return t.saying(k) != k }

// saying gives a phrase of the catalogue.
func (t *countTeller) saying(k string, args ...any) string { return locale.Text(t.lang, k, args...) }

// list names options: "Amina, Jonas et Lise".
func (t *countTeller) list(choices []Choice) string {
	names := make([]string, len(choices))
	for i, c := range choices {
		names[i] = t.label(c)
	}
	return locale.List(t.lang, names)
}

// shown gives a number as a catalogue takes it. What has no short decimal form is rounded down to six places and says so.
func (t *countTeller) shown(n Number) any {
	const places, digits = 6, 18
	whole, decimal, _ := strings.Cut(string(n), ".")
	if !strings.Contains(whole, "/") && len(whole)+len(decimal) <= digits {
		units, ok := new(big.Int).SetString(whole+decimal, 10)
		if ok {
			return locale.Number{Units: units.Int64(), Places: len(decimal)}
		}
	}
	r := n.Rat()
	if r == nil {
		return string(n)
	}
	scaled := new(big.Int).Exp(big.NewInt(10), big.NewInt(places), nil)
	scaled.Mul(scaled, r.Num()).Quo(scaled, r.Denom())
	if !scaled.IsInt64() {
		return string(n)
	}
	return t.saying("count.about", "n", locale.Number{Units: scaled.Int64(), Places: places}.Format(t.lang))
}

// head tells what was counted and how.
func (t *countTeller) head(r Result, m *method) {
	t.say("count.head", "method", r.Method.Name(string(t.lang)))
	if m.seats || m.shares {
		t.say("count.seats", "n", max(r.Seats, 1))
	}
	ballots := "count.ballots"
	if r.Method.Proposes() {
		ballots = "count.ballots.proposal"
	}
	t.say(ballots, "expressed", locale.Int(r.Expressed.Seats), "cast", locale.Int(r.Cast.Seats))
	for _, part := range []struct {
		key   string
		votes Votes
	}{{"abstain", r.Abstain}, {"blank", r.Blank}, {"invalid", r.Invalid}} {
		if part.votes.Seats > 0 {
			t.say("count.ballots."+part.key, "n", locale.Int(part.votes.Seats))
		}
	}
	if r.Expressed.Voices != Weight(r.Expressed.Seats)*Voice {
		t.say("count.voices", "n", amount(r.Expressed.Voices))
	}
	if k := "count.meaning." + string(r.Method); t.has(k) { // what the numbers below are
		t.say(k)
	}
}

// figures tells single numbers: those that the catalogue has a sentence for.
func (t *countTeller) figures(figures []Figure) {
	for _, f := range figures {
		k := "count.figure." + f.Name
		if text := t.saying(k, "n", t.shown(f.Number)); text != k {
			t.lines = append(t.lines, text)
		}
	}
}

// rounds tells each round: what everybody had, what was done, and what moved.
func (t *countTeller) rounds(rounds []Round) {
	for i, r := range rounds {
		t.round(i+1, r)
	}
}

// round tells one round by its number. What holds from one round to the next, a quota or a part of a method, is told once.
func (t *countTeller) round(n int, r Round) {
	if k := "count.phase." + r.Phase; r.Phase != t.phase && t.has(k) {
		t.say(k)
	}
	t.phase = r.Phase
	k := "count.round." + string(t.method) + "." + string(r.Action)
	switch {
	case len(r.Tallies) == 0:
		t.say("count.round.bare", "n", n)
	case t.has(k):
		t.say(k, "n", n, "tallies", t.tallies(r.Tallies))
	default:
		t.table("count.round", n, r.Tallies)
	}
	if r.Exhausted != "" && r.Exhausted != "0" {
		t.say("count.round.exhausted", "n", t.shown(r.Exhausted))
	}
	if r.Quota != "" && r.Quota != t.quota {
		t.say("count.figure.quota", "n", t.shown(r.Quota))
		t.quota = r.Quota
	}
	t.figures(r.Figures)
	t.broken(r.Broken)
	if len(r.Choices) > 0 && r.Action != ActionElect {
		t.say("count.round."+string(r.Action), "names", t.list(r.Choices), "n", len(r.Choices))
	}
	elected := r.Elected
	if r.Action == ActionElect && len(elected) == 0 {
		elected = r.Choices
	}
	if len(elected) > 0 {
		won := "count.round.elect"
		if t.seats > 1 {
			won += ".seat"
		}
		t.say(won, "names", t.list(elected), "n", len(elected))
	}
	for _, m := range r.Transfers {
		k := "count.transfer"
		if m.To == "" {
			k = "count.transfer.nobody"
		}
		t.say(k, "from", t.label(m.From), "to", t.label(m.To), "n", t.shown(m.Voices))
	}
}

// mostInLine is the number of options up to which a round's tallies stand in one line.
const mostInLine = 5

// table tells what everybody has in a round: in one line, or one line for each where there are many.
func (t *countTeller) table(k string, round int, tallies []Score) {
	if len(tallies) <= mostInLine {
		t.say(k, "n", round, "tallies", t.tallies(tallies))
		return
	}
	t.say(k+".table", "n", round)
	for _, s := range tallies {
		t.say("count.line", "name", t.label(s.Choice), "n", t.shown(s.Number))
	}
}

func (t *countTeller) tallies(tallies []Score) string {
	items := make([]string, len(tallies))
	for i, s := range tallies {
		items[i] = t.saying("count.tally", "name", t.label(s.Choice), "n", t.shown(s.Number))
	}
	return locale.List(t.lang, items)
}

// same tells whether two ties are between the same and ended the same way: a tie is told once, in its round.
func (b Broken) same(other Broken) bool {
	return b.By == other.By && slices.Equal(b.Choices, other.Choices) && slices.Equal(b.Chosen, other.Chosen)
}

// broken tells a tie and what broke it.
func (t *countTeller) broken(b *Broken) {
	if b == nil {
		return
	}
	if b.By == "" {
		k := "count.tie.harmless"
		if t.tied {
			k = "count.tie.stands"
		}
		t.say(k, "names", t.list(b.Choices))
		return
	}
	t.say("count.tie."+string(b.By), "names", t.list(b.Choices), "chosen", t.list(b.Chosen))
}

func (t *countTeller) sets(sets []Set) {
	for _, s := range sets {
		k := "count.set." + s.Name
		if text := t.saying(k, "names", t.list(s.Choices)); text != k {
			t.lines = append(t.lines, text)
		}
	}
}

// scores tells what the ranking follows, the best first.
func (t *countTeller) scores(r Result) {
	if len(r.Scores) == 0 {
		return
	}
	order := make([]Score, 0, len(r.Scores))
	for _, group := range r.Ranking {
		for _, c := range group {
			for _, s := range r.Scores {
				if s.Choice == c {
					order = append(order, s)
				}
			}
		}
	}
	t.say("count.scores", "tallies", t.tallies(order))
}

// outcome tells who wins, or between whom the tie stands.
func (t *countTeller) outcome(r Result) {
	for i := range r.Broken {
		if b := &r.Broken[i]; !slices.ContainsFunc(r.Rounds, func(told Round) bool { return told.Broken != nil && b.same(*told.Broken) }) {
			t.broken(b)
		}
	}
	switch seats := max(r.Seats, 1); {
	case r.Method != YesNo && r.Method.Proposes() && len(r.Winners) > 0:
		t.say("count.proposal.adopted")
	case r.Method != YesNo && r.Method.Proposes():
		t.say("count.proposal.rejected")
	case len(r.Winners) == 0:
		t.say("count.outcome.nobody")
	case len(r.Winners) > seats:
		t.say("count.outcome.tied", "names", t.list(r.Winners), "n", seats)
	default:
		t.say("count.outcome", "names", t.list(r.Winners), "n", len(r.Winners))
	}
}
