package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/storetest"
)

// pair starts a primary and a standby without which it acknowledges nothing.
func pair(t *testing.T) (primary, standby *pgtest.Cluster) {
	t.Helper()
	primary = cluster(t, pgtest.Settings{})
	standby = cluster(t, pgtest.Settings{From: primary, Name: "b"})
	require.NoError(t, primary.Sync("b"))
	return primary, standby
}

// TestStandby holds acknowledgements to what the standby has, when somebody cancels the wait for it.
func TestStandby(t *testing.T) {
	t.Parallel()
	primary, standby := pair(t)
	admin := connect(t, primary.DSN("postgres"))
	execute(t, admin, "SET synchronous_commit = 'local'")
	st := open(t, primary.DSN("postgres"), nil)
	openBox(t, st, "jardins", "p", true)

	// waits waits until a commit waits for the standby, and gives its process.
	waits := func(t *testing.T) (pid int) {
		t.Helper()
		require.Eventually(t, func() bool {
			err := admin.QueryRow(context.Background(), "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'coopspace'").Scan(&pid)
			require.True(t, err == nil || errors.Is(err, pgx.ErrNoRows), "%v", err)
			return err == nil
		}, time.Minute, 5*time.Millisecond, "no commit waits for the standby")
		return pid
	}
	background := func(do func() error) chan error {
		out := make(chan error, 1)
		go func() { out <- do() }()
		return out
	}
	// trial does something without the standby, has the wait cancelled, and does it again.
	trial := func(t *testing.T, first, again func() error) {
		t.Helper()
		require.NoError(t, standby.Stop("fast"))
		answer := background(first)
		_, err := admin.Exec(t.Context(), "SELECT pg_cancel_backend($1)", waits(t))
		require.NoError(t, err)
		err = <-answer
		require.ErrorIs(t, err, store.ErrUnreachable, "acknowledged, and the standby does not have it")
		require.Contains(t, err.Error(), "canceling wait for synchronous replication")

		answer = background(again)
		waits(t)
		select {
		case err := <-answer:
			t.Fatalf("what was found here was acknowledged, and the standby does not have it: %v", err)
		default:
		}
		require.NoError(t, standby.Start())
		require.NoError(t, <-answer)
	}
	outcome := func(b store.Ballot, want store.Outcome) func() error {
		return func() error {
			e, err := st.Cast(context.Background(), b)
			if err == nil && e.Outcome != want {
				err = errors.New("the outcome is " + e.Outcome.String())
			}
			return err
		}
	}
	once := func() error {
		return st.Update(context.Background(), "jardins", func(w store.Writer) error {
			if _, err := w.Get("reply", "key"); !errors.Is(err, store.ErrNoRecord) {
				return err // as the journal answers a command that it knows
			}
			return w.Put(store.Record{Kind: "reply", ID: "key", Side: true})
		})
	}

	t.Run("a ballot", func(t *testing.T) {
		b := ballot("jardins", "p", "key")
		trial(t, outcome(b, store.First), outcome(b, store.Again))
	})
	t.Run("an update", func(t *testing.T) { trial(t, once, once) })
}

// TestFailover kills the primary while people cast and write through two stores, and promotes the standby.
func TestFailover(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range storetest.Soak() {
		primary, standby := pair(t)
		dsn := primary.DSN("postgres", standby)
		p := gather(t, open(t, dsn, nil), open(t, dsn, nil))
		p.lives(t, int64(50+random.IntN(100)), 5)
		if random.IntN(2) == 0 {
			require.NoError(t, primary.Kill())
		} else {
			require.NoError(t, primary.Stop("immediate"))
		}
		require.NoError(t, standby.Promote())
		p.lives(t, 100, 10)
		p.end(t)
		primary.Remove()
		standby.Remove()
	}
}
