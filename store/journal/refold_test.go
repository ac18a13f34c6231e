package journal_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// attach makes a program of a garden with these plants.
func attach(n *journal.Noun[plant]) func(*journal.Journal) {
	return func(j *journal.Journal) { j.Attach(n, beds) }
}

func TestRefold(t *testing.T) {
	t.Parallel()
	byHeight := func(t *testing.T, g garden, n *journal.Noun[plant]) (ids []string) {
		require.NoError(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			for it, err := range n.List(r, store.Query{Index: "height"}) {
				if err != nil {
					return err
				}
				ids = append(ids, it.ID)
			}
			return nil
		}))
		return ids
	}
	onBoth(t, func(t *testing.T, st store.Store) {
		old := program(t, st)
		old.emit(home, "fig", PlantSown{Bed: "north"}, PlantGrewCM{CM: 9}, PlantMoved{Bed: "south"})
		old.emit(home, "oak", PlantSown{Bed: "north"}, PlantGrew{MM: 1})
		old.emit(home, "north", BedDug{})
		old.emit(other, "fig", PlantSown{Bed: "north"}, PlantMoved{Bed: "south"}, PlantMoved{Bed: "east"})
		untouched, _ := get(t, st, home, "bed", "north")
		log := old.entries(home)

		now := plantsOf(2)
		g := program(t, st, attach(now))
		require.Equal(t, []string{"oak", "fig"}, byHeight(t, g, now), "a View is enough to fold anew, with the index keys")
		require.Equal(t, plant{Bed: "south", MM: 90, Moves: 1}, g.plant(home, "fig").State)
		rec, _ := get(t, st, home, "plant", "fig")
		require.EqualValues(t, 4, rec.Version)
		same, _ := get(t, st, home, "bed", "north")
		require.Equal(t, untouched, same, "what did not change is left alone")

		byHeight(t, g, now)
		again := program(t, st, attach(now))
		byHeight(t, again, now)
		rec, _ = get(t, st, home, "plant", "fig")
		require.EqualValues(t, 4, rec.Version, "once is enough")
		require.Equal(t, log, g.entries(home), "the log stays as it was")
		again.verify(home)

		t.Run("before the first command", func(t *testing.T) {
			g := program(t, st, attach(now))
			g.do(other, func(tx *journal.Tx) error {
				it, err := now.Get(&tx.Reader, "fig")
				require.NoError(t, err)
				require.Equal(t, 2, it.State.Moves)
				return tx.Emit("fig", PlantMoved{Bed: "west"})
			})
			require.Equal(t, 3, g.plant(other, "fig").State.Moves)
			g.verify(other)
		})

		t.Run("by Verify", func(t *testing.T) {
			program(t, st, attach(plantsOf(3))).verify(home, other)
		})

		t.Run("a program that is older now", func(t *testing.T) {
			for range 2 {
				err := old.try(home, func(tx *journal.Tx) error { return tx.Emit("fig", PlantGrew{MM: 1}) })
				require.ErrorIs(t, err, journal.ErrNewer, "also one that used the space before")
			}
			require.Equal(t, "south", old.plant(home, "fig").State.Bed, "it may read")
			old.refuses(home, "records")
			_, err := old.Checkpoint(t.Context(), home)
			require.NoError(t, err, "it may sign")
		})
	})

	t.Run("a command of an old space whose function runs again", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		program(t, st).emit(home, "fig", PlantSown{}, PlantMoved{Bed: "east"})
		g := program(t, twice{Store: st}, attach(plantsOf(2)))
		g.emit(home, "fig", PlantMoved{Bed: "west"})
		require.Equal(t, 2, g.plant(home, "fig").State.Moves)
		g.verify(home)
	})

	t.Run("a command that fails leaves the old records", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		program(t, st).emit(home, "fig", PlantSown{}, PlantMoved{Bed: "east"})
		g := program(t, st, attach(plantsOf(2)))
		require.ErrorIs(t, g.try(home, func(*journal.Tx) error { return context.Canceled }), context.Canceled)
		rec, _ := get(t, st, home, "plant", "fig")
		require.EqualValues(t, 2, rec.Version)
		g.verify(home)
	})

	t.Run("a log that cannot be read", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		program(t, st).emit(home, "fig", PlantSown{})
		lying := forged{Store: st, events: func(log []store.Event) []store.Event { return nil }}
		program(t, lying).refuses(home, "head")
		require.NoError(t, st.Update(t.Context(), home, func(w store.Writer) error {
			return w.Append(store.Event{Position: 2, Body: []byte("{}")})
		}))
		g := program(t, st, attach(plantsOf(2)))
		require.ErrorIs(t, g.View(t.Context(), home, func(*journal.Reader) error { return nil }), journal.ErrEntry)
		g.refuses(home, "records")
		g.refuses(home, "entry 2")
	})
}

// A space that was asked for before it existed, or that a newer program wrote to meanwhile, is looked at again.
func TestReadyIsNotRememberedTooEarly(t *testing.T) {
	t.Parallel()
	st := newStore(t)
	now := plantsOf(2)
	g := program(t, st, attach(now))
	require.Empty(t, g.entries(home))
	g.verify(home)
	old := program(t, st) // an older program is still running, on the same store
	old.emit(home, "fig", PlantSown{}, PlantMoved{Bed: "east"})
	require.Equal(t, 1, g.plant(home, "fig").State.Moves)
	g.verify(home)
	require.ErrorIs(t, old.try(home, func(tx *journal.Tx) error { return tx.Emit("fig", PlantGrew{MM: 1}) }), journal.ErrNewer)
}

func TestNewer(t *testing.T) {
	t.Parallel()
	newer := func(t *testing.T) store.Store {
		st := newStore(t)
		program(t, st).emit(home, "fig", PlantSown{Bed: "north"}, PlantMoved{Bed: "south"})
		return st
	}
	for name, older := range map[string]func(*journal.Journal){
		"an event that this program does not know": attach(plantsOf(1, PlantSown{}, PlantGrewCM{}, PlantGrew{})),
		"a noun that this program does not know":   func(j *journal.Journal) { j.Attach(beds) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newer(t)
			g := program(t, st, older)
			for range 2 {
				require.ErrorIs(t, g.try(home, func(*journal.Tx) error { panic("never called") }), journal.ErrNewer)
			}
			log := g.entries(home)
			require.Len(t, log, 2)
			require.Nil(t, log[1].Event)
			require.JSONEq(t, `{"bed":"south"}`, string(log[1].Data))
			require.Equal(t, "south", g.plant(home, "fig").State.Bed)
			g.refuses(home, "records")
			g.emit(other, "hill", BedDug{}) // another space is another matter
			program(t, st).verify(home)
		})
	}
}

// Of a module that the program does not attach, events are skipped and named; commands go on.
func TestUnknownModule(t *testing.T) {
	t.Parallel()
	st := newStore(t)
	bees := journal.NewNoun("apiary", "bee", 1, func(s int, _ journal.Entry) int { return s + 1 },
		func(int) []store.Key { return nil }, named{Name: "bee.named/1"})
	both := func(j *journal.Journal) { j.Attach(plants, beds, bees) }
	program(t, st, both).emit(home, "maja", named{Name: "bee.named/1", Open: "x"})
	g := program(t, st)
	g.emit(home, "fig", PlantSown{})
	rep, err := g.Verify(t.Context(), home)
	require.NoError(t, err)
	require.True(t, rep.OK(), "%v", rep.Problems)
	require.Equal(t, []string{"apiary bee.named/1"}, rep.Skipped)
	require.Equal(t, 1, rep.Records)
	program(t, st, both).verify(home)
}

// The first revision of an event folds for ever, among those of the second.
func TestOldRevision(t *testing.T) {
	t.Parallel()
	g := program(t, newStore(t))
	g.emit(home, "fig", PlantGrewCM{CM: 2}, PlantGrew{MM: 3}, PlantGrewCM{CM: 1})
	require.Equal(t, 33, g.plant(home, "fig").State.MM)
	g.verify(home)
}

// Everything that is ever written into a head is read back from it, also by this test's own eyes.
func TestHead(t *testing.T) {
	t.Parallel()
	st := newStore(t)
	g := program(t, st)
	g.emit(home, "fig", PlantSown{}, PlantGrew{MM: 1})
	g.emit(home, "north", BedDug{})
	rec, _ := get(t, st, home, "journal.head", "head")
	var h struct {
		Edge  journal.Edge
		At    string
		Folds map[string]int
		Names []string
	}
	d := json.NewDecoder(strings.NewReader(string(rec.Body)))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&h))
	require.EqualValues(t, 3, h.Edge.Size)
	require.Len(t, h.Edge.Hashes, 2)
	require.Equal(t, "2026-03-20T09:00:00Z", h.At)
	require.Equal(t, map[string]int{"plant": 1, "bed": 1}, h.Folds)
	require.Equal(t, []string{"garden bed.dug/1", "garden plant.grew/2", "garden plant.sown/1"}, h.Names)

	t.Run("a head that is damaged", func(t *testing.T) {
		put(t, st, home, "journal.head", "head", func(r *store.Record) { r.Body = []byte("{") })
		require.ErrorIs(t, g.try(home, func(*journal.Tx) error { return nil }), journal.ErrEntry)
		_, err := g.Checkpoint(t.Context(), home)
		require.ErrorIs(t, err, journal.ErrEntry)
	})
}
