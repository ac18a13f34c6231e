package governance_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/postgres"
	"github.com/communecter/coopspace/voting"
)

var pg pgtest.Server

func TestMain(m *testing.M) { pg.Main(m) }

// branch is one of several processes on a database, with a follower that notes what it is given.
type branch struct {
	*governance.Coop
	heard chan store.SpaceID
	ended chan error

	mu   sync.Mutex
	seen map[store.SpaceID][]store.Position
}

// hours is how far ahead of the database's time it is in a test, for all of its processes: a poll that is to close in an hour is
// open for as long as people need, on however busy a machine.
type hours struct{ ahead atomic.Int64 }

func (h *hours) pass(n int64) { h.ahead.Add(n) }

// timed is a store on a database whose clock is ahead by these hours.
type timed struct {
	*postgres.Store
	*hours
}

func (s timed) Now() time.Time { return s.Store.Now().Add(time.Duration(s.ahead.Load()) * time.Hour) }

// openBranch opens a store of its own on the database, and runs.
func openBranch(t *testing.T, dsn string, keys governance.Keyring, h *hours) *branch {
	t.Helper()
	on, err := postgres.Open(t.Context(), dsn, nil)
	require.NoError(t, err)
	st := timed{on, h}
	b := &branch{heard: make(chan store.SpaceID, 1000), ended: make(chan error, 1), seen: map[store.SpaceID][]store.Position{}}
	b.Coop, err = governance.Open(st, &governance.Options{Keys: keys, Tick: 100 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	b.Journal().Listen(func(s store.SpaceID) { b.heard <- s })
	require.NoError(t, b.Journal().Follow(journal.Follower{Name: "mail", Follow: func(_ context.Context, s store.SpaceID, entries []journal.Entry) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, e := range entries {
			b.seen[s] = append(b.seen[s], e.Position)
		}
		return nil
	}}))
	go func() { b.ended <- b.Run(context.Background()) }()
	return b
}

func (b *branch) of(s store.SpaceID) []store.Position {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.seen[s])
}

// soon waits for what another process does.
func soon(t *testing.T, what func() bool) {
	t.Helper()
	require.Eventually(t, what, 2*time.Minute, 10*time.Millisecond)
}

// Two processes, each with connections of its own, on one PostgreSQL database.
func TestPostgres(t *testing.T) {
	t.Parallel()
	dsn, keys, clock := pg.New(t), governance.MemoryKeys(), &hours{}
	one, two := openBranch(t, dsn, keys, clock), openBranch(t, dsn, keys, clock)
	ctx, host := t.Context(), governance.Host("my-site")

	space, err := one.Spaces.Create(ctx, host, governance.NewSpace{Name: "Jardins du Piton", Zone: "Indian/Reunion"})
	require.NoError(t, err)
	id := store.SpaceID(space.ID)
	for heard := range two.heard {
		if heard == id {
			break
		}
	}
	admit := func(b *branch, name string, roles ...string) governance.Actor {
		m, err := b.Members.Admit(ctx, host, space.ID, governance.NewMember{
			Identity: governance.Identity{Issuer: "my-site", Subject: name, Name: name}, Roles: roles,
		})
		require.NoError(t, err)
		return m.Actor()
	}
	lise, ana, bo := admit(one, "Lise", governance.Chair), admit(two, "Ana"), admit(one, "Bo")

	// A poll that closes at its time, in one of them.
	propose := func(b *branch) governance.Proposal {
		p, err := b.Proposals.Submit(ctx, lise, space.ID, governance.NewProposal{Title: "Un composteur", Body: "Le texte."})
		require.NoError(t, err)
		return p
	}
	in := governance.SimpleMajority()
	in.Closes = governance.Moment{At: one.Journal().Now().Add(time.Hour)}
	poll, err := one.Polls.Open(ctx, lise, propose(two).ID, in)
	require.NoError(t, err)
	first, err := one.Polls.Cast(ctx, governance.WithRequest(ana, "vote-1"), poll.ID, voting.For)
	require.NoError(t, err)
	again, err := two.Polls.Cast(ctx, governance.WithRequest(ana, "vote-1"), poll.ID, voting.For)
	require.NoError(t, err)
	require.Equal(t, first.Record, again.Record)
	_, err = two.Polls.Cast(ctx, bo, poll.ID, voting.For)
	require.NoError(t, err)
	clock.pass(1)
	for _, b := range []*branch{one, two} {
		var got governance.Poll
		soon(t, func() bool {
			got, err = b.Polls.Get(ctx, host, poll.ID)
			return err == nil && got.State == governance.StateCounted
		})
		require.EqualValues(t, 2, got.Result.Cast.Seats)
	}

	// What follows once for the whole instance follows in one of them, and in the other when the first is gone.
	head := func(b *branch) store.Position {
		var at store.Position
		require.NoError(t, b.Journal().View(ctx, id, func(r *journal.Reader) (err error) {
			at, _, err = r.Head()
			return err
		}))
		return at
	}
	all := func() []store.Position { return append(one.of(id), two.of(id)...) }
	soon(t, func() bool { return len(all()) == int(head(two)) })
	holder, other := one, two
	if len(one.of(id)) == 0 {
		holder, other = two, one
	}
	require.Empty(t, other.of(id))
	require.NoError(t, holder.Close())
	require.NoError(t, <-holder.ended)
	propose(other)
	soon(t, func() bool { return len(all()) == int(head(other)) })
	seen := append(holder.of(id), other.of(id)...)
	for i, p := range seen {
		require.EqualValues(t, i+1, p, "from where the first one was")
	}

	names := map[string]int{}
	require.NoError(t, other.Journal().View(ctx, id, func(r *journal.Reader) error {
		for e, err := range r.Entries(0) {
			if err != nil {
				return err
			}
			names[e.Name]++
		}
		return nil
	}))
	for _, name := range []string{"poll.opened/1", "poll.closed/1", "poll.counted/1", "proposal.decided/1"} {
		require.Equal(t, 1, names[name], name)
	}
	report, err := other.Verify(ctx, host, space.ID)
	require.NoError(t, err)
	require.NoError(t, report.Err())
}

// The database is gone for a while, as if its machine had failed. When it is back, what came due meanwhile is done, once, and
// followers have missed nothing.
func TestPostgres_gone(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(pgtest.Settings{})
	pgtest.Need(t, err)
	t.Cleanup(server.Remove)
	keys, clock := governance.MemoryKeys(), &hours{}
	one, two := openBranch(t, server.DSN("postgres"), keys, clock), openBranch(t, server.DSN("postgres"), keys, clock)
	ctx, host := t.Context(), governance.Host("my-site")
	space, err := one.Spaces.Create(ctx, host, governance.NewSpace{Name: "Jardins du Piton", Zone: "Indian/Reunion"})
	require.NoError(t, err)
	id := store.SpaceID(space.ID)
	ana, err := one.Members.Admit(ctx, host, space.ID, governance.NewMember{
		Identity: governance.Identity{Issuer: "my-site", Subject: "ana", Name: "Ana"}, Roles: []string{governance.Chair},
	})
	require.NoError(t, err)
	propose := func(b *branch, title string) (governance.Proposal, error) {
		return b.Proposals.Submit(ctx, governance.WithRequest(ana.Actor(), title), space.ID, governance.NewProposal{Title: title, Body: "Le texte."})
	}
	p, err := propose(one, "Un composteur")
	require.NoError(t, err)
	in := governance.SimpleMajority()
	in.Closes = governance.Moment{At: one.Journal().Now().Add(time.Hour)}
	poll, err := one.Polls.Open(ctx, ana.Actor(), p.ID, in)
	require.NoError(t, err)
	_, err = two.Polls.Cast(ctx, ana.Actor(), poll.ID, voting.For)
	require.NoError(t, err)

	require.NoError(t, server.Stop("immediate"))
	for _, b := range []*branch{one, two} {
		_, err = propose(b, "Une mare")
		require.ErrorIs(t, err, store.ErrUnreachable)
	}
	clock.pass(1)
	require.NoError(t, server.Start())

	for _, b := range []*branch{one, two} {
		soon(t, func() bool {
			got, err := b.Polls.Get(ctx, host, poll.ID)
			return err == nil && got.State == governance.StateCounted
		})
		_, err = propose(b, "Une mare")
		require.NoError(t, err)
	}
	var names []string
	require.NoError(t, one.Journal().View(ctx, id, func(r *journal.Reader) error {
		for e, err := range r.Entries(0) {
			if err != nil {
				return err
			}
			names = append(names, e.Name)
		}
		return nil
	}))
	soon(t, func() bool {
		seen := append(one.of(id), two.of(id)...)
		slices.Sort(seen)
		return len(slices.Compact(seen)) == len(names) // at least once
	})
	count := func(name string) (n int) {
		for _, one := range names {
			if one == name {
				n++
			}
		}
		return n
	}
	require.Equal(t, 1, count("poll.closed/1"))
	require.Equal(t, 1, count("poll.counted/1"))
	require.Equal(t, 2, count("proposal.submitted/1"), "asked at both, before and after")
	report, err := one.Verify(ctx, host, space.ID)
	require.NoError(t, err)
	require.NoError(t, report.Err())
}
