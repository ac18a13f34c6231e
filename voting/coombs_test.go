package voting_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

func TestCoombs(t *testing.T) {
	t.Parallel()
	r, err := voting.Count(tennessee(t, voting.Coombs))
	require.NoError(t, err)
	require.Equal(t, []voting.Choice{"nashville"}, r.Winners)
	require.Equal(t, [][]voting.Choice{{"nashville"}, {"knoxville"}, {"chattanooga"}, {"memphis"}}, r.Ranking)
	require.Equal(t, []voting.Score{{"memphis", "58"}, {"nashville", "0"}, {"chattanooga", "0"}, {"knoxville", "42"}}, r.Rounds[1].Tallies)

	t.Run("a tie that nothing breaks stops the count", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Coombs, Options: []voting.Choice{"a", "b", "c"}}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, c := range q.Options {
			require.NoError(t, p.Add(voting.Rank(c), voting.Voice))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, q.Options, r.Winners)
		require.Equal(t, &voting.Broken{Choices: q.Options}, r.Rounds[1].Broken)

		r, err = voting.CountBy(p, q, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"b", "c", "a"}})
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"b"}, r.Winners)
	})
}

// endByHand gives each option's part of the ballots that put it first, or last, of some options.
func endByHand(n election, in []voting.Choice, last bool) map[voting.Choice]*big.Rat {
	have := map[voting.Choice]*big.Rat{}
	for _, c := range in {
		have[c] = new(big.Rat)
	}
	for _, b := range n.ballots {
		ranking, _ := b.Ballot.(voting.Ranking)
		ranks := slices.Clone(ranking)
		named := slices.Concat(ranks...)
		if len(named) == 0 {
			continue
		}
		ranks = append(ranks, without(in, named))
		if last {
			slices.Reverse(ranks)
		}
		for _, rank := range ranks {
			at := slices.DeleteFunc(slices.Clone(rank), func(c voting.Choice) bool { return !slices.Contains(in, c) })
			for _, c := range at {
				have[c].Add(have[c], big.NewRat(int64(b.Weight), int64(len(at))*int64(voting.Voice)))
			}
			if len(at) > 0 {
				break
			}
		}
	}
	return have
}

func TestCoombsAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		n := anyElection(voting.Coombs, voting.ShapeRanking).Draw(t, "election")
		order := rapid.Permutation(n.q.Options).Draw(t, "order")
		n.ties = &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: order}
		back := slices.Clone(order)
		slices.Reverse(back)
		r := n.count(t, n.q, n.ballots)
		if r.Expressed.Voices == 0 {
			require.Empty(t, r.Winners)
			return
		}
		in := slices.Clone(n.q.Options)
		half := big.NewRat(int64(r.Expressed.Voices), 2*int64(voting.Voice))
		for {
			have := endByHand(n, in, false)
			best := extreme(in, have, 1)
			if len(in) == 1 || n.q.Settings["stop"] != "one-left" && (len(in) == 2 || have[best[0]].Cmp(half) > 0) {
				require.Equal(t, []voting.Choice{first(order, best)}, r.Winners)
				return
			}
			in = without(in, []voting.Choice{first(back, extreme(in, endByHand(n, in, true), 1))})
		}
	})
}
