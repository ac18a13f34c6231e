package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
)

// garden is a site with a space of three members, the first of whom is chair, and a proposal by the second.
func garden(t *testing.T) (s *site, space Space, proposal Proposal) {
	t.Helper()
	s = newSite(t, nil)
	s.ask(t, "host", "POST", "/v1/spaces", map[string]any{"name": "Jardin"}).is(t, 201, &space)
	s.ask(t, "host", "POST", "/v1/spaces/"+string(space.ID)+"/members/import", registerOf(3), "Content-Type", "text/csv").is(t, 200, nil)
	s.ask(t, member(2), "POST", "/v1/spaces/"+string(space.ID)+"/proposals", map[string]any{"title": "Semer"}).is(t, 201, &proposal)
	return s, space, proposal
}

func places(p Problem) []string {
	var out []string
	for _, x := range p.Errors {
		out = append(out, x.Path)
	}
	return out
}

// What is sent wrongly is refused with a code and a place, and nothing is half done.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s, space, proposal := garden(t)
	spaces := "/v1/spaces"
	at := spaces + "/" + string(space.ID)

	t.Run("broken JSON", func(t *testing.T) {
		t.Parallel()
		for what, body := range map[string]string{
			"cut short": `{"name": "Jar`, "no JSON": `name=Jardin`, "two values": `{"name":"a"} {"name":"b"}`,
			"a member twice": `{"name":"a","name":"b"}`, "not UTF-8": "{\"name\":\"a\xff\"}",
			"too deep": `{"name":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
		} {
			p := s.ask(t, "host", "POST", spaces, body).refused(t, 400, "request.malformed")
			require.Equal(t, []string{"body"}, places(p), what)
		}
		s.ask(t, "host", "POST", spaces, nil).refused(t, 400, "request.malformed")
	})
	t.Run("a body that breaks off", func(t *testing.T) {
		t.Parallel()
		r := httptest.NewRequest("POST", spaces, io.MultiReader(strings.NewReader(`{"name": "Jar`), iotest.ErrReader(io.ErrUnexpectedEOF)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Coop-Dev", "host")
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		require.Equal(t, http.StatusBadRequest, w.Code)
		require.Contains(t, w.Body.String(), `"code":"request.incomplete"`)
	})
	t.Run("what the schema does not know", func(t *testing.T) {
		t.Parallel()
		p := s.ask(t, "host", "POST", spaces, map[string]any{"name": "Jardin", "colour": "green"}).refused(t, 422, "request.invalid")
		require.Equal(t, []string{"colour"}, places(p))
		p = s.ask(t, member(1), "POST", "/v1/proposals/"+string(proposal.ID)+"/polls", map[string]any{
			"rule": map[string]any{"quorum": map[string]any{"count": "cast", "of": "entitled", "fraction": "1/3", "nearly": true}},
		}).refused(t, 422, "request.invalid")
		require.Equal(t, []string{"rule/quorum/nearly"}, places(p))
		p = s.ask(t, "host", "GET", spaces+"?offset=50", nil).refused(t, 422, "request.invalid")
		require.Equal(t, []string{"query/offset"}, places(p))
	})
	t.Run("wrong types and values", func(t *testing.T) {
		t.Parallel()
		p := s.ask(t, "host", "POST", spaces, map[string]any{"name": 7, "public": "yes", "locale": "it"}).refused(t, 422, "request.invalid")
		require.ElementsMatch(t, []string{"name", "public", "locale"}, places(p))
		p = s.ask(t, "host", "POST", spaces, map[string]any{"description": "no name"}).refused(t, 422, "request.invalid")
		require.NotEmpty(t, p.Errors)
		p = s.ask(t, "host", "POST", spaces, map[string]any{"name": "Jardin", "zone": "Mars/Olympus", "currency": "euro"}).refused(t, 422, "text.unusable")
		require.Equal(t, []string{"zone", "currency"}, places(p))
		p = s.ask(t, "host", "GET", spaces+"?limit=5000", nil).refused(t, 422, "request.invalid")
		require.Equal(t, []string{"query/limit"}, places(p))
		p = s.ask(t, "host", "POST", at+"/members", map[string]any{
			"identity": map[string]any{"issuer": "register", "subject": "x"}, "name": "X", "weight": "0.1234567",
		}).refused(t, 422, "request.invalid")
		require.NotEmpty(t, p.Errors)
		p = s.ask(t, member(1), "POST", "/v1/proposals/"+string(proposal.ID)+"/polls", map[string]any{
			"rule": map[string]any{"threshold": map[string]any{"of": "expressed", "fraction": "2/0"}},
		}).refused(t, 422, "request.invalid")
		require.NotEmpty(t, p.Errors)
		s.ask(t, "host", "POST", spaces, `name: Jardin`, "Content-Type", "application/yaml").refused(t, 415, "request.media_type")
		s.ask(t, "host", "POST", at+"/members/import", `{}`, "Content-Type", "application/json").refused(t, 415, "request.media_type")
	})
	t.Run("ten megabytes", func(t *testing.T) {
		t.Parallel()
		big := fmt.Sprintf(`{"name":"Jardin","description":%q}`, strings.Repeat("a", 10<<20))
		s.ask(t, "host", "POST", spaces, big).refused(t, 413, "request.too_large")
		s.ask(t, member(2), "PUT", "/v1/polls/"+string(space.ID)+"."+string(space.ID)+"/ballot", big).refused(t, 413, "request.too_large")
		real := *s
		real.listen(t)
		real.ask(t, "host", "POST", spaces, big).refused(t, 413, "request.too_large")
		p := s.ask(t, member(2), "POST", at+"/proposals", map[string]any{"title": "Long", "body": strings.Repeat("é", 50_001)}).
			refused(t, 422, "text.unusable")
		require.Equal(t, []string{"body"}, places(p))
	})
	t.Run("characters that deceive", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"Jar\u202edin", "Jardin\u0000", "Jar\u2066din", "Jar\tdin", "Jar\u200bdin", "Jar\ndin", "\u0085", "   "} {
			p := s.ask(t, "host", "POST", spaces, map[string]any{"name": name}).refused(t, 422, "text.unusable")
			require.Contains(t, places(p), "name", "%q", name)
		}
		var all page[Space]
		s.ask(t, "host", "GET", spaces, nil).is(t, 200, &all)
		require.Len(t, all.Items, 1, "nothing was founded by halves")
	})
	t.Run("ids that are none, and ids of elsewhere", func(t *testing.T) {
		t.Parallel()
		for _, id := range []string{"x", "instance", "..", "%2e%2e", "0", strings.Repeat("a", 500), strings.ToUpper(string(space.ID)), string(space.ID) + "."} {
			s.ask(t, "host", "GET", spaces+"/"+id, nil).refused(t, 404, "space.unknown")
			s.ask(t, "host", "GET", "/v1/proposals/"+id, nil).refused(t, 404, "proposal.unknown")
			s.ask(t, "host", "GET", "/v1/polls/"+id, nil).refused(t, 404, "poll.unknown")
			s.ask(t, "host", "GET", "/v1/members/"+id, nil).refused(t, 404, "member.unknown")
			s.ask(t, "host", "GET", "/v1/actions/"+id, nil).refused(t, 404, "action.unknown")
		}
		s2, other, _ := garden(t)
		elsewhere := strings.Replace(string(proposal.ID), string(space.ID), string(other.ID), 1)
		s2.ask(t, "host", "GET", "/v1/proposals/"+elsewhere, nil).refused(t, 404, "proposal.unknown")
		s.ask(t, "host", "GET", "/v1/proposals/"+elsewhere, nil).refused(t, 404, "space.unknown")
		s.ask(t, member(2), "POST", at+"/proposals", map[string]any{"title": "Semer", "room": elsewhere}).refused(t, 404, "room.unknown")
		s.ask(t, member(2), "GET", at+"/proposals?room="+elsewhere, nil).refused(t, 404, "room.unknown")
		s.ask(t, member(1), "POST", at+"/actions", map[string]any{"title": "Semer", "assignees": []string{elsewhere}}).refused(t, 404, "member.unknown")
		s.ask(t, member(2), "POST", at+"/proposals", map[string]any{"title": "Semer"}, "Coop-Acting-For", elsewhere).refused(t, 404, "member.unknown")
	})
	t.Run("addresses and methods that are none", func(t *testing.T) {
		t.Parallel()
		s.ask(t, "host", "GET", "/v1/nothing", nil).refused(t, 404, "request.path")
		s.ask(t, "host", "DELETE", at, nil).refused(t, 405, "request.method")
	})
	t.Run("headers that say nothing", func(t *testing.T) {
		t.Parallel()
		for _, tag := range []string{"3", `W/"3"`, `"three"`, `"0"`, `"`, `"-1"`} {
			s.ask(t, "host", "PATCH", at, map[string]any{"name": "Jardin"}, "If-Match", tag).refused(t, 400, "request.if_match")
		}
		s.ask(t, "host", "POST", spaces, map[string]any{"name": "Jardin"}, "Idempotency-Key", strings.Repeat("k", 201)).refused(t, 422, "journal.key")
		s.ask(t, "somebody", "GET", spaces, nil).refused(t, 401, "auth.dev_header")
		s.ask(t, "host", "GET", at+"/members?after=nonsense", nil).refused(t, 422, "store.cursor")
	})
	t.Run("a key used again with another body", func(t *testing.T) {
		t.Parallel()
		s.ask(t, member(2), "POST", at+"/proposals", map[string]any{"title": "Arroser"}, "Idempotency-Key", "arroser").is(t, 201, nil)
		s.ask(t, member(2), "POST", at+"/proposals", map[string]any{"title": "Tailler"}, "Idempotency-Key", "arroser").refused(t, 409, "journal.key_reused")
		t.Run("another person's key is their own", func(t *testing.T) {
			s.ask(t, member(3), "POST", at+"/proposals", map[string]any{"title": "Tailler"}, "Idempotency-Key", "arroser").is(t, 201, nil)
		})
	})
	t.Run("a change of what has changed", func(t *testing.T) {
		t.Parallel()
		s, space, _ := garden(t)
		path := "/v1/spaces/" + string(space.ID)
		tag := s.ask(t, "host", "GET", path, nil).header.Get("ETag")
		s.ask(t, "host", "PATCH", path, map[string]any{"name": "Jardin des Hauts"}, "If-Match", tag).is(t, 200, nil)
		s.ask(t, "host", "PATCH", path, map[string]any{"name": "Jardin du Bas"}, "If-Match", tag).refused(t, 412, "record.changed")
		s.ask(t, "host", "PATCH", path, map[string]any{"public": true}, "If-Match", "*").is(t, 200, &space)
		require.Equal(t, "Jardin des Hauts", space.Name)
	})
	t.Run("a page of another site", func(t *testing.T) {
		t.Parallel()
		s.ask(t, "host", "POST", spaces, map[string]any{"name": "Jardin"}, "Sec-Fetch-Site", "cross-site").refused(t, 403, "request.origin")
		s.ask(t, "host", "POST", spaces, map[string]any{"name": "Jardin"}, "Origin", "https://elsewhere.example").refused(t, 403, "request.origin")
	})
}

// One bad row in ten thousand: its line is named, and nothing is imported, unless the rest is asked for.
func TestBadRow(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	var space Space
	s.ask(t, "host", "POST", "/v1/spaces", map[string]any{"name": "Jardin"}).is(t, 201, &space)
	path := "/v1/spaces/" + string(space.ID) + "/members"
	rows := strings.SplitAfter(registerOf(10_000), "\n")
	rows[7001] = "7001;Membre\u202e7001;nobody;\n"
	table := strings.Join(rows, "")

	p := s.ask(t, "host", "POST", path+"/import", table, "Content-Type", "text/csv").refused(t, 422, "member.import")
	require.Equal(t, []string{"line 7002 name", "line 7002 email"}, places(p))
	var none page[Member]
	s.ask(t, "host", "GET", path, nil).is(t, 200, &none)
	require.Empty(t, none.Items)

	var rep ImportReport
	s.ask(t, "host", "POST", path+"/import?partial=true", table, "Content-Type", "text/csv; charset=utf-8").is(t, 200, &rep)
	require.Equal(t, 10_000, rep.Rows)
	require.Equal(t, 9_999, rep.Admitted)
	require.Len(t, rep.Faults, 1)
	require.Equal(t, 7002, rep.Faults[0].Line)

	t.Run("no table at all", func(t *testing.T) {
		for _, table := range []string{"", "name\nAnna\n", "id,shoe size\n1,42\n", "id,name\n\"1,Anna\n"} {
			s.ask(t, "host", "POST", path+"/import", table, "Content-Type", "text/csv").refused(t, 400, "member.table")
		}
	})
}

func TestBadBallots(t *testing.T) {
	t.Parallel()
	s, _, proposal := garden(t)
	polls := "/v1/proposals/" + string(proposal.ID) + "/polls"
	var poll Poll
	s.ask(t, member(1), "POST", polls, map[string]any{
		"rule": map[string]any{}, "change": true, "opens": map[string]any{"local": "2026-11-24T10:00"}, "closes": map[string]any{"local": "2026-11-25"},
	}).is(t, 201, &poll)
	ballot := "/v1/polls/" + string(poll.ID) + "/ballot"

	s.ask(t, member(2), "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 409, "poll.not_open")
	s.clock.set(poll.Opens.At)
	require.NoError(t, s.coop.RunDue(t.Context()))
	s.ask(t, member(2), "PUT", strings.Replace(ballot, ownID(poll), ownID(poll)[:24]+"000000000000", 1), map[string]any{"choice": "for"}).refused(t, 404, "poll.unknown")
	s.ask(t, member(2), "GET", ballot, nil).refused(t, 404, "ballot.none")

	var r Receipt
	tag := s.ask(t, member(2), "PUT", ballot, map[string]any{"choice": "for"}).is(t, 200, &r).header.Get("ETag")
	require.Equal(t, `"1"`, tag)
	s.ask(t, member(2), "PUT", ballot, map[string]any{"choice": "against"}, "If-Match", tag).is(t, 200, &r)
	require.EqualValues(t, 2, r.Rev)
	s.ask(t, member(2), "PUT", ballot, map[string]any{"choice": "for", "replaces": 1}).refused(t, 412, "ballot.changed")
	s.ask(t, member(2), "PUT", ballot, map[string]any{"choice": "for", "replaces": 1}, "If-Match", `"2"`).refused(t, 422, "request.invalid")
	s.ask(t, member(2), "PUT", ballot, map[string]any{"choice": "abstain", "replaces": 2}).is(t, 200, &r)
	require.EqualValues(t, 3, r.Rev)
	s.ask(t, "host", "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 403, "poll.not_on_roll")

	s.clock.set(poll.Closes.At)
	s.ask(t, member(3), "PUT", ballot, map[string]any{"choice": "for"}).refused(t, 409, "poll.closed")
	s.ask(t, member(1), "POST", polls, map[string]any{"rule": map[string]any{}, "closes": map[string]any{"local": "2026-11-20"}}).refused(t, 409, "proposal.state")
}

// ownID is the own half of a poll's id.
func ownID(p Poll) string { return strings.SplitN(string(p.ID), ".", 2)[1] }

// A fault of ours shows nothing and names a line of the operator's log.
func TestInternal(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	coop := newCoop(t)
	h := New(coop, &Options{
		Who: func(r *http.Request) (governance.Actor, error) {
			switch r.URL.Path {
			case "/v1/key":
				panic("the cause is nobody's business")
			case "/v1/spaces":
				return governance.Actor{}, errors.New("the cause is nobody's business")
			}
			return governance.Actor{}, nil
		},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	s := &site{handler: h, doc: committed(t)}
	for _, path := range []string{"/v1/key", "/v1/spaces"} {
		a := s.ask(t, "", "GET", path, nil, "Accept-Language", "en")
		p := a.refused(t, 500, "internal")
		require.NotContains(t, string(a.body), "business")
		require.Len(t, p.Request, 16)
		require.Contains(t, log.String(), p.Request)
	}
	require.Contains(t, log.String(), "business")
	require.Contains(t, log.String(), "bad_input_test.go", "where it happened")
	require.NotContains(t, log.String(), "/v1/", "in a path there may be a token")
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	a := s.ask(t, "host", "GET", "/v1/spaces", nil, "Accept-Language", "en").is(t, 200, nil)
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Content-Language": "en", "Vary": "Accept-Language",
	} {
		require.Equal(t, want, a.header.Get(name), name)
	}
	require.NotContains(t, string(a.body), "$schema")
	require.Equal(t, `{"items":[]}`+"\n", string(a.body))
	p := s.ask(t, "host", "GET", "/v1/spaces/x", nil, "Accept-Language", "en").refused(t, 404, "space.unknown")
	require.Equal(t, "There is no such space.", p.Detail)
	de := s.ask(t, "host", "GET", "/v1/spaces/x", nil, "Accept-Language", "de").refused(t, 404, "space.unknown")
	fr := s.ask(t, "host", "GET", "/v1/spaces/x", nil).refused(t, 404, "space.unknown")
	require.NotEqual(t, p.Detail, de.Detail)
	require.NotEqual(t, de.Detail, fr.Detail)
	require.NotEqual(t, de.Title, fr.Title)

	t.Run("mounted below a path of another router", func(t *testing.T) {
		t.Parallel()
		mux := http.NewServeMux()
		mux.Handle("/coop/", http.StripPrefix("/coop", s.handler))
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest("GET", "/coop/v1/key", nil))
		require.Equal(t, 200, rec.Code)
	})
	t.Run("busy asks to come back", func(t *testing.T) {
		t.Parallel()
		h := New(s.coop, &Options{Who: func(*http.Request) (governance.Actor, error) { return governance.Actor{}, governance.ErrRollMoved }})
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", "/v1/key", nil))
		require.Equal(t, 503, rec.Code)
		require.Equal(t, "1", rec.Header().Get("Retry-After"))
	})
}

// Every kind of fault has a status and a title in every language.
func TestStatuses(t *testing.T) {
	t.Parallel()
	for kind, status := range statuses {
		require.GreaterOrEqual(t, status, 400, kind)
		require.Len(t, titles[kind], 3, kind)
	}
	require.Len(t, titles, len(statuses))
	for name, want := range map[string]int{"request.too_large": 413, "request.method": 405, "request.media_type": 415, "request.too_slow": 408} {
		require.Equal(t, want, ownStatuses[name])
	}
}

// failing is a store that fails once it is told to.
type failing struct {
	store.Store
	with atomic.Pointer[fault.Error]
}

func (f *failing) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	if err := f.with.Load(); err != nil {
		return err
	}
	return f.Store.View(ctx, space, fn)
}

// What the database says of its users and tables is the operator's to know, and no fault of whoever asks.
func TestOperatorsFaults(t *testing.T) {
	t.Parallel()
	st := &failing{Store: memory.New()}
	s := newSite(t, st)
	defer st.with.Store(nil) // so that it can be closed
	for _, err := range []*fault.Error{store.ErrRights, store.ErrDatabase, store.ErrForeign} {
		st.with.Store(err.At("database", "permission denied for table ballot").Wrap(errors.New("role coop")))
		a := s.ask(t, "", "GET", "/v1/slugs/jardin", nil)
		p := a.refused(t, 500, err.Code)
		require.Empty(t, p.Errors)
		require.NotEmpty(t, p.Request, "it names the line of the log")
		require.NotContains(t, string(a.body), "ballot")
		require.NotContains(t, string(a.body), "role")
	}
}
