package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/voting"
)

// The demonstration shows one of everything, and filling it again changes nothing.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	coop, err := governance.Open(memory.New(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, coop.Close()) })

	none, err := demoReader(ctx, coop)
	require.NoError(t, err)
	require.Empty(t, none)
	require.NoError(t, demonstrate(ctx, coop))

	var nobody governance.Actor
	host := governance.Host("test")
	sp, err := coop.Spaces.Find(ctx, nobody, demoSlug)
	require.NoError(t, err)
	require.True(t, sp.Public)
	rooms, err := coop.Rooms.List(ctx, nobody, sp.ID, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, rooms.Items, 2)
	members, err := coop.Members.List(ctx, host, sp.ID, governance.Active, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, members.Items, 12)

	counted, err := coop.Polls.List(ctx, nobody, sp.ID, governance.StateCounted, governance.Paging{})
	require.NoError(t, err)
	var outcomes []voting.Outcome
	for _, p := range counted.Items {
		outcomes = append(outcomes, p.Verdict.Outcome)
	}
	require.Equal(t, []voting.Outcome{voting.Adopted, voting.Adopted, voting.Inquorate, voting.Rejected, voting.Tied}, outcomes)
	require.Equal(t, "Adoptée. 8 voix pour sur 10 exprimées, soit 80\u00a0%\u202f; il en fallait 7 (deux tiers). L'abstention compte pour le quorum, pas pour la majorité.",
		counted.Items[1].Explain("fr"))
	resolutions, err := coop.Resolutions.List(ctx, nobody, sp.ID, 0, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, resolutions.Items, 2)

	reader, err := demoReader(ctx, coop)
	require.NoError(t, err)
	open, err := coop.Polls.List(ctx, nobody, sp.ID, governance.StateOpen, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, open.Items, 2)
	for _, p := range open.Items {
		require.NotNil(t, p.Closes)
		require.NotZero(t, *p.Turnout)
		require.Nil(t, p.Result)
	}
	_, err = coop.Polls.Mine(ctx, governance.As(reader), open.Items[0].ID)
	require.ErrorIs(t, err, governance.ErrNotCast, "whoever follows the link has something to vote on")
	debate, err := coop.Proposals.List(ctx, nobody, sp.ID, governance.ProposalQuery{State: governance.InDebate})
	require.NoError(t, err)
	require.NotEmpty(t, debate.Items)
	for state, n := range map[governance.ActionState]int{governance.ToDo: 2, governance.Doing: 1, governance.Done: 1} {
		actions, err := coop.Actions.List(ctx, nobody, sp.ID, governance.ActionQuery{State: state})
		require.NoError(t, err)
		require.Len(t, actions.Items, n, state)
	}

	require.NoError(t, demonstrate(ctx, coop))
	all, err := coop.Spaces.List(ctx, host, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, all.Items, 1)
	again, err := coop.Polls.List(ctx, nobody, sp.ID, governance.StateOpen, governance.Paging{})
	require.NoError(t, err)
	require.Equal(t, open, again)

	t.Run("where somebody has a space already", func(t *testing.T) {
		t.Parallel()
		coop, err := governance.Open(memory.New(), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, coop.Close()) })
		_, err = coop.Spaces.Create(t.Context(), host, governance.NewSpace{Name: "Village"})
		require.NoError(t, err)
		require.NoError(t, demonstrate(t.Context(), coop))
		all, err := coop.Spaces.List(t.Context(), host, governance.Paging{})
		require.NoError(t, err)
		require.Len(t, all.Items, 1)
		reader, err := demoReader(t.Context(), coop)
		require.NoError(t, err)
		require.Empty(t, reader)
	})
}
