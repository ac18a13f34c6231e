package money_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/money"
)

func TestCurrency(t *testing.T) {
	t.Parallel()

	t.Run("the table is whole, in order, each code once and of its form", func(t *testing.T) {
		t.Parallel()
		all := money.Currencies()
		require.Len(t, all, 167)
		require.True(t, slices.IsSorted(all))
		require.Len(t, slices.Compact(slices.Clone(all)), len(all))
		for _, c := range all {
			require.Regexp(t, regexp.MustCompile(`^[A-Z]{3}$`), string(c))
			require.NoError(t, c.Check(), c)
			require.Contains(t, []int{0, 2, 3, 4}, c.Exponent(), c)
		}
	})

	t.Run("minor units are those of the standard, whatever people or other tables do", func(t *testing.T) {
		t.Parallel()
		without := []money.Currency{
			"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF", "XXX",
		}
		thousandths := []money.Currency{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
		for _, c := range money.Currencies() {
			want, unit := 2, int64(100)
			switch {
			case slices.Contains(without, c):
				want, unit = 0, 1
			case slices.Contains(thousandths, c):
				want, unit = 3, 1000
			case c == "CLF" || c == "UYW":
				want, unit = 4, 10_000
			}
			require.Equal(t, want, c.Exponent(), c)
			require.Equal(t, unit, c.Unit(), c)
		}
		for _, c := range []money.Currency{"EUR", "MGA", "MRU", "HUF", "CHF", "PLN", "XCG", "ZWG", "XAD", "SLE", "VED"} {
			require.NoError(t, c.Check())
			require.Equal(t, 2, c.Exponent(), c)
		}
	})

	t.Run("what is no currency is refused", func(t *testing.T) {
		t.Parallel()
		for _, code := range []string{"", "eur", "EURO", "EU", "€", "FRF", "HRK", "BGN", "XAU", "XTS", "AAA", "ZZZ", "EU\x00", " EUR"} {
			_, err := money.ParseCurrency(code)
			require.ErrorIs(t, err, money.ErrCurrencyUnknown, code)
			require.Zero(t, money.Currency(code).Exponent())
			require.Equal(t, int64(1), money.Currency(code).Unit())
		}
		_, err := money.ParseCurrency("eur")
		require.ErrorContains(t, err, `"eur"`, "the place says what was written")
	})

	t.Run("travels as its code", func(t *testing.T) {
		t.Parallel()
		data, err := json.Marshal(money.EUR)
		require.NoError(t, err)
		require.JSONEq(t, `"EUR"`, string(data))
		var c money.Currency
		require.NoError(t, json.Unmarshal([]byte(`"JPY"`), &c))
		require.Equal(t, money.Currency("JPY"), c)
		require.ErrorIs(t, json.Unmarshal([]byte(`"DOGE"`), &c), money.ErrCurrencyUnknown)
	})
}
