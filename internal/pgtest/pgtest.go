// Package pgtest gives tests a PostgreSQL of their own: a private cluster for the test binary, and in it a database for each
// test that asks, copied from a template.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		dsn := pgtest.New(t)
//		...
//	}
//
// The cluster is made when it is first asked for, as an unprivileged user where the tests run as root, listens on a unix
// socket in a folder of its own and nowhere else, and is gone with the test binary. Where COOPSPACE_TEST_POSTGRES holds the
// DSN of a server, that server is used instead: its user must be allowed to make databases. With neither, tests skip and say
// so; under CI=true that is a failure.
package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names the variable that holds the DSN of a server to use instead of a private one.
const Env = "COOPSPACE_TEST_POSTGRES"

// shared is the server of this test binary.
var shared struct {
	once    sync.Once
	dsn     string // of a database from which others are made
	cluster *Cluster
	err     error
}

// Main runs the tests of a package and then stops the server, if there is one.
func Main(m *testing.M) {
	status := m.Run()
	if shared.cluster != nil {
		shared.cluster.Remove()
	}
	os.Exit(status)
}

// server gives the DSN of a server's maintenance database.
func server() (string, error) {
	shared.once.Do(func() {
		if shared.dsn = os.Getenv(Env); shared.dsn != "" {
			return
		}
		shared.cluster, shared.err = Start(Settings{})
		if shared.err == nil {
			shared.dsn = shared.cluster.DSN("postgres")
		}
	})
	return shared.dsn, shared.err
}

// Need skips a test where there is no PostgreSQL, or fails it under CI=true.
func Need(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrNone) && os.Getenv("CI") != "true":
		tb.Skipf("NO POSTGRESQL, AND SO NOT TESTED: %v", err)
	default:
		tb.Fatal(err)
	}
}

// New gives the DSN of a fresh, empty database, which is dropped when the test ends.
func New(tb testing.TB) string {
	tb.Helper()
	dsn, drop := Database(tb)
	tb.Cleanup(drop)
	return dsn
}

// Template gives the DSN of a fresh database that is copied from one in which prepare was run, once for each name in the
// life of the test binary.
func Template(tb testing.TB, name string, prepare func(dsn string) error) (dsn string, drop func()) {
	tb.Helper()
	root, err := server()
	Need(tb, err)
	templates.Lock()
	t := templates.of[name]
	if t == nil {
		t = &template{}
		templates.of[name] = t
	}
	templates.Unlock()
	t.once.Do(func() {
		if t.database, t.err = create(root, ""); t.err != nil {
			return
		}
		if t.err = prepare(of(root, t.database)); t.err == nil {
			t.err = execute(root, "ALTER DATABASE "+t.database+" WITH ALLOW_CONNECTIONS false")
		}
	})
	if t.err != nil {
		tb.Fatal(t.err)
	}
	return made(tb, root, t.database)
}

var templates = struct {
	sync.Mutex
	of map[string]*template
}{of: map[string]*template{}}

type template struct {
	once     sync.Once
	database string
	err      error
}

// Database gives the DSN of a fresh, empty database, and a function that drops it.
func Database(tb testing.TB) (dsn string, drop func()) {
	tb.Helper()
	root, err := server()
	Need(tb, err)
	return made(tb, root, "")
}

func made(tb testing.TB, root, template string) (dsn string, drop func()) {
	tb.Helper()
	name, err := create(root, template)
	if err != nil {
		tb.Fatal(err)
	}
	return of(root, name), func() {
		if err := execute(root, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("pgtest: %v", err)
		}
	}
}

// create makes a database.
func create(root, template string) (string, error) {
	var random [8]byte
	_, _ = rand.Read(random[:])
	name := "coopspace_test_" + hex.EncodeToString(random[:])
	sql := "CREATE DATABASE " + name
	if template != "" {
		sql += " TEMPLATE " + template + " STRATEGY FILE_COPY"
	}
	return name, execute(root, sql)
}

func execute(dsn, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// of gives the DSN of another database on the server that dsn names.
func of(dsn, database string) string {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return dsn // whoever connects is told
	}
	out := fmt.Sprintf("host=%s port=%d user=%s dbname=%s", quote(c.Host), c.Port, quote(c.User), quote(database))
	if c.Password != "" {
		out += " password=" + quote(c.Password)
	}
	if c.TLSConfig == nil {
		out += " sslmode=disable"
	}
	return out
}

// quote writes a value of a DSN.
func quote(s string) string {
	out := "'"
	for _, r := range s {
		if r == '\'' || r == '\\' {
			out += `\`
		}
		out += string(r)
	}
	return out + "'"
}
