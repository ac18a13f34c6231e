package pabulib_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
)

// city gives a .pb file of the size of a large city's: so many votes of up to five projects, with the voters' age, sex and way of voting. The
// same numbers give the same file.
func city(votes, projects int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "META\nkey;value\ndescription;Generated\nnum_projects;%d\nnum_votes;%d\nbudget;6112868\nvote_type;approval\ncurrency;PLN\nmax_length;5\n",
		projects, votes)
	b.WriteString("PROJECTS\nproject_id;cost;name\n")
	for p := range projects {
		fmt.Fprintf(&b, "L%03d;%d;Project %d\n", p+1, 10_000+p*7919%900_000, p+1)
	}
	b.WriteString("VOTES\nvoter_id;vote;age;sex;voting_method\n")
	state := uint64(20260101)
	draw := func(n int) int {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return int(state>>33) % n
	}
	for v := range votes {
		fmt.Fprintf(&b, "%d;", 1400000000+v)
		first, step := min(draw(projects), draw(projects)), 1+draw(projects/6)
		for i := range 1 + draw(5) {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "L%03d", (first+i*step)%projects+1)
		}
		fmt.Fprintf(&b, ";%d;F;internet\n", 16+draw(70))
	}
	return b.Bytes()
}

// BenchmarkRead reads a city's file, and the published one of Łódź 2022 where it is there: 90,494 votes on 160 projects.
func BenchmarkRead(b *testing.B) {
	measure := func(name string, text []byte) {
		b.Run(name, func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.ReportAllocs()
			begin := processor()
			var f *pabulib.File
			for b.Loop() {
				var err error
				f, err = pabulib.Read(bytes.NewReader(text), nil)
				require.NoError(b, err)
			}
			b.ReportMetric(float64((processor()-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB-kept")
			b.ReportMetric(float64(f.Election.Ballots().Cast().Seats), "votes")
			if len(f.Election.Projects()) == 160 {
				b.ReportMetric(0.5, "aim-s")
				b.ReportMetric(100, "aim-MiB")
			}
		})
	}
	measure("generated_90494_x_160", city(90_494, 160))
	data := os.Getenv("COOPSPACE_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	for _, name := range []string{"Poland_Lodz_2022", "Poland_Wroclaw_2015_up_to_150", "Poland_Katowice_2023"} {
		if text, err := os.ReadFile(filepath.Join(data, "funding", "pabulib", name+".pb")); err == nil {
			measure(strings.TrimPrefix(name, "Poland_"), text)
		}
	}
}

// BenchmarkGreedy shares a city's budget: by votes, which sorts once, and by what is spent for each, which looks anew after each purchase.
func BenchmarkGreedy(b *testing.B) {
	f, err := pabulib.Read(bytes.NewReader(city(90_494, 160)), nil)
	require.NoError(b, err)
	for _, s := range []allocation.Satisfaction{allocation.Cost, allocation.CC, allocation.CostSqrt, allocation.CostLog} {
		b.Run(string(s)+"/generated_90494_x_160", func(b *testing.B) {
			b.ReportAllocs()
			begin := processor()
			for b.Loop() {
				_, err := allocation.Allocate(f.Election, allocation.Greedy, &allocation.Options{Satisfaction: s})
				require.NoError(b, err)
			}
			b.ReportMetric(float64((processor()-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// processor gives the time that this process has had on processors.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
