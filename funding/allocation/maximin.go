package allocation

import (
	"cmp"
	"slices"

	"github.com/communecter/coopspace/voting"
)

var maximinSupport = rule{name: MaximinSupport, revision: 1, unsatisfied: true, buy: buyMaximin}

// buyMaximin spreads the costs of all that is bought over its supporters so that the heaviest burden is the lightest, and buys next what
// makes that burden the lightest. docs/methods/maximin-support-budget.md.
func buyMaximin(b *basket) error {
	in := b.in
	m := &maximin{basket: b, spread: in.newSpread(), least: make([]burden, len(in.costs)), exact: make([]int, len(in.costs))}
	for p := range m.least {
		m.least[p] = burden{in.costs[p], max(in.support[p], 1)}
	}
	var now burden
	for open := m.open(); len(open) > 0; open = m.open() {
		level, err := m.lightest(open)
		if err != nil {
			return err
		}
		var dear []int
		for _, p := range level {
			if in.costs[p] > b.left {
				dear = append(dear, p)
			}
		}
		if len(dear) > 0 {
			m.noRoom(dear)
			if in.options.NoSkip {
				if err := m.stop(in.first(dear)); err != nil {
					return err
				}
				break
			}
			continue
		}
		p := in.first(level)
		now = m.least[p]
		m.add(p)
		b.buy(p, Bought, Round{
			Ratio: in.perVoice(now.rat()), Tied: b.tied(level),
			Payers: voting.Votes{Seats: in.ballots[p], Voices: in.voices(in.support[p])},
		})
	}
	if now.weight > 0 {
		b.figures = append(b.figures, voting.Figure{Name: "burden", Number: in.perVoice(now.rat())})
	}
	return nil
}

// maximin is a basket whose costs are spread over the supporters.
type maximin struct {
	*basket
	*spread
	// least is, by project, what the heaviest burden at least is once it is bought. It only rises while others are bought.
	least []burden
	exact []int // by project: beside how many others that is exact; 0 is none, for then it is exact anyway
}

// noRoom notes of projects that the budget cannot pay them any more.
func (m *maximin) noRoom(dear []int) {
	in := m.basket.in
	for _, p := range dear {
		m.note(p, Why{
			Reason: NoRoom, Ratio: in.perVoice(m.least[p].rat()), Left: m.amount(m.left), Missing: m.amount(in.costs[p] - m.left),
		})
	}
}

// stop ends the rule at a project that the budget cannot pay.
func (m *maximin) stop(dear int) error {
	in := m.basket.in
	for _, p := range m.open() {
		would, err := m.heaviest(p, m.least[p], unlimited)
		if err != nil {
			return err
		}
		m.note(p, Why{Reason: Stopped, By: in.id(dear), Ratio: in.perVoice(would.rat())})
	}
	return nil
}

// unlimited is heavier than any burden.
var unlimited = burden{1, 0}

// lightest gives those projects with which the heaviest burden is the lightest; least has it then. Those come first of whom least is
// known so far, and the search ends with one of whom that is more than the best found.
func (m *maximin) lightest(open []int) ([]int, error) {
	order := slices.Clone(open)
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(m.least[a].compare(m.least[b]), cmp.Compare(a, b)) })
	best := unlimited
	var level []int
	for _, p := range order {
		if m.least[p].compare(best) > 0 {
			break
		}
		if m.exact[p] < len(m.members) {
			var err error
			if m.least[p], err = m.heaviest(p, m.least[p], best); err != nil {
				return nil, err
			}
			if m.least[p].compare(best) <= 0 {
				m.exact[p] = len(m.members)
			}
		}
		switch c := m.least[p].compare(best); {
		case c < 0:
			best, level = m.least[p], []int{p}
		case c == 0:
			level = append(level, p)
		}
	}
	return level, nil
}
