package committee

import (
	"math/big"
	"math/bits"
)

// reach knows of every part of a committee how much the voters weigh together who approve somebody in it. Parts are sets of bits, by the
// members' places.
type reach struct {
	total  int64
	n      int     // members
	within []int64 // by part: the weight of those who approve nobody outside it
}

// look takes in the voters, by the members whom each group approves.
func (r *reach) look(e *election, n int, mask []uint32) {
	r.total, r.n = e.total, n
	if cap(r.within) < 1<<n {
		r.within = make([]int64, 1<<n)
	}
	r.within = r.within[:1<<n]
	clear(r.within)
	for g, w := range e.weight {
		r.within[mask[g]] += w
	}
	for i := range n {
		for part := range r.within {
			if part&(1<<i) != 0 {
				r.within[part] += r.within[part^1<<i]
			}
		}
	}
}

// steps is about how much work that was.
func (r *reach) steps(e *election) int64 { return int64(len(e.weight) + r.n<<r.n) }

// of gives the weight of those who approve somebody in a part.
func (r *reach) of(part uint32) int64 { return r.total - r.within[uint32(len(r.within)-1)^part] }

// load is what each unit of some voters' weight carries: so many seats among so much weight. Seats that nobody carries are infinite.
type load struct{ seats, weight int64 }

// compare gives the sign of a - b.
func (a load) compare(b load) int {
	ah, al := bits.Mul64(uint64(a.seats), uint64(b.weight))
	bh, bl := bits.Mul64(uint64(b.seats), uint64(a.weight))
	return wide{ah, al}.compare(wide{bh, bl})
}

func (a load) rat() *big.Rat { return big.NewRat(a.seats, a.weight) }

// heaviest gives the part of the committee that weighs most on its supporters, beyond one that is dealt with already, and that load. Of
// several it gives the largest part, which holds the others.
func (r *reach) heaviest(beyond uint32) (uint32, load) {
	var worst load
	var at uint32
	carried, size := r.of(beyond), bits.OnesCount32(beyond)
	for part := range uint32(len(r.within)) {
		if part&beyond != beyond || part == beyond {
			continue
		}
		l := load{int64(bits.OnesCount32(part) - size), r.of(part) - carried}
		if order := l.compare(worst); at == 0 || order > 0 || order == 0 && bits.OnesCount32(part) > bits.OnesCount32(at) {
			worst, at = l, part
		}
	}
	return at, worst
}

// spread gives the loads of all voters when they are as even as can be: the heaviest first. Each is carried by the supporters of one more
// part of the committee, which is given beside it.
func (r *reach) spread() (parts []uint32, loads []load) {
	full := uint32(len(r.within) - 1)
	for done := uint32(0); done != full; {
		part, l := r.heaviest(done)
		parts, loads = append(parts, part), append(loads, l)
		done = part
	}
	return parts, loads
}

// compareSpreads gives a negative number when the voters are better off with a: the first load that differs is lighter, or carried by
// fewer.
func compareSpreads(a, b []load) int {
	for i := range min(len(a), len(b)) {
		if c := a[i].compare(b[i]); c != 0 {
			return c
		}
		if a[i].weight != b[i].weight {
			if a[i].weight > b[i].weight {
				return 1
			}
			return -1
		}
		if a[i].seats != b[i].seats { // infinite ones
			return int(a[i].seats - b[i].seats)
		}
	}
	return len(a) - len(b)
}
