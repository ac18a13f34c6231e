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

// naiveSplit gives what each project is paid, in cents: shares by weight, what is above a cost shared again, until nothing is; then
// cents by largest remainder.
func naiveSplit(v village, weights map[string]*big.Rat, budget int64, rank map[string]int) map[string]int64 {
	cost := map[string]*big.Rat{}
	for _, p := range v.projects {
		cost[p.ID] = big.NewRat(p.Cost.Minor(), 1)
	}
	paid := map[string]*big.Rat{}
	left := big.NewRat(budget, 1)
	for left.Sign() > 0 {
		total := new(big.Rat)
		for id, w := range weights {
			if paid[id] == nil || paid[id].Cmp(cost[id]) < 0 {
				total.Add(total, w)
			}
		}
		if total.Sign() == 0 {
			break
		}
		more := new(big.Rat)
		for id, w := range weights {
			if paid[id] == nil {
				paid[id] = new(big.Rat)
			}
			if paid[id].Cmp(cost[id]) == 0 {
				continue
			}
			paid[id].Add(paid[id], new(big.Rat).Quo(new(big.Rat).Mul(left, w), total))
			if over := new(big.Rat).Sub(paid[id], cost[id]); over.Sign() > 0 {
				more.Add(more, over)
				paid[id].Set(cost[id])
			}
		}
		left = more
	}
	var ids []string
	units, sum := map[string]int64{}, new(big.Rat)
	rest := map[string]*big.Rat{}
	for id, x := range paid {
		ids = append(ids, id)
		units[id] = new(big.Int).Div(x.Num(), x.Denom()).Int64()
		rest[id] = new(big.Rat).Sub(x, big.NewRat(units[id], 1))
		sum.Add(sum, rest[id])
	}
	slices.SortFunc(ids, func(a, b string) int {
		if order := rest[b].Cmp(rest[a]); order != 0 {
			return order
		}
		return rank[a] - rank[b]
	})
	for i, id := range ids {
		if big.NewRat(int64(i+1), 1).Cmp(sum) <= 0 {
			units[id]++
		}
	}
	return units
}

func TestProportionalAgrees(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 6, ballots: 7, points: true, large: true})
		out := v.allocate(t, allocation.Proportional)
		weights, rank := map[string]*big.Rat{}, map[string]int{}
		for p, place := range v.rank(t) {
			rank[v.projects[p].ID] = place
			if w := v.score(p); w.Sign() > 0 {
				weights[v.projects[p].ID] = w
			}
		}
		got := map[string]int64{}
		for i, p := range out.Projects {
			switch p.Why.Reason {
			case allocation.Bought:
				got[p.ID] = p.Cost.Minor()
			case allocation.PaidInPart:
				got[p.ID] = p.Why.Left.Minor()
			default:
				require.Equal(t, allocation.NoSupport, p.Why.Reason)
				require.Zero(t, v.score(i).Sign())
			}
		}
		require.Equal(t, naiveSplit(v, weights, v.budget, rank), got)
	})
}
