package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// opened opens a store with one open box.
func opened(t *testing.T, opts *Options) *Store {
	t.Helper()
	st, err := Open(filepath.Join(t.TempDir(), "coop.db"), opts)
	require.NoError(t, err)
	t.Cleanup(func() { st.Close() })
	require.NoError(t, st.Update(t.Context(), "space", func(w store.Writer) error { return w.OpenBox("poll", store.Box{}) }))
	return st
}

func ballot(n int) store.Ballot {
	return store.Ballot{Space: "space", Poll: "poll", Key: fmt.Appendf(nil, "%08d", n), Body: []byte("yes")}
}

// hold keeps the file's writer busy until the returned function is called.
func hold(t *testing.T, st *Store) (release func()) {
	t.Helper()
	held, done := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		require.NoError(t, st.Update(t.Context(), "space", func(store.Writer) error {
			close(held)
			<-done
			return nil
		}))
	})
	<-held
	return func() {
		close(done)
		wg.Wait()
	}
}

// handIn lets n people cast while the file is held; release lets go of it, and waits until check has seen what each was told.
func handIn(t *testing.T, st *Store, n int, check func(store.Entered, error)) (release func()) {
	t.Helper()
	letGo := hold(t, st)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { check(st.Cast(t.Context(), ballot(i))) })
	}
	st.until(n)
	return func() {
		letGo()
		wg.Wait()
	}
}

func TestGroupCommit(t *testing.T) {
	t.Parallel()

	t.Run("a lone voter waits for no timer", func(t *testing.T) {
		t.Parallel()
		st := opened(t, nil)
		for i := range 100 {
			e, err := st.Cast(t.Context(), ballot(i))
			require.NoError(t, err)
			require.Equal(t, store.First, e.Outcome)
			require.Len(t, e.Batch.Ballots, 1)
		}
		require.NoError(t, st.Close())
		batches, timers := st.queue.Counts()
		require.Zero(t, timers)
		require.Equal(t, 100, batches)
	})

	t.Run("nor does a lone voter after a crowd", func(t *testing.T) {
		t.Parallel()
		st := opened(t, nil)
		var wg sync.WaitGroup
		for n := range 64 {
			wg.Go(func() {
				for i := range 5 {
					_, err := st.Cast(t.Context(), ballot(n*5+i))
					require.NoError(t, err)
				}
			})
		}
		wg.Wait()
		hold(t, st)() // the writer has answered and waits again
		_, crowd := st.queue.Counts()
		for i := range 50 {
			_, err := st.Cast(t.Context(), ballot(1000+i))
			require.NoError(t, err)
		}
		require.NoError(t, st.Close())
		_, timers := st.queue.Counts()
		require.Equal(t, crowd, timers)
	})

	t.Run("those who arrive while the writer is busy share one commit", func(t *testing.T) {
		t.Parallel()
		st := opened(t, nil)
		release := hold(t, st)
		const voters = 500
		batches := make(chan *store.Batch, voters)
		for n := range voters {
			go func() {
				e, err := st.Cast(t.Context(), ballot(n))
				if err != nil {
					e.Batch = nil
				}
				batches <- e.Batch
			}()
		}
		st.until(voters)
		release()
		first := <-batches
		require.NotNil(t, first)
		require.Len(t, first.Ballots, voters)
		for range voters - 1 {
			require.Same(t, first, <-batches)
		}
		require.NoError(t, st.Close())
		taken, _ := st.queue.Counts()
		require.Equal(t, 1, taken)
	})

	t.Run("ballots of one key in one batch are applied as they arrived", func(t *testing.T) {
		t.Parallel()
		st := opened(t, nil)
		require.NoError(t, st.Update(t.Context(), "space", func(w store.Writer) error { return w.OpenBox("change", store.Box{Change: true}) }))
		release := hold(t, st)
		answers := make([]chan store.Entered, 6)
		for i, b := range []store.Ballot{
			{Key: []byte("ana"), Body: []byte("0"), Retry: []byte("r0"), Same: []byte("s0")},
			{Key: []byte("ana"), Body: []byte("1"), Retry: []byte("r1"), Same: []byte("s1"), Replaces: 1},
			{Key: []byte("ana"), Body: []byte("0"), Retry: []byte("r0"), Same: []byte("s0")}, // a late retry
			{Key: []byte("ana"), Body: []byte("1"), Retry: []byte("r1"), Same: []byte("s1"), Replaces: 1},
			{Key: []byte("aaa"), Body: []byte("first in key order")},
			{Key: []byte("ana"), Body: []byte("2"), Rank: 1},
		} {
			b.Space, b.Poll = "space", "change"
			answers[i] = make(chan store.Entered, 1)
			go func() {
				e, err := st.Cast(t.Context(), b)
				if err == nil {
					answers[i] <- e
				}
				close(answers[i])
			}()
			st.until(i + 1)
		}
		release()
		for i, want := range []struct {
			outcome store.Outcome
			rev     uint64
			body    string
		}{
			{store.First, 1, "0"},
			{store.Replaced, 2, "1"},
			{store.Moved, 2, "1"},
			{store.Again, 2, "1"},
			{store.First, 1, "first in key order"},
			{store.Replaced, 3, "2"},
		} {
			e := <-answers[i]
			require.Equal(t, want.outcome.String(), e.Outcome.String(), i)
			require.Equal(t, want.rev, e.Ballot.Rev)
			require.Equal(t, want.body, string(e.Ballot.Body))
			if e.Outcome.Accepted() {
				require.Len(t, e.Batch.Ballots, 5)
				require.Equal(t, e.Ballot, e.Batch.Ballots[e.Index])
				if i == 4 {
					require.Zero(t, e.Index, "applied in key order")
				}
			}
		}
	})

	t.Run("a batch of retries and refusals writes nothing", func(t *testing.T) {
		t.Parallel()
		st := opened(t, nil)
		b := ballot(1)
		b.Retry, b.Same = []byte("r"), []byte("s")
		_, err := st.Cast(t.Context(), b)
		require.NoError(t, err)
		id := st.txid(t)
		e, err := st.Cast(t.Context(), b)
		require.NoError(t, err)
		require.Equal(t, store.Again, e.Outcome)
		e, err = st.Cast(t.Context(), ballot(1))
		require.NoError(t, err)
		require.Equal(t, store.Taken, e.Outcome)
		require.NoError(t, st.Update(t.Context(), "space", func(w store.Writer) error {
			_, err := w.Count("poll")
			return err
		}), "nor does an Update that only reads")
		require.Equal(t, id, st.txid(t))
	})

	t.Run("Close answers who handed in a ballot", func(t *testing.T) {
		t.Parallel()
		st := opened(t, nil)
		path := st.db.Path()
		release := handIn(t, st, 10, func(e store.Entered, err error) {
			require.NoError(t, err)
			require.Equal(t, store.First, e.Outcome)
		})
		closed := make(chan error)
		go func() { closed <- st.Close() }()
		for open := true; open; runtime.Gosched() {
			_, closed := st.queue.Waiting()
			open = !closed
		}
		_, err := st.Cast(t.Context(), ballot(99))
		require.ErrorIs(t, err, store.ErrClosed)
		release()
		require.NoError(t, <-closed)
		st, err = Open(path, nil)
		require.NoError(t, err)
		defer st.Close()
		require.NoError(t, st.View(t.Context(), "space", func(r store.Reader) error {
			n, err := r.Count("poll")
			require.Equal(t, 10, n)
			return err
		}))
	})

	t.Run("refused: a full queue", func(t *testing.T) {
		t.Parallel()
		st := opened(t, &Options{Queue: 10})
		release := handIn(t, st, 10, func(e store.Entered, err error) {
			require.NoError(t, err)
			require.Equal(t, store.First, e.Outcome)
		})
		for range 3 {
			_, err := st.Cast(t.Context(), ballot(99))
			require.ErrorIs(t, err, store.ErrBusy)
		}
		release()
		e, err := st.Cast(t.Context(), ballot(99))
		require.NoError(t, err)
		require.Equal(t, store.First, e.Outcome, "and a moment later it enters")
	})
}

// A failing disk, seen from a file that is closed under the store.
func TestFailingDisk(t *testing.T) {
	t.Parallel()
	var file *os.File
	st := opened(t, &Options{openFile: func(path string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(path, flag, mode)
		return file, err
	}})
	_, err := st.Cast(t.Context(), ballot(99))
	require.NoError(t, err)
	require.NoError(t, file.Close())
	release := handIn(t, st, 10, func(_ store.Entered, err error) {
		require.ErrorIs(t, err, store.ErrFull)
		require.ErrorIs(t, err, os.ErrClosed, "with its cause")
	})
	release()
	_, err = st.Cast(t.Context(), ballot(2))
	require.ErrorIs(t, err, store.ErrFull)
	err = st.Update(t.Context(), "space", func(store.Writer) error { panic("not called") })
	require.ErrorIs(t, err, store.ErrFull)
	require.NoError(t, st.View(t.Context(), "space", func(r store.Reader) error {
		n, err := r.Count("poll")
		require.Equal(t, 1, n)
		return err
	}), "reading goes on")
	require.Error(t, st.Close())
}

// Nothing is written after a commit that failed, even if the disk would take it again.
func TestBroken(t *testing.T) {
	t.Parallel()
	st := opened(t, nil)
	release := handIn(t, st, 5, func(_ store.Entered, err error) {
		require.ErrorIs(t, err, store.ErrFull)
	})
	id, cause := st.txid(t), errors.New("no space left")
	st.broken.Store(&cause)
	release()
	require.ErrorIs(t, st.Update(t.Context(), "space", func(store.Writer) error { panic("not called") }), cause)
	require.Equal(t, id, st.txid(t))
	require.ErrorIs(t, st.Close(), store.ErrFull, "who closes it learns of it too")
}

// until waits until n ballots are in the queue.
func (s *Store) until(n int) {
	for {
		if waiting, _ := s.queue.Waiting(); waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

// txid counts the commits.
func (s *Store) txid(t *testing.T) int {
	t.Helper()
	tx, err := s.db.Begin(false)
	require.NoError(t, err)
	defer tx.Rollback()
	return tx.ID()
}
