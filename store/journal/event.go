package journal

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Event is something that happened: a struct named in the past tense, holding ids, numbers, dates and commitments only.
// Its wire name, "noun.what/revision", is never renamed nor given another meaning: a changed meaning is a new revision,
// and the old one folds for ever. An event must come out of JSON as it went in, and give the same bytes again: a field
// that is not written would be lost to whoever folds the log later, so Emit refuses it.
type Event interface{ EventName() string }

// By says who acted: what kind of actor (host, person, system), which one, and for which member when for another.
type By struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	For  string `json:"for,omitempty"`
}

// Entry is an event in its envelope, as it stands in the log.
type Entry struct {
	Position store.Position
	At       time.Time // stamped once per command: UTC, microseconds, never before the entry before it
	Module   string    // the module whose noun it is
	Name     string    // the wire name
	Subject  string    // the id of the record that it folds into
	By       By
	Command  string          // the same for all events of one command
	Event    Event           // nil when this program does not know the event
	Data     json.RawMessage // the event's own bytes
}

// wire is the canonical form of an entry: its fields in this order, compact JSON.
type wire struct {
	V       int             `json:"v"`
	Pos     store.Position  `json:"pos"`
	At      string          `json:"at"`
	Module  string          `json:"mod"`
	Name    string          `json:"name"`
	Subject string          `json:"id"`
	By      By              `json:"by"`
	Command string          `json:"cmd"`
	Data    json.RawMessage `json:"data"`
}

// timeLayout keeps microseconds always, so that equal instants have equal bytes.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Bytes gives the entry's canonical bytes, which are the leaf of the Merkle tree.
func (e Entry) Bytes() ([]byte, error) {
	return json.Marshal(wire{
		V: 1, Pos: e.Position, At: e.At.UTC().Format(timeLayout), Module: e.Module, Name: e.Name,
		Subject: e.Subject, By: e.By, Command: e.Command, Data: e.Data,
	})
}

// ErrEntry is a log entry that cannot be read or is not in canonical form.
var ErrEntry = fault.New(fault.Internal, "journal.entry", "an entry of the log is damaged")

// ParseEntry reads an entry's canonical bytes without knowing its event: Event stays nil.
func ParseEntry(body []byte) (Entry, error) {
	var w wire
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Entry{}, ErrEntry.Wrap(err)
	}
	at, err := time.Parse(timeLayout, w.At)
	switch {
	case w.V != 1:
		return Entry{}, ErrEntry.At("v", "is not 1")
	case err != nil:
		return Entry{}, ErrEntry.At("at", w.At)
	}
	e := Entry{
		Position: w.Pos, At: at, Module: w.Module, Name: w.Name, Subject: w.Subject,
		By: w.By, Command: w.Command, Data: w.Data,
	}
	again, err := e.Bytes()
	if err != nil || !bytes.Equal(again, body) {
		return Entry{}, ErrEntry.At("bytes", "not in canonical form")
	}
	return e, nil
}

// nounIn gives the noun's part of a wire name: "poll" of "poll.opened/1".
func nounIn(name string) string {
	kind, _, _ := strings.Cut(name, ".")
	return kind
}
