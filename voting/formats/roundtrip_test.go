package formats_test

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawFile draws an election of a shape: any names, ties, gaps, weights, blank ballots and ballots that say the same.
func drawFile(t *rapid.T, shape voting.Shape, format formats.Format) *formats.File {
	n := rapid.IntRange(1, 6).Draw(t, "candidates")
	options := make([]voting.Choice, n)
	for i := range options {
		first := 1
		if format == formats.ApprovalJSON {
			first = 0
		}
		options[i] = voting.Choice(strconv.Itoa(first + i))
	}
	p, err := voting.NewProfileOf(shape, options)
	require.NoError(t, err)
	f := &formats.File{Profile: p, Seats: rapid.IntRange(0, 5).Draw(t, "seats"), MostScore: 9, Unranked: "last"}
	for i := range n {
		name := rapid.StringMatching(`[a-zA-Zé"'. ]{0,8}`).Draw(t, "name")
		f.Names = append(f.Names, "n"+name+"n"+strconv.Itoa(i))
	}
	if format == formats.ApprovalJSON {
		f.Names = make([]string, n)
	}
	f.Title = rapid.StringMatching(`[a-zA-Zé"'\\. ]{0,8}`).Draw(t, "title")
	for range rapid.IntRange(1, 8).Draw(t, "ballots") {
		require.NoError(t, p.AddMarks(drawRow(t, shape, n, format), drawVotes(t, format)))
	}
	if p.Distinct() > 0 && format != formats.TallyJSON {
		require.NoError(t, p.AddMarks(emptyRow(shape, n), drawVotes(t, format)))
	}
	return f
}

func emptyRow(shape voting.Shape, n int) []voting.Mark {
	if shape == voting.ShapeScores || shape == voting.ShapeGrades {
		return slices.Repeat([]voting.Mark{voting.NoValue}, n)
	}
	return nil
}

func drawVotes(t *rapid.T, format formats.Format) voting.Votes {
	v := voting.Votes{Seats: rapid.Int64Range(1, 5).Draw(t, "seats")}
	v.Voices = voting.Weight(v.Seats) * voting.Voice
	if format != formats.ApprovalJSON && format != formats.TallyJSON && rapid.Bool().Draw(t, "weighted") {
		v.Voices = voting.Weight(rapid.Int64Range(0, 20*int64(voting.Voice)).Draw(t, "voices"))
	}
	return v
}

func drawRow(t *rapid.T, shape voting.Shape, n int, format formats.Format) []voting.Mark {
	var row []voting.Mark
	order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	})).Draw(t, "order")[:rapid.IntRange(1, n).Draw(t, "named")]
	switch shape {
	case voting.ShapeChoice:
		return []voting.Mark{voting.Mark(order[0])}
	case voting.ShapeRanking:
		for _, o := range order {
			m := voting.Mark(o)
			switch {
			case format != formats.CVotes && rapid.IntRange(0, 4).Draw(t, "skip") == 0:
				row = append(row, voting.SkippedRank)
			case len(row) > 0 && row[len(row)-1] != voting.SkippedRank && row[len(row)-1] != voting.Overvoted && rapid.IntRange(0, 2).Draw(t, "level") == 0:
				m |= voting.Level
			}
			if format == formats.RecordJSON && rapid.IntRange(0, 5).Draw(t, "overvote") == 0 {
				row, m = append(row, voting.Overvoted), m&^voting.Level
			}
			row = append(row, m)
			if format == formats.RecordJSON && rapid.IntRange(0, 5).Draw(t, "again") == 0 {
				row = append(row, voting.SkippedRank, row[0]&^voting.Level|voting.Again)
			}
		}
	case voting.ShapeChoices:
		for _, o := range order {
			row = append(row, voting.Mark(o))
		}
	default:
		row = emptyRow(shape, n)
		for _, o := range order {
			row[o] = voting.Mark(rapid.IntRange(0, 9).Draw(t, "value"))
		}
	}
	return row
}

// TestWriteBack holds every format to it: what is written, and read again, says the same.
func TestWriteBack(t *testing.T) {
	t.Parallel()
	for _, of := range []struct {
		format formats.Format
		shape  voting.Shape
	}{
		{formats.BLT, voting.ShapeRanking},
		{formats.PrefLib, voting.ShapeRanking},
		{formats.PrefLib, voting.ShapeChoices},
		{formats.PrefLib, voting.ShapeGrades},
		{formats.CVotes, voting.ShapeRanking},
		{formats.ABIF, voting.ShapeRanking},
		{formats.ABIF, voting.ShapeScores},
		{formats.CSV, voting.ShapeScores},
		{formats.ApprovalJSON, voting.ShapeChoices},
		{formats.ScoresJSON, voting.ShapeScores},
		{formats.RankedJSON, voting.ShapeRanking},
		{formats.BallotJSON, voting.ShapeRanking},
		{formats.BallotJSON, voting.ShapeChoice},
		{formats.RecordJSON, voting.ShapeRanking},
		{formats.TallyJSON, voting.ShapeGrades},
	} {
		t.Run(string(of.format)+" "+string(of.shape), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				f := drawFile(t, of.shape, of.format)
				var text bytes.Buffer
				require.NoError(t, formats.Write(&text, f, of.format))
				again, err := formats.Read(bytes.NewReader(text.Bytes()), nil)
				require.NoError(t, err, text.String())
				require.Equal(t, of.format, again.Format, text.String())
				same(t, f, again, text.String())
				var twice bytes.Buffer
				require.NoError(t, formats.Write(&twice, again, of.format))
				if of.format != formats.TallyJSON && again.Title == f.Title && again.Seats == f.Seats {
					require.Equal(t, text.String(), twice.String())
				}
			})
		})
	}
}

// same requires two files to say the same of their ballots.
func same(t require.TestingT, f, again *formats.File, text string) {
	require.Equal(t, f.Profile.Options(), again.Profile.Options(), text)
	require.Equal(t, f.Profile.Cast(), again.Profile.Cast(), text)
	require.Equal(t, f.Names, again.Names, text)
	if again.Format == formats.TallyJSON {
		return
	}
	require.Equal(t, f.Profile.Blank(), again.Profile.Blank(), text)
	require.Equal(t, f.Profile.Distinct(), again.Profile.Distinct(), text)
	want, got := rows(f), rows(again)
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got, text)
}
