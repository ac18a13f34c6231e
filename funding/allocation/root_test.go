package allocation

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoots(t *testing.T) {
	t.Parallel()
	t.Run("whole roots are whole, and multiples stay multiples", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "20/1", squareRoot(400).String())
		require.Equal(t, "1000000000/1", squareRoot(1_000_000_000_000_000_000).String())
		require.Equal(t, new(big.Rat).Mul(squareRoot(2), big.NewRat(7, 1)), squareRoot(98))
		require.Equal(t, "1.41421356237309504880", squareRoot(2).FloatString(20))
		s, f := squarePart(999_983 * 999_983 * 12)
		require.Equal(t, [2]int64{999_983 * 2, 3}, [2]int64{s, f})
	})
	t.Run("powers of one number have multiples of its logarithm", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "3/1", logarithm(7, 1).String())
		require.Equal(t, "3/1", logarithm(700, 100).String())
		require.Equal(t, new(big.Rat).Mul(logarithm(2, 1), big.NewRat(5, 1)), logarithm(242, 1)) // 3^5
		require.Equal(t, new(big.Rat).Mul(logarithm(50, 100), big.NewRat(2, 1)), logarithm(125, 100))
		require.Equal(t, "1.58496250072115618145", logarithm(2, 1).FloatString(20))
		require.Equal(t, "0.01435529297707004", logarithm(1, 100).FloatString(17))
		require.Equal(t, "59.79470570797252226", logarithm(1_000_000_000_000_000_000-1, 1).FloatString(17))
	})
}
