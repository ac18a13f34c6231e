package httpapi

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/storetest"
)

// wire listens for connections that are pipes: in a bubble of package synctest, a server on it lives in the bubble's time,
// which passes only while everybody waits.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	select {
	case <-w.closed:
	default:
		close(w.closed)
	}
	return nil
}

func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "wire", Net: "unix"} }

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case w.conns <- theirs:
		return ours, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

// followed is a site on a wire, with a public space and its chair.
type followed struct {
	*site
	server *http.Server
	base   string // empty: at the other end of the wire
	client *http.Client
	host   governance.Actor
	space  governance.SpaceID
	chair  governance.Member
	open   atomic.Int32 // feeds, as Options.Feeding tells
}

// inBubble runs a test of feeds.
func inBubble(t *testing.T, most int, fn func(*testing.T, *followed)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &followed{site: newSite(t, nil), host: governance.Host("test")}
		who, err := auth.Dev(f.coop, &auth.DevOptions{AnybodyMayBeAnybody: true})
		require.NoError(t, err)
		w := &wire{conns: make(chan net.Conn), closed: make(chan struct{})}
		f.server = &http.Server{
			Handler: New(f.coop, &Options{
				Who: who, Feeds: most, Stop: f.stop, Feeding: func(change int) { f.open.Add(int32(change)) },
			}),
			ReadTimeout: time.Minute,
		}
		f.server.RegisterOnShutdown(func() { close(f.stop) })
		served := make(chan error)
		go func() { served <- f.server.Serve(w) }()
		f.client = &http.Client{Transport: &http.Transport{DialContext: w.dial}}
		defer func() {
			require.NoError(t, f.server.Close())
			require.ErrorIs(t, <-served, http.ErrServerClosed)
			f.client.CloseIdleConnections()
			synctest.Wait()
			require.Zero(t, f.open.Load(), "no feed is left")
		}()
		sp, err := f.coop.Spaces.Create(t.Context(), f.host, governance.NewSpace{Name: "Le village", Public: true})
		require.NoError(t, err)
		f.space = sp.ID
		f.chair, err = f.coop.Members.Admit(t.Context(), f.host, sp.ID, governance.NewMember{
			Identity: governance.Identity{Issuer: issuer, Subject: "chair"}, Name: "La présidente", Roles: []string{governance.Chair},
		})
		require.NoError(t, err)
		fn(t, f)
	})
}

// propose makes the log grow by two entries.
func (f *followed) propose(t *testing.T) governance.ProposalID {
	t.Helper()
	p, err := f.coop.Proposals.Submit(t.Context(), f.chair.Actor(), f.space, governance.NewProposal{Title: "Une proposition"})
	require.NoError(t, err)
	return p.ID
}

// event is one block of a feed, as it came.
type event struct {
	id, name, retry, comment string
	data                     Entry
}

// reading is a feed as whoever follows has it.
type reading struct {
	t     *testing.T
	res   *http.Response
	lines *bufio.Reader
}

// follow asks for a feed in somebody's name; headers are names and values in turn.
func (f *followed) follow(t *testing.T, who, query string, headers ...string) *reading {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", cmp.Or(f.base, "http://wire")+"/v1/spaces/"+string(f.space)+"/log/events"+query, nil)
	require.NoError(t, err)
	if who != "" {
		r.Header.Set(auth.DevHeader, who)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := f.client.Do(r)
	require.NoError(t, err)
	return &reading{t: t, res: res, lines: bufio.NewReader(res.Body)}
}

// next waits for the next block.
func (r *reading) next() event {
	r.t.Helper()
	e, err := r.block()
	require.NoError(r.t, err)
	return e
}

func (r *reading) block() (e event, err error) {
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			return e, nil
		case field == "id":
			e.id = value
		case field == "event":
			e.name = value
		case field == "retry":
			e.retry = value
		case field == "data":
			if err := json.Unmarshal([]byte(value), &e.data); err != nil {
				return e, err
			}
		case field == "":
			e.comment = line
		default:
			return e, errors.New("not a field of an event: " + line)
		}
	}
}

// entry waits for the next entry, past comments.
func (r *reading) entry() event {
	r.t.Helper()
	for {
		if e := r.next(); e.comment == "" {
			require.Equal(r.t, "entry", e.name)
			require.Equal(r.t, strconv.FormatInt(e.data.Position, 10), e.id)
			return e
		}
	}
}

// ended demands that the feed ends, in peace and with nothing before.
func (r *reading) ended() {
	r.t.Helper()
	e, err := r.block()
	require.ErrorIs(r.t, err, io.EOF, "%+v", e)
}

// refused demands a problem with a code and a place.
func (r *reading) refused(status int, code, where string) {
	r.t.Helper()
	defer r.res.Body.Close()
	var p Problem
	require.Equal(r.t, status, r.res.StatusCode)
	require.Equal(r.t, problemType, r.res.Header.Get("Content-Type"))
	require.NoError(r.t, json.NewDecoder(r.lines).Decode(&p))
	require.Equal(r.t, code, p.Code)
	if where != "" {
		require.Len(r.t, p.Errors, 1)
		require.Equal(r.t, where, p.Errors[0].Path)
	}
	if status == http.StatusServiceUnavailable {
		require.NotEmpty(r.t, r.res.Header.Get("Retry-After"))
	}
}

func TestFeed(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		r := f.follow(t, "", "")
		require.Equal(t, 200, r.res.StatusCode)
		require.Equal(t, "text/event-stream", r.res.Header.Get("Content-Type"))
		require.Equal(t, "no", r.res.Header.Get("X-Accel-Buffering"))
		require.Equal(t, "no-store", r.res.Header.Get("Cache-Control"))
		require.Equal(t, event{id: "2", retry: "3000"}, r.next(), "the feed begins at the end of the log")

		began := time.Now()
		for range 8 { // two minutes, and a request may take but one to arrive
			require.Equal(t, event{comment: ":"}, r.next())
		}
		require.Equal(t, 8*feedBeat, time.Since(began))

		began = time.Now()
		id := f.propose(t)
		for i, name := range []string{"proposal.drafted/1", "proposal.submitted/1"} {
			require.Equal(t, event{
				id: strconv.Itoa(3 + i), name: "entry",
				data: Entry{Position: int64(3 + i), At: f.clock.now(), Name: name, Subject: string(id)},
			}, r.next())
		}
		require.Zero(t, time.Since(began), "it is told at once")
		require.NoError(t, r.res.Body.Close())
		synctest.Wait()
		require.Zero(t, f.open.Load(), "whoever goes is noticed")
	})
}

// Whoever comes back with the last id that arrived misses nothing and hears nothing twice, whatever happened in between,
// and whatever they may not see.
func TestFeedResumes(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		whole := f.follow(t, "person:register:chair", "?after=0")
		require.Equal(t, "0", whole.next().id)
		require.NoError(t, whole.res.Body.Close())

		var heard []event
		last := ""
		r := f.follow(t, "", "")
		last = r.next().id // a browser keeps it though there is no data
		for range 3 {
			require.NoError(t, r.res.Body.Close())
			f.propose(t)
			_, err := f.coop.Members.Invite(t.Context(), f.host, f.space, governance.NewMember{
				Identity: governance.Identity{Issuer: issuer, Subject: last}, Name: "Quelqu'un",
			})
			require.NoError(t, err)
			f.propose(t)
			r = f.follow(t, "", "?after=0", "Last-Event-ID", last) // the header goes before what the page once asked for
			require.Equal(t, last, r.next().id)
			for range 3 { // of four: the last one comes again after the break
				e := r.entry()
				heard, last = append(heard, e), e.id
			}
		}
		for range 3 {
			heard = append(heard, r.entry())
		}
		require.NoError(t, r.res.Body.Close())
		page, err := f.coop.Entries(t.Context(), governance.Actor{}, f.space, "2")
		require.NoError(t, err)
		require.Len(t, page.Entries, 12)
		require.Len(t, heard, 12)
		for i, e := range page.Entries {
			require.Equal(t, Entry{Position: e.Position, At: e.At, Name: e.Name, Subject: e.Subject}, heard[i].data)
		}
	})
}

// A log of more than a page is told to its end without waiting.
func TestFeedWhole(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		for range 200 {
			f.propose(t)
		}
		began := time.Now()
		r := f.follow(t, "host", "?after=1")
		r.next()
		for n := 2; n <= 402; n++ {
			require.Equal(t, strconv.Itoa(n), r.next().id)
		}
		require.Zero(t, time.Since(began))
		require.NoError(t, r.res.Body.Close())
	})
}

func TestFeedRefused(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		for _, bad := range []string{"x", "-1", "1.", "1.a.b", "+1", " 1 2", "9999999999999999999", "1e3"} {
			f.follow(t, "", "", "Last-Event-ID", bad).refused(422, "request.invalid", "header/Last-Event-ID")
			f.follow(t, "", "?after="+strings.ReplaceAll(strings.ReplaceAll(bad, "+", "%2B"), " ", "%20")).refused(422, "request.invalid", "query/after")
		}
		f.follow(t, "", "?since=1").refused(422, "request.invalid", "")
		for _, never := range []string{"01", "1.5", "2.another-epoch"} {
			f.follow(t, "", "", "Last-Event-ID", never).refused(422, "log.position", "Last-Event-ID")
		}
		f.follow(t, "", "", "Last-Event-ID", "3").refused(422, "log.position", "Last-Event-ID")
		f.follow(t, "", "?after=999999999999999999").refused(422, "log.position", "after")

		private := false
		_, err := f.coop.Spaces.Change(t.Context(), f.host, f.space, governance.SpaceChange{Public: &private})
		require.NoError(t, err)
		f.follow(t, "", "?after=0").refused(401, "auth.required", "")
		f.follow(t, "person:register:stranger", "?after=0").refused(404, "space.unknown", "")
		f.follow(t, "nonsense", "").refused(401, "auth.dev_header", "")
		own := f.space
		f.space = "00000000-0000-7000-8000-000000000000"
		f.follow(t, "host", "").refused(404, "space.unknown", "")
		f.space = own
		synctest.Wait()
		require.Zero(t, f.open.Load(), "a refusal takes no place")
	})
}

// Who may see what is asked anew before each part is sent.
func TestFeedLosesAccess(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		m, err := f.coop.Members.Admit(t.Context(), f.host, f.space, governance.NewMember{
			Identity: governance.Identity{Issuer: issuer, Subject: "member"}, Name: "Un membre",
		})
		require.NoError(t, err)
		member, stranger := f.follow(t, "person:register:member", ""), f.follow(t, "", "")
		for _, r := range []*reading{member, stranger} {
			require.Equal(t, "3", r.next().id)
		}
		private := false
		_, err = f.coop.Spaces.Change(t.Context(), f.host, f.space, governance.SpaceChange{Public: &private})
		require.NoError(t, err)
		stranger.ended()
		require.Equal(t, "space.changed/1", member.entry().data.Name)

		_, err = f.coop.Members.Leave(t.Context(), f.host, m.ID)
		require.NoError(t, err)
		member.ended()
		f.follow(t, "person:register:member", "", "Last-Event-ID", "4").refused(404, "space.unknown", "")
	})
}

// A session that ends without a word of the log ends the feed with the next beat.
func TestFeedSessionEnds(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		var signedOut atomic.Bool
		f.server.Handler = New(f.coop, &Options{Stop: f.stop, Who: func(*http.Request) (governance.Actor, error) {
			if signedOut.Load() {
				return governance.Actor{}, governance.ErrUnauthenticated
			}
			return f.host, nil
		}})
		r := f.follow(t, "", "")
		require.Equal(t, "2", r.next().id)
		began := time.Now()
		synctest.Wait()
		signedOut.Store(true)
		r.ended()
		require.Equal(t, feedBeat, time.Since(began))
	})
}

func TestFeedsMost(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, f *followed) { // two of them for strangers
		first, second := f.follow(t, "", ""), f.follow(t, "", "")
		first.next()
		second.next()
		f.follow(t, "", "").refused(503, "request.feeds", "")
		known := f.follow(t, "person:"+issuer+":chair", "")
		known.next()
		f.follow(t, "person:"+issuer+":chair", "").refused(503, "request.feeds", "")
		require.NoError(t, first.res.Body.Close())
		synctest.Wait()
		third := f.follow(t, "", "")
		require.Equal(t, 200, third.res.StatusCode, "there is a place again")
		require.NoError(t, errors.Join(second.res.Body.Close(), third.res.Body.Close(), known.res.Body.Close()))
	})
}

// Whoever does not read on holds a feed for a moment, and nothing else: not the store, and not those who write.
func TestFeedStalls(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		client, server := net.Pipe()
		w := &wire{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
		w.conns <- server
		go func() { _ = f.server.Serve(w) }()
		defer w.Close()
		_, err := io.WriteString(client, "GET /v1/spaces/"+string(f.space)+"/log/events HTTP/1.1\r\nHost: wire\r\n\r\n")
		require.NoError(t, err)
		synctest.Wait() // it writes the beginning, and nobody reads
		require.EqualValues(t, 1, f.open.Load())
		began := time.Now()
		f.propose(t)
		require.Zero(t, time.Since(began))
		time.Sleep(feedStall - time.Second)
		synctest.Wait()
		require.EqualValues(t, 1, f.open.Load())
		time.Sleep(time.Second)
		synctest.Wait()
		require.Zero(t, f.open.Load())
		require.NoError(t, client.Close())
	})
}

// Shutdown does not wait for feeds, and whoever followed comes back where they were.
func TestFeedShutdown(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		r := f.follow(t, "", "")
		require.Equal(t, "2", r.next().id)
		synctest.Wait()
		began := time.Now()
		down := make(chan error)
		go func() { down <- f.server.Shutdown(t.Context()) }()
		r.ended()
		require.NoError(t, <-down)
		require.Less(t, time.Since(began), time.Second, "as fast as net/http looks whether all have ended")
		require.NoError(t, r.res.Body.Close())
	})
}

// Nor does it wait for long for whoever follows and does not read.
func TestFeedShutdownStalls(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		r := f.follow(t, "", "")
		require.Equal(t, "2", r.next().id)
		synctest.Wait()
		began := time.Now()
		require.NoError(t, f.server.Shutdown(t.Context()))
		require.Less(t, time.Since(began), feedStall+time.Second)
		require.NoError(t, r.res.Body.Close())
	})
}

// While the store does not answer, a feed waits; then it goes on where it was.
func TestFeedOutage(t *testing.T) {
	inBubble(t, 0, func(t *testing.T, f *followed) {
		var away atomic.Bool
		f.server.Handler = New(f.coop, &Options{Stop: f.stop, Who: func(*http.Request) (governance.Actor, error) {
			if away.Load() { // as where sessions lie in the same database
				return governance.Actor{}, ErrFeeds
			}
			return f.host, nil
		}})
		r := f.follow(t, "", "")
		require.Equal(t, "2", r.next().id)
		synctest.Wait()
		away.Store(true)
		f.propose(t)
		require.Equal(t, event{comment: ":"}, r.next())
		away.Store(false)
		require.Equal(t, "3", r.entry().id)
		require.Equal(t, "4", r.entry().id)
		require.NoError(t, r.res.Body.Close())
	})
}

// A feed tells of what another process wrote: at once when the store tells, and with the next beat when what it told was
// lost on the way.
func TestFeedOfAnotherProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, ring := storetest.Share(memory.New()), governance.MemoryKeys()
		var process *storetest.Process
		open := func() *governance.Coop {
			process = shared.Process()
			coop, err := governance.Open(process, &governance.Options{Keys: ring})
			require.NoError(t, err)
			return coop
		}
		one, two := open(), open()
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- two.Run(ctx) }()
		host := governance.Host("test")
		sp, err := one.Spaces.Create(t.Context(), host, governance.NewSpace{Name: "Le village", Public: true})
		require.NoError(t, err)
		propose := func() {
			_, err := one.Proposals.Submit(t.Context(), host, sp.ID, governance.NewProposal{Title: "Une proposition"})
			require.NoError(t, err)
		}

		f := &followed{space: sp.ID}
		w := &wire{conns: make(chan net.Conn), closed: make(chan struct{})}
		f.server = &http.Server{Handler: New(two, nil)}
		served := make(chan error)
		go func() { served <- f.server.Serve(w) }()
		f.client = &http.Client{Transport: &http.Transport{DialContext: w.dial}}
		r := f.follow(t, "", "")
		require.Equal(t, "1", r.next().id)

		began := time.Now()
		propose()
		require.Equal(t, "2", r.next().id)
		require.Equal(t, "3", r.next().id)
		require.Less(t, time.Since(began), time.Second)

		process.Deafen(true)
		began = time.Now()
		propose()
		require.Equal(t, "4", r.entry().id)
		require.Equal(t, "5", r.entry().id)
		require.LessOrEqual(t, time.Since(began), feedBeat)

		require.NoError(t, r.res.Body.Close())
		require.NoError(t, f.server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
		f.client.CloseIdleConnections()
		cancel()
		require.NoError(t, <-ran)
		require.NoError(t, errors.Join(one.Close(), two.Close()))
	})
}
