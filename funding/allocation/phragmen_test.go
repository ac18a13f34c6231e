package allocation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/voting"
)

// square is the worked example of phragmen-budget.md and maximin-support-budget.md.
func square(t *testing.T) *allocation.Election {
	return approving(t, 26_000, []allocation.Project{
		project(t, "bench", 2_000), project(t, "trees", 6_000), project(t, "playground", 12_000), project(t, "bicycles", 9_000),
		project(t, "mural", 5_200), project(t, "fountain", 1_000),
	},
		[]string{"bench", "playground"}, []string{"playground"}, []string{"playground"}, []string{"playground", "trees"},
		[]string{"playground", "trees"}, []string{"trees", "mural"}, []string{"trees"},
		[]string{"bench", "bicycles"}, []string{"bicycles"}, []string{"bicycles", "mural"})
}

// why gives why a project was bought or not.
func why(out allocation.Outcome, id string) allocation.Why {
	for _, p := range out.Projects {
		if p.ID == id {
			return p.Why
		}
	}
	return allocation.Why{}
}

func TestPhragmen(t *testing.T) {
	t.Parallel()
	t.Run("buys each project as soon as its supporters have earned it, and stops at one that is too dear", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(square(t), allocation.Phragmen, &allocation.Options{Payments: 10})
		require.NoError(t, err)
		require.Equal(t, []string{"bench", "trees", "playground"}, out.Selected)
		require.Equal(t, []voting.Number{"1000", "1500", "3200"}, ratios(out))
		require.Equal(t, []allocation.Payment{
			{Payers: voting.Votes{Seats: 2, Voices: 2 * voting.Voice}, Paid: "3200", Amount: euros(t, 6_400)},
			{Payers: voting.Votes{Seats: 1, Voices: voting.Voice}, Paid: "2200", Amount: euros(t, 2_200)},
			{Payers: voting.Votes{Seats: 2, Voices: 2 * voting.Voice}, Paid: "1700", Amount: euros(t, 3_400)},
		}, out.Rounds[2].Payments)
		require.Equal(t, voting.Number("3200"), out.Rounds[2].Price)
		require.Equal(t, allocation.Why{
			Reason: allocation.NoRoom, Round: 3, Ratio: "10000/3", Price: "10000/3", Left: euros(t, 6_000), Missing: euros(t, 3_000),
		}, why(out, "bicycles"))
		require.Equal(t, allocation.Why{
			Reason: allocation.Stopped, Round: 3, Ratio: "3350", Price: "3350", By: "bicycles", Have: cents(t, 516_666), Missing: cents(t, 3_334),
		}, why(out, "mural"))
		require.Equal(t, allocation.NoSupport, why(out, "fountain").Reason)
	})
	t.Run("or goes on without it, if asked to", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(square(t), allocation.Phragmen, &allocation.Options{SkipTooDear: true})
		require.NoError(t, err)
		require.Equal(t, []string{"bench", "trees", "playground", "mural"}, out.Selected)
		require.Equal(t, voting.Number("3350"), out.Rounds[3].Ratio)
		require.Equal(t, euros(t, 800), out.Left)
	})
	t.Run("cents that do not come out even go to the largest remainders", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 3, []allocation.Project{project(t, "a", 1), project(t, "b", 1)}, []string{"a", "b"}, []string{"b"}, []string{"b"})
		out, err := allocation.Allocate(e, allocation.Phragmen, &allocation.Options{Payments: 1})
		require.NoError(t, err)
		// b first, a third of a euro each; then a, for which its one supporter gives a whole one.
		require.Equal(t, []string{"b", "a"}, out.Selected)
		require.Equal(t, voting.Number("1/3"), out.Rounds[0].Payments[0].Paid)
		require.Equal(t, euros(t, 1), out.Rounds[0].Payments[0].Amount)
		require.Equal(t, []voting.Number{"1/3", "4/3"}, ratios(out))
	})
	t.Run("payments beyond those asked for are put together", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(square(t), allocation.Phragmen, &allocation.Options{Payments: 2})
		require.NoError(t, err)
		require.Equal(t, []allocation.Payment{
			{Payers: voting.Votes{Seats: 2, Voices: 2 * voting.Voice}, Paid: "3200", Amount: euros(t, 6_400)},
			{Payers: voting.Votes{Seats: 3, Voices: 3 * voting.Voice}, Amount: euros(t, 5_600)},
		}, out.Rounds[2].Payments)
	})
	t.Run("of points it looks only at whether there are any", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New([]allocation.Project{project(t, "a", 1), project(t, "b", 1)}, euros(t, 1),
			&allocation.Setup{Shape: voting.ShapePoints})
		require.NoError(t, err)
		require.NoError(t, e.Add([]allocation.Vote{{Project: "a", Points: 100}}, voting.Voice))
		require.NoError(t, e.Add([]allocation.Vote{{Project: "b", Points: 1}}, 2*voting.Voice))
		out, err := allocation.Allocate(e, allocation.Phragmen, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"b"}, out.Selected)
		require.Equal(t, voting.Number("0.5"), out.Rounds[0].Ratio)
	})
	t.Run("begins with what voters have left, where it completes another rule", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 10, []allocation.Project{project(t, "a", 6), project(t, "b", 6)}, []string{"a"}, []string{"a"}, []string{"b"})
		out := allocation.PhragmenFrom(e, allocation.Options{}, []int64{0, 400})
		// a's two supporters have 6 euros after 3, b's one has the 2 that are missing after 2.
		require.Equal(t, []string{"b"}, out.Selected)
		require.Equal(t, voting.Number("2"), out.Rounds[0].Ratio)
		require.Equal(t, voting.Number("6"), out.Rounds[0].Price)
		require.Equal(t, "phragmen", out.Rounds[0].Phase)
		require.Equal(t, allocation.NoRoom, why(out, "a").Reason)
	})
	t.Run("refuses options that other rules have", func(t *testing.T) {
		t.Parallel()
		_, err := allocation.Allocate(square(t), allocation.Phragmen, &allocation.Options{NoSkip: true})
		require.ErrorIs(t, err, allocation.ErrOptions)
		_, err = allocation.Allocate(square(t), allocation.Phragmen, &allocation.Options{Satisfaction: allocation.Cost})
		require.ErrorIs(t, err, allocation.ErrOptions)
		_, err = allocation.Allocate(square(t), allocation.Greedy, &allocation.Options{SkipTooDear: true})
		require.ErrorIs(t, err, allocation.ErrOptions)
	})
}

// ratios gives the figure by which each project was first.
func ratios(out allocation.Outcome) []voting.Number {
	var list []voting.Number
	for _, r := range out.Rounds {
		list = append(list, r.Ratio)
	}
	return list
}
