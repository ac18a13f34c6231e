package governance_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// Nothing about a running result leaves the engine but the turnout.
func TestVisibility(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	in := governance.SimpleMajority()
	in.Names = true
	poll := w.poll(in)
	for i, c := range []voting.Choice{voting.For, voting.Abstain, voting.Against} {
		_, err := w.coop.Polls.Cast(w.ctx, w.m[i].Actor(), poll.ID, c)
		require.NoError(t, err)
	}
	for _, a := range []governance.Actor{w.host, w.chair.Actor(), w.m[0].Actor()} {
		got, err := w.coop.Polls.Get(w.ctx, a, poll.ID)
		require.NoError(t, err)
		require.Equal(t, 3, *got.Turnout)
		require.Nil(t, got.Result)
		require.Nil(t, got.Verdict)
		require.Nil(t, got.Root)
		require.Empty(t, got.Explain("fr"))
		_, err = w.coop.Polls.RollCall(w.ctx, a, poll.ID, governance.Paging{})
		require.ErrorIs(t, err, governance.ErrNotVisible)
		require.ErrorIs(t, w.coop.Polls.Export(w.ctx, a, poll.ID, &bytes.Buffer{}), governance.ErrNotVisible)
	}
	_, err := w.coop.Polls.Proof(w.ctx, w.m[0].Actor(), poll.ID)
	require.ErrorIs(t, err, governance.ErrNotVisible)
	_, err = w.coop.Polls.Close(w.ctx, w.host, poll.ID)
	require.NoError(t, err)

	page, err := w.coop.Polls.RollCall(w.ctx, w.m[0].Actor(), poll.ID, governance.Paging{Limit: 2})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	rest, err := w.coop.Polls.RollCall(w.ctx, w.m[0].Actor(), poll.ID, governance.Paging{After: page.Next})
	require.NoError(t, err)
	names := map[string]voting.Ballot{}
	for _, v := range append(page.Items, rest.Items...) {
		names[v.Name] = v.Ballot
	}
	require.Equal(t, map[string]voting.Ballot{"Membre 0": voting.For, "Membre 1": voting.Abstain, "Membre 2": voting.Against}, names)

	t.Run("names that are not published", func(t *testing.T) {
		quiet := w.poll(governance.SimpleMajority())
		_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), quiet.ID, voting.For)
		require.NoError(t, err)
		_, err = w.coop.Polls.Close(w.ctx, w.host, quiet.ID)
		require.NoError(t, err)
		_, err = w.coop.Polls.RollCall(w.ctx, w.chair.Actor(), quiet.ID, governance.Paging{})
		require.ErrorIs(t, err, governance.ErrNotVisible)
		var file bytes.Buffer
		require.NoError(t, w.coop.Polls.Export(w.ctx, w.m[0].Actor(), quiet.ID, &file))
		_, own, _ := strings.Cut(string(w.m[0].ID), ".")
		require.NotContains(t, file.String(), own)
		require.NotContains(t, file.String(), `"record"`)
		again, err := governance.Recount(&file)
		require.NoError(t, err)
		require.False(t, again.Rooted)
	})
}
