package governance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// archivist is one import at work.
type archivist struct {
	t     *tx
	in    Archive
	zone  *time.Location
	rep   *HistoryReport
	known map[string]PersonID // by the key of the archive; without an entry: nobody here has it
	ids   map[string]string   // "kind key" -> own id here

	undecided map[string]bool // resolutions that stay away with their proposal, of which enough was said
}

// archive brings over what can be; the report says what cannot. An error is none of the archive's.
func (t *tx) archive(in Archive, known map[string]PersonID) (HistoryReport, error) {
	var rep HistoryReport
	if err := t.may(ActHistoryImport, target{}); err != nil {
		return rep, err
	}
	zone, err := loadZone(t.space.Zone)
	if err != nil {
		return rep, err
	}
	x := archivist{t: t, in: in, zone: zone, rep: &rep, known: known, ids: map[string]string{}, undecided: map[string]bool{}}
	return rep, x.all()
}

// identity gives the identity behind a key of the archive.
func (in Archive) identity(key string) Identity { return Identity{Issuer: in.Source, Subject: key} }

// mentioned gives the keys of everybody whom the archive names, each once.
func (in Archive) mentioned() []string {
	seen := map[string]bool{"": true}
	var out []string
	add := func(keys ...string) {
		for _, k := range keys {
			if !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	for _, p := range in.People {
		add(p.Key)
	}
	for _, p := range in.Proposals {
		add(p.Author)
		for _, a := range p.Amendments {
			add(a.Author)
		}
		if p.Poll != nil {
			for _, v := range p.Poll.Named {
				add(v.Person)
			}
		}
	}
	for _, a := range in.Actions {
		add(a.Author)
		add(a.Assignees...)
	}
	return out
}

// recognise finds those whom the archive names and who are known to the instance already.
func (c *Coop) recognise(ctx context.Context, in Archive) (map[string]PersonID, error) {
	known := map[string]PersonID{}
	err := c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
		for _, key := range in.mentioned() {
			person, err := personOf(r.Store(), in.identity(key))
			if err != nil {
				return err
			}
			if person != "" {
				known[key] = person
			}
		}
		return nil
	})
	return known, err
}

// meet makes the archive's people known to the instance, those who cannot be brought over apart.
func (c *Coop) meet(ctx context.Context, a Actor, in Archive, known map[string]PersonID, rep HistoryReport) error {
	bad := map[string]bool{}
	for _, f := range rep.Faults {
		if f.Kind == "person" {
			bad[f.Key] = true
		}
	}
	var keys []string
	var people []Identity
	for _, p := range in.People {
		if !bad[p.Key] {
			keys = append(keys, p.Key)
			people = append(people, in.identity(p.Key))
		}
	}
	ids, err := c.know(ctx, a.by(), people...)
	if err != nil {
		return err
	}
	for i, key := range keys {
		known[key] = ids[i]
	}
	return nil
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
func there[S any](x *archivist, n *journal.Noun[S], source func(S) string, kind, key string) (bool, error) {
	if key == "" {
		return false, nil
	}
	if x.ids[kind+" "+key] != "" {
		return true, nil
	}
	id, err := findSource(x.t.Reader, n, source, x.source(kind, key))
	if id != "" {
		x.ids[kind+" "+key] = id
	}
	return id != "", err
}

// had counts what an earlier import brought.
func (x *archivist) had(has bool, err error) (bool, error) {
	if has && err == nil {
		x.rep.Known++
	}
	return has, err
}

func (x *archivist) hasRoom(key string) (bool, error) {
	return there(x, rooms, func(s roomState) string { return s.Source }, "room", key)
}

func (x *archivist) hasResolution(key string) (bool, error) {
	return there(x, resolutions, func(s resolutionState) string { return s.Source }, "resolution", key)
}

// part is one part of the archive on its way: what is wrong with it, and what it has to do without.
type part struct {
	writing
	kind, key string
	notes     []HistoryNote
}

func (p *part) note(path, code, text string) {
	p.notes = append(p.notes, HistoryNote{Kind: p.kind, Key: p.key, Path: path, Code: code, Text: text})
}

func (x *archivist) part(kind, key string) *part {
	p := &part{kind: kind, key: key}
	if p.name("key", key) != key {
		p.faults.Add("key", "is padded or not in composed form")
	}
	return p
}

// roomOf gives the own id of a room of this archive or an earlier one.
func (x *archivist) roomOf(p *part, key string) (string, error) {
	has, err := x.hasRoom(key)
	if err == nil && key != "" && !has {
		p.faults.Add("room", fmt.Sprintf("there is no room %.60q", key))
	}
	return x.ids["room "+key], err
}

// membership gives the own id of somebody's membership and its standing; empty when they have none.
func (x *archivist) membership(key string) (string, Standing, error) {
	who := x.known[key]
	if who == "" {
		return "", "", nil
	}
	id, s, err := x.t.memberOf(who)
	return id, s.Standing, err
}

// member does so for a part that names somebody, with a note when they have none.
func (x *archivist) member(p *part, path, key string) (string, Standing, error) {
	if key == "" {
		return "", "", nil
	}
	id, standing, err := x.membership(key)
	if err == nil && id == "" {
		p.note(path, "unknown_person", fmt.Sprintf("person %.60q is no member here", key))
	}
	return id, standing, err
}

// all brings over everything, in the order in which the parts refer to each other.
func (x *archivist) all() error {
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
	adopted := map[string]*ArchivedResolution{}
	for _, r := range x.in.Resolutions {
		adopted[r.Proposal] = &r
	}
	for _, p := range x.in.Proposals {
		if err := x.proposal(p, adopted[p.Key]); err != nil {
			return err
		}
	}
	for _, r := range x.in.Resolutions {
		has, err := x.hasResolution(r.Key)
		if err != nil {
			return err
		}
		if !has && !x.undecided[r.Key] {
			err := x.fault("resolution", r.Key, ErrArchive.At("proposal", fmt.Sprintf("there is no adopted proposal %.60q", r.Proposal)))
			if err != nil {
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

// person makes a membership. The log gets nothing of the archive's key: the identity leads to the person, and can be
// dropped.
func (x *archivist) person(p ArchivedPerson) error {
	w := x.part("person", p.Key)
	w.identity("", x.in.identity(p.Key))
	text := memberText{Name: w.name("name", p.Name), Email: w.email("email", p.Email)}
	roles := w.words("roles", p.Roles, MaxRoles)
	if !slices.Contains([]Standing{Invited, Pending, Active}, p.Standing) {
		w.faults.Add("standing", "is none of invited, pending, active")
	}
	if err := w.err(); err != nil {
		return x.fault("person", p.Key, err)
	}
	who := x.known[p.Key]
	id, _, err := x.t.memberOf(who)
	if err != nil {
		return err
	}
	if id != "" {
		x.rep.Known++
		return nil
	}
	c, err := x.t.w.Commit(text)
	if err != nil {
		return err
	}
	var ev journal.Event
	switch p.Standing {
	case Invited:
		ev = MemberInvited{Person: string(who), Text: c, Roles: roles, Weight: voting.Voice}
	case Pending:
		ev = MemberApplied{Person: string(who), Text: c}
	default:
		ev = MemberAdmitted{
			Kind: Person, Person: string(who), Text: c, Roles: roles, Weight: voting.Voice, Joined: x.t.now,
		}
	}
	x.rep.People++
	return x.t.emit(x.t.w.NewID(), ev)
}

func (x *archivist) room(r ArchivedRoom) error {
	has, err := x.hasRoom(r.Key)
	if err != nil {
		return err
	}
	if r.StandIn {
		r = ArchivedRoom{Key: r.Key, Name: r.Key, Roles: officers, StandIn: true}
	}
	w := x.part("room", r.Key)
	text := roomText{Name: w.name("name", r.Name), Description: w.text("description", r.Description)}
	roles := w.words("roles", r.Roles, MaxRoles)
	if err := w.err(); err != nil {
		return x.fault("room", r.Key, err)
	}
	if has {
		return x.complete(r, text, roles)
	}
	c, err := x.t.w.Commit(text)
	if err != nil {
		return err
	}
	id := x.t.w.NewID()
	x.ids["room "+r.Key] = id
	x.rep.Rooms++
	if err := x.t.emit(id, RoomOpened{Text: c, Roles: roles, Source: x.source("room", r.Key)}); err != nil || !r.Closed {
		return err
	}
	return x.t.emit(id, RoomChanged{Closed: &r.Closed})
}

// complete gives a stand-in, whose name is still its key, what is known of the room now. Any other room stays as it is.
func (x *archivist) complete(r ArchivedRoom, text roomText, roles []string) error {
	id := x.ids["room "+r.Key]
	item, err := rooms.Get(x.t.Reader, id)
	if err != nil {
		return err
	}
	var old roomText
	if _, err := x.t.Text(item.State.Text, &old); err != nil {
		return err
	}
	if r.StandIn || old.Name != r.Key || text.Name == r.Key {
		x.rep.Known++
		return nil
	}
	c, err := x.t.w.Commit(text)
	if err != nil {
		return err
	}
	x.rep.Rooms++
	return x.t.emit(id, RoomChanged{Text: c, Roles: &roles, Closed: &r.Closed})
}

func (x *archivist) proposal(p ArchivedProposal, res *ArchivedResolution) error {
	has, err := x.had(there(x, proposals, func(s proposalState) string { return s.Source }, "proposal", p.Key))
	if err != nil {
		return err
	}
	if has {
		if res == nil {
			return nil
		}
		has, err := x.had(x.hasResolution(res.Key))
		if err == nil && !has {
			x.undecided[res.Key] = true
			w := x.part("proposal", p.Key)
			w.note("state", "brought_before", "it was brought over before it was adopted, and stays as it is")
			x.rep.Notes = append(x.rep.Notes, w.notes...)
		}
		return err
	}
	w := x.part("proposal", p.Key)
	text := w.proposal(NewProposal{Title: p.Title, Summary: p.Summary, Body: p.Body, Arguments: p.Arguments, Tags: p.Tags})
	ev := ProposalRecorded{State: p.State, Written: stampTime(p.Written), Source: x.source("proposal", p.Key)}
	if ev.Room, err = x.roomOf(w, p.Room); err != nil {
		return err
	}
	if ev.Author, _, err = x.member(w, "author", p.Author); err != nil {
		return err
	}
	switch p.State {
	case InDebate, Adopted, Rejected, Inquorate, Withdrawn:
	default:
		w.faults.Add("state", "is not one in which history can be")
	}
	if p.Written.IsZero() {
		w.faults.Add("written", "is missing")
	}
	if res != nil {
		w.name("resolution/key", res.Key)
		if p.State != Adopted {
			w.faults.Add("resolution", "is of a proposal that was not adopted")
		}
	}
	texts := make([]amendmentText, len(p.Amendments))
	for i, am := range p.Amendments {
		at := fmt.Sprintf("amendments/%d", i)
		texts[i] = amendmentText{Text: w.text(at, am.Text)}
		one := amendment{Key: w.name(at+"/key", am.Key), For: am.For, Against: am.Against, Blank: am.Blank, Accepted: am.Accepted}
		for _, n := range []int64{am.For, am.Against, am.Blank} {
			if n < 0 || n > maxCount {
				w.faults.Add(at, "has an impossible number of votes")
			}
		}
		if one.Author, _, err = x.member(w, at+"/author", am.Author); err != nil {
			return err
		}
		ev.Amendments = append(ev.Amendments, one)
	}
	own := x.t.w.NewID()
	var poll *archivedPoll
	if p.Poll != nil {
		if poll, err = x.poll(w, own, p); err != nil {
			return err
		}
	}
	if err := w.err(); err != nil {
		if res != nil {
			x.undecided[res.Key] = true // it goes with its proposal
		}
		return x.fault("proposal", p.Key, err)
	}

	for i, t := range texts {
		if ev.Amendments[i].Text, err = x.t.w.Commit(t); err != nil {
			return err
		}
	}
	if ev.Text, err = x.t.w.Commit(text); err != nil {
		return err
	}
	winner := voting.For
	if poll != nil {
		if ev.Poll, err = poll.record(x.t, ev.Text); err != nil {
			return err
		}
		if poll.event.Verdict != nil && poll.event.Question.Method != voting.YesNo {
			winner = poll.event.Verdict.Winner
		}
	}
	if res != nil {
		ev.Resolution = x.t.w.NewID()
		err := x.t.emit(ev.Resolution, ResolutionRecorded{
			Proposal: own, Poll: ev.Poll, Room: ev.Room, Text: ev.Text, Adopted: stampTime(res.Adopted),
			Year: res.Adopted.In(x.zone).Year(), Source: x.source("resolution", res.Key), Winner: winner,
		})
		if err != nil {
			return err
		}
		x.ids["resolution "+res.Key] = ev.Resolution
		x.rep.Resolutions++
	}
	x.ids["proposal "+p.Key] = own
	x.rep.Proposals++
	x.rep.Notes = append(x.rep.Notes, w.notes...)
	return x.t.emit(own, ev)
}

// maxCount bounds how many may have voted for one answer.
const maxCount = 1_000_000_000

// archivedPoll is a vote of before, checked and counted, before it is recorded.
type archivedPoll struct {
	event PollRecorded
	text  pollText
	named *namedText
}

// poll counts a vote of before by its own rule. One that was cut off is kept without a verdict.
func (x *archivist) poll(w *part, proposal string, p ArchivedProposal) (*archivedPoll, error) {
	in := p.Poll
	out := &archivedPoll{event: PollRecorded{
		Proposal: proposal, State: StateCounted, Question: voting.Question{Method: voting.YesNo}, Rule: in.Rule,
		Change: in.Change, Names: in.Named != nil, Opened: stampTime(in.Opened),
		Closes: w.deadline("closes", in.Closes, x.t.space.Zone), Source: x.source("poll", p.Key),
	}}
	ev := &out.event
	if in.Open {
		ev.State = StateCancelled
	}
	if len(in.Options) > 0 {
		ev.Question.Method = voting.Plurality
		for i, o := range in.Options {
			o.Title = w.name(fmt.Sprintf("options/%d", i), o.Title)
			out.text.Options = append(out.text.Options, o)
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
	if note("options", err) || note("rule", in.Rule.Check()) {
		return out, nil
	}
	counted := map[voting.Choice]int64{}
	for _, c := range in.Counts {
		if c.Votes < 0 || c.Votes > maxCount {
			w.faults.Add("counts", "is no number of votes")
			continue
		}
		err := profile.AddVotes(c.Choice, voting.Votes{Seats: c.Votes, Voices: voting.Weight(c.Votes) * voting.Voice})
		note("counts/"+string(c.Choice), err)
		counted[c.Choice] += c.Votes
	}
	if ev.Result, err = voting.Count(profile); err != nil {
		return nil, err
	}
	if !in.Open {
		// Who was entitled is not known any more, and rules of history do not ask; but somebody was.
		facts := voting.Facts{Entitled: ev.Result.Cast, Present: ev.Result.Cast, Poll: proposal}
		if facts.Entitled.Seats == 0 {
			facts.Entitled = voting.Votes{Seats: 1, Voices: voting.Voice}
		}
		verdict, err := voting.Decide(ev.Question, ev.Rule, ev.Result, facts)
		if note("rule", err) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		ev.Verdict = &verdict
	}
	if in.Named == nil {
		return out, nil
	}
	out.named = &namedText{Votes: []namedVote{}}
	strangers := map[string]bool{}
	for _, v := range in.Named {
		if counted[v.Choice]--; counted[v.Choice] < 0 {
			w.faults.Add("named", "names more for a choice than are counted")
			return out, nil
		}
		id, _, err := x.membership(v.Person)
		if err != nil {
			return nil, err
		}
		if id == "" {
			strangers[v.Person] = true
			continue
		}
		out.named.Votes = append(out.named.Votes, namedVote{Member: id, Choice: v.Choice})
	}
	if len(strangers) > 0 {
		w.note("votes", "unknown_person", fmt.Sprintf("voters who are no members here: %d", len(strangers)))
	}
	return out, nil
}

// record writes the poll, and gives its own id.
func (p *archivedPoll) record(t *tx, voted journal.Commitment) (string, error) {
	p.event.Voted = voted
	var err error
	if len(p.text.Options) > 0 {
		if p.event.Text, err = t.w.Commit(p.text); err != nil {
			return "", err
		}
	}
	if p.named != nil {
		if p.event.Named, err = t.w.Commit(*p.named); err != nil {
			return "", err
		}
	}
	id := t.w.NewID()
	return id, t.emit(id, p.event)
}

func (x *archivist) action(a ArchivedAction) error {
	has, err := x.had(there(x, actions, func(s actionState) string { return s.Source }, "action", a.Key))
	if has || err != nil {
		return err
	}
	w := x.part("action", a.Key)
	text := actionText{Title: w.name("title", a.Title), Description: w.text("description", a.Description)}
	ev := ActionRecorded{
		State: a.State, Start: w.deadline("start", a.Start, x.t.space.Zone), Due: w.deadline("due", a.Due, x.t.space.Zone),
		Planned: stampTime(a.Planned), Source: x.source("action", a.Key),
	}
	if ev.Room, err = x.roomOf(w, a.Room); err != nil {
		return err
	}
	if ev.Author, _, err = x.member(w, "author", a.Author); err != nil {
		return err
	}
	if a.Resolution != "" {
		has, err := x.hasResolution(a.Resolution)
		if err != nil {
			return err
		}
		if ev.Resolution = x.ids["resolution "+a.Resolution]; !has {
			w.note("resolution", "unknown_resolution", fmt.Sprintf("there is no resolution %.60q", a.Resolution))
		}
	}
	switch a.State {
	case Done:
		ev.Progress = 100
	case ToDo, Doing, Dropped:
	default:
		w.faults.Add("state", "is none of todo, doing, done, dropped")
	}
	if a.Planned.IsZero() {
		w.faults.Add("planned", "is missing")
	}
	for _, k := range a.Assignees {
		id, standing, err := x.member(w, "assignees", k)
		switch {
		case err != nil:
			return err
		case id == "":
		case standing != Active:
			w.note("assignees", "inactive_person", fmt.Sprintf("person %.60q is no active member", k))
		case !slices.Contains(ev.Assignees, id):
			ev.Assignees = append(ev.Assignees, id)
		}
	}
	if err := w.err(); err != nil {
		return x.fault("action", a.Key, err)
	}
	if ev.Text, err = x.t.w.Commit(text); err != nil {
		return err
	}
	id := x.t.w.NewID()
	x.ids["action "+a.Key] = id
	x.rep.Actions++
	x.rep.Notes = append(x.rep.Notes, w.notes...)
	return x.t.emit(id, ev)
}
