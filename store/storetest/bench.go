package storetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// bulk is how many ballots the large benchmarks stream.
func bulk() int {
	if testing.Short() {
		return 50_000
	}
	return 1_000_000
}

// Bench measures a driver: casting by one voter and by crowds, one Update per ballot for comparison, streaming a large
// box, and paging through a long listing. The figures are operations of the store itself, without the engine.
func Bench(b *testing.B, d Driver) {
	for _, callers := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("cast/%d", callers), func(b *testing.B) { benchCast(b, d, callers) })
	}
	b.Run("update_per_ballot", func(b *testing.B) { benchUpdate(b, d) })
	b.Run(fmt.Sprintf("stream/%d", bulk()), func(b *testing.B) { benchStream(b, d) })
	b.Run("page/50", func(b *testing.B) { benchPage(b, d) })
}

// voter makes the n-th ballot of a box of random keys, as a sealed poll has them.
func voter(space store.SpaceID, poll string, n uint64) store.Ballot {
	r := rand.New(rand.NewPCG(n, 1))
	key := make([]byte, 0, 32)
	for range 4 {
		key = binary.BigEndian.AppendUint64(key, r.Uint64())
	}
	body := make([]byte, 120)
	binary.BigEndian.PutUint64(body, n)
	return store.Ballot{Space: space, Poll: poll, Key: key, Retry: key[:16], Same: key[16:], Body: body}
}

// openBox opens a box for casting.
func openBox(tb testing.TB, st store.Store, space store.SpaceID, poll string, box store.Box) {
	tb.Helper()
	require.NoError(tb, st.Update(context.Background(), space, func(w store.Writer) error { return w.OpenBox(poll, box) }))
}

// fill casts n ballots, the ones after from, with many callers at once.
func fill(tb testing.TB, st store.Store, space store.SpaceID, poll string, n, callers, from int) {
	tb.Helper()
	var next, refused atomic.Int64
	var wg sync.WaitGroup
	for range min(callers, n) {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(n) {
					return
				}
				if e, err := st.Cast(context.Background(), voter(space, poll, uint64(from)+uint64(i))); err != nil || e.Outcome != store.First {
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(tb, refused.Load(), "ballots refused")
}

func benchCast(b *testing.B, d Driver, callers int) {
	st := d.start(b)
	openBox(b, st, "space", "poll", store.Box{})
	b.ReportAllocs()
	b.ResetTimer()
	fill(b, st, "space", "poll", b.N, callers, 0)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ballots/s")
}

func benchUpdate(b *testing.B, d Driver) {
	st := d.start(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		v := voter("space", "poll", uint64(i))
		require.NoError(b, st.Update(b.Context(), "space", func(w store.Writer) error {
			return w.Put(store.Record{Kind: "ballot", ID: fmt.Sprintf("%x", v.Key), Body: v.Body})
		}))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ballots/s")
}

func benchStream(b *testing.B, d Driver) {
	st := d.start(b)
	openBox(b, st, "space", "poll", store.Box{})
	fill(b, st, "space", "poll", bulk(), 2048, 0)
	b.ReportAllocs()
	for b.Loop() {
		n, sum := 0, 0
		require.NoError(b, st.View(b.Context(), "space", func(r store.Reader) error {
			for v, err := range r.Ballots("poll") {
				if err != nil {
					return err
				}
				n++
				sum += len(v.Body)
			}
			return nil
		}))
		require.Equal(b, bulk(), n)
		require.Equal(b, bulk()*120, sum)
	}
	b.ReportMetric(float64(b.N)*float64(bulk())/b.Elapsed().Seconds(), "ballots/s")
}

func benchPage(b *testing.B, d Driver) {
	const records, page = 100_000, 50
	st := d.start(b)
	for from := 0; from < records; from += 5000 {
		require.NoError(b, st.Update(b.Context(), "space", func(w store.Writer) error {
			for i := from; i < from+5000; i++ {
				at := store.Key{Index: "at", Bytes: binary.BigEndian.AppendUint64(nil, uint64(i)*2654435761)}
				if err := w.Put(store.Record{Kind: "proposal", ID: fmt.Sprintf("%06d", i), Keys: []store.Key{at}, Body: make([]byte, 300)}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	q := store.Query{Kind: "proposal", Index: "at", Limit: page}
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		require.NoError(b, st.View(b.Context(), "space", func(r store.Reader) error {
			for rec, err := range r.List(q) {
				if err != nil {
					return err
				}
				n++
				q.After = rec.Cursor
			}
			return nil
		}))
		if n < page {
			q.After = ""
		}
	}
}
