package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
	"github.com/communecter/coopspace/store/storetest"
)

// terminate ends the connections of stores on a database that a condition of pg_stat_activity names, and demands that there
// are some.
func terminate(t *testing.T, dsn, where string) {
	t.Helper()
	admin := connect(t, dsn)
	require.Eventually(t, func() bool {
		var n int
		require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"+
			" WHERE application_name = 'coopspace' AND datname = current_database() AND "+where).Scan(&n))
		return n > 0
	}, time.Minute, 5*time.Millisecond, where)
}

// Whoever is about to move a store sees that somebody serves it, and nobody who merely has it open or serves another schema.
func TestServing(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	one, server := open(t, dsn, nil), open(t, dsn, nil)
	other := open(t, dsn, &postgres.Options{Schema: "other"})
	serving := func(st *postgres.Store) []postgres.Server {
		servers, err := st.Serving(t.Context())
		require.NoError(t, err)
		return servers
	}
	require.Empty(t, serving(one), "one that is open is not one that serves")

	ctx, stop := context.WithCancel(t.Context())
	heard, ended := make(chan store.SpaceID, 1), make(chan error, 1)
	write(t, one, "jardins", 1)
	go func() { ended <- server.Wake(ctx, func(s store.SpaceID) { heard <- s }) }()
	<-heard
	require.Len(t, serving(one), 1)
	seen := serving(one)[0]
	require.Equal(t, "coopspace", seen.Name)
	require.NotEqual(t, seen.Local, seen.Address != "", "its address is known, or that it has none")
	require.Equal(t, serving(one), serving(server))
	require.Empty(t, serving(other))

	stop()
	require.NoError(t, <-ended)
	require.Empty(t, serving(one), "whoever stops a server and moves the store right after is not told that it still serves")
	require.NoError(t, server.Close())
	_, err := server.Serving(t.Context())
	require.ErrorIs(t, err, store.ErrClosed)
}

func TestWake(t *testing.T) {
	t.Parallel()
	// wakes lets a store listen, and gives where it says what woke it.
	wakes := func(t *testing.T, st *postgres.Store) chan store.SpaceID {
		heard := make(chan store.SpaceID, 1000)
		ended := make(chan error, 1)
		go func() { ended <- st.Wake(t.Context(), func(s store.SpaceID) { heard <- s }) }()
		t.Cleanup(func() { require.NoError(t, <-ended) })
		return heard
	}
	awaken := func(t *testing.T, heard chan store.SpaceID, space store.SpaceID) {
		t.Helper()
		late := time.After(time.Minute)
		for {
			select {
			case s := <-heard:
				if s == space {
					return
				}
			case <-late:
				require.FailNow(t, "nobody was woken", "%s", space)
			}
		}
	}
	// begun waits until a store listens.
	begun := func(t *testing.T, by *postgres.Store, heard chan store.SpaceID) {
		require.Eventually(t, func() bool {
			require.NoError(t, by.Update(t.Context(), "begin", appendOne))
			return len(heard) > 0
		}, time.Minute, 20*time.Millisecond)
	}
	listening := "query LIKE '%FROM space%' AND query NOT LIKE '%WHERE%' AND state = 'idle'"

	t.Run("a message tells", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		one, other := open(t, dsn, nil), open(t, dsn, &postgres.Options{Poll: time.Hour})
		heard := wakes(t, other)
		begun(t, one, heard)
		write(t, one, "jardins", 1)
		awaken(t, heard, "jardins")
	})
	t.Run("a look finds what no message told", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		one, other := open(t, dsn, nil), open(t, dsn, &postgres.Options{Poll: 50 * time.Millisecond})
		heard := wakes(t, other)
		begun(t, one, heard)
		// A process that died between its commit and its message.
		execute(t, connect(t, dsn), "INSERT INTO coopspace.space (name, pos) VALUES ('jardins', 1)")
		awaken(t, heard, "jardins")
	})
	t.Run("a connection that was lost is made again, and what was missed is told", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		var logged lines
		one := open(t, dsn, nil)
		other := open(t, dsn, &postgres.Options{Poll: time.Hour, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
		heard := wakes(t, other)
		begun(t, one, heard)
		terminate(t, dsn, listening)
		execute(t, connect(t, dsn), "INSERT INTO coopspace.space (name, pos) VALUES ('jardins', 1)")
		awaken(t, heard, "jardins")
		require.Contains(t, logged.String(), "the connection that listens was lost")
		write(t, one, "ateliers", 1)
		awaken(t, heard, "ateliers")
	})
	t.Run("a log that became shorter is told of, and grows on", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		one, other := open(t, dsn, nil), open(t, dsn, &postgres.Options{Poll: 50 * time.Millisecond})
		write(t, one, "jardins", 1)
		write(t, one, "jardins", 2)
		heard := wakes(t, other)
		awaken(t, heard, "jardins")
		execute(t, connect(t, dsn), "DELETE FROM coopspace.event; UPDATE coopspace.space SET pos = 0 WHERE name = 'jardins'")
		awaken(t, heard, "jardins")
		write(t, one, "jardins", 1)
		awaken(t, heard, "jardins")
	})
	t.Run("a message that lies silences nothing", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		one, other := open(t, dsn, nil), open(t, dsn, &postgres.Options{Poll: time.Hour})
		heard := wakes(t, other)
		begun(t, one, heard)
		admin := connect(t, dsn)
		_, err := admin.Exec(t.Context(), "SELECT pg_notify($1, '18446744073709551615 jardins')", other.Channel())
		require.NoError(t, err)
		awaken(t, heard, "jardins")
		write(t, one, "jardins", 1)
		awaken(t, heard, "jardins")
	})
}

// lines is what a logger wrote.
type lines struct {
	mu  sync.Mutex // protects buf
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestHold(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	one, other := open(t, dsn, nil), open(t, dsn, nil)

	// What the holder was given ends when its connection does, and another holds the name.
	has, lost := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		first <- one.Hold(t.Context(), "mails", func(ctx context.Context) error {
			close(has)
			<-ctx.Done()
			close(lost)
			return errors.New("robbed")
		})
	}()
	<-has
	go func() { second <- other.Hold(t.Context(), "mails", func(context.Context) error { return nil }) }()
	terminate(t, dsn, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)")
	<-lost
	require.EqualError(t, <-first, "robbed")
	require.NoError(t, <-second)

	// Whoever waits goes on waiting through a lost connection.
	ended := make(chan error, 1)
	require.NoError(t, one.Hold(t.Context(), "mails", func(ctx context.Context) error {
		go func() { ended <- other.Hold(t.Context(), "mails", func(context.Context) error { return nil }) }()
		terminate(t, dsn, "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
		return ctx.Err()
	}))
	require.NoError(t, <-ended)
}

func TestClock(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st := open(t, database(t), nil)
	near := func(want time.Time) { t.Helper(); require.WithinDuration(t, want, st.Now(), time.Minute) }
	near(time.Now())
	require.NoError(t, st.SetClock(ctx, func(context.Context) (time.Time, error) { return time.Now().Add(time.Hour), nil }))
	near(time.Now().Add(time.Hour))

	// Of three answers, the one that took least is believed.
	asked := 0
	require.NoError(t, st.SetClock(ctx, func(context.Context) (time.Time, error) {
		if asked++; asked != 2 {
			time.Sleep(time.Second) // a slow network: slower than a busy machine is
			return time.Now().Add(24 * time.Hour), nil
		}
		return time.Now().Add(-time.Hour), nil
	}))
	near(time.Now().Add(-time.Hour))

	// Without an answer the old one serves.
	require.Error(t, st.SetClock(ctx, func(context.Context) (time.Time, error) { return time.Time{}, errors.New("away") }))
	near(time.Now().Add(-time.Hour))
}

// within does something within so many Views, each within the one before it.
func within(ctx context.Context, st store.Store, views int, do func() error) error {
	if views == 0 {
		return do()
	}
	return st.View(ctx, "jardins", func(store.Reader) error { return within(ctx, st, views-1, do) })
}

func nothing() error { return nil }

// TestPool waits for connections no longer than anybody should.
func TestPool(t *testing.T) {
	t.Parallel()
	ctx := t.Context()

	t.Run("Views within Views", func(t *testing.T) {
		t.Parallel()
		st := open(t, database(t), &postgres.Options{Conns: 4, Writers: 2})
		openBox(t, st, "jardins", "p", false)
		require.NoError(t, within(ctx, st, 4, nothing))
		st.SetWaiting(300 * time.Millisecond) // now that all connections are made, which may take longer
		err := within(ctx, st, 5, nothing)
		require.ErrorIs(t, err, store.ErrBusy)
		require.Contains(t, err.Error(), "connections: none was free")

		// Casting and writing are told the same, and nothing is stuck after.
		require.NoError(t, within(ctx, st, 4, func() error {
			_, err := st.Cast(ctx, ballot("jardins", "p", "key"))
			require.ErrorIs(t, err, store.ErrBusy)
			require.ErrorIs(t, st.Update(ctx, "jardins", appendOne), store.ErrBusy)
			return nil
		}))
		st.SetWaiting(time.Minute)
		cast(t, st, ballot("jardins", "p", "key"), store.First)
		write(t, st, "jardins", 1)
	})
	t.Run("a database that has no more", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		st := open(t, dsn, nil)
		openBox(t, st, "jardins", "p", false)
		role := "coopspace_few_" + fmt.Sprint(time.Now().UnixNano())
		admin := connect(t, dsn)
		execute(t, admin, "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 3")
		execute(t, admin, "GRANT USAGE ON SCHEMA coopspace TO "+role)
		execute(t, admin, "GRANT ALL ON ALL TABLES IN SCHEMA coopspace TO "+role)
		t.Cleanup(func() {
			execute(t, admin, "DROP OWNED BY "+role)
			execute(t, admin, "DROP ROLE "+role)
		})
		few := open(t, with(t, dsn, role, ""), nil)

		// Many share what there is.
		var wg sync.WaitGroup
		for i := range 24 {
			wg.Go(func() {
				if e, err := few.Cast(ctx, ballot("jardins", "p", fmt.Sprint(i))); err != nil || e.Outcome != store.First {
					t.Errorf("%v: %v", e.Outcome, err)
				}
				if err := few.View(ctx, "jardins", func(store.Reader) error { return nil }); err != nil {
					t.Error(err)
				}
				if err := few.Update(ctx, "jardins", appendOne); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()

		// Others have them all.
		few.SetWaiting(2 * time.Second) // long enough to be refused by the database
		require.ErrorIs(t, within(ctx, few, 5, nothing), store.ErrBusy)
		require.NoError(t, within(ctx, few, 1, nothing))
	})
}

// TestLetGo holds Views and Updates to letting go of their connection however they end.
func TestLetGo(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	st := open(t, dsn, &postgres.Options{Conns: 4})
	openBox(t, st, "jardins", "p", false)
	put := func(w store.Writer) {
		require.NoError(t, w.Put(store.Record{Kind: "note", ID: "1", Body: []byte("never")}))
	}
	// ends runs fn in a goroutine of its own, and waits until that ends, in whichever way.
	ends := func(fn func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer func() { _ = recover() }()
			fn()
		}()
		<-done
	}
	ctx := t.Context()
	for range 6 { // more than there are connections
		ends(func() { _ = st.View(ctx, "jardins", func(store.Reader) error { panic("in a View") }) })
		ends(func() { _ = st.View(ctx, "jardins", func(store.Reader) error { runtime.Goexit(); return nil }) })
		ends(func() { _ = st.Update(ctx, "jardins", func(w store.Writer) error { put(w); panic("in an Update") }) })
		ends(func() {
			_ = st.Update(ctx, "jardins", func(w store.Writer) error { put(w); runtime.Goexit(); return nil })
		})

		// A context that ends in the middle.
		mine, end := context.WithCancel(ctx)
		require.ErrorIs(t, st.View(mine, "jardins", func(r store.Reader) error {
			end()
			_, err := r.Count("p")
			return err
		}), context.Canceled)
		mine, end = context.WithCancel(ctx)
		require.ErrorIs(t, st.Update(mine, "jardins", func(w store.Writer) error {
			put(w)
			end()
			return nil
		}), context.Canceled)
	}
	require.NoError(t, st.View(ctx, "jardins", func(r store.Reader) error {
		_, err := r.Get("note", "1")
		require.ErrorIs(t, err, store.ErrNoRecord)
		return nil
	}))
	write(t, st, "jardins", 1)
	require.NoError(t, st.Close())
	admin := connect(t, dsn)
	require.Eventually(t, func() bool { // the database notices in its own time that a connection was closed
		var left int
		require.NoError(t, admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'coopspace' AND datname = current_database()").Scan(&left))
		return left == 0
	}, time.Minute, 10*time.Millisecond, "connections are open after Close")
}

// TestTimeouts says what the database's own patience comes to.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := database(t)
	st := open(t, dsn, nil)
	openBox(t, st, "jardins", "p", false)
	admin := connect(t, dsn)

	// Somebody holds the space's row for long, and the operator has set how long a statement may take.
	hasty := open(t, dsn+" statement_timeout=1000", nil) // far more than a statement takes on a busy machine
	impatient := open(t, dsn+" lock_timeout=50", nil)
	execute(t, admin, "BEGIN; SELECT FROM coopspace.space WHERE name = 'jardins' FOR UPDATE")
	for _, st := range []*postgres.Store{hasty, impatient} {
		err := st.Update(ctx, "jardins", appendOne)
		require.ErrorIs(t, err, store.ErrBusy)
		require.Contains(t, err.Error(), "timeout")
	}
	execute(t, admin, "ROLLBACK")
	write(t, hasty, "jardins", 1)
	write(t, impatient, "jardins", 2)

	// Waiting for a name is no statement that takes too long.
	require.NoError(t, st.Hold(ctx, "name", func(ctx context.Context) error {
		waited, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, hasty.Hold(waited, "name", func(context.Context) error { return nil }), context.DeadlineExceeded)
		return nil
	}))

	// A View that does nothing for too long is ended by the database, and says so.
	err := st.View(ctx, "jardins", func(r store.Reader) error {
		terminate(t, dsn, "state = 'idle in transaction'")
		_, err := r.Count("p")
		return err
	})
	require.ErrorIs(t, err, store.ErrUnreachable)
	require.NoError(t, st.View(ctx, "jardins", func(store.Reader) error { return nil }))
}

// TestDeadlock lets Updates shut boxes in opposite order while people cast into both: the database ends one of them, which
// is run again, and nobody is told.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := database(t)
	one, other := open(t, dsn, nil), open(t, dsn, nil)
	for round := range 2 * storetest.Soak() {
		a, b := fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round)
		for _, space := range []store.SpaceID{"jardins", "ateliers"} {
			openBox(t, one, space, a, true)
			openBox(t, one, space, b, true)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		accepted := map[string]int{}
		for i := range 8 {
			st := []*postgres.Store{one, other}[i%2]
			wg.Go(func() {
				for n := range 200 {
					space, poll := []store.SpaceID{"jardins", "ateliers"}[n/2%2], []string{a, b}[n%2]
					e, err := st.Cast(ctx, ballot(space, poll, fmt.Sprintf("%d/%d", i, n)))
					if err != nil {
						t.Errorf("casting: %v", err)
						return
					}
					if e.Outcome.Accepted() {
						mu.Lock()
						accepted[string(space)+poll]++
						mu.Unlock()
					}
				}
			})
		}
		shut := func(st *postgres.Store, space store.SpaceID, polls ...string) {
			wg.Go(func() {
				err := st.Update(ctx, space, func(w store.Writer) error {
					for _, poll := range polls {
						if err := w.ShutBox(poll); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("shutting: %v", err)
				}
			})
		}
		shut(one, "jardins", a, b)
		shut(other, "jardins", b, a)
		shut(one, "ateliers", b, a)
		shut(other, "ateliers", a, b)
		wg.Wait()
		for _, space := range []store.SpaceID{"jardins", "ateliers"} {
			require.NoError(t, one.View(ctx, space, func(r store.Reader) error {
				for _, poll := range []string{a, b} {
					n, err := r.Count(poll)
					require.NoError(t, err)
					require.Equal(t, accepted[string(space)+poll], n, "what was acknowledged is there, and nothing else")
				}
				return nil
			}))
		}
	}
}

// TestRunAgain runs an Update again that the database ended, and never commits one that failed.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := database(t)
	st := open(t, dsn, nil)
	write(t, st, "jardins", 1)
	admin := connect(t, dsn)
	// Each insertion of an event is answered with an error of the test's, so often.
	execute(t, admin, "CREATE TABLE trouble (code text)")
	execute(t, admin, "CREATE SEQUENCE times")
	execute(t, admin, `CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE c text; BEGIN
    SELECT code INTO c FROM public.trouble;
    IF nextval('public.times') <= 2 THEN RAISE EXCEPTION 'trouble' USING ERRCODE = c; END IF;
    RETURN NEW;
END $$`)
	execute(t, admin, "CREATE TRIGGER trouble BEFORE INSERT ON coopspace.event FOR EACH ROW EXECUTE FUNCTION trouble()")
	trouble := func(code string) {
		execute(t, admin, "DELETE FROM trouble")
		execute(t, admin, "INSERT INTO trouble VALUES ('"+code+"')")
		execute(t, admin, "ALTER SEQUENCE times RESTART")
	}
	// swallow appends and keeps from its caller what came of it.
	swallow := func(w store.Writer) error {
		if err := appendOne(w); err != nil {
			return err
		}
		for range w.Events(0) { // what is written so far is sent
			break
		}
		return nil
	}
	head := store.Position(1)
	for _, code := range []string{"40P01", "40001"} {
		for _, fn := range []func(store.Writer) error{appendOne, swallow} {
			trouble(code)
			runs := 0
			require.NoError(t, st.Update(ctx, "jardins", func(w store.Writer) error { runs++; return fn(w) }))
			require.Equal(t, 3, runs, code)
			head++
		}
	}
	for _, fn := range []func(store.Writer) error{appendOne, swallow} {
		trouble("23514") // no retry helps
		runs := 0
		err := st.Update(ctx, "jardins", func(w store.Writer) error { runs++; return fn(w) })
		require.ErrorContains(t, err, "trouble")
		require.Equal(t, 1, runs)
	}
	require.NoError(t, st.View(ctx, "jardins", func(r store.Reader) error {
		at, err := r.Head()
		require.Equal(t, head, at, "an Update that failed left something")
		return err
	}))
}

// TestGroup lets many callers share few commits.
func TestGroup(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := database(t)
	st := open(t, dsn, nil)
	openBox(t, st, "jardins", "p", false)
	const callers, each = 64, 20
	var wg sync.WaitGroup
	for v := range callers {
		wg.Go(func() {
			for n := range each {
				if e, err := st.Cast(ctx, ballot("jardins", "p", fmt.Sprintf("%d/%d", v, n))); err != nil || e.Outcome != store.First {
					t.Errorf("%v: %v", e.Outcome, err)
				}
			}
		})
	}
	wg.Wait()
	var commits int // rows of one transaction bear its number
	require.NoError(t, connect(t, dsn).QueryRow(ctx, "SELECT count(DISTINCT xmin::text) FROM coopspace.ballot").Scan(&commits))
	require.Less(t, commits, callers*each/4, "%d ballots", callers*each)
	t.Logf("%d ballots in %d commits", callers*each, commits)
}

// TestBoxes remembers a bounded number of boxes.
func TestBoxes(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	st := open(t, database(t), nil)
	st.SetBoxes(10)
	const n = 200
	require.NoError(t, st.Update(ctx, "jardins", func(w store.Writer) error {
		for i := range n {
			if err := w.OpenBox(fmt.Sprint(i), store.Box{}); err != nil {
				return err
			}
		}
		return nil
	}))
	for i := range n {
		cast(t, st, ballot("jardins", fmt.Sprint(i), "key"), store.First)
		require.LessOrEqual(t, st.BoxesKnown(), 10)
	}
	require.Positive(t, st.BoxesKnown())
	for i := range n {
		cast(t, st, ballot("jardins", fmt.Sprint(i), "key"), store.Again)
	}
}

// TestRestoredUnderneath restores the database to before a vote was opened, under a store that remembers its box.
func TestRestoredUnderneath(t *testing.T) {
	t.Parallel()
	for what, then := range map[string]struct {
		sql  string
		want store.Outcome
	}{
		"the box is gone":                       {"", store.NoBox},
		"another vote has its place since then": {"INSERT INTO coopspace.box (id, space, poll, change) OVERRIDING SYSTEM VALUE VALUES ($id, $space, 'other', true)", store.NoBox},
		"it was opened again, and lies elsewhere": {"INSERT INTO coopspace.box (id, space, poll, change) OVERRIDING SYSTEM VALUE VALUES ($id + 1000, $space, 'p', true);" +
			"INSERT INTO coopspace.box (id, space, poll, change) OVERRIDING SYSTEM VALUE VALUES ($id, $space, 'other', true)", store.First},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dsn := database(t)
			st := open(t, dsn, nil)
			openBox(t, st, "jardins", "p", true)
			cast(t, st, ballot("jardins", "p", "before"), store.First)
			require.Positive(t, st.BoxesKnown())
			db := connect(t, dsn)
			var id, space string
			require.NoError(t, db.QueryRow(t.Context(), "SELECT id::text, space::text FROM coopspace.box").Scan(&id, &space))
			execute(t, db, "BEGIN; DELETE FROM coopspace.ballot; DELETE FROM coopspace.box;"+
				strings.NewReplacer("$id", id, "$space", space).Replace(then.sql)+"; COMMIT")

			cast(t, st, ballot("jardins", "p", "after"), then.want)
			var there, strange int
			require.NoError(t, db.QueryRow(t.Context(), "SELECT count(*), count(*) FILTER (WHERE b.poll <> 'p')"+
				" FROM coopspace.ballot JOIN coopspace.box b ON b.id = box").Scan(&there, &strange))
			require.Equal(t, then.want == store.First, there == 1, "what is acknowledged is there, and nothing else")
			require.Zero(t, strange, "no ballot lies in another vote's box")
		})
	}
}

// TestTidy shuts more large boxes at once than there are connections, while the table cannot be vacuumed: everybody goes on.
func TestTidy(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	st := open(t, dsn, &postgres.Options{Conns: 4})
	const boxes = 6
	for i := range boxes {
		openBox(t, st, "jardins", fmt.Sprint(i), false)
	}
	admin := connect(t, dsn)
	execute(t, admin, "INSERT INTO coopspace.ballot SELECT b.id, int4send(n), 0, 1, '', '', '' FROM coopspace.box b, generate_series(1, 10000) n")
	execute(t, admin, "BEGIN; LOCK TABLE coopspace.ballot IN SHARE UPDATE EXCLUSIVE MODE") // as a vacuum of the database's own
	for i := range boxes {
		require.NoError(t, st.Update(t.Context(), "jardins", func(w store.Writer) error { return w.ShutBox(fmt.Sprint(i)) }))
	}
	other := connect(t, dsn)
	require.Eventually(t, func() bool {
		var waiting int
		require.NoError(t, other.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity"+
			" WHERE datname = current_database() AND query LIKE 'VACUUM%' AND wait_event_type = 'Lock'").Scan(&waiting))
		return waiting > 0
	}, time.Minute, 10*time.Millisecond)
	for range 20 {
		require.NoError(t, st.View(t.Context(), "jardins", func(store.Reader) error { return nil }))
	}
	execute(t, admin, "ROLLBACK")
}

// TestSettings holds connections to what they set for themselves, whatever stands in a dsn.
func TestSettings(t *testing.T) {
	t.Parallel()
	dsn := database(t)
	st, other := open(t, dsn+" client_encoding=LATIN1 pool_health_check_period=0s", nil), open(t, dsn, nil)
	name := store.SpaceID("été")
	write(t, st, name, 1)
	require.NoError(t, other.View(t.Context(), name, func(r store.Reader) error {
		head, err := r.Head()
		require.EqualValues(t, 1, head, "both know the same names")
		return err
	}))
	// A machine that lost its power holds nothing for hours: what is asked for over TCP, a unix socket has no use for.
	c, err := st.Connect(t.Context())
	require.NoError(t, err)
	defer c.Close(t.Context())
	for name, want := range map[string]string{"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "2"} {
		var set string
		require.NoError(t, c.QueryRow(t.Context(), "SELECT reset_val FROM pg_settings WHERE name = $1", name).Scan(&set))
		require.Equal(t, want, set, name)
	}
}
