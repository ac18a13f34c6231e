package voting

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

// smith gives the smallest set whose members each beat everybody outside: those from whom a chain of options that are not beaten by the
// one before leads to everybody.
func (p *pairs) smith() []int {
	reach := p.relationOf(func(a, b int) bool { return !p.beats(b, a) })
	reach.close(p.options)
	var set []int
	for a := range p.options {
		reach.add(a, a)
		if reach.many(a) == p.options {
			set = append(set, a)
		}
	}
	return set
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
		Set{"smith", c.choices(p.smith())}, Set{"schwartz", c.choices(p.schwartz())})
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
