package voting_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// noisy gives complete rankings of many options around a common order: each voter moves each option by up to half the list, so that
// nearly all ballots differ. The same numbers give the same rankings.
func noisy(ballots, options int, each func([]voting.Mark, *rand.Rand)) {
	draw := rand.New(rand.NewPCG(uint64(ballots), uint64(options)))
	type placed struct {
		at     int
		option voting.Mark
	}
	order := make([]placed, options)
	row := make([]voting.Mark, options)
	for range ballots {
		for o := range order {
			order[o] = placed{2*o + draw.IntN(options+1), voting.Mark((o*7 + 3) % options)}
		}
		slices.SortStableFunc(order, func(a, b placed) int { return a.at - b.at })
		for i, p := range order {
			row[i] = p.option
		}
		each(row, draw)
	}
}

// keys gives options named 1, 2, 3, ...
func keys(n int) []voting.Choice {
	out := make([]voting.Choice, n)
	for i := range out {
		out[i] = voting.Choice(strconv.Itoa(i + 1))
	}
	return out
}

// elections are made once for all benchmarks of a run.
var elections sync.Map

func bigElection(b *testing.B, shape voting.Shape, ballots, options int) *voting.Profile {
	b.Helper()
	name := fmt.Sprint(shape, ballots, "x", options)
	if p, ok := elections.Load(name); ok {
		return p.(*voting.Profile)
	}
	p, err := voting.NewProfileOf(shape, keys(options))
	require.NoError(b, err)
	one := voting.Votes{Seats: 1, Voices: voting.Voice}
	values := make([]voting.Mark, options)
	noisy(ballots, options, func(row []voting.Mark, draw *rand.Rand) {
		switch shape {
		case voting.ShapeRanking:
			require.NoError(b, p.AddMarks(row, one))
		case voting.ShapeChoices: // three in ten, whichever they are
			row = slices.DeleteFunc(slices.Clone(row), func(voting.Mark) bool { return draw.IntN(10) >= 3 })
			require.NoError(b, p.AddMarks(row, one))
		default: // seven grades
			for place, o := range row {
				values[o] = voting.Mark(6 - place*7/options)
			}
			require.NoError(b, p.AddMarks(values, one))
		}
	})
	elections.Store(name, p)
	return p
}

// cpu is the time that this process has spent on all processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &use))
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkMethods counts one big election by each method: seconds of processor and, beside them, the aim.
func BenchmarkMethods(b *testing.B) {
	ballots := 1_000_000
	if testing.Short() {
		ballots = 100_000
	}
	for _, c := range []struct {
		shape   voting.Shape
		ballots int
		options int
		method  voting.Method
		seats   int
		aim     string // seconds of processor for the whole number of ballots, if one was set
	}{
		{voting.ShapeRanking, ballots, 30, voting.Schulze, 1, ""},
		{voting.ShapeRanking, ballots, 30, voting.Borda, 1, ""},
		{voting.ShapeRanking, ballots, 30, voting.IRV, 1, ""},
		{voting.ShapeRanking, ballots, 30, voting.Coombs, 1, ""},
		{voting.ShapeRanking, ballots, 30, voting.STV, 5, ""},
		{voting.ShapeRanking, ballots, 30, voting.Meek, 5, "2"},
		{voting.ShapeGrades, ballots, 30, voting.MajorityJudgment, 1, "0.5"},
		{voting.ShapeChoices, ballots / 10, 100, voting.EqualShares, 10, "3"},
		{voting.ShapeChoices, ballots / 10, 100, voting.SeqPhragmen, 10, "3"},
	} {
		b.Run(fmt.Sprintf("%s/%dx%d", c.method, c.ballots, c.options), func(b *testing.B) {
			p := bigElection(b, c.shape, c.ballots, c.options)
			q := voting.Question{Method: c.method, Seats: c.seats}
			nothing, err := voting.NewProfileOf(c.shape, keys(c.options))
			require.NoError(b, err)
			start := cpu(b)
			for b.Loop() {
				require.NoError(b, p.Merge(nothing)) // what was worked out before is forgotten
				_, err := voting.CountBy(p, q, nil)
				require.NoError(b, err)
			}
			b.ReportMetric((cpu(b)-start).Seconds()/float64(b.N), "cpu-s/op")
			if aim, err := strconv.ParseFloat(c.aim, 64); err == nil {
				b.ReportMetric(aim, "aim-s")
			}
		})
	}
}
