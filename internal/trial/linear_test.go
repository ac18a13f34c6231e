package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/voting"
)

// The people of a history: clients, who all ask at once, for voters.
const (
	clients = 64
	people  = 20
	asks    = 5 // of each client
)

// TestLinear lets 64 clients at once vote, change, read and close, and demands that there is an order in which all of them
// were told the truth.
func TestLinear(t *testing.T) {
	onEach(t, drivers(), func(t *testing.T, d driver) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		s := newSite(t, d)
		histories := often(t, 100, 1000)
		told := map[string]int{}
		for i := range histories {
			change := i%4 > 0
			id := s.poll(t, change)
			desks := []desk{engineDesk{s.coop, s.host, s.m, id}}
			if s.other != nil {
				desks = append(desks, engineDesk{s.other, s.host, s.m, id})
			}
			if i%20 == 0 {
				desks = append(desks, webDesk{s, id})
			}
			history := record(desks, uint64(seed)+uint64(i))
			s.counted(t, id, &history)
			require.Empty(t, illegal(history, change), "history %d of seed %d", i, seed)
			for _, o := range history {
				told[string(o.Input.(ask).what)+" "+o.Output.(reply).code]++
			}
		}
		for _, must := range []string{
			"cast ", "read ", "look ", "close ",
			"cast " + governance.ErrAlreadyCast.Code, "cast " + governance.ErrChangeStale.Code, "cast " + governance.ErrNoChange.Code,
			"cast " + governance.ErrPollClosed.Code, "close " + governance.ErrPollClosed.Code,
		} {
			require.NotZero(t, told[must], "nobody was told %q: the histories show too little", must)
		}
		s.verify(t)
		t.Logf("trial: %s: %d histories of %d clients, all legal: %v", d.name, histories, clients, told)
	})
}

// desk is where clients ask.
type desk interface{ do(ask) (reply, error) }

// record lets all clients ask at once, and gives what they asked and were told.
func record(desks []desk, seed uint64) []porcupine.Operation {
	var now atomic.Int64           // moments, in order
	var revs [people]atomic.Uint64 // what was last heard of each ballot: a hint, so that many changes are to the point
	var mu sync.Mutex              // protects history
	var history []porcupine.Operation
	begin, late := make(chan struct{}), make(chan struct{})
	toLate := atomic.Int64{} // answers until two of the clients close the poll
	toLate.Store(clients*asks/8 + rand.New(rand.NewPCG(seed, clients)).Int64N(clients*asks/2))
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(c)))
			desk := desks[c%len(desks)]
			var last ask
			<-begin
			if c < 2 {
				<-late
			}
			for i := range asks {
				a := ask{
					what: casting, voter: random.IntN(people), choice: choices[random.IntN(len(choices))],
					key: fmt.Sprintf("%d/%d/%d", seed, c, i),
				}
				a.replaces = revs[a.voter].Load()
				switch n := random.IntN(100); {
				case c < 2 && i == 0:
					a = ask{what: closing}
				case n < 30:
					a = ask{what: reading, voter: a.voter}
				case n < 40:
					a = ask{what: looking}
				case n < 55 && last.key != "":
					if a = last; n < 43 {
						a.choice = choices[random.IntN(len(choices))]
					}
					a.again = true
				case n < 60:
					a.key = ""
				case n < 65:
					a.replaces = random.Uint64N(3)
				}
				if a.what == casting {
					last = a
				}
				runtime.Gosched() // whoever asks before the next one is due
				call := now.Add(1)
				r, err := desk.do(a)
				back := now.Add(1)
				if toLate.Add(-1) == 0 {
					close(late)
				}
				if err != nil {
					r.code = err.Error() // which no model knows
				}
				if r.rev > 0 {
					revs[a.voter].Store(r.rev)
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: c, Input: a, Call: call, Output: r, Return: back})
				mu.Unlock()
			}
		})
	}
	close(begin)
	wg.Wait()
	// All are told, and look once more.
	for voter := range people {
		a := ask{what: reading, voter: voter}
		call := now.Add(1)
		r, err := desks[0].do(a)
		if err != nil {
			r.code = err.Error()
		}
		history = append(history, porcupine.Operation{ClientId: clients, Input: a, Call: call, Output: r, Return: now.Add(1)})
	}
	return history
}

// site is an engine in this process, with a space and its members.
type site struct {
	coop  *governance.Coop
	other *governance.Coop // as in another process, where the driver allows several
	host  governance.Actor
	space governance.SpaceID
	chair governance.Actor
	m     []governance.Actor
	web   *browser
	url   string
	polls int
}

// newSite founds one in a new place of a driver.
func newSite(t *testing.T, d driver) *site {
	t.Helper()
	ctx := t.Context()
	s := &site{host: theHost, web: newBrowser(t)}
	place, keyring := d.somewhere(t), governance.MemoryKeys()
	open := func() *governance.Coop {
		st, err := d.open(place)
		require.NoError(t, err)
		coop, err := governance.Open(st, &governance.Options{Keys: keyring})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, coop.Close()) })
		return coop
	}
	s.coop = open()
	if d.shared {
		s.other = open()
	}
	space, err := s.coop.Spaces.Create(ctx, s.host, governance.NewSpace{Name: "Jardins du Piton"})
	require.NoError(t, err)
	s.space = space.ID
	for i := range people {
		in := governance.NewMember{Identity: governance.Identity{Issuer: issuer, Subject: fmt.Sprint(i), Name: fmt.Sprintf("Membre %d", i)}}
		if i == 0 {
			in.Roles = []string{governance.Chair}
		}
		m, err := s.coop.Members.Admit(ctx, s.host, s.space, in)
		require.NoError(t, err)
		s.m = append(s.m, m.Actor())
	}
	s.chair = s.m[0]
	who, err := auth.Dev(s.coop, &auth.DevOptions{AnybodyMayBeAnybody: true})
	require.NoError(t, err)
	server := httptest.NewServer(httpapi.New(s.coop, &httpapi.Options{Who: who}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// poll opens one.
func (s *site) poll(t *testing.T, change bool) governance.PollID {
	t.Helper()
	s.polls++
	p, err := s.coop.Proposals.Submit(t.Context(), s.chair, s.space, governance.NewProposal{Title: fmt.Sprintf("Proposition %d", s.polls)})
	require.NoError(t, err)
	in := governance.SimpleMajority()
	in.Change = change
	poll, err := s.coop.Polls.Open(t.Context(), s.chair, p.ID, in)
	require.NoError(t, err)
	return poll.ID
}

// counted demands that what was counted is what the voters read at the end.
func (s *site) counted(t *testing.T, id governance.PollID, history *[]porcupine.Operation) {
	t.Helper()
	poll, err := s.coop.Polls.Get(t.Context(), s.host, id)
	require.NoError(t, err)
	require.Equal(t, governance.StateCounted, poll.State)
	want := map[voting.Choice]int64{}
	for _, o := range (*history)[len(*history)-people:] {
		if r := o.Output.(reply); r.rev > 0 {
			want[r.choice]++
		}
	}
	for _, c := range choices {
		require.Equal(t, want[c], poll.Result.Of(c).Seats, "%s", c)
	}
}

func (s *site) verify(t *testing.T) {
	t.Helper()
	v, err := s.coop.Verify(t.Context(), s.host, s.space)
	require.NoError(t, err)
	require.NoError(t, v.Err())
	instance, err := s.coop.VerifyInstance(t.Context())
	require.NoError(t, err)
	require.NoError(t, instance.Err())
}

// engineDesk asks the engine.
type engineDesk struct {
	coop *governance.Coop
	host governance.Actor
	m    []governance.Actor
	poll governance.PollID
}

func (d engineDesk) do(a ask) (reply, error) {
	ctx := context.Background()
	var out reply
	var err error
	switch a.what {
	case casting:
		actor := governance.WithRequest(d.m[a.voter], a.key)
		var r governance.Receipt
		if a.replaces == 0 {
			r, err = d.coop.Polls.Cast(ctx, actor, d.poll, a.choice)
		} else {
			r, err = d.coop.Polls.Change(ctx, actor, d.poll, a.choice, a.replaces)
		}
		out.rev = r.Rev
	case reading:
		var m governance.Mine
		m, err = d.coop.Polls.Mine(ctx, d.m[a.voter], d.poll)
		out.rev = m.Rev
		out.choice, _ = m.Ballot.(voting.Choice)
	case looking:
		var p governance.Poll
		p, err = d.coop.Polls.Get(ctx, d.host, d.poll)
		out.open = p.State == governance.StateOpen
	case closing:
		_, err = d.coop.Polls.Close(ctx, d.host, d.poll)
	}
	if err != nil {
		out = reply{code: governance.Fault(err).Code}
	}
	return out, nil
}

// webDesk asks over HTTP.
type webDesk struct {
	*site
	poll governance.PollID
}

func (d webDesk) do(a ask) (reply, error) {
	at := d.url + "/v1/polls/" + string(d.poll)
	var got answer
	switch a.what {
	case casting:
		got = d.web.ask(person(a.voter), "PUT", at+"/ballot", wish{Choice: a.choice, Replaces: a.replaces}, a.key)
	case reading:
		got = d.web.ask(person(a.voter), "GET", at+"/ballot", nil, "")
	case looking:
		got = d.web.ask("host", "GET", at, nil, "")
	case closing:
		got = d.web.ask("host", "POST", at+"/close", nil, "")
	}
	if got.err != nil {
		return reply{}, got.err
	}
	if code := got.code(); code != "" {
		return reply{code: code}, nil
	}
	var out struct {
		Rev    uint64
		Choice voting.Choice
		State  governance.PollState
	}
	if err := json.Unmarshal(got.body, &out); err != nil {
		return reply{}, err
	}
	return reply{rev: out.Rev, choice: out.Choice, open: out.State == governance.StateOpen}, nil
}
