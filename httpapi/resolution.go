package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/communecter/coopspace/governance"
)

// Resolution is an adopted proposal, with the text that was voted on.
type Resolution struct {
	ID        governance.ResolutionID `json:"id"`
	Space     governance.SpaceID      `json:"space"`
	Year      int                     `json:"year" doc:"In the space's time zone."`
	Number    int                     `json:"number" doc:"From 1 in each year; 0 for one brought over as history."`
	Label     string                  `json:"label,omitempty" doc:"The number as registers write it." example:"2026-03"`
	Proposal  governance.ProposalID   `json:"proposal"`
	Poll      governance.PollID       `json:"poll,omitempty"`
	Room      governance.RoomID       `json:"room,omitempty"`
	Title     string                  `json:"title"`
	Body      string                  `json:"body,omitempty" doc:"Markdown."`
	Arguments string                  `json:"arguments,omitempty" doc:"Markdown."`
	Option    string                  `json:"option,omitempty" doc:"The title of the option that won."`
	Adopted   time.Time               `json:"adopted"`
	Source    string                  `json:"source,omitempty" doc:"Where an import found it."`
}

func viewResolution(r governance.Resolution) Resolution {
	return Resolution{
		ID: r.ID, Space: r.Space, Year: r.Year, Number: r.Number, Label: r.Label(), Proposal: r.Proposal, Poll: r.Poll,
		Room: r.Room, Title: r.Title, Body: r.Body, Arguments: r.Arguments, Option: r.Option, Adopted: r.Adopted, Source: r.Source,
	}
}

func (s *server) resolutions() {
	const tag = "Resolutions"

	type inRegister struct {
		InSpace
		Paging
		Year int `query:"year" minimum:"1" maximum:"9999" doc:"All years without it."`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/resolutions", "list-resolutions", tag, "Read the register of what was adopted, in its order"),
		func(ctx context.Context, in *inRegister) (*list[Resolution], error) {
			p, err := s.coop.Resolutions.List(ctx, in.actor(ctx), in.Space, in.Year, in.paging())
			query := url.Values{}
			if in.Year != 0 {
				query.Set("year", strconv.Itoa(in.Year))
			}
			return listOf(p, viewResolution, in.Limit, query), err
		})

	type read struct {
		Reading
		Resolution governance.ResolutionID `path:"resolution"`
	}
	type answer struct{ Body Resolution }
	register(s, op(http.MethodGet, "/v1/resolutions/{resolution}", "read-resolution", tag, "Read a resolution"),
		func(ctx context.Context, in *read) (*answer, error) {
			r, err := s.coop.Resolutions.Get(ctx, in.actor(ctx), in.Resolution)
			return &answer{viewResolution(r)}, err
		})
}
