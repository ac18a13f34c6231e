package governance

import (
	"fmt"
	"slices"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// PollState says where a poll stands. It only ever moves forward.
type PollState string

// The states of a poll.
const (
	StatePlanned   PollState = "planned"   // waits for its opening time; nothing is frozen
	StateOpen      PollState = "open"      // rules, text and roll are frozen; ballots are accepted
	StateClosed    PollState = "closed"    // the box is shut, the count is under way
	StateCounted   PollState = "counted"   // the result and the verdict stand
	StateCancelled PollState = "cancelled" // it never opened, or was cut off when history was brought over
)

// Errors about polls.
var (
	ErrPollUnknown = fault.New(fault.NotFound, "poll.unknown", "there is no such poll here")
	ErrPollState   = fault.New(fault.Conflict, "poll.state", "the poll does not stand where this is possible")
	ErrPollPending = fault.New(fault.Conflict, "poll.pending", "a poll on this proposal is planned or open already")
	ErrPollTimed   = fault.New(fault.Conflict, "poll.timed", "this poll closes at its time and not before")
	ErrNotVisible  = fault.New(fault.Forbidden, "poll.not_visible", "this is not to be seen before the votes are counted, or not at all by the poll's rules")
)

// Polls opens polls, accepts ballots, and counts them.
type Polls struct{ c *Coop }

// Option is an answer that a poll of one among several offers.
type Option struct {
	Key   voting.Choice `json:"key"`   // short and stable: it stands in ballots, exports and results
	Title string        `json:"title"` // what people read
}

// NewPoll says how a proposal is put to the vote.
type NewPoll struct {
	Options []Option    // empty: for or against
	Rule    voting.Rule // quorum, threshold and tie-break
	Change  bool        // a voter may replace their ballot while the poll is open
	Names   bool        // who voted what is published after the count
	Opens   Moment      // zero: at once
	Closes  Moment      // zero: when somebody closes it

	// Order settles a tie under voting.TieOrder: all option keys, the one that wins a tie first (the eldest candidate, say).
	Order []voting.Choice
}

// SimpleMajority puts a proposal to the vote at once, until somebody closes it: adopted with more for than against,
// whatever the turnout. Check it against your statutes.
func SimpleMajority() NewPoll { return NewPoll{Rule: voting.SimpleMajority()} }

// TwoThirds is as SimpleMajority, adopted with at least two thirds of the votes for or against. Check it against your
// statutes.
func TwoThirds() NewPoll { return NewPoll{Rule: voting.TwoThirds()} }

// pollText is what people wrote about a poll: what its options mean.
type pollText struct {
	Options []Option `json:"options,omitempty"`
}

// pollState is folded from a poll's events.
type pollState struct {
	Proposal string             `json:"proposal"`
	State    PollState          `json:"state"`
	Question voting.Question    `json:"question"`
	Text     journal.Commitment `json:"text,omitempty"`
	Rule     voting.Rule        `json:"rule"`
	Change   bool               `json:"change,omitempty"`
	Names    bool               `json:"names,omitempty"`
	Order    []voting.Choice    `json:"order,omitempty"`
	Planned  time.Time          `json:"planned"`
	Opens    *Deadline          `json:"opens,omitempty"`
	Closes   *Deadline          `json:"closes,omitempty"`

	// From the opening on.
	Opened   *time.Time         `json:"opened,omitempty"`
	Voted    journal.Commitment `json:"voted,omitempty"` // the proposal's text that is voted on
	Roll     string             `json:"roll,omitempty"`  // hash of the manifest
	Entitled voting.Votes       `json:"entitled"`
	Chair    string             `json:"chair,omitempty"`    // the seat with the casting vote, under voting.TieChair
	Promise  string             `json:"promise,omitempty"`  // hash of the lot's seed, under voting.TieLot
	Promised string             `json:"promised,omitempty"` // the day it was published, where the space lives

	// From the close on.
	Closed  *time.Time      `json:"closed,omitempty"`
	Counted *time.Time      `json:"counted,omitempty"`
	Root    *journal.Hash   `json:"root,omitempty"` // of the box's tree
	Result  *voting.Result  `json:"result,omitempty"`
	Verdict *voting.Verdict `json:"verdict,omitempty"`
	Seed    voting.Seed     `json:"seed,omitempty"`
	Casting voting.Choice   `json:"casting,omitempty"` // what the chair voted, where it broke the tie

	Entries []store.Position `json:"entries,omitempty"` // where the log plans, opens and counts it

	Source string             `json:"source,omitempty"` // where an import found it
	Named  journal.Commitment `json:"named,omitempty"`  // who voted what, in what an import found
}

type (
	// PollPlanned says how a proposal will be put to the vote.
	PollPlanned struct {
		Proposal string             `json:"proposal"`
		Question voting.Question    `json:"question"`
		Text     journal.Commitment `json:"text,omitempty"`
		Rule     voting.Rule        `json:"rule"`
		Change   bool               `json:"change,omitempty"`
		Names    bool               `json:"names,omitempty"`
		Order    []voting.Choice    `json:"order,omitempty"`
		Opens    *Deadline          `json:"opens,omitempty"`
		Closes   *Deadline          `json:"closes,omitempty"`
	}
	// PollOpened freezes the text, the rules and the roll, and opens the box.
	PollOpened struct {
		Voted    journal.Commitment `json:"voted"`
		Roll     string             `json:"roll"`
		Entitled voting.Votes       `json:"entitled"`
		Chair    string             `json:"chair,omitempty"`
		Promise  string             `json:"promise,omitempty"`
		Promised string             `json:"promised,omitempty"`
	}
	// PollClosed shuts the box.
	PollClosed struct {
		Ballots int `json:"ballots"`
	}
	// PollCounted says what came out, and fixes the box by its root.
	PollCounted struct {
		Root    journal.Hash   `json:"root"`
		Result  voting.Result  `json:"result"`
		Verdict voting.Verdict `json:"verdict"`
		Seed    voting.Seed    `json:"seed,omitempty"`
		Casting voting.Choice  `json:"casting,omitempty"`
	}
	// PollCancelled ends a poll that never opened, and says why.
	PollCancelled struct {
		Why string `json:"why"` // "asked", "withdrawn", "nobody_entitled", "missed"
	}
	// PollRecorded brings over a poll of before, as history.
	PollRecorded struct {
		Proposal string             `json:"proposal"`
		State    PollState          `json:"state"`
		Question voting.Question    `json:"question"`
		Text     journal.Commitment `json:"text,omitempty"`
		Rule     voting.Rule        `json:"rule"`
		Change   bool               `json:"change,omitempty"`
		Names    bool               `json:"names,omitempty"`
		Opened   time.Time          `json:"opened"`
		Closes   *Deadline          `json:"closes,omitempty"`
		Voted    journal.Commitment `json:"voted"`
		Result   voting.Result      `json:"result"`
		Verdict  *voting.Verdict    `json:"verdict,omitempty"`
		Named    journal.Commitment `json:"named,omitempty"`
		Source   string             `json:"source"`
	}
)

// EventName is the wire name.
func (PollPlanned) EventName() string { return "poll.planned/1" }

// EventName is the wire name.
func (PollOpened) EventName() string { return "poll.opened/1" }

// EventName is the wire name.
func (PollClosed) EventName() string { return "poll.closed/1" }

// EventName is the wire name.
func (PollCounted) EventName() string { return "poll.counted/1" }

// EventName is the wire name.
func (PollCancelled) EventName() string { return "poll.cancelled/1" }

// EventName is the wire name.
func (PollRecorded) EventName() string { return "poll.recorded/1" }

// The indexes of polls.
const (
	pollByProposal = "proposal" // proposal, then the latest first
	pollByDue      = "due"      // when something must happen, earliest first
	pollByState    = "state"    // state, then the latest first
)

var polls = journal.NewNoun(module, "poll", 1, foldPoll, keysOfPoll,
	PollPlanned{}, PollOpened{}, PollClosed{}, PollCounted{}, PollCancelled{}, PollRecorded{})

func foldPoll(s pollState, e journal.Entry) pollState {
	at := e.At
	switch ev := e.Event.(type) {
	case PollPlanned:
		s = pollState{
			Proposal: ev.Proposal, State: StatePlanned, Question: ev.Question, Text: ev.Text, Rule: ev.Rule,
			Change: ev.Change, Names: ev.Names, Order: ev.Order, Planned: at, Opens: ev.Opens, Closes: ev.Closes,
			Entries: []store.Position{e.Position},
		}
	case PollOpened:
		s.State, s.Opened, s.Voted, s.Roll, s.Entitled = StateOpen, &at, ev.Voted, ev.Roll, ev.Entitled
		s.Chair, s.Promise, s.Promised = ev.Chair, ev.Promise, ev.Promised
		s.Entries = append(slices.Clip(s.Entries), e.Position)
	case PollClosed:
		s.State, s.Closed = StateClosed, &at
	case PollCounted:
		s.State, s.Counted, s.Root, s.Result, s.Verdict = StateCounted, &at, &ev.Root, &ev.Result, &ev.Verdict
		s.Seed, s.Casting = ev.Seed, ev.Casting
		s.Entries = append(slices.Clip(s.Entries), e.Position)
	case PollCancelled:
		s.State, s.Closed = StateCancelled, &at
	case PollRecorded:
		s = pollState{
			Proposal: ev.Proposal, State: ev.State, Question: ev.Question, Text: ev.Text, Rule: ev.Rule, Change: ev.Change,
			Names: ev.Names, Planned: ev.Opened, Opened: &ev.Opened, Closes: ev.Closes, Voted: ev.Voted, Result: &ev.Result,
			Verdict: ev.Verdict, Named: ev.Named, Source: ev.Source,
		}
	}
	return s
}

// due says when something must happen to a poll by itself; nil for never.
func (s pollState) due() *time.Time {
	switch {
	case s.Source != "":
		return nil
	case s.State == StatePlanned && s.Opens != nil:
		return &s.Opens.At
	case s.State == StateOpen && s.Closes != nil:
		return &s.Closes.At
	case s.State == StateClosed:
		return s.Closed // the count was cut off
	}
	return nil
}

func keysOfPoll(s pollState) []store.Key {
	keys := []store.Key{
		{Index: pollByProposal, Bytes: append(idBytes(s.Proposal), newest(s.Planned)...)},
		{Index: pollByState, Bytes: indexKey(string(s.State), newest(s.Planned))},
	}
	if due := s.due(); due != nil {
		keys = append(keys, store.Key{Index: pollByDue, Bytes: journal.TimeKey(*due)})
	}
	return append(keys, sourceKey(s.Source)...)
}

// check settles a NewPoll: its question, rule and times.
func (in NewPoll) check(zone string, now time.Time) (PollPlanned, pollText, error) {
	var w writing
	ev := PollPlanned{
		Question: voting.Question{Method: voting.YesNo}, Rule: in.Rule, Change: in.Change, Names: in.Names,
		Opens: w.deadline("opens", in.Opens, zone), Closes: w.deadline("closes", in.Closes, zone),
	}
	if ev.Rule.Version == 0 {
		ev.Rule.Version = voting.RuleVersion
	}
	text := pollText{}
	if len(in.Options) > 0 {
		ev.Question.Method = voting.Plurality
		titles := map[string]bool{}
		for i, o := range in.Options {
			at := fmt.Sprintf("options/%d/title", i)
			o.Title = w.name(at, o.Title)
			if look := sameLook(o.Title); titles[look] {
				w.faults.Add(at, "is there twice, or looks like another")
			} else {
				titles[look] = true
			}
			text.Options = append(text.Options, o)
			ev.Question.Options = append(ev.Question.Options, o.Key)
		}
	}
	if ev.Closes != nil {
		begin := now
		if ev.Opens != nil && ev.Opens.At.After(now) {
			begin = ev.Opens.At
		}
		if !begin.Before(ev.Closes.At) {
			w.faults.Add("closes", "is not after the opening")
		}
	}
	if in.Rule.TieBreak == voting.TieOrder {
		order, options := slices.Clone(in.Order), slices.Clone(ev.Question.Options)
		slices.Sort(order)
		slices.Sort(options)
		if !slices.Equal(order, options) {
			w.faults.Add("order", "does not name each option once")
		}
		ev.Order = in.Order
	} else if len(in.Order) > 0 {
		w.faults.Add("order", "is given, and the rule breaks no tie by order")
	}
	if err := w.err(); err != nil {
		return ev, text, err
	}
	if err := ev.Question.Check(); err != nil {
		return ev, text, err
	}
	return ev, text, ev.Rule.Check()
}
