package voting

import (
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
		require.Equal(t, text, rational(r))
		require.Zero(t, text.Rat().Cmp(r), text)
	}
	require.Nil(t, Number("a lot").Rat())
}
