package committee

import "math/big"

// distance looks for the committee that is nearest to the voter who is farthest from it. A voter is as far from a committee as there are
// members whom they do not approve and others whom they do. Lexically, then to the next farthest, and so on.
type distance struct {
	lexical    bool
	best, last []int64 // the weight of the voters, by distance; best[0] is the farthest that is possible
}

// judge counts each voter as near as they can still come.
func (o *distance) judge(d *descent) (int, int64) {
	if o.last == nil {
		o.last = make([]int64, d.m+1)
	}
	clear(o.last)
	left := int32(d.k - len(d.seat))
	for g, w := range d.weight {
		in, open := int32(0), int32(0)
		for _, c := range d.approved(g) {
			if int(c) >= d.from {
				open++
			}
		}
		for mask := d.mask[g]; mask != 0; mask &= mask - 1 {
			in++
		}
		far := int32(len(d.approved(g))+d.k) - 2*(in+min(open, left))
		o.last[int32(d.m)-far] += w
	}
	return -o.compare(), 2 * d.size()
}

func (o *distance) compare() int {
	if o.best == nil {
		return -1
	}
	for i := range o.last {
		a, b := o.last[i], o.best[i]
		switch {
		case !o.lexical && a > 0 && b > 0:
			return 0
		case a > b:
			return 1
		case a < b:
			return -1
		}
	}
	return 0
}

func (o *distance) keep() { o.best, o.last = o.last, o.best }

func (e *election) distance(lexical bool) (Outcome, error) {
	o := &distance{lexical: lexical}
	out, err := e.descend(o)
	if err != nil {
		return Outcome{}, err
	}
	out.Distances = make([]int64, e.m+1)
	in := make([]bool, e.m)
	for _, c := range out.Chosen {
		in[c] = true
	}
	farthest := 0
	for g, w := range e.weight {
		far := e.k
		for _, c := range e.approved(g) {
			if in[c] {
				far--
			} else {
				far++
			}
		}
		out.Distances[far] += w
		farthest = max(farthest, far)
	}
	out.Distances = out.Distances[:farthest+1]
	out.Value = []*big.Rat{new(big.Rat).SetInt64(int64(farthest))}
	return out, nil
}
