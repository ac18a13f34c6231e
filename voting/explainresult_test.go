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
	require.Contains(t, told, "\n2 places sont à pourvoir.\n4 bulletins désignent au moins une option, sur 5 déposés.\nUn bulletin blanc.\n")
	require.Contains(t, told, "\nEnsemble, ces bulletins pèsent 3,5 voix.\nRésultats : Amina (9,75), Jonas (6) et Lise (5,25).\n")
	require.True(t, strings.HasSuffix(told, "\nLes options retenues sont Amina et Jonas."), told)
	require.Contains(t, r.ExplainWith("en", label), "\nResults: Amina (9.75), Jonas (6) and Lise (5.25).\nThe options chosen are Amina and Jonas.")
	require.Contains(t, plain.Replace(r.ExplainWith("de", label)), "\nErgebnisse: Amina (9,75), Jonas (6) und Lise (5,25).\nGewählt sind Amina und Jonas.")
}
