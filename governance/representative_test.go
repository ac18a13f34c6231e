package governance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// An organisation votes through its representative, who has a seat of their own besides.
func TestRepresentative(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	org, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{Kind: governance.Organisation, Name: "Mairie"})
	require.NoError(t, err)
	require.Equal(t, governance.Actor{}, org.Actor())
	other, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{Kind: governance.Organisation, Name: "Sans mandat"})
	require.NoError(t, err)
	lou := w.person("lou")
	name := governance.Representation{Identity: governance.Identity{Issuer: "my-site", Subject: "lou", Name: "Lou Payet"}}
	_, err = w.coop.Members.Represent(w.ctx, w.host, w.m[0].ID, name)
	require.ErrorIs(t, err, governance.ErrRepresentative)
	org, err = w.coop.Members.Represent(w.ctx, w.host, org.ID, name)
	require.NoError(t, err)
	require.Equal(t, "Lou Payet", org.Representatives[0].Name)

	// Lou only represents: no need to say for whom. Ana is a member and represents too.
	org, err = w.coop.Members.Represent(w.ctx, w.host, other.ID, governance.Representation{
		Identity: governance.Identity{Issuer: "my-site", Subject: "m0"}, Until: w.clock.Now().Add(24 * time.Hour),
	})
	require.NoError(t, err)
	poll := w.poll(governance.SimpleMajority())
	require.Equal(t, int64(4), poll.Entitled.Seats)
	r, err := w.coop.Polls.Cast(w.ctx, lou, poll.ID, voting.For)
	require.NoError(t, err)
	require.NotEqual(t, w.m[0].ID, r.Member)
	r, err = w.coop.Polls.Cast(w.ctx, governance.As(w.m[0].Person), poll.ID, voting.Against)
	require.NoError(t, err)
	require.Equal(t, w.m[0].ID, r.Member, "oneself, when one says nothing else")
	r, err = w.coop.Polls.Cast(w.ctx, governance.As(w.m[0].Person).For(other.ID), poll.ID, voting.Against)
	require.NoError(t, err)
	require.Equal(t, other.ID, r.Member)

	t.Run("a mandate that ended", func(t *testing.T) {
		_, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.NoError(t, err)
		w.clock.add(25 * time.Hour)
		second := w.poll(governance.SimpleMajority())
		require.Equal(t, int64(4), second.Entitled.Seats, "the organisation stays entitled")
		_, err = w.coop.Polls.Cast(w.ctx, governance.As(w.m[0].Person).For(other.ID), second.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrNotOnRoll)
	})
}
