package voting

import "iter"

// Rows gives the distinct ballots that name an option, in numbers, in the order in which they first came, each with its votes: see Mark. A
// row is good until the next and must not be changed; the profile must not be added to meanwhile.
func (p *Profile) Rows() iter.Seq2[[]Mark, Votes] {
	return func(yield func([]Mark, Votes) bool) {
		for i, v := range p.answers {
			if v != (Votes{}) && !yield([]Mark{Mark(i)}, v) {
				return
			}
		}
		for i := range p.sheets.len() {
			if !yield(p.sheets.row(i), p.sheets.votes(i)) {
				return
			}
		}
	}
}

// Abstained gives the ballots of abstention.
func (p *Profile) Abstained() Votes { return p.abstain }

// Blank gives the ballots that say nothing about any option.
func (p *Profile) Blank() Votes { return p.blank }

// Invalid gives the ballots that were cast and say nothing that can be counted.
func (p *Profile) Invalid() Votes { return p.invalid }

// Tallies gives the ballots of which only the sums are known, and the voices for each grade of each option, the worst first: see AddTallies.
// Nil where there are none. They must not be changed.
func (p *Profile) Tallies() (judges Votes, tallies [][]Weight) { return p.tallied, p.tallies }
