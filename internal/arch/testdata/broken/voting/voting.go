package voting

import (
	"context" // want "voting is pure: it may not import context"
	"math/big"
	"math/rand/v2" // want "voting is pure: it may not import math/rand/v2"
	"os"           // want "voting is pure: it may not import os"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require" // want "voting may not import github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store" // want "voting may not import store"
)

// ErrOdd is fine: made once, never written.
var ErrOdd = fault.New(fault.Invalid, "ballot.odd", "the ballot is odd")

func share(ctx context.Context, n int64) float64 { // want "float64 decides nothing here"
	half := 0.5                                // want "0.5 is a floating-point literal"
	_ = decimal.NewFromInt(n).InexactFloat64() // want "InexactFloat64 brings floating point"
	_ = big.NewFloat(half)                     // want "NewFloat brings floating point"
	_ = big.NewRat(1, 3).FloatString(2)        // exact, in spite of its name
	_, _ = time.Parse("2006-01-02", "2026-12-03")
	clock := time.Now // want "time.Now is no value"
	_, _, _, _ = os.Args, rand.Int, store.Instance, clock
	require.NotNil(nil, ctx)
	go share(ctx, n) // want "a goroutine starts here"
	type float32 struct{} // a type of one's own with a bad name is not floating point
	var own float32
	_ = own
	return half
}
