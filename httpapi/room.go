package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/communecter/coopspace/governance"
)

// Room is a place for a theme in a space.
type Room struct {
	ID          governance.RoomID `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty" doc:"Markdown."`
	Roles       []string          `json:"roles,omitempty" nullable:"false" doc:"Who may enter: members with one of these roles. Absent: whoever may read the space."`
	Closed      bool              `json:"closed,omitempty" doc:"What is in it can be read, nothing new begins there."`
	Opened      time.Time         `json:"opened"`
	Revision    uint64            `json:"revision"`
}

func viewRoom(r governance.Room) Room { return Room(r) }

func oneRoom(r governance.Room, err error) (*one[Room], error) {
	return &one[Room]{ETag: etag(r.Revision), Body: viewRoom(r)}, err
}

func (s *server) rooms() {
	const tag = "Rooms"

	type roomList struct {
		InSpace
		Paging
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/rooms", "list-rooms", tag, "List the rooms that you may enter"),
		func(ctx context.Context, in *roomList) (*list[Room], error) {
			p, err := s.coop.Rooms.List(ctx, in.actor(ctx), in.Space, in.paging())
			return listOf(p, viewRoom, in.Limit, nil), err
		})

	type open struct {
		Command
		Space governance.SpaceID `path:"space"`
		Body  struct {
			Name        string   `json:"name"`
			Description string   `json:"description,omitempty"`
			Roles       []string `json:"roles,omitempty" nullable:"false"`
		}
	}
	register(s, texts(created(op(http.MethodPost, "/v1/spaces/{space}/rooms", "open-room", tag, "Open a room"))),
		func(ctx context.Context, in *open) (*one[Room], error) {
			out, err := oneRoom(s.coop.Rooms.Open(ctx, in.actor(ctx), in.Space, governance.NewRoom(in.Body)))
			out.Location = "../../rooms/" + string(out.Body.ID)
			return out, err
		})

	type read struct {
		Reading
		Room governance.RoomID `path:"room"`
	}
	register(s, op(http.MethodGet, "/v1/rooms/{room}", "read-room", tag, "Read a room"),
		func(ctx context.Context, in *read) (*one[Room], error) {
			return oneRoom(s.coop.Rooms.Get(ctx, in.actor(ctx), in.Room))
		})

	type change struct {
		Command
		Match
		Room governance.RoomID `path:"room"`
		Body struct {
			Name        *string   `json:"name,omitempty"`
			Description *string   `json:"description,omitempty"`
			Roles       *[]string `json:"roles,omitempty" nullable:"false"`
			Closed      *bool     `json:"closed,omitempty"`
		}
	}
	register(s, texts(op(http.MethodPatch, "/v1/rooms/{room}", "change-room", tag, "Change what is named, and leave the rest")),
		func(ctx context.Context, in *change) (*one[Room], error) {
			rev, err := in.revision()
			if err != nil {
				return nil, err
			}
			b := in.Body
			return oneRoom(s.coop.Rooms.Change(ctx, in.actor(ctx), in.Room, governance.RoomChange{
				Name: b.Name, Description: b.Description, Roles: b.Roles, Closed: b.Closed, Revision: rev,
			}))
		})
}
