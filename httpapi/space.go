package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/communecter/coopspace/governance"
)

// Space is a cooperative space.
type Space struct {
	ID          governance.SpaceID  `json:"id"`
	Name        string              `json:"name"`
	Description string              `json:"description,omitempty" doc:"Markdown."`
	Slug        string              `json:"slug" doc:"The short name in addresses."`
	Locale      string              `json:"locale"`
	Zone        string              `json:"zone" doc:"IANA time zone." example:"Indian/Reunion"`
	Currency    string              `json:"currency" doc:"ISO 4217."`
	Public      bool                `json:"public" doc:"Anybody may read; otherwise members only."`
	Off         []governance.Module `json:"off,omitempty" nullable:"false" doc:"Modules that are off."`
	Element     *Element            `json:"element,omitempty"`
	Founded     time.Time           `json:"founded"`
	Revision    uint64              `json:"revision"`
}

// Element is the thing of the host program to which a space belongs.
type Element struct {
	Type string `json:"type" doc:"In the host's words." example:"organizations"`
	ID   string `json:"id"`
	URL  string `json:"url,omitempty"`
}

func viewSpace(s governance.Space) Space {
	out := Space{
		ID: s.ID, Name: s.Name, Description: s.Description, Slug: s.Slug, Locale: s.Locale, Zone: s.Zone,
		Currency: s.Currency, Public: s.Public, Off: s.Off, Founded: s.Founded, Revision: s.Revision,
	}
	if s.Element != nil {
		e := Element(*s.Element)
		out.Element = &e
	}
	return out
}

func oneSpace(s governance.Space, err error) (*one[Space], error) {
	return &one[Space]{ETag: etag(s.Revision), Body: viewSpace(s)}, err
}

func (s *server) spaces() {
	const tag = "Spaces"

	type create struct {
		Command
		Body struct {
			Name        string              `json:"name"`
			Description string              `json:"description,omitempty"`
			Slug        string              `json:"slug,omitempty" doc:"2 to 60 lower-case letters, digits and hyphens; made from the name without it."`
			Locale      string              `json:"locale,omitempty" enum:"fr,en,de" doc:"fr without it."`
			Zone        string              `json:"zone,omitempty" doc:"IANA time zone; Europe/Paris without it."`
			Currency    string              `json:"currency,omitempty" doc:"ISO 4217; EUR without it."`
			Public      bool                `json:"public,omitempty"`
			Off         []governance.Module `json:"off,omitempty" nullable:"false" enum:"proposals,actions,assemblies,funding"`
			Element     *Element            `json:"element,omitempty"`
		}
	}
	register(s, texts(created(op(http.MethodPost, "/v1/spaces", "create-space", tag, "Found a space"))),
		func(ctx context.Context, in *create) (*one[Space], error) {
			b := in.Body
			n := governance.NewSpace{
				Name: b.Name, Description: b.Description, Slug: b.Slug, Locale: b.Locale, Zone: b.Zone, Currency: b.Currency,
				Public: b.Public, Off: b.Off,
			}
			if b.Element != nil {
				e := governance.Element(*b.Element)
				n.Element = &e
			}
			out, err := oneSpace(s.coop.Spaces.Create(ctx, in.actor(ctx), n))
			out.Location = "spaces/" + string(out.Body.ID)
			return out, err
		})

	type spaceList struct {
		Reading
		Paging
	}
	register(s, op(http.MethodGet, "/v1/spaces", "list-spaces", tag, "List the spaces that you may read, in the order of their founding"),
		func(ctx context.Context, in *spaceList) (*list[Space], error) {
			p, err := s.coop.Spaces.List(ctx, in.actor(ctx), in.paging())
			return listOf(p, viewSpace, in.Limit, nil), err
		})

	register(s, op(http.MethodGet, "/v1/spaces/{space}", "read-space", tag, "Read a space"),
		func(ctx context.Context, in *InSpace) (*one[Space], error) {
			return oneSpace(s.coop.Spaces.Get(ctx, in.actor(ctx), in.Space))
		})

	type bySlug struct {
		Reading
		Slug string `path:"slug"`
	}
	register(s, op(http.MethodGet, "/v1/slugs/{slug}", "find-space", tag, "Read a space by its short name"),
		func(ctx context.Context, in *bySlug) (*one[Space], error) {
			return oneSpace(s.coop.Spaces.Find(ctx, in.actor(ctx), in.Slug))
		})

	type change struct {
		Command
		Match
		Space governance.SpaceID `path:"space"`
		Body  struct {
			Name        *string              `json:"name,omitempty"`
			Description *string              `json:"description,omitempty"`
			Locale      *string              `json:"locale,omitempty" enum:"fr,en,de"`
			Public      *bool                `json:"public,omitempty"`
			Off         *[]governance.Module `json:"off,omitempty" nullable:"false" doc:"The modules that are off from now on."`
		}
	}
	register(s, texts(op(http.MethodPatch, "/v1/spaces/{space}", "change-space", tag, "Change what is named, and leave the rest")),
		func(ctx context.Context, in *change) (*one[Space], error) {
			rev, err := in.revision()
			if err != nil {
				return nil, err
			}
			b := in.Body
			return oneSpace(s.coop.Spaces.Change(ctx, in.actor(ctx), in.Space, governance.SpaceChange{
				Name: b.Name, Description: b.Description, Locale: b.Locale, Public: b.Public, Off: b.Off, Revision: rev,
			}))
		})
}

// InSpace is what readings of a space have in common.
type InSpace struct {
	Reading
	Space governance.SpaceID `path:"space" doc:"The space's id."`
}
