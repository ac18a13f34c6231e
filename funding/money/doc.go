// Package money holds amounts of money: whole numbers of minor units, such as cents, in a currency of ISO 4217.
//
// It is exact. Nothing is rounded but where a Rounding is named, and what does not fit is an error. There is no division: Allocate shares
// an amount to the last unit, by largest remainder, and MulRat takes a fraction of it. Amounts of different currencies are never added.
//
// An Amount has three texts. String is the one of wires and logs, "2600.00 EUR", which Parse reads; Decimal is the number alone, for
// files whose currency is known, which ParseDecimal reads; and Format is what people read, "2 600,00 €", which ParseLocal reads
// along with most of what people type. No text goes through floating point.
package money
