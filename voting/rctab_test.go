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

// Ten voters fill two seats. docs/methods/stv-rctab.md.
func TestSTVRCTab(t *testing.T) {
	t.Parallel()
	q := voting.Question{Method: voting.STVRCTab, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: 2}
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for range 6 {
		require.NoError(t, p.Add(voting.Rank("ana", "ben"), voting.Voice))
	}
	require.NoError(t, p.Add(voting.Rank("ben"), voting.Voice))
	for range 3 {
		require.NoError(t, p.Add(voting.Rank("cleo"), voting.Voice))
	}
	r, err := voting.Count(p)
	require.NoError(t, err)
	require.Equal(t, []voting.Choice{"ana", "cleo"}, r.Winners)
	require.Len(t, r.Rounds, 4)
	require.Equal(t, voting.Round{
		Action: voting.ActionElect, Choices: []voting.Choice{"ana"}, Elected: []voting.Choice{"ana"}, Quota: "4",
		Tallies:   []voting.Score{{"ana", "6"}, {"ben", "1"}, {"cleo", "3"}},
		Transfers: []voting.Transfer{{From: "ana", To: "ben", Voices: "1.9998"}},
		Figures:   []voting.Figure{{"residual-surplus", "0.0002"}},
	}, r.Rounds[0])
	require.Equal(t, []voting.Score{{"ana", "4"}, {"ben", "2.9998"}, {"cleo", "3"}}, r.Rounds[1].Tallies)
	require.Equal(t, []voting.Choice{"ben"}, r.Rounds[1].Choices)
	require.Equal(t, voting.Number("2.9998"), r.Rounds[2].Exhausted)

	t.Run("a tie that nothing breaks stops the count", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.STVRCTab, Options: q.Options, Seats: 2, Settings: map[string]string{"winners-per-round": "one"}}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, c := range []voting.Choice{"ana", "ben"} {
			require.NoError(t, p.Add(voting.Rank(c), voting.Voice))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.ElementsMatch(t, []voting.Choice{"ana", "ben"}, r.Winners)
		require.Equal(t, &voting.Broken{Choices: []voting.Choice{"ana", "ben"}}, r.Rounds[0].Broken)

		r, err = voting.CountBy(p, q, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"ben", "ana", "cleo"}})
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"ben", "ana"}, r.Winners)
	})
	t.Run("an option that no question has", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.STVRCTab, voting.IRV, voting.SequentialIRV, voting.BottomsUp} {
			for _, name := range []string{"withdrawn", "undeclared-write-ins"} {
				_, err := voting.CountBy(p, voting.Question{Method: m, Settings: map[string]string{name: "dora"}}, nil)
				require.ErrorIs(t, err, voting.ErrQuestion)
			}
		}
	})
}

// Two have reached the threshold with as much, and whose surplus goes on first may decide who wins the third seat.
func TestSTVRCTabTiedForOneOfThree(t *testing.T) {
	t.Parallel()
	q := voting.Question{
		Method: voting.STVRCTab, Options: []voting.Choice{"ana", "ben", "cleo", "dora"}, Seats: 3,
		Settings: map[string]string{"winners-per-round": "one"},
	}
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for _, c := range []voting.Choice{"ana", "ben"} {
		require.NoError(t, p.Add(voting.Rank(c, "cleo"), 4*voting.Voice))
	}
	require.NoError(t, p.Add(voting.Rank("dora"), voting.Voice))
	r, err := voting.Count(p)
	require.NoError(t, err)
	require.Equal(t, &voting.Broken{Choices: []voting.Choice{"ana", "ben"}}, r.Rounds[0].Broken)
	require.Equal(t, q.Options, r.Winners, "the third seat is not empty")

	q.Seats = 2
	r, err = voting.CountBy(p, q, nil)
	require.NoError(t, err)
	require.Equal(t, []voting.Choice{"ana", "ben"}, r.Winners, "a seat for each: both win, in whatever order")
}

// Every ballot for itself, with a value that is cut, against bundles of them.
func TestSTVRCTabAgainstNaive(t *testing.T) {
	t.Parallel()
	cut := func(r *big.Rat) *big.Rat { // after four places
		n := new(big.Rat).Mul(r, big.NewRat(10_000, 1))
		return new(big.Rat).SetFrac(new(big.Int).Quo(n.Num(), n.Denom()), big.NewInt(10_000))
	}
	agree.Hold(t, func(t *rapid.T) {
		n := naiveIRV{q: voting.Question{Method: voting.STVRCTab, Settings: map[string]string{}}, ended: map[int]string{}}
		n.q.Options = []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}[:rapid.IntRange(2, 5).Draw(t, "options")]
		n.q.Seats = rapid.IntRange(1, len(n.q.Options)).Draw(t, "seats")
		n.order = rapid.Permutation(n.q.Options).Draw(t, "order")
		n.papers = rapid.SliceOfN(aPaper(n.q.Options), 1, 15).Draw(t, "papers")
		p, err := voting.NewProfile(n.q)
		require.NoError(t, err)
		for i, x := range n.papers {
			require.NoError(t, p.AddMarks(x.marks(n.q.Options), voting.Votes{Seats: 1, Voices: x.weight}))
			if len(slices.Concat(x.ranks...)) == 0 {
				n.ended[i] = ""
			}
		}
		r, err := voting.CountBy(p, n.q, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: n.order})
		require.NoError(t, err)
		if r.Expressed.Voices == 0 {
			require.Empty(t, r.Winners)
			return
		}

		values, shows := make([]*big.Rat, len(n.papers)), make([]voting.Choice, len(n.papers))
		for i := range values {
			values[i] = big.NewRat(1, 1)
		}
		in, kept := slices.Clone(n.q.Options), map[voting.Choice]*big.Rat{}
		var elected []voting.Choice
		var threshold *big.Rat
		for round := range r.Rounds {
			have, total := map[voting.Choice]*big.Rat{}, new(big.Rat)
			for _, c := range in {
				have[c] = new(big.Rat)
			}
			for i, x := range n.papers {
				if _, ended := n.ended[i]; !ended && len(elected) < n.q.Seats && !slices.Contains(in, shows[i]) {
					var why string
					if shows[i], why = n.reads(x, in); shows[i] == "" {
						n.ended[i] = why
					}
				}
				if shows[i] != "" && slices.Contains(in, shows[i]) {
					w := new(big.Rat).Mul(values[i], big.NewRat(int64(x.weight), int64(voting.Voice)))
					have[shows[i]].Add(have[shows[i]], w)
					total.Add(total, w)
				}
			}
			if threshold == nil {
				part := new(big.Rat).Quo(total, big.NewRat(int64(n.q.Seats+1), 1))
				threshold = new(big.Rat).SetInt(new(big.Int).Add(new(big.Int).Quo(part.Num(), part.Denom()), big.NewInt(1)))
			}
			for c, v := range kept {
				have[c] = v
			}
			for _, s := range r.Rounds[round].Tallies {
				require.Equal(t, have[s.Choice].RatString(), s.Number.Rat().RatString(), "%s in round %d", s.Choice, round+1)
			}
			if len(elected) == n.q.Seats {
				break
			}
			var winners []voting.Choice
			for _, c := range in {
				if len(in) <= n.q.Seats-len(elected) || have[c].Cmp(threshold) >= 0 {
					winners = append(winners, c)
				}
			}
			for _, c := range winners {
				kept[c] = have[c]
				if over := new(big.Rat).Sub(have[c], threshold); over.Sign() > 0 {
					kept[c] = threshold
					part := cut(over.Quo(over, have[c]))
					for i := range values {
						if shows[i] == c {
							values[i] = cut(new(big.Rat).Mul(values[i], part))
						}
					}
				} else {
					for i := range values {
						if shows[i] == c {
							values[i] = new(big.Rat)
						}
					}
				}
			}
			elected = append(elected, winners...)
			gone := winners
			if len(gone) == 0 {
				back := slices.Clone(n.order)
				slices.Reverse(back)
				gone = []voting.Choice{first(back, extreme(in, have, -1))}
			}
			in = without(in, gone)
		}
		require.ElementsMatch(t, elected, r.Winners)
	})
}
