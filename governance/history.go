package governance

import (
	"context"
	"errors"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store/journal"
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
}

// ArchivedProposal is a proposal with what was voted on it.
type ArchivedProposal struct {
	Key        string
	Room       string // key
	Author     string // key
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
	Open    bool // it was not over yet
	Counts  []ArchivedCount
	Named   []ArchivedVote // nil: only counts are kept
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
	Room        string // key
	Resolution  string // key
	Author      string // key
	Title       string
	Description string
	State       ActionState
	Assignees   []string // keys
	Start       Moment
	Due         Moment
	Planned     time.Time
}

// HistoryReport says what an import did.
type HistoryReport struct {
	People, Rooms, Proposals, Resolutions, Actions int            // brought over
	Known                                          int            // were there from an earlier import, or as members
	Faults                                         []HistoryFault // what cannot be brought over
}

// HistoryFault is a part of an archive that cannot be brought over, and why.
type HistoryFault struct {
	Kind   string        `json:"kind"` // "person", "room", "proposal", "resolution", "action"
	Key    string        `json:"key"`
	Fields []fault.Field `json:"fields"`
}

// ErrArchive refuses an archive of which a part cannot be brought over.
var ErrArchive = fault.New(fault.Invalid, "history.archive", "a part of the archive cannot be brought over; nothing was")

// Amendment is an amendment as an import found it.
type Amendment struct {
	Author   MemberID
	Text     string
	For      int64
	Against  int64
	Blank    int64
	Accepted bool
}

type amendment struct {
	Key      string             `json:"key"`
	Author   string             `json:"author,omitempty"`
	Text     journal.Commitment `json:"text"`
	For      int64              `json:"for"`
	Against  int64              `json:"against"`
	Blank    int64              `json:"blank"`
	Accepted bool               `json:"accepted"`
}

type amendmentText struct {
	Text string `json:"text"`
}

func (v *scope) amendmentView(a amendment) (Amendment, error) {
	var text amendmentText
	_, err := v.Text(a.Text, &text)
	return Amendment{
		Author: scoped[MemberID](v.id, a.Author), Text: text.Text, For: a.For, Against: a.Against, Blank: a.Blank,
		Accepted: a.Accepted,
	}, err
}

// namedText is who voted what in a public vote of before, by member.
type namedText struct {
	Votes []namedVote `json:"votes"`
}

type namedVote struct {
	Member string        `json:"member"`
	Choice voting.Choice `json:"choice"`
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

// Import brings an archive into a space, in one transaction. What an earlier import brought stays as it is. When a part
// cannot be brought over, nothing is and the answer is ErrArchive with the report, unless the options say otherwise.
func (h *History) Import(ctx context.Context, a Actor, space SpaceID, in Archive, opts *HistoryOptions) (HistoryReport, error) {
	if opts == nil {
		opts = &HistoryOptions{}
	}
	var rep HistoryReport
	if !isUUID(string(space)) {
		return rep, ErrSpaceUnknown
	}
	err := h.c.view(ctx, a, space, func(v *scope) error { return v.may(ActHistoryImport, target{}) })
	if err != nil {
		return rep, err
	}
	people := in.identities()
	var known []PersonID
	if !opts.Check {
		if known, err = h.c.know(ctx, a.by(), people...); err != nil {
			return rep, err
		}
	}
	var out HistoryReport // of the last run, whether it is kept or not
	_, err = do(ctx, h.c, a, space, "history.import", []any{in, opts}, func(t *tx) (HistoryReport, error) {
		rep := HistoryReport{}
		defer func() { out = rep }()
		w := archivist{t: t, in: in, opts: opts, rep: &rep, known: map[string]PersonID{}, ids: map[string]string{}}
		for i, who := range people {
			if known != nil {
				w.known[who.Subject] = known[i]
			} else {
				w.known[who.Subject] = PersonID(t.w.NewID())
			}
		}
		if err := w.all(); err != nil {
			return rep, err
		}
		if len(rep.Faults) > 0 && !opts.Partial {
			err := ErrArchive
			for _, f := range rep.Faults {
				for _, x := range f.Fields {
					err = err.At(f.Kind+" "+f.Key+" "+x.Path, x.Text)
				}
			}
			return rep, err
		}
		if opts.Check {
			return rep, errUndo
		}
		return rep, nil
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return out, err
}
