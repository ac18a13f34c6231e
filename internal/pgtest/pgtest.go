// Package pgtest gives tests a PostgreSQL of their own: a private cluster for the test binary, and in it a database for each
// test that asks, copied from a template.
//
//	var pg pgtest.Server
//
//	func TestMain(m *testing.M) { pg.Main(m) }
//
//	func TestSomething(t *testing.T) {
//		dsn := pg.New(t)
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

// Server is the server of a test binary, started when it is first asked for. The zero value is ready.
type Server struct {
	once    sync.Once
	dsn     string // of a database from which others are made
	cluster *Cluster
	err     error

	mu        sync.Mutex // protects what follows
	templates map[string]*template
	lent      map[string][]string // databases that came back, by the template's name
}

// template is a database that others are copied from.
type template struct {
	once     sync.Once
	database string
	err      error
}

// Main runs the tests of a package, stops the server if there is one, and ends the process.
func (s *Server) Main(m *testing.M) {
	status := m.Run()
	if s.cluster != nil {
		s.cluster.Remove()
	} else {
		s.leave()
	}
	os.Exit(status)
}

// leave drops what is left on a server that is not ours: templates, and databases that were lent.
func (s *Server) leave() {
	var left []string
	for _, t := range s.templates {
		left = append(left, t.database)
	}
	for _, dsns := range s.lent {
		for _, dsn := range dsns {
			if c, err := pgx.ParseConfig(dsn); err == nil {
				left = append(left, c.Database)
			}
		}
	}
	for _, name := range left {
		if err := execute(s.dsn, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
		}
	}
}

// root gives the DSN of the server's maintenance database.
func (s *Server) root(tb testing.TB) string {
	tb.Helper()
	s.once.Do(func() {
		if s.dsn = os.Getenv(Env); s.dsn != "" {
			return
		}
		s.cluster, s.err = Start(Settings{})
		if s.err == nil {
			s.dsn = s.cluster.DSN("postgres")
		}
	})
	Need(tb, s.err)
	return s.dsn
}

// Need fails a test that has no server because of err; where this machine has none it skips, and fails under CI=true.
func Need(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errNone) && os.Getenv("CI") != "true":
		tb.Skipf("NO POSTGRESQL, AND SO NOT TESTED: %v", err)
	default:
		tb.Fatal(err)
	}
}

// New gives the DSN of a fresh, empty database, which is dropped when the test ends.
func (s *Server) New(tb testing.TB) string {
	tb.Helper()
	dsn, drop := made(tb, s.root(tb), "")
	tb.Cleanup(drop)
	return dsn
}

// Copy gives the DSN of a fresh database that is a copy of one in which prepare was run, once for each name in the life of
// the test binary; and a function that drops it.
func (s *Server) Copy(tb testing.TB, name string, prepare func(dsn string) error) (dsn string, drop func()) {
	tb.Helper()
	root := s.root(tb)
	s.mu.Lock()
	if s.templates == nil {
		s.templates = map[string]*template{}
	}
	t := s.templates[name]
	if t == nil {
		t = &template{}
		s.templates[name] = t
	}
	s.mu.Unlock()
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

// Lend gives the DSN of a database as Copy does, and takes it back when the test ends.
func (s *Server) Lend(tb testing.TB, name string, prepare func(dsn string) error, empty string) (dsn string) {
	tb.Helper()
	dsn, back := s.Borrow(tb, name, prepare, empty)
	tb.Cleanup(back)
	return dsn
}

// Borrow gives the DSN of a database as Copy does, and a function that gives it back: empty empties it for the next, which is
// quicker than to make one. One that cannot be emptied is dropped.
func (s *Server) Borrow(tb testing.TB, name string, prepare func(dsn string) error, empty string) (dsn string, back func()) {
	tb.Helper()
	s.mu.Lock()
	if free := s.lent[name]; len(free) > 0 {
		dsn, s.lent[name] = free[len(free)-1], free[:len(free)-1]
	}
	s.mu.Unlock()
	drop := func() {}
	if dsn == "" {
		dsn, drop = s.Copy(tb, name, prepare)
	}
	return dsn, func() {
		if err := execute(dsn, "SET lock_timeout = '10s'; "+empty); err != nil {
			tb.Errorf("pgtest: %v", err)
			drop()
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.lent == nil {
			s.lent = map[string][]string{}
		}
		s.lent[name] = append(s.lent[name], dsn)
	}
}

// made makes a database, and gives its DSN and what drops it.
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
