package funding_test

import (
	"fmt"
	"time"

	"github.com/communecter/coopspace/funding"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// Three donors vote by the square root of what they gave in the last twelve months, and none has more than half of all votes.
func ExampleWeighing_Weights() {
	give := func(donor, amount string, at time.Time) funding.Donation {
		a, err := money.Parse(amount)
		if err != nil {
			panic(err) // an amount of the example
		}
		return funding.Donation{Donor: donor, Amount: a, At: at, Stage: funding.Settled}
	}
	june := time.Date(2026, time.June, 5, 0, 0, 0, 0, time.UTC)
	weights, err := funding.Weighing{
		Rule:      funding.WeightRule{Shape: funding.SquareRoot, Window: 12, MaxShare: voting.Fraction{Num: 1, Den: 2}},
		Donations: []funding.Donation{give("ana", "1.00 EUR", june), give("bea", "4.00 EUR", june), give("cem", "900.00 EUR", june)},
		Cut:       june.AddDate(0, 0, 20),
	}.Weights()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range weights.Donors {
		fmt.Println(d.Donor, d.Uncapped, d.Weight)
	}
	// Output:
	// ana 1 1
	// bea 2 2
	// cem 30 3
}
