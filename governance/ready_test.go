package governance_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/postgres"
)

// Whoever spreads requests over several servers learns which of them may be asked.
func TestReady(t *testing.T) {
	t.Parallel()
	st := newStore(t)
	coop, err := governance.Open(st, &governance.Options{Keys: governance.MemoryKeys()})
	require.NoError(t, err)
	require.NoError(t, coop.Ready(t.Context()))

	// A newer program wrote what this one does not know: it reads, and takes no more.
	knows := func(version int) {
		require.NoError(t, st.Update(t.Context(), store.Instance, func(w store.Writer) error {
			rec, err := w.Get("journal.head", "head")
			require.NoError(t, err)
			head := map[string]any{}
			require.NoError(t, json.Unmarshal(rec.Body, &head))
			head["folds"].(map[string]any)["instance"] = version
			rec.Body, err = json.Marshal(head)
			require.NoError(t, err)
			return w.Put(rec)
		}))
	}
	knows(99)
	require.ErrorIs(t, coop.Ready(t.Context()), journal.ErrNewer)
	knows(1)
	require.NoError(t, coop.Ready(t.Context()))

	// All has moved away under a server that was forgotten: it reads, and nobody votes there any more.
	require.NoError(t, st.SetTransit(t.Context(), store.Transit{}, store.Transit{To: "elsewhere"}))
	require.ErrorIs(t, coop.Ready(t.Context()), store.ErrMoved)

	require.NoError(t, st.Close())
	require.ErrorIs(t, coop.Ready(t.Context()), store.ErrClosed)
}

// A database whose layout a newer program has changed takes nothing from this one.
func TestReady_newer(t *testing.T) {
	t.Parallel()
	dsn := pg.New(t)
	st, err := postgres.Open(t.Context(), dsn, nil)
	require.NoError(t, err)
	coop, err := governance.Open(st, &governance.Options{Keys: governance.MemoryKeys()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, coop.Close()) })
	require.NoError(t, coop.Ready(t.Context()))

	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, admin.Close(context.Background())) })
	_, err = admin.Exec(t.Context(), "UPDATE coopspace.layout SET format = format + 1")
	require.NoError(t, err)
	require.ErrorIs(t, coop.Ready(t.Context()), store.ErrNewer)
	_, err = admin.Exec(t.Context(), "UPDATE coopspace.layout SET format = format - 1")
	require.NoError(t, err)
	require.NoError(t, coop.Ready(t.Context()))
}
