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

// tennessee is the choice of a capital of Tennessee, by distance: the share of the people near each of four towns.
func tennessee(t *testing.T, m voting.Method) *voting.Profile {
	p, err := voting.NewProfile(voting.Question{
		Method: m, Options: []voting.Choice{"memphis", "nashville", "chattanooga", "knoxville"},
	})
	require.NoError(t, err)
	for _, b := range []struct {
		ranking []voting.Choice
		percent voting.Weight
	}{
		{[]voting.Choice{"memphis", "nashville", "chattanooga", "knoxville"}, 42},
		{[]voting.Choice{"nashville", "chattanooga", "knoxville", "memphis"}, 26},
		{[]voting.Choice{"chattanooga", "knoxville", "nashville", "memphis"}, 15},
		{[]voting.Choice{"knoxville", "chattanooga", "nashville", "memphis"}, 17},
	} {
		require.NoError(t, p.Add(voting.Rank(b.ranking...), b.percent*voting.Voice))
	}
	return p
}

// The same ballots elect three different towns. docs/methods/plurality.md, two-round.md, irv.md.
func TestTennessee(t *testing.T) {
	t.Parallel()
	for m, then := range map[voting.Method]struct {
		winner  voting.Choice
		ranking [][]voting.Choice
	}{
		voting.TwoRound: {"nashville", [][]voting.Choice{{"nashville"}, {"memphis"}, {"knoxville"}, {"chattanooga"}}},
		voting.IRV:      {"knoxville", [][]voting.Choice{{"knoxville"}, {"memphis"}, {"nashville"}, {"chattanooga"}}},
	} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			r, err := voting.Count(tennessee(t, m))
			require.NoError(t, err)
			require.Equal(t, []voting.Choice{then.winner}, r.Winners)
			require.Equal(t, then.ranking, r.Ranking)
		})
	}
	t.Run("plurality of rankings", func(t *testing.T) {
		t.Parallel()
		r, err := voting.CountBy(tennessee(t, voting.IRV), voting.Question{Method: voting.Plurality}, nil)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"memphis"}, r.Winners)
		require.Equal(t, voting.Number("42"), r.Scores[0].Number)
	})
}

func TestTwoRound(t *testing.T) {
	t.Parallel()
	count := func(t *testing.T, settings map[string]string, ties *voting.Ties, ballots ...voting.Ranking) voting.Result {
		q := voting.Question{Method: voting.TwoRound, Options: []voting.Choice{"a", "b", "c"}, Settings: settings}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, b := range ballots {
			require.NoError(t, p.Add(b, voting.Voice))
		}
		r, err := voting.CountBy(p, q, ties)
		require.NoError(t, err)
		return r
	}
	t.Run("more than half end it in the first round", func(t *testing.T) {
		t.Parallel()
		r := count(t, nil, nil, voting.Rank("a"), voting.Rank("a"), voting.Rank("b"))
		require.Equal(t, []voting.Choice{"a"}, r.Winners)
		require.Len(t, r.Rounds, 1)
	})
	t.Run("whoever is level with the second goes on too", func(t *testing.T) {
		t.Parallel()
		r := count(t, nil, nil, voting.Rank("a"), voting.Rank("b"), voting.Rank("c"))
		require.Equal(t, []voting.Choice{"a", "b", "c"}, r.Winners)
		require.Equal(t, voting.Broken{Choices: []voting.Choice{"a", "b", "c"}}, r.Broken[0])
	})
	t.Run("a tie in the last round is broken as agreed", func(t *testing.T) {
		t.Parallel()
		ties := &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"b", "a", "c"}}
		r := count(t, nil, ties, voting.Rank("a"), voting.Rank("b"))
		require.Equal(t, []voting.Choice{"b"}, r.Winners)
	})
	t.Run("who shares a rank shares the vote", func(t *testing.T) {
		t.Parallel()
		r := count(t, map[string]string{"rounds": "1"}, nil, voting.Ranking{{"a", "b"}}, voting.Rank("b", "a"))
		require.Equal(t, []voting.Score{{"a", "0.5"}, {"b", "1.5"}, {"c", "0"}}, r.Rounds[0].Tallies)
	})
}

// firstsByHand gives each option's part of the ballots that put it first among some options.
func firstsByHand(n election, in []voting.Choice, last bool) map[voting.Choice]*big.Rat {
	have := map[voting.Choice]*big.Rat{}
	for _, c := range in {
		have[c] = new(big.Rat)
	}
	for _, b := range n.ballots {
		ranking, _ := b.Ballot.(voting.Ranking)
		var best []voting.Choice
		named := false
		for _, rank := range ranking {
			named = named || len(rank) > 0
			if len(best) == 0 {
				best = slices.DeleteFunc(slices.Clone(rank), func(c voting.Choice) bool { return !slices.Contains(in, c) })
			}
		}
		if len(best) == 0 && last && named {
			best = in
		}
		for _, c := range best {
			have[c].Add(have[c], big.NewRat(int64(b.Weight), int64(len(best))*int64(voting.Voice)))
		}
	}
	return have
}

func TestTwoRoundAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		n := anyElection(voting.TwoRound, voting.ShapeRanking).Draw(t, "election")
		n.ties = nil
		n.q.Settings = map[string]string{"unranked": rapid.SampledFrom([]string{"last", "ignored"}).Draw(t, "unranked")}
		last := n.q.Settings["unranked"] == "last"
		r := n.count(t, n.q, n.ballots)
		if r.Expressed.Voices == 0 {
			require.Empty(t, r.Winners)
			return
		}
		have := firstsByHand(n, n.q.Options, last)
		best := extreme(n.q.Options, have, 1)
		total := new(big.Rat)
		for _, x := range have {
			total.Add(total, x)
		}
		if new(big.Rat).Add(have[best[0]], have[best[0]]).Cmp(total) <= 0 {
			on := best
			if len(on) < 2 {
				on = append(slices.Clone(on), extreme(without(n.q.Options, on), have, 1)...)
			}
			best = extreme(on, firstsByHand(n, on, last), 1)
		}
		require.ElementsMatch(t, best, r.Winners)

		p := n.count(t, voting.Question{Method: voting.Plurality, Options: n.q.Options}, n.ballots)
		require.ElementsMatch(t, extreme(n.q.Options, firstsByHand(n, n.q.Options, false), 1), p.Winners)
	})
}
