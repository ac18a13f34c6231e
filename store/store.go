// Package store is the contract between the engine and whatever keeps its data: records, one log per space, and ballot boxes.
//
// It is neither a key-value map nor a repository per noun. It names the access patterns of the field: *records* are few,
// versioned and listed by index; the *log* is gapless and read from a position; a *box* holds very many small ballots,
// each entered once or replaced by rule, counted and streamed. A driver knows nothing of polls or members, and a new noun
// of the engine adds no method here.
//
// Drivers: [github.com/communecter/coopspace/store/memory] reads as the specification,
// [github.com/communecter/coopspace/store/bolt] keeps one file. Every driver passes the one suite in
// [github.com/communecter/coopspace/store/storetest].
//
// # Consistency
//
// The unit of consistency is the space. Two Updates of one space never overlap; what a View shows is one snapshot, taken
// when it began. Cast overlaps with everything except the opening and the shutting of its own box, and with these it is
// ordered: a ballot that was acknowledged lies in the box that ShutBox leaves behind, and none enters afterwards.
//
// # Caveats
//
// Bytes that a Reader hands out are valid until the iterator's next step or the end of the View or Update, whichever
// comes first; copy what must live longer. nil and empty bytes are the same. Reading may nest; writing while an iterator
// of the same Writer is open is an error ([ErrIterating]). A View must never wait on a network: while it lasts, a driver
// may be unable to reuse space. The function of an Update must not call the Store, and that of a View should not write:
// they might wait for themselves. Readers and Writers are for one goroutine, while their function runs.
//
// An iterator that meets an error yields it once, with a zero value, and ends; a context that ends is such an error.
package store

import (
	"context"
	"iter"

	"github.com/communecter/coopspace/internal/fault"
)

// SpaceID names a space: 1 to 128 bytes, in practice a UUID or [Instance].
type SpaceID string

// Instance is the reserved space that holds what spans spaces: people, slugs, follower positions.
const Instance SpaceID = "instance"

// Store keeps spaces. All methods may be called from any goroutine; after Close they return ErrClosed.
type Store interface {
	// Spaces yields every space that was ever written, in byte order of their ids.
	Spaces(ctx context.Context) iter.Seq2[SpaceID, error]

	// View runs fn on one snapshot of a space. A space nobody wrote yet is empty. fn's error is returned as it is.
	View(ctx context.Context, space SpaceID, fn func(Reader) error) error

	// Update runs fn alone for this space. nil commits all that fn wrote, durably before Update returns; an error, or a
	// panic, leaves no trace and reaches the caller as it is. A driver may run fn again, so fn has no effect outside its
	// Writer. A method of the Writer that returns an error wrote nothing. A context that ends before the commit began
	// prevents it. After ErrFull, what was being written may or may not be there when the store is opened again.
	Update(ctx context.Context, space SpaceID, fn func(Writer) error) error

	// Cast puts one ballot into a box by the rule [Enter], or says why not: a refusal is a value, not an error. When it
	// returns an accepting Outcome the ballot is durable. The driver batches calls across callers and spaces; ballots of
	// one key within a batch are applied in the order in which they arrived. It is ErrBusy when too much is waiting. When
	// ctx ends first, the ballot may or may not be in the box: cast it again with the same Retry and Same to learn which,
	// even after the box was shut. The bytes of b are copied.
	Cast(ctx context.Context, b Ballot) (Entered, error)

	// Close waits for what was begun and releases the data.
	Close() error
}

// Reader reads one space at one moment.
type Reader interface {
	// Get gives a record, or ErrNoRecord, also for a kind or an id that no record can have.
	Get(kind, id string) (Record, error)

	// List yields the records that q describes, in byte order of (key, id); one that has several of the keys comes as
	// often. A query that cannot be asked is ErrInvalid, a cursor of another listing ErrCursor.
	List(q Query) iter.Seq2[Record, error]

	// Head gives the position of the last event; 0 when there is none.
	Head() (Position, error)

	// Events yields the log after a position, in order and without gaps.
	Events(after Position) iter.Seq2[Event, error]

	// Box tells what is known of a poll's box; ErrNoBox when it was never opened.
	Box(poll string) (Box, error)

	// Ballot gives the ballot that lies under a key; false when there is none.
	Ballot(poll string, key []byte) (Ballot, bool, error)

	// Ballots yields a box in key order.
	Ballots(poll string) iter.Seq2[Ballot, error]

	// Count gives how many ballots lie in a box; 0 for a box that was never opened.
	Count(poll string) (int, error)
}

// Writer is a Reader that sees its own writes, and writes.
type Writer interface {
	Reader

	// Put stores a record. r.Version is the version that was read, 0 for a new record; another one stored since is
	// ErrVersion. The stored version is r.Version+1. The record's index keys replace those it had. A record stays folded
	// or side for ever (ErrInvalid), unless it is dropped.
	Put(r Record) error

	// Drop removes a side record; ErrFolded for one that is not. Dropping what is not there does nothing.
	Drop(kind, id string) error

	// Append adds events to the log, all or none. Their positions follow each other and the head's; anything else is
	// ErrPosition.
	Append(events ...Event) error

	// OpenBox opens a poll's box; ErrBoxExists if it was ever opened. A poll's id is bounded like a record's.
	OpenBox(poll string, b Box) error

	// ShutBox shuts a box for ever. Every ballot that was acknowledged is in it when ShutBox returns, as far as this
	// Writer reads, and none enters after the commit. Shutting a shut box does nothing; ErrNoBox if it was never opened.
	// If the Update then fails, the box is open as before.
	ShutBox(poll string) error
}

// Record is a versioned value. A *folded* record is made from events alone; a *side* record (texts, roll chunks, tiles,
// replies) is removable.
type Record struct {
	Kind    string // 1 to 64 bytes
	ID      string // 1 to 512 bytes, any UTF-8 without a zero byte
	Version uint64 // of the stored record; starts at 1
	Side    bool
	Body    []byte // at most MaxBody bytes, given back byte for byte
	Keys    []Key  // computed by the engine; drivers compare bytes and know nothing more. Given back sorted, each once
	Cursor  Cursor // where List found it; empty from Get and ignored by Put
}

// Key places a record in an index. Bytes are at most 1024 and compare as the order of the listing. One record may have
// several keys in one index; a repeated key is the same as one.
type Key struct {
	Index string
	Bytes []byte
}

// Query asks List for the records of a kind. An empty Index lists by id, Prefix then being a prefix of the id.
type Query struct {
	Kind   string
	Index  string
	Prefix []byte // only keys that begin so
	After  Cursor // only what comes after a record listed before with the same Kind, Index and Prefix
	Limit  int    // at most so many; 0 for no limit
	Bare   bool   // of an index: yield no more than Kind, ID and, in Keys, the one key of the listing; no Cursor. Much faster
}

// Cursor is a place in a listing. Opaque, printable ASCII, made by List alone; a foreign one is ErrCursor.
type Cursor string

// Position is an event's place in its space's log, from 1.
type Position uint64

// Event is an entry of a log. The body, at most MaxBody bytes, is given back byte for byte.
type Event struct {
	Position Position
	Body     []byte
}

// Box is a ballot box: whether ballots may be changed, and whether it is shut (never set it: ShutBox does).
type Box struct {
	Change bool
	Shut   bool
}

// Ballot is what lies in a box under a key. It enters if the key is free, or its Rank is higher than the stored one's, or
// the ranks are equal, the box allows change and Replaces is the stored Rev. [Enter] is the whole rule.
type Ballot struct {
	Space    SpaceID
	Poll     string
	Key      []byte // 1 to 64 bytes: the seat, or what stands for it
	Rank     uint8  // own hand over proxy over delegation
	Replaces uint64 // the Rev that the voter saw; 0 for a first ballot
	Rev      uint64 // given by the store: 1, then one more each time the ballot under this key changes
	Retry    []byte // at most 64 bytes: stands for the caller's idempotency key; empty for none
	Same     []byte // at most 64 bytes: stands for idempotency key and choice together
	Body     []byte // at most MaxBallot bytes, given back byte for byte
}

// Outcome says what became of a ballot.
type Outcome uint8

// The outcomes. The first three accept.
const (
	First     Outcome = iota + 1 // it lies in the box, alone under its key so far
	Replaced                     // it lies in the box in place of an earlier one
	Again                        // a retry of the ballot that lies there already: nothing changed
	NoBox                        // refused: the box was never opened
	Shut                         // refused: the box is shut
	Taken                        // refused: the key has a ballot and the box allows no change
	Outranked                    // refused: a ballot of a higher rank lies there
	Moved                        // refused: the stored ballot is not the one that Replaces names
	Reused                       // refused: the idempotency key came with another choice before
)

var outcomeNames = [...]string{"", "first", "replaced", "again", "no box", "shut", "taken", "outranked", "moved", "reused"}

// String names the outcome.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return ""
}

// Accepted tells whether the ballot, or the one it retries, lies in the box.
func (o Outcome) Accepted() bool { return o >= First && o <= Again }

// Entered answers a Cast.
type Entered struct {
	Outcome Outcome
	Ballot  Ballot // the ballot that now lies under the key, with its Rev; the zero Ballot after NoBox and Shut. The caller may keep it
	Batch   *Batch // the commit after which it was acknowledged, shared by all its callers; nil unless accepted
	Index   int    // this ballot's place in Batch.Ballots
}

// Batch is what one commit acknowledged, so that one signature can serve all its ballots. Read-only after the commit.
type Batch struct {
	Ballots []Ballot // the accepted ones, in the order applied; a ballot that was there Again too, as it is stored
	memo    memo
}

// Errors that drivers return. A refusal of a ballot is an Outcome, not an error.
var (
	ErrClosed    = fault.New(fault.Conflict, "store.closed", "the store is closed")
	ErrBusy      = fault.New(fault.Busy, "store.busy", "too much is waiting at once, and nothing of this was written; try again in a moment")
	ErrNoRecord  = fault.New(fault.NotFound, "store.no_record", "there is no such record")
	ErrVersion   = fault.New(fault.Stale, "store.version", "the record changed since it was read")
	ErrFolded    = fault.New(fault.Conflict, "store.folded", "a record made from events cannot be dropped")
	ErrPosition  = fault.New(fault.Conflict, "store.position", "the event does not follow the head of the log")
	ErrNoBox     = fault.New(fault.NotFound, "store.no_box", "the ballot box was never opened")
	ErrBoxExists = fault.New(fault.Conflict, "store.box_exists", "the ballot box was opened before")
	ErrCursor    = fault.New(fault.Invalid, "store.cursor", "the cursor was not made by this listing")
	ErrIterating = fault.New(fault.Internal, "store.iterating", "writing while a listing of the same transaction is open")
	ErrInvalid   = fault.New(fault.Invalid, "store.invalid", "a value is outside what the store keeps")
	ErrLocked    = fault.New(fault.Conflict, "store.locked", "another process has the file open")
	ErrForeign   = fault.New(fault.Malformed, "store.foreign", "the file or database is not a coopspace store, or it is damaged")
	ErrPath      = fault.New(fault.Invalid, "store.path", "the file cannot be opened or made there")
	ErrFull      = fault.New(fault.Internal, "store.full", "the disk is full or failing; nothing more is accepted until there is room, and in a file until it is opened again")
)
