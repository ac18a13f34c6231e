package governance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// ExportFormat names the format of a poll's export: lines of JSON, an ExportHead first, then an ExportBallot for each
// ballot. It is append-only.
const ExportFormat = "coopspace poll 1"

// ExportHead is the first line of an export: everything a recount needs but the ballots.
type ExportHead struct {
	Format   string          `json:"format"`
	Poll     PollID          `json:"poll"`
	Title    string          `json:"title"`
	Question voting.Question `json:"question"`
	Options  []Option        `json:"options,omitempty"`
	Rule     voting.Rule     `json:"rule"`
	Order    []voting.Choice `json:"order,omitempty"`
	Entitled voting.Votes    `json:"entitled"`
	Opened   time.Time       `json:"opened"`
	Closes   *Deadline       `json:"closes,omitempty"`
	Seed     voting.Seed     `json:"seed,omitempty"`
	Promise  string          `json:"promise,omitempty"`
	Promised string          `json:"promised,omitempty"`
	Casting  voting.Choice   `json:"casting,omitempty"`
	Ballots  int             `json:"ballots"`
	Named    bool            `json:"named"` // ballots come with their records, and the box's root can be recomputed
	Result   voting.Result   `json:"result"`
	Verdict  voting.Verdict  `json:"verdict"`
	Root     journal.Hash    `json:"root"`

	// The log's word for it: a checkpoint signed by Key, the entries that planned, opened and counted the poll with their
	// proofs, and the texts of proposal and options with their salts, to which the entries committed (null once erased).
	Key          string        `json:"key"`
	Checkpoint   string        `json:"checkpoint"`
	Log          []ExportEntry `json:"log"`
	ProposalText []byte        `json:"proposal_text"`
	OptionsText  []byte        `json:"options_text,omitempty"`
}

// ExportEntry is an entry of the log with the proof that the checkpoint's log holds it.
type ExportEntry struct {
	Entry []byte         `json:"entry"`
	Proof []journal.Hash `json:"proof"`
}

// ExportBallot is a line of an export: the ballot's whole record, in key order, or only the choice and its weight, in an
// order that tells nothing.
type ExportBallot struct {
	Record []byte          `json:"record,omitempty"`
	Ballot json.RawMessage `json:"ballot"`
	Weight voting.Weight   `json:"weight"`
}

// ErrExport is an export that cannot be read, or that does not add up.
var ErrExport = fault.New(fault.Invalid, "export.contradiction", "the export does not add up")

// Export writes a counted poll so that anyone can recount it with [Recount]. With names published by the poll's rules, or
// for the host, ballots come with their records and the box's root can be recomputed; otherwise only choices and
// weights are written, and the recount shows the sum and not who is in it. A reading of the store is open while w is
// written: give it a file or memory, never somebody's connection.
func (p *Polls) Export(ctx context.Context, a Actor, id PollID, w io.Writer) error {
	space, own, err := split(id, ErrPollUnknown)
	if err != nil {
		return err
	}
	checkpoint, err := p.checkpoint(ctx, a, space, own)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	err = p.c.view(ctx, a, space, func(v *scope) error {
		item, err := v.poll(own)
		if err != nil {
			return err
		}
		s := item.State
		head, err := v.exportHead(item, checkpoint, p.c.vkey)
		if err != nil {
			return err
		}
		head.Named = visible(v.who, s, fieldExport)
		if err := enc.Encode(head); err != nil {
			return err
		}
		var detached []ExportBallot
		for b, err := range v.Store().Ballots(own) {
			if err != nil {
				return err
			}
			body, err := readBody(b.Body)
			if err != nil {
				return err
			}
			line := ExportBallot{Weight: body.Weight}
			if line.Ballot, err = voting.MarshalBallot(body.Ballot); err != nil {
				return err
			}
			if !head.Named {
				detached = append(detached, line)
				continue
			}
			line.Record = appendRecord(nil, b)
			if err := enc.Encode(line); err != nil {
				return err
			}
		}
		slices.SortFunc(detached, func(a, b ExportBallot) int {
			if c := bytes.Compare(a.Ballot, b.Ballot); c != 0 {
				return c
			}
			return int(min(max(int64(a.Weight-b.Weight), -1), 1))
		})
		for _, line := range detached {
			if err := enc.Encode(line); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, out.Flush())
}

// checkpoint signs the log for an export that the actor may have.
func (p *Polls) checkpoint(ctx context.Context, a Actor, space SpaceID, own string) ([]byte, error) {
	err := p.c.view(ctx, a, space, func(v *scope) error {
		item, err := v.poll(own)
		if err == nil && (item.State.Source != "" || !visible(v.who, item.State, fieldResult)) {
			err = ErrNotVisible
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return p.c.j.Checkpoint(ctx, storeID(space))
}

func (v *scope) exportHead(item journal.Item[pollState], checkpoint []byte, key string) (ExportHead, error) {
	s := item.State
	if s.Opened == nil || s.Result == nil || s.Verdict == nil || s.Root == nil {
		return ExportHead{}, ErrExport.At("poll", "its record is damaged")
	}
	view, err := v.pollView(item)
	if err != nil {
		return ExportHead{}, err
	}
	n, err := v.Store().Count(item.ID)
	if err != nil {
		return ExportHead{}, err
	}
	var text proposalText
	if _, err := v.Text(s.Voted, &text); err != nil {
		return ExportHead{}, err
	}
	head := ExportHead{
		Format: ExportFormat, Poll: view.ID, Title: text.Title, Question: s.Question, Options: view.Options, Rule: s.Rule,
		Order: s.Order, Entitled: s.Entitled, Opened: *s.Opened, Closes: s.Closes, Seed: s.Seed, Promise: s.Promise, Promised: s.Promised,
		Casting: s.Casting, Ballots: n, Result: *s.Result, Verdict: *s.Verdict, Root: *s.Root,
		Key: key, Checkpoint: string(checkpoint),
	}
	c, err := journal.OpenCheckpoint(checkpoint, v.c.j.Verifier())
	if err != nil {
		return head, err
	}
	for _, at := range s.Entries {
		one, err := v.exportEntry(c.Size, at)
		if err != nil {
			return head, err
		}
		head.Log = append(head.Log, one)
	}
	if head.ProposalText, err = v.Salted(s.Voted); err != nil {
		return head, err
	}
	head.OptionsText, err = v.Salted(s.Text)
	return head, err
}

// exportEntry gives one entry of the log as it was with size entries.
func (v *scope) exportEntry(size int64, at store.Position) (ExportEntry, error) {
	for e, err := range v.Entries(at - 1) {
		if err != nil {
			return ExportEntry{}, err
		}
		body, err := e.Bytes()
		if err != nil {
			return ExportEntry{}, err
		}
		proof, err := v.ProveInclusion(size, at)
		return ExportEntry{Entry: body, Proof: proof}, err
	}
	return ExportEntry{}, ErrExport.At("log", "is too short")
}

// Recounted is what a recount found.
type Recounted struct {
	Head    ExportHead
	Result  voting.Result
	Verdict voting.Verdict
	Rooted  bool   // the ballots are those whose root is in the log
	Key     string // the key that signed the log; compare it with the one the instance publishes
}

// Recount reads an export, counts it again, decides it again, and compares everything with what the export says and the
// log signed. It needs nothing but the export. ErrExport says where it does not add up.
func Recount(r io.Reader) (Recounted, error) {
	var out Recounted
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 1<<16), maxExportLine)
	if err := nextLine(in, &out.Head); err != nil {
		return out, ErrExport.At("line 1", "cannot be read").Wrap(err)
	}
	h := out.Head
	if h.Format != ExportFormat {
		return out, ErrExport.At("format", fmt.Sprintf("is %.60q", h.Format))
	}
	space, own, err := split(h.Poll, ErrExport.At("poll", "is no id"))
	if err != nil {
		return out, err
	}
	profile, err := voting.NewProfile(h.Question)
	if err != nil {
		return out, ErrExport.At("question", "").Wrap(err)
	}
	var edge journal.Edge
	var last []byte
	n := 0
	for ; ; n++ {
		var line ExportBallot
		err := nextLine(in, &line)
		if errors.Is(err, io.EOF) {
			break
		}
		where := fmt.Sprintf("line %d", n+2)
		if err != nil {
			return out, ErrExport.At(where, "cannot be read").Wrap(err)
		}
		ballot, err := voting.UnmarshalBallot(line.Ballot)
		if err != nil {
			return out, ErrExport.At(where, "holds no ballot").Wrap(err)
		}
		if h.Named {
			b, err := readRecord(line.Record)
			if err != nil {
				return out, ErrExport.At(where, "its record cannot be read").Wrap(err)
			}
			body, err := readBody(b.Body)
			if err != nil || body.Ballot != ballot || body.Weight != line.Weight ||
				b.Space != storeID(space) || b.Poll != own {
				return out, ErrExport.At(where, "its record says something else")
			}
			if bytes.Compare(last, b.Key) >= 0 && n > 0 {
				return out, ErrExport.At(where, "the seat is there twice or out of order")
			}
			last = b.Key
			edge.Add(line.Record)
		}
		if err := profile.Add(ballot, line.Weight); err != nil {
			return out, ErrExport.At(where, "cannot be counted").Wrap(err)
		}
	}
	if n != h.Ballots {
		return out, ErrExport.At("ballots", fmt.Sprintf("%d are announced, %d are there", h.Ballots, n))
	}
	if out.Rooted = h.Named; out.Rooted && edge.Root() != h.Root {
		return out, ErrExport.At("root", "the ballots are not those that were counted")
	}
	return out, out.decide(profile, space, own)
}

// maxExportLine bounds a line of an export, in bytes: a head with as many options as a poll may have is shorter.
const maxExportLine = 8 << 20

// nextLine reads the next line of an export; io.EOF after the last.
func nextLine(in *bufio.Scanner, v any) error {
	if !in.Scan() {
		if err := in.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	return json.Unmarshal(in.Bytes(), v)
}

// decide counts and decides again, and compares with the log's word.
func (out *Recounted) decide(profile *voting.Profile, space SpaceID, own string) error {
	h := out.Head
	var err error
	if out.Result, err = voting.Count(profile); err != nil {
		return err
	}
	s := pollState{
		Question: h.Question, Rule: h.Rule, Order: h.Order, Entitled: h.Entitled, Promise: h.Promise, Promised: h.Promised,
	}
	if h.Promise != "" && voting.SeedHash(h.Seed) != h.Promise {
		return ErrExport.At("seed", "is not the one that was promised")
	}
	if out.Verdict, err = decide(space, own, s, tally{result: out.Result, chair: h.Casting}, h.Seed); err != nil {
		return ErrExport.At("rule", "").Wrap(err)
	}
	same, err := sameJSON([2]any{out.Result, h.Result}, [2]any{out.Verdict, h.Verdict})
	if err != nil {
		return err
	}
	if !same {
		return ErrExport.At("result", "counting again gives another result")
	}
	return out.signed()
}

// signed checks that the key signed a log which says the same, from the question to the verdict.
func (out *Recounted) signed() error {
	h := out.Head
	v, err := newVerifier(h.Key)
	if err != nil {
		return err
	}
	c, err := journal.OpenCheckpoint([]byte(h.Checkpoint), v)
	if err != nil {
		return ErrExport.At("checkpoint", "is not signed by the key").Wrap(err)
	}
	if len(h.Log) != 3 {
		return ErrExport.At("log", "does not tell how the poll was planned, opened and counted")
	}
	var planned PollPlanned
	var opened PollOpened
	var counted PollCounted
	var openedAt time.Time
	for i, ev := range []journal.Event{&planned, &opened, &counted} {
		at, err := h.Log[i].read(c, v.Name(), h.Poll, ev)
		if err != nil {
			return err
		}
		if i == 1 {
			openedAt = at
		}
	}
	said := []any{
		planned.Question, planned.Rule, planned.Order, planned.Closes, openedAt, opened.Entitled, opened.Promise,
		opened.Promised, counted.Seed, counted.Casting, counted.Result, counted.Verdict, counted.Root,
	}
	shown := []any{
		h.Question, h.Rule, h.Order, h.Closes, h.Opened, h.Entitled, h.Promise,
		h.Promised, h.Seed, h.Casting, h.Result, h.Verdict, h.Root,
	}
	same, err := sameJSON([2]any{said, shown})
	if err != nil {
		return err
	}
	if !same {
		return ErrExport.At("log", "says something else")
	}
	out.Key = h.Key
	return h.texts(planned.Text, opened.Voted)
}

// read checks that the entry is in the log of the poll's space, under the key of this name, and speaks of the poll; it reads
// its event, and gives its time.
func (x ExportEntry) read(c journal.Checkpoint, key string, id PollID, ev journal.Event) (time.Time, error) {
	space, own, err := split(id, ErrExport.At("poll", "is no id"))
	if err != nil {
		return time.Time{}, err
	}
	e, err := journal.ParseEntry(x.Entry)
	if err != nil {
		return time.Time{}, ErrExport.At("log", "an entry cannot be read").Wrap(err)
	}
	if err := journal.CheckInclusion(x.Proof, c.Size, c.Root, int64(e.Position)-1, x.Entry); err != nil {
		return time.Time{}, ErrExport.At("log", "a proof does not lead to the signed root").Wrap(err)
	}
	if e.Name != ev.EventName() || e.Subject != own || !c.Of(key, storeID(space)) {
		return time.Time{}, ErrExport.At("log", "an entry is of another poll, or of another moment of it")
	}
	if err := json.Unmarshal(e.Data, ev); err != nil {
		return time.Time{}, ErrExport.At("log", "an entry cannot be read").Wrap(err)
	}
	return e.At, nil
}

// texts checks title and options against what the log committed to. A text that was erased is shown as none.
func (h ExportHead) texts(options, voted journal.Commitment) error {
	var proposal proposalText
	if len(h.ProposalText) > 0 {
		if err := voted.Open(h.ProposalText, &proposal); err != nil {
			return ErrExport.At("proposal_text", "is not what was voted on").Wrap(err)
		}
	}
	if proposal.Title != h.Title {
		return ErrExport.At("title", "is not that of the text that was voted on")
	}
	var poll pollText
	if len(h.OptionsText) > 0 {
		if err := options.Open(h.OptionsText, &poll); err != nil {
			return ErrExport.At("options_text", "is not what was voted on").Wrap(err)
		}
	}
	if !slices.Equal(poll.Options, h.Options) {
		return ErrExport.At("options", "are not those that were voted on")
	}
	return nil
}
