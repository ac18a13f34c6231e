package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/communecter/coopspace/store"
)

// Noun is a kind of record and the events that make it. S is its state: plain data that marshals to JSON the same way
// every time, holding no text that a person wrote.
type Noun[S any] struct {
	module  string
	kind    string
	version int
	fold    func(S, Entry) S
	keys    func(S) []store.Key
	events  map[string]reflect.Type
}

// AnyNoun is a Noun of any state, as Attach takes it. Only a Noun is one.
type AnyNoun interface {
	moduleName() string
	kindName() string
	foldVersion() int
	eventTypes() map[string]reflect.Type
	apply(rec store.Record, e Entry) (store.Record, error)
}

// NewNoun declares a noun. version is the fold's own: raise it whenever the same events would fold to another state or
// to other keys, and every space is folded anew before its first use. fold is pure, total, and never fails: a history
// that is in the log is a fact. events lists one zero value of each event that folds into this noun, old revisions
// included; their wire names begin with kind and a dot. Kinds are unique in a program, whatever their module, and "text",
// "log" and what begins with "journal" are the journal's own. It panics on a name that breaks this, for that is a defect of
// the program.
func NewNoun[S any](module, kind string, version int, fold func(S, Entry) S, keys func(S) []store.Key, events ...Event) *Noun[S] {
	if !plain(module) || !plain(kind) || kind == textKind || kind == "journal" {
		panic(fmt.Sprintf("journal: no noun can be called %q in module %q", kind, module))
	}
	n := &Noun[S]{module: module, kind: kind, version: version, fold: fold, keys: keys, events: map[string]reflect.Type{}}
	for _, e := range events {
		name := e.EventName()
		_, what, _ := strings.Cut(name, ".")
		what, revision, _ := strings.Cut(what, "/")
		if nounIn(name) != kind || !plain(what) || !plain(revision) || n.events[name] != nil {
			panic(fmt.Sprintf("journal: event %q cannot fold into %q, or is listed twice", name, kind))
		}
		n.events[name] = reflect.TypeOf(e)
	}
	return n
}

// plain tells whether a part of a name has nothing but small letters, digits and "_", and at most 64 of them.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= store.MaxKind
}

// Item is a record of a noun, as read.
type Item[S any] struct {
	ID      string
	Version uint64 // another one after each event
	State   S
	Cursor  store.Cursor // from List only
}

// Get reads one record; store.ErrNoRecord when there is none.
func (n *Noun[S]) Get(r *Reader, id string) (Item[S], error) {
	rec, err := r.r.Get(n.kind, id)
	if err != nil {
		return Item[S]{}, err
	}
	return n.item(rec)
}

// Has tells whether a record exists.
func (n *Noun[S]) Has(r *Reader, id string) (bool, error) {
	_, err := r.r.Get(n.kind, id)
	if errors.Is(err, store.ErrNoRecord) {
		return false, nil
	}
	return err == nil, err
}

// List reads records in the order of an index; q.Kind is set for you.
func (n *Noun[S]) List(r *Reader, q store.Query) iter.Seq2[Item[S], error] {
	q.Kind = n.kind
	return func(yield func(Item[S], error) bool) {
		for rec, err := range r.r.List(q) {
			var it Item[S]
			if err == nil {
				it, err = n.item(rec)
			}
			if !yield(it, err) || err != nil {
				return
			}
		}
	}
}

func (n *Noun[S]) item(rec store.Record) (Item[S], error) {
	it := Item[S]{ID: rec.ID, Version: rec.Version, Cursor: rec.Cursor}
	if err := json.Unmarshal(rec.Body, &it.State); err != nil {
		return it, fmt.Errorf("record %s/%s: %w", n.kind, rec.ID, err)
	}
	return it, nil
}

func (n *Noun[S]) moduleName() string                  { return n.module }
func (n *Noun[S]) kindName() string                    { return n.kind }
func (n *Noun[S]) foldVersion() int                    { return n.version }
func (n *Noun[S]) eventTypes() map[string]reflect.Type { return n.events }

// apply folds one entry into a record; the zero record stands for one that does not exist yet.
func (n *Noun[S]) apply(rec store.Record, e Entry) (store.Record, error) {
	var s S
	if len(rec.Body) > 0 {
		if err := json.Unmarshal(rec.Body, &s); err != nil {
			return rec, fmt.Errorf("record %s/%s: %w", n.kind, e.Subject, err)
		}
	}
	s = n.fold(s, e)
	body, err := json.Marshal(s)
	if err != nil {
		return rec, err
	}
	return store.Record{Kind: n.kind, ID: e.Subject, Version: rec.Version, Body: body, Keys: n.keys(s)}, nil
}

// registry knows the nouns of the modules that the program has attached. Fixed once the journal is in use.
type registry struct {
	modules map[string]bool
	nouns   map[string]AnyNoun
}

// add attaches nouns; a kind that two modules claim is a defect of the program.
func (g *registry) add(nouns ...AnyNoun) {
	for _, n := range nouns {
		if g.nouns[n.kindName()] != nil {
			panic(fmt.Sprintf("journal: noun %q is declared twice", n.kindName()))
		}
		g.modules[n.moduleName()] = true
		g.nouns[n.kindName()] = n
	}
}

// decode reads an event's own bytes; nil when no attached noun has such an event. The bytes must be exactly those that
// the event would be written with, so that nothing hides in the log which the fold does not see.
func (g *registry) decode(e Entry) (Event, error) {
	n := g.nouns[nounIn(e.Name)]
	if n == nil || n.moduleName() != e.Module {
		return nil, nil
	}
	t := n.eventTypes()[e.Name]
	if t == nil {
		return nil, nil
	}
	v := reflect.New(t)
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.DisallowUnknownFields()
	if err := d.Decode(v.Interface()); err != nil {
		return nil, ErrEntry.At(e.Name, "cannot be read").Wrap(err)
	}
	event := v.Elem().Interface().(Event)
	if again, err := json.Marshal(event); err != nil || !bytes.Equal(again, e.Data) {
		return nil, ErrEntry.At(e.Name, "holds what its event does not")
	}
	return event, nil
}
