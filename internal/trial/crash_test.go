package trial

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// TestCrash kills a server with SIGKILL, again and again, while members vote and a secretary opens and closes polls, and
// holds what is found after each start against what was acknowledged before: all of it, once, and nothing half done.
func TestCrash(t *testing.T) {
	onEach(t, durables(), func(t *testing.T, d driver) {
		kills, asOne := often(t, 20, 500), 50 // so many in one life of the data
		for kills > 0 {
			n := min(kills, asOne)
			crash(t, d, n)
			kills -= n
		}
	})
}

// The members of a trial, and how many of them vote at once.
const (
	crowd  = 96
	voters = 24
)

// crash lets one instance live through so many kills.
func crash(t *testing.T, d driver, kills int) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	h := newHouse(t, d, d.somewhere(t))
	for i := range kills {
		if random.IntN(8) == 0 { // before it is ready
			p, _ := launch(t, d, h.place, h.keys)
			time.Sleep(time.Duration(random.IntN(60_000)) * time.Microsecond) // a random moment, not a wait for anything
			p.kill(t)
			continue
		}
		h.begin(t)
		h.look(t)
		if i%10 == 9 {
			h.verify(t)
		}
		victim := h.servers[random.IntN(len(h.servers))]
		h.live(t, seed+uint64(i), 1+random.IntN(250), time.Duration(random.IntN(4000))*time.Microsecond, victim.kill)
	}
	h.begin(t)
	h.look(t)
	h.finish(t)
	t.Logf("trial: %s: %d kills, %d ballots acknowledged, %d requests unanswered, %d polls counted, log of %d entries",
		d.name, kills, h.acks, h.unanswered, len(h.counted), h.published.Size)
}

// house is an instance that is killed now and then, and all that its people know of it. What they know is used by one
// goroutine at a time: by its owner while the server lives, by the test between lives.
type house struct {
	driver      driver
	place, keys string
	web         *browser
	servers     []*process // several where the driver allows it: each member always asks the same one

	key       string // the instance's public key
	space     governance.SpaceID
	secretary secretary
	published journal.Checkpoint // the last that anybody was given

	mu         sync.Mutex // protects what follows
	box        *box       // where people vote now; nil between polls
	acks       int
	unanswered int
	heard      func(command bool) // told of every answer, and of none
	over       bool               // nobody asks any more

	counted []*box // polls whose count was seen
}

// box is a poll, as its voters know it.
type box struct {
	id   governance.PollID
	mine [crowd]mine

	// Protected by the house.
	closing bool // somebody asked for the close
	acks    int  // how many ballots were acknowledged
}

// choices are what is voted.
var choices = []voting.Choice{voting.For, voting.Against, voting.Abstain, voting.Blank}

// mine is what one voter knows of their own ballot.
type mine struct {
	rev    uint64 // the last acknowledged; 0 for none
	choice voting.Choice
	asked  *wish // what was asked and never answered
}

// wish is a ballot on its way.
type wish struct {
	Choice   voting.Choice `json:"choice"`
	Replaces uint64        `json:"replaces,omitempty"`
	key      string
}

// newHouse founds an instance with a space and its members.
func newHouse(t *testing.T, d driver, place string) *house {
	t.Helper()
	h := &house{
		driver: d, place: place, keys: filepath.Join(t.TempDir(), "keys"), web: newBrowser(t), heard: func(bool) {},
	}
	h.servers = make([]*process, 1)
	if d.shared {
		h.servers = make([]*process, 2)
	}
	h.begin(t)
	var key httpapi.Key
	h.ask("", "GET", "/v1/key", nil, "").into(t, &key)
	h.key = key.Key
	var space httpapi.Space
	h.ask("host", "POST", "/v1/spaces", map[string]any{"name": "Jardins du Piton"}, "").into(t, &space)
	h.space = space.ID
	h.ask("host", "POST", h.at("/members/import"), registerOf(crowd), "").into(t, nil)
	return h
}

// begin starts the servers that do not live.
func (h *house) begin(t *testing.T) {
	t.Helper()
	for i, p := range h.servers {
		if p == nil || p.gone {
			h.servers[i] = start(t, h.driver, h.place, h.keys)
		}
	}
}

// url gives the address of somebody's server.
func (h *house) url(who string) string {
	n := 0
	if who != "" {
		n = int(who[len(who)-1]) % len(h.servers) // the last digit of a member's number
	}
	return h.servers[n].url
}

// at gives a path in the space.
func (h *house) at(path string) string { return "/v1/spaces/" + string(h.space) + path }

// ask asks somebody's own server.
func (h *house) ask(who, method, path string, body any, key string) answer {
	return h.askAt(h.url(who), who, method, path, body, key)
}

func (h *house) askAt(url, who, method, path string, body any, key string) answer {
	a := h.web.ask(who, method, url+path, body, key)
	if a.status == http.StatusServiceUnavailable && a.code() == store.ErrUnreachable.Code {
		a.err = store.ErrUnreachable // nobody knows whether it was done
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if a.err != nil {
		h.unanswered++
	}
	h.heard(method != "GET")
	return a
}

// live lets people vote and the secretary work until a blow, which comes a moment after so many answers. Those who get no
// answer from then on wait; the others, whose server lives, go on for a while.
func (h *house) live(t *testing.T, seed uint64, answers int, moment time.Duration, blow func(*testing.T)) {
	t.Helper()
	enough, more, alone, idle := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	after := 100 // answers, of whatever kind: there may be nothing left to vote on
	struck := false
	h.mu.Lock()
	h.heard = func(command bool) {
		switch {
		case struck:
			if after--; after == 0 {
				close(more)
			}
		case command:
			if answers--; answers == 0 {
				close(enough)
			}
		}
	}
	h.mu.Unlock()
	var wg sync.WaitGroup
	for v := range voters {
		wg.Go(func() { h.vote(t, v, rand.New(rand.NewPCG(seed, uint64(v)))) })
	}
	wg.Go(func() {
		h.secretary.work(t, h)
		close(alone)
	})
	go func() {
		wg.Wait()
		close(idle)
	}()
	select {
	case <-enough:
		time.Sleep(moment) // a random moment, not a wait for anything
	case <-alone: // the secretary gets no answer, and without them there is soon nothing to vote on
	}
	blow(t)
	h.mu.Lock()
	struck = true
	h.mu.Unlock()
	select {
	case <-more:
	case <-idle:
	}
	h.mu.Lock()
	h.over = true
	h.mu.Unlock()
	<-idle
	h.mu.Lock()
	h.over = false
	h.heard = func(bool) {}
	h.mu.Unlock()
	if t.Failed() {
		t.FailNow() // somebody was told what is not so: without a secretary, or with a wrong memory, life has no end
	}
}

// vote casts and changes the ballots of some members, of which nobody else takes care, until there is no answer.
func (h *house) vote(t *testing.T, v int, random *rand.Rand) {
	for i := 0; ; i++ {
		h.mu.Lock()
		b, over := h.box, h.over
		h.mu.Unlock()
		if over || t.Failed() {
			return
		}
		n := v + voters*random.IntN(crowd/voters)
		if b == nil {
			if h.ask(person(n), "GET", h.at(""), nil, "").err != nil {
				return
			}
			continue
		}
		m := &b.mine[n]
		if m.asked == nil {
			m.asked = &wish{
				Choice: choices[random.IntN(len(choices))], Replaces: m.rev, key: fmt.Sprintf("%s/%d/%d/%d", b.id, n, m.rev, random.Uint64()),
			}
		}
		if !h.cast(t, b, n) {
			return
		}
	}
}

// cast sends what a voter wishes, and notes the answer. It is false when there was none.
func (h *house) cast(t *testing.T, b *box, n int) bool {
	m := &b.mine[n]
	a := h.ask(person(n), "PUT", "/v1/polls/"+string(b.id)+"/ballot", m.asked, m.asked.key)
	if a.err != nil {
		return false
	}
	if code := a.code(); code != "" {
		h.mu.Lock()
		closing := b.closing
		h.mu.Unlock()
		if code != governance.ErrPollClosed.Code || !closing {
			t.Errorf("voter %d was refused: %s", n, a.body)
		}
		m.asked = nil
		return true
	}
	var r governance.Receipt
	if err := json.Unmarshal(a.body, &r); err != nil {
		t.Errorf("voter %d got no receipt: %v in %s", n, err, a.body)
		return true
	}
	choice, _, err := r.Check(h.key)
	if err != nil || choice != m.asked.Choice || r.Rev != m.asked.Replaces+1 {
		t.Errorf("voter %d asked for %s in place of %d and got a receipt for %v, %d: %v", n, m.asked.Choice, m.asked.Replaces, choice, r.Rev, err)
	}
	*m = mine{rev: r.Rev, choice: m.asked.Choice}
	h.mu.Lock()
	h.acks++
	b.acks++
	h.mu.Unlock()
	return true
}

// look holds what a new process finds against what people know, and asks again for what was not answered.
func (h *house) look(t *testing.T) {
	t.Helper()
	for _, b := range h.counted {
		for n := range b.mine {
			if b.mine[n].asked != nil { // cut off together with the close
				h.lookAt(t, b, n)
			}
		}
	}
	if b := h.box; b != nil {
		for n := range b.mine {
			h.lookAt(t, b, n)
		}
	}
	h.extend(t)
}

// lookAt looks at one voter's ballot: the acknowledged one, or what they asked for and were not answered, and nothing
// between the two. Asked again, it is there once.
func (h *house) lookAt(t *testing.T, b *box, n int) {
	t.Helper()
	m := &b.mine[n]
	rev, choice := h.read(t, b, n)
	if asked := m.asked; asked != nil {
		if rev != m.rev {
			require.Equal(t, mine{rev: asked.Replaces + 1, choice: asked.Choice}, mine{rev: rev, choice: choice}, "voter %d: half a ballot", n)
		}
		there := rev == asked.Replaces+1
		before := m.rev
		require.True(t, h.cast(t, b, n))
		if there {
			require.Equal(t, rev, m.rev, "voter %d: what lies in the box was refused, or written twice", n)
		} else if b.closing && m.rev == before {
			rev, choice = h.read(t, b, n)
			require.Equal(t, *m, mine{rev: rev, choice: choice}, "voter %d: refused, and changed all the same", n)
		}
		rev, choice = h.read(t, b, n)
	}
	require.Equal(t, *m, mine{rev: rev, choice: choice}, "voter %d: acknowledged and lost", n)
}

// read reads a voter's own ballot, at another server than theirs where there is one; 0 for none.
func (h *house) read(t *testing.T, b *box, n int) (uint64, voting.Choice) {
	t.Helper()
	a := h.askAt(h.url(person(n+1)), person(n), "GET", "/v1/polls/"+string(b.id)+"/ballot", nil, "")
	if a.code() == governance.ErrNotCast.Code {
		return 0, ""
	}
	var got httpapi.Mine
	a.into(t, &got)
	return got.Rev, got.Choice
}

// extend fetches a checkpoint and demands that the log goes on from the last one.
func (h *house) extend(t *testing.T) {
	t.Helper()
	now, err := h.checkpoint()
	require.NoError(t, err)
	require.GreaterOrEqual(t, now.Size, h.published.Size, "the log has lost what was published")
	if h.published.Size > 0 {
		var proof struct{ Proof []journal.Hash }
		h.ask("host", "GET", h.at(fmt.Sprintf("/log/consistency?size=%d&earlier=%d", now.Size, h.published.Size)), nil, "").into(t, &proof)
		require.NoError(t, journal.CheckConsistency(proof.Proof, now.Size, now.Root, h.published.Size, h.published.Root), "the log is another one")
	}
	h.published = now
}

// checkpoint fetches a signed checkpoint.
func (h *house) checkpoint() (journal.Checkpoint, error) {
	v, err := note.NewVerifier(h.key)
	if err != nil {
		return journal.Checkpoint{}, err
	}
	a := h.ask("host", "GET", h.at("/log/checkpoint"), nil, "")
	if a.err != nil {
		return journal.Checkpoint{}, a.err
	}
	return journal.OpenCheckpoint(a.body, v)
}

func (h *house) verify(t *testing.T) {
	t.Helper()
	var v httpapi.Verification
	h.ask("host", "GET", h.at("/verification"), nil, "").into(t, &v)
	require.True(t, v.OK, "%v", v.Problems)
}

// finish ends what was begun, kills the server a last time, and looks at everything without it.
func (h *house) finish(t *testing.T) {
	t.Helper()
	// Once more if nothing was begun: a proposal may be there whose submission was not answered.
	for begun := false; !begun || h.secretary.stage != submitting; begun = true {
		if h.box != nil {
			h.box.closing = true // there is nobody left to vote
		}
		require.True(t, h.secretary.step(t, h))
	}
	h.verify(t)
	h.extend(t)
	for _, p := range h.servers {
		p.kill(t)
	}

	st, err := h.driver.open(h.place)
	require.NoError(t, err)
	coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir(h.keys)})
	require.NoError(t, err)
	defer func() { require.NoError(t, coop.Close()) }()
	ctx, host := t.Context(), governance.Host("test")
	v, err := coop.Verify(ctx, host, h.space)
	require.NoError(t, err)
	require.NoError(t, v.Err())
	instance, err := coop.VerifyInstance(ctx)
	require.NoError(t, err)
	require.NoError(t, instance.Err())
	for _, b := range h.counted {
		poll, err := coop.Polls.Get(ctx, host, b.id)
		require.NoError(t, err)
		b.holds(t, poll.Result)
		calls, err := coop.Polls.RollCall(ctx, host, b.id, governance.Paging{Limit: 200})
		require.NoError(t, err)
		b.calls(t, calls.Items)
	}
	proposals, err := coop.Proposals.List(ctx, host, h.space, governance.ProposalQuery{Paging: governance.Paging{Limit: 200}})
	require.NoError(t, err)
	titles := map[string]int{}
	for p := proposals; ; {
		for _, item := range p.Items {
			titles[item.Title]++
		}
		if p.Next == "" {
			break
		}
		p, err = coop.Proposals.List(ctx, host, h.space, governance.ProposalQuery{Paging: governance.Paging{Limit: 200, After: p.Next}})
		require.NoError(t, err)
	}
	require.Len(t, titles, h.secretary.term)
	for title, n := range titles {
		require.Equal(t, 1, n, "%s was submitted more than once", title)
	}
}

// holds demands that the result is what the voters know.
func (b *box) holds(t *testing.T, r *voting.Result) {
	t.Helper()
	require.NotNil(t, r)
	want := map[voting.Choice]int64{}
	for _, m := range b.mine {
		if m.rev > 0 {
			want[m.choice]++
		}
	}
	for _, c := range choices {
		require.Equal(t, want[c], r.Of(c).Seats, "poll %s: %s", b.id, c)
	}
}

// calls demands that the roll call names each voter once.
func (b *box) calls(t *testing.T, calls []governance.NamedVote) {
	t.Helper()
	got := map[string]voting.Ballot{}
	for _, c := range calls {
		require.NotContains(t, got, c.Name, "poll %s", b.id)
		got[c.Name] = c.Ballot
	}
	want := map[string]voting.Ballot{}
	for n, m := range b.mine {
		if m.rev > 0 {
			want[fmt.Sprintf("Membre %d", n)] = m.choice
		}
	}
	require.Equal(t, want, got, "poll %s", b.id)
}

// secretary takes one proposal after the other to its count. Every step has its idempotency key, and is asked for again
// until it is answered.
type secretary struct {
	term     int // which proposal
	stage    stage
	proposal governance.ProposalID
}

type stage int

const (
	submitting stage = iota // nothing is under way
	opening
	polling
)

// voting tells whether the poll is to stay open, and whether nobody asks any more.
func (h *house) voting() (on, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.box.closing && h.box.acks < 2*crowd, h.over
}

// work goes on until there is no answer.
func (s *secretary) work(t *testing.T, h *house) {
	for s.step(t, h) {
	}
}

// step takes one step, and is false when it was not answered, or is for later.
func (s *secretary) step(t *testing.T, h *house) bool {
	key := fmt.Sprintf("%d/%d", s.term, s.stage)
	switch s.stage {
	case submitting:
		key := fmt.Sprintf("submit/%d", s.term+1)
		a := h.ask(person(0), "POST", h.at("/proposals"), map[string]any{"title": fmt.Sprintf("Proposition %d", s.term+1), "body": strings.Repeat("Le texte. ", 50)}, key)
		var p httpapi.Proposal
		if !s.done(t, a, &p) {
			return false
		}
		s.proposal, s.stage = p.ID, opening
		s.term++
	case opening:
		a := h.ask(person(0), "POST", "/v1/proposals/"+string(s.proposal)+"/polls", map[string]any{"rule": map[string]any{}, "change": true, "names": true}, key)
		var p httpapi.Poll
		if !s.done(t, a, &p) {
			return false
		}
		s.stage = polling
		h.mu.Lock()
		h.box = &box{id: p.ID}
		h.mu.Unlock()
	case polling:
		// Meanwhile people vote; what is published goes on from what was published before.
		for {
			on, over := h.voting()
			if over || t.Failed() {
				return false
			}
			if !on {
				break
			}
			before := h.published
			now, err := h.checkpoint()
			if err != nil {
				return false
			}
			if now.Size < before.Size {
				t.Errorf("the log had %d entries and now has %d", before.Size, now.Size)
			}
			h.published = now
		}
		h.mu.Lock()
		b := h.box
		b.closing = true
		h.mu.Unlock()
		var p httpapi.Poll
		if !s.done(t, h.ask(person(0), "POST", "/v1/polls/"+string(b.id)+"/close", nil, key), &p) {
			return false
		}
		h.mu.Lock()
		h.box = nil
		h.mu.Unlock()
		h.counted = append(h.counted, b)
		s.stage = submitting
	}
	return true
}

// done reads an answer, and is false when there was none.
func (s *secretary) done(t *testing.T, a answer, v any) bool {
	if a.err != nil {
		return false
	}
	if code := a.code(); code != "" {
		t.Errorf("the secretary was refused: %s", a.body)
		return false
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Errorf("%v in %s", err, a.body)
		return false
	}
	return true
}
