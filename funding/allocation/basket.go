package allocation

import (
	"maps"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// basket is what a rule has bought so far, and what it knows of the rest.
type basket struct {
	in      *instance
	bought  []int          // in order
	has     []bool         // by project
	left    int64          // of the budget
	by      map[string]int // of each group of which one can be bought: the one that was
	rounds  []Round
	why     []Why // by project; a reason is given once
	partial *Partial
	parts   []Partial
	figures []voting.Figure
}

// newBasket begins with what is bought before the rule begins.
func newBasket(in *instance) (*basket, error) {
	n := len(in.costs)
	b := &basket{in: in, has: make([]bool, n), left: in.budget, by: map[string]int{}, why: make([]Why, n)}
	for _, id := range in.options.Initial {
		p := in.election.places[id]
		if in.costs[p] > b.left {
			return nil, ErrOptions.At("initial", "what is bought before the rule begins costs more than the budget")
		}
		if why := b.crowded(p); why.Reason == Excluded {
			return nil, ErrOptions.At("initial", strconv.QuoteToASCII(id)+" and "+strconv.QuoteToASCII(why.By)+" are of one group, of which one can be bought")
		} else if why.Reason == Full {
			return nil, ErrOptions.At("initial", "there are more than "+strconv.Itoa(in.options.Most))
		}
		b.take(p)
		b.why[p] = Why{Reason: Initial}
	}
	return b, nil
}

// clone gives a copy, so that a completion can be tried.
func (b *basket) clone() *basket {
	c := *b
	c.bought, c.has, c.why = slices.Clone(b.bought), slices.Clone(b.has), slices.Clone(b.why)
	c.rounds, c.parts, c.figures = slices.Clone(b.rounds), slices.Clone(b.parts), slices.Clone(b.figures)
	c.by = maps.Clone(b.by)
	return &c
}

// take puts a project into the basket.
func (b *basket) take(p int) {
	b.bought = append(b.bought, p)
	b.has[p] = true
	b.left -= b.in.costs[p]
	for _, group := range b.in.election.projects[p].Excludes {
		b.by[group] = p
	}
}

// buy takes a project in a round.
func (b *basket) buy(p int, reason Reason, r Round) {
	b.take(p)
	r.Project, r.Cost, r.Left = b.in.id(p), b.amount(b.in.costs[p]), b.amount(b.left)
	b.rounds = append(b.rounds, r)
	w := &b.why[p]
	*w = Why{Reason: reason, Round: len(b.rounds), Ratio: r.Ratio, Price: r.Price}
}

// refused says why a project cannot be bought by any rule, whatever money there is; "" if it can.
func (b *basket) refused(p int) Why {
	in := b.in
	if why := b.unwanted(p); why.Reason != "" {
		return why
	}
	if in.costs[p] > in.budget {
		return Why{Reason: OverBudget, Missing: b.amount(in.costs[p] - in.budget)}
	}
	return b.crowded(p)
}

// unwanted says that a project has too little support; "" if it has enough.
func (b *basket) unwanted(p int) Why {
	in := b.in
	switch {
	case in.support[p] == 0 || in.score[p] == 0:
		return Why{Reason: NoSupport}
	case in.voices(in.score[p]) < in.options.MinScore:
		return Why{Reason: BelowMinimum}
	}
	return Why{}
}

// crowded says that enough projects were bought, or another of its group; "" if neither.
func (b *basket) crowded(p int) Why {
	if b.in.options.Most > 0 && len(b.bought) >= b.in.options.Most {
		return Why{Reason: Full}
	}
	for _, group := range b.in.election.projects[p].Excludes {
		if other, taken := b.by[group]; taken {
			return Why{Reason: Excluded, By: b.in.id(other)}
		}
	}
	return Why{}
}

// open gives the projects that could be bought still if there were money, by place, and notes why of the others.
func (b *basket) open() []int {
	var open []int
	for p := range b.has {
		if b.has[p] || b.why[p].Reason != "" {
			continue
		}
		if why := b.refused(p); why.Reason != "" {
			b.note(p, why)
			continue
		}
		open = append(open, p)
	}
	return open
}

// note says why a project was not bought, unless that is said already.
func (b *basket) note(p int, why Why) {
	if b.why[p].Reason == "" {
		why.Round = len(b.rounds)
		b.why[p] = why
	}
}

// tied gives the ids of projects that are level, the chosen one first and the others in the order of the tie-break; nil when it is alone.
func (b *basket) tied(level []int) []string {
	if len(level) < 2 {
		return nil
	}
	order := slices.Clone(level)
	slices.SortFunc(order, func(x, y int) int { return b.in.rank[x] - b.in.rank[y] })
	ids := make([]string, len(order))
	for i, p := range order {
		ids[i] = b.in.id(p)
	}
	return ids
}

func (b *basket) amount(minor int64) money.Amount { return b.in.election.amount(minor) }

// outcome makes the basket into an outcome.
func (b *basket) outcome(r Rule) Outcome {
	in := b.in
	out := Outcome{
		Rule: r, Revision: r.Revision(), Options: in.options,
		Budget: in.election.budget, Left: b.amount(b.left), Rounds: b.rounds, Partial: b.partial, Parts: b.parts, Figures: b.figures,
		Selected: []string{}, Shape: in.election.shape, Voters: voting.Votes{Voices: in.voices(in.weight)},
	}
	var cost int64
	for _, p := range b.bought {
		out.Selected = append(out.Selected, in.id(p))
		cost += in.costs[p]
	}
	out.Cost = b.amount(cost)
	cast, invalid := in.election.ballots.Cast(), in.election.ballots.Invalid()
	out.Voters.Seats = cast.Seats - invalid.Seats - in.election.silent.Cast().Seats
	for p, project := range in.election.projects {
		out.Projects = append(out.Projects, Standing{
			ID: project.ID, Name: project.Name, Cost: project.Cost,
			Score:      voting.Number(in.voices(in.score[p]).String()),
			Supporters: voting.Votes{Seats: in.ballots[p], Voices: in.voices(in.support[p])},
			Selected:   b.has[p], Why: b.why[p],
		})
	}
	return out
}
