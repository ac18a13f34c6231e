package voting_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// Seven voters elect three: where two committees are equally good both are given, and an order makes it one.
func TestCommittee(t *testing.T) {
	t.Parallel()
	p, err := voting.NewProfileOf(voting.ShapeChoices, []voting.Choice{"a", "b", "c", "d"})
	require.NoError(t, err)
	for ballot, times := range map[string]voting.Weight{"ab": 4, "c": 3, "d": 3} {
		var row voting.Choices
		for _, c := range ballot {
			row = append(row, voting.Choice(c))
		}
		for range times {
			require.NoError(t, p.Add(row, voting.Voice/2))
		}
	}
	q := voting.Question{Method: voting.PAV, Seats: 2}
	r, err := voting.CountBy(p, q, nil)
	require.NoError(t, err)
	require.Equal(t, [][]voting.Choice{{"a", "c"}, {"a", "d"}, {"b", "c"}, {"b", "d"}}, r.Committees)
	require.Len(t, r.Winners, 4)
	require.Equal(t, voting.Figure{Name: "value", Number: "3.5"}, r.Figures[0])
	require.Contains(t, r.Explain("en"), "4 committees win equally.\nPossible committee: a and c.")

	order := &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"d", "c", "b", "a"}}
	r, err = voting.CountBy(p, q, order)
	require.NoError(t, err)
	require.Equal(t, []voting.Choice{"b", "d"}, r.Winners)
	require.Equal(t, voting.TieOrder, r.Broken[0].By)

	r, err = voting.CountBy(p, voting.Question{Method: voting.SeqPhragmen, Seats: 2}, order)
	require.NoError(t, err)
	require.Equal(t, []voting.Choice{"b", "d"}, r.Winners)
	require.Equal(t, voting.Number("0.5"), r.Rounds[0].Tallies[0].Number, "a seat bought by two voices costs each a half")
}

// The order that breaks a tie says who is elected, and not who is represented by whom: it can only elect who was open without it.
func TestGreedyMonroeTies(t *testing.T) {
	t.Parallel()
	q := voting.Question{Method: voting.GreedyMonroe, Options: []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}, Seats: 2}
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	require.NoError(t, p.Add(voting.Choices{"ana", "ben", "cleo"}, 7*voting.Voice))
	require.NoError(t, p.Add(voting.Choices{"ben", "cleo", "dora"}, 7*voting.Voice))
	require.NoError(t, p.Add(voting.Choices{"ana"}, voting.Voice))
	require.NoError(t, p.Add(voting.Blank, 9*voting.Voice))
	r, err := voting.CountBy(p, q, nil)
	require.NoError(t, err)
	require.Equal(t, [][]voting.Choice{{"ben", "cleo"}, {"ben", "dora"}, {"cleo", "dora"}}, r.Committees)

	// Ben and Cleo have fourteen and represent twelve. Were those who approve Dora the first of these, because she is the first of the order,
	// three would be left who approve Ana, and nobody had known that she could win.
	r, err = voting.CountBy(p, q, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"dora", "ben", "cleo", "ana", "emil"}})
	require.NoError(t, err)
	require.ElementsMatch(t, []voting.Choice{"ben", "dora"}, r.Winners)
}
