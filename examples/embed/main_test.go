package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/memory"
)

// A user of the site votes through the mounted API, known by the site's own cookie.
func TestSite(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	coop, err := governance.Open(memory.New(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, coop.Close()) })
	server := httptest.NewServer(site(coop, &logins{users: map[string]string{"s3cret": "42"}}, nil))
	t.Cleanup(server.Close)
	ask := func(session, method, path, body string) (int, string) {
		r, err := http.NewRequestWithContext(ctx, method, server.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		if session != "" {
			r.AddCookie(&http.Cookie{Name: "session", Value: session})
		}
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(data)
	}

	me := governance.Host(host)
	sp, err := coop.Spaces.Create(ctx, me, governance.NewSpace{Name: "Jardins du Piton"})
	require.NoError(t, err)
	ana, err := coop.Members.Join(ctx, me, sp.ID, governance.Identity{Issuer: host, Subject: "42"})
	require.NoError(t, err)
	p, err := coop.Proposals.Submit(ctx, ana.Actor(), sp.ID, governance.NewProposal{Title: "Un composteur"})
	require.NoError(t, err)
	poll, err := coop.Polls.Open(ctx, me, p.ID, governance.SimpleMajority())
	require.NoError(t, err)

	status, body := ask("", "GET", "/", "")
	require.Equal(t, 200, status)
	require.Contains(t, body, "Our site")
	status, body = ask("s3cret", "PUT", "/coop/v1/polls/"+string(poll.ID)+"/ballot", `{"choice":"for"}`)
	require.Equal(t, 200, status, body)

	t.Run("without a session", func(t *testing.T) {
		status, body := ask("", "PUT", "/coop/v1/polls/"+string(poll.ID)+"/ballot", `{"choice":"for"}`)
		require.Equal(t, 401, status, body)
	})
	t.Run("an address that is nothing, below the mount", func(t *testing.T) {
		status, body := ask("s3cret", "GET", "/coop/v1/nothing", "")
		require.Equal(t, 404, status)
		require.Contains(t, body, "request.path")
	})
}

// The program starts and stops, and leaves its data whole.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		require.NoError(t, run(ctx, "127.0.0.1:0"))
	}
}
