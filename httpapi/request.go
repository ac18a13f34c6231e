package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
)

// request is what is known of a request before its operation begins.
type request struct {
	id     string
	lang   locale.Lang
	method string
	home   string // the way back to where the API is mounted
	actor  governance.Actor
	code   string // of the refusal, once there is one
	feed   bool   // it is answered by a feed
}

type requestKey struct{}

// requestOf gives what the server's middleware found out.
func requestOf(ctx context.Context) *request {
	if q, ok := ctx.Value(requestKey{}).(*request); ok {
		return q
	}
	return &request{lang: locale.French}
}

// Reading is what every operation understands.
type Reading struct {
	ActingFor string `header:"Coop-Acting-For" doc:"The member for whom one acts: oneself, or an organisation whose representative one is. Needed only when there is more than one."`
	Language  string `header:"Accept-Language" doc:"French (fr), English (en) or German (de), for sentences. French without it."`
}

// actor gives who asks.
func (r Reading) actor(ctx context.Context) governance.Actor {
	a := requestOf(ctx).actor
	if r.ActingFor != "" {
		a = a.For(governance.MemberID(r.ActingFor))
	}
	return a
}

// Command is what every operation that changes something understands.
type Command struct {
	Reading
	Key string `header:"Idempotency-Key" doc:"1 to 200 printable ASCII characters of your choice. The same command with the same key, within 30 days, has the same reply and no second effect."`
}

func (c Command) actor(ctx context.Context) governance.Actor {
	return governance.WithRequest(c.Reading.actor(ctx), strings.Trim(c.Key, `"`))
}

// Match is the revision that a change rests on.
type Match struct {
	IfMatch string `header:"If-Match" doc:"The ETag that was read: if the thing changed since, nothing happens and the answer is 412. Without it, or with *, whatever it is now is changed."`
}

// revision reads If-Match; 0 for any.
func (m Match) revision() (uint64, error) {
	if m.IfMatch == "" || m.IfMatch == "*" {
		return 0, nil
	}
	tag, ok := strings.CutPrefix(m.IfMatch, `"`)
	tag, ok2 := strings.CutSuffix(tag, `"`)
	n, err := strconv.ParseUint(tag, 10, 64)
	if !ok || !ok2 || err != nil || n == 0 {
		return 0, ErrRequestMatch.At("If-Match", m.IfMatch)
	}
	return n, nil
}

func etag(revision uint64) string { return `"` + strconv.FormatUint(revision, 10) + `"` }

// Paging asks for a part of a list.
type Paging struct {
	After string `query:"after" doc:"The next of the part before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"At most so many; 50 without it."`
}

func (p Paging) paging() governance.Paging { return governance.Paging{After: p.After, Limit: p.Limit} }

// list is a part of a list as an answer.
type list[T any] struct {
	Link string `header:"Link" doc:"The next part, with rel=next."`
	Body page[T]
}

type page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Ask again with after=this; absent after the last part."`
}

// listOf encodes a part of a list; query is what was asked beside the paging.
func listOf[S, T any](p governance.Page[S], view func(S) T, limit int, query url.Values) *list[T] {
	out := &list[T]{Body: page[T]{Items: make([]T, 0, len(p.Items)), Next: p.Next}}
	for _, x := range p.Items {
		out.Body.Items = append(out.Body.Items, view(x))
	}
	if p.Next != "" {
		q := url.Values{}
		for k, v := range query {
			if len(v) > 0 && v[0] != "" {
				q[k] = v
			}
		}
		q.Set("after", p.Next)
		if limit > 0 {
			q.Set("limit", strconv.Itoa(limit))
		}
		out.Link = "<?" + q.Encode() + `>; rel="next"`
	}
	return out
}

// one is one thing as an answer.
type one[T any] struct {
	ETag     string `header:"ETag" doc:"The revision, for If-Match."`
	Location string `header:"Location" doc:"Where what was made can be read."`
	Body     T
}

// readJSON reads JSON strictly: valid UTF-8, one value, no member twice.
func readJSON(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := noTwins(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return json.Unmarshal(data, v)
}

// noTwins reads one value and refuses a member that is there twice, of which each reader might believe another.
func noTwins(dec *json.Decoder, depth int) error {
	if depth > 64 {
		return errors.New("is nested too deeply")
	}
	t, err := dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			key := strings.ToLower(fmt.Sprint(name)) // encoding/json takes names that differ in case for the same
			if seen[key] {
				return fmt.Errorf("the member %q is there twice", name)
			}
			seen[key] = true
		}
		if err := noTwins(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
