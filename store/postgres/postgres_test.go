package postgres_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
	"github.com/communecter/coopspace/store/storetest"
)

var pg pgtest.Server

func TestMain(m *testing.M) { pg.Main(m) }

// driver gives each directory a database of its own, whose name it writes there: the child of the crash test finds it.
func driver(tb testing.TB) storetest.Driver {
	var mu sync.Mutex
	backs := map[string]func(){}
	return storetest.Driver{
		Open: func(dir string) (store.Store, error) {
			mu.Lock()
			defer mu.Unlock()
			file := filepath.Join(dir, "dsn")
			dsn, err := os.ReadFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				made, back := pg.Borrow(tb, "driver", prepare, empty)
				dsn, backs[dir] = []byte(made), back
				err = os.WriteFile(file, dsn, 0o600)
			}
			if err != nil {
				return nil, err
			}
			return postgres.Open(context.Background(), string(dsn), nil)
		},
		Remove: func(dir string) {
			mu.Lock()
			defer mu.Unlock()
			if back := backs[dir]; back != nil {
				back()
				delete(backs, dir)
			}
		},
		Durable: true,
		Moves:   true,
		Shared:  true,
	}
}

// database gives a fresh database in which the schema is made already, until the test ends.
func database(tb testing.TB) string {
	tb.Helper()
	dsn, drop := pg.Copy(tb, "store", prepare)
	tb.Cleanup(drop)
	return dsn
}

func prepare(dsn string) error {
	st, err := postgres.Open(context.Background(), dsn, nil)
	if err != nil {
		return err
	}
	return st.Close()
}

// empty is how a database is made as prepare left it. What tests leave is little: deleting it is quicker than truncating.
const empty = "DELETE FROM coopspace.space; DELETE FROM coopspace.event; DELETE FROM coopspace.record; DELETE FROM coopspace.record_key;" +
	" DELETE FROM coopspace.box; DELETE FROM coopspace.ballot; UPDATE coopspace.layout SET transit = ''"

func TestStore(t *testing.T) { storetest.Run(t, driver(t)) }

func BenchmarkStore(b *testing.B) { storetest.Bench(b, driver(b)) }
