package governance

import (
	"context"
	"slices"
	"time"

	"github.com/communecter/coopspace/store/journal"
)

// Representation names who votes for an organisation, and when.
type Representation struct {
	Identity Identity
	Name     string    // empty: the identity's
	From     time.Time // zero: now
	Until    time.Time // zero: until further notice
}

// Representative is who votes for an organisation, as read.
type Representative struct {
	Person PersonID
	Name   string
	From   time.Time
	Until  *time.Time // nil: until further notice
}

type representative struct {
	Person string             `json:"person"`
	Text   journal.Commitment `json:"text"` // a memberText with the name
	From   time.Time          `json:"from"`
	Until  *time.Time         `json:"until,omitempty"`
}

func (r representative) at(now time.Time) bool {
	return !now.Before(r.From) && (r.Until == nil || now.Before(*r.Until))
}

func (m memberState) representedBy(person string, now time.Time) bool {
	return slices.ContainsFunc(m.Representatives, func(r representative) bool { return r.Person == person && r.at(now) })
}

// Represent names the person who votes for an organisation.
func (m *Members) Represent(ctx context.Context, a Actor, id MemberID, in Representation) (Member, error) {
	space, _, err := split(id, ErrMemberUnknown)
	if err != nil {
		return Member{}, err
	}
	if err := m.c.view(ctx, a, space, func(v *scope) error { return v.may(ActMemberRepresent, target{}) }); err != nil {
		return Member{}, err
	}
	var w writing
	in.Identity = w.identity("", in.Identity)
	in.Name = orElse(w.line("name", in.Name, MaxName), in.Identity.Name)
	in.From, in.Until = w.time("from", in.From), w.time("until", in.Until)
	if err := w.err(); err != nil {
		return Member{}, err
	}
	people, err := m.c.know(ctx, a.by(), in.Identity)
	if err != nil {
		return Member{}, err
	}
	return m.on(ctx, a, id, "members.represent", in, func(t *tx, own string, item journal.Item[memberState]) error {
		if err := t.may(ActMemberRepresent, target{}); err != nil {
			return err
		}
		if item.State.Erased {
			return ErrMemberErased
		}
		from := in.From
		if from.IsZero() {
			from = t.now
		}
		var until *time.Time
		if !in.Until.IsZero() {
			until = &in.Until
		}
		if item.State.Kind != Organisation || until != nil && !from.Before(*until) {
			return ErrRepresentative
		}
		text, err := t.w.Commit(memberText{Name: in.Name})
		if err != nil {
			return err
		}
		return t.emit(own, MemberRepresented{Person: string(people[0]), Text: text, From: from, Until: until})
	})
}
