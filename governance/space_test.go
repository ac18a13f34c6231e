package governance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
)

func TestSpaces(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		sp, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{
			Name: "Énergie partagée — Saint-Denis", Slug: "energie", Locale: "en", Currency: "CHF",
			Element: &governance.Element{Type: "organizations", ID: "574db1e540bb4e1e0d2762e6", URL: "https://exemple.re/#@energie"},
			Off:     []governance.Module{governance.ModuleActions},
		})
		require.NoError(t, err)
		require.Equal(t, "Europe/Paris", sp.Zone)
		found, err := w.coop.Spaces.Find(w.ctx, w.host, "energie")
		require.NoError(t, err)
		require.Equal(t, sp, found)
		require.Equal(t, "jardins-du-piton", w.space.Slug, "made from the name")
		same, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "Jardins du Piton"})
		require.NoError(t, err)
		require.Equal(t, "jardins-du-piton-2", same.Slug)
		page, err := w.coop.Spaces.List(w.ctx, w.m[0].Actor(), governance.Paging{})
		require.NoError(t, err)
		require.Len(t, page.Items, 1, "those one may read")
		page, err = w.coop.Spaces.List(w.ctx, w.host, governance.Paging{Limit: 2})
		require.NoError(t, err)
		rest, err := w.coop.Spaces.List(w.ctx, w.host, governance.Paging{Limit: 2, After: page.Next})
		require.NoError(t, err)
		require.Len(t, append(page.Items, rest.Items...), 3)
		require.Empty(t, rest.Next)
	})

	t.Run("a retry founds one space", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		a := governance.WithRequest(w.host, "found-1")
		one, err := w.coop.Spaces.Create(w.ctx, a, governance.NewSpace{Name: "Fablab"})
		require.NoError(t, err)
		two, err := w.coop.Spaces.Create(w.ctx, a, governance.NewSpace{Name: "Fablab"})
		require.NoError(t, err)
		require.Equal(t, one.ID, two.ID)
		_, err = w.coop.Spaces.Create(w.ctx, a, governance.NewSpace{Name: "Autre"})
		require.ErrorIs(t, err, journal.ErrKeyReused)
	})

	t.Run("a module that is off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		off := []governance.Module{governance.ModuleProposals}
		_, err := w.coop.Spaces.Change(w.ctx, w.chair.Actor(), w.space.ID, governance.SpaceChange{Off: &off})
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Title: "x"})
		require.ErrorIs(t, err, governance.ErrModuleOff)
		_, err = w.coop.Actions.Plan(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewAction{Title: "x"})
		require.NoError(t, err)
	})

	t.Run("a taken short name", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "x", Slug: "jardins-du-piton"})
		require.ErrorIs(t, err, governance.ErrSlugTaken)
		w.clock.add(2 * time.Hour)
		_, err = w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "x", Slug: "jardins-du-piton"})
		require.ErrorIs(t, err, governance.ErrSlugTaken)
	})

	t.Run("by anybody but the host", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.Spaces.Create(w.ctx, w.chair.Actor(), governance.NewSpace{Name: "x"})
		require.ErrorIs(t, err, governance.ErrForbidden)
		_, err = w.coop.Spaces.Create(w.ctx, governance.Actor{}, governance.NewSpace{Name: "x"})
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
	})

	t.Run("what is wrong in it, all at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{
			Slug: "É", Locale: "it", Zone: "Local", Currency: "euro", Off: []governance.Module{"chat"},
			Element: &governance.Element{URL: "javascript:alert(1)"}, Description: strings.Repeat("x", governance.MaxText+1),
		})
		require.ErrorIs(t, err, governance.ErrText)
		var paths []string
		for _, f := range governance.Fault(err).Fields {
			paths = append(paths, f.Path)
		}
		require.Equal(t, []string{"name", "description", "locale", "zone", "currency", "slug", "off/0", "element/type", "element/id", "element/url"}, paths)
	})

	t.Run("read by whom", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		for _, a := range []governance.Actor{w.person("stranger")} {
			_, err := w.coop.Spaces.Get(w.ctx, a, w.space.ID)
			require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		}
		_, err := w.coop.Spaces.Get(w.ctx, governance.Actor{}, w.space.ID)
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
		for _, id := range []governance.SpaceID{"", "instance", "x", "0199f3c2-6f1e-7a43-9c6d-1f0a4c9e2b77"} {
			_, err := w.coop.Spaces.Get(w.ctx, w.host, id)
			require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		}
		public := true
		_, err = w.coop.Spaces.Change(w.ctx, w.chair.Actor(), w.space.ID, governance.SpaceChange{Public: &public})
		require.NoError(t, err)
		got, err := w.coop.Spaces.Get(w.ctx, governance.Actor{}, w.space.ID)
		require.NoError(t, err)
		require.Equal(t, "Jardins du Piton", got.Name)
		_, err = w.coop.Proposals.Submit(w.ctx, governance.Actor{}, w.space.ID, governance.NewProposal{Title: "x"})
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
	})
}

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

// A module that the instance switches off is off in every space.
func TestOptions_Off(t *testing.T) {
	t.Parallel()
	w := worldOn(t, memory.New(), 1, &governance.Options{Off: []governance.Module{governance.ModuleActions}})
	_, err := w.coop.Actions.Plan(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewAction{Title: "x"})
	require.ErrorIs(t, err, governance.ErrModuleOff)
	w.propose(w.m[0].Actor(), "Le reste va")
	w.verify()
}
