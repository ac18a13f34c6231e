package voting

import (
	"cmp"
	"slices"
)

const (
	// CondorcetWinner chooses the option that beats each of the others, or nobody. docs/methods/condorcet.md.
	CondorcetWinner Method = "condorcet-winner"
	// Smith chooses the smallest group whose members each beat everybody outside it. docs/methods/condorcet.md.
	Smith Method = "smith"
	// Schwartz chooses those who are beaten by nobody, or only in circles that they are part of. docs/methods/condorcet.md.
	Schwartz Method = "schwartz"
)

var condorcetWinner = method{
	name: CondorcetWinner, revision: 1, shapes: []Shape{ShapeRanking}, settings: []setting{unranked},
	told: tellPairs,
	count: func(c *counting) error {
		p := c.pairs()
		c.showPairs(p)
		if winner, _ := p.condorcet(); winner != nil {
			c.rank(c.apart(winner))
			return nil
		}
		c.result.Ranking = [][]Choice{c.choices(c.everybody())}
		return nil
	},
}

var smith = method{
	name: Smith, revision: 1, shapes: []Shape{ShapeRanking}, settings: []setting{unranked},
	told: tellPairs,
	count: func(c *counting) error {
		p := c.pairs()
		c.showPairs(p)
		c.rank(p.tiers())
		return nil
	},
}

var schwartz = method{
	name: Schwartz, revision: 1, shapes: []Shape{ShapeRanking}, settings: []setting{unranked},
	told: tellPairs,
	count: func(c *counting) error {
		p := c.pairs()
		c.showPairs(p)
		c.rank(c.apart(p.schwartz()))
		return nil
	},
}

// apart ranks some options, in the question's order, before all others.
func (c *counting) apart(ahead []int) [][]int {
	behind := slices.DeleteFunc(c.everybody(), func(o int) bool { return slices.Contains(ahead, o) })
	if len(behind) == 0 {
		return [][]int{ahead}
	}
	return [][]int{ahead, behind}
}

// relationOf gives for which pairs a comparison holds.
func (p *pairs) relationOf(holds func(a, b int) bool) *relation {
	r := newRelation(p.options)
	for a := range p.options {
		for b := range p.options {
			if a != b && holds(a, b) {
				r.add(a, b)
			}
		}
	}
	return r
}

// tiers gives the Smith set, then the Smith set of the others, and so on: every member of a tier beats everybody in the tiers below.
func (p *pairs) tiers() [][]int {
	reach := p.relationOf(func(a, b int) bool { return !p.beats(b, a) })
	reach.close(p.options)
	below := make([]int, p.options) // whom a chain of options not beaten by the one before leads to
	all := make([]int, p.options)
	for a := range below {
		all[a] = a
		reach.add(a, a)
		below[a] = reach.many(a)
	}
	return groups(all, func(a, b int) int { return cmp.Compare(below[a], below[b]) })
}

// schwartz gives those who, by a chain of defeats, reach everybody who so reaches them.
func (p *pairs) schwartz() []int {
	reach := p.relationOf(p.beats)
	reach.close(p.options)
	var set []int
	for a := range p.options {
		inside := true
		for b := range p.options {
			inside = inside && (!reach.has(b, a) || reach.has(a, b))
		}
		if inside {
			set = append(set, a)
		}
	}
	return set
}

// condorcet gives who beats everybody else, and who loses to everybody else: one option, or none.
func (p *pairs) condorcet() (winner, loser []int) {
	for a := range p.options {
		won, lost := 0, 0
		for b := range p.options {
			switch {
			case p.beats(a, b):
				won++
			case p.beats(b, a):
				lost++
			}
		}
		if won == p.options-1 {
			winner = append(winner, a)
		}
		if lost == p.options-1 {
			loser = append(loser, a)
		}
	}
	return winner, loser
}

// showPairs puts the comparison in pairs into the working, and the sets that follow from it.
func (c *counting) showPairs(p *pairs) {
	c.showMatrix("pairwise", func(a, b int) Number { return c.voices(p.over(a, b)) })
	winner, loser := p.condorcet()
	c.result.Sets = append(c.result.Sets,
		Set{"condorcet-winner", c.choices(winner)}, Set{"condorcet-loser", c.choices(loser)},
		Set{"smith", c.choices(p.tiers()[0])}, Set{"schwartz", c.choices(p.schwartz())})
}

// showMatrix puts a matrix of all options into the working.
func (c *counting) showMatrix(name string, cell func(a, b int) Number) {
	m := Matrix{Name: name, Of: c.choices(c.everybody()), Cells: make([][]Number, c.options())}
	for a := range m.Cells {
		m.Cells[a] = make([]Number, c.options())
		for b := range m.Cells[a] {
			m.Cells[a][b] = "0"
			if a != b {
				m.Cells[a][b] = cell(a, b)
			}
		}
	}
	c.result.Matrices = append(c.result.Matrices, m)
}
