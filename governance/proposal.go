package governance

import (
	"context"
	"errors"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// ProposalState says where a proposal stands.
type ProposalState string

// The states of a proposal. A poll that ends in a tie or is void sends it back to the debate.
const (
	Draft     ProposalState = "draft"     // seen by its author alone
	InDebate  ProposalState = "in_debate" // open to arguments, its text may change
	InVote    ProposalState = "in_vote"   // its text is frozen
	Adopted   ProposalState = "adopted"   // a resolution carries its text
	Rejected  ProposalState = "rejected"
	Inquorate ProposalState = "inquorate" // the quorum was missing; it may be put to the vote again
	Withdrawn ProposalState = "withdrawn" // by its author, an officer or the host, while nothing is decided
)

// Errors about proposals.
var (
	ErrProposalUnknown = fault.New(fault.NotFound, "proposal.unknown", "there is no such proposal here")
	ErrProposalState   = fault.New(fault.Conflict, "proposal.state", "the proposal does not stand where this is possible")
	ErrProposalFrozen  = fault.New(fault.Conflict, "proposal.frozen", "the text is frozen since the vote opened")
)

// Proposals puts proposals to the members of a space, and reads them.
type Proposals struct{ c *Coop }

// NewProposal is what somebody proposes.
type NewProposal struct {
	Room      RoomID   // empty: the space itself, open to all members
	Title     string   // required
	Summary   string   // one line
	Body      string   // Markdown: what is voted on
	Arguments string   // Markdown: why
	Tags      []string // at most MaxTags, of one line
}

// Proposal is a proposal, as read, with the latest version of its text.
type Proposal struct {
	ID         ProposalID
	Space      SpaceID
	Room       RoomID
	Author     MemberID // empty: the host, or in history somebody unknown
	State      ProposalState
	Title      string
	Summary    string
	Body       string
	Arguments  string
	Tags       []string
	Versions   int // of the text; this is the last one
	Written    time.Time
	Submitted  *time.Time // when the debate began
	Poll       PollID     // the last poll on it
	Resolution ResolutionID
	Source     string      // where an import found it
	Amendments []Amendment // amendments as an import found them
	Revision   uint64
}

// TextVersion is one version of a proposal's text.
type TextVersion struct {
	Number    int
	At        time.Time
	Title     string
	Summary   string
	Body      string
	Arguments string
	Tags      []string
}

// proposalText is what somebody wrote.
type proposalText struct {
	Title     string   `json:"title"`
	Summary   string   `json:"summary,omitempty"`
	Body      string   `json:"body,omitempty"`
	Arguments string   `json:"arguments,omitempty"`
	Tags      []string `json:"tags,omitempty"`
}

type textVersion struct {
	Text journal.Commitment `json:"text"`
	At   time.Time          `json:"at"`
}

type proposalState struct {
	Room       string        `json:"room,omitempty"`
	Author     string        `json:"author,omitempty"`
	State      ProposalState `json:"state"`
	Versions   []textVersion `json:"versions"`
	Written    time.Time     `json:"written"`
	Submitted  *time.Time    `json:"submitted,omitempty"`
	Poll       string        `json:"poll,omitempty"`
	Resolution string        `json:"resolution,omitempty"`
	Source     string        `json:"source,omitempty"`
	Amendments []amendment   `json:"amendments,omitempty"`
}

// text gives the commitment to the latest text.
func (s proposalState) text() journal.Commitment {
	if len(s.Versions) == 0 {
		return ""
	}
	return s.Versions[len(s.Versions)-1].Text
}

type (
	// ProposalDrafted begins a proposal that only its author sees.
	ProposalDrafted struct {
		Room   string             `json:"room,omitempty"`
		Author string             `json:"author,omitempty"`
		Text   journal.Commitment `json:"text"`
	}
	// ProposalSubmitted opens the debate.
	ProposalSubmitted struct{}
	// ProposalRevised gives a proposal a new version of its text.
	ProposalRevised struct {
		Text journal.Commitment `json:"text"`
	}
	// ProposalPut puts a proposal to the vote; its text is frozen.
	ProposalPut struct {
		Poll string `json:"poll"`
	}
	// ProposalDecided says what came out of the vote.
	ProposalDecided struct {
		Poll       string         `json:"poll"`
		Outcome    voting.Outcome `json:"outcome"`
		Resolution string         `json:"resolution,omitempty"`
	}
	// ProposalWithdrawn takes a proposal back.
	ProposalWithdrawn struct{}
	// ProposalRecorded brings over a proposal of before, as history: nothing about it is decided here.
	ProposalRecorded struct {
		Room       string             `json:"room,omitempty"`
		Author     string             `json:"author,omitempty"`
		Text       journal.Commitment `json:"text"`
		State      ProposalState      `json:"state"`
		Written    time.Time          `json:"written"`
		Poll       string             `json:"poll,omitempty"`
		Resolution string             `json:"resolution,omitempty"`
		Source     string             `json:"source"`
		Amendments []amendment        `json:"amendments,omitempty"`
	}
)

// EventName is the wire name.
func (ProposalDrafted) EventName() string { return "proposal.drafted/1" }

// EventName is the wire name.
func (ProposalSubmitted) EventName() string { return "proposal.submitted/1" }

// EventName is the wire name.
func (ProposalRevised) EventName() string { return "proposal.revised/1" }

// EventName is the wire name.
func (ProposalPut) EventName() string { return "proposal.put_to_vote/1" }

// EventName is the wire name.
func (ProposalDecided) EventName() string { return "proposal.decided/1" }

// EventName is the wire name.
func (ProposalWithdrawn) EventName() string { return "proposal.withdrawn/1" }

// EventName is the wire name.
func (ProposalRecorded) EventName() string { return "proposal.recorded/1" }

// The indexes of proposals, each with the latest first.
const (
	proposalByTime  = "time"
	proposalByState = "state"
	proposalByRoom  = "room"
	proposalByBoth  = "room_state" // room, then as by state
)

var proposals = journal.NewNoun(module, "proposal", 1, foldProposal, keysOfProposal,
	ProposalDrafted{}, ProposalSubmitted{}, ProposalRevised{}, ProposalPut{}, ProposalDecided{}, ProposalWithdrawn{},
	ProposalRecorded{})

func foldProposal(s proposalState, e journal.Entry) proposalState {
	at := e.At
	switch ev := e.Event.(type) {
	case ProposalDrafted:
		s = proposalState{
			Room: ev.Room, Author: ev.Author, State: Draft, Versions: []textVersion{{ev.Text, at}}, Written: at,
		}
	case ProposalSubmitted:
		s.State, s.Submitted = InDebate, &at
	case ProposalRevised:
		s.Versions = append(s.Versions[:len(s.Versions):len(s.Versions)], textVersion{ev.Text, at})
	case ProposalPut:
		s.State, s.Poll = InVote, ev.Poll
	case ProposalDecided:
		s.State, s.Resolution = stateAfter(ev.Outcome), ev.Resolution
	case ProposalWithdrawn:
		s.State = Withdrawn
	case ProposalRecorded:
		s = proposalState{
			Room: ev.Room, Author: ev.Author, State: ev.State, Versions: []textVersion{{ev.Text, ev.Written}},
			Written: ev.Written, Submitted: &ev.Written, Poll: ev.Poll, Resolution: ev.Resolution, Source: ev.Source,
			Amendments: ev.Amendments,
		}
	}
	return s
}

// stateAfter says where a vote leaves a proposal: a tie and a void vote decided nothing.
func stateAfter(o voting.Outcome) ProposalState {
	switch o {
	case voting.Adopted:
		return Adopted
	case voting.Rejected:
		return Rejected
	case voting.Inquorate:
		return Inquorate
	}
	return InDebate
}

func keysOfProposal(s proposalState) []store.Key {
	when := s.Written
	if s.Submitted != nil {
		when = *s.Submitted
	}
	late := newest(when)
	keys := []store.Key{
		{Index: proposalByTime, Bytes: late},
		{Index: proposalByState, Bytes: indexKey(string(s.State), late)},
	}
	if s.Room != "" {
		keys = append(keys, store.Key{Index: proposalByRoom, Bytes: append(idBytes(s.Room), late...)},
			store.Key{Index: proposalByBoth, Bytes: append(idBytes(s.Room), indexKey(string(s.State), late)...)})
	}
	return append(keys, sourceKey(s.Source)...)
}

func (w *writing) proposal(in NewProposal) proposalText {
	return proposalText{
		Title: w.name("title", in.Title), Summary: w.line("summary", in.Summary, MaxLine), Body: w.text("body", in.Body),
		Arguments: w.text("arguments", in.Arguments), Tags: w.words("tags", in.Tags, MaxTags),
	}
}

// Draft keeps a proposal that only its author sees until it is submitted.
func (p *Proposals) Draft(ctx context.Context, a Actor, space SpaceID, in NewProposal) (Proposal, error) {
	return p.write(ctx, a, space, "proposals.draft", in)
}

// Submit puts a proposal to the members: the debate is open.
func (p *Proposals) Submit(ctx context.Context, a Actor, space SpaceID, in NewProposal) (Proposal, error) {
	return p.write(ctx, a, space, "proposals.submit", in, ProposalSubmitted{})
}

func (p *Proposals) write(ctx context.Context, a Actor, space SpaceID, name string, in NewProposal, then ...journal.Event) (Proposal, error) {
	return p.command(ctx, a, space, name, in, func(t *tx) (string, error) {
		if err := t.module(ModuleProposals); err != nil {
			return "", err
		}
		room, state, err := t.openRoomFor(in.Room)
		if err != nil {
			return "", err
		}
		if err := t.may(ActProposalWrite, target{room: state}); err != nil {
			return "", err
		}
		author, err := t.acting(a)
		if err != nil {
			return "", err
		}
		var w writing
		text := w.proposal(in)
		if err := w.err(); err != nil {
			return "", err
		}
		c, err := t.w.Commit(text)
		if err != nil {
			return "", err
		}
		id := t.w.NewID()
		events := append([]journal.Event{ProposalDrafted{Room: room, Author: author, Text: c}}, then...)
		return id, t.emit(id, events...)
	})
}

// acting gives the member as whom an actor acts: the one they say they act for, which must be theirs, or themselves, or
// the only organisation they stand for. Empty for the host.
func (v *scope) acting(a Actor) (string, error) {
	own, err := within(v.id, a.member, ErrMemberUnknown)
	switch {
	case err != nil:
		return "", err
	case v.who.kind != person:
		return "", nil
	case own != "":
		if v.who.acts(own) {
			return own, nil
		}
		return "", ErrForbidden
	case v.who.standing == Active:
		return v.who.member, nil
	case len(v.who.stands) == 1:
		return v.who.stands[0], nil
	}
	return "", ErrSeatNeeded
}

// Debate submits a draft.
func (p *Proposals) Debate(ctx context.Context, a Actor, id ProposalID) (Proposal, error) {
	return p.on(ctx, a, id, "proposals.debate", nil, func(t *tx, own string, it journal.Item[proposalState], tg target) error {
		if err := t.may(ActProposalRevise, tg); err != nil {
			return err
		}
		if it.State.State != Draft {
			return ErrProposalState.At("state", string(it.State.State))
		}
		return t.emit(own, ProposalSubmitted{})
	})
}

// Revise gives a draft or a debated proposal a new version of its text; the earlier ones stay readable. revision is the
// Revision that was read; 0: whatever it is now. The room cannot change.
func (p *Proposals) Revise(ctx context.Context, a Actor, id ProposalID, in NewProposal, revision uint64) (Proposal, error) {
	return p.on(ctx, a, id, "proposals.revise", in, func(t *tx, own string, it journal.Item[proposalState], tg target) error {
		if err := t.may(ActProposalRevise, tg); err != nil {
			return err
		}
		if revision != 0 && revision != it.Version {
			return ErrStale
		}
		switch it.State.State {
		case Draft, InDebate:
		case InVote, Adopted, Rejected, Inquorate:
			return ErrProposalFrozen
		default:
			return ErrProposalState.At("state", string(it.State.State))
		}
		var w writing
		text := w.proposal(in)
		if err := w.err(); err != nil {
			return err
		}
		c, err := t.w.Commit(text)
		if err != nil {
			return err
		}
		return t.emit(own, ProposalRevised{Text: c})
	})
}

// Withdraw takes back a draft, a debated proposal, or one whose vote was inquorate.
func (p *Proposals) Withdraw(ctx context.Context, a Actor, id ProposalID) (Proposal, error) {
	return p.on(ctx, a, id, "proposals.withdraw", nil, func(t *tx, own string, it journal.Item[proposalState], tg target) error {
		if err := t.may(ActProposalWithdraw, tg); err != nil {
			return err
		}
		switch it.State.State {
		case Draft, InDebate, Inquorate:
			return t.emit(own, ProposalWithdrawn{})
		}
		return ErrProposalState.At("state", string(it.State.State))
	})
}

// Get reads a proposal.
func (p *Proposals) Get(ctx context.Context, a Actor, id ProposalID) (Proposal, error) {
	var out Proposal
	err := p.read(ctx, a, id, func(v *scope, item journal.Item[proposalState]) error {
		var err error
		out, err = v.proposalView(item)
		return err
	})
	return out, err
}

// Versions reads all versions of a proposal's text, the first one first.
func (p *Proposals) Versions(ctx context.Context, a Actor, id ProposalID) ([]TextVersion, error) {
	var out []TextVersion
	err := p.read(ctx, a, id, func(v *scope, item journal.Item[proposalState]) error {
		for i, ver := range item.State.Versions {
			var t proposalText
			if _, err := v.Text(ver.Text, &t); err != nil {
				return err
			}
			out = append(out, TextVersion{
				Number: i + 1, At: ver.At, Title: t.Title, Summary: t.Summary, Body: t.Body, Arguments: t.Arguments, Tags: t.Tags,
			})
		}
		return nil
	})
	return out, err
}

func (p *Proposals) read(ctx context.Context, a Actor, id ProposalID, fn func(*scope, journal.Item[proposalState]) error) error {
	space, own, err := split(id, ErrProposalUnknown)
	if err != nil {
		return err
	}
	return p.c.view(ctx, a, space, func(v *scope) error {
		item, _, err := v.proposal(own)
		if err != nil {
			return err
		}
		return fn(v, item)
	})
}

// proposal reads a proposal that the actor may see, with the target for acts on it. A draft is seen by its author and
// the host alone.
func (v *scope) proposal(own string) (journal.Item[proposalState], target, error) {
	item, err := proposals.Get(v.Reader, own)
	if errors.Is(err, store.ErrNoRecord) {
		return item, target{}, v.missing(ActSpaceRead, ErrProposalUnknown)
	}
	if err != nil {
		return item, target{}, err
	}
	room, err := v.room(item.State.Room)
	if err != nil {
		return item, target{}, err
	}
	tg := target{room: room, owners: []string{item.State.Author}}
	if err := v.may(ActProposalRead, tg); err != nil {
		if errors.Is(err, ErrRoomUnknown) {
			err = ErrProposalUnknown.Wrap(err) // to a reader it is not there; why stays for the operator
		}
		return item, tg, err
	}
	if !v.seesDraft(item.State) {
		return item, tg, ErrProposalUnknown
	}
	return item, tg, nil
}

func (v *scope) seesDraft(s proposalState) bool {
	return s.Submitted != nil || v.who.kind == host || v.who.kind == system || v.who.is(s.Author)
}

// ProposalQuery asks for proposals, the latest first: all, those in a state, those of a room, or both.
type ProposalQuery struct {
	State ProposalState
	Room  RoomID
	Paging
}

// List gives the proposals that the actor may see, the latest first.
func (p *Proposals) List(ctx context.Context, a Actor, space SpaceID, in ProposalQuery) (Page[Proposal], error) {
	var page Page[Proposal]
	err := p.c.viewIf(ctx, a, space, ActSpaceRead, func(v *scope) error {
		q := store.Query{Index: proposalByTime}
		room, err := within(space, in.Room, ErrRoomUnknown)
		if err != nil {
			return err
		}
		switch {
		case room != "" && in.State != "":
			q = store.Query{Index: proposalByBoth, Prefix: append(idBytes(room), indexKey(string(in.State))...)}
		case room != "":
			q = store.Query{Index: proposalByRoom, Prefix: idBytes(room)}
		case in.State != "":
			q = store.Query{Index: proposalByState, Prefix: indexKey(string(in.State))}
		}
		rooms := map[string]*roomState{}
		page, err = pageOf(v, proposals, q, in.Paging, func(v *scope, item journal.Item[proposalState]) (Proposal, bool, error) {
			room, known := rooms[item.State.Room]
			if !known {
				if room, err = v.room(item.State.Room); err != nil {
					return Proposal{}, false, err
				}
				rooms[item.State.Room] = room
			}
			if room != nil && !mayEnter(v.who, *room) || !v.seesDraft(item.State) {
				return Proposal{}, false, nil
			}
			one, err := v.proposalView(item)
			return one, true, err
		})
		return err
	})
	return page, err
}

func (v *scope) proposalView(item journal.Item[proposalState]) (Proposal, error) {
	s := item.State
	out := Proposal{
		ID: scoped[ProposalID](v.id, item.ID), Space: v.id, Room: scoped[RoomID](v.id, s.Room),
		Author: scoped[MemberID](v.id, s.Author), State: s.State, Versions: len(s.Versions), Written: s.Written,
		Submitted: s.Submitted, Poll: scoped[PollID](v.id, s.Poll), Resolution: scoped[ResolutionID](v.id, s.Resolution),
		Source: s.Source, Revision: item.Version,
	}
	var t proposalText
	if _, err := v.Text(s.text(), &t); err != nil {
		return out, err
	}
	out.Title, out.Summary, out.Body, out.Arguments, out.Tags = t.Title, t.Summary, t.Body, t.Arguments, t.Tags
	for _, c := range s.Amendments {
		one, err := v.amendmentView(c)
		if err != nil {
			return out, err
		}
		out.Amendments = append(out.Amendments, one)
	}
	return out, nil
}

// command carries out a command that answers with one proposal.
func (p *Proposals) command(ctx context.Context, a Actor, space SpaceID, name string, in any, fn func(*tx) (string, error)) (Proposal, error) {
	return answer(ctx, p.c, a, space, name, in, fn, p.Get)
}

// on carries out a command on one proposal.
func (p *Proposals) on(ctx context.Context, a Actor, id ProposalID, name string, in any,
	fn func(*tx, string, journal.Item[proposalState], target) error,
) (Proposal, error) {
	space, own, err := split(id, ErrProposalUnknown)
	if err != nil {
		return Proposal{}, err
	}
	return p.command(ctx, a, space, name, []any{id, in}, func(t *tx) (string, error) {
		if err := t.module(ModuleProposals); err != nil {
			return "", err
		}
		item, tg, err := t.proposal(own)
		if err != nil {
			return "", err
		}
		return own, fn(t, own, item, tg)
	})
}
