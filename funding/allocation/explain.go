package allocation

import (
	"math/big"
	"strings"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// Explain tells what was bought and why, and of every other project why not, in the language that fits lang ("fr", "en-GB", "de"; French
// for all others): one line for each thing to know.
func (o Outcome) Explain(lang string) string {
	t := teller{lang: locale.Match(lang), out: o, names: map[string]string{}}
	for _, p := range o.Projects {
		t.names[p.ID] = p.label()
	}
	t.head()
	t.rounds()
	t.rest()
	return strings.Join(t.lines, "\n")
}

// ExplainProject tells what became of one project, and why: the answer to whoever proposed it. An unknown id gives "".
func (o Outcome) ExplainProject(lang, id string) string {
	t := teller{lang: locale.Match(lang), out: o, names: map[string]string{}}
	for _, p := range o.Projects {
		t.names[p.ID] = p.label()
	}
	for _, p := range o.Projects {
		if p.ID == id {
			return t.fate(p)
		}
	}
	return ""
}

// label is how a project is called: by its name, and its id where that says more.
func (s Standing) label() string {
	if s.Name == "" || s.Name == s.ID {
		return s.ID
	}
	return s.Name + " [" + s.ID + "]"
}

// teller writes the lines of an explanation.
type teller struct {
	lang  locale.Lang
	out   Outcome
	names map[string]string // by id
	lines []string
}

func (t *teller) text(key string, args ...any) string { return locale.Text(t.lang, key, args...) }

func (t *teller) say(key string, args ...any) { t.lines = append(t.lines, t.text(key, args...)) }

func (t *teller) has(key string) bool { return t.text(key) != key }

// head tells the rule, the budget, who shared it, and how much came out.
func (t *teller) head() {
	o := t.out
	rule := "allocation.rule." + string(o.Rule)
	t.say("allocation.head", "rule", t.text(rule))
	t.say(rule + ".line")
	if k := "allocation.completion." + string(o.Options.Completion); t.has(k) {
		t.say(k, "increment", t.money(o.Options.Increment))
	}
	t.say("allocation.budget", "budget", t.money(o.Budget), "n", locale.Int(o.Voters.Seats))
	if o.Voters.Voices != voting.Weight(o.Voters.Seats)*voting.Voice {
		t.say("allocation.voices", "n", t.number(voting.Number(o.Voters.Voices.String())))
	}
	if o.Options.MinScore > 0 {
		t.say("allocation.minimum", "score", t.score(voting.Number(o.Options.MinScore.String())))
	}
	for _, f := range o.Figures {
		if k := "allocation.figure." + f.Name; t.has(k) {
			t.say(k, "n", t.number(f.Number), "amount", t.price(f.Number))
		}
	}
	t.say("allocation.sum", "bought", len(o.Selected), "of", len(o.Projects), "cost", t.money(o.Cost), "left", t.money(o.Left))
	if len(o.Parts) > 0 {
		t.say("allocation.parts", "n", len(o.Parts))
	}
}

// rounds tells what was bought, in order.
func (t *teller) rounds() {
	for i, r := range t.out.Rounds {
		if k := "allocation.phase." + r.Phase; r.Phase != "" && (i == 0 || t.out.Rounds[i-1].Phase != r.Phase) && t.has(k) {
			t.say(k)
		}
		for _, p := range t.out.Projects {
			if p.ID == r.Project {
				t.lines = append(t.lines, t.text("allocation.round", "n", i+1, "text", t.fate(p)))
			}
		}
		if len(r.Tied) > 1 {
			var others []string
			for _, id := range r.Tied[1:] {
				others = append(others, t.names[id])
			}
			t.say("allocation.tied", "others", locale.List(t.lang, others), "by", t.ties())
		}
	}
}

// rest tells why of every project that no round bought.
func (t *teller) rest() {
	bought := map[string]bool{}
	for _, r := range t.out.Rounds {
		bought[r.Project] = true
	}
	told := false
	for _, p := range t.out.Projects {
		if bought[p.ID] {
			continue
		}
		if !told {
			t.say("allocation.rest")
			told = true
		}
		t.lines = append(t.lines, t.text("allocation.other", "text", t.fate(p)))
	}
}

// fate tells what became of one project.
func (t *teller) fate(p Standing) string {
	k := "allocation.why." + string(p.Why.Reason)
	if special := k + "." + string(t.out.Rule); t.has(special) {
		k = special
	}
	if p.Why.Price == "" && t.has(k+".unpriced") {
		k += ".unpriced"
	}
	switch c := t.out.Options.Completion; {
	case p.Why.Reason == TooFew && p.Why.Missing.IsZero() && t.has(k+".enough"):
		k += ".enough"
	case p.Why.Reason != Short || p.Cost.Minor() > p.Why.Left.Minor() || c == Add1Cut:
	case c.raises() && t.has(k+".beyond"):
		k += ".beyond"
	case t.has(k + ".fits"):
		k += ".fits"
	}
	var payers, emptied locale.Number
	if n := p.Why.Round; p.Selected && n > 0 && n <= len(t.out.Rounds) {
		payers, emptied = locale.Int(t.out.Rounds[n-1].Payers.Seats), locale.Int(t.out.Rounds[n-1].Emptied.Seats)
		if emptied.Units > 0 && t.has(k+".emptied") {
			k += ".emptied"
		}
	}
	return t.text(k, "project", p.label(), "cost", t.money(p.Cost), "score", t.score(p.Score), "supporters", locale.Int(p.Supporters.Seats),
		"price", t.price(p.Why.Price), "ratio", t.price(p.Why.Ratio), "left", t.money(p.Why.Left),
		"have", t.money(p.Why.Have), "missing", t.money(p.Why.Missing), "by", t.names[p.Why.By], "minimum", t.score(voting.Number(t.out.Options.MinScore.String())), "budget", t.money(t.out.Budget),
		"payers", payers, "emptied", emptied)
}

// ties names what breaks ties.
func (t *teller) ties() string {
	var words []string
	for _, by := range t.out.Options.Ties.By {
		words = append(words, t.text("allocation.ties."+string(by)))
	}
	return locale.List(t.lang, words)
}

func (t *teller) money(a money.Amount) string { return a.FormatShort(string(t.lang)) }

// score tells voices, or points where ballots give them.
func (t *teller) score(n voting.Number) string {
	k := "allocation.score.voices"
	if t.out.Shape != voting.ShapeChoices {
		k = "allocation.score.points"
	}
	return t.text(k, "n", t.shown(n))
}

// price tells an exact number of units of the currency, rounded up to the smallest unit: nobody is told less than they pay.
func (t *teller) price(n voting.Number) string {
	r := n.Rat()
	if r == nil {
		return ""
	}
	r.Mul(r, new(big.Rat).SetInt64(t.out.Budget.Currency().Unit()))
	minor, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		minor.Add(minor, big.NewInt(1))
	}
	if !minor.IsInt64() {
		return string(n)
	}
	a, err := money.New(minor.Int64(), t.out.Budget.Currency())
	if err != nil {
		return string(n)
	}
	return t.money(a)
}

// number tells an exact number; what has no short decimal form is rounded to six places.
func (t *teller) number(n voting.Number) string { return t.shown(n).Format(t.lang) }

func (t *teller) shown(n voting.Number) locale.Number {
	const places = 6
	r := n.Rat()
	if r == nil {
		return locale.Number{}
	}
	scaled := new(big.Int).Exp(big.NewInt(10), big.NewInt(places), nil)
	scaled.Mul(scaled, r.Num()).Quo(scaled, r.Denom())
	if !scaled.IsInt64() {
		return locale.Number{}
	}
	return locale.Number{Units: scaled.Int64(), Places: places}
}
