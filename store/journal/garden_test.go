package journal_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/internal/anystore"
	"github.com/communecter/coopspace/internal/pgtest"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
)

// The module of these tests is a garden: plants stand in beds and grow.

type plant struct {
	Bed   string             `json:"bed"`
	Label journal.Commitment `json:"label,omitempty"`
	MM    int                `json:"mm"`
	Moves int                `json:"moves,omitempty"` // since the fold's version 2
}

type PlantSown struct {
	Bed   string             `json:"bed"`
	Label journal.Commitment `json:"label,omitempty"`
}

// PlantGrewCM is the first revision of PlantGrew.
type PlantGrewCM struct {
	CM int `json:"cm"`
}

type PlantGrew struct {
	MM int `json:"mm"`
}

type PlantMoved struct {
	Bed string `json:"bed"`
}

type bed struct {
	Dug time.Time `json:"dug"`
}

type BedDug struct{}

func (PlantSown) EventName() string   { return "plant.sown/1" }
func (PlantGrewCM) EventName() string { return "plant.grew/1" }
func (PlantGrew) EventName() string   { return "plant.grew/2" }
func (PlantMoved) EventName() string  { return "plant.moved/1" }
func (BedDug) EventName() string      { return "bed.dug/1" }

// plantsOf declares the noun as the program had it at a version of the fold. Version 2 counts moves and lists by height.
func plantsOf(version int, events ...journal.Event) *journal.Noun[plant] {
	if events == nil {
		events = []journal.Event{PlantSown{}, PlantGrewCM{}, PlantGrew{}, PlantMoved{}}
	}
	fold := func(s plant, e journal.Entry) plant {
		switch ev := e.Event.(type) {
		case PlantSown:
			s.Bed, s.Label = ev.Bed, ev.Label
		case PlantGrewCM:
			s.MM += 10 * ev.CM
		case PlantGrew:
			s.MM += ev.MM
		case PlantMoved:
			s.Bed = ev.Bed
			if version > 1 {
				s.Moves++
			}
		}
		return s
	}
	keys := func(s plant) []store.Key {
		keys := []store.Key{{Index: "bed", Bytes: []byte(s.Bed)}}
		if version > 1 {
			keys = append(keys, store.Key{Index: "height", Bytes: fmt.Appendf(nil, "%06d", s.MM)})
		}
		return keys
	}
	return journal.NewNoun("garden", "plant", version, fold, keys, events...)
}

var (
	plants = plantsOf(1)
	beds   = journal.NewNoun("garden", "bed", 1, func(s bed, e journal.Entry) bed {
		s.Dug = e.At
		return s
	}, func(bed) []store.Key { return nil }, BedDug{})
)

const (
	home  store.SpaceID = "01980000-0000-7000-8000-000000000001"
	other store.SpaceID = "01980000-0000-7000-8000-000000000002"
)

var (
	spring = time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	ana    = journal.By{Kind: "person", ID: "ana"}
	bo     = journal.By{Kind: "person", ID: "bo"}
)

// key makes the signing key of these tests, the same every time.
func key(t testing.TB, name string) (note.Signer, note.Verifier) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	vkey, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	hash := strings.Split(vkey, "+")[1]
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{1}, private.Seed()...)))
	require.NoError(t, err)
	verifier, err := note.NewVerifier(vkey)
	require.NoError(t, err)
	return signer, verifier
}

// clock is a clock that tests move.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time        { return time.UnixMicro(c.micros.Load()) }
func (c *clock) move(by time.Duration) { c.micros.Add(by.Microseconds()) }

// garden is a journal at work. Its ids and salts are the same every time.
type garden struct {
	*journal.Journal
	t     testing.TB
	clock *clock
}

// program opens a journal with some nouns; those of the garden if none are given.
func program(t testing.TB, st store.Store, attach ...func(*journal.Journal)) garden {
	t.Helper()
	g := garden{t: t, clock: &clock{}}
	g.clock.micros.Store(spring.UnixMicro())
	signer, verifier := key(t, "garden.example")
	var ids atomic.Int64
	g.Journal = journal.Open(st, signer, verifier, &journal.Options{
		Clock: g.clock.now, Rand: &salts{}, NewID: func() string { return fmt.Sprintf("id-%d", ids.Add(1)) },
	})
	if attach == nil {
		attach = append(attach, func(j *journal.Journal) { j.Attach(plants, beds) })
	}
	for _, fn := range attach {
		fn(g.Journal)
	}
	return g
}

// salts is not random, and gives its bytes a few at a time, as a reader may.
type salts struct {
	mu sync.Mutex
	n  byte
}

func (s *salts) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(b), 5)
	for i := range n {
		s.n++
		b[i] = s.n
	}
	return n, nil
}

// do carries out a command without an idempotency key.
func (g garden) do(space store.SpaceID, fn func(*journal.Tx) error) {
	g.t.Helper()
	require.NoError(g.t, g.try(space, fn))
}

func (g garden) try(space store.SpaceID, fn func(*journal.Tx) error) error {
	_, err := journal.Do(context.Background(), g.Journal, space, journal.Command{Name: "garden.tend", By: ana},
		func(tx *journal.Tx) (string, error) { return "", fn(tx) })
	return err
}

// emit carries out a command of some events about one subject.
func (g garden) emit(space store.SpaceID, subject string, events ...journal.Event) {
	g.t.Helper()
	g.do(space, func(tx *journal.Tx) error { return tx.Emit(subject, events...) })
}

// plant reads a plant.
func (g garden) plant(space store.SpaceID, id string) journal.Item[plant] {
	g.t.Helper()
	var it journal.Item[plant]
	require.NoError(g.t, g.View(g.t.Context(), space, func(r *journal.Reader) (err error) {
		it, err = plants.Get(r, id)
		return err
	}))
	return it
}

// entries reads the whole log.
func (g garden) entries(space store.SpaceID) []journal.Entry {
	g.t.Helper()
	var out []journal.Entry
	require.NoError(g.t, g.View(g.t.Context(), space, func(r *journal.Reader) error {
		for e, err := range r.Entries(0) {
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	}))
	return out
}

var pg pgtest.Server

func TestMain(m *testing.M) { pg.Main(m) }

// verify demands that all is well.
func (g garden) verify(spaces ...store.SpaceID) {
	g.t.Helper()
	for _, s := range spaces {
		rep, err := g.Verify(context.Background(), s)
		require.NoError(g.t, err)
		require.Empty(g.t, rep.Problems)
		require.NoError(g.t, rep.Err())
	}
}

// newStore gives an empty store of the driver that the suite runs over. What runs by the time of a synctest stays in memory:
// nobody's clock but ours stands still there.
func newStore(tb testing.TB) anystore.Store { return anystore.New(tb, &pg) }

// onBoth tells a story over memory and a file, or over the driver that the suite runs over.
func onBoth(t *testing.T, story func(t *testing.T, st store.Store)) {
	t.Helper()
	if os.Getenv(anystore.Env) != "" {
		story(t, newStore(t))
		return
	}
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		st := memory.New()
		t.Cleanup(func() { require.NoError(t, st.Close()) })
		story(t, st)
	})
	t.Run("bolt", func(t *testing.T) {
		t.Parallel()
		st := openBolt(t, filepath.Join(t.TempDir(), "coop.db"))
		t.Cleanup(func() { require.NoError(t, st.Close()) })
		story(t, st)
	})
}

func openBolt(t testing.TB, path string) store.Store {
	st, err := bolt.Open(path, nil)
	require.NoError(t, err)
	return st
}

// put writes a record below the journal, as a hand in the store would.
func put(t testing.TB, st store.Store, space store.SpaceID, kind, id string, change func(*store.Record)) {
	t.Helper()
	require.NoError(t, st.Update(t.Context(), space, func(w store.Writer) error {
		rec, err := w.Get(kind, id)
		if err != nil && !errors.Is(err, store.ErrNoRecord) {
			return err
		}
		rec.Kind, rec.ID, rec.Body = kind, id, bytes.Clone(rec.Body)
		change(&rec)
		return w.Put(rec)
	}))
}

// get reads a record below the journal.
func get(t testing.TB, st store.Store, space store.SpaceID, kind, id string) (rec store.Record, found bool) {
	t.Helper()
	require.NoError(t, st.View(t.Context(), space, func(r store.Reader) error {
		got, err := r.Get(kind, id)
		if errors.Is(err, store.ErrNoRecord) {
			return nil
		}
		rec, found = got, true
		rec.Body = bytes.Clone(got.Body)
		return err
	}))
	return rec, found
}

// editHead changes the head's JSON.
func editHead(t testing.TB, st store.Store, space store.SpaceID, change func(map[string]any)) {
	t.Helper()
	put(t, st, space, "journal.head", "head", func(r *store.Record) {
		var h map[string]any
		require.NoError(t, json.Unmarshal(r.Body, &h))
		change(h)
		var err error
		r.Body, err = json.Marshal(h)
		require.NoError(t, err)
	})
}

// forged is a store whose reads lie about the log or hide a record.
type forged struct {
	store.Store
	events func([]store.Event) []store.Event
	hide   string // "kind/id" of a record that no listing shows
	side   string // and of one that is shown as removable
}

func (f forged) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	return f.Store.View(ctx, space, func(r store.Reader) error { return fn(forgedReader{r, f}) })
}

type forgedReader struct {
	store.Reader
	forged forged
}

func (r forgedReader) Events(after store.Position) iter.Seq2[store.Event, error] {
	return func(yield func(store.Event, error) bool) {
		var all []store.Event
		for e, err := range r.Reader.Events(0) {
			if err != nil {
				yield(e, err)
				return
			}
			e.Body = bytes.Clone(e.Body)
			all = append(all, e)
		}
		if r.forged.events != nil {
			all = r.forged.events(all)
		}
		for _, e := range all {
			if e.Position > after && !yield(e, nil) {
				return
			}
		}
	}
}

func (r forgedReader) List(q store.Query) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for rec, err := range r.Reader.List(q) {
			if err == nil && rec.Kind+"/"+rec.ID == r.forged.hide {
				continue
			}
			rec.Side = rec.Side || rec.Kind+"/"+rec.ID == r.forged.side
			if !yield(rec, err) {
				return
			}
		}
	}
}

// twice is a store that runs the function of every Update two times, as a driver may; the first run leaves no trace.
type twice struct {
	store.Store
	between func()
}

func (s twice) Update(ctx context.Context, space store.SpaceID, fn func(store.Writer) error) error {
	again := errors.New("again")
	err := s.Store.Update(ctx, space, func(w store.Writer) error {
		if err := fn(w); err != nil {
			return err
		}
		return again
	})
	if err != again {
		return err
	}
	if s.between != nil {
		s.between()
	}
	return s.Store.Update(ctx, space, fn)
}
