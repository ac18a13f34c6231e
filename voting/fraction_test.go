package voting_test

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFraction(t *testing.T) {
	t.Parallel()

	t.Run("is kept as written", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"0/1", "1/1", "2/3", "50/100", "999999998/999999999"} {
			f, err := voting.ParseFraction(text)
			require.NoError(t, err, text)
			require.Equal(t, text, f.String())
			data, err := json.Marshal(f)
			require.NoError(t, err)
			require.Equal(t, `"`+text+`"`, string(data))
		}
	})

	t.Run("what is no part of a whole is refused", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{
			"", "1", "/", "1/", "/2", "1/0", "0/0", "3/2", "-1/2", "1/-2", "+1/2", "1 / 2", "01/2", "1/02", "0.5/1", "1/2/3",
			"1/1000000000", "1/99999999999999999999",
		} {
			_, err := voting.ParseFraction(text)
			require.ErrorIs(t, err, voting.ErrFraction, text)
		}
	})

	t.Run("compares by value", rapid.MakeCheck(func(t *rapid.T) {
		a, b := aFraction(t, "a"), aFraction(t, "b")
		require.Equal(t, big.NewRat(a.Num, a.Den).Cmp(big.NewRat(b.Num, b.Den)), a.Cmp(b))
	}))
}

func aFraction(t *rapid.T, name string) voting.Fraction {
	den := rapid.OneOf(rapid.Int64Range(1, 12), rapid.Int64Range(1, voting.MaxDen)).Draw(t, name+" den")
	return voting.Fraction{Num: rapid.Int64Range(0, den).Draw(t, name+" num"), Den: den}
}

func FuzzParseFraction(f *testing.F) {
	for _, s := range []string{"2/3", "1/1", "0/5", "50/100", "3/2", "1/0", "-1/2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := voting.ParseFraction(s)
		if err != nil {
			require.ErrorIs(t, err, voting.ErrFraction)
			return
		}
		require.NoError(t, v.Check())
		require.Equal(t, s, v.String(), "one way to write it")
	})
}
