package governance_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

func TestPolls_Open(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		p := w.propose(w.m[0].Actor(), "Un composteur")
		poll, err := w.coop.Polls.Open(w.ctx, w.chair.Actor(), p.ID, governance.TwoThirds())
		require.NoError(t, err)
		require.Equal(t, governance.StateOpen, poll.State)
		require.Equal(t, voting.Votes{Seats: 3, Voices: 3 * voting.Voice}, poll.Entitled)
		require.Len(t, poll.Roll, 64)
		p, err = w.coop.Proposals.Get(w.ctx, w.m[0].Actor(), p.ID)
		require.NoError(t, err)
		require.Equal(t, governance.InVote, p.State)
		require.Equal(t, poll.ID, p.Poll)
		_, err = w.coop.Proposals.Revise(w.ctx, w.m[0].Actor(), p.ID, governance.NewProposal{Title: "Autre chose"}, 0)
		require.ErrorIs(t, err, governance.ErrProposalFrozen)
		_, err = w.coop.Proposals.Withdraw(w.ctx, w.m[0].Actor(), p.ID)
		require.ErrorIs(t, err, governance.ErrProposalState)
	})

	t.Run("a retry opens one poll", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		p := w.propose(w.m[0].Actor(), "Un composteur")
		a := governance.WithRequest(w.host, "open-1")
		first, err := w.coop.Polls.Open(w.ctx, a, p.ID, governance.SimpleMajority())
		require.NoError(t, err)
		again, err := w.coop.Polls.Open(w.ctx, a, p.ID, governance.SimpleMajority())
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
	})

	t.Run("at its time, and closed and counted at its time", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		in := governance.SimpleMajority()
		in.Opens = governance.Moment{Local: "2026-12-01T18:00"}
		in.Closes = governance.Moment{Local: "2026-12-03"}
		poll := w.poll(in)
		require.Equal(t, governance.StatePlanned, poll.State)
		require.Equal(t, "2026-12-01T14:00:00Z", poll.Opens.At.Format(time.RFC3339), "La Réunion is four hours ahead")
		require.Equal(t, "2026-12-03T20:00:00Z", poll.Closes.At.Format(time.RFC3339), "a day ends as the next begins")
		require.NoError(t, w.coop.RunDue(w.ctx))
		get := func() governance.Poll {
			p, err := w.coop.Polls.Get(w.ctx, w.chair.Actor(), poll.ID)
			require.NoError(t, err)
			return p
		}
		require.Equal(t, governance.StatePlanned, get().State, "nothing happens before its time")
		late := w.admit("late", "Avant l'ouverture")
		w.clock.add(10*24*time.Hour + 5*time.Hour)
		require.Equal(t, governance.StatePlanned, get().State, "nothing happens because somebody reads it")
		require.NoError(t, w.coop.RunDue(w.ctx))
		require.Equal(t, governance.StateOpen, get().State)
		_, err := w.coop.Polls.Cast(w.ctx, late.Actor(), poll.ID, voting.For)
		require.NoError(t, err)
		_, err = w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.ErrorIs(t, err, governance.ErrPollTimed)
		w.clock.add(3 * 24 * time.Hour)
		require.NoError(t, w.coop.RunDue(w.ctx))
		got := get()
		require.Equal(t, governance.StateCounted, got.State)
		require.Equal(t, voting.Adopted, got.Verdict.Outcome)
		_, err = w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.ErrorIs(t, err, governance.ErrPollClosed)
	})

	t.Run("a clock that steps back opens nothing twice", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		in := governance.SimpleMajority()
		in.Closes = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		poll := w.poll(in)
		w.clock.add(2 * time.Hour)
		require.NoError(t, w.coop.RunDue(w.ctx))
		w.clock.add(-3 * time.Hour)
		require.NoError(t, w.coop.RunDue(w.ctx))
		_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrPollClosed)
		p := w.propose(w.m[0].Actor(), "Après le saut") // stamped no earlier than what is in the log
		require.False(t, p.Written.Before(*poll.Opened))
	})

	t.Run("planned, and its proposal withdrawn", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		in := governance.SimpleMajority()
		in.Opens = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		poll := w.poll(in)
		_, err := w.coop.Polls.Open(w.ctx, w.host, poll.Proposal, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrPollPending)
		_, err = w.coop.Proposals.Withdraw(w.ctx, w.chair.Actor(), poll.Proposal)
		require.NoError(t, err)
		w.clock.add(2 * time.Hour)
		require.NoError(t, w.coop.RunDue(w.ctx))
		poll, err = w.coop.Polls.Get(w.ctx, w.host, poll.ID)
		require.NoError(t, err)
		require.Equal(t, governance.StateCancelled, poll.State)
	})

	t.Run("cancelled", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		in := governance.SimpleMajority()
		in.Opens = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		poll := w.poll(in)
		_, err := w.coop.Polls.Cancel(w.ctx, w.m[0].Actor(), poll.ID)
		require.ErrorIs(t, err, governance.ErrForbidden)
		poll, err = w.coop.Polls.Cancel(w.ctx, w.chair.Actor(), poll.ID)
		require.NoError(t, err)
		require.Equal(t, governance.StateCancelled, poll.State)
		_, err = w.coop.Polls.Cancel(w.ctx, w.chair.Actor(), poll.ID)
		require.ErrorIs(t, err, governance.ErrPollState)
		second, err := w.coop.Polls.Open(w.ctx, w.chair.Actor(), poll.Proposal, governance.SimpleMajority())
		require.NoError(t, err)
		require.Equal(t, governance.StateOpen, second.State)
	})

	t.Run("by a member without office", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		p := w.propose(w.m[0].Actor(), "Un composteur")
		_, err := w.coop.Polls.Open(w.ctx, w.m[0].Actor(), p.ID, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrForbidden)
	})

	t.Run("a draft", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		p, err := w.coop.Proposals.Draft(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Title: "Brouillon"})
		require.NoError(t, err)
		_, err = w.coop.Polls.Open(w.ctx, w.chair.Actor(), p.ID, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrProposalUnknown, "nobody but its author knows of it")
		_, err = w.coop.Polls.Open(w.ctx, w.host, p.ID, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrProposalState)
	})

	for name, in := range map[string]governance.NewPoll{
		"closing before it opens": {Closes: governance.Moment{Local: "2020-01-01"}},
		"no local time":           {Closes: governance.Moment{Local: "demain"}},
		"no zone":                 {Closes: governance.Moment{Local: "2026-12-03", Zone: "Mars/Olympus"}},
		"two times":               {Closes: governance.Moment{Local: "2026-12-03", At: time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC)}},
		"an option without title": {Options: []governance.Option{{Key: "a"}, {Key: "b", Title: "B"}}},
		"two options alike":       {Options: []governance.Option{{Key: "a", Title: "A"}, {Key: "b", Title: "A"}}},
		"an order for nothing":    {Order: []voting.Choice{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			p := w.propose(w.m[0].Actor(), "Un composteur")
			_, err := w.coop.Polls.Open(w.ctx, w.host, p.ID, in)
			require.ErrorIs(t, err, governance.ErrText)
			require.NotEmpty(t, governance.Fault(err).Fields)
			p, err = w.coop.Proposals.Get(w.ctx, w.host, p.ID)
			require.NoError(t, err)
			require.Equal(t, governance.InDebate, p.State, "nothing half done")
		})
	}
	for name, in := range map[string]governance.NewPoll{
		"one option":     {Options: []governance.Option{{Key: "a", Title: "A"}}},
		"a reserved key": {Options: []governance.Option{{Key: "blank", Title: "A"}, {Key: "b", Title: "B"}}},
		"a key twice":    {Options: []governance.Option{{Key: "a", Title: "A"}, {Key: "a", Title: "B"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			p := w.propose(w.m[0].Actor(), "Un composteur")
			_, err := w.coop.Polls.Open(w.ctx, w.host, p.ID, in)
			require.ErrorIs(t, err, voting.ErrQuestion)
		})
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()

	cast := func(w *world, poll governance.Poll, choices ...voting.Choice) governance.Poll {
		t.Helper()
		for i, c := range choices {
			_, err := w.coop.Polls.Cast(w.ctx, w.m[i].Actor(), poll.ID, c)
			require.NoError(w, err)
		}
		closed, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.NoError(w, err)
		return closed
	}
	proposal := func(w *world, poll governance.Poll) governance.Proposal {
		p, err := w.coop.Proposals.Get(w.ctx, w.host, poll.Proposal)
		require.NoError(w, err)
		return p
	}

	t.Run("adopted, and number 1 of the year where the space lives", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		w.clock.add(time.Date(2026, 12, 31, 21, 0, 0, 0, time.UTC).Sub(w.clock.Now())) // already 2027 in La Réunion
		poll := cast(w, w.poll(governance.SimpleMajority()), voting.For, voting.For)
		p := proposal(w, poll)
		require.Equal(t, governance.Adopted, p.State)
		res, err := w.coop.Resolutions.Get(w.ctx, w.m[0].Actor(), p.Resolution)
		require.NoError(t, err)
		require.Equal(t, "2027-01", res.Label())
		require.Equal(t, p.Title, res.Title)
		second := cast(w, w.poll(governance.SimpleMajority()), voting.For)
		res, err = w.coop.Resolutions.Get(w.ctx, w.m[0].Actor(), proposal(w, second).Resolution)
		require.NoError(t, err)
		require.Equal(t, "2027-02", res.Label())
		page, err := w.coop.Resolutions.List(w.ctx, w.m[0].Actor(), w.space.ID, 2027, governance.Paging{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, 1, page.Items[0].Number)
		page, err = w.coop.Resolutions.List(w.ctx, w.m[0].Actor(), w.space.ID, 2027, governance.Paging{After: page.Next})
		require.NoError(t, err)
		require.Len(t, page.Items, 1)
		require.Equal(t, 2, page.Items[0].Number)
		require.Empty(t, page.Next)
	})

	t.Run("rejected at equality", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		poll := cast(w, w.poll(governance.SimpleMajority()), voting.For, voting.Against)
		require.Equal(t, voting.Rejected, poll.Verdict.Outcome)
		require.Equal(t, governance.Rejected, proposal(w, poll).State)
		_, err := w.coop.Polls.Open(w.ctx, w.host, poll.Proposal, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrProposalState)
	})

	t.Run("nobody came", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		poll := cast(w, w.poll(governance.SimpleMajority()))
		require.NotEqual(t, voting.Adopted, poll.Verdict.Outcome)
	})

	t.Run("inquorate, and put to the vote again", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 5)
		in := governance.SimpleMajority()
		in.Rule = in.Rule.WithQuorum(voting.Present, voting.Fraction{Num: 1, Den: 2})
		poll := cast(w, w.poll(in), voting.For, voting.For)
		require.Equal(t, voting.Inquorate, poll.Verdict.Outcome)
		require.Contains(t, poll.Explain("en"), "1 more person")
		require.Equal(t, governance.Inquorate, proposal(w, poll).State)
		second, err := w.coop.Polls.Open(w.ctx, w.host, poll.Proposal, governance.SimpleMajority())
		require.NoError(t, err)
		require.Equal(t, voting.Adopted, cast(w, second, voting.For).Verdict.Outcome)
		page, err := w.coop.Polls.Of(w.ctx, w.host, poll.Proposal, governance.Paging{})
		require.NoError(t, err)
		require.Len(t, page.Items, 2)
	})

	options := governance.NewPoll{
		Rule:    voting.SimpleMajority(),
		Options: []governance.Option{{Key: "sat", Title: "Samedi"}, {Key: "wed", Title: "Mercredi"}, {Key: "sun", Title: "Dimanche"}},
	}
	options.Rule.Threshold = nil

	t.Run("one of several", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3)
		poll := cast(w, w.poll(options), "wed", "sat", "wed")
		require.Equal(t, voting.Choice("wed"), poll.Verdict.Winner)
		require.Contains(t, poll.Explain("fr"), "Mercredi")
		res, err := w.coop.Resolutions.Get(w.ctx, w.host, proposal(w, poll).Resolution)
		require.NoError(t, err)
		require.Equal(t, "Mercredi", res.Option)
	})

	t.Run("tied, and back to the debate", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		poll := cast(w, w.poll(options), "wed", "sat")
		require.Equal(t, voting.Tied, poll.Verdict.Outcome)
		require.Contains(t, poll.Explain("fr"), "Samedi")
		require.Equal(t, governance.InDebate, proposal(w, poll).State)
	})

	t.Run("a tie broken by a lot that was promised", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		in := options
		in.Rule.TieBreak = voting.TieLot
		open := w.poll(in)
		require.Len(t, open.Promise, 64)
		require.Empty(t, open.Seed)
		poll := cast(w, open, "wed", "sat")
		require.Equal(t, voting.Adopted, poll.Verdict.Outcome)
		require.Equal(t, open.Promise, voting.SeedHash(poll.Seed))
		var file bytes.Buffer
		require.NoError(t, w.coop.Polls.Export(w.ctx, w.host, poll.ID, &file))
		again, err := governance.Recount(&file)
		require.NoError(t, err)
		require.Equal(t, poll.Verdict.Winner, again.Verdict.Winner)
	})

	t.Run("a tie broken by the chair", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3)
		in := options
		in.Rule.TieBreak = voting.TieChair
		open := w.poll(in)
		_, err := w.coop.Polls.Cast(w.ctx, w.chair.Actor(), open.ID, voting.Choice("sun"))
		require.NoError(t, err)
		poll := cast(w, open, "wed", "sun", "wed")
		require.Equal(t, voting.Choice("sun"), poll.Verdict.Winner)
	})

	t.Run("a tie broken by an order", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		in := options
		in.Rule.TieBreak = voting.TieOrder
		in.Order = []voting.Choice{"sun", "wed", "sat"}
		require.Equal(t, voting.Choice("wed"), cast(w, w.poll(in), "sat", "wed").Verdict.Winner)
	})

	t.Run("weights, a consultative voice among them", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3)
		zero, two := voting.Weight(0), 2*voting.Voice
		_, err := w.coop.Members.Change(w.ctx, w.chair.Actor(), w.m[0].ID, governance.MemberChange{Weight: &zero})
		require.NoError(t, err)
		_, err = w.coop.Members.Change(w.ctx, w.chair.Actor(), w.m[1].ID, governance.MemberChange{Weight: &two})
		require.NoError(t, err)
		open := w.poll(governance.SimpleMajority())
		require.Equal(t, voting.Votes{Seats: 4, Voices: 4 * voting.Voice}, open.Entitled)
		poll := cast(w, open, voting.Against, voting.For, voting.Against)
		require.Equal(t, voting.Adopted, poll.Verdict.Outcome)
		require.Equal(t, voting.Votes{Seats: 2, Voices: voting.Voice}, poll.Result.Of(voting.Against))
		require.Equal(t, voting.Votes{Seats: 3, Voices: 3 * voting.Voice}, poll.Result.Cast)
	})
}
