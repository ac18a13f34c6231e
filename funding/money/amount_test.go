package money_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/agree"
)

// of gives an amount that a test writes down.
func of(t require.TestingT, text string) money.Amount {
	a, err := money.Parse(text)
	require.NoError(t, err, text)
	return a
}

func TestAmount(t *testing.T) {
	t.Parallel()

	t.Run("a month of donations is added up", func(t *testing.T) {
		t.Parallel()
		sum, err := money.Sum(of(t, "1.00 EUR"), of(t, "0.50 EUR"), of(t, "12.34 EUR"), of(t, "-1.00 EUR"))
		require.NoError(t, err)
		require.Equal(t, of(t, "12.84 EUR"), sum, "amounts are compared with ==")
		require.Equal(t, int64(1284), sum.Minor())
		require.Equal(t, money.EUR, sum.Currency())
		left, err := sum.Sub(of(t, "20.00 EUR"))
		require.NoError(t, err)
		require.Equal(t, "-7.16 EUR", left.String())
		require.Equal(t, -1, left.Sign())
		year, err := left.Neg().Mul(12)
		require.NoError(t, err)
		require.Equal(t, "85.92 EUR", year.String())
		order, err := year.Cmp(sum)
		require.NoError(t, err)
		require.Equal(t, 1, order)
	})

	t.Run("the zero value is nothing, and takes the currency of what it is added to", func(t *testing.T) {
		t.Parallel()
		var nothing money.Amount
		require.True(t, nothing.IsZero())
		sum, err := nothing.Add(of(t, "5.00 EUR"))
		require.NoError(t, err)
		require.Equal(t, of(t, "5.00 EUR"), sum)
		sum, err = of(t, "5.00 EUR").Sub(nothing)
		require.NoError(t, err)
		require.Equal(t, of(t, "5.00 EUR"), sum)
		order, err := nothing.Cmp(of(t, "-5.00 EUR"))
		require.NoError(t, err)
		require.Equal(t, 1, order)
		sum, err = money.Sum()
		require.NoError(t, err)
		require.Equal(t, nothing, sum)
		require.NotEqual(t, nothing, of(t, "0.00 EUR"), "no euros are no yens")
	})

	t.Run("currencies are never mixed", func(t *testing.T) {
		t.Parallel()
		euros, yens := of(t, "5.00 EUR"), of(t, "500 JPY")
		_, err := euros.Add(yens)
		require.ErrorIs(t, err, money.ErrCurrencyMixed)
		_, err = euros.Sub(yens)
		require.ErrorIs(t, err, money.ErrCurrencyMixed)
		_, err = euros.Cmp(yens)
		require.ErrorIs(t, err, money.ErrCurrencyMixed)
		_, err = money.Sum(euros, euros, yens)
		require.ErrorIs(t, err, money.ErrCurrencyMixed)
		require.ErrorContains(t, err, "2: 500 JPY", "the place of the first that does not fit")
		_, err = of(t, "0.00 EUR").Add(of(t, "0 JPY"))
		require.ErrorIs(t, err, money.ErrCurrencyMixed, "not even when there is nothing of them")
	})

	t.Run("an unknown currency is refused", func(t *testing.T) {
		t.Parallel()
		_, err := money.New(1, "BTC")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
		_, err = money.New(0, "")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
	})

	t.Run("what does not fit is an error, never a wrong number", func(t *testing.T) {
		t.Parallel()
		for _, minor := range []int64{math.MaxInt64, math.MinInt64, money.MaxMinor + 1, -money.MaxMinor - 1} {
			_, err := money.New(minor, money.EUR)
			require.ErrorIs(t, err, money.ErrOverflow, minor)
		}
		most, err := money.New(money.MaxMinor, money.EUR)
		require.NoError(t, err)
		one := of(t, "0.01 EUR")
		_, err = most.Add(one)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = most.Neg().Sub(one)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = most.Mul(2)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = one.Mul(math.MinInt64)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = most.Mul(math.MinInt64)
		require.ErrorIs(t, err, money.ErrOverflow)
		least, err := one.Mul(-money.MaxMinor)
		require.NoError(t, err)
		require.Equal(t, most.Neg(), least)
		sum, err := money.Sum(most, most, most, most, least, least, least)
		require.NoError(t, err, "only the sum itself must fit")
		require.Equal(t, most, sum)
		_, err = money.Sum(most, one)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = money.Sum(most, most, most, most, most, most, most, most, most, most, most, most)
		require.ErrorIs(t, err, money.ErrOverflow)
	})

	t.Run("arithmetic is that of whole numbers of any size", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			a, b := anyAmount(t, money.EUR, "a"), anyAmount(t, money.EUR, "b")
			n := rapid.OneOf(rapid.Int64Range(-10, 10), rapid.Int64()).Draw(t, "n")
			same := func(want *big.Int, got money.Amount, err error) {
				if want.CmpAbs(big.NewInt(money.MaxMinor)) > 0 {
					require.ErrorIs(t, err, money.ErrOverflow)
					require.Zero(t, got)
					return
				}
				require.NoError(t, err)
				require.Equal(t, want.Int64(), got.Minor())
			}
			x, y := big.NewInt(a.Minor()), big.NewInt(b.Minor())
			got, err := a.Add(b)
			same(new(big.Int).Add(x, y), got, err)
			got, err = a.Sub(b)
			same(new(big.Int).Sub(x, y), got, err)
			got, err = a.Mul(n)
			same(new(big.Int).Mul(x, big.NewInt(n)), got, err)
			order, err := a.Cmp(b)
			require.NoError(t, err)
			require.Equal(t, x.Cmp(y), order)
		})
	})

	t.Run("the order in which amounts are added never matters", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			amounts := make([]money.Amount, rapid.IntRange(0, 20).Draw(t, "amounts"))
			want := new(big.Int)
			for i := range amounts {
				amounts[i] = anyAmount(t, money.EUR, "amount")
				want.Add(want, big.NewInt(amounts[i].Minor()))
			}
			seed := rapid.Uint64().Draw(t, "seed")
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(amounts), func(i, j int) { amounts[i], amounts[j] = amounts[j], amounts[i] })
			sum, err := money.Sum(amounts...)
			if want.CmpAbs(big.NewInt(money.MaxMinor)) > 0 {
				require.ErrorIs(t, err, money.ErrOverflow)
				return
			}
			require.NoError(t, err)
			require.Equal(t, want.Int64(), sum.Minor())
		})
	})
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	share := func(t require.TestingT, a money.Amount, weights ...uint64) []string {
		parts, err := a.Allocate(weights)
		require.NoError(t, err)
		var texts []string
		for _, p := range parts {
			texts = append(texts, p.Decimal())
		}
		return texts
	}

	t.Run("a feature is paid by three donors to the cent", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"33.34", "33.33", "33.33"}, share(t, of(t, "100.00 EUR"), 1, 1, 1), "of equal remainders, the earlier place")
		require.Equal(t, []string{"14.29", "28.57", "57.14"}, share(t, of(t, "100.00 EUR"), 1, 2, 4))
		require.Equal(t, []string{"0", "1"}, share(t, of(t, "1 JPY"), 1, 2))
		require.Equal(t, []string{"0.00", "0.05", "0.00"}, share(t, of(t, "0.05 EUR"), 0, 7, 0))
		require.Equal(t, []string{"0.00", "0.00"}, share(t, of(t, "0.00 EUR"), 1, 2))
	})

	t.Run("a refund is shared like the payment", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"-33.34", "-33.33", "-33.33"}, share(t, of(t, "-100.00 EUR"), 1, 1, 1))
	})

	t.Run("the largest amounts and weights are shared too", func(t *testing.T) {
		t.Parallel()
		most, err := money.New(money.MaxMinor, money.EUR)
		require.NoError(t, err)
		parts, err := most.Allocate([]uint64{math.MaxUint64 - 1, 1})
		require.NoError(t, err)
		require.Equal(t, int64(money.MaxMinor), parts[0].Minor())
		require.Zero(t, parts[1].Minor())
	})

	t.Run("by nothing, nothing is shared", func(t *testing.T) {
		t.Parallel()
		for _, weights := range [][]uint64{nil, {}, {0}, {0, 0}} {
			parts, err := of(t, "1.00 EUR").Allocate(weights)
			require.ErrorIs(t, err, money.ErrShares)
			require.Nil(t, parts)
		}
		_, err := of(t, "1.00 EUR").Allocate([]uint64{1, math.MaxUint64})
		require.ErrorIs(t, err, money.ErrShares)
		require.ErrorContains(t, err, "1: ", "the place where the sum grew too large")
	})

	t.Run("every part is within one unit of its exact share, and none is lost", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			a := anyAmount(t, "TND", "amount")
			weights := rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(0, math.MaxUint64/20)), 1, 20).Draw(t, "weights")
			total := new(big.Int)
			for _, w := range weights {
				total.Add(total, new(big.Int).SetUint64(w))
			}
			parts, err := a.Allocate(weights)
			if total.Sign() == 0 {
				require.ErrorIs(t, err, money.ErrShares)
				return
			}
			require.NoError(t, err)
			require.Len(t, parts, len(weights))
			sum, err := money.Sum(parts...)
			require.NoError(t, err)
			require.Equal(t, a, sum)
			mirrored, err := a.Neg().Allocate(weights)
			require.NoError(t, err)
			remainder := make([]*big.Rat, len(parts)) // how much more than its exact share each has
			for i, p := range parts {
				require.Equal(t, p.Neg(), mirrored[i])
				exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(a.Minor()), new(big.Int).SetUint64(weights[i])), total)
				more := new(big.Rat).Sub(new(big.Rat).SetInt64(p.Minor()), exact)
				if a.Minor() < 0 {
					more.Neg(more)
				}
				require.Negative(t, new(big.Rat).Abs(more).Cmp(big.NewRat(1, 1)))
				remainder[i] = more
			}
			// Straight from the definition: whoever got a unit more had a larger remainder than whoever did not, or was earlier.
			for i := range parts {
				for j := range parts {
					if remainder[i].Sign() > 0 && remainder[j].Sign() <= 0 {
						order := new(big.Rat).Sub(remainder[i], big.NewRat(1, 1)).Cmp(remainder[j]) // both below nothing now
						require.True(t, order < 0 || order == 0 && i < j, "%d before %d", i, j)
					}
				}
			}
		})
	})
}

func TestMulRat(t *testing.T) {
	t.Parallel()

	t.Run("each rounding says which cent", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			amount                     string
			num, den                   int64
			down, halfEven, halfUp, up string
		}{
			{"1.00 EUR", 1, 3, "0.33", "0.33", "0.33", "0.34"},
			{"1.00 EUR", 2, 3, "0.66", "0.67", "0.67", "0.67"},
			{"0.05 EUR", 1, 2, "0.02", "0.02", "0.03", "0.03"},
			{"0.07 EUR", 1, 2, "0.03", "0.04", "0.04", "0.04"},
			{"0.01 EUR", 1, 3, "0.00", "0.00", "0.00", "0.01"},
			{"3.00 EUR", 1, 3, "1.00", "1.00", "1.00", "1.00"},
			{"3.00 EUR", 0, 3, "0.00", "0.00", "0.00", "0.00"},
			{"2.00 EUR", 7, 4, "3.50", "3.50", "3.50", "3.50"},
		} {
			for rounding, want := range map[money.Rounding]string{money.Down: c.down, money.HalfEven: c.halfEven, money.HalfUp: c.halfUp, money.Up: c.up} {
				a := of(t, c.amount)
				got, err := a.MulRat(c.num, c.den, rounding)
				require.NoError(t, err)
				require.Equal(t, want, got.Decimal(), "%s * %d/%d, %d", c.amount, c.num, c.den, rounding)
				mirrored, err := a.Neg().MulRat(c.num, c.den, rounding)
				require.NoError(t, err)
				require.Equal(t, got.Neg(), mirrored)
				mirrored, err = a.MulRat(-c.num, c.den, rounding)
				require.NoError(t, err)
				require.Equal(t, got.Neg(), mirrored)
			}
		}
	})

	t.Run("products in between may be of any size", func(t *testing.T) {
		t.Parallel()
		most, err := money.New(money.MaxMinor, money.EUR)
		require.NoError(t, err)
		got, err := most.MulRat(math.MaxInt64, math.MaxInt64, money.Up)
		require.NoError(t, err)
		require.Equal(t, most, got)
		_, err = most.MulRat(math.MaxInt64, math.MaxInt64-1, money.Up)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = most.MulRat(math.MinInt64, 1, money.Down)
		require.ErrorIs(t, err, money.ErrOverflow)
	})

	t.Run("what is no fraction or no rounding is refused", func(t *testing.T) {
		t.Parallel()
		for _, den := range []int64{0, -1, math.MinInt64} {
			_, err := of(t, "1.00 EUR").MulRat(1, den, money.Down)
			require.ErrorIs(t, err, money.ErrRatio)
		}
		_, err := of(t, "1.00 EUR").MulRat(1, 2, money.Up+1)
		require.ErrorIs(t, err, money.ErrRatio)
	})

	t.Run("the roundings are what fractions say", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			a := anyAmount(t, money.EUR, "amount")
			num := rapid.OneOf(rapid.Int64Range(-9, 9), rapid.Int64()).Draw(t, "num")
			den := rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, math.MaxInt64)).Draw(t, "den")
			exact := new(big.Rat).Mul(new(big.Rat).SetInt64(a.Minor()), big.NewRat(num, den))
			for _, r := range []money.Rounding{money.Down, money.HalfEven, money.HalfUp, money.Up} {
				got, err := a.MulRat(num, den, r)
				if errors.Is(err, money.ErrOverflow) {
					size := new(big.Rat).Abs(exact)
					require.Positive(t, size.Cmp(new(big.Rat).SetInt64(money.MaxMinor)))
					continue
				}
				require.NoError(t, err)
				off := new(big.Rat).Sub(new(big.Rat).SetInt64(got.Minor()), exact)
				if exact.Sign() < 0 {
					off.Neg(off)
				}
				low, high := big.NewRat(-1, 2), big.NewRat(1, 2)
				switch r {
				case money.Down:
					low, high = big.NewRat(-1, 1), new(big.Rat)
				case money.Up:
					low, high = new(big.Rat), big.NewRat(1, 1)
				}
				require.False(t, off.Cmp(low) < 0 || off.Cmp(high) > 0, "%s rounded to %s", exact, got)
				if new(big.Rat).Abs(off).Cmp(big.NewRat(1, 2)) == 0 && r == money.HalfEven {
					require.Zero(t, got.Minor()%2)
				}
			}
		})
	})
}
