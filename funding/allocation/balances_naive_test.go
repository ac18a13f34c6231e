package allocation_test

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// naiveGiving buys as docs/methods/personal-balances.md says, donor by donor, in fractions. A village's ballot is a donor, whose id is the
// letter of its place; held is what they have, in cents, and is brought up to date.
func (v village) naiveGiving(t require.TestingT, held []int64, guard allocation.Guard) (bought []int) {
	rank := v.rank(t)
	for {
		var least, price *big.Rat
		best := -1
		for p := range v.projects {
			if !v.eligible(p, bought) {
				continue
			}
			able := 0
			purses := v.naiveCapped(p, held, guard)
			for i, b := range v.ballots {
				if b.supports(p) && held[i] > 0 {
					able++
				}
			}
			q := v.naivePrice(p, purses)
			if q == nil || able < guard.Supporters {
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
			return bought
		}
		bought = append(bought, best)
		purses := v.naiveCapped(best, held, guard)
		left := v.projects[best].Cost.Minor()
		type rest struct {
			donor int
			part  *big.Rat
		}
		var rests []rest
		for i, b := range v.ballots {
			pays := new(big.Rat).Mul(price, v.naiveWeight(b, best))
			if pays.Cmp(purses[i]) > 0 {
				pays = purses[i]
			}
			pays = new(big.Rat).Mul(pays, big.NewRat(100, 1))
			whole := new(big.Int).Quo(pays.Num(), pays.Denom())
			held[i] -= whole.Int64()
			left -= whole.Int64()
			rests = append(rests, rest{i, pays.Sub(pays, new(big.Rat).SetInt(whole))})
		}
		slices.SortStableFunc(rests, func(a, b rest) int { return b.part.Cmp(a.part) })
		for _, r := range rests[:left] {
			held[r.donor]--
		}
	}
}

// naiveCapped gives what each may give to a project, in units of the currency.
func (v village) naiveCapped(p int, held []int64, guard allocation.Guard) []*big.Rat {
	most := v.projectCap(p, guard)
	var purses []*big.Rat
	for i, b := range v.ballots {
		has := min(most, held[i])
		if !b.supports(p) {
			has = 0
		}
		purses = append(purses, big.NewRat(has, 100))
	}
	return purses
}

// donors makes the village's ballots into donors, in some order.
func (v village) donors(t require.TestingT, held []int64, order []int) []allocation.Donor {
	var list []allocation.Donor
	for _, i := range order {
		d := allocation.Donor{ID: string(rune('a' + i)), Balance: cents(t, held[i]), Weight: v.ballots[i].weight}
		for p, points := range v.ballots[i].points {
			vote := allocation.Vote{Project: v.projects[p].ID}
			if v.shape == voting.ShapePoints {
				vote.Points = points
			}
			if points > 0 {
				d.Ballot = append(d.Ballot, vote)
			}
		}
		list = append(list, d)
	}
	return list
}

// Donors pay as a second count says, to the cent; no more than they have, and only for what they support; the order of donors changes
// nothing; and nobody pays more than the guard allows.
func TestBalancesAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 6, ballots: 8, points: true, groups: true, minimums: true, large: true})
		v.options.Initial, v.budget = nil, 1_000_000
		kinds := []allocation.Satisfaction{"", allocation.Cost, allocation.Cardinality, allocation.Effort, allocation.CostSqrt}
		v.options.Satisfaction = rapid.SampledFrom(kinds).Draw(t, "satisfaction")
		guard := allocation.Guard{
			Supporters: rapid.IntRange(0, 3).Draw(t, "supporters"),
			Share:      rapid.SampledFrom([]voting.Fraction{{}, {Num: 1, Den: 2}, {Num: 2, Den: 5}, {Num: 1, Den: 1}}).Draw(t, "share"),
		}
		var held []int64
		unit, left := v.projects[0].Cost.Minor(), int64(money.MaxMinor) // more than that all balances together must not be
		for range v.ballots {
			held = append(held, min(left, rapid.SampledFrom([]int64{0, 1, unit / 3, unit / 2, unit, 7 * unit / 3}).Draw(t, "balance")))
			left -= held[len(held)-1]
		}
		round := allocation.Balances{
			Projects: v.projects, Donors: v.donors(t, held, upTo(len(v.ballots))), Setup: &allocation.Setup{Shape: v.shape}, Guard: &guard,
			Options: v.options,
		}
		out := give(t, round)
		round.Donors = v.donors(t, held, rapid.Permutation(upTo(len(v.ballots))).Draw(t, "order"))
		require.Equal(t, out, give(t, round))

		paid := map[string]int64{}
		for i, d := range out.Donors {
			sum := d.Left.Minor()
			for _, p := range d.Paid {
				paid[p.Project] += p.Amount.Minor()
				sum += p.Amount.Minor()
				place, err := strconv.Atoi(p.Project[1:])
				require.NoError(t, err)
				require.True(t, v.ballots[i].supports(place))
				require.LessOrEqual(t, p.Amount.Minor(), v.projectCap(place, guard))
			}
			require.GreaterOrEqual(t, d.Left.Minor(), int64(0))
			require.Equal(t, held[i], sum)
		}
		for _, s := range out.Projects {
			if s.Selected {
				require.Equal(t, s.Cost.Minor(), paid[s.ID])
				continue
			}
			require.NotEmpty(t, s.Why.Reason)
			require.False(t, s.Why.Reason == allocation.Short && s.Why.Missing.IsZero())
		}

		if v.options.Satisfaction == "" {
			v.options.Satisfaction = out.Options.Satisfaction
		}
		require.Equal(t, v.ids(v.naiveGiving(t, held, guard)), out.Selected)
		for i, d := range out.Donors {
			require.Equal(t, held[i], d.Left.Minor())
		}
	})
}

// projectCap gives the most that one donor pays for a project, in cents.
func (v village) projectCap(p int, guard allocation.Guard) int64 {
	cost := v.projects[p].Cost.Minor()
	if guard.Share.Num == 0 {
		return cost
	}
	return (cost*guard.Share.Num + guard.Share.Den - 1) / guard.Share.Den
}
