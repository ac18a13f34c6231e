package committee

import (
	"math/big"
	"slices"
)

// hugo is E Pluribus Hugo. Each ballot is divided among those it approves who are still in the race. The two with the least meet, and
// the one whom fewer approve leaves, or both if they are equal; until no more are left than there are seats.
type hugo struct {
	*election
	out    []bool
	left   int
	among  []int32    // of how many in the race each group approves
	most   []*big.Rat // how many approve each candidate
	leave  []int      // those who leave next
	scores []*big.Rat // what everybody had when that was found out
}

func (e *election) hugo() process {
	h := &hugo{election: e, out: make([]bool, e.m), left: e.m, among: make([]int32, len(e.weight)), most: e.approvals()}
	for g := range h.among {
		h.among[g] = int32(len(e.approved(g)))
	}
	return h
}

func (h *hugo) next() ([]int, Round, error) {
	if h.left == h.k {
		return nil, Round{}, nil
	}
	if h.leave == nil {
		if err := h.meet(); err != nil {
			return nil, Round{}, err
		}
	}
	tied := h.leave
	if h.left-len(h.leave) >= h.k {
		tied = h.leave[len(h.leave)-1:] // all leave
	}
	return tied, Round{Elected: -1, Removed: tied[len(tied)-1], Scores: h.scores}, nil
}

// meet finds those who leave together, because equally few approve them.
func (h *hugo) meet() error {
	longest := slices.Max(append(h.among, 0))
	if err := h.spend(h.size() + int64(h.left)*int64(longest)); err != nil {
		return err
	}
	h.scores = h.divided(h.among, h.out)
	// Those with the least, and if there is just one, those with the next.
	race := h.members()
	slices.SortStableFunc(race, func(a, b int) int { return h.scores[a].Cmp(h.scores[b]) })
	for _, c := range race {
		if h.scores[c].Cmp(h.scores[race[1]]) > 0 {
			break
		}
		order := -1
		if h.leave != nil {
			order = h.most[c].Cmp(h.most[h.leave[0]])
		}
		switch {
		case order < 0:
			h.leave = []int{c}
		case order == 0:
			h.leave = append(h.leave, c)
		}
	}
	slices.Sort(h.leave)
	return nil
}

func (h *hugo) take(c int) {
	h.out[c] = true
	h.left--
	h.leave = slices.DeleteFunc(slices.Clone(h.leave), func(o int) bool { return o == c })
	if len(h.leave) == 0 {
		h.leave = nil
	}
	for _, g := range h.supporters(c) {
		h.among[g]--
	}
}

func (h *hugo) clone() process {
	c := *h
	c.out, c.among = slices.Clone(h.out), slices.Clone(h.among)
	return &c
}

func (h *hugo) key() string { return keyOf(h.members()) + keyOf(h.leave) }

func (h *hugo) members() []int {
	var in []int
	for c, out := range h.out {
		if !out {
			in = append(in, c)
		}
	}
	return in
}

func (h *hugo) tell(*Outcome) {}
