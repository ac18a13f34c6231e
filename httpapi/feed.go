package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
)

// ErrFeeds refuses one feed too many.
var ErrFeeds = fault.New(fault.Busy, "request.feeds", "too many follow a log here at once; try again in a moment")

const (
	feedsMost = 1000             // open at once, unless Options say otherwise
	feedBeat  = 15 * time.Second // how often a feed looks again and shows that it lives
	feedStall = 10 * time.Second // how long a write waits for whoever follows to read on
	feedRetry = 3 * time.Second  // after which whoever follows comes back when a feed ended
)

// Entry is what a feed tells of an entry of the log.
type Entry struct {
	Position int64     `json:"position"`
	At       time.Time `json:"at"`
	Name     string    `json:"name"`
	Subject  string    `json:"subject"`
}

// feeds are the feeds that are open, each with a bell that rings when its space's log grew.
type feeds struct {
	most int
	told func(change int) // never nil

	mu        sync.Mutex
	open      int
	strangers int // those of nobody in particular: at most half, so that they never keep out whoever is known
	bells     map[governance.SpaceID]map[chan struct{}]bool
}

func newFeeds(most int, told func(int)) *feeds {
	if most <= 0 {
		most = feedsMost
	}
	if told == nil {
		told = func(int) {}
	}
	return &feeds{most: most, told: told, bells: map[governance.SpaceID]map[chan struct{}]bool{}}
}

// begin gives a bell, to be given back with end; ErrFeeds when there are enough.
func (f *feeds) begin(space governance.SpaceID, stranger bool) (chan struct{}, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open >= f.most || stranger && f.strangers >= (f.most+1)/2 {
		return nil, ErrFeeds
	}
	f.open++
	if stranger {
		f.strangers++
	}
	bell := make(chan struct{}, 1)
	if f.bells[space] == nil {
		f.bells[space] = map[chan struct{}]bool{}
	}
	f.bells[space][bell] = true
	f.told(1)
	return bell, nil
}

func (f *feeds) end(space governance.SpaceID, bell chan struct{}, stranger bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
	if stranger {
		f.strangers--
	}
	delete(f.bells[space], bell)
	if len(f.bells[space]) == 0 {
		delete(f.bells, space)
	}
	f.told(-1)
}

// ring tells the feeds of a space that its log grew. It waits for nobody.
func (f *feeds) ring(space governance.SpaceID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for bell := range f.bells[space] {
		select {
		case bell <- struct{}{}:
		default: // it rings already
		}
	}
}

// following asks for a feed.
type following struct {
	InSpace
	After string `query:"after" pattern:"^[0-9]{1,18}(\\.[A-Za-z0-9-]{1,64})?$" doc:"Begin after the entry of this id, 0 for the whole log; without it only what comes is told."`
	Last  string `header:"Last-Event-ID" pattern:"^[0-9]{1,18}(\\.[A-Za-z0-9-]{1,64})?$" doc:"The id of the last event that arrived, as browsers send it by themselves when they come back. It goes before after."`
}

// from gives the id after which to begin, and which part of the request says so.
func (in *following) from() (id, where string) {
	if in.Last != "" {
		return in.Last, "Last-Event-ID"
	}
	return in.After, "after"
}

// feed is a feed on its way to whoever follows.
type feed struct {
	s       *server
	in      *following
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
}

func (s *server) follow() {
	o := op(http.MethodGet, "/v1/spaces/{space}/log/events", "follow-log", "Log", "Follow a space's log as it grows")
	o.Description = "Server-sent events: one named entry for each entry of the log that is about what you may read, at the moment of its sending. " +
		"Its id is its position, and in a log that was restored from a copy its epoch too; its data is JSON with position, at, name (of what happened, such as poll.opened/1) and subject " +
		"(the id of what it happened to: read there what became of it). Entries about anything else are left out, and so their positions are missing. " +
		"Ballots are in no log. The first event has an id and no data: where the feed begins. " +
		"A comment every 15 seconds shows that the feed lives. It ends when you may not read the space any more, and when the server stops."
	o.Responses = streamed("text/event-stream", "Events, until the feed ends.")
	register(s, o, func(_ context.Context, in *following) (*stream, error) {
		return &stream{Body: func(h huma.Context) {
			r, w := humachi.Unwrap(h)
			f := &feed{s: s, in: in, w: w, r: r, control: http.NewResponseController(w)}
			if err := f.run(); err != nil {
				s.refuse(w, r, err)
			}
		}}, nil
	})
	s.coop.Listen(s.feeds.ring)
}

// run feeds until it ends. The error is a refusal: nothing was sent.
func (f *feed) run() error {
	stranger := !requestOf(f.r.Context()).actor.Known()
	bell, err := f.s.feeds.begin(f.in.Space, stranger) // before the first look, so that nothing falls between
	if err != nil {
		return err
	}
	defer f.s.feeds.end(f.in.Space, bell, stranger)
	first, where := f.in.from()
	page, err := f.look(requestOf(f.r.Context()).actor, first)
	if errors.Is(err, governance.ErrLogPosition) {
		return governance.ErrLogPosition.At(where, first)
	}
	if err != nil {
		return err
	}
	requestOf(f.r.Context()).feed = true
	h := f.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // or nginx keeps it back
	text := fmt.Appendf(nil, "retry: %d\nid: %s\n\n", feedRetry.Milliseconds(), page.First)
	// The bound on how long a request may take to arrive is none on how long its answer lasts.
	_ = f.control.SetReadDeadline(time.Time{})
	defer func() { _ = f.control.SetWriteDeadline(time.Now().Add(feedStall)) }() // for the end of the answer
	beat := time.NewTicker(feedBeat)
	defer beat.Stop()
	for {
		if text, err = appendEntries(text, page.Entries); err != nil || !f.send(text) {
			return nil
		}
		text = text[:0]
		if !page.More {
			select {
			case <-bell:
			case <-beat.C:
				text = append(text, ":\n\n"...)
			case <-f.r.Context().Done():
				return nil
			case <-f.s.stop:
				return nil
			}
		}
		select {
		case <-f.s.stop:
			return nil
		default:
		}
		next, err := f.lookAgain(page.Last)
		switch {
		case err == nil:
			page = next
		case fault.KindOf(err) == fault.Busy: // the store will answer again: the next beat looks
			page.Entries, page.More = nil, false
		default:
			f.s.problem(f.r.Context(), err) // is logged when the fault is ours; who comes back is told
			return nil
		}
	}
}

// look reads on, as whoever asks may at this moment.
func (f *feed) look(a governance.Actor, after string) (governance.LogPage, error) {
	if f.in.ActingFor != "" {
		a = a.For(governance.MemberID(f.in.ActingFor))
	}
	return f.s.coop.Entries(f.r.Context(), a, f.in.Space, after)
}

// lookAgain finds out anew who asks: a session may have ended.
func (f *feed) lookAgain(after string) (governance.LogPage, error) {
	a, err := f.s.who(f.r)
	if err != nil {
		return governance.LogPage{}, err
	}
	return f.look(a, after)
}

// send writes within a bound: whoever does not read on holds nothing.
func (f *feed) send(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	// Where the connection knows no deadlines there is nobody to wait for: a test's recorder.
	_ = f.control.SetWriteDeadline(time.Now().Add(feedStall))
	_, err := f.w.Write(text)
	if err == nil {
		err = f.control.Flush()
	}
	_ = f.control.SetWriteDeadline(time.Time{})
	return err == nil
}

// appendEntries writes entries as events.
func appendEntries(text []byte, entries []governance.LogEntry) ([]byte, error) {
	for _, e := range entries {
		data, err := json.Marshal(Entry{Position: e.Position, At: e.At, Name: e.Name, Subject: e.Subject})
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, "id: %s\nevent: entry\ndata: %s\n\n", e.ID, data)
	}
	return text, nil
}
