package allocation_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/agree"
)

// heaviestBurden gives the heaviest burden of some projects when their supporters share the costs as evenly as can be: that of the part
// which costs the most for each voice that supports any of it.
func (v village) heaviestBurden(projects []int) *big.Rat {
	heaviest := new(big.Rat)
	for part := 1; part < 1<<len(projects); part++ {
		cost, voices := new(big.Rat), new(big.Rat)
		for i, p := range projects {
			if part>>i&1 == 1 {
				cost.Add(cost, v.cost(p))
			}
		}
		for _, b := range v.ballots {
			for i, p := range projects {
				if part>>i&1 == 1 && b.supports(p) {
					voices.Add(voices, b.voices())
					break
				}
			}
		}
		if cost.Quo(cost, voices); cost.Cmp(heaviest) > 0 {
			heaviest = cost
		}
	}
	return heaviest
}

// naiveMaximin buys as docs/methods/maximin-support-budget.md says, looking at every part.
func (v village) naiveMaximin(t require.TestingT) (bought []int, burdens []*big.Rat) {
	rank := v.rank(t)
	bought, left := v.initial()
	given := len(bought)
	for {
		var least *big.Rat
		var tied []int
		for p := range v.projects {
			if !v.eligible(p, bought) || v.projects[p].Cost.Minor() > v.budget || !v.options.NoSkip && v.projects[p].Cost.Minor() > left {
				continue
			}
			load := v.heaviestBurden(append(slices.Clone(bought[given:]), p))
			if least == nil || load.Cmp(least) < 0 {
				least, tied = load, nil
			}
			if load.Cmp(least) == 0 {
				tied = append(tied, p)
			}
		}
		if tied == nil || slices.ContainsFunc(tied, func(p int) bool { return v.projects[p].Cost.Minor() > left }) {
			return bought, burdens
		}
		next := slices.MinFunc(tied, func(a, b int) int { return rank[a] - rank[b] })
		bought, left, burdens = append(bought, next), left-v.projects[next].Cost.Minor(), append(burdens, least)
	}
}

func TestMaximinAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 8, ballots: 12, points: true, groups: true, minimums: true, large: true})
		v.options.NoSkip = rapid.Bool().Draw(t, "no skip")
		out := v.allocate(t, allocation.MaximinSupport)
		bought, burdens := v.naiveMaximin(t)
		require.Equal(t, v.ids(bought), out.Selected)
		for i, round := range out.Rounds {
			require.Equal(t, 0, round.Ratio.Rat().Cmp(burdens[i]), "round %d", i+1)
		}
		for p, standing := range out.Projects {
			// Of those that the budget could not pay it says how heavy they would have made it, beside what was bought by then.
			if r := standing.Why.Ratio; r != "" && !standing.Selected {
				given := len(bought) - len(burdens)
				all := append(slices.Clone(bought[given:given+standing.Why.Round]), p)
				require.Equal(t, 0, r.Rat().Cmp(v.heaviestBurden(all)), standing.ID)
			}
		}
	})
}
