package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store/bolt"
)

// The program runs, and leaves behind a resolution that anyone can check.
func TestDecision(t *testing.T) {
	t.Chdir(t.TempDir())
	main()

	st, err := bolt.Open("coop.db", nil)
	require.NoError(t, err)
	coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir("coop.keys")})
	require.NoError(t, err)
	defer func() { require.NoError(t, coop.Close()) }()
	host := governance.Host("test")
	spaces, err := coop.Spaces.List(t.Context(), host, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, spaces.Items, 1)
	adopted, err := coop.Resolutions.List(t.Context(), host, spaces.Items[0].ID, 0, governance.Paging{})
	require.NoError(t, err)
	require.Len(t, adopted.Items, 1)
	require.Equal(t, "Un composteur place du marché", adopted.Items[0].Title)
	found, err := coop.Verify(t.Context(), host, spaces.Items[0].ID)
	require.NoError(t, err)
	require.NoError(t, found.Err())
}
