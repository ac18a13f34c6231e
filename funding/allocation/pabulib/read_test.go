package pabulib_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// street is a small file with most of what the format has.
const street = "\ufeffMETA\r\nkey;value\r\ndescription;\"Our street; its first budget\"\r\nnum_projects;3\r\nnum_votes;4\r\nbudget;10.50\r\n" +
	"vote_type;approval\r\nrule;greedy\r\ncurrency;EUR\r\nmax_length;2\r\nmin_project_score_threshold;1\r\n" +
	"PROJECTS\r\nproject_id;cost;votes;name;selected;exclusive;proposer\r\n" +
	"bench;5;2;A bench;0;corner;Ann\r\ntrees;6.00;3;\"Three \"\"real\"\" trees\";1;corner;\r\nfountain;4.5;1;;2;;Bo\r\n\r\n" +
	"VOTES\r\nvoter_id;age;vote;weight\r\n1;34;trees,bench;1\r\n2;;trees , bench;0.5\r\n3;51;trees;\r\n4;19;\" fountain\";2.25"

func TestRead(t *testing.T) {
	t.Parallel()
	f, err := pabulib.Read(iotest.OneByteReader(strings.NewReader(street)), nil)
	require.NoError(t, err)

	require.Equal(t, "Our street; its first budget", f.Value("description"))
	require.Equal(t, "greedy", f.Rule)
	require.Equal(t, voting.Voice, f.MinScore)
	require.Equal(t, []int{0, 1, 2}, f.Selected)
	require.Equal(t, []string{"trees"}, f.Selection())
	require.Equal(t, []pabulib.Column{{Name: "proposer", Cells: []string{"Ann", "", "Bo"}}}, f.Details)
	require.Empty(t, f.Contradictions)

	e := f.Election
	require.Equal(t, "10.50 EUR", e.Budget().String())
	require.Equal(t, allocation.Limits{MostProjects: 2}, e.Limits())
	trees := e.Projects()[1]
	require.Equal(t, `Three "real" trees`, trees.Name)
	require.Equal(t, "6.00 EUR", trees.Cost.String())
	require.Equal(t, []string{"corner"}, trees.Excludes)
	require.Equal(t, voting.Votes{Seats: 4, Voices: 4_750_000}, e.Ballots().Cast())
	require.Equal(t, 3, e.Ballots().Distinct(), "equal ballots are grouped")

	out, err := allocation.Allocate(e, allocation.Greedy, &allocation.Options{MinScore: f.MinScore})
	require.NoError(t, err)
	require.Equal(t, []string{"trees", "fountain"}, out.Selected)
	writeBack(t, f)
}

// file gives a file with lines of META more, projects a, b and c of 1, 2 and 3 EUR, and votes.
func file(meta string, votes ...string) string {
	n := len(votes) - 1
	return "META\nkey;value\nnum_projects;3\nnum_votes;" + string(rune('0'+n)) + "\nbudget;4\ncurrency;EUR\n" + meta +
		"PROJECTS\nproject_id;cost\na;1\nb;2\nc;3\nVOTES\n" + strings.Join(votes, "\n") + "\n"
}

// scores reads a file and gives the scores of its projects.
func scores(t *testing.T, text string, o *pabulib.Options) (scores []string) {
	f, err := pabulib.Read(strings.NewReader(text), o)
	require.NoError(t, err)
	out, err := allocation.Allocate(f.Election, allocation.Greedy, nil)
	require.NoError(t, err)
	for _, p := range out.Projects {
		scores = append(scores, string(p.Score))
	}
	writeBack(t, f)
	return scores
}

func TestVoteTypes(t *testing.T) {
	t.Parallel()
	for _, of := range []struct {
		name, text string
		options    *pabulib.Options
		scores     []string
	}{
		{"approval", file("vote_type;approval\n", "voter_id;vote", "1;a,b", "2;b", "3;"), nil, []string{"1", "2", "0"}},
		{"choose-1", file("vote_type;Choose-1\n", "voter_id;vote", "1;a", "2;b"), nil, []string{"1", "1", "0"}},
		{"ordinal counts as Borda does", file("vote_type;ordinal\nmax_length;2\n", "voter_id;vote", "1;a,b", "2;b,c"), nil, []string{"2", "3", "1"}},
		{"ordinal of any length", file("vote_type;ordinal\n", "voter_id;vote", "1;a,b", "2;b,c"), nil, []string{"3", "5", "2"}},
		{"ordinal by the file's own ranks", file("vote_type;ordinal\nscoring_fn;5,1\n", "voter_id;vote", "1;a,b,c"), nil, []string{"5", "1", "0"}},
		{"ordinal by the reader's", file("vote_type;ordinal\nscoring_fn;odd\n", "voter_id;vote", "1;a,b"), &pabulib.Options{Vector: []int64{7, 6}}, []string{"7", "6", "0"}},
		{"cumulative", file("vote_type;cumulative\nmax_sum_points;5\n", "voter_id;vote;points", "1;a,b;3,2", "2;b;4.0"), nil, []string{"3", "6", "0"}},
		{"scoring", file("vote_type;scoring\n", "points;voter_id;vote", "3,0;1;a,b", "0;2;b", ";3;"), nil, []string{"3", "0", "0"}},
		{"scoring, with points for those who are not named", file("vote_type;scoring\ndefault_score;2\n", "voter_id;vote;points", "1;a;5"), nil, []string{"5", "2", "2"}},
		{"weights", file("vote_type;approval\n", "voter_id;vote;weight", "1;a;0.5", "2;a;0.000001", "3;c;0"), nil, []string{"0.500001", "0", "0"}},
		{"without names", file("vote_type;approval\n", "voter_id;vote", ";a", ";a"), nil, []string{"2", "0", "0"}},
		{"filled up by a spreadsheet", strings.ReplaceAll(file("vote_type;approval\n", "voter_id;vote", "1;a", "2;a"), "\n", ";;;\n"), nil, []string{"2", "0", "0"}},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, of.scores, scores(t, of.text, of.options))
		})
	}
}

// TestContradictions reads what cities publish: a few ballots break the limits that META names, and count.
func TestContradictions(t *testing.T) {
	t.Parallel()
	for _, of := range []struct{ name, text, place, says string }{
		{"too many projects", file("vote_type;approval\nmax_length;1\n", "voter_id;vote", "1;a,b"), "line 16, column 3", "the ballot names 2 projects"},
		{"too few", file("vote_type;approval\nmin_length;2\n", "voter_id;vote", "1;a"), "line 16, column 3", "the ballot names 1 projects"},
		{"two choices for one", file("vote_type;choose-1\n", "voter_id;vote", "1;a,b"), "line 15, column 3", "at most 1"},
		{"too dear", file("vote_type;approval\nmax_sum_cost;4\n", "voter_id;vote", "1;b,c"), "line 16, column 3", "names projects that cost 5.00 EUR together"},
		{"too cheap", file("vote_type;approval\nmin_sum_cost;1.50\n", "voter_id;vote", "1;a"), "line 16, column 3", "cost 1.00 EUR"},
		{"too many points for one", file("vote_type;cumulative\nmax_points;2\n", "voter_id;vote;points", "1;a;3"), "line 16, column 3", `project "a" has 3 points`},
		{"too few points for one", file("vote_type;cumulative\nmin_points;2\n", "voter_id;vote;points", "1;a;1"), "line 16, column 3", `project "a" has 1 points`},
		{"too many points", file("vote_type;cumulative\nmax_sum_points;2\n", "voter_id;vote;points", "1;a,b;2,1"), "line 16, column 3", "gives 3 points in all"},
		{"too few points", file("vote_type;cumulative\nmin_sum_points;4\n", "voter_id;vote;points", "1;a,b;2,1"), "line 16, column 3", "gives 3 points in all"},
		{"twice", file("vote_type;approval\n", "voter_id;vote", "1;b, a,b"), "line 15, column 8", `the vote names project "b" twice`},
		{
			"votes that are not there", "META\nkey;value\nnum_projects;1\nnum_votes;1\nbudget;1\nvote_type;approval\nPROJECTS\nproject_id;cost;votes\na;1;2\nVOTES\nvoter_id;vote\n1;a\n",
			"line 9, column 5", "is 2, and the project has 1 votes",
		},
		{
			"points that are not there", "META\nkey;value\nnum_projects;1\nnum_votes;1\nbudget;1\nvote_type;ordinal\nPROJECTS\nproject_id;cost;score\na;1;2\nVOTES\nvoter_id;vote\n1;a\n",
			"line 9, column 5", "is 2, and the project has 1 points",
		},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			f, err := pabulib.Read(strings.NewReader(of.text), nil)
			require.NoError(t, err)
			require.Len(t, f.Contradictions, 1)
			require.Equal(t, 1, f.Contradicted)
			require.Equal(t, of.place, f.Contradictions[0].Place)
			require.Contains(t, f.Contradictions[0].Text, of.says)
			require.EqualValues(t, 1, f.Election.Ballots().Cast().Seats, "the ballot counts")
			writeBack(t, f)

			_, err = pabulib.Read(strings.NewReader(of.text), &pabulib.Options{Strict: true})
			require.ErrorIs(t, err, pabulib.ErrContents)
			require.ErrorContains(t, err, of.place+": ")
			require.ErrorContains(t, err, of.says)
		})
	}

	var votes []string
	for range 300 {
		votes = append(votes, ";a,a")
	}
	text := strings.Replace(file("vote_type;approval\n", append([]string{"voter_id;vote"}, votes...)...), "num_votes;"+string(rune('0'+300)), "num_votes;300", 1)
	f, err := pabulib.Read(strings.NewReader(text), nil)
	require.NoError(t, err)
	require.Equal(t, 300, f.Contradicted)
	require.Len(t, f.Contradictions, 100)
}

func TestCurrency(t *testing.T) {
	t.Parallel()
	text := strings.Replace(file("vote_type;approval\n", "voter_id;vote", "1;a"), "currency;EUR\n", "", 1)
	f, err := pabulib.Read(strings.NewReader(text), nil)
	require.NoError(t, err)
	require.Equal(t, "4 XXX", f.Election.Budget().String(), "what no currency is named for is counted in whole units")
	f, err = pabulib.Read(strings.NewReader(strings.Replace(text, "budget;4", "budget;4.005", 1)), &pabulib.Options{Currency: "TND"})
	require.NoError(t, err)
	require.Equal(t, "4.005 TND", f.Election.Budget().String())

	var out bytes.Buffer
	require.NoError(t, pabulib.Write(&out, f))
	require.Contains(t, out.String(), "currency;TND\n")
	require.Equal(t, money.Currency("TND"), f.Election.Budget().Currency())
}
