package formats_test

import (
	"strings"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
)

// read reads a text that must be an election.
func read(t *testing.T, text string, o *formats.Options) *formats.File {
	t.Helper()
	f, err := formats.Read(strings.NewReader(text), o)
	require.NoError(t, err)
	return f
}

// rows gives the distinct ballots of a file by name, with their seats and voices: "A > B = C  2 2".
func rows(f *formats.File) []string {
	var out []string
	for row, v := range f.Profile.Rows() {
		text := ""
		for i, m := range row {
			switch f.Profile.Shape() {
			case voting.ShapeScores, voting.ShapeGrades, voting.ShapePoints:
				if m != voting.NoValue {
					text += " " + f.Name(f.Profile.Options()[i]) + ":" + voting.Weight(int64(m)*int64(voting.Voice)).String()
				}
				continue
			case voting.ShapeRanking:
				if m == voting.SkippedRank || m == voting.Overvoted {
					text += map[voting.Mark]string{voting.SkippedRank: " > -", voting.Overvoted: " > ?"}[m]
					continue
				}
			}
			sign := " > "
			if m.IsLevel() {
				sign = " = "
			}
			if m.IsAgain() {
				sign += "again "
			}
			text += sign + f.Name(f.Profile.Options()[m.Option()])
		}
		out = append(out, strings.TrimPrefix(strings.TrimSpace(text), "> ")+"  "+seats(v)+" "+v.Voices.String())
	}
	return out
}

func seats(v voting.Votes) string { return voting.Weight(v.Seats * int64(voting.Voice)).String() }

func TestReadBLT(t *testing.T) {
	t.Parallel()
	f := read(t, `4 2          # four candidates, two seats
-2           # Bob has withdrawn
1 4 1 3 2 0
1 3 4 1 2 0
6 4 3 0
1 0          # says nothing
1 3 - 4 0    /* nobody second */
1 2=3 1 0
0
"Diane" "Bob" "Chuck" "Amy"
"Gardening club"
`, nil)
	require.Equal(t, formats.BLT, f.Format)
	require.Equal(t, "Gardening club", f.Title)
	require.Equal(t, 2, f.Seats)
	require.Equal(t, []string{"Diane", "Chuck", "Amy"}, f.Names)
	require.Equal(t, []formats.Candidate{{Key: "2", Name: "Bob"}}, f.Withdrawn)
	require.Equal(t, []voting.Choice{"1", "3", "4"}, f.Profile.Options())
	require.Equal(t, []string{
		"Amy > Diane > Chuck  1 1", "Chuck > Amy > Diane  1 1", "Amy > Chuck  6 6", "Chuck > - > Amy  1 1", "Chuck > Diane  1 1",
	}, rows(f))
	require.Equal(t, int64(1), f.Profile.Blank().Seats)
}
