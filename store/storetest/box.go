package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// ballots streams a box, and it must agree with Count and with Ballot.
func ballots(tb testing.TB, r store.Reader, poll string) []store.Ballot {
	tb.Helper()
	var list []store.Ballot
	for b, err := range r.Ballots(poll) {
		require.NoError(tb, err)
		got, ok, err := r.Ballot(poll, b.Key)
		require.NoError(tb, err)
		require.True(tb, ok)
		equalBallot(tb, b, got)
		b.Key, b.Retry, b.Same, b.Body = bytes.Clone(b.Key), bytes.Clone(b.Retry), bytes.Clone(b.Same), bytes.Clone(b.Body)
		list = append(list, b)
	}
	require.True(tb, slices.IsSortedFunc(list, func(a, b store.Ballot) int { return bytes.Compare(a.Key, b.Key) }), "in key order")
	n, err := r.Count(poll)
	require.NoError(tb, err)
	require.Equal(tb, len(list), n)
	return list
}

// poll is where most tests cast.
const poll = "0197a6b2-7c00-7000-8000-00000000000a"

// paper makes a ballot.
func paper(key, body string) store.Ballot {
	return store.Ballot{Space: space, Poll: poll, Key: []byte(key), Body: []byte(body)}
}

func testBoxes(t *testing.T, d Driver) {
	t.Run("a box is opened, filled, shut and read", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		view(t, st, func(r store.Reader) {
			_, err := r.Box(poll)
			require.ErrorIs(t, err, store.ErrNoBox)
			require.Empty(t, ballots(t, r, poll))
			_, ok, err := r.Ballot(poll, []byte("ana"))
			require.NoError(t, err)
			require.False(t, ok)
		})
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.OpenBox(poll, store.Box{Change: true, Shut: true}))
			b, err := w.Box(poll)
			require.NoError(t, err)
			require.Equal(t, store.Box{Change: true}, b, "a box opens open")
			require.Empty(t, ballots(t, w, poll))
		})
		cast(t, st, paper("cy", "no"), store.First)
		cast(t, st, paper("ana", "yes"), store.First)
		cast(t, st, paper("\x00", ""), store.First)
		update(t, st, func(w store.Writer) {
			require.Len(t, ballots(t, w, poll), 3)
			require.NoError(t, w.ShutBox(poll))
			b, err := w.Box(poll)
			require.NoError(t, err)
			require.Equal(t, store.Box{Change: true, Shut: true}, b)
			require.NoError(t, w.ShutBox(poll), "again does nothing")
		})
		view(t, st, func(r store.Reader) {
			got := ballots(t, r, poll)
			require.Equal(t, []string{"\x00", "ana", "cy"}, []string{string(got[0].Key), string(got[1].Key), string(got[2].Key)})
			want := paper("ana", "yes")
			want.Rev = 1
			equalBallot(t, want, got[1])
			for _, key := range []string{"", "an", "anaa", "b"} {
				_, ok, err := r.Ballot(poll, []byte(key))
				require.NoError(t, err)
				require.False(t, ok)
			}
		})
		update(t, st, func(w store.Writer) { require.NoError(t, w.ShutBox(poll), "in a later Update too") })
	})

	t.Run("ballots come back byte for byte", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{Change: true})) })
		all := everyByte()
		long := bytes.Repeat(all, store.MaxBallot/len(all))
		for i, b := range []store.Ballot{
			{},
			{Body: []byte{}, Retry: []byte{}, Same: []byte{}},
			{Body: []byte{0}, Retry: []byte{0}, Same: []byte{0}, Rank: 255, Rev: 77},
			{Body: long, Retry: all[192:], Same: all[:64], Rank: 1},
			{Body: all, Same: []byte("same without retry")},
			{Body: all, Retry: []byte("retry without same")},
		} {
			b.Space, b.Poll = space, poll
			b.Key = append([]byte{byte(i)}, all[len(all)-i*12:]...)
			want := b
			want.Rev = 1
			equalBallot(t, want, cast(t, st, b, store.First).Ballot)
			view(t, st, func(r store.Reader) {
				got, ok, err := r.Ballot(poll, b.Key)
				require.NoError(t, err)
				require.True(t, ok)
				equalBallot(t, want, got)
			})
		}
	})

	t.Run("boxes are told apart by space and poll", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		var all []store.Ballot
		for _, s := range []store.SpaceID{"s", "sp", store.Instance} {
			for _, p := range []string{"p", "po", "\u00e9"} {
				openBox(t, st, s, p, store.Box{})
				all = append(all, store.Ballot{Space: s, Poll: p, Key: []byte("ana"), Body: []byte(string(s) + "/" + p)})
			}
		}
		for _, b := range all {
			cast(t, st, b, store.First)
		}
		for _, b := range all {
			require.NoError(t, st.View(t.Context(), b.Space, func(r store.Reader) error {
				got := ballots(t, r, b.Poll)
				require.Len(t, got, 1)
				require.Equal(t, b.Body, got[0].Body)
				return nil
			}))
		}
	})

	t.Run("a box whose shutting failed is open as before", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{})) })
		mine := errors.New("mine")
		require.Same(t, mine, st.Update(context.Background(), space, func(w store.Writer) error {
			require.NoError(t, w.ShutBox(poll))
			return mine
		}))
		cast(t, st, paper("ana", "yes"), store.First)
	})

	t.Run("a View reads a box as it was when it began", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{})) })
		cast(t, st, paper("ana", "yes"), store.First)
		view(t, st, func(r store.Reader) {
			cast(t, st, paper("bob", "yes"), store.First)
			update(t, st, func(w store.Writer) { require.NoError(t, w.ShutBox(poll)) })
			require.Len(t, ballots(t, r, poll), 1)
			b, err := r.Box(poll)
			require.NoError(t, err)
			require.False(t, b.Shut)
		})
	})

	t.Run("refused: opening a box twice", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.OpenBox(poll, store.Box{}))
			require.ErrorIs(t, w.OpenBox(poll, store.Box{Change: true}), store.ErrBoxExists)
			b, err := w.Box(poll)
			require.NoError(t, err)
			require.False(t, b.Change)
			require.NoError(t, w.ShutBox(poll))
			require.ErrorIs(t, w.OpenBox(poll, store.Box{}), store.ErrBoxExists, "a shut one too")
		})
	})

	t.Run("refused: shutting a box that was never opened", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.ErrorIs(t, w.ShutBox(poll), store.ErrNoBox) })
	})

	t.Run("refused: a poll without a proper name", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			for _, p := range []string{"", "a\x00b", "\xff", string(make([]byte, 600))} {
				err := w.OpenBox(p, store.Box{})
				require.ErrorIs(t, err, store.ErrInvalid)
				require.Equal(t, []string{"poll"}, fields(err))
				_, err = w.Box(p)
				require.ErrorIs(t, err, store.ErrNoBox)
				require.Empty(t, ballots(t, w, p))
			}
		})
	})
}

func testCasts(t *testing.T, d Driver) {
	t.Run("the rule of entry", func(t *testing.T) { t.Parallel(); testEntry(t, d) })
	t.Run("many at once", func(t *testing.T) { t.Parallel(); testCrowd(t, d) })
}

// testEntry casts one ballot after the other.
func testEntry(t *testing.T, d Driver) {
	// with makes a ballot of ana's.
	type with struct {
		rank     uint8
		replaces uint64
		request  string // stands for the idempotency key
		body     string
	}
	ballot := func(c with) store.Ballot {
		b := paper("ana", c.body)
		b.Rank, b.Replaces = c.rank, c.replaces
		if c.request != "" {
			b.Retry, b.Same = []byte(c.request), []byte(c.request+"/"+c.body)
		}
		return b
	}
	type step struct {
		with
		want store.Outcome
		lies string // the body that Cast shows
		rev  uint64
	}
	for name, c := range map[string]struct {
		box   store.Box
		steps []step
	}{
		"a free key takes any ballot": {store.Box{}, []step{
			{with{rank: 3, replaces: 9, body: "yes"}, store.First, "yes", 1},
		}},
		"no change: the first ballot stays": {store.Box{}, []step{
			{with{body: "yes"}, store.First, "yes", 1},
			{with{body: "no"}, store.Taken, "yes", 1},
			{with{body: "yes"}, store.Taken, "yes", 1},
			{with{body: "no", replaces: 1}, store.Taken, "yes", 1},
		}},
		"change: a voter who saw the stored ballot replaces it": {store.Box{Change: true}, []step{
			{with{body: "yes"}, store.First, "yes", 1},
			{with{body: "no", replaces: 1}, store.Replaced, "no", 2},
			{with{body: "blank", replaces: 2}, store.Replaced, "blank", 3},
			{with{body: "yes", replaces: 2}, store.Moved, "blank", 3},
			{with{body: "yes"}, store.Moved, "blank", 3},
			{with{body: "yes", replaces: 4}, store.Moved, "blank", 3},
		}},
		"a higher rank replaces, change or not": {store.Box{}, []step{
			{with{rank: 1, body: "by delegation"}, store.First, "by delegation", 1},
			{with{rank: 2, body: "by proxy", replaces: 7}, store.Replaced, "by proxy", 2},
			{with{rank: 3, body: "myself"}, store.Replaced, "myself", 3},
			{with{rank: 3, body: "again", replaces: 3}, store.Taken, "myself", 3},
		}},
		"a lower rank never does": {store.Box{Change: true}, []step{
			{with{rank: 3, body: "myself"}, store.First, "myself", 1},
			{with{rank: 2, body: "by proxy", replaces: 1}, store.Outranked, "myself", 1},
			{with{rank: 0, body: "by delegation"}, store.Outranked, "myself", 1},
			{with{rank: 3, body: "changed", replaces: 1}, store.Replaced, "changed", 2},
		}},
		"a retry is accepted again and changes nothing": {store.Box{}, []step{
			{with{body: "yes", request: "r1"}, store.First, "yes", 1},
			{with{body: "yes", request: "r1"}, store.Again, "yes", 1},
			{with{body: "yes", request: "r1", replaces: 5}, store.Again, "yes", 1},
			{with{body: "yes", request: "r2"}, store.Taken, "yes", 1},
		}},
		"a request used for another choice is refused": {store.Box{Change: true}, []step{
			{with{body: "yes", request: "r1"}, store.First, "yes", 1},
			{with{body: "no", request: "r1", replaces: 1}, store.Reused, "yes", 1},
			{with{rank: 9, body: "no", request: "r1"}, store.Reused, "yes", 1},
		}},
		"a late retry of the first does not undo the second": {store.Box{Change: true}, []step{
			{with{body: "yes", request: "r1"}, store.First, "yes", 1},
			{with{body: "no", request: "r2", replaces: 1}, store.Replaced, "no", 2},
			{with{body: "yes", request: "r1"}, store.Moved, "no", 2},
			{with{body: "no", request: "r2", replaces: 1}, store.Again, "no", 2},
		}},
		"a proxy's late retry does not undo the principal's ballot": {store.Box{}, []step{
			{with{rank: 1, body: "by proxy", request: "r1"}, store.First, "by proxy", 1},
			{with{rank: 2, body: "myself", request: "r2"}, store.Replaced, "myself", 2},
			{with{rank: 1, body: "by proxy", request: "r1"}, store.Outranked, "myself", 2},
		}},
		"ballots without a request are no retries of each other": {store.Box{Change: true}, []step{
			{with{body: "yes"}, store.First, "yes", 1},
			{with{body: "yes"}, store.Moved, "yes", 1},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := d.start(t)
			update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, c.box)) })
			var stored store.Ballot
			for _, s := range c.steps {
				b := ballot(s.with)
				e := cast(t, st, b, s.want)
				require.Equal(t, s.lies, string(e.Ballot.Body))
				require.Equal(t, s.rev, e.Ballot.Rev)
				if s.want == store.First || s.want == store.Replaced {
					stored = b
					stored.Rev = s.rev
				}
				view(t, st, func(r store.Reader) {
					all := ballots(t, r, poll)
					require.Len(t, all, 1)
					stored.Replaces = all[0].Replaces
					equalBallot(t, stored, all[0])
				})
				stored.Replaces = e.Ballot.Replaces
				equalBallot(t, stored, e.Ballot)
			}
		})
	}

	t.Run("a retry learns that it was counted, even in a shut box", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{Change: true})) })
		yes := ballot(with{body: "yes", request: "r1"})
		cast(t, st, yes, store.First)
		update(t, st, func(w store.Writer) { require.NoError(t, w.ShutBox(poll)) })
		require.Equal(t, uint64(1), cast(t, st, yes, store.Again).Ballot.Rev)
		for _, b := range []store.Ballot{
			ballot(with{body: "no", request: "r1"}),
			ballot(with{body: "no", request: "r2", replaces: 1}),
			ballot(with{body: "no", rank: 9}),
			paper("bob", "yes"),
		} {
			equalBallot(t, store.Ballot{}, cast(t, st, b, store.Shut).Ballot)
		}
		view(t, st, func(r store.Reader) { require.Len(t, ballots(t, r, poll), 1) })
	})

	t.Run("refused: a box that was never opened", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		equalBallot(t, store.Ballot{}, cast(t, st, paper("ana", "yes"), store.NoBox).Ballot)
		openBox(t, st, space, "other", store.Box{})
		cast(t, st, paper("ana", "yes"), store.NoBox)
		b := paper("ana", "yes")
		b.Space, b.Poll = "elsewhere", "other"
		cast(t, st, b, store.NoBox)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{})) })
		cast(t, st, paper("ana", "yes"), store.First)
	})

	t.Run("refused: what is outside the bounds", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{})) })
		for _, c := range []struct {
			field string
			spoil func(b *store.Ballot)
		}{
			{"space", func(b *store.Ballot) { b.Space = "" }},
			{"space", func(b *store.Ballot) { b.Space = "a\x00" }},
			{"poll", func(b *store.Ballot) { b.Poll = "" }},
			{"poll", func(b *store.Ballot) { b.Poll = "\xff" }},
			{"key", func(b *store.Ballot) { b.Key = nil }},
			{"key", func(b *store.Ballot) { b.Key = make([]byte, store.MaxSeat+1) }},
			{"retry", func(b *store.Ballot) { b.Retry = make([]byte, store.MaxSeat+1) }},
			{"same", func(b *store.Ballot) { b.Same = make([]byte, store.MaxSeat+1) }},
			{"body", func(b *store.Ballot) { b.Body = make([]byte, store.MaxBallot+1) }},
		} {
			b := paper("ana", "yes")
			c.spoil(&b)
			_, err := st.Cast(t.Context(), b)
			require.ErrorIs(t, err, store.ErrInvalid, c.field)
			require.Equal(t, []string{c.field}, fields(err))
		}
		longest := paper("", "")
		longest.Key, longest.Retry, longest.Same = make([]byte, store.MaxSeat), make([]byte, store.MaxSeat), make([]byte, store.MaxSeat)
		longest.Body = make([]byte, store.MaxBallot)
		cast(t, st, longest, store.First)
		view(t, st, func(r store.Reader) { require.Len(t, ballots(t, r, poll), 1) })
	})

	t.Run("what was cast, and what Cast shows, is nobody else's", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.OpenBox(poll, store.Box{})) })
		fill(t, st, space, poll, 300, 16, 0)
		b := store.Ballot{Space: space, Poll: poll, Key: []byte("ana"), Retry: []byte("r1"), Same: []byte("s1"), Body: []byte("yes")}
		first := cast(t, st, b, store.First)
		for _, own := range [][]byte{b.Key, b.Retry, b.Same, b.Body} {
			for i := range own {
				own[i] = 'X'
			}
		}
		want := store.Ballot{Space: space, Poll: poll, Key: []byte("ana"), Retry: []byte("r1"), Same: []byte("s1"), Body: []byte("yes"), Rev: 1}
		equalBallot(t, want, first.Ballot)
		taken := cast(t, st, paper("ana", "no"), store.Taken)
		for i := range 10 {
			fill(t, st, space, poll, 60, 16, 300+i*60) // what was shown outlives the pages it was read from
		}
		equalBallot(t, want, first.Ballot)
		equalBallot(t, want, taken.Ballot)
	})
}
