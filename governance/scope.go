package governance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// scope is one space as one actor reads it at one moment.
type scope struct {
	*journal.Reader
	c     *Coop
	id    SpaceID
	space spaceState
	who   who
	now   time.Time
}

// tx is one command of one actor at work in one space.
type tx struct {
	scope
	w *journal.Tx
}

func (t *tx) emit(subject string, events ...journal.Event) error { return t.w.Emit(subject, events...) }

// do carries out a command in a space that exists.
func do[R any](ctx context.Context, c *Coop, a Actor, space SpaceID, name string, input any, fn func(*tx) (R, error)) (R, error) {
	cmd := journal.Command{Name: name, By: a.in(space), Key: a.key, Input: input}
	return journal.Do(ctx, c.j, storeID(space), cmd, func(w *journal.Tx) (R, error) {
		var none R
		s, err := c.scope(&w.Reader, a, space, w.Now())
		if err != nil {
			return none, err
		}
		if cmd.By.For != "" && !s.who.is(cmd.By.For) { // who acts for whom stands in the log
			if err := s.may(ActSpaceRead, target{}); err != nil {
				return none, err
			}
			return none, ErrForbidden
		}
		return fn(&tx{scope: s, w: w})
	})
}

// answer carries out a command that gives the own id of one thing, and answers with that thing as the actor sees it.
func answer[T scopedID, V any](ctx context.Context, c *Coop, a Actor, space SpaceID, name string, in any,
	fn func(*tx) (string, error), get func(context.Context, Actor, T) (V, error),
) (V, error) {
	var none V
	if !isUUID(string(space)) {
		return none, ErrSpaceUnknown
	}
	own, err := do(ctx, c, a, space, name, in, fn)
	if err != nil {
		return none, err
	}
	return get(ctx, a, scoped[T](space, own))
}

// view reads a space that exists.
func (c *Coop) view(ctx context.Context, a Actor, space SpaceID, fn func(*scope) error) error {
	return c.j.View(ctx, storeID(space), func(r *journal.Reader) error {
		s, err := c.scope(r, a, space, c.j.Now())
		if err != nil {
			return err
		}
		return fn(&s)
	})
}

// viewIf reads a space, if the actor may do act there.
func (c *Coop) viewIf(ctx context.Context, a Actor, space SpaceID, act Act, fn func(*scope) error) error {
	if !isUUID(string(space)) {
		return ErrSpaceUnknown
	}
	return c.view(ctx, a, space, func(v *scope) error {
		if err := v.may(act, target{}); err != nil {
			return err
		}
		return fn(v)
	})
}

// viewOne reads something by its id.
func viewOne[T scopedID, V any](ctx context.Context, c *Coop, a Actor, id T, unknown *fault.Error,
	fn func(v *scope, own string) (V, error),
) (out V, err error) {
	space, own, err := split(id, unknown)
	if err != nil {
		return out, err
	}
	err = c.view(ctx, a, space, func(v *scope) (err error) {
		out, err = fn(v, own)
		return err
	})
	return out, err
}

// scope finds the space and who the actor is in it.
func (c *Coop) scope(r *journal.Reader, a Actor, id SpaceID, now time.Time) (scope, error) {
	s := scope{Reader: r, c: c, id: id, now: now}
	item, err := spaces.Get(r, string(id))
	if errors.Is(err, store.ErrNoRecord) {
		return s, ErrSpaceUnknown
	}
	if err != nil {
		return s, err
	}
	s.space = item.State
	s.who, err = findWho(r, a, now)
	return s, err
}

// findWho finds what a space knows of an actor.
func findWho(r *journal.Reader, a Actor, now time.Time) (who, error) {
	w := who{kind: a.kind}
	if a.kind != person || !isUUID(a.id) {
		return w, nil
	}
	w.person = a.id
	for item, err := range members.List(r, store.Query{Index: memberByHand, Prefix: idBytes(a.id)}) {
		if err != nil {
			return w, err
		}
		m := item.State
		switch {
		case m.Erased: // leads to nobody any more
		case m.Kind == Person && m.Person == a.id:
			w.member, w.standing, w.roles = item.ID, m.Standing, m.Roles
		case m.Standing == Active && m.representedBy(a.id, now):
			w.stands = append(w.stands, item.ID)
			w.lent = append(w.lent, m.Roles...)
		}
	}
	return w, nil
}

// may asks the one function of authorisation.
func (v *scope) may(act Act, t target) error {
	t.space = v.space
	return allow(act, v.who, t)
}

// missing says why something is not there for an actor: because they may not attempt the act at all, or else because there
// is no such thing, as unknown says; nil if unknown is.
func (v *scope) missing(act Act, unknown error) error {
	if err := v.may(act, target{}); err != nil {
		return err
	}
	return unknown
}

// module refuses what belongs to a module that is off, to whoever may read the space.
func (v *scope) module(m Module) error {
	if err := v.may(ActSpaceRead, target{}); err != nil {
		return err
	}
	if slices.Contains(v.c.off, m) || slices.Contains(v.space.Off, m) {
		return ErrModuleOff.At("module", string(m))
	}
	return nil
}

// Page is a part of a listing. It may hold fewer items than were asked for, even none, though others follow: what a reader
// may not see is passed over, only so much of it for one page.
type Page[T any] struct {
	Items []T
	Next  string // where the next part begins; empty after the last
}

// Paging asks for a part of a listing: at most Limit items (0: 50; 200 at most) after the Next of the part before.
type Paging struct {
	After string
	Limit int
}

func (p Paging) limit() int {
	switch {
	case p.Limit <= 0:
		return 50
	case p.Limit > 200:
		return 200
	}
	return p.Limit
}

// maxPassed bounds how many records that its reader may not see are passed over for one page.
const maxPassed = 1000

// pageOf fills a page from an index, leaving out what view does not keep.
func pageOf[S, T any](s *scope, n *journal.Noun[S], q store.Query, p Paging, view func(*scope, journal.Item[S]) (T, bool, error)) (Page[T], error) {
	page := Page[T]{Items: make([]T, 0, p.limit())}
	q.After = store.Cursor(p.After)
	shown, passed := store.Cursor(""), 0
	for item, err := range n.List(s.Reader, q) {
		if err != nil {
			return page, err
		}
		if len(page.Items) == p.limit() {
			page.Next = string(shown)
			break
		}
		v, keep, err := view(s, item)
		if err != nil {
			return page, err
		}
		if keep {
			page.Items, shown = append(page.Items, v), item.Cursor
			continue
		}
		if passed++; passed == maxPassed {
			// A cursor tells the key and id of what it names: it names something hidden only when nothing was shown.
			if shown == "" {
				shown = item.Cursor
			}
			page.Next = string(shown)
			break
		}
	}
	return page, nil
}

// newest gives the bytes under which an index lists the latest first.
func newest(t time.Time) []byte {
	k := journal.TimeKey(t)
	for i := range k {
		k[i] = ^k[i]
	}
	return k
}

// indexKey joins a word and more bytes; words hold no zero byte.
func indexKey(word string, more ...[]byte) []byte {
	k := append([]byte(word), 0)
	for _, m := range more {
		k = append(k, m...)
	}
	return k
}
