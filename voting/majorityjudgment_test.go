package voting_test

import (
	"maps"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func judgment(options ...voting.Choice) voting.Question {
	return voting.Question{Method: voting.MajorityJudgment, Options: options}
}

func TestMajorityJudgment(t *testing.T) {
	t.Parallel()

	t.Run("majority-judgment.md: Orsay 2007", func(t *testing.T) {
		t.Parallel()
		q := withSetting(judgment("bayrou", "royal", "sarkozy", "voynet"), "grades", "6")
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		perMille := [][]int64{ // the worst grade first, as published: of rounded parts
			{74, 84, 148, 251, 307, 136},
			{126, 122, 168, 191, 227, 167},
			{282, 71, 115, 143, 198, 191},
			{205, 261, 237, 175, 93, 29},
		}
		tallies := make([][]voting.Weight, len(perMille))
		for i, row := range perMille {
			for _, n := range row {
				tallies[i] = append(tallies[i], voting.Weight(n)*voting.Voice)
			}
		}
		require.NoError(t, p.AddTallies(seats(1001), tallies))
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, [][]voting.Choice{{"bayrou"}, {"royal"}, {"sarkozy"}, {"voynet"}}, r.Ranking)
		require.Equal(t, []voting.Choice{"bayrou"}, r.Winners)
		var medians []int
		for _, m := range r.Merits {
			medians = append(medians, m.Median)
		}
		require.Equal(t, []int{3, 3, 3, 2}, medians)
		require.Equal(t, voting.Number("1"), r.Merits[0].Missing)
		require.Equal(t, []voting.Number{"75", "84", "148", "251", "307", "136"}, r.Merits[0].Voices)
	})

	t.Run("ballots and their sums give the same result", func(t *testing.T) {
		t.Parallel()
		q := judgment("a", "b")
		ballots, err := voting.NewProfile(q)
		require.NoError(t, err)
		require.NoError(t, ballots.Add(voting.Grades{"a": 6, "b": 2}, voting.Voice))
		require.NoError(t, ballots.Add(voting.Grades{"a": 3}, voting.Voice/2))
		sums, err := voting.NewProfile(q)
		require.NoError(t, err)
		half := voting.Voice / 2
		require.NoError(t, sums.AddTallies(voting.Votes{Seats: 2, Voices: voting.Voice + half},
			[][]voting.Weight{{0, 0, 0, half, 0, 0, voting.Voice}, {0, 0, voting.Voice}}))
		a, err := voting.Count(ballots)
		require.NoError(t, err)
		b, err := voting.Count(sums)
		require.NoError(t, err)
		require.Equal(t, a, b)
		require.NoError(t, sums.Merge(sums))
		require.Equal(t, int64(4), sums.Cast().Seats)
	})

	t.Run("billions of judges are told apart by one", func(t *testing.T) {
		t.Parallel()
		q := withSetting(judgment("a", "b"), "grades", "2")
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		const half = 4_000_000_000_000 * voting.Voice
		require.NoError(t, p.AddTallies(voting.Votes{Seats: 8_000_000_000_000, Voices: 2 * half},
			[][]voting.Weight{{half, half}, {half - voting.Voice, half + voting.Voice}}))
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, [][]voting.Choice{{"b"}, {"a"}}, r.Ranking)
		require.Equal(t, []voting.Number{"3999999999999", "4000000000001"}, r.Merits[1].Voices)
	})

	t.Run("an option that nobody judged comes last where parts are compared", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(withSetting(judgment("a", "b"), "default-grade", "normalised"))
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.Grades{"b": 0}, voting.Voice))
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, [][]voting.Choice{{"b"}, {"a"}}, r.Ranking)
	})

	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		q := judgment("a", "b")
		require.ErrorIs(t, withSetting(q, "grades", "1").Check(), voting.ErrQuestion)
		require.ErrorIs(t, withSetting(q, "default-grade", "7").Check(), voting.ErrQuestion)
		require.ErrorIs(t, withSetting(q, "default-grade", "best").Check(), voting.ErrQuestion)
		require.NoError(t, withSetting(q, "default-grade", "6").Check())
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		require.ErrorIs(t, p.Add(voting.Grades{"a": 7}, voting.Voice), voting.ErrBallotMarks)
		one := []voting.Weight{voting.Voice}
		require.ErrorIs(t, p.AddTallies(seats(1), [][]voting.Weight{one}), voting.ErrBallotMarks)
		require.ErrorIs(t, p.AddTallies(seats(0), [][]voting.Weight{one, nil}), voting.ErrBallotMarks)
		require.ErrorIs(t, p.AddTallies(seats(1), [][]voting.Weight{{-1}, nil}), voting.ErrWeightOverflow)
		require.ErrorIs(t, p.AddTallies(seats(-1), [][]voting.Weight{one, nil}), voting.ErrWeight)
		require.ErrorIs(t, p.AddTallies(seats(1), [][]voting.Weight{make([]voting.Weight, 8), nil}), voting.ErrBallotMarks)
		require.Zero(t, p.Cast())

		file, err := voting.NewProfileOf(voting.ShapeGrades, q.Options)
		require.NoError(t, err)
		require.NoError(t, file.Add(voting.Grades{"a": 7}, voting.Voice))
		_, err = voting.CountBy(file, q, nil)
		require.ErrorIs(t, err, voting.ErrBallotMarks)
		_, err = voting.CountBy(file, withSetting(q, "grades", "8"), nil)
		require.NoError(t, err)
		sums, err := voting.NewProfileOf(voting.ShapeGrades, q.Options)
		require.NoError(t, err)
		require.NoError(t, sums.AddTallies(seats(1), [][]voting.Weight{{0, 0, 0, 0, 0, 0, 0, voting.Voice}, nil}))
		_, err = voting.CountBy(sums, q, nil)
		require.ErrorIs(t, err, voting.ErrBallotMarks)
		choices, err := voting.NewProfileOf(voting.ShapeChoices, q.Options)
		require.NoError(t, err)
		require.ErrorIs(t, choices.AddTallies(seats(1), [][]voting.Weight{one, one}), voting.ErrBallot)
	})

	t.Run("agrees with taking away one median judge at a time", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.MajorityJudgment, voting.ShapeGrades).Draw(t, "election")
			if want := n.naiveJudgment(); want != nil {
				require.Equal(t, want, sets(n.count(t, n.q, n.ballots).Ranking))
			}
		})
	})

	t.Run("a better grade never harms", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := anyElection(voting.MajorityJudgment, voting.ShapeGrades).Draw(t, "election")
			c := rapid.SampledFrom(n.q.Options).Draw(t, "whom")
			ahead := func() (before int) {
				for _, group := range n.count(t, n.q, n.ballots).Ranking {
					if slices.Contains(group, c) {
						return before
					}
					before += len(group)
				}
				return before
			}
			before := ahead()
			i := rapid.IntRange(0, len(n.ballots)-1).Draw(t, "who")
			grades, ok := n.ballots[i].Ballot.(voting.Grades)
			if grade, graded := grades[c]; ok && graded {
				grades = maps.Clone(grades)
				if grades[c] = grade + 1; n.q.CheckBallot(grades) == nil {
					n.ballots = slices.Clone(n.ballots)
					n.ballots[i].Ballot = grades
				}
			}
			require.LessOrEqual(t, ahead(), before)
		})
	})
}

// sets gives groups of options without the order in them.
func sets(groups [][]voting.Choice) [][]voting.Choice {
	out := make([][]voting.Choice, len(groups))
	for i, g := range groups {
		out[i] = slices.Sorted(slices.Values(g))
	}
	return out
}

// withSetting gives a question with one more setting.
func withSetting(q voting.Question, name, value string) voting.Question {
	q.Settings = maps.Clone(q.Settings)
	if q.Settings == nil {
		q.Settings = map[string]string{}
	}
	q.Settings[name] = value
	return q
}

// naiveJudgment ranks straight from the definition: every voice is one judge; of an even number the lower of the middle two is the median;
// the median judge leaves, and the next median is written down, until nobody is left. The lists of medians are compared. Nil where that
// would take too many judges.
func (n election) naiveJudgment() [][]voting.Choice {
	mode, grades := "0", 7
	if m, ok := n.q.Settings["default-grade"]; ok {
		mode = m
	}
	if g, ok := n.q.Settings["grades"]; ok {
		grades, _ = strconv.Atoi(g)
	}
	given := map[voting.Choice][]*big.Rat{}
	all := new(big.Rat)
	for _, v := range n.ballots {
		weight := big.NewRat(int64(v.Weight), int64(voting.Voice))
		if ballot, ok := v.Ballot.(voting.Grades); ok && len(ballot) > 0 {
			all.Add(all, weight)
			for o, g := range ballot {
				for len(given[o]) < grades {
					given[o] = append(given[o], new(big.Rat))
				}
				given[o][g].Add(given[o][g], weight)
			}
		}
	}
	tallies := map[voting.Choice][]*big.Rat{}
	for _, o := range n.q.Options {
		tally := given[o]
		for len(tally) < grades {
			tally = append(tally, new(big.Rat))
		}
		sum := new(big.Rat)
		for _, n := range tally {
			sum.Add(sum, n)
		}
		missing := new(big.Rat).Sub(all, sum)
		switch mode {
		case "normalised":
			for g := range tally {
				if sum.Sign() > 0 {
					tally[g] = new(big.Rat).Quo(tally[g], sum)
				}
			}
		case "median":
			g := naiveMedian(tally)
			tally[g] = new(big.Rat).Add(tally[g], missing)
		default:
			g, _ := strconv.Atoi(mode)
			tally[g] = new(big.Rat).Add(tally[g], missing)
		}
		tallies[o] = tally
	}
	crumb := crumbOf(tallies)
	values := map[voting.Choice][]int{}
	for o, tally := range tallies {
		judges, total := make([]int64, grades), int64(0)
		for g, n := range tally {
			whole := new(big.Rat).Quo(n, crumb).Num()
			judges[g] = whole.Int64()
			if total += judges[g]; !whole.IsInt64() || judges[g] > 10_000 {
				return nil
			}
		}
		values[o] = majorityValue(judges, total)
	}
	return ranked(n.q.Options, func(a, b voting.Choice) int { return slices.Compare(values[a], values[b]) })
}

// crumbOf gives the largest weight of which every tally has a whole number.
func crumbOf(tallies map[voting.Choice][]*big.Rat) *big.Rat {
	below := big.NewInt(1)
	for _, tally := range tallies {
		for _, n := range tally {
			gcd := new(big.Int).GCD(nil, nil, below, n.Denom())
			below.Mul(below, new(big.Int).Quo(n.Denom(), gcd))
		}
	}
	above := new(big.Int)
	for _, tally := range tallies {
		for _, n := range tally {
			above.GCD(nil, nil, above, new(big.Int).Quo(new(big.Int).Mul(n.Num(), below), n.Denom()))
		}
	}
	if above.Sign() == 0 {
		above.SetInt64(1)
	}
	return new(big.Rat).SetFrac(above, below)
}

func naiveMedian(tally []*big.Rat) int {
	sum := new(big.Rat)
	for _, n := range tally {
		sum.Add(sum, n)
	}
	half := new(big.Rat).Mul(sum, big.NewRat(1, 2))
	seen := new(big.Rat)
	for g, n := range tally {
		if seen.Add(seen, n); seen.Cmp(half) >= 0 && n.Sign() > 0 {
			return g
		}
	}
	return 0
}

// majorityValue takes away the lower middle judge, one at a time, and lists the grades taken.
func majorityValue(judges []int64, total int64) []int {
	var out []int
	for left := total; left > 0; left-- {
		seen := int64(0)
		for g, n := range judges {
			if seen += n; seen > (left-1)/2 {
				judges[g]--
				out = append(out, g)
				break
			}
		}
	}
	return out
}

// ranked puts options in groups by a comparison, the best first, and each group in the order of keys.
func ranked(options []voting.Choice, compare func(a, b voting.Choice) int) [][]voting.Choice {
	left := slices.Sorted(slices.Values(options))
	var out [][]voting.Choice
	for len(left) > 0 {
		var best []voting.Choice
		for _, o := range left {
			if !slices.ContainsFunc(left, func(x voting.Choice) bool { return compare(x, o) > 0 }) {
				best = append(best, o)
			}
		}
		out = append(out, best)
		left = slices.DeleteFunc(left, func(o voting.Choice) bool { return slices.Contains(best, o) })
	}
	return out
}
