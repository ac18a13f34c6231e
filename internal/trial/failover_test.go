package trial

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
)

// TestFailover kills the primary of a database while members vote through two servers over it, and promotes its standby: the
// servers find it by themselves, and all that was acknowledged before is there, once. What was not answered is asked for
// again with its idempotency key, of either server.
func TestFailover(t *testing.T) {
	for _, d := range drivers() {
		if d.name != "postgres" {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			for range max(1, often(t, 2, 10)) {
				failover(t, d)
			}
		})
	}
}

func failover(t *testing.T, d driver) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	primary, err := pgtest.Start(pgtest.Settings{})
	pgtest.Need(t, err)
	t.Cleanup(primary.Remove)
	standby, err := pgtest.Start(pgtest.Settings{From: primary, Name: "standby"})
	require.NoError(t, err)
	t.Cleanup(standby.Remove)
	require.NoError(t, primary.Sync("standby"))
	require.NoError(t, primary.Exec("CREATE DATABASE house"))

	h := newHouse(t, d, primary.DSN("house", standby))
	h.live(t, seed, 100+random.IntN(300), time.Duration(random.IntN(4000))*time.Microsecond, func(t *testing.T) {
		if random.IntN(2) == 0 {
			require.NoError(t, primary.Stop("immediate"))
		} else {
			require.NoError(t, primary.Kill())
		}
	})
	h.unavailable(t)
	require.NoError(t, standby.Promote())
	for _, p := range h.servers {
		require.Eventually(t, func() bool {
			return h.web.ask("host", "GET", p.url+h.at(""), nil, "").status == 200
		}, time.Minute, 10*time.Millisecond, "the standby was promoted, and a server does not find it")
	}
	h.look(t)

	// Life goes on, and ends with one of the two.
	h.live(t, seed+1, 100, 0, func(t *testing.T) {
		for _, p := range h.servers {
			p.kill(t)
		}
	})
	h.begin(t)
	h.look(t)
	h.finish(t)
	t.Logf("trial: %s: 1 failovers, %d ballots acknowledged, %d requests unanswered, %d polls counted, log of %d entries",
		d.name, h.acks, h.unanswered, len(h.counted), h.published.Size)
}
