package governance

import (
	"context"
	"errors"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Errors about rooms.
var (
	ErrRoomUnknown = fault.New(fault.NotFound, "room.unknown", "there is no such room here")
	ErrRoomClosed  = fault.New(fault.Conflict, "room.closed", "the room is closed: what is in it can be read, nothing new begins there")
)

// Rooms opens, reads and changes the rooms of spaces: places for a theme, open to all members or to some roles.
type Rooms struct{ c *Coop }

// NewRoom describes a room.
type NewRoom struct {
	Name        string   // required
	Description string   // Markdown
	Roles       []string // who may enter: members with one of these roles, and officers; empty: whoever may read the space
}

// Room is a room, as read.
type Room struct {
	ID          RoomID
	Name        string
	Description string
	Roles       []string
	Closed      bool
	Opened      time.Time
	Revision    uint64
}

type roomText struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

type roomState struct {
	Text   journal.Commitment `json:"text"`
	Roles  []string           `json:"roles,omitempty"`
	Closed bool               `json:"closed,omitempty"`
	Opened time.Time          `json:"opened"`
	Source string             `json:"source,omitempty"`
}

type (
	// RoomOpened begins a room.
	RoomOpened struct {
		Text   journal.Commitment `json:"text"`
		Roles  []string           `json:"roles,omitempty"`
		Source string             `json:"source,omitempty"` // where an import found it
	}
	// RoomChanged replaces what it names.
	RoomChanged struct {
		Text   journal.Commitment `json:"text,omitempty"`
		Roles  *[]string          `json:"roles,omitempty"`
		Closed *bool              `json:"closed,omitempty"`
	}
)

// EventName is the wire name.
func (RoomOpened) EventName() string { return "room.opened/1" }

// EventName is the wire name.
func (RoomChanged) EventName() string { return "room.changed/1" }

var rooms = journal.NewNoun(module, "room", 1, func(s roomState, e journal.Entry) roomState {
	switch ev := e.Event.(type) {
	case RoomOpened:
		s = roomState{Text: ev.Text, Roles: ev.Roles, Opened: e.At, Source: ev.Source}
	case RoomChanged:
		if ev.Text != "" {
			s.Text = ev.Text
		}
		if ev.Roles != nil {
			s.Roles = *ev.Roles
		}
		if ev.Closed != nil {
			s.Closed = *ev.Closed
		}
	}
	return s
}, func(s roomState) []store.Key { return sourceKey(s.Source) }, RoomOpened{}, RoomChanged{})

// Open opens a room.
func (r *Rooms) Open(ctx context.Context, a Actor, space SpaceID, in NewRoom) (Room, error) {
	return r.command(ctx, a, space, "rooms.open", in, func(t *tx) (string, error) {
		if err := t.may(ActRoomManage, target{}); err != nil {
			return "", err
		}
		return t.openRoom(in, "")
	})
}

func (t *tx) openRoom(in NewRoom, source string) (string, error) {
	var w writing
	text := roomText{Name: w.name("name", in.Name), Description: w.text("description", in.Description)}
	roles := w.words("roles", in.Roles, MaxRoles)
	if err := w.err(); err != nil {
		return "", err
	}
	c, err := t.w.Commit(text)
	if err != nil {
		return "", err
	}
	id := t.w.NewID()
	return id, t.emit(id, RoomOpened{Text: c, Roles: roles, Source: source})
}

// RoomChange names what to change; nil leaves a thing as it is.
type RoomChange struct {
	Name        *string
	Description *string
	Roles       *[]string
	Closed      *bool
	Revision    uint64 // the Revision that was read; 0: whatever it is now
}

// Change changes a room. Who may enter it changes for what it holds already, too; polls that are open keep their roll.
func (r *Rooms) Change(ctx context.Context, a Actor, id RoomID, in RoomChange) (Room, error) {
	space, own, err := split(id, ErrRoomUnknown)
	if err != nil {
		return Room{}, err
	}
	return r.command(ctx, a, space, "rooms.change", []any{id, in}, func(t *tx) (string, error) {
		item, err := rooms.Get(t.Reader, own)
		if errors.Is(err, store.ErrNoRecord) {
			err = ErrRoomUnknown
		}
		if err := t.missing(ActRoomManage, err); err != nil {
			return "", err
		}
		if in.Revision != 0 && in.Revision != item.Version {
			return "", ErrStale
		}
		var w writing
		ev := RoomChanged{Closed: in.Closed}
		if in.Name != nil || in.Description != nil {
			var text roomText
			if _, err := t.Text(item.State.Text, &text); err != nil {
				return "", err
			}
			if in.Name != nil {
				text.Name = w.name("name", *in.Name)
			}
			if in.Description != nil {
				text.Description = w.text("description", *in.Description)
			}
			if ev.Text, err = t.w.Commit(text); err != nil {
				return "", err
			}
		}
		if in.Roles != nil {
			roles := w.words("roles", *in.Roles, MaxRoles)
			ev.Roles = &roles
		}
		if err := w.err(); err != nil {
			return "", err
		}
		return own, t.emit(own, ev)
	})
}

// Get reads a room.
func (r *Rooms) Get(ctx context.Context, a Actor, id RoomID) (Room, error) {
	return viewOne(ctx, r.c, a, id, ErrRoomUnknown, func(v *scope, own string) (Room, error) {
		item, err := rooms.Get(v.Reader, own)
		if errors.Is(err, store.ErrNoRecord) {
			return Room{}, v.missing(ActSpaceRead, ErrRoomUnknown)
		}
		if err != nil {
			return Room{}, err
		}
		if err := v.may(ActRoomEnter, target{room: &item.State}); err != nil {
			return Room{}, err
		}
		return v.roomView(item)
	})
}

// List gives the rooms that the actor may enter, in the order of their opening.
func (r *Rooms) List(ctx context.Context, a Actor, space SpaceID, p Paging) (Page[Room], error) {
	var page Page[Room]
	err := r.c.viewIf(ctx, a, space, ActSpaceRead, func(v *scope) (err error) {
		page, err = pageOf(v, rooms, store.Query{}, p, func(v *scope, item journal.Item[roomState]) (Room, bool, error) {
			if !mayEnter(v.who, item.State) {
				return Room{}, false, nil
			}
			one, err := v.roomView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

func (v *scope) roomView(item journal.Item[roomState]) (Room, error) {
	s := item.State
	out := Room{
		ID: scoped[RoomID](v.id, item.ID), Roles: s.Roles, Closed: s.Closed, Opened: s.Opened, Revision: item.Version,
	}
	var text roomText
	_, err := v.Text(s.Text, &text)
	out.Name, out.Description = text.Name, text.Description
	return out, err
}

// room gives the room of an own id; nil for none, which is open to all.
func (v *scope) room(own string) (*roomState, error) {
	if own == "" {
		return nil, nil
	}
	item, err := rooms.Get(v.Reader, own)
	if errors.Is(err, store.ErrNoRecord) {
		return nil, ErrRoomUnknown
	}
	return &item.State, err
}

// openRoomFor gives the room in which something new begins.
func (t *tx) openRoomFor(id RoomID) (string, *roomState, error) {
	own, err := within(t.id, id, ErrRoomUnknown)
	if err != nil {
		return "", nil, err
	}
	room, err := t.room(own)
	if err == nil && room != nil && room.Closed {
		err = ErrRoomClosed
	}
	return own, room, err
}

// command carries out a command that answers with one room.
func (r *Rooms) command(ctx context.Context, a Actor, space SpaceID, name string, in any, fn func(*tx) (string, error)) (Room, error) {
	return answer(ctx, r.c, a, space, name, in, fn, r.Get)
}
