package allocation_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

func TestMaxWelfare(t *testing.T) {
	t.Parallel()
	// A quarter has 100,000 euros.
	quarter := func(t *testing.T, projects ...allocation.Project) *allocation.Election {
		if projects == nil {
			projects = []allocation.Project{
				project(t, "roof", 60_000), project(t, "trees", 50_000), project(t, "paths", 50_000), project(t, "books", 10_000),
			}
		}
		return approving(t, 100_000, projects,
			[]string{"roof", "trees"}, []string{"roof", "trees"}, []string{"roof", "paths"}, []string{"roof", "paths", "books"},
			[]string{"roof"}, []string{"trees", "paths"}, []string{"trees", "books"})
	}
	t.Run("buys what satisfies most, all added up", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(quarter(t), allocation.MaxWelfare, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"trees", "paths"}, out.Selected)
		require.Equal(t, []voting.Figure{{Name: "welfare", Number: "350000"}}, out.Figures)
		require.Equal(t, allocation.Why{Reason: allocation.Outvoted, Round: 2, Ratio: "300000", Left: euros(t, 0)}, why(out, "roof"))
		require.Equal(t, allocation.Outvoted, why(out, "books").Reason)
		require.Equal(t, allocation.Optimal, why(out, "trees").Reason)
	})
	t.Run("which depends on what is counted", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(quarter(t), allocation.MaxWelfare, &allocation.Options{Satisfaction: allocation.Cardinality})
		require.NoError(t, err)
		require.Equal(t, []string{"roof", "books"}, out.Selected)
		require.Equal(t, voting.Number("7"), out.Figures[0].Number)
	})
	t.Run("of several as good as each other it takes the first by the tie-break", func(t *testing.T) {
		t.Parallel()
		projects := []allocation.Project{project(t, "c", 2), project(t, "b", 1), project(t, "a", 1)}
		e := approving(t, 2, projects, []string{"a", "b", "c"})
		for by, want := range map[allocation.TieBreak][]string{allocation.TieFile: {"c"}, allocation.TieID: {"a", "b"}} {
			out, err := allocation.Allocate(e, allocation.MaxWelfare, &allocation.Options{Ties: allocation.Ties{By: []allocation.TieBreak{by}}})
			require.NoError(t, err)
			require.Equal(t, want, out.Selected)
		}
	})
	t.Run("buys one of a group", func(t *testing.T) {
		t.Parallel()
		trees, paths := project(t, "trees", 50_000), project(t, "paths", 50_000)
		trees.Excludes, paths.Excludes = []string{"square"}, []string{"square"}
		out, err := allocation.Allocate(quarter(t, project(t, "roof", 60_000), trees, paths, project(t, "books", 10_000)), allocation.MaxWelfare, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"roof", "books"}, out.Selected)
		require.Equal(t, voting.Number("320000"), out.Figures[0].Number)
	})
	t.Run("and no more projects than allowed", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(quarter(t), allocation.MaxWelfare, &allocation.Options{Most: 1})
		require.NoError(t, err)
		require.Equal(t, []string{"roof"}, out.Selected)
	})
	t.Run("refuses groups that leave too many sets to compare", func(t *testing.T) {
		t.Parallel()
		var projects []allocation.Project
		var all []string
		for i := range 60 { // each shares a group with the next
			cost, err := money.New(int64(1_000+i), "EUR")
			require.NoError(t, err)
			id := strconv.Itoa(i)
			projects = append(projects, allocation.Project{ID: id, Cost: cost, Excludes: []string{id, strconv.Itoa(i + 1)}})
			all = append(all, id)
		}
		_, err := allocation.Allocate(approving(t, 10_000, projects, all), allocation.MaxWelfare, nil)
		require.ErrorIs(t, err, allocation.ErrTooHard)
	})
	t.Run("refuses to search for ever", func(t *testing.T) {
		t.Parallel()
		var costs []int64
		sum := int64(0)
		for i := range int64(60) { // no two sets cost the same, or nearly
			costs = append(costs, 1_000_000_007+i*i*i*1_000_003+i%7)
			sum += costs[i]
		}
		_, err := allocation.Pack(costs, costs, sum/2, 50_000)
		require.ErrorIs(t, err, allocation.ErrTooHard)
		best, err := allocation.Pack([]int64{60, 50, 50, 10}, []int64{300, 200, 150, 20}, 100, 50_000)
		require.NoError(t, err)
		require.Equal(t, int64(350), best)
	})
}
