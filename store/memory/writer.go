package memory

import (
	"bytes"

	"github.com/communecter/coopspace/store"
)

// writer makes the next value of a space.
type writer struct{ reader }

// may refuses what is invalid, and writing under an open listing.
func (w *writer) may(invalid error) error {
	if invalid == nil && w.reading > 0 {
		return store.ErrIterating
	}
	return invalid
}

// Put stores a record.
func (w *writer) Put(r store.Record) error {
	if err := w.may(r.Check()); err != nil {
		return err
	}
	old, has := w.space.records.get(recordAt(r.Kind, r.ID))
	if r.Version != old.Version {
		return store.ErrVersion.At(r.Kind+"/"+r.ID, "")
	}
	if has && r.Side != old.Side {
		return store.ErrInvalid.At("side", "a record stays folded or side for ever")
	}
	w.unlist(old)
	r.Version++
	w.lay(r)
	return nil
}

// lay stores a record as it is, and lists it.
func (w *writer) lay(r store.Record) {
	r.Cursor = ""
	r.Body = bytes.Clone(r.Body)
	r.Keys = store.SortKeys(r.Keys)
	for i, k := range r.Keys {
		r.Keys[i].Bytes = bytes.Clone(k.Bytes)
		w.space.listed = w.space.listed.with(listedAt(r.Kind, k.Index, k.Bytes)+keyEnd+r.ID, struct{}{})
	}
	w.space.records = w.space.records.with(recordAt(r.Kind, r.ID), r)
	w.space.written = true
}

func (w *writer) unlist(r store.Record) {
	for _, k := range r.Keys {
		w.space.listed = w.space.listed.without(listedAt(r.Kind, k.Index, k.Bytes) + keyEnd + r.ID)
	}
}

// Drop removes a side record.
func (w *writer) Drop(kind, id string) error {
	if err := w.may(store.CheckID(kind, id)); err != nil {
		return err
	}
	r, ok := w.space.records.get(recordAt(kind, id))
	if !ok {
		return nil
	}
	if !r.Side {
		return store.ErrFolded.At(kind+"/"+id, "")
	}
	w.unlist(r)
	w.space.records = w.space.records.without(recordAt(kind, id))
	return nil
}

// Append adds events to the log.
func (w *writer) Append(events ...store.Event) error {
	if err := w.may(nil); err != nil {
		return err
	}
	for i, e := range events {
		if err := e.Check(); err != nil {
			return err
		}
		if e.Position != store.Position(len(w.space.log)+i+1) {
			return store.ErrPosition
		}
	}
	for _, e := range events {
		e.Body = bytes.Clone(e.Body)
		w.space.log = append(w.space.log, e)
		w.space.written = true
	}
	return nil
}

// OpenBox opens a poll's box.
func (w *writer) OpenBox(poll string, b store.Box) error {
	if err := w.may(store.CheckPoll(poll)); err != nil {
		return err
	}
	if _, ok := w.space.boxes.get(poll); ok {
		return store.ErrBoxExists.At("poll", poll)
	}
	w.space.boxes = w.space.boxes.with(poll, box{Box: store.Box{Change: b.Change}})
	w.space.written = true
	return nil
}

// ShutBox shuts a box for ever.
func (w *writer) ShutBox(poll string) error {
	if err := w.may(store.CheckPoll(poll)); err != nil {
		return err
	}
	b, ok := w.space.boxes.get(poll)
	if !ok {
		return store.ErrNoBox.At("poll", poll)
	}
	b.Shut = true
	w.space.boxes = w.space.boxes.with(poll, b)
	return nil
}
