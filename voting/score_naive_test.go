package voting_test

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// scored is one ballot in a proportional count: its scores, its weight, and the part of it that is left.
type scored struct {
	scores map[voting.Choice]int64
	weight *big.Rat
	left   *big.Rat
	given  int64
}

func (n election) sheets() []*scored {
	var out []*scored
	for _, b := range n.ballots {
		p := &scored{scores: map[voting.Choice]int64{}, weight: voicesOf(b.Weight), left: big.NewRat(1, 1)}
		for _, c := range n.q.Options {
			p.scores[c], _ = valueOf(b.Ballot, c)
		}
		out = append(out, p)
	}
	return out
}

func times(factors ...*big.Rat) *big.Rat {
	out := big.NewRat(1, 1)
	for _, f := range factors {
		out.Mul(out, f)
	}
	return out
}

// gives is what a ballot contributes to an option now, without its weight.
func (n election) gives(p *scored, c voting.Choice, scale int64) *big.Rat {
	score := big.NewRat(p.scores[c], 1)
	if n.q.Method == voting.SequentiallySpentScore && n.setting("spending") == "capped" {
		if has := times(p.left, big.NewRat(scale, 1)); has.Cmp(score) < 0 {
			return has
		}
		return score
	}
	return times(score, p.left)
}

// naiveProportional elects one after the other straight from the definitions, ballot by ballot. It stops where a tie stands and says so.
func (n election) naiveProportional() (elected []voting.Choice, tied []voting.Choice) {
	scale, _ := strconv.ParseInt(n.setting("scale"), 10, 64)
	papers := n.sheets()
	seats := max(n.q.Seats, 1)
	quota := times(n.total(), big.NewRat(1, int64(seats)))
	left := slices.Clone(n.q.Options)
	for len(elected) < seats && n.total().Sign() > 0 {
		totals := map[voting.Choice]*big.Rat{}
		for _, c := range left {
			totals[c] = new(big.Rat)
			for _, p := range papers {
				totals[c].Add(totals[c], times(n.gives(p, c, scale), p.weight))
			}
		}
		best := ranked(left, func(a, b voting.Choice) int { return totals[a].Cmp(totals[b]) })[0]
		if len(left) <= seats-len(elected) {
			return append(elected, left...), nil
		}
		if len(best) > 1 {
			return elected, best
		}
		winner := best[0]
		elected = append(elected, winner)
		left = slices.DeleteFunc(left, func(c voting.Choice) bool { return c == winner })
		switch n.q.Method {
		case voting.ReweightedRange:
			for _, p := range papers {
				p.given += p.scores[winner]
				p.left = big.NewRat(scale, scale+p.given)
			}
		case voting.AllocatedScore:
			n.naiveAllocate(papers, winner, quota, scale)
		case voting.SequentiallySpentScore:
			share := big.NewRat(1, 1)
			if cost := times(quota, big.NewRat(scale, 1)); totals[winner].Cmp(cost) > 0 {
				share.Quo(cost, totals[winner])
			}
			for _, p := range papers {
				paid := times(n.gives(p, winner, scale), share, big.NewRat(1, scale))
				p.left = new(big.Rat).Sub(p.left, paid)
			}
		}
	}
	return elected, nil
}

// naiveAllocate uses up ballots worth a quota, those that contribute most first, alike where they contribute the same.
func (n election) naiveAllocate(papers []*scored, winner voting.Choice, quota *big.Rat, scale int64) {
	need := quota
	for need.Sign() > 0 {
		var most *big.Rat
		for _, p := range papers {
			if g := n.gives(p, winner, scale); g.Sign() > 0 && (most == nil || g.Cmp(most) > 0) {
				most = g
			}
		}
		if most == nil {
			return
		}
		var group []*scored
		worth := new(big.Rat)
		for _, p := range papers {
			if n.gives(p, winner, scale).Cmp(most) == 0 {
				group = append(group, p)
				worth.Add(worth, times(p.left, p.weight))
			}
		}
		keep := new(big.Rat)
		if worth.Cmp(need) > 0 {
			keep.Sub(big.NewRat(1, 1), new(big.Rat).Quo(need, worth))
		}
		for _, p := range group {
			p.left = times(p.left, keep)
			p.scores[winner] = 0 // it has paid for the winner
		}
		need = new(big.Rat).Sub(need, worth)
	}
}

// naiveSTAR elects in two rounds, with the official protocol for ties.
func (n election) naiveSTAR(left []voting.Choice) (winner voting.Choice, tied []voting.Choice) {
	sums := n.points(func(v int64) int64 { return v })
	scale, _ := strconv.ParseInt(n.setting("scale"), 10, 64)
	highest := n.points(func(v int64) int64 {
		if v == scale {
			return 1
		}
		return 0
	})
	by := func(numbers map[voting.Choice]*big.Rat) func(a, b voting.Choice) int {
		return func(a, b voting.Choice) int { return numbers[a].Cmp(numbers[b]) }
	}
	// heads counts the comparisons that each of some wins against the others, ballot by ballot.
	heads := func(among []voting.Choice) map[voting.Choice]*big.Rat {
		wins := map[voting.Choice]*big.Rat{}
		for _, a := range among {
			wins[a] = new(big.Rat)
			for _, b := range among {
				for _, p := range n.sheets() {
					if p.scores[a] > p.scores[b] {
						wins[a].Add(wins[a], p.weight)
					}
				}
			}
		}
		return wins
	}
	if len(left) == 1 {
		return left[0], nil
	}
	var finalists []voting.Choice
	open := left
	steps := []func([]voting.Choice) map[voting.Choice]*big.Rat{
		func([]voting.Choice) map[voting.Choice]*big.Rat { return sums },
		heads,
		func([]voting.Choice) map[voting.Choice]*big.Rat { return highest },
	}
	if n.setting("tie-protocol") == "none" {
		steps = steps[:1]
	}
	for _, step := range steps {
		numbers := step(open)
		var next []voting.Choice
		for _, group := range ranked(open, by(numbers)) {
			switch {
			case len(finalists) == 2:
			case len(finalists)+len(group) <= 2:
				finalists = append(finalists, group...)
			case next == nil:
				next = group
			}
			if next != nil {
				break
			}
		}
		if open = next; open == nil {
			break
		}
	}
	if open != nil {
		return "", append(finalists, open...)
	}
	last := []func(a, b voting.Choice) int{by(heads(finalists)), by(sums), by(highest)}
	if n.setting("tie-protocol") == "none" {
		last = last[:1]
	}
	for _, compare := range last {
		if d := compare(finalists[0], finalists[1]); d > 0 {
			return finalists[0], nil
		} else if d < 0 {
			return finalists[1], nil
		}
	}
	return "", finalists
}

func TestScoresAgainstNaive(t *testing.T) {
	t.Parallel()
	t.Run("score", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.ScoreVoting, voting.ShapeScores).Draw(t, "election")
			points := n.points(func(v int64) int64 { return v })
			if by := n.points(func(int64) int64 { return 1 }); n.setting("unscored") == "ignored" {
				for c := range points {
					if by[c].Sign() > 0 {
						points[c].Quo(points[c], by[c])
					}
				}
			}
			r := n.count(t, n.q, n.ballots)
			for _, s := range r.Scores {
				require.Zero(t, points[s.Choice].Cmp(s.Number.Rat()), "%s has %s", s.Choice, s.Number)
			}
			require.ElementsMatch(t, n.seatsFor(points, anybody), r.Winners)
		})
	})

	for _, method := range []voting.Method{voting.AllocatedScore, voting.ReweightedRange, voting.SequentiallySpentScore} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				n := anyElection(method, voting.ShapeScores).Draw(t, "election")
				n.ties = nil
				r := n.count(t, n.q, n.ballots)
				elected, tied := n.naiveProportional()
				if tied == nil {
					require.ElementsMatch(t, elected, r.Winners)
					return
				}
				require.Equal(t, append([]voting.Choice{}, elected...), r.Winners[:len(elected)])
				require.ElementsMatch(t, tied, r.Rounds[len(r.Rounds)-1].Broken.Choices)
				if max(n.q.Seats, 1)-len(elected) > 1 { // whoever comes first changes what is left for the others
					require.ElementsMatch(t, n.q.Options, r.Winners)
					return
				}
				require.ElementsMatch(t, tied, r.Winners[len(elected):])
			})
		})
	}

	t.Run("star", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.STAR, voting.ShapeScores).Draw(t, "election")
			n.ties = nil
			r := n.count(t, n.q, n.ballots)
			if n.total().Sign() == 0 {
				require.Empty(t, r.Winners)
				return
			}
			var elected, tied []voting.Choice
			left := slices.Clone(n.q.Options)
			for seats := max(n.q.Seats, 1); len(elected) < seats && tied == nil; {
				if len(left) <= seats-len(elected) {
					elected = append(elected, left...)
					break
				}
				var winner voting.Choice
				if winner, tied = n.naiveSTAR(left); tied == nil {
					elected = append(elected, winner)
					left = slices.DeleteFunc(left, func(c voting.Choice) bool { return c == winner })
				}
			}
			if tied == nil {
				require.ElementsMatch(t, elected, r.Winners)
				return
			}
			require.Equal(t, append([]voting.Choice{}, elected...), r.Winners[:len(elected)])
			require.Subset(t, r.Winners, tied)
			require.Greater(t, len(r.Winners), max(n.q.Seats, 1))
		})
	})
}

func TestScores(t *testing.T) {
	t.Parallel()
	type group struct {
		voters int64
		scores voting.Scores
	}
	of := func(t *testing.T, q voting.Question, ties *voting.Ties, groups ...group) voting.Result {
		t.Helper()
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, g := range groups {
			require.NoError(t, p.Add(g.scores, voting.Weight(g.voters)*voting.Voice))
		}
		r, err := voting.CountBy(p, q, ties)
		require.NoError(t, err)
		return r
	}
	tennessee := []group{
		{42, voting.Scores{"memphis": 5, "nashville": 2, "chattanooga": 1, "knoxville": 0}},
		{26, voting.Scores{"memphis": 0, "nashville": 5, "chattanooga": 2, "knoxville": 2}},
		{15, voting.Scores{"memphis": 0, "nashville": 3, "chattanooga": 5, "knoxville": 4}},
		{17, voting.Scores{"memphis": 0, "nashville": 2, "chattanooga": 4, "knoxville": 5}},
	}
	cities := []voting.Choice{"memphis", "nashville", "chattanooga", "knoxville"}

	t.Run("a tie for the first of two seats leaves the second open to all", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.AllocatedScore, Options: []voting.Choice{"ana", "ben", "cleo", "dora"}, Seats: 2}
		votes := []group{{1, voting.Scores{"ben": 5, "cleo": 5, "dora": 5}}, {1, voting.Scores{"ana": 0}}}
		r := of(t, q, nil, votes...)
		require.Equal(t, []voting.Choice{"ben", "cleo", "dora"}, r.Rounds[0].Broken.Choices)
		require.Equal(t, q.Options, r.Winners, "whoever of them is first, their voter has nothing left for the second seat")

		r = of(t, q, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: q.Options}, votes...)
		require.Equal(t, []voting.Choice{"ben", "ana"}, r.Winners)
	})
	t.Run("score.md: the capital of Tennessee", func(t *testing.T) {
		t.Parallel()
		r := of(t, voting.Question{Method: voting.ScoreVoting, Options: cities}, nil, tennessee...)
		require.Equal(t, []voting.Score{
			{Choice: "memphis", Number: "210"},
			{Choice: "nashville", Number: "293"},
			{Choice: "chattanooga", Number: "237"},
			{Choice: "knoxville", Number: "197"},
		}, r.Scores)
		require.Equal(t, []voting.Choice{"nashville"}, r.Winners)
		r = of(t, withSetting(voting.Question{Method: voting.ScoreVoting, Options: cities[:2]}, "unscored", "ignored"), nil,
			group{2, voting.Scores{"memphis": 5}}, group{1, voting.Scores{"memphis": 3, "nashville": 4}})
		require.Equal(t, []voting.Score{{Choice: "memphis", Number: "13/3"}, {Choice: "nashville", Number: "4"}}, r.Scores)
	})

	t.Run("approval.md: the capital of Tennessee", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(voting.Question{Method: voting.Approval, Options: cities})
		require.NoError(t, err)
		for _, b := range []marked{
			many(42, voting.Choices{"memphis", "nashville"}), many(26, voting.Choices{"nashville", "chattanooga"}),
			many(15, voting.Choices{"chattanooga", "knoxville"}), many(17, voting.Choices{"knoxville", "chattanooga"}),
		} {
			require.NoError(t, p.Add(b.Ballot, b.Weight))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"nashville"}, r.Winners)
		require.Equal(t, voting.Score{Choice: "chattanooga", Number: "58"}, r.Scores[2])
	})

	t.Run("star.md: the capital of Tennessee", func(t *testing.T) {
		t.Parallel()
		r := of(t, voting.Question{Method: voting.STAR, Options: cities}, nil, tennessee...)
		require.Equal(t, []voting.Choice{"nashville"}, r.Winners)
		require.Len(t, r.Rounds, 2)
		require.Equal(t, []voting.Score{{Choice: "nashville", Number: "68"}, {Choice: "chattanooga", Number: "32"}}, r.Rounds[1].Tallies)
		r = of(t, voting.Question{Method: voting.STAR, Options: cities, Seats: 2}, nil, tennessee...)
		require.Equal(t, []voting.Choice{"nashville", "chattanooga"}, r.Winners)
	})

	t.Run("star.md: ties", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.STAR, Options: []voting.Choice{"a", "b", "c"}}
		score := func(a, b, c int64) voting.Scores { return voting.Scores{"a": a, "b": b, "c": c} }
		r := of(t, q, nil, group{1, score(1, 3, 5)}, group{1, score(1, 5, 3)}, group{1, score(1, 3, 3)})
		require.Equal(t, []voting.Choice{"b", "c"}, r.Winners, "equal in the runoff, in score, and in fives")
		require.Equal(t, []voting.Choice{"b", "c"}, r.Rounds[2].Broken.Choices)
		r = of(t, q, nil, group{1, score(1, 4, 5)}, group{1, score(1, 3, 2)}, group{1, score(1, 5, 5)})
		require.Equal(t, []voting.Choice{"c"}, r.Winners, "more fives")
		ties := &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"c", "b", "a"}}
		r = of(t, q, ties, group{5, score(3, 3, 3)})
		require.Equal(t, []voting.Choice{"c"}, r.Winners)
		require.Equal(t, &voting.Broken{Choices: []voting.Choice{"a", "b", "c"}, By: voting.TieOrder, Chosen: []voting.Choice{"c", "b"}}, r.Rounds[2].Broken)
	})

	t.Run("proportional-score.md: 60 and 40", func(t *testing.T) {
		t.Parallel()
		for method, want := range map[voting.Method][]voting.Choice{
			voting.ReweightedRange: {"a1", "a2", "b1"}, voting.AllocatedScore: {"a1", "b1", "a2"}, voting.SequentiallySpentScore: {"a1", "b1", "a2"},
		} {
			q := voting.Question{Method: method, Options: []voting.Choice{"a1", "a2", "a3", "b1", "b2"}, Seats: 3, Settings: map[string]string{"scale": "10"}}
			r := of(t, q, nil,
				group{60, voting.Scores{"a1": 10, "a2": 9, "a3": 8, "b1": 1, "b2": 0}}, group{40, voting.Scores{"b1": 10, "b2": 10}})
			require.ElementsMatch(t, want, r.Winners, "%s", method)
		}
	})

	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.STAR, Options: cities}
		require.ErrorIs(t, q.CheckBallot(voting.Scores{"memphis": 6}), voting.ErrBallotMarks)
		require.ErrorIs(t, withSetting(q, "scale", "0").Check(), voting.ErrQuestion)
		require.ErrorIs(t, withSetting(q, "tie-protocol", "mine").Check(), voting.ErrQuestion)
		many := make([]voting.Choice, 200)
		for i := range many {
			many[i] = voting.Choice("o" + strconv.Itoa(i))
		}
		require.ErrorIs(t, voting.Question{Method: voting.AllocatedScore, Options: many, Seats: 101}.Check(), voting.ErrQuestion)
		p, err := voting.NewProfile(voting.Question{Method: voting.ScoreVoting, Options: cities, Settings: map[string]string{"scale": "60000"}})
		require.NoError(t, err)
		require.NoError(t, p.AddMarks([]voting.Mark{60000, 0, 0, 0}, voting.Votes{Seats: 9_000_000_000_000, Voices: 9_000_000_000_000 * voting.Voice}))
		require.NoError(t, p.Add(voting.Scores{"memphis": 1}, 1))
		_, err = voting.Count(p)
		require.ErrorIs(t, err, voting.ErrWeightOverflow)

		for i := range 200 { // 400 options level with each other: every ballot compares 79,800 pairs
			many = append(many, voting.Choice("p"+strconv.Itoa(i)))
		}
		p, err = voting.NewProfile(voting.Question{Method: voting.STAR, Options: many})
		require.NoError(t, err)
		require.NoError(t, p.AddMarks(make([]voting.Mark, 400), voting.Votes{Seats: 120_000_000, Voices: 120_000_000*voting.Voice + 1}))
		_, err = voting.Count(p)
		require.ErrorIs(t, err, voting.ErrWeightOverflow)
	})
}
