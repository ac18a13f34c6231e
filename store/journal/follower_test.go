package journal_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
)

// diary notes what a follower was given.
type diary struct {
	mu   sync.Mutex
	seen map[store.SpaceID][]store.Position
	fail func(store.SpaceID, []journal.Entry) error
	told int // how many times it was called
}

func (d *diary) follow(_ context.Context, space store.SpaceID, entries []journal.Entry) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told++
	if d.fail != nil {
		if err := d.fail(space, entries); err != nil {
			return err
		}
	}
	if d.seen == nil {
		d.seen = map[store.SpaceID][]store.Position{}
	}
	for _, e := range entries {
		d.seen[space] = append(d.seen[space], e.Position)
	}
	return nil
}

func (d *diary) of(space store.SpaceID) []store.Position {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen[space])
}

func upTo(n int) (out []store.Position) {
	for i := range n {
		out = append(out, store.Position(i+1))
	}
	return out
}

// grow appends entries to a space.
func (g garden) grow(space store.SpaceID, n int) {
	g.t.Helper()
	g.do(space, func(tx *journal.Tx) error {
		for range n {
			if err := tx.Emit("fig", PlantGrew{MM: 1}); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestCatchUp(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		var one, two diary
		require.NoError(t, g.Follow(journal.Follower{Name: "one", Follow: one.follow}))
		require.NoError(t, g.Follow(journal.Follower{Name: "two", Follow: two.follow}))
		require.NoError(t, g.CatchUp(t.Context()))
		g.grow(home, 600) // more than two pages
		g.grow(other, 3)
		require.Empty(t, one.of(home), "nothing is read in the command")
		require.NoError(t, g.CatchUp(t.Context()))
		require.Equal(t, upTo(600), one.of(home))
		require.Equal(t, upTo(3), one.of(other))
		require.Equal(t, upTo(600), two.of(home))
		require.Equal(t, 4, one.told)
		require.NoError(t, g.CatchUp(t.Context()))
		require.Equal(t, 4, one.told)

		t.Run("a page that failed comes again, and holds up nobody", func(t *testing.T) {
			g.grow(home, 1)
			g.grow(other, 1)
			sad := errors.New("no rain")
			one.fail = func(s store.SpaceID, _ []journal.Entry) error {
				if s == home {
					return sad
				}
				return nil
			}
			require.ErrorIs(t, g.CatchUp(t.Context()), sad)
			require.Equal(t, upTo(600), one.of(home))
			require.Equal(t, upTo(4), one.of(other))
			require.Equal(t, upTo(601), two.of(home))
			one.fail = nil
			require.NoError(t, g.CatchUp(t.Context()))
			require.Equal(t, upTo(601), one.of(home))
		})
		g.verify(home, other, store.Instance)

		// A log that was cut back would grow past what was read before, and the follower would never see what came between.
		t.Run("a log that is shorter than what was read", func(t *testing.T) {
			put(t, st, store.Instance, "journal.position", "one/"+string(other), func(r *store.Record) { r.Body[7] = 200 })
			require.ErrorIs(t, g.CatchUp(t.Context()), journal.ErrVerify)
		})
		t.Run("a position that is damaged", func(t *testing.T) {
			put(t, st, store.Instance, "journal.position", "one/"+string(home), func(r *store.Record) { r.Body = []byte("?") })
			require.ErrorIs(t, g.CatchUp(t.Context()), journal.ErrEntry)
		})
		t.Run("a name that is taken, or is none", func(t *testing.T) {
			for _, name := range []string{"one", "", "a/b"} {
				require.ErrorContains(t, g.Follow(journal.Follower{Name: name}), "cannot be called")
			}
		})
	})
}

func TestFollowerAfterRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "coop.db")
	var all []store.Position
	for range 3 {
		st := openBolt(t, path)
		g := program(t, st)
		var d diary
		require.NoError(t, g.Follow(journal.Follower{Name: "d", Follow: d.follow}))
		g.grow(home, 2)
		require.NoError(t, g.CatchUp(t.Context()))
		require.Len(t, d.of(home), 2, "it goes on where it was")
		all = append(all, d.of(home)...)
		g.grow(home, 1) // not yet seen when the program ends
		d.seen = nil
		d.fail = func(store.SpaceID, []journal.Entry) error { return context.Canceled } // as if it crashed while at work
		require.Error(t, g.CatchUp(t.Context()))
		d.fail = nil
		require.NoError(t, g.CatchUp(t.Context()))
		all = append(all, d.of(home)...)
		require.NoError(t, st.Close())
	}
	require.Equal(t, upTo(9), all)
}

func TestRun(t *testing.T) {
	t.Parallel()

	t.Run("what was missed, then what comes", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := program(t, memory.New())
			var d diary
			require.NoError(t, g.Follow(journal.Follower{Name: "d", Follow: d.follow}))
			g.grow(home, 2)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- g.Run(ctx) }()
			synctest.Wait()
			require.Equal(t, upTo(2), d.of(home))
			g.grow(home, 1)
			g.grow(other, 1) // a space that was not there when Run began
			synctest.Wait()
			require.Equal(t, upTo(3), d.of(home))
			require.Equal(t, upTo(1), d.of(other))
			require.ErrorIs(t, g.Run(ctx), journal.ErrRunning)
			require.ErrorIs(t, g.Follow(journal.Follower{Name: "late", Follow: d.follow}), journal.ErrRunning)

			cancel()
			require.NoError(t, <-ended)
			g.grow(home, 1)
			synctest.Wait()
			require.Equal(t, upTo(3), d.of(home), "nobody follows any more")

			ctx, cancel = context.WithCancel(t.Context())
			go func() { ended <- g.Run(ctx) }() // it may run again
			synctest.Wait()
			require.Equal(t, upTo(4), d.of(home))
			cancel()
			require.NoError(t, <-ended)
			g.verify(home, other)
		}) // a goroutine that is left over would be a deadlock here
	})

	t.Run("without followers it runs until its context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := program(t, memory.New())
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			began := time.Now()
			require.NoError(t, g.Run(ctx))
			require.Equal(t, time.Hour, time.Since(began))
			require.NoError(t, g.Run(ctx), "a context that ended before")
		})
	})

	t.Run("a store that is closed", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		g := program(t, st)
		require.NoError(t, st.Close())
		for range 2 {
			require.ErrorIs(t, g.Run(t.Context()), store.ErrClosed)
		}
		require.ErrorIs(t, g.CatchUp(t.Context()), store.ErrClosed)
	})

	// A failing space used to be tried again at every commit of any other one, and its pause grew with each.
	t.Run("a space that fails is tried later and later, and the others go on", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := program(t, memory.New())
			var d, calm diary
			var tries []time.Duration
			began := time.Now()
			broken := true
			d.fail = func(s store.SpaceID, _ []journal.Entry) error {
				if s != home {
					return nil
				}
				tries = append(tries, time.Since(began))
				if broken {
					return errors.New("no rain")
				}
				return nil
			}
			require.NoError(t, g.Follow(journal.Follower{Name: "d", Follow: d.follow}))
			require.NoError(t, g.Follow(journal.Follower{Name: "calm", Follow: calm.follow}))
			g.grow(home, 1)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- g.Run(ctx) }()
			synctest.Wait()
			for i := range 20 { // commits do not bring the next try forward
				g.grow(home, 1)
				g.grow(other, 1)
				synctest.Wait()
				require.Equal(t, upTo(i+1), d.of(other))
			}
			require.Equal(t, upTo(21), calm.of(home))
			tried := func() []time.Duration {
				synctest.Wait()
				d.mu.Lock()
				defer d.mu.Unlock()
				return slices.Clone(tries)
			}
			require.Equal(t, []time.Duration{0}, tried())
			time.Sleep(2 * time.Second)
			ms := time.Millisecond
			require.Equal(t, []time.Duration{0, 250 * ms, 750 * ms, 1750 * ms}, tried())
			time.Sleep(5 * time.Minute)
			all := tried()
			require.Equal(t, time.Minute, all[len(all)-1]-all[len(all)-2], "never rarer than once a minute")

			d.mu.Lock()
			broken = false
			d.mu.Unlock()
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Equal(t, upTo(21), d.of(home))

			d.mu.Lock()
			broken, tries, began = true, nil, time.Now()
			d.mu.Unlock()
			g.grow(home, 1)
			time.Sleep(300 * ms)
			require.Equal(t, []time.Duration{0, 250 * ms}, tried(), "after a good pass it begins anew")
			cancel()
			require.NoError(t, <-ended)
		})
	})

	t.Run("a slow follower slows nobody", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			g := program(t, memory.New())
			let := make(chan struct{})
			var slow atomic.Int64
			require.NoError(t, g.Follow(journal.Follower{Name: "slow", Follow: func(ctx context.Context, _ store.SpaceID, e []journal.Entry) error {
				select {
				case <-let:
					slow.Add(int64(len(e)))
				case <-ctx.Done():
				}
				return ctx.Err()
			}}))
			var quick diary
			require.NoError(t, g.Follow(journal.Follower{Name: "quick", Follow: quick.follow}))
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- g.Run(ctx) }()
			began := time.Now()
			for range 50 {
				g.grow(home, 1)
			}
			synctest.Wait()
			require.Zero(t, time.Since(began))
			require.Equal(t, upTo(50), quick.of(home))
			require.Zero(t, slow.Load())
			close(let)
			synctest.Wait()
			require.EqualValues(t, 50, slow.Load())
			cancel()
			require.NoError(t, <-ended)
		})
	})

	t.Run("on a file, under fire", func(t *testing.T) {
		t.Parallel()
		st := openBolt(t, filepath.Join(t.TempDir(), "coop.db"))
		defer st.Close()
		g := program(t, st)
		var d diary
		all := make(chan struct{})
		var once sync.Once
		require.NoError(t, g.Follow(journal.Follower{Name: "d", Follow: func(ctx context.Context, s store.SpaceID, e []journal.Entry) error {
			err := d.follow(ctx, s, e)
			if len(d.of(home)) >= 20 && len(d.of(other)) >= 20 {
				once.Do(func() { close(all) })
			}
			return err
		}}))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		var wg sync.WaitGroup
		for _, s := range []store.SpaceID{home, other} {
			for range 4 {
				wg.Go(func() {
					for range 5 {
						_ = g.try(s, func(tx *journal.Tx) error { return tx.Emit("fig", PlantGrew{MM: 1}) })
					}
				})
			}
		}
		wg.Wait()
		<-all
		cancel()
		require.NoError(t, <-ended)
		require.Equal(t, upTo(20), d.of(home))
		require.Equal(t, upTo(20), d.of(other))
		g.verify(home, other, store.Instance)
	})
}

func TestListen(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		var heard []string
		g.Listen(func(s store.SpaceID) {
			heard = append(heard, fmt.Sprintf("%s %d", s, len(g.entries(s)))) // a reader sees what was committed
		})
		g.grow(home, 2)
		g.grow(other, 1)
		_, err := g.sow(home, ana, "k", nil)
		require.NoError(t, err)
		want := []string{string(home) + " 2", string(other) + " 1", string(home) + " 3"}
		require.Equal(t, want, heard)

		_, err = g.sow(home, ana, "k", nil) // a reply that was kept
		require.NoError(t, err)
		g.do(home, func(tx *journal.Tx) error { _, err := tx.Commit("beside the log"); return err })
		require.Error(t, g.try(home, func(tx *journal.Tx) error {
			return errors.Join(tx.Emit("fig", PlantGrew{MM: 1}), errors.New("no rain"))
		}))
		require.Equal(t, want, heard, "where the log did not grow there is nothing to hear")
	})
}
