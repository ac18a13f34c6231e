package voting

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, r := range map[Number]*big.Rat{
		"0": new(big.Rat), "-3": big.NewRat(-3, 1), "0.5": big.NewRat(1, 2), "-0.05": big.NewRat(-1, 20), "22/7": big.NewRat(22, 7),
		"12.000001": big.NewRat(12_000_001, 1_000_000), "1/15": big.NewRat(1, 15), "3.125": big.NewRat(25, 8),
	} {
		require.Equal(t, text, NumberOf(r))
		require.Zero(t, text.Rat().Cmp(r), text)
	}
	for _, n := range []int64{0, 12, -3, math.MaxInt64, math.MinInt64} {
		require.Equal(t, NumberOf(new(big.Rat).SetInt64(n)), whole(n), "equal numbers have equal texts")
	}
	require.Nil(t, Number("a lot").Rat())
}

// Figures stand in the order in which the method gives them, as exact text.
func TestFigures(t *testing.T) {
	t.Parallel()
	var r Result
	r.addFigure("quota", NumberOf(big.NewRat(22, 7)))
	r.addFigure("optimal", whole(2))
	text, err := json.Marshal(r.Figures)
	require.NoError(t, err)
	require.JSONEq(t, `[{"name": "quota", "number": "22/7"}, {"name": "optimal", "number": "2"}]`, string(text))
}
