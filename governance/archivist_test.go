package governance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

var inSpring2018 = time.Date(2018, 3, 1, 18, 0, 0, 0, time.UTC)

// heldElsewhere is what another system held: two people, a room, an adopted proposal and what came of it.
func heldElsewhere() governance.Archive {
	return governance.Archive{
		Source: "elsewhere",
		People: []governance.ArchivedPerson{
			{Key: "p1", Name: "Ana", Standing: governance.Active},
			{Key: "p2", Name: "Bo", Standing: governance.Invited},
		},
		Rooms: []governance.ArchivedRoom{{Key: "r1", Name: "Jardin"}},
		Proposals: []governance.ArchivedProposal{{
			Key: "d1", Room: "r1", Author: "p1", Title: "Planter", Written: inSpring2018, State: governance.Adopted,
			Poll: &governance.ArchivedPoll{
				Rule: voting.Communecter(50), Opened: inSpring2018, Closes: governance.Moment{At: inSpring2018.Add(time.Hour)},
				Counts: []governance.ArchivedCount{{Choice: voting.For, Votes: 2}, {Choice: voting.Blank, Votes: 1}},
				Named:  []governance.ArchivedVote{{Person: "p1", Choice: voting.For}, {Person: "p2", Choice: voting.For}},
			},
		}},
		Resolutions: []governance.ArchivedResolution{{Key: "d1", Proposal: "d1", Adopted: inSpring2018.Add(time.Hour)}},
		Actions: []governance.ArchivedAction{{
			Key: "a1", Room: "r1", Resolution: "d1", Author: "p2", Title: "Bêcher", State: governance.Doing, Planned: inSpring2018,
			Assignees: []string{"p1", "p2", "p1"},
		}},
	}
}

// logs gives how long the logs of the space and of the instance are.
func (w *world) logs() int64 {
	w.Helper()
	space, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
	require.NoError(w, err)
	instance, err := w.coop.VerifyInstance(w.ctx)
	require.NoError(w, err)
	require.True(w, space.OK() && instance.OK(), "%v %v", space.Problems, instance.Problems)
	return space.Entries + instance.Entries
}

func TestArchiveComesIn(t *testing.T) {
	t.Parallel()

	t.Run("comes in, once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		rep, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, heldElsewhere(), nil)
		require.NoError(t, err)
		require.Equal(t, governance.HistoryReport{
			People: 2, Rooms: 1, Proposals: 1, Resolutions: 1, Actions: 1,
			Notes: []governance.HistoryNote{{
				Kind: "action", Key: "a1", Path: "assignees", Code: "inactive_person", Text: `person "p2" is no active member`,
			}},
		}, rep)
		list, err := w.coop.Proposals.List(w.ctx, w.host, w.space.ID, governance.ProposalQuery{State: governance.Adopted})
		require.NoError(t, err)
		poll, err := w.coop.Polls.Get(w.ctx, w.host, list.Items[0].Poll)
		require.NoError(t, err)
		require.Equal(t, "Adoptée. 2 voix pour sur 3 déposées, soit 66,67\u00a0%\u202f; il en fallait 2 (plus de 50\u00a0%).", poll.Explain("fr"))
		require.Equal(t, 3, *poll.Turnout)
		acts, err := w.coop.Actions.List(w.ctx, w.host, w.space.ID, governance.ActionQuery{State: governance.Doing})
		require.NoError(t, err)
		require.Len(t, acts.Items[0].Assignees, 1)
		require.Equal(t, list.Items[0].Resolution, acts.Items[0].Resolution)

		size := w.logs()
		rep, err = w.coop.History.Import(w.ctx, w.host, w.space.ID, heldElsewhere(), nil)
		require.NoError(t, err)
		require.Equal(t, governance.HistoryReport{Known: 6}, rep)
		require.Equal(t, size, w.logs())
		_, err = w.coop.Polls.Cast(w.ctx, w.chair.Actor(), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrPollClosed)
	})

	t.Run("in parts that refer to each other", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		whole, rest := heldElsewhere(), heldElsewhere()
		whole.Actions = nil
		rest.People, rest.Rooms, rest.Proposals, rest.Resolutions = nil, nil, nil, nil
		_, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, whole, nil)
		require.NoError(t, err)
		rep, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, rest, nil)
		require.NoError(t, err)
		require.Len(t, rep.Notes, 1)
		acts, err := w.coop.Actions.List(w.ctx, w.host, w.space.ID, governance.ActionQuery{State: governance.Doing})
		require.NoError(t, err)
		require.NotEmpty(t, acts.Items[0].Resolution)
		require.NotEmpty(t, acts.Items[0].Author)
	})

	t.Run("a key that begins like another is another", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		long := heldElsewhere()
		long.Rooms[0].Key, long.Proposals[0].Room, long.Actions[0].Room = "r1234", "r1234", "r1234"
		_, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, long, nil)
		require.NoError(t, err)
		rep, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, governance.Archive{
			Source: "elsewhere", Rooms: []governance.ArchivedRoom{{Key: "r1", Name: "Autre"}, {Key: "r123", Name: "Encore"}},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, 2, rep.Rooms)
	})

	t.Run("one request is carried out once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		keyed := governance.WithRequest(w.host, "k")
		first, err := w.coop.History.Import(w.ctx, keyed, w.space.ID, heldElsewhere(), nil)
		require.NoError(t, err)
		again, err := w.coop.History.Import(w.ctx, keyed, w.space.ID, heldElsewhere(), nil)
		require.NoError(t, err)
		require.Equal(t, first, again)
	})

	t.Run("a stand-in that somebody renamed stays", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		in := heldElsewhere()
		in.Rooms = []governance.ArchivedRoom{{Key: "r1", StandIn: true}}
		_, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, in, nil)
		require.NoError(t, err)
		list, err := w.coop.Rooms.List(w.ctx, w.host, w.space.ID, governance.Paging{})
		require.NoError(t, err)
		require.Equal(t, "r1", list.Items[0].Name)
		none, err := w.coop.Rooms.List(w.ctx, governance.As("00000000-0000-7000-8000-000000000000"), w.space.ID, governance.Paging{})
		require.Error(t, err, "%v", none)
		ours := "Le nôtre"
		_, err = w.coop.Rooms.Change(w.ctx, w.host, list.Items[0].ID, governance.RoomChange{Name: &ours})
		require.NoError(t, err)
		_, err = w.coop.History.Import(w.ctx, w.host, w.space.ID, heldElsewhere(), nil)
		require.NoError(t, err)
		room, err := w.coop.Rooms.Get(w.ctx, w.host, list.Items[0].ID)
		require.NoError(t, err)
		require.Equal(t, ours, room.Name)
	})
}

func TestArchiveIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*governance.Archive)
		at    string
		left  int // parts that can be brought over all the same
	}{
		"a person without a name": {func(a *governance.Archive) { a.People[0].Name = "" }, "person p1 name", 5},
		"a standing that is none": {func(a *governance.Archive) { a.People[0].Standing = governance.Left }, "person p1 standing", 5},
		"a person without a key":  {func(a *governance.Archive) { a.People[1].Key = "" }, "person  key", 5},
		"a room that is not there": {func(a *governance.Archive) {
			a.Proposals[0].Room = "r9"
			a.Actions[0].Room = ""
		}, "proposal d1 room", 4},
		"a state that is not over": {func(a *governance.Archive) { a.Proposals[0].State = governance.InVote }, "proposal d1 state", 4},
		"a resolution of what was rejected": {
			func(a *governance.Archive) { a.Proposals[0].State = governance.Rejected }, "proposal d1 resolution", 4,
		},
		"a resolution of nothing":    {func(a *governance.Archive) { a.Resolutions[0].Proposal = "d9" }, "resolution d1 proposal", 5},
		"a proposal without a date":  {func(a *governance.Archive) { a.Proposals[0].Written = time.Time{} }, "proposal d1 written", 4},
		"more names than votes":      {func(a *governance.Archive) { a.Proposals[0].Poll.Counts[0].Votes = 1 }, "proposal d1 named", 4},
		"a name for nothing offered": {func(a *governance.Archive) { a.Proposals[0].Poll.Named[0].Choice = "x" }, "proposal d1 named", 4},
		"votes below nothing":        {func(a *governance.Archive) { a.Proposals[0].Poll.Counts[1].Votes = -1 }, "proposal d1 counts", 4},
		"votes for nothing offered":  {func(a *governance.Archive) { a.Proposals[0].Poll.Counts[1].Choice = "x" }, "proposal d1 counts/x", 4},
		"a rule that is none":        {func(a *governance.Archive) { a.Proposals[0].Poll.Rule.Version = 7 }, "proposal d1 rule", 4},
		"one option":                 {func(a *governance.Archive) { a.Proposals[0].Poll.Options = []governance.Option{{Key: "a", Title: "A"}} }, "proposal d1 options", 4},
		"an amendment of many votes": {func(a *governance.Archive) {
			a.Proposals[0].Amendments = []governance.ArchivedAmendment{{Key: "1", For: 1 << 40}}
		}, "proposal d1 amendments/0", 4},
		"a text that cannot be kept":  {func(a *governance.Archive) { a.Proposals[0].Title = "a\x1b[31m" }, "proposal d1 title", 4},
		"an action in no known state": {func(a *governance.Archive) { a.Actions[0].State = "later" }, "action a1 state", 5},
		"an action without a date":    {func(a *governance.Archive) { a.Actions[0].Planned = time.Time{} }, "action a1 planned", 5},
		"a key with a line break":     {func(a *governance.Archive) { a.Actions[0].Key = "a\n1" }, "action a\n1 key", 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			size := w.logs()
			in := heldElsewhere()
			c.spoil(&in)
			rep, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, in, nil)
			require.ErrorIs(t, err, governance.ErrArchive)
			require.Contains(t, err.Error(), c.at+": ")
			require.Len(t, rep.Faults, 1)
			require.Equal(t, size, w.logs(), "somebody or something is known now")

			rep, err = w.coop.History.Import(w.ctx, w.host, w.space.ID, in, &governance.HistoryOptions{Partial: true})
			require.NoError(t, err)
			require.Len(t, rep.Faults, 1)
			require.Equal(t, c.left, rep.People+rep.Rooms+rep.Proposals+rep.Resolutions+rep.Actions)
			w.logs()
		})
	}

	t.Run("a source that is none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		for _, source := range []string{"", "a:b", "a b"} {
			in := heldElsewhere()
			in.Source = source
			_, err := w.coop.History.Import(w.ctx, w.host, w.space.ID, in, nil)
			require.ErrorIs(t, err, governance.ErrArchive)
		}
	})

	t.Run("a space that is not there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.History.Import(w.ctx, w.host, "x", heldElsewhere(), nil)
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
	})

	t.Run("anybody but a host", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		for _, a := range []governance.Actor{w.chair.Actor(), w.m[0].Actor()} {
			_, err := w.coop.History.Import(w.ctx, a, w.space.ID, heldElsewhere(), nil)
			require.ErrorIs(t, err, governance.ErrForbidden)
		}
	})
}
