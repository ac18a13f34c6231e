package voting_test

import (
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRows adds rows at once and one by one: both say the same, ballot for ballot, and stop at the same row.
func TestRows(t *testing.T) {
	t.Parallel()
	t.Run("at once as one by one", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := rapid.SampledFrom([]int{3, 5, 70}).Draw(t, "options") // few and many are checked in different ways
			options := make([]voting.Choice, n)
			for i := range options {
				options[i] = voting.Choice("o-" + string(rune('a'+i/10)) + string(rune('a'+i%10)))
			}
			together, err := voting.NewProfileOf(voting.ShapeRanking, options)
			require.NoError(t, err)
			apart, err := voting.NewProfileOf(voting.ShapeRanking, options)
			require.NoError(t, err)
			var rows []voting.Mark
			var ends []int
			var votes []voting.Votes
			mark := rapid.SampledFrom([]voting.Mark{0, 1, 2, 1 | voting.Level, 2 | voting.Level, voting.SkippedRank, voting.Mark(n - 1), voting.Mark(n)})
			for range rapid.IntRange(0, 200).Draw(t, "rows") {
				rows = append(rows, rapid.SliceOfN(mark, 0, 3).Draw(t, "row")...)
				ends = append(ends, len(rows))
				votes = append(votes, voting.Votes{Seats: 1, Voices: voting.Weight(rapid.Int64Range(0, 3).Draw(t, "voices")) * voting.Voice / 2})
			}
			added, err := together.AddRows(rows, ends, votes)
			begin := 0
			for i, end := range ends {
				one := apart.AddMarks(rows[begin:end], votes[i])
				begin = end
				if one != nil {
					require.Equal(t, i, added)
					require.EqualError(t, err, one.Error())
					break
				}
				require.Less(t, i, added)
			}
			require.Equal(t, apart.Cast(), together.Cast())
			require.Equal(t, apart.Blank(), together.Blank())
			require.Equal(t, rowsOf(apart), rowsOf(together))
		})
	})
	t.Run("answers are rows of one mark", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfileOf(voting.ShapeChoice, []voting.Choice{"a", "b", "c"})
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.Choice("c"), voting.Voice))
		require.NoError(t, p.Add(voting.Abstain, voting.Voice))
		require.NoError(t, p.AddInvalid(voting.Voice))
		one := voting.Votes{Seats: 1, Voices: voting.Voice}
		require.Equal(t, []row{{[]voting.Mark{2}, one}}, rowsOf(p))
		require.Equal(t, one, p.Abstained())
		require.Equal(t, one, p.Invalid())
	})
}

type row struct {
	marks []voting.Mark
	votes voting.Votes
}

func rowsOf(p *voting.Profile) (all []row) {
	for marks, votes := range p.Rows() {
		all = append(all, row{append([]voting.Mark(nil), marks...), votes})
	}
	return all
}
