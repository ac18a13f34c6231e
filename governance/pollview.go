package governance

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Poll is a poll, as read by somebody: what they may not see is empty.
type Poll struct {
	ID       PollID
	Space    SpaceID
	Proposal ProposalID
	State    PollState
	Question voting.Question
	Options  []Option
	Rule     voting.Rule
	Change   bool
	Names    bool
	Order    []voting.Choice
	Opens    *Deadline
	Closes   *Deadline
	Opened   *time.Time
	Closed   *time.Time
	Counted  *time.Time
	Entitled voting.Votes // from the opening on
	Turnout  *int         // ballots in the box
	Roll     string       // hash of the frozen roll
	Promise  string       // hash of the lot's seed
	Seed     voting.Seed  // once counted
	Root     *journal.Hash
	Result   *voting.Result
	Verdict  *voting.Verdict
	Source   string // where an import found it
	Zone     string // the space's, for times in words
	Revision uint64
}

// label gives an option's title.
func (p Poll) label(c voting.Choice) string {
	for _, o := range p.Options {
		if o.Key == c {
			return o.Title
		}
	}
	return string(c)
}

// Explain tells the verdict in sentences, in "fr", "en" or "de", with the options' titles; empty before the count.
func (p Poll) Explain(lang string) string {
	if p.Verdict == nil {
		return ""
	}
	return p.Verdict.ExplainWith(lang, p.label)
}

// field is something about a poll that not everybody may see at all times.
type field string

const (
	fieldTurnout field = "turnout" // how many ballots lie in the box
	fieldResult  field = "result"  // what was voted, the verdict, the box's root
	fieldNames   field = "names"   // who voted what
	fieldExport  field = "export"  // all ballots by seat, for a recount
)

// visible is the one function through which anything about a poll leaves the engine: pages, feeds, mails, exports. The
// actor may read the poll's proposal already, and with it the question, the rule, the times and how many are entitled.
// Nothing about a running result passes.
func visible(w who, s pollState, f field) bool {
	switch f {
	case fieldTurnout:
		return s.State != StatePlanned && s.State != StateCancelled || s.Source != ""
	case fieldResult:
		return s.State == StateCounted || s.Source != "" && s.Verdict != nil
	case fieldNames, fieldExport:
		return s.State == StateCounted && (s.Names || f == fieldExport && w.kind == host)
	}
	return false
}

// poll reads a poll whose proposal the actor may see.
func (v *scope) poll(own string) (journal.Item[pollState], error) {
	item, err := polls.Get(v.Reader, own)
	if errors.Is(err, store.ErrNoRecord) {
		return item, v.missing(ActSpaceRead, ErrPollUnknown)
	}
	if err != nil {
		return item, err
	}
	if _, _, err := v.proposal(item.State.Proposal); err != nil {
		if errors.Is(err, ErrProposalUnknown) {
			err = ErrPollUnknown
		}
		return item, err
	}
	return item, nil
}

// Get reads a poll.
func (p *Polls) Get(ctx context.Context, a Actor, id PollID) (Poll, error) {
	return viewOne(ctx, p.c, a, id, ErrPollUnknown, func(v *scope, own string) (Poll, error) {
		item, err := v.poll(own)
		if err != nil {
			return Poll{}, err
		}
		return v.pollView(item)
	})
}

// List gives the polls in a state that the actor may see, the latest first; empty: those on one proposal.
func (p *Polls) List(ctx context.Context, a Actor, space SpaceID, state PollState, pg Paging) (Page[Poll], error) {
	return p.list(ctx, a, space, store.Query{Index: pollByState, Prefix: indexKey(string(state))}, pg)
}

// Of gives the polls on a proposal, the latest first.
func (p *Polls) Of(ctx context.Context, a Actor, id ProposalID, pg Paging) (Page[Poll], error) {
	space, own, err := split(id, ErrProposalUnknown)
	if err != nil {
		return Page[Poll]{}, err
	}
	return p.list(ctx, a, space, store.Query{Index: pollByProposal, Prefix: idBytes(own)}, pg)
}

func (p *Polls) list(ctx context.Context, a Actor, space SpaceID, q store.Query, pg Paging) (Page[Poll], error) {
	var page Page[Poll]
	err := p.c.viewIf(ctx, a, space, ActSpaceRead, func(v *scope) (err error) {
		page, err = pageOf(v, polls, q, pg, func(v *scope, item journal.Item[pollState]) (Poll, bool, error) {
			if _, err := v.poll(item.ID); err != nil {
				if errors.Is(err, ErrPollUnknown) {
					return Poll{}, false, nil
				}
				return Poll{}, false, err
			}
			one, err := v.pollView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

func (v *scope) pollView(item journal.Item[pollState]) (Poll, error) {
	s := item.State
	out := Poll{
		ID: scoped[PollID](v.id, item.ID), Space: v.id, Proposal: scoped[ProposalID](v.id, s.Proposal), State: s.State,
		Question: s.Question, Rule: s.Rule, Change: s.Change, Names: s.Names, Order: s.Order, Opens: s.Opens,
		Closes: s.Closes, Opened: s.Opened, Closed: s.Closed, Counted: s.Counted, Entitled: s.Entitled, Roll: s.Roll,
		Promise: s.Promise, Source: s.Source, Zone: v.space.Zone, Revision: item.Version,
	}
	var text pollText
	if _, err := v.Text(s.Text, &text); err != nil {
		return out, err
	}
	out.Options = text.Options
	switch {
	case !visible(v.who, s, fieldTurnout):
	case s.Source != "" && s.Result != nil: // there is no box
		n := int(s.Result.Cast.Seats)
		out.Turnout = &n
	default:
		n, err := v.Store().Count(item.ID)
		if err != nil {
			return out, err
		}
		out.Turnout = &n
	}
	if visible(v.who, s, fieldResult) {
		out.Result, out.Verdict, out.Root, out.Seed = s.Result, s.Verdict, s.Root, s.Seed
	}
	return out, nil
}

// NamedVote is who voted what, in a poll that publishes it.
type NamedVote struct {
	Member MemberID
	Name   string
	Ballot voting.Ballot
	Weight voting.Weight
	At     time.Time
}

// RollCall gives who voted what, in the order of seats, once a poll that publishes names is counted; before, and for a
// poll that publishes none, it is ErrNotVisible. One brought over as
// history has its own order and no times.
func (p *Polls) RollCall(ctx context.Context, a Actor, id PollID, pg Paging) (Page[NamedVote], error) {
	page := Page[NamedVote]{Items: []NamedVote{}}
	space, own, err := split(id, ErrPollUnknown)
	if err != nil {
		return page, err
	}
	err = p.c.view(ctx, a, space, func(v *scope) error {
		item, err := v.poll(own)
		if err != nil {
			return err
		}
		if !visible(v.who, item.State, fieldNames) {
			return ErrNotVisible
		}
		if item.State.Source != "" {
			page, err = v.recordedCall(item.State, pg)
			return err
		}
		for b, err := range v.Store().Ballots(own) {
			if err != nil {
				return err
			}
			if len(b.Key) != 16 {
				return ErrBallotDamaged
			}
			seat := uuid.UUID(b.Key).String()
			if seat <= pg.After {
				continue
			}
			if len(page.Items) == pg.limit() {
				_, page.Next, _ = split(page.Items[len(page.Items)-1].Member, ErrMemberUnknown)
				return nil
			}
			body, err := readBody(b.Body)
			if err != nil {
				return err
			}
			one := NamedVote{Member: scoped[MemberID](space, seat), Ballot: body.Ballot, Weight: body.Weight, At: body.At}
			if one.Name, err = v.memberName(seat); err != nil {
				return err
			}
			page.Items = append(page.Items, one)
		}
		return nil
	})
	return page, err
}

// proof gives the proof that a seat's ballot is in a counted box, with its record and its place.
func (v *scope) proof(ctx context.Context, own string, key []byte) (*BoxProof, error) {
	var leaves []journal.Hash
	var record []byte
	var out *BoxProof
	for b, err := range v.Store().Ballots(own) {
		if err != nil {
			return nil, err
		}
		if len(leaves)%4096 == 4095 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		record = appendRecord(record[:0], b)
		if string(b.Key) == string(key) {
			out = &BoxProof{Record: bytes.Clone(record), Index: int64(len(leaves))}
		}
		leaves = append(leaves, journal.LeafHash(record))
	}
	if out == nil {
		return nil, ErrNotCast
	}
	var err error
	tree := journal.NewTree(leaves)
	out.Size, out.Root = tree.Size(), tree.Root()
	out.Proof, err = tree.Prove(out.Index)
	return out, err
}

// BoxProof proves that a ballot is in a counted box whose root is in the log.
type BoxProof struct {
	Record []byte         `json:"record"` // as in a Receipt
	Index  int64          `json:"index"`
	Size   int64          `json:"size"`
	Root   journal.Hash   `json:"root"`
	Proof  []journal.Hash `json:"proof"`
}

// Check proves that the record is in the box with this root.
func (b BoxProof) Check(root journal.Hash) error {
	if b.Root != root {
		return ErrReceipt.At("root", "is of another box")
	}
	if err := journal.CheckInclusion(b.Proof, b.Size, b.Root, b.Index, b.Record); err != nil {
		return ErrReceipt.At("proof", "does not lead to the root").Wrap(err)
	}
	return nil
}

// Proof proves to a voter that their ballot is in the box that was counted. It reads the whole box.
func (p *Polls) Proof(ctx context.Context, a Actor, id PollID) (BoxProof, error) {
	poll, err := p.c.frozen.get(ctx, id)
	if err != nil {
		return BoxProof{}, err
	}
	seat, err := p.c.frozen.seat(ctx, poll, a)
	if err != nil {
		return BoxProof{}, err
	}
	var out *BoxProof
	err = p.c.view(ctx, scheduler, poll.space, func(v *scope) error {
		item, err := polls.Get(v.Reader, poll.own)
		if err != nil {
			return err
		}
		if !visible(v.who, item.State, fieldResult) {
			return ErrNotVisible
		}
		out, err = v.proof(ctx, poll.own, seat.Seat[:])
		return err
	})
	if err != nil {
		return BoxProof{}, err
	}
	return *out, nil
}
