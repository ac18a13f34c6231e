package journal

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/store"
)

// Options of a Journal. The zero value of each is a good default. All are used from many goroutines at once.
type Options struct {
	Clock  func() time.Time // nil: the store's where it has one (store.Clock), so that all processes have one time, else time.Now
	NewID  func() string    // nil: UUIDv7
	Rand   io.Reader        // for salts and ids; nil: crypto/rand
	Logger *slog.Logger     // for followers that fail; nil: discarded
}

// Journal is the unit of work over a store. Its methods may be called from any goroutine.
type Journal struct {
	st       store.Store
	signer   note.Signer
	verifier note.Verifier
	clock    func() time.Time
	newID    func() string
	rand     io.Reader
	log      *slog.Logger
	known    registry // fixed before the first use of a space

	// ready holds spaces with a log, whose records need not be folded anew before they are read: store.SpaceID -> bool,
	// whether a newer program wrote there. One is forgotten when another process, of whatever version, wrote to it.
	ready sync.Map

	mu        sync.Mutex
	followers []*runner
	listeners []func(store.SpaceID)
	own       []func(store.SpaceID) // listeners of what this process commits
	running   bool
}

// Open makes a journal over a store. signer signs checkpoints and verifier checks them; they belong to one key, whose
// name is the origin of every log of this instance. The journal does not close the store.
func Open(st store.Store, signer note.Signer, verifier note.Verifier, opts *Options) *Journal {
	if opts == nil {
		opts = &Options{}
	}
	j := &Journal{
		st: st, signer: signer, verifier: verifier,
		clock: opts.Clock, newID: opts.NewID, rand: opts.Rand, log: opts.Logger,
		known: registry{modules: map[string]bool{}, nouns: map[string]AnyNoun{}},
	}
	if c, has := st.(store.Clock); has && j.clock == nil {
		j.clock = c.Now
	}
	j.known.add(logs)
	if j.clock == nil {
		j.clock = time.Now
	}
	if j.rand == nil {
		j.rand = rand.Reader
	}
	if j.newID == nil {
		j.newID = func() string { return uuid.Must(uuid.NewV7FromReader(j.rand)).String() }
	}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	return j
}

// Attach makes nouns known, before the first use of any space.
func (j *Journal) Attach(nouns ...AnyNoun) { j.known.add(nouns...) }

// Store gives the store below, for what is not the journal's: ballot boxes, and the list of spaces.
func (j *Journal) Store() store.Store { return j.st }

// Verifier gives the public half of the key that signs checkpoints.
func (j *Journal) Verifier() note.Verifier { return j.verifier }

// Now reads the clock as commands are stamped: UTC, microseconds.
func (j *Journal) Now() time.Time { return stamp(j.clock()) }

func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// NewID makes an id.
func (j *Journal) NewID() string { return j.newID() }

// Sign signs a text that ends with a line feed, as a C2SP signed note.
func (j *Journal) Sign(text string) ([]byte, error) {
	return note.Sign(&note.Note{Text: text}, j.signer)
}

// Reader reads one space at one moment.
type Reader struct {
	r     store.Reader
	j     *Journal
	space store.SpaceID
}

// Space gives the space that is read.
func (r *Reader) Space() store.SpaceID { return r.space }

// Store gives the store's reader, for ballot boxes and side records of a module's own.
func (r *Reader) Store() store.Reader { return r.r }

// View runs fn on one snapshot of a space.
func (j *Journal) View(ctx context.Context, space store.SpaceID, fn func(*Reader) error) error {
	if err := j.prepare(ctx, space); err != nil {
		return err
	}
	return j.st.View(ctx, space, func(r store.Reader) error {
		return fn(&Reader{r: r, j: j, space: space})
	})
}

// Head gives the position of the last entry and when it happened.
func (r *Reader) Head() (store.Position, time.Time, error) {
	h, err := readHead(r.r)
	return store.Position(h.Edge.Size), h.At, err
}
