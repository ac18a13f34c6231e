package governance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
)

// Whoever spreads requests over several servers learns which of them may be asked.
func TestReady(t *testing.T) {
	t.Parallel()
	st := newStore(t)
	coop, err := governance.Open(st, &governance.Options{Keys: governance.MemoryKeys()})
	require.NoError(t, err)
	require.NoError(t, coop.Ready(t.Context()))

	// All has moved away under a server that was forgotten: it reads, and nobody votes there any more.
	require.NoError(t, st.SetTransit(t.Context(), store.Transit{}, store.Transit{To: "elsewhere"}))
	require.ErrorIs(t, coop.Ready(t.Context()), store.ErrMoved)

	require.NoError(t, st.Close())
	require.ErrorIs(t, coop.Ready(t.Context()), store.ErrClosed)
}
