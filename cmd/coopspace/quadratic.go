package main

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// quadratic is the rule by which a budget tops up gifts. It is no rule of ballots: the points of a file are what people gave, in whole units
// of its currency, and its budget is the pool.
const quadratic allocation.Rule = "quadratic"

// matched is what is printed of quadratic funding with --json, in the form of the other rules.
type matched struct {
	Rule     allocation.Rule  `json:"rule"`
	Options  map[string]any   `json:"options"`
	Currency money.Currency   `json:"currency"`
	Budget   string           `json:"budget"`
	Selected []string         `json:"selected"` // what the pool adds anything to
	Cost     string           `json:"cost"`     // what it adds in all
	Left     string           `json:"left"`
	Projects []matchedProject `json:"projects"`
	Rounds   []struct{}       `json:"rounds"` // there are none
}

type matchedProject struct {
	ID       string                 `json:"id"`
	Name     string                 `json:"name,omitempty"`
	Cost     string                 `json:"cost"`
	Score    string                 `json:"score"` // what was given
	Donors   int64                  `json:"donors"`
	Formula  string                 `json:"formula"`
	Match    string                 `json:"match"`
	Selected bool                   `json:"selected"`
	Why      allocation.MatchReason `json:"why"`
}

// match tops up the gifts of an election, and says what came out.
func (in allocating) match(t terminal, e *allocation.Election) error {
	gifts, err := giftsOf(e)
	if err != nil {
		return err
	}
	q := allocation.Quadratic{Pool: e.Budget(), ScaleUp: in.scaleUp}
	if in.maxPart != "" {
		if q.MaxPart, err = voting.ParseFraction(in.maxPart); err != nil {
			return at("--max-part", err)
		}
	}
	m, err := q.Match(gifts)
	if err != nil {
		return err
	}
	if in.explain {
		names := map[string]string{}
		for _, p := range e.Projects() {
			if names[p.ID] = p.ID; p.Name != "" && p.Name != p.ID {
				names[p.ID] = p.Name + " [" + p.ID + "]"
			}
		}
		t.say("%s", m.ExplainWith(string(t.lang), func(id string) string { return names[id] }))
		return nil
	}
	out := in.matched(e, m)
	if in.json {
		text, err := json.Marshal(out)
		if err != nil {
			return err
		}
		t.say("%s", text)
		return nil
	}
	t.bought(out.Rule, out.Selected, m.Matched, m.Left)
	return nil
}

// matched puts what the pool adds beside the file's projects, in their order.
func (in allocating) matched(e *allocation.Election, m allocation.Matches) matched {
	out := matched{
		Rule: quadratic, Options: map[string]any{"scale-up": in.scaleUp}, Currency: e.Budget().Currency(), Budget: m.Pool.Short(),
		Selected: []string{}, Cost: m.Matched.Short(), Left: m.Left.Short(), Projects: []matchedProject{}, Rounds: []struct{}{},
	}
	if in.maxPart != "" {
		out.Options["max-part"] = in.maxPart
	}
	for _, p := range e.Projects() {
		line := matchedProject{ID: p.ID, Name: p.Name, Cost: p.Cost.Short(), Score: "0", Formula: "0", Match: "0", Why: allocation.MatchNothing}
		if i := slices.IndexFunc(m.Projects, func(x allocation.ProjectMatch) bool { return x.ID == p.ID }); i >= 0 {
			x := m.Projects[i]
			line.Score, line.Donors, line.Formula, line.Match, line.Why = x.Gifts.Short(), x.Donors, x.Formula.Short(), x.Match.Short(), x.Why
			if line.Selected = x.Match.Sign() > 0; line.Selected {
				out.Selected = append(out.Selected, p.ID)
			}
		}
		out.Projects = append(out.Projects, line)
	}
	return out
}

// giftsOf reads the points of ballots as money, each ballot being one donor.
func giftsOf(e *allocation.Election) ([]allocation.Gift, error) {
	if e.Shape() != voting.ShapePoints {
		return nil, usage("--rule quadratic reads points as money that was given, and these ballots give no points")
	}
	projects, currency := e.Projects(), e.Budget().Currency()
	var gifts []allocation.Gift
	donor := 0
	for row, v := range e.Ballots().Rows() {
		if v.Voices != voting.Weight(v.Seats)*voting.Voice {
			return nil, usage("--rule quadratic counts each ballot as one donor, and these have weights")
		}
		for range v.Seats {
			donor++
			for place, points := range row {
				if points == voting.NoValue || points == 0 {
					continue
				}
				amount, err := money.New(int64(points)*currency.Unit(), currency)
				if err != nil {
					return nil, err
				}
				gifts = append(gifts, allocation.Gift{Donor: strconv.Itoa(donor), Project: projects[place].ID, Amount: amount})
			}
		}
	}
	return gifts, nil
}
