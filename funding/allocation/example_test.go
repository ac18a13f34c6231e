package allocation_test

import (
	"fmt"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
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

// A street shares 10 EUR over three projects, and the author of the one that is not bought is told why.
func ExampleAllocate() {
	cost := func(euros int64) money.Amount {
		a, err := money.New(100*euros, money.EUR)
		if err != nil {
			panic(err) // an amount of the example
		}
		return a
	}
	street, err := allocation.New([]allocation.Project{
		{ID: "bench", Name: "A bench", Cost: cost(5)},
		{ID: "trees", Name: "Three trees", Cost: cost(6)},
		{ID: "fountain", Cost: cost(4)},
	}, cost(10), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, ballot := range [][]allocation.Vote{
		{{Project: "trees"}, {Project: "bench"}},
		{{Project: "trees"}, {Project: "bench"}},
		{{Project: "trees"}},
		{{Project: "fountain"}},
		{{Project: "fountain"}},
	} {
		if err := street.Add(ballot, voting.Voice); err != nil {
			fmt.Println(err)
			return
		}
	}
	out, err := allocation.Allocate(street, allocation.EqualShares, &allocation.Options{Completion: allocation.Add1U})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Selected, out.Cost, out.Left)
	fmt.Println(out.ExplainProject("en", "bench"))
	// Output:
	// [trees fountain] 10.00 EUR 0.00 EUR
	// A bench [bench] (€5), with 2 votes: each voice would have had to pay €2.50, but its supporters had only €0 left together. They lacked €5. When its turn came for the rest of the budget, only €0 was left.
}
