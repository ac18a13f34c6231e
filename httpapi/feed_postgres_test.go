package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store/postgres"
)

var pg pgtest.Server

func TestMain(m *testing.M) { pg.Main(m) }

// Two engines over one database: whoever follows at one hears at once what was done at the other, and may come back to
// either.
func TestFeedOverPostgres(t *testing.T) {
	t.Parallel()
	dsn, ring := pg.New(t), governance.MemoryKeys()
	ctx, cancel := context.WithCancel(t.Context())
	open := func() *governance.Coop {
		st, err := postgres.Open(ctx, dsn, nil)
		require.NoError(t, err)
		coop, err := governance.Open(st, &governance.Options{Keys: ring})
		require.NoError(t, err)
		ran := make(chan error, 1)
		go func() { ran <- coop.Run(ctx) }()
		t.Cleanup(func() {
			require.NoError(t, <-ran)
			require.NoError(t, coop.Close())
		})
		return coop
	}
	one, two := open(), open()
	t.Cleanup(cancel) // before the engines are waited for
	host := governance.Host("test")
	sp, err := one.Spaces.Create(ctx, host, governance.NewSpace{Name: "Le village", Public: true})
	require.NoError(t, err)
	propose := func(at *governance.Coop) {
		_, err := at.Proposals.Submit(ctx, host, sp.ID, governance.NewProposal{Title: "Une proposition"})
		require.NoError(t, err)
	}
	follow := func(coop *governance.Coop, headers ...string) *reading {
		server := httptest.NewServer(New(coop, nil))
		f := &followed{space: sp.ID, base: server.URL, client: &http.Client{Timeout: time.Minute}}
		t.Cleanup(server.Close)
		return f.follow(t, "", "", headers...)
	}

	r := follow(two)
	require.Equal(t, "1", r.next().id)
	for n, at := range []*governance.Coop{one, two, one} {
		began := time.Now()
		propose(at)
		require.EqualValues(t, 2+2*n, r.entry().data.Position)
		require.EqualValues(t, 3+2*n, r.entry().data.Position)
		require.Less(t, time.Since(began), feedBeat, "it did not wait for the next beat")
	}
	require.NoError(t, r.res.Body.Close())
	propose(two)
	r = follow(one, "Last-Event-ID", "7")
	require.Equal(t, "7", r.next().id)
	require.EqualValues(t, 8, r.entry().data.Position)
	require.NoError(t, r.res.Body.Close())
}
