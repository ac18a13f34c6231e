package governance_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// read reads what an id names, as the reading methods of its kind give it.
func (w *world) read(a governance.Actor, kind, id string) error {
	var err error
	switch kind {
	case "space":
		_, err = w.coop.Spaces.Get(w.ctx, a, governance.SpaceID(id))
	case "member":
		_, err = w.coop.Members.Get(w.ctx, a, governance.MemberID(id))
	case "room":
		_, err = w.coop.Rooms.Get(w.ctx, a, governance.RoomID(id))
	case "proposal":
		_, err = w.coop.Proposals.Get(w.ctx, a, governance.ProposalID(id))
	case "poll":
		_, err = w.coop.Polls.Get(w.ctx, a, governance.PollID(id))
	case "resolution":
		_, err = w.coop.Resolutions.Get(w.ctx, a, governance.ResolutionID(id))
	case "action":
		_, err = w.coop.Actions.Get(w.ctx, a, governance.ActionID(id))
	default:
		err = fmt.Errorf("an entry about a %s is shown", kind)
	}
	return err
}

// entries reads a log to its end.
func (w *world) entries(a governance.Actor, after string) []governance.LogEntry {
	w.Helper()
	var out []governance.LogEntry
	for more := true; more; {
		page, err := w.coop.Entries(w.ctx, a, w.space.ID, after)
		require.NoError(w, err)
		require.Equal(w, after, page.First)
		require.True(w, !page.More || page.Last != after, "it goes on")
		out, after, more = append(out, page.Entries...), page.Last, page.More
	}
	return out
}

// What is shown of the log is what can be read anyway: exactly the entries about what the reading methods give to the same
// reader at the same moment.
func TestEntries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	board := w.admit("board", "Du bureau", "board")
	room, err := w.coop.Rooms.Open(w.ctx, w.host, w.space.ID, governance.NewRoom{Name: "Bureau", Roles: []string{"board"}})
	require.NoError(t, err)
	_, err = w.coop.Rooms.Open(w.ctx, w.host, w.space.ID, governance.NewRoom{Name: "Jardin"})
	require.NoError(t, err)
	_, err = w.coop.Proposals.Draft(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Title: "Un brouillon"})
	require.NoError(t, err)
	decide := func(author governance.Member, room governance.RoomID) {
		p, err := w.coop.Proposals.Submit(w.ctx, author.Actor(), w.space.ID, governance.NewProposal{Title: "Une proposition", Room: room})
		require.NoError(t, err)
		poll, err := w.coop.Polls.Open(w.ctx, w.host, p.ID, governance.SimpleMajority())
		require.NoError(t, err)
		_, err = w.coop.Polls.Cast(w.ctx, board.Actor(), poll.ID, voting.For)
		require.NoError(t, err)
		_, err = w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.NoError(t, err)
		p, err = w.coop.Proposals.Get(w.ctx, w.host, p.ID)
		require.NoError(t, err)
		_, err = w.coop.Actions.Plan(w.ctx, author.Actor(), w.space.ID, governance.NewAction{Title: "À faire", Resolution: p.Resolution})
		require.NoError(t, err)
	}
	decide(w.m[0], "")
	decide(board, room.ID)
	for _, m := range []string{"suspended", "left"} {
		w.admit(m, m)
	}
	standing := func(subject string) governance.Member {
		m, err := w.coop.Members.Find(w.ctx, w.host, w.space.ID, governance.Identity{Issuer: "my-site", Subject: subject})
		require.NoError(t, err)
		return m
	}
	_, err = w.coop.Members.Suspend(w.ctx, w.host, standing("suspended").ID)
	require.NoError(t, err)
	_, err = w.coop.Members.Leave(w.ctx, w.host, standing("left").ID)
	require.NoError(t, err)
	_, err = w.coop.Members.Invite(w.ctx, w.host, w.space.ID, governance.NewMember{
		Identity: governance.Identity{Issuer: "my-site", Subject: "invited"}, Name: "Invitée",
	})
	require.NoError(t, err)

	readers := map[string]governance.Actor{
		"nobody": {}, "stranger": w.person("stranger"), "invited": w.person("invited"), "suspended": w.person("suspended"),
		"left": w.person("left"), "author": w.m[0].Actor(), "member": w.m[1].Actor(), "board": board.Actor(),
		"chair": w.chair.Actor(), "host": w.host,
	}
	all := w.entries(w.host, "0")
	kinds := map[string]bool{}
	for _, e := range all {
		kind, _, _ := strings.Cut(e.Name, ".")
		kinds[kind] = true
	}
	require.Len(t, kinds, 7, "the log tells of everything that has an id: %v", kinds)
	look := func(t *testing.T) map[string]int {
		shown := map[string]int{}
		all := w.entries(w.host, "0")
		for name, a := range readers {
			if err := w.read(a, "space", string(w.space.ID)); err != nil {
				_, refused := w.coop.Entries(w.ctx, a, w.space.ID, "0")
				require.ErrorIs(t, refused, governance.Fault(err), name)
				continue
			}
			var want []governance.LogEntry
			for _, e := range all {
				kind, _, _ := strings.Cut(e.Name, ".")
				if w.read(a, kind, e.Subject) == nil {
					want = append(want, e)
				}
			}
			require.Equal(t, want, w.entries(a, "0"), name)
			shown[name] = len(want)
		}
		return shown
	}
	shown := look(t)
	for _, name := range []string{"nobody", "stranger", "invited", "left"} {
		require.NotContains(t, shown, name)
	}
	require.Greater(t, shown["author"], shown["member"], "a draft is its author's")
	require.Greater(t, shown["board"], shown["member"], "what is in the room is for those who may enter")
	require.Equal(t, shown["suspended"], shown["member"])

	public := true
	_, err = w.coop.Spaces.Change(w.ctx, w.host, w.space.ID, governance.SpaceChange{Public: &public})
	require.NoError(t, err)
	shown = look(t)
	require.Positive(t, shown["nobody"])
	require.Equal(t, shown["nobody"], shown["stranger"])
	require.Greater(t, shown["invited"], shown["stranger"], "the invited see their own invitation")
	require.Greater(t, shown["member"], shown["invited"], "who the members are is for insiders")

	t.Run("from now on, and from a position on", func(t *testing.T) {
		page, err := w.coop.Entries(w.ctx, w.host, w.space.ID, governance.FromNow)
		require.NoError(t, err)
		require.Empty(t, page.Entries)
		require.False(t, page.More)
		heard := []governance.SpaceID{}
		w.coop.Listen(func(id governance.SpaceID) { heard = append(heard, id) })
		p := w.propose(w.m[0].Actor(), "Encore une")
		require.Equal(t, []governance.SpaceID{w.space.ID}, heard)
		next := w.entries(w.host, page.Last)
		require.Equal(t, "proposal.drafted/1", next[0].Name)
		require.Equal(t, "proposal.submitted/1", next[1].Name)
		require.Equal(t, string(p.ID), next[1].Subject)
		require.Equal(t, page.Last, strconv.FormatInt(next[1].Position-2, 10))
		require.Equal(t, next[1].ID, strconv.FormatInt(next[1].Position, 10))
		require.Equal(t, w.clock.Now(), next[1].At)
		require.Equal(t, next[1:], w.entries(w.host, next[0].ID))
	})
	t.Run("more than a page", func(t *testing.T) {
		first := w.entries(w.host, "0")
		for range 300 {
			w.propose(w.host, "Une de plus")
		}
		require.Len(t, w.entries(w.host, "0"), len(first)+600)
	})
	t.Run("a copy that was restored goes on in another way", func(t *testing.T) {
		page, err := w.coop.Entries(w.ctx, w.host, w.space.ID, governance.FromNow)
		require.NoError(t, err)
		before := page.Last
		n, err := strconv.Atoi(before)
		require.NoError(t, err)
		require.NoError(t, w.coop.Journal().Restored(w.ctx, store.SpaceID(w.space.ID), journal.By{Kind: "host"}, "another-epoch"))
		w.propose(w.host, "Ce qui est venu après")
		lost := strconv.Itoa(n + 2) // the second entry that came after the copy was made, and is not in it
		_, err = w.coop.Entries(w.ctx, w.host, w.space.ID, lost)
		require.ErrorIs(t, err, governance.ErrLogPosition)
		after := w.entries(governance.Actor{}, before)
		require.Len(t, after, 3)
		require.Equal(t, "log.restored/1", after[0].Name)
		require.Equal(t, string(w.space.ID), after[0].Subject)
		require.Equal(t, lost+".another-epoch", after[1].ID)
		require.Equal(t, after[2:], w.entries(governance.Actor{}, after[1].ID))
	})
	t.Run("an entry that the log never had", func(t *testing.T) {
		for _, after := range []string{"-1", "-2", "x", "1.another-epoch", "1.", "01", "+1", " 1", "1099511627776", "99999999999999999999"} {
			_, err := w.coop.Entries(w.ctx, w.host, w.space.ID, after)
			require.ErrorIs(t, err, governance.ErrLogPosition, after)
			require.Equal(t, "after", governance.Fault(err).Fields[0].Path)
		}
	})
	t.Run("a space that is none", func(t *testing.T) {
		for _, id := range []governance.SpaceID{"", "x", "00000000-0000-7000-8000-000000000000"} {
			_, err := w.coop.Entries(w.ctx, w.host, id, "0")
			require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		}
	})
}
