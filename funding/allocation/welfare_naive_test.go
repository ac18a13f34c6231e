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

// welfare gives what some projects satisfy all voters together, as docs/methods/max-welfare.md has it.
func (v village) welfare(s allocation.Satisfaction, projects []int) *big.Rat {
	sum := new(big.Rat)
	for _, p := range projects {
		voices := new(big.Rat)
		for _, b := range v.ballots {
			if b.supports(p) {
				voices.Add(voices, b.voices())
			}
		}
		for _, b := range v.ballots {
			if !b.supports(p) {
				continue
			}
			gain := new(big.Rat).Mul(b.voices(), big.NewRat(b.points[p], 1))
			switch s {
			case allocation.Cardinality:
				gain = b.voices()
			case allocation.Cost:
				gain.Mul(gain, v.cost(p))
			case allocation.Effort:
				gain.Mul(gain, v.cost(p)).Quo(gain, voices)
			}
			sum.Add(sum, gain)
		}
	}
	return sum
}

// naiveWelfare looks at every set of projects.
func (v village) naiveWelfare(t require.TestingT, s allocation.Satisfaction) (best []int, welfare *big.Rat) {
	rank := v.rank(t)
	order := upTo(len(v.projects))
	slices.SortFunc(order, func(a, b int) int { return rank[a] - rank[b] })
	given, left := v.initial()
	// Sets are gone through so that, of two, the one comes first that has the first project in which they differ.
	for set := 1<<len(order) - 1; set >= 0; set-- {
		bought, money, allowed := slices.Clone(given), left, true
		for i, p := range order {
			if set>>(len(order)-1-i)&1 == 1 {
				allowed = allowed && v.eligible(p, bought)
				bought, money = append(bought, p), money-v.projects[p].Cost.Minor()
			}
		}
		if w := v.welfare(s, bought); allowed && money >= 0 && (welfare == nil || w.Cmp(welfare) > 0) {
			best, welfare = bought, w
		}
	}
	return best, welfare
}

func TestMaxWelfareAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 7, ballots: 6, points: true, groups: true, minimums: true, large: true})
		s := rapid.SampledFrom([]allocation.Satisfaction{allocation.Cost, allocation.Cardinality, allocation.Effort}).Draw(t, "satisfaction")
		if v.shape == voting.ShapePoints && rapid.Bool().Draw(t, "plain") {
			s = allocation.Points
		}
		v.options.Satisfaction = s
		out := v.allocate(t, allocation.MaxWelfare)
		best, welfare := v.naiveWelfare(t, s)
		require.Equal(t, v.ids(best), out.Selected)
		require.Equal(t, "welfare", out.Figures[0].Name)
		require.Equal(t, 0, out.Figures[0].Number.Rat().Cmp(welfare))
	})
}
