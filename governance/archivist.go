package governance

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// archivist is one import at work.
type archivist struct {
	t     *tx
	in    Archive
	opts  *HistoryOptions
	rep   *HistoryReport
	known map[string]PersonID // by the key of the archive
	ids   map[string]string   // "kind key" -> own id here
}

// identities gives the identities of the archive's people.
func (in Archive) identities() []Identity {
	out := make([]Identity, len(in.People))
	for i, p := range in.People {
		out[i] = Identity{Issuer: in.Source, Subject: p.Key}
	}
	return out
}

func (x *archivist) source(kind, key string) string { return x.in.Source + ":" + kind + ":" + key }

// fault notes what cannot be brought over; any other error ends the import.
func (x *archivist) fault(kind, key string, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Kind == fault.Internal || f.Kind == fault.Busy {
		return err
	}
	fields := f.Fields
	if len(fields) == 0 {
		fields = []fault.Field{{Text: f.Text}}
	}
	x.rep.Faults = append(x.rep.Faults, HistoryFault{Kind: kind, Key: key, Fields: fields})
	return nil
}

// there finds what an earlier import brought.
func there[S any](x *archivist, n *journal.Noun[S], kind, key string) (bool, error) {
	for item, err := range n.List(x.t.Reader, store.Query{Index: bySource, Prefix: []byte(x.source(kind, key))}) {
		if err != nil {
			return false, err
		}
		x.ids[kind+" "+key] = item.ID
		x.rep.Known++
		return true, nil
	}
	return false, nil
}

// ref gives the own id of another part; empty with a fault when the archive has no such part.
func (x *archivist) ref(w *writing, path, kind, key string) string {
	if key == "" {
		return ""
	}
	id := x.ids[kind+" "+key]
	if id == "" {
		w.faults.Add(path, fmt.Sprintf("there is no %s %s", kind, key))
	}
	return id
}

// all brings over everything, in the order in which the parts refer to each other.
func (x *archivist) all() error {
	if x.in.Source == "" || strings.ContainsAny(x.in.Source, ": ") {
		return ErrArchive.At("source", "names no system")
	}
	for _, p := range x.in.People {
		if err := x.person(p); err != nil {
			return err
		}
	}
	for _, r := range x.in.Rooms {
		if err := x.room(r); err != nil {
			return err
		}
	}
	adopted := map[string]ArchivedResolution{}
	for _, r := range x.in.Resolutions {
		adopted[r.Proposal] = r
	}
	for _, p := range x.in.Proposals {
		res, ok := adopted[p.Key]
		if err := x.proposal(p, res, ok); err != nil {
			return err
		}
	}
	for _, r := range x.in.Resolutions {
		if x.ids["resolution "+r.Key] == "" {
			if err := x.fault("resolution", r.Key, ErrArchive.At("proposal", "there is no proposal "+r.Proposal)); err != nil {
				return err
			}
		}
	}
	for _, a := range x.in.Actions {
		if err := x.action(a); err != nil {
			return err
		}
	}
	return nil
}

func (x *archivist) person(p ArchivedPerson) error {
	id, s, err := x.t.memberOf(x.known[p.Key])
	if err != nil {
		return err
	}
	if id != "" && s.Standing != Left {
		x.ids["person "+p.Key] = id
		x.rep.Known++
		return nil
	}
	var w writing
	w.identity("", Identity{Issuer: x.in.Source, Subject: p.Key})
	text := memberText{Name: w.name("name", p.Name), Email: w.email("email", p.Email)}
	roles := w.words("roles", p.Roles, MaxRoles)
	if !slices.Contains([]Standing{Invited, Pending, Active}, p.Standing) {
		w.faults.Add("standing", "is none of invited, pending, active")
	}
	if err := w.err(); err != nil {
		return x.fault("person", p.Key, err)
	}
	c, err := x.t.w.Commit(text)
	if err != nil {
		return err
	}
	id = orElse(id, x.t.w.NewID())
	who := string(x.known[p.Key])
	var ev journal.Event
	switch p.Standing {
	case Invited:
		ev = MemberInvited{Person: who, Text: c, Roles: roles, Weight: voting.Voice}
	case Pending:
		ev = MemberApplied{Person: who, Text: c}
	default:
		ev = MemberAdmitted{
			Kind: Person, Person: who, Text: c, Roles: roles, Weight: voting.Voice, Joined: x.t.now,
			Source: x.source("person", p.Key),
		}
	}
	x.ids["person "+p.Key] = id
	x.rep.People++
	return x.t.emit(id, ev)
}

func (x *archivist) room(r ArchivedRoom) error {
	if has, err := there(x, rooms, "room", r.Key); has || err != nil {
		return err
	}
	id, err := x.t.openRoom(NewRoom{Name: r.Name, Description: r.Description, Roles: r.Roles}, x.source("room", r.Key))
	if err != nil {
		return x.fault("room", r.Key, err)
	}
	x.ids["room "+r.Key] = id
	x.rep.Rooms++
	if r.Closed {
		return x.t.emit(id, RoomChanged{Closed: &r.Closed})
	}
	return nil
}

func (x *archivist) proposal(p ArchivedProposal, res ArchivedResolution, adopted bool) error {
	has, err := there(x, proposals, "proposal", p.Key)
	if err != nil {
		return err
	}
	if has {
		if adopted {
			_, err = there(x, resolutions, "resolution", res.Key)
		}
		return err
	}
	var w writing
	text := w.proposal(NewProposal{Title: p.Title, Summary: p.Summary, Body: p.Body, Arguments: p.Arguments, Tags: p.Tags})
	ev := ProposalRecorded{
		Room: x.ref(&w, "room", "room", p.Room), Author: x.ids["person "+p.Author], State: p.State,
		Written: stampTime(p.Written), Source: x.source("proposal", p.Key),
	}
	switch p.State {
	case InDebate, Adopted, Rejected, Inquorate, Withdrawn:
	default:
		w.faults.Add("state", "is not one in which history can be")
	}
	for i, am := range p.Amendments {
		c, err := x.t.w.Commit(amendmentText{Text: w.text(fmt.Sprintf("amendments/%d", i), am.Text)})
		if err != nil {
			return err
		}
		ev.Amendments = append(ev.Amendments, amendment{
			Key: am.Key, Author: x.ids["person "+am.Author], Text: c, For: am.For, Against: am.Against, Blank: am.Blank,
			Accepted: am.Accepted,
		})
	}
	own := x.t.w.NewID()
	var poll *PollRecorded
	if p.Poll != nil {
		if poll, err = x.poll(&w, own, p); err != nil {
			return err
		}
	}
	if err := w.err(); err != nil {
		return x.fault("proposal", p.Key, err)
	}
	if ev.Text, err = x.t.w.Commit(text); err != nil {
		return err
	}
	if poll != nil {
		poll.Voted = ev.Text
		ev.Poll = x.t.w.NewID()
		if err := x.t.emit(ev.Poll, *poll); err != nil {
			return err
		}
	}
	if adopted {
		ev.Resolution = x.t.w.NewID()
		zone, err := loadZone(x.t.space.Zone)
		if err != nil {
			return err
		}
		r := ResolutionRecorded{
			Proposal: own, Poll: ev.Poll, Room: ev.Room, Text: ev.Text, Adopted: stampTime(res.Adopted),
			Year: res.Adopted.In(zone).Year(), Source: x.source("resolution", res.Key), Winner: voting.For,
		}
		if poll != nil && poll.Verdict != nil {
			r.Winner = poll.Verdict.Winner
		}
		if err := x.t.emit(ev.Resolution, r); err != nil {
			return err
		}
		x.ids["resolution "+res.Key] = ev.Resolution
		x.rep.Resolutions++
	}
	x.ids["proposal "+p.Key] = own
	x.rep.Proposals++
	return x.t.emit(own, ev)
}

// poll counts a vote of before by its own rule. A vote that was still open is kept without a verdict.
func (x *archivist) poll(w *writing, proposal string, p ArchivedProposal) (*PollRecorded, error) {
	in := p.Poll
	ev := &PollRecorded{
		Proposal: proposal, State: StateCounted, Question: voting.Question{Method: voting.YesNo}, Rule: in.Rule,
		Change: in.Change, Names: in.Named != nil, Opened: stampTime(in.Opened),
		Closes: w.deadline("closes", in.Closes, x.t.space.Zone), Source: x.source("poll", p.Key),
	}
	if in.Open {
		ev.State = StateOpen
	}
	var text pollText
	if len(in.Options) > 0 {
		ev.Question.Method = voting.Plurality
		for i, o := range in.Options {
			o.Title = w.name(fmt.Sprintf("options/%d", i), o.Title)
			text.Options = append(text.Options, o)
			ev.Question.Options = append(ev.Question.Options, o.Key)
		}
	}
	note := func(path string, err error) bool {
		f, ok := errors.AsType[*fault.Error](err)
		if ok {
			w.faults.Add(path, f.Error())
		}
		return ok
	}
	profile, err := voting.NewProfile(ev.Question)
	if note("options", err) {
		return ev, nil
	}
	for _, c := range in.Counts {
		if c.Votes < 0 || c.Votes > 1_000_000_000 {
			w.faults.Add("counts", "is no number of votes")
			continue
		}
		err := profile.AddVotes(c.Choice, voting.Votes{Seats: c.Votes, Voices: voting.Weight(c.Votes) * voting.Voice})
		note("counts/"+string(c.Choice), err)
	}
	if ev.Result, err = voting.Count(profile); err != nil {
		return nil, err
	}
	if !in.Open {
		// Who was entitled is not known any more; rules of history do not ask.
		verdict, err := voting.Decide(ev.Question, ev.Rule, ev.Result, voting.Facts{
			Entitled: ev.Result.Cast, Present: ev.Result.Cast, Poll: proposal,
		})
		if note("rule", err) {
			return ev, nil
		}
		if err != nil {
			return nil, err
		}
		ev.Verdict = &verdict
	}
	if len(text.Options) > 0 {
		if ev.Text, err = x.t.w.Commit(text); err != nil {
			return nil, err
		}
	}
	if in.Named != nil {
		named := namedText{}
		for _, v := range in.Named {
			named.Votes = append(named.Votes, namedVote{Member: x.ids["person "+v.Person], Choice: v.Choice})
		}
		if ev.Named, err = x.t.w.Commit(named); err != nil {
			return nil, err
		}
	}
	return ev, nil
}

func (x *archivist) action(a ArchivedAction) error {
	if has, err := there(x, actions, "action", a.Key); has || err != nil {
		return err
	}
	var w writing
	text := actionText{Title: w.name("title", a.Title), Description: w.text("description", a.Description)}
	ev := ActionRecorded{
		Resolution: x.ref(&w, "resolution", "resolution", a.Resolution), Room: x.ref(&w, "room", "room", a.Room),
		Author: x.ids["person "+a.Author], State: a.State, Start: w.deadline("start", a.Start, x.t.space.Zone),
		Due: w.deadline("due", a.Due, x.t.space.Zone), Planned: stampTime(a.Planned), Source: x.source("action", a.Key),
	}
	switch a.State {
	case Done:
		ev.Progress = 100
	case ToDo, Doing, Dropped:
	default:
		w.faults.Add("state", "is none of todo, doing, done, dropped")
	}
	for _, k := range a.Assignees {
		if id := x.ref(&w, "assignees", "person", k); id != "" {
			ev.Assignees = append(ev.Assignees, id)
		}
	}
	if err := w.err(); err != nil {
		return x.fault("action", a.Key, err)
	}
	c, err := x.t.w.Commit(text)
	if err != nil {
		return err
	}
	ev.Text = c
	id := x.t.w.NewID()
	x.ids["action "+a.Key] = id
	x.rep.Actions++
	return x.t.emit(id, ev)
}
