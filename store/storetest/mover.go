package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
)

// mover gives the store's ability to be moved, which the driver says that it has.
func (d Driver) mover(t *testing.T, st store.Store) store.Mover {
	t.Helper()
	m, ok := st.(store.Mover)
	require.True(t, ok, "the driver says that its stores can be moved")
	return m
}

// pieces reads all pieces, and demands that they come in order and are as a store keeps them.
func pieces(tb testing.TB, seq iter.Seq2[store.Piece, error]) []store.Piece {
	tb.Helper()
	var list []store.Piece
	for p, err := range seq {
		require.NoError(tb, err)
		p = kept(p)
		require.NoError(tb, p.Check())
		if n := len(list); n > 0 {
			require.Negative(tb, list[n-1].Compare(&p), "%s comes before %s", &list[n-1], &p)
		}
		list = append(list, p)
	}
	return list
}

// kept copies a piece, with no bytes for nil.
func kept(p store.Piece) store.Piece {
	own := func(b *[]byte) { *b = append([]byte{}, *b...) }
	own(&p.Record.Body)
	own(&p.Event.Body)
	b := &p.Ballot
	own(&b.Key)
	own(&b.Retry)
	own(&b.Same)
	own(&b.Body)
	p.Record.Keys = slices.Clone(p.Record.Keys)
	for i := range p.Record.Keys {
		own(&p.Record.Keys[i].Bytes)
	}
	return p
}

// moveAll moves all of one store into another, and demands that it is the same there.
func moveAll(tb testing.TB, from, to store.Mover) {
	tb.Helper()
	ctx := context.Background()
	at, err := store.Fill(ctx, to, "elsewhere", from.Pieces(ctx), nil)
	require.NoError(tb, err)
	require.NoError(tb, store.Same(from.Pieces(ctx), to.Pieces(ctx)))
	require.NoError(tb, to.SetTransit(ctx, at, store.Transit{}))
}

// furnish puts one of everything into two spaces: what was changed, what was dropped, every byte, boxes open and shut.
func furnish(t *testing.T, st store.Store) {
	t.Helper()
	for _, id := range []store.SpaceID{space, "s2"} {
		require.NoError(t, st.Update(t.Context(), id, func(w store.Writer) error {
			keys := []store.Key{{Index: "x", Bytes: everyByte()}, {Index: "x"}, {Index: "y", Bytes: []byte("\x00")}, {Index: "x"}}
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1", Body: everyByte(), Keys: keys}))
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1", Version: 1, Body: []byte("again"), Keys: keys[1:]}))
			require.NoError(t, w.Put(store.Record{Kind: "b", ID: "\u00e9", Side: true}))
			require.NoError(t, w.Put(store.Record{Kind: "b", ID: "gone", Side: true}))
			require.NoError(t, w.Drop("b", "gone"))
			require.NoError(t, w.Append(store.Event{Position: 1, Body: everyByte()}, store.Event{Position: 2}))
			return w.OpenBox(poll, store.Box{Change: true})
		}))
		openBox(t, st, id, "other", store.Box{})
		openBox(t, st, id, "none came", store.Box{})
		for i, name := range []string{"ana", "bo", "\x00", string(everyByte()[:64])} {
			for _, in := range []string{poll, "other"} {
				b := paper(name, fmt.Sprint(name, "'s choice"))
				b.Space, b.Poll, b.Rank, b.Retry, b.Same = id, in, uint8(i), []byte("r\x00"+name[:1]), everyByte()[:60]
				cast(t, st, b, store.First)
			}
		}
		b := paper("bo", "changed")
		b.Space, b.Rank, b.Replaces = id, 1, 1
		cast(t, st, b, store.Replaced)
		require.NoError(t, st.Update(t.Context(), id, func(w store.Writer) error { return w.ShutBox("other") }))
	}
	require.NoError(t, st.Update(t.Context(), "emptied", func(w store.Writer) error {
		return w.Put(store.Record{Kind: "b", ID: "1", Side: true})
	}))
	require.NoError(t, st.Update(t.Context(), "emptied", func(w store.Writer) error { return w.Drop("b", "1") }))
}

func testMover(t *testing.T, d Driver) {
	t.Run("all goes out into another store, and comes back", func(t *testing.T) {
		t.Parallel()
		st, spec, back := d.start(t), memory.New(), d.start(t)
		m := d.mover(t, st)
		furnish(t, st)
		furnish(t, spec)
		require.Equal(t, pieces(t, spec.Pieces(t.Context())), pieces(t, m.Pieces(t.Context())), "whatever the driver, the pieces are the same")

		moveAll(t, m, d.mover(t, back))
		require.Equal(t, spaces(t, st), spaces(t, back))
		for _, id := range []store.SpaceID{space, "s2", "emptied"} {
			require.Equal(t, dump(t, st, id), dump(t, back, id))
		}

		// What was moved goes on as if nothing had been: versions, positions, revs, keys, counts, shut boxes.
		for _, one := range []store.Store{st, back} {
			update(t, one, func(w store.Writer) {
				require.ErrorIs(t, w.Put(store.Record{Kind: "a", ID: "1", Version: 1}), store.ErrVersion)
				require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1", Version: 2, Keys: []store.Key{{Index: "y", Bytes: []byte("new")}}}))
				require.ErrorIs(t, w.Append(store.Event{Position: 2}), store.ErrPosition)
				require.NoError(t, w.Append(store.Event{Position: 3}))
				require.ErrorIs(t, w.OpenBox("none came", store.Box{}), store.ErrBoxExists)
				n, err := w.Count(poll)
				require.NoError(t, err)
				require.Equal(t, 4, n)
			})
			b := paper("bo", "changed again")
			b.Rank, b.Replaces = 1, 2
			e := cast(t, one, b, store.Replaced)
			require.Equal(t, uint64(3), e.Ballot.Rev)
			late := paper("late", "x")
			late.Poll = "other"
			cast(t, one, late, store.Shut)
			again := paper("ana", "ana's choice")
			again.Poll, again.Retry, again.Same = "other", []byte("r\x00a"), everyByte()[:60]
			cast(t, one, again, store.Again)
		}
		require.Equal(t, dump(t, st, space), dump(t, back, space))
	})

	t.Run("an empty store moves too", func(t *testing.T) {
		t.Parallel()
		st, to := d.start(t), d.start(t)
		moveAll(t, d.mover(t, st), d.mover(t, to))
		require.Empty(t, spaces(t, to))
	})

	t.Run("a filling that was cut off anywhere is taken up again", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		d.mover(t, st)
		furnish(t, st)
		all := pieces(t, st.(store.Mover).Pieces(t.Context()))
		for cut := range len(all) {
			if cut%5 != 0 {
				continue
			}
			to := d.start(t)
			m := d.mover(t, to)
			begun := store.Transit{From: "elsewhere"} // as programs mark it that know of no attempts
			require.NoError(t, m.SetTransit(t.Context(), store.Transit{}, begun))
			require.NoError(t, m.Place(t.Context(), begun, all[:cut]))
			moveAll(t, st.(store.Mover), m)
			require.Equal(t, dump(t, st, space), dump(t, to, space))
			require.NoError(t, to.Close())
		}
	})

	t.Run("a filling that another one took over has nothing more to say", func(t *testing.T) {
		t.Parallel()
		st, to := d.start(t), d.start(t)
		from, m := d.mover(t, st), d.mover(t, to)
		furnish(t, st)
		first, err := store.Fill(t.Context(), m, "elsewhere", from.Pieces(t.Context()), nil)
		require.NoError(t, err)
		var second store.Transit
		_, err = store.Fill(t.Context(), m, "elsewhere", func(yield func(store.Piece, error) bool) {
			second, err = store.Fill(t.Context(), m, "elsewhere", from.Pieces(t.Context()), nil)
			require.NoError(t, err)
			yield(store.Piece{What: store.PieceRecord, Space: space, Record: store.Record{Kind: "b", ID: "gone", Version: 1, Side: true}}, nil)
		}, nil)
		require.ErrorIs(t, err, store.ErrOvertaken, "it stood still with a piece in its hands, which the source had no more")
		require.ErrorIs(t, m.SetTransit(t.Context(), first, store.Transit{}), store.ErrOvertaken)
		at, err := m.Transit(t.Context())
		require.NoError(t, err)
		require.Equal(t, second, at)
		require.Equal(t, "elsewhere", at.From)
		require.NoError(t, store.Same(from.Pieces(t.Context()), m.Pieces(t.Context())))
		require.NoError(t, m.SetTransit(t.Context(), second, store.Transit{}))
		update(t, to, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: 3})) })
	})

	t.Run("a filling is many transactions, and one that fails leaves a beginning", func(t *testing.T) {
		t.Parallel()
		to := d.start(t)
		m := d.mover(t, to)
		const n = 9000
		told := 0
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		seq := func(stop int) iter.Seq2[store.Piece, error] {
			return func(yield func(store.Piece, error) bool) {
				box := store.Box{Change: true, Shut: true}
				if !yield(store.Piece{What: store.PieceSpace, Space: space}, nil) ||
					!yield(store.Piece{What: store.PieceBox, Space: space, Poll: poll, Box: box}, nil) {
					return
				}
				for i := range n {
					if i == stop {
						cancel()
					}
					b := store.Ballot{Space: space, Poll: poll, Key: fmt.Appendf(nil, "%06d", i), Rev: uint64(i + 1), Body: []byte("x")}
					if !yield(store.Piece{What: store.PieceBallot, Space: space, Ballot: b}, nil) {
						return
					}
				}
			}
		}
		_, err := store.Fill(ctx, m, "a crowd", seq(n-1), func(n int) { told = n })
		require.ErrorIs(t, err, context.Canceled)
		require.Greater(t, told, 0)
		require.Less(t, told, n)
		_, err = store.Fill(t.Context(), m, "another source", seq(-1), nil)
		require.ErrorIs(t, err, store.ErrUnfinished)
		_, err = store.Fill(t.Context(), m, "a crowd", seq(-1), func(n int) { told = n })
		require.NoError(t, err)
		require.Equal(t, n+2, told)
		require.NoError(t, store.Same(seq(-1), m.Pieces(t.Context())))
		view(t, to, func(r store.Reader) {
			got, err := r.Count(poll)
			require.NoError(t, err)
			require.Equal(t, n, got)
			b, err := r.Box(poll)
			require.NoError(t, err)
			require.Equal(t, store.Box{Change: true, Shut: true}, b)
		})
	})

	t.Run("another piece in the place of one", func(t *testing.T) {
		t.Parallel()
		to := d.start(t)
		m := d.mover(t, to)
		spec := memory.New()
		furnish(t, spec)
		at, err := store.Fill(t.Context(), m, "elsewhere", spec.Pieces(t.Context()), nil)
		require.NoError(t, err)
		before := pieces(t, m.Pieces(t.Context()))
		for name, change := range map[store.What][]func(*store.Piece){
			store.PieceRecord: {
				func(p *store.Piece) { p.Record.Version++ },
				func(p *store.Piece) { p.Record.Side = !p.Record.Side },
				func(p *store.Piece) { p.Record.Body = []byte("other") },
				func(p *store.Piece) { p.Record.Keys = []store.Key{{Index: "z"}} },
			},
			store.PieceEvent: {func(p *store.Piece) { p.Event.Body = []byte("other") }},
			store.PieceBox: {
				func(p *store.Piece) { p.Box.Change = !p.Box.Change },
				func(p *store.Piece) { p.Box.Shut = !p.Box.Shut },
			},
			store.PieceBallot: {
				func(p *store.Piece) { p.Ballot.Rank++ },
				func(p *store.Piece) { p.Ballot.Rev++ },
				func(p *store.Piece) { p.Ballot.Body = []byte("other") },
				func(p *store.Piece) { p.Ballot.Retry = []byte("other") },
				func(p *store.Piece) { p.Ballot.Same = []byte("other") },
			},
		} {
			i := slices.IndexFunc(before, func(p store.Piece) bool { return p.What == name })
			for _, f := range change {
				p := kept(before[i])
				f(&p)
				require.ErrorIs(t, m.Place(t.Context(), at, []store.Piece{p}), store.ErrOccupied)
				require.ErrorIs(t, store.Same(m.Pieces(t.Context()), list(append(append(slices.Clone(before[:i]), p), before[i+1:]...))), store.ErrOccupied)
			}
		}
		require.Equal(t, before, pieces(t, m.Pieces(t.Context())))
		require.ErrorIs(t, store.Same(m.Pieces(t.Context()), list(before[:len(before)-1])), store.ErrOccupied)
		require.ErrorIs(t, store.Same(list(before[:len(before)-1]), m.Pieces(t.Context())), store.ErrOccupied)
	})

	t.Run("what cannot be placed", func(t *testing.T) {
		t.Parallel()
		to := d.start(t)
		m := d.mover(t, to)
		in := store.Piece{What: store.PieceSpace, Space: space}
		at := store.Transit{From: "elsewhere"}
		require.ErrorIs(t, m.Place(t.Context(), store.Transit{}, []store.Piece{in}), store.ErrNotEmpty, "a store at rest is not filled")
		require.ErrorIs(t, m.Place(t.Context(), at, []store.Piece{in}), store.ErrOvertaken, "nor by who thinks that it is")
		require.NoError(t, m.SetTransit(t.Context(), store.Transit{}, at))
		event := store.Piece{What: store.PieceEvent, Space: space, Event: store.Event{Position: 2}}
		require.ErrorIs(t, m.Place(t.Context(), at, []store.Piece{in, event}), store.ErrPosition, "the one before it is missing")
		ballot := store.Piece{What: store.PieceBallot, Space: space, Ballot: store.Ballot{Space: space, Poll: poll, Key: []byte("a"), Rev: 1}}
		require.ErrorIs(t, m.Place(t.Context(), at, []store.Piece{in, ballot}), store.ErrNoBox)
		for _, bad := range []store.Piece{
			{},
			{What: store.PieceSpace},
			{What: store.PieceRecord, Space: space, Record: store.Record{Kind: "a", ID: "1"}},
			{What: store.PieceBox, Space: space},
			{What: store.PieceBallot, Space: "s2", Ballot: ballot.Ballot},
			{What: 9, Space: space},
		} {
			require.ErrorIs(t, m.Place(t.Context(), at, []store.Piece{bad}), store.ErrInvalid)
		}
		require.NoError(t, m.SetTransit(t.Context(), at, store.Transit{}))
		update(t, to, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: 1})) })
		require.ErrorIs(t, m.SetTransit(t.Context(), store.Transit{}, at), store.ErrNotEmpty)
	})

	t.Run("the pieces are of one moment, while everything goes on", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		m := d.mover(t, st)
		// Two spaces whose records are changed one after the other: the first is never behind the second. Their order in the
		// store is the other way round, so that a reading that is not of one moment sees it.
		const first, second store.SpaceID = "z", "b"
		openBox(t, st, space, poll, store.Box{})
		var stop atomic.Bool
		var wg sync.WaitGroup
		acked := make(chan int, 1<<16)
		bump := func(id store.SpaceID, n uint64) error {
			return st.Update(context.Background(), id, func(w store.Writer) error {
				return w.Put(store.Record{Kind: "a", ID: "1", Version: n, Side: true})
			})
		}
		require.NoError(t, bump(first, 0))
		require.NoError(t, bump(second, 0))
		wg.Go(func() {
			for n := uint64(1); !stop.Load(); n++ {
				require.NoError(t, bump(first, n))
				require.NoError(t, bump(second, n))
			}
		})
		for v := range 4 {
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					n := 4*i + v
					e, err := st.Cast(context.Background(), paper(fmt.Sprintf("%08d", n), "x"))
					require.NoError(t, err)
					require.Equal(t, store.First, e.Outcome)
					acked <- n
				}
			})
		}
		for range 5 {
			known := map[string]bool{}
			for range 40 {
				known[fmt.Sprintf("%08d", <-acked)] = true
			}
			versions := map[store.SpaceID]uint64{}
			for _, p := range pieces(t, m.Pieces(t.Context())) {
				switch p.What {
				case store.PieceRecord:
					versions[p.Space] = p.Record.Version
				case store.PieceBallot:
					delete(known, string(p.Ballot.Key))
				}
			}
			require.Empty(t, known, "acknowledged before, and not among the pieces")
			require.LessOrEqual(t, versions[second], versions[first])
			require.LessOrEqual(t, versions[first]-versions[second], uint64(1))
		}
		stop.Store(true)
		wg.Wait()
	})

	t.Run("from a store that moved nothing is lost, and nothing enters it", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		st := d.open(t, dir)
		m := d.mover(t, st)
		openBox(t, st, space, poll, store.Box{})
		var wg sync.WaitGroup
		acked := make(chan string, 1<<16)
		for v := range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					key := fmt.Sprintf("%d/%d", v, i)
					if _, err := st.Cast(context.Background(), paper(key, "x")); err != nil {
						require.ErrorIs(t, err, store.ErrMoved)
						require.Empty(t, fields(err), "where to is not for whoever votes")
						return
					}
					acked <- key
				}
			})
		}
		for range 50 {
			<-acked
		}
		require.NoError(t, m.SetTransit(t.Context(), store.Transit{}, store.Transit{To: "a better place"}))
		left := pieces(t, m.Pieces(t.Context()))
		wg.Wait()
		close(acked)
		there := map[string]bool{}
		for _, p := range left {
			there[string(p.Ballot.Key)] = true
		}
		for key := range acked {
			require.True(t, there[key], "acknowledged, and not moved: %s", key)
		}
		require.ErrorIs(t, st.Update(t.Context(), space, func(w store.Writer) error { return w.Append(store.Event{Position: 1}) }), store.ErrMoved)
		require.Equal(t, left, pieces(t, m.Pieces(t.Context())))
		if d.Durable {
			require.NoError(t, st.Close())
			_, err := d.Open(dir)
			require.ErrorIs(t, err, store.ErrMoved, "whoever starts the old one by mistake is told")
			require.Equal(t, []string{"to"}, fields(err))
		}
	})

	t.Run("of two who change where it is on its way one does", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		m := d.mover(t, st)
		filling, whole, gone := store.Transit{From: "elsewhere"}, store.Transit{}, store.Transit{To: "a better place"}
		require.NoError(t, m.SetTransit(t.Context(), whole, filling))
		require.NoError(t, m.SetTransit(t.Context(), filling, whole))
		update(t, st, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: 1})) })
		require.ErrorIs(t, m.SetTransit(t.Context(), filling, whole), store.ErrOvertaken)
		require.ErrorIs(t, m.SetTransit(t.Context(), filling, gone), store.ErrOvertaken)
		at, err := m.Transit(t.Context())
		require.NoError(t, err)
		require.Equal(t, whole, at)
		update(t, st, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: 2})) })

		require.NoError(t, m.SetTransit(t.Context(), whole, gone))
		require.ErrorIs(t, m.SetTransit(t.Context(), whole, store.Transit{To: "a worse place"}), store.ErrOvertaken)
		ended, end := context.WithCancel(t.Context())
		end()
		require.ErrorIs(t, m.SetTransit(ended, gone, whole), context.Canceled)
		require.ErrorIs(t, st.Update(t.Context(), space, func(w store.Writer) error { return w.Append(store.Event{Position: 3}) }), store.ErrMoved,
			"what did not happen opens nothing")
		require.NoError(t, m.SetTransit(t.Context(), gone, whole))
		update(t, st, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: 3})) })
	})

	t.Run("a half filled store is not opened", func(t *testing.T) {
		t.Parallel()
		if !d.Durable {
			return // there is nothing to open again
		}
		dir := t.TempDir()
		st := d.open(t, dir)
		m := d.mover(t, st)
		require.NoError(t, m.SetTransit(t.Context(), store.Transit{}, store.Transit{From: "elsewhere"}))
		require.NoError(t, st.Close())
		_, err := d.Open(dir)
		require.ErrorIs(t, err, store.ErrUnfinished)
	})
}

// list yields pieces.
func list(pieces []store.Piece) iter.Seq2[store.Piece, error] {
	return func(yield func(store.Piece, error) bool) {
		for _, p := range pieces {
			if !yield(p, nil) {
				return
			}
		}
	}
}
