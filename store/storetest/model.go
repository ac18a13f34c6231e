package storetest

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
)

// testModel does random work on the driver and on the memory driver side by side: every answer is the same, and so is all
// that lies there in the end. rapid prints the seed of what fails, and makes it as short as it can.
func testModel(t *testing.T, d Driver) {
	root := t.TempDir()
	for range Soak() {
		rapid.Check(t, func(rt *rapid.T) {
			dir, err := os.MkdirTemp(root, "")
			require.NoError(rt, err)
			m := &model{driver: d, dir: dir, spec: memory.New()}
			if m.st, err = d.Open(dir); err != nil {
				rt.Fatal(err)
			}
			defer func() {
				m.st.Close()
				if d.Remove != nil {
					d.Remove(dir)
				}
			}()
			for range rapid.IntRange(1, 40).Draw(rt, "steps") {
				m.step(t, rt)
			}
			for _, id := range modelSpaces {
				require.Equal(rt, dump(t, m.spec, id), dump(t, m.st, id))
			}
			require.Equal(rt, spaces(t, m.spec), spaces(t, m.st))
		})
	}
}

var modelSpaces = []store.SpaceID{"s", "t"}

type model struct {
	driver   Driver
	dir      string
	st, spec store.Store
}

// small names, so that things meet.
var (
	modelID   = rapid.SampledFrom([]string{"1", "2", "22", "\u00e9"})
	modelKey  = rapid.SampledFrom([]string{"", "\x00", "\x00\xff", "a", "a\x00", "a\x01", "ab", "\xff"})
	modelName = rapid.SampledFrom([]string{"p", "q", "\x00"})
)

// step does one thing to both.
func (m *model) step(t *testing.T, rt *rapid.T) {
	switch what := rapid.SampledFrom([]string{"update", "update", "update", "cast", "cast", "cast", "cast", "page", "reopen"}).Draw(rt, "what"); what {
	case "update":
		m.update(rt)
	case "cast":
		m.cast(rt)
	case "page":
		m.page(t, rt)
	case "reopen":
		if m.driver.Durable {
			require.NoError(rt, m.st.Close())
			var err error
			m.st, err = m.driver.Open(m.dir)
			require.NoError(rt, err)
		}
	}
}

// update draws what to write, then writes it to both.
func (m *model) update(rt *rapid.T) {
	var do []func(store.Writer) error
	for range rapid.IntRange(1, 6).Draw(rt, "writes") {
		kind, id := rapid.SampledFrom(kinds).Draw(rt, "kind"), modelID.Draw(rt, "id")
		side := kind == "b"
		switch rapid.SampledFrom([]string{"put", "put", "put", "blind", "drop", "append", "open", "shut"}).Draw(rt, "write") {
		case "put":
			r := store.Record{Kind: kind, ID: id, Side: side, Body: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "body")}
			for range rapid.IntRange(0, 3).Draw(rt, "keys") {
				r.Keys = append(r.Keys, store.Key{Index: rapid.SampledFrom(indexes[1:]).Draw(rt, "index"), Bytes: []byte(modelKey.Draw(rt, "key"))})
			}
			do = append(do, func(w store.Writer) error {
				old, err := w.Get(r.Kind, r.ID)
				if err != nil && !errors.Is(err, store.ErrNoRecord) {
					return err
				}
				r := r
				r.Version = old.Version
				return w.Put(r)
			})
		case "blind":
			r := store.Record{Kind: kind, ID: id, Side: rapid.Bool().Draw(rt, "side"), Version: rapid.Uint64Range(0, 2).Draw(rt, "version")}
			do = append(do, func(w store.Writer) error { return w.Put(r) })
		case "drop":
			do = append(do, func(w store.Writer) error { return w.Drop(kind, id) })
		case "append":
			skip := rapid.SampledFrom([]store.Position{0, 0, 0, 1}).Draw(rt, "skip")
			do = append(do, func(w store.Writer) error {
				head, err := w.Head()
				if err != nil {
					return err
				}
				return w.Append(store.Event{Position: head + 1, Body: []byte(id)}, store.Event{Position: head + 2 + skip})
			})
		case "open":
			p, box := rapid.SampledFrom(polls).Draw(rt, "poll"), store.Box{Change: rapid.Bool().Draw(rt, "change")}
			do = append(do, func(w store.Writer) error { return w.OpenBox(p, box) })
		case "shut":
			p := rapid.SampledFrom(polls).Draw(rt, "poll")
			do = append(do, func(w store.Writer) error { return w.ShutBox(p) })
		}
	}
	id := rapid.SampledFrom(modelSpaces).Draw(rt, "space")
	carryOn, fail := rapid.Bool().Draw(rt, "carry on"), rapid.SampledFrom([]bool{false, false, false, true}).Draw(rt, "fail")
	run := func(st store.Store) (codes []string) {
		err := st.Update(context.Background(), id, func(w store.Writer) error {
			codes = nil
			for _, f := range do {
				err := f(w)
				codes = append(codes, code(err))
				if err != nil && !carryOn {
					return err
				}
			}
			if fail {
				return store.ErrNoRecord
			}
			return nil
		})
		return append(codes, code(err))
	}
	require.Equal(rt, run(m.spec), run(m.st))
}

// code gives an error's code; empty for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func (m *model) cast(rt *rapid.T) {
	b := store.Ballot{
		Space: rapid.SampledFrom(modelSpaces).Draw(rt, "space"), Poll: rapid.SampledFrom(polls).Draw(rt, "poll"),
		Key: []byte(modelName.Draw(rt, "seat")), Rank: rapid.Uint8Range(0, 2).Draw(rt, "rank"),
		Replaces: rapid.Uint64Range(0, 3).Draw(rt, "replaces"), Body: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(rt, "body"),
		Retry: []byte(rapid.SampledFrom([]string{"", "r", "s"}).Draw(rt, "retry")),
		Same:  []byte(rapid.SampledFrom([]string{"", "1"}).Draw(rt, "same")),
	}
	want, err := m.spec.Cast(context.Background(), b)
	require.NoError(rt, err)
	got, err := m.st.Cast(context.Background(), b)
	require.NoError(rt, err)
	require.Equal(rt, want.Outcome.String(), got.Outcome.String())
	require.Equal(rt, plain(want.Ballot), plain(got.Ballot))
}

// page reads one listing of both, page by page.
func (m *model) page(t *testing.T, rt *rapid.T) {
	q := store.Query{
		Kind: rapid.SampledFrom(kinds).Draw(rt, "kind"), Index: rapid.SampledFrom(indexes).Draw(rt, "index"),
		Prefix: []byte(modelKey.Draw(rt, "prefix")), Limit: rapid.IntRange(1, 3).Draw(rt, "limit"),
	}
	read := func(st store.Store) (list []string) {
		require.NoError(rt, st.View(context.Background(), "s", func(r store.Reader) error {
			list = pages(t, r, q)
			return nil
		}))
		return list
	}
	require.Equal(rt, read(m.spec), read(m.st))
}
