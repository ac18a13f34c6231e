package store_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/store"
)

// What holds of every ballot that meets every box, whatever the rule says in detail. The cases one by one are in storetest.
func TestEnter(t *testing.T) {
	t.Parallel()
	token := rapid.SampledFrom([]string{"", "r", "s"})
	draw := func(rt *rapid.T, name string) store.Ballot {
		return store.Ballot{
			Key:      []byte("ana"),
			Rank:     rapid.Uint8Range(0, 2).Draw(rt, name+" rank"),
			Replaces: rapid.Uint64Range(0, 3).Draw(rt, name+" replaces"),
			Rev:      rapid.Uint64Range(1, 3).Draw(rt, name+" rev"),
			Retry:    []byte(token.Draw(rt, name+" retry")),
			Same:     []byte(token.Draw(rt, name+" same")),
			Body:     []byte(name),
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		box := store.Box{Change: rapid.Bool().Draw(rt, "change"), Shut: rapid.Bool().Draw(rt, "shut")}
		opened, has := rapid.Bool().Draw(rt, "opened"), rapid.Bool().Draw(rt, "has")
		b, stored := draw(rt, "new"), store.Ballot{}
		if has {
			stored = draw(rt, "stored")
		}
		now, outcome := store.Enter(box, opened, stored, has, b)

		entered := outcome == store.First || outcome == store.Replaced
		require.NotEmpty(rt, outcome.String())
		require.Equal(rt, outcome == store.NoBox, !opened)
		if entered {
			require.False(rt, box.Shut, "nothing enters a shut box")
			require.Equal(rt, stored.Rev+1, now.Rev)
			now.Rev = b.Rev
			require.Equal(rt, b, now)
		} else if outcome == store.NoBox || outcome == store.Shut {
			require.Equal(rt, store.Ballot{}, now)
		} else {
			require.Equal(rt, stored, now, "what is refused, or was there, changes nothing")
		}
		if outcome == store.First {
			require.False(rt, has)
		}
		if outcome == store.Replaced {
			require.True(rt, b.Rank > stored.Rank || box.Change && b.Rank == stored.Rank && b.Replaces == stored.Rev)
		}
		if outcome.Accepted() && has {
			require.GreaterOrEqual(rt, max(now.Rank, b.Rank), stored.Rank, "no lower hand ever wins")
		}

		// Whatever entered and is sent again is accepted again, however the box is then.
		if entered && len(b.Retry) > 0 {
			now.Rev = stored.Rev + 1
			later := store.Box{Change: box.Change, Shut: rapid.Bool().Draw(rt, "shut later")}
			again, outcome := store.Enter(later, true, now, true, b)
			require.Equal(rt, store.Again, outcome)
			require.Equal(rt, now, again)
			other := b
			other.Same = append(bytes.Clone(b.Same), 'x')
			_, outcome = store.Enter(later, true, now, true, other)
			require.False(rt, outcome.Accepted(), "the same request with another choice")
		}
	})
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for o := store.First; o <= store.Reused; o++ {
		require.NotEmpty(t, o.String())
		require.False(t, seen[o.String()])
		seen[o.String()] = true
		require.Equal(t, o <= store.Again, o.Accepted())
	}
	require.Empty(t, store.Outcome(0).String())
	require.Empty(t, store.Outcome(200).String())
	require.False(t, store.Outcome(0).Accepted())
}

func TestMemo(t *testing.T) {
	t.Parallel()
	var b store.Batch
	for range 3 {
		v, err := b.Memo(func() (any, error) { return "computed once", nil })
		require.NoError(t, err)
		require.Equal(t, "computed once", v)
		v, err = b.Memo(func() (any, error) { panic("not called") })
		require.NoError(t, err)
		require.Equal(t, "computed once", v)
	}
	var spoilt store.Batch
	require.Panics(t, func() { _, _ = spoilt.Memo(func() (any, error) { panic("mine") }) })
	_, err := spoilt.Memo(func() (any, error) { return "too late", nil })
	require.Error(t, err, "nobody takes nothing for a value")
}
