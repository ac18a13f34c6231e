package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
)

// writer writes one space in one transaction. What it writes is sent when something must be read that may depend on it, when
// there is much of it, and at the end: many statements in one message.
type writer struct {
	reader
	wrote   bool // whether there is anything to commit
	pending *pgx.Batch
	bytes   int                    // about how long pending is
	known   map[[2]string]*knownTo // records as this writer last wrote them, while pending
	head    store.Position         // before the Update
	shut    map[string]struct{}    // polls whose box this writer shut
}

// knownTo is a record as it lies in pending; nil inside when it was dropped.
type knownTo struct{ rec *store.Record }

// How much waits to be sent.
const (
	pendingStatements = 256
	pendingBytes      = 1 << 20
)

func newWriter(ctx context.Context, s *Store, c *pgxpool.Conn, id store.SpaceID) *writer {
	w := &writer{reader: *newReader(ctx, s, c, id), pending: &pgx.Batch{}, known: map[[2]string]*knownTo{}, shut: map[string]struct{}{}}
	w.before = w.send
	return w
}

func (w *writer) begin(how string, lock bool) error {
	err := w.reader.begin(how, lock)
	w.head = w.pos
	return err
}

// into makes the row of a space that was never written.
func (w *writer) into() error {
	if w.err != nil {
		return faultOf(w.ctx, w.err)
	}
	w.wrote = true
	if w.space != 0 {
		return nil
	}
	return w.failed(w.conn.QueryRow(w.ctx, "INSERT INTO space (name) VALUES ($1) RETURNING id", string(w.id)).Scan(&w.space))
}

// queue adds a statement that must change exactly one row.
func (w *writer) queue(bytes int, sql string, args ...any) {
	w.pending.Queue(sql, args...)
	w.bytes += bytes + 64
}

// full sends what waits if it is much.
func (w *writer) full() error {
	if w.pending.Len() >= pendingStatements || w.bytes >= pendingBytes {
		return w.send()
	}
	return nil
}

// errUnchanged is what a statement gives that found another row than was read: somebody writes around the space's lock.
var errUnchanged = errors.New("a row is not as it was read under the lock of its space")

// send sends what waits.
func (w *writer) send() error {
	if w.pending.Len() == 0 {
		return nil
	}
	b := w.pending
	w.pending, w.bytes = &pgx.Batch{}, 0
	clear(w.known)
	return w.failed(w.batch(b, func(res pgx.BatchResults) error {
		for range b.Len() {
			tag, err := res.Exec()
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return errUnchanged
			}
		}
		return nil
	}))
}

// flush sends the rest before the commit, and refuses to write where a newer program does, or from where all moved. The
// layout is read last: a migration that changes tables waits for our locks on them, or we waited for it; and so does
// SetTransit for our lock on the layout.
func (w *writer) flush() error {
	if w.pos != w.head {
		w.queue(0, "UPDATE space SET pos = $2 WHERE id = $1", w.space, int64(w.pos))
	}
	if w.err == nil {
		_ = w.send()
	}
	if w.err != nil {
		return w.err
	}
	return w.s.mayWrite(w.conn.QueryRow(w.ctx, readLayout))
}

// committed does what follows a commit.
func (w *writer) committed() {
	if w.pos != w.head {
		w.s.notify.grew(w.id, w.pos)
	}
	for poll := range w.shut {
		if in := w.boxes[poll]; in != nil {
			w.s.tidy(in.id)
		}
	}
}

// Get gives a record.
func (w *writer) Get(kind, id string) (store.Record, error) {
	if k := w.known[[2]string{kind, id}]; k != nil && w.err == nil {
		if k.rec == nil {
			return store.Record{}, store.ErrNoRecord
		}
		rec := *k.rec
		rec.Body = slices.Clone(rec.Body)
		return rec, nil
	}
	return w.reader.Get(kind, id)
}

// stored gives the record that lies under kind and id, and whether there is one.
func (w *writer) stored(kind, id string) (store.Record, bool, error) {
	rec, err := w.Get(kind, id)
	if errors.Is(err, store.ErrNoRecord) {
		return store.Record{}, false, nil
	}
	return rec, err == nil, err
}

// Put stores a record.
func (w *writer) Put(r store.Record) error {
	if err := store.MayWrite(r.Check(), w.reading); err != nil {
		return err
	}
	old, has, err := w.stored(r.Kind, r.ID)
	if err := cmp.Or(err, store.MayPut(old, r)); err != nil {
		return err
	}
	if err := w.into(); err != nil {
		return err
	}
	r.Version++
	r.Cursor = ""
	r.Body = append([]byte{}, r.Body...)
	r.Keys = store.SortKeys(r.Keys)
	indexes, keys := make([]string, len(r.Keys)), make([][]byte, len(r.Keys))
	for i, k := range r.Keys {
		k.Bytes = append([]byte{}, k.Bytes...)
		r.Keys[i], indexes[i], keys[i] = k, k.Index, k.Bytes
	}
	if has {
		w.queue(len(r.Body), "UPDATE record SET version = $4, indexes = $5, keys = $6, body = $7 WHERE space = $1 AND kind = $2 AND id = $3 AND version = $4 - 1",
			w.space, r.Kind, r.ID, int64(r.Version), indexes, keys, r.Body)
	} else {
		w.queue(len(r.Body), "INSERT INTO record (space, kind, id, version, side, indexes, keys, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			w.space, r.Kind, r.ID, int64(r.Version), r.Side, indexes, keys, r.Body)
	}
	w.relist(r.Kind, r.ID, old.Keys, r.Keys)
	w.known[[2]string{r.Kind, r.ID}] = &knownTo{&r}
	return w.full()
}

// relist takes a record from its old places in the indexes to its new ones; what stays is not touched.
func (w *writer) relist(kind, id string, old, now []store.Key) {
	w.places("DELETE FROM record_key r USING unnest($4::text[], $5::bytea[]) AS k (index, key)"+
		" WHERE r.space = $1 AND r.kind = $2 AND r.id = $3 AND r.index = k.index AND r.key = k.key", kind, id, without(old, now))
	w.places("INSERT INTO record_key (space, kind, id, index, key) SELECT $1, $2, $3, k.index, k.key FROM unnest($4::text[], $5::bytea[]) AS k (index, key)",
		kind, id, without(now, old))
}

func (w *writer) places(sql, kind, id string, at []store.Key) {
	if len(at) == 0 {
		return
	}
	indexes, keys := make([]string, len(at)), make([][]byte, len(at))
	for i, k := range at {
		indexes[i], keys[i] = k.Index, append([]byte{}, k.Bytes...)
	}
	w.queue(64*len(at), sql, w.space, kind, id, indexes, keys)
}

// without gives the keys of a that are not in b; both are sorted.
func without(a, b []store.Key) []store.Key {
	var out []store.Key
	for _, k := range a {
		if _, stays := slices.BinarySearchFunc(b, k, store.Key.Compare); !stays {
			out = append(out, k)
		}
	}
	return out
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
	if err := w.into(); err != nil {
		return err
	}
	w.queue(0, "DELETE FROM record WHERE space = $1 AND kind = $2 AND id = $3", w.space, kind, id)
	w.relist(kind, id, r.Keys, nil)
	w.known[[2]string{kind, id}] = &knownTo{}
	return w.full()
}

// Append adds events to the log.
func (w *writer) Append(events ...store.Event) error {
	if err := store.MayWrite(nil, w.reading); err != nil {
		return err
	}
	if err := store.MayAppend(w.pos, events); err != nil || len(events) == 0 {
		return err
	}
	if err := w.into(); err != nil {
		return err
	}
	for _, e := range events {
		w.queue(len(e.Body), "INSERT INTO event (space, pos, body) VALUES ($1, $2, $3)", w.space, int64(e.Position), append([]byte{}, e.Body...))
		w.pos = e.Position
		if err := w.full(); err != nil {
			return err
		}
	}
	return nil
}

// alone waits until nobody casts into a poll's box, and keeps them out until the transaction ends.
func (w *writer) alone(poll string) error {
	if err := w.ready(); err != nil {
		return err
	}
	_, err := w.conn.Exec(w.ctx, "SELECT pg_advisory_xact_lock($1)", w.s.boxLock(w.id, poll))
	return w.failed(err)
}

// OpenBox opens a poll's box.
func (w *writer) OpenBox(poll string, b store.Box) error {
	if err := store.MayWrite(store.CheckPoll(poll), w.reading); err != nil {
		return err
	}
	opened, err := w.box(poll)
	if err == nil && opened != nil {
		err = store.ErrBoxExists.At("poll", poll)
	}
	if err == nil {
		err = w.into()
	}
	if err == nil {
		err = w.alone(poll)
	}
	if err != nil {
		return err
	}
	in := &boxRow{Box: store.Box{Change: b.Change}}
	err = w.conn.QueryRow(w.ctx, "INSERT INTO box (space, poll, change) VALUES ($1, $2, $3) RETURNING id", w.space, poll, b.Change).Scan(&in.id)
	if err != nil {
		return w.failed(err)
	}
	w.boxes[poll] = in
	return nil
}

// ShutBox shuts a box for ever. Whoever casts has the box's lock until their commit: they are in, and nobody comes after.
func (w *writer) ShutBox(poll string) error {
	if err := store.MayWrite(store.CheckPoll(poll), w.reading); err != nil {
		return err
	}
	in, err := w.box(poll)
	switch {
	case err != nil:
		return err
	case in == nil:
		return store.ErrNoBox.At("poll", poll)
	case in.Shut:
		return nil
	}
	if err := w.into(); err != nil {
		return err
	}
	if err := w.alone(poll); err != nil {
		return err
	}
	if _, err := w.conn.Exec(w.ctx, "UPDATE box SET shut = true WHERE id = $1", in.id); err != nil {
		return w.failed(err)
	}
	in.Shut = true
	w.shut[poll] = struct{}{}
	return nil
}
