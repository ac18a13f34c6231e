package voting

import (
	"math/bits"
	"slices"
)

// relation says of pairs of options whether it holds for them, one bit a pair.
type relation struct {
	words int
	bits  []uint64
}

func newRelation(options int) *relation {
	words := (options + 63) / 64
	return &relation{words, make([]uint64, options*words)}
}

func (r *relation) row(a int) []uint64 { return r.bits[a*r.words:][:r.words] }

func (r *relation) has(a, b int) bool { return r.bits[a*r.words+b/64]>>(b%64)&1 != 0 }

func (r *relation) add(a, b int) { r.bits[a*r.words+b/64] |= 1 << (b % 64) }

// many gives how many options a has the relation with.
func (r *relation) many(a int) int {
	n := 0
	for _, w := range r.row(a) {
		n += bits.OnesCount64(w)
	}
	return n
}

// close adds whatever follows by chains: a to c when a to b and b to c.
func (r *relation) close(options int) {
	for b := range options {
		through := r.row(b)
		for a := range options {
			if a != b && r.has(a, b) {
				for i, w := range through {
					r.bits[a*r.words+i] |= w
				}
			}
		}
	}
}

// link adds a to b, and whatever follows by chains, to a relation that is closed already.
func (r *relation) link(options, a, b int) {
	if r.has(a, b) {
		return
	}
	r.add(a, b)
	through := r.row(b)
	for o := range options {
		if o == a || r.has(o, a) {
			r.add(o, b)
			row := r.row(o)
			for i, w := range through {
				row[i] |= w
			}
		}
	}
}

func (r *relation) clone() *relation { return &relation{r.words, slices.Clone(r.bits)} }
