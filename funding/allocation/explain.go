package allocation

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// Explain tells what was bought and why, and of every other project why not, in the language that fits lang ("fr", "en-GB", "de"; French
// for all others): one line for each thing to know.
func (o Outcome) Explain(lang string) string {
	t := newTeller(lang, o)
	t.head()
	t.rounds()
	t.rest()
	return strings.Join(t.lines, "\n")
}

// ExplainProject tells what became of one project, and why: the answer to whoever proposed it. An unknown id gives "".
func (o Outcome) ExplainProject(lang, id string) string {
	t := newTeller(lang, o)
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
	lang     locale.Lang
	out      Outcome
	projects map[string]Standing // by id
	lines    []string
}

func newTeller(lang string, o Outcome) teller {
	t := teller{lang: locale.Match(lang), out: o, projects: map[string]Standing{}}
	for _, p := range o.Projects {
		t.projects[p.ID] = p
	}
	return t
}

func (t *teller) text(key string, args ...any) string { return locale.Text(t.lang, key, args...) }

func (t *teller) say(key string, args ...any) { t.lines = append(t.lines, t.text(key, args...)) }

func (t *teller) has(key string) bool { return t.text(key) != key }

// head tells the rule, the budget, who shared it, and how much came out.
func (t *teller) head() {
	o := t.out
	rule := "allocation.rule." + string(o.Rule)
	t.say("allocation.head", "rule", t.text(rule))
	t.say(rule+".line", "order", t.order(), "unit", t.unit())
	t.satisfaction()
	if k := "allocation.completion." + string(o.Options.Completion); t.has(k) {
		t.say(k, "increment", t.money(o.Options.Increment), "order", t.order())
	}
	t.say("allocation.budget", "budget", t.money(o.Budget), "n", locale.Int(o.Voters.Seats))
	if o.Voters.Voices != voting.Weight(o.Voters.Seats)*voting.Voice {
		t.say("allocation.voices", "n", t.number(voting.Number(o.Voters.Voices.String())))
	}
	if o.Options.MinScore > 0 {
		t.say("allocation.minimum", "score", t.score(voting.Number(o.Options.MinScore.String())))
	}
	for _, f := range o.Figures {
		t.figure(f)
	}
	t.say("allocation.sum", "bought", len(o.Selected), "of", len(o.Projects), "cost", t.money(o.Cost), "left", t.money(o.Left))
	t.parts()
}

// figure tells a single number. What everybody holds is rounded down: all shares together are no more than there is.
func (t *teller) figure(f voting.Figure) {
	k := "allocation.figure." + f.Name
	if !t.has(k) {
		return
	}
	amount := t.price(f.Number)
	switch f.Name {
	case "share", "share-beyond":
		amount = t.held(f.Number)
	}
	if f.Name == "share" && !t.out.Options.Completion.raises() {
		k += ".once"
	}
	var n any = t.shown(f.Number)
	if f.Name == "welfare" {
		n = t.number(f.Number)
	}
	t.say(k, "n", n, "amount", amount, "order", t.order())
}

// parts tells how much is paid for what is not paid whole.
func (t *teller) parts() {
	parts := t.out.Parts
	if p := t.out.Partial; p != nil {
		parts = append(slices.Clone(parts), *p)
	}
	var paid int64 // within the budget
	for _, p := range parts {
		paid += p.Paid.Minor()
	}
	if len(parts) > 0 {
		t.say("allocation.parts", "n", len(parts), "paid", t.minor(big.NewInt(paid)))
	}
}

// order tells in which order projects are taken that are taken by what they bring for their cost.
func (t *teller) order() string {
	return t.text("allocation.order."+t.density(), "unit", t.unit())
}

// density says what the order of greedy rules comes to: that of the scores, of the scores for each unit of cost, or of what projects bring.
func (t *teller) density() string {
	s, choices := t.out.Options.Satisfaction, t.out.Shape == voting.ShapeChoices
	switch {
	case s == Cost || s == "":
		return "score"
	case s == Points || s == Cardinality && choices:
		return "density"
	}
	return "gain"
}

// satisfaction tells what a project brings, where that is more than what the rule's line says, and which comes first by it.
func (t *teller) satisfaction() {
	s, choices := t.out.Options.Satisfaction, t.out.Shape == voting.ShapeChoices
	first := ""
	switch t.out.Rule {
	case EqualShares, PersonalBalances:
		switch {
		case s == Cost && choices, s == Cardinality, s == Points:
			first = "allocation.first." + string(s)
		default:
			first = "allocation.first.gain"
		}
		t.say(first)
	}
	if (t.out.Rule == Greedy || t.out.Rule == GreedyDensity) && t.density() == "gain" || t.out.Rule == MaxWelfare || first == "allocation.first.gain" {
		what := t.text("allocation.satisfaction." + string(s))
		if !choices && s.counted() && s != Points {
			what = t.text("allocation.satisfaction.times", "what", what)
		}
		t.say("allocation.satisfaction", "what", what)
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
				others = append(others, t.projects[id].label())
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
	o := t.out
	by, after := t.projects[p.Why.By], t.before(p.Why.Left)
	var payers, emptied locale.Number
	if n := p.Why.Round; p.Selected && n > 0 && n <= len(o.Rounds) {
		payers, emptied = locale.Int(o.Rounds[n-1].Payers.Seats), locale.Int(o.Rounds[n-1].Emptied.Seats)
	}
	paid := p.Cost
	if p.Why.Reason == PaidInPart {
		paid = p.Why.Left
	}
	var welfare string
	for _, f := range o.Figures {
		if f.Name == "welfare" {
			welfare = t.number(f.Number)
		}
	}
	args := []any{
		"project", p.label(), "cost", t.money(p.Cost), "score", t.support(p), "each", t.each(paid, p), "per", t.text("allocation.per." + t.kind()),
		"price", t.price(p.Why.Price), "ratio", t.price(p.Why.Ratio), "gain", t.number(p.Why.Ratio), "welfare", welfare,
		"left", t.money(p.Why.Left), "have", t.money(p.Why.Have), "missing", t.money(p.Why.Missing),
		"by", by.label(), "byscore", t.support(by), "after", after.label(), "afterscore", t.support(after), "aftereach", t.each(after.Cost, after),
		"minimum", t.score(voting.Number(o.Options.MinScore.String())), "payers", payers, "emptied", emptied,
		"increment", t.money(o.Options.Increment), "others", t.minor(big.NewInt(p.Why.Left.Minor() - p.Why.Have.Minor())),
	}
	text := t.text(t.sentence(p, after.ID != "", emptied.Units > 0), args...)
	if more := t.more(p); more != "" {
		text += " " + t.text(more, args...)
	}
	return text
}

// sentence gives the key of the sentence for what became of a project.
func (t *teller) sentence(p Standing, after, emptied bool) string {
	o := t.out
	k := "allocation.why." + string(p.Why.Reason)
	compared := o.Rule == EqualShares && p.Why.Reason == Bought && p.Why.Price == "" // bought by the comparison: nobody pays in it
	if special := k + "." + string(o.Rule); t.has(special) && !compared {
		k = special
		if o.Shape != voting.ShapeChoices && o.Options.Satisfaction.counted() && t.has(k+".points") {
			k += ".points"
		}
		if emptied && t.has(k+".emptied") {
			k += ".emptied"
		}
		return k
	}
	listed := (o.Rule == Greedy || o.Rule == GreedyDensity || compared) && t.density() == "density"
	switch {
	case p.Why.Reason == TooFew && p.Why.Missing.IsZero():
		k += ".enough"
	case p.Why.Reason == NoRoom && after && p.Why.Left.Sign() == 0:
		k += ".spent"
	case p.Why.Reason == NoRoom && after && listed, p.Why.Reason == Bought && listed:
		k += ".each"
	case p.Why.Reason == NoRoom && after:
		k += ".after"
	}
	return k
}

// more gives the key of what else there is to say to a project whose supporters had too little, by Equal Shares: why they were not given
// more, or whose the money is that is left. "" is nothing.
func (t *teller) more(p Standing) string {
	o := t.out
	if p.Why.Reason != Short || o.Rule != EqualShares {
		return ""
	}
	beyond := slices.ContainsFunc(o.Figures, func(f voting.Figure) bool { return f.Name == "share-beyond" })
	fits := p.Cost.Minor() <= p.Why.Left.Minor()
	switch {
	case o.Options.Completion == Utilitarian || o.Options.Completion == Add1U:
		if fits {
			return ""
		}
		return "allocation.more.rest"
	case beyond && fits:
		return "allocation.more.beyond-fits"
	case beyond:
		return "allocation.more.beyond"
	case fits && o.Options.Completion == Add1Cut:
		return "allocation.more.cut"
	case fits && o.Options.Completion == NoCompletion && !o.Options.WholeShares:
		return "allocation.more.others"
	}
	return ""
}

// before gives the project after whose purchase so much was left of the budget.
func (t *teller) before(left money.Amount) Standing {
	for i := len(t.out.Rounds) - 1; i >= 0; i-- {
		if t.out.Rounds[i].Left == left {
			return t.projects[t.out.Rounds[i].Project]
		}
	}
	return Standing{}
}

// each tells how much money that is for each vote or point that a project has.
func (t *teller) each(paid money.Amount, p Standing) string {
	score := p.Score.Rat()
	if score == nil || score.Sign() <= 0 {
		return ""
	}
	r := big.NewRat(paid.Minor(), t.out.Budget.Currency().Unit())
	return t.price(voting.Number(r.Quo(r, score).RatString()))
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

// kind says what ballots give: voices or points.
func (t *teller) kind() string {
	if t.out.Shape != voting.ShapeChoices {
		return "points"
	}
	return "voices"
}

func (t *teller) unit() string { return t.text("allocation.unit." + t.kind()) }

// score tells voices, or points where ballots give them.
func (t *teller) score(n voting.Number) string {
	return t.text("allocation.score."+t.kind(), "n", t.shown(n))
}

// support tells the score of a project, and from how many people where that is another number.
func (t *teller) support(p Standing) string {
	score := t.score(p.Score)
	if p.Supporters.Seats == 0 || string(p.Score) == strconv.FormatInt(p.Supporters.Seats, 10) {
		return score
	}
	return t.text("allocation.score.of", "score", score, "n", locale.Int(p.Supporters.Seats))
}

// price tells an exact number of units of the currency, rounded up to the smallest unit: nobody is told less than they pay.
func (t *teller) price(n voting.Number) string { return t.rounded(n, true) }

// held tells an exact number of units of the currency, rounded down to the smallest unit: nobody is told more than they have.
func (t *teller) held(n voting.Number) string { return t.rounded(n, false) }

func (t *teller) rounded(n voting.Number, up bool) string {
	r := n.Rat()
	if r == nil {
		return ""
	}
	r.Mul(r, new(big.Rat).SetInt64(t.out.Budget.Currency().Unit()))
	minor, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	if up && rest.Sign() > 0 {
		minor.Add(minor, big.NewInt(1))
	}
	if text := t.minor(minor); text != "" {
		return text
	}
	return string(n)
}

// minor tells an amount in smallest units; "" if there is no room for it.
func (t *teller) minor(n *big.Int) string {
	if !n.IsInt64() {
		return ""
	}
	a, err := money.New(n.Int64(), t.out.Budget.Currency())
	if err != nil {
		return ""
	}
	return t.money(a)
}

// number tells an exact number; what has no short decimal form is cut at six places.
func (t *teller) number(n voting.Number) string {
	if r := n.Rat(); r != nil && !new(big.Int).Quo(r.Num(), r.Denom()).IsInt64() {
		return string(n)
	}
	return t.shown(n).Format(t.lang)
}

// shown gives a number cut at six places, or at fewer if there is no room for them.
func (t *teller) shown(n voting.Number) locale.Number {
	r := n.Rat()
	if r == nil {
		return locale.Number{}
	}
	for places := 6; places >= 0; places-- {
		scaled := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
		scaled.Mul(scaled, r.Num()).Quo(scaled, r.Denom())
		if scaled.IsInt64() {
			return locale.Number{Units: scaled.Int64(), Places: places}
		}
	}
	return locale.Number{}
}
