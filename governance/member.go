package governance

import (
	"encoding/binary"
	"slices"
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
	return append(keys, sourceKey(m.Source)...)
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
