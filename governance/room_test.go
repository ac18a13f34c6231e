package governance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
)

func TestRooms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	donor := w.admit("donor", "Donatrice", "Financeur")
	room, err := w.coop.Rooms.Open(w.ctx, w.chair.Actor(), w.space.ID, governance.NewRoom{Name: "Argent", Roles: []string{"Financeur"}})
	require.NoError(t, err)
	open, err := w.coop.Rooms.Open(w.ctx, w.chair.Actor(), w.space.ID, governance.NewRoom{Name: "Jardins"})
	require.NoError(t, err)

	t.Run("a restricted room is for its roles alone", func(t *testing.T) {
		p, err := w.coop.Proposals.Submit(w.ctx, donor.Actor(), w.space.ID, governance.NewProposal{Room: room.ID, Title: "Un prêt"})
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Room: room.ID, Title: "x"})
		require.ErrorIs(t, err, governance.ErrRoomUnknown)
		_, err = w.coop.Proposals.Get(w.ctx, w.m[0].Actor(), p.ID)
		require.ErrorIs(t, err, governance.ErrRoomUnknown)
		page, err := w.coop.Proposals.List(w.ctx, w.m[0].Actor(), w.space.ID, governance.ProposalQuery{})
		require.NoError(t, err)
		require.Empty(t, page.Items)
		rooms, err := w.coop.Rooms.List(w.ctx, w.m[0].Actor(), w.space.ID, governance.Paging{})
		require.NoError(t, err)
		require.Len(t, rooms.Items, 1)

		poll, err := w.coop.Polls.Open(w.ctx, w.host, p.ID, governance.SimpleMajority())
		require.NoError(t, err)
		require.Equal(t, int64(1), poll.Entitled.Seats, "and so is its roll")
		_, err = w.coop.Polls.Get(w.ctx, w.m[0].Actor(), poll.ID)
		require.ErrorIs(t, err, governance.ErrPollUnknown)
	})

	t.Run("a closed room", func(t *testing.T) {
		closed := true
		_, err := w.coop.Rooms.Change(w.ctx, w.chair.Actor(), open.ID, governance.RoomChange{Closed: &closed})
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Room: open.ID, Title: "x"})
		require.ErrorIs(t, err, governance.ErrRoomClosed)
	})

	t.Run("a room of another space", func(t *testing.T) {
		other, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "Ailleurs"})
		require.NoError(t, err)
		foreign, err := w.coop.Rooms.Open(w.ctx, w.host, other.ID, governance.NewRoom{Name: "Loin"})
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Room: foreign.ID, Title: "x"})
		require.ErrorIs(t, err, governance.ErrRoomUnknown)
		_, err = w.coop.Rooms.Get(w.ctx, w.chair.Actor(), foreign.ID)
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
	})

	t.Run("nobody entitled", func(t *testing.T) {
		empty, err := w.coop.Rooms.Open(w.ctx, w.chair.Actor(), w.space.ID, governance.NewRoom{Name: "Vide", Roles: []string{"Personne"}})
		require.NoError(t, err)
		p, err := w.coop.Proposals.Submit(w.ctx, w.host, w.space.ID, governance.NewProposal{Room: empty.ID, Title: "x"})
		require.NoError(t, err)
		_, err = w.coop.Polls.Open(w.ctx, w.host, p.ID, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrRollEmpty)
	})

	t.Run("by a member without office", func(t *testing.T) {
		_, err := w.coop.Rooms.Open(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewRoom{Name: "x"})
		require.ErrorIs(t, err, governance.ErrForbidden)
	})
}
