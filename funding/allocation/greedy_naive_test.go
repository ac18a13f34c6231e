package allocation_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// naiveList buys as docs/methods/greedy.md says: it asks anew, before each purchase, what every project would add for every ballot.
func (v village) naiveList(t *rapid.T) (bought []int, partial int, left int64) {
	o := v.options
	rank := v.rank(t)
	bought, left = v.initial()
	passed := map[int]bool{}
	partial = -1
	var first *int
	for {
		next, best := -1, new(big.Rat)
		for p, project := range v.projects {
			over := project.Cost.Minor() > v.budget
			if passed[p] || !v.eligible(p, bought) || over && !o.NoSkip && o.Partial.Num == 0 {
				continue
			}
			gain := v.naiveGain(p, bought)
			gain.Quo(gain, v.cost(p))
			// What differs by less than a millionth of a millionth is level: roots are irrational here, and cut at 200 places.
			more := new(big.Rat).Sub(gain, best)
			level := new(big.Rat).Abs(more).Cmp(big.NewRat(1, 1_000_000_000_000)) < 0
			if next < 0 || level && rank[p] < rank[next] || !level && more.Sign() > 0 {
				next, best = p, gain
			}
		}
		if next < 0 {
			break
		}
		if cost := v.projects[next].Cost.Minor(); cost <= left {
			bought, left = append(bought, next), left-cost
			continue
		}
		passed[next] = true
		if first == nil {
			first = &next
		}
		if o.NoSkip {
			break
		}
	}
	if first != nil && o.Partial.Num > 0 && left > 0 && v.eligible(*first, bought) &&
		big.NewRat(left, v.projects[*first].Cost.Minor()).Cmp(big.NewRat(o.Partial.Num, o.Partial.Den)) >= 0 {
		partial, left = *first, 0
	}
	return bought, partial, left
}

// naiveGain gives what a project adds for all ballots to what is bought.
func (v village) naiveGain(project int, bought []int) *big.Rat {
	gain, supporters := new(big.Rat), new(big.Rat)
	for _, b := range v.ballots {
		if b.supports(project) {
			supporters.Add(supporters, b.voices())
		}
	}
	for _, b := range v.ballots {
		if !b.supports(project) {
			continue
		}
		had := new(big.Rat) // what is bought for this ballot
		some := false
		for _, p := range bought {
			if b.supports(p) {
				had.Add(had, v.cost(p))
				some = true
			}
		}
		cost := v.cost(project)
		points := big.NewRat(b.points[project], 1)
		one := new(big.Rat)
		switch v.options.Satisfaction {
		case allocation.Cost:
			one.Mul(cost, points)
		case allocation.Cardinality:
			one.SetInt64(1)
		case allocation.Points:
			one.Set(points)
		case allocation.Effort:
			one.Mul(new(big.Rat).Quo(cost, supporters), points)
		case allocation.CC:
			if !some {
				one.SetInt64(1)
			}
		case allocation.CostSqrt:
			one.Mul(new(big.Rat).Sub(rootOf(new(big.Rat).Add(had, cost)), rootOf(had)), points)
		case allocation.CostLog:
			one.Mul(new(big.Rat).Sub(logOf(new(big.Rat).Add(had, cost)), logOf(had)), points)
		case allocation.AdditiveCostSqrt:
			one.Mul(rootOf(cost), points)
		case allocation.AdditiveCostLog:
			one.Mul(logOf(cost), points)
		}
		gain.Add(gain, one.Mul(one, b.voices()))
	}
	return gain
}

// rootOf gives the root of a number, cut at 200 binary places.
func rootOf(x *big.Rat) *big.Rat {
	n := new(big.Int).Lsh(x.Num(), 400)
	n.Quo(n, x.Denom()).Sqrt(n)
	return new(big.Rat).SetFrac(n, new(big.Int).Lsh(big.NewInt(1), 200))
}

// logOf gives the natural logarithm of 1 + x by its series in y = x/(2+x): twice the sum of the odd powers of y, each divided by its exponent.
func logOf(x *big.Rat) *big.Rat {
	const places = 200
	y := new(big.Rat).Quo(x, new(big.Rat).Add(x, big.NewRat(2, 1)))
	cut := func(r *big.Rat) *big.Int { return new(big.Int).Quo(new(big.Int).Lsh(r.Num(), places), r.Denom()) }
	power := cut(y)
	square := cut(new(big.Rat).Mul(y, y))
	sum := new(big.Int)
	for n := int64(1); power.Sign() > 0; n += 2 {
		sum.Add(sum, new(big.Int).Quo(power, big.NewInt(n)))
		power.Rsh(power.Mul(power, square), places)
	}
	return new(big.Rat).SetFrac(sum.Lsh(sum, 1), new(big.Int).Lsh(big.NewInt(1), places))
}

// drawGreedy draws how a list is gone through.
func (v *village) drawGreedy(t *rapid.T) allocation.Rule {
	kinds := allocation.Satisfactions()
	if v.shape == voting.ShapeChoices {
		kinds = slices.DeleteFunc(kinds, func(s allocation.Satisfaction) bool { return s == allocation.Points })
	}
	v.options.Satisfaction = rapid.SampledFrom(kinds).Draw(t, "satisfaction")
	v.options.NoSkip = rapid.Bool().Draw(t, "no skip")
	v.options.Partial = rapid.SampledFrom([]voting.Fraction{{}, {Num: 4, Den: 5}, {Num: 1, Den: 10}}).Draw(t, "partial")
	return rapid.SampledFrom([]allocation.Rule{allocation.Greedy, allocation.GreedyDensity}).Draw(t, "rule")
}

func TestGreedyNaively(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 6, ballots: 7, points: true, groups: true, minimums: true})
		r := v.drawGreedy(t)
		bought, partial, left := v.naiveList(t)
		out := v.allocate(t, r)
		require.Equal(t, v.ids(bought), out.Selected)
		require.Equal(t, left, out.Left.Minor())
		if partial < 0 {
			require.Nil(t, out.Partial)
		} else {
			require.Equal(t, v.projects[partial].ID, out.Partial.ID)
		}
		v.checkOutcome(t, out)
		v.checkOrder(t, r, out)
		v.checkWeights(t, r, out)
	})
}
