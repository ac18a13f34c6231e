package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
)

// problemBase leads from a code to what it means.
const problemBase = "https://github.com/communecter/coopspace/blob/main/docs/errors.md#"

const problemType = "application/problem+json"

// Problem is a refusal, as RFC 9457 writes it. Programs act on Code; people read Detail.
type Problem struct {
	Type    string  `json:"type" format:"uri" doc:"Names the kind of problem for ever, and leads to what it means."`
	Title   string  `json:"title" doc:"What it means for whoever asked, in their language."`
	Status  int     `json:"status" doc:"The HTTP status."`
	Detail  string  `json:"detail" doc:"What happened and what to do, in the language asked for."`
	Code    string  `json:"code" doc:"Stable: what a program acts on. docs/errors.md lists all codes." example:"poll.closed"`
	Request string  `json:"request,omitempty" doc:"Names this request in the operator's log, when the fault is ours."`
	Errors  []Place `json:"errors,omitempty" doc:"The places at fault."`

	retry bool
}

// Place is one place at fault.
type Place struct {
	Path string `json:"path" doc:"Where: a path into the body, a column, a line, a parameter." example:"options/0/title"`
	Text string `json:"text" doc:"What is wrong there." example:"is required"`
}

// Error gives the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem documents.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders asks to come back in a moment, where that helps.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry {
		h.Set("Retry-After", "1")
	}
	return h
}

// operators are faults of the store that no request is to blame for, whatever they are for whoever opens it: what the database
// says of its users and tables is for the operator's log.
var operators = map[string]bool{"store.database": true, "store.rights": true, "store.foreign": true}

// problem makes the document for an error. An internal one is logged with the request's id and shows nothing.
func (s *server) problem(ctx context.Context, err error) *Problem {
	q := requestOf(ctx)
	f := governance.Fault(err)
	if operators[f.Code] {
		ours := *f
		ours.Kind = fault.Internal
		f = &ours
	}
	q.code = f.Code
	p := &Problem{
		Type: problemBase + f.Code, Title: titles[f.Kind][q.lang], Status: statusOf(f), Code: f.Code,
		Detail: sentence(q.lang, f), retry: f.Kind == fault.Busy,
	}
	if f.Kind == fault.Internal {
		p.Request = q.id
		// Its route and not its path, in which a token may stand.
		s.log.ErrorContext(ctx, "a request failed", "request", q.id, "method", q.method, "route", route(ctx), "code", f.Code, "error", err)
		return p
	}
	for _, x := range f.Fields {
		p.Errors = append(p.Errors, Place{Path: x.Path, Text: x.Text})
	}
	return p
}

// sentence says what a fault means; in English, with a capital and a full stop.
func sentence(l locale.Lang, f *fault.Error) string {
	if text, ok := locale.Error(l, f.Code); ok {
		return text
	}
	first, n := utf8.DecodeRuneInString(f.Text)
	return string(unicode.ToUpper(first)) + f.Text[n:] + "."
}

// ofHuma gives huma's own refusals our shape.
func (s *server) ofHuma(ctx context.Context, m *huma.ErrorModel) *Problem {
	var f *fault.Error
	switch m.Status {
	case http.StatusInternalServerError:
		if m.Detail != unread {
			return s.problem(ctx, errors.New(m.Detail))
		}
		return s.problem(ctx, ErrRequestIncomplete)
	case http.StatusBadRequest:
		f = ErrRequestMalformed
	case http.StatusUnprocessableEntity:
		f = ErrRequestInvalid
	case http.StatusRequestEntityTooLarge:
		f = ErrRequestTooLarge
	case http.StatusRequestTimeout:
		f = ErrRequestTooSlow
	case http.StatusUnsupportedMediaType:
		return s.problem(ctx, ErrRequestMediaType)
	default:
		return s.problem(ctx, errors.New(m.Detail))
	}
	for _, d := range m.Errors {
		if d != nil {
			f = f.At(place(d.Location), d.Message)
		}
	}
	if len(m.Errors) == 0 {
		f = f.At("body", m.Detail)
	}
	return s.problem(ctx, f)
}

// place turns "body.options[0].title" into "options/0/title"; other parts of the request keep their name.
func place(location string) string {
	r := strings.NewReplacer("[", "/", "]", "", ".", "/")
	at := r.Replace(location)
	if rest, ok := strings.CutPrefix(at, "body/"); ok {
		return rest
	}
	return at
}

// refuse writes a problem outside of huma: as a page to a browser, if there are pages.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := s.problem(r.Context(), err)
	if s.pages != nil && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.pages.refusal(w, r, p)
		return
	}
	s.problemJSON(w, p)
}

func (s *server) problemJSON(w http.ResponseWriter, p *Problem) {
	for k, v := range p.GetHeaders() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // whoever asked is gone
}
