package journal

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/communecter/coopspace/store"
)

// prepare makes sure, before a space is first read in the life of this program, that its records were made by this
// program's folds: those of an older program are folded anew from the log, in one transaction. What a newer program
// wrote is left alone and can be read. Commands see to it themselves, in their own transaction.
func (j *Journal) prepare(ctx context.Context, space store.SpaceID) error {
	if _, ok := j.ready.Load(space); ok {
		return nil
	}
	var h head
	err := j.st.View(ctx, space, func(r store.Reader) (err error) {
		h, err = readHead(r)
		return err
	})
	if err != nil || h.Edge.Size == 0 {
		return err // what has no log yet is not remembered: anybody can ask for what does not exist
	}
	if old, newer := j.compare(h); len(old) > 0 && !newer {
		err := j.st.Update(ctx, space, func(w store.Writer) error {
			var err error
			if h, err = readHead(w); err != nil {
				return err
			}
			if err := j.current(w, &h); err != nil && !errors.Is(err, ErrNewer) {
				return err
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	_, newer := j.compare(h)
	j.ready.Store(space, newer)
	return nil
}

// Writable refuses with ErrNewer a space in which a newer program wrote, as far as this process has heard. Commands are
// refused by themselves; whoever writes past them, as into a ballot box, asks here first.
func (j *Journal) Writable(ctx context.Context, space store.SpaceID) error {
	if err := j.prepare(ctx, space); err != nil {
		return err
	}
	if newer, ok := j.ready.Load(space); ok && newer.(bool) {
		return ErrNewer
	}
	return nil
}

// Writable refuses with ErrNewer a space in which a newer program had written at the moment that is read.
func (r *Reader) Writable() error {
	h, err := readHead(r.r)
	if err != nil {
		return err
	}
	if _, newer := r.j.compare(h); newer {
		return ErrNewer
	}
	return nil
}

// current brings the records of a space to this program's folds; ErrNewer when a newer program wrote here.
func (j *Journal) current(w store.Writer, h *head) error {
	old, newer := j.compare(*h)
	switch {
	case newer:
		return ErrNewer
	case len(old) > 0:
		return j.refold(w, h, old)
	}
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
		if n == nil || n.moduleName() != module || n.eventTypes()[name] == nil {
			newer = true
		}
	}
	return old, newer
}

// refold makes the records of some kinds anew from the log.
func (j *Journal) refold(w store.Writer, h *head, kinds []string) error {
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
		if e.Event == nil || !slices.Contains(kinds, kind) {
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
	for _, kind := range kinds {
		h.Folds[kind] = j.known.nouns[kind].foldVersion()
	}
	return h.write(w)
}
