package trial

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/memory"
)

// driver is how trials come by stores of one kind.
type driver struct {
	name string

	// place makes a place where data can lie, for one test. It is all that open needs to know.
	place func(t *testing.T) string

	// open opens the store in a place, and makes it when there is none.
	open func(place string) (store.Store, error)

	// reopen gives the store in a place as the next process finds it, when the one that had opened old is no more.
	reopen func(place string, old store.Store) (store.Store, error)

	durable bool // what lies in a place outlives the process
}

// drivers are all there are.
func drivers() []driver {
	return []driver{
		{
			name:  "memory",
			place: func(*testing.T) string { return "" },
			open:  func(string) (store.Store, error) { return memory.New(), nil },
			// Its data live as long as it does.
			reopen: func(_ string, old store.Store) (store.Store, error) { return old, nil },
		},
		{
			name:  "bolt",
			place: func(t *testing.T) string { return filepath.Join(t.TempDir(), "coop.db") },
			open:  openBolt,
			// A file belongs to one opener. Closing it writes nothing: only the lock goes.
			reopen: func(place string, old store.Store) (store.Store, error) {
				if err := old.Close(); err != nil {
					return nil, err
				}
				return openBolt(place)
			},
			durable: true,
		},
	}
}

func openBolt(place string) (store.Store, error) { return bolt.Open(place, nil) }

// onEach runs a trial on each driver.
func onEach(t *testing.T, drivers []driver, fn func(t *testing.T, d driver)) {
	t.Helper()
	t.Parallel()
	for _, d := range drivers {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			fn(t, d)
		})
	}
}

// durables are the drivers that keep what they were given.
func durables() []driver {
	var out []driver
	for _, d := range drivers() {
		if d.durable {
			out = append(out, d)
		}
	}
	return out
}

// often tells how often to try: short in every run of the tests, a fifth of it under -short or while the race detector
// watches, and long for each ten of COOPSPACE_SOAK.
func often(t *testing.T, short, long int) int {
	t.Helper()
	text := os.Getenv("COOPSPACE_SOAK")
	if text == "" {
		if raced || testing.Short() {
			return short / 5
		}
		return short
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "COOPSPACE_SOAK is no number")
	return max(short, long*n/10)
}
