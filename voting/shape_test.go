package voting_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// Every shape of ballot goes through its binary and its JSON form, and a profile of it can be added to, taken from and merged.
func TestShapes(t *testing.T) {
	t.Parallel()
	options := []voting.Choice{"a", "b", "c"}
	for _, ballot := range []voting.Ballot{
		voting.Choice("b"),
		voting.Reasoned{Choice: "b", Reason: "because\nof the rain"},
		voting.Choices{"c", "a"},
		voting.Ranking{{"b"}, {}, {"c", "a"}},
		voting.Scores{"a": 5, "c": 0},
		voting.Grades{"a": 1, "b": 2, "c": 0},
		voting.Points{"b": 65534},
	} {
		written := voting.AppendBallot(nil, ballot)
		read, rest, err := voting.ReadBallot(append(written, 7))
		require.NoError(t, err)
		require.Equal(t, []byte{7}, rest)
		require.Equal(t, written, voting.AppendBallot(nil, read), "one ballot has one binary form")

		text, err := voting.MarshalBallot(ballot)
		require.NoError(t, err)
		back, err := voting.UnmarshalBallot(text)
		require.NoError(t, err, string(text))
		require.Equal(t, ballot, back)

		if _, ok := ballot.(voting.Reasoned); ok {
			continue // no file has reasons: see TestReasons
		}
		var member map[voting.Shape]any
		require.NoError(t, json.Unmarshal(text, &member))
		for shape := range member {
			p, err := voting.NewProfileOf(shape, options)
			require.NoError(t, err)
			require.NoError(t, p.Add(ballot, voting.Voice))
			require.NoError(t, p.Add(read, voting.Voice/2))
			require.LessOrEqual(t, p.Distinct(), 1)
			require.NoError(t, p.Subtract(ballot, voting.Voice))
			require.ErrorIs(t, p.Subtract(ballot, voting.Voice), voting.ErrProfileAbsent)
			require.Equal(t, voting.Votes{Seats: 1, Voices: voting.Voice / 2}, p.Cast())
			require.NoError(t, p.Merge(p))
			require.Equal(t, voting.Votes{Seats: 2, Voices: voting.Voice}, p.Cast())
			require.ErrorIs(t, p.Add(voting.Scores{"z": 1}, voting.Voice), voting.ErrBallot)
		}
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	p, err := voting.NewProfileOf(voting.ShapeRanking, []voting.Choice{"a", "b", "c", "d"})
	require.NoError(t, err)
	one := voting.Votes{Seats: 1, Voices: voting.Voice}
	const level, skipped = voting.Level, voting.SkippedRank

	require.NoError(t, p.AddMarks([]voting.Mark{3, 2, 1 | level, 0 | level}, one))
	require.NoError(t, p.Add(voting.Ranking{{"d"}, {"a", "b", "c"}}, voting.Voice))
	require.Equal(t, 1, p.Distinct(), "options that stand level have no order")
	require.NoError(t, p.AddMarks([]voting.Mark{1, skipped, 0, skipped}, one))
	require.NoError(t, p.Add(voting.Ranking{{"b"}, {}, {"a"}}, voting.Voice))
	require.Equal(t, 2, p.Distinct(), "empty ranks at the end say nothing")
	require.NoError(t, p.AddMarks([]voting.Mark{skipped}, one))
	require.Equal(t, 2, p.Distinct(), "blank")

	for name, row := range map[string][]voting.Mark{
		"there twice":      {0, 1, 0},
		"level with none":  {0 | level},
		"level with a gap": {0, skipped, 1 | level},
		"no such option":   {4},
	} {
		require.ErrorIs(t, p.AddMarks(row, one), voting.ErrBallotMarks, name)
	}
	require.EqualValues(t, 5, p.Cast().Seats)
}

func TestCountBy(t *testing.T) {
	t.Parallel()
	p, err := voting.NewProfileOf(voting.ShapeChoices, []voting.Choice{"a", "b", "c"})
	require.NoError(t, err)
	for _, ballot := range []voting.Choices{{"a", "b"}, {"b", "c"}, {"c", "a"}, {"a"}} {
		require.NoError(t, p.Add(ballot, voting.Voice))
	}
	q := voting.Question{Method: voting.Approval, Seats: 2}
	r, err := voting.CountBy(p, q, nil)
	require.NoError(t, err)
	require.Equal(t, [][]voting.Choice{{"a"}, {"b", "c"}}, r.Ranking)
	require.Equal(t, []voting.Choice{"a", "b", "c"}, r.Winners, "a tie for the last seat")

	r, err = voting.CountBy(p, q, &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: []voting.Choice{"c", "b", "a"}})
	require.NoError(t, err)
	require.Equal(t, []voting.Choice{"a", "c"}, r.Winners)
	require.Equal(t, []voting.Broken{{Choices: []voting.Choice{"b", "c"}, By: voting.TieOrder, Chosen: []voting.Choice{"c"}}}, r.Broken)

	for place, q := range map[string]voting.Question{
		"seats":          {Method: voting.Approval, Seats: 4},
		"settings/weird": {Method: voting.Approval, Settings: map[string]string{"weird": "1"}},
		"method":         {Method: "oracle"},
	} {
		_, err := voting.CountBy(p, q, nil)
		require.ErrorIs(t, err, voting.ErrQuestion, place)
		require.ErrorContains(t, err, place)
	}
	_, err = voting.CountBy(p, voting.Question{Method: voting.Borda}, nil)
	require.ErrorIs(t, err, voting.ErrMethod)
}
