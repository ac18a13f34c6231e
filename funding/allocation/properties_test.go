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

// TestProperties holds what no rule may break.
func TestProperties(t *testing.T) {
	t.Parallel()
	for _, r := range allocation.Rules() {
		t.Run(string(r), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				v := drawVillage(t, wishes{projects: 6, ballots: 7, points: true, groups: true, minimums: true})
				out := v.allocate(t, r)
				v.checkOutcome(t, out)
				v.checkOrder(t, r, out)
				v.checkWeights(t, r, out)
			})
		})
	}
}

// checkOutcome: the budget is kept and accounted for to the cent, nothing is bought that too few support or that something bought excludes, nor
// more than allowed, payments add up to the cost, and every project has a reason.
func (v village) checkOutcome(t *rapid.T, out allocation.Outcome) {
	var bought []int
	cost := int64(0)
	minimum := big.NewRat(int64(v.options.MinScore), int64(voting.Voice))
	for p, standing := range out.Projects {
		require.NotEmpty(t, standing.Why.Reason)
		require.Equal(t, slices.Contains(out.Selected, standing.ID), standing.Selected)
		if !standing.Selected {
			continue
		}
		cost += standing.Cost.Minor()
		for _, other := range bought {
			require.False(t, v.excludes(p, other))
		}
		bought = append(bought, p)
		if standing.Why.Reason != allocation.Initial {
			require.True(t, v.score(p).Sign() > 0, "nobody supports %s", standing.ID)
			require.True(t, v.score(p).Cmp(minimum) >= 0, "too few support %s", standing.ID)
		}
	}
	require.Equal(t, cost, out.Cost.Minor())
	if v.options.Most > 0 {
		require.LessOrEqual(t, len(out.Selected)+len(out.Parts), v.options.Most)
	}
	for _, part := range out.Parts {
		cost += part.Paid.Minor()
		require.Positive(t, part.Missing.Minor())
	}
	if out.Partial != nil {
		cost += out.Partial.Paid.Minor()
		require.Positive(t, out.Partial.Missing.Minor())
	}
	require.Equal(t, v.budget-cost, out.Left.Minor())
	require.GreaterOrEqual(t, out.Left.Minor(), int64(0))
	for _, r := range out.Rounds {
		if len(r.Payments) == 0 {
			continue
		}
		sum, amount, payers := new(big.Rat), int64(0), voting.Votes{}
		for _, p := range r.Payments {
			require.GreaterOrEqual(t, p.Paid.Rat().Sign(), 0)
			sum.Add(sum, new(big.Rat).Mul(p.Paid.Rat(), big.NewRat(int64(p.Payers.Voices), int64(voting.Voice))))
			amount += p.Amount.Minor()
			payers.Seats, payers.Voices = payers.Seats+p.Payers.Seats, payers.Voices+p.Payers.Voices
		}
		require.Equal(t, big.NewRat(r.Cost.Minor(), 100), sum, "payments of %s", r.Project)
		require.Equal(t, r.Cost.Minor(), amount)
		for _, standing := range out.Projects {
			if standing.ID == r.Project {
				require.Equal(t, standing.Supporters, payers)
			}
		}
	}
}

// checkOrder: the order of ballots never matters, nor that of projects when ties do not look at it.
func (v village) checkOrder(t *rapid.T, r allocation.Rule, out allocation.Outcome) {
	ballots := rapid.Permutation(upTo(len(v.ballots))).Draw(t, "ballots")
	again, err := allocation.Allocate(v.election(t, upTo(len(v.projects)), ballots), r, &v.options)
	require.NoError(t, err)
	require.Equal(t, out, again)
	if slices.Contains(v.options.Ties.By, allocation.TieSeed) || slices.Contains(v.options.Ties.By, allocation.TieID) {
		projects := rapid.Permutation(upTo(len(v.projects))).Draw(t, "projects")
		again, err = allocation.Allocate(v.election(t, projects, ballots), r, &v.options)
		require.NoError(t, err)
		require.Equal(t, out.Selected, again.Selected)
		require.Equal(t, out.Rounds, again.Rounds)
	}
}

// checkWeights: two ballots are one of twice the weight, in what is bought and at which price; and a ballot without a voice is nothing.
func (v village) checkWeights(t *rapid.T, r allocation.Rule, out allocation.Outcome) {
	double, plain := v, v
	double.ballots, plain.ballots = nil, nil
	for _, b := range v.ballots {
		plain.ballots = append(plain.ballots, b, b)
		b.weight *= 2
		double.ballots = append(double.ballots, b, paper{b.points, 0})
	}
	double.options.MinScore *= 2
	plain.options.MinScore *= 2
	one, two := double.allocate(t, r), plain.allocate(t, r)
	require.Equal(t, one.Selected, two.Selected)
	// Twice the voters have half the shares each: of an increment or a rounding that is another part.
	c := out.Options.Completion
	if !out.Options.WholeShares && c != allocation.Add1 && c != allocation.Add1U && c != allocation.Add1Cut {
		require.Equal(t, out.Selected, two.Selected)
	}
	for i, round := range one.Rounds {
		require.Equal(t, round.Price, two.Rounds[i].Price)
		require.Equal(t, round.Ratio, two.Rounds[i].Ratio)
	}
}
