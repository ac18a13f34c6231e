package allocation

import (
	"math/big"
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// Quadratic shares a pool among projects by what was given to them and by how many: docs/methods/quadratic-funding.md. A project to which n
// donors give equally draws n*(n-1) times such a gift.
type Quadratic struct {
	Pool money.Amount // above nothing
	// ScaleUp shares the whole pool even if the formula comes to less. Without it, what the formula does not need is left.
	ScaleUp bool
	// Coefficients are by how much a donor's gifts count, from 0 to 1: how sure it is that they are one person. 1 for whom it does
	// not name.
	Coefficients map[string]voting.Fraction
	// MinGift is the least that one donor must give one project, after the coefficient, to count.
	MinGift money.Amount
	// MaxGift is the most that counts of what one donor gives one project.
	MaxGift money.Amount
	// MaxMatch is the most that one project is given, and MaxPart the same as a part of the pool. Of both, the less counts. What is
	// above goes to the others.
	MaxMatch money.Amount
	MaxPart  voting.Fraction
	// Goals are the most that single projects are given, by their ids, such as what they still need.
	Goals map[string]money.Amount
	// Pairwise bounds what two donors draw together who give to the same projects: with m, what a pair draws counts m/(m+k) of itself,
	// k being the sum of what it draws from all projects. Nothing is no bound, and the usual formula.
	Pairwise money.Amount
}

// The exactness of irrational numbers, in binary places: roots are rounded down to rootBits, and what the formula gives is rounded to the nearest
// of drawBits. Sums of roots that come to a whole number are whole again thereby. Remainders of minor units are compared to tieBits, so that
// those are equal that would be if nothing had been rounded.
const (
	rootBits = 256
	drawBits = 128
	tieBits  = 32
)

// mostPairs bounds the work of the pairwise rule.
const mostPairs = 1 << 21

// Match shares the pool. It does not depend on the order of gifts. The parts are rounded down to whole minor units, and those that
// remain of the sum go to the largest remainders, of equal ones to the lower id. It refuses gifts and options that cannot be used, amounts of
// different currencies, and, for the pairwise rule, too many pairs.
func (q Quadratic) Match(gifts []Gift) (Matches, error) {
	if err := q.check(); err != nil {
		return Matches{}, err
	}
	all, err := gather(gifts, q.Pool.Currency())
	if err != nil {
		return Matches{}, err
	}
	counted := make([][]counting, len(all))
	for i, p := range all {
		counted[i] = q.count(p)
	}
	var draws []*big.Int
	if q.Pairwise.IsZero() {
		draws = drawsOf(counted)
	} else if draws, err = q.pairwise(counted); err != nil {
		return Matches{}, err
	}
	return q.share(all, counted, draws)
}

func (q Quadratic) check() error {
	amounts := map[string]money.Amount{"min_gift": q.MinGift, "max_gift": q.MaxGift, "max_match": q.MaxMatch, "pairwise": q.Pairwise}
	for id, goal := range q.Goals {
		amounts["goals/"+id] = goal
	}
	if err := checkPool(q.Pool, amounts); err != nil {
		return err
	}
	if q.MaxPart != (voting.Fraction{}) && (q.MaxPart.Check() != nil || q.MaxPart.Num == 0) {
		return ErrMatching.At("max_part", q.MaxPart.String())
	}
	for _, donor := range sortedKeys(q.Coefficients) {
		if c := q.Coefficients[donor]; c.Check() != nil {
			return ErrMatching.At("coefficients/"+donor, c.String())
		}
	}
	return nil
}

// counting is how much of what one donor gives one project counts.
type counting struct {
	donor  string
	amount *big.Rat // in minor units
	root   *big.Int // its root, in 2^-rootBits
}

// count gives what counts of the gifts to a project.
func (q Quadratic) count(p givings) []counting {
	var out []counting
	for _, d := range p.by {
		a := new(big.Rat).SetInt64(d.sum.Minor())
		if c, named := q.Coefficients[d.donor]; named {
			a.Mul(a, big.NewRat(c.Num, c.Den))
		}
		if a.Sign() == 0 || a.Cmp(new(big.Rat).SetInt64(q.MinGift.Minor())) < 0 {
			continue
		}
		if most := new(big.Rat).SetInt64(q.MaxGift.Minor()); most.Sign() > 0 && a.Cmp(most) > 0 {
			a = most
		}
		root := new(big.Int).Lsh(a.Num(), 2*rootBits)
		root.Sqrt(root.Quo(root, a.Denom()))
		out = append(out, counting{d.donor, a, root})
	}
	return out
}

// drawsOf gives (sum of roots)^2 - sum for each project, in 2^-drawBits.
func drawsOf(counted [][]counting) []*big.Int {
	draws := make([]*big.Int, len(counted))
	for i, donors := range counted {
		roots, sum := new(big.Int), new(big.Rat)
		for _, c := range donors {
			roots.Add(roots, c.root)
			sum.Add(sum, c.amount)
		}
		square := new(big.Rat).SetFrac(roots.Mul(roots, roots), new(big.Int).Lsh(big.NewInt(1), 2*rootBits))
		draws[i] = nearest(square.Sub(square, sum), drawBits)
	}
	return draws
}

// nearest gives a number that is not negative, but for what its roots lack, in units of the last of so many binary places.
func nearest(x *big.Rat, places uint) *big.Int {
	n := new(big.Int).Lsh(x.Num(), places+1)
	n.Add(n, x.Denom())
	return n.Div(n, new(big.Int).Lsh(x.Denom(), 1))
}

// pairwise gives the sum over pairs of root * root * m/(m+k) for each project, in 2^-drawBits.
func (q Quadratic) pairwise(counted [][]counting) ([]*big.Int, error) {
	pairs := 0
	for _, donors := range counted {
		if pairs += len(donors) * (len(donors) - 1) / 2; pairs > mostPairs {
			return nil, ErrTooLarge.At("gifts", "more than "+strconv.Itoa(mostPairs)+" pairs of donors give to the same project")
		}
	}
	together := make(map[[2]string]*big.Int, pairs) // by pair: k, in 2^-rootBits
	each := func(donors []counting, do func(pair [2]string, drawn *big.Int)) {
		for j := range donors {
			for i := range j { // donors are in order, so that a pair is the same in every project
				drawn := new(big.Int).Mul(donors[i].root, donors[j].root)
				do([2]string{donors[i].donor, donors[j].donor}, drawn.Rsh(drawn, rootBits))
			}
		}
	}
	for _, donors := range counted {
		each(donors, func(pair [2]string, drawn *big.Int) {
			if k := together[pair]; k != nil {
				drawn.Add(drawn, k)
			}
			together[pair] = drawn
		})
	}
	bound := new(big.Int).Lsh(big.NewInt(q.Pairwise.Minor()), rootBits)
	draws := make([]*big.Int, len(counted))
	for i, donors := range counted {
		sum := new(big.Int)
		each(donors, func(pair [2]string, drawn *big.Int) {
			drawn.Mul(drawn, bound)
			sum.Add(sum, drawn.Quo(drawn, new(big.Int).Add(bound, together[pair])))
		})
		draws[i] = nearest(new(big.Rat).SetFrac(sum, new(big.Int).Lsh(big.NewInt(1), rootBits)), drawBits)
	}
	return draws, nil
}

// share gives every project its part of the pool.
func (q Quadratic) share(all []givings, counted [][]counting, draws []*big.Int) (Matches, error) {
	one := new(big.Int).Lsh(big.NewInt(1), drawBits)
	drawn := new(big.Int)
	for _, d := range draws {
		drawn.Add(drawn, d)
	}
	sum := new(big.Rat).SetFrac(drawn, one)
	pool := new(big.Rat).SetInt64(q.Pool.Minor())
	m := Matches{Pool: q.Pool}
	if order := sum.Cmp(pool); order > 0 || order < 0 && q.ScaleUp && sum.Sign() > 0 {
		sum, m.Scaled = pool, true
	}

	caps, err := q.caps(all)
	if err != nil {
		return Matches{}, err
	}
	order := make([]int, len(all)) // by id already
	for i := range order {
		order[i] = i
	}
	f := fill(sum, wholeUnits(sum), draws, caps, order, tieBits)
	capped := false
	for _, full := range f.full {
		capped = capped || full
	}
	for i, p := range all {
		why := MatchInFull
		switch {
		case len(counted[i]) == 0:
			why = MatchNothing
		case draws[i].Sign() == 0:
			why = MatchOneDonor
		case f.full[i]:
			why = MatchCapped
		case capped:
			why = MatchShared
		case m.Scaled:
			why = MatchScaled
		}
		formula := new(big.Int).Rsh(draws[i], drawBits)
		if formula.Cmp(big.NewInt(money.MaxMinor)) > 0 {
			formula.SetInt64(money.MaxMinor) // nothing depends on it: the pool is smaller
		}
		if err := m.add(p, int64(len(counted[i])), formula.Int64(), f.parts[i], why); err != nil {
			return Matches{}, err
		}
	}
	return m, m.sum()
}

// wholeUnits gives how many whole units a sum has whose terms were rounded: what they lack of a whole number all together is no unit.
func wholeUnits(sum *big.Rat) int64 {
	little := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), drawBits/2))
	return floor(little.Add(little, sum))
}

// caps gives the most that each project is given, in minor units.
func (q Quadratic) caps(all []givings) ([]int64, error) {
	most := int64(uncapped)
	lower := func(to, cap int64) int64 {
		if to == uncapped {
			return cap
		}
		return min(to, cap)
	}
	if !q.MaxMatch.IsZero() {
		most = q.MaxMatch.Minor()
	}
	if q.MaxPart.Num > 0 {
		a, err := part(q.Pool, q.MaxPart)
		if err != nil {
			return nil, err
		}
		most = lower(most, a.Minor())
	}
	caps := make([]int64, len(all))
	for i, p := range all {
		caps[i] = most
		if goal, named := q.Goals[p.project]; named {
			caps[i] = lower(most, goal.Minor())
		}
	}
	return caps, nil
}
