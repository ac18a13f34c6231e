package trial

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/httpapi"
	"github.com/communecter/coopspace/httpapi/auth"
)

// What tells this test binary that it is a server in a process of its own, and on what.
const (
	serveDriver = "COOPSPACE_TRIAL_DRIVER"
	servePlace  = "COOPSPACE_TRIAL_PLACE"
	serveKeys   = "COOPSPACE_TRIAL_KEYS"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(serveDriver); name != "" {
		err := serve(name)
		fmt.Fprintln(os.Stderr, "the server ended:", err)
		os.Exit(1)
	}
	pg.Main(m)
}

// serve is the server: the engine over a store, and the API over the engine. It prints its address when it is ready, and
// ends with its parent, if not before.
func serve(name string) error {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for _, d := range drivers() {
		if d.name != name {
			continue
		}
		st, err := d.open(os.Getenv(servePlace))
		if err != nil {
			return err
		}
		coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir(os.Getenv(serveKeys)), Origin: "coop.example.org"})
		if err != nil {
			return err
		}
		who, err := auth.Dev(coop, &auth.DevOptions{AnybodyMayBeAnybody: true})
		if err != nil {
			return err
		}
		go coop.Run(context.Background())
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println("http://" + listener.Addr().String())
		return http.Serve(listener, httpapi.New(coop, &httpapi.Options{Who: who}))
	}
	return fmt.Errorf("there is no driver %s", name)
}

// process is a server in a process of its own.
type process struct {
	cmd   *exec.Cmd
	url   string     // empty until it is ready
	ended chan error // gets what Wait says
	said  *speech    // what it said where faults are told
	gone  bool       // it was killed
	stop  sync.Once
}

// speech gathers what a process says.
type speech struct {
	mu   sync.Mutex // protects text
	text strings.Builder
}

func (s *speech) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *speech) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// launch starts a server, and gives where it will say its address.
func launch(t *testing.T, d driver, place, keyFolder string) (*process, io.Reader) {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), ended: make(chan error, 1), said: &speech{}}
	p.cmd.Env = append(os.Environ(), serveDriver+"="+d.name, servePlace+"="+place, serveKeys+"="+keyFolder)
	p.cmd.Stderr = p.said
	_, err := p.cmd.StdinPipe() // closed when we end
	require.NoError(t, err)
	out, write, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.Stdout = write
	require.NoError(t, p.cmd.Start())
	require.NoError(t, write.Close())
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		p.kill(t)
		out.Close()
	})
	return p, out
}

// start starts a server and waits until it is ready.
func start(t *testing.T, d driver, place, keyFolder string) *process {
	t.Helper()
	p, out := launch(t, d, place, keyFolder)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "the server did not start: %s", p.said)
	p.url = strings.TrimSpace(line)
	return p
}

// kill ends it with SIGKILL, and waits until it is gone. It must not have ended by itself, nor complained.
func (p *process) kill(t *testing.T) {
	t.Helper()
	p.stop.Do(func() {
		select {
		case err := <-p.ended:
			t.Errorf("the server ended by itself (%v): %s", err, p.said)
			return
		default:
		}
		require.NoError(t, p.cmd.Process.Kill())
		<-p.ended
		p.gone = true
		require.Empty(t, p.said.String(), "the server complained")
	})
}

// answer is what came back for a request.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // nothing came back: nobody knows whether it was done
}

// code gives the code of a refusal; empty for what was done.
func (a answer) code() string {
	if a.status < 400 {
		return ""
	}
	var p httpapi.Problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		return fmt.Sprintf("status %d: %s", a.status, a.body)
	}
	return p.Code
}

// into demands that it was done, and reads what came back.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	require.NoError(t, a.err)
	require.Less(t, a.status, 400, "%s", a.body)
	if v != nil {
		require.NoError(t, json.Unmarshal(a.body, v), "%s", a.body)
	}
}

// browser sends requests to a server.
type browser struct{ client *http.Client }

// newBrowser makes one that keeps many connections open.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{Transport: transport, Timeout: time.Minute}}
}

// ask sends a request in somebody's name ("host", "person:trial:7"). body is JSON data, a string for a table of members,
// or nil; key is the idempotency key, empty for none.
func (b *browser) ask(who, method, url string, body any, key string) answer {
	var data []byte
	contentType := "application/json"
	switch v := body.(type) {
	case nil:
	case string:
		data, contentType = []byte(v), "text/csv"
	default:
		var err error
		if data, err = json.Marshal(v); err != nil {
			return answer{err: err}
		}
	}
	r, err := http.NewRequest(method, url, bytes.NewReader(data))
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set(auth.DevHeader, who)
	r.GetBody = nil // net/http does not send it again by itself when a connection breaks: that is for us to decide
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	res, err := b.client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	out := answer{status: res.StatusCode, header: res.Header}
	out.body, out.err = io.ReadAll(res.Body)
	return out
}

// registerOf writes the table of members 0 to n-1, the first of whom is chair.
func registerOf(n int) string {
	var b strings.Builder
	b.WriteString("id;name;roles\n")
	for i := range n {
		role := ""
		if i == 0 {
			role = "chair"
		}
		fmt.Fprintf(&b, "%d;Membre %d;%s\n", i, i, role)
	}
	return b.String()
}

// person names a member of registerOf as the one who asks.
func person(i int) string { return fmt.Sprintf("person:%s:%d", issuer, i) }

// issuer is whose numbers members have.
const issuer = "register"
