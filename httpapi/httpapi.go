package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/internal/locale"
)

// MaxBody bounds the body of a request in bytes, but for imports, which have a bound of their own.
const MaxBody = 64 << 10

// maxText bounds the body of requests that carry long texts.
const maxText = 1 << 20

// Version is that of the API, in its OpenAPI document.
const Version = "1.0.0"

// Options of the API. nil is fine.
type Options struct {
	// Who finds out who sent a request; an error refuses the request. nil: everybody is nobody, who may read what is
	// public and nothing else.
	Who func(*http.Request) (governance.Actor, error)

	// Logger is told of faults that are ours, with the id that whoever asked was given. nil: nothing is logged.
	Logger *slog.Logger

	// Origins are other sites whose pages may send requests that change something, such as "https://www.example.org".
	Origins []string

	// Page shows people with a browser, at the root of where the API is mounted, a plain page of the spaces that they may
	// read, and refusals as pages too. Its links are relative: where it is mounted, its address ends with a slash.
	Page bool

	// Links adds the pages with which somebody signs in by a link, and out; Page shows them who they are. nil: nobody
	// signs in here. Its Who belongs into Who above, or sessions have no effect.
	Links *auth.Links

	// Clock tells the pages the time. nil: the system's.
	Clock func() time.Time

	// Answered is told of each request once it was answered, in the goroutine that answered: it returns soon. nil: nobody
	// is told.
	Answered func(Answer)

	// Feeds bounds how many may follow logs at once; each holds a connection. Requests of nobody known get half of them at most.
	// 0: 1000.
	Feeds int

	// Feeding is told of each feed that begins (1) and ends (-1). It returns at once. nil: nobody is told.
	Feeding func(change int)

	// Stop ends all feeds once it is closed. http.Server.Shutdown waits for them otherwise:
	//
	//	server.RegisterOnShutdown(func() { close(stop) })
	Stop <-chan struct{}
}

// server is the API over one engine.
type server struct {
	coop   *governance.Coop
	who    func(*http.Request) (governance.Actor, error)
	log    *slog.Logger
	guard  *http.CrossOriginProtection
	api    huma.API
	router chi.Router
	clock  func() time.Time
	pages  *pages // nil: no pages
	told   func(Answer)
	feeds  *feeds
	stop   <-chan struct{}
}

// New makes the API over an engine, to be mounted where the embedding program likes. It panics on an Origin that is none.
func New(coop *governance.Coop, opts *Options) http.Handler {
	return newServer(coop, opts).router
}

func newServer(coop *governance.Coop, opts *Options) *server {
	if opts == nil {
		opts = &Options{}
	}
	s := &server{
		coop: coop, who: opts.Who, log: opts.Logger, guard: http.NewCrossOriginProtection(), router: chi.NewRouter(), clock: opts.Clock,
		told: opts.Answered, feeds: newFeeds(opts.Feeds, opts.Feeding), stop: opts.Stop,
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.who == nil {
		s.who = func(*http.Request) (governance.Actor, error) { return governance.Actor{}, nil }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for _, o := range opts.Origins {
		if err := s.guard.AddTrustedOrigin(o); err != nil {
			panic(fmt.Errorf("httpapi: the origin %q: %w", o, err))
		}
	}
	s.router.Use(s.begin, s.tell, s.recover, s.authenticate)
	s.router.NotFound(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, ErrRequestPath) })
	s.router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, ErrRequestMethod) })
	s.api = humachi.New(s.router, s.config())
	s.api.UseMiddleware(watchArrival)
	s.spaces()
	s.members()
	s.rooms()
	s.proposals()
	s.polls()
	s.ballots()
	s.resolutions()
	s.actions()
	s.logs()
	s.follow()
	s.document()
	if opts.Page || opts.Links != nil {
		s.showPages(opts.Links)
	}
	return s
}

func (s *server) config() huma.Config {
	cfg := huma.DefaultConfig("coopspace", Version)
	cfg.CreateHooks = nil
	cfg.DocsPath, cfg.SchemasPath, cfg.OpenAPIPath = "", "", ""
	cfg.RejectUnknownQueryParameters = true
	format := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	cfg.Formats = map[string]huma.Format{"application/json": format, "json": format}
	cfg.Transformers = []huma.Transformer{func(ctx huma.Context, _ string, v any) (any, error) {
		if m, ok := v.(*huma.ErrorModel); ok {
			return s.ofHuma(ctx.Context(), m), nil
		}
		return v, nil
	}}
	cfg.Info.Description = "Members put proposals to each other, vote, decide, and carry out what was decided; anyone can check how."
	cfg.Info.License = &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"}
	return cfg
}

// document serves the OpenAPI document, made once when it is first asked for.
func (s *server) document() {
	for suffix, make := range map[string]func() ([]byte, error){
		"json": func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) },
		"yaml": s.api.OpenAPI().YAML,
	} {
		once := sync.OnceValues(make)
		s.router.Get("/v1/openapi."+suffix, func(w http.ResponseWriter, r *http.Request) {
			data, err := once()
			if err != nil {
				s.refuse(w, r, err)
				return
			}
			w.Header().Set("Content-Type", "application/openapi+"+suffix)
			w.Header().Set("Cache-Control", "max-age=3600")
			_, _ = w.Write(data)
		})
	}
}

// everywhere are headers of every answer, whose values all answers share: nobody changes one in place.
var everywhere = http.Header{
	"X-Content-Type-Options":  {"nosniff"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
	"Referrer-Policy":         {"no-referrer"},
	"Cache-Control":           {"no-store"},
}

// begin notes what is known of a request, and sets the headers that every answer has.
func (s *server) begin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var id [8]byte
		_, _ = rand.Read(id[:]) // never fails
		q := &request{
			id: hex.EncodeToString(id[:]), lang: locale.Match(r.Header.Get("Accept-Language")), method: r.Method,
			home: homeFrom(r),
		}
		h := w.Header()
		maps.Copy(h, everywhere)
		h.Set("Content-Language", string(q.lang))
		h.Add("Vary", "Accept-Language")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, q)))
	})
}

// homeFrom gives the way from a request's address to where the API is mounted: "./", "../".
func homeFrom(r *http.Request) string {
	path := r.URL.Path
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePath != "" {
		path = c.RoutePath
	}
	return "./" + strings.Repeat("../", max(strings.Count(path, "/")-1, 0))
}

// recover turns a defect of ours into an answer and a line in the log.
func (s *server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.refuse(w, r, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
		}()
		next.ServeHTTP(w, r)
	})
}

// authenticate finds out who asks, and refuses what a page of another site tries in their name.
func (s *server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.guard.Check(r); err != nil {
			s.refuse(w, r, ErrRequestOrigin.Wrap(err))
			return
		}
		actor, err := s.who(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		requestOf(r.Context()).actor = actor
		next.ServeHTTP(w, r)
	})
}

// What an operation may answer beside what it is asked for.
var (
	readingFaults = []int{400, 401, 403, 404, 422, 500, 503}
	commandFaults = []int{400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 500, 503}
)

// op describes an operation.
func op(method, path, id, tag, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary, MaxBodyBytes: MaxBody + 1,
	}
}

// created marks an operation that makes something.
func created(o huma.Operation) huma.Operation {
	o.DefaultStatus = http.StatusCreated
	return o
}

// texts marks an operation that takes long texts.
func texts(o huma.Operation) huma.Operation {
	o.MaxBodyBytes = maxText + 1
	return o
}

// register adds an operation, with the refusals that it may answer with.
func register[I, O any](s *server, o huma.Operation, fn func(context.Context, *I) (*O, error)) {
	faults := readingFaults
	if o.Method != http.MethodGet {
		faults = commandFaults
	}
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	if o.Responses == nil {
		o.Responses = map[string]*huma.Response{}
	}
	for _, status := range faults {
		r := &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
		}
		if status == http.StatusServiceUnavailable {
			r.Headers = map[string]*huma.Param{"Retry-After": {
				Description: "In how many seconds to try again.", Schema: &huma.Schema{Type: huma.TypeInteger},
			}}
		}
		o.Responses[strconv.Itoa(status)] = r
	}
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}
