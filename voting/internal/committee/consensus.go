package committee

import "math/big"

// consensus is the consensus rule. Every round each voter earns a vote. The seat goes to the candidate whose supporters have the most
// votes, those who have none or owe left out. The others pay for it in equal parts: as many votes together as there are voters. So a
// voter may come to owe.
type consensus struct {
	race
	purses purses // after this round's vote was earned
}

func (e *election) consensus() process {
	return &consensus{race: e.newRace(), purses: e.newPurses(big.NewInt(1), big.NewInt(1))}
}

func (p *consensus) next() ([]int, Round, error) {
	if p.full() {
		return nil, Round{}, nil
	}
	if err := p.spend(8 * p.purses.cost(p.election)); err != nil { // every purse of a supporter is multiplied and added, and each sum cancelled
		return nil, Round{}, err
	}
	votes, scores := make([]*big.Int, p.m), make([]*big.Rat, p.m)
	var tied []int
	by := make([]int64, len(p.purses.held))
	term := new(big.Int)
	for _, c := range p.open() {
		sum := new(big.Int)
		for l, w := range p.purses.weights(p.election, c, by) {
			if w != 0 && p.purses.held[l].Sign() > 0 {
				sum.Add(sum, term.Mul(term.SetInt64(w), p.purses.held[l]))
			}
		}
		votes[c], scores[c] = sum, p.purses.rat(sum)
		order := 1
		if tied != nil {
			order = sum.Cmp(votes[tied[0]])
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

// paid gives what the voters have once a candidate has the seat.
func (p *consensus) paid(c int) purses {
	var weight int64
	for _, g := range p.supporters(c) {
		if p.purses.held[p.purses.level[g]].Sign() > 0 {
			weight += p.weight[g]
		}
	}
	factor, price := big.NewInt(weight), new(big.Int).Mul(p.purses.whole, big.NewInt(p.total))
	if weight == 0 {
		factor.SetInt64(1)
	}
	return p.purses.settle(p.election, c, factor, func(held *big.Int) *big.Int {
		left := new(big.Int).Mul(held, factor)
		if held.Sign() <= 0 {
			return left
		}
		return left.Sub(left, price)
	})
}

func (p *consensus) take(c int) {
	p.purses = p.paid(c).plus(1)
	p.seat(c)
}

func (p *consensus) clone() process {
	c := *p
	c.race = p.copied()
	return &c
}

func (p *consensus) key() string { return p.race.key() + p.purses.key() }

func (p *consensus) tell(out *Outcome) { out.Budgets = p.purses.rats() }
