package voting_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/voting"
)

// group is so many voters of one ranking, an option a letter.
type group struct {
	voters int64
	order  string
}

func letters(s string) choices {
	var out choices
	for _, r := range s {
		out = append(out, voting.Choice(r))
	}
	return out
}

func countGroups(t *testing.T, q voting.Question, groups []group) voting.Result {
	t.Helper()
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for _, g := range groups {
		for range g.voters {
			require.NoError(t, p.Add(voting.Rank(letters(g.order)...), voting.Voice))
		}
	}
	r, err := voting.Count(p)
	require.NoError(t, err)
	return r
}

// condorcets are the 60 voters of Condorcet's own example: a beats b, b beats c, and c beats a.
var condorcets = []group{{23, "abc"}, {17, "bca"}, {2, "bac"}, {10, "cab"}, {8, "cba"}}

// capital is the textbook choice of a capital: Memphis, Nashville, Chattanooga, Knoxville.
var capital = []group{{42, "mnck"}, {26, "nckm"}, {15, "cknm"}, {17, "kcnm"}}

func TestPairwiseExamples(t *testing.T) {
	t.Parallel()

	scores := func(r voting.Result) (out []voting.Number) {
		for _, s := range r.Scores {
			out = append(out, s.Number)
		}
		return out
	}

	t.Run("Condorcet's 60 voters", func(t *testing.T) {
		t.Parallel()
		for _, want := range []struct {
			method   voting.Method
			settings map[string]string
			ranking  []choices
			scores   []voting.Number
		}{
			{"condorcet-winner", nil, []choices{{"a", "b", "c"}}, nil},
			{"smith", nil, []choices{{"a", "b", "c"}}, nil},
			{"schwartz", nil, []choices{{"a", "b", "c"}}, nil},
			{"schulze", nil, []choices{{"b"}, {"c"}, {"a"}}, nil},
			{"ranked-pairs", nil, []choices{{"b"}, {"c"}, {"a"}}, nil},
			{"minimax", nil, []choices{{"b"}, {"a"}, {"c"}}, []voting.Number{"35", "33", "42"}},
			{"minimax", map[string]string{"strength": "margin"}, []choices{{"b"}, {"a"}, {"c"}}, []voting.Number{"10", "6", "24"}},
			{"copeland", nil, []choices{{"a", "b", "c"}}, []voting.Number{"0", "0", "0"}},
			{"kemeny", nil, []choices{{"b"}, {"c"}, {"a"}}, nil},
			{"borda", map[string]string{"starting": "0"}, []choices{{"b"}, {"a"}, {"c"}}, []voting.Number{"58", "69", "53"}},
			{"dowdall", nil, []choices{{"b"}, {"a"}, {"c"}}, []voting.Number{"112/3", "227/6", "209/6"}},
			{"bucklin", nil, []choices{{"b"}, {"a", "c"}}, nil},
			{"nanson", nil, []choices{{"b"}, {"a", "c"}}, nil},
			{"baldwin", nil, []choices{{"a"}, {"b"}, {"c"}}, nil},
		} {
			r := countGroups(t, voting.Question{Method: want.method, Options: letters("abc"), Settings: want.settings}, condorcets)
			require.Equal(t, want.ranking, r.Ranking, want.method)
			require.Equal(t, want.scores, scores(r), want.method)
		}
		r := countGroups(t, voting.Question{Method: voting.Kemeny, Options: letters("abc")}, condorcets)
		require.Equal(t, []voting.Figure{{Name: "kemeny-score", Number: "104"}, {Name: "optimal-rankings", Number: "1"}}, r.Figures)
		require.Equal(t, [][]voting.Number{{"0", "33", "25"}, {"27", "0", "42"}, {"35", "18", "0"}}, r.Matrices[0].Cells)
		r = countGroups(t, voting.Question{Method: voting.Baldwin, Options: letters("abc")}, condorcets)
		require.Equal(t, []voting.Score{{Choice: "a", Number: "58"}, {Choice: "b", Number: "69"}, {Choice: "c", Number: "53"}}, r.Rounds[0].Tallies)
		require.Equal(t, []voting.Score{{Choice: "a", Number: "33"}, {Choice: "b", Number: "27"}}, r.Rounds[1].Tallies)
		r = countGroups(t, voting.Question{Method: voting.Bucklin, Options: letters("abc")}, condorcets)
		require.Equal(t, []voting.Score{{Choice: "a", Number: "35"}, {Choice: "b", Number: "50"}, {Choice: "c", Number: "35"}}, r.Rounds[1].Tallies)
	})

	t.Run("the capital of Tennessee beats all others", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{
			"condorcet-winner", "smith", "schwartz", "schulze", "ranked-pairs", "minimax", "copeland", "kemeny", "nanson", "baldwin", "debian",
		} {
			r := countGroups(t, voting.Question{Method: m, Options: letters("mnck")}, capital)
			require.Equal(t, choices{"n"}, r.Winners, m)
			require.Equal(t, []voting.Set{
				{Name: "condorcet-winner", Choices: choices{"n"}}, {Name: "condorcet-loser", Choices: choices{"m"}},
			}, setsOf(r), m)
		}
		r := countGroups(t, voting.Question{Method: voting.Copeland, Options: letters("mnck")}, capital)
		require.Equal(t, []choices{{"n"}, {"c"}, {"k"}, {"m"}}, r.Ranking)
		require.Equal(t, []voting.Number{"-3", "3", "1", "-1"}, scores(r))
		r = countGroups(t, voting.Question{Method: voting.Kemeny, Options: letters("mnck")}, capital)
		require.Equal(t, voting.Number("393"), r.Figures[0].Number)
	})

	t.Run("Schulze's 45 voters", func(t *testing.T) {
		t.Parallel()
		r := countGroups(t, voting.Question{Method: voting.Schulze, Options: letters("abcde")}, []group{
			{5, "acbed"}, {5, "adecb"}, {8, "bedac"}, {3, "cabed"}, {7, "caebd"}, {2, "cbade"}, {7, "dceba"}, {8, "ebadc"},
		})
		require.Equal(t, []choices{{"e"}, {"a"}, {"c"}, {"b"}, {"d"}}, r.Ranking)
		require.Equal(t, "strongest-paths", r.Matrices[1].Name)
		require.Equal(t, [][]voting.Number{
			{"0", "28", "28", "30", "24"},
			{"25", "0", "28", "33", "24"},
			{"25", "29", "0", "29", "24"},
			{"25", "28", "28", "0", "24"},
			{"25", "28", "28", "31", "0"},
		}, r.Matrices[1].Cells)
	})

	t.Run("Debian drops what does not defeat the default option", func(t *testing.T) {
		t.Parallel()
		// 8 of 20 put the change first, 7 the amendment, 5 neither: f is further discussion.
		ballots := []group{{8, "caf"}, {7, "acf"}, {5, "fac"}}
		q := voting.Question{Method: voting.Debian, Options: letters("acf"), Settings: map[string]string{"default": "f"}}
		require.Equal(t, []choices{{"a"}, {"c"}, {"f"}}, countGroups(t, q, ballots).Ranking)
		q.Settings["majority"] = "3,c=2" // 15 to 5: three times is enough
		require.Equal(t, []choices{{"a"}, {"c"}, {"f"}}, countGroups(t, q, ballots).Ranking)
		q.Settings["majority"] = "c=2,a=7/2"
		r := countGroups(t, q, ballots)
		require.Equal(t, []choices{{"c"}, {"f"}, {"a"}}, r.Ranking)
		require.Contains(t, r.Sets, voting.Set{Name: "below-majority", Choices: choices{"a"}})
		q.Settings["quorum"] = "16"
		r = countGroups(t, q, ballots)
		require.Equal(t, choices{"f"}, r.Winners)
		require.Contains(t, r.Sets, voting.Set{Name: "below-quorum", Choices: choices{"a", "c"}})
	})
}

func TestPairsInWords(t *testing.T) {
	t.Parallel()
	label := func(c voting.Choice) string {
		return map[voting.Choice]string{"a": "Amina", "b": "Bob", "c": "Cleo"}[c]
	}
	told := func(m voting.Method, lang string) string {
		r := countGroups(t, voting.Question{Method: m, Options: letters("abc")}, condorcets)
		return strings.ReplaceAll(r.ExplainWith(lang, label), "\u00a0", " ")
	}
	for _, line := range []string{
		"Amina l'emporte sur Bob, 33 contre 27.",
		"Personne ne gagne tous ses duels.",
		"Bob devance Amina : la plus forte chaîne de duels gagnés vaut 35 dans ce sens, et 33 dans l'autre.",
		"Classement : 1. Bob, 2. Cleo, 3. Amina.",
	} {
		require.Contains(t, told(voting.Schulze, "fr"), "\n"+line+"\n")
	}
	require.Contains(t, told(voting.RankedPairs, "en"),
		"\nThe duel that Amina won against Bob is left out: it would close a circle with clearer ones, or equally clear ones.\n")
	require.Contains(t, told(voting.Kemeny, "de"), "\nEine Reihenfolge ist die beste.\n")
	require.NotContains(t, told(voting.Schulze, "en"), "against the others")
}

func setsOf(r voting.Result) []voting.Set {
	return slices.DeleteFunc(slices.Clone(r.Sets), func(s voting.Set) bool { return s.Name != "condorcet-winner" && s.Name != "condorcet-loser" })
}

func TestPairwiseRefusals(t *testing.T) {
	t.Parallel()
	options := func(n int) (out choices) {
		for i := range n {
			out = append(out, voting.Choice("o"+strconv.Itoa(i)))
		}
		return out
	}
	for name, q := range map[string]voting.Question{
		"more options than Kemeny takes":     {Method: voting.Kemeny, Options: options(21)},
		"a default option that is not there": {Method: voting.Debian, Options: options(3), Settings: map[string]string{"default": "nobody"}},
		"a majority of nobody":               {Method: voting.Debian, Options: options(3), Settings: map[string]string{"majority": "nobody=3"}},
		"a majority of nothing":              {Method: voting.Debian, Options: options(3), Settings: map[string]string{"majority": "0"}},
		"a strength that is none":            {Method: voting.RankedPairs, Options: options(3), Settings: map[string]string{"strength": "ratio"}},
		"two seats for a Condorcet winner":   {Method: voting.CondorcetWinner, Options: options(3), Seats: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, q.Check(), voting.ErrQuestion)
		})
	}

	t.Run("sums that do not fit", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.Schulze, voting.Borda, voting.Bucklin, voting.Nanson, voting.Baldwin, voting.Kemeny} {
			p, err := voting.NewProfileOf(voting.ShapeRanking, options(3))
			require.NoError(t, err)
			require.NoError(t, p.AddMarks([]voting.Mark{0, 1, 2}, voting.Votes{Seats: 1, Voices: math.MaxInt64}))
			_, err = voting.CountBy(p, voting.Question{Method: m}, nil)
			require.ErrorIs(t, err, voting.ErrWeightOverflow, m)
		}
	})
}

// Ballots of many options are compared in heaps, 64 options at a time: with every length of ballot and every bit of a weight.
func TestPairsOfManyOptions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{20, 63, 64, 65, 130}).Draw(t, "options")
		var options choices
		marks := make([]voting.Mark, size)
		for i := range size {
			options = append(options, voting.Choice("o"+strconv.Itoa(i)))
			marks[i] = voting.Mark(i)
		}
		q := voting.Question{Method: voting.CondorcetWinner, Options: options, Settings: map[string]string{
			"unranked": rapid.SampledFrom([]string{"last", "ignored"}).Draw(t, "unranked"),
		}}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		want := make([]int64, size*size)
		for range rapid.IntRange(1, 40).Draw(t, "ballots") {
			row := slices.Clone(rapid.Permutation(marks).Draw(t, "row"))
			if rapid.Bool().Draw(t, "partial") {
				row = row[:rapid.IntRange(1, size).Draw(t, "length")]
			}
			ties := rapid.Bool().Draw(t, "ties")
			rank, at := 0, map[int]int{}
			for i, m := range row {
				if i > 0 && ties && i%3 == 0 {
					row[i] |= voting.Level
				} else {
					rank++
				}
				at[m.Option()] = rank
			}
			weight := rapid.SampledFrom([]int64{1, 1, 1, 2, 3, 5, 1 << 20}).Draw(t, "weight")
			require.NoError(t, p.AddMarks(row, voting.Votes{Seats: weight, Voices: voting.Weight(weight) * voting.Voice}))
			for a := range size {
				for b := range size {
					above, below := at[a], at[b]
					if above > 0 && (above < below || below == 0 && q.Settings["unranked"] == "last") {
						want[a*size+b] += weight
					}
				}
			}
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		for a, row := range r.Matrices[0].Cells {
			for b, n := range row {
				require.Equal(t, voting.Number(strconv.FormatInt(want[a*size+b], 10)), n, "%d over %d", a, b)
			}
		}
	})
}
