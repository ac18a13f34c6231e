package committee

import (
	"math/big"
	"slices"
)

// sequential fills the seats of a Thiele rule one after the other, each with the candidate who adds the most points; or begins with all
// candidates and takes away, one after the other, the one who is worth the least.
type sequential struct {
	*election
	points
	down  bool
	in    []bool
	count int
	level []int32 // how many members each group approves
}

func (e *election) upwards(p points) (process, error) {
	return &sequential{election: e, points: p, in: make([]bool, e.m), level: make([]int32, len(e.weight))}, nil
}

func (e *election) downwards(p points) (process, error) {
	s := &sequential{election: e, points: p, down: true, in: slices.Repeat([]bool{true}, e.m), count: e.m}
	s.level = make([]int32, len(e.weight))
	for g := range s.level {
		s.level[g] = int32(len(e.approved(g)))
	}
	return s, nil
}

func (s *sequential) next() ([]int, Round, error) {
	if s.count == s.k {
		return nil, Round{}, nil
	}
	most := int(slices.Max(append(s.level, 0))) + 1
	words := int64(s.unit.BitLen()/64 + 1)
	if err := s.spend(s.size() + int64(s.m)*int64(most)*words); err != nil {
		return nil, Round{}, err
	}
	var tied []int
	var best *big.Int
	scores := make([]*big.Rat, s.m)
	by := make([]int64, most) // the supporters of a candidate, by the members they approve beside this one
	for c := range s.m {
		if s.in[c] != s.down {
			continue
		}
		clear(by)
		for _, g := range s.supporters(c) {
			at := s.level[g]
			if s.down {
				at--
			}
			by[at] += s.weight[g]
		}
		worth := s.worth(by)[0]
		scores[c] = s.fraction(worth)
		order := 1
		if best != nil {
			order = worth.Cmp(best)
			if s.down {
				order = -order
			}
		}
		switch {
		case order > 0:
			best, tied = worth, []int{c}
		case order == 0:
			tied = append(tied, c)
		}
	}
	round := Round{Elected: tied[0], Removed: -1, Scores: scores}
	if s.down {
		round.Elected, round.Removed = -1, tied[len(tied)-1]
	}
	return tied, round, nil
}

func (s *sequential) take(c int) {
	by := int32(1)
	if s.down {
		by = -1
	}
	s.in[c] = !s.in[c]
	s.count += int(by)
	for _, g := range s.supporters(c) {
		s.level[g] += by
	}
}

func (s *sequential) clone() process {
	c := *s
	c.in, c.level = slices.Clone(s.in), slices.Clone(s.level)
	return &c
}

func (s *sequential) key() string { return keyOf(s.members()) }

func (s *sequential) members() []int {
	var in []int
	for c, yes := range s.in {
		if yes {
			in = append(in, c)
		}
	}
	return in
}

func (s *sequential) tell(*Outcome) {}
