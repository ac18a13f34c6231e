package journal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// sow is a command with an idempotency key; it answers with the plant's id.
func (g garden) sow(space store.SpaceID, by journal.By, key string, input any) (string, error) {
	return journal.Do(context.Background(), g.Journal, space,
		journal.Command{Name: "plants.sow", By: by, Key: key, Input: input},
		func(tx *journal.Tx) (string, error) {
			id := tx.NewID()
			return id, tx.Emit(id, PlantSown{Bed: "north"})
		})
}

// replies counts the replies that are kept.
func replies(t *testing.T, st store.Store, space store.SpaceID) (n int) {
	require.NoError(t, st.View(t.Context(), space, func(r store.Reader) error {
		for _, err := range r.List(store.Query{Kind: "journal.reply"}) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	}))
	return n
}

func TestDo(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		var now time.Time
		id, err := journal.Do(t.Context(), g.Journal, home, journal.Command{Name: "plants.sow", By: ana},
			func(tx *journal.Tx) (string, error) {
				now = tx.Now()
				g.clock.move(time.Hour) // the time of a command is stamped once
				if err := tx.Emit("fig", PlantSown{Bed: "north"}, PlantGrewCM{CM: 3}); err != nil {
					return "", err
				}
				if err := tx.Emit("n", BedDug{}); err != nil {
					return "", err
				}
				it, err := plants.Get(&tx.Reader, "fig") // it reads what it wrote
				if err != nil {
					return "", err
				}
				if it.State.MM != 30 || it.Version != 2 {
					return "", errors.New("the record is not folded yet")
				}
				return "fig", tx.Emit("fig", PlantGrew{MM: 5})
			})
		require.NoError(t, err)
		require.Equal(t, "fig", id)
		require.Equal(t, plant{Bed: "north", MM: 35}, g.plant(home, "fig").State)

		log := g.entries(home)
		require.Len(t, log, 4)
		for i, e := range log {
			require.Equal(t, store.Position(i+1), e.Position)
			require.True(t, e.At.Equal(now) && e.At.Equal(spring))
			require.Equal(t, log[0].Command, e.Command)
			require.Equal(t, ana, e.By)
		}
		require.Equal(t, PlantGrewCM{CM: 3}, log[1].Event)

		err = g.View(t.Context(), home, func(r *journal.Reader) error {
			require.Equal(t, home, r.Space())
			at, when, err := r.Head()
			require.Equal(t, store.Position(4), at)
			require.True(t, when.Equal(spring))
			for it, err := range plants.List(r, store.Query{Index: "bed", Prefix: []byte("north")}) {
				require.NoError(t, err)
				require.Equal(t, "fig", it.ID)
				require.NotEmpty(t, it.Cursor)
			}
			has, herr := plants.Has(r, "oak")
			require.NoError(t, herr)
			require.False(t, has)
			return err
		})
		require.NoError(t, err)
		g.verify(home)

		t.Run("an error leaves no trace", func(t *testing.T) {
			sad := errors.New("no rain")
			err := g.try(home, func(tx *journal.Tx) error {
				if _, err := tx.Commit("a note"); err != nil {
					return err
				}
				if err := tx.Emit("oak", PlantSown{}); err != nil {
					return err
				}
				return sad
			})
			require.Equal(t, sad, err)
			require.Len(t, g.entries(home), 4)
			_, found := get(t, st, home, "plant", "oak")
			require.False(t, found)
			rep, err := g.Verify(t.Context(), home)
			require.NoError(t, err)
			require.Zero(t, rep.Texts)
		})

		t.Run("a panic leaves no trace", func(t *testing.T) {
			require.Panics(t, func() {
				_ = g.try(home, func(tx *journal.Tx) error {
					require.NoError(t, tx.Emit("oak", PlantSown{}))
					panic("lightning")
				})
			})
			require.Len(t, g.entries(home), 4)
		})

		t.Run("a context that ended", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := journal.Do(ctx, g.Journal, home, journal.Command{}, func(*journal.Tx) (int, error) { return 0, nil })
			require.ErrorIs(t, err, context.Canceled)
		})

		t.Run("a swallowed refusal of an event fails the command", func(t *testing.T) {
			err := g.try(home, func(tx *journal.Tx) error {
				_ = tx.Emit("oak", PlantSown{}, PlantMoved{Bed: strings.Repeat("x", store.MaxKey+1)}, PlantGrew{MM: 1})
				return nil
			})
			require.ErrorIs(t, err, store.ErrInvalid)
			require.Len(t, g.entries(home), 4)
			_, found := get(t, st, home, "plant", "oak")
			require.False(t, found)
		})

		t.Run("an event under an open listing", func(t *testing.T) {
			err := g.try(home, func(tx *journal.Tx) error {
				for _, err := range plants.List(&tx.Reader, store.Query{}) {
					if err != nil {
						return err
					}
					return tx.Emit("fig", PlantGrew{MM: 1})
				}
				return nil
			})
			require.ErrorIs(t, err, store.ErrIterating)
		})

		t.Run("an event without a subject", func(t *testing.T) {
			require.ErrorIs(t, g.try(home, func(tx *journal.Tx) error { return tx.Emit("", BedDug{}) }), store.ErrInvalid)
		})
		g.verify(home)
	})
}

func TestTime(t *testing.T) {
	t.Parallel()
	g := program(t, newStore(t))
	g.emit(home, "fig", PlantSown{})
	g.clock.move(-time.Hour)
	g.emit(home, "fig", PlantGrew{MM: 1})
	g.clock.move(2*time.Hour + 999*time.Nanosecond)
	g.emit(home, "fig", PlantGrew{MM: 1})
	log := g.entries(home)
	require.True(t, log[1].At.Equal(log[0].At), "a clock that steps back does not take the log with it")
	require.Equal(t, time.Hour, log[2].At.Sub(log[0].At))
	require.Equal(t, time.UTC, log[2].At.Location())

	t.Run("a time that the log cannot write", func(t *testing.T) {
		g := program(t, newStore(t))
		g.clock.micros.Store(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
		require.ErrorIs(t, g.try(home, func(tx *journal.Tx) error { return tx.Emit("fig", PlantSown{}) }), journal.ErrEntry)
	})
	g.verify(home)
}

func TestTimeKey(t *testing.T) {
	t.Parallel()
	var last string
	for _, at := range []time.Time{time.Unix(-5, 0), time.Unix(-1, 0), time.Unix(0, 0), time.UnixMicro(1), spring} {
		k := string(journal.TimeKey(at))
		require.Greater(t, k, last)
		last = k
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		first, err := g.sow(home, ana, "k1", "fig")
		require.NoError(t, err)

		t.Run("the same again has the same reply, and nothing is written", func(t *testing.T) {
			before, _ := get(t, st, home, "journal.head", "head")
			g.clock.move(time.Minute)
			again, err := g.sow(home, ana, "k1", "fig")
			require.NoError(t, err)
			require.Equal(t, first, again)
			after, _ := get(t, st, home, "journal.head", "head")
			require.Equal(t, before, after)
			require.Len(t, g.entries(home), 1)
			require.Equal(t, 1, replies(t, st, home))
		})

		t.Run("another actor with the key makes another request", func(t *testing.T) {
			for _, by := range []journal.By{bo, {Kind: "host", ID: "ana"}, {Kind: "person", ID: "ana", For: "bo"}} {
				id, err := g.sow(home, by, "k1", "fig")
				require.NoError(t, err)
				require.NotEqual(t, first, id)
			}
			require.Len(t, g.entries(home), 4)
		})

		t.Run("another space with the key makes another request", func(t *testing.T) {
			id, err := g.sow(other, ana, "k1", "fig")
			require.NoError(t, err)
			require.NotEqual(t, first, id)
		})

		t.Run("a failed command may be tried again with its key", func(t *testing.T) {
			rain := false
			try := func() (int, error) {
				return journal.Do(t.Context(), g.Journal, home, journal.Command{Name: "plants.grow", By: ana, Key: "k2"},
					func(tx *journal.Tx) (int, error) {
						if err := tx.Emit(first, PlantGrew{MM: 1}); err != nil || !rain {
							return 0, errors.Join(err, errors.New("no rain"))
						}
						return 7, nil
					})
			}
			_, err := try()
			require.ErrorContains(t, err, "no rain")
			rain = true
			n, err := try()
			require.NoError(t, err)
			require.Equal(t, 7, n)
			require.Equal(t, 1, g.plant(home, first).State.MM)
		})

		t.Run("a reply without an event is kept too", func(t *testing.T) {
			n := 0
			for range 2 {
				got, err := journal.Do(t.Context(), g.Journal, home, journal.Command{Name: "count", By: ana, Key: "k3"},
					func(*journal.Tx) (int, error) { n++; return n, nil })
				require.NoError(t, err)
				require.Equal(t, 1, got)
			}
		})

		t.Run("the key with another input", func(t *testing.T) {
			_, err := g.sow(home, ana, "k1", "oak")
			require.ErrorIs(t, err, journal.ErrKeyReused)
		})

		t.Run("the key with another command", func(t *testing.T) {
			_, err := journal.Do(t.Context(), g.Journal, home, journal.Command{Name: "plants.grow", By: ana, Key: "k1", Input: "fig"},
				func(*journal.Tx) (string, error) { return "", nil })
			require.ErrorIs(t, err, journal.ErrKeyReused)
		})

		t.Run("what is no key", func(t *testing.T) {
			for _, bad := range []string{strings.Repeat("k", journal.MaxKey+1), "clé", "a\nb", "a\x00", "\x7f"} {
				_, err := g.sow(home, ana, bad, "fig")
				require.ErrorIs(t, err, journal.ErrKey, "%q", bad)
			}
			_, err := g.sow(home, ana, strings.Repeat("~", journal.MaxKey), "fig")
			require.NoError(t, err)
		})
		g.verify(home, other)
	})

	t.Run("what is past its time is dropped two by two", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		g := program(t, st)
		old, err := g.sow(home, ana, "old 0", nil)
		require.NoError(t, err)
		for i := range 6 {
			_, err := g.sow(home, ana, fmt.Sprintf("old %d", i+1), nil)
			require.NoError(t, err)
		}
		g.clock.move(journal.KeepReplies)
		again, err := g.sow(home, ana, "old 0", nil)
		require.NoError(t, err)
		require.Equal(t, old, again, "to the last moment it is known")

		g.clock.move(time.Microsecond)
		for _, want := range []int{6, 5, 4} { // one comes, two go
			_, err := g.sow(home, ana, fmt.Sprintf("new %d", want), nil)
			require.NoError(t, err)
			require.Equal(t, want, replies(t, st, home))
		}
		anew, err := g.sow(home, ana, "old 6", nil)
		require.NoError(t, err)
		require.NotEqual(t, old, anew, "after its time a key is a new key")
		require.Len(t, g.entries(home), 11)
		g.verify(home)
	})
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		var wg sync.WaitGroup
		var ids sync.Map
		var failed atomic.Int64
		for i := range 16 {
			wg.Go(func() {
				id, err := g.sow(home, ana, "together", "fig")
				ids.Store(id, true)
				if err != nil {
					failed.Add(1)
				}
				for range 4 { // and each its own, in two spaces
					if _, err := g.sow([]store.SpaceID{home, other}[i%2], bo, "", nil); err != nil {
						failed.Add(1)
					}
				}
			})
		}
		wg.Wait()
		require.Zero(t, failed.Load())
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		require.Equal(t, 1, n, "one key has one effect and one reply")
		require.Len(t, g.entries(home), 33)
		require.Len(t, g.entries(other), 32)
		g.verify(home, other)
	})
}

// A driver may run the function of an Update again: nothing doubles, and nothing of the first run is seen.
func TestRunAgain(t *testing.T) {
	t.Parallel()

	t.Run("events and replies come once", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		g := program(t, twice{Store: st})
		woken := 0
		g.Listen(func(store.SpaceID) { woken++ })
		id, err := g.sow(home, ana, "k", nil)
		require.NoError(t, err)
		again, err := g.sow(home, ana, "k", nil)
		require.NoError(t, err)
		require.Equal(t, id, again)
		require.Equal(t, 1, woken)
		require.Len(t, g.entries(home), 1)
		signed, err := g.Checkpoint(t.Context(), home)
		require.NoError(t, err)
		require.NotEmpty(t, signed)
		require.NoError(t, g.CatchUp(t.Context()))
		g.verify(home)
	})

	// The reply of another process used to be read over what the first run had answered: maps were merged.
	t.Run("another process answered in between", func(t *testing.T) {
		t.Parallel()
		st := newStore(t)
		answer := func(g garden, reply map[string]int) (map[string]int, error) {
			return journal.Do(context.Background(), g.Journal, home, journal.Command{Name: "n", By: ana, Key: "k"},
				func(tx *journal.Tx) (map[string]int, error) { return reply, tx.Emit("fig", PlantGrew{MM: 1}) })
		}
		elsewhere := program(t, st)
		g := program(t, twice{Store: st, between: func() {
			_, err := answer(elsewhere, map[string]int{"there": 1})
			require.NoError(t, err)
		}})
		got, err := answer(g, map[string]int{"here": 1})
		require.NoError(t, err)
		require.Equal(t, map[string]int{"there": 1}, got)
		require.Len(t, g.entries(home), 1)
		g.verify(home)
	})
}
