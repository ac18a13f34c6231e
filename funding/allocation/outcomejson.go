package allocation

import (
	"encoding/hex"
	"encoding/json"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// MarshalJSON gives the outcome as docs/methods/funding.md describes it: amounts as exact decimals in units of the currency, which is
// named once; figures by their names.
func (o Outcome) MarshalJSON() ([]byte, error) {
	w := wireOutcome{
		Rule: o.Rule, Revision: o.Revision, Options: o.Options.wire(), Currency: o.Budget.Currency(),
		Budget: o.Budget.Short(), Selected: append([]string{}, o.Selected...), Cost: o.Cost.Short(), Left: o.Left.Short(),
		Shape: o.Shape, Voters: o.Voters, Projects: []wireStanding{}, Rounds: []wireRound{}, Figures: map[string]voting.Number{},
	}
	if o.Partial != nil {
		w.Partial = &wirePartial{o.Partial.ID, o.Partial.Paid.Short(), o.Partial.Missing.Short()}
	}
	for _, p := range o.Parts {
		w.Parts = append(w.Parts, wirePartial{p.ID, p.Paid.Short(), p.Missing.Short()})
	}
	for _, p := range o.Projects {
		w.Projects = append(w.Projects, p.wire())
	}
	for i, r := range o.Rounds {
		w.Rounds = append(w.Rounds, r.wire(i+1))
	}
	for _, f := range o.Figures {
		w.Figures[f.Name] = f.Number
	}
	return json.Marshal(w)
}

type wireOutcome struct {
	Rule     Rule                     `json:"rule"`
	Revision int                      `json:"revision"`
	Options  map[string]any           `json:"options"`
	Currency money.Currency           `json:"currency"`
	Budget   string                   `json:"budget"`
	Selected []string                 `json:"selected"`
	Partial  *wirePartial             `json:"partial,omitempty"`
	Parts    []wirePartial            `json:"parts,omitempty"`
	Cost     string                   `json:"cost"`
	Left     string                   `json:"left"`
	Shape    voting.Shape             `json:"shape"`
	Voters   voting.Votes             `json:"voters"`
	Projects []wireStanding           `json:"projects"`
	Rounds   []wireRound              `json:"rounds"`
	Figures  map[string]voting.Number `json:"figures"`
}

type wirePartial struct {
	ID      string `json:"id"`
	Paid    string `json:"paid"`
	Missing string `json:"missing"`
}

type wireStanding struct {
	ID         string        `json:"id"`
	Name       string        `json:"name,omitempty"`
	Cost       string        `json:"cost"`
	Score      voting.Number `json:"score"`
	Supporters voting.Votes  `json:"supporters"`
	Selected   bool          `json:"selected"`
	Why        Reason        `json:"why"`
	Round      int           `json:"round,omitempty"`
	Ratio      voting.Number `json:"ratio,omitempty"`
	Price      voting.Number `json:"price,omitempty"`
	Left       string        `json:"left,omitempty"`
	Have       string        `json:"have,omitempty"`
	Missing    string        `json:"missing,omitempty"`
	By         string        `json:"by,omitempty"`
}

func (s Standing) wire() wireStanding {
	return wireStanding{
		ID: s.ID, Name: s.Name, Cost: s.Cost.Short(), Score: s.Score, Supporters: s.Supporters, Selected: s.Selected,
		Why: s.Why.Reason, Round: s.Why.Round, Ratio: s.Why.Ratio, Price: s.Why.Price, Left: known(s.Why.Left), Have: known(s.Why.Have),
		Missing: known(s.Why.Missing), By: s.Why.By,
	}
}

type wireRound struct {
	Round   int           `json:"round"`
	Phase   string        `json:"phase,omitempty"`
	Project string        `json:"project"`
	Cost    string        `json:"cost"`
	Left    string        `json:"left"`
	Ratio   voting.Number `json:"ratio,omitempty"`
	Price   voting.Number `json:"price,omitempty"`
	Payers  *voting.Votes `json:"payers,omitempty"`
	Emptied *voting.Votes `json:"emptied,omitempty"`
	Tied    []string      `json:"tied,omitempty"`

	Payments []wirePayment `json:"payments,omitempty"`
}

type wirePayment struct {
	Payers voting.Votes  `json:"payers"`
	Had    voting.Number `json:"had,omitempty"`
	Paid   voting.Number `json:"paid,omitempty"`
	Amount string        `json:"amount,omitempty"`
}

func (r Round) wire(n int) wireRound {
	w := wireRound{
		Round: n, Phase: r.Phase, Project: r.Project, Cost: r.Cost.Short(), Left: r.Left.Short(), Ratio: r.Ratio, Price: r.Price,
		Tied: r.Tied,
	}
	if r.Payers != (voting.Votes{}) {
		w.Payers = &r.Payers
	}
	if r.Emptied != (voting.Votes{}) {
		w.Emptied = &r.Emptied
	}
	for _, p := range r.Payments {
		w.Payments = append(w.Payments, wirePayment{p.Payers, p.Had, p.Paid, known(p.Amount)})
	}
	return w
}

// known gives an amount, or nothing where there is none to tell.
func known(a money.Amount) string {
	if a == (money.Amount{}) {
		return ""
	}
	return a.Short()
}

// wire gives the options by the names that the command line has for them, all that say something.
func (o Options) wire() map[string]any {
	w := map[string]any{"ties": o.Ties.By}
	set := func(name string, value any, given bool) {
		if given {
			w[name] = value
		}
	}
	set("satisfaction", o.Satisfaction, o.Satisfaction != "")
	set("completion", o.Completion, o.Completion != "")
	set("increment", o.Increment.Short(), !o.Increment.IsZero())
	set("exhaustive", !o.PastExhaustive, o.Completion.raises())
	set("whole-shares", true, o.WholeShares)
	set("comparison", true, o.Comparison)
	set("min-score", o.MinScore, o.MinScore > 0)
	set("no-skip", true, o.NoSkip)
	set("skip", true, o.SkipTooDear)
	set("partial", o.Partial, o.Partial.Num > 0)
	set("most", o.Most, o.Most > 0)
	set("payments", o.Payments, o.Payments > 0)
	set("seed", hex.EncodeToString(o.Ties.Seed), len(o.Ties.Seed) > 0)
	set("initial", o.Initial, len(o.Initial) > 0)
	return w
}
