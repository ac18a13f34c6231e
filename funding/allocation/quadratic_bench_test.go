package allocation_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
)

// BenchmarkQuadratic shares a pool by fifty thousand gifts of ten thousand donors to a hundred projects, and by a tenth of them in pairs.
func BenchmarkQuadratic(b *testing.B) {
	gifts := func(donors int) []allocation.Gift {
		var all []allocation.Gift
		for i := range donors {
			for j := range 5 {
				all = append(all, allocation.Gift{
					Donor: strconv.Itoa(i), Project: strconv.Itoa((i*31 + j*17) % 100), Amount: cents(b, int64(100+(i*7919+j*104729)%10_000)),
				})
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		rule  allocation.Quadratic
		gifts []allocation.Gift
	}{
		"usual":    {allocation.Quadratic{Pool: cents(b, 10_000_000)}, gifts(10_000)},
		"pairwise": {allocation.Quadratic{Pool: cents(b, 10_000_000), Pairwise: cents(b, 1000)}, gifts(1_000)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := c.rule.Match(c.gifts)
				require.NoError(b, err)
			}
		})
	}
}
