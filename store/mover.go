package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/communecter/coopspace/internal/fault"
)

// Mover is an optional ability of a Store: all that lies in it can be taken out piece by piece, and laid into another store
// as it lay, whatever drivers the two have. [Fill] does the work; backups and their restoring are made of the same pieces.
type Mover interface {
	// Pieces yields everything as of one moment, in the one order that [Piece.Compare] gives: two stores hold the same when
	// they yield the same. Casting and Updates go on meanwhile.
	Pieces(ctx context.Context) iter.Seq2[Piece, error]

	// Place lays pieces down as they are, durably before it returns. They come in the order of Pieces, those of a space
	// after the space itself, a ballot after its box, an event after the one before it. A piece that lies there already is
	// passed over; ErrOccupied when another one lies in its place. After an error, some of them may lie there. at is the
	// Transit under which whoever calls fills the store: as [MayPlace] says, nothing is laid down while it has another one.
	Place(ctx context.Context, at Transit, pieces []Piece) error

	// Transit tells whether the store is on its way.
	Transit(ctx context.Context) (Transit, error)

	// SetTransit changes that, durably, from was to t: of several that do so at once, as when two move the same store, one
	// finds it as was, and whoever comes after gets ErrOvertaken and has changed nothing. To begin to fill a store that is
	// not empty is ErrNotEmpty. Once To is set, nobody writes to the store any more, in this process or another: drivers
	// that several processes share see to it that a write which is under way is either among the Pieces that are asked for
	// next, or fails with ErrMoved, which then does not say where to: whoever asks for a write may be anybody.
	SetTransit(ctx context.Context, was, t Transit) error
}

// Transit says where a store is on its way. The zero Transit is a store at rest, and only such a store is opened for work:
// the Open of every driver refuses any other with ErrUnfinished or ErrMoved, unless an option says that it is opened to be
// moved.
type Transit struct {
	From  string `json:"from,omitempty"`  // what the store is being filled from; it is not whole yet
	Epoch string `json:"epoch,omitempty"` // all pieces lie there, and their logs are now being told of this origin epoch
	To    string `json:"to,omitempty"`    // where everything in it went

	// Attempt is whose mark this is: each [Fill] takes a name that nobody else has, so that who stood still while others
	// filled the store anew finds it no longer as it was. Marks that an older program made have none.
	Attempt string `json:"attempt,omitempty"`
}

// Err gives what Open says of a store with this Transit: nil, ErrUnfinished or ErrMoved.
func (t Transit) Err() error {
	switch {
	case t.To != "":
		return ErrMoved.At("to", t.To)
	case t.From != "":
		return ErrUnfinished.At("from", t.From)
	}
	return nil
}

// Errors about stores on their way.
var (
	ErrUnfinished = fault.New(fault.Conflict, "store.unfinished",
		"the store is only half filled: repeat the command that fills it, or empty it and begin again")
	ErrOvertaken = fault.New(fault.Conflict, "store.overtaken",
		"somebody else went on filling or moving this store meanwhile, and nothing of that was touched: repeat the command to see how far it is")
	ErrMoved    = fault.New(fault.Conflict, "store.moved", "everything in this store moved elsewhere, and goes on there")
	ErrNotEmpty = fault.New(fault.Conflict, "store.not_empty", "only an empty store can be filled, and this one is not")
	ErrOccupied = fault.New(fault.Conflict, "store.occupied",
		"the store to fill holds something else in the place of what comes: the source was written meanwhile; stop what writes to it, empty the store to fill and begin again")
)

// What says what a Piece is.
type What uint8

// The pieces of a space, in the order in which they come.
const (
	PieceSpace  What = iota + 1 // the space itself: it may hold nothing
	PieceRecord                 // Record, with its Version; in order of kind and id
	PieceEvent                  // Event, in order of positions
	PieceBox                    // Poll and Box, shut or not; in order of polls, each followed by its ballots
	PieceBallot                 // Ballot with its Rev, in order of keys
)

// Piece is one thing that a store keeps, as it lies there.
type Piece struct {
	What   What
	Space  SpaceID
	Record Record // without a Cursor
	Event  Event
	Poll   string // of a box
	Box    Box
	Ballot Ballot // with its Space and Poll, without Replaces
}

// Check gives ErrInvalid for a piece that no store can yield.
func (p *Piece) Check() error {
	err := p.Space.Check()
	switch {
	case err != nil:
	case p.What == PieceSpace:
	case p.What == PieceRecord:
		err = p.Record.Check()
		sorted := slices.IsSortedFunc(p.Record.Keys, Key.Compare) && len(SortKeys(p.Record.Keys)) == len(p.Record.Keys)
		if err == nil && (p.Record.Version == 0 || p.Record.Cursor != "" || !sorted) {
			err = ErrInvalid.At("record", "is not as a store keeps it")
		}
	case p.What == PieceEvent:
		err = p.Event.Check()
		if err == nil && p.Event.Position == 0 {
			err = ErrInvalid.At("position", "is zero")
		}
	case p.What == PieceBox:
		err = CheckPoll(p.Poll)
	case p.What == PieceBallot:
		err = p.Ballot.Check()
		if err == nil && (p.Ballot.Rev == 0 || p.Ballot.Replaces != 0 || p.Ballot.Space != p.Space) {
			err = ErrInvalid.At("ballot", "is not as a store keeps it")
		}
	default:
		err = ErrInvalid.At("what", fmt.Sprint(p.What))
	}
	return err
}

// String names the piece: where it lies, not what it says.
func (p *Piece) String() string {
	switch p.What {
	case PieceRecord:
		return fmt.Sprintf("%s %s/%s", p.Space, p.Record.Kind, p.Record.ID)
	case PieceEvent:
		return fmt.Sprintf("%s entry %d", p.Space, p.Event.Position)
	case PieceBox:
		return fmt.Sprintf("%s box %s", p.Space, p.Poll)
	case PieceBallot:
		return fmt.Sprintf("%s box %s ballot %x", p.Space, p.Ballot.Poll, p.Ballot.Key)
	}
	return string(p.Space)
}

// place gives what orders a piece after its space: what stands first, what lies under it, and how deep it lies.
func (p *Piece) place() (What, string, string, Position) {
	switch p.What {
	case PieceRecord:
		return PieceRecord, p.Record.Kind, p.Record.ID, 0
	case PieceEvent:
		return PieceEvent, "", "", p.Event.Position
	case PieceBox:
		return PieceBox, p.Poll, "", 0
	case PieceBallot: // a box has the empty key, so that its ballots follow it
		return PieceBox, p.Ballot.Poll, string(p.Ballot.Key), 0
	}
	return p.What, "", "", 0
}

// Compare orders pieces by where they lie: 0 means the same place.
func (p *Piece) Compare(o *Piece) int {
	if p.Space != o.Space {
		return cmp.Compare(p.Space, o.Space)
	}
	w, a, b, n := p.place()
	w2, a2, b2, n2 := o.place()
	return cmp.Or(cmp.Compare(w, w2), cmp.Compare(a, a2), cmp.Compare(b, b2), cmp.Compare(n, n2))
}

// Equal tells whether two pieces are the same, place and content; nil and empty bytes are the same.
func (p *Piece) Equal(o *Piece) bool {
	if p.What != o.What || p.Compare(o) != 0 {
		return false
	}
	a, b := &p.Ballot, &o.Ballot
	r, s := &p.Record, &o.Record
	return r.Version == s.Version && r.Side == s.Side && bytes.Equal(r.Body, s.Body) &&
		slices.EqualFunc(r.Keys, s.Keys, func(k, l Key) bool { return k.Compare(l) == 0 }) &&
		bytes.Equal(p.Event.Body, o.Event.Body) && p.Box == o.Box &&
		a.Rank == b.Rank && a.Rev == b.Rev && bytes.Equal(a.Retry, b.Retry) && bytes.Equal(a.Same, b.Same) && bytes.Equal(a.Body, b.Body)
}

// clone copies what lives only until the next step of an iterator.
func (p *Piece) clone() Piece {
	c := *p
	c.Record.Body, c.Event.Body = bytes.Clone(p.Record.Body), bytes.Clone(p.Event.Body)
	c.Record.Keys = slices.Clone(p.Record.Keys)
	for i, k := range c.Record.Keys {
		c.Record.Keys[i].Bytes = bytes.Clone(k.Bytes)
	}
	b := &c.Ballot
	b.Key, b.Retry, b.Same, b.Body = bytes.Clone(b.Key), bytes.Clone(b.Retry), bytes.Clone(b.Same), bytes.Clone(b.Body)
	return c
}

// weight is about how many bytes a piece takes while it waits.
func (p *Piece) weight() int {
	return 512 + len(p.Record.Body) + len(p.Event.Body) + len(p.Ballot.Body) + 64*len(p.Record.Keys)
}
