package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// Poll is a poll, as far as the one who asks may see it.
type Poll struct {
	ID       governance.PollID     `json:"id"`
	Space    governance.SpaceID    `json:"space"`
	Proposal governance.ProposalID `json:"proposal"`
	State    governance.PollState  `json:"state" enum:"planned,open,closed,counted,cancelled"`
	Method   voting.Method         `json:"method" doc:"How ballots become a result." example:"yes-no"`
	Options  []Option              `json:"options,omitempty" nullable:"false" doc:"Absent: for or against."`
	Rule     Rule                  `json:"rule"`
	Change   bool                  `json:"change" doc:"A voter may replace their ballot while the poll is open."`
	Names    bool                  `json:"names" doc:"Who voted what is published after the count."`
	Order    []voting.Choice       `json:"order,omitempty" nullable:"false" doc:"Settles a tie, under the tie-break order."`
	Opens    *Deadline             `json:"opens,omitempty"`
	Closes   *Deadline             `json:"closes,omitempty" doc:"Absent: when somebody closes it."`
	Opened   *time.Time            `json:"opened,omitempty"`
	Closed   *time.Time            `json:"closed,omitempty"`
	Counted  *time.Time            `json:"counted,omitempty"`
	Entitled voting.Votes          `json:"entitled" doc:"Seats and voices on the roll, from the opening on."`
	Turnout  *int                  `json:"turnout,omitempty" doc:"Ballots in the box."`
	Roll     string                `json:"roll,omitempty" doc:"SHA-256 of the frozen roll."`
	Promise  string                `json:"promise,omitempty" doc:"SHA-256 of the seed of the lot that will break a tie, published before the vote."`
	Seed     string                `json:"seed,omitempty" doc:"The seed, in hexadecimal, once counted."`
	Root     string                `json:"root,omitempty" doc:"Of the tree of the box, base64, once counted: it is in the log."`
	Result   *voting.Result        `json:"result,omitempty" doc:"Once counted, with its whole working."`
	Verdict  *Verdict              `json:"verdict,omitempty" doc:"Once counted."`
	Source   string                `json:"source,omitempty" doc:"Where an import found it."`
	Revision uint64                `json:"revision"`
}

// Verdict says what came out and why: as data, and in the language asked for.
type Verdict struct {
	Outcome     voting.Outcome `json:"outcome" enum:"adopted,rejected,inquorate,tied,void"`
	Winner      voting.Choice  `json:"winner,omitempty" doc:"What is adopted: for, or the key of an option."`
	Explanation string         `json:"explanation" doc:"The verdict and why, in sentences."`
	Why         []voting.Step  `json:"why" nullable:"false" doc:"Every comparison that was made, in order."`
}

// Option is an answer that a poll offers.
type Option struct {
	Key   voting.Choice `json:"key" doc:"Short and stable: it stands in ballots, exports and results. 1 to 64 lower-case letters, digits, hyphens and underscores." example:"rue-de-la-mairie"`
	Title string        `json:"title" doc:"What people read."`
}

// Rule turns a result into a verdict.
type Rule struct {
	Version   int             `json:"version,omitempty" doc:"Of the meaning of these fields; 1."`
	Quorum    *Quorum         `json:"quorum,omitempty" doc:"The least participation for a valid vote; none without it."`
	Threshold *Threshold      `json:"threshold,omitempty" doc:"The least support for adoption; more for than against, or the most voices, without it."`
	TieBreak  voting.TieBreak `json:"tie_break,omitempty" enum:"status-quo,chair,order,lot" doc:"A tie stands without it."`
}

// Quorum is the least participation for a vote to be valid.
type Quorum struct {
	Count    voting.Base     `json:"count" enum:"entitled,present,cast,expressed" doc:"Who is counted."`
	Of       voting.Base     `json:"of" enum:"entitled,present,cast,expressed" doc:"Out of whom."`
	By       voting.Unit     `json:"by,omitempty" enum:"seats,voices" doc:"seats without it."`
	Fraction voting.Fraction `json:"fraction" example:"1/3" doc:"Exact."`
	Strict   bool            `json:"strict,omitempty" doc:"More than the fraction, and not just as many."`
}

// Threshold is the least support for adoption.
type Threshold struct {
	Of            voting.Base     `json:"of" enum:"entitled,present,cast,expressed" doc:"What the fraction is of, in voices."`
	Fraction      voting.Fraction `json:"fraction" example:"2/3" doc:"Exact."`
	Strict        bool            `json:"strict,omitempty" doc:"More than the fraction, and not just as much."`
	PercentPlaces *int            `json:"percent_places,omitempty" doc:"Rounds the percentage before comparing, to reproduce old results of systems that did so."`
}

// Deadline is a time: the instant that decides, and what was typed.
type Deadline struct {
	At    time.Time `json:"at"`
	Zone  string    `json:"zone" doc:"IANA."`
	Typed string    `json:"typed,omitempty" doc:"The local time as it was typed."`
}

// Moment is a time as somebody gives it: an instant, or what a clock on a wall shows.
type Moment struct {
	At    *time.Time `json:"at,omitempty" doc:"An instant."`
	Local string     `json:"local,omitempty" doc:"2026-12-03T18:00, or 2026-12-03 for the end of that day." example:"2026-12-03T18:00"`
	Zone  string     `json:"zone,omitempty" doc:"IANA; the space's without it."`
}

func (m *Moment) moment() governance.Moment {
	if m == nil {
		return governance.Moment{}
	}
	out := governance.Moment{Local: m.Local, Zone: m.Zone}
	if m.At != nil {
		out.At = *m.At
	}
	return out
}

func viewDeadline(d *governance.Deadline) *Deadline {
	if d == nil {
		return nil
	}
	out := Deadline(*d)
	return &out
}

func (r Rule) rule() voting.Rule {
	out := voting.Rule{Version: r.Version, TieBreak: r.TieBreak}
	if r.Quorum != nil {
		q := voting.Quorum(*r.Quorum)
		if q.By == "" {
			q.By = voting.Seats
		}
		out.Quorum = &q
	}
	if r.Threshold != nil {
		t := voting.Threshold(*r.Threshold)
		out.Threshold = &t
	}
	return out
}

func viewRule(r voting.Rule) Rule {
	out := Rule{Version: r.Version, TieBreak: r.TieBreak}
	if r.Quorum != nil {
		q := Quorum(*r.Quorum)
		out.Quorum = &q
	}
	if r.Threshold != nil {
		t := Threshold(*r.Threshold)
		out.Threshold = &t
	}
	return out
}

// viewPoll encodes a poll, its verdict told in the language of whoever asks.
func viewPoll(ctx context.Context) func(governance.Poll) Poll {
	lang := string(requestOf(ctx).lang)
	return func(p governance.Poll) Poll {
		out := Poll{
			ID: p.ID, Space: p.Space, Proposal: p.Proposal, State: p.State, Method: p.Question.Method, Rule: viewRule(p.Rule),
			Change: p.Change, Names: p.Names, Order: p.Order, Opens: viewDeadline(p.Opens), Closes: viewDeadline(p.Closes),
			Opened: p.Opened, Closed: p.Closed, Counted: p.Counted, Entitled: p.Entitled, Turnout: p.Turnout, Roll: p.Roll,
			Promise: p.Promise, Result: p.Result, Source: p.Source, Revision: p.Revision,
		}
		for _, o := range p.Options {
			out.Options = append(out.Options, Option(o))
		}
		if len(p.Seed) > 0 {
			seed, _ := p.Seed.MarshalText() // hexadecimal; never fails
			out.Seed = string(seed)
		}
		if p.Root != nil {
			out.Root = p.Root.String()
		}
		if v := p.Verdict; v != nil {
			out.Verdict = &Verdict{Outcome: v.Outcome, Winner: v.Winner, Explanation: p.Explain(lang), Why: v.Why}
		}
		return out
	}
}

func onePoll(ctx context.Context, p governance.Poll, err error) (*one[Poll], error) {
	return &one[Poll]{ETag: etag(p.Revision), Body: viewPoll(ctx)(p)}, err
}

// OfPoll is what readings of one poll have in common.
type OfPoll struct {
	Reading
	Poll governance.PollID `path:"poll"`
}

type onPoll struct {
	Command
	Poll governance.PollID `path:"poll"`
}

func (s *server) polls() {
	const tag = "Polls"
	ps := s.coop.Polls

	type open struct {
		Command
		Proposal governance.ProposalID `path:"proposal"`
		Body     struct {
			Options []Option        `json:"options,omitempty" nullable:"false" doc:"For or against without them."`
			Rule    Rule            `json:"rule" doc:"Check it against your statutes."`
			Change  bool            `json:"change,omitempty" doc:"A voter may replace their ballot while the poll is open."`
			Names   bool            `json:"names,omitempty" doc:"Publish who voted what after the count."`
			Opens   *Moment         `json:"opens,omitempty" doc:"At once without it."`
			Closes  *Moment         `json:"closes,omitempty" doc:"When somebody closes it, without it."`
			Order   []voting.Choice `json:"order,omitempty" nullable:"false" doc:"For the tie-break order: all keys, the one that wins a tie first."`
		}
	}
	register(s, texts(created(op(http.MethodPost, "/v1/proposals/{proposal}/polls", "open-poll", tag, "Put a proposal to the vote"))),
		func(ctx context.Context, in *open) (*one[Poll], error) {
			b := in.Body
			n := governance.NewPoll{
				Rule: b.Rule.rule(), Change: b.Change, Names: b.Names, Opens: b.Opens.moment(), Closes: b.Closes.moment(), Order: b.Order,
			}
			for _, o := range b.Options {
				n.Options = append(n.Options, governance.Option(o))
			}
			p, err := ps.Open(ctx, in.actor(ctx), in.Proposal, n)
			out, err := onePoll(ctx, p, err)
			out.Location = "../../polls/" + string(p.ID)
			return out, err
		})

	type ofProposal struct {
		OfProposal
		Paging
	}
	register(s, op(http.MethodGet, "/v1/proposals/{proposal}/polls", "list-polls-on-proposal", tag, "List the polls on a proposal, the latest first"),
		func(ctx context.Context, in *ofProposal) (*list[Poll], error) {
			p, err := ps.Of(ctx, in.actor(ctx), in.Proposal, in.paging())
			return listOf(p, viewPoll(ctx), in.Limit, nil), err
		})

	type pollList struct {
		InSpace
		Paging
		State governance.PollState `query:"state" required:"true" enum:"planned,open,closed,counted,cancelled"`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/polls", "list-polls", tag, "List the polls in a state, the latest first"),
		func(ctx context.Context, in *pollList) (*list[Poll], error) {
			p, err := ps.List(ctx, in.actor(ctx), in.Space, in.State, in.paging())
			return listOf(p, viewPoll(ctx), in.Limit, url.Values{"state": {string(in.State)}}), err
		})

	register(s, op(http.MethodGet, "/v1/polls/{poll}", "read-poll", tag, "Read a poll, and once it is counted its verdict and why"),
		func(ctx context.Context, in *OfPoll) (*one[Poll], error) {
			p, err := ps.Get(ctx, in.actor(ctx), in.Poll)
			return onePoll(ctx, p, err)
		})
	register(s, op(http.MethodPost, "/v1/polls/{poll}/cancel", "cancel-poll", tag, "Drop a poll that is planned and has not opened"),
		func(ctx context.Context, in *onPoll) (*one[Poll], error) {
			p, err := ps.Cancel(ctx, in.actor(ctx), in.Poll)
			return onePoll(ctx, p, err)
		})
	register(s, op(http.MethodPost, "/v1/polls/{poll}/close", "close-poll", tag, "Close an open poll that has no closing time, and count it"),
		func(ctx context.Context, in *onPoll) (*one[Poll], error) {
			p, err := ps.Close(ctx, in.actor(ctx), in.Poll)
			return onePoll(ctx, p, err)
		})

	type calls struct {
		OfPoll
		Paging
	}
	register(s, op(http.MethodGet, "/v1/polls/{poll}/roll-call", "read-roll-call", tag, "Read who voted what, where the poll publishes it, once it is counted"),
		func(ctx context.Context, in *calls) (*list[NamedVote], error) {
			p, err := ps.RollCall(ctx, in.actor(ctx), in.Poll, in.paging())
			return listOf(p, viewNamedVote, in.Limit, nil), err
		})

	export := op(http.MethodGet, "/v1/polls/{poll}/export", "export-poll", tag, "Export a counted poll, so that anyone can recount it")
	export.Description = "Lines of JSON: a head with the question, the rule, the result and the log's signed word for it, then each ballot. " +
		"`coopspace recount FILE` counts and decides again from it, and needs nothing else."
	export.Responses = streamed("application/x-ndjson", "The export.")
	register(s, export, func(ctx context.Context, in *OfPoll) (*stream, error) {
		return s.streaming(ctx, "application/x-ndjson", func(w io.Writer) error {
			return ps.Export(ctx, in.actor(ctx), in.Poll, w)
		})
	})
}
