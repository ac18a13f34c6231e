package trial

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/voting"
)

// TestMachine lets an engine live through anything in any order (polls open and close, members join and leave, the clock
// jumps, the process dies, requests come twice), and holds every answer against what paper and a few maps say. rapid prints
// the seed of what fails, and makes it as short as it can. It tries 100 sequences, and 2,000 under CI=true, but on PostgreSQL,
// where each takes ten times as long; where the race detector watches, 100 and none.
func TestMachine(t *testing.T) {
	tried := drivers()
	if raced {
		tried = slices.DeleteFunc(tried, func(d driver) bool { return d.shared })
	}
	onEach(t, tried, func(t *testing.T, d driver) {
		rounds, sequences := 1, 0
		if !d.shared {
			if rounds = max(1, often(t, 1, 10)); os.Getenv("CI") == "true" && !testing.Short() && !raced {
				rounds = max(rounds, 20)
			}
		}
		for range rounds {
			l := newLife(t, d)
			rapid.Check(t, func(rt *rapid.T) {
				if sequences++; sequences%10 == 0 { // the scheduler looks at all spaces that ever were
					l.end(t)
					l = newLife(t, d)
				}
				m := newMachine(rt, l)
				rt.Repeat(map[string]func(*rapid.T){
					"open":   m.open,
					"vote":   m.vote,
					"vote 2": m.vote, // twice as often as the others
					"jump 2": m.jump,
					"again":  m.again, // a ballot
					"close":  m.close,
					"join":   m.join,
					"leave":  m.leave,
					"repeat": m.repeat, // a command
					"jump":   m.jump,
					"due":    m.due,
					"crash":  m.crash,
				})
				m.check(rt)
				m.verify(rt)
			})
			l.end(t)
		}
		t.Logf("trial: %s: %d sequences", d.name, sequences)
	})
}

// life is one place of a driver and the engine that works there now. The sequences of a round follow each other in it, each
// in a space of its own.
type life struct {
	driver driver
	place  string
	remove func()
	keys   governance.Keyring
	clock  *clock
	st     store.Store
	coop   *governance.Coop
	people []governance.Actor // known to the instance, whether they belong to a space or not
}

// clock is a clock that jumps.
type clock struct {
	mu  sync.Mutex // protects now
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// dawn is when every sequence begins.
var dawn = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func newLife(t *testing.T, d driver) *life {
	t.Helper()
	l := &life{driver: d, keys: governance.MemoryKeys(), clock: &clock{now: dawn}}
	var err error
	l.place, l.remove = d.place(t)
	l.remove = sync.OnceFunc(l.remove)
	t.Cleanup(l.remove) // should the trial fail
	l.st, err = d.open(l.place)
	require.NoError(t, err)
	l.begin(t)
	for i := range 8 {
		p, err := l.coop.Know(t.Context(), theHost, governance.Identity{Issuer: issuer, Subject: fmt.Sprint(i)})
		require.NoError(t, err)
		l.people = append(l.people, governance.As(p))
	}
	return l
}

// end ends it, with all that lies there.
func (l *life) end(t *testing.T) {
	t.Helper()
	instance, err := l.coop.VerifyInstance(t.Context())
	require.NoError(t, err)
	require.NoError(t, instance.Err())
	require.NoError(t, l.coop.Close())
	l.remove()
}

// begin opens an engine on the store.
func (l *life) begin(t require.TestingT) {
	var err error
	l.coop, err = governance.Open(l.st, &governance.Options{Keys: l.keys, Clock: l.clock.Now})
	require.NoError(t, err)
}

// theHost is the embedding program.
var theHost = governance.Host("test")

// machine is one sequence: a space, and what must be true of it.
type machine struct {
	*life
	ctx    context.Context
	space  governance.SpaceID
	keyed  int                         // idempotency keys used
	logged time.Time                   // of the last event: the log's time never goes back
	ids    map[int]governance.MemberID // of everybody who was ever a member
	active map[int]bool
	polls  []*urn
	done   []func(*rapid.T) // commands that can be repeated, and what they must say then
}

// urn is a poll, as it must be.
type urn struct {
	id     governance.PollID
	change bool
	closes time.Time // zero: when somebody closes it
	shut   bool
	roll   map[int]bool
	papers map[int]paper
	cast   []ask
}

func newMachine(rt *rapid.T, l *life) *machine {
	m := &machine{life: l, ctx: context.Background(), logged: dawn, ids: map[int]governance.MemberID{}, active: map[int]bool{}}
	l.clock.set(dawn)
	space, err := l.coop.Spaces.Create(m.ctx, theHost, governance.NewSpace{Name: "Jardins du Piton"})
	require.NoError(rt, err)
	m.space = space.ID
	m.admit(rt, 0, governance.Chair)
	m.admit(rt, 1)
	m.open(rt)
	return m
}

// log notes that something was written to the log.
func (m *machine) log() {
	if now := m.clock.Now(); now.After(m.logged) {
		m.logged = now
	}
}

// key gives a new idempotency key to an actor.
func (m *machine) key(a governance.Actor) governance.Actor {
	m.keyed++
	return governance.WithRequest(a, fmt.Sprintf("%s/%d", m.space, m.keyed))
}

// code gives the code of a refusal.
func code(err error) string {
	if err == nil {
		return ""
	}
	return governance.Fault(err).Code
}

func (m *machine) admit(rt *rapid.T, who int, roles ...string) {
	a := m.key(theHost)
	admit := func() (governance.Member, error) {
		return m.coop.Members.Admit(m.ctx, a, m.space, governance.NewMember{
			Identity: governance.Identity{Issuer: issuer, Subject: fmt.Sprint(who), Name: fmt.Sprintf("Membre %d", who)}, Roles: roles,
		})
	}
	got, err := admit()
	require.NoError(rt, err)
	if old, was := m.ids[who]; was {
		require.Equal(rt, old, got.ID, "who stays or comes back is another member")
	}
	if !m.active[who] {
		m.ids[who], m.active[who] = got.ID, true
		m.log()
	}
	m.done = append(m.done, func(rt *rapid.T) {
		again, err := admit()
		require.NoError(rt, err)
		require.Equal(rt, got.ID, again.ID)
		require.Equal(rt, m.active[who], again.Standing == governance.Active, "admitted a second time")
	})
}

func (m *machine) join(rt *rapid.T) {
	m.admit(rt, rapid.IntRange(1, len(m.people)-2).Draw(rt, "who"))
}

func (m *machine) leave(rt *rapid.T) {
	who := rapid.IntRange(1, len(m.people)-2).Draw(rt, "who")
	id, was := m.ids[who]
	if !was {
		rt.Skip("nobody")
	}
	a := m.key(theHost)
	leave := func() error {
		_, err := m.coop.Members.Leave(m.ctx, a, id)
		return err
	}
	if !m.active[who] {
		require.Equal(rt, governance.ErrMemberStanding.Code, code(leave()))
		return
	}
	require.NoError(rt, leave())
	m.active[who] = false
	m.log()
	m.done = append(m.done, func(rt *rapid.T) { require.NoError(rt, leave()) })
}

func (m *machine) open(rt *rapid.T) {
	chair := m.key(m.people[0])
	submit := func() (governance.Proposal, error) {
		return m.coop.Proposals.Submit(m.ctx, chair, m.space, governance.NewProposal{Title: fmt.Sprintf("Proposition %d", len(m.polls))})
	}
	proposal, err := submit()
	require.NoError(rt, err)
	m.log()

	u := &urn{change: rapid.Bool().Draw(rt, "change"), roll: map[int]bool{}, papers: map[int]paper{}}
	in := governance.SimpleMajority()
	in.Change, in.Names = u.change, true
	if minutes := rapid.SampledFrom([]int{0, 10, 30, 60}).Draw(rt, "closes after"); minutes > 0 {
		u.closes = m.logged.Add(time.Duration(minutes) * time.Minute)
		in.Closes.At = u.closes
	}
	opener := m.key(m.people[0])
	open := func() (governance.Poll, error) { return m.coop.Polls.Open(m.ctx, opener, proposal.ID, in) }
	poll, err := open()
	require.NoError(rt, err)
	require.Equal(rt, governance.StateOpen, poll.State)
	u.id = poll.ID
	for who, is := range m.active {
		if is {
			u.roll[who] = true
		}
	}
	require.Equal(rt, int64(len(u.roll)), poll.Entitled.Seats)
	m.polls = append(m.polls, u)
	m.log()
	m.done = append(m.done, func(rt *rapid.T) {
		again, err := open()
		require.NoError(rt, err)
		require.Equal(rt, u.id, again.ID)
	})
}

// draw picks a poll, of which there must be one.
func (m *machine) draw(rt *rapid.T) *urn {
	if len(m.polls) == 0 {
		rt.Skip("no poll")
	}
	return m.polls[rapid.IntRange(0, len(m.polls)-1).Draw(rt, "poll")]
}

func (m *machine) vote(rt *rapid.T) {
	u := m.draw(rt)
	a := ask{
		what: casting, voter: rapid.IntRange(0, len(m.people)-1).Draw(rt, "voter"), choice: rapid.SampledFrom(choices).Draw(rt, "choice"),
		replaces: rapid.Uint64Range(0, 2).Draw(rt, "replaces"),
	}
	if rapid.Bool().Draw(rt, "to the point") {
		a.replaces = u.papers[a.voter].rev
	}
	if rapid.IntRange(0, 3).Draw(rt, "key") > 0 {
		m.keyed++
		a.key = fmt.Sprint(m.keyed)
	}
	m.cast(rt, u, a)
	u.cast = append(u.cast, a)
}

// again sends a ballot that was sent before, or another choice under its key.
func (m *machine) again(rt *rapid.T) {
	u := m.draw(rt)
	if len(u.cast) == 0 {
		rt.Skip("nobody voted")
	}
	a := u.cast[rapid.IntRange(0, len(u.cast)-1).Draw(rt, "which")]
	if rapid.IntRange(0, 3).Draw(rt, "the same") == 0 {
		a.choice = rapid.SampledFrom(choices).Draw(rt, "choice")
	}
	m.cast(rt, u, a)
}

// cast casts or changes, and demands the one right reply.
func (m *machine) cast(rt *rapid.T, u *urn, a ask) {
	want := reply{code: governance.ErrNotOnRoll.Code}
	if u.roll[a.voter] {
		p := u.papers[a.voter]
		// After its time a poll is as good as shut, whoever shuts it and when, for as long as it is after.
		p.change, p.shut = u.change, u.shut || !u.closes.IsZero() && !m.clock.Now().Before(u.closes)
		want, u.papers[a.voter] = p.after(a)
	}
	got, err := engineDesk{m.coop, theHost, m.people, u.id}.do(a)
	require.NoError(rt, err)
	require.Equal(rt, want, got)
}

func (m *machine) close(rt *rapid.T) {
	u := m.draw(rt)
	a := m.key(theHost)
	end := func() error {
		_, err := m.coop.Polls.Close(m.ctx, a, u.id)
		return err
	}
	now := m.logged
	if m.clock.Now().After(now) {
		now = m.clock.Now()
	}
	switch {
	case u.shut:
		require.Equal(rt, governance.ErrPollClosed.Code, code(end()))
		return
	case !u.closes.IsZero() && now.Before(u.closes):
		require.Equal(rt, governance.ErrPollTimed.Code, code(end()))
		return
	}
	require.NoError(rt, end())
	u.shut = true
	m.log()
	m.done = append(m.done, func(rt *rapid.T) { require.NoError(rt, end()) })
}

// repeat sends a command that was carried out again, with its idempotency key.
func (m *machine) repeat(rt *rapid.T) {
	m.done[rapid.IntRange(0, len(m.done)-1).Draw(rt, "which")](rt)
}

// jump moves the clock, also back.
func (m *machine) jump(rt *rapid.T) {
	m.clock.set(m.clock.Now().Add(time.Duration(rapid.SampledFrom([]int{1, 20, 50, -40, -1}).Draw(rt, "minutes")) * time.Minute))
}

// due does what the scheduler would do now.
func (m *machine) due(rt *rapid.T) {
	require.NoError(rt, m.coop.RunDue(m.ctx))
	for _, u := range m.polls {
		if !u.shut && !u.closes.IsZero() && !m.clock.Now().Before(u.closes) {
			u.shut = true
			m.log()
		}
	}
}

// crash leaves the engine as it is, and opens another one on what it wrote.
func (m *machine) crash(rt *rapid.T) {
	if m.driver.durable { // or the data live as long as the store does
		require.NoError(rt, m.st.Close()) // which writes nothing
		var err error
		m.st, err = m.driver.open(m.place)
		require.NoError(rt, err)
	}
	m.begin(rt)
	m.check(rt)
}

// check holds everything that can be read against what must be.
func (m *machine) check(rt *rapid.T) {
	for _, u := range m.polls {
		desk := engineDesk{m.coop, theHost, m.people, u.id}
		counts := map[voting.Choice]int64{}
		for who := range m.people {
			want := reply{code: governance.ErrNotOnRoll.Code}
			if p := u.papers[who]; u.roll[who] {
				want, _ = p.after(ask{what: reading})
				if p.rev > 0 {
					counts[p.choice]++
				}
			}
			got, err := desk.do(ask{what: reading, voter: who})
			require.NoError(rt, err)
			require.Equal(rt, want, got, "the ballot of %d", who)
		}
		poll, err := m.coop.Polls.Get(m.ctx, theHost, u.id)
		require.NoError(rt, err)
		if !u.shut {
			require.Equal(rt, governance.StateOpen, poll.State)
			continue
		}
		require.Equal(rt, governance.StateCounted, poll.State)
		for _, c := range choices {
			require.Equal(rt, counts[c], poll.Result.Of(c).Seats, "%s", c)
		}
		outcome := voting.Rejected
		if counts[voting.For] > counts[voting.Against] {
			outcome = voting.Adopted
		}
		require.Equal(rt, outcome, poll.Verdict.Outcome)
		calls, err := m.coop.Polls.RollCall(m.ctx, theHost, u.id, governance.Paging{})
		require.NoError(rt, err)
		voted := map[governance.MemberID]voting.Ballot{}
		for who, p := range u.papers {
			if p.rev > 0 {
				voted[m.ids[who]] = p.choice
			}
		}
		called := map[governance.MemberID]voting.Ballot{}
		for _, c := range calls.Items {
			called[c.Member] = c.Ballot
		}
		require.Len(rt, calls.Items, len(voted), "somebody is called twice, or not at all")
		require.Equal(rt, voted, called)
	}
}

func (m *machine) verify(rt *rapid.T) {
	v, err := m.coop.Verify(m.ctx, theHost, m.space)
	require.NoError(rt, err)
	require.NoError(rt, v.Err())
}
