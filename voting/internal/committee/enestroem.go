package committee

import "math/big"

// enestroem is Eneström's rule, also called Phragmén's first. Each voter has a vote. A seat goes to the candidate whose supporters have
// the most votes left. If that is more than the quota of votes a seat, they lose the quota together, each the same part of what they
// have; if not, they lose all.
type enestroem struct {
	race
	purses purses
	votes  []*big.Int // what the supporters of each candidate have left, in parts
}

func (e *election) enestroem() process {
	return &enestroem{race: e.newRace(), purses: e.newPurses(big.NewInt(1), big.NewInt(1))}
}

func (p *enestroem) next() ([]int, Round, error) {
	if p.full() {
		return nil, Round{}, nil
	}
	if err := p.spend(p.purses.cost(p.election) + 4*p.purses.fractions()); err != nil {
		return nil, Round{}, err
	}
	p.votes = make([]*big.Int, p.m)
	scores := make([]*big.Rat, p.m)
	var tied []int
	by := make([]int64, len(p.purses.held))
	term := new(big.Int)
	for _, c := range p.open() {
		sum := new(big.Int)
		for l, w := range p.purses.weights(p.election, c, by) {
			if w != 0 {
				sum.Add(sum, term.Mul(term.SetInt64(w), p.purses.held[l]))
			}
		}
		p.votes[c], scores[c] = sum, p.purses.rat(sum)
		order := 1
		if tied != nil {
			order = sum.Cmp(p.votes[tied[0]])
		}
		switch {
		case order > 0:
			tied = []int{c}
		case order == 0:
			tied = append(tied, c)
		}
	}
	return tied, Round{
		Elected: tied[0], Removed: -1, Scores: scores,
		Payments: p.purses.payments(p.election, tied[0], p.paid(tied[0])),
	}, nil
}

// paid gives what is left once a candidate has the seat.
func (p *enestroem) paid(c int) purses {
	// The quota is total/k votes. Of s parts, s - whole*total/k are left.
	sum := new(big.Int).Mul(p.votes[c], big.NewInt(int64(p.k)))
	left := new(big.Int).Mul(p.purses.whole, big.NewInt(p.total))
	if left.Sub(sum, left).Sign() <= 0 {
		return p.purses.settle(p.election, c, big.NewInt(1), func(*big.Int) *big.Int { return new(big.Int) })
	}
	gcd := new(big.Int).GCD(nil, nil, sum, left)
	sum.Quo(sum, gcd)
	left.Quo(left, gcd)
	return p.purses.settle(p.election, c, sum, func(held *big.Int) *big.Int { return new(big.Int).Mul(held, left) })
}

func (p *enestroem) take(c int) {
	p.purses = p.paid(c)
	p.seat(c)
}

func (p *enestroem) clone() process {
	c := *p
	c.race = p.copied()
	return &c
}

func (p *enestroem) key() string { return p.race.key() + p.purses.key() }

func (p *enestroem) tell(out *Outcome) { out.Budgets = p.purses.rats() }
