package governance_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/anystore"
	"github.com/communecter/coopspace/store"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a space with a host, a chair and members, on a store that is verified when the test ends.
type world struct {
	*testing.T
	ctx   context.Context
	coop  *governance.Coop
	st    store.Store
	clock *clock
	host  governance.Actor
	space governance.Space
	chair governance.Member
	m     []governance.Member // ordinary members
}

// newStore gives an empty store of the driver that the suite runs over.
func newStore(tb testing.TB) anystore.Store { return anystore.New(tb, &pg) }

// tampered is a world whose space is not verified at the end.
func tampered(t *testing.T, n int) *world {
	t.Helper()
	return worldOn(t, newStore(t), n, nil)
}

// newWorld makes a space with a chair and n members.
func newWorld(t *testing.T, n int) *world {
	t.Helper()
	w := tampered(t, n)
	t.Cleanup(func() { w.verify() })
	return w
}

func worldOn(t *testing.T, st store.Store, n int, opts *governance.Options) *world {
	t.Helper()
	w := &world{
		T: t, ctx: context.Background(), st: st, host: governance.Host("my-site"),
		clock: &clock{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)},
	}
	if opts == nil {
		opts = &governance.Options{}
	}
	if opts.Clock == nil {
		opts.Clock = w.clock.Now
	}
	var err error
	w.coop, err = governance.Open(st, opts)
	require.NoError(t, err)
	w.space, err = w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "Jardins du Piton", Zone: "Indian/Reunion"})
	require.NoError(t, err)
	w.chair = w.admit("lise", "Lise Hoarau", governance.Chair)
	for i := range n {
		w.m = append(w.m, w.admit(fmt.Sprintf("m%d", i), fmt.Sprintf("Membre %d", i)))
	}
	return w
}

func (w *world) verify() {
	w.Helper()
	got, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
	require.NoError(w, err)
	require.NoError(w, got.Err())
	instance, err := w.coop.VerifyInstance(w.ctx)
	require.NoError(w, err)
	require.NoError(w, instance.Err())
}

func (w *world) admit(subject, name string, roles ...string) governance.Member {
	w.Helper()
	m, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
		Identity: governance.Identity{Issuer: "my-site", Subject: subject, Name: name}, Roles: roles,
	})
	require.NoError(w, err)
	return m
}

// propose puts a proposal of a member into debate.
func (w *world) propose(a governance.Actor, title string) governance.Proposal {
	w.Helper()
	p, err := w.coop.Proposals.Submit(w.ctx, a, w.space.ID, governance.NewProposal{Title: title, Body: "Le texte."})
	require.NoError(w, err)
	return p
}

// poll puts a new proposal to the vote.
func (w *world) poll(in governance.NewPoll) governance.Poll {
	w.Helper()
	p := w.propose(w.chair.Actor(), "Une proposition")
	poll, err := w.coop.Polls.Open(w.ctx, w.chair.Actor(), p.ID, in)
	require.NoError(w, err)
	return poll
}

// person makes somebody known who is no member.
func (w *world) person(subject string) governance.Actor {
	w.Helper()
	id, err := w.coop.Know(w.ctx, w.host, governance.Identity{Issuer: "my-site", Subject: subject})
	require.NoError(w, err)
	return governance.As(id)
}
