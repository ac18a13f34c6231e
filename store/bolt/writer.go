package bolt

import (
	"bytes"
	"cmp"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
)

// writer writes one space in one transaction.
type writer struct {
	reader
	tx    *bbolt.Tx
	wrote bool // whether there is anything to commit
}

// into gives one of the space's buckets to write in, made when needed.
func (w *writer) into(b bucket) (*bbolt.Bucket, error) {
	w.wrote = true
	if w.bucket(b) == nil {
		var err error
		if w.space == nil {
			if w.space, err = w.tx.CreateBucketIfNotExists([]byte(w.id)); err != nil {
				return nil, err
			}
		}
		if w.inner[b], err = w.space.CreateBucketIfNotExists(bucketNames[b]); err != nil {
			return nil, err
		}
	}
	if b == log {
		w.inner[b].FillPercent = 0.9 // its keys only rise
	}
	return w.inner[b], nil
}

// put stores a value under a key. bbolt keeps both until the commit.
func (w *writer) put(b bucket, key, value []byte) error {
	in, err := w.into(b)
	if err != nil {
		return err
	}
	return in.Put(key, value)
}

// stored gives the record that lies under kind and id, and whether there is one.
func (w *writer) stored(kind, id string) (store.Record, bool, error) {
	v := w.get(rec, recordAt(kind, id))
	if v == nil {
		return store.Record{}, false, nil
	}
	r, err := readRecord(kind, id, v)
	return r, err == nil, err
}

// Put stores a record.
func (w *writer) Put(r store.Record) error {
	if err := store.MayWrite(r.Check(), w.reading); err != nil {
		return err
	}
	old, _, err := w.stored(r.Kind, r.ID)
	if err := cmp.Or(err, store.MayPut(old, r)); err != nil {
		return err
	}
	r.Version++
	r.Keys = store.SortKeys(r.Keys)
	if err := w.relist(r.Kind, r.ID, old.Keys, r.Keys); err != nil {
		return err
	}
	return w.put(rec, recordAt(r.Kind, r.ID), appendRecord(nil, r))
}

// relist takes a record from its old places in the indexes to its new ones; what stays is not touched.
func (w *writer) relist(kind, id string, old, now []store.Key) error {
	for _, k := range old {
		if _, stays := slices.BinarySearchFunc(now, k, store.Key.Compare); stays {
			continue
		}
		in, err := w.into(idx)
		if err != nil {
			return err
		}
		if err := in.Delete(entryAt(kind, k, id)); err != nil {
			return err
		}
	}
	for _, k := range now {
		if _, stayed := slices.BinarySearchFunc(old, k, store.Key.Compare); stayed {
			continue
		}
		if err := w.put(idx, entryAt(kind, k, id), nil); err != nil {
			return err
		}
	}
	return nil
}

// Drop removes a side record.
func (w *writer) Drop(kind, id string) error {
	if err := store.MayWrite(store.CheckID(kind, id), w.reading); err != nil {
		return err
	}
	r, has, err := w.stored(kind, id)
	if err := cmp.Or(err, store.MayDrop(r)); err != nil || !has {
		return err
	}
	if err := w.relist(kind, id, r.Keys, nil); err != nil {
		return err
	}
	in, err := w.into(rec)
	if err != nil {
		return err
	}
	return in.Delete(recordAt(kind, id))
}

// Append adds events to the log.
func (w *writer) Append(events ...store.Event) error {
	if err := store.MayWrite(nil, w.reading); err != nil {
		return err
	}
	head, err := w.Head()
	if err := cmp.Or(err, store.MayAppend(head, events)); err != nil {
		return err
	}
	for _, e := range events {
		if err := w.put(log, positionAt(e.Position), bytes.Clone(e.Body)); err != nil {
			return err
		}
	}
	return nil
}

// OpenBox opens a poll's box.
func (w *writer) OpenBox(poll string, b store.Box) error {
	if err := store.MayWrite(store.CheckPoll(poll), w.reading); err != nil {
		return err
	}
	if _, opened, err := w.state(poll); err != nil || opened {
		if err == nil {
			err = store.ErrBoxExists.At("poll", poll)
		}
		return err
	}
	in, err := w.into(bal)
	if err != nil {
		return err
	}
	if _, err := in.CreateBucket([]byte(poll)); err != nil {
		return err
	}
	return w.put(box, []byte(poll), boxState{Box: store.Box{Change: b.Change}}.append(nil))
}

// ShutBox shuts a box for ever. Being alone at the file, it is ordered with every batch of ballots.
func (w *writer) ShutBox(poll string) error {
	if err := store.MayWrite(store.CheckPoll(poll), w.reading); err != nil {
		return err
	}
	s, opened, err := w.state(poll)
	switch {
	case err != nil:
		return err
	case !opened:
		return store.ErrNoBox.At("poll", poll)
	case s.Shut:
		return nil
	}
	s.Shut = true
	return w.put(box, []byte(poll), s.append(nil))
}
