package httpapi

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/memory"
)

var update = flag.Bool("update", false, "write openapi.yaml and the golden files anew")

func newCoop(t testing.TB) *governance.Coop {
	t.Helper()
	coop, err := governance.Open(memory.New(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, coop.Close()) })
	return coop
}

// The committed document is the one that is served, so that a change of the API is seen in review.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := newServer(newCoop(t), nil)
	made, err := s.api.OpenAPI().YAML()
	require.NoError(t, err)
	golden(t, "openapi.yaml", made)

	doc, err := openapi3.NewLoader().LoadFromData(made)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(context.Background(), openapi3.IsOpenAPI31OrLater()))
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			at := method + " " + path
			require.NotEmpty(t, o.OperationID, at)
			require.False(t, ids[o.OperationID], "%s: the id %s is there twice", at, o.OperationID)
			ids[o.OperationID] = true
			require.NotEmpty(t, o.Summary, at)
			for _, status := range []string{"401", "403", "404", "422", "500"} {
				require.NotNil(t, o.Responses.Value(status), "%s does not document %s", at, status)
			}
		}
	}
	require.NotContains(t, string(made), "$schema")
	require.NotContains(t, string(made), "ErrorModel")
}

// golden compares with a committed file, or writes it.
func golden(t *testing.T, file string, made []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, made, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(made), "go test ./httpapi -update writes %s anew; look at what changes", file)
}
