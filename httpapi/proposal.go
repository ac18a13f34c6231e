package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/communecter/coopspace/governance"
)

// Proposal is a proposal, with the latest version of its text.
type Proposal struct {
	ID         governance.ProposalID    `json:"id"`
	Space      governance.SpaceID       `json:"space"`
	Room       governance.RoomID        `json:"room,omitempty"`
	Author     governance.MemberID      `json:"author,omitempty" doc:"Absent: the host program."`
	State      governance.ProposalState `json:"state" enum:"draft,in_debate,in_vote,adopted,rejected,inquorate,withdrawn"`
	Title      string                   `json:"title"`
	Summary    string                   `json:"summary,omitempty"`
	Body       string                   `json:"body,omitempty" doc:"Markdown: what is voted on."`
	Arguments  string                   `json:"arguments,omitempty" doc:"Markdown: why."`
	Tags       []string                 `json:"tags,omitempty" nullable:"false"`
	Versions   int                      `json:"versions" doc:"Of the text; this is the last one."`
	Written    time.Time                `json:"written"`
	Submitted  *time.Time               `json:"submitted,omitempty" doc:"When the debate began."`
	Poll       governance.PollID        `json:"poll,omitempty" doc:"The last poll on it."`
	Resolution governance.ResolutionID  `json:"resolution,omitempty"`
	Source     string                   `json:"source,omitempty" doc:"Where an import found it."`
	Amendments []Amendment              `json:"amendments,omitempty" nullable:"false" doc:"As an import found them."`
	Revision   uint64                   `json:"revision"`
}

// Amendment is an amendment as an import found it.
type Amendment struct {
	Author   governance.MemberID `json:"author,omitempty"`
	Text     string              `json:"text,omitempty"`
	For      int64               `json:"for"`
	Against  int64               `json:"against"`
	Blank    int64               `json:"blank"`
	Accepted bool                `json:"accepted"`
}

// TextVersion is one version of a proposal's text.
type TextVersion struct {
	Number    int       `json:"number"`
	At        time.Time `json:"at"`
	Title     string    `json:"title"`
	Summary   string    `json:"summary,omitempty"`
	Body      string    `json:"body,omitempty"`
	Arguments string    `json:"arguments,omitempty"`
	Tags      []string  `json:"tags,omitempty" nullable:"false"`
}

func viewProposal(p governance.Proposal) Proposal {
	out := Proposal{
		ID: p.ID, Space: p.Space, Room: p.Room, Author: p.Author, State: p.State, Title: p.Title, Summary: p.Summary,
		Body: p.Body, Arguments: p.Arguments, Tags: p.Tags, Versions: p.Versions, Written: p.Written, Submitted: p.Submitted,
		Poll: p.Poll, Resolution: p.Resolution, Source: p.Source, Revision: p.Revision,
	}
	for _, a := range p.Amendments {
		out.Amendments = append(out.Amendments, Amendment(a))
	}
	return out
}

func oneProposal(p governance.Proposal, err error) (*one[Proposal], error) {
	return &one[Proposal]{ETag: etag(p.Revision), Body: viewProposal(p)}, err
}

// onProposal is what acts on one proposal have in common.
type onProposal struct {
	Command
	Proposal governance.ProposalID `path:"proposal"`
}

// OfProposal is what readings of one proposal have in common.
type OfProposal struct {
	Reading
	Proposal governance.ProposalID `path:"proposal"`
}

func (s *server) proposals() {
	const tag = "Proposals"
	ps := s.coop.Proposals

	type proposalList struct {
		InSpace
		Paging
		State governance.ProposalState `query:"state" enum:"draft,in_debate,in_vote,adopted,rejected,inquorate,withdrawn"`
		Room  governance.RoomID        `query:"room" doc:"Those in this room."`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/proposals", "list-proposals", tag, "List the proposals that you may see, the latest first"),
		func(ctx context.Context, in *proposalList) (*list[Proposal], error) {
			p, err := ps.List(ctx, in.actor(ctx), in.Space, governance.ProposalQuery{State: in.State, Room: in.Room, Paging: in.paging()})
			return listOf(p, viewProposal, in.Limit, url.Values{"state": {string(in.State)}, "room": {string(in.Room)}}), err
		})

	type write struct {
		Command
		Space governance.SpaceID `path:"space"`
		Body  struct {
			Room      governance.RoomID `json:"room,omitempty" doc:"The space itself, open to all members, without it."`
			Title     string            `json:"title"`
			Summary   string            `json:"summary,omitempty" doc:"One line."`
			Body      string            `json:"body,omitempty" doc:"Markdown: what is voted on."`
			Arguments string            `json:"arguments,omitempty" doc:"Markdown: why."`
			Tags      []string          `json:"tags,omitempty" nullable:"false"`
			Draft     bool              `json:"draft,omitempty" doc:"Only its author sees it until it is submitted."`
		}
	}
	register(s, texts(created(op(http.MethodPost, "/v1/spaces/{space}/proposals", "write-proposal", tag, "Put a proposal to the members, or keep a draft"))),
		func(ctx context.Context, in *write) (*one[Proposal], error) {
			b := in.Body
			put := ps.Submit
			if b.Draft {
				put = ps.Draft
			}
			out, err := oneProposal(put(ctx, in.actor(ctx), in.Space, governance.NewProposal{
				Room: b.Room, Title: b.Title, Summary: b.Summary, Body: b.Body, Arguments: b.Arguments, Tags: b.Tags,
			}))
			out.Location = "../../proposals/" + string(out.Body.ID)
			return out, err
		})

	register(s, op(http.MethodGet, "/v1/proposals/{proposal}", "read-proposal", tag, "Read a proposal"),
		func(ctx context.Context, in *OfProposal) (*one[Proposal], error) {
			return oneProposal(ps.Get(ctx, in.actor(ctx), in.Proposal))
		})

	type versions struct {
		Body struct {
			Items []TextVersion `json:"items" nullable:"false"`
		}
	}
	register(s, op(http.MethodGet, "/v1/proposals/{proposal}/versions", "list-versions", tag, "Read all versions of a proposal's text, the first one first"),
		func(ctx context.Context, in *OfProposal) (*versions, error) {
			list, err := ps.Versions(ctx, in.actor(ctx), in.Proposal)
			out := &versions{}
			out.Body.Items = []TextVersion{}
			for _, v := range list {
				out.Body.Items = append(out.Body.Items, TextVersion(v))
			}
			return out, err
		})

	type revise struct {
		Command
		Match
		Proposal governance.ProposalID `path:"proposal"`
		Body     struct {
			Title     string   `json:"title"`
			Summary   string   `json:"summary,omitempty"`
			Body      string   `json:"body,omitempty"`
			Arguments string   `json:"arguments,omitempty"`
			Tags      []string `json:"tags,omitempty" nullable:"false"`
		}
	}
	register(s, texts(op(http.MethodPut, "/v1/proposals/{proposal}", "revise-proposal", tag, "Give a draft or a debated proposal a new version of its text")),
		func(ctx context.Context, in *revise) (*one[Proposal], error) {
			rev, err := in.revision()
			if err != nil {
				return nil, err
			}
			b := in.Body
			return oneProposal(ps.Revise(ctx, in.actor(ctx), in.Proposal, governance.NewProposal{
				Title: b.Title, Summary: b.Summary, Body: b.Body, Arguments: b.Arguments, Tags: b.Tags,
			}, rev))
		})

	register(s, op(http.MethodPost, "/v1/proposals/{proposal}/debate", "debate-proposal", tag, "Submit a draft: the debate is open"),
		func(ctx context.Context, in *onProposal) (*one[Proposal], error) {
			return oneProposal(ps.Debate(ctx, in.actor(ctx), in.Proposal))
		})
	register(s, op(http.MethodPost, "/v1/proposals/{proposal}/withdraw", "withdraw-proposal", tag, "Take back a draft or a debated proposal"),
		func(ctx context.Context, in *onProposal) (*one[Proposal], error) {
			return oneProposal(ps.Withdraw(ctx, in.actor(ctx), in.Proposal))
		})
}
