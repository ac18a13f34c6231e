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

// ActionState says where an action stands.
type ActionState string

// The states of an action.
const (
	ToDo    ActionState = "todo"
	Doing   ActionState = "doing"
	Done    ActionState = "done"
	Dropped ActionState = "dropped"
)

// Errors about actions.
var (
	ErrActionUnknown = fault.New(fault.NotFound, "action.unknown", "there is no such action here")
	ErrActionState   = fault.New(fault.Conflict, "action.state", "the action does not stand where this is possible")
	ErrAssignee      = fault.New(fault.Invalid, "action.assignee", "an action is given to active members only")
)

// Actions plans what carries resolutions out, and follows it.
type Actions struct{ c *Coop }

// NewAction describes something to do.
type NewAction struct {
	Resolution  ResolutionID // what it carries out; may be empty
	Room        RoomID       // empty: the resolution's, or the space itself
	Title       string       // required
	Description string       // Markdown
	Assignees   []MemberID
	Start       Moment
	Due         Moment
}

// Action is something to do, as read.
type Action struct {
	ID          ActionID
	Space       SpaceID
	Resolution  ResolutionID
	Room        RoomID
	Author      MemberID
	Title       string
	Description string
	State       ActionState
	Progress    int // percent
	Assignees   []MemberID
	Start       *Deadline
	Due         *Deadline
	Planned     time.Time
	Ended       *time.Time // when it was done or dropped; nil for one brought over as history
	Source      string     // where an import found it
	Revision    uint64
}

type actionText struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

type actionState struct {
	Resolution string             `json:"resolution,omitempty"`
	Room       string             `json:"room,omitempty"`
	Author     string             `json:"author,omitempty"`
	Text       journal.Commitment `json:"text"`
	State      ActionState        `json:"state"`
	Progress   int                `json:"progress"`
	Assignees  []string           `json:"assignees,omitempty"`
	Start      *Deadline          `json:"start,omitempty"`
	Due        *Deadline          `json:"due,omitempty"`
	Planned    time.Time          `json:"planned"`
	Ended      *time.Time         `json:"ended,omitempty"`
	Source     string             `json:"source,omitempty"`
}

type (
	// ActionPlanned begins an action.
	ActionPlanned struct {
		Resolution string             `json:"resolution,omitempty"`
		Room       string             `json:"room,omitempty"`
		Author     string             `json:"author,omitempty"`
		Text       journal.Commitment `json:"text"`
		Assignees  []string           `json:"assignees,omitempty"`
		Start      *Deadline          `json:"start,omitempty"`
		Due        *Deadline          `json:"due,omitempty"`
	}
	// ActionAssigned says who does it from now on.
	ActionAssigned struct {
		Assignees []string `json:"assignees"`
	}
	// ActionChanged replaces what it names.
	ActionChanged struct {
		Text  journal.Commitment `json:"text,omitempty"`
		Start *Deadline          `json:"start,omitempty"`
		Due   *Deadline          `json:"due,omitempty"`
	}
	// ActionProgressed says how far it is.
	ActionProgressed struct {
		State    ActionState `json:"state"`
		Progress int         `json:"progress"`
	}
	// ActionRecorded brings over an action of before.
	ActionRecorded struct {
		Resolution string             `json:"resolution,omitempty"`
		Room       string             `json:"room,omitempty"`
		Author     string             `json:"author,omitempty"`
		Text       journal.Commitment `json:"text"`
		State      ActionState        `json:"state"`
		Progress   int                `json:"progress"`
		Assignees  []string           `json:"assignees,omitempty"`
		Start      *Deadline          `json:"start,omitempty"`
		Due        *Deadline          `json:"due,omitempty"`
		Planned    time.Time          `json:"planned"`
		Source     string             `json:"source"`
	}
)

// EventName is the wire name.
func (ActionPlanned) EventName() string { return "action.planned/1" }

// EventName is the wire name.
func (ActionAssigned) EventName() string { return "action.assigned/1" }

// EventName is the wire name.
func (ActionChanged) EventName() string { return "action.changed/1" }

// EventName is the wire name.
func (ActionProgressed) EventName() string { return "action.progressed/1" }

// EventName is the wire name.
func (ActionRecorded) EventName() string { return "action.recorded/1" }

// The indexes of actions.
const (
	actionByDue        = "due"        // state, then the earliest due first, those without a date last
	actionByResolution = "resolution" // resolution, then planning
	actionByAssignee   = "assignee"   // assignee, state, then as by due
)

var actions = journal.NewNoun(module, "action", 1, foldAction, keysOfAction,
	ActionPlanned{}, ActionAssigned{}, ActionChanged{}, ActionProgressed{}, ActionRecorded{})

func foldAction(s actionState, e journal.Entry) actionState {
	at := e.At
	switch ev := e.Event.(type) {
	case ActionPlanned:
		s = actionState{
			Resolution: ev.Resolution, Room: ev.Room, Author: ev.Author, Text: ev.Text, State: ToDo,
			Assignees: ev.Assignees, Start: ev.Start, Due: ev.Due, Planned: at,
		}
	case ActionAssigned:
		s.Assignees = ev.Assignees
	case ActionChanged:
		if ev.Text != "" {
			s.Text = ev.Text
		}
		if ev.Start != nil {
			s.Start = ev.Start
		}
		if ev.Due != nil {
			s.Due = ev.Due
		}
	case ActionProgressed:
		s.State, s.Progress, s.Ended = ev.State, ev.Progress, nil
		if ev.State == Done || ev.State == Dropped {
			s.Ended = &at
		}
	case ActionRecorded:
		s = actionState{
			Resolution: ev.Resolution, Room: ev.Room, Author: ev.Author, Text: ev.Text, State: ev.State,
			Progress: ev.Progress, Assignees: ev.Assignees, Start: ev.Start, Due: ev.Due, Planned: ev.Planned,
			Source: ev.Source,
		}
	}
	return s
}

func keysOfAction(s actionState) []store.Key {
	due := []byte{0xff}
	if s.Due != nil {
		due = append([]byte{0}, journal.TimeKey(s.Due.At)...)
	}
	keys := append(sourceKey(s.Source), store.Key{Index: actionByDue, Bytes: indexKey(string(s.State), due)})
	if s.Resolution != "" {
		keys = append(keys, store.Key{
			Index: actionByResolution, Bytes: append(idBytes(s.Resolution), journal.TimeKey(s.Planned)...),
		})
	}
	for _, m := range s.Assignees {
		keys = append(keys, store.Key{Index: actionByAssignee, Bytes: append(idBytes(m), indexKey(string(s.State), due)...)})
	}
	return keys
}

// Plan plans an action. Members plan for themselves; giving it to others is for officers.
func (x *Actions) Plan(ctx context.Context, a Actor, space SpaceID, in NewAction) (Action, error) {
	return x.command(ctx, a, space, "actions.plan", in, func(t *tx) (string, error) {
		if err := t.module(ModuleActions); err != nil {
			return "", err
		}
		resolution, err := within(space, in.Resolution, ErrResolutionUnknown)
		if err != nil {
			return "", err
		}
		roomID := in.Room
		if resolution != "" {
			item, err := resolutions.Get(t.Reader, resolution)
			if errors.Is(err, store.ErrNoRecord) {
				err = ErrResolutionUnknown
			}
			if err != nil {
				return "", err
			}
			if roomID == "" {
				roomID = scoped[RoomID](space, item.State.Room)
			}
			room, err := t.room(item.State.Room)
			if err != nil {
				return "", err
			}
			if room != nil && !mayEnter(t.who, *room) {
				return "", ErrResolutionUnknown
			}
		}
		ownRoom, room, err := t.openRoomFor(roomID)
		if err != nil {
			return "", err
		}
		tg := target{room: room}
		if err := t.may(ActActionPlan, tg); err != nil {
			return "", err
		}
		author, err := t.acting(a)
		if err != nil {
			return "", err
		}
		assignees, err := t.assignees(in.Assignees, tg)
		if err != nil {
			return "", err
		}
		var w writing
		text := actionText{Title: w.name("title", in.Title), Description: w.text("description", in.Description)}
		ev := ActionPlanned{
			Resolution: resolution, Room: ownRoom, Author: author, Assignees: assignees,
			Start: w.deadline("start", in.Start, t.space.Zone), Due: w.deadline("due", in.Due, t.space.Zone),
		}
		w.period(ev.Start, ev.Due)
		if err := w.err(); err != nil {
			return "", err
		}
		if ev.Text, err = t.w.Commit(text); err != nil {
			return "", err
		}
		id := t.w.NewID()
		return id, t.emit(id, ev)
	})
}

func (w *writing) period(start, due *Deadline) {
	if start != nil && due != nil && due.At.Before(start.At) {
		w.faults.Add("due", "is before the start")
	}
}

// assignees checks whom an action is given to, and that the actor may give it to them.
func (t *tx) assignees(list []MemberID, tg target) ([]string, error) {
	var out []string
	for _, id := range list {
		own, err := within(t.id, id, ErrMemberUnknown)
		if err != nil {
			return nil, err
		}
		item, err := members.Get(t.Reader, own)
		if errors.Is(err, store.ErrNoRecord) {
			err = ErrMemberUnknown
		}
		if err != nil {
			return nil, err
		}
		act := ActActionAssign
		if t.who.is(own) {
			act = ActActionTake
		}
		if err := t.may(act, tg); err != nil {
			return nil, err
		}
		if item.State.Standing != Active {
			return nil, ErrAssignee.At("assignees", string(id))
		}
		if !slices.Contains(out, own) {
			out = append(out, own)
		}
	}
	return out, nil
}

// Assign says who does an action from now on, in place of whoever did.
func (x *Actions) Assign(ctx context.Context, a Actor, id ActionID, to []MemberID) (Action, error) {
	return x.on(ctx, a, id, "actions.assign", to, func(t *tx, own string, item journal.Item[actionState], tg target) error {
		if err := t.may(ActActionAssign, tg); err != nil {
			return err
		}
		list, err := t.assignees(to, tg)
		if err != nil {
			return err
		}
		return t.emit(own, ActionAssigned{Assignees: list})
	})
}

// Take adds the actor to those who do an action.
func (x *Actions) Take(ctx context.Context, a Actor, id ActionID) (Action, error) {
	return x.on(ctx, a, id, "actions.take", nil, func(t *tx, own string, item journal.Item[actionState], tg target) error {
		if err := t.may(ActActionTake, tg); err != nil {
			return err
		}
		me, err := t.acting(a)
		if err != nil || slices.Contains(item.State.Assignees, me) {
			return err
		}
		list := append(slices.Clone(item.State.Assignees), me)
		return t.emit(own, ActionAssigned{Assignees: list})
	})
}

// ActionChange names what to change; nil leaves a thing as it is.
type ActionChange struct {
	Title       *string
	Description *string
	Start       *Moment
	Due         *Moment
	Revision    uint64 // the Revision that was read; 0: whatever it is now
}

// Change changes what is written about an action.
func (x *Actions) Change(ctx context.Context, a Actor, id ActionID, in ActionChange) (Action, error) {
	return x.on(ctx, a, id, "actions.change", in, func(t *tx, own string, item journal.Item[actionState], tg target) error {
		if err := t.may(ActActionProgress, tg); err != nil {
			return err
		}
		if in.Revision != 0 && in.Revision != item.Version {
			return ErrStale
		}
		var w writing
		ev := ActionChanged{}
		start, due := item.State.Start, item.State.Due
		if in.Start != nil {
			ev.Start = w.deadline("start", *in.Start, t.space.Zone)
			start = ev.Start
		}
		if in.Due != nil {
			ev.Due = w.deadline("due", *in.Due, t.space.Zone)
			due = ev.Due
		}
		w.period(start, due)
		if in.Title != nil || in.Description != nil {
			var text actionText
			if _, err := t.Text(item.State.Text, &text); err != nil {
				return err
			}
			if in.Title != nil {
				text.Title = w.name("title", *in.Title)
			}
			if in.Description != nil {
				text.Description = w.text("description", *in.Description)
			}
			var err error
			if ev.Text, err = t.w.Commit(text); err != nil {
				return err
			}
		}
		if err := w.err(); err != nil {
			return err
		}
		return t.emit(own, ev)
	})
}

// Progress says how far an action is: its state and a percentage. Done is 100 %, to do is 0 %.
func (x *Actions) Progress(ctx context.Context, a Actor, id ActionID, state ActionState, percent int) (Action, error) {
	return x.on(ctx, a, id, "actions.progress", []any{state, percent}, func(t *tx, own string, item journal.Item[actionState], tg target) error {
		act := ActActionProgress
		if state == Dropped {
			act = ActActionDrop
		}
		if err := t.may(act, tg); err != nil {
			return err
		}
		var w writing
		if percent < 0 || percent > 100 {
			w.faults.Add("progress", "is a percentage from 0 to 100")
		}
		switch state {
		case Done:
			percent = 100
		case ToDo:
			percent = 0
		case Doing, Dropped:
		default:
			w.faults.Add("state", "is none of todo, doing, done, dropped")
		}
		if err := w.err(); err != nil {
			return err
		}
		if item.State.State == Dropped && state != ToDo {
			return ErrActionState.At("state", string(item.State.State))
		}
		return t.emit(own, ActionProgressed{State: state, Progress: percent})
	})
}

// Get reads an action.
func (x *Actions) Get(ctx context.Context, a Actor, id ActionID) (Action, error) {
	return viewOne(ctx, x.c, a, id, ErrActionUnknown, func(v *scope, own string) (Action, error) {
		item, _, err := v.action(own)
		if err != nil {
			return Action{}, err
		}
		return v.actionView(item)
	})
}

// ActionQuery asks for actions: those of Assignee, in all states or in State; without an Assignee those of Resolution, in
// all states; without either those in State, or to do when it is empty.
type ActionQuery struct {
	State      ActionState
	Resolution ResolutionID
	Assignee   MemberID
	Paging
}

// List gives actions, the earliest due first.
func (x *Actions) List(ctx context.Context, a Actor, space SpaceID, in ActionQuery) (Page[Action], error) {
	var page Page[Action]
	err := x.c.viewIf(ctx, a, space, ActSpaceRead, func(v *scope) (err error) {
		q := store.Query{Index: actionByDue, Prefix: indexKey(orElse(string(in.State), string(ToDo)))}
		switch {
		case in.Assignee != "":
			own, err := within(space, in.Assignee, ErrMemberUnknown)
			if err != nil {
				return err
			}
			q = store.Query{Index: actionByAssignee, Prefix: idBytes(own)}
			if in.State != "" {
				q.Prefix = append(q.Prefix, indexKey(string(in.State))...)
			}
		case in.Resolution != "":
			own, err := within(space, in.Resolution, ErrResolutionUnknown)
			if err != nil {
				return err
			}
			q = store.Query{Index: actionByResolution, Prefix: idBytes(own)}
		}
		page, err = pageOf(v, actions, q, in.Paging, func(v *scope, item journal.Item[actionState]) (Action, bool, error) {
			room, err := v.room(item.State.Room)
			if err != nil || room != nil && !mayEnter(v.who, *room) {
				return Action{}, false, err
			}
			one, err := v.actionView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

// action reads an action that the actor may see, with the target for acts on it.
func (v *scope) action(own string) (journal.Item[actionState], target, error) {
	item, err := actions.Get(v.Reader, own)
	if errors.Is(err, store.ErrNoRecord) {
		return item, target{}, v.missing(ActSpaceRead, ErrActionUnknown)
	}
	if err != nil {
		return item, target{}, err
	}
	room, err := v.room(item.State.Room)
	if err != nil {
		return item, target{}, err
	}
	tg := target{room: room, owners: append(slices.Clone(item.State.Assignees), item.State.Author)}
	if err := v.may(ActProposalRead, target{room: room}); err != nil {
		if errors.Is(err, ErrRoomUnknown) {
			err = ErrActionUnknown
		}
		return item, tg, err
	}
	return item, tg, nil
}

func (v *scope) actionView(item journal.Item[actionState]) (Action, error) {
	s := item.State
	out := Action{
		ID: scoped[ActionID](v.id, item.ID), Space: v.id, Resolution: scoped[ResolutionID](v.id, s.Resolution),
		Room: scoped[RoomID](v.id, s.Room), Author: scoped[MemberID](v.id, s.Author), State: s.State, Progress: s.Progress,
		Start: s.Start, Due: s.Due, Planned: s.Planned, Ended: s.Ended, Source: s.Source, Revision: item.Version,
	}
	for _, m := range s.Assignees {
		out.Assignees = append(out.Assignees, scoped[MemberID](v.id, m))
	}
	var text actionText
	_, err := v.Text(s.Text, &text)
	out.Title, out.Description = text.Title, text.Description
	return out, err
}

// command carries out a command that answers with one action.
func (x *Actions) command(ctx context.Context, a Actor, space SpaceID, name string, in any, fn func(*tx) (string, error)) (Action, error) {
	return answer(ctx, x.c, a, space, name, in, fn, x.Get)
}

// on carries out a command on one action.
func (x *Actions) on(ctx context.Context, a Actor, id ActionID, name string, in any,
	fn func(*tx, string, journal.Item[actionState], target) error,
) (Action, error) {
	space, own, err := split(id, ErrActionUnknown)
	if err != nil {
		return Action{}, err
	}
	return x.command(ctx, a, space, name, []any{id, in}, func(t *tx) (string, error) {
		if err := t.module(ModuleActions); err != nil {
			return "", err
		}
		item, tg, err := t.action(own)
		if err != nil {
			return "", err
		}
		return own, fn(t, own, item, tg)
	})
}
