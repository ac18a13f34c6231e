package allocation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/voting"
)

func TestMaximin(t *testing.T) {
	t.Parallel()
	t.Run("buys what makes the heaviest burden the lightest, of what can still be paid", func(t *testing.T) {
		t.Parallel()
		out, err := allocation.Allocate(square(t), allocation.MaximinSupport, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"bench", "trees", "playground", "mural"}, out.Selected)
		require.Equal(t, []voting.Number{"1000", "1500", "18000/7", "2900"}, ratios(out))
		require.Equal(t, []voting.Figure{{Name: "burden", Number: "2900"}}, out.Figures)
		require.Equal(t, allocation.Why{
			Reason: allocation.NoRoom, Round: 4, Ratio: "3550", Left: euros(t, 800), Missing: euros(t, 8_200),
		}, why(out, "bicycles"))
		require.Equal(t, allocation.NoSupport, why(out, "fountain").Reason)
	})
	t.Run("or stops at what is too dear, if asked to", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 4, []allocation.Project{project(t, "hall", 9), project(t, "park", 3), project(t, "path", 1), project(t, "gate", 4)},
			[]string{"hall"}, []string{"hall"}, []string{"hall"}, []string{"hall"}, []string{"park"}, []string{"park"}, []string{"path"},
			[]string{"gate"})
		out, err := allocation.Allocate(e, allocation.MaximinSupport, &allocation.Options{NoSkip: true})
		require.NoError(t, err)
		require.Equal(t, []string{"path", "park"}, out.Selected)
		require.Equal(t, allocation.OverBudget, why(out, "hall").Reason)
		require.Equal(t, allocation.Why{Reason: allocation.NoRoom, Round: 2, Ratio: "4", Left: euros(t, 0), Missing: euros(t, 4)}, why(out, "gate"))
	})
	t.Run("refuses to spread for ever", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 10, []allocation.Project{project(t, "a", 1), project(t, "b", 1), project(t, "c", 1)},
			[]string{"a", "b"}, []string{"b", "c"}, []string{"c", "a"})
		require.ErrorIs(t, allocation.BurdenWithin(e, 3), allocation.ErrTooHard)
		require.NoError(t, allocation.BurdenWithin(e, 1_000))
	})
	t.Run("refuses options that other rules have", func(t *testing.T) {
		t.Parallel()
		_, err := allocation.Allocate(square(t), allocation.MaximinSupport, &allocation.Options{SkipTooDear: true})
		require.ErrorIs(t, err, allocation.ErrOptions)
		_, err = allocation.Allocate(square(t), allocation.MaximinSupport, &allocation.Options{Partial: voting.Fraction{Num: 1, Den: 2}})
		require.ErrorIs(t, err, allocation.ErrOptions)
	})
}
