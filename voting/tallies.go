package voting

import (
	"strconv"
)

// AddTallies counts the grades of many ballots of which only the sums are known, such as an old result that somebody published: to option
// i, tallies[i][g] voices gave grade g, the worst first. A judge who gave an option no grade is in judges and in no tally of that
// option. It is for ShapeGrades, and only methods that need no more than the sums count such a profile. It refuses another number of
// options, a weight that is negative, more voices for an option than the judges have, grades beyond those of the question, and a sum
// that would not fit.
func (p *Profile) AddTallies(judges Votes, tallies [][]Weight) error {
	if p.shape != ShapeGrades {
		return ErrBallot.At("", "is not of the shape "+string(p.shape))
	}
	if err := judges.check(); err != nil {
		return err
	}
	if len(tallies) != len(p.options) {
		return ErrBallotMarks.At("", "has tallies of "+strconv.Itoa(len(tallies))+" options, and there are "+strconv.Itoa(len(p.options)))
	}
	grades := MaxValue + 1
	if p.bounds.most > 0 {
		grades = p.bounds.most + 1
	}
	for i, row := range tallies {
		if len(row) > grades {
			return ErrBallotMarks.At(string(p.options[i]), "has "+strconv.Itoa(len(row))+" grades, and there are "+strconv.Itoa(grades))
		}
		var given Weight
		for _, w := range row {
			sum, err := given.Add(w)
			if err != nil {
				return err
			}
			given = sum
		}
		if given > judges.Voices {
			return ErrBallotMarks.At(string(p.options[i]), "has "+given.String()+" voices, and the judges have "+judges.Voices.String())
		}
	}
	cast, err := p.cast.Add(judges)
	if err != nil {
		return err
	}
	p.cast = cast
	p.refine(judges)
	for _, row := range tallies {
		for _, w := range row {
			p.refine(Votes{Voices: w})
		}
	}
	p.tally(judges, tallies)
	return nil
}

// tally adds sums that are known to fit.
func (p *Profile) tally(judges Votes, tallies [][]Weight) {
	if judges == (Votes{}) {
		return
	}
	p.tallied = p.tallied.plus(judges)
	if p.tallies == nil {
		p.tallies = make([][]Weight, len(p.options))
	}
	for i, row := range tallies {
		for len(p.tallies[i]) < len(row) {
			p.tallies[i] = append(p.tallies[i], 0)
		}
		for g, w := range row {
			p.tallies[i][g] += w
		}
	}
}

// grades gives what each option received of each grade in units, the worst first, from ballots of values and from tallies. All must be
// within so many grades.
func (c *counting) grades(grades int) [][]int64 {
	n := c.options()
	flat := make([]int64, n*grades)
	for i := range c.rows() {
		row, weight := c.row(i)
		at := 0
		for _, m := range row {
			if m != NoValue {
				flat[at+int(m)] += weight
			}
			at += grades
		}
	}
	out := make([][]int64, n)
	for o := range out {
		out[o] = flat[o*grades : (o+1)*grades : (o+1)*grades]
	}
	for o, row := range c.profile.tallies {
		for g, w := range row[:min(len(row), grades)] {
			out[o][g] += int64(w / c.unit)
		}
	}
	return out
}
