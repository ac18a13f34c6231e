package formats_test

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
)

// electionFile writes a BLT file of so many ballots, a line each: complete strict rankings, in an order that all share but for much noise.
// The same numbers give the same file.
func electionFile(b *testing.B, ballots, candidates int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "election.blt")
	f, err := os.Create(path)
	require.NoError(b, err)
	w := bufio.NewWriterSize(f, 1<<20)
	line := strconv.AppendInt(nil, int64(candidates), 10)
	_, _ = w.Write(append(line, " 5\n"...))
	order, at := make([]int, candidates), make([]uint64, candidates)
	state := uint64(20260101)
	for range ballots {
		for i := range order {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			place, j := uint64(i)<<32+(state>>32)*uint64(candidates)/2, i
			for ; j > 0 && at[j-1] > place; j-- {
				order[j], at[j] = order[j-1], at[j-1]
			}
			order[j], at[j] = i+1, place
		}
		line = append(line[:0], '1')
		for _, o := range order {
			line = strconv.AppendInt(append(line, ' '), int64(o), 10)
		}
		_, _ = w.Write(append(line, " 0\n"...))
	}
	_, _ = w.WriteString("0\n")
	for i := range candidates {
		_, _ = w.WriteString(strconv.Quote("Candidate "+strconv.Itoa(i+1)) + "\n")
	}
	_, _ = w.WriteString("\"Generated\"\n")
	require.NoError(b, w.Flush())
	require.NoError(b, f.Close())
	return path
}

// BenchmarkReadBLT reads a million ballots from a file. It tells CPU seconds and, run by itself, the most memory that the process held.
func BenchmarkReadBLT(b *testing.B) {
	for _, candidates := range []int{30, 10} {
		b.Run("1M_x_"+strconv.Itoa(candidates), func(b *testing.B) {
			path := electionFile(b, 1_000_000, candidates)
			info, err := os.Stat(path)
			require.NoError(b, err)
			runtime.GC()
			before := cpu(b)
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Open(path)
				require.NoError(b, err)
				election, err := formats.Read(f, nil)
				require.NoError(b, err)
				require.Equal(b, int64(1_000_000), election.Profile.Cast().Seats)
				require.NoError(b, f.Close())
			}
			b.ReportMetric((cpu(b)-before)/float64(b.N), "cpu-s/op")
			b.ReportMetric(peak(b), "MiB-peak")
		})
	}
}

// BenchmarkCountFile reads a million ballots from a file and counts them by three methods beside each other, as `coopspace count` does; beside what was
// reached stand the aims, in seconds of processor and of the clock.
func BenchmarkCountFile(b *testing.B) {
	for _, c := range []struct {
		candidates     int
		aimCPU, aimAll float64
	}{{30, 1, 0.6}, {10, 0.25, 0}} {
		b.Run("1M_x_"+strconv.Itoa(c.candidates), func(b *testing.B) {
			path := electionFile(b, 1_000_000, c.candidates)
			runtime.GC()
			before := cpu(b)
			for b.Loop() {
				f, err := os.Open(path)
				require.NoError(b, err)
				election, err := formats.Read(f, nil)
				require.NoError(b, err)
				require.NoError(b, f.Close())
				var counts sync.WaitGroup
				var failed [3]error
				for i, m := range []voting.Method{voting.Schulze, voting.Borda, voting.IRV} {
					counts.Go(func() { _, failed[i] = voting.CountBy(election.Profile, voting.Question{Method: m}, nil) })
				}
				counts.Wait()
				require.NoError(b, errors.Join(failed[:]...))
			}
			b.ReportMetric((cpu(b)-before)/float64(b.N), "cpu-s/op")
			b.ReportMetric(c.aimCPU, "aim-cpu-s")
			if c.aimAll > 0 {
				b.ReportMetric(c.aimAll, "aim-s")
			}
		})
	}
}

// cpu gives the seconds of processor that this process has used.
func cpu(b *testing.B) float64 {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}

// peak gives the most memory that this process has held, in MiB; 0 where the system does not tell.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, _ := strconv.ParseFloat(strings.Fields(rest + " 0")[0], 64)
	return kib / 1024
}
