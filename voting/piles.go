package voting

import "slices"

// piles are the ballots of a count in which each counts for one option at a time: one pile an option. When an option leaves, only its pile
// is moved, and each of its ballots is read on from where it stood.
type piles struct {
	counting *counting
	reading  reading
	in       []bool         // which options are in the count
	tally    []int64        // units
	ended    [endings]int64 // units of the ballots that name nobody any more
	head     []int32        // of each option's pile: row + 1
	next     []int32        // of each row in its pile: row + 1
	at       []int32        // where each row's next rank begins
	moved    []int64
	pile     []int32
	step     int64 // the largest of 1, 0.1, ... 0.000001 voices that divides every pile, in units
}

// newPiles puts every ballot on the pile of the first option in the count that it is read to name.
func newPiles(c *counting, in []bool) *piles {
	p := &piles{
		counting: c, reading: c.reading(), in: in,
		tally: make([]int64, len(in)), head: make([]int32, len(in)),
		next: make([]int32, c.rows()), at: make([]int32, c.rows()),
		moved: make([]int64, len(in)+1), step: int64(Voice / c.unit),
	}
	for i := range p.next {
		row, weight := c.paper(i)
		p.put(i, row, weight)
		for weight%p.step != 0 {
			p.step /= 10
		}
	}
	return p
}

// put reads a row on and puts it on its pile, or on none. It gives the option, or how many there are.
func (p *piles) put(i int, row []Mark, weight int64) int {
	option, then, why := p.reading.next(row, int(p.at[i]), p.in)
	if why != stays {
		p.ended[why] += weight
		return len(p.in)
	}
	p.at[i] = int32(then)
	p.next[i], p.head[option] = p.head[option], int32(i+1)
	p.tally[option] += weight
	return option
}

// move deals out the pile of an option that has left the count. It gives how many units went to each option, and, last, to nobody.
func (p *piles) move(option int) []int64 {
	clear(p.moved)
	p.pile = p.pile[:0]
	for i := p.head[option]; i > 0; i = p.next[i-1] {
		p.pile = append(p.pile, i-1)
	}
	for _, i := range p.pile { // none waits for the one before: memory is read ahead
		row, weight := p.counting.paper(int(i))
		p.moved[p.put(int(i), row, weight)] += weight
	}
	p.head[option], p.tally[option] = 0, 0
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

// active gives the units of the ballots that name somebody in the count.
func (p *piles) active() (units int64) {
	for _, n := range p.tally {
		units += n
	}
	return units
}
