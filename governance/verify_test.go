package governance_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Whatever somebody changes in the store behind the engine's back, verifying finds.
func TestVerify(t *testing.T) {
	t.Parallel()

	// put replaces a record's body as it stands.
	put := func(w *world, kind, id string, change func([]byte) []byte) {
		require.NoError(w, w.st.Update(w.ctx, store.SpaceID(w.space.ID), func(x store.Writer) error {
			rec, err := x.Get(kind, id)
			require.NoError(w, err)
			rec.Body = change(append([]byte(nil), rec.Body...))
			return x.Put(rec)
		}))
	}
	first := func(w *world, kind string) string {
		id := ""
		require.NoError(w, w.st.View(w.ctx, store.SpaceID(w.space.ID), func(r store.Reader) error {
			for rec, err := range r.List(store.Query{Kind: kind, Limit: 1}) {
				require.NoError(w, err)
				id = rec.ID
			}
			return nil
		}))
		require.NotEmpty(w, id)
		return id
	}
	flip := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }

	for name, c := range map[string]struct {
		spoil func(w *world, poll string)
		says  string
	}{
		"a verdict in the record": {func(w *world, poll string) {
			put(w, "poll", poll, func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"outcome":"adopted"`, `"outcome":"rejected"`, 1))
			})
		}, "it is not what its events give"},
		"a member's weight": {func(w *world, _ string) {
			put(w, "member", first(w, "member"), func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"weight":"1"`, `"weight":"9"`, 1))
			})
		}, "it is not what its events give"},
		"a text": {func(w *world, _ string) { put(w, "text", first(w, "text"), flip) }, "it does not match its commitment"},
		"a row of the roll": {func(w *world, _ string) {
			put(w, "roll.chunk", first(w, "roll.chunk"), flip)
		}, "the chunk is not what was logged"},
		"the list of the roll": {func(w *world, _ string) {
			put(w, "roll", first(w, "roll"), flip)
		}, "the manifest is not what was logged"},
		"a tree's edge": {func(w *world, _ string) {
			put(w, "journal.head", "head", func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"size":`, `"size":1`, 1))
			})
		}, "the head says"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tampered(t, 2)
			open := w.poll(governance.SimpleMajority())
			_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), open.ID, voting.For)
			require.NoError(t, err)
			_, err = w.coop.Polls.Close(w.ctx, w.host, open.ID)
			require.NoError(t, err)
			w.verify()
			_, poll, _ := strings.Cut(string(open.ID), ".")
			c.spoil(w, poll)
			got, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
			require.NoError(t, err)
			require.ErrorContains(t, got.Err(), c.says)
		})
	}

	t.Run("a ballot slipped into the box", func(t *testing.T) {
		t.Parallel()
		w := tampered(t, 2)
		open := w.poll(governance.SimpleMajority())
		_, poll, _ := strings.Cut(string(open.ID), ".")
		slip := func(key, body []byte) {
			_, err := w.st.Cast(context.Background(), store.Ballot{Space: store.SpaceID(w.space.ID), Poll: poll, Key: key, Rank: 3, Body: body})
			require.NoError(t, err)
		}
		_, own, _ := strings.Cut(string(w.m[0].ID), ".")
		seat, err := hex.DecodeString(strings.ReplaceAll(own, "-", ""))
		require.NoError(t, err)
		slip(make([]byte, 16), governance.BallotBody(voting.For, 1))
		slip(seat, governance.BallotBody(voting.For, 1)) // on the roll, by nobody's hand
		slip([]byte("short"), []byte("no ballot"))
		got, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
		require.NoError(t, err)
		require.ErrorContains(t, got.Err(), "not on the roll")
		require.ErrorContains(t, got.Err(), "by a hand that may not")
		require.ErrorContains(t, got.Err(), "cannot be read")
	})

	t.Run("by a stranger", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		_, err := w.coop.Verify(w.ctx, w.person("stranger"), w.space.ID)
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		_, err = w.coop.Verify(w.ctx, w.m[0].Actor(), w.space.ID)
		require.NoError(t, err)
	})
}

// A closed poll whose count was cut off is counted by the scheduler.
func TestCountResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	open := w.poll(governance.SimpleMajority())
	_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), open.ID, voting.For)
	require.NoError(t, err)
	require.NoError(t, w.coop.ShutOnly(w.ctx, open.ID))
	got, err := w.coop.Polls.Get(w.ctx, w.host, open.ID)
	require.NoError(t, err)
	require.Equal(t, governance.StateClosed, got.State)
	require.Nil(t, got.Result)
	require.NoError(t, w.coop.RunDue(w.ctx))
	got, err = w.coop.Polls.Get(w.ctx, w.host, open.ID)
	require.NoError(t, err)
	require.Equal(t, governance.StateClosed, got.State, "whoever closed it may still be counting it")
	w.clock.add(10 * time.Second)
	require.NoError(t, w.coop.RunDue(w.ctx))
	got, err = w.coop.Polls.Get(w.ctx, w.host, open.ID)
	require.NoError(t, err)
	require.Equal(t, voting.Adopted, got.Verdict.Outcome)
}

// Run closes and counts a poll when its time has come, is the only one, and ends when it is told to.
func TestRun(t *testing.T) {
	t.Parallel()
	w := worldOn(t, newStore(t), 1, &governance.Options{Tick: time.Millisecond})
	open := w.poll(governance.NewPoll{
		Rule: voting.SimpleMajority(), Closes: governance.Moment{At: w.clock.Now().Add(time.Hour)},
	})
	_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), open.ID, voting.For)
	require.NoError(t, err)
	grew := make(chan struct{}, 1)
	w.coop.Journal().Listen(func(store.SpaceID) {
		select {
		case grew <- struct{}{}:
		default:
		}
	})
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error)
	go func() { done <- w.coop.Run(ctx) }()
	w.clock.add(time.Hour)
	for {
		got, err := w.coop.Polls.Get(w.ctx, w.host, open.ID)
		require.NoError(t, err)
		if got.State == governance.StateCounted {
			require.Equal(t, voting.Adopted, got.Verdict.Outcome)
			break
		}
		<-grew
	}
	require.ErrorIs(t, w.coop.Run(ctx), journal.ErrRunning)
	cancel()
	require.NoError(t, <-done)
	w.verify()
	require.NoError(t, w.coop.Close())
	require.ErrorIs(t, w.coop.Run(w.ctx), store.ErrClosed)
}
