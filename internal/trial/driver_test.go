package trial

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/postgres"
)

// driver is how trials come by stores of one kind.
type driver struct {
	name string

	// place makes a place where data can lie, which is all that open needs to know, and gives what removes it.
	place func(t *testing.T) (place string, remove func())

	// open opens the store in a place, and makes it when there is none.
	open func(place string) (store.Store, error)

	durable bool // what lies in a place outlives the store that was opened there, and the process
	shared  bool // several may be open in one place at once
}

// pg is the server of this test binary.
var pg pgtest.Server

// drivers are all there are.
func drivers() []driver {
	return []driver{
		{
			name:  "memory",
			place: func(*testing.T) (string, func()) { return "", func() {} },
			open:  func(string) (store.Store, error) { return memory.New(), nil },
		},
		{
			name:    "bolt",
			place:   func(t *testing.T) (string, func()) { return filepath.Join(t.TempDir(), "coop.db"), func() {} },
			open:    func(place string) (store.Store, error) { return bolt.Open(place, nil) },
			durable: true,
		},
		{
			name:    "postgres",
			place:   database,
			open:    openPostgres,
			durable: true,
			shared:  true,
		},
	}
}

// database makes one with an empty store in it, which is quicker than making the store each time.
func database(t *testing.T) (dsn string, drop func()) {
	return pg.Copy(t, "store", func(dsn string) error {
		st, err := openPostgres(dsn)
		if err != nil {
			return err
		}
		return st.Close()
	})
}

// somewhere makes a place for one test.
func (d driver) somewhere(t *testing.T) string {
	t.Helper()
	place, remove := d.place(t)
	t.Cleanup(remove)
	return place
}

func openPostgres(place string) (store.Store, error) {
	return postgres.Open(context.Background(), place, nil)
}

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
			return max(1, short/5)
		}
		return short
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "COOPSPACE_SOAK is no number")
	return max(short, long*n/10)
}
