package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
)

// BenchmarkGroup compares group writers with what a program does that writes each ballot in a transaction of its own, by as
// many connections as there are callers: lock, insert where the box is open, commit. cpu-us/ballot is the processor time of
// this process and the database together.
func BenchmarkGroup(b *testing.B) {
	c, err := pgtest.Start(pgtest.Settings{Durable: true, Config: []string{"shared_buffers = 512MB"}})
	pgtest.Need(b, err)
	b.Cleanup(c.Remove)
	const callers = 64
	for _, writers := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("group/writers=%d", writers), func(b *testing.B) {
			st, err := postgres.Open(b.Context(), c.DSN("postgres"), &postgres.Options{Writers: writers})
			require.NoError(b, err)
			defer st.Close()
			poll := openPoll(b, st)
			measure(b, c, callers, func(n int64) error {
				e, err := st.Cast(context.Background(), voter(poll, n))
				if err == nil && e.Outcome != store.First {
					err = fmt.Errorf("%s", e.Outcome)
				}
				return err
			})
		})
	}
	b.Run("one row", func(b *testing.B) {
		st, err := postgres.Open(b.Context(), c.DSN("postgres"), nil)
		require.NoError(b, err)
		defer st.Close()
		poll := openPoll(b, st)
		conns := make(chan *pgx.Conn, callers)
		for range callers {
			conn, err := pgx.Connect(b.Context(), c.DSN("postgres")+" search_path=coopspace")
			require.NoError(b, err)
			defer conn.Close(context.Background())
			conns <- conn
		}
		measure(b, c, callers, func(n int64) error {
			conn := <-conns
			defer func() { conns <- conn }()
			return oneRow(conn, voter(poll, n))
		})
	})
}

func openPoll(b *testing.B, st store.Store) string {
	b.Helper()
	poll := fmt.Sprint(time.Now().UnixNano())
	require.NoError(b, st.Update(b.Context(), "space", func(w store.Writer) error { return w.OpenBox(poll, store.Box{}) }))
	return poll
}

// voter makes the n-th ballot of a box, as a public poll has them.
func voter(poll string, n int64) store.Ballot {
	hash := fmt.Appendf(nil, "%032d", n*2654435761)
	return store.Ballot{Space: "space", Poll: poll, Key: hash[16:], Retry: hash, Same: hash, Body: make([]byte, 80)}
}

// measure casts b.N ballots by so many callers at once.
func measure(b *testing.B, c *pgtest.Cluster, callers int, cast func(n int64) error) {
	spent := func() time.Duration {
		theirs, err := c.Processor()
		require.NoError(b, err)
		var own syscall.Rusage
		require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
		return theirs + time.Duration(own.Utime.Nano()+own.Stime.Nano())
	}
	before := spent()
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := cast(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ballots/s")
	b.ReportMetric(float64((spent()-before).Microseconds())/float64(b.N), "cpu-us/ballot")
}

// oneRow enters a ballot in a transaction of its own.
func oneRow(c *pgx.Conn, v store.Ballot) error {
	ctx := context.Background()
	return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock_shared(hashtext($1))", v.Poll); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "INSERT INTO ballot (box, key, rank, rev, retry, same, body) SELECT b.id, $3, 0, 1, $4, $5, $6"+
			" FROM box b JOIN space s ON s.id = b.space WHERE s.name = $1 AND b.poll = $2 AND NOT b.shut ON CONFLICT DO NOTHING",
			string(v.Space), v.Poll, v.Key, v.Retry, v.Same, v.Body)
		if err == nil && tag.RowsAffected() != 1 {
			err = fmt.Errorf("%d rows", tag.RowsAffected())
		}
		return err
	})
}
