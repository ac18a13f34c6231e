package money_test

import (
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/money"
)

// anyCurrency draws one of all currencies.
func anyCurrency() *rapid.Generator[money.Currency] { return rapid.SampledFrom(money.Currencies()) }

// anyAmount draws an amount of a currency, often a small one.
func anyAmount(t *rapid.T, cur money.Currency, label string) money.Amount {
	minor := rapid.OneOf(rapid.Int64Range(-1000, 1000), rapid.Int64Range(-money.MaxMinor, money.MaxMinor)).Draw(t, label)
	a, err := money.New(minor, cur)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
