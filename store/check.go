package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/communecter/coopspace/internal/fault"
)

// Bounds of what a store keeps, in bytes. Everything over them is ErrInvalid, with the field at fault.
const (
	MaxSpace = 128      // a SpaceID
	MaxKind  = 64       // a record's kind, an index's name
	MaxID    = 512      // a record's id, a poll's id
	MaxKey   = 1024     // a Key's bytes
	MaxSeat  = 64       // a ballot's Key, Retry and Same
	MaxBody  = 16 << 20 // the body of a record or an event
	// MaxBallot bounds a ballot's body; longer reasons are side texts.
	MaxBallot = 2048
)

// name tells what is wrong with a name of at most max bytes; empty when nothing is.
func name(s string, max int) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > max:
		return fmt.Sprintf("is longer than %d bytes", max)
	case strings.IndexByte(s, 0) >= 0:
		return "contains a zero byte"
	case !utf8.ValidString(s):
		return "is not UTF-8"
	}
	return ""
}

// size tells what is wrong with bytes of at most max; empty when nothing is.
func size(b []byte, max int) string {
	if len(b) > max {
		return fmt.Sprintf("is longer than %d bytes", max)
	}
	return ""
}

// list gathers what is wrong, if anything.
type list struct{ fault.List }

func (l *list) note(path, text string) {
	if text != "" {
		l.Add(path, text)
	}
}

func (l *list) err() error { return l.Err(ErrInvalid) }

// Check gives ErrInvalid for what cannot name a space.
func (s SpaceID) Check() error {
	var l list
	l.note("space", name(string(s), MaxSpace))
	return l.err()
}

// CheckPoll gives ErrInvalid for what cannot name a box.
func CheckPoll(poll string) error {
	var l list
	l.note("poll", name(poll, MaxID))
	return l.err()
}

// CheckID gives ErrInvalid for what cannot name a record.
func CheckID(kind, id string) error {
	var l list
	l.note("kind", name(kind, MaxKind))
	l.note("id", name(id, MaxID))
	return l.err()
}

// Check gives ErrInvalid for a record that no store keeps.
func (r Record) Check() error {
	var l list
	l.note("kind", name(r.Kind, MaxKind))
	l.note("id", name(r.ID, MaxID))
	l.note("body", size(r.Body, MaxBody))
	for i, k := range r.Keys {
		if text := name(k.Index, MaxKind); text != "" {
			l.Add(fmt.Sprintf("keys/%d/index", i), text)
		}
		if text := size(k.Bytes, MaxKey); text != "" {
			l.Add(fmt.Sprintf("keys/%d/bytes", i), text)
		}
	}
	return l.err()
}

// Check gives ErrInvalid for an event that no log keeps.
func (e Event) Check() error {
	var l list
	l.note("body", size(e.Body, MaxBody))
	return l.err()
}

// Check gives ErrInvalid for a query that cannot be asked. The cursor is read by [Query.Place].
func (q Query) Check() error {
	var l list
	l.note("kind", name(q.Kind, MaxKind))
	if q.Index != "" {
		l.note("index", name(q.Index, MaxKind))
	} else if q.Bare {
		l.Add("bare", "asks for the keys of an index, and names none")
	}
	l.note("prefix", size(q.Prefix, MaxKey))
	if q.Limit < 0 {
		l.Add("limit", "is negative")
	}
	return l.err()
}

// Check gives ErrInvalid for a ballot that no box keeps.
func (b *Ballot) Check() error {
	var l list
	l.note("space", name(string(b.Space), MaxSpace))
	l.note("poll", name(b.Poll, MaxID))
	if len(b.Key) == 0 {
		l.Add("key", "is empty")
	}
	l.note("key", size(b.Key, MaxSeat))
	l.note("retry", size(b.Retry, MaxSeat))
	l.note("same", size(b.Same, MaxSeat))
	l.note("body", size(b.Body, MaxBallot))
	return l.err()
}

// Compare orders keys by index, then by bytes.
func (k Key) Compare(o Key) int {
	return cmp.Or(strings.Compare(k.Index, o.Index), bytes.Compare(k.Bytes, o.Bytes))
}

// SortKeys gives keys as a store keeps them: in order, each once. It leaves its argument alone.
func SortKeys(keys []Key) []Key {
	if len(keys) == 0 {
		return nil
	}
	s := slices.Clone(keys)
	slices.SortFunc(s, Key.Compare)
	return slices.CompactFunc(s, func(a, b Key) bool { return a.Compare(b) == 0 })
}
