package governance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
)

func TestActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, err := w.coop.Actions.Plan(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewAction{
		Title: "Acheter les bacs", Assignees: []governance.MemberID{w.m[0].ID}, Due: governance.Moment{Local: "2026-12-03"},
	})
	require.NoError(t, err)
	require.Equal(t, governance.ToDo, a.State)
	later, err := w.coop.Actions.Plan(w.ctx, w.chair.Actor(), w.space.ID, governance.NewAction{Title: "Sans date"})
	require.NoError(t, err)
	later, err = w.coop.Actions.Take(w.ctx, w.m[1].Actor(), later.ID)
	require.NoError(t, err)
	require.Equal(t, []governance.MemberID{w.m[1].ID}, later.Assignees)
	page, err := w.coop.Actions.List(w.ctx, w.m[0].Actor(), w.space.ID, governance.ActionQuery{})
	require.NoError(t, err)
	require.Equal(t, []governance.ActionID{a.ID, later.ID}, []governance.ActionID{page.Items[0].ID, page.Items[1].ID}, "what has a date comes first")
	a, err = w.coop.Actions.Progress(w.ctx, w.m[0].Actor(), a.ID, governance.Doing, 40)
	require.NoError(t, err)
	a, err = w.coop.Actions.Progress(w.ctx, w.m[0].Actor(), a.ID, governance.Done, 0)
	require.NoError(t, err)
	require.Equal(t, 100, a.Progress)
	require.NotNil(t, a.Ended)

	t.Run("given to others by a member without office", func(t *testing.T) {
		_, err := w.coop.Actions.Plan(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewAction{Title: "x", Assignees: []governance.MemberID{w.m[1].ID}})
		require.ErrorIs(t, err, governance.ErrForbidden)
		_, err = w.coop.Actions.Assign(w.ctx, w.m[0].Actor(), later.ID, []governance.MemberID{w.m[0].ID})
		require.ErrorIs(t, err, governance.ErrForbidden)
	})
	t.Run("of somebody else", func(t *testing.T) {
		_, err := w.coop.Actions.Progress(w.ctx, w.m[0].Actor(), later.ID, governance.Done, 100)
		require.ErrorIs(t, err, governance.ErrForbidden)
	})
	t.Run("to somebody who is no member", func(t *testing.T) {
		_, err := w.coop.Members.Leave(w.ctx, w.host, w.m[1].ID)
		require.NoError(t, err)
		_, err = w.coop.Actions.Assign(w.ctx, w.chair.Actor(), later.ID, []governance.MemberID{w.m[1].ID})
		require.ErrorIs(t, err, governance.ErrAssignee)
	})
	t.Run("due before it starts", func(t *testing.T) {
		_, err := w.coop.Actions.Plan(w.ctx, w.chair.Actor(), w.space.ID, governance.NewAction{
			Title: "x", Start: governance.Moment{Local: "2026-12-03"}, Due: governance.Moment{Local: "2026-12-01"},
		})
		require.ErrorIs(t, err, governance.ErrText)
	})
	t.Run("more than all", func(t *testing.T) {
		_, err := w.coop.Actions.Progress(w.ctx, w.chair.Actor(), later.ID, governance.Doing, 101)
		require.ErrorIs(t, err, governance.ErrText)
		_, err = w.coop.Actions.Progress(w.ctx, w.chair.Actor(), later.ID, "waiting", 1)
		require.ErrorIs(t, err, governance.ErrText)
	})
	t.Run("dropped", func(t *testing.T) {
		got, err := w.coop.Actions.Progress(w.ctx, w.chair.Actor(), later.ID, governance.Dropped, 10)
		require.NoError(t, err)
		require.Equal(t, governance.Dropped, got.State)
		_, err = w.coop.Actions.Progress(w.ctx, w.chair.Actor(), later.ID, governance.Done, 100)
		require.ErrorIs(t, err, governance.ErrActionState)
	})
	t.Run("a resolution that is not there", func(t *testing.T) {
		_, err := w.coop.Actions.Plan(w.ctx, w.chair.Actor(), w.space.ID, governance.NewAction{Title: "x", Resolution: governance.ResolutionID(a.ID)})
		require.ErrorIs(t, err, governance.ErrResolutionUnknown)
	})
}
