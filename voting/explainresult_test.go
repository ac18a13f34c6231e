package voting_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// A count is told in each language, line by line, the outcome last.
func TestExplainResult(t *testing.T) {
	t.Parallel()
	names := map[voting.Choice]string{"a": "Amina", "b": "Jonas", "c": "Lise"}
	label := func(c voting.Choice) string { return names[c] }
	p, err := voting.NewProfileOf(voting.ShapeRanking, []voting.Choice{"a", "b", "c"})
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, p.Add(voting.Ranking{{"a"}, {"b", "c"}}, voting.Voice))
	}
	require.NoError(t, p.Add(voting.Rank("b"), voting.Voice/2))
	require.NoError(t, p.Add(voting.Blank, voting.Voice))
	r, err := voting.CountBy(p, voting.Question{Method: voting.Borda, Seats: 2}, nil)
	require.NoError(t, err)
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	told := plain.Replace(r.ExplainWith("fr", label))
	require.Contains(t, told, "\n2 sièges sont à pourvoir.\n4 bulletins désignent au moins une option, sur 5 déposés.\nUn bulletin blanc.\n")
	require.Contains(t, told, "\nEnsemble, ces bulletins pèsent 3,5 voix.\nChaque bulletin donne des points selon la place : plus une option est haut placée, plus elle en reçoit.\nRésultats : Amina (9,75), Jonas (6) et Lise (5,25).\n")
	require.True(t, strings.HasSuffix(told, "\nLes options retenues sont Amina et Jonas."), told)
	require.Contains(t, r.ExplainWith("en", label), "\nResults: Amina (9.75), Jonas (6) and Lise (5.25).\nThe options chosen are Amina and Jonas.")
	require.Contains(t, plain.Replace(r.ExplainWith("de", label)), "\nErgebnisse: Amina (9,75), Jonas (6) und Lise (5,25).\nGewählt sind Amina und Jonas.")
}

// A method whose numbers do not speak for themselves says what they are; a tie that changes nothing is told as such, and only once.
func TestExplainNumbersAndTies(t *testing.T) {
	t.Parallel()
	t.Run("every method that needs it says what its numbers are, in each language", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfileOf(voting.ShapeRanking, []voting.Choice{"a", "b", "c"})
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.Rank("a", "b", "c"), voting.Voice))
		r, err := voting.CountBy(p, voting.Question{Method: voting.Coombs, Settings: map[string]string{"stop": "one-left"}}, nil)
		require.NoError(t, err)
		require.Contains(t, r.Explain("en"), "\nRound 2, last places: a (0), b (0) and c (1).\nc leaves the count.")
		for _, lang := range []string{"fr", "en", "de"} {
			require.NotContains(t, r.Explain(lang), "count.round", lang)
		}
	})

	t.Run("a tie that stands is told once", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfileOf(voting.ShapeRanking, []voting.Choice{"a", "b", "c"})
		require.NoError(t, err)
		for _, c := range []voting.Choice{"a", "a", "b", "c"} {
			require.NoError(t, p.Add(voting.Rank(c), voting.Voice))
		}
		r, err := voting.CountBy(p, voting.Question{Method: voting.STV, Seats: 2}, nil)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(r.Explain("en"), "A tie between b and c: nothing breaks it."), r.Explain("en"))
	})

	t.Run("many options have a line each", func(t *testing.T) {
		t.Parallel()
		all := []voting.Choice{"a", "b", "c", "d", "e", "f"}
		p, err := voting.NewProfileOf(voting.ShapeRanking, all)
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.Rank(all...), voting.Voice))
		r, err := voting.CountBy(p, voting.Question{Method: voting.IRV}, nil)
		require.NoError(t, err)
		require.Contains(t, r.Explain("en"), "\nRound 1.\n– a: 1\n– b: 0\n")
	})
}
