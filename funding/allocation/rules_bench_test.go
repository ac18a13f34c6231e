package allocation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
)

// BenchmarkRules buys by every rule for a generated city and for published ones: of Phragmén's rule with the aim for a city of 160 projects.
func BenchmarkRules(b *testing.B) {
	generated := city(b, 90_494, 160, 6_112_868)
	for _, r := range allocation.Rules() {
		measure := func(name string, election func(b *testing.B) *allocation.Election) {
			b.Run(string(r)+"/"+name, func(b *testing.B) {
				e := election(b)
				b.ReportAllocs()
				var out allocation.Outcome
				for b.Loop() {
					var err error
					out, err = allocation.Allocate(e, r, nil)
					require.NoError(b, err)
				}
				b.ReportMetric(float64(len(out.Selected)), "bought")
				if r == allocation.Phragmen && len(out.Projects) == 160 {
					b.ReportMetric(0.3, "aim-s")
				}
			})
		}
		measure("generated_90494_x_160", func(*testing.B) *allocation.Election { return generated })
		for _, name := range []string{"Poland_Lodz_2022", "Poland_Warszawa_2024_Praga-Polnoc"} {
			measure(name, func(b *testing.B) *allocation.Election { return published(b, name) })
		}
	}
}
