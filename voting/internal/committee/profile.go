package committee

import (
	"math"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// MaxCandidates is how many candidates a profile may have.
const MaxCandidates = 10_000

// ErrProfile refuses approval ballots that cannot be counted: no candidates or too many, candidates that are not ascending or not there,
// a weight that is not positive, weights that add up to more than an int64 holds.
var ErrProfile = fault.New(fault.Invalid, "committee.profile", "these approval ballots cannot be counted")

// Profile is approval ballots, identical ones merged. Candidates are the numbers from 0 to Candidates-1.
type Profile struct {
	Candidates int
	Groups     []Group // in any order; two groups may approve the same
}

// Group is all ballots that approve the same candidates.
type Group struct {
	Approved []int // ascending; empty for those who approve nobody, who still count where a rule counts all voters
	// Weight is how much these ballots weigh together, in units; always positive. A unit is what cannot be divided: Monroe's rules
	// part the voters between units. All other rules look at proportions only.
	Weight int64
}

// check refuses what cannot be counted, and gives the sum of all weights.
func (p Profile) check() (int64, error) {
	if p.Candidates < 1 || p.Candidates > MaxCandidates {
		return 0, ErrProfile.At("candidates", strconv.Itoa(p.Candidates)+" is not between 1 and "+strconv.Itoa(MaxCandidates))
	}
	if len(p.Groups) > math.MaxInt32 {
		return 0, ErrProfile.At("groups", "are too many")
	}
	var total int64
	for i, g := range p.Groups {
		if g.Weight <= 0 {
			return 0, ErrProfile.At(at(i)+"/weight", strconv.FormatInt(g.Weight, 10)+" is not positive")
		}
		if total > maxTotal-g.Weight {
			return 0, ErrProfile.At(at(i)+"/weight", "the weights add up to more than can be counted")
		}
		total += g.Weight
		last := -1
		for _, c := range g.Approved {
			if c <= last || c >= p.Candidates {
				return 0, ErrProfile.At(at(i)+"/approved", strconv.Itoa(c)+" does not follow, or is no candidate")
			}
			last = c
		}
	}
	return total, nil
}

func at(group int) string { return "groups/" + strconv.Itoa(group) }

// maxTotal bounds the sum of all weights so that it fits when multiplied by a small number.
const maxTotal = math.MaxInt64 / 128
