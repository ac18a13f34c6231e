package formats_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
	"github.com/stretchr/testify/require"
)

// TestUnwritable says what each format cannot say, before it writes anything.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	const (
		ranked = `{"candidates":["A","B"],"ballots":[{"count":2,"ranking":[["A"],[],["B"]]}]}`
		plain  = `{"candidates":["A","B"],"ballots":[{"count":2,"ranking":[["A"],["B"]]}]}`
		scores = "A,B\n1,2\n"
	)
	weighted := func(f *formats.File) { // a million ballots of half a voice each, on average
		require.NoError(t, f.Profile.AddMarks([]voting.Mark{1}, voting.Votes{Seats: 1_000_000, Voices: 500_000 * voting.Voice}))
	}
	named := func(name string) func(*formats.File) { return func(f *formats.File) { f.Names[0] = name } }
	for _, of := range []struct {
		name   string
		text   string
		format formats.Format
		change func(*formats.File)
		says   string
	}{
		{"another shape", scores, formats.BLT, nil, "blt holds no ballots of the shape scores"},
		{"an unknown format", scores, "pdf", nil, "pdf holds no ballots"},
		{"abstentions", plain, formats.BLT, func(f *formats.File) { require.NoError(t, f.Profile.Add(voting.Abstain, voting.Voice)) }, "abstentions"},
		{"invalid ballots", plain, formats.BLT, func(f *formats.File) { require.NoError(t, f.Profile.AddInvalid(voting.Voice)) }, "invalid"},
		{"no profile", plain, formats.BLT, func(f *formats.File) { f.Profile = nil }, "there is no profile"},
		{"too many odd weights", plain, formats.BLT, weighted, "1000000 equal ballots"},
		{"a line end in a name", plain, formats.BLT, named("A\nB"), `the name "A\nB" cannot be written in blt`},
		{"a control character in a name", plain, formats.PrefLib, named("A\x01"), "cannot be written"},
		{"spaces around a name", plain, formats.PrefLib, named(" A"), "cannot be written"},
		{"a sign in a name", plain, formats.CVotes, named("A > B"), "cannot be written in cvotes"},
		{"a skipped rank", ranked, formats.CVotes, nil, "leaves a rank empty"},
		{"two of a name", plain, formats.CVotes, named("B"), `two candidates have the name "B"`},
		{"a bracket in a name", plain, formats.ABIF, named("A]"), "cannot be written in abif"},
		{"a column for a name", scores, formats.CSV, named("Voter ID"), "a meaning of its own in a table"},
		{"a label for a name", plain, formats.RecordJSON, named("overvote"), "a meaning of its own in records"},
		{"a delimiter in a name", plain, formats.RecordJSON, named("A|B"), "cannot be written in cvr.json"},
		{"overvotes", cvr(`["A|B","B"]`), formats.BLT, nil, "an overvote or names a candidate again"},
		{"weights of approvals", `{"num_cand":2,"ballots":[[0]]}`, formats.ApprovalJSON, func(f *formats.File) {
			require.NoError(t, f.Profile.AddMarks([]voting.Mark{1}, voting.Votes{Seats: 1, Voices: 1}))
		}, "no weights"},
		{"too many approvals", `{"num_cand":2,"ballots":[[0]]}`, formats.ApprovalJSON, func(f *formats.File) {
			require.NoError(t, f.Profile.AddMarks([]voting.Mark{1}, voting.Votes{Seats: 1_000_000_000, Voices: 1_000_000_000 * voting.Voice}))
		}, "a place of their own"},
		{"sums elsewhere", `{"participants":3,"tallies":[[1,2,0],[1,1,1]]}`, formats.PrefLib, nil, "sums of grades without ballots"},
		{"no best grade", "# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 3\n1: 1,2\n", formats.PrefLib, func(f *formats.File) { f.MostScore = 0 }, "no best grade"},
		{"a better grade", "# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 4\n1: 1,2\n", formats.PrefLib, func(f *formats.File) { f.MostScore = 2 }, "gives the grade 3"},
		{"blank judges", "# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 3\n1: 1,2\n1: \n", formats.TallyJSON, nil, "blank ballots"},
		{"judges of other weight", "# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 2\n# NUMBER CATEGORIES: 3\n1.5: 1,2\n", formats.TallyJSON, nil, "the participants are counted"},
		{"nobody named", `{"max_score":5,"candidates":["A"],"ballots":[{"scores":{}}]}`, formats.ABIF, nil, "no ballot that names a candidate"},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			f := read(t, of.text, nil)
			if of.change != nil {
				of.change(f)
			}
			var written bytes.Buffer
			err := formats.Write(&written, f, of.format)
			require.ErrorIs(t, err, formats.ErrUnwritable)
			require.ErrorContains(t, err, of.says)
			require.Empty(t, written.Bytes())
		})
	}
	t.Run("the writer fails", func(t *testing.T) {
		t.Parallel()
		full := errors.New("the disk is full")
		require.ErrorIs(t, formats.Write(failing{full}, read(t, plain, nil), formats.BLT), full)
	})
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestReadForms reads one small election in each form, as people write them.
func TestReadForms(t *testing.T) {
	t.Parallel()
	for _, of := range []struct {
		name, text string
		options    *formats.Options
		format     formats.Format
		names      []string
		rows       []string
		blank      int64
		unranked   string
	}{
		{
			"Condorcet Election Format", "# so\n#/Candidates: Ann B ; Bo ; Cy\n#/Weight Allowed: true\n#/Made by: hand\n\njo@example.org, x || Ann B > Bo = Cy ^7 * 8 # eight\nBo>Di>Ann B\nDi\n/EMPTY_RANKING/ * 2\nCy ^0.5 * 3\n",
			nil, formats.CVotes,
			[]string{"Ann B", "Bo", "Cy"},
			[]string{"Ann B > Bo = Cy  8 56", "Bo > Ann B  1 1", "Cy  3 1.5"},
			3, "last",
		},
		{
			"weights that do not count", "#/Candidates: A ; B\n#/Implicit Ranking: false\nA > B ^7\n/EMPTY/\n", &formats.Options{Empty: "tied"}, formats.CVotes,
			[]string{"A", "B"},
			[]string{"A > B  1 1", "A = B  1 1"},
			0, "ignored",
		},
		{
			"ABIF", "{\"title\": \"Capital\"}\n# cities\n=Memph:[Memphis, TN]\nNash:[Nashville, TN]\n42: Memph > Nash>Chat # so\n26:Nash=[Chat]>Memph\n0.5:>Chat>>Memph\n",
			nil, formats.ABIF,
			[]string{"Memphis, TN", "Nashville, TN", "Chat"},
			[]string{"Memphis, TN > Nashville, TN > Chat  42 42", "Nashville, TN = Chat > Memphis, TN  26 26", "- > Chat > - > Memphis, TN  1 0.5"},
			0, "",
		},
		{
			"ABIF with scores", "27:A/5,B/2\n3:C/4>A/1\n", nil, formats.ABIF, []string{"A", "B", "C"}, []string{"A:5 B:2  27 27", "A:1 C:4  3 3"}, 0, "",
		},
		{
			"ABIF with scores, for its rankings", "27:A/5>B/2\n3:C/4=A/4>B/0\n", &formats.Options{Ranked: true}, formats.ABIF,
			[]string{"A", "B", "C"},
			[]string{"A > B  27 27", "A = C > B  3 3"},
			0, "",
		},
		{
			"an export of star.vote", "voterID,voteTime,pollID,\"Ann, A.\",Bo\n1,now,p,5,0\n2,now,p,5,\n2,now,p,,\n", nil, formats.CSV,
			[]string{"Ann, A.", "Bo"},
			[]string{"Ann, A.:5 Bo:0  1 1", "Ann, A.:5  1 1"},
			1, "",
		},
		{
			"a table with weights", "weight;Ann;Bo\r\n3;5;0\r\n0.5;5;0\r\n", nil, formats.CSV, []string{"Ann", "Bo"}, []string{"Ann:5 Bo:0  4 3.5"}, 0, "",
		},
		{
			"PrefLib with gaps in its numbers", "# TITLE: T\n# DATA TYPE: toi\n# NUMBER VOTERS: 6\n# ALTERNATIVE NAME 2: Bo\n# ALTERNATIVE NAME 7: Gil\n3: {7, 2}\n2: 7,\n1: {},2\n",
			nil, formats.PrefLib,
			[]string{"Bo", "Gil"},
			[]string{"Bo = Gil  3 3", "Gil  2 2", "- > Bo  1 1"},
			0, "",
		},
		{
			"PrefLib's approvals", "# DATA TYPE: cat\n# NUMBER CATEGORIES: 2\n# NUMBER ALTERNATIVES: 3\n1: 1,{2,3}\n4: {},{1,2,3}\n", nil, formats.PrefLib,
			[]string{"", "", ""},
			[]string{"> 1  1 1"},
			4, "",
		},
		{
			"PrefLib's grades", "# DATA TYPE: cat\n# NUMBER CATEGORIES: 3\n# NUMBER ALTERNATIVES: 3\n1: 1,{2,3}\n", nil, formats.PrefLib,
			[]string{"", "", ""},
			[]string{"1:2 2:1 3:1  1 1"},
			0, "",
		},
		{
			"PrefLib with a stranger", "# DATA TYPE: soi\n# NUMBER ALTERNATIVES: 2\n1: 1,6,2\n", &formats.Options{Unknown: "pass"}, formats.PrefLib,
			[]string{"", ""},
			[]string{"1 > 2  1 1"},
			0, "",
		},
		{
			"scores found as they come", `{"ballots":[{"count":2,"scores":{"B":3}},{"scores":{"A":1,"B":null}}]}`, nil, formats.ScoresJSON,
			[]string{"B", "A"},
			[]string{"B:3  2 2", "A:1  1 1"},
			0, "",
		},
		{
			"ratings", `{"ballots":[{"ballot":{"A":1,"B":9,"C":9}}]}`, &formats.Options{Ratings: true}, formats.BallotJSON,
			[]string{"A", "B", "C"},
			[]string{"B = C > A  1 1"},
			0, "",
		},
		{
			"pairs", `{"ballots":{"a>b":4,"b>a":3}}`, nil, formats.BallotJSON, []string{"a", "b"}, []string{"a > b  4 4", "b > a  3 3"}, 0, "ignored",
		},
		{
			"records", `{"candidates":[{"name":"A","aliases":["A-2"]},{"name":"X","excluded":true},{"name":"C"}],
			"source_settings":[{"overvoteLabel":"over","skippedRankLabel":"under","undeclaredWriteInLabel":"UWI"}],
			"ballots":[{"count":3,"ranks":["A-2 ","X","under","A|C","over","UWI","C"]},{"count":1,"ranks":["","under"]},{"count":2,"ranks":["over"]}]}`,
			nil, formats.RecordJSON,
			[]string{"A", "C", "Undeclared Write-ins"},
			[]string{"A > - > again A = C > ? > Undeclared Write-ins > again C  3 3", "?  2 2"},
			1, "",
		},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			f := read(t, of.text, of.options)
			require.Equal(t, of.format, f.Format)
			require.Equal(t, of.names, f.Names)
			got := rows(f)
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], "> ")
				of.rows[i] = strings.TrimPrefix(of.rows[i], "> ")
			}
			require.Equal(t, of.rows, got)
			require.Equal(t, of.blank, f.Profile.Blank().Seats)
			require.Equal(t, of.unranked, f.Unranked)
		})
	}
}
