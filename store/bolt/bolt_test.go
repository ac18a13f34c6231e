package bolt_test

import (
	"path/filepath"
	"testing"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/storetest"
)

var driver = storetest.Driver{
	Open:    func(dir string) (store.Store, error) { return bolt.Open(filepath.Join(dir, "coop.db"), nil) },
	Durable: true,
	Moves:   true,
}

func BenchmarkStore(b *testing.B) { storetest.Bench(b, driver) }

func TestStore(t *testing.T) { storetest.Run(t, driver) }
