package money_test

import (
	"fmt"
	"strings"

	"github.com/communecter/coopspace/funding/money"
)

// A feature of 100 EUR is paid by three donors in the proportion of 1, 1 and 1: every cent has its payer.
func ExampleAmount_Allocate() {
	cost, err := money.Parse("100.00 EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	parts, err := cost.Allocate([]uint64{1, 1, 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range parts {
		fmt.Println(p)
	}
	// Output:
	// 33.34 EUR
	// 33.33 EUR
	// 33.33 EUR
}

// What a French donor types, as it is kept and as a German reads it.
func ExampleParseLocal() {
	a, err := money.ParseLocal("fr", "2 600,50 €", money.EUR)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a)
	fmt.Println(strings.ReplaceAll(a.Format("de"), "\u00a0", " "))
	// Output:
	// 2600.50 EUR
	// 2.600,50 €
}
