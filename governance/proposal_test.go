package governance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
)

func TestProposals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	draft, err := w.coop.Proposals.Draft(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{
		Title: "Un composteur", Body: "Deux bacs.\r\nDe 600 litres.", Tags: []string{"Agriculture"},
	})
	require.NoError(t, err)
	require.Equal(t, governance.Draft, draft.State)
	_, err = w.coop.Proposals.Get(w.ctx, w.m[1].Actor(), draft.ID)
	require.ErrorIs(t, err, governance.ErrProposalUnknown)
	p, err := w.coop.Proposals.Revise(w.ctx, w.m[0].Actor(), draft.ID, governance.NewProposal{Title: "Un composteur", Body: "Trois bacs."}, draft.Revision)
	require.NoError(t, err)
	_, err = w.coop.Proposals.Revise(w.ctx, w.m[0].Actor(), draft.ID, governance.NewProposal{Title: "x"}, draft.Revision)
	require.ErrorIs(t, err, governance.ErrStale)
	p, err = w.coop.Proposals.Debate(w.ctx, w.m[0].Actor(), p.ID)
	require.NoError(t, err)
	require.Equal(t, governance.InDebate, p.State)
	_, err = w.coop.Proposals.Debate(w.ctx, w.m[0].Actor(), p.ID)
	require.ErrorIs(t, err, governance.ErrProposalState)
	_, err = w.coop.Proposals.Revise(w.ctx, w.m[1].Actor(), p.ID, governance.NewProposal{Title: "x"}, 0)
	require.ErrorIs(t, err, governance.ErrForbidden)
	versions, err := w.coop.Proposals.Versions(w.ctx, w.m[1].Actor(), p.ID)
	require.NoError(t, err)
	require.Len(t, versions, 2)
	require.Equal(t, "Deux bacs.\nDe 600 litres.", versions[0].Body)
	require.Equal(t, []string{"Agriculture"}, versions[0].Tags)

	for i := range 4 {
		w.clock.add(time.Minute)
		w.propose(w.m[1].Actor(), string(rune('a'+i)))
	}
	var titles []string
	for q := (governance.ProposalQuery{State: governance.InDebate, Paging: governance.Paging{Limit: 2}}); ; {
		page, err := w.coop.Proposals.List(w.ctx, w.m[0].Actor(), w.space.ID, q)
		require.NoError(t, err)
		for _, one := range page.Items {
			titles = append(titles, one.Title)
		}
		if q.After = page.Next; q.After == "" {
			break
		}
		w.clock.add(time.Minute)
		w.propose(w.m[1].Actor(), "entre deux pages") // comes first, and disturbs nothing
	}
	require.Equal(t, []string{"d", "c", "b", "a", "Un composteur"}, titles)
	p, err = w.coop.Proposals.Withdraw(w.ctx, w.m[0].Actor(), p.ID)
	require.NoError(t, err)
	require.Equal(t, governance.Withdrawn, p.State)
}

// Proposals of a room that stand in one state.
func TestProposals_List(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	room, err := w.coop.Rooms.Open(w.ctx, w.chair.Actor(), w.space.ID, governance.NewRoom{Name: "Jardins"})
	require.NoError(t, err)
	submit := func(title string, room governance.RoomID) governance.Proposal {
		p, err := w.coop.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Title: title, Room: room})
		require.NoError(t, err)
		return p
	}
	in, _, gone := submit("ici", room.ID), submit("ailleurs", ""), submit("retirée", room.ID)
	_, err = w.coop.Proposals.Withdraw(w.ctx, w.m[0].Actor(), gone.ID)
	require.NoError(t, err)
	for want, q := range map[int]governance.ProposalQuery{
		1: {Room: room.ID, State: governance.InDebate},
		2: {Room: room.ID},
		3: {},
	} {
		page, err := w.coop.Proposals.List(w.ctx, w.m[0].Actor(), w.space.ID, q)
		require.NoError(t, err)
		require.Len(t, page.Items, want)
		if want == 1 {
			require.Equal(t, in.ID, page.Items[0].ID)
		}
	}
}
