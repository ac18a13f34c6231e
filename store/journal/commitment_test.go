package journal_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

func TestText(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		type label struct{ Latin string }
		var one, two journal.Commitment
		key := store.Key{Index: "latin", Bytes: []byte("ficus")}
		g.do(home, func(tx *journal.Tx) (err error) {
			if one, err = tx.Commit(label{"Ficus carica"}, key); err != nil {
				return err
			}
			if two, err = tx.Commit(label{"Ficus carica"}); err != nil {
				return err
			}
			var l label
			found, err := tx.Text(one, &l)
			require.True(t, found)
			require.Equal(t, "Ficus carica", l.Latin)
			return errors.Join(err, tx.Emit("fig", PlantSown{Label: one}, PlantSown{Label: two}))
		})
		require.NotEqual(t, one, two, "the same text under another salt tells nothing")
		require.Len(t, string(one), 64)
		rec, _ := get(t, st, home, "text", string(one))
		require.NotContains(t, rec.Body[:32], byte(0), "a source that gives a few bytes at a time is asked again") // this one gives no zeros

		read := func(c journal.Commitment) (l label, found bool, err error) {
			err = g.View(t.Context(), home, func(r *journal.Reader) (err error) {
				found, err = r.Text(c, &l)
				return err
			})
			return l, found, err
		}
		l, found, err := read(one)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, "Ficus carica", l.Latin)

		g.do(home, func(tx *journal.Tx) error { return errors.Join(tx.Erase(one), tx.Erase(one), tx.Erase("")) })
		for _, gone := range []journal.Commitment{one, ""} {
			l, found, err = read(gone)
			require.NoError(t, err)
			require.False(t, found)
			require.Zero(t, l)
		}
		require.NoError(t, st.View(t.Context(), home, func(r store.Reader) error {
			for rec := range r.List(store.Query{Kind: "text", Index: "latin"}) {
				require.Fail(t, "an index key outlived its text", rec.ID)
			}
			return nil
		}))
		g.verify(home)

		t.Run("a text that was changed", func(t *testing.T) {
			put(t, st, home, "text", string(two), func(r *store.Record) { r.Body[35]++ })
			_, _, err := read(two)
			require.ErrorIs(t, err, journal.ErrText)
		})
		t.Run("a text that cannot be written", func(t *testing.T) {
			require.Error(t, g.try(home, func(tx *journal.Tx) error { _, err := tx.Commit(make(chan int)); return err }))
		})
	})

	t.Run("a text of another shape", func(t *testing.T) {
		t.Parallel()
		g := program(t, newStore(t))
		var c journal.Commitment
		g.do(home, func(tx *journal.Tx) (err error) { c, err = tx.Commit("a word"); return err })
		require.ErrorIs(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			var n int
			_, err := r.Text(c, &n)
			return err
		}), journal.ErrText)
	})
}
