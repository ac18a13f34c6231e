package governance

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"time"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// NewMember describes a member to admit or to invite.
type NewMember struct {
	Kind     MemberKind     // empty: Person
	Identity Identity       // of a person; ignored for an organisation
	Name     string         // as the register writes it; empty: the identity's
	Email    string         // empty: the identity's
	Number   string         // in the register, as the space writes it; may be empty
	Roles    []string       // at most MaxRoles
	Weight   *voting.Weight // nil: one voice
	Joined   time.Time      // the day of joining; zero: today
}

// email checks an optional address.
func (w *writing) email(path, s string) string {
	s = w.line(path, s, 254)
	if s == "" {
		return ""
	}
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		w.faults.Add(path, "is no e-mail address")
	}
	return s
}

func (w *writing) weight(path string, v *voting.Weight) voting.Weight {
	if v == nil {
		return voting.Voice
	}
	if err := v.Check(); err != nil {
		w.faults.Add(path, "is a number of voices from 0 to 1,000,000 with at most six decimal places")
	}
	return *v
}

// check gives the description with its defaults.
func (n NewMember) check(w *writing, path string) NewMember {
	if n.Kind == "" {
		n.Kind = Person
	}
	switch n.Kind {
	case Person:
		n.Identity = w.identity(path, n.Identity)
		n.Name = orElse(w.line(path+"name", n.Name, MaxName), n.Identity.Name)
		n.Email = orElse(w.email(path+"email", n.Email), n.Identity.Email)
	case Organisation:
		n.Identity = Identity{}
		n.Name = w.name(path+"name", n.Name)
		n.Email = w.email(path+"email", n.Email)
	default:
		w.faults.Add(path+"kind", "is neither person nor organisation")
	}
	n.Number = w.line(path+"number", n.Number, 60)
	n.Roles = w.words(path+"roles", n.Roles, MaxRoles)
	weight := w.weight(path+"weight", n.Weight)
	n.Weight = &weight
	n.Joined = w.time(path+"joined", n.Joined)
	return n
}

// Join makes a person an active member, on the word of the host or of an officer. Somebody who is one already stays
// one; somebody invited, pending or gone becomes one.
func (m *Members) Join(ctx context.Context, a Actor, space SpaceID, who Identity) (Member, error) {
	return m.Admit(ctx, a, space, NewMember{Identity: who})
}

// Admit makes a person or an organisation an active member, on the word of the host or of an officer. A person who is a
// member already is ErrMemberExists if anything but their identity is said of them.
func (m *Members) Admit(ctx context.Context, a Actor, space SpaceID, in NewMember) (Member, error) {
	return m.enter(ctx, a, space, ActMemberAdmit, "members.admit", in, func(t *tx, n NewMember, p PersonID) (string, error) {
		id, err := t.admit(n, p, "")
		bare := n.Number == "" && len(n.Roles) == 0 && *n.Weight == voting.Voice && n.Joined.IsZero()
		if errors.Is(err, ErrMemberExists) && bare {
			return id, nil
		}
		return id, err
	})
}

// Invite asks a person to join: they are a member once they accept.
func (m *Members) Invite(ctx context.Context, a Actor, space SpaceID, in NewMember) (Member, error) {
	return m.enter(ctx, a, space, ActMemberAdmit, "members.invite", in, func(t *tx, n NewMember, p PersonID) (string, error) {
		if n.Kind != Person {
			return "", ErrText.At("kind", "only a person can be invited; admit an organisation")
		}
		id, old, err := t.memberOf(p)
		if err != nil {
			return "", err
		}
		if id != "" && old.Standing != Left {
			return "", ErrMemberExists
		}
		text, err := t.describe(memberText{Name: n.Name, Email: n.Email, Number: n.Number}, old.Text)
		if err != nil {
			return "", err
		}
		id = orElse(id, t.w.NewID())
		return id, t.emit(id, MemberInvited{Person: string(p), Text: text, Roles: n.Roles, Weight: *n.Weight})
	})
}

// Apply asks to join a space, for oneself.
func (m *Members) Apply(ctx context.Context, a Actor, space SpaceID, name, email string) (Member, error) {
	return m.command(ctx, a, space, "members.apply", []string{name, email}, func(t *tx) (string, error) {
		if err := allow(ActMemberApply, t.who, target{}); err != nil {
			return "", err
		}
		var w writing
		text := memberText{Name: w.name("name", name), Email: w.email("email", email)}
		if err := w.err(); err != nil {
			return "", err
		}
		if t.who.member != "" && t.who.standing != Left {
			return "", ErrMemberExists
		}
		id, old, err := t.memberOf(PersonID(t.who.person))
		if err != nil {
			return "", err
		}
		c, err := t.describe(text, old.Text)
		if err != nil {
			return "", err
		}
		id = orElse(id, t.w.NewID())
		return id, t.emit(id, MemberApplied{Person: t.who.person, Text: c})
	})
}

// Accept accepts one's own invitation.
func (m *Members) Accept(ctx context.Context, a Actor, id MemberID) (Member, error) {
	return m.move(ctx, a, id, ActMemberAccept, "members.accept", []Standing{Invited}, func(t *tx) journal.Event {
		return MemberJoined{Joined: t.now}
	})
}

// Approve grants a request to join.
func (m *Members) Approve(ctx context.Context, a Actor, id MemberID) (Member, error) {
	return m.move(ctx, a, id, ActMemberAdmit, "members.approve", []Standing{Pending}, func(t *tx) journal.Event {
		return MemberJoined{Joined: t.now}
	})
}

// Suspend takes an active member's rights for a time. Polls that are open keep their roll.
func (m *Members) Suspend(ctx context.Context, a Actor, id MemberID) (Member, error) {
	return m.move(ctx, a, id, ActMemberAdmit, "members.suspend", []Standing{Active}, func(*tx) journal.Event {
		return MemberSuspended{}
	})
}

// Resume gives a suspended member their rights back.
func (m *Members) Resume(ctx context.Context, a Actor, id MemberID) (Member, error) {
	return m.move(ctx, a, id, ActMemberAdmit, "members.resume", []Standing{Suspended}, func(*tx) journal.Event {
		return MemberResumed{}
	})
}

// Leave ends a membership, an invitation or a request: one's own, or on the word of an officer. Polls that are open keep
// their roll.
func (m *Members) Leave(ctx context.Context, a Actor, id MemberID) (Member, error) {
	return m.move(ctx, a, id, ActMemberLeave, "members.leave", []Standing{Invited, Pending, Active, Suspended},
		func(*tx) journal.Event { return MemberLeft{} })
}

// MemberChange names what to change; nil leaves a thing as it is. Roles, weight and number are for officers.
type MemberChange struct {
	Name     *string
	Email    *string
	Number   *string
	Roles    *[]string
	Weight   *voting.Weight
	Revision uint64 // the Revision that was read; 0: whatever it is now
}

// Change changes what the register says of a member.
func (m *Members) Change(ctx context.Context, a Actor, id MemberID, in MemberChange) (Member, error) {
	return m.on(ctx, a, id, "members.change", in, func(t *tx, own string, item journal.Item[memberState]) error {
		act := ActMemberRename
		if in.Roles != nil || in.Weight != nil || in.Number != nil {
			act = ActMemberAdmit
		}
		if err := t.may(act, target{member: own}); err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != item.Version {
			return ErrStale
		}
		if item.State.Erased {
			return ErrMemberErased
		}
		var w writing
		ev := MemberChanged{}
		old := item.State.Text
		if in.Name != nil || in.Email != nil || in.Number != nil {
			var text memberText
			if _, err := t.Text(old, &text); err != nil {
				return err
			}
			if in.Name != nil {
				text.Name = w.name("name", *in.Name)
			}
			if in.Email != nil {
				text.Email = w.email("email", *in.Email)
			}
			if in.Number != nil {
				text.Number = w.line("number", *in.Number, 60)
			}
			var err error
			if ev.Text, err = t.describe(text, old); err != nil {
				return err
			}
		}
		if in.Roles != nil {
			roles := w.words("roles", *in.Roles, MaxRoles)
			ev.Roles = &roles
		}
		if in.Weight != nil {
			w.weight("weight", in.Weight)
			ev.Weight = in.Weight
		}
		if err := w.err(); err != nil {
			return err
		}
		if ev.Roles != nil && !slices.ContainsFunc(*ev.Roles, isOffice) {
			if err := t.keepsOfficer(own, item.State); err != nil {
				return err
			}
		}
		return t.emit(own, ev)
	})
}

// describe commits to what tells who a member is, in place of what did before: a name that is no longer theirs is nobody's
// business, and an erasure would not find it.
func (t *tx) describe(text memberText, old journal.Commitment) (journal.Commitment, error) {
	if err := t.w.Erase(old); err != nil {
		return "", err
	}
	return t.w.Commit(text)
}

func isOffice(role string) bool { return slices.Contains(officers, role) }

// keepsOfficer refuses to let an officer take the last office from a space, unless the host does it.
func (t *tx) keepsOfficer(own string, m memberState) error {
	if t.who.kind == host || m.Standing != Active || !slices.ContainsFunc(m.Roles, isOffice) {
		return nil
	}
	for _, role := range officers {
		for item, err := range members.List(t.Reader, store.Query{Index: memberByRole, Prefix: indexKey(role)}) {
			if err != nil {
				return err
			}
			if item.ID != own && item.State.Kind == Person { // nobody holds an office for an organisation
				return nil
			}
		}
	}
	return ErrLastOfficer
}

// admit makes an active member of somebody described by a checked NewMember. With ErrMemberExists it gives the member
// that there is.
func (t *tx) admit(n NewMember, p PersonID, source string) (string, error) {
	id, before := "", journal.Commitment("")
	if n.Kind == Person {
		old, s, err := t.memberOf(p)
		if err != nil {
			return "", err
		}
		if s.Standing == Active || s.Standing == Suspended {
			return old, ErrMemberExists
		}
		id, before = old, s.Text
	}
	text, err := t.describe(memberText{Name: n.Name, Email: n.Email, Number: n.Number}, before)
	if err != nil {
		return "", err
	}
	if n.Joined.IsZero() {
		n.Joined = t.now
	}
	id = orElse(id, t.w.NewID())
	return id, t.emit(id, MemberAdmitted{
		Kind: n.Kind, Person: string(p), Text: text, Roles: n.Roles, Weight: *n.Weight, Joined: n.Joined, Source: source,
	})
}

// enter is what admitting and inviting have in common: the person is made known in the instance's space first.
func (m *Members) enter(ctx context.Context, a Actor, space SpaceID, act Act, name string, in NewMember,
	fn func(*tx, NewMember, PersonID) (string, error),
) (Member, error) {
	if err := m.c.viewIf(ctx, a, space, act, func(*scope) error { return nil }); err != nil {
		return Member{}, err
	}
	var w writing
	n := in.check(&w, "")
	if err := w.err(); err != nil {
		return Member{}, err
	}
	var p PersonID
	if n.Kind == Person {
		ids, err := m.c.know(ctx, a.by(), n.Identity)
		if err != nil {
			return Member{}, err
		}
		p = ids[0]
	}
	return m.command(ctx, a, space, name, in, func(t *tx) (string, error) {
		if err := t.may(act, target{}); err != nil {
			return "", err
		}
		return fn(t, n, p)
	})
}

// command carries out a command that answers with one member.
func (m *Members) command(ctx context.Context, a Actor, space SpaceID, name string, in any, fn func(*tx) (string, error)) (Member, error) {
	return answer(ctx, m.c, a, space, name, in, fn, m.Get)
}

// on carries out a command on one member.
func (m *Members) on(ctx context.Context, a Actor, id MemberID, name string, in any,
	fn func(*tx, string, journal.Item[memberState]) error,
) (Member, error) {
	space, own, err := split(id, ErrMemberUnknown)
	if err != nil {
		return Member{}, err
	}
	input := []any{id, in}
	return m.command(ctx, a, space, name, input, func(t *tx) (string, error) {
		item, err := members.Get(t.Reader, own)
		if errors.Is(err, store.ErrNoRecord) {
			return "", t.missing(ActSpaceRead, ErrMemberUnknown)
		}
		if err != nil {
			return "", err
		}
		return own, fn(t, own, item)
	})
}

// move changes where a membership stands.
func (m *Members) move(ctx context.Context, a Actor, id MemberID, act Act, name string, from []Standing, event func(*tx) journal.Event) (Member, error) {
	return m.on(ctx, a, id, name, nil, func(t *tx, own string, item journal.Item[memberState]) error {
		if err := t.may(act, target{member: own}); err != nil {
			return err
		}
		s := item.State
		if !slices.Contains(from, s.Standing) {
			return ErrMemberStanding.At("standing", string(s.Standing))
		}
		ev := event(t)
		switch ev.(type) {
		case MemberSuspended, MemberLeft:
			if err := t.keepsOfficer(own, s); err != nil {
				return err
			}
		}
		return t.emit(own, ev)
	})
}
