package bolt

import (
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"github.com/jackc/pgx/v5" // want "store/bolt may not import github.com/jackc/pgx/v5"

	"github.com/communecter/coopspace/store/journal" // want "store/bolt may not import store/journal"
)

var open map[string]*bbolt.DB // want "package variable open starts without a value"

var (
	mu    = sync.Mutex{}           // want "package variable mu holds a sync.Mutex"
	count = new(atomic.Int64)      // want "package variable count holds a atomic.Int64"
	names = map[string]int{"a": 1} // a table
	size  = 1                      // written below, in another file too
	once  = sync.OnceValue(func() int { return 1 })
	_     = pgx.Connect
	_     = journal.Open
)

func init() { // want "init runs for whoever imports the package"
	names["b"] = 2 // want "package variable names is written"
}

func shadow() {
	size := 2
	size++
	delete(names, "a") // want "package variable names is written"
}
