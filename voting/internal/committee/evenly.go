package committee

import "math/big"

// evenly looks for the committee whose seats can be carried most evenly: each seat is one unit of load, which its supporters share as
// they like. What counts is the heaviest load that a voter carries; or, lexically, then also the next heaviest, and so on.
type evenly struct {
	lexical    bool
	reach      reach
	best, last []load
}

// judge: another member never makes any load lighter.
func (o *evenly) judge(d *descent) (int, int64) {
	o.reach.look(d.election, len(d.seat), d.mask)
	steps := o.reach.steps(d.election) + 1<<len(d.seat)
	if o.lexical {
		_, o.last = o.reach.spread()
		steps += int64(len(o.last)) << len(d.seat)
		return -compareSpreads(o.last, o.best), steps
	}
	// Members whom nobody approves come first: a committee with fewer of them is better.
	part, heaviest := o.reach.heaviest(0)
	o.last = []load{{}, heaviest}
	if heaviest.weight == 0 {
		o.last = []load{heaviest, {}}
		if part != 1<<len(d.seat)-1 {
			_, o.last[1] = o.reach.heaviest(part)
		}
	}
	if o.best == nil {
		return 1, steps
	}
	if o.last[0] != o.best[0] {
		return int(o.best[0].seats - o.last[0].seats), steps
	}
	return o.best[1].compare(o.last[1]), steps
}

func (o *evenly) keep() { o.best = o.last }

func (e *election) evenly(lexical bool) (Outcome, error) {
	out, err := e.descend(&evenly{lexical: lexical})
	if err != nil {
		return Outcome{}, err
	}
	out.Loads, out.Value = e.loads(out.Chosen)
	return out, nil
}

// loads gives what each group's voters carry when a committee's seats are shared as evenly as can be, and the heaviest of it; no value
// if there is a member whom nobody approves.
func (e *election) loads(committee []int) ([]*big.Rat, []*big.Rat) {
	mask := make([]uint32, len(e.weight))
	for i, c := range committee {
		for _, g := range e.supporters(c) {
			mask[g] |= 1 << i
		}
	}
	var r reach
	r.look(e, len(committee), mask)
	parts, loads := r.spread()
	all := make([]*big.Rat, len(mask))
	zero := new(big.Rat)
	for g := range all {
		all[g] = zero
	}
	var value []*big.Rat
	for i := len(parts) - 1; i >= 0; i-- {
		if loads[i].weight == 0 {
			value = nil
			continue
		}
		share := loads[i].rat()
		value = []*big.Rat{share}
		for g, m := range mask {
			if m&parts[i] != 0 {
				all[g] = share
			}
		}
	}
	return all, value
}
