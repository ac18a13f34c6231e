package allocation_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// Quadratic funding once more, as its definition has it: a root for each pair of donors, to 600 binary places; what is above a cap shared
// among the others, again and again; then rounded.

const naiveBits = 600

func naiveRoot(x *big.Rat) *big.Rat {
	scale := new(big.Int).Lsh(big.NewInt(1), naiveBits)
	n := new(big.Int).Lsh(x.Num(), 2*naiveBits)
	return new(big.Rat).SetFrac(n.Sqrt(n.Quo(n, x.Denom())), scale)
}

// naiveNearest rounds to so many binary places, so that what is equal but for its last places is equal.
func naiveNearest(x *big.Rat, places uint) *big.Rat {
	scale := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), places))
	n := new(big.Rat).Mul(x, scale)
	n.Add(n, big.NewRat(1, 2))
	return new(big.Rat).Quo(new(big.Rat).SetInt(new(big.Int).Div(n.Num(), n.Denom())), scale)
}

func naiveDraws(q allocation.Quadratic, gifts []allocation.Gift) map[string]*big.Rat {
	sums := map[string]map[string]*big.Rat{} // by project and donor
	for _, g := range gifts {
		if sums[g.Project] == nil {
			sums[g.Project] = map[string]*big.Rat{}
		}
		if sums[g.Project][g.Donor] == nil {
			sums[g.Project][g.Donor] = new(big.Rat)
		}
		a := big.NewRat(g.Amount.Minor(), 1)
		if c, ok := q.Coefficients[g.Donor]; ok {
			a.Mul(a, big.NewRat(c.Num, c.Den))
		}
		sums[g.Project][g.Donor].Add(sums[g.Project][g.Donor], a)
	}
	for _, donors := range sums {
		for id, a := range donors {
			if a.Cmp(big.NewRat(q.MinGift.Minor(), 1)) < 0 {
				delete(donors, id)
			} else if most := big.NewRat(q.MaxGift.Minor(), 1); most.Sign() > 0 && a.Cmp(most) > 0 {
				donors[id] = most
			}
		}
	}
	drawn := func(p, i, j string) *big.Rat {
		x, y := sums[p][i], sums[p][j]
		if x == nil || y == nil {
			return new(big.Rat)
		}
		return naiveRoot(new(big.Rat).Mul(x, y))
	}
	draws := map[string]*big.Rat{}
	for p, donors := range sums {
		draws[p] = new(big.Rat)
		for i := range donors {
			for j := range donors {
				if i >= j {
					continue
				}
				d := drawn(p, i, j)
				if m := big.NewRat(q.Pairwise.Minor(), 1); m.Sign() > 0 {
					k := new(big.Rat)
					for other := range sums {
						k.Add(k, drawn(other, i, j))
					}
					d.Mul(d, new(big.Rat).Quo(m, new(big.Rat).Add(m, k)))
				} else {
					d.Add(d, d)
				}
				draws[p].Add(draws[p], d)
			}
		}
		draws[p] = naiveNearest(draws[p], 400)
	}
	return draws
}

func naiveMatch(q allocation.Quadratic, gifts []allocation.Gift) map[string]int64 {
	match := naiveDraws(q, gifts)
	sum := new(big.Rat)
	var ids []string
	for p, d := range match {
		ids = append(ids, p)
		sum.Add(sum, d)
	}
	slices.Sort(ids)
	pool := big.NewRat(q.Pool.Minor(), 1)
	if sum.Cmp(pool) > 0 || q.ScaleUp && sum.Sign() > 0 {
		for p, d := range match {
			match[p] = new(big.Rat).Quo(new(big.Rat).Mul(d, pool), sum)
		}
	}
	limit := func(p string) *big.Rat {
		var limits []*big.Rat
		if !q.MaxMatch.IsZero() {
			limits = append(limits, big.NewRat(q.MaxMatch.Minor(), 1))
		}
		if q.MaxPart.Num > 0 {
			x := new(big.Rat).Mul(pool, big.NewRat(q.MaxPart.Num, q.MaxPart.Den))
			limits = append(limits, new(big.Rat).SetInt(new(big.Int).Div(x.Num(), x.Denom())))
		}
		if goal, ok := q.Goals[p]; ok {
			limits = append(limits, big.NewRat(goal.Minor(), 1))
		}
		if len(limits) == 0 {
			return nil
		}
		return slices.MinFunc(limits, (*big.Rat).Cmp)
	}
	capped := map[string]bool{}
	for {
		excess, open := new(big.Rat), new(big.Rat)
		for p, m := range match {
			if l := limit(p); l != nil && m.Cmp(l) > 0 {
				excess.Add(excess, new(big.Rat).Sub(m, l))
				match[p], capped[p] = l, true
			}
		}
		for p, m := range match {
			if !capped[p] {
				open.Add(open, m)
			}
		}
		if excess.Sign() == 0 || open.Sign() == 0 {
			break
		}
		for p, m := range match {
			if !capped[p] {
				match[p] = new(big.Rat).Add(m, new(big.Rat).Quo(new(big.Rat).Mul(excess, m), open))
			}
		}
	}
	units, total := map[string]int64{}, new(big.Rat)
	for p, m := range match {
		total.Add(total, m)
		units[p] = new(big.Int).Div(m.Num(), m.Denom()).Int64()
	}
	// The sum may lack a little of a whole number, or have a little more.
	total = naiveNearest(total, 100)
	left := new(big.Int).Div(total.Num(), total.Denom()).Int64()
	for _, n := range units {
		left -= n
	}
	remainder := func(p string) *big.Rat { return naiveNearest(new(big.Rat).Sub(match[p], big.NewRat(units[p], 1)), 40) }
	byRemainder := slices.Clone(ids)
	slices.SortStableFunc(byRemainder, func(a, b string) int { return remainder(b).Cmp(remainder(a)) })
	out := map[string]int64{}
	for i, p := range byRemainder {
		out[p] = units[p]
		if int64(i) < left {
			out[p]++
		}
	}
	return out
}

// anyMatching draws gifts of up to six donors to up to five projects, and a way to share a pool.
func anyMatching(t *rapid.T) (allocation.Quadratic, []allocation.Gift) {
	amount := func(label string, least int64) money.Amount {
		return cents(t, rapid.OneOf(rapid.Int64Range(least, 30), rapid.Int64Range(least, 100_000)).Draw(t, label))
	}
	maybe := func(label string) bool { return rapid.IntRange(0, 2).Draw(t, label) == 0 }
	gifts := make([]allocation.Gift, rapid.IntRange(0, 20).Draw(t, "gifts"))
	projects := []string{"a", "b", "c", "d", "e"}
	donors := []string{"ana", "bea", "cem", "dan", "eva", "fee"}
	for i := range gifts {
		gifts[i] = allocation.Gift{Donor: rapid.SampledFrom(donors).Draw(t, "donor"), Project: rapid.SampledFrom(projects).Draw(t, "project"), Amount: amount("gift", 0)}
	}
	part := func(label string, least int64) voting.Fraction {
		den := rapid.Int64Range(1, 9).Draw(t, label)
		return voting.Fraction{Num: rapid.Int64Range(least, den).Draw(t, label), Den: den}
	}
	q := allocation.Quadratic{Pool: amount("pool", 1), ScaleUp: rapid.Bool().Draw(t, "scale up"), Coefficients: map[string]voting.Fraction{}, Goals: map[string]money.Amount{}}
	for range rapid.IntRange(0, 3).Draw(t, "coefficients") {
		q.Coefficients[rapid.SampledFrom(donors).Draw(t, "doubtful")] = part("coefficient", 0)
	}
	for range rapid.IntRange(0, 2).Draw(t, "goals") {
		q.Goals[rapid.SampledFrom(projects).Draw(t, "with a goal")] = amount("goal", 0)
	}
	if maybe("min gift") {
		q.MinGift = amount("min gift", 1)
	}
	if maybe("max gift") {
		q.MaxGift = amount("max gift", 1)
	}
	if maybe("max match") {
		q.MaxMatch = amount("max match", 1)
	}
	if maybe("max part") {
		q.MaxPart = part("max part", 1)
	}
	if maybe("pairwise") {
		q.Pairwise = amount("pairwise", 1)
	}
	return q, gifts
}

func TestQuadraticAgrees(t *testing.T) {
	t.Parallel()

	t.Run("pools are shared as the definition says", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			q, gifts := anyMatching(t)
			got, err := q.Match(gifts)
			require.NoError(t, err)
			want := naiveMatch(q, gifts)
			require.Len(t, got.Projects, len(want))
			for _, p := range got.Projects {
				require.Equal(t, want[p.ID], p.Match.Minor(), p.ID)
			}
		})
	})

	t.Run("no more than the pool is given, and all of it if it is too small and no cap forbids", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			q, gifts := anyMatching(t)
			got, err := q.Match(gifts)
			require.NoError(t, err)
			var sum int64
			capped := false
			for _, p := range got.Projects {
				require.GreaterOrEqual(t, p.Match.Sign(), 0)
				sum += p.Match.Minor()
				capped = capped || p.Why == allocation.MatchCapped
				require.True(t, p.Donors > 1 || p.Match.IsZero())
				if q.MaxMatch.Sign() > 0 {
					require.LessOrEqual(t, p.Match.Minor(), q.MaxMatch.Minor())
				}
				if goal, ok := q.Goals[p.ID]; ok {
					require.LessOrEqual(t, p.Match.Minor(), goal.Minor())
				}
			}
			require.Equal(t, sum, got.Matched.Minor())
			require.Equal(t, q.Pool.Minor()-sum, got.Left.Minor())
			require.GreaterOrEqual(t, got.Left.Minor(), int64(0))
			if got.Scaled && !capped {
				require.Zero(t, got.Left.Minor())
			}
		})
	})

	t.Run("the order of gifts never matters, nor how a donor divides them", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			q, gifts := anyMatching(t)
			got, err := q.Match(gifts)
			require.NoError(t, err)
			var divided []allocation.Gift
			for _, g := range gifts {
				one := rapid.Int64Range(0, g.Amount.Minor()).Draw(t, "first part")
				for _, n := range []int64{one, g.Amount.Minor() - one} {
					divided = append(divided, allocation.Gift{Donor: g.Donor, Project: g.Project, Amount: cents(t, n)})
				}
			}
			if len(divided) > 0 {
				divided = rapid.Permutation(divided).Draw(t, "order")
			}
			again, err := q.Match(divided)
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	})
}

func TestOneToOneAgrees(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		q, gifts := anyMatching(t)
		o := allocation.OneToOne{Pool: q.Pool, MaxGift: q.MaxGift, MaxProject: q.MaxMatch}
		got, each, err := o.Match(gifts)
		require.NoError(t, err)
		require.Len(t, each, len(gifts))

		// What the definition gives without an end of the pool, and what was added to each gift.
		donors, given := map[string]map[string]int64{}, map[string]int64{}
		var sum, ideal int64
		for i, g := range gifts {
			if donors[g.Project] == nil {
				donors[g.Project] = map[string]int64{}
			}
			donors[g.Project][g.Donor] += g.Amount.Minor()
			require.LessOrEqual(t, each[i].Match.Minor(), g.Amount.Minor())
			given[g.Project] += each[i].Match.Minor()
			sum += each[i].Match.Minor()
		}
		for _, p := range got.Projects {
			var want int64
			for _, n := range donors[p.ID] {
				if most := o.MaxGift.Minor(); most > 0 {
					n = min(n, most)
				}
				want += n
			}
			require.Equal(t, want, p.Formula.Minor())
			if most := o.MaxProject.Minor(); most > 0 {
				want = min(want, most)
			}
			ideal += want
			require.Equal(t, given[p.ID], p.Match.Minor())
			require.LessOrEqual(t, p.Match.Minor(), want)
			require.Equal(t, p.Match.Minor() < want, p.Why == allocation.MatchEmpty)
		}
		require.Equal(t, min(ideal, o.Pool.Minor()), sum, "the pool is kept back for nobody")
		require.Equal(t, o.Pool.Minor()-sum, got.Left.Minor())
	})
}
