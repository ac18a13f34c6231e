package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/pgtest"
)

// BenchmarkServe measures ballots that are accepted durably over HTTP: the real server in a process of its own, the database
// beside it, and the clients in this one, on the same cores. cpu-us/ballot is the processor time of the server and the
// database together, without the clients'. The yardstick is a server that does nothing with a ballot: what these requests and
// answers cost on this machine at this hour.
func BenchmarkServe(b *testing.B) {
	b.Run("yardstick", func(b *testing.B) { benchBallots(b, serveNothing(b)) })
	b.Run("bolt", func(b *testing.B) {
		benchBallots(b, newHall(b, serveData(b, filepath.Join(b.TempDir(), "coop.db"), "--dev"), nil))
	})
	b.Run("postgres", func(b *testing.B) {
		c, err := pgtest.Start(pgtest.Settings{Durable: true, Config: []string{"shared_buffers = 512MB"}})
		pgtest.Need(b, err)
		b.Cleanup(c.Remove)
		benchBallots(b, newHall(b, servePostgres(b, c.DSN("postgres"), filepath.Join(b.TempDir(), "keys"), "--dev"), c))
	})
}

func benchBallots(b *testing.B, h *hall) {
	for _, conns := range []int{1, 64, 256} {
		b.Run(fmt.Sprintf("conns=%d", conns), func(b *testing.B) {
			h.fill(b, b.N)
			booths := make([]*booth, conns)
			for i := range booths {
				booths[i] = newBooth(b, h.url)
			}
			before := h.processor(b)
			b.ResetTimer()
			h.vote(b, booths, b.N)
			b.StopTimer()
			took := h.processor(b) - before
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ballots/s")
			b.ReportMetric(float64(took.Microseconds())/float64(b.N), "cpu-us/ballot")
		})
	}
}

// BenchmarkClose measures how long the close of a poll takes to answer while 64 clients cast in it: the count included.
func BenchmarkClose(b *testing.B) {
	bench := func(b *testing.B, h *hall) {
		booths := make([]*booth, 64)
		for i := range booths {
			booths[i] = newBooth(b, h.url)
		}
		var worst time.Duration
		for b.Loop() {
			b.StopTimer()
			h.polls, h.member = nil, seats
			h.fill(b, 1)
			poll := h.polls[0]
			half := make(chan struct{})
			var cast atomic.Int64
			var wg sync.WaitGroup
			for i, v := range booths {
				wg.Go(func() {
					for m := i; m < seats; m += len(booths) {
						status := v.cast(b, poll, m)
						if status == http.StatusConflict {
							return // it is closed
						}
						if status != http.StatusOK {
							b.Errorf("a ballot was answered with %d", status)
							return
						}
						if cast.Add(1) == seats/4 {
							close(half)
						}
					}
				})
			}
			<-half
			asked := time.Now()
			b.StartTimer()
			h.ask(b, "person:register:0", "POST", "/v1/polls/"+poll+"/close", "", nil)
			b.StopTimer()
			worst = max(worst, time.Since(asked))
			wg.Wait()
			b.StartTimer()
		}
		b.ReportMetric(float64(worst.Milliseconds()), "worst-ms")
	}
	b.Run("bolt", func(b *testing.B) {
		bench(b, newHall(b, serveData(b, filepath.Join(b.TempDir(), "coop.db"), "--dev"), nil))
	})
	b.Run("postgres", func(b *testing.B) {
		c, err := pgtest.Start(pgtest.Settings{Durable: true})
		pgtest.Need(b, err)
		b.Cleanup(c.Remove)
		bench(b, newHall(b, servePostgres(b, c.DSN("postgres"), filepath.Join(b.TempDir(), "keys"), "--dev"), c))
	})
}

// seats is how many members a hall has.
const seats = 5000

// hall is a space with a register, and polls that wait for ballots.
type hall struct {
	*served
	database *pgtest.Cluster // nil: none
	space    string          // empty: of the yardstick
	polls    []string        // open; in the first, members from member on have not voted
	member   int
}

func newHall(b *testing.B, s *served, database *pgtest.Cluster) *hall {
	b.Helper()
	h := &hall{served: s, database: database}
	var sp struct{ ID string }
	s.ask(b, "host", "POST", "/v1/spaces", `{"name":"Assemblée"}`, &sp)
	h.space = sp.ID
	register := "id,name,roles\n"
	for i := range seats {
		register += fmt.Sprintf("%d,Membre %d,%s\n", i, i, map[bool]string{true: "chair"}[i == 0])
	}
	r, err := http.NewRequestWithContext(b.Context(), "POST", s.url+"/v1/spaces/"+h.space+"/members/import", strings.NewReader(register))
	require.NoError(b, err)
	r.Header.Set("Content-Type", "text/csv")
	r.Header.Set("Coop-Dev", "host")
	res, err := http.DefaultClient.Do(r)
	require.NoError(b, err)
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	require.NoError(b, err)
	require.Equal(b, http.StatusOK, res.StatusCode, "%s", said)
	return h
}

// yardstick makes the test binary a server that does nothing.
const yardstick = "yardstick"

// answerNothing reads ballots and answers each with as much as a receipt, until it is killed.
func answerNothing() {
	answer := []byte(`{"receipt":"` + strings.Repeat("0", 1200) + "\"}\n")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + l.Addr().String())
	debug.SetGCPercent(garbage)
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})))
}

func serveNothing(b *testing.B) *hall {
	b.Helper()
	c := program(b)
	c.Env = append(c.Env, asProgram+"="+yardstick)
	out, err := c.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, c.Start())
	b.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	return &hall{served: &served{url: strings.TrimSpace(url), cmd: c}}
}

// fill opens polls until there is room for n ballots.
func (h *hall) fill(b *testing.B, n int) {
	b.Helper()
	for len(h.polls)*seats-h.member < n {
		if h.space == "" {
			h.polls = append(h.polls, "none")
			continue
		}
		var proposal, poll struct{ ID string }
		h.ask(b, "person:register:0", "POST", "/v1/spaces/"+h.space+"/proposals", `{"title":"Un puits"}`, &proposal)
		h.ask(b, "person:register:0", "POST", "/v1/proposals/"+proposal.ID+"/polls",
			`{"rule":{"threshold":{"of":"expressed","fraction":"1/2","strict":true}},"names":true}`, &poll)
		if h.polls = append(h.polls, poll.ID); len(h.polls) == 1 {
			h.member = 0
		}
	}
}

// vote casts n ballots from all booths at once, each the first of its member.
func (h *hall) vote(b *testing.B, booths []*booth, n int) {
	var next atomic.Int64
	from := int64(h.member)
	var wg sync.WaitGroup
	for _, v := range booths {
		wg.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(n) {
					return
				}
				at := from + i
				if status := v.cast(b, h.polls[at/seats], int(at%seats)); status != http.StatusOK {
					b.Errorf("a ballot was answered with %d", status)
					return
				}
			}
		})
	}
	wg.Wait()
	last := from + int64(n)
	h.polls, h.member = h.polls[last/seats:], int(last%seats)
}

// processor gives the processor time of the server and its database so far.
func (h *hall) processor(b *testing.B) time.Duration {
	b.Helper()
	sum, err := pgtest.ProcessorOf(h.cmd.Process.Pid)
	require.NoError(b, err)
	if h.database != nil {
		theirs, err := h.database.Processor()
		require.NoError(b, err)
		sum += theirs
	}
	return sum
}

// booth is one connection of a client who does nothing else, so that the clients take little of the cores.
type booth struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func newBooth(b *testing.B, url string) *booth {
	b.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(b, err)
	b.Cleanup(func() { conn.Close() })
	return &booth{conn: conn, in: bufio.NewReader(conn)}
}

// cast hands in a member's ballot with an idempotency key, and gives the status of the answer.
func (l *booth) cast(b *testing.B, poll string, member int) int {
	l.out = fmt.Appendf(l.out[:0], "PUT /v1/polls/%s/ballot HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Coop-Dev: person:register:%d\r\nIdempotency-Key: vote-%d\r\nContent-Length: 16\r\n\r\n{\"choice\":\"for\"}", poll, member, member)
	if _, err := l.conn.Write(l.out); err != nil {
		b.Error(err)
		return 0
	}
	res, err := http.ReadResponse(l.in, nil)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		b.Error(err)
		return 0
	}
	return res.StatusCode
}
