package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/archive"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/postgres"
)

// furnished makes a file with the demonstration garden, its polls open, shut and counted, and beside it the space of a
// module that this program does not know, with a box of so many ballots.
func furnished(t testing.TB, dir string, ballots int) (data string) {
	t.Helper()
	data = filepath.Join(dir, "coop.db")
	st, err := bolt.Open(data, nil)
	require.NoError(t, err)
	coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir(filepath.Join(dir, "coop.keys"))})
	require.NoError(t, err)
	require.NoError(t, demonstrate(t.Context(), coop))
	require.NoError(t, st.Update(t.Context(), "crowd", func(w store.Writer) error {
		keys := []store.Key{{Index: "x", Bytes: []byte{0, 255}}}
		if err := w.Put(store.Record{Kind: "weather.report", ID: "1", Body: []byte("rain"), Keys: keys}); err != nil {
			return err
		}
		return w.OpenBox("big", store.Box{Change: true})
	}))
	var wg sync.WaitGroup
	const hands = 256
	for h := range hands {
		wg.Go(func() {
			for i := h; i < ballots; i += hands {
				b := store.Ballot{
					Space: "crowd", Poll: "big", Key: binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15), Rank: uint8(i % 3),
					Retry: fmt.Append(nil, "retry ", i), Same: fmt.Append(nil, "same ", i), Body: bytes.Repeat([]byte{byte(i)}, 40),
				}
				_, err := st.Cast(context.Background(), b)
				require.NoError(t, err)
			}
		})
	}
	wg.Wait()
	require.NoError(t, coop.Close())
	return data
}

// lies gives all that lies at an address, as an archive.
func lies(t testing.TB, address string) []byte {
	t.Helper()
	st, err := placeAt(address, "coopspace", "").movable(t.Context(), true)
	require.NoError(t, err)
	var out bytes.Buffer
	_, err = archive.Write(&out, st.Pieces(t.Context()))
	require.NoError(t, err)
	require.NoError(t, st.Store.Close())
	return out.Bytes()
}

// transit tells how a store at an address is on its way.
func transit(t testing.TB, address string) store.Transit {
	t.Helper()
	st, err := placeAt(address, "coopspace", "").movable(t.Context(), true)
	require.NoError(t, err)
	at, err := st.Transit(t.Context())
	require.NoError(t, err)
	require.NoError(t, st.Store.Close())
	return at
}

// From a file into a database and back into a file: every piece is the same, everything verifies, and what was left behind
// takes nothing any more.
func TestMigrate(t *testing.T) {
	t.Parallel()
	dsn := pg.New(t)
	dir := t.TempDir()
	data := furnished(t, dir, 50_000)
	folder := filepath.Join(dir, "coop.keys")
	before := lies(t, data)

	out, _ := do(t, exitDone, "migrate", "--from", data, "--to", dsn)
	require.Equal(t, 2, strings.Count(out, " verified: 1 space, "), out)
	require.Contains(t, out, "they stay in "+folder)
	require.Contains(t, out, "Name that folder with --keys")
	require.Equal(t, before, lies(t, dsn))
	do(t, exitDone, "verify", "--postgres", dsn, "--keys", folder)

	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"verify"}, {"backup", filepath.Join(dir, "late")}} {
		_, errs := do(t, exitRefused, append(args, "--data", data)...)
		require.Contains(t, errs, "[store.moved]", "the old place is started by mistake")
		require.Contains(t, errs, "to: postgres ")
	}
	out, _ = do(t, exitDone, "migrate", "--from", data, "--to", dsn)
	require.Contains(t, out, "It is done already")
	_, errs := do(t, exitRefused, "migrate", "--from", data, "--to", filepath.Join(dir, "second.db"))
	require.Contains(t, errs, "[store.moved]", "there is one place in which all goes on")
	_, errs = do(t, exitRefused, "migrate", "--from", dsn, "--to", data, "--keys", folder)
	require.Contains(t, errs, "[store.moved]", "nor does it go back over what was left")

	// Somebody forgot to stop a serve on the database: nothing begins.
	s := servePostgres(t, dsn, folder, "--dev")
	back := filepath.Join(dir, "back.db")
	listens(t, dsn)
	_, errs = doEnv(t, exitRefused, []string{"LC_ALL=fr_FR.UTF-8"}, "migrate", "--from", dsn, "--to", back, "--keys", folder)
	require.Contains(t, errs, "Un serveur (coopspace serve) tourne encore sur la source")
	require.Regexp(t, `(?m)^  server: .+ \(coopspace\)$`, errs)
	require.Equal(t, store.Transit{}, transit(t, dsn))

	// One that nobody saw can read, and writes nothing that would be lost; so it keeps nobody from finishing.
	closeUnseen(t, dsn, back, folder)
	out, _ = do(t, exitDone, "migrate", "--from", dsn, "--to", back, "--keys", folder)
	require.Contains(t, out, "is the same there")
	var sp space
	s.ask(t, "", "GET", "/v1/slugs/"+demoSlug, "", &sp)
	var open items
	s.ask(t, "", "GET", "/v1/spaces/"+sp.ID+"/polls?state=open", "", &open)
	r, err := http.NewRequestWithContext(t.Context(), "PUT", s.url+"/v1/polls/"+open.Items[0].ID+"/ballot", strings.NewReader(`{"choice":"for"}`))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Coop-Dev", "person:demo:7")
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	said, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusConflict, res.StatusCode)
	require.Contains(t, string(said), "store.moved")
	require.NotContains(t, string(said), "/back.db", "where it went is nobody's business but the operator's")
	s.stop(t)
	require.Equal(t, before, lies(t, dsn))
	require.Equal(t, before, lies(t, back))
	do(t, exitDone, "verify", "--data", back, "--keys", folder)
	_, errs = do(t, exitRefused, "verify", "--postgres", dsn, "--keys", folder)
	require.Contains(t, errs, "[store.moved]")
}

// listens waits until a serve has told a database that it is there.
func listens(t *testing.T, dsn string) {
	t.Helper()
	st, err := postgres.Open(t.Context(), dsn, &postgres.Options{MustExist: true})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		servers, err := st.Serving(t.Context())
		require.NoError(t, err)
		return len(servers) > 0
	}, time.Minute, 20*time.Millisecond)
	require.NoError(t, st.Close())
}

// closeUnseen begins a move as if nobody had looked whether a serve runs, and is cut off once the source is closed.
func closeUnseen(t *testing.T, from, to, folder string) {
	t.Helper()
	src, err := placeAt(from, "coopspace", folder).movable(t.Context(), true)
	require.NoError(t, err)
	dst, err := placeAt(to, "coopspace", folder).movable(t.Context(), false)
	require.NoError(t, err)
	_, err = store.Fill(t.Context(), dst, src.name, src.Pieces(t.Context()), nil)
	require.NoError(t, err)
	require.NoError(t, src.SetTransit(t.Context(), store.Transit{}, store.Transit{To: dst.name}))
	require.NoError(t, src.Store.Close())
	require.NoError(t, dst.Store.Close())
}

// fuse is a context that ends after it was asked so many times whether it has.
type fuse struct {
	context.Context
	asked, last atomic.Int64 // last: 0 for never
	burn        context.CancelFunc
}

func newFuse(t testing.TB, last int64) *fuse {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	f := &fuse{Context: ctx, burn: cancel}
	f.last.Store(last)
	return f
}

func (f *fuse) Err() error {
	if f.asked.Add(1) == f.last.Load() {
		f.burn()
	}
	return f.Context.Err()
}

// A move that is broken off at any moment has harmed nothing, lets nobody work in a half filled place, and goes on.
func TestMigrate_interrupted(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	original := furnished(t, dir, 5_000)
	folder := filepath.Join(dir, "coop.keys")
	quiet := terminal{out: io.Discard, err: io.Discard, lang: locale.English}
	all := lies(t, original)

	for _, way := range []string{"into a file", "into a database", "out of a database"} {
		t.Run(way, func(t *testing.T) {
			// fresh gives a source of its own, and an empty destination.
			n := 0
			fresh := func() (from, to string) {
				n++
				from, to = filepath.Join(t.TempDir(), "coop.db"), filepath.Join(t.TempDir(), "to.db")
				data, err := os.ReadFile(original)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(from, data, 0o600))
				switch way {
				case "into a database":
					to = pg.New(t)
				case "out of a database":
					dsn := pg.New(t)
					require.NoError(t, migrating{from, dsn, "coopspace", folder}.run(t.Context(), quiet))
					from = dsn
				}
				return from, to
			}
			from, to := fresh()
			whole := newFuse(t, 0)
			require.NoError(t, migrating{from, to, "coopspace", folder}.run(whole, quiet))
			total := whole.asked.Load()
			require.Equal(t, all, lies(t, to))
			stopped := 0
			for range 4 {
				from, to := fresh()
				for first := true; ; first = false {
					at := 1 + random.Int64N(total)
					if !first {
						at = 0
					}
					err := migrating{from, to, "coopspace", folder}.run(newFuse(t, at), quiet)
					if err == nil {
						break
					}
					require.True(t, first, "%v", err)
					require.ErrorIs(t, err, context.Canceled, "stopped at %d of %d", at, total)
					stopped++
					require.Equal(t, all, lies(t, from), "the source is as it was")
					if at := transit(t, from); at.To == "" {
						require.NoError(t, placeAt(from, "coopspace", folder).work(t.Context(), job{Do: verify}, nil, io.Discard), "and goes on meanwhile")
					}
					if p := placeAt(to, "coopspace", folder); p.dsn != "" || exists(to) {
						if transit(t, to).From != "" {
							_, err := p.open(t.Context(), governance.Options{}, nil)
							require.ErrorIs(t, err, store.ErrUnfinished)
						}
					}
				}
				require.Equal(t, all, lies(t, to))
				require.NotEmpty(t, transit(t, from).To)
				require.Equal(t, store.Transit{}, transit(t, to))
			}
			t.Logf("stopped %d times of 4, %d moments", stopped, total)
			require.Positive(t, stopped)
		})
	}
}

// Two who move the same at once: the second waits for the first, and both are right.
func TestMigrate_twice(t *testing.T) {
	t.Parallel()
	dsn := pg.New(t)
	dir := t.TempDir()
	data := furnished(t, dir, 100)
	folder := filepath.Join(dir, "coop.keys")
	saved := filepath.Join(dir, "saved.backup")
	do(t, exitDone, "backup", saved, "--data", data)
	do(t, exitDone, "migrate", "--from", data, "--to", dsn)

	moved, restored := pg.New(t), pg.New(t)
	both := func(args ...string) (said string) {
		var out [2]bytes.Buffer
		var all sync.WaitGroup
		for i := range out {
			c := program(t, args...)
			c.Stdout, c.Stderr = &out[i], &out[i]
			all.Go(func() { _ = c.Run() }) // what it says is looked at
		}
		all.Wait()
		return out[0].String() + out[1].String()
	}
	said := both("migrate", "--from", dsn, "--to", moved, "--keys", folder)
	require.Equal(t, 1, strings.Count(said, "is the same there"), said)
	require.Equal(t, 1, strings.Count(said, "It is done already"), said)
	require.Equal(t, store.Transit{}, transit(t, moved))
	require.Contains(t, transit(t, dsn).To, "postgres ", "the source stays closed")

	said = both("restore", saved, "--to", restored, "--keys", folder)
	require.Equal(t, 1, strings.Count(said, "in a new epoch"), said)
	require.Equal(t, 1, strings.Count(said, "[store.not_empty]"), said)
	do(t, exitDone, "verify", "--postgres", restored, "--keys", folder)
}

// house is a store in memory that somebody may empty while it is open.
type house struct{ *memory.Store }

func (h *house) empty() { h.Store = memory.New() }

// slow is a house in the hands of somebody who is held up at a step of a move.
type slow struct {
	*house
	marks    func(to store.Transit) // before a mark is set
	placed   func()                 // after pieces were laid down
	compared error                  // instead of being compared
}

func (s slow) SetTransit(ctx context.Context, was, t store.Transit) error {
	if s.marks != nil {
		s.marks(t)
	}
	return s.house.SetTransit(ctx, was, t)
}

func (s slow) Place(ctx context.Context, at store.Transit, pieces []store.Piece) error {
	err := s.house.Place(ctx, at, pieces)
	if err == nil && s.placed != nil {
		s.placed()
	}
	return err
}

func (s slow) Pieces(ctx context.Context) iter.Seq2[store.Piece, error] {
	if s.compared != nil {
		return func(yield func(store.Piece, error) bool) { yield(store.Piece{}, s.compared) }
	}
	return s.house.Pieces(ctx)
}

// removal is an instance that moves from one house to another, with the keys.
type removal struct {
	t        *testing.T
	src, dst *house
	keys     string
}

func removing(t *testing.T) removal {
	r := removal{t, &house{memory.New()}, &house{memory.New()}, filepath.Join(t.TempDir(), "keys")}
	r.at(r.src, func(coop *governance.Coop) error { return demonstrate(t.Context(), coop) })
	r.report(r.src, 0)
	return r
}

// at works in a house.
func (r removal) at(h *house, do func(*governance.Coop) error) {
	r.t.Helper()
	coop, err := governance.Open(lent{h}, &governance.Options{Keys: keys.Dir(r.keys)})
	require.NoError(r.t, err)
	require.NoError(r.t, do(coop))
	require.NoError(r.t, coop.Close())
}

// found lets the logs of a house grow.
func (r removal) found(h *house, slug string) {
	r.t.Helper()
	r.at(h, func(coop *governance.Coop) error {
		_, err := coop.Spaces.Create(r.t.Context(), governance.Host(cli), governance.NewSpace{Name: slug, Slug: slug})
		return err
	})
}

// report changes what is in no log.
func (r removal) report(h *house, version uint64) {
	r.t.Helper()
	require.NoError(r.t, h.Update(r.t.Context(), "crowd", func(w store.Writer) error {
		return w.Put(store.Record{Kind: "weather.report", ID: "1", Version: version, Body: fmt.Append(nil, version), Side: true})
	}))
}

// run is the command, by whoever has these houses in hands.
func (r removal) run(src, dst interface {
	store.Store
	store.Mover
},
) error {
	quiet := terminal{out: io.Discard, err: io.Discard, lang: locale.English}
	return migrating{}.move(context.Background(), quiet, &movable{src, src, "here"}, &movable{dst, dst, "there"}, place{keys: r.keys}, place{keys: r.keys})
}

func (r removal) again() error { return r.run(r.src, r.dst) }

// Where a house can be on its way, whoever's mark it is.
var (
	closed = store.Transit{To: "there"}
	filled = store.Transit{From: "here"}
	rest   = store.Transit{}
)

// are demands how both houses are on their way, whoever's mark it is.
func (r removal) are(from, to store.Transit) {
	r.t.Helper()
	for h, is := range map[*house]store.Transit{r.src: from, r.dst: to} {
		at, err := h.Transit(r.t.Context())
		require.NoError(r.t, err)
		require.Equal(r.t, is == store.Transit{}, at.Attempt == "", "whoever marks a store says who it is")
		at.Attempt = ""
		require.Equal(r.t, is, at)
	}
}

// After a copy that is not the same the source goes on, and only if nobody can go on in the copy.
func TestMigrate_unlike(t *testing.T) {
	t.Parallel()
	// late is a source to which somebody writes after the copy was made.
	late := func(r removal, writes func()) slow {
		return slow{house: r.src, marks: func(to store.Transit) {
			if to.To != "" {
				writes()
			}
		}}
	}

	t.Run("more was written", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		require.ErrorIs(t, r.run(late(r, func() { r.found(r.src, "late") }), r.dst), store.ErrOccupied)
		r.are(rest, filled)
		require.ErrorIs(t, r.again(), store.ErrOccupied, "what lies there was changed in the source, and not only added to")
		r.are(rest, filled)
		r.dst.empty()
		require.NoError(t, r.again())
		r.are(closed, rest)
	})
	t.Run("somebody else took it up and opened the copy", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		err := r.run(r.src, slow{house: r.dst, marks: func(to store.Transit) {
			if to == rest {
				require.NoError(t, r.again())
			}
		}})
		require.ErrorIs(t, err, store.ErrOvertaken)
		require.Equal(t, "store.overtaken", governance.Fault(err).Code, "and not that the copy be emptied: it is in use")
		r.are(closed, rest)
	})
	t.Run("it could not be compared", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		require.ErrorIs(t, r.run(r.src, slow{house: r.dst, compared: store.ErrUnreachable}), store.ErrUnreachable)
		r.are(closed, filled)
		require.NoError(t, r.again(), "the same command goes on")
		r.are(closed, rest)
	})
	t.Run("it was cut off before the source was opened again", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		err := r.run(late(r, func() { r.report(r.src, 1) }), slow{house: r.dst, compared: store.ErrUnreachable})
		require.ErrorIs(t, err, store.ErrUnreachable)
		r.are(closed, filled)
		require.ErrorIs(t, r.again(), store.ErrOccupied)
		r.are(rest, filled)
	})
}

// A refusal names what was the matter.
func TestMigrate_cause(t *testing.T) {
	t.Parallel()
	t.Run("a server wrote to the source before it was copied", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		err := r.run(r.src, slow{house: r.dst, marks: func(to store.Transit) { r.found(r.src, "early") }})
		require.ErrorIs(t, err, store.ErrOccupied)
		r.are(rest, filled)
		require.NoError(t, r.again(), "it ended")
		r.are(closed, rest)
	})
	t.Run("somebody else finished the move, and a server wrote to the destination", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		err := r.run(r.src, slow{house: r.dst, placed: func() {
			require.NoError(t, r.again())
			r.found(r.dst, "new")
		}})
		require.ErrorIs(t, err, store.ErrOvertaken)
		r.are(closed, rest)
	})
	t.Run("the copying is at fault", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		require.ErrorIs(t, r.run(r.src, slow{house: r.dst, compared: store.ErrUnreachable}), store.ErrUnreachable)
		r.are(closed, filled)
		err := r.run(r.src, slow{house: r.dst, placed: func() { r.found(r.dst, "invented") }})
		require.ErrorIs(t, err, ErrUnlike)
		r.are(rest, filled)
	})
}

// Whoever stood still while others moved everything opens nothing any more, neither here nor there.
func TestMigrate_stalled(t *testing.T) {
	t.Parallel()
	t.Run("before opening the source of a copy that is not the same", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		stood := false
		err := r.run(slow{house: r.src, marks: func(to store.Transit) {
			if to.To != "" {
				r.report(r.src, 1)
				return
			}
			stood = true
			require.ErrorIs(t, r.again(), store.ErrOccupied)
			r.dst.empty()
			require.NoError(t, r.again())
			r.report(r.dst, 2)
		}}, r.dst)
		require.True(t, stood)
		require.ErrorIs(t, err, store.ErrOvertaken)
		r.are(closed, rest)
	})
	t.Run("before opening the copy", func(t *testing.T) {
		t.Parallel()
		r := removing(t)
		stood := false
		err := r.run(r.src, slow{house: r.dst, marks: func(to store.Transit) {
			if to != rest {
				return
			}
			stood = true
			r.dst.empty()
			_, err := store.Fill(context.Background(), r.dst, "here", func(yield func(store.Piece, error) bool) {
				yield(store.Piece{}, store.ErrUnreachable)
			}, nil)
			require.ErrorIs(t, err, store.ErrUnreachable, "it is filled anew, and so far holds nothing")
		}})
		require.True(t, stood)
		require.ErrorIs(t, err, store.ErrOvertaken)
		r.are(closed, filled)
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// What keeps a move from beginning is said before anything was done.
func TestMigrate_refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := furnished(t, dir, 10)
	folder := filepath.Join(dir, "coop.keys")
	elsewhere := t.TempDir()
	stranger := furnished(t, elsewhere, 10)
	empty := filepath.Join(dir, "empty.db")
	st, err := bolt.Open(empty, nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	fresh := filepath.Join(dir, "fresh.db")
	for name, c := range map[string]struct {
		from, to, keys, code string
	}{
		"no source":                     {filepath.Join(dir, "none.db"), fresh, "", "store.path"},
		"a source without an instance":  {empty, fresh, "", "instance.unfounded"},
		"the same place":                {data, filepath.Join(dir, ".", "coop.db"), "", "move.same"},
		"a destination in use":          {data, stranger, "", "store.not_empty"},
		"no keys":                       {data, fresh, filepath.Join(dir, "none.keys"), "keys.missing"},
		"another instance's keys":       {data, fresh, filepath.Join(elsewhere, "coop.keys"), "keys.wrong"},
		"a source that is no store":     {filepath.Join(folder, "instance.key"), fresh, folder, "store.foreign"},
		"a database that does not read": {data, "postgres://%zz", "", "store.database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs := do(t, exitRefused, "migrate", "--from", c.from, "--to", c.to, "--keys", c.keys)
			require.Contains(t, errs, "["+c.code+"]")
			saysWhere(t, errs, c.code, c.keys, c.to)
			require.NoFileExists(t, fresh)
		})
	}
	t.Run("a running serve", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		data := furnished(t, dir, 10)
		s := serveData(t, data)
		_, errs := do(t, exitRefused, "migrate", "--from", data, "--to", filepath.Join(dir, "to.db"))
		require.Contains(t, errs, "[store.locked]")
		s.stop(t)
	})
	t.Run("a destination that cannot be looked at is not one where all is", func(t *testing.T) {
		t.Parallel()
		src, dst := memory.New(), memory.New()
		require.NoError(t, src.SetTransit(t.Context(), store.Transit{}, store.Transit{To: "there"}))
		_, _, err := migrating{}.begun(t.Context(), &movable{src, src, "here"}, &movable{unlisted{dst}, dst, "there"})
		require.ErrorIs(t, err, store.ErrUnreachable)
	})
	t.Run("a source that is not as its log says", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		data := furnished(t, dir, 10)
		st, err := bolt.Open(data, nil)
		require.NoError(t, err)
		require.NoError(t, st.Update(t.Context(), store.Instance, func(w store.Writer) error {
			return w.Put(store.Record{Kind: "person", ID: "forged", Body: []byte("{}")})
		}))
		require.NoError(t, st.Close())
		_, errs := do(t, exitRefused, "migrate", "--from", data, "--to", filepath.Join(dir, "to.db"))
		require.Contains(t, errs, "[journal.verify]")
		out, _ := do(t, exitRefused, "verify", "--data", data)
		require.NotContains(t, out, "is well")
		require.Equal(t, store.Transit{}, transit(t, data))
	})
}

// saysWhere demands that a refusal for which an operator must look somewhere names the place.
func saysWhere(t *testing.T, errs, code, keyFolder, to string) {
	t.Helper()
	switch code {
	case "keys.missing", "keys.wrong":
		require.Contains(t, errs, "--keys: "+keyFolder)
	case "store.not_empty":
		require.Regexp(t, "--to: .*"+regexp.QuoteMeta(filepath.Base(to)), errs)
	}
}

// unlisted is a store whose spaces cannot be listed just now.
type unlisted struct{ store.Store }

func (unlisted) Spaces(context.Context) iter.Seq2[store.SpaceID, error] {
	return func(yield func(store.SpaceID, error) bool) { yield("", store.ErrUnreachable) }
}

var epochSaid = regexp.MustCompile(`new epoch: ([0-9a-f-]{36})`)

// A backup made beside a serve is restored twice, into a file and into a database: both verify, and are two epochs.
func TestRestore(t *testing.T) {
	t.Parallel()
	dsn := pg.New(t)
	dir := t.TempDir()
	data := filepath.Join(dir, "coop.db")
	folder := filepath.Join(dir, "coop.keys")
	s := serveData(t, data, "--demo")
	copied := filepath.Join(dir, "garden.backup")
	out, _ := do(t, exitDone, "backup", copied, "--data", data)
	require.Contains(t, out, "holds everything as of now, but the keys")
	s.stop(t)

	epochs := map[string]bool{}
	for _, to := range []string{filepath.Join(dir, "one.db"), dsn} {
		out, _ := do(t, exitDone, "restore", copied, "--to", to, "--keys", folder)
		said := epochSaid.FindStringSubmatch(out)
		require.NotNil(t, said, out)
		epochs[said[1]] = true
		place := []string{"--data", to, "--keys", folder}
		if to == dsn {
			place[0] = "--postgres"
		}
		out, _ = do(t, exitDone, append([]string{"verify"}, place...)...)
		require.Equal(t, 2, strings.Count(out, "goes on in epoch "+said[1]), "of the instance's log and the garden's")
		exported := filepath.Join(t.TempDir(), "out")
		do(t, exitDone, append([]string{"export", "--space", demoSlug, exported}, place...)...)
		do(t, exitDone, "recount", exported)
		signed, err := os.ReadFile(filepath.Join(exported, checkpointFile))
		require.NoError(t, err)
		require.Regexp(t, "/"+said[1]+"\n", string(signed), "whoever is shown the copy sees that it is one")

		// What was restored is backed up and restored in its turn.
		again := filepath.Join(t.TempDir(), "again.backup")
		do(t, exitDone, append([]string{"backup", again}, place...)...)
		third := filepath.Join(t.TempDir(), "third.db")
		out, _ = do(t, exitDone, "restore", again, "--to", third, "--keys", folder)
		epochs[epochSaid.FindStringSubmatch(out)[1]] = true
		do(t, exitDone, "verify", "--data", third, "--keys", folder)
	}
	require.Len(t, epochs, 4)

	t.Run("a file of data is a backup too, also one that was left", func(t *testing.T) {
		t.Parallel()
		left, moved, back := filepath.Join(t.TempDir(), "left.db"), filepath.Join(t.TempDir(), "moved.db"), filepath.Join(t.TempDir(), "back.db")
		bytes, err := os.ReadFile(data)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(left, bytes, 0o600))
		do(t, exitDone, "migrate", "--from", left, "--to", moved, "--keys", folder)
		do(t, exitDone, "restore", left, "--to", back, "--keys", folder)
		do(t, exitDone, "verify", "--data", back, "--keys", folder)
	})
}

// A backup that is not whole is refused before anything of it lies anywhere; one whose restoring was broken off goes on.
func TestRestore_refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := furnished(t, dir, 200)
	folder := filepath.Join(dir, "coop.keys")
	whole := lies(t, data)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	quiet := terminal{out: io.Discard, err: io.Discard, lang: locale.English}

	t.Run("damaged or cut short anywhere", func(t *testing.T) {
		file, to := filepath.Join(t.TempDir(), "bad.backup"), filepath.Join(t.TempDir(), "to.db")
		for range 60 {
			bad := bytes.Clone(whole)
			if at := random.IntN(len(bad)); random.IntN(2) == 0 {
				bad = bad[:max(at, 1)]
			} else {
				bad[at] ^= byte(1 + random.IntN(255))
			}
			require.NoError(t, os.WriteFile(file, bad, 0o600))
			require.Error(t, restoring{file, to, "coopspace", folder}.run(t.Context(), quiet))
			require.NoFileExists(t, to)
		}
	})
	file := filepath.Join(dir, "whole.backup")
	require.NoError(t, os.WriteFile(file, whole, 0o600))
	write := func(name string, text []byte) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, text, 0o600))
		return name
	}
	cut := write("cut", whole[:len(whole)-7])
	newer := write("newer", bytes.Replace(whole, []byte("archive 1\n"), []byte("archive 7\n"), 1))
	for name, c := range map[string]struct{ from, to, keys, code string }{
		"cut short":            {cut, "a.db", folder, "archive.damaged"},
		"of a newer program":   {newer, "a.db", folder, "archive.newer"},
		"no backup":            {write("letter", []byte("Dear Ana,\nall is well, and the well is deep.\n")), "a.db", folder, "archive.foreign"},
		"an empty file":        {write("nothing", nil), "a.db", folder, "archive.foreign"},
		"no file":              {filepath.Join(dir, "none"), "a.db", folder, "store.path"},
		"no keys":              {file, "a.db", filepath.Join(dir, "none.keys"), "keys.missing"},
		"a destination in use": {file, "coop.db", folder, "store.not_empty"},
		"onto itself":          {data, "coop.db", folder, "move.same"},
		"a backup of nobody":   {write("nobody", lies(t, emptyStore(t))), "a.db", folder, "instance.unfounded"},
		"a folder":             {dir, "a.db", folder, "archive.foreign"},
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(dir, c.to)
			_, errs := do(t, exitRefused, "restore", c.from, "--to", to, "--keys", c.keys)
			require.Contains(t, errs, "["+c.code+"]")
			saysWhere(t, errs, c.code, c.keys, to)
			if c.to == "a.db" {
				require.NoFileExists(t, to)
			}
		})
	}

	t.Run("broken off at any moment", func(t *testing.T) {
		to := filepath.Join(t.TempDir(), "to.db")
		count := newFuse(t, 0)
		require.NoError(t, restoring{file, to, "coopspace", folder}.run(count, quiet))
		stopped := 0
		for range 12 {
			to := filepath.Join(t.TempDir(), "to.db")
			at := 1 + random.Int64N(count.asked.Load())
			if err := (restoring{file, to, "coopspace", folder}).run(newFuse(t, at), quiet); err != nil {
				require.ErrorIs(t, err, context.Canceled)
				stopped++
				if exists(to) && transit(t, to).From != "" {
					_, errs := do(t, exitRefused, "verify", "--data", to, "--keys", folder)
					require.Contains(t, errs, "[store.unfinished]")
				}
				require.NoError(t, restoring{file, to, "coopspace", folder}.run(t.Context(), quiet))
			}
			p := placeAt(to, "", folder)
			require.NoError(t, p.work(t.Context(), job{Do: verify}, nil, io.Discard))
		}
		t.Logf("stopped %d times of 12", stopped)
		require.Positive(t, stopped)
	})
}

// emptyStore makes a file in which nothing lies.
func emptyStore(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.db")
	st, err := bolt.Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	return path
}

func TestPlaceAt(t *testing.T) {
	t.Parallel()
	for address, dsn := range map[string]bool{
		"postgres://coop@db/coop": true, "postgresql:///coop": true, "host=/tmp dbname=coop": true, " dbname = coop": true,
		"coop.db": false, "/srv/coop.db": false, "./a=b": false, "données/coop.db": false, "C:\\coop.db": false,
	} {
		p := placeAt(address, "s", "k")
		require.Equal(t, dsn, p.dsn != "", address)
		require.Equal(t, !dsn, p.file != "", address)
		require.Equal(t, "k", p.keyFolder())
	}
}
