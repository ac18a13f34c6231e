package journal_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
)

// BenchmarkDo measures a command of one event with an idempotency key, beside a bare write of the driver.
func BenchmarkDo(b *testing.B) {
	for _, driver := range []struct {
		name string
		open func() store.Store
	}{
		{"memory", func() store.Store { return memory.New() }},
		{"bolt", func() store.Store { return openBolt(b, filepath.Join(b.TempDir(), "coop.db")) }},
	} {
		b.Run(driver.name+"/command", func(b *testing.B) {
			st := driver.open()
			defer st.Close()
			g := program(b, st)
			for i := 0; b.Loop(); i++ {
				_, err := journal.Do(b.Context(), g.Journal, home, journal.Command{Name: "grow", By: ana, Key: fmt.Sprint(i)},
					func(tx *journal.Tx) (int, error) { return i, tx.Emit("fig", PlantGrew{MM: 1}) })
				require.NoError(b, err)
			}
		})
		b.Run(driver.name+"/bare", func(b *testing.B) {
			st := driver.open()
			defer st.Close()
			for i := uint64(0); b.Loop(); i++ {
				require.NoError(b, st.Update(b.Context(), home, func(w store.Writer) error {
					return w.Put(store.Record{Kind: "plant", ID: "fig", Version: i, Body: []byte(`{"mm":1}`)})
				}))
			}
		})
	}
}

// BenchmarkVerify measures a space of 10,000 entries and 1,000 records.
func BenchmarkVerify(b *testing.B) {
	st := openBolt(b, filepath.Join(b.TempDir(), "coop.db"))
	defer st.Close()
	g := program(b, st)
	for i := range 100 {
		g.do(home, func(tx *journal.Tx) error {
			for k := range 100 {
				if err := tx.Emit(fmt.Sprintf("p%d", (100*i+k)%1000), PlantGrew{MM: 1}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		rep, err := g.Verify(b.Context(), home)
		require.NoError(b, err)
		require.True(b, rep.OK())
	}
}
