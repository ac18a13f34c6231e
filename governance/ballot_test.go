package governance_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

func TestPolls_Cast(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 3)
		poll := w.poll(governance.SimpleMajority())
		for i, c := range []voting.Choice{voting.For, voting.For, voting.Against} {
			r, err := w.coop.Polls.Cast(w.ctx, w.m[i].Actor(), poll.ID, c)
			require.NoError(t, err)
			require.Equal(t, w.m[i].ID, r.Member)
			require.Equal(t, uint64(1), r.Rev)
			got, weight, err := r.Check(w.coop.Key())
			require.NoError(t, err)
			require.Equal(t, c, got)
			require.Equal(t, voting.Voice, weight)
		}
		mine, err := w.coop.Polls.Mine(w.ctx, w.m[2].Actor(), poll.ID)
		require.NoError(t, err)
		require.Equal(t, voting.Against, mine.Ballot)
		closed, err := w.coop.Polls.Close(w.ctx, w.chair.Actor(), poll.ID)
		require.NoError(t, err)
		require.Equal(t, voting.Adopted, closed.Verdict.Outcome)
		require.Equal(t, int64(2), closed.Result.Of(voting.For).Seats)
		require.Equal(t, int64(4), closed.Entitled.Seats)
		proof, err := w.coop.Polls.Proof(w.ctx, w.m[2].Actor(), poll.ID)
		require.NoError(t, err)
		require.NoError(t, proof.Check(*closed.Root))
	})

	t.Run("a retry is the same ballot", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		poll := w.poll(governance.SimpleMajority())
		a := governance.WithRequest(w.m[0].Actor(), "key-1")
		first, err := w.coop.Polls.Cast(w.ctx, a, poll.ID, voting.For)
		require.NoError(t, err)
		again, err := w.coop.Polls.Cast(w.ctx, a, poll.ID, voting.For)
		require.NoError(t, err)
		require.Equal(t, first.Record, again.Record)
		_, _, err = again.Check(w.coop.Key())
		require.NoError(t, err)
		_, err = w.coop.Polls.Cast(w.ctx, a, poll.ID, voting.Against)
		require.ErrorIs(t, err, journal.ErrKeyReused)
	})

	t.Run("a retry after the close learns that it was counted", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		in := governance.SimpleMajority()
		in.Closes = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		poll := w.poll(in)
		a := governance.WithRequest(w.m[0].Actor(), "key-1")
		first, err := w.coop.Polls.Cast(w.ctx, a, poll.ID, voting.For)
		require.NoError(t, err)
		w.clock.add(2 * time.Hour)
		for range 2 { // before the scheduler came, and after
			again, err := w.coop.Polls.Cast(w.ctx, a, poll.ID, voting.For)
			require.NoError(t, err)
			require.Equal(t, first.Record, again.Record)
			_, err = w.coop.Polls.Cast(w.ctx, governance.WithRequest(w.m[0].Actor(), "key-1"), poll.ID, voting.Against)
			require.ErrorIs(t, err, governance.ErrPollClosed)
			_, err = w.coop.Polls.Cast(w.ctx, governance.WithRequest(w.m[1].Actor(), "key-2"), poll.ID, voting.For)
			require.ErrorIs(t, err, governance.ErrPollClosed)
			require.NoError(t, w.coop.RunDue(w.ctx))
		}
	})

	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		poll := w.poll(governance.SimpleMajority())
		_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
		require.NoError(t, err)
		_, err = w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.Against)
		require.ErrorIs(t, err, governance.ErrAlreadyCast)
		_, err = w.coop.Polls.Change(w.ctx, w.m[0].Actor(), poll.ID, voting.Against, 1)
		require.ErrorIs(t, err, governance.ErrNoChange)
	})

	t.Run("not on the roll", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		poll := w.poll(governance.SimpleMajority())
		late := w.admit("late", "Arrivée après l'ouverture")
		for _, a := range []governance.Actor{late.Actor(), w.person("stranger"), w.host} {
			_, err := w.coop.Polls.Cast(w.ctx, a, poll.ID, voting.For)
			require.ErrorIs(t, err, governance.ErrNotOnRoll)
		}
		_, err := w.coop.Polls.Cast(w.ctx, governance.Actor{}, poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
		_, err = w.coop.Polls.Cast(w.ctx, w.m[0].Actor().For(w.chair.ID), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrNotOnRoll)
	})

	t.Run("whoever leaves after the opening stays on the roll", func(t *testing.T) { // the snapshot decides
		t.Parallel()
		w := newWorld(t, 2)
		poll := w.poll(governance.SimpleMajority())
		_, err := w.coop.Members.Leave(w.ctx, w.m[0].Actor(), w.m[0].ID)
		require.NoError(t, err)
		_, err = w.coop.Members.Suspend(w.ctx, w.host, w.m[1].ID)
		require.NoError(t, err)
		for _, m := range w.m {
			_, err = w.coop.Polls.Cast(w.ctx, m.Actor(), poll.ID, voting.For)
			require.NoError(t, err)
		}
	})

	t.Run("not offered", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		poll := w.poll(governance.SimpleMajority())
		_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.Choice("samedi"))
		require.ErrorIs(t, err, voting.ErrBallot)
	})

	t.Run("no such poll", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		for _, id := range []governance.PollID{"", "x", governance.PollID(w.m[0].ID), governance.PollID(string(w.space.ID) + ".x")} {
			_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), id, voting.For)
			require.ErrorIs(t, err, governance.ErrPollUnknown)
		}
	})

	t.Run("before the opening and after the close", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		in := governance.SimpleMajority()
		in.Opens = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		in.Closes = governance.Moment{At: w.clock.Now().Add(2 * time.Hour)}
		poll := w.poll(in)
		require.Equal(t, governance.StatePlanned, poll.State)
		_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrPollNotOpen)
		w.clock.add(time.Hour)
		require.NoError(t, w.coop.RunDue(w.ctx))
		_, err = w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
		require.NoError(t, err)
		w.clock.add(time.Hour) // exactly the closing time: no scheduler has come yet, and the time decides
		_, err = w.coop.Polls.Cast(w.ctx, w.chair.Actor(), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrPollClosed)
	})
}

func TestPolls_Change(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	in := governance.SimpleMajority()
	in.Change = true
	poll := w.poll(in)
	a := w.m[0].Actor()
	first, err := w.coop.Polls.Cast(w.ctx, governance.WithRequest(a, "1"), poll.ID, voting.For)
	require.NoError(t, err)
	second, err := w.coop.Polls.Change(w.ctx, governance.WithRequest(a, "2"), poll.ID, voting.Against, first.Rev)
	require.NoError(t, err)
	require.Equal(t, uint64(2), second.Rev)

	t.Run("a late retry of the first never undoes the second", func(t *testing.T) {
		_, err := w.coop.Polls.Cast(w.ctx, governance.WithRequest(a, "1"), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrAlreadyCast)
	})
	t.Run("a change of what is no longer there", func(t *testing.T) {
		_, err := w.coop.Polls.Change(w.ctx, a, poll.ID, voting.Abstain, first.Rev)
		require.ErrorIs(t, err, governance.ErrChangeStale)
		_, err = w.coop.Polls.Change(w.ctx, a, poll.ID, voting.Abstain, 0)
		require.ErrorIs(t, err, governance.ErrChangeStale)
	})
	closed, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
	require.NoError(t, err)
	require.Equal(t, int64(1), closed.Result.Of(voting.Against).Seats)
	require.Equal(t, int64(1), closed.Result.Cast.Seats)
}

// Whatever is acknowledged while a poll closes is counted, and nothing else.
func TestCastAgainstClose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	poll := w.poll(governance.SimpleMajority())
	var wg sync.WaitGroup
	var mu sync.Mutex
	accepted := 0
	start := make(chan struct{})
	for _, m := range w.m {
		wg.Go(func() {
			<-start
			_, err := w.coop.Polls.Cast(w.ctx, m.Actor(), poll.ID, voting.For)
			if err == nil {
				mu.Lock()
				accepted++
				mu.Unlock()
				return
			}
			require.ErrorIs(t, err, governance.ErrPollClosed)
		})
	}
	wg.Go(func() {
		<-start
		_, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.NoError(t, err)
	})
	close(start)
	wg.Wait()
	closed, err := w.coop.Polls.Get(w.ctx, w.host, poll.ID)
	require.NoError(t, err)
	require.Equal(t, int64(accepted), closed.Result.Cast.Seats)
}
