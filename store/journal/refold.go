package journal

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/communecter/coopspace/store"
)

// errReadOnly marks a space that a newer program wrote.
var errReadOnly = errors.New("read only")

// prepare makes sure, once for each space in the life of the program, that the records of a space were folded by this
// program's folds: those of an older program are folded anew from the log first; those of a newer one make the space
// read-only (errReadOnly).
func (j *Journal) prepare(ctx context.Context, space store.SpaceID) error {
	if v, ok := j.ready.Load(space); ok {
		if v == nil {
			return nil
		}
		return v.(error)
	}
	var old []string
	newer := false
	err := j.st.View(ctx, space, func(r store.Reader) error {
		h, err := readHead(r)
		old, newer = j.compare(h)
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case newer:
		j.ready.Store(space, errReadOnly)
		return errReadOnly
	case len(old) > 0:
		if err := j.st.Update(ctx, space, j.refold); err != nil {
			return err
		}
	}
	j.ready.Store(space, nil)
	return nil
}

// compare tells which kinds of records an older fold made, and whether a newer program wrote here. Events of modules
// that this program does not attach are nobody's business here.
func (j *Journal) compare(h head) (old []string, newer bool) {
	for _, kind := range slices.Sorted(maps.Keys(h.Folds)) {
		n := j.known.nouns[kind]
		switch {
		case n == nil:
		case h.Folds[kind] > n.foldVersion():
			newer = true
		case h.Folds[kind] < n.foldVersion():
			old = append(old, kind)
		}
	}
	for _, full := range h.Names {
		module, name, _ := strings.Cut(full, " ")
		if !j.known.modules[module] {
			continue
		}
		n := j.known.nouns[nounIn(name)]
		if n == nil || n.eventTypes()[name] == nil {
			newer = true
		}
	}
	return old, newer
}

// refold makes the records of changed kinds anew from the log, in one transaction.
func (j *Journal) refold(w store.Writer) error {
	h, err := readHead(w)
	if err != nil {
		return err
	}
	old, newer := j.compare(h)
	if newer || len(old) == 0 {
		return nil // another process was here first
	}
	made := map[string]store.Record{}
	for raw, err := range w.Events(0) {
		if err != nil {
			return err
		}
		e, err := j.parse(raw)
		if err != nil {
			return err
		}
		kind := nounIn(e.Name)
		if e.Event == nil || !slices.Contains(old, kind) {
			continue
		}
		id := kind + "\x00" + e.Subject
		if made[id], err = j.known.nouns[kind].apply(made[id], e); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(made)) {
		rec := made[id]
		stored, err := w.Get(rec.Kind, rec.ID)
		if err != nil && !errors.Is(err, store.ErrNoRecord) {
			return err
		}
		rec.Version = stored.Version
		if err := w.Put(rec); err != nil {
			return err
		}
	}
	for _, kind := range old {
		h.Folds[kind] = j.known.nouns[kind].foldVersion()
	}
	return h.write(w)
}
