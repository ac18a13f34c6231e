package committee_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func elect(t require.TestingT, p committee.Profile, r committee.Rule, seats int, o committee.Options) committee.Outcome {
	out, err := committee.Count(p, r, seats, o)
	require.NoError(t, err)
	return out
}

// byRule holds a property for every rule, on the same elections.
func byRule(t *testing.T, property func(t *rapid.T, r committee.Rule, d drawn)) {
	t.Helper()
	agree.Hold(t, func(t *rapid.T) {
		d := anElection(t)
		for _, r := range committee.Rules() {
			property(t, r, drawn{copied(d.profile), d.seats, d.order})
		}
	})
}

func copied(p committee.Profile) committee.Profile {
	p.Groups = slices.Clone(p.Groups)
	return p
}

// general is an outcome without what it tells of each group.
func general(o committee.Outcome) committee.Outcome {
	o.Loads, o.Budgets = nil, nil
	return o
}

func TestProperties(t *testing.T) {
	t.Parallel()

	t.Run("the order of the groups never matters", func(t *testing.T) {
		t.Parallel()
		byRule(t, func(t *rapid.T, r committee.Rule, d drawn) {
			before := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order})
			d.profile.Groups = rapid.Permutation(d.profile.Groups).Draw(t, "shuffled")
			after := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order})
			require.Equal(t, general(before), general(after))
		})
	})

	t.Run("one group of weight two is two groups of weight one", func(t *testing.T) {
		t.Parallel()
		byRule(t, func(t *rapid.T, r committee.Rule, d drawn) {
			one := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order})
			apart := committee.Profile{Candidates: d.profile.Candidates}
			for _, g := range d.profile.Groups {
				for range g.Weight {
					apart.Groups = append(apart.Groups, committee.Group{Approved: g.Approved, Weight: 1})
				}
			}
			require.Equal(t, general(one), general(elect(t, apart, r, d.seats, committee.Options{Order: d.order})))
		})
	})

	t.Run("the same factor on every weight changes nothing, unless voters are counted out", func(t *testing.T) {
		t.Parallel()
		byRule(t, func(t *rapid.T, r committee.Rule, d drawn) {
			if r == committee.Monroe || r == committee.GreedyMonroe {
				return
			}
			before := elect(t, d.profile, r, d.seats, committee.Options{})
			factor := rapid.Int64Range(2, 1_000_000).Draw(t, "factor")
			for i := range d.profile.Groups {
				d.profile.Groups[i].Weight *= factor
			}
			after := elect(t, d.profile, r, d.seats, committee.Options{})
			require.Equal(t, before.Committees, after.Committees)
			require.Equal(t, before.Chosen, after.Chosen)
			require.Equal(t, before.Tied, after.Tied)
		})
	})

	t.Run("renamed candidates win under their new names", func(t *testing.T) {
		t.Parallel()
		byRule(t, func(t *rapid.T, r committee.Rule, d drawn) {
			if r == committee.GreedyMonroe {
				return // whom of equal voters a member represents has to follow some order
			}
			before := elect(t, d.profile, r, d.seats, committee.Options{})
			rename := func(members []int) []int {
				named := []int{}
				for _, c := range members {
					named = append(named, d.order[c])
				}
				slices.Sort(named)
				return named
			}
			for i, g := range d.profile.Groups {
				d.profile.Groups[i].Approved = rename(g.Approved)
			}
			var want [][]int
			for _, members := range before.Committees {
				want = append(want, rename(members))
			}
			slices.SortFunc(want, slices.Compare)
			require.Equal(t, want, elect(t, d.profile, r, d.seats, committee.Options{}).Committees)
			// And a count whose ties the same candidates win, whatever they are called, tells the same.
			same := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order})
			require.Equal(t, rename(before.Chosen), same.Chosen)
			require.Len(t, same.Rounds, len(before.Rounds))
		})
	})

	t.Run("a list that is cut says so, and holds only winners", func(t *testing.T) {
		t.Parallel()
		byRule(t, func(t *rapid.T, r committee.Rule, d drawn) {
			whole := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order})
			require.False(t, whole.More)
			limit := rapid.IntRange(1, 10).Draw(t, "limit")
			cut := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order, Limit: limit})
			require.Equal(t, len(whole.Committees) > limit, cut.More)
			require.Len(t, cut.Committees, min(limit, len(whole.Committees)))
			require.Subset(t, whole.Committees, cut.Committees)
			require.Equal(t, whole.Chosen, cut.Chosen)
			one := elect(t, d.profile, r, d.seats, committee.Options{Order: d.order, Resolute: true})
			require.Equal(t, [][]int{whole.Chosen}, one.Committees)
			require.Equal(t, whole.Rounds, one.Rounds)
			require.Equal(t, whole.Tied, one.Tied)
		})
	})

	t.Run("voters, loads and payments add up", func(t *testing.T) {
		t.Parallel()
		byRule(t, func(t *rapid.T, r committee.Rule, d drawn) {
			out := elect(t, d.profile, r, d.seats, committee.Options{})
			var voters, counted int64
			carried := new(big.Rat)
			for i, g := range d.profile.Groups {
				voters += g.Weight
				if out.Loads != nil {
					carried.Add(carried, mul(out.Loads[i], new(big.Rat).SetInt64(g.Weight)))
				}
			}
			for _, w := range out.Represented {
				counted += w
			}
			require.Equal(t, voters, counted)
			supported := 0
			for _, c := range out.Chosen {
				if len(ofBallots(d).supporters(c)) > 0 {
					supported++
				}
			}
			switch r {
			case committee.SeqPhragmen, committee.MinimaxPhragmen, committee.LexPhragmen, committee.MaximinSupport:
				require.Equal(t, whole(supported).RatString(), carried.RatString(), "each seat that anybody supports is one load")
			}
			for _, round := range out.Rounds {
				paid, scored := new(big.Rat), round.Scores[max(round.Elected, round.Removed)]
				for _, p := range round.Payments {
					require.Equal(t, sub(p.Had, p.Paid).RatString(), p.Has.RatString())
					paid.Add(paid, mul(p.Paid, new(big.Rat).SetInt64(p.Weight)))
				}
				switch {
				case round.Phase == "equal-shares":
					require.Equal(t, "1", paid.RatString())
				case r == committee.SeqPhragmen && scored != nil:
					require.Equal(t, "-1", paid.RatString(), "a load is taken up, not given")
				case r == committee.Consensus && scored.Sign() > 0:
					require.Equal(t, new(big.Rat).SetInt64(voters).RatString(), paid.RatString())
				case r == committee.Enestroem:
					require.Equal(t, lower(scored, big.NewRat(voters, int64(d.seats))).RatString(), paid.RatString())
				}
			}
		})
	})
}
