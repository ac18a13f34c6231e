package committee

import "math/big"

// shares is the Method of Equal Shares. The voters share the price of all seats equally. A seat is bought by its supporters, who all pay
// the same, or all they have if that is less; each seat goes where that same is the least. When nobody can pay for another seat, the
// seats left over go by a completion.
type shares struct {
	race
	purses purses
	finish func(s *shares) process // what fills the rest
	rest   process                 // nil until then
	price  []*big.Rat              // what each voter would pay, for candidates who can be bought
}

// shares begins with a budget for all voters together, in seats.
func (e *election) shares(budget *big.Rat, finish func(s *shares) process) *shares {
	each := new(big.Rat).Quo(budget, new(big.Rat).SetInt64(max(e.total, 1)))
	return &shares{race: e.newRace(), purses: e.newPurses(each.Num(), each.Denom()), finish: finish}
}

// seats is the price of all seats.
func (e *election) seats() *big.Rat { return new(big.Rat).SetInt64(int64(e.k)) }

func (s *shares) next() ([]int, Round, error) {
	if s.full() {
		return nil, Round{}, nil
	}
	if s.rest == nil {
		tied, round, err := s.affordable()
		if err != nil || len(tied) > 0 {
			return tied, round, err
		}
		if s.rest = s.finish(s); s.rest == nil {
			return nil, Round{}, nil
		}
	}
	return s.rest.next()
}

// affordable gives the candidates whose supporters pay the least each, among those who can be bought.
func (s *shares) affordable() ([]int, Round, error) {
	if err := s.spend(s.purses.cost(s.election)); err != nil {
		return nil, Round{}, err
	}
	s.price = make([]*big.Rat, s.m)
	var best *big.Rat
	var tied []int
	by := make([]int64, len(s.purses.held))
	for _, c := range s.open() {
		if s.price[c] = s.purses.price(s.purses.weights(s.election, c, by)); s.price[c] == nil {
			continue
		}
		order := -1
		if best != nil {
			order = s.price[c].Cmp(best)
		}
		switch {
		case order < 0:
			best, tied = s.price[c], []int{c}
		case order == 0:
			tied = append(tied, c)
		}
	}
	if best == nil {
		return nil, Round{}, nil
	}
	return tied, Round{
		Phase: "equal-shares", Elected: tied[0], Removed: -1, Scores: s.price,
		Payments: s.purses.payments(s.election, tied[0], s.paid(tied[0])),
	}, nil
}

// price is the least that each of some voters pays for a seat when those who have less give all they have; nil if they cannot pay.
func (p purses) price(weights []int64) *big.Rat {
	var able int64 // the weight of those who have enough
	for _, w := range weights {
		able += w
	}
	missing, term := new(big.Int).Set(p.whole), new(big.Int) // what they have to pay
	for l, w := range weights {
		if w == 0 {
			continue
		}
		held := p.held[l]
		if term.Mul(term.SetInt64(able), held).Cmp(missing) >= 0 {
			return new(big.Rat).SetFrac(missing, term.Mul(term.SetInt64(able), p.whole))
		}
		missing.Sub(missing, term.Mul(term.SetInt64(w), held))
		able -= w
	}
	return nil
}

// paid gives the purses once a candidate is bought.
func (s *shares) paid(c int) purses {
	num, den := s.price[c].Num(), s.price[c].Denom()
	gcd := new(big.Int).GCD(nil, nil, den, s.purses.whole)
	factor := new(big.Int).Quo(den, gcd)
	parts := new(big.Int).Mul(num, new(big.Int).Quo(s.purses.whole, gcd))
	return s.purses.settle(s.election, c, factor, func(held *big.Int) *big.Int {
		left := new(big.Int).Mul(held, factor)
		if left.Sub(left, parts).Sign() < 0 {
			left.SetInt64(0)
		}
		return left
	})
}

func (s *shares) take(c int) {
	if s.rest != nil {
		s.rest.take(c)
	} else {
		s.purses = s.paid(c)
	}
	s.seat(c)
}

func (s *shares) clone() process {
	c := *s
	c.race = s.copied()
	if s.rest != nil {
		c.rest = s.rest.clone()
	}
	return &c
}

func (s *shares) key() string {
	if s.rest != nil {
		return "+" + s.rest.key()
	}
	return s.race.key() + s.purses.key()
}

func (s *shares) tell(out *Outcome) {
	out.Budgets = s.purses.rats()
	if s.rest != nil {
		s.rest.tell(out)
	}
}

// byPhragmen fills the rest by Phragmén's rule: voters begin with what they have left.
func byPhragmen(s *shares) process {
	debts := make([]*big.Int, len(s.purses.held))
	for l, h := range s.purses.held { // turned round, to ascend
		debts[len(debts)-1-l] = new(big.Int).Neg(h)
	}
	level := make([]int32, len(s.purses.level))
	for g, l := range s.purses.level {
		level[g] = int32(len(debts)-1) - l
	}
	return &phragmen{race: s.copied(), loads: purses{s.purses.whole, debts, level}, phase: "phragmen"}
}

// byApproval fills the rest with those whom the most approve.
func byApproval(s *shares) process {
	return &approval{race: s.copied(), scores: s.approvals()}
}

// approval fills seats with those whom the most approve.
type approval struct {
	race
	scores []*big.Rat
}

func (a *approval) next() ([]int, Round, error) {
	if a.full() {
		return nil, Round{}, nil
	}
	var tied []int
	scores := make([]*big.Rat, a.m)
	for _, c := range a.open() {
		scores[c] = a.scores[c]
		order := 1
		if tied != nil {
			order = scores[c].Cmp(scores[tied[0]])
		}
		switch {
		case order > 0:
			tied = []int{c}
		case order == 0:
			tied = append(tied, c)
		}
	}
	return tied, Round{Phase: "av", Elected: tied[0], Removed: -1, Scores: scores}, nil
}

func (a *approval) take(c int) { a.seat(c) }

func (a *approval) clone() process { return &approval{a.copied(), a.scores} }

func (a *approval) tell(*Outcome) {}
