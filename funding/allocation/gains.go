package allocation

import "math/big"

// gains is what projects bring, beside what is bought already.
type gains interface {
	// density gives what all voters gain from a project, in units of weight, for each minor unit of its cost.
	density(p int) *big.Rat
	// bought is told of each project that is bought, and says whether what the others bring may have changed.
	bought(p int) bool
}

// gains gives what projects bring by the satisfaction that is asked for.
func (b *basket) gains() gains {
	switch b.in.options.Satisfaction {
	case CC, CostSqrt, CostLog:
		return newBundles(b)
	}
	return alone{b.in}
}

// alone has every project bring what it brings by itself.
type alone struct{ *instance }

func (alone) bought(int) bool { return false }

// bundles has every project bring what it adds to the projects that are bought and that a voter supports. What it brings is multiplied by the
// voter's points for it, but for CC.
type bundles struct {
	in    *instance
	has   []bool
	cost  []int64            // by group: of what it supports and is bought
	any   []bool             // by group: whether there is any
	gain  []*big.Int         // by project that is not bought, of all: in units of weight, and of the last place
	known map[int64]*big.Int // by cost: the root or logarithm, in units of the last place
	den   *big.Int           // units of the last place in 1
}

func newBundles(b *basket) *bundles {
	in := b.in
	s := &bundles{
		in: in, has: b.has, cost: make([]int64, len(in.groups)), any: make([]bool, len(in.groups)), gain: make([]*big.Int, len(in.costs)),
		known: map[int64]*big.Int{0: new(big.Int)}, den: big.NewInt(1),
	}
	if in.options.Satisfaction != CC {
		s.den.Lsh(s.den, rootPlaces)
	}
	for g, group := range in.groups {
		for _, c := range group.supports {
			if b.has[c.project] {
				s.cost[g] += in.costs[c.project]
				s.any[g] = true
			}
		}
	}
	for p := range in.costs {
		s.gain[p] = new(big.Int)
	}
	for g := range in.groups {
		s.change(g, (*big.Int).Add)
	}
	return s
}

// adds gives what a project adds for a group.
func (s *bundles) adds(group, p int, points int64) *big.Int {
	weight := big.NewInt(s.in.groups[group].weight)
	if s.in.options.Satisfaction == CC {
		if s.any[group] {
			return new(big.Int)
		}
		return weight
	}
	more := new(big.Int).Sub(s.of(s.cost[group]+s.in.costs[p]), s.of(s.cost[group]))
	return more.Mul(more, weight.Mul(weight, big.NewInt(points)))
}

// of gives the root or the logarithm of a cost, in units of the last place.
func (s *bundles) of(cost int64) *big.Int {
	if n, ok := s.known[cost]; ok {
		return n
	}
	var r *big.Rat
	if s.in.options.Satisfaction == CostLog {
		r = logarithm(cost, s.in.election.budget.Currency().Unit())
	} else {
		r = squareRoot(cost)
	}
	n := new(big.Int).Mul(r.Num(), new(big.Int).Quo(s.den, r.Denom())) // whose denominator is a power of 2
	s.known[cost] = n
	return n
}

func (s *bundles) density(p int) *big.Rat {
	return new(big.Rat).SetFrac(s.gain[p], new(big.Int).Mul(s.den, big.NewInt(s.in.costs[p])))
}

// bought takes from the projects that are not bought what they added for the supporters of the one that is, and gives them what they add now.
func (s *bundles) bought(p int) bool {
	for _, backer := range s.in.backers[p] {
		s.change(backer.group, (*big.Int).Sub)
		s.cost[backer.group] += s.in.costs[p]
		s.any[backer.group] = true
		s.change(backer.group, (*big.Int).Add)
	}
	return true
}

// change adds what the projects of a group that are not bought add for it, or takes it away.
func (s *bundles) change(group int, by func(z, x, y *big.Int) *big.Int) {
	for _, c := range s.in.groups[group].supports {
		if !s.has[c.project] {
			by(s.gain[c.project], s.gain[c.project], s.adds(group, c.project, c.points))
		}
	}
}
