package committee

import "math/big"

// phragmen is Phragmén's sequential rule. A seat is one unit of load, which its supporters carry so that all of them end with the same.
// Each seat goes where that same is the least. Voters may begin with less than nothing: money that they have saved.
type phragmen struct {
	race
	loads purses
	after []*big.Rat // what the supporters of each candidate would carry
	phase string     // if it completes another rule
}

func (e *election) phragmen() process {
	return &phragmen{race: e.newRace(), loads: e.newPurses(new(big.Int), big.NewInt(1))}
}

func (p *phragmen) next() ([]int, Round, error) {
	if p.full() {
		return nil, Round{}, nil
	}
	if err := p.spend(p.loads.cost(p.election)); err != nil {
		return nil, Round{}, err
	}
	p.after = make([]*big.Rat, p.m)
	var best *big.Rat
	var tied []int
	by := make([]int64, len(p.loads.held))
	term := new(big.Int)
	for _, c := range p.open() {
		parts, weight := new(big.Int).Set(p.loads.whole), int64(0)
		for l, w := range p.loads.weights(p.election, c, by) {
			if w != 0 {
				weight += w
				parts.Add(parts, term.Mul(term.SetInt64(w), p.loads.held[l]))
			}
		}
		if weight == 0 {
			continue
		}
		p.after[c] = new(big.Rat).SetFrac(parts, term.Mul(p.loads.whole, big.NewInt(weight)))
		order := -1
		if best != nil {
			order = p.after[c].Cmp(best)
		}
		switch {
		case order < 0:
			best, tied = p.after[c], []int{c}
		case order == 0:
			tied = append(tied, c)
		}
	}
	if tied == nil { // nobody supports any of them
		tied = p.open()
	}
	round := Round{Phase: p.phase, Elected: tied[0], Removed: -1, Scores: p.after}
	if best != nil {
		round.Payments = p.loads.payments(p.election, tied[0], p.carried(tied[0]))
	}
	return tied, round, nil
}

// carried gives the loads once a candidate has the seat.
func (p *phragmen) carried(c int) purses {
	if p.after[c] == nil {
		return p.loads
	}
	// The new load is num/den: in parts of a whole that den divides.
	num, den := p.after[c].Num(), p.after[c].Denom()
	gcd := new(big.Int).GCD(nil, nil, den, p.loads.whole)
	factor := new(big.Int).Quo(den, gcd)
	parts := new(big.Int).Mul(num, new(big.Int).Quo(p.loads.whole, gcd))
	return p.loads.settle(p.election, c, factor, func(*big.Int) *big.Int { return parts })
}

func (p *phragmen) take(c int) {
	p.loads = p.carried(c)
	p.seat(c)
}

func (p *phragmen) clone() process {
	c := *p
	c.race = p.copied()
	return &c
}

func (p *phragmen) key() string { return p.race.key() + p.loads.key() }

func (p *phragmen) tell(out *Outcome) { out.Loads = p.loads.rats() }
