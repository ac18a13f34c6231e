package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
	"github.com/communecter/coopspace/store/storetest"
)

// cluster starts a server of a test's own.
func cluster(t *testing.T, s pgtest.Settings) *pgtest.Cluster {
	t.Helper()
	c, err := pgtest.Start(s)
	pgtest.Need(t, err)
	t.Cleanup(c.Remove)
	return c
}

// people cast ballots and write, each through one of several stores, and ask again with the same key until they are
// answered: as anybody would whose answer was that the database is away.
type people struct {
	stores []*postgres.Store
	stop   chan struct{}
	wg     sync.WaitGroup

	acked    atomic.Int64 // ballots acknowledged
	written  atomic.Int64 // Updates acknowledged
	refused  atomic.Int64 // calls that got store.ErrUnreachable or store.ErrBusy
	slowest  atomic.Int64 // how long the slowest refusal took, in nanoseconds
	ballots  sync.Map     // key: body of each acknowledged ballot
	comments sync.Map     // id of each acknowledged Update
}

// The crowd of a trial: those who cast, and those who write.
const casters, writers = 12, 3

// gather lets people begin, in the box "p" of "jardins" which is made for them.
func gather(t *testing.T, stores ...*postgres.Store) *people {
	t.Helper()
	openBox(t, stores[0], "jardins", "p", true)
	p := &people{stores: stores, stop: make(chan struct{})}
	for v := range casters {
		p.wg.Go(func() { p.cast(t, v) })
	}
	for v := range writers {
		p.wg.Go(func() { p.write(t, v) })
	}
	return p
}

// until does something until it is answered, and tells how often it was asked.
func (p *people) until(t *testing.T, do func() error) (asked int) {
	for {
		asked++
		began := time.Now()
		err := do()
		took := int64(time.Since(began))
		switch {
		case err == nil:
			return asked
		case !errors.Is(err, store.ErrUnreachable) && !errors.Is(err, store.ErrBusy):
			t.Errorf("refused, but not because the database is away: %v", err)
			return asked
		}
		p.refused.Add(1)
		for was := p.slowest.Load(); took > was && !p.slowest.CompareAndSwap(was, took); was = p.slowest.Load() {
		}
		time.Sleep(20 * time.Millisecond) // as a Retry-After demands
	}
}

func (p *people) over() bool {
	select {
	case <-p.stop:
		return true
	default:
		return false
	}
}

// cast casts, each time under a key of its own, and through the next store.
func (p *people) cast(t *testing.T, v int) {
	for n := 0; !p.over(); n++ {
		b := ballot("jardins", "p", fmt.Sprintf("%d/%d", v, n))
		var e store.Entered
		try := v + n
		asked := p.until(t, func() (err error) {
			try++
			e, err = p.stores[try%len(p.stores)].Cast(context.Background(), b)
			return err
		})
		if e.Outcome != store.First && (e.Outcome != store.Again || asked == 1) || string(e.Ballot.Body) != string(b.Body) {
			t.Errorf("%s, asked %d times, came to %v with %s", b.Key, asked, e.Outcome, e.Ballot.Body)
		}
		p.ballots.Store(string(b.Key), string(b.Body))
		p.acked.Add(1)
	}
}

// write appends an event together with a record that says so: whoever asks again finds it.
func (p *people) write(t *testing.T, v int) {
	for n := 0; !p.over(); n++ {
		id := fmt.Sprintf("%d-%d", v, n)
		try := v + n
		p.until(t, func() error {
			try++
			return p.stores[try%len(p.stores)].Update(context.Background(), "jardins", func(w store.Writer) error {
				switch _, err := w.Get("comment", id); {
				case err == nil:
					return nil
				case !errors.Is(err, store.ErrNoRecord):
					return err
				}
				head, err := w.Head()
				return errors.Join(err, w.Append(store.Event{Position: head + 1, Body: []byte(id)}), w.Put(store.Record{Kind: "comment", ID: id}))
			})
		})
		p.comments.Store(id, true)
		p.written.Add(1)
	}
}

// lives waits until so many more were acknowledged.
func (p *people) lives(t *testing.T, ballots, writes int64) {
	t.Helper()
	b, w := p.acked.Load()+ballots, p.written.Load()+writes
	require.Eventually(t, func() bool { return p.acked.Load() >= b && p.written.Load() >= w }, time.Minute, 2*time.Millisecond, "nothing is acknowledged any more")
}

// end lets everybody have their last answer, and holds what is there against what was acknowledged: all of it, once.
func (p *people) end(t *testing.T) {
	t.Helper()
	close(p.stop)
	p.wg.Wait()
	require.NoError(t, p.stores[0].View(context.Background(), "jardins", func(r store.Reader) error {
		found := 0
		for b, err := range r.Ballots("p") {
			require.NoError(t, err)
			body, acked := p.ballots.Load(string(b.Key))
			require.True(t, acked, "%s is there and was not asked for", b.Key)
			require.Equal(t, body, string(b.Body))
			require.EqualValues(t, 1, b.Rev)
			found++
		}
		require.EqualValues(t, p.acked.Load(), found, "ballots were acknowledged and lost")
		events := map[string]bool{}
		for e, err := range r.Events(0) {
			require.NoError(t, err)
			require.False(t, events[string(e.Body)], "%s was written twice", e.Body)
			_, acked := p.comments.Load(string(e.Body))
			require.True(t, acked)
			events[string(e.Body)] = true
		}
		require.EqualValues(t, p.written.Load(), len(events), "Updates were acknowledged and lost")
		return nil
	}))
	t.Logf("%d ballots and %d updates acknowledged, %d calls refused, the slowest refusal after %v",
		p.acked.Load(), p.written.Load(), p.refused.Load(), time.Duration(p.slowest.Load()).Round(time.Millisecond))
}

// TestVanish takes the database away for ten seconds in the middle of a vote.
func TestVanish(t *testing.T) {
	t.Parallel()
	c := cluster(t, pgtest.Settings{})
	dsn := c.DSN("postgres")
	p := gather(t, open(t, dsn, nil), open(t, dsn, nil))
	for range storetest.Soak() {
		p.lives(t, 50, 5)
		require.NoError(t, c.Stop("immediate"))
		refused := p.refused.Load()
		back := time.After(10 * time.Second)

		// Whoever only reads is told as well, and a store is not opened.
		err := p.stores[0].View(t.Context(), "jardins", func(store.Reader) error { return nil })
		require.ErrorIs(t, err, store.ErrUnreachable)
		for _, err := range p.stores[0].Spaces(t.Context()) {
			require.ErrorIs(t, err, store.ErrUnreachable)
		}
		_, err = postgres.Open(t.Context(), dsn, nil)
		require.ErrorIs(t, err, store.ErrUnreachable)

		<-back
		require.Greater(t, p.refused.Load(), refused+casters+writers, "callers wait for a database that is away")
		require.NoError(t, c.Start())
		p.lives(t, 50, 5)
	}
	p.end(t)
	require.Less(t, time.Duration(p.slowest.Load()), 10*time.Second, "a refusal must be prompt")
}

// A connection that was closed under a transaction is one that was lost, in whatever words pgx says it.
func TestClosedConnection(t *testing.T) {
	t.Parallel()
	st := open(t, database(t), nil)
	for _, sent := range []bool{false, true} {
		tries := 0
		err := st.Attempt(t.Context(), func(c *pgxpool.Conn) (bool, error) {
			if tries++; tries == 1 {
				require.NoError(t, c.Conn().Close(t.Context()))
			}
			_, err := c.Exec(t.Context(), "SELECT 1")
			return sent, err
		})
		if sent {
			require.ErrorIs(t, err, store.ErrUnreachable, "nobody knows what became of it")
			require.Equal(t, 1, tries)
			continue
		}
		require.NoError(t, err, "nothing was sent, and it is done on another connection")
		require.Equal(t, 2, tries)
	}
}

// TestTerminate ends connections at random moments while people cast and write through them.
func TestTerminate(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	admin := connect(t, dsn)
	p := gather(t, open(t, dsn, nil), open(t, dsn, nil))
	ended := 0
	for round := range 30 * storetest.Soak() {
		p.lives(t, int64(random.IntN(40)), 0)
		// A tenth of them or all; that which asks is none of ours.
		var n int
		require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"+
			" WHERE application_name = 'coopspace' AND datname = current_database() AND (hashint8extended(pid, $1) % 10 = 0 OR $2)",
			int64(round), random.IntN(4) == 0).Scan(&n))
		ended += n
	}
	p.lives(t, 50, 5)
	p.end(t)
	require.Positive(t, ended)
	t.Logf("%d connections ended", ended)
}

// TestFull lets the disk be full: for ballots, for what is written, and not for reading.
func TestFull(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	st := open(t, dsn, nil)
	openBox(t, st, "jardins", "p", true)
	write(t, st, "jardins", 1)
	cast(t, st, ballot("jardins", "p", "early"), store.First)
	admin := connect(t, dsn)
	// What the server says when a table cannot grow.
	execute(t, admin, `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100'; END $$`)
	for _, table := range []string{"ballot", "event"} {
		execute(t, admin, "CREATE TRIGGER full_disk BEFORE INSERT ON coopspace."+table+" EXECUTE FUNCTION full_disk()")
	}
	_, err := st.Cast(t.Context(), ballot("jardins", "p", "late"))
	require.ErrorIs(t, err, store.ErrFull)
	require.Contains(t, err.Error(), "No space left")
	require.ErrorIs(t, st.Update(t.Context(), "jardins", appendOne), store.ErrFull)
	require.NoError(t, st.View(t.Context(), "jardins", func(r store.Reader) error {
		n, err := r.Count("p")
		require.Equal(t, 1, n)
		return err
	}))

	// There is room again: a database needs no new store for that.
	for _, table := range []string{"ballot", "event"} {
		execute(t, admin, "DROP TRIGGER full_disk ON coopspace."+table)
	}
	cast(t, st, ballot("jardins", "p", "late"), store.First)
	cast(t, st, ballot("jardins", "p", "early"), store.Again)
	write(t, st, "jardins", 2)
}
