package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// shared is a store that several processes share.
type shared interface {
	store.Store
	store.Waker
	store.Locker
}

// share opens one store twice, as two processes do.
func (d Driver) share(tb testing.TB) (a, b shared) {
	tb.Helper()
	dir := d.dir(tb)
	a, ok := d.open(tb, dir).(shared)
	require.True(tb, ok, "it wakes and holds")
	return a, d.open(tb, dir).(shared)
}

// patience is how long a test waits for what comes within seconds.
const patience = time.Minute

// within gives what comes out of a channel.
func within[T any](tb testing.TB, ch <-chan T) T {
	tb.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		require.FailNow(tb, "nothing came")
		panic("unreachable")
	}
}

// grow lets a space's log grow by one.
func grow(tb testing.TB, st store.Store, space store.SpaceID) {
	tb.Helper()
	require.NoError(tb, st.Update(context.Background(), space, func(w store.Writer) error {
		head, err := w.Head()
		if err != nil {
			return err
		}
		return w.Append(store.Event{Position: head + 1, Body: []byte("e")})
	}))
}

func testSeveral(t *testing.T, d Driver) {
	t.Run("each sees at once what the other wrote", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		for i := range 3 {
			grow(t, a, "s")
			grow(t, b, "s")
			require.NoError(t, a.View(t.Context(), "s", func(r store.Reader) error {
				head, err := r.Head()
				require.EqualValues(t, 2*i+2, head)
				return err
			}))
		}
	})

	t.Run("a log that grows wakes", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		grow(t, a, "before")
		heard := make(chan store.SpaceID, 10_000)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Wake(ctx, func(s store.SpaceID) { heard <- s }) }()
		hears := func(space store.SpaceID) {
			t.Helper()
			for within(t, heard) != space { // other spaces, or one that is told of twice
			}
		}
		hears("before") // it listens from here on
		grow(t, a, "theirs")
		hears("theirs")
		grow(t, b, "own")
		hears("own")
		grow(t, a, store.Instance)
		hears(store.Instance)
		var wg sync.WaitGroup
		for range 20 { // one call may stand for many commits, but the last one is told of
			wg.Go(func() { grow(t, a, "busy") })
		}
		wg.Wait()
		hears("busy")
		cancel()
		require.NoError(t, within(t, ended))
	})

	t.Run("waking ends with the store", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		grow(t, a, "s")
		ended := make(chan error, 1)
		began := make(chan struct{}, 10)
		go func() { ended <- b.Wake(t.Context(), func(store.SpaceID) { began <- struct{}{} }) }()
		within(t, began)
		require.NoError(t, b.Close())
		require.ErrorIs(t, within(t, ended), store.ErrClosed)
		require.ErrorIs(t, b.Wake(t.Context(), func(store.SpaceID) {}), store.ErrClosed)
		require.ErrorIs(t, b.Hold(t.Context(), "n", func(context.Context) error { return nil }), store.ErrClosed)
	})

	t.Run("a name is held by one at a time", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		var wg sync.WaitGroup
		inside, passed := 0, 0 // the race detector sees it when two are
		for i := range 12 {
			st := a
			if i%2 == 1 {
				st = b
			}
			wg.Go(func() {
				err := st.Hold(t.Context(), "name", func(context.Context) error {
					inside++
					if inside == 1 {
						passed++
					}
					grow(t, st, "s")
					inside--
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 12, passed)
	})

	t.Run("its function's error is given back, and other names do not wait", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		mine := errors.New("mine")
		require.Same(t, mine, a.Hold(t.Context(), "one", func(ctx context.Context) error {
			require.NoError(t, ctx.Err())
			return b.Hold(ctx, "two", func(context.Context) error { return mine })
		}))
	})

	t.Run("who waits may give up", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		require.NoError(t, a.Hold(t.Context(), "name", func(context.Context) error {
			for _, st := range []shared{a, b} {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				err := st.Hold(ctx, "name", func(context.Context) error { t.Error("two hold it"); return nil })
				require.ErrorIs(t, err, context.DeadlineExceeded)
			}
			return nil
		}))
		require.NoError(t, b.Hold(t.Context(), "name", func(context.Context) error { return nil }))
	})

	t.Run("who closes lets go", func(t *testing.T) {
		t.Parallel()
		a, b := d.share(t)
		has, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- a.Hold(context.Background(), "name", func(ctx context.Context) error {
				close(has)
				<-ctx.Done()
				return ctx.Err()
			})
		}()
		within(t, has)
		got := make(chan error, 1)
		go func() { got <- b.Hold(t.Context(), "name", func(context.Context) error { return nil }) }()
		require.NoError(t, a.Close())
		require.ErrorIs(t, within(t, ended), context.Canceled)
		require.NoError(t, within(t, got))
	})

	t.Run("where there is a clock, all have the same", func(t *testing.T) {
		t.Parallel()
		const apart = 100 * time.Millisecond
		for tries := 1; ; tries++ { // on a busy machine asking for the time may take longer, but not always
			a, b := d.share(t)
			ours, ok := a.(store.Clock)
			if !ok {
				return
			}
			before := ours.Now()
			theirs := b.(store.Clock).Now()
			if after := ours.Now(); theirs.After(before.Add(-apart)) && theirs.Before(after.Add(apart)) {
				return
			}
			require.Less(t, tries, 10, "the clocks are never the same")
		}
	})
}
