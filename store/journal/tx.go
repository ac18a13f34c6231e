package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/communecter/coopspace/store"
)

// Tx is one command at work in its space. It reads what it wrote. Nothing in it may have an effect outside, for the
// store may run it again.
type Tx struct {
	Reader
	w       store.Writer
	cmd     Command
	id      string // of the command
	now     time.Time
	head    head
	from    int64 // the log's size before
	pending []store.Event
	failed  error // of the first Emit that failed
}

// Now is the one time of this command: UTC, microseconds, never before the last entry of the log even when the clock
// stepped back.
func (tx *Tx) Now() time.Time { return tx.now }

// NewID makes an id.
func (tx *Tx) NewID() string { return tx.j.newID() }

// Writer gives the store's writer, for ballot boxes and side records of a module's own.
func (tx *Tx) Writer() store.Writer { return tx.w }

// Emit notes events about one subject, in order, and folds them into its record at once. The subject is new if it has
// no record yet. A command of which an Emit failed fails, whatever its function returns: half of what happened is
// nothing that happened.
func (tx *Tx) Emit(subject string, events ...Event) error {
	for _, event := range events {
		if tx.failed == nil {
			tx.failed = tx.emit(subject, event)
		}
	}
	return tx.failed
}

func (tx *Tx) emit(subject string, event Event) error {
	name := event.EventName()
	n := tx.j.known.nouns[nounIn(name)]
	if n == nil || n.eventTypes()[name] == nil {
		return fmt.Errorf("journal: event %q belongs to no attached noun", name)
	}
	data, err := json.Marshal(event)
	if err != nil {
		return err
	}
	body, err := Entry{
		Position: store.Position(tx.head.Edge.Size + 1), At: tx.now, Module: n.moduleName(), Name: name,
		Subject: subject, By: tx.cmd.By, Command: tx.id, Data: data,
	}.Bytes()
	if err != nil {
		return err
	}
	// What is folded is what the log will say, read back: whatever cannot be read back never enters.
	raw := store.Event{Position: store.Position(tx.head.Edge.Size + 1), Body: body}
	e, err := tx.j.parse(raw)
	if err != nil {
		return err
	}
	rec, err := tx.w.Get(n.kindName(), subject)
	if err != nil && !errors.Is(err, store.ErrNoRecord) {
		return err
	}
	if rec, err = n.apply(rec, e); err != nil {
		return err
	}
	if err := tx.w.Put(rec); err != nil {
		return err
	}
	tx.head.Edge.Add(body)
	tx.head.At = tx.now
	tx.head.saw(e)
	tx.head.Folds[n.kindName()] = n.foldVersion()
	tx.pending = append(tx.pending, raw)
	return nil
}

// finish writes the log, the tiles and the head.
func (tx *Tx) finish() error {
	if tx.failed != nil || len(tx.pending) == 0 {
		return tx.failed
	}
	if err := tx.w.Append(tx.pending...); err != nil {
		return err
	}
	if err := writeTiles(tx.w, tx.from, tx.head.Edge.Size); err != nil {
		return err
	}
	return tx.head.write(tx.w)
}

// Entries reads the log after a position. An entry whose event this program does not know has a nil Event.
func (r *Reader) Entries(after store.Position) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for raw, err := range r.r.Events(after) {
			var e Entry
			if err == nil {
				e, err = r.j.parse(raw)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// parse reads a stored entry with its event.
func (j *Journal) parse(raw store.Event) (Entry, error) {
	e, err := ParseEntry(raw.Body)
	if err != nil {
		return e, fmt.Errorf("position %d: %w", raw.Position, err)
	}
	if e.Position != raw.Position {
		return e, ErrEntry.At("pos", fmt.Sprintf("entry %d lies at %d", e.Position, raw.Position))
	}
	e.Event, err = j.known.decode(e)
	return e, err
}
