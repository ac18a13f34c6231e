package governance

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Options of a Coop. nil is fine, and the zero value of each is a good default.
type Options struct {
	// Keys is where the signing key and the box secrets live. nil makes keys that are gone with the program, which fits a
	// store that is gone with it too: a store that lasts can only be opened again with the keys it was founded with.
	Keys Keyring

	// Origin names a new instance in everything it signs, such as "coop.example.org"; no spaces and no plus sign.
	// Empty: a name made up at random. It is fixed when the instance is founded.
	Origin string

	// Off lists modules that are off in every space of this instance.
	Off []Module

	// Clock tells the time with which commands and ballots are stamped. nil: that of the store where it has one
	// (store.Clock: a database that several processes share), so that all of them have one time; else the system's.
	Clock  func() time.Time
	NewID  func() string // nil: UUIDv7
	Rand   io.Reader     // nil: crypto/rand
	Logger *slog.Logger  // nil: nothing is logged

	// Tick is how often the scheduler looks whether a time has come. 0: every second.
	Tick time.Duration

	// RollCache bounds the memory that frozen rolls take while ballots are checked against them, in bytes. 0: 64 MiB.
	RollCache int
}

// Coop is the engine: cooperative spaces over one store. Its methods may be called from any goroutine.
type Coop struct {
	Spaces      *Spaces
	Members     *Members
	Rooms       *Rooms
	Proposals   *Proposals
	Polls       *Polls
	Resolutions *Resolutions
	Actions     *Actions
	History     *History

	st    store.Store
	j     *journal.Journal
	rand  io.Reader
	log   *slog.Logger
	off   []Module
	tick  time.Duration
	boxes []byte // the secret from which those of public boxes are derived
	vkey  string

	frozen *frozenPolls // polls whose rules and roll cannot change any more
	due    *schedule
	known  *knownPersons

	mu     sync.Mutex
	stop   context.CancelFunc // of Run, while it runs
	ran    chan struct{}      // closed when Run has ended
	closed bool
}

// Open makes an engine over a store, founding the instance if the store is new. The Coop owns the store from then on and
// closes it. It refuses a store that was founded with other keys.
func Open(st store.Store, opts *Options) (*Coop, error) {
	if opts == nil {
		opts = &Options{}
	}
	ctx := context.Background()
	founded, err := readFounded(ctx, st)
	if err != nil {
		return nil, err
	}
	ring := opts.Keys
	if ring == nil {
		ring = MemoryKeys()
	}
	newName := func() string {
		if opts.Origin != "" {
			return opts.Origin
		}
		return "coopspace/" + journal.Open(st, nil, nil, &journal.Options{NewID: opts.NewID, Rand: opts.Rand}).NewID()
	}
	signer, verifier, vkey, err := openSigner(ring, founded.Key, newName)
	if err != nil {
		return nil, err
	}
	boxes, err := ring.Secret("boxes")
	if err != nil {
		return nil, err
	}
	j := journal.Open(st, signer, verifier, &journal.Options{
		Clock: opts.Clock, NewID: opts.NewID, Rand: opts.Rand, Logger: opts.Logger,
	})
	j.Attach(instances, persons, slugs, spaces, members, rooms, proposals, polls, resolutions, registers, actions)
	c := &Coop{
		st: st, j: j, rand: opts.Rand, log: opts.Logger, off: opts.Off, tick: opts.Tick, boxes: boxes, vkey: vkey,
	}
	if c.rand == nil {
		c.rand = rand.Reader
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.tick <= 0 {
		c.tick = time.Second
	}
	cache := opts.RollCache
	if cache <= 0 {
		cache = 64 << 20
	}
	c.frozen = newFrozenPolls(c, cache)
	c.due = newSchedule(c)
	c.known = newKnownPersons(c)
	c.Spaces, c.Members, c.Rooms = &Spaces{c}, &Members{c}, &Rooms{c}
	c.Proposals, c.Polls, c.Resolutions = &Proposals{c}, &Polls{c}, &Resolutions{c}
	c.Actions, c.History = &Actions{c}, &History{c}
	if founded.Key == "" {
		if err := c.found(ctx); err != nil {
			return nil, err
		}
	}
	if err := c.sameBoxes(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Key gives the public key with which checkpoints, receipts and exports of this instance are verified, in the text form
// of golang.org/x/mod/sumdb/note. It is worth publishing somewhere else.
func (c *Coop) Key() string { return c.vkey }

// Journal gives the unit of work below, for modules that keep nouns of their own in the same log.
func (c *Coop) Journal() *journal.Journal { return c.j }

// Run runs the scheduler and the followers until ctx ends or Close, and returns nil then: polls open and close at their
// times, followers follow, checkpoints are signed, and what other processes commit is heard of. Every process that shares a
// store with others runs it: what is due happens once, in whichever comes first, and when one dies another goes on. It is
// journal.ErrRunning while it runs already, and store.ErrClosed after Close.
func (c *Coop) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return store.ErrClosed
	}
	if c.stop != nil {
		c.mu.Unlock()
		return journal.ErrRunning
	}
	ran := make(chan struct{})
	c.stop, c.ran = cancel, ran
	c.mu.Unlock()
	c.known.listen(true)
	defer func() {
		c.known.listen(false)
		c.mu.Lock()
		c.stop = nil
		c.mu.Unlock()
		close(ran)
	}()
	var wg sync.WaitGroup
	wg.Go(func() { c.due.run(ctx, c.tick) })
	err := c.j.Run(ctx)
	cancel()
	wg.Wait()
	return err
}

// Close stops Run, waits for it, signs a last checkpoint of what changed, and closes the store.
func (c *Coop) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	stop, ran := c.stop, c.ran
	c.mu.Unlock()
	if stop != nil {
		stop()
		<-ran
	}
	return errors.Join(c.due.checkpoint(context.Background()), c.st.Close())
}

// instanceState is what is known of the instance itself.
type instanceState struct {
	Key     string    `json:"key"` // its public key
	Founded time.Time `json:"founded"`
}

// InstanceFounded says with which key everything of this instance is signed.
type InstanceFounded struct {
	Key string `json:"key"`
}

// EventName is the wire name.
func (InstanceFounded) EventName() string { return "instance.founded/1" }

const (
	module     = "governance"
	instanceID = "this"
)

var instances = journal.NewNoun(module, "instance", 1, func(s instanceState, e journal.Entry) instanceState {
	if ev, ok := e.Event.(InstanceFounded); ok {
		s = instanceState{Key: ev.Key, Founded: e.At}
	}
	return s
}, noKeys[instanceState], InstanceFounded{})

// noKeys is for nouns that are only ever read by id.
func noKeys[S any](S) []store.Key { return nil }

// readFounded reads who founded a store, before there is a journal to read it with.
func readFounded(ctx context.Context, st store.Store) (instanceState, error) {
	var s instanceState
	err := st.View(ctx, store.Instance, func(r store.Reader) error {
		rec, err := r.Get("instance", instanceID)
		if errors.Is(err, store.ErrNoRecord) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(rec.Body, &s)
	})
	return s, err
}

// found founds the instance, unless another process was quicker: then with the same keys.
func (c *Coop) found(ctx context.Context) error {
	_, err := journal.Do(ctx, c.j, store.Instance, journal.Command{Name: "instance.found", By: scheduler.by()},
		func(t *journal.Tx) (struct{}, error) {
			var none struct{}
			item, err := instances.Get(&t.Reader, instanceID)
			switch {
			case errors.Is(err, store.ErrNoRecord):
			case err != nil:
				return none, err
			case item.State.Key != c.vkey:
				return none, ErrKeysWrong
			default:
				return none, nil
			}
			check := store.Record{Kind: boxesKind, ID: instanceID, Side: true, Body: mac(c.boxes, []byte("check"))}
			if err := t.Writer().Put(check); err != nil {
				return none, err
			}
			return none, t.Emit(instanceID, InstanceFounded{Key: c.vkey})
		})
	return err
}

// boxesKind is a side record by which a process knows that its secret of the boxes is that of the others. One that made a
// secret of its own would draw other lots than were promised, and take a retried ballot for another.
const boxesKind = "governance.boxes"

// sameBoxes compares the secret of the boxes with the one that the instance was founded with.
func (c *Coop) sameBoxes(ctx context.Context) error {
	return c.st.View(ctx, store.Instance, func(r store.Reader) error {
		rec, err := r.Get(boxesKind, instanceID)
		switch {
		case errors.Is(err, store.ErrNoRecord):
			return nil
		case err == nil && !bytes.Equal(rec.Body, mac(c.boxes, []byte("check"))):
			return ErrKeysWrong.At("boxes", "is not the secret that the store was founded with; copy the whole key folder")
		}
		return err
	})
}
