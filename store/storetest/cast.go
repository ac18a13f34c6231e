package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// testCrowd casts many ballots at the same time.
func testCrowd(t *testing.T, d Driver) {
	t.Run("everyone's ballot lies in the box once", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		const voters, each = 64, 10
		openBox(t, st, space, poll, store.Box{})
		openBox(t, st, "elsewhere", poll, store.Box{})
		var wg sync.WaitGroup
		for n := range voters {
			wg.Go(func() {
				for i := range each {
					b := paper(fmt.Sprintf("%d/%d", n, i), fmt.Sprintf("choice %d", i))
					if n%4 == 0 {
						b.Space = "elsewhere"
					}
					e, err := st.Cast(context.Background(), b)
					require.NoError(t, err)
					require.Equal(t, store.First, e.Outcome)
					b.Rev = 1
					equalBallot(t, b, e.Ballot)
					equalBallot(t, b, e.Batch.Ballots[e.Index])
				}
			})
		}
		wg.Wait()
		for s, want := range map[store.SpaceID]int{space: voters * each * 3 / 4, "elsewhere": voters * each / 4} {
			require.NoError(t, st.View(t.Context(), s, func(r store.Reader) error {
				require.Len(t, ballots(t, r, poll), want)
				return nil
			}))
		}
	})

	t.Run("one key cast by many at once enters once", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		count := race(t, st, 64, func(n int) store.Ballot { return paper("ana", fmt.Sprint(n)) })
		require.Equal(t, map[string]int{"first": 1, "taken": 63}, count)
	})

	t.Run("one key changed by many at once changes once per rev", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{Change: true})
		for rev := range uint64(5) {
			count := race(t, st, 64, func(n int) store.Ballot {
				b := paper("ana", fmt.Sprint(n))
				b.Replaces = rev
				return b
			})
			first := "replaced"
			if rev == 0 {
				first = "first"
			}
			require.Equal(t, map[string]int{first: 1, "moved": 63}, count)
			view(t, st, func(r store.Reader) { require.Equal(t, rev+1, ballots(t, r, poll)[0].Rev) })
		}
	})

	t.Run("one request sent many times at once is one ballot", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{Change: true})
		count := race(t, st, 64, func(int) store.Ballot {
			b := paper("ana", "yes")
			b.Retry, b.Same = []byte("r1"), []byte("s1")
			return b
		})
		require.Equal(t, map[string]int{"first": 1, "again": 63}, count)
	})

	t.Run("the highest rank wins, however they arrive", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		race(t, st, 64, func(n int) store.Ballot {
			b := paper("ana", fmt.Sprint(n))
			b.Rank = uint8(n)
			return b
		})
		view(t, st, func(r store.Reader) {
			b := ballots(t, r, poll)[0]
			require.Equal(t, uint8(63), b.Rank)
			require.Equal(t, "63", string(b.Body))
		})
	})

	t.Run("a batch is shared by its callers and memoizes once", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		var mu sync.Mutex
		accepted, computed := map[*store.Batch][]int{}, map[*store.Batch]int{}
		var wg sync.WaitGroup
		for n := range 256 {
			wg.Go(func() {
				b := paper(fmt.Sprint(n/2), "yes")
				b.Retry, b.Same = []byte{byte(n / 2)}, []byte{1}
				e, err := st.Cast(context.Background(), b)
				require.NoError(t, err)
				require.True(t, e.Outcome.Accepted())
				v, err := e.Batch.Memo(func() (any, error) {
					mu.Lock()
					defer mu.Unlock()
					computed[e.Batch]++
					return len(e.Batch.Ballots), errors.New("memoized too")
				})
				require.EqualError(t, err, "memoized too")
				require.Equal(t, len(e.Batch.Ballots), v)
				mu.Lock()
				defer mu.Unlock()
				accepted[e.Batch] = append(accepted[e.Batch], e.Index)
				equalBallot(t, e.Ballot, e.Batch.Ballots[e.Index])
			})
		}
		wg.Wait()
		for batch, places := range accepted {
			require.Equal(t, 1, computed[batch])
			require.Len(t, places, len(batch.Ballots), "as many ballots as callers")
			seen := map[int]bool{}
			for _, i := range places {
				require.False(t, seen[i], "two callers at one place")
				seen[i] = true
			}
		}
	})

	t.Run("accepted is what is counted when the box is shut under fire", func(t *testing.T) {
		t.Parallel()
		for range 3 * Soak() {
			st := d.start(t)
			openBox(t, st, space, poll, store.Box{})
			var accepted atomic.Int64
			enough := make(chan struct{})
			var wg sync.WaitGroup
			for n := range 32 {
				wg.Go(func() {
					for i := 0; ; i++ {
						e, err := st.Cast(context.Background(), paper(fmt.Sprintf("%d/%d", n, i), "yes"))
						require.NoError(t, err)
						if e.Outcome == store.Shut {
							return
						}
						require.Equal(t, store.First, e.Outcome)
						if accepted.Add(1) == 300 {
							close(enough)
						}
					}
				})
			}
			<-enough
			var counted int
			update(t, st, func(w store.Writer) {
				require.NoError(t, w.ShutBox(poll))
				counted = len(ballots(t, w, poll))
			})
			wg.Wait()
			require.Equal(t, int(accepted.Load()), counted, "what was acknowledged, and nothing else")
			view(t, st, func(r store.Reader) { require.Len(t, ballots(t, r, poll), counted) })
		}
	})

	t.Run("an idle View stops nobody", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		cast(t, st, paper("before", "yes"), store.First)
		view(t, st, func(r store.Reader) {
			for i := range 20 {
				// Enough to make any file grow.
				update(t, st, func(w store.Writer) {
					require.NoError(t, w.Put(store.Record{Kind: "large", ID: fmt.Sprint(i), Body: make([]byte, 2<<20)}))
				})
				fill(t, st, space, poll, 64, 16, i*64)
			}
			require.Len(t, ballots(t, r, poll), 1)
			require.Empty(t, ids(t, r, store.Query{Kind: "large"}))
		})
		view(t, st, func(r store.Reader) {
			require.Len(t, ballots(t, r, poll), 20*64+1)
			require.Len(t, ids(t, r, store.Query{Kind: "large"}), 20)
		})
	})

	t.Run("casts and Updates do not starve each other", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		// Both go on until both have done their share: if one starved, this would never end.
		var cast, updated atomic.Int64
		const share = 100
		going := func() bool { return cast.Load() < share || updated.Load() < share }
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for i := 0; going(); i++ {
					e, err := st.Cast(context.Background(), paper(fmt.Sprintf("%d/%d", n, i), "yes"))
					require.NoError(t, err)
					require.Equal(t, store.First, e.Outcome)
					cast.Add(1)
				}
			})
			wg.Go(func() {
				for i := 0; going(); i++ {
					require.NoError(t, st.Update(context.Background(), space, func(w store.Writer) error {
						return w.Put(store.Record{Kind: "k", ID: fmt.Sprintf("%d/%d", n, i)})
					}))
					updated.Add(1)
				}
			})
		}
		wg.Wait()
		view(t, st, func(r store.Reader) {
			require.Len(t, ballots(t, r, poll), int(cast.Load()))
			require.Len(t, ids(t, r, store.Query{Kind: "k"}), int(updated.Load()))
		})
	})

	t.Run("a cancelled Cast is there or not, and its retry tells", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := st.Cast(gone, paper("ana", "yes"))
		require.ErrorIs(t, err, context.Canceled)
		view(t, st, func(r store.Reader) { require.Empty(t, ballots(t, r, poll), "cancelled before it began") })

		b := paper("bob", "yes")
		b.Retry, b.Same = []byte("r1"), []byte("s1")
		answer := make(chan error, 1)
		update(t, st, func(store.Writer) { // most drivers cannot answer while this goes on
			go func() {
				e, err := st.Cast(cancelWhenWaited(), b)
				if err == nil && e.Outcome != store.First {
					err = errors.New(e.Outcome.String())
				}
				answer <- err
			}()
			if err := <-answer; err != nil {
				require.ErrorIs(t, err, context.Canceled)
			}
		})
		e, err := st.Cast(context.Background(), b)
		require.NoError(t, err)
		require.True(t, e.Outcome.Accepted())
		require.Equal(t, uint64(1), e.Ballot.Rev)
		view(t, st, func(r store.Reader) { require.Len(t, ballots(t, r, poll), 1) })
	})
}

// race casts n ballots at the same moment and counts the outcomes.
func race(tb testing.TB, st store.Store, n int, ballot func(n int) store.Ballot) map[string]int {
	tb.Helper()
	var mu sync.Mutex
	count := map[string]int{}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		b := ballot(i)
		wg.Go(func() {
			<-start
			e, err := st.Cast(context.Background(), b)
			require.NoError(tb, err)
			mu.Lock()
			defer mu.Unlock()
			count[e.Outcome.String()]++
		})
	}
	close(start)
	wg.Wait()
	return count
}
