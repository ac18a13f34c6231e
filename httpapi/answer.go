package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// Answer is what there is to tell of a request without telling who asked, what for or what with: for logs and measures.
type Answer struct {
	Request string // names the request in the log
	Method  string // "other" for one that HTTP does not know
	Route   string // the pattern of its path, such as /v1/polls/{poll}; "none" where nothing answers
	Status  int
	Code    string // of a refusal
	Took    time.Duration
	Feed    bool // a feed, which took as long as somebody followed
}

// methods are those that are told by their name: whoever asks may make up others without end.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// tell tells of a request once it was answered.
func (s *server) tell(next http.Handler) http.Handler {
	if s.told == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		watched := &watchedWriter{ResponseWriter: w}
		defer func() { // a panic too is an answer: it breaks off
			q := requestOf(r.Context())
			a := Answer{
				Request: q.id, Method: "other", Route: "none", Status: watched.status, Code: q.code, Took: time.Since(began), Feed: q.feed,
			}
			if slices.Contains(methods, r.Method) {
				a.Method = r.Method
			}
			if q.code != ErrRequestPath.Code && q.code != ErrRequestMethod.Code {
				a.Route = route(r.Context())
			}
			if a.Status == 0 {
				a.Status = http.StatusOK // what net/http sends for who says nothing
			}
			s.told(a)
		}()
		next.ServeHTTP(watched, r)
	})
}

// route gives the pattern of a request's path; "none" before it was looked up.
func route(ctx context.Context) string {
	c := chi.RouteContext(ctx)
	if c == nil {
		return "none"
	}
	pattern := c.RoutePattern()
	if pattern == "" || strings.HasSuffix(pattern, "/*") { // as far as where the API is mounted
		return "none"
	}
	return pattern
}

// watchedWriter notes the status.
type watchedWriter struct {
	http.ResponseWriter
	status int
}

// Unwrap leads http.ResponseController to what is below.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watchedWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}
