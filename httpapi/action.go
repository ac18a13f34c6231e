package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/communecter/coopspace/governance"
)

// Action is something to do, which may carry out a resolution.
type Action struct {
	ID          governance.ActionID     `json:"id"`
	Space       governance.SpaceID      `json:"space"`
	Resolution  governance.ResolutionID `json:"resolution,omitempty"`
	Room        governance.RoomID       `json:"room,omitempty"`
	Author      governance.MemberID     `json:"author,omitempty"`
	Title       string                  `json:"title"`
	Description string                  `json:"description,omitempty" doc:"Markdown."`
	State       governance.ActionState  `json:"state" enum:"todo,doing,done,dropped"`
	Progress    int                     `json:"progress" doc:"Percent."`
	Assignees   []governance.MemberID   `json:"assignees" nullable:"false"`
	Start       *Deadline               `json:"start,omitempty"`
	Due         *Deadline               `json:"due,omitempty"`
	Planned     time.Time               `json:"planned"`
	Ended       *time.Time              `json:"ended,omitempty" doc:"Done or dropped."`
	Source      string                  `json:"source,omitempty" doc:"Where an import found it."`
	Revision    uint64                  `json:"revision"`
}

func viewAction(a governance.Action) Action {
	return Action{
		ID: a.ID, Space: a.Space, Resolution: a.Resolution, Room: a.Room, Author: a.Author, Title: a.Title,
		Description: a.Description, State: a.State, Progress: a.Progress, Assignees: append([]governance.MemberID{}, a.Assignees...),
		Start: viewDeadline(a.Start), Due: viewDeadline(a.Due), Planned: a.Planned, Ended: a.Ended, Source: a.Source,
		Revision: a.Revision,
	}
}

func oneAction(a governance.Action, err error) (*one[Action], error) {
	return &one[Action]{ETag: etag(a.Revision), Body: viewAction(a)}, err
}

// OnAction is what acts on one action have in common.
type OnAction struct {
	Command
	Action governance.ActionID `path:"action"`
}

func (s *server) actions() {
	const tag = "Actions"
	as := s.coop.Actions

	type actionList struct {
		InSpace
		Paging
		State      governance.ActionState  `query:"state" enum:"todo,doing,done,dropped" doc:"todo without it, when nothing else is asked."`
		Resolution governance.ResolutionID `query:"resolution" doc:"Those that carry out this resolution, whatever their state."`
		Assignee   governance.MemberID     `query:"assignee" doc:"Those of this member; may go with state."`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/actions", "list-actions", tag, "List actions, the earliest due first"),
		func(ctx context.Context, in *actionList) (*list[Action], error) {
			if in.Resolution != "" && (in.State != "" || in.Assignee != "") {
				return nil, ErrRequestInvalid.At("query/resolution", "goes alone")
			}
			p, err := as.List(ctx, in.actor(ctx), in.Space, governance.ActionQuery{
				State: in.State, Resolution: in.Resolution, Assignee: in.Assignee, Paging: in.paging(),
			})
			return listOf(p, viewAction, in.Limit, url.Values{
				"state": {string(in.State)}, "resolution": {string(in.Resolution)}, "assignee": {string(in.Assignee)},
			}), err
		})

	type plan struct {
		Command
		Space governance.SpaceID `path:"space"`
		Body  struct {
			Resolution  governance.ResolutionID `json:"resolution,omitempty" doc:"What it carries out."`
			Room        governance.RoomID       `json:"room,omitempty" doc:"The resolution's without it, or the space itself."`
			Title       string                  `json:"title"`
			Description string                  `json:"description,omitempty"`
			Assignees   []governance.MemberID   `json:"assignees,omitempty" nullable:"false" doc:"Oneself; officers may name others."`
			Start       *Moment                 `json:"start,omitempty"`
			Due         *Moment                 `json:"due,omitempty"`
		}
	}
	register(s, texts(created(op(http.MethodPost, "/v1/spaces/{space}/actions", "plan-action", tag, "Plan something to do"))),
		func(ctx context.Context, in *plan) (*one[Action], error) {
			b := in.Body
			out, err := oneAction(as.Plan(ctx, in.actor(ctx), in.Space, governance.NewAction{
				Resolution: b.Resolution, Room: b.Room, Title: b.Title, Description: b.Description, Assignees: b.Assignees,
				Start: b.Start.moment(), Due: b.Due.moment(),
			}))
			out.Location = "../../actions/" + string(out.Body.ID)
			return out, err
		})

	type read struct {
		Reading
		Action governance.ActionID `path:"action"`
	}
	register(s, op(http.MethodGet, "/v1/actions/{action}", "read-action", tag, "Read an action"),
		func(ctx context.Context, in *read) (*one[Action], error) {
			return oneAction(as.Get(ctx, in.actor(ctx), in.Action))
		})

	type change struct {
		OnAction
		Match
		Body struct {
			Title       *string `json:"title,omitempty"`
			Description *string `json:"description,omitempty"`
			Start       *Moment `json:"start,omitempty"`
			Due         *Moment `json:"due,omitempty"`
		}
	}
	register(s, texts(op(http.MethodPatch, "/v1/actions/{action}", "change-action", tag, "Change what is named, and leave the rest")),
		func(ctx context.Context, in *change) (*one[Action], error) {
			rev, err := in.revision()
			if err != nil {
				return nil, err
			}
			b := in.Body
			c := governance.ActionChange{Title: b.Title, Description: b.Description, Revision: rev}
			if b.Start != nil {
				m := b.Start.moment()
				c.Start = &m
			}
			if b.Due != nil {
				m := b.Due.moment()
				c.Due = &m
			}
			return oneAction(as.Change(ctx, in.actor(ctx), in.Action, c))
		})

	type assign struct {
		OnAction
		Body struct {
			Assignees []governance.MemberID `json:"assignees" nullable:"false" doc:"Who does it from now on, in place of whoever did."`
		}
	}
	register(s, op(http.MethodPut, "/v1/actions/{action}/assignees", "assign-action", tag, "Say who does an action"),
		func(ctx context.Context, in *assign) (*one[Action], error) {
			return oneAction(as.Assign(ctx, in.actor(ctx), in.Action, in.Body.Assignees))
		})
	register(s, op(http.MethodPost, "/v1/actions/{action}/take", "take-action", tag, "Add yourself to those who do an action"),
		func(ctx context.Context, in *OnAction) (*one[Action], error) {
			return oneAction(as.Take(ctx, in.actor(ctx), in.Action))
		})

	type progress struct {
		OnAction
		Body struct {
			State    governance.ActionState `json:"state" enum:"todo,doing,done,dropped"`
			Progress int                    `json:"progress,omitempty" minimum:"0" maximum:"100" doc:"Percent."`
		}
	}
	register(s, op(http.MethodPost, "/v1/actions/{action}/progress", "progress-action", tag, "Say how far an action is"),
		func(ctx context.Context, in *progress) (*one[Action], error) {
			return oneAction(as.Progress(ctx, in.actor(ctx), in.Action, in.Body.State, in.Body.Progress))
		})
}
