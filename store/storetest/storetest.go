// Package storetest is the one suite that every driver of the storage contract passes, and its benchmarks. It is an
// ordinary package, so that a driver outside this project can be held to the same promises:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, storetest.Driver{
//			Open:    func(dir string) (store.Store, error) { return mine.Open(filepath.Join(dir, "data")) },
//			Durable: true,
//		})
//	}
//
//	func BenchmarkStore(b *testing.B) { storetest.Bench(b, driver) }
//
// The suite reads as the contract does: record.go, list.go, log.go, box.go and cast.go by what is kept, space.go for what
// holds of all of it, several.go for stores that processes share, mover.go for a store that is moved, crash.go for a
// process killed while it writes, model.go for random work held against the memory driver. A driver that changes changes
// here first: if only its own tests would catch a mistake, a case is missing.
//
// COOPSPACE_SOAK=n repeats the random and the violent tests n times.
package storetest

import (
	"context"
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Driver tells the suite how to come by a store.
type Driver struct {
	// Open opens the store that lies in a directory, and makes it when there is none. What holds the data need not lie in
	// the directory, as long as another directory is another store.
	Open func(dir string) (store.Store, error)

	// Remove forgets what lies in a directory, after its store was closed, where more than the directory itself must be
	// removed; nil otherwise.
	Remove func(dir string)

	// Moves says that its stores are store.Movers.
	Moves bool

	// Durable says that what was acknowledged is still there when the directory is opened again, by another process too,
	// and however the first one ended.
	Durable bool

	// Shared says that several processes may have the store of a directory open at once. It is a store.Waker and a
	// store.Locker then.
	Shared bool
}

// Run holds a driver to the contract.
func Run(t *testing.T, d Driver) {
	if dir := os.Getenv(crashDir); dir != "" {
		castUntilKilled(t, d, dir)
		return
	}
	t.Run("record", func(t *testing.T) { t.Parallel(); testRecords(t, d) })
	t.Run("list", func(t *testing.T) { t.Parallel(); testLists(t, d) })
	t.Run("log", func(t *testing.T) { t.Parallel(); testLogs(t, d) })
	t.Run("box", func(t *testing.T) { t.Parallel(); testBoxes(t, d) })
	t.Run("cast", func(t *testing.T) { t.Parallel(); testCasts(t, d) })
	t.Run("space", func(t *testing.T) { t.Parallel(); testSpaces(t, d) })
	if d.Moves {
		t.Run("mover", func(t *testing.T) { t.Parallel(); testMover(t, d) })
	}
	t.Run("reopen", func(t *testing.T) { t.Parallel(); testReopen(t, d) })
	t.Run("crash", func(t *testing.T) { t.Parallel(); testCrash(t, d) })
	if d.Shared {
		t.Run("several", func(t *testing.T) { t.Parallel(); testSeveral(t, d) })
	}
	t.Run("model", func(t *testing.T) { t.Parallel(); testModel(t, d) })
}

// Soak tells how often to repeat what is random or violent: COOPSPACE_SOAK, and at least once.
func Soak() int {
	n, _ := strconv.Atoi(os.Getenv("COOPSPACE_SOAK"))
	return max(n, 1)
}

// start opens a store of its own for a test, and closes it after.
func (d Driver) start(tb testing.TB) store.Store {
	tb.Helper()
	return d.open(tb, d.dir(tb))
}

// dir gives a directory that is forgotten when the test ends.
func (d Driver) dir(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	if d.Remove != nil {
		tb.Cleanup(func() { d.Remove(dir) })
	}
	return dir
}

// open opens what lies in dir, and closes it after the test unless the test did.
func (d Driver) open(tb testing.TB, dir string) store.Store {
	tb.Helper()
	st, err := d.Open(dir)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		if err := st.Close(); !errors.Is(err, store.ErrClosed) {
			require.NoError(tb, err)
		}
	})
	return st
}

// space is where most tests work.
const space store.SpaceID = "0197a6b2-7c00-7000-8000-000000000001"

// update runs an Update that succeeds.
func update(tb testing.TB, st store.Store, fn func(w store.Writer)) {
	tb.Helper()
	require.NoError(tb, st.Update(context.Background(), space, func(w store.Writer) error {
		fn(w)
		return nil
	}))
}

// view runs a View that succeeds.
func view(tb testing.TB, st store.Store, fn func(r store.Reader)) {
	tb.Helper()
	require.NoError(tb, st.View(context.Background(), space, func(r store.Reader) error {
		fn(r)
		return nil
	}))
}

// cast casts a ballot that must have this outcome.
func cast(tb testing.TB, st store.Store, b store.Ballot, want store.Outcome) store.Entered {
	tb.Helper()
	e, err := st.Cast(context.Background(), b)
	require.NoError(tb, err)
	require.Equal(tb, want.String(), e.Outcome.String())
	if !want.Accepted() {
		require.Nil(tb, e.Batch)
		return e
	}
	require.NotNil(tb, e.Batch)
	require.Less(tb, e.Index, len(e.Batch.Ballots))
	equalBallot(tb, e.Ballot, e.Batch.Ballots[e.Index])
	return e
}

// watched is a context that tells when somebody begins to wait for its end.
type watched struct {
	context.Context
	asked func() // may be called many times
}

func (w watched) Done() <-chan struct{} {
	w.asked()
	return w.Context.Done()
}

// cancelWhenWaited gives a context that is cancelled as soon as somebody waits for its end.
func cancelWhenWaited() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	return watched{ctx, cancel}
}

// equalBallot compares ballots; nil and empty bytes are the same.
func equalBallot(tb testing.TB, want, got store.Ballot) {
	tb.Helper()
	require.Equal(tb, plain(want), plain(got))
}

func plain(b store.Ballot) map[string]any {
	return map[string]any{
		"space": b.Space, "poll": b.Poll, "key": string(b.Key), "rank": b.Rank, "rev": b.Rev,
		"retry": string(b.Retry), "same": string(b.Same), "body": string(b.Body),
	}
}

// fields gives the places at fault of an error.
func fields(err error) []string {
	var paths []string
	for _, f := range fault.Of(err).Fields {
		paths = append(paths, f.Path)
	}
	return paths
}

// every byte once, so that nothing passes that minds zero bytes, newlines or what is no UTF-8.
func everyByte() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}
