package allocation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/voting"
)

// TestRows counts ballots in numbers, as a file's reader has them.
func TestRows(t *testing.T) {
	t.Parallel()
	one := voting.Votes{Seats: 1, Voices: voting.Voice}
	projects := []allocation.Project{project(t, "a", 5), project(t, "b", 6)}
	approvals := func(t *testing.T) *allocation.Election {
		e, err := allocation.New(projects, euros(t, 10), &allocation.Setup{Limits: allocation.Limits{MostProjects: 1}})
		require.NoError(t, err)
		return e
	}
	t.Run("a ballot that breaks the limits counts only where it is asked for", func(t *testing.T) {
		t.Parallel()
		e := approvals(t)
		require.NoError(t, e.AddRow([]voting.Mark{1}, one))
		require.ErrorIs(t, e.AddRow([]voting.Mark{0, 1}, one), allocation.ErrBallot)
		require.EqualValues(t, 1, e.Ballots().Cast().Seats, "what is refused changes nothing")
		require.NoError(t, e.AddRowRegardless([]voting.Mark{0, 1}, one))
		require.EqualValues(t, 2, e.Ballots().Cast().Seats)
	})
	t.Run("a project that is not there is refused either way", func(t *testing.T) {
		t.Parallel()
		e := approvals(t)
		require.ErrorIs(t, e.AddRow([]voting.Mark{2}, one), allocation.ErrBallot)
		require.ErrorIs(t, e.AddRowRegardless([]voting.Mark{2}, one), allocation.ErrBallot)
		require.Zero(t, e.Ballots().Cast().Seats)
	})
	t.Run("so are points for more projects, or fewer", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New(projects, euros(t, 10), &allocation.Setup{Shape: voting.ShapePoints, Limits: allocation.Limits{MostSum: 9}})
		require.NoError(t, err)
		for _, row := range [][]voting.Mark{{1}, {1, 2, 3}, nil} {
			require.ErrorIs(t, e.AddRow(row, one), allocation.ErrBallot)
			require.ErrorIs(t, e.AddRowRegardless(row, one), allocation.ErrBallot)
		}
		require.NoError(t, e.AddRow([]voting.Mark{1, voting.NoValue}, one))
	})
}
