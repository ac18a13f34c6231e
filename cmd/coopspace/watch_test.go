package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// /readyz says whether this server takes requests, and if not the code of why.
func TestReadiness(t *testing.T) {
	t.Parallel()
	ask := func(r *readiness) (int, string) {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code, w.Body.String()
	}
	answers := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	refused := func(t *testing.T, r *readiness, code string) {
		t.Helper()
		status, said := ask(r)
		require.Equal(t, 503, status)
		require.Equal(t, code+"\n", said)
	}

	status, said := ask(&readiness{store: answers(nil)})
	require.Equal(t, 200, status)
	require.Equal(t, "ready\n", said)

	t.Run("the database is gone", func(t *testing.T) {
		t.Parallel()
		secret := store.ErrUnreachable.At("dsn", "postgres://coop:password@db").Wrap(context.Canceled)
		refused(t, &readiness{store: answers(secret)}, "store.unreachable")
	})
	t.Run("it was asked to stop", func(t *testing.T) {
		t.Parallel()
		r := &readiness{store: answers(nil)}
		r.stopping.Store(true)
		refused(t, r, "serve.stopping")
	})
	t.Run("the store is silent", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			refused(t, &readiness{store: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}, "serve.silent")
			require.Equal(t, readyWait, time.Since(began))
		})
	})
}

// ready waits until a server says that it takes requests, which it does not while a busy machine lets it wait for a second.
func (s *served) ready(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.status(t, "/readyz") == 200 }, time.Minute, 10*time.Millisecond)
}

// shows waits until a server has said something that matches, and gives it.
func (s *served) shows(t *testing.T, what string) (said string) {
	t.Helper()
	looked := regexp.MustCompile(what)
	require.Eventually(t, func() bool {
		said = looked.FindString(s.out.String())
		return said != ""
	}, time.Minute, 10*time.Millisecond)
	return said
}

// A server that lingers says that it is not ready, and answers all the same.
func TestLinger(t *testing.T) {
	t.Parallel()
	s := serveData(t, filepath.Join(t.TempDir(), "coop.db"), "--dev", "--demo", "--linger", "1h")
	s.ready(t)
	require.NoError(t, s.cmd.Process.Signal(stopSignal))
	require.Eventually(t, func() bool { return s.status(t, "/readyz") == 503 }, time.Minute, 10*time.Millisecond)
	require.Equal(t, 200, s.status(t, "/healthz"))
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", nil)
	_ = s.cmd.Process.Signal(stopSignal) // the second does not wait
	<-s.end
}

// The log tells what kind of request was answered and how, and nothing of who asked, what for or with what.
func TestLog(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "coop.db")
	s := serveData(t, data, "--dev", "--demo", "--log", "json", "--log-level", "debug")
	link := s.shows(t, regexp.QuoteMeta(s.url)+`/sign-in/\S+`)
	token := link[strings.LastIndex(link, "/")+1:]
	s.ask(t, "", "POST", "/sign-in/"+token, "", nil)
	var sp space
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &sp)
	var open items
	s.ask(t, "", "GET", "/v1/spaces/"+sp.ID+"/polls?state=open", "", &open)
	poll := open.Items[0].ID
	var mine struct{ Ballot, Choice json.RawMessage }
	s.ask(t, "person:demo:7", "PUT", "/v1/polls/"+poll+"/ballot", `{"choice":"against"}`, &mine)
	s.ask(t, "person:demo:7", "GET", "/v1/polls/"+poll+"/ballot", "", nil)
	require.Equal(t, 404, s.status(t, "/v1/no/such/secret-path"))
	require.Equal(t, 401, s.status(t, "/v1/polls/"+poll+"/ballot"))
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/polls/"+poll, nil)
	require.NoError(t, err)
	r.Header.Set("Coop-Dev", "person of no kind")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	res.Body.Close()
	require.Equal(t, 401, res.StatusCode)
	s.stop(t)

	log := s.errs.String()
	routes := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		var l struct {
			Msg, Method, Route, Request, Code string
			Status                            int
			Seconds                           float64
		}
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		if l.Msg != "answered" {
			continue
		}
		require.NotEmpty(t, l.Method+l.Route, line)
		require.Len(t, l.Request, 16, line)
		require.Positive(t, l.Status, line)
		require.Positive(t, l.Seconds, line)
		routes[l.Method+" "+l.Route+" "+l.Code] = line
	}
	for _, want := range []string{
		"PUT /v1/polls/{poll}/ballot ", "GET /v1/polls/{poll}/ballot auth.required", "GET /v1/slugs/{slug} ",
		"GET none request.path", "GET none auth.dev_header",
	} {
		require.Contains(t, routes, want)
	}
	for _, secret := range []string{token, "against", "demo:7", "of no kind", sp.ID, poll, demoSlug, "secret-path", "state=open", "127.0.0.1"} {
		require.NotContains(t, log, secret)
	}
	for _, name := range demoPeople {
		require.NotContains(t, log, name)
	}

	t.Run("no line for each request unless it is asked for", func(t *testing.T) {
		t.Parallel()
		s := serveData(t, filepath.Join(t.TempDir(), "coop.db"))
		s.status(t, "/v1/spaces")
		s.stop(t)
		require.NotContains(t, s.errs.String(), "answered")
	})
	t.Run("flags that mean nothing", func(t *testing.T) {
		t.Parallel()
		for _, args := range [][]string{{"--log", "xml"}, {"--log-level", "loud"}, {"--linger", "-1s"}, {"--linger", "2h"}, {"--linger", "x"}} {
			var told bytes.Buffer
			require.Equal(t, exitUsage, run(t.Context(), append([]string{"serve"}, args...), terminal{out: &told, err: &told}), args)
			require.NotEmpty(t, told.String())
		}
	})
}

// Prometheus is answered at an address of its own, and nowhere without it.
func TestMeasured(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	addr := taken.Addr().String()
	dir := t.TempDir()
	_, errs := do(t, exitRefused, "serve", "--data", filepath.Join(dir, "taken.db"), "--addr", "127.0.0.1:0", "--metrics", addr)
	require.Contains(t, errs, "[store.path]")
	require.Contains(t, errs, addr)
	do(t, exitUsage, "serve", "--metrics", "9090")

	s := serveData(t, filepath.Join(dir, "coop.db"), "--dev", "--demo", "--metrics", "127.0.0.1:0")
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", nil)
	require.Equal(t, 404, s.status(t, "/metrics"), "not where everybody comes")
	inside := &served{url: strings.TrimSuffix(s.shows(t, `http://\S+/metrics`), "/metrics")}
	said := string(inside.ask(t, "", "GET", "/metrics", "", nil))
	require.Contains(t, said, `coopspace_http_requests_total{method="GET",route="/v1/slugs/{slug}",status="2xx"} 1`)
	require.Contains(t, said, "go_build_info{")
	require.NotContains(t, said, demoSlug)
	require.Equal(t, 404, inside.status(t, "/v1/key"), "and nothing else is there")
	s.stop(t)
}
