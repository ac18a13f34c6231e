package allocation_test

import (
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
