package storetest_test

import (
	"sync"
	"testing"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/storetest"
)

// What stands for processes in tests keeps what a database that processes share promises.
func TestShared(t *testing.T) {
	var mu sync.Mutex
	dirs := map[string]*storetest.Shared{}
	storetest.Run(t, storetest.Driver{
		Shared: true,
		Open: func(dir string) (store.Store, error) {
			mu.Lock()
			defer mu.Unlock()
			if dirs[dir] == nil {
				dirs[dir] = storetest.Share(memory.New())
			}
			return dirs[dir].Process(), nil
		},
	})
}
