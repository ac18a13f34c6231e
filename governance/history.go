package governance

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// History brings over what was decided elsewhere before: as history, which nothing here decides again.
type History struct{ c *Coop }

// Archive is what another system holds of one space. Keys are that system's own ids; they tie the parts together, and
// make that nothing is brought over twice.
type Archive struct {
	Source      string // the system's name, such as "communecter": the issuer of its people's identities
	People      []ArchivedPerson
	Rooms       []ArchivedRoom
	Proposals   []ArchivedProposal
	Resolutions []ArchivedResolution
	Actions     []ArchivedAction
}

// ArchivedPerson is somebody who belongs to the space, or was asked to, or asks to.
type ArchivedPerson struct {
	Key      string // the subject of their identity
	Name     string
	Email    string
	Roles    []string
	Standing Standing // Invited, Pending or Active
}

// ArchivedRoom is a room.
type ArchivedRoom struct {
	Key         string
	Name        string
	Description string
	Roles       []string
	Closed      bool

	// StandIn holds the place of a room of which the archive knows the key alone: it is opened under its key as its name,
	// to officers only, for nobody knows who may enter the real one. A later archive that has the room completes it.
	StandIn bool
}

// ArchivedProposal is a proposal with what was voted on it.
type ArchivedProposal struct {
	Key        string
	Room       string // key; empty: the space itself
	Author     string // key; left out when nobody has it
	Title      string
	Summary    string
	Body       string
	Arguments  string
	Tags       []string
	Written    time.Time
	State      ProposalState
	Amendments []ArchivedAmendment
	Poll       *ArchivedPoll // nil: never voted on
}

// ArchivedPoll is a vote as the other system held it: its rule, the counts, and, only where it was public, who voted
// what.
type ArchivedPoll struct {
	Options []Option // empty: for or against
	Rule    voting.Rule
	Change  bool
	Opened  time.Time
	Closes  Moment
	Open    bool // it was cut off before its end: kept without a verdict, and the proposal can be put to the vote again
	Counts  []ArchivedCount
	Named   []ArchivedVote // nil: only counts are kept; otherwise no more for a choice than are counted
}

// ArchivedCount is how many chose an answer.
type ArchivedCount struct {
	Choice voting.Choice
	Votes  int64
}

// ArchivedVote is who chose it, in a public vote.
type ArchivedVote struct {
	Person string // key
	Choice voting.Choice
}

// ArchivedAmendment is an amendment with its votes.
type ArchivedAmendment struct {
	Key      string
	Author   string // key
	Text     string
	For      int64
	Against  int64
	Blank    int64
	Accepted bool
}

// ArchivedResolution is a proposal that was adopted.
type ArchivedResolution struct {
	Key      string
	Proposal string // key
	Adopted  time.Time
}

// ArchivedAction is something to do.
type ArchivedAction struct {
	Key         string
	Room        string // key; empty: the space itself
	Resolution  string // key; left out when there is none
	Author      string // key; left out when nobody has it
	Title       string
	Description string
	State       ActionState
	Assignees   []string // keys; whoever is no active member here is left out
	Start       Moment
	Due         Moment
	Planned     time.Time
}

// HistoryReport says what an import did.
type HistoryReport struct {
	People, Rooms, Proposals, Resolutions, Actions int            // brought over
	Known                                          int            // were there from an earlier import, or as members
	Faults                                         []HistoryFault // what cannot be brought over
	Notes                                          []HistoryNote  // what was left out of parts that were
}

// HistoryFault is a part of an archive that cannot be brought over, and why.
type HistoryFault struct {
	Kind   string        `json:"kind"` // "person", "room", "proposal", "resolution", "action"
	Key    string        `json:"key"`
	Fields []fault.Field `json:"fields"`
}

// HistoryNote is something that was left out of a part that was brought over all the same.
type HistoryNote struct {
	Kind string `json:"kind"` // as of a HistoryFault
	Key  string `json:"key"`
	Path string `json:"path"`
	Code string `json:"code"` // "unknown_person", "inactive_person", "unknown_resolution" or "brought_before"
	Text string `json:"text"`
}

// ErrArchive refuses an archive of which a part cannot be brought over.
var ErrArchive = fault.New(fault.Invalid, "history.archive", "a part of the archive cannot be brought over; nothing was")

// namedText is who voted what in a public vote of before, by member.
type namedText struct {
	Votes []namedVote `json:"votes"`
}

type namedVote struct {
	Member string        `json:"member"`
	Choice voting.Choice `json:"choice"`
}

// recordedCall gives who voted what in a poll that was brought over, in the order of the import.
func (v *scope) recordedCall(s pollState, pg Paging) (Page[NamedVote], error) {
	page := Page[NamedVote]{Items: []NamedVote{}}
	var named namedText
	if _, err := v.Text(s.Named, &named); err != nil {
		return page, err
	}
	first := 0
	if pg.After != "" {
		var err error
		if first, err = strconv.Atoi(pg.After); err != nil || first < 0 {
			return page, ErrText.At("after", "is no place in this listing")
		}
	}
	for i, vote := range named.Votes {
		if i < first {
			continue
		}
		if len(page.Items) == pg.limit() {
			page.Next = strconv.Itoa(i)
			break
		}
		one := NamedVote{Member: scoped[MemberID](v.id, vote.Member), Ballot: vote.Choice, Weight: voting.Voice}
		var err error
		if one.Name, err = v.memberName(vote.Member); err != nil {
			return page, err
		}
		page.Items = append(page.Items, one)
	}
	return page, nil
}

// HistoryOptions of an import. nil is fine.
type HistoryOptions struct {
	// Partial brings over what can be, and reports the rest. Otherwise one fault leaves the space untouched.
	Partial bool
	// Check reports what would happen, and brings over nothing.
	Check bool
}

// errUndo makes a command leave no trace.
var errUndo = errors.New("only checked")

// Import brings an archive into a space, in one transaction. What an earlier import brought stays as it is, and so does
// every membership, whatever its standing: nobody who left comes back by it. When a part cannot be brought over, nothing
// is and the answer is ErrArchive with the report, unless the options say otherwise.
func (h *History) Import(ctx context.Context, a Actor, space SpaceID, in Archive, opts *HistoryOptions) (HistoryReport, error) {
	if opts == nil {
		opts = &HistoryOptions{}
	}
	if !isUUID(string(space)) {
		return HistoryReport{}, ErrSpaceUnknown
	}
	if in.Source == "" || strings.ContainsAny(in.Source, ": ") {
		return HistoryReport{}, ErrArchive.At("source", "names no system")
	}
	err := h.c.view(ctx, a, space, func(v *scope) error { return v.may(ActHistoryImport, target{}) })
	if err != nil {
		return HistoryReport{}, err
	}
	// It is tried first and undone, so that nobody becomes known to the instance by an archive that is refused.
	known, err := h.c.recognise(ctx, in)
	if err != nil {
		return HistoryReport{}, err
	}
	rep, err := h.attempt(ctx, a, space, in, known)
	if err != nil {
		return rep, err
	}
	if len(rep.Faults) > 0 && !opts.Partial {
		return rep, rep.err()
	}
	if opts.Check {
		return rep, nil
	}
	if err := h.c.meet(ctx, a, in, known, rep); err != nil {
		return rep, err
	}
	return do(ctx, h.c, a, space, "history.import", []any{in, opts}, func(t *tx) (HistoryReport, error) {
		rep, err := t.archive(in, known)
		if err == nil && len(rep.Faults) > 0 && !opts.Partial {
			err = rep.err() // the space changed since the attempt
		}
		return rep, err
	})
}

// attempt brings an archive over and undoes it.
func (h *History) attempt(ctx context.Context, a Actor, space SpaceID, in Archive, known map[string]PersonID) (HistoryReport, error) {
	var rep HistoryReport
	a.key = ""
	_, err := do(ctx, h.c, a, space, "history.check", nil, func(t *tx) (struct{}, error) {
		guess := maps.Clone(known)
		for _, p := range in.People {
			if guess[p.Key] == "" {
				guess[p.Key] = PersonID(t.w.NewID())
			}
		}
		var err error
		if rep, err = t.archive(in, guess); err == nil {
			err = errUndo
		}
		return struct{}{}, err
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return rep, err
}

// err gives the report's faults as places.
func (r HistoryReport) err() error {
	err := ErrArchive
	for _, f := range r.Faults {
		for _, x := range f.Fields {
			err = err.At(f.Kind+" "+f.Key+" "+x.Path, x.Text)
		}
	}
	return err
}
