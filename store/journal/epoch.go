package journal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// LogRestored says that a log goes on here from a copy of it: whatever else goes on from the same place is another log
// from now on. Its Epoch is made up anew each time that a copy is restored, and ends the origin of all later checkpoints.
type LogRestored struct {
	Epoch string `json:"epoch"`
}

// EventName is the wire name.
func (LogRestored) EventName() string { return "log.restored/1" }

// logState is what a log says of itself.
type logState struct {
	Epochs []epoch `json:"epochs"` // in the order in which they began; the first one of all has no name, and is not here
}

// epoch is a stretch of a log that was written in one place.
type epoch struct {
	ID   string         `json:"id"`
	From store.Position `json:"from"` // of the entry that began it
}

// logs is the journal's own noun; every space has at most one record of it.
var logs = NewNoun("journal", logKind, 1, func(s logState, e Entry) logState {
	if ev, ok := e.Event.(LogRestored); ok {
		s.Epochs = append(s.Epochs, epoch{ID: ev.Epoch, From: e.Position})
	}
	return s
}, func(logState) []store.Key { return nil }, LogRestored{})

const (
	logKind = "log"
	logID   = "this"
)

// ErrEpoch refuses what cannot name an epoch.
var ErrEpoch = fault.New(fault.Invalid, "journal.epoch", "an epoch's name has 1 to 64 letters, digits and hyphens")

// Restored begins a new epoch in a space's log, unless that is the epoch it is in. A log without entries is left alone:
// nobody holds anything that could contradict it. It is for whoever has restored a copy, before anybody else writes to it;
// the name must be one that nobody can foresee, and the same for all spaces of the copy.
func (j *Journal) Restored(ctx context.Context, space store.SpaceID, by By, name string) error {
	if !epochForm(name) {
		return ErrEpoch.At("epoch", name)
	}
	_, err := Do(ctx, j, space, Command{Name: "log.restore", By: by}, func(tx *Tx) (struct{}, error) {
		s, err := readLog(tx.r)
		if err != nil || tx.from == 0 || len(s.Epochs) > 0 && s.Epochs[len(s.Epochs)-1].ID == name {
			return struct{}{}, err
		}
		return struct{}{}, tx.Emit(logID, LogRestored{Epoch: name})
	})
	return err
}

func epochForm(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '-' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// readLog reads what a log says of itself.
func readLog(r store.Reader) (logState, error) {
	var s logState
	rec, err := r.Get(logKind, logID)
	if errors.Is(err, store.ErrNoRecord) {
		return s, nil
	}
	if err == nil && json.Unmarshal(rec.Body, &s) != nil {
		err = ErrEntry.At("record "+logKind+"/"+logID, "cannot be read")
	}
	return s, err
}

// at gives the epoch that a log of this size is in; empty for the first one.
func (s logState) at(size int64) string {
	name := ""
	for _, e := range s.Epochs {
		if e.From <= store.Position(size) {
			name = e.ID
		}
	}
	return name
}

// Epochs tells in which epoch each part of a log was written.
type Epochs struct{ log logState }

// At gives the name of the epoch in which the entry at a position was written; empty in the first one.
func (e Epochs) At(p store.Position) string { return e.log.at(int64(p)) }

// Epochs reads the log's epochs.
func (r *Reader) Epochs() (Epochs, error) {
	s, err := readLog(r.r)
	return Epochs{s}, err
}

// Of tells whether the checkpoint is of a space's log, in whatever epoch, under the key of this name.
func (c Checkpoint) Of(key string, space store.SpaceID) bool {
	first := key + "/" + string(space)
	epoch, later := strings.CutPrefix(c.Origin, first+"/")
	return c.Origin == first || later && epochForm(epoch)
}

// origin names a space's log, as it was with size entries, in its checkpoints: "<key name>/<space>" in its first epoch,
// and "<key name>/<space>/<epoch>" in a later one.
func (j *Journal) origin(r store.Reader, space store.SpaceID, size int64) (string, error) {
	s, err := readLog(r)
	name := j.signer.Name() + "/" + string(space)
	if epoch := s.at(size); epoch != "" {
		name += "/" + epoch
	}
	return name, err
}
