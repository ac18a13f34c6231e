package allocation_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/voting"
)

// parts gives what is paid in part, in the order in which it is told.
func parts(out allocation.Outcome) []string {
	var all []string
	for _, p := range out.Parts {
		all = append(all, p.ID+" "+p.Paid.Short()+" of "+addShort(p))
	}
	return all
}

func addShort(p allocation.Partial) string {
	cost, err := p.Paid.Add(p.Missing)
	if err != nil {
		return err.Error()
	}
	return cost.Short()
}

func TestProportional(t *testing.T) {
	t.Parallel()
	// The example of docs/methods/proportional-split.md: hosting for 20 EUR has 5 votes, a study for 50 has 3, a feature for 26 has 2.
	house := func(t *testing.T, budget int64) *allocation.Election {
		return approving(
			t, budget, []allocation.Project{project(t, "hosting", 20), project(t, "study", 50), project(t, "feature", 26), project(t, "flag", 1)},
			[]string{"hosting", "study"}, []string{"hosting", "study"}, []string{"hosting", "study", "feature"}, []string{"hosting", "feature"}, []string{"hosting"},
		)
	}
	split := func(t *testing.T, budget int64, o *allocation.Options) allocation.Outcome {
		out, err := allocation.Allocate(house(t, budget), allocation.Proportional, o)
		require.NoError(t, err)
		return out
	}

	t.Run("what one does not need goes to the others", func(t *testing.T) {
		t.Parallel()
		out := split(t, 60, nil)
		require.Equal(t, []string{"hosting"}, out.Selected)
		require.Equal(t, []string{"study 24 of 50", "feature 16 of 26"}, parts(out))
		require.Equal(t, euros(t, 20), out.Cost)
		require.True(t, out.Left.IsZero())
		require.Nil(t, out.Partial)
		require.Equal(t, allocation.NoSupport, out.Projects[3].Why.Reason)
		require.Equal(t, euros(t, 26), out.Projects[1].Why.Missing)
		require.Equal(t, voting.Number("4"), out.Rounds[0].Ratio, "hosting is paid when each vote brings 4 EUR")
	})
	t.Run("cents are not lost", func(t *testing.T) {
		t.Parallel()
		out := split(t, 7, nil)
		require.Empty(t, out.Selected)
		require.Equal(t, []string{"hosting 3.50 of 20", "study 2.10 of 50", "feature 1.40 of 26"}, parts(out))
		out = split(t, 1, &allocation.Options{MinScore: 3 * voting.Voice})
		require.Equal(t, []string{"hosting 0.63 of 20", "study 0.37 of 50"}, parts(out), "62.5 and 37.5 cents: of equal remainders the first in the list")
		require.Equal(t, allocation.BelowMinimum, out.Projects[2].Why.Reason)
	})
	t.Run("a budget that is large enough pays all, and keeps the rest", func(t *testing.T) {
		t.Parallel()
		out := split(t, 100, nil)
		require.Equal(t, []string{"hosting", "feature", "study"}, out.Selected, "in the order in which they fill")
		require.Empty(t, out.Parts)
		require.Equal(t, euros(t, 4), out.Left)
	})
	t.Run("only so many share, or one of a group", func(t *testing.T) {
		t.Parallel()
		out := split(t, 60, &allocation.Options{Most: 2})
		require.Equal(t, []string{"hosting"}, out.Selected)
		require.Equal(t, []string{"study 40 of 50"}, parts(out))
		require.Equal(t, allocation.Full, out.Projects[2].Why.Reason)
		a, b := project(t, "a", 5), project(t, "b", 5)
		a.Excludes, b.Excludes = []string{"meadow"}, []string{"meadow"}
		out, err := allocation.Allocate(approving(t, 4, []allocation.Project{a, b}, []string{"b"}, []string{"a", "b"}), allocation.Proportional, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"b 4 of 5"}, parts(out))
		require.Equal(t, allocation.Excluded, out.Projects[0].Why.Reason)
		require.Equal(t, "b", out.Projects[0].Why.By)
	})
	t.Run("what was decided before is paid first", func(t *testing.T) {
		t.Parallel()
		out := split(t, 61, &allocation.Options{Initial: []string{"flag"}})
		require.Equal(t, []string{"flag", "hosting"}, out.Selected)
		require.Equal(t, []string{"study 24 of 50", "feature 16 of 26"}, parts(out))
	})
	t.Run("as data, and in words", func(t *testing.T) {
		t.Parallel()
		out := split(t, 60, nil)
		text, err := json.Marshal(out)
		require.NoError(t, err)
		require.Contains(t, string(text), `"parts":[{"id":"study","paid":"24","missing":"26"},{"id":"feature","paid":"16","missing":"10"}]`)
		require.Equal(t, `Rule: proportional split.
Each project is given a part of the budget in proportion to its votes, up to its cost.
Budget: €60, for 5 people who voted.
1 project is bought of 4, for €20. €0 is left.
2 projects are given a part of what they cost, €40 in all.
1. hosting (€20) is paid whole, with 5 votes.
The other projects:
– study (€50), with 3 votes, is given €24, about €8 for each vote; €26 is missing and must come from elsewhere.
– feature (€26), with 2 votes, is given €16, about €8 for each vote; €10 is missing and must come from elsewhere.
– flag (€1) is supported by nobody.`, out.Explain("en"))
	})
}
