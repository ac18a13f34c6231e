package funding

import (
	"cmp"
	"math/big"
	"math/bits"
	"slices"

	"github.com/communecter/coopspace/voting"
)

// heights are weights, sorted, to be cut at a level.
type heights struct {
	sorted []voting.Weight
	sums   []voting.Weight // of so many of the lightest; that of all has been checked to fit
}

func newHeights(weights []voting.Weight) heights {
	h := heights{slices.Sorted(slices.Values(weights)), make([]voting.Weight, len(weights)+1)}
	for i, w := range h.sorted {
		h.sums[i+1] = h.sums[i] + w
	}
	return h
}

// under gives the sum of min(w, t) over the weights.
func (h heights) under(t voting.Weight) voting.Weight {
	at, _ := slices.BinarySearch(h.sorted, t)
	return h.sums[at] + t*voting.Weight(len(h.sorted)-at)
}

// highest gives the highest level, in millionths of a voice and up to the largest weight, that fits; levels below one that fits do too,
// and 0 always does.
func (h heights) highest(fits func(t voting.Weight) bool) voting.Weight {
	if len(h.sorted) == 0 {
		return 0
	}
	low, high := voting.Weight(0), h.sorted[len(h.sorted)-1]
	for low < high {
		if middle := low + (high-low+1)/2; fits(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// fair gives the highest level t with t <= q * sum of min(w, t): what the largest may have so that none has more than its part q of the
// total that results.
//
// As t rises, the sum rises ever more slowly. Below a level that fits, all do, so that cutting the exact solution to six decimal places
// never breaks the cap.
func (h heights) fair(q voting.Fraction) voting.Weight {
	return h.highest(func(t voting.Weight) bool {
		high, low := bits.Mul64(uint64(t), uint64(q.Den))
		most, rest := bits.Mul64(uint64(h.under(t)), uint64(q.Num))
		return cmp.Or(cmp.Compare(high, most), cmp.Compare(low, rest)) <= 0
	})
}

// mostPasses is how often the two caps are applied in turn. Each time less is cut; caps that leave so little room that this is not
// enough are as good as unreachable.
const mostPasses = 1000

// capped brings the weights under both caps: that of organisations, then that of donors, and again until both hold. It gives false if
// nothing above 0 fits under them. Weights only fall, and equal ones of one organisation stay equal.
func capped(donors []DonorWeight, r WeightRule) bool {
	for range mostPasses {
		fell := false
		if r.MaxOrganisation.Num > 0 {
			fell = capOrganisations(donors, r.MaxOrganisation)
		}
		if r.MaxShare.Num > 0 {
			fell = capDonors(donors, r.MaxShare) || fell
		}
		if !fell {
			return true
		}
		if !slices.ContainsFunc(donors, func(d DonorWeight) bool { return d.Weight > 0 }) {
			return false
		}
	}
	return false
}

// capDonors says whether any weight fell.
func capDonors(donors []DonorWeight, q voting.Fraction) bool {
	all := make([]int, len(donors))
	for i := range donors {
		all[i] = i
	}
	return cut(donors, all, heightsOf(donors, all).fair(q))
}

// capOrganisations says whether any weight fell. A donor of no organisation counts as one. In an organisation that has too much, the
// largest weights fall first.
func capOrganisations(donors []DonorWeight, q voting.Fraction) bool {
	var of [][]int // places of the donors of each organisation
	place := map[string]int{}
	for i, d := range donors {
		at, known := place[d.Organisation]
		if !known || d.Organisation == "" {
			at = len(of)
			place[d.Organisation] = at
			of = append(of, nil)
		}
		of[at] = append(of[at], i)
	}
	sums := make([]voting.Weight, len(of))
	for at, members := range of {
		for _, i := range members {
			sums[at] += donors[i].Weight
		}
	}
	most := newHeights(sums).fair(q)
	fell := false
	for at, members := range of {
		if sums[at] <= most {
			continue
		}
		h := heightsOf(donors, members)
		level := h.highest(func(t voting.Weight) bool { return h.under(t) <= most })
		fell = cut(donors, members, level) || fell
	}
	return fell
}

func heightsOf(donors []DonorWeight, places []int) heights {
	weights := make([]voting.Weight, len(places))
	for k, i := range places {
		weights[k] = donors[i].Weight
	}
	return newHeights(weights)
}

// cut brings weights down to a level, and says whether any fell.
func cut(donors []DonorWeight, places []int, level voting.Weight) bool {
	fell := false
	for _, i := range places {
		if donors[i].Weight > level {
			donors[i].Weight, fell = level, true
		}
	}
	return fell
}

// throttled lets no weight grow faster than the rule says since the period before.
func throttled(donors []DonorWeight, times int, before map[string]voting.Weight) {
	var had []voting.Weight
	for _, w := range before {
		if w > 0 {
			had = append(had, w)
		}
	}
	slices.Sort(had) // the order of the map is gone
	floor := voting.Voice
	if len(had) > 0 {
		floor = max(floor, had[(len(had)-1)/2])
	}
	for i, d := range donors {
		most := max(floor, before[d.Donor]*voting.Weight(times)) // both within MaxWeight * 1000
		donors[i].Uncapped = min(d.Uncapped, most)
	}
}

// quantile gives the smallest of the amounts, scaled and above nothing, that at least q of them do not exceed.
func quantile(amounts []*big.Int, q voting.Fraction) *big.Int {
	sorted := slices.SortedFunc(slices.Values(amounts), (*big.Int).Cmp)
	hi, lo := bits.Mul64(uint64(len(sorted)), uint64(q.Num))
	at, rest := bits.Div64(hi, lo, uint64(q.Den))
	if rest == 0 {
		at--
	}
	return sorted[at]
}
