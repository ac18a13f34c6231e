package governance

import (
	"slices"

	"github.com/communecter/coopspace/internal/fault"
)

// Act is something an actor attempts.
type Act string

// The acts. Whether a seat is entitled to vote is not among them: that is the roll's.
const (
	ActSpaceCreate      Act = "space.create"
	ActPersonKnow       Act = "person.know" // vouch for who somebody is
	ActSpaceRead        Act = "space.read"
	ActSpaceChange      Act = "space.change"
	ActMemberRead       Act = "member.read"
	ActMemberAdmit      Act = "member.admit" // invite, admit, approve, suspend, resume, import, give roles and weights
	ActMemberApply      Act = "member.apply"
	ActMemberAccept     Act = "member.accept" // one's own invitation
	ActMemberLeave      Act = "member.leave"
	ActMemberRename     Act = "member.rename"
	ActMemberRepresent  Act = "member.represent"
	ActMemberErase      Act = "member.erase"
	ActMemberContact    Act = "member.contact" // see how to reach a member
	ActRoomManage       Act = "room.manage"
	ActRoomEnter        Act = "room.enter"
	ActProposalWrite    Act = "proposal.write"
	ActProposalRead     Act = "proposal.read"
	ActProposalRevise   Act = "proposal.revise"
	ActProposalWithdraw Act = "proposal.withdraw"
	ActPollManage       Act = "poll.manage" // open, plan, cancel and close
	ActActionPlan       Act = "action.plan"
	ActActionAssign     Act = "action.assign" // others than oneself
	ActActionTake       Act = "action.take"   // oneself
	ActActionProgress   Act = "action.progress"
	ActActionDrop       Act = "action.drop"
	ActHistoryImport    Act = "history.import"
	ActSpaceVerify      Act = "space.verify"
)

// Errors of authorisation.
var (
	ErrUnauthenticated = fault.New(fault.Unauthenticated, "auth.required", "sign in first")
	ErrForbidden       = fault.New(fault.Forbidden, "auth.not_permitted", "you may not do this here")
)

// who is an actor as one space knows them.
type who struct {
	kind     actorKind
	person   string   // own id of the person
	member   string   // own membership in this space, whatever its standing
	standing Standing // of that membership
	roles    []string
	stands   []string // organisations whose representative they are now
	lent     []string // the roles of those organisations: they open rooms, and give nobody an office
}

// active tells whether the actor is a full member now, in person or as the representative of an organisation.
func (w who) active() bool { return w.standing == Active || len(w.stands) > 0 }

// is tells whether a member is the actor, or an organisation that the actor represents now.
func (w who) is(member string) bool {
	return member != "" && (member == w.member || slices.Contains(w.stands, member))
}

// acts tells whether the actor acts for a member now: for themselves as an active one, or as a representative.
func (w who) acts(member string) bool {
	return w.is(member) && (member != w.member || w.standing == Active)
}

// hasRole tells whether the actor holds one of these roles as an active member.
func (w who) hasRole(roles ...string) bool {
	return w.standing == Active && slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(w.roles, r) })
}

// permission says who may attempt an act: anyone for whom one of the fields holds.
type permission struct {
	anyone  bool     // even somebody unknown
	persons bool     // anybody signed in
	readers bool     // whoever may read the space
	inside  bool     // whoever may read it though it is not public
	members bool     // active members
	offices []string // active members with one of these roles
	host    bool
	system  bool
	owner   bool // an active member whose thing it is: its author, its assignee
	self    bool // the member in question, whatever their standing
	roomed  bool // and, besides, the room must be open to them
}

var officers = []string{Chair, Secretary}

// permissions is the whole policy. What is not in it is denied.
var permissions = map[Act]permission{
	ActSpaceCreate:      {host: true},
	ActPersonKnow:       {host: true},
	ActSpaceRead:        {readers: true},
	ActSpaceChange:      {host: true, offices: officers},
	ActMemberRead:       {inside: true},
	ActMemberAdmit:      {host: true, offices: officers},
	ActMemberApply:      {persons: true},
	ActMemberAccept:     {self: true},
	ActMemberLeave:      {host: true, offices: officers, self: true},
	ActMemberRename:     {host: true, offices: officers, self: true},
	ActMemberRepresent:  {host: true, offices: officers},
	ActMemberErase:      {host: true},
	ActMemberContact:    {host: true, offices: officers, self: true},
	ActRoomManage:       {host: true, offices: officers},
	ActRoomEnter:        {host: true, system: true, readers: true, roomed: true},
	ActProposalWrite:    {host: true, members: true, roomed: true},
	ActProposalRead:     {host: true, system: true, readers: true, roomed: true},
	ActProposalRevise:   {host: true, owner: true, roomed: true},
	ActProposalWithdraw: {host: true, owner: true, offices: officers, roomed: true},
	ActPollManage:       {host: true, system: true, offices: officers},
	ActActionPlan:       {host: true, members: true, roomed: true},
	ActActionAssign:     {host: true, offices: officers, roomed: true},
	ActActionTake:       {members: true, roomed: true},
	ActActionProgress:   {host: true, owner: true, offices: officers, roomed: true},
	ActActionDrop:       {host: true, owner: true, offices: officers, roomed: true},
	ActHistoryImport:    {host: true},
	ActSpaceVerify:      {inside: true},
}

// target is what an act is about, as far as authorisation asks.
type target struct {
	space  spaceState
	member string     // the member in question, for self
	owners []string   // members whose thing it is
	room   *roomState // nil: no room, or one open to all
}

// allow is the one function of authorisation: may this actor attempt this act here. It answers nil, or
// ErrUnauthenticated to nobody, ErrSpaceUnknown to whoever may not know of the space, ErrRoomUnknown to whoever may not
// know of the room, and ErrForbidden to the others.
func allow(act Act, w who, t target) error {
	p := permissions[act] // the zero permission permits nobody
	reads := mayRead(w, t.space)
	ok := p.anyone ||
		p.persons && w.kind == person ||
		p.readers && reads ||
		p.inside && mayRead(w, spaceState{}) ||
		p.members && w.active() ||
		w.hasRole(p.offices...) ||
		p.host && w.kind == host ||
		p.system && w.kind == system ||
		p.self && w.is(t.member) ||
		p.owner && slices.ContainsFunc(t.owners, w.acts)
	enters := t.room == nil || mayEnter(w, *t.room)
	switch {
	case ok && (!p.roomed || enters):
		return nil
	case w.kind == nobody && !reads:
		return ErrUnauthenticated
	case t.space.Text != "" && !reads:
		return ErrSpaceUnknown
	case p.roomed && !enters:
		return ErrRoomUnknown
	case w.kind == nobody:
		return ErrUnauthenticated
	}
	return ErrForbidden
}

// mayRead tells whether an actor may read a space: its host, its own scheduler, its active members and those who are
// suspended (they may see what concerns them, and do nothing), and everybody when the space is public.
func mayRead(w who, s spaceState) bool {
	return w.kind == host || w.kind == system || w.active() || w.standing == Suspended || s.Public
}

// mayEnter tells whether an actor may enter a room: always when it asks for no role, and otherwise with one of its roles,
// their own or that of an organisation for which they vote there. Officers may, for they keep it; the roll of its polls
// has only those with its roles.
func mayEnter(w who, r roomState) bool {
	return len(r.Roles) == 0 || w.kind == host || w.kind == system || w.hasRole(r.Roles...) || w.hasRole(officers...) ||
		slices.ContainsFunc(r.Roles, func(role string) bool { return slices.Contains(w.lent, role) })
}
