package memory_test

import (
	"testing"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/storetest"
)

var driver = storetest.Driver{Moves: true, Open: func(string) (store.Store, error) { return memory.New(), nil }}

func TestStore(t *testing.T) { storetest.Run(t, driver) }

func BenchmarkStore(b *testing.B) { storetest.Bench(b, driver) }
