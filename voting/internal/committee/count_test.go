package committee_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
)

// groups makes a profile of ballots that each weigh one.
func groups(candidates int, ballots ...[]int) committee.Profile {
	p := committee.Profile{Candidates: candidates}
	for _, b := range ballots {
		p.Groups = append(p.Groups, committee.Group{Approved: b, Weight: 1})
	}
	return p
}

func TestCount(t *testing.T) {
	t.Parallel()
	p := groups(3, []int{0, 1}, []int{1}, []int{2})

	t.Run("two seats for three candidates", func(t *testing.T) {
		t.Parallel()
		out := elect(t, p, committee.AV, 2, committee.Options{})
		require.Equal(t, [][]int{{0, 1}, {1, 2}}, out.Committees)
		require.Equal(t, []int{0, 1}, out.Chosen)
		require.True(t, out.Tied)
		require.Equal(t, "3", out.Value[0].RatString())
		require.Equal(t, []int64{1, 1, 1}, out.Represented)
		out = elect(t, p, committee.AV, 2, committee.Options{Resolute: true, Order: []int{2, 1, 0}})
		require.Equal(t, [][]int{{1, 2}}, out.Committees)
	})

	t.Run("ballots that cannot be counted are refused, with the place", func(t *testing.T) {
		t.Parallel()
		for place, p := range map[string]committee.Profile{
			"candidates: 0":     {},
			"candidates: 10001": {Candidates: committee.MaxCandidates + 1},
			"groups/1/weight: 0 is not positive": {
				Candidates: 1, Groups: []committee.Group{{Weight: 1}, {Weight: 0}},
			},
			"groups/1/weight: the weights add up": {
				Candidates: 1, Groups: []committee.Group{{Weight: 1}, {Weight: math.MaxInt64}},
			},
			"groups/0/approved: 2":  groups(2, []int{0, 2}),
			"groups/0/approved: 1":  groups(2, []int{1, 1}),
			"groups/0/approved: -1": groups(2, []int{-1}),
		} {
			_, err := committee.Count(p, committee.AV, 1, committee.Options{})
			require.ErrorIs(t, err, committee.ErrProfile)
			require.ErrorContains(t, err, place)
		}
	})

	t.Run("no seats, and more seats than candidates, are refused", func(t *testing.T) {
		t.Parallel()
		for _, seats := range []int{-1, 0, 4} {
			_, err := committee.Count(p, committee.PAV, seats, committee.Options{})
			require.ErrorIs(t, err, committee.ErrSeats)
		}
	})

	t.Run("a rule that does not exist is refused", func(t *testing.T) {
		t.Parallel()
		_, err := committee.Count(p, "best", 1, committee.Options{})
		require.ErrorIs(t, err, committee.ErrRule)
	})

	t.Run("options that mean nothing are refused", func(t *testing.T) {
		t.Parallel()
		for _, o := range []committee.Options{
			{Limit: -1},
			{Steps: -1},
			{Order: []int{}},
			{Order: []int{0, 1}},
			{Order: []int{0, 1, 1}},
			{Order: []int{0, 1, 3}},
			{Base: big.NewRat(1, 1)},
			{Base: new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 128))},
			{Ballots: []int{0, 1}},
			{Ballots: []int{0, 1, 3}},
			{Ballots: []int{0, 1, 1}},
		} {
			_, err := committee.Count(p, committee.GreedyMonroe, 2, o)
			require.ErrorIs(t, err, committee.ErrOptions, "%+v", o)
		}
	})

	t.Run("what would take too long is refused, by the same rules on every machine", func(t *testing.T) {
		t.Parallel()
		large := electorate(300, 60)
		for _, r := range committee.Rules() {
			_, err := committee.Count(large, r, 15, committee.Options{Steps: 300_000})
			switch r {
			case committee.AV, committee.SAV, committee.Trivial:
				require.NoError(t, err)
			case committee.PAV, committee.SLAV, committee.Geom, committee.CC, committee.LexCC, committee.Adams,
				committee.MinimaxPhragmen, committee.LexPhragmen, committee.MaximinSupport, committee.Monroe,
				committee.MinimaxAV, committee.LexMinimaxAV:
				require.ErrorIs(t, err, committee.ErrTooLarge, r)
			}
		}
	})

	t.Run("ten thousand candidates are counted or refused, in little memory", func(t *testing.T) {
		t.Parallel()
		p := committee.Profile{Candidates: committee.MaxCandidates}
		for g := range 20 {
			var approved []int
			for c := range p.Candidates {
				if c%(g+1) == 0 {
					approved = append(approved, c)
				}
			}
			p.Groups = append(p.Groups, committee.Group{Approved: approved, Weight: int64(g + 1)})
		}
		for _, seats := range []int{10, 5_000, 9_990} {
			for _, r := range committee.Rules() {
				out, err := committee.Count(p, r, seats, committee.Options{Resolute: true, Steps: 20_000_000})
				if err != nil {
					require.ErrorIs(t, err, committee.ErrTooLarge)
					continue
				}
				require.Len(t, out.Chosen, seats)
			}
		}
	})

	t.Run("nobody votes, and every committee is as good", func(t *testing.T) {
		t.Parallel()
		for _, r := range committee.Rules() {
			out := elect(t, committee.Profile{Candidates: 4}, r, 2, committee.Options{})
			require.Len(t, out.Committees, 6, r)
		}
	})

	t.Run("as many seats as candidates elect everybody", func(t *testing.T) {
		t.Parallel()
		for _, r := range committee.Rules() {
			out := elect(t, p, r, 3, committee.Options{})
			require.Equal(t, [][]int{{0, 1, 2}}, out.Committees, r)
		}
	})

	t.Run("large weights are as exact as small ones", func(t *testing.T) {
		t.Parallel()
		// 3 of 10^15 voices more for one candidate than for the other.
		p := committee.Profile{Candidates: 2, Groups: []committee.Group{
			{Approved: []int{0}, Weight: 1_000_000_000_000_000},
			{Approved: []int{1}, Weight: 1_000_000_000_000_003},
		}}
		for _, r := range committee.Rules() {
			out := elect(t, p, r, 1, committee.Options{})
			switch r {
			case committee.Trivial, committee.MinimaxAV:
				require.Len(t, out.Committees, 2, r)
			default:
				require.Equal(t, [][]int{{1}}, out.Committees, r)
			}
		}
	})
}
