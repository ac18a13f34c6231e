package committee

import "slices"

// descent looks for the best of all committees for rules that judge a committee as a whole. It adds members in ascending order, so that
// it meets committees in lexicographic order, and turns back where no committee with these members can be as good as the best it knows.
type descent struct {
	*election
	objective
	seat  []int    // the members so far
	from  int      // the next may be any from here on
	mask  []uint32 // which of them each group approves, by their place in seat
	found [][]int
	more  bool
}

// objective is what makes one committee better than another.
type objective interface {
	// judge compares the best that committees with these members can be with the best known: negative for worse, and exact once there
	// is a member for each seat. It says how many steps that took.
	judge(d *descent) (order int, steps int64)
	// keep makes what was judged last the best known.
	keep()
}

// maxMasked is how many seats a rule can fill that looks at every part of a committee.
const maxMasked = 20

func (e *election) descend(o objective) (Outcome, error) {
	d := &descent{election: e, objective: o}
	if e.k > maxMasked {
		return Outcome{}, ErrTooLarge.At("seats", "are more than this rule can fill")
	}
	d.mask = make([]uint32, len(e.weight))
	// Begin with a committee that is rarely bad.
	first, err := e.upwards(harmonic(e.k))
	if err != nil {
		return Outcome{}, err
	}
	for {
		_, round, err := first.next()
		if err != nil {
			return Outcome{}, err
		}
		if round.Scores == nil {
			break
		}
		first.take(round.Elected)
	}
	for _, c := range first.members() {
		d.add(c)
	}
	d.judge(d)
	d.keep()
	for range e.k {
		d.remove()
	}
	if err := d.down(); err != nil {
		return Outcome{}, err
	}
	return Outcome{
		Committees: d.found, More: d.more, Tied: d.more || len(d.found) > 1, Chosen: d.found[0],
	}, nil
}

func (d *descent) add(c int) {
	for _, g := range d.supporters(c) {
		d.mask[g] |= 1 << len(d.seat)
	}
	d.seat = append(d.seat, c)
}

func (d *descent) remove() {
	last := len(d.seat) - 1
	for _, g := range d.supporters(d.seat[last]) {
		d.mask[g] &^= 1 << last
	}
	d.seat = d.seat[:last]
}

func (d *descent) down() error {
	if len(d.seat) == d.k {
		return nil
	}
	for c := d.from; c < d.m-(d.k-len(d.seat)-1); c++ {
		d.add(c)
		d.from = c + 1
		order, steps := d.judge(d)
		if err := d.spend(steps + int64(len(d.supporters(c)))); err != nil {
			return err
		}
		switch {
		case order < 0 || order == 0 && d.more:
		case len(d.seat) < d.k:
			if err := d.down(); err != nil {
				return err
			}
		default:
			d.reach(order)
		}
		d.remove()
	}
	return nil
}

// reach notes a committee that is as good as the best or better.
func (d *descent) reach(order int) {
	if order > 0 {
		d.keep()
		d.found, d.more = d.found[:0], false
	}
	if len(d.found) == d.limit {
		d.more = true
		return
	}
	d.found = append(d.found, slices.Clone(d.seat))
}
