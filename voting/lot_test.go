package voting_test

import (
	"bytes"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLot(t *testing.T) {
	t.Parallel()
	seed := bytes.Repeat([]byte{7}, voting.SeedSize)

	t.Run("anybody can redo it with sha256sum", func(t *testing.T) {
		t.Parallel()
		// for o in amina jonas lise; do
		//   { printf '\7%.0s' $(seq 32); printf '\0poll-3\0'; printf $o; } | sha256sum
		// done
		require.Equal(t, "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0", voting.SeedHash(seed))
		require.Equal(t, []voting.Choice{"lise", "amina", "jonas"}, voting.Lot(seed, "poll-3", []voting.Choice{"amina", "jonas", "lise"}))
	})

	t.Run("the order in which options are given does not matter, nor do those left out", rapid.MakeCheck(func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Byte(), voting.SeedSize, voting.SeedSize).Draw(t, "seed")
		all := []voting.Choice{"a", "b", "c", "d", "e"}
		order := voting.Lot(s, "p", all)
		require.ElementsMatch(t, all, order)
		require.Equal(t, order, voting.Lot(s, "p", rapid.Permutation(all).Draw(t, "shuffled")))
		require.Equal(t, order[1:], voting.Lot(s, "p", order[1:]))
	}))

	t.Run("over many seeds everybody is drawn about as often", func(t *testing.T) {
		t.Parallel()
		drawn := map[voting.Choice]int{}
		for i := range 3000 {
			s := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, voting.SeedSize/2)
			drawn[voting.Lot(s, "p", []voting.Choice{"a", "b", "c"})[0]]++
		}
		for c, n := range drawn {
			require.InDelta(t, 1000, n, 120, c) // more than four standard deviations
		}
	})
}
