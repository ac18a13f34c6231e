package allocation_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// euros gives whole euros.
func euros(t require.TestingT, n int64) money.Amount {
	a, err := money.New(100*n, "EUR")
	require.NoError(t, err)
	return a
}

// project is a project whose name is its id.
func project(t require.TestingT, id string, cost int64) allocation.Project {
	return allocation.Project{ID: id, Name: id, Cost: euros(t, cost)}
}

// approving holds an election of approval: for each list of ids, that many ballots.
func approving(t require.TestingT, budget int64, projects []allocation.Project, ballots ...[]string) *allocation.Election {
	e, err := allocation.New(projects, euros(t, budget), nil)
	require.NoError(t, err)
	for _, ids := range ballots {
		var b []allocation.Vote
		for _, id := range ids {
			b = append(b, allocation.Vote{Project: id})
		}
		require.NoError(t, e.Add(b, voting.Voice))
	}
	return e
}

func TestGreedy(t *testing.T) {
	t.Parallel()
	// A street wants trees (3 votes, 6 EUR), a bench (2 votes, 5 EUR) and a fountain (1 vote, 4 EUR), and has 10 EUR.
	street := approving(t, 10, []allocation.Project{project(t, "bench", 5), project(t, "trees", 6), project(t, "fountain", 4)},
		[]string{"trees", "bench"}, []string{"trees", "bench"}, []string{"trees"}, []string{"fountain"})

	t.Run("buys what most want, and skips what is too expensive by then", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(street, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"trees", "fountain"}, out.Selected)
		require.Equal(t, euros(t, 10), out.Cost)
		require.Equal(t, euros(t, 0), out.Left)
		bench := out.Projects[0]
		require.Equal(t, allocation.NoRoom, bench.Why.Reason)
		require.Equal(t, euros(t, 4), bench.Why.Left)
		require.Equal(t, euros(t, 1), bench.Why.Missing)
	})
	t.Run("stops there, if the city says so", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(street, allocation.Greedy, &allocation.Options{NoSkip: true})
		require.NoError(t, err)
		require.Equal(t, []string{"trees"}, out.Selected)
		require.Equal(t, allocation.Stopped, out.Projects[2].Why.Reason)
	})
	t.Run("and pays four fifths of the next, if the city says so", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(street, allocation.Greedy, &allocation.Options{NoSkip: true, Partial: voting.Fraction{Num: 4, Den: 5}})
		require.NoError(t, err)
		require.Equal(t, &allocation.Partial{ID: "bench", Paid: euros(t, 4), Missing: euros(t, 1)}, out.Partial)
		require.Equal(t, euros(t, 0), out.Left)
	})
	t.Run("by density, the cheap comes first", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(street, allocation.GreedyDensity, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"trees", "fountain"}, out.Selected)
	})
}

// greedyVillage is the worked example of docs/methods/greedy.md: 100 voters, 10,000 EUR and five projects.
func greedyVillage(t *testing.T) *allocation.Election {
	var ballots [][]string
	for _, of := range []struct {
		voters int
		ids    []string
	}{
		{40, []string{"playground", "path", "trees"}},
		{20, []string{"playground", "trees"}},
		{25, []string{"library", "path"}},
		{10, []string{"library", "festival"}},
		{5, []string{"festival"}},
	} {
		ballots = append(ballots, slices.Repeat([][]string{of.ids}, of.voters)...)
	}
	return approving(t, 10_000, []allocation.Project{
		project(t, "playground", 6000), project(t, "path", 5000), project(t, "trees", 3000), project(t, "library", 2500), project(t, "festival", 1500),
	}, ballots...)
}

func TestGreedyPage(t *testing.T) {
	t.Parallel()
	village := greedyVillage(t)
	for _, of := range []struct {
		name     string
		rule     allocation.Rule
		options  allocation.Options
		selected []string
		ratios   []voting.Number
		left     int64
	}{
		{"by votes", allocation.Greedy, allocation.Options{}, []string{"path", "trees", "festival"}, []voting.Number{"65", "60", "15"}, 500},
		{"at least 20 votes", allocation.Greedy, allocation.Options{MinScore: 20 * voting.Voice}, []string{"path", "trees"}, []voting.Number{"65", "60"}, 2000},
		{"no skip", allocation.Greedy, allocation.Options{NoSkip: true}, []string{"path"}, []voting.Number{"65"}, 5000},
		{
			"no skip, four fifths", allocation.Greedy,
			allocation.Options{NoSkip: true, Partial: voting.Fraction{Num: 4, Den: 5}},
			[]string{"path"},
			[]voting.Number{"65"},
			0,
		},
		{
			"skip, a part of the first without room", allocation.Greedy,
			allocation.Options{Partial: voting.Fraction{Num: 1, Den: 20}},
			[]string{"path", "trees", "festival"},
			[]voting.Number{"65", "60", "15"},
			0,
		},
		{
			"by votes for each euro", allocation.GreedyDensity,
			allocation.Options{},
			[]string{"trees", "library", "festival"},
			[]voting.Number{"0.02", "0.014", "0.01"},
			3000,
		},
		{
			"something for everybody", allocation.GreedyDensity,
			allocation.Options{Satisfaction: allocation.CC},
			[]string{"trees", "library", "festival"},
			[]voting.Number{"0.02", "0.014", "1/300"},
			3000,
		},
		{"roots of what is spent for each", allocation.Greedy, allocation.Options{Satisfaction: allocation.CostSqrt}, []string{"trees", "library", "festival"}, nil, 3000},
		{"all as good for each other", allocation.Greedy, allocation.Options{Satisfaction: allocation.Effort}, []string{"playground", "trees"}, []voting.Number{"1", "1"}, 1000},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			out, err := allocation.Allocate(village, of.rule, &of.options)
			require.NoError(t, err)
			require.Equal(t, of.selected, out.Selected)
			require.Equal(t, euros(t, of.left), out.Left)
			for i, ratio := range of.ratios {
				require.Equal(t, ratio, out.Rounds[i].Ratio)
			}
		})
	}

	t.Run("says why", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(village, allocation.Greedy, &allocation.Options{NoSkip: true, Partial: voting.Fraction{Num: 4, Den: 5}})
		require.NoError(t, err)
		require.Equal(t, &allocation.Partial{ID: "playground", Paid: euros(t, 5000), Missing: euros(t, 1000)}, out.Partial)
		require.Equal(t, allocation.PaidInPart, out.Projects[0].Why.Reason)
		require.Equal(t, allocation.Why{Reason: allocation.Stopped, Round: 1, By: "playground"}, out.Projects[2].Why)
		out, err = allocation.Allocate(village, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Equal(t, allocation.Why{Reason: allocation.NoRoom, Round: 1, Left: euros(t, 5000), Missing: euros(t, 1000)}, out.Projects[0].Why)
		require.Equal(t, allocation.Why{Reason: allocation.NoRoom, Round: 2, Left: euros(t, 2000), Missing: euros(t, 500)}, out.Projects[3].Why)
	})
	t.Run("names a tie where it decides", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(village, allocation.Greedy, &allocation.Options{Satisfaction: allocation.Effort})
		require.NoError(t, err)
		require.Equal(t, []string{"playground", "path", "trees", "library", "festival"}, out.Rounds[0].Tied)
		require.Equal(t, []string{"trees", "library", "festival"}, out.Rounds[1].Tied, "the path has no room")
		out, err = allocation.Allocate(village, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Nil(t, out.Rounds[1].Tied, "trees are level with the playground, which has no room")
	})
}

func TestGreedyLists(t *testing.T) {
	t.Parallel()
	t.Run("what costs more than the whole budget ends the list of a city that does not skip", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 10, []allocation.Project{project(t, "tower", 12), project(t, "bench", 5), project(t, "castle", 20)},
			[]string{"tower", "bench"}, []string{"tower"}, []string{"castle"})
		out, err := allocation.Allocate(e, allocation.Greedy, &allocation.Options{NoSkip: true})
		require.NoError(t, err)
		require.Empty(t, out.Selected)
		require.Equal(t, allocation.OverBudget, out.Projects[0].Why.Reason)
		require.Equal(t, allocation.Why{Reason: allocation.Stopped, By: "tower"}, out.Projects[1].Why)
		require.Equal(t, allocation.OverBudget, out.Projects[2].Why.Reason)
		out, err = allocation.Allocate(e, allocation.Greedy, &allocation.Options{NoSkip: true, Partial: voting.Fraction{Num: 4, Den: 5}})
		require.NoError(t, err)
		require.Equal(t, &allocation.Partial{ID: "tower", Paid: euros(t, 10), Missing: euros(t, 2)}, out.Partial)
		out, err = allocation.Allocate(e, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"bench"}, out.Selected)
	})
	t.Run("what costs more than the whole budget can be paid in part, also where the list goes on", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 10, []allocation.Project{project(t, "tower", 12), project(t, "bench", 5), project(t, "castle", 20)},
			[]string{"tower", "bench"}, []string{"tower"}, []string{"castle"})
		out, err := allocation.Allocate(e, allocation.Greedy, &allocation.Options{Partial: voting.Fraction{Num: 1, Den: 4}})
		require.NoError(t, err)
		require.Equal(t, []string{"bench"}, out.Selected)
		require.Equal(t, &allocation.Partial{ID: "tower", Paid: euros(t, 5), Missing: euros(t, 7)}, out.Partial)
		require.Equal(t, allocation.OverBudget, out.Projects[2].Why.Reason)
		out, err = allocation.Allocate(e, allocation.Greedy, &allocation.Options{Partial: voting.Fraction{Num: 4, Den: 5}})
		require.NoError(t, err)
		require.Nil(t, out.Partial)
		require.Equal(t, allocation.OverBudget, out.Projects[0].Why.Reason)
	})
	t.Run("of each group one is bought, and a list is not ended by another", func(t *testing.T) {
		t.Parallel()
		pool, park, bench := project(t, "pool", 6), project(t, "park", 5), project(t, "bench", 4)
		pool.Excludes, park.Excludes = []string{"meadow"}, []string{"meadow"}
		e := approving(t, 10, []allocation.Project{pool, park, bench}, []string{"pool", "park"}, []string{"pool", "bench"}, []string{"pool", "park"})
		out, err := allocation.Allocate(e, allocation.Greedy, &allocation.Options{NoSkip: true})
		require.NoError(t, err)
		require.Equal(t, []string{"pool", "bench"}, out.Selected)
		require.Equal(t, allocation.Why{Reason: allocation.Excluded, Round: 1, By: "pool"}, out.Projects[1].Why)
	})
	t.Run("roots keep true ties", func(t *testing.T) {
		t.Parallel()
		// Alone, one root of 18 brings as much as three roots of 2: the file's order decides.
		e := approving(t, 18, []allocation.Project{project(t, "one", 18), project(t, "two", 2)},
			append(slices.Repeat([][]string{{"one"}}, 3), []string{"two"})...)
		out, err := allocation.Allocate(e, allocation.Greedy, &allocation.Options{Satisfaction: allocation.CostSqrt})
		require.NoError(t, err)
		require.Equal(t, []string{"one"}, out.Selected)
		require.Equal(t, []string{"one", "two"}, out.Rounds[0].Tied)
	})
}
