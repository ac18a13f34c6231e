package journal

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

const (
	headKind = "journal.head"
	headID   = "head"
)

// head is what the journal knows of a space's log without reading it: a side record written with every commit.
type head struct {
	Edge  Edge           `json:"edge"`  // its Size is the position of the last entry
	At    time.Time      `json:"at"`    // when the last entry happened
	Folds map[string]int `json:"folds"` // the fold's version of each kind of record in this space
	Names []string       `json:"names"` // "module name" of every kind of event in the log, sorted

	version uint64
}

// ErrNewer refuses to write to a space in which a newer program wrote events or records that this one would not fold.
var ErrNewer = fault.New(fault.Conflict, "journal.newer",
	"this space was written by a newer version of the program and can only be read by this one")

// readHead reads the head; the zero head for a space without a log.
func readHead(r store.Reader) (head, error) {
	h := head{Folds: map[string]int{}}
	rec, err := r.Get(headKind, headID)
	if errors.Is(err, store.ErrNoRecord) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(rec.Body, &h); err != nil {
		return h, ErrEntry.At("head", "cannot be read").Wrap(err)
	}
	h.version = rec.Version
	return h, nil
}

// write stores the head.
func (h *head) write(w store.Writer) error {
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := w.Put(store.Record{Kind: headKind, ID: headID, Version: h.version, Side: true, Body: body}); err != nil {
		return err
	}
	h.version++
	return nil
}

// saw notes that an entry's kind of event is in the log.
func (h *head) saw(e Entry) {
	name := e.Module + " " + e.Name
	if i, found := slices.BinarySearch(h.Names, name); !found {
		h.Names = slices.Insert(h.Names, i, name)
	}
}
