package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Documents as Communecter's code writes them come in through the binary, twice without a trace, and are served.
func TestGoldenImport(t *testing.T) {
	t.Parallel()
	cases := os.Getenv("COOPSPACE_DATA")
	if cases == "" {
		cases = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(cases, "communecter")); err != nil {
		require.Empty(t, os.Getenv("CI"), "the cases are required and are not there")
		t.Skip("NOTHING COMPARED: ", err)
	}
	for _, file := range []string{"space.json", "getcoopdata.json"} {
		t.Run("communecter/"+file, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "coop.db")
			serveData(t, data, "--dev", "--demo").stop(t)
			args := []string{"import", "communecter", filepath.Join(cases, "communecter", file), "--space", demoSlug, "--data", data}
			out, _ := do(t, exitDone, append(args, "--check")...)
			require.Contains(t, out, "nothing was changed")
			do(t, exitDone, args...)
			out, _ = do(t, exitDone, args...)
			require.Contains(t, out, "Brought over: 0 people, 0 rooms, 0 proposals, 0 resolutions, 0 actions;")
			do(t, exitDone, "verify", "--data", data)

			s := serveData(t, data, "--dev", "--demo")
			var sp space
			s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &sp)
			s.ask(t, "", "GET", "/", "", nil)
			at := "/v1/spaces/" + sp.ID
			for _, list := range []string{"/members", "/rooms", "/proposals", "/resolutions", "/actions", "/actions?state=done", "/polls?state=open"} {
				s.ask(t, "host", "GET", at+list, "", nil)
			}
			var polls items
			s.ask(t, "host", "GET", at+"/polls?state=counted", "", &polls)
			require.Greater(t, len(polls.Items), 1)
			for _, p := range polls.Items {
				for _, what := range []string{"", "/roll-call", "/export", "/ballot", "/ballot/proof"} {
					r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/polls/"+p.ID+what, nil)
					require.NoError(t, err)
					r.Header.Set("Coop-Dev", "person:demo:1")
					res, err := http.DefaultClient.Do(r)
					require.NoError(t, err)
					var said map[string]any
					err = json.NewDecoder(res.Body).Decode(&said)
					require.NoError(t, err)
					res.Body.Close()
					require.Less(t, res.StatusCode, 500, "%s: %v", what, said)
					t.Log(p.ID[37:45], what, res.StatusCode, said["code"])
				}
			}
			s.stop(t)
		})
	}
}
