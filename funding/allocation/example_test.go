package allocation_test

import (
	"fmt"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
)

// A pool of 50 EUR tops up what four neighbours gave to a garden, and what one of them and a rich aunt gave to a statue.
func ExampleQuadratic_Match() {
	euros := func(n int64) money.Amount {
		a, err := money.New(100*n, money.EUR)
		if err != nil {
			panic(err) // an amount of the example
		}
		return a
	}
	matches, err := allocation.Quadratic{Pool: euros(50)}.Match([]allocation.Gift{
		{Donor: "ana", Project: "garden", Amount: euros(4)},
		{Donor: "bea", Project: "garden", Amount: euros(4)},
		{Donor: "cem", Project: "garden", Amount: euros(4)},
		{Donor: "dan", Project: "garden", Amount: euros(4)},
		{Donor: "ana", Project: "statue", Amount: euros(1)},
		{Donor: "aunt", Project: "statue", Amount: euros(64)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range matches.Projects {
		fmt.Println(p.ID, p.Gifts, p.Match, p.Why)
	}
	// Output:
	// garden 16.00 EUR 37.50 EUR scaled
	// statue 65.00 EUR 12.50 EUR scaled
}
