package committee

import "math/big"

// support is the maximin support method. The voters share their weight among the members they approve as they like. Each seat goes to
// the candidate with whom the member who has the least support can have the most.
type support struct {
	race
	mask  []uint32
	reach reach
}

func (e *election) support() (process, error) {
	if e.k > maxMasked {
		return nil, ErrTooLarge.At("seats", "are more than this rule can fill")
	}
	return &support{race: e.newRace(), mask: make([]uint32, len(e.weight))}, nil
}

func (s *support) next() ([]int, Round, error) {
	if s.full() {
		return nil, Round{}, nil
	}
	scores := make([]*big.Rat, s.m)
	var best load
	var tied []int
	for _, c := range s.open() {
		s.mark(c, true)
		s.reach.look(s.election, s.count+1, s.mask)
		s.mark(c, false)
		if err := s.spend(s.reach.steps(s.election) + int64(len(s.supporters(c)))); err != nil {
			return nil, Round{}, err
		}
		_, heaviest := s.reach.heaviest(0)
		scores[c] = big.NewRat(heaviest.weight, heaviest.seats)
		order := -1
		if tied != nil {
			order = heaviest.compare(best)
		}
		switch {
		case order < 0:
			best, tied = heaviest, []int{c}
		case order == 0:
			tied = append(tied, c)
		}
	}
	return tied, Round{Elected: tied[0], Removed: -1, Scores: scores}, nil
}

func (s *support) mark(c int, on bool) {
	bit := uint32(1) << s.count
	for _, g := range s.supporters(c) {
		if on {
			s.mask[g] |= bit
		} else {
			s.mask[g] &^= bit
		}
	}
}

func (s *support) take(c int) {
	s.mark(c, true)
	s.seat(c)
}

func (s *support) clone() process {
	return &support{race: s.copied(), mask: append([]uint32(nil), s.mask...)}
}

func (s *support) tell(out *Outcome) { out.Loads, _ = s.loads(s.members()) }
