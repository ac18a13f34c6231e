package voting_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWeight(t *testing.T) {
	t.Parallel()

	t.Run("is read, shown and converted exactly", func(t *testing.T) {
		t.Parallel()
		for text, millionths := range map[string]voting.Weight{
			"0": 0, "1": 1_000_000, "0.5": 500_000, "0.000001": 1, "12.345678": 12_345_678, "1000000": voting.MaxWeight,
		} {
			w, err := voting.ParseWeight(text)
			require.NoError(t, err, text)
			require.Equal(t, millionths, w, text)
			require.Equal(t, text, w.String())
			require.Equal(t, text, w.Decimal().String())
			back, err := voting.WeightOf(w.Decimal())
			require.NoError(t, err, text)
			require.Equal(t, w, back)
		}
	})

	t.Run("zeros at the ends change nothing", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"1.5", "1.50", "1.500000", "01.5"} {
			w, err := voting.ParseWeight(text)
			require.NoError(t, err, text)
			require.Equal(t, "1.5", w.String())
		}
		w, err := voting.WeightOf(decimal.RequireFromString("2.500000000000"))
		require.NoError(t, err)
		require.Equal(t, "2.5", w.String())
		w, err = voting.WeightOf(decimal.New(0, 999_999_999))
		require.NoError(t, err)
		require.Zero(t, w)
	})

	t.Run("what is no weight is refused", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{
			"", ".", "1.", ".5", "-1", "+1", " 1", "1 ", "1e3", "0x1", "1,5", "0.0000001", "1000000.000001", "1000001", "1_000",
			"१", "NaN", strings.Repeat("9", 30), strings.Repeat("0", 30) + "1",
		} {
			_, err := voting.ParseWeight(text)
			require.ErrorIs(t, err, voting.ErrWeight, text)
		}
		for _, text := range []string{"-0.5", "0.0000001", "1000000.1", "1e7"} {
			_, err := voting.WeightOf(decimal.RequireFromString(text))
			require.ErrorIs(t, err, voting.ErrWeight, text)
		}
		for _, exp := range []int32{math.MaxInt32, math.MinInt32} { // would fill the memory if anybody multiplied it out
			_, err := voting.WeightOf(decimal.New(1, exp))
			require.ErrorIs(t, err, voting.ErrWeight)
		}
	})

	t.Run("sums are checked", func(t *testing.T) {
		t.Parallel()
		sum, err := voting.Voice.Add(voting.Voice / 2)
		require.NoError(t, err)
		require.Equal(t, "1.5", sum.String())
		_, err = voting.Weight(math.MaxInt64).Add(1)
		require.ErrorIs(t, err, voting.ErrWeightOverflow)
		_, err = voting.Weight(-1).Add(1)
		require.ErrorIs(t, err, voting.ErrWeightOverflow)
	})

	t.Run("a sum beyond one ballot's bound survives its text form", func(t *testing.T) {
		t.Parallel()
		data, err := json.Marshal(voting.Weight(math.MaxInt64))
		require.NoError(t, err)
		require.JSONEq(t, `"9223372036854.775807"`, string(data))
		var w voting.Weight
		require.NoError(t, json.Unmarshal(data, &w))
		require.Equal(t, voting.Weight(math.MaxInt64), w)
		require.ErrorIs(t, w.Check(), voting.ErrWeight)
		require.Error(t, json.Unmarshal([]byte(`"9223372036854.775808"`), &w))
		require.Error(t, json.Unmarshal([]byte(`1.5`), &w), "a JSON number may have been a float on its way")
	})

	t.Run("every weight comes back from its text", rapid.MakeCheck(func(t *rapid.T) {
		w := voting.Weight(rapid.Int64Range(0, math.MaxInt64).Draw(t, "w"))
		text, err := w.MarshalText()
		require.NoError(t, err)
		var back voting.Weight
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, w, back)
		require.Equal(t, string(text), w.Decimal().String())
	}))
}

func FuzzParseWeight(f *testing.F) {
	for _, s := range []string{"1", "0.5", "1000000", "0.0000001", "-1", "1e3", "00.10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := voting.ParseWeight(s)
		if err != nil {
			require.ErrorIs(t, err, voting.ErrWeight)
			require.Zero(t, w)
			return
		}
		require.NoError(t, w.Check())
		again, err := voting.ParseWeight(w.String())
		require.NoError(t, err)
		require.Equal(t, w, again)
		require.True(t, w.Decimal().Equal(decimal.RequireFromString(s)), "exactly what was written")
	})
}
