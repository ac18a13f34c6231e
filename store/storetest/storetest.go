package storetest

import (
	"testing"

	"github.com/communecter/coopspace/store"
)

// Driver tells the suite how to come by a store.
type Driver struct {
	// Open opens the store that lies in a directory, and makes it when there is none. What holds the data need not lie in
	// the directory, as long as another directory is another store.
	Open func(dir string) (store.Store, error)

	// Durable says that what was acknowledged is still there when the directory is opened again, by another process too,
	// and however the first one ended.
	Durable bool
}

// start opens a store of its own for a test, and closes it after.
func (d Driver) start(tb testing.TB) store.Store {
	tb.Helper()
	st, err := d.Open(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	return st
}
