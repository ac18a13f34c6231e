package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/httpapi/metrics"
	"github.com/communecter/coopspace/store/memory"
)

// What happens to a ballot, a reader and somebody who guesses is counted, and no measure tells of whom or of what.
func TestMetrics(t *testing.T) {
	t.Parallel()
	ctx, host := t.Context(), governance.Host("test")
	coop, err := governance.Open(memory.New(), nil)
	require.NoError(t, err)
	defer coop.Close()
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Le village", Public: true})
	require.NoError(t, err)
	m, err := coop.Members.Admit(ctx, host, sp.ID, governance.NewMember{
		Identity: governance.Identity{Issuer: "register", Subject: "1"}, Name: "Zoé Secret",
	})
	require.NoError(t, err)
	p, err := coop.Proposals.Submit(ctx, m.Actor(), sp.ID, governance.NewProposal{Title: "Une proposition"})
	require.NoError(t, err)
	poll, err := coop.Polls.Open(ctx, host, p.ID, governance.SimpleMajority())
	require.NoError(t, err)

	reg := prometheus.NewRegistry()
	measures := metrics.New(reg)
	stop := make(chan struct{})
	close(stop)
	api := httpapi.New(coop, &httpapi.Options{
		Who:      func(*http.Request) (governance.Actor, error) { return m.Actor(), nil },
		Answered: measures.Answered, Feeding: measures.Feeding, Stop: stop,
	})
	outer := http.NewServeMux() // an embedder mounts it where they like
	outer.Handle("/coop/", http.StripPrefix("/coop", api))
	ask := func(method, path, body string) int {
		r := httptest.NewRequest(method, "/coop"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		outer.ServeHTTP(w, r)
		return w.Code
	}
	ballot := "/v1/polls/" + string(poll.ID) + "/ballot"
	require.Equal(t, 200, ask("PUT", ballot, `{"choice":"against"}`))
	require.Equal(t, 409, ask("PUT", ballot, `{"choice":"for"}`))
	require.Equal(t, 422, ask("PUT", ballot, `{"choice":"maybe"}`))
	require.Equal(t, 200, ask("GET", ballot, ""))
	require.Equal(t, 200, ask("GET", "/v1/spaces/"+string(sp.ID)+"/log/events?after=0", ""))
	require.Equal(t, 404, ask("GET", "/v1/guess-a-secret", ""))
	require.Equal(t, 405, ask("SECRETS", ballot, ""))

	w := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	said := w.Body.String()
	for _, line := range []string{
		`coopspace_http_requests_total{method="PUT",route="/v1/polls/{poll}/ballot",status="2xx"} 1`,
		`coopspace_http_requests_total{method="PUT",route="/v1/polls/{poll}/ballot",status="4xx"} 2`,
		`coopspace_http_requests_total{method="GET",route="none",status="4xx"} 1`,
		`coopspace_http_requests_total{method="other",route="none",status="4xx"} 1`,
		`coopspace_http_request_seconds_count{method="PUT",route="/v1/polls/{poll}/ballot"} 3`,
		`coopspace_http_requests_total{method="GET",route="/v1/spaces/{space}/log/events",status="2xx"} 1`,
		`coopspace_ballots_total{outcome="accepted"} 1`,
		`coopspace_ballots_total{outcome="ballot.already_cast"} 1`,
		`coopspace_ballots_total{outcome="ballot.not_offered"} 1`,
		`coopspace_refusals_total{code="request.path"} 1`,
		`coopspace_feeds 0`,
	} {
		require.Contains(t, said, line+"\n")
	}
	require.NotContains(t, said, `coopspace_http_request_seconds_count{method="GET",route="/v1/spaces/{space}/log/events"}`,
		"how long somebody followed is no measure of the server")
	for _, secret := range []string{string(sp.ID), string(poll.ID), "against", "maybe", "guess", "SECRETS", "Zoé"} {
		require.NotContains(t, said, secret)
	}

	t.Run("every measure is described at the top", func(t *testing.T) {
		text, err := os.ReadFile("metrics.go")
		require.NoError(t, err)
		doc, _, _ := strings.Cut(string(text), "\npackage metrics")
		families, err := reg.Gather()
		require.NoError(t, err)
		require.Len(t, families, 5)
		for _, f := range families {
			require.Regexp(t, regexp.QuoteMeta(f.GetName())+`[{ ]`, doc)
		}
	})
	t.Run("one registry measures one API", func(t *testing.T) {
		require.Panics(t, func() { metrics.New(reg) })
	})
}

func TestAlone(t *testing.T) {
	t.Parallel()
	m, handler := metrics.Alone()
	m.Feeding(1)
	m.Feeding(1)
	m.Feeding(-1)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code)
	for _, measure := range []string{"coopspace_feeds 1\n", "go_goroutines ", "go_build_info{"} {
		require.Contains(t, w.Body.String(), measure)
	}
}
