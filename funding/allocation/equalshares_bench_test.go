package allocation_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/golden"
	"github.com/communecter/coopspace/voting"
)

// city is a generated election by approval of up to five projects each, of neighbouring ones as in a city: the same numbers give the same
// election.
func city(b *testing.B, voters, projects int, budget int64) *allocation.Election {
	state := uint64(20260101)
	draw := func(n int) int {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return int(state>>33) % n
	}
	var list []allocation.Project
	for p := range projects {
		cost, err := money.New(100*int64(10_000+p*7_919%400_000), "PLN")
		require.NoError(b, err)
		list = append(list, allocation.Project{ID: strconv.Itoa(p), Cost: cost})
	}
	total, err := money.New(100*budget, "PLN")
	require.NoError(b, err)
	e, err := allocation.New(list, total, nil)
	require.NoError(b, err)
	for range voters {
		first := min(draw(projects), draw(projects))
		row := []voting.Mark{voting.Mark(first)}
		for p := first + 1 + draw(9); p < projects && len(row) < 1+draw(9); p += 1 + draw(25) {
			row = append(row, voting.Mark(p))
		}
		require.NoError(b, e.AddRow(row, voting.Votes{Seats: 1, Voices: voting.Voice}))
	}
	return e
}

// published reads a published election, or skips the benchmark where it is not there; under CI=true that is a failure.
func published(b *testing.B, name string) *allocation.Election {
	f, err := os.Open(golden.Files(b, "funding/pabulib/"+name+".pb")[0])
	require.NoError(b, err)
	defer func() { require.NoError(b, f.Close()) }()
	file, err := pabulib.Read(f, nil)
	require.NoError(b, err)
	return file.Election
}

// measureShares measures Equal Shares on an election, and all memory that a count takes, beside the aim in seconds, if there is one.
func measureShares(b *testing.B, e *allocation.Election, o allocation.Options, aim float64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	b.ReportAllocs()
	b.ResetTimer()
	var out allocation.Outcome
	n := uint64(0)
	for b.Loop() {
		var err error
		out, err = allocation.Allocate(e, allocation.EqualShares, &o)
		require.NoError(b, err)
		n++
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(n)/(1<<20), "MiB/count")
	b.ReportMetric(float64(len(out.Selected)), "bought")
	runs, _ := figure(out, "runs").Rat().Float64()
	b.ReportMetric(runs, "shares-tried")
	if aim > 0 {
		b.ReportMetric(aim, "aim-s")
		b.ReportMetric(100, "aim-MiB")
	}
}

func BenchmarkEqualShares(b *testing.B) {
	add1 := allocation.Options{Completion: allocation.Add1}
	b.Run("generated_90494_x_160", func(b *testing.B) { measureShares(b, city(b, 90_494, 160, 6_112_868), allocation.Options{}, 0.3) })
	b.Run("generated_620_x_40_add1", func(b *testing.B) { measureShares(b, city(b, 620, 40, 967_473), add1, 1) })
	b.Run("Lodz_2022", func(b *testing.B) { measureShares(b, published(b, "Poland_Lodz_2022"), allocation.Options{}, 0.3) })
	b.Run("Lodz_2022_add1", func(b *testing.B) { measureShares(b, published(b, "Poland_Lodz_2022"), add1, 0) })
	b.Run("Srodmiescie_Poludniowe_2026_add1", func(b *testing.B) {
		measureShares(b, published(b, "Poland_Warszawa_2026_Srodmiescie_Poludniowe"), add1, 1)
	})
	b.Run("Warszawa_2026", func(b *testing.B) { measureShares(b, published(b, "Poland_Warszawa_2026"), allocation.Options{}, 0) })
}

// BenchmarkBalances is the monthly cut of 157 donors, with ten projects of which one is bought.
func BenchmarkBalances(b *testing.B) {
	round := allocation.Balances{}
	for p := range 10 {
		round.Projects = append(round.Projects, project(b, strconv.Itoa(p), int64(2_600+400*p)))
	}
	for i := range 157 {
		d := donor(b, strconv.Itoa(i), int64(1_700+11*i), "0", strconv.Itoa(1+i%9))
		round.Donors = append(round.Donors, d)
	}
	for b.Loop() {
		out, err := allocation.AllocateBalances(round)
		require.NoError(b, err)
		require.Len(b, out.Selected, 1)
	}
}
