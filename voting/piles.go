package voting

import "slices"

// piles are the ballots of a count in which each counts for one option at a time: one pile an option. When an option leaves, only its pile
// is moved, and each of its ballots is read on from where it stood. Weights are millionths of a voice.
type piles struct {
	sheets  *sheets
	reading reading
	in      []bool         // which options are in the count
	tally   []int64        // of each pile
	ended   [endings]int64 // of the ballots that name nobody any more
	rows    [][]int32      // of each pile
	at      []int32        // where each row's next rank begins
	moved   []int64
	near    Mark // nothing: see move
}

// newPiles puts every ballot on the pile of the first option in the count that it is read to name.
func newPiles(c *counting, in []bool) *piles {
	p := &piles{
		sheets: &c.profile.sheets, reading: c.reading(), in: in, tally: make([]int64, len(in)),
		rows: make([][]int32, len(in)), at: make([]int32, c.rows()), moved: make([]int64, len(in)+1),
	}
	for i := range p.at {
		p.put(int32(i), p.sheets.row(i), 0, int64(p.sheets.votes(i).Voices))
	}
	return p
}

// put reads a row on from the beginning of a rank and puts it on its pile, or on none. It gives the option, or how many there are.
func (p *piles) put(i int32, row []Mark, at int, weight int64) int {
	option, then, why := p.reading.next(row, at, p.in)
	if why != stays {
		p.ended[why] += weight
		return len(p.in)
	}
	p.at[i] = int32(then)
	p.rows[option] = append(p.rows[option], i)
	p.tally[option] += weight
	return option
}

// handful is how many ballots are fetched from memory together.
const handful = 64

// move deals out the pile of an option that has left the count. It gives how much went to each option, and, last, to nobody.
//
// The rows lie far apart. All that is needed of a handful of them is fetched before any is read, so that memory is not waited for once a row.
func (p *piles) move(option int) []int64 {
	type fetched struct {
		row    []Mark
		at     int
		weight int64
	}
	var hand [handful]fetched
	clear(p.moved)
	pile := p.rows[option]
	p.rows[option], p.tally[option] = nil, 0
	for len(pile) > 0 {
		some := pile[:min(handful, len(pile))]
		pile = pile[len(some):]
		for k, i := range some {
			hand[k].at, hand[k].weight = int(p.at[i]), int64(p.sheets.votes(int(i)).Voices)
		}
		for k, i := range some {
			row := p.sheets.row(int(i))
			if hand[k].row = row; hand[k].at < len(row) {
				p.near |= row[hand[k].at]
			}
		}
		for k, i := range some {
			f := &hand[k]
			p.moved[p.put(i, f.row, f.at, f.weight)] += f.weight
		}
	}
	return p.moved
}

// present gives who is in the count, but for those left out.
func (p *piles) present(but []int) []int {
	var there []int
	for o, in := range p.in {
		if in && !slices.Contains(but, o) {
			there = append(there, o)
		}
	}
	return there
}

// active gives what the ballots weigh that name somebody in the count.
func (p *piles) active() (weight int64) {
	for _, n := range p.tally {
		weight += n
	}
	return weight
}
