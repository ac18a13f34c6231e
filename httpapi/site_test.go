package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/internal/anystore"
	"github.com/communecter/coopspace/store"
)

// clock is a clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// site is an instance that tests ask over HTTP. Every answer is held against the OpenAPI document.
type site struct {
	coop    *governance.Coop
	clock   *clock
	handler http.Handler
	url     string // of a real server; empty: the handler is called
	doc     *contract
	stop    chan struct{} // closed, it ends feeds
}

// newStore gives an empty store of the driver that the suite runs over.
func newStore(tb testing.TB) store.Store { return anystore.New(tb, &pg) }

// newSite serves an instance on a store; nil: a new one.
func newSite(t testing.TB, st store.Store) *site {
	t.Helper()
	if st == nil {
		st = newStore(t)
	}
	s := &site{clock: newClock(), stop: make(chan struct{})}
	var err error
	s.coop, err = governance.Open(st, &governance.Options{Clock: s.clock.now, Origin: "coop.example.org"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.coop.Close()) })
	who, err := auth.Dev(s.coop, &auth.DevOptions{AnybodyMayBeAnybody: true})
	require.NoError(t, err)
	s.handler = New(s.coop, &Options{Who: who, Stop: s.stop})
	s.doc = committed(t)
	return s
}

// listen makes it a real server.
func (s *site) listen(t testing.TB) *site {
	t.Helper()
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// answer is what came back.
type answer struct {
	what   string
	status int
	header http.Header
	body   []byte
}

// ask sends a request in somebody's name ("host", "person:register:7", "" for nobody). body is JSON data, a string for
// what is sent as it is, or nil. headers are names and values in turn.
func (s *site) ask(t testing.TB, who, method, path string, body any, headers ...string) answer {
	t.Helper()
	var data []byte
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
		contentType = ""
	case string:
		data = []byte(b)
	default:
		var err error
		data, err = json.Marshal(b)
		require.NoError(t, err)
	}
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, bytes.NewReader(data))
	require.NoError(t, err)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if who != "" {
		r.Header.Set(auth.DevHeader, who)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	var res *http.Response
	if s.url != "" {
		res, err = http.DefaultClient.Do(r)
		require.NoError(t, err)
	} else {
		rec := httptest.NewRecorder()
		s.handler.ServeHTTP(rec, r.Clone(r.Context()))
		res = rec.Result()
	}
	defer res.Body.Close()
	out := answer{what: method + " " + path, status: res.StatusCode, header: res.Header}
	out.body, err = io.ReadAll(res.Body)
	require.NoError(t, err)
	if err := s.doc.check(r, data, out); err != nil {
		t.Errorf("%s: the document says otherwise: %v\n%s", out.what, err, out.body)
	}
	return out
}

// is demands a status, and reads the body into v if it is not nil.
func (a answer) is(t testing.TB, status int, v any) answer {
	t.Helper()
	require.Equal(t, status, a.status, "%s: %s", a.what, a.body)
	if v != nil {
		require.NoError(t, json.Unmarshal(a.body, v), "%s: %s", a.what, a.body)
	}
	return a
}

// refused demands a problem with a status and a code, and gives it.
func (a answer) refused(t testing.TB, status int, code string) Problem {
	t.Helper()
	var p Problem
	require.NoError(t, json.Unmarshal(a.body, &p), "%s: %d %s", a.what, a.status, a.body)
	require.Equal(t, code, p.Code, "%s: %s", a.what, a.body)
	require.Equal(t, status, a.status, "%s: %s", a.what, a.body)
	require.Equal(t, status, p.Status)
	require.Equal(t, problemType, a.header.Get("Content-Type"))
	require.Equal(t, problemBase+code, p.Type)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	return p
}

// contract holds requests and answers against the OpenAPI document.
type contract struct {
	router routers.Router
	doc    *openapi3.T
	seen   sync.Map // refusals that were checked, by operation and code: one is as another, and checking is slow
}

// committed gives the contract as the committed document writes it, read once.
func committed(t testing.TB) *contract {
	t.Helper()
	c, err := readContract()
	require.NoError(t, err)
	return c
}

var readContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background(), openapi3.IsOpenAPI31OrLater()); err != nil {
		return nil, err
	}
	router, err := legacy.NewRouter(doc, openapi3.IsOpenAPI31OrLater())
	return &contract{router: router, doc: doc}, err
})

// check holds an answer against the document, and a request that was granted too.
func (c *contract) check(r *http.Request, body []byte, a answer) error {
	if strings.HasPrefix(r.URL.Path, "/v1/openapi.") {
		return nil
	}
	at := *r.URL
	at.Scheme, at.Host = "", ""
	asked := r.Clone(context.Background())
	asked.URL, asked.Host = &at, ""
	asked.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := c.router.FindRoute(asked)
	if err != nil {
		if a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed {
			return nil
		}
		return err
	}
	in := &openapi3filter.RequestValidationInput{
		Request: asked, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			ExcludeRequestBody: strings.HasPrefix(r.Header.Get("Content-Type"), "text/"), MultiError: true,
			IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	if a.status < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			return fmt.Errorf("the request: %w", err)
		}
	}
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	var p Problem
	if kind == problemType && json.Unmarshal(a.body, &p) == nil {
		if _, again := c.seen.LoadOrStore(route.Operation.OperationID+" "+p.Code, true); again {
			return nil
		}
	}
	options := *in.Options
	options.ExcludeResponseBody = kind != "application/json" && kind != problemType
	if options.ExcludeResponseBody {
		if r := route.Operation.Responses.Status(a.status); r == nil || r.Value.Content.Get(kind) == nil {
			return fmt.Errorf("%d %s is not documented", a.status, kind)
		}
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.body)), Options: &options,
	})
}
