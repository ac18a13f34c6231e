package voting_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naiveShares gives one seat at a time to whoever deserves it most, straight from the definitions. It stops where a tie for the last seats
// stands.
func (n election) naiveShares() (seats map[voting.Choice]int64, tied []voting.Choice) {
	votes, total := map[voting.Choice]*big.Rat{}, new(big.Rat)
	seats = map[voting.Choice]int64{}
	for _, c := range n.q.Options {
		votes[c], seats[c] = new(big.Rat), 0
		for _, b := range n.ballots {
			ranking, ranked := b.Ballot.(voting.Ranking)
			ranking = slices.DeleteFunc(slices.Clone(ranking), func(rank []voting.Choice) bool { return len(rank) == 0 })
			if b.Ballot == c || ranked && len(ranking) > 0 && len(ranking[0]) == 1 && ranking[0][0] == c {
				votes[c].Add(votes[c], voicesOf(b.Weight))
			}
		}
		total.Add(total, votes[c])
	}
	places := int64(max(n.q.Seats, 1))
	var quota *big.Rat
	switch n.setting("quota") {
	case "hare":
		quota = times(total, big.NewRat(1, places))
	case "hagenbach-bischoff":
		quota = times(total, big.NewRat(1, places+1))
	case "imperiali":
		quota = times(total, big.NewRat(1, places+2))
	case "droop":
		quota = times(total, big.NewRat(1, places+1))
		quota = new(big.Rat).SetInt(new(big.Int).Add(new(big.Int).Quo(quota.Num(), quota.Denom()), big.NewInt(1)))
	}
	claim := func(c voting.Choice) *big.Rat {
		have := seats[c]
		switch n.q.Method {
		case voting.DHondt:
			return times(votes[c], big.NewRat(1, have+1))
		case voting.SainteLague:
			if first, ok := new(big.Rat).SetString(n.setting("first-divisor")); ok && have == 0 {
				return times(votes[c], first.Inv(first))
			}
			return times(votes[c], big.NewRat(1, 2*have+1))
		}
		return new(big.Rat).Sub(votes[c], times(quota, big.NewRat(have, 1)))
	}
	for free := int(places); free > 0; {
		parties := slices.DeleteFunc(slices.Clone(n.q.Options), func(c voting.Choice) bool { return votes[c].Sign() == 0 })
		if len(parties) == 0 {
			return seats, nil
		}
		best := ranked(parties, func(a, b voting.Choice) int { return claim(a).Cmp(claim(b)) })[0]
		if len(best) > free {
			return seats, best
		}
		for _, c := range best {
			seats[c]++
			free--
		}
	}
	return seats, nil
}

func TestApportionment(t *testing.T) {
	t.Parallel()
	divide := func(t *testing.T, q voting.Question, votes map[voting.Choice]int64) ([]int64, voting.Result) {
		t.Helper()
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for c, n := range votes {
			require.NoError(t, p.AddVotes(c, seats(n)))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.NoError(t, r.Check(q))
		var out []int64
		for _, s := range r.Shares {
			out = append(out, s.Seats)
		}
		return out, r
	}
	parties := []voting.Choice{"yellows", "whites", "reds", "greens", "blues", "pinks"}
	votes := map[voting.Choice]int64{"yellows": 47_000, "whites": 16_000, "reds": 15_900, "greens": 12_000, "blues": 6_000, "pinks": 3_100}

	t.Run("apportionment.md: 100,000 votes, ten seats", func(t *testing.T) {
		t.Parallel()
		for method, want := range map[voting.Method][]int64{
			voting.DHondt: {5, 2, 2, 1, 0, 0}, voting.SainteLague: {4, 2, 2, 1, 1, 0}, voting.LargestRemainder: {5, 2, 1, 1, 1, 0},
		} {
			have, r := divide(t, voting.Question{Method: method, Options: parties, Seats: 10}, votes)
			require.Equal(t, want, have, "%s", method)
			require.Empty(t, r.Broken)
		}
		q := voting.Question{Method: voting.LargestRemainder, Options: parties, Seats: 10}
		have, _ := divide(t, withSetting(q, "quota", "droop"), votes)
		require.Equal(t, []int64{5, 2, 2, 1, 0, 0}, have)
		have, _ = divide(t, withSetting(voting.Question{Method: voting.SainteLague, Options: parties, Seats: 10}, "first-divisor", "1.4"), votes)
		require.Equal(t, []int64{5, 2, 2, 1, 0, 0}, have)
	})

	t.Run("a tie for the last seat", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.DHondt, Options: []voting.Choice{"a", "b"}, Seats: 3}
		have, r := divide(t, q, map[voting.Choice]int64{"a": 10, "b": 10})
		require.Equal(t, []int64{1, 1}, have)
		require.Equal(t, &voting.Broken{Choices: []voting.Choice{"a", "b"}}, r.Rounds[1].Broken)
		have, r = divide(t, q, nil)
		require.Equal(t, []int64{0, 0}, have)
		require.Empty(t, r.Winners)
	})

	t.Run("more full quotas than seats", func(t *testing.T) {
		t.Parallel()
		q := withSetting(voting.Question{Method: voting.LargestRemainder, Options: []voting.Choice{"a", "b"}, Seats: 4}, "quota", "imperiali")
		have, _ := divide(t, q, map[voting.Choice]int64{"a": 41, "b": 19})
		require.Equal(t, []int64{3, 1}, have, "60 votes, a quota of 10: 4 and 1 are full, and 11 are left before a's last")
		have, _ = divide(t, q, map[voting.Choice]int64{"a": 60})
		require.Equal(t, []int64{4, 0}, have)
	})

	for _, method := range []voting.Method{voting.DHondt, voting.SainteLague, voting.LargestRemainder} {
		for _, shape := range method.Shapes() {
			t.Run(string(method)+" of "+string(shape)+" agrees with one seat at a time", func(t *testing.T) {
				t.Parallel()
				agree.Hold(t, func(t *rapid.T) {
					n := anyElection(method, shape).Draw(t, "election")
					n.ties = nil
					n.q.Seats = rapid.IntRange(1, 12).Draw(t, "seats")
					r := n.count(t, n.q, n.ballots)
					want, tied := n.naiveShares()
					have := map[voting.Choice]int64{}
					for _, s := range r.Shares {
						have[s.Choice] = s.Seats
					}
					require.Equal(t, want, have)
					if tied != nil {
						require.ElementsMatch(t, tied, r.Rounds[len(r.Rounds)-1].Broken.Choices)
						require.Subset(t, r.Winners, tied)
					}
				})
			})
		}
	}

	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.SainteLague, Options: parties, Seats: voting.MaxSeats + 1}
		require.ErrorIs(t, q.Check(), voting.ErrQuestion)
		q.Seats = 577
		require.NoError(t, q.Check())
		require.ErrorIs(t, withSetting(q, "first-divisor", "2").Check(), voting.ErrQuestion)
		require.ErrorIs(t, withSetting(voting.Question{Method: voting.LargestRemainder, Options: parties}, "quota", "mine").Check(), voting.ErrQuestion)
	})
}
