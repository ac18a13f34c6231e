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

// naiveShares buys as docs/methods/equal-shares-budget.md says, ballot by ballot, in fractions, one increment after the other.
func (v village) naiveShares(t require.TestingT) ([]int, naiveCount) {
	first, left := v.initial()
	voices := new(big.Rat)
	for _, b := range v.ballots {
		voices.Add(voices, b.voices())
	}
	share := new(big.Rat).Quo(big.NewRat(left, 100), voices)
	if v.options.WholeShares {
		share.SetInt(new(big.Int).Quo(share.Num(), share.Denom()))
	}
	bought, left, count := v.naiveRun(t, share)
	add := slices.Contains([]allocation.Completion{allocation.Add1, allocation.Add1U, allocation.Add1Cut}, v.options.Completion)
	enough := new(big.Rat) // with so much, everybody could pay for everything alone
	for p := range v.projects {
		enough.Add(enough, new(big.Rat).Mul(v.cost(p), big.NewRat(4, 1)))
	}
	for add && share.Cmp(enough) < 0 && !v.naiveFits(bought, left) {
		if !v.options.PastExhaustive && len(v.naiveOpen(bought, left)) == 0 {
			count.stopped = true
			break
		}
		share.Add(share, big.NewRat(v.options.Increment.Minor(), 100))
		next, rest, counted := v.naiveRun(t, share)
		if rest < 0 {
			if v.options.Completion == allocation.Add1Cut {
				bought, left = v.naiveCut(next)
				count = naiveCount{}
			} else {
				count.stopped = true
			}
			break
		}
		bought, left, count = next, rest, counted
	}
	if !add {
		count.stopped = true
	}
	if v.naiveFits(bought, left) {
		rest := v.naiveOpen(bought, left)
		rank := v.rank(t)
		slices.SortFunc(rest, func(a, b int) int { return rank[a] - rank[b] })
		bought, left = append(bought, rest...), 0
	}
	switch v.options.Completion {
	case allocation.Utilitarian, allocation.Add1U:
		bought = v.naiveGreedy(t, bought, left)
	case allocation.ByPhragmen:
		loads := make([]*big.Rat, len(v.ballots))
		for i, b := range v.ballots {
			loads[i] = new(big.Rat)
			if b.weight > 0 {
				loads[i].Quo(count.purses[i], b.voices()).Neg(loads[i])
			}
		}
		bought = v.naiveSaving(t, bought, left, loads)
	}
	if v.options.Comparison {
		money := v.budget
		for _, p := range first {
			money -= v.projects[p].Cost.Minor()
		}
		other := v.naiveGreedy(t, first, money)
		if v.naivePrefer(other, bought).Cmp(v.naivePrefer(bought, other)) > 0 {
			return other, naiveCount{}
		}
	}
	return bought, count
}

// naiveCount is the working of a run.
type naiveCount struct {
	share   *big.Rat // for each voice
	stopped bool     // it is the last, not because nothing changes any more
	rounds  []allocation.Round
	purses  []*big.Rat // in the end
}

// naiveCut leaves what comes first and can be paid.
func (v village) naiveCut(list []int) (bought []int, left int64) {
	left = v.budget
	for i, p := range list {
		if v.projects[p].Cost.Minor() > left {
			return list[:i], left
		}
		left -= v.projects[p].Cost.Minor()
	}
	return list, left
}

// naiveRun buys with a share for each voice; what is left is negative if that is too much.
func (v village) naiveRun(t require.TestingT, share *big.Rat) (bought []int, left int64, count naiveCount) {
	rank := v.rank(t)
	bought, left = v.initial()
	var purses []*big.Rat
	for _, b := range v.ballots {
		purses = append(purses, new(big.Rat).Mul(share, b.voices()))
	}
	for {
		var least, price *big.Rat
		best := -1
		for p := range v.projects {
			q := v.naivePrice(p, purses)
			if q == nil || !v.eligible(p, bought) || v.projects[p].Cost.Minor() > v.budget {
				continue
			}
			key := v.naiveRho(p, q)
			order := -1
			if best >= 0 {
				order = key.Cmp(least)
			}
			if order < 0 || order == 0 && rank[p] < rank[best] {
				least, price, best = key, q, p
			}
		}
		if best < 0 {
			count.share, count.purses = new(big.Rat).Set(share), purses
			return bought, left, count
		}
		bought, left = append(bought, best), left-v.projects[best].Cost.Minor()
		r, most := allocation.Round{Project: v.projects[best].ID}, new(big.Rat)
		for i, b := range v.ballots {
			pays := new(big.Rat).Mul(price, v.naiveWeight(b, best))
			if pays.Sign() > 0 && purses[i].Sign() > 0 {
				r.Payers = voting.Votes{Seats: r.Payers.Seats + 1, Voices: r.Payers.Voices + b.weight}
			}
			if pays.Cmp(purses[i]) > 0 {
				if purses[i].Sign() > 0 {
					r.Emptied = voting.Votes{Seats: r.Emptied.Seats + 1, Voices: r.Emptied.Voices + b.weight}
				}
				pays.Set(purses[i])
			}
			purses[i].Sub(purses[i], pays)
			if pays.Sign() > 0 && pays.Quo(pays, b.voices()).Cmp(most) > 0 {
				most = pays
			}
		}
		r.Price = voting.NumberOf(most)
		count.rounds = append(count.rounds, r)
	}
}

// naiveWeight gives a ballot's voices times its points for a project, where points count.
func (v village) naiveWeight(b paper, p int) *big.Rat {
	points := b.points[p]
	if s := v.options.Satisfaction; s == allocation.Cardinality || s == allocation.CC {
		points = min(points, 1)
	}
	return new(big.Rat).Mul(b.voices(), big.NewRat(points, 1))
}

// naivePrice gives the smallest q of which the supporters' min(purse, q * voices * points) add up to the cost, or nil.
func (v village) naivePrice(p int, purses []*big.Rat) *big.Rat {
	type payer struct{ has, weight, full *big.Rat }
	var payers []payer
	for i, b := range v.ballots {
		if w := v.naiveWeight(b, p); w.Sign() > 0 {
			payers = append(payers, payer{purses[i], w, new(big.Rat).Quo(purses[i], w)})
		}
	}
	slices.SortFunc(payers, func(a, b payer) int { return a.full.Cmp(b.full) })
	missing := v.cost(p)
	for n, payer := range payers {
		rest := new(big.Rat)
		for _, other := range payers[n:] {
			rest.Add(rest, other.weight)
		}
		if q := new(big.Rat).Quo(missing, rest); q.Cmp(payer.full) <= 0 {
			return q
		}
		missing.Sub(missing, payer.has)
	}
	return nil
}

// naiveRho gives what grows with the price over the worth: of a root, its square.
func (v village) naiveRho(p int, q *big.Rat) *big.Rat {
	cost := v.cost(p)
	switch v.options.Satisfaction {
	case allocation.Cost:
		return new(big.Rat).Quo(q, cost)
	case allocation.Effort:
		support := new(big.Rat)
		for _, b := range v.ballots {
			if b.supports(p) {
				support.Add(support, b.voices())
			}
		}
		return new(big.Rat).Quo(new(big.Rat).Mul(q, support), cost)
	case allocation.CostSqrt, allocation.AdditiveCostSqrt:
		return new(big.Rat).Quo(new(big.Rat).Mul(q, q), cost)
	}
	return q
}

// naiveOpen gives what could be bought with the money that is left.
func (v village) naiveOpen(bought []int, left int64) []int {
	var open []int
	for p, project := range v.projects {
		if v.eligible(p, bought) && project.Cost.Minor() <= left {
			open = append(open, p)
		}
	}
	return open
}

// naiveFits says whether all that could be bought at all can be bought together.
func (v village) naiveFits(bought []int, left int64) bool {
	all := slices.Clone(bought)
	n := 0
	for p, project := range v.projects {
		if v.eligible(p, bought) && project.Cost.Minor() <= v.budget {
			if !v.eligible(p, all) {
				return false
			}
			all, left = append(all, p), left-project.Cost.Minor()
			n++
		}
	}
	return n > 0 && left >= 0
}

// naiveGreedy goes on by what a unit of cost brings all, and skips what is too dear.
func (v village) naiveGreedy(t require.TestingT, bought []int, left int64) []int {
	rank := v.rank(t)
	bought = slices.Clone(bought)
	density := make([]*big.Rat, len(v.projects))
	for p := range v.projects {
		total := new(big.Rat)
		for _, b := range v.ballots {
			total.Add(total, v.naiveWeight(b, p))
		}
		density[p] = new(big.Rat)
		if total.Sign() > 0 { // 1/rho, if everybody could pay
			density[p].Inv(v.naiveRho(p, new(big.Rat).Quo(v.cost(p), total)))
		}
	}
	order := upTo(len(v.projects))
	slices.SortFunc(order, func(a, b int) int {
		if c := density[b].Cmp(density[a]); c != 0 {
			return c
		}
		return rank[a] - rank[b]
	})
	for _, p := range order {
		if v.eligible(p, bought) && v.projects[p].Cost.Minor() <= left {
			bought, left = append(bought, p), left-v.projects[p].Cost.Minor()
		}
	}
	return bought
}

// naivePrefer gives the voices that support more of one than of the other.
func (v village) naivePrefer(one, other []int) *big.Rat {
	voices := new(big.Rat)
	for _, b := range v.ballots {
		count := func(list []int) (n int) {
			for _, p := range list {
				if b.supports(p) {
					n++
				}
			}
			return n
		}
		if count(one) > count(other) {
			voices.Add(voices, b.voices())
		}
	}
	return voices
}

// drawShares draws how Equal Shares is applied.
func (v *village) drawShares(t *rapid.T) {
	o := &v.options
	kinds := []allocation.Satisfaction{
		allocation.Cost, allocation.Cost, allocation.Cardinality, allocation.Effort, allocation.CostSqrt, allocation.AdditiveCostSqrt,
	}
	if v.shape == voting.ShapePoints {
		kinds = append(kinds, allocation.Points, allocation.Points, allocation.Points)
	}
	o.Satisfaction = rapid.SampledFrom(kinds).Draw(t, "satisfaction")
	o.Completion = rapid.SampledFrom([]allocation.Completion{
		allocation.NoCompletion, allocation.Add1, allocation.Add1, allocation.Add1U, allocation.Add1Cut, allocation.Utilitarian, allocation.ByPhragmen,
	}).Draw(t, "completion")
	o.PastExhaustive = rapid.Bool().Draw(t, "past")
	o.WholeShares = rapid.Bool().Draw(t, "whole")
	o.Comparison = rapid.Bool().Draw(t, "comparison")
	o.Payments = rapid.IntRange(0, 3).Draw(t, "payments")
	var sum int64
	for _, p := range v.projects {
		sum += p.Cost.Minor()
	}
	o.Increment = cents(t, 1+sum/rapid.Int64Range(3, 60).Draw(t, "increments"))
}

func TestEqualSharesAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 6, ballots: 7, points: true, groups: true, minimums: true, large: true})
		v.drawShares(t)
		out := v.allocate(t, allocation.EqualShares)
		bought, count := v.naiveShares(t)
		require.Equal(t, v.ids(bought), out.Selected)
		if !count.stopped { // what counts is not this run, or one of several alike
			return
		}
		for i, r := range count.rounds {
			got := out.Rounds[i]
			require.Equal(t, r, allocation.Round{Project: got.Project, Price: got.Price, Payers: got.Payers, Emptied: got.Emptied})
		}
		require.Equal(t, voting.NumberOf(count.share), figure(out, "share"))
		for p, s := range out.Projects {
			if s.Why.Reason != allocation.Short {
				continue
			}
			have := new(big.Rat)
			for i, b := range v.ballots {
				if b.supports(p) {
					have.Add(have, count.purses[i])
				}
			}
			have.Mul(have, big.NewRat(100, 1))
			whole := new(big.Int).Quo(have.Num(), have.Denom()).Int64()
			require.Equal(t, whole, s.Why.Have.Minor())
			require.Equal(t, s.Cost.Minor()-whole, s.Why.Missing.Minor())
		}
	})
}
