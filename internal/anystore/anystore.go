// Package anystore lets a suite of tests that is about no driver run over each: COOPSPACE_TEST_STORE says over which, and
// without it they run in memory. `make drivers` runs the engine's suites over the others.
package anystore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/postgres"
)

// Env names the variable that says which driver: "memory", "bolt" or "postgres".
const Env = "COOPSPACE_TEST_STORE"

// Store is what all our drivers are.
type Store interface {
	store.Store
	store.Mover
}

// New gives an empty store, which is closed and gone when the test ends. pg is asked for a database if need be.
func New(tb testing.TB, pg *pgtest.Server) Store {
	tb.Helper()
	return open(tb, pg, false)
}

// NewMoving is as New, for a store that is to be filled from another.
func NewMoving(tb testing.TB, pg *pgtest.Server) Store {
	tb.Helper()
	return open(tb, pg, true)
}

func open(tb testing.TB, pg *pgtest.Server, moving bool) Store {
	tb.Helper()
	var st Store
	var err error
	switch name := os.Getenv(Env); name {
	case "", "memory":
		st = memory.New()
	case "bolt":
		st, err = bolt.Open(filepath.Join(tb.TempDir(), "coop.db"), &bolt.Options{Moving: moving})
	case "postgres":
		dsn := pg.Lend(tb, "anystore", prepare, empty)
		st, err = postgres.Open(context.Background(), dsn, &postgres.Options{Moving: moving})
	default:
		tb.Fatalf("%s is memory, bolt or postgres, and not %q", Env, name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil && !errors.Is(err, store.ErrClosed) {
			tb.Error(err)
		}
	})
	return st
}

// empty is how a database is made as prepare left it. What tests leave is little: deleting it is quicker than truncating.
const empty = "DELETE FROM coopspace.space; DELETE FROM coopspace.event; DELETE FROM coopspace.record; DELETE FROM coopspace.record_key;" +
	" DELETE FROM coopspace.box; DELETE FROM coopspace.ballot; UPDATE coopspace.layout SET transit = ''"

// prepare makes the schema in a database that others are copied from.
func prepare(dsn string) error {
	st, err := postgres.Open(context.Background(), dsn, nil)
	if err != nil {
		return err
	}
	return st.Close()
}
