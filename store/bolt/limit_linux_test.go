package bolt_test

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// TestFullDisk lets a process write no further than a few megabytes, as a full disk does, and looks at what it left.
func TestFullDisk(t *testing.T) {
	if file := os.Getenv(childFile); file != "" {
		fillDisk(t, file)
		return
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "coop.db")
	said := strings.Split(child(t, file), "\n")
	require.Len(t, said, 7, "%q", said)
	var acked int
	_, err := fmt.Sscanf(said[0], "acknowledged %d", &acked)
	require.NoError(t, err)
	require.Positive(t, acked)
	require.Equal(t, []string{"cast store.full", "broken true", "update store.full", "read true", "cause true", "close store.full"}, said[1:])

	st, err := bolt.Open(file, nil)
	require.NoError(t, err, "with room again, it opens")
	defer st.Close()
	require.NoError(t, st.View(t.Context(), "space", func(r store.Reader) error {
		n, err := r.Count("poll")
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, acked, "everything acknowledged is there")
		require.LessOrEqual(t, n, acked+1, "and at most the one that was being written")
		return nil
	}))
	e, err := st.Cast(t.Context(), store.Ballot{Space: "space", Poll: "poll", Key: []byte("one more")})
	require.NoError(t, err)
	require.Equal(t, store.First, e.Outcome)
}

// TestFewAddresses opens a store where the system lets no large map be reserved.
func TestFewAddresses(t *testing.T) {
	if file := os.Getenv(childFile); file != "" {
		status, err := os.ReadFile("/proc/self/statm")
		require.NoError(t, err)
		var pages uint64
		_, err = fmt.Sscan(string(status), &pages)
		require.NoError(t, err)
		limit := pages*uint64(os.Getpagesize()) + 1<<30
		require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit}))
		st, err := bolt.Open(file, nil)
		require.NoError(t, err)
		err = st.Update(t.Context(), "space", func(w store.Writer) error {
			return w.Put(store.Record{Kind: "k", ID: "1", Body: make([]byte, 4<<20)})
		})
		say(err, st.Close())
		return
	}
	t.Parallel()
	require.Equal(t, "<nil> <nil>", child(t, filepath.Join(t.TempDir(), "coop.db")))
}

// fillDisk is the child: it writes until it cannot.
func fillDisk(t *testing.T, file string) {
	st, err := bolt.Open(file, nil)
	require.NoError(t, err)
	require.NoError(t, st.Update(t.Context(), "space", func(w store.Writer) error { return w.OpenBox("poll", store.Box{}) }))
	signal.Ignore(syscall.SIGXFSZ) // so that writing further is an error, as on a full disk
	limit := uint64(2 << 20)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: 1 << 40}))
	acked := 0
	for {
		select {
		case <-st.Broken():
			t.Fatal("it says that it is broken before it is")
		default:
		}
		_, err = st.Cast(t.Context(), store.Ballot{Space: "space", Poll: "poll", Key: fmt.Appendf(nil, "%08d", acked*7919%100000007), Body: make([]byte, 2000)})
		if err != nil {
			break
		}
		acked++
	}
	say("acknowledged", acked)
	say("cast", fault.Of(err).Code)
	var b store.Breaker = st
	select {
	case <-b.Broken():
		say("broken", true)
	default:
		say("broken", false)
	}
	// Even with room again: what the system kept of the failed write is known only after opening.
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40}))
	err = st.Update(t.Context(), "space", func(w store.Writer) error { return w.Put(store.Record{Kind: "k", ID: "1"}) })
	say("update", fault.Of(err).Code)
	say("read", st.View(t.Context(), "space", func(r store.Reader) error {
		n, err := r.Count("poll")
		if err == nil && n < acked {
			err = fmt.Errorf("%d of %d", n, acked)
		}
		return err
	}) == nil)
	say("cause", strings.Contains(err.Error(), "file too large"))
	say("close", fault.Of(st.Close()).Code)
}
