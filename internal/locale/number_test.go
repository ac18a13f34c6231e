package locale

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n          Number
		fr, en, de string
	}{
		{Int(0), "0", "0", "0"},
		{Int(999), "999", "999", "999"},
		{Int(1200), "1\u202f200", "1,200", "1.200"},
		{Int(-1234567), "-1\u202f234\u202f567", "-1,234,567", "-1.234.567"},
		{Int(math.MinInt64), "-9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808", "-9,223,372,036,854,775,808", "-9.223.372.036.854.775.808"},
		{Number{1_500_000, 6}, "1,5", "1.5", "1,5"},
		{Number{1, 6}, "0,000001", "0.000001", "0,000001"},
		{Number{-50, 2}, "-0,5", "-0.5", "-0,5"},
		{Number{123456789, 3}, "123\u202f456,789", "123,456.789", "123.456,789"},
		{Number{2_000_000, 6}, "2", "2", "2"},
	} {
		require.Equal(t, c.fr, c.n.Format(French))
		require.Equal(t, c.en, c.n.Format(English))
		require.Equal(t, c.de, c.n.Format(German))
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n          Number
		symbol     string
		places     bool
		fr, en, de string
	}{
		{Number{-123450, 2}, "€", true, "-1\u202f234,50\u00a0€", "-€1,234.50", "-1.234,50\u00a0€"},
		{Number{123450, 2}, "€", false, "1\u202f234\u00a0€", "€1,234", "1.234\u00a0€"},
		{Number{5, 3}, "TND", true, "0,005\u00a0TND", "TND\u00a00.005", "0,005\u00a0TND"},
		{Int(1000), "", true, "1\u202f000", "1,000", "1.000"},
	} {
		require.Equal(t, c.fr, c.n.Money(French, c.symbol, c.places))
		require.Equal(t, c.en, c.n.Money(English, c.symbol, c.places))
		require.Equal(t, c.de, c.n.Money(German, c.symbol, c.places))
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()

	t.Run("is written as each language does", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "70\u00a0%", Percent(French, 98, 140, 2))
		require.Equal(t, "66,67\u00a0%", Percent(French, 2, 3, 2))
		require.Equal(t, "66.67 %", Percent(English, 2, 3, 2))
		require.Equal(t, "66,67\u00a0%", Percent(German, 2, 3, 2))
		require.Equal(t, "67\u00a0%", Percent(French, 2, 3, 0))
		require.Equal(t, "1\u202f200\u00a0%", Percent(French, 12, 1, 1))
	})

	t.Run("halves are rounded up, and nothing else", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "0.01 %", Percent(English, 1, 20_000, 2))
		require.Equal(t, "0 %", Percent(English, 1, 20_001, 2))
		require.Equal(t, "100 %", Percent(English, 199_999, 200_000, 2))
		require.Equal(t, "99.99 %", Percent(English, 199_985, 200_000, 2))
		require.Equal(t, "0 %", Percent(English, 0, 0, 2))
	})

	t.Run("is exact at any size", rapid.MakeCheck(func(t *rapid.T) {
		whole := rapid.Int64Range(1, math.MaxInt64).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		places := rapid.IntRange(0, 6).Draw(t, "places")
		want := new(big.Rat).Mul(big.NewRat(part, 1), big.NewRat(100, whole)).FloatString(places)
		if places > 0 {
			want = strings.TrimRight(strings.TrimRight(want, "0"), ".")
		}
		require.Equal(t, want+" %", Percent(English, part, whole, places))
	}))
}

func TestOrdinal(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1er", Ordinal(French, 1))
	require.Equal(t, "2e", Ordinal(French, 2))
	require.Equal(t, "3.", Ordinal(German, 3))
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 111: "111th"} {
		require.Equal(t, want, Ordinal(English, n))
	}
}
