package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/voting"
)

// Ballots are answered alike in the plain way and in the general one, which reads the same request when it is chunked.
func TestPlainBallot(t *testing.T) {
	t.Parallel()
	s := newSite(t, memory.New())
	var space Space
	s.ask(t, "host", "POST", "/v1/spaces", map[string]any{"name": "Jardins du Piton"}).is(t, 201, &space)
	at := "/v1/spaces/" + string(space.ID)
	s.ask(t, "host", "POST", at+"/members/import", registerOf(40), "Content-Type", "text/csv").is(t, 200, nil)
	var proposal struct{ ID string }
	s.ask(t, member(1), "POST", at+"/proposals", map[string]any{"title": "Un puits"}).is(t, 201, &proposal)
	var poll, closed struct{ ID string }
	rule := map[string]any{"rule": map[string]any{"threshold": map[string]any{"of": "expressed", "fraction": "1/2", "strict": true}}}
	s.ask(t, member(1), "POST", "/v1/proposals/"+proposal.ID+"/polls", rule).is(t, 201, &poll)
	s.ask(t, member(1), "POST", at+"/proposals", map[string]any{"title": "Un four"}).is(t, 201, &proposal)
	s.ask(t, member(1), "POST", "/v1/proposals/"+proposal.ID+"/polls", rule).is(t, 201, &closed)
	s.ask(t, member(1), "POST", "/v1/polls/"+closed.ID+"/close", nil).is(t, 200, nil)

	// ask casts in one way and gives the answer; the plain way is taken only where the length is known.
	ask := func(plain bool, poll, who, body string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("PUT", "/v1/polls/"+poll+"/ballot", strings.NewReader(body))
		if !plain {
			r.ContentLength = -1
		}
		r.Header.Set("Content-Type", "application/json")
		if who != "" {
			r.Header.Set(auth.DevHeader, who)
		}
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	// alike demands one answer in both ways, and gives it. A ballot cast by the first is cast again by the second, with
	// its key.
	alike := func(t *testing.T, poll, who, body string, headers ...string) *httptest.ResponseRecorder {
		t.Helper()
		a, b := ask(true, poll, who, body, headers...), ask(false, poll, who, body, headers...)
		require.Equal(t, b.Code, a.Code, "%s", body)
		require.Equal(t, b.Header(), a.Header())
		if a.Code != http.StatusOK {
			require.Equal(t, b.Body.String(), a.Body.String())
			return a
		}
		var x, y governance.Receipt
		for _, one := range []struct {
			in  *httptest.ResponseRecorder
			out *governance.Receipt
		}{{a, &x}, {b, &y}} {
			require.NoError(t, json.Unmarshal(one.in.Body.Bytes(), one.out))
			choice, _, err := one.out.Check(s.coop.Key())
			require.NoError(t, err)
			require.Equal(t, voting.For, choice)
		}
		x.Index, x.Proof, x.Signed = y.Index, y.Proof, y.Signed // each commit signs anew
		require.Equal(t, y, x)
		return a
	}

	t.Run("a ballot", func(t *testing.T) {
		a := alike(t, poll.ID, member(1), `{"choice":"for"}`, "Idempotency-Key", "one")
		require.Equal(t, 200, a.Code, "%s", a.Body)
		require.Equal(t, `"1"`, a.Header().Get("Etag"))
	})
	t.Run("a ballot with blanks, in English, for oneself", func(t *testing.T) {
		var mine Mine
		s.ask(t, member(1), "GET", "/v1/polls/"+poll.ID+"/ballot", nil).is(t, 200, &mine)
		a := alike(t, poll.ID, member(1), "\n { \"choice\" :\t\"for\" } ", "Idempotency-Key", `"one"`, "Coop-Acting-For", string(mine.Member),
			"Accept-Language", "en", "Accept", "*/*")
		require.Equal(t, 200, a.Code, "%s", a.Body)
	})
	for name, x := range map[string]struct {
		poll, who, body string
		headers         []string
		status          int
		code            string
	}{
		"nobody":                    {poll.ID, "", `{"choice":"for"}`, nil, 401, governance.ErrUnauthenticated.Code},
		"somebody not on the roll":  {poll.ID, "person:elsewhere:1", `{"choice":"for"}`, nil, 403, governance.ErrNotOnRoll.Code},
		"for another member":        {poll.ID, member(2), `{"choice":"for"}`, []string{"Coop-Acting-For", "nobody"}, 403, governance.ErrNotOnRoll.Code},
		"what is not offered":       {poll.ID, member(2), `{"choice":"perhaps"}`, nil, 422, voting.ErrBallot.Code},
		"no choice":                 {poll.ID, member(2), `{"choice":""}`, nil, 422, voting.ErrBallot.Code},
		"again with another choice": {poll.ID, member(1), `{"choice":"against"}`, []string{"Idempotency-Key", "one"}, 409, journal.ErrKeyReused.Code},
		"again without a key":       {poll.ID, member(1), `{"choice":"for"}`, nil, 409, governance.ErrAlreadyCast.Code},
		"a key that is none":        {poll.ID, member(2), `{"choice":"for"}`, []string{"Idempotency-Key", strings.Repeat("k", 201)}, 422, journal.ErrKey.Code},
		"a closed poll":             {closed.ID, member(2), `{"choice":"for"}`, nil, 409, governance.ErrPollClosed.Code},
		"no poll":                   {"7", member(2), `{"choice":"for"}`, nil, 404, governance.ErrPollUnknown.Code},
		"a choice twice":            {poll.ID, member(2), `{"choice":"for","choice":"against"}`, nil, 400, ErrRequestMalformed.Code},
		"something after it":        {poll.ID, member(2), `{"choice":"for"} {}`, nil, 400, ErrRequestMalformed.Code},
		"something unknown":         {poll.ID, member(2), `{"choice":"for","why":"so"}`, nil, 422, ErrRequestInvalid.Code},
		"half of it":                {poll.ID, member(2), `{"choice":"fo`, nil, 400, ErrRequestMalformed.Code},
		"another media type":        {poll.ID, member(2), `{"choice":"for"}`, []string{"Content-Type", "text/plain"}, 415, ErrRequestMediaType.Code},
		"a query":                   {poll.ID + "/ballot?x=1#", member(2), `{"choice":"for"}`, nil, 422, ErrRequestInvalid.Code},
		"a revision that is none":   {poll.ID, member(2), `{"choice":"for"}`, []string{"If-Match", "x"}, 400, ErrRequestMatch.Code},
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			a := alike(t, x.poll, x.who, x.body, x.headers...)
			require.Equal(t, x.status, a.Code, "%s", a.Body)
			var p Problem
			require.NoError(t, json.Unmarshal(a.Body.Bytes(), &p))
			require.Equal(t, x.code, p.Code)
		})
	}
	t.Run("refused: a body that breaks off", func(t *testing.T) {
		r := httptest.NewRequest("PUT", "/v1/polls/"+poll.ID+"/ballot",
			io.MultiReader(strings.NewReader(`{"choi`), iotest.ErrReader(errors.New("the line is dead"))))
		r.ContentLength = 16
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(auth.DevHeader, member(2))
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		var p Problem
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.Equal(t, ErrRequestIncomplete.Code, p.Code)
	})
	t.Run("nobody's ballot got in", func(t *testing.T) {
		s.ask(t, member(2), "GET", "/v1/polls/"+poll.ID+"/ballot", nil).refused(t, 404, governance.ErrNotCast.Code)
	})
}

// A plain ballot is JSON that says the same to any reader.
func TestPlainChoice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := []string{"{", "}", `"choice"`, `"`, ":", ",", "for", "a-1_b", `\u0061`, `\`, " ", "\n", "é", `"Choice"`, "null", "[", "]"}
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "body"), "")
		if rapid.Bool().Draw(t, "shaped") {
			body = fmt.Sprintf(`{%s"choice":%s"%s"}`, rapid.SampledFrom(parts).Draw(t, "a"), rapid.SampledFrom(parts).Draw(t, "b"),
				rapid.SampledFrom(parts).Draw(t, "c"))
		}
		got, ok := plainChoice([]byte(body))
		if !ok {
			return
		}
		var in map[string]string
		if err := readJSON([]byte(body), &in); err != nil {
			t.Fatalf("%q is no JSON: %v", body, err)
		}
		if want := map[string]string{"choice": string(got)}; len(in) != 1 || in["choice"] != string(got) {
			t.Fatalf("%q is %v, not %v", body, in, want)
		}
	})
	t.Run("the usual forms are plain", func(t *testing.T) {
		for _, body := range []string{`{"choice":"for"}`, `{"choice": "for"}`, "{\n  \"choice\": \"for\"\n}\n"} {
			got, ok := plainChoice([]byte(body))
			require.True(t, ok, body)
			require.Equal(t, voting.For, got)
			r := httptest.NewRequest("PUT", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			got, ok = readPlain(httptest.NewRecorder(), r)
			require.True(t, ok, body)
			require.Equal(t, voting.For, got)
		}
	})
}

// A receipt is written as encoding/json writes it.
func TestAppendReceipt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~\n—]*`))
		r := governance.Receipt{
			Poll: governance.PollID(text.Draw(t, "poll")), Member: governance.MemberID(text.Draw(t, "member")), Rev: rapid.Uint64().Draw(t, "rev"),
			At:     time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "at")).UTC(),
			Record: rapid.SliceOf(rapid.Byte()).Draw(t, "record"), Index: rapid.Int64Range(0, 1<<40).Draw(t, "index"),
			Signed: text.Draw(t, "signed"),
		}
		if len(r.Record) == 0 {
			r.Record = []byte{} // a ballot has a record
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "proof") {
			r.Proof = append(r.Proof, journal.Hash{byte(i), 255})
		}
		var want strings.Builder
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(viewReceipt(r)))
		require.Equal(t, want.String(), string(appendReceipt(nil, r)))
	})
}
