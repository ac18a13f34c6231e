package trial

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
)

// TestOutage stops the database under a server that goes on, as if it were killed, while members vote; the server says so,
// and works again by itself when the database is back; and all that was acknowledged before is there, once.
func TestOutage(t *testing.T) {
	for _, d := range drivers() {
		if d.shared {
			t.Run(d.name, func(t *testing.T) {
				t.Parallel()
				outages(t, d)
			})
		}
	}
}

func outages(t *testing.T, d driver) {
	// What is committed and not on the disk stays in the database's memory for long, so that it is lost when there is any.
	cluster, err := pgtest.Start(pgtest.Settings{Config: []string{"wal_writer_delay = 10s", "wal_writer_flush_after = 1GB"}})
	pgtest.Need(t, err)
	t.Cleanup(cluster.Remove)
	require.NoError(t, cluster.Exec("CREATE DATABASE house"))

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	h := newHouse(t, d, cluster.DSN("house"))
	stops := often(t, 3, 50)
	for i := range stops {
		h.live(t, seed+uint64(i), 50+random.IntN(250), time.Duration(random.IntN(4000))*time.Microsecond, func(t *testing.T) {
			require.NoError(t, cluster.Stop("immediate"))
		})
		h.unavailable(t)
		require.NoError(t, cluster.Start())
		require.Eventually(t, func() bool {
			return h.ask("host", "GET", h.at(""), nil, "").err == nil
		}, time.Minute, 10*time.Millisecond, "the database is back, and the server does not work again")
		h.look(t)
	}
	h.finish(t)
	t.Logf("trial: %s: %d outages, %d ballots acknowledged, %d requests unanswered, %d polls counted, log of %d entries",
		d.name, stops, h.acks, h.unanswered, len(h.counted), h.published.Size)
}

// unavailable demands that the server says what it is that does not answer, and when to come back.
func (h *house) unavailable(t *testing.T) {
	t.Helper()
	ask := func(method, path string) answer {
		return h.web.ask(person(0), method, h.url(person(0))+path, map[string]any{"title": "Personne ne répond"}, "")
	}
	// A database whose first process was killed answers until the others have noticed.
	require.Eventually(t, func() bool { return ask("GET", h.at("")).status == 503 }, time.Minute, 10*time.Millisecond)
	for method, path := range map[string]string{"GET": h.at(""), "POST": h.at("/proposals")} {
		a := ask(method, path)
		require.NoError(t, a.err)
		require.Equal(t, 503, a.status, "%s", a.body)
		require.NotEmpty(t, a.header.Get("Retry-After"))
		var p httpapi.Problem
		require.NoError(t, json.Unmarshal(a.body, &p))
		require.Equal(t, store.ErrUnreachable.Code, p.Code)
		require.NotEmpty(t, p.Detail)
	}
}
