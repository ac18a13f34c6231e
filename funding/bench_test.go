package funding_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding"
	"github.com/communecter/coopspace/voting"
)

// BenchmarkWeights weighs donors who gave in each of twelve months: as many as a small campaign has, and ten thousand.
func BenchmarkWeights(b *testing.B) {
	for name, rule := range map[string]funding.WeightRule{
		"one-vote":    {Minimum: cents(b, 100)},
		"linear":      {Shape: funding.Linear, MaxShare: voting.Fraction{Num: 1, Den: 20}},
		"square-root": {Shape: funding.SquareRoot, MaxShare: voting.Fraction{Num: 1, Den: 20}},
		"log":         {Shape: funding.Log, HalfLife: 6},
	} {
		for _, donors := range []int{157, 10_000} {
			b.Run(name+"/"+strconv.Itoa(donors), func(b *testing.B) {
				w := funding.Weighing{Rule: rule, Cut: date(time.December, 31)}
				for i := range donors {
					for month := time.January; month <= time.December; month++ {
						amount := cents(b, int64(50+(i*7919+int(month)*104729)%10_000))
						w.Donations = append(w.Donations, funding.Donation{Donor: strconv.Itoa(i), Amount: amount, At: date(month, 5), Stage: funding.Settled})
					}
				}
				for b.Loop() {
					_, err := w.Weights()
					require.NoError(b, err)
				}
			})
		}
	}
}
