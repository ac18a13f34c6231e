package governance_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/voting"
)

// crowd calls fn for 0..n-1 from many goroutines.
func crowd(callers, n int, fn func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(i)
			}
		})
	}
	wg.Wait()
}

// benchSpace is a space on bolt with many members and an open poll.
func benchSpace(b testing.TB, n int) (*governance.Coop, store.Store, []governance.Member, governance.Poll) {
	b.Helper()
	ctx := context.Background()
	st, err := bolt.Open(filepath.Join(b.TempDir(), "coop.db"), nil)
	require.NoError(b, err)
	coop, err := governance.Open(st, nil)
	require.NoError(b, err)
	b.Cleanup(func() { _ = coop.Close() })
	host := governance.Host("bench")
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Banc"})
	require.NoError(b, err)
	importMany(b, coop, sp.ID, n)
	var members []governance.Member
	for page := (governance.Paging{Limit: 200}); ; {
		got, err := coop.Members.List(ctx, host, sp.ID, governance.Active, page)
		require.NoError(b, err)
		members = append(members, got.Items...)
		if page.After = got.Next; got.Next == "" {
			break
		}
	}
	p, err := coop.Proposals.Submit(ctx, host, sp.ID, governance.NewProposal{Title: "Banc d'essai"})
	require.NoError(b, err)
	poll, err := coop.Polls.Open(ctx, host, p.ID, governance.SimpleMajority())
	require.NoError(b, err)
	return coop, st, members, poll
}

// BenchmarkCast casts with 512 callers, in turns in one run: through governance with receipts, through the bare store's
// group commit, and with one Update per ballot. The ratios are what matters.
func BenchmarkCast(b *testing.B) {
	const callers, ballots, singles = 512, 20_000, 1_000
	ctx := context.Background()
	var through, bare, single time.Duration
	for b.Loop() {
		coop, st, members, poll := benchSpace(b, ballots)
		runtime.GC()
		start := time.Now()
		crowd(callers, ballots, func(i int) {
			if _, err := coop.Polls.Cast(ctx, members[i].Actor(), poll.ID, voting.For); err != nil {
				b.Error(err)
			}
		})
		through += time.Since(start)

		require.NoError(b, st.Update(ctx, "bare", func(w store.Writer) error {
			if err := w.OpenBox("p", store.Box{}); err != nil {
				return err
			}
			return w.OpenBox("q", store.Box{})
		}))
		keys := make([][]byte, ballots)
		for i := range keys {
			id := uuid.New()
			keys[i] = id[:]
		}
		body := make([]byte, 64)
		runtime.GC()
		start = time.Now()
		crowd(callers, ballots, func(i int) {
			if _, err := st.Cast(ctx, store.Ballot{Space: "bare", Poll: "p", Key: keys[i], Rank: 3, Body: body}); err != nil {
				b.Error(err)
			}
		})
		bare += time.Since(start)

		start = time.Now()
		crowd(callers, singles, func(i int) {
			err := st.Update(ctx, "bare", func(w store.Writer) error {
				return w.Put(store.Record{Kind: "single", ID: fmt.Sprintf("%x", keys[i]), Side: true, Body: body})
			})
			if err != nil {
				b.Error(err)
			}
		})
		single += time.Since(start)
	}
	rate := func(n int, d time.Duration) float64 { return float64(n*b.N) / d.Seconds() }
	b.ReportMetric(rate(ballots, through), "through/s")
	b.ReportMetric(rate(ballots, bare), "bare/s")
	b.ReportMetric(rate(singles, single), "one-update-each/s")
	b.ReportMetric(rate(ballots, through)/rate(ballots, bare), "through/bare")
	b.ReportMetric(rate(ballots, through)/rate(singles, single), "through/one-update-each")
	b.ReportMetric(0, "ns/op")
}

// register is a table of n members, made as it is read.
type register struct {
	n, next int
	rest    []byte
}

func (r *register) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		switch {
		case r.next == 0:
			r.rest = []byte("id,name\n")
		case r.next > r.n:
			return 0, io.EOF
		default:
			r.rest = fmt.Appendf(nil, "%d,Membre %d\n", r.next, r.next)
		}
		r.next++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func importMany(b testing.TB, coop *governance.Coop, space governance.SpaceID, n int) {
	b.Helper()
	rep, err := coop.Members.Import(context.Background(), governance.Host("bench"), space, &register{n: n}, nil)
	require.NoError(b, err)
	require.Equal(b, n, rep.Admitted)
}

// BenchmarkMillion measures what a poll of a million entitled costs: opening it, checking a ballot of each against the
// roll, and counting the box.
func BenchmarkMillion(b *testing.B) {
	n := 1_000_000
	if testing.Short() {
		n = 50_000
	}
	ctx := context.Background()
	for b.Loop() {
		st, err := bolt.Open(filepath.Join(b.TempDir(), "coop.db"), nil)
		require.NoError(b, err)
		coop, err := governance.Open(st, nil)
		require.NoError(b, err)
		host := governance.Host("bench")
		sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Million"})
		require.NoError(b, err)
		start := time.Now()
		importMany(b, coop, sp.ID, n)
		b.ReportMetric(time.Since(start).Seconds(), "import-s")
		p, err := coop.Proposals.Submit(ctx, host, sp.ID, governance.NewProposal{Title: "Un million"})
		require.NoError(b, err)

		runtime.GC()
		start = time.Now()
		poll, err := coop.Polls.Open(ctx, host, p.ID, governance.SimpleMajority())
		require.NoError(b, err)
		b.ReportMetric(time.Since(start).Seconds(), "open-s")

		hands, err := coop.Hands(ctx, poll.ID)
		require.NoError(b, err)
		start = time.Now()
		crowd(2, len(hands), func(i int) {
			if err := coop.CheckSeat(ctx, poll.ID, hands[i]); err != nil {
				b.Error(err)
			}
		})
		b.ReportMetric(time.Since(start).Seconds(), "check-roll-s")
		b.ReportMetric(float64(coop.RollBytes())/(1<<20), "roll-MiB")

		fill(b, st, sp.ID, poll.ID, n)
		stop := watchHeap(heap())
		start = time.Now()
		_, err = coop.Polls.Close(ctx, host, poll.ID)
		require.NoError(b, err)
		b.ReportMetric(time.Since(start).Seconds(), "count-s")
		b.ReportMetric(float64(stop())/(1<<20), "count-MiB")
		require.NoError(b, coop.Close())
	}
	b.ReportMetric(0, "ns/op")
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// watchHeap notes the largest heap beyond a mark until it is stopped.
func watchHeap(mark int64) (stop func() int64) {
	done, out := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		t := time.NewTicker(5 * time.Millisecond)
		defer t.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, int64(m.HeapAlloc)-mark)
			select {
			case <-done:
				out <- most
				return
			case <-t.C:
			}
		}
	}()
	return func() int64 { close(done); return <-out }
}

// fill casts a ballot for each seat straight into the box.
func fill(b testing.TB, st store.Store, space governance.SpaceID, poll governance.PollID, n int) {
	b.Helper()
	ctx := context.Background()
	own := string(poll)[len(space)+1:]
	crowd(4096, n, func(i int) {
		key := make([]byte, 16)
		binary.BigEndian.PutUint64(key, uint64(i))
		_, err := st.Cast(ctx, store.Ballot{
			Space: store.SpaceID(space), Poll: own, Key: key, Rank: 3, Body: governance.BallotBody(voting.For, i),
		})
		if err != nil {
			b.Error(err)
		}
	})
}

// BenchmarkProposalPage reads pages of 50 proposals out of 100,000 by cursor, from somewhere in the middle.
func BenchmarkProposalPage(b *testing.B) {
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	ctx := context.Background()
	st, err := bolt.Open(filepath.Join(b.TempDir(), "coop.db"), nil)
	require.NoError(b, err)
	coop, err := governance.Open(st, nil)
	require.NoError(b, err)
	defer coop.Close()
	host := governance.Host("bench")
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Banc"})
	require.NoError(b, err)
	ana, err := coop.Members.Join(ctx, host, sp.ID, governance.Identity{Issuer: "bench", Subject: "ana"})
	require.NoError(b, err)
	crowd(32, n, func(int) {
		_, err := coop.Proposals.Submit(ctx, host, sp.ID, governance.NewProposal{Title: "Une proposition", Body: "Son texte."})
		if err != nil {
			b.Error(err)
		}
	})
	q := governance.ProposalQuery{Paging: governance.Paging{Limit: 50}}
	for range n / 50 / 2 {
		page, err := coop.Proposals.List(ctx, ana.Actor(), sp.ID, q)
		require.NoError(b, err)
		q.After = page.Next
	}
	for b.Loop() {
		page, err := coop.Proposals.List(ctx, ana.Actor(), sp.ID, q)
		if err != nil || len(page.Items) != 50 {
			b.Fatal(err, len(page.Items))
		}
	}
}
