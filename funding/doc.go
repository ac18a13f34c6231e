// Package funding lets donors decide, by a published rule, what their money builds.
//
// An amount of money is a money.Amount. What donors gave becomes weight by a WeightRule: exact, from settled money only, capped as
// the round's rule says, and the same whoever computes it again. One donor, one vote is the rule to take unless a community has decided
// otherwise. Who is funded by which ballots is the business of funding/allocation.
package funding

import "github.com/communecter/coopspace/funding/money"

// Amount is an amount of money in minor units of a currency: see money.Amount.
type Amount = money.Amount
