package journal_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// refuses demands that a program that opens the store anew finds something wrong, and names it.
func (g garden) refuses(space store.SpaceID, where string) {
	g.t.Helper()
	rep, err := g.Verify(g.t.Context(), space)
	require.NoError(g.t, err)
	require.ErrorIs(g.t, rep.Err(), journal.ErrVerify)
	named := slices.ContainsFunc(rep.Problems, func(p journal.Problem) bool {
		return p.Where == where || strings.HasPrefix(p.Where, where+" ")
	})
	require.True(g.t, named, "%q is not named in %v", where, rep.Problems)
}

// orchard is a space with 300 entries, 10 plants with labels, and a signed checkpoint.
func orchard(t *testing.T, st store.Store) (labels []journal.Commitment) {
	g := program(t, st)
	for i := range 10 {
		g.do(home, func(tx *journal.Tx) error {
			label, err := tx.Commit(fmt.Sprintf("plant %d", i), store.Key{Index: "label", Bytes: []byte{byte(i)}})
			if err != nil {
				return err
			}
			labels = append(labels, label)
			return tx.Emit(fmt.Sprintf("p%d", i), PlantSown{Bed: "north", Label: label}, PlantMoved{Bed: "south"})
		})
		g.clock.move(1e9)
	}
	g.do(home, func(tx *journal.Tx) error {
		for i := range 280 {
			if err := tx.Emit(fmt.Sprintf("p%d", i%10), PlantGrew{MM: i}); err != nil {
				return err
			}
		}
		return nil
	})
	_, err := g.Checkpoint(t.Context(), home)
	require.NoError(t, err)
	return labels
}

func TestVerify(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		labels := orchard(t, st)
		g := program(t, st)
		rep, err := g.Verify(t.Context(), home)
		require.NoError(t, err)
		require.True(t, rep.OK(), "%v", rep.Problems)
		require.EqualValues(t, 300, rep.Entries)
		require.EqualValues(t, 300, rep.Signed)
		require.Equal(t, 10, rep.Records)
		require.Equal(t, 10, rep.Texts)
		require.Empty(t, rep.Skipped)

		t.Run("an erased text verifies", func(t *testing.T) {
			g.do(home, func(tx *journal.Tx) error { return tx.Erase(labels[3]) })
			rep, err := g.Verify(t.Context(), home)
			require.NoError(t, err)
			require.True(t, rep.OK(), "%v", rep.Problems)
			require.Equal(t, 9, rep.Texts)
		})
		t.Run("a space that nobody wrote", func(t *testing.T) { g.verify(other) })
	})
}

func TestTamperedRecords(t *testing.T) {
	t.Parallel()
	const tile = "journal.tile"
	for name, c := range map[string]struct {
		where  string
		tamper func(t *testing.T, st store.Store, labels []journal.Commitment)
	}{
		"a changed record": {"plant/p3", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "plant", "p3", func(r *store.Record) { r.Body = []byte(strings.Replace(string(r.Body), "south", "north", 1)) })
		}},
		"an extra record": {"plant/p77", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "plant", "p77", func(r *store.Record) { r.Body = []byte(`{}`) })
		}},
		"an extra record of another kind": {"bed/north", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "bed", "north", func(r *store.Record) { r.Body = []byte(`{}`) })
		}},
		"another index key": {"plant/p3", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "plant", "p3", func(r *store.Record) { r.Keys = []store.Key{{Index: "bed", Bytes: []byte("north")}} })
		}},
		"an index key more": {"plant/p3", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "plant", "p3", func(r *store.Record) { r.Keys = append(r.Keys, store.Key{Index: "x"}) })
		}},
		"an index key less": {"plant/p3", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "plant", "p3", func(r *store.Record) { r.Keys = nil })
		}},
		"another length in the head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			editHead(t, st, home, func(h map[string]any) { h["edge"].(map[string]any)["size"] = 299 })
		}},
		"another edge in the head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			editHead(t, st, home, func(h map[string]any) {
				hashes := h["edge"].(map[string]any)["hashes"].([]any)
				hashes[0], hashes[1] = hashes[1], hashes[0]
			})
		}},
		"another time in the head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			editHead(t, st, home, func(h map[string]any) { h["at"] = "2036-01-01T00:00:00Z" })
		}},
		"an event less in the head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			editHead(t, st, home, func(h map[string]any) { h["names"] = h["names"].([]any)[1:] })
		}},
		"a fold less in the head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			editHead(t, st, home, func(h map[string]any) { h["folds"] = map[string]any{} })
		}},
		"a fold more in the head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			editHead(t, st, home, func(h map[string]any) { h["folds"].(map[string]any)["bed"] = 1 })
		}},
		"a head that cannot be read": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "journal.head", "head", func(r *store.Record) { r.Body = []byte("{") })
		}},
		"no head": {"head", func(t *testing.T, st store.Store, _ []journal.Commitment) { drop(t, st, "journal.head", "head") }},
		"a changed tile": {"tile 0/000000000000", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, tile, "0/000000000000", func(r *store.Record) { r.Body[4000] ^= 1 })
		}},
		"a missing tile": {"tile 0/000000000000", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			drop(t, st, tile, "0/000000000000")
		}},
		"a changed tile that still grows": {"tile 1/000000000000", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, tile, "1/000000000000", func(r *store.Record) { r.Body[5] ^= 1 })
		}},
		"a missing tile that still grows": {"tile 1/000000000000", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			drop(t, st, tile, "1/000000000000")
		}},
		"a tile above them all": {"tile 2/000000000000", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, tile, "2/000000000000", func(r *store.Record) { r.Side = true })
		}},
		"an extra tile": {"tile 0/000000000001", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, tile, "0/000000000001", func(r *store.Record) { r.Side = true })
		}},
		"a changed text": {"text", func(t *testing.T, st store.Store, labels []journal.Commitment) {
			put(t, st, home, "text", string(labels[3]), func(r *store.Record) { r.Body[40]++ })
		}},
		"a text cut short": {"text", func(t *testing.T, st store.Store, labels []journal.Commitment) {
			put(t, st, home, "text", string(labels[3]), func(r *store.Record) { r.Body = r.Body[:31] })
		}},
		"swapped texts": {"text", func(t *testing.T, st store.Store, labels []journal.Commitment) {
			a, _ := get(t, st, home, "text", string(labels[3]))
			b, _ := get(t, st, home, "text", string(labels[4]))
			put(t, st, home, "text", string(labels[3]), func(r *store.Record) { r.Body = b.Body })
			put(t, st, home, "text", string(labels[4]), func(r *store.Record) { r.Body = a.Body })
		}},
		"a checkpoint that nobody signed": {"checkpoint", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			put(t, st, home, "journal.checkpoint", "last", func(r *store.Record) { r.Body[3]++ })
		}},
		"a checkpoint of another log": {"checkpoint", func(t *testing.T, st store.Store, _ []journal.Commitment) {
			g := program(t, st)
			g.emit(other, "fig", PlantSown{})
			signed, err := g.Checkpoint(t.Context(), other)
			require.NoError(t, err)
			put(t, st, home, "journal.checkpoint", "last", func(r *store.Record) { r.Body = signed })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStore(t)
			labels := orchard(t, st)
			c.tamper(t, st, labels)
			program(t, st).refuses(home, c.where)
		})
	}

	t.Run("a missing record", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		orchard(t, st)
		program(t, forged{Store: st, hide: "plant/p3"}).refuses(home, "plant/p3")
	})
	t.Run("a removable record", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		orchard(t, st)
		program(t, forged{Store: st, side: "plant/p3"}).refuses(home, "plant/p3")
	})
}

func drop(t *testing.T, st store.Store, kind, id string) {
	require.NoError(t, st.Update(t.Context(), home, func(w store.Writer) error { return w.Drop(kind, id) }))
}

func TestTamperedLog(t *testing.T) {
	t.Parallel()
	rewrite := func(t *testing.T, e *store.Event, fn func(*journal.Entry)) {
		entry, err := journal.ParseEntry(e.Body)
		require.NoError(t, err)
		fn(&entry)
		e.Body, err = entry.Bytes()
		require.NoError(t, err)
	}
	for name, c := range map[string]struct {
		where  string
		events func(t *testing.T, log []store.Event) []store.Event
	}{
		"a changed event, in a full tile": {"tile 0/000000000000", func(t *testing.T, log []store.Event) []store.Event {
			rewrite(t, &log[30], func(e *journal.Entry) { e.Data = []byte(`{"mm":9999}`) })
			return log
		}},
		"a changed event folds to another record": {"plant/p9", func(t *testing.T, log []store.Event) []store.Event {
			rewrite(t, &log[299], func(e *journal.Entry) { e.Data = []byte(`{"mm":9999}`) })
			return log
		}},
		"a changed actor": {"head", func(t *testing.T, log []store.Event) []store.Event {
			rewrite(t, &log[299], func(e *journal.Entry) { e.By.ID = "bo" })
			return log
		}},
		"a time that goes back": {"entry 300", func(t *testing.T, log []store.Event) []store.Event {
			rewrite(t, &log[299], func(e *journal.Entry) { e.At = spring })
			return log
		}},
		"an event that is not canonical": {"entry 20", func(t *testing.T, log []store.Event) []store.Event {
			log[19].Body = append(log[19].Body, ' ')
			return log
		}},
		"an event of no revision that is known": {"plant/p9", func(t *testing.T, log []store.Event) []store.Event {
			rewrite(t, &log[299], func(e *journal.Entry) { e.Name = "plant.grew/3" })
			return log
		}},
		"a removed event": {"entry 21", func(t *testing.T, log []store.Event) []store.Event { return slices.Delete(log, 19, 20) }},
		"a removed event, closed up": {"entry 20", func(t *testing.T, log []store.Event) []store.Event {
			log = slices.Delete(log, 19, 20)
			for i := range log {
				log[i].Position = store.Position(i + 1)
			}
			return log
		}},
		"reordered events": {"entry 20", func(t *testing.T, log []store.Event) []store.Event {
			log[19], log[20] = log[20], log[19]
			log[19].Position, log[20].Position = 20, 21
			return log
		}},
		"a log cut short": {"checkpoint", func(t *testing.T, log []store.Event) []store.Event { return log[:299] }},
		"a lost log":      {"head", func(t *testing.T, log []store.Event) []store.Event { return nil }},
		"an added event": {"head", func(t *testing.T, log []store.Event) []store.Event {
			more := store.Event{Position: 301, Body: slices.Clone(log[299].Body)}
			rewrite(t, &more, func(e *journal.Entry) { e.Position = 301 })
			return append(log, more)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStore(t)
			orchard(t, st)
			program(t, forged{Store: st, events: func(log []store.Event) []store.Event { return c.events(t, log) }}).refuses(home, c.where)
		})
	}

	t.Run("a log that the driver finds damaged", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		orchard(t, st)
		program(t, damaged{st}).refuses(home, "store")
	})

	t.Run("so much that a report cannot hold it", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		orchard(t, st)
		g := program(t, forged{Store: st, events: func(log []store.Event) []store.Event {
			for i := range log {
				log[i].Body = []byte("{}")
			}
			return log
		}})
		rep, err := g.Verify(t.Context(), home)
		require.NoError(t, err)
		require.Len(t, rep.Problems, 100)
	})

	// Whoever holds the store can rewrite log, head, tiles and records together. Only what was signed before tells.
	t.Run("another history, whole in itself", func(t *testing.T) {
		t.Parallel()
		st, fork := newStore(t), newStore(t)
		orchard(t, st)
		orchard(t, fork)
		program(t, fork).emit(home, "p0", PlantGrew{MM: 1})
		program(t, st).emit(home, "p0", PlantGrew{MM: 2})
		signed, err := program(t, st).Checkpoint(t.Context(), home)
		require.NoError(t, err)
		program(t, fork).verify(home)
		put(t, fork, home, "journal.checkpoint", "last", func(r *store.Record) { r.Body = signed })
		program(t, fork).refuses(home, "checkpoint")
		program(t, st).verify(home)
	})
}

// damaged is a store whose log ends in damage.
type damaged struct{ store.Store }

func (d damaged) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	return d.Store.View(ctx, space, func(r store.Reader) error { return fn(damagedReader{r}) })
}

type damagedReader struct{ store.Reader }

func (r damagedReader) Events(after store.Position) iter.Seq2[store.Event, error] {
	return func(yield func(store.Event, error) bool) {
		for e := range r.Reader.Events(after) {
			if e.Position > 100 {
				yield(store.Event{}, store.ErrForeign.At("log", "is damaged"))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}
