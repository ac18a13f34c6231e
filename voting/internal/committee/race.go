package committee

import "slices"

// race is who has a seat, in a rule that fills one after the other.
type race struct {
	*election
	in    []bool
	count int
}

func (e *election) newRace() race { return race{election: e, in: make([]bool, e.m)} }

func (r *race) full() bool { return r.count == r.k }

func (r *race) seat(c int) {
	r.in[c] = true
	r.count++
}

func (r *race) copied() race { return race{r.election, slices.Clone(r.in), r.count} }

// members gives those elected so far, ascending.
func (r *race) members() []int {
	members := make([]int, 0, r.count)
	for c, yes := range r.in {
		if yes {
			members = append(members, c)
		}
	}
	return members
}

func (r *race) key() string { return keyOf(r.members()) }

// open gives the candidates without a seat, ascending.
func (r *race) open() []int {
	open := make([]int, 0, r.m-r.count)
	for c, yes := range r.in {
		if !yes {
			open = append(open, c)
		}
	}
	return open
}
