package money_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/agree"
)

func TestText(t *testing.T) {
	t.Parallel()

	t.Run("every currency has its own places", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			minor                int64
			cur                  money.Currency
			wire, decimal, short string
		}{
			{260_000, "EUR", "2600.00 EUR", "2600.00", "2600"},
			{260_050, "EUR", "2600.50 EUR", "2600.50", "2600.50"},
			{-5, "EUR", "-0.05 EUR", "-0.05", "-0.05"},
			{0, "EUR", "0.00 EUR", "0.00", "0"},
			{2600, "JPY", "2600 JPY", "2600", "2600"},
			{1, "TND", "0.001 TND", "0.001", "0.001"},
			{-12_340_000, "CLF", "-1234.0000 CLF", "-1234.0000", "-1234"},
			{8_870_050, "PLN", "88700.50 PLN", "88700.50", "88700.50"},
			{money.MaxMinor, "EUR", "10000000000000000.00 EUR", "10000000000000000.00", "10000000000000000"},
		} {
			a, err := money.New(c.minor, c.cur)
			require.NoError(t, err)
			require.Equal(t, c.wire, a.String())
			require.Equal(t, c.decimal, a.Decimal())
			require.Equal(t, c.short, a.Short())
			for _, number := range []string{c.decimal, c.short} {
				back, err := money.ParseDecimal(number, c.cur)
				require.NoError(t, err)
				require.Equal(t, a, back)
				back, err = money.Parse(number + " " + string(c.cur))
				require.NoError(t, err)
				require.Equal(t, a, back)
			}
		}
	})

	t.Run("zeros change nothing, and there is no less than nothing of nothing", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"1.5", "1.50", "1.5000000", "01.5", "0000001.50"} {
			a, err := money.ParseDecimal(text, money.EUR)
			require.NoError(t, err, text)
			require.Equal(t, "1.50 EUR", a.String())
		}
		for _, text := range []string{"0", "-0", "-0.00", "0.000"} {
			a, err := money.ParseDecimal(text, money.EUR)
			require.NoError(t, err, text)
			require.Equal(t, "0.00 EUR", a.String())
		}
	})

	t.Run("what is no number is refused, with what was written", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{
			"", "-", ".", "1.", ".5", "+1", "--1", "1-", "- 1", " 1", "1 ", "1 000", "1\u202f000", "1,5", "1e3", "1E3", "0x10", "1_000", "१",
			"NaN", "Inf", "-Inf", "1.2.3", "€1", "1\x00", "1.-5", "1.5e", strings.Repeat("1", 100),
		} {
			_, err := money.ParseDecimal(text, money.EUR)
			require.ErrorIs(t, err, money.ErrAmount, text)
			_, err = money.Parse(text + " EUR")
			require.ErrorIs(t, err, money.ErrAmount, text)
		}
		_, err := money.ParseDecimal("1e3", money.EUR)
		require.ErrorContains(t, err, `"1e3"`)
		for _, text := range []string{"", "EUR", "2600", "2600EUR", "2600.00  EUR", "EUR 2600", "2600.00\u00a0EUR", "-0 ", "00"} {
			_, err := money.Parse(text)
			require.Error(t, err, text)
		}
		_, err = money.Parse("2600.00 eur")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
		_, err = money.Parse("2600.00 EUR ")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
		_, err = money.ParseDecimal("1", "XAU")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
	})

	t.Run("there is no part of a cent", func(t *testing.T) {
		t.Parallel()
		for cur, text := range map[money.Currency]string{"EUR": "1.005", "JPY": "1.5", "TND": "0.0001", "CLF": "-1.00001"} {
			_, err := money.ParseDecimal(text, cur)
			require.ErrorIs(t, err, money.ErrPlaces, text)
		}
		_, err := money.ParseDecimal("1.005", money.EUR)
		require.ErrorContains(t, err, `"1.005": EUR has 2`)
	})

	t.Run("what is too large is said to be too large", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"10000000000000000.01", "-10000000000000000.01", strings.Repeat("9", 30), "92233720368547758.08", "184467440737095516.17"} {
			_, err := money.ParseDecimal(text, money.EUR)
			require.ErrorIs(t, err, money.ErrOverflow, text)
		}
	})

	t.Run("travels in JSON as a text, never as a number", func(t *testing.T) {
		t.Parallel()
		type feature struct {
			Cost money.Amount `json:"cost"`
			Left money.Amount `json:"left"`
		}
		data, err := json.Marshal(feature{Cost: of(t, "2600.00 EUR")})
		require.NoError(t, err)
		require.JSONEq(t, `{"cost":"2600.00 EUR","left":"0"}`, string(data))
		var back feature
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, feature{Cost: of(t, "2600.00 EUR")}, back)
		require.Error(t, json.Unmarshal([]byte(`{"cost":2600.00}`), &back), "a JSON number may have been a float on its way")
		require.ErrorIs(t, json.Unmarshal([]byte(`{"cost":"many EUR"}`), &back), money.ErrAmount)
	})

	t.Run("goes over to decimals and comes back", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "2600.5", of(t, "2600.50 EUR").ToDecimal().String())
		for text, want := range map[string]string{"2600.5": "2600.50 EUR", "1e3": "1000.00 EUR", "-0.050000": "-0.05 EUR"} {
			a, err := money.FromDecimal(decimal.RequireFromString(text), money.EUR)
			require.NoError(t, err)
			require.Equal(t, want, a.String())
		}
		a, err := money.FromDecimal(decimal.New(0, math.MaxInt32), money.EUR)
		require.NoError(t, err)
		require.Equal(t, "0.00 EUR", a.String())
		for _, exp := range []int32{math.MaxInt32, 19} { // would fill the memory if anybody multiplied it out
			_, err := money.FromDecimal(decimal.New(1, exp), money.EUR)
			require.ErrorIs(t, err, money.ErrOverflow)
		}
		for _, exp := range []int32{math.MinInt32, -81, -80, -3} {
			_, err := money.FromDecimal(decimal.New(1, exp), money.EUR)
			require.ErrorIs(t, err, money.ErrPlaces, exp)
		}
		_, err = money.FromDecimal(decimal.RequireFromString(strings.Repeat("9", 100)), money.EUR)
		require.ErrorIs(t, err, money.ErrOverflow)
		_, err = money.FromDecimal(decimal.NewFromInt(1), "")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
	})

	t.Run("every amount comes back from all its texts", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			cur := anyCurrency().Draw(t, "currency")
			a := anyAmount(t, cur, "amount")
			require.Equal(t, a, of(t, a.String()))
			for _, text := range []string{a.Decimal(), a.Short()} {
				back, err := money.ParseDecimal(text, cur)
				require.NoError(t, err)
				require.Equal(t, a, back)
			}
			back, err := money.FromDecimal(a.ToDecimal(), cur)
			require.NoError(t, err)
			require.Equal(t, a, back)
			for _, lang := range []string{"fr", "en", "de"} {
				for _, text := range []string{a.Format(lang), a.FormatShort(lang)} {
					back, err := money.ParseLocal(lang, text, cur)
					require.NoError(t, err, text)
					require.Equal(t, a, back, text)
				}
			}
		})
	})
}

func TestLocal(t *testing.T) {
	t.Parallel()

	t.Run("people read amounts as their language writes them", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct{ amount, fr, en, de string }{
			{"2600.00 EUR", "2\u202f600,00\u00a0€", "€2,600.00", "2.600,00\u00a0€"},
			{"-1234567.89 EUR", "-1\u202f234\u202f567,89\u00a0€", "-€1,234,567.89", "-1.234.567,89\u00a0€"},
			{"0.05 EUR", "0,05\u00a0€", "€0.05", "0,05\u00a0€"},
			{"1000 JPY", "1\u202f000\u00a0¥", "¥1,000", "1.000\u00a0¥"},
			{"12.50 CHF", "12,50\u00a0CHF", "CHF\u00a012.50", "12,50\u00a0CHF"},
			{"-12.50 CHF", "-12,50\u00a0CHF", "-CHF\u00a012.50", "-12,50\u00a0CHF"},
			{"12.50 USD", "12,50\u00a0US$", "US$12.50", "12,50\u00a0US$"},
			{"1.234 TND", "1,234\u00a0TND", "TND\u00a01.234", "1,234\u00a0TND"},
			{"0", "0", "0", "0"},
		} {
			a := of(t, c.amount)
			require.Equal(t, c.fr, a.Format("fr"))
			require.Equal(t, c.fr, a.Format("tlh"), "French stands in")
			require.Equal(t, c.en, a.Format("en-GB"))
			require.Equal(t, c.de, a.Format("de"))
		}
		require.Equal(t, "2\u202f600\u00a0€", of(t, "2600.00 EUR").FormatShort("fr"))
		require.Equal(t, "€2,600.50", of(t, "2600.50 EUR").FormatShort("en"))
		require.Equal(t, "2.600\u00a0€", of(t, "2600.00 EUR").FormatShort("de"))
	})

	t.Run("what people type is read", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			lang, text string
			cur        money.Currency
			want       string
		}{
			{"fr", "2600", "EUR", "2600.00"},
			{"fr", "2 600,50", "EUR", "2600.50"},
			{"fr", "2\u00a0600,5", "EUR", "2600.50"},
			{"fr", "2\u202f600,50\u00a0€", "EUR", "2600.50"},
			{"fr", " 2600,50 EUR ", "EUR", "2600.50"},
			{"fr", "2600.5", "EUR", "2600.50"},
			{"fr", "2 600.50", "EUR", "2600.50"},
			{"fr", "-0,05", "EUR", "-0.05"},
			{"fr", "\u22121 000 €", "EUR", "-1000.00"},
			{"en", "2,600.50", "EUR", "2600.50"},
			{"en", "€2,600.50", "EUR", "2600.50"},
			{"en", "-€2,600.50", "EUR", "-2600.50"},
			{"en", "€-1", "EUR", "-1.00"},
			{"en", "2 600.50 EUR", "EUR", "2600.50"},
			{"en", "1,234", "EUR", "1234.00"},
			{"en", "1.234", "TND", "1.234"},
			{"en", "1.2300", "EUR", "1.23"},
			{"de", "2.600,50", "EUR", "2600.50"},
			{"de", "2 600,50 €", "EUR", "2600.50"},
			{"de", "1.234", "EUR", "1234.00"},
			{"de", "1.234.567,8", "EUR", "1234567.80"},
			{"de-AT", "0,5", "EUR", "0.50"},
		} {
			got, err := money.ParseLocal(c.lang, c.text, c.cur)
			require.NoError(t, err, "%s: %q", c.lang, c.text)
			require.Equal(t, c.want, got.Decimal(), "%s: %q", c.lang, c.text)
		}
	})

	t.Run("what could be two amounts, or none, is refused", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			lang, text string
			want       error
		}{
			{"en", "1.234", money.ErrPlaces},
			{"fr", "1,234", money.ErrPlaces},
			{"fr", "1.234", money.ErrAmount},
			{"fr", "1.234,56", money.ErrAmount},
			{"fr", "1,234.56", money.ErrAmount},
			{"de", "1,234.56", money.ErrAmount},
			{"de", "2600.5", money.ErrAmount},
			{"de", "1.234 567", money.ErrAmount},
			{"de", "1234.567", money.ErrAmount},
			{"de", ".567", money.ErrAmount},
			{"en", "1,5", money.ErrAmount},
			{"en", "1,23,456", money.ErrAmount},
			{"en", ",500", money.ErrAmount},
			{"fr", "2 60", money.ErrAmount},
			{"fr", "2  600", money.ErrAmount},
			{"fr", "2600,", money.ErrAmount},
			{"fr", ",50", money.ErrAmount},
			{"fr", "", money.ErrAmount},
			{"fr", "€", money.ErrAmount},
			{"fr", "-", money.ErrAmount},
			{"fr", "--5", money.ErrAmount},
			{"fr", "5-", money.ErrAmount},
			{"fr", "+5", money.ErrAmount},
			{"fr", "1e3", money.ErrAmount},
			{"fr", "5 $", money.ErrAmount},
			{"fr", "5 CHF", money.ErrAmount},
			{"fr", strings.Repeat("9", 30), money.ErrOverflow},
			{"fr", strings.Repeat("9", 300), money.ErrAmount},
		} {
			_, err := money.ParseLocal(c.lang, c.text, money.EUR)
			require.ErrorIs(t, err, c.want, "%s: %q", c.lang, c.text)
		}
		_, err := money.ParseLocal("fr", "5", "EURO")
		require.ErrorIs(t, err, money.ErrCurrencyUnknown)
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2600.00 EUR", "0", "-0.05 EUR", "1.005 EUR", "500 JPY", "1e3 EUR", "99999999999999999999 EUR", "1.0000 CLF"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := money.Parse(s)
		if err != nil {
			require.Zero(t, a)
			return
		}
		back, err := money.Parse(a.String())
		require.NoError(t, err)
		require.Equal(t, a, back)
		number, _, _ := strings.Cut(s, " ")
		require.True(t, a.ToDecimal().Equal(decimal.RequireFromString(number)), "exactly what was written")
	})
}

func FuzzParseLocal(f *testing.F) {
	for _, s := range []string{"2 600,50", "2,600.50", "2.600,50 €", "-€1", "1.234", "−5\u202f000"} {
		for _, lang := range []string{"fr", "en", "de"} {
			f.Add(lang, s)
		}
	}
	f.Fuzz(func(t *testing.T, lang, s string) {
		a, err := money.ParseLocal(lang, s, money.EUR)
		if err != nil {
			require.Zero(t, a)
			return
		}
		back, err := money.ParseLocal(lang, a.Format(lang), money.EUR)
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}
