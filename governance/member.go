package governance

import (
	"context"
	"encoding/binary"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// MemberKind says what a member is.
type MemberKind string

// The kinds of members. An organisation votes through its representative, a named person for a dated period, who is no
// proxy and falls under no cap on proxies.
const (
	Person       MemberKind = "person"
	Organisation MemberKind = "organisation"
)

// Standing is where a membership stands. Only active members act and vote.
type Standing string

// The standings.
const (
	Invited   Standing = "invited"   // asked to join, has not answered
	Pending   Standing = "pending"   // has asked to join, was not answered
	Active    Standing = "active"    // a member
	Suspended Standing = "suspended" // a member without rights for a time
	Left      Standing = "left"      // was a member
)

// The roles to which the engine gives powers. Others are free words that open rooms.
const (
	Chair     = "chair"     // admits members, opens and closes polls, manages the space
	Secretary = "secretary" // as the chair
	Treasurer = "treasurer" // of the funding module
)

// Errors about members.
var (
	ErrMemberUnknown  = fault.New(fault.NotFound, "member.unknown", "there is no such member here")
	ErrMemberExists   = fault.New(fault.Conflict, "member.exists", "this person is a member already, or has been asked")
	ErrMemberStanding = fault.New(fault.Conflict, "member.standing", "the membership does not stand where this is possible")
	ErrMemberErased   = fault.New(fault.Conflict, "member.erased", "what told who this member is was erased")
	ErrRepresentative = fault.New(fault.Invalid, "member.representative", "only an organisation has a representative, and for a period that ends after it begins")
	ErrLastOfficer    = fault.New(fault.Conflict, "member.last_officer", "nobody would be left who can admit members and open polls; name another chair or secretary first")
)

// Members admits, reads and changes the members of spaces.
type Members struct{ c *Coop }

// NewMember describes a member to admit or to invite.
type NewMember struct {
	Kind     MemberKind     // empty: Person
	Identity Identity       // of a person; ignored for an organisation
	Name     string         // as the register writes it; empty: the identity's
	Email    string         // empty: the identity's
	Number   string         // in the register, as the space writes it; may be empty
	Roles    []string       //
	Weight   *voting.Weight // nil: one voice
	Joined   time.Time      // the day of joining; zero: today
}

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

// Member is a member, as read. Email and Number are shown to officers and to the member alone.
type Member struct {
	ID              MemberID
	Space           SpaceID
	Kind            MemberKind
	Person          PersonID // of a person
	Name            string   // empty once erased
	Email           string
	Number          string
	Standing        Standing
	Roles           []string
	Weight          voting.Weight
	Joined          *time.Time // when the membership began; nil before
	Left            *time.Time // when it ended
	Representatives []Representative
	Erased          bool
	Revision        uint64 // for If-Match
}

// Actor gives the member as an actor. An organisation does not act: its representative does, with As(person).For(id).
func (m Member) Actor() Actor {
	if m.Kind != Person {
		return Actor{}
	}
	return As(m.Person).For(m.ID)
}

// memberText is what tells who a member is.
type memberText struct {
	Name   string `json:"name"`
	Email  string `json:"email,omitempty"`
	Number string `json:"number,omitempty"`
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

// memberState is folded from a member's events.
type memberState struct {
	Kind            MemberKind         `json:"kind"`
	Person          string             `json:"person,omitempty"`
	Text            journal.Commitment `json:"text,omitempty"`
	Standing        Standing           `json:"standing"`
	Roles           []string           `json:"roles,omitempty"`
	Weight          voting.Weight      `json:"weight"`
	Joined          *time.Time         `json:"joined,omitempty"`
	Left            *time.Time         `json:"left,omitempty"`
	Representatives []representative   `json:"representatives,omitempty"`
	Source          string             `json:"source,omitempty"`
	Erased          bool               `json:"erased,omitempty"`
}

func (m memberState) representedBy(person string, now time.Time) bool {
	return slices.ContainsFunc(m.Representatives, func(r representative) bool { return r.Person == person && r.at(now) })
}

// The events of a membership.
type (
	// MemberInvited asks a person to join.
	MemberInvited struct {
		Person string             `json:"person"`
		Text   journal.Commitment `json:"text"`
		Roles  []string           `json:"roles,omitempty"`
		Weight voting.Weight      `json:"weight"`
	}
	// MemberApplied is a person asking to join.
	MemberApplied struct {
		Person string             `json:"person"`
		Text   journal.Commitment `json:"text"`
	}
	// MemberAdmitted makes a member without their asking: the register says that they are one.
	MemberAdmitted struct {
		Kind   MemberKind         `json:"kind"`
		Person string             `json:"person,omitempty"`
		Text   journal.Commitment `json:"text"`
		Roles  []string           `json:"roles,omitempty"`
		Weight voting.Weight      `json:"weight"`
		Joined time.Time          `json:"joined"`
		Source string             `json:"source,omitempty"` // where an import found them
	}
	// MemberJoined makes an invited, pending or former member an active one.
	MemberJoined struct {
		Joined time.Time `json:"joined"`
	}
	// MemberSuspended takes a member's rights for a time.
	MemberSuspended struct{}
	// MemberResumed gives them back.
	MemberResumed struct{}
	// MemberLeft ends a membership, an invitation or a request.
	MemberLeft struct{}
	// MemberChanged replaces what it names.
	MemberChanged struct {
		Text   journal.Commitment `json:"text,omitempty"`
		Roles  *[]string          `json:"roles,omitempty"`
		Weight *voting.Weight     `json:"weight,omitempty"`
	}
	// MemberRepresented names who votes for an organisation; whoever did before ends then.
	MemberRepresented struct {
		Person string             `json:"person"`
		Text   journal.Commitment `json:"text"`
		From   time.Time          `json:"from"`
		Until  *time.Time         `json:"until,omitempty"`
	}
	// MemberErased says that what told who a member is was dropped.
	MemberErased struct{}
)

// EventName is the wire name.
func (MemberInvited) EventName() string { return "member.invited/1" }

// EventName is the wire name.
func (MemberApplied) EventName() string { return "member.applied/1" }

// EventName is the wire name.
func (MemberAdmitted) EventName() string { return "member.admitted/1" }

// EventName is the wire name.
func (MemberJoined) EventName() string { return "member.joined/1" }

// EventName is the wire name.
func (MemberSuspended) EventName() string { return "member.suspended/1" }

// EventName is the wire name.
func (MemberResumed) EventName() string { return "member.resumed/1" }

// EventName is the wire name.
func (MemberLeft) EventName() string { return "member.left/1" }

// EventName is the wire name.
func (MemberChanged) EventName() string { return "member.changed/1" }

// EventName is the wire name.
func (MemberRepresented) EventName() string { return "member.represented/1" }

// EventName is the wire name.
func (MemberErased) EventName() string { return "member.erased/1" }

// The indexes of members.
const (
	memberByHand  = "hand"  // the person and every representative there ever was: see handKey
	memberByState = "state" // standing, then order of coming
	memberByRole  = "role"  // roles of active members
	memberByKind  = "kind"  // kind, of active members
)

var members = journal.NewNoun(module, "member", 1, foldMember, keysOfMember,
	MemberInvited{}, MemberApplied{}, MemberAdmitted{}, MemberJoined{}, MemberSuspended{}, MemberResumed{}, MemberLeft{},
	MemberChanged{}, MemberRepresented{}, MemberErased{})

func foldMember(m memberState, e journal.Entry) memberState {
	switch ev := e.Event.(type) {
	case MemberInvited:
		m = memberState{
			Kind: Person, Person: ev.Person, Text: ev.Text, Standing: Invited, Roles: ev.Roles, Weight: ev.Weight,
		}
	case MemberApplied:
		m = memberState{Kind: Person, Person: ev.Person, Text: ev.Text, Standing: Pending, Weight: voting.Voice}
	case MemberAdmitted:
		m = memberState{
			Kind: ev.Kind, Person: ev.Person, Text: ev.Text, Standing: Active, Roles: ev.Roles, Weight: ev.Weight,
			Joined: &ev.Joined, Source: ev.Source,
		}
	case MemberJoined:
		m.Standing, m.Joined, m.Left = Active, &ev.Joined, nil
	case MemberSuspended:
		m.Standing = Suspended
	case MemberResumed:
		m.Standing = Active
	case MemberLeft:
		at := e.At
		m.Standing, m.Left = Left, &at
	case MemberChanged:
		if ev.Text != "" {
			m.Text = ev.Text
		}
		if ev.Roles != nil {
			m.Roles = *ev.Roles
		}
		if ev.Weight != nil {
			m.Weight = *ev.Weight
		}
	case MemberRepresented:
		list := slices.Clone(m.Representatives)
		for i, r := range list {
			if r.Until == nil || r.Until.After(ev.From) {
				from := ev.From
				list[i].Until = &from
			}
		}
		m.Representatives = append(list, representative(ev))
	case MemberErased:
		m.Text, m.Source, m.Erased = "", "", true
		list := slices.Clone(m.Representatives)
		for i := range list {
			list[i].Text = ""
		}
		m.Representatives = list
	}
	return m
}

func keysOfMember(m memberState) []store.Key {
	keys := []store.Key{{Index: memberByState, Bytes: indexKey(string(m.Standing))}}
	hand := func(p string, own bool) {
		keys = append(keys, store.Key{Index: memberByHand, Bytes: handKey(p, own && m.Standing == Active, m.Weight)})
	}
	if m.Person != "" {
		hand(m.Person, true)
	}
	for _, r := range m.Representatives {
		hand(r.Person, false)
	}
	if m.Standing == Active {
		keys = append(keys, store.Key{Index: memberByKind, Bytes: indexKey(string(m.Kind))})
		for _, r := range m.Roles {
			keys = append(keys, store.Key{Index: memberByRole, Bytes: indexKey(r)})
		}
	}
	if m.Source != "" {
		keys = append(keys, store.Key{Index: bySource, Bytes: []byte(m.Source)})
	}
	return keys
}

// handKey gives the index key under which a person finds the members for whom they act: the person (16 bytes), whether
// they are an active member themselves (1), and that member's weight (8). It holds all that the roll of an open room
// needs, so that a roll is drawn up without reading the records.
func handKey(person string, votes bool, w voting.Weight) []byte {
	b := append(make([]byte, 0, 25), idBytes(person)...)
	if votes {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(w))
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
	n.Joined = stampTime(n.Joined)
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
		text, err := t.w.Commit(memberText{Name: n.Name, Email: n.Email, Number: n.Number})
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
		c, err := t.w.Commit(text)
		if err != nil {
			return "", err
		}
		id := orElse(t.who.member, t.w.NewID())
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
			if ev.Text, err = t.w.Commit(text); err != nil {
				return err
			}
			if err := t.w.Erase(old); err != nil { // a name that is no longer theirs is nobody's business
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

func isOffice(role string) bool { return slices.Contains(officers, role) }

// keepsOfficer refuses to let an officer take the last office from a space, unless the host does it.
func (t *tx) keepsOfficer(own string, m memberState) error {
	if t.who.kind == host || m.Standing != Active || !slices.ContainsFunc(m.Roles, isOffice) {
		return nil
	}
	for _, role := range officers {
		for item, err := range members.List(t.Reader, store.Query{Index: memberByRole, Prefix: indexKey(role), Limit: 2}) {
			if err != nil {
				return err
			}
			if item.ID != own {
				return nil
			}
		}
	}
	return ErrLastOfficer
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
		from := stampTime(in.From)
		if from.IsZero() {
			from = t.now
		}
		var until *time.Time
		if !in.Until.IsZero() {
			u := stampTime(in.Until)
			until = &u
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

// Erase drops what tells who a member is, here and, if they belong to no other space, in the instance: names, addresses,
// the identity that led to them. Their acts stay in the log under an id that leads to nobody. The membership ends.
func (m *Members) Erase(ctx context.Context, a Actor, id MemberID) (Member, error) {
	out, err := m.on(ctx, a, id, "members.erase", nil, func(t *tx, own string, item journal.Item[memberState]) error {
		if err := t.may(ActMemberErase, target{member: own}); err != nil {
			return err
		}
		s := item.State
		if s.Erased {
			return nil
		}
		for _, c := range append([]journal.Commitment{s.Text}, commitments(s.Representatives)...) {
			if err := t.w.Erase(c); err != nil {
				return err
			}
		}
		if s.Standing != Left {
			if err := t.emit(own, MemberLeft{}); err != nil {
				return err
			}
		}
		return t.emit(own, MemberErased{})
	})
	if err != nil || out.Person == "" {
		return out, err
	}
	elsewhere, err := m.c.knownElsewhere(ctx, out)
	if err != nil || elsewhere {
		return out, err
	}
	return out, m.c.eraseIdentities(ctx, a.by(), string(out.Person))
}

func commitments(list []representative) []journal.Commitment {
	out := make([]journal.Commitment, len(list))
	for i, r := range list {
		out[i] = r.Text
	}
	return out
}

// knownElsewhere tells whether a person is a member, or represents one, in another space.
func (c *Coop) knownElsewhere(ctx context.Context, m Member) (bool, error) {
	for id, err := range c.st.Spaces(ctx) {
		if err != nil {
			return false, err
		}
		if id == store.Instance || id == storeID(m.Space) {
			continue
		}
		found := false
		err := c.j.View(ctx, id, func(r *journal.Reader) error {
			for item, err := range members.List(r, store.Query{Index: memberByHand, Prefix: idBytes(string(m.Person))}) {
				if err != nil {
					return err
				}
				found = found || !item.State.Erased
			}
			return nil
		})
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// Get reads a member.
func (m *Members) Get(ctx context.Context, a Actor, id MemberID) (Member, error) {
	var out Member
	space, own, err := split(id, ErrMemberUnknown)
	if err != nil {
		return out, err
	}
	err = m.c.view(ctx, a, space, func(v *scope) error {
		item, err := members.Get(v.Reader, own)
		if errors.Is(err, store.ErrNoRecord) {
			err = ErrMemberUnknown
		}
		if err != nil {
			return errors.Join(v.may(ActMemberRead, target{}), err)
		}
		if !v.who.is(own) { // the invited and the pending see their own
			if err := v.may(ActMemberRead, target{}); err != nil {
				return err
			}
		}
		out, err = v.memberView(item)
		return err
	})
	return out, err
}

// List gives the members with a standing, in the order of their ids; empty: all.
func (m *Members) List(ctx context.Context, a Actor, space SpaceID, standing Standing, p Paging) (Page[Member], error) {
	var page Page[Member]
	if !isUUID(string(space)) {
		return page, ErrSpaceUnknown
	}
	err := m.c.view(ctx, a, space, func(v *scope) error {
		if err := v.may(ActMemberRead, target{}); err != nil {
			return err
		}
		q := store.Query{}
		if standing != "" {
			q = store.Query{Index: memberByState, Prefix: indexKey(string(standing))}
		}
		var err error
		page, err = pageOf(v, members, q, p, func(v *scope, item journal.Item[memberState]) (Member, bool, error) {
			one, err := v.memberView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

// Find reads the member of a space that an identity leads to, for the host and for officers.
func (m *Members) Find(ctx context.Context, a Actor, space SpaceID, who Identity) (Member, error) {
	if !isUUID(string(space)) {
		return Member{}, ErrSpaceUnknown
	}
	// Asked first whether they may: who is known to the instance is nobody else's business.
	err := m.c.view(ctx, a, space, func(v *scope) error { return v.may(ActMemberAdmit, target{}) })
	if err != nil {
		return Member{}, err
	}
	var id string
	err = m.c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
		rec, err := r.Store().Get(identityKind, who.id())
		id = string(rec.Body)
		return err
	})
	if errors.Is(err, store.ErrNoRecord) {
		err = ErrPersonUnknown
	}
	if err != nil {
		return Member{}, err
	}
	var own string
	err = m.c.view(ctx, a, space, func(v *scope) error {
		own, _, err = v.memberOf(PersonID(id))
		return err
	})
	if err != nil {
		return Member{}, err
	}
	if own == "" {
		return Member{}, ErrMemberUnknown
	}
	return m.Get(ctx, a, scoped[MemberID](space, own))
}

func (v *scope) memberView(item journal.Item[memberState]) (Member, error) {
	s := item.State
	out := Member{
		ID: scoped[MemberID](v.id, item.ID), Space: v.id, Kind: s.Kind, Person: PersonID(s.Person), Standing: s.Standing,
		Roles: s.Roles, Weight: s.Weight, Joined: s.Joined, Left: s.Left, Erased: s.Erased, Revision: item.Version,
	}
	var text memberText
	if _, err := v.Text(s.Text, &text); err != nil {
		return out, err
	}
	out.Name = text.Name
	if v.may(ActMemberContact, target{member: item.ID}) == nil {
		out.Email, out.Number = text.Email, text.Number
	}
	for _, r := range s.Representatives {
		var text memberText
		if _, err := v.Text(r.Text, &text); err != nil {
			return out, err
		}
		out.Representatives = append(out.Representatives, Representative{
			Person: PersonID(r.Person), Name: text.Name, From: r.From, Until: r.Until,
		})
	}
	return out, nil
}

// memberOf finds a person's own membership; empty when there is none.
func (v *scope) memberOf(p PersonID) (string, memberState, error) {
	for item, err := range members.List(v.Reader, store.Query{Index: memberByHand, Prefix: idBytes(string(p))}) {
		if err != nil {
			return "", memberState{}, err
		}
		if item.State.Kind == Person && item.State.Person == string(p) {
			return item.ID, item.State, nil
		}
	}
	return "", memberState{}, nil
}

// admit makes an active member of somebody described by a checked NewMember. With ErrMemberExists it gives the member
// that there is.
func (t *tx) admit(n NewMember, p PersonID, source string) (string, error) {
	id := ""
	if n.Kind == Person {
		old, s, err := t.memberOf(p)
		if err != nil {
			return "", err
		}
		if s.Standing == Active || s.Standing == Suspended {
			return old, ErrMemberExists
		}
		id = old
	}
	text, err := t.w.Commit(memberText{Name: n.Name, Email: n.Email, Number: n.Number})
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
	if !isUUID(string(space)) {
		return Member{}, ErrSpaceUnknown
	}
	if err := m.c.view(ctx, a, space, func(v *scope) error { return v.may(act, target{}) }); err != nil {
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
	if !isUUID(string(space)) {
		return Member{}, ErrSpaceUnknown
	}
	own, err := do(ctx, m.c, a, space, name, in, fn)
	if err != nil {
		return Member{}, err
	}
	return m.Get(ctx, a, scoped[MemberID](space, own))
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
			if err := t.may(ActSpaceRead, target{}); err != nil {
				return "", err
			}
			return "", ErrMemberUnknown
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

// stampTime gives a time as the log keeps it; zero stays zero.
func stampTime(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// roleList reads roles from one cell of a table: separated by commas, semicolons or bars.
func roleList(s string) []string {
	var out []string
	for _, r := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		if r = strings.TrimSpace(r); r != "" {
			out = append(out, r)
		}
	}
	return out
}
