package memory

import (
	"bytes"

	"github.com/communecter/coopspace/store"
)

// writer makes the next value of a space.
type writer struct{ reader }

// Put stores a record.
func (w *writer) Put(r store.Record) error {
	if err := store.MayWrite(r.Check(), w.reading); err != nil {
		return err
	}
	old, _ := w.space.records.get(recordAt(r.Kind, r.ID))
	if err := store.MayPut(old, r); err != nil {
		return err
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
	if err := store.MayWrite(store.CheckID(kind, id), w.reading); err != nil {
		return err
	}
	r, ok := w.space.records.get(recordAt(kind, id))
	if err := store.MayDrop(r); err != nil || !ok {
		return err
	}
	w.unlist(r)
	w.space.records = w.space.records.without(recordAt(kind, id))
	return nil
}

// Append adds events to the log.
func (w *writer) Append(events ...store.Event) error {
	if err := store.MayWrite(nil, w.reading); err != nil {
		return err
	}
	if err := store.MayAppend(store.Position(len(w.space.log)), events); err != nil {
		return err
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
	if err := store.MayWrite(store.CheckPoll(poll), w.reading); err != nil {
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
	if err := store.MayWrite(store.CheckPoll(poll), w.reading); err != nil {
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
