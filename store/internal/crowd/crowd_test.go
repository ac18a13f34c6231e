package crowd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

func TestQueue(t *testing.T) {
	t.Parallel()

	t.Run("who entered is taken, answered and leaves", func(t *testing.T) {
		t.Parallel()
		q := New[string](10)
		b, i, err := q.Enter("ana")
		require.NoError(t, err)
		require.Zero(t, i)
		require.True(t, q.Gather())
		require.Same(t, b, q.Take())
		b.Calls[i] = "answered"
		q.Answer(b)
		<-b.Done()
		q.Leave()
		q.Close()
		require.False(t, q.Gather(), "closed and empty")
	})

	t.Run("a batch waits for who was answered and has not gone, and two milliseconds at most", func(t *testing.T) {
		t.Parallel()
		for _, goes := range []bool{true, false} {
			q := New[int](10)
			q.inside++ // somebody of the batch before
			_, _, err := q.Enter(1)
			require.NoError(t, err)
			if goes {
				q.Leave()
			}
			require.True(t, q.Gather())
			_, timers := q.Counts()
			require.Equal(t, goes, timers == 0)
			require.Len(t, q.Take().Calls, 1)
		}
	})

	t.Run("a small batch waits for the one that is away, a crowd does not", func(t *testing.T) {
		t.Parallel()
		q := New[int](1000)
		_, _, err := q.Enter(0)
		require.NoError(t, err)
		away := q.Take()
		for n := range enough {
			_, _, err = q.Enter(n)
			require.NoError(t, err)
		}
		require.True(t, q.Gather())
		_, timers := q.Counts()
		require.Zero(t, timers, "a crowd")
		crowd := q.Take()
		_, _, err = q.Enter(0)
		require.NoError(t, err)
		require.True(t, q.Gather(), "and a small one not for ever")
		_, timers = q.Counts()
		require.Equal(t, 1, timers)

		gathered := make(chan bool)
		go func() { gathered <- q.Gather() }()
		q.Answer(away)
		q.Answer(crowd)
		for range 1 + enough {
			q.Leave()
		}
		require.True(t, <-gathered, "all who could come back are gone")
		require.Len(t, q.Take().Calls, 1)
	})

	t.Run("refused: one more than may wait", func(t *testing.T) {
		t.Parallel()
		q := New[int](2)
		for n := range 2 {
			_, _, err := q.Enter(n)
			require.NoError(t, err)
		}
		_, _, err := q.Enter(3)
		require.ErrorIs(t, err, store.ErrBusy)
		q.Take()
		_, _, err = q.Enter(3)
		require.NoError(t, err, "and a moment later there is room")
	})

	t.Run("refused: a closed queue, whose callers are answered", func(t *testing.T) {
		t.Parallel()
		q := New[int](2)
		_, _, err := q.Enter(1)
		require.NoError(t, err)
		q.Close()
		_, _, err = q.Enter(2)
		require.ErrorIs(t, err, store.ErrClosed)
		require.True(t, q.Gather(), "somebody waits")
		q.Answer(q.Take())
		require.False(t, q.Gather())
	})
}
