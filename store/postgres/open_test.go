package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
)

func TestDSN(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t/with:odd@signs%zz"
	for _, dsn := range []string{
		"postgres://coop:" + secret + "@db/coop", "postgres://coop:" + secret + "@db:port/coop?sslmode=sometimes",
		"host=db password='" + secret, "host=db password=" + secret + " port=many", "password=" + secret + " connect_timeout=soon",
		"host=db password=" + secret + " target_session_attrs=best", "host=db sslmode=maybe password=" + secret,
		"host=db service=" + secret, "host=db pool_max_conns=lots password=" + secret, secret, "\x00" + secret, "=",
	} {
		_, err := postgres.Open(t.Context(), dsn, nil)
		require.ErrorIs(t, err, store.ErrDatabase, "%q", dsn)
		require.Contains(t, err.Error(), "dsn: ")
		for _, part := range []string{"s3cr3t", "odd", "signs", "%zz"} {
			require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), part)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := pg.New(t)
	admin := connect(t, dsn)

	// refused demands that an Open is refused, soon, and tells nobody's password.
	refused := func(t *testing.T, dsn string, want error, says string) {
		t.Helper()
		var logged bytes.Buffer
		st, err := postgres.Open(ctx, dsn+" password=s3cr3t", &postgres.Options{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
		if err == nil {
			st.Close()
		}
		require.ErrorIs(t, err, want)
		require.Contains(t, err.Error(), says)
		require.NotContains(t, err.Error()+logged.String(), "s3cr3t")
	}

	t.Run("no such host", func(t *testing.T) {
		t.Parallel()
		refused(t, "host=nobody.invalid user=coop dbname=coop", store.ErrUnreachable, "server: nobody.invalid:5432: ")
		refused(t, "host="+t.TempDir()+" user=coop dbname=coop", store.ErrUnreachable, "connect")
	})
	t.Run("no such database", func(t *testing.T) {
		t.Parallel()
		refused(t, with(t, dsn, "", "coopspace_nowhere"), store.ErrDatabase, `database: database "coopspace_nowhere" does not exist`)
	})
	t.Run("no such user", func(t *testing.T) {
		t.Parallel()
		refused(t, with(t, dsn, "coopspace_nobody", ""), store.ErrDatabase, "user: ")
	})
	t.Run("one server is away and the other does not know us", func(t *testing.T) {
		t.Parallel()
		c := admin.Config()
		away := fmt.Sprintf("host=%s,%s port=%d,%d user=coopspace_nobody dbname=%s sslmode=disable", t.TempDir(), c.Host, c.Port, c.Port, c.Database)
		refused(t, away, store.ErrUnreachable, "coopspace_nobody")
	})
	t.Run("a schema's name", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"pg_mine", strings.Repeat("x", 64), "a\x00b", "a\xffb", "$user"} {
			_, err := postgres.Open(ctx, dsn, &postgres.Options{Schema: name})
			require.ErrorIs(t, err, store.ErrDatabase, "%q", name)
			require.Contains(t, err.Error(), "schema: ")
		}
		for _, name := range []string{`L'"été" ; DROP`, strings.Repeat("y", 63)} {
			st, err := postgres.Open(ctx, dsn, &postgres.Options{Schema: name})
			require.NoError(t, err, "%q", name)
			write(t, st, "jardins", 1)
			require.NoError(t, st.Close())
		}
	})
	t.Run("no store where one must be", func(t *testing.T) {
		t.Parallel()
		_, err := postgres.Open(ctx, pg.New(t), &postgres.Options{MustExist: true})
		require.ErrorIs(t, err, store.ErrDatabase)
	})
	t.Run("another encoding", func(t *testing.T) {
		t.Parallel()
		const name = "coopspace_test_latin1"
		execute(t, admin, "DROP DATABASE IF EXISTS "+name)
		execute(t, admin, "CREATE DATABASE "+name+" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
		defer execute(t, admin, "DROP DATABASE "+name+" WITH (FORCE)")
		refused(t, with(t, dsn, "", name), store.ErrDatabase, "database: is in LATIN1")
	})
	t.Run("an old server", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, postgres.Suits(150000, "UTF8"))
		err := postgres.Suits(140011, "UTF8")
		require.ErrorIs(t, err, store.ErrDatabase)
		require.Contains(t, err.Error(), "server: is PostgreSQL 14")
	})
}

// TestPassword keeps a password to itself, right or wrong.
func TestPassword(t *testing.T) {
	t.Parallel()
	hba, err := os.CreateTemp("", "coopspace-pg-hba-") // where the server may read, whoever runs it
	require.NoError(t, err)
	defer os.Remove(hba.Name())
	_, err = hba.WriteString("local all coop trust\nlocal all all scram-sha-256\n")
	require.NoError(t, errors.Join(err, hba.Chmod(0o644), hba.Close()))
	c := cluster(t, pgtest.Settings{Config: []string{"hba_file = '" + hba.Name() + "'"}})
	require.NoError(t, c.Exec("CREATE ROLE serve LOGIN PASSWORD 'r1ght'"))
	require.NoError(t, c.Exec("GRANT CREATE ON DATABASE postgres TO serve"))
	for password, want := range map[string]error{"wr0ng": store.ErrDatabase, "": store.ErrDatabase, "r1ght": nil} {
		var logged bytes.Buffer
		st, err := postgres.Open(t.Context(), c.DSN("postgres")+" user=serve password='"+password+"'",
			&postgres.Options{Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if want == nil {
			require.NoError(t, err)
			require.NoError(t, st.Close())
		} else {
			require.ErrorIs(t, err, want)
			require.Contains(t, err.Error(), "user: ")
		}
		require.NotRegexp(t, "wr0ng|r1ght", fmt.Sprintf("%+v %s", err, logged.String()))
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dsn := pg.New(t)
	admin := connect(t, dsn)
	role := "coopspace_" + strings.TrimPrefix(admin.Config().Database, "coopspace_test_")
	execute(t, admin, "CREATE ROLE "+role+" LOGIN")
	defer func() {
		execute(t, admin, "DROP OWNED BY "+role)
		execute(t, admin, "DROP ROLE "+role)
	}()
	as := with(t, dsn, role, "")
	refused := func(says string) {
		t.Helper()
		_, err := postgres.Open(ctx, as, nil)
		require.ErrorIs(t, err, store.ErrRights)
		require.Contains(t, err.Error(), says)
	}

	refused("database: permission denied for database") // to make the schema
	st := open(t, dsn, nil)                             // its owner makes it
	write(t, st, "jardins", 1)
	refused("permission denied for schema coopspace")
	execute(t, admin, "GRANT USAGE ON SCHEMA coopspace TO "+role)
	refused("permission denied for table")
	execute(t, admin, "GRANT SELECT ON ALL TABLES IN SCHEMA coopspace TO "+role)
	refused("schema: the user has no INSERT on the table ballot")
	execute(t, admin, "GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA coopspace TO "+role)
	refused("schema: the user has no DELETE on the table record")
	execute(t, admin, "GRANT DELETE ON coopspace.record, coopspace.record_key TO "+role)

	// With these rights, and none more, everything can be done.
	mine := open(t, as, nil)
	everything(t, mine)

	// Rights taken away in the middle are said, and nothing is acknowledged.
	execute(t, admin, "REVOKE INSERT ON coopspace.event, coopspace.ballot FROM "+role)
	require.ErrorIs(t, mine.Update(ctx, "jardins", func(w store.Writer) error { return appendOne(w) }), store.ErrRights)
	_, err := mine.Cast(ctx, ballot("jardins", "p", "late"))
	require.ErrorIs(t, err, store.ErrRights)
	require.NoError(t, mine.View(ctx, "jardins", func(store.Reader) error { return nil }))
}

func TestSchema(t *testing.T) {
	t.Parallel()
	ctx := t.Context()

	t.Run("eight open an empty database at once", func(t *testing.T) {
		t.Parallel()
		dsn := pg.New(t)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				st, err := postgres.Open(ctx, dsn, &postgres.Options{Conns: 2})
				if err == nil {
					err = errors.Join(st.Update(ctx, store.SpaceID(fmt.Sprintf("s%d", i)), appendOne), st.Close())
				}
				errs[i] = err
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		var applied int
		require.NoError(t, connect(t, dsn).QueryRow(ctx, "SELECT count(*) FROM coopspace.migration WHERE version_id > 0").Scan(&applied))
		require.Positive(t, applied)
		var once int
		require.NoError(t, connect(t, dsn).QueryRow(ctx, "SELECT count(DISTINCT version_id) FROM coopspace.migration WHERE version_id > 0").Scan(&once))
		require.Equal(t, once, applied, "a migration was run twice")
	})
	t.Run("a newer version changed it before", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		execute(t, connect(t, dsn), fmt.Sprintf("UPDATE coopspace.layout SET format = %d", postgres.Format+1))
		_, err := postgres.Open(ctx, dsn, nil)
		require.ErrorIs(t, err, store.ErrNewer)
		require.Contains(t, err.Error(), fmt.Sprintf("schema: has format %d", postgres.Format+1))
	})
	t.Run("a newer version changes it while an older one runs", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		st := open(t, dsn, nil)
		write(t, st, "jardins", 1)
		openBox(t, st, "jardins", "p", true)
		cast(t, st, ballot("jardins", "p", "early"), store.First)
		admin := connect(t, dsn)
		execute(t, admin, fmt.Sprintf("UPDATE coopspace.layout SET format = %d", postgres.Format+1))

		require.ErrorIs(t, st.Update(ctx, "jardins", appendOne), store.ErrNewer)
		require.ErrorIs(t, st.Update(ctx, "another", appendOne), store.ErrNewer)
		for _, key := range []string{"early", "late"} {
			_, err := st.Cast(ctx, ballot("jardins", "p", key))
			require.ErrorIs(t, err, store.ErrNewer)
		}
		_, err := st.Transit(ctx)
		require.ErrorIs(t, err, store.ErrNewer, "whoever asks whether to send requests here learns it")
		require.ErrorIs(t, st.SetTransit(ctx, store.Transit{}, store.Transit{To: "elsewhere"}), store.ErrNewer)
		require.NoError(t, st.View(ctx, "jardins", func(r store.Reader) error {
			head, err := r.Head()
			require.EqualValues(t, 1, head)
			n, counting := r.Count("p")
			require.Equal(t, 1, n)
			return errors.Join(err, counting)
		}))

		execute(t, admin, fmt.Sprintf("UPDATE coopspace.layout SET format = %d", postgres.Format))
		cast(t, st, ballot("jardins", "p", "early"), store.Again)
		write(t, st, "jardins", 2)
	})
	t.Run("a newer version that an older one need not know", func(t *testing.T) {
		t.Parallel()
		dsn := database(t)
		execute(t, connect(t, dsn), "INSERT INTO coopspace.migration (version_id, is_applied) VALUES (9999, true)")
		write(t, open(t, dsn, nil), "jardins", 1)
	})
	t.Run("begun and not finished", func(t *testing.T) {
		t.Parallel()
		dsn := pg.New(t)
		admin := connect(t, dsn)
		execute(t, admin, "CREATE SCHEMA coopspace")
		st := open(t, dsn, nil)
		write(t, st, "jardins", 1)
	})
	for name, c := range map[string]struct{ harm, says string }{
		"a table is gone":          {"DROP TABLE coopspace.ballot CASCADE", "schema: there is no table ballot"},
		"the layout is gone":       {"DROP TABLE coopspace.layout CASCADE", "layout"},
		"the layout is empty":      {"DELETE FROM coopspace.layout", "layout: is damaged"},
		"a table of somebody else": {"DROP SCHEMA coopspace CASCADE; CREATE SCHEMA coopspace; CREATE TABLE coopspace.space (x int)", `"space" already exists`},
		"migrations of others":     {"DROP SCHEMA coopspace CASCADE; CREATE SCHEMA coopspace; CREATE TABLE coopspace.migration (x int)", "version_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := database(t)
			execute(t, connect(t, dsn), c.harm)
			_, err := postgres.Open(ctx, dsn, nil)
			require.ErrorIs(t, err, store.ErrForeign)
			require.Contains(t, err.Error(), c.says)
		})
	}
}

func TestFaultOf(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for code, want := range map[string]error{
		"53100": store.ErrFull, "53300": store.ErrBusy, "53200": store.ErrBusy, "57014": store.ErrBusy, "55P03": store.ErrBusy,
		"57P01": store.ErrUnreachable, "57P02": store.ErrUnreachable, "57P03": store.ErrUnreachable, "25006": store.ErrUnreachable,
		"25P03": store.ErrUnreachable, "08006": store.ErrUnreachable, "42501": store.ErrRights, "28P01": store.ErrDatabase,
		"28000": store.ErrDatabase, "3D000": store.ErrDatabase, "42P01": store.ErrForeign, "XX001": store.ErrForeign, "XX002": store.ErrForeign,
	} {
		err := postgres.FaultOf(ctx, fmt.Errorf("inside: %w", &pgconn.PgError{Code: code, Message: "because"}))
		require.ErrorIs(t, err, want, code)
		require.Contains(t, err.Error(), "because")
	}
	ended, end := context.WithCancel(ctx)
	end()
	require.Equal(t, context.Canceled, postgres.FaultOf(ended, &pgconn.PgError{Code: "57014"}))
	require.NoError(t, postgres.FaultOf(ctx, nil))
}

// with gives a DSN for another user or database of the same server.
func with(t *testing.T, dsn, user, database string) string {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	if user == "" {
		user = c.User
	}
	if database == "" {
		database = c.Database
	}
	return fmt.Sprintf("%s user='%s' dbname='%s'", dsn, user, database)
}

// connect gives a connection that sees all, beside every store.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
	return c
}

func execute(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	_, err := c.Exec(context.Background(), sql)
	require.NoError(t, err, sql)
}

// open opens a store for one test.
func open(t *testing.T, dsn string, opts *postgres.Options) *postgres.Store {
	t.Helper()
	st, err := postgres.Open(t.Context(), dsn, opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := st.Close(); !errors.Is(err, store.ErrClosed) {
			require.NoError(t, err)
		}
	})
	return st
}

// appendOne appends one event to a space's log.
func appendOne(w store.Writer) error {
	head, err := w.Head()
	if err != nil {
		return err
	}
	return w.Append(store.Event{Position: head + 1, Body: []byte("happened")})
}

// write appends one event and demands where the log stands then.
func write(t *testing.T, st store.Store, space store.SpaceID, want store.Position) {
	t.Helper()
	require.NoError(t, st.Update(t.Context(), space, func(w store.Writer) error {
		head, err := w.Head()
		require.Equal(t, want-1, head)
		return errors.Join(err, appendOne(w))
	}))
}

func openBox(t *testing.T, st store.Store, space store.SpaceID, poll string, change bool) {
	t.Helper()
	require.NoError(t, st.Update(t.Context(), space, func(w store.Writer) error { return w.OpenBox(poll, store.Box{Change: change}) }))
}

// ballot is somebody's first, whose idempotency key is made of who and where.
func ballot(space store.SpaceID, poll, key string) store.Ballot {
	return store.Ballot{
		Space: space, Poll: poll, Key: []byte(key), Retry: []byte("retry " + key), Same: []byte("same " + key), Body: []byte("yes of " + key),
	}
}

func cast(t *testing.T, st store.Store, b store.Ballot, want store.Outcome) {
	t.Helper()
	e, err := st.Cast(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, want, e.Outcome)
}

// everything uses every ability of a store once.
func everything(t *testing.T, st *postgres.Store) {
	t.Helper()
	ctx := t.Context()
	key := []store.Key{{Index: "by", Bytes: []byte("name")}}
	require.NoError(t, st.Update(ctx, "all", func(w store.Writer) error {
		return errors.Join(appendOne(w), w.OpenBox("p", store.Box{Change: true}),
			w.Put(store.Record{Kind: "note", ID: "1", Side: true, Body: []byte("one"), Keys: key}),
			w.Put(store.Record{Kind: "fact", ID: "1", Body: []byte("one"), Keys: key}))
	}))
	require.NoError(t, st.Update(ctx, "all", func(w store.Writer) error {
		return errors.Join(w.Put(store.Record{Kind: "fact", ID: "1", Version: 1, Body: []byte("two")}), w.Drop("note", "1"))
	}))
	openBox(t, st, "jardins", "p", true)
	first := ballot("all", "p", "key")
	cast(t, st, first, store.First)
	cast(t, st, first, store.Again)
	second := ballot("all", "p", "key")
	second.Retry, second.Same, second.Replaces = []byte("r2"), []byte("s2"), 1
	cast(t, st, second, store.Replaced)
	require.NoError(t, st.Update(ctx, "all", func(w store.Writer) error { return w.ShutBox("p") }))
	require.NoError(t, st.Hold(ctx, "name", func(context.Context) error { return nil }))
	hearing, stop := context.WithTimeout(ctx, 10*time.Millisecond)
	defer stop()
	require.NoError(t, st.Wake(hearing, func(store.SpaceID) {}))
	require.NoError(t, st.View(ctx, "all", func(r store.Reader) error {
		rec, err := r.Get("fact", "1")
		require.Equal(t, "two", string(rec.Body))
		return err
	}))
}
