package voting

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// Numbers are cut or raised at the places of the rule, and nowhere else.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	third := big.NewRat(1, 3)
	for places, then := range map[string]struct{ down, up Number }{
		"exact": {"1/3", "1/3"},
		"0":     {"0", "1"},
		"5":     {"0.33333", "0.33334"},
		"guarded": {
			"0.333333333333333333333333333",
			"0.333333333333333333333333334",
		},
	} {
		a := newArithmetic(places)
		require.Equal(t, then.down, NumberOf(a.down(third)), places)
		require.Equal(t, then.up, NumberOf(a.up(third)), places)
		for _, ends := range []*big.Rat{new(big.Rat), big.NewRat(7, 1)} {
			require.Zero(t, a.down(ends).Cmp(ends), places)
			require.Zero(t, a.up(ends).Cmp(ends), places)
		}
	}
	a := newArithmetic("2")
	require.Equal(t, Number("0.25"), NumberOf(a.up(big.NewRat(1, 4))), "what ends at the places is not raised")
	require.Equal(t, big.NewRat(1, 3), third, "a number that is cut stays as it was")
}
