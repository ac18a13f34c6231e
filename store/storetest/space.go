package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// spaces lists the spaces.
func spaces(tb testing.TB, st store.Store) []store.SpaceID {
	tb.Helper()
	var list []store.SpaceID
	for id, err := range st.Spaces(context.Background()) {
		require.NoError(tb, err)
		list = append(list, id)
	}
	return list
}

// kinds, indexes and polls are what dump looks at; tests that compare dumps use no others.
var (
	kinds   = []string{"a", "b"}
	indexes = []string{"", "x", "y"}
	polls   = []string{"poll", "other"}
)

// dump gives everything in a space as text.
func dump(tb testing.TB, st store.Store, id store.SpaceID) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, st.View(context.Background(), id, func(r store.Reader) error {
		for _, kind := range kinds {
			for _, index := range indexes {
				for _, rec := range records(tb, r, store.Query{Kind: kind, Index: index}) {
					fmt.Fprintf(&out, "%s by %q: %q %d %t %x %s", kind, index, rec.ID, rec.Version, rec.Side, rec.Body, rec.Cursor)
					for _, k := range rec.Keys {
						fmt.Fprintf(&out, " %s=%x", k.Index, k.Bytes)
					}
					fmt.Fprintln(&out)
				}
			}
		}
		for i, body := range events(tb, r, 0) {
			fmt.Fprintf(&out, "event %d: %x\n", i+1, body)
		}
		for _, p := range polls {
			box, err := r.Box(p)
			fmt.Fprintf(&out, "box %s: %+v %t\n", p, box, errors.Is(err, store.ErrNoBox))
			for _, b := range ballots(tb, r, p) {
				fmt.Fprintf(&out, "ballot %v\n", plain(b))
			}
		}
		return nil
	}))
	return out.String()
}

func testSpaces(t *testing.T, d Driver) {
	t.Run("spaces are listed once something was written to them", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		require.Empty(t, spaces(t, st))
		put := func(w store.Writer) error { return w.Put(store.Record{Kind: "a", ID: "1", Side: true}) }
		mine := errors.New("mine")
		for _, id := range []store.SpaceID{"zebra", "a", "\u00e9", store.Instance, "A"} {
			require.NoError(t, st.Update(t.Context(), id, put))
		}
		require.NoError(t, st.Update(t.Context(), "log", func(w store.Writer) error { return w.Append(store.Event{Position: 1}) }))
		openBox(t, st, "box", poll, store.Box{})
		require.NoError(t, st.View(t.Context(), "viewed", func(store.Reader) error { return nil }))
		require.NoError(t, st.Update(t.Context(), "updated with nothing", func(w store.Writer) error { return w.Append() }))
		require.Same(t, mine, st.Update(t.Context(), "failed", func(w store.Writer) error {
			require.NoError(t, put(w))
			return mine
		}))
		cast(t, st, store.Ballot{Space: "cast", Poll: poll, Key: []byte("ana")}, store.NoBox)
		want := []store.SpaceID{"A", "a", "box", store.Instance, "log", "zebra", "\u00e9"}
		require.Equal(t, want, spaces(t, st), "in byte order")
		require.NoError(t, st.Update(t.Context(), "a", func(w store.Writer) error { return w.Drop("a", "1") }))
		require.Equal(t, want, spaces(t, st), "for ever")
		for id := range st.Spaces(t.Context()) {
			require.Equal(t, store.SpaceID("A"), id)
			break
		}
	})

	t.Run("spaces do not see each other", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		for _, id := range []store.SpaceID{"s", "s2"} {
			require.NoError(t, st.Update(t.Context(), id, func(w store.Writer) error {
				return errors.Join(
					w.Put(store.Record{Kind: "a", ID: "1", Body: []byte(id), Keys: []store.Key{{Index: "x", Bytes: []byte("k")}}}),
					w.Append(store.Event{Position: 1, Body: []byte(id)}),
					w.OpenBox("poll", store.Box{}),
				)
			}))
		}
		cast(t, st, store.Ballot{Space: "s", Poll: "poll", Key: []byte("ana")}, store.First)
		require.NoError(t, st.View(t.Context(), "s2", func(r store.Reader) error {
			got := records(t, r, store.Query{Kind: "a", Index: "x"})
			require.Len(t, got, 1)
			require.Equal(t, "s2", string(got[0].Body))
			require.Equal(t, []string{"s2"}, events(t, r, 0))
			require.Empty(t, ballots(t, r, "poll"))
			return nil
		}))
		empty := dump(t, st, "nobody wrote this one")
		require.NotEqual(t, empty, dump(t, st, "s"))
	})

	t.Run("Updates of a space never overlap", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		const writers, each = 8, 25
		inside, count := 0, 0 // without a lock: the race detector watches too
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					require.NoError(t, st.Update(context.Background(), space, func(w store.Writer) error {
						inside++
						defer func() { inside-- }()
						require.Equal(t, 1, inside)
						r, err := w.Get("a", "counter")
						if err != nil && !errors.Is(err, store.ErrNoRecord) {
							return err
						}
						count++
						return w.Put(store.Record{Kind: "a", ID: "counter", Version: r.Version})
					}))
				}
			})
		}
		wg.Wait()
		view(t, st, func(r store.Reader) {
			got, err := r.Get("a", "counter")
			require.NoError(t, err)
			require.Equal(t, uint64(writers*each), got.Version)
			require.GreaterOrEqual(t, count, writers*each)
		})
	})

	t.Run("a View is one snapshot", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		both := func(v uint64) func(w store.Writer) error {
			return func(w store.Writer) error {
				return errors.Join(
					w.Put(store.Record{Kind: "a", ID: "1", Version: v, Keys: []store.Key{{Index: "x", Bytes: fmt.Append(nil, v)}}}),
					w.Put(store.Record{Kind: "a", ID: "2", Version: v}),
				)
			}
		}
		require.NoError(t, st.Update(t.Context(), space, both(0)))
		var wg sync.WaitGroup
		done := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					view(t, st, func(r store.Reader) {
						one, err := r.Get("a", "1")
						require.NoError(t, err)
						two, err := r.Get("a", "2")
						require.NoError(t, err)
						require.Equal(t, one.Version, two.Version)
						require.Equal(t, []string{"1"}, ids(t, r, store.Query{Kind: "a", Index: "x", Prefix: fmt.Append(nil, one.Version-1)}))
					})
				}
			})
		}
		for v := range uint64(50) {
			require.NoError(t, st.Update(t.Context(), space, both(v+1)))
		}
		close(done)
		wg.Wait()
	})

	t.Run("a View's error comes back as it is", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		mine := errors.New("mine")
		require.Same(t, mine, st.View(t.Context(), space, func(store.Reader) error { return mine }))
		require.PanicsWithValue(t, "mine", func() { _ = st.View(t.Context(), space, func(store.Reader) error { panic("mine") }) })
	})

	t.Run("refused: writing while a listing is open", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1", Side: true, Keys: []store.Key{{Index: "x", Bytes: nil}}}))
			require.NoError(t, w.Append(store.Event{Position: 1}))
			require.NoError(t, w.OpenBox(poll, store.Box{}))
		})
		cast(t, st, paper("ana", "yes"), store.First)
		update(t, st, func(w store.Writer) {
			refused := func() {
				require.ErrorIs(t, w.Put(store.Record{Kind: "a", ID: "2"}), store.ErrIterating)
				require.ErrorIs(t, w.Drop("a", "1"), store.ErrIterating)
				require.ErrorIs(t, w.Append(store.Event{Position: 2}), store.ErrIterating)
				require.ErrorIs(t, w.OpenBox("other", store.Box{}), store.ErrIterating)
				require.ErrorIs(t, w.ShutBox(poll), store.ErrIterating)
			}
			for range w.List(store.Query{Kind: "a"}) {
				refused()
				for range w.Events(0) {
					break
				}
				refused() // the outer one is still open
			}
			for range w.List(store.Query{Kind: "a", Index: "x"}) {
				refused()
			}
			for range w.Events(0) {
				refused()
			}
			for range w.Ballots(poll) {
				refused()
				break
			}
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "2"}), "and after they ended, it works")
			require.NoError(t, w.Drop("a", "1"))
			require.NoError(t, w.Append(store.Event{Position: 2}))
			require.NoError(t, w.OpenBox("other", store.Box{}))
			require.NoError(t, w.ShutBox(poll))
		})
	})

	t.Run("refused: a space without a proper name", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		for _, id := range []store.SpaceID{"", "a\x00b", "\x00coopspace", "\xff", store.SpaceID(make([]byte, 129))} {
			for _, err := range []error{
				st.View(t.Context(), id, func(store.Reader) error { panic("not called") }),
				st.Update(t.Context(), id, func(store.Writer) error { panic("not called") }),
			} {
				require.ErrorIs(t, err, store.ErrInvalid)
				require.Equal(t, []string{"space"}, fields(err))
			}
		}
	})

	t.Run("refused: a context that has ended", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		require.ErrorIs(t, st.View(gone, space, func(store.Reader) error { panic("not called") }), context.Canceled)
		require.ErrorIs(t, st.Update(gone, space, func(store.Writer) error { panic("not called") }), context.Canceled)
		for _, err := range st.Spaces(gone) {
			require.ErrorIs(t, err, context.Canceled)
		}
		ctx, cancel := context.WithCancel(context.Background())
		require.ErrorIs(t, st.Update(ctx, space, func(w store.Writer) error {
			cancel()
			return w.Put(store.Record{Kind: "a", ID: "1"})
		}), context.Canceled, "it ended before the commit")
		require.Empty(t, spaces(t, st))
	})

	t.Run("an Update that waits gives up when its context ends", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			answer := make(chan error)
			go func() {
				answer <- st.Update(cancelWhenWaited(), space, func(w store.Writer) error {
					return w.Put(store.Record{Kind: "a", ID: "1"})
				})
			}()
			require.ErrorIs(t, <-answer, context.Canceled)
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "2"}))
		})
		view(t, st, func(r store.Reader) { require.Equal(t, []string{"2"}, ids(t, r, store.Query{Kind: "a"})) })
	})

	t.Run("Close waits for what was begun, and nothing begins after", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		openBox(t, st, space, poll, store.Box{})
		began, closing, closed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		var ended atomic.Bool
		go func() {
			<-began
			close(closing)
			err := st.Close()
			if !ended.Load() {
				err = errors.New("the store was closed before its View had ended")
			}
			closed <- err
		}()
		view(t, st, func(r store.Reader) {
			close(began)
			<-closing
			_, err := r.Box(poll)
			require.NoError(t, err)
			ended.Store(true)
		})
		require.NoError(t, <-closed)

		ctx := t.Context()
		require.ErrorIs(t, st.View(ctx, space, func(store.Reader) error { panic("not called") }), store.ErrClosed)
		require.ErrorIs(t, st.Update(ctx, space, func(store.Writer) error { panic("not called") }), store.ErrClosed)
		_, err := st.Cast(ctx, paper("ana", "yes"))
		require.ErrorIs(t, err, store.ErrClosed)
		n := 0
		for _, err := range st.Spaces(ctx) {
			require.ErrorIs(t, err, store.ErrClosed)
			n++
		}
		require.Equal(t, 1, n)
		if m, ok := st.(store.Mover); ok {
			for _, err := range m.Pieces(ctx) {
				require.ErrorIs(t, err, store.ErrClosed)
				n++
			}
			require.Equal(t, 2, n)
			_, err := m.Transit(ctx)
			require.ErrorIs(t, err, store.ErrClosed)
			require.ErrorIs(t, m.Place(ctx, store.Transit{From: "elsewhere"}, []store.Piece{{What: store.PieceSpace, Space: space}}), store.ErrClosed)
			require.ErrorIs(t, m.SetTransit(ctx, store.Transit{}, store.Transit{To: "nowhere"}), store.ErrClosed)
		}
		require.ErrorIs(t, st.Close(), store.ErrClosed)
	})
}

func testReopen(t *testing.T, d Driver) {
	if !d.Durable {
		t.Skip("this driver keeps nothing")
	}
	t.Run("everything is there when it is opened again", func(t *testing.T) {
		t.Parallel()
		dir := d.dir(t)
		st := d.open(t, dir)
		require.NoError(t, st.Update(t.Context(), space, func(w store.Writer) error {
			return errors.Join(
				w.Put(store.Record{Kind: "a", ID: "1", Body: everyByte(), Keys: []store.Key{{Index: "x", Bytes: everyByte()}, {Index: "y", Bytes: nil}}}),
				w.Put(store.Record{Kind: "b", ID: "\u00e9", Side: true}),
				w.Append(store.Event{Position: 1, Body: everyByte()}, store.Event{Position: 2}),
				w.OpenBox("poll", store.Box{Change: true}), w.OpenBox("other", store.Box{}),
			)
		}))
		b := store.Ballot{Space: space, Poll: "poll", Key: everyByte()[:64], Rank: 2, Retry: []byte("r1"), Same: []byte("s1"), Body: everyByte()}
		cast(t, st, b, store.First)
		update(t, st, func(w store.Writer) { require.NoError(t, w.ShutBox("other")) })
		before := dump(t, st, space)
		require.NoError(t, st.Close())

		st = d.open(t, dir)
		require.Equal(t, before, dump(t, st, space))
		require.Equal(t, []store.SpaceID{space}, spaces(t, st))
		cast(t, st, b, store.Again)
		b.Poll = "other"
		cast(t, st, b, store.Shut)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Append(store.Event{Position: 3}))
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1", Version: 1}))
		})
	})

	t.Run("what was acknowledged while it was closed is there, and nothing else", func(t *testing.T) {
		t.Parallel()
		dir := d.dir(t)
		st := d.open(t, dir)
		openBox(t, st, space, poll, store.Box{})
		var accepted atomic.Int64
		enough := make(chan struct{})
		var wg sync.WaitGroup
		for n := range 32 {
			wg.Go(func() {
				for i := 0; ; i++ {
					e, err := st.Cast(context.Background(), paper(fmt.Sprintf("%d/%d", n, i), "yes"))
					if errors.Is(err, store.ErrClosed) {
						return
					}
					require.NoError(t, err)
					require.Equal(t, store.First, e.Outcome)
					if accepted.Add(1) == 300 {
						close(enough)
					}
				}
			})
		}
		<-enough
		require.NoError(t, st.Close())
		wg.Wait()
		st = d.open(t, dir)
		view(t, st, func(r store.Reader) { require.Len(t, ballots(t, r, poll), int(accepted.Load())) })
	})
}
