package httpapi

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
)

var update = flag.Bool("update", false, "write openapi.yaml and the golden files anew")

func newCoop(t testing.TB) *governance.Coop {
	t.Helper()
	coop, err := governance.Open(newStore(t), nil)
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

// The contract that all other tests are held to does find what is not as documented.
func TestContract(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	fresh := &contract{router: s.doc.router, doc: s.doc.doc}
	a := s.ask(t, "host", "GET", "/v1/key", nil).is(t, 200, nil)
	r := httptest.NewRequest("GET", "/v1/key", nil)
	require.NoError(t, fresh.check(r, nil, a))
	for what, change := range map[string]func(*answer){
		"a member of another type":      func(a *answer) { a.body = []byte(`{"key":7}`) },
		"a member that is missing":      func(a *answer) { a.body = []byte(`{}`) },
		"a member that nobody knows":    func(a *answer) { a.body = []byte(`{"key":"x","more":1}`) },
		"a status that is not foreseen": func(a *answer) { a.status = 418 },
		"another kind of content":       func(a *answer) { a.header = http.Header{"Content-Type": {"text/html"}} },
	} {
		b := a
		change(&b)
		require.Error(t, fresh.check(r, nil, b), what)
	}
	post := httptest.NewRequest("POST", "/v1/spaces", nil)
	post.Header.Set("Content-Type", "application/json")
	made := s.ask(t, "host", "POST", "/v1/spaces", map[string]any{"name": "Jardin"}).is(t, 201, nil)
	require.NoError(t, fresh.check(post, []byte(`{"name":"Jardin"}`), made))
	require.Error(t, fresh.check(post, []byte(`{"title":"Jardin"}`), made), "a request that is not as documented was granted")
}

// golden compares with a committed file, or writes it.
func golden(t *testing.T, file string, made []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, made, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	if bytes.Equal(want, made) {
		return
	}
	// The first line that differs: both files whole would bury it.
	was, is := strings.Split(string(want), "\n"), strings.Split(string(made), "\n")
	line := 0
	for line < min(len(was), len(is))-1 && was[line] == is[line] {
		line++
	}
	require.Failf(t, file+" is not what is made now", "line %d is\n%s\ninstead of\n%s\ngo test ./httpapi -update writes it anew; look at what changes",
		line+1, was[line], is[line])
}
