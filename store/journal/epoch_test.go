package journal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/anystore"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// copied restores a copy of a store, as far as the journal does not see to it.
func copied(t *testing.T, from store.Mover) anystore.Store {
	t.Helper()
	to := anystore.NewMoving(t, &pg)
	filled, err := store.Fill(t.Context(), to, "a copy", from.Pieces(t.Context()), nil)
	require.NoError(t, err)
	require.NoError(t, to.SetTransit(t.Context(), filled, store.Transit{}))
	return to
}

// checkpoint signs a space's log and reads what was signed.
func (g garden) checkpoint(space store.SpaceID) journal.Checkpoint {
	g.t.Helper()
	signed, err := g.Checkpoint(g.t.Context(), space)
	require.NoError(g.t, err)
	c, err := journal.OpenCheckpoint(signed, g.Verifier())
	require.NoError(g.t, err)
	return c
}

// extends demands that the log was only ever added to since an earlier checkpoint.
func (g garden) extends(space store.SpaceID, earlier, now journal.Checkpoint) {
	g.t.Helper()
	require.NoError(g.t, g.View(g.t.Context(), space, func(r *journal.Reader) error {
		proof, err := r.ProveConsistency(now.Size, earlier.Size)
		require.NoError(g.t, err)
		return journal.CheckConsistency(proof, now.Size, now.Root, earlier.Size, earlier.Root)
	}))
}

// A log is copied, and goes on in two places: what each signs says which of the two it is.
func TestRestored(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		g := program(t, st)
		g.emit(home, "fig", PlantSown{Bed: "north"}, PlantGrew{MM: 5})
		g.emit(other, "plum", PlantSown{Bed: "south"})
		before := g.checkpoint(home)
		require.Equal(t, "garden.example/"+string(home), before.Origin)
		g.emit(home, "fig", PlantGrew{MM: 1}) // after the last checkpoint, and in the copy

		again := program(t, copied(t, st.(store.Mover)))
		for _, space := range []store.SpaceID{home, other, "never written"} {
			require.NoError(t, again.Restored(t.Context(), space, ana, "018f-a"))
			require.NoError(t, again.Restored(t.Context(), space, ana, "018f-a"), "twice is once")
		}
		again.verify(home, other)
		for s, err := range again.Store().Spaces(t.Context()) {
			require.NoError(t, err)
			require.NotEqual(t, store.SpaceID("never written"), s)
		}
		entries := again.entries(home)
		require.Len(t, entries, 4)
		require.Equal(t, journal.LogRestored{Epoch: "018f-a"}, entries[3].Event)
		require.Equal(t, "log.restored/1", entries[3].Name)
		require.Equal(t, "journal", entries[3].Module)

		g.emit(home, "fig", PlantGrew{MM: 2})
		again.emit(home, "fig", PlantGrew{MM: 2})
		here, there := g.checkpoint(home), again.checkpoint(home)
		require.Equal(t, "garden.example/"+string(home), here.Origin)
		require.Equal(t, "garden.example/"+string(home)+"/018f-a", there.Origin)
		for _, c := range []journal.Checkpoint{before, here, there} {
			require.True(t, c.Of("garden.example", home))
			require.False(t, c.Of("garden.example", other))
			require.False(t, c.Of("example", home))
		}
		require.False(t, journal.Checkpoint{Origin: "garden.example/" + string(home) + "/a/b"}.Of("garden.example", home))
		g.extends(home, before, here)
		again.extends(home, before, there)
		again.verify(home, other)
		rep, err := again.Verify(t.Context(), home)
		require.NoError(t, err)
		require.Equal(t, "018f-a", rep.Epoch)
		require.Equal(t, there.Size, rep.Signed)
		rep, err = g.Verify(t.Context(), home)
		require.NoError(t, err)
		require.Empty(t, rep.Epoch)

		t.Run("a copy of the copy", func(t *testing.T) {
			third := program(t, copied(t, again.Store().(store.Mover)))
			kept := third.checkpoint(home)
			require.Equal(t, there, kept, "what was kept is still what it says")
			require.NoError(t, third.Restored(t.Context(), home, ana, "018f-b"))
			third.verify(home)
			last := third.checkpoint(home)
			require.Equal(t, "garden.example/"+string(home)+"/018f-b", last.Origin)
			third.extends(home, before, last)
			third.extends(home, there, last)
			third.verify(home)
			require.NoError(t, third.View(t.Context(), home, func(r *journal.Reader) error {
				epochs, err := r.Epochs()
				require.Equal(t, "018f-b", epochs.At(store.Position(last.Size)))
				return err
			}))
		})

		t.Run("what another epoch signed is not taken for this one's", func(t *testing.T) {
			signed, err := g.Checkpoint(t.Context(), home)
			require.NoError(t, err)
			forked := copied(t, again.Store().(store.Mover))
			put(t, forked, home, "journal.checkpoint", "last", func(r *store.Record) { r.Side, r.Body = true, signed })
			f := program(t, forked)
			f.refuses(home, "checkpoint")
			f.emit(home, "fig", PlantGrew{MM: 3})
			_, err = f.Checkpoint(t.Context(), home)
			require.ErrorIs(t, err, journal.ErrVerify)
		})

		t.Run("an epoch that is hidden", func(t *testing.T) {
			forked := copied(t, again.Store().(store.Mover))
			put(t, forked, home, "log", "this", func(r *store.Record) { r.Body = []byte(`{"epochs":null}`) })
			program(t, forked).refuses(home, "log/this")
			put(t, forked, home, "log", "this", func(r *store.Record) { r.Body = []byte(`?`) })
			program(t, forked).refuses(home, "log")
		})
	})

	t.Run("no name of an epoch", func(t *testing.T) {
		t.Parallel()
		g := program(t, newStore(t))
		for _, name := range []string{"", "a b", "a/b", "a\nb", "é", strings.Repeat("x", 65)} {
			require.ErrorIs(t, g.Restored(t.Context(), home, ana, name), journal.ErrEpoch)
		}
	})

	t.Run("a noun of the same kind", func(t *testing.T) {
		t.Parallel()
		require.Panics(t, func() {
			program(t, newStore(t)).Attach(journal.NewNoun("forest", "log", 1,
				func(s plant, _ journal.Entry) plant { return s }, func(plant) []store.Key { return nil }))
		})
	})
}

// What was sent before a move is not sent again after it, and what was not is: positions move with everything else.
func TestFollow_moved(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, st store.Store) {
		sent := map[string]int{}
		mailing := func(st store.Store) garden {
			g := program(t, st)
			require.NoError(t, g.Follow(journal.Follower{Name: "mail", Follow: func(_ context.Context, space store.SpaceID, entries []journal.Entry) error {
				for _, e := range entries {
					sent[fmt.Sprintf("%s %d %s", space, e.Position, e.Name)]++
				}
				return nil
			}}))
			return g
		}
		g := mailing(st)
		g.emit(home, "fig", PlantSown{Bed: "north"}, PlantGrew{MM: 5})
		require.NoError(t, g.CatchUp(t.Context()))
		g.emit(home, "fig", PlantGrew{MM: 6})
		require.Len(t, sent, 2)

		moved := mailing(copied(t, st.(store.Mover)))
		require.NoError(t, moved.CatchUp(t.Context()))
		moved.emit(home, "fig", PlantMoved{Bed: "south"})
		require.NoError(t, moved.CatchUp(t.Context()))
		require.Len(t, sent, 4)
		for what, times := range sent {
			require.Equal(t, 1, times, what)
		}
	})
}
