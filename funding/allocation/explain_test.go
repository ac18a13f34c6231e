package allocation_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/voting"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	street := approving(t, 10, []allocation.Project{project(t, "bench", 5), project(t, "trees", 6), project(t, "fountain", 4), project(t, "statue", 90), project(t, "moat", 1)},
		[]string{"trees", "bench"}, []string{"trees", "bench", "statue"}, []string{"trees"}, []string{"fountain"})
	out, err := allocation.Allocate(street, allocation.Greedy, nil)
	require.NoError(t, err)

	t.Run("every project has its answer, in three languages", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, strings.Join([]string{
			"Rule: ranking by votes or points.",
			"Projects are taken in the order of their votes, as long as there is money to pay for them.",
			"Budget: €10, for 4 people who voted.",
			"2 projects are bought of 5, for €10. €0 is left.",
			"1. trees (€6) is bought, with 3 votes.",
			"2. fountain (€4) is bought, with 1 vote.",
			"The other projects:",
			"– bench (€5), with 2 votes: when its turn came, after trees (3 votes), €4 was left. €1 was missing.",
			"– statue costs €90, which is €80 more than the whole budget; it has 1 vote.",
			"– moat (€1) is supported by nobody.",
		}, "\n"), out.Explain("en"))
		for _, lang := range []string{"fr", "de"} {
			text := out.Explain(lang)
			require.Equal(t, 10, len(strings.Split(text, "\n")), text)
			require.NotContains(t, text, "allocation.")
			require.NotContains(t, text, "{")
		}
	})
	t.Run("one project author gets one answer", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "bench (5\u00a0€), avec 2 voix\u00a0: quand son tour est venu, après trees (3 voix), il restait 4\u00a0€. Il manquait 1\u00a0€.", out.ExplainProject("fr", "bench"))
		require.Empty(t, out.ExplainProject("fr", "zeppelin"))
	})
	t.Run("a tie is told", func(t *testing.T) {
		t.Parallel()
		even := approving(t, 5, []allocation.Project{project(t, "a", 5), project(t, "b", 5)}, []string{"a", "b"})
		out, err := allocation.Allocate(even, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Contains(t, out.Explain("en"), "– Level with b; decided by the order of the list.")
	})
	t.Run("what was bought by the comparison has no price, and nobody is told one", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(square(t), allocation.EqualShares, &allocation.Options{Comparison: true})
		require.NoError(t, err)
		text := out.Explain("en")
		require.Contains(t, text, "In the final comparison, 4 voices prefer what is bought by taking projects in the order of their votes.")
		require.Contains(t, text, "1. playground (€12,000) is bought, with 5 votes.\n")
		require.NotContains(t, text, "voice pays")
		require.Contains(t, out.Explain("fr"), "0 voix préfère ce qu'ont acheté les parts égales.")
	})
	t.Run("which comes first is told by what projects are worth", func(t *testing.T) {
		t.Parallel()
		for satisfaction, line := range map[allocation.Satisfaction]string{
			allocation.Cost:        "The project of whose cost everybody pays the smallest part comes first.",
			allocation.Cardinality: "The project that costs everybody least comes first.",
			allocation.CostSqrt:    "What a project brings to each of those who support it: the square root of what the projects bought for them cost together.",
		} {
			out, err := allocation.Allocate(square(t), allocation.EqualShares, &allocation.Options{Satisfaction: satisfaction})
			require.NoError(t, err)
			require.Contains(t, out.Explain("en"), line)
		}
	})
	t.Run("by cost, prices for each vote are told", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(street, allocation.GreedyDensity, nil)
		require.NoError(t, err)
		require.Equal(t, "bench (€5), with 2 votes, which is €2.50 for each vote: when its turn came, after trees (€2 for each vote), €4 was left. €1 was missing.",
			out.ExplainProject("en", "bench"))
	})
	t.Run("a number that six places have no room for is told whole", func(t *testing.T) {
		t.Parallel()
		huge, err := allocation.Allocate(approving(t, 1_000_000_000_000, []allocation.Project{project(t, "dam", 1_000_000_000_000)}, []string{"dam"}, []string{"dam"},
			[]string{"dam"}, []string{"dam"}, []string{"dam"}, []string{"dam"}, []string{"dam"}, []string{"dam"}, []string{"dam"}, []string{"dam"}), allocation.MaxWelfare, nil)
		require.NoError(t, err)
		require.Contains(t, huge.Explain("en"), "What the projects bought bring, all voices added up: 10,000,000,000,000.")
	})
	t.Run("as data: amounts in units of the currency, exact", func(t *testing.T) {
		t.Parallel()
		text, err := json.Marshal(out)
		require.NoError(t, err)
		var got struct {
			Rule, Currency, Budget, Cost, Left string
			Selected                           []string
			Projects                           []struct {
				ID, Cost, Score, Why, Left, Missing string
				Selected                            bool
				Supporters                          voting.Votes
			}
			Rounds []struct {
				Round         int
				Project, Left string
			}
		}
		require.NoError(t, json.Unmarshal(text, &got))
		require.Equal(t, []string{"greedy", "EUR", "10", "10", "0"}, []string{got.Rule, got.Currency, got.Budget, got.Cost, got.Left})
		require.Equal(t, []string{"trees", "fountain"}, got.Selected)
		require.Equal(t, "no-room", got.Projects[0].Why)
		require.Equal(t, "4", got.Projects[0].Left)
		require.Equal(t, "1", got.Projects[0].Missing)
		require.Equal(t, "fountain", got.Rounds[1].Project)
		require.Equal(t, "0", got.Rounds[1].Left)
	})
}

func TestExplainMatches(t *testing.T) {
	t.Parallel()
	gifts := []allocation.Gift{
		{Donor: "ana", Project: "trees", Amount: euros(t, 4)},
		{Donor: "ben", Project: "trees", Amount: euros(t, 9)},
		{Donor: "ana", Project: "bench", Amount: euros(t, 5)},
		{Donor: "ben", Project: "moat", Amount: euros(t, 0)},
	}
	m, err := allocation.Quadratic{Pool: euros(t, 10)}.Match(gifts)
	require.NoError(t, err)
	require.Equal(t, strings.Join([]string{
		"The pool has €10. It adds €10 in all, to 1 project; €0 is left.",
		"The formula came to another sum: each part was scaled to the pool in proportion.",
		"bench: one person gave €5. The pool adds something only from two donors on.",
		"moat: no gift counts.",
		"trees: 2 people gave €13. The formula gives €12; its part of the pool is €10.",
	}, "\n"), m.Explain("en"))
	for _, lang := range []string{"fr", "de"} {
		require.NotContains(t, m.Explain(lang), "matching.")
	}
}
