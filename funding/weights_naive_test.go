package funding_test

import (
	"math/big"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// The rules once more, straight from their definitions and as slowly as that is: fractions throughout, roots by trying, logarithms by
// their series, caps by the formula for the k largest.

func rat(n int64) *big.Rat                { return new(big.Rat).SetInt64(n) }
func fraction(f voting.Fraction) *big.Rat { return big.NewRat(f.Num, f.Den) }
func asRat(w voting.Weight) *big.Rat      { return rat(int64(w)) }
func power(x *big.Rat, n int) *big.Rat {
	p := rat(1)
	for range n {
		p.Mul(p, x)
	}
	return p
}

func floor(x *big.Rat) *big.Int {
	q, m := new(big.Int), new(big.Int)
	q.DivMod(x.Num(), x.Denom(), m)
	return q
}

// places cuts x after twelve decimal places.
func places(x *big.Rat) *big.Rat {
	n := floor(new(big.Rat).Mul(x, rat(1_000_000_000_000)))
	return new(big.Rat).SetFrac(n, big.NewInt(1_000_000_000_000))
}

// byTrying gives the largest n / 10^12 that fits, between 0 and high.
func byTrying(high *big.Rat, fits func(*big.Rat) bool) *big.Rat {
	low, top := new(big.Int), floor(new(big.Rat).Mul(high, rat(1_000_000_000_000)))
	for low.Cmp(top) < 0 {
		middle := new(big.Int).Add(low, top)
		middle.Add(middle, big.NewInt(1)).Rsh(middle, 1)
		if fits(new(big.Rat).SetFrac(middle, big.NewInt(1_000_000_000_000))) {
			low = middle
		} else {
			top = middle.Sub(middle, big.NewInt(1))
		}
	}
	return new(big.Rat).SetFrac(low, big.NewInt(1_000_000_000_000))
}

// naturalLog gives ln(v), 1 <= v <= 2, to fifty decimal places by the series of the inverse hyperbolic tangent.
func naturalLog(v *big.Rat) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(60), nil)
	z := new(big.Rat).Quo(new(big.Rat).Sub(v, rat(1)), new(big.Rat).Add(v, rat(1)))
	zScaled := floor(new(big.Rat).Mul(z, new(big.Rat).SetInt(scale)))
	squared := new(big.Int).Quo(new(big.Int).Mul(zScaled, zScaled), scale)
	sum, term := new(big.Int), new(big.Int).Set(zScaled)
	for k := int64(1); term.Sign() > 0; k += 2 {
		sum.Add(sum, new(big.Int).Quo(term, big.NewInt(k)))
		term.Quo(term.Mul(term, squared), scale)
	}
	return new(big.Rat).SetFrac(sum.Lsh(sum, 1), scale)
}

func naiveLog(v *big.Rat) *big.Rat {
	whole := int64(0)
	for v.Cmp(rat(2)) >= 0 {
		v = new(big.Rat).Quo(v, rat(2))
		whole++
	}
	if v.Cmp(rat(1)) == 0 {
		return rat(whole)
	}
	part := new(big.Rat).Quo(naturalLog(v), naturalLog(rat(2)))
	return places(part.Add(part, rat(whole)))
}

// naiveLevel is tau = q * R_k / (1 - k q) for the first k for which it lies between the k-th and the next of the weights, the largest
// first: 0 if there is none.
func naiveLevel(weights []voting.Weight, q voting.Fraction) voting.Weight {
	sorted := slices.Clone(weights)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	part := fraction(q)
	total := new(big.Rat)
	for _, w := range sorted {
		total.Add(total, asRat(w))
	}
	if len(sorted) == 0 || asRat(sorted[0]).Cmp(new(big.Rat).Mul(part, total)) <= 0 {
		return voting.MaxWeight * 1000
	}
	rest := new(big.Rat).Set(total)
	for k := 1; k <= len(sorted); k++ {
		rest.Sub(rest, asRat(sorted[k-1]))
		room := new(big.Rat).Sub(rat(1), new(big.Rat).Mul(rat(int64(k)), part))
		next := new(big.Rat)
		if k < len(sorted) {
			next = asRat(sorted[k])
		}
		switch room.Sign() {
		case 1:
			tau := new(big.Rat).Mul(part, rest)
			tau.Quo(tau, room)
			if tau.Cmp(next) >= 0 && tau.Cmp(asRat(sorted[k-1])) <= 0 {
				return voting.Weight(floor(tau).Int64())
			}
		case 0: // any level up to the k-th fits if nothing is left
			if rest.Sign() == 0 {
				return sorted[k-1]
			}
		}
	}
	return 0
}

type naiveDonor struct {
	id             string
	paid           int64
	months         map[int]bool
	p, w           *big.Rat
	uncapped, last voting.Weight
}

func monthsBetween(from, to time.Time) int {
	n := 0
	first := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(to.Year(), to.Month(), 1, 0, 0, 0, 0, time.UTC)
	for first.Before(last) {
		first = first.AddDate(0, 1, 0)
		n++
	}
	return n
}

func naiveWeights(w funding.Weighing) (map[string]voting.Weight, map[string]voting.Weight) {
	r := w.Rule
	unit := rat(100)
	if !r.Unit.IsZero() {
		unit = rat(r.Unit.Minor())
	}
	byID := map[string]*naiveDonor{}
	for _, d := range w.Donations {
		if d.Donor == "" || d.Stage != funding.Settled || d.At.After(w.Cut) {
			continue
		}
		age := monthsBetween(d.At.In(w.Zone), w.Cut.In(w.Zone))
		if r.Window > 0 && age >= r.Window {
			continue
		}
		n := byID[d.Donor]
		if n == nil {
			n = &naiveDonor{id: d.Donor, months: map[int]bool{}, p: new(big.Rat)}
			byID[d.Donor] = n
		}
		net := d.Amount.Minor() - d.Returned.Minor()
		n.paid += net
		if net > 0 {
			n.months[age] = true
		}
		factor := rat(1)
		if r.HalfLife > 0 {
			half := power(big.NewRat(1, 2), age)
			factor = byTrying(rat(1), func(x *big.Rat) bool { return power(x, r.HalfLife).Cmp(half) <= 0 })
		}
		n.p.Add(n.p, factor.Mul(factor, rat(net)))
	}
	var in []*naiveDonor
	for _, n := range byID {
		if n.paid > 0 && n.paid >= r.Minimum.Minor() {
			in = append(in, n)
		}
	}
	slices.SortFunc(in, func(a, b *naiveDonor) int { return a.p.Cmp(b.p) })
	least := func(x, y *big.Rat) *big.Rat {
		if x.Cmp(y) < 0 {
			return x
		}
		return y
	}
	var limit *big.Rat
	if !r.Cap.IsZero() {
		limit = rat(r.Cap.Minor())
	}
	if r.CapQuantile.Num > 0 {
		for i, n := range in {
			if big.NewRat(int64(i+1), int64(len(in))).Cmp(fraction(r.CapQuantile)) >= 0 {
				limit = n.p
				break
			}
		}
	}
	mean := new(big.Rat)
	for _, n := range in {
		p := n.p
		if limit != nil {
			p = least(p, limit)
		}
		x := new(big.Rat).Quo(p, unit)
		switch r.Shape {
		case funding.OneVote:
			n.w = rat(1)
		case funding.Linear:
			n.w = x
		case funding.SquareRoot:
			n.w = byTrying(new(big.Rat).Add(x, rat(1)), func(y *big.Rat) bool { return new(big.Rat).Mul(y, y).Cmp(x) <= 0 })
		case funding.Log:
			n.w = naiveLog(x.Add(x, rat(1)))
		case funding.Months:
			n.w = rat(int64(len(n.months)))
		case funding.ByTier:
			n.w = new(big.Rat)
			for _, tier := range r.Tiers {
				if p.Cmp(rat(tier.From.Minor())) >= 0 {
					n.w = new(big.Rat).Quo(asRat(tier.Weight), asRat(voting.Voice))
				}
			}
		}
		if r.Bonus.Num > 0 {
			months := big.NewRat(int64(min(len(n.months), r.BonusMonths)), int64(r.BonusMonths))
			n.w = new(big.Rat).Mul(n.w, new(big.Rat).Add(rat(1), months.Mul(months, fraction(r.Bonus))))
		}
		mean.Add(mean, n.w)
	}
	if len(in) > 0 {
		mean.Quo(mean, rat(int64(len(in))))
	}
	var had []voting.Weight
	for _, b := range w.Before {
		if b > 0 {
			had = append(had, b)
		}
	}
	slices.Sort(had)
	for _, n := range in {
		if r.EqualPart.Num > 0 {
			part := new(big.Rat)
			if mean.Sign() > 0 {
				part.Quo(n.w, mean)
			}
			e := fraction(r.EqualPart)
			n.w = new(big.Rat).Add(e, part.Mul(part, new(big.Rat).Sub(rat(1), e)))
		}
		n.uncapped = voting.Weight(floor(new(big.Rat).Mul(n.w, asRat(voting.Voice))).Int64())
		if r.Growth > 0 && w.Before != nil {
			most := max(voting.Voice, voting.Weight(r.Growth)*w.Before[n.id])
			if len(had) > 0 {
				most = max(most, had[(len(had)+1)/2-1])
			}
			n.uncapped = min(n.uncapped, most)
		}
		n.last = n.uncapped
	}
	naiveCaps(in, w)
	uncapped, weight := map[string]voting.Weight{}, map[string]voting.Weight{}
	for _, n := range in {
		uncapped[n.id], weight[n.id] = n.uncapped, n.last
	}
	return uncapped, weight
}

func naiveCaps(in []*naiveDonor, w funding.Weighing) {
	for {
		changed := false
		down := func(n *naiveDonor, to voting.Weight) {
			if n.last > to {
				n.last, changed = to, true
			}
		}
		if w.Rule.MaxOrganisation.Num > 0 {
			members := map[string][]*naiveDonor{}
			for _, n := range in {
				org := w.Organisations[n.id]
				if org == "" {
					org = "donor " + n.id
				}
				members[org] = append(members[org], n)
			}
			var sums []voting.Weight
			sum := map[string]voting.Weight{}
			for org, ns := range members {
				for _, n := range ns {
					sum[org] += n.last
				}
				sums = append(sums, sum[org])
			}
			most := naiveLevel(sums, w.Rule.MaxOrganisation)
			for org, ns := range members {
				if sum[org] <= most {
					continue
				}
				// The level under which the largest of them fit: what the smaller ones leave, shared among the others.
				slices.SortFunc(ns, func(a, b *naiveDonor) int { return int(a.last - b.last) })
				left := most
				for i, n := range ns {
					if share := left / voting.Weight(len(ns)-i); n.last > share {
						for _, m := range ns[i:] {
							down(m, share)
						}
						break
					}
					left -= n.last
				}
			}
		}
		if w.Rule.MaxShare.Num > 0 {
			var weights []voting.Weight
			for _, n := range in {
				weights = append(weights, n.last)
			}
			most := naiveLevel(weights, w.Rule.MaxShare)
			for _, n := range in {
				down(n, most)
			}
		}
		if !changed {
			return
		}
		if !slices.ContainsFunc(in, func(n *naiveDonor) bool { return n.last > 0 }) {
			for _, n := range in {
				n.last = min(1, n.uncapped) * voting.Voice
			}
			return
		}
	}
}

// anyWeighing draws donations of up to eight donors over three years, and a rule.
func anyWeighing(t *rapid.T) funding.Weighing {
	zone := rapid.SampledFrom([]*time.Location{time.UTC, time.FixedZone("Indian/Reunion", 4*3600)}).Draw(t, "zone")
	euros := func(label string, least, most int64) funding.Amount {
		a, err := money.New(rapid.Int64Range(least, most).Draw(t, label), money.EUR)
		require.NoError(t, err)
		return a
	}
	id := func(label string) string {
		return rapid.SampledFrom([]string{"ana", "bea", "cem", "dan", "eva", "fee", "gil", "hua"}).Draw(t, label)
	}
	cut := time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)
	w := funding.Weighing{Cut: cut, Zone: zone, Organisations: map[string]string{}}
	for range rapid.IntRange(0, 24).Draw(t, "donations") {
		d := funding.Donation{
			Donor: id("donor"), Amount: euros("amount", 1, rapid.SampledFrom([]int64{300, 10_000, 5_000_000}).Draw(t, "most")),
			At:    cut.Add(-time.Duration(rapid.Int64Range(-100, 26_000).Draw(t, "hours")) * time.Hour),
			Stage: rapid.SampledFrom([]funding.Stage{funding.Settled, funding.Settled, funding.Settled, funding.Pledged, funding.Disputed}).Draw(t, "stage"),
		}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			d.Donor = ""
		case 1:
			d.Returned = euros("returned", 0, d.Amount.Minor())
		case 2:
			d.Returned = d.Amount
		}
		w.Donations = append(w.Donations, d)
	}
	for range rapid.IntRange(0, 6).Draw(t, "members") {
		w.Organisations[id("member")] = rapid.SampledFrom([]string{"coop", "shop"}).Draw(t, "organisation")
	}
	part := func(label string) voting.Fraction {
		den := rapid.Int64Range(2, 20).Draw(t, label)
		return voting.Fraction{Num: rapid.Int64Range(1, den).Draw(t, label), Den: den}
	}
	maybe := func(label string) bool { return rapid.IntRange(0, 2).Draw(t, label) == 0 }
	r := &w.Rule
	r.Shape = rapid.SampledFrom([]funding.Shape{funding.OneVote, funding.Linear, funding.SquareRoot, funding.Log, funding.Months, funding.ByTier}).Draw(t, "shape")
	if r.Shape == funding.ByTier {
		r.Tiers = []funding.Tier{{From: euros("from", 0, 500), Weight: voting.Voice}, {From: euros("from", 600, 100_000), Weight: 2_500_000}}
	}
	if maybe("window") {
		r.Window = rapid.IntRange(1, 40).Draw(t, "window")
	}
	if maybe("minimum") {
		r.Minimum = euros("minimum", 1, 500)
	}
	if maybe("half life") {
		r.HalfLife = rapid.IntRange(1, 13).Draw(t, "half life")
	}
	if maybe("unit") {
		r.Unit = euros("unit", 1, 1000)
	}
	switch rapid.IntRange(0, 3).Draw(t, "cap") {
	case 0:
		r.Cap = euros("cap", 1, 20_000)
	case 1:
		r.CapQuantile = part("quantile")
	}
	if maybe("bonus") {
		r.Bonus, r.BonusMonths = part("bonus"), rapid.IntRange(1, 30).Draw(t, "bonus months")
	}
	if maybe("equal part") {
		r.EqualPart = part("equal part")
	}
	if maybe("growth") {
		r.Growth = rapid.IntRange(2, 4).Draw(t, "growth")
		w.Before = map[string]voting.Weight{}
		for range rapid.IntRange(0, 6).Draw(t, "before") {
			w.Before[id("before")] = voting.Weight(rapid.Int64Range(0, 50_000_000).Draw(t, "weight before"))
		}
	}
	if maybe("organisations") {
		r.MaxOrganisation = part("organisation")
	}
	if maybe("share") {
		r.MaxShare = part("share")
	}
	return w
}

func TestWeightsAgree(t *testing.T) {
	t.Parallel()

	t.Run("the rules are what their definitions say", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			w := anyWeighing(t)
			got, err := w.Weights()
			if err != nil {
				require.ErrorIs(t, err, voting.ErrWeight)
				return
			}
			uncapped, weight := naiveWeights(w)
			var total voting.Weight
			for _, d := range got.Donors {
				require.Equal(t, uncapped[d.Donor], d.Uncapped, "%s, uncapped", d.Donor)
				require.Equal(t, weight[d.Donor], d.Weight, d.Donor)
				total += d.Weight
			}
			require.Equal(t, total, got.Total)
			require.True(t, slices.IsSortedFunc(got.Donors, func(a, b funding.DonorWeight) int {
				if a.Donor < b.Donor {
					return -1
				}
				return 1
			}))
		})
	})

	t.Run("the caps hold to the last millionth, or everybody is equal", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			w := anyWeighing(t)
			got, err := w.Weights()
			if err != nil {
				return
			}
			if got.Equal {
				require.ErrorIs(t, got.Check(), funding.ErrCapUnreachable)
				for _, d := range got.Donors {
					require.True(t, d.Weight == voting.Voice || d.Weight == 0 && d.Uncapped == 0)
				}
				return
			}
			require.NoError(t, got.Check())
			within := func(part voting.Weight, q voting.Fraction) bool {
				return q.Num == 0 || new(big.Rat).Mul(fraction(q), asRat(got.Total)).Cmp(asRat(part)) >= 0
			}
			organisations := map[string]voting.Weight{}
			positive := false
			for _, d := range got.Donors {
				require.LessOrEqual(t, d.Weight, d.Uncapped)
				require.True(t, within(d.Weight, w.Rule.MaxShare), "%s has %s of %s", d.Donor, d.Weight, got.Total)
				if d.Organisation == "" {
					require.True(t, within(d.Weight, w.Rule.MaxOrganisation))
				}
				organisations[d.Organisation] += d.Weight
				positive = positive || d.Uncapped > 0
			}
			for org, sum := range organisations {
				require.True(t, org == "" || within(sum, w.Rule.MaxOrganisation), "%s has %s of %s", org, sum, got.Total)
			}
			require.Equal(t, positive, got.Total > 0)
		})
	})

	t.Run("the order of donations never matters", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			w := anyWeighing(t)
			got, err := w.Weights()
			w.Donations = rapid.Permutation(w.Donations).Draw(t, "order")
			again, errAgain := w.Weights()
			require.Equal(t, err == nil, errAgain == nil)
			require.Equal(t, got, again)
		})
	})

	t.Run("linear weight gains nothing from many accounts, and loses nothing", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			w := anyWeighing(t)
			w.Rule = funding.WeightRule{Shape: funding.Linear, Window: w.Rule.Window}
			got, err := w.Weights()
			require.NoError(t, err)
			for i := range w.Donations { // every donation from an account of its own
				if w.Donations[i].Donor != "" {
					w.Donations[i].Donor += string(rune('A' + i))
				}
			}
			split, err := w.Weights()
			require.NoError(t, err)
			require.Equal(t, got.Total, split.Total)
		})
	})

	t.Run("more money never weighs less, but for the caps", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			w := anyWeighing(t)
			w.Rule.EqualPart, w.Rule.CapQuantile = voting.Fraction{}, voting.Fraction{}
			w.Donations = append(w.Donations, funding.Donation{Donor: "ana", Amount: cents(t, 1), At: w.Cut, Stage: funding.Settled})
			before, err := w.Weights()
			if err != nil {
				return
			}
			w.Donations[len(w.Donations)-1].Amount = cents(t, rapid.Int64Range(1, 10_000).Draw(t, "more"))
			after, err := w.Weights()
			if err != nil {
				return
			}
			i := sort.Search(len(before.Donors), func(i int) bool { return before.Donors[i].Donor >= "ana" })
			require.GreaterOrEqual(t, after.Donors[i].Uncapped, before.Donors[i].Uncapped)
		})
	})
}

func cents(t require.TestingT, n int64) funding.Amount {
	a, err := money.New(n, money.EUR)
	require.NoError(t, err)
	return a
}
