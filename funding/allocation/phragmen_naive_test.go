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

// naivePhragmen buys as docs/methods/phragmen-budget.md says, ballot by ballot, in fractions.
func (v village) naivePhragmen(t require.TestingT) []int {
	bought, left := v.initial()
	loads := make([]*big.Rat, len(v.ballots))
	for i := range loads {
		loads[i] = new(big.Rat)
	}
	return v.naiveSaving(t, bought, left, loads)
}

// naiveSaving goes on from what is bought, what is left, and what each ballot carries for each voice.
func (v village) naiveSaving(t require.TestingT, bought []int, left int64, loads []*big.Rat) []int {
	rank := v.rank(t)
	dear := map[int]bool{}
	for {
		var least *big.Rat
		var tied []int
		for p := range v.projects {
			if dear[p] || !v.eligible(p, bought) || v.projects[p].Cost.Minor() > v.budget {
				continue
			}
			load, voices := v.cost(p), new(big.Rat)
			for i, b := range v.ballots {
				if b.supports(p) {
					load.Add(load, new(big.Rat).Mul(b.voices(), loads[i]))
					voices.Add(voices, b.voices())
				}
			}
			load.Quo(load, voices)
			if least == nil || load.Cmp(least) < 0 {
				least, tied = load, nil
			}
			if load.Cmp(least) == 0 {
				tied = append(tied, p)
			}
		}
		if tied == nil {
			return bought
		}
		over := slices.DeleteFunc(slices.Clone(tied), func(p int) bool { return v.projects[p].Cost.Minor() <= left })
		if len(over) > 0 {
			if !v.options.SkipTooDear {
				return bought
			}
			for _, p := range over {
				dear[p] = true
			}
			continue
		}
		next := slices.MinFunc(tied, func(a, b int) int { return rank[a] - rank[b] })
		bought, left = append(bought, next), left-v.projects[next].Cost.Minor()
		for i, b := range v.ballots {
			if b.supports(next) {
				loads[i] = least
			}
		}
	}
}

func TestPhragmenAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 7, ballots: 8, points: true, groups: true, minimums: true, large: true})
		v.options.SkipTooDear = rapid.Bool().Draw(t, "skip")
		v.options.Payments = 100
		out := v.allocate(t, allocation.Phragmen)
		v.checkOutcome(t, out)
		require.Equal(t, v.ids(v.naivePhragmen(t)), out.Selected)
	})
}
