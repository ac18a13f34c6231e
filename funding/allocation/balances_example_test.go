package allocation_test

import (
	"fmt"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// A month's cut: what donors have pays for what they support, and the rest waits for the next month.
func ExampleAllocateBalances() {
	amount := func(cents int64) money.Amount {
		a, err := money.New(cents, money.EUR)
		if err != nil {
			panic(err)
		}
		return a
	}
	round := allocation.Balances{
		Projects: []allocation.Project{{ID: "search", Cost: amount(2_000)}, {ID: "maps", Cost: amount(9_000)}},
		Guard:    &allocation.Guard{Supporters: 2, Share: voting.Fraction{Num: 1, Den: 2}},
	}
	for _, id := range []string{"ada", "bea", "cem"} {
		round.Donors = append(round.Donors, allocation.Donor{
			ID: id, Balance: amount(1_500), Weight: voting.Voice, Ballot: []allocation.Vote{{Project: "search"}, {Project: "maps"}},
		})
	}
	out, err := allocation.AllocateBalances(round)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("bought:", out.Selected)
	for _, d := range out.Donors {
		fmt.Println(d.ID, "pays", d.Paid[0].Amount, "and keeps", d.Left)
	}
	fmt.Println("maps:", out.Projects[1].Why.Have, "is there,", out.Projects[1].Why.Missing, "is missing")
	// Output:
	// bought: [search]
	// ada pays 6.67 EUR and keeps 8.33 EUR
	// bea pays 6.67 EUR and keeps 8.33 EUR
	// cem pays 6.66 EUR and keeps 8.34 EUR
	// maps: 25.00 EUR is there, 65.00 EUR is missing
}
