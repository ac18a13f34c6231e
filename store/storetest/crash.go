package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// crashDir tells a test binary that it is the child of the crash test, and where the data lie.
const crashDir = "COOPSPACE_STORETEST_CRASH"

// crashRecord counts the Updates of the crash test; its version and the log's head rise together.
const crashRecord = "updates"

// testCrash kills a process while it writes, and looks at what it left: everything acknowledged, once, and nothing half done.
func testCrash(t *testing.T, d Driver) {
	if !d.Durable {
		t.Skip("this driver keeps nothing")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := d.dir(t)
	acked := map[string]bool{}
	var updates uint64
	for round := range 3 * Soak() {
		if round == 0 {
			st := d.open(t, dir)
			openBox(t, st, space, poll, store.Box{})
			require.NoError(t, st.Close())
		}
		updates = max(updates, kill(t, dir, round, 1+random.IntN(1500), acked))

		st := d.open(t, dir)
		view(t, st, func(r store.Reader) {
			all := ballots(t, r, poll)
			for _, b := range all {
				require.Equal(t, "ballot of "+string(b.Key), string(b.Body))
				require.Equal(t, uint64(1), b.Rev)
				delete(acked, string(b.Key))
			}
			require.Empty(t, acked, "acknowledged and lost")
			for _, b := range all {
				acked[string(b.Key)] = true // it was there once, so it stays
			}
			head, err := r.Head()
			require.NoError(t, err)
			require.Len(t, events(t, r, 0), int(head))
			rec, err := r.Get("a", crashRecord)
			if !errors.Is(err, store.ErrNoRecord) {
				require.NoError(t, err)
			}
			require.Equal(t, uint64(head), rec.Version, "an Update is there as a whole or not at all")
			require.GreaterOrEqual(t, rec.Version, updates)
		})
		require.NoError(t, st.Close())
	}
}

// kill runs this test binary again as a process that writes to dir, kills it after so many acknowledgements, adds the
// ballots that were acknowledged to acked, and gives the last Update that was.
func kill(t *testing.T, dir string, round, after int, acked map[string]bool) (updates uint64) {
	t.Helper()
	root, _, _ := strings.Cut(t.Name(), "/crash")
	parts := strings.Split(root, "/")
	for i, part := range parts {
		parts[i] = "^" + part + "$"
	}
	cmd := exec.Command(os.Args[0], "-test.run="+strings.Join(parts, "/"), "-test.count=1", "-test.v=false")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, fmt.Sprintf("%s_ROUND=%d", crashDir, round))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Wait()
	defer cmd.Process.Kill()
	heard := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		key, isBallot := strings.CutPrefix(lines.Text(), "ballot ")
		if isBallot {
			acked[key] = true
		} else if _, err := fmt.Sscanf(lines.Text(), "update %d", &updates); err != nil {
			continue
		}
		if heard++; heard == after {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	require.GreaterOrEqual(t, heard, after, "the child ended by itself: %s", said.String())
	return updates
}

// castUntilKilled is the child: it casts and updates for ever, and says what was acknowledged, a line each.
func castUntilKilled(t *testing.T, d Driver, dir string) {
	st, err := d.Open(dir)
	require.NoError(t, err)
	round := os.Getenv(crashDir + "_ROUND")
	var mu sync.Mutex // one line at a time
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d/%s/%d", i*7919%1009, round, n*1_000_000+i)
				e, err := st.Cast(context.Background(), paper(key, "ballot of "+key))
				if err != nil || e.Outcome != store.First {
					panic(fmt.Sprint(e.Outcome, err))
				}
				say("ballot %s", key)
			}
		})
	}
	wg.Go(func() {
		for {
			var version uint64
			err := st.Update(context.Background(), space, func(w store.Writer) error {
				head, err := w.Head()
				if err != nil {
					return err
				}
				version = uint64(head) + 1
				return errors.Join(
					w.Append(store.Event{Position: head + 1, Body: make([]byte, 3000)}),
					w.Put(store.Record{Kind: "a", ID: crashRecord, Version: uint64(head)}),
				)
			})
			if err != nil {
				panic(err)
			}
			say("update %d", version)
		}
	})
	wg.Wait()
}
