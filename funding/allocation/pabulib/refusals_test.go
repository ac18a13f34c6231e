package pabulib_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// TestRefusals gives the reader what it must not take: each refusal says where, and what is wrong there.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const begin = "META\nkey;value\n"
	meta := func(lines string) string {
		return begin + lines + "PROJECTS\nproject_id;cost\na;1\nVOTES\nvoter_id;vote\n1;a\n"
	}
	const well = "num_projects;1\nnum_votes;1\nbudget;1\nvote_type;approval\n"
	projects := func(lines string) string {
		return begin + "num_projects;2\nnum_votes;1\nbudget;4\nvote_type;approval\ncurrency;EUR\nPROJECTS\n" + lines + "VOTES\nvoter_id;vote\n1;a\n"
	}
	approvals := func(votes ...string) string { return file("vote_type;approval\n", votes...) }
	points := func(votes ...string) string {
		return file("vote_type;cumulative\nmax_sum_points;9\n", append([]string{"voter_id;vote;points"}, votes...)...)
	}
	broken, contents := pabulib.ErrBroken, pabulib.ErrContents
	for _, of := range []struct {
		name, text string
		err        error
		says       string
	}{
		{"nothing", "", broken, "line 1, column 1: the file does not begin with a line META"},
		{"prose", "Dear all,\n", broken, "does not begin with a line META"},
		{"UTF-16", "\xff\xfeM\x00E\x00", broken, "line 1, column 1: is UTF-16"},
		{"Latin 1", begin + "unit;\xa3\xf3d\xbc\n", broken, "line 3, column 6: is no UTF-8"},
		{"a control character", begin + "unit;\x00\n", broken, "line 3, column 6: is the control character 0"},
		{"only META", "META\n", broken, "line 2, column 1: the columns of META are not key;value"},
		{"no columns of META", "META\nbudget;3\n", broken, "line 2, column 1: the columns of META are not key;value"},
		{"a key alone", meta("budget\n"), broken, "line 3, column 1: the line has no value"},
		{"two values", meta("budget;3;4\n"), broken, "line 3, column 10: the line has more cells"},
		{"no key", meta(";3\n"), broken, "there is no key"},
		{"a key twice", meta("unit;a\nunit;b\n"), contents, `line 4, column 1: the key "unit" is there twice`},
		{"an open quote", meta("unit;\"a\n"), broken, "line 3, column 6: a quote is not closed before the file ends"},
		{"a long quote", meta("unit;\"" + strings.Repeat("a\n", 1<<20)), broken, "line 3, column 6: a quote is not closed within 1048576 bytes"},
		{"after a quote", meta("unit;\"a\"b;c\n"), broken, "line 3, column 9: something stands between a closing quote"},
		{"a long line", meta("unit;" + strings.Repeat("a", 1<<20) + "\n"), broken, "line 3, column 1: is a line of more than 1048576 bytes"},
		{"cut in META", begin + well, broken, "line 7, column 1: the file ends before its section PROJECTS"},
		{"cut in PROJECTS", begin + well + "PROJECTS\nproject_id;cost\na;1\n", broken, "the file ends before its section VOTES"},
		{"cut before the columns", begin + well + "PROJECTS\n", broken, "PROJECTS has no column project_id"},

		{"no number of projects", meta("num_votes;1\nbudget;1\nvote_type;approval\n"), broken, "line 6, column 1: META says nothing of num_projects"},
		{"no number of votes", meta("num_projects;1\nbudget;1\nvote_type;approval\n"), broken, "META says nothing of num_votes"},
		{"no budget", meta("num_projects;1\nnum_votes;1\nvote_type;approval\n"), broken, "META says nothing of budget"},
		{"no type of votes", meta("num_projects;1\nnum_votes;1\nbudget;1\nvote_type;\n"), broken, "META says nothing of vote_type"},
		{"another type of votes", meta("num_projects;1\nnum_votes;1\nbudget;1\nvote_type;dots\n"), contents, `line 6, column 11: "dots" is no type of votes`},
		{"an unknown currency", meta(well + "currency;EUX\n"), contents, "line 7, column 10: "},
		{"a budget of nothing", meta("num_projects;1\nnum_votes;1\nbudget;0.00\nvote_type;approval\n"), contents, "line 5, column 8: a budget of nothing"},
		{"a negative budget", meta("num_projects;1\nnum_votes;1\nbudget;-5\nvote_type;approval\n"), contents, `line 5, column 8: "-5" is negative`},
		{"half a cent", meta("num_projects;1\nnum_votes;1\nbudget;1.005\nvote_type;approval\ncurrency;EUR\n"), contents, "more decimal places"},
		{"half a yen", meta("num_projects;1\nnum_votes;1\nbudget;1.5\nvote_type;approval\ncurrency;JPY\n"), contents, "more decimal places"},
		{"a part of what no currency is named for", meta("num_projects;1\nnum_votes;1\nbudget;1.5\nvote_type;approval\n"), contents, "more decimal places"},
		{"a budget of NaN", meta("num_projects;1\nnum_votes;1\nbudget;NaN\nvote_type;approval\n"), contents, `"NaN"`},
		{"an exponent", meta("num_projects;1\nnum_votes;1\nbudget;1e6\nvote_type;approval\n"), contents, `"1e6"`},
		{"thousands", meta("num_projects;1\nnum_votes;1\nbudget;1 000\nvote_type;approval\n"), contents, `"1 000"`},
		{"a huge budget", meta("num_projects;1\nnum_votes;1\nbudget;9999999999999999999999\nvote_type;approval\n"), contents, "line 5, column 8: "},
		{"a limit that is none", meta(well + "max_length;0\n"), contents, "line 7, column 12: max_length is 0"},
		{"limits the wrong way", meta(well + "min_length;3\nmax_length;2\n"), contents, "line 8, column 12: max_length is less than the least"},
		{"a limit of words", meta(well + "max_length;two\n"), contents, `line 7, column 12: "two" is no whole number`},
		{"a limit of half", meta(well + "max_length;2.5\n"), contents, "is no whole number"},
		{"costs the wrong way", meta(well + "min_sum_cost;3\nmax_sum_cost;2\n"), contents, "max_sum_cost is less than the least"},
		{"no cost at all", meta(well + "max_sum_cost;0\n"), contents, "max_sum_cost is 0"},
		{"a threshold of words", meta(well + "min_project_score_threshold;some\n"), contents, "line 7, column 29: "},
		{"another scoring", file("vote_type;ordinal\nscoring_fn;odd\n", "voter_id;vote"), contents, `line 8, column 12: "odd" is neither Borda nor`},
		{"a scoring that rises", file("vote_type;ordinal\nscoring_fn;1,2\n", "voter_id;vote"), contents, "more than the rank before it"},
		{"more projects than there are", meta("num_projects;2\nnum_votes;1\nbudget;1\nvote_type;approval\n"), contents, "line 3, column 14: there are 1 projects, and META says 2"},
		{"more votes than there are", meta("num_projects;1\nnum_votes;2\nbudget;1\nvote_type;approval\n"), contents, "line 4, column 11: there are 1 votes, and META says 2"},

		{"no column of costs", projects("project_id;name\na;1\n"), broken, "line 9, column 1: PROJECTS has no column cost"},
		{"a column twice", projects("project_id;cost;Cost\n"), broken, `line 9, column 17: the column "cost" is there twice`},
		{"a column without a name", projects("project_id;;cost\n"), broken, "line 9, column 12: a column of PROJECTS has no name"},
		{"too few cells", projects("project_id;cost;name\na;1\n"), broken, "line 10, column 3: the row has 2 cells, and the section 3 columns"},
		{"too many cells", projects("project_id;cost\na;1;2\n"), broken, "line 10, column 5: the row has more cells"},
		{"no id", projects("project_id;cost\n;1\n"), contents, "the project has no id"},
		{"an id twice", projects("project_id;cost\na;1\na;2\n"), contents, `line 11, column 1: the project "a" is there twice`},
		{"an id that no vote can name", projects("project_id;cost\n\"a,b\";1\n"), contents, "has a comma"},
		{"an id with a tab", projects("project_id;cost\na\tb;1\n"), contents, "has a comma, a tab"},
		{"a long id", projects("project_id;cost\n" + strings.Repeat("a", 201) + ";1\n"), contents, "has more than 200 bytes"},
		{"a cost of nothing", projects("project_id;cost\na;0\n"), contents, `line 10, column 3: the project "a" costs nothing`},
		{"no cost", projects("project_id;cost;name\na;;A\n"), contents, "line 10, column 3: "},
		{"a negative cost", projects("project_id;cost\na;-3\n"), contents, `"-3" is negative`},
		{"a cost of half a cent", projects("project_id;cost\na;0.005\n"), contents, "more decimal places"},
		{"a cost of NaN", projects("project_id;cost\na;NaN\n"), contents, `"NaN"`},
		{"costs too large together", projects("project_id;cost\n" + "a;9000000000000000\nb;9000000000000000\n"), contents, "line 12, column 1: "},
		{"a number of votes that is none", projects("project_id;cost;votes\na;1;many\n"), contents, `line 10, column 5: "many" is no whole number`},
		{"no projects", begin + "num_projects;0\nnum_votes;0\nbudget;1\nvote_type;approval\nPROJECTS\nproject_id;cost\nVOTES\nvoter_id;vote\n", contents, "line 9, column 1: "},

		{"no column of votes", approvals("voter_id", "1"), broken, "VOTES has no column vote"},
		{"no column of points", file("vote_type;scoring\n", "voter_id;vote", "1;a"), broken, "VOTES has no column points"},
		{"an unknown project", approvals("voter_id;vote", "1;b,d"), contents, `line 15, column 5: there is no project "d"`},
		{"an empty name between", approvals("voter_id;vote", "1;b,,c"), contents, `line 15, column 5: there is no project ""`},
		{"a voter twice", approvals("voter_id;vote", "1;b", "1;c"), contents, `line 16, column 1: the voter "1" is there twice`},
		{"a vote too short", approvals("voter_id;vote", "1"), broken, "line 15, column 1: the row has 1 cells"},
		{"a vote too long", approvals("voter_id;vote", "1;a;b"), broken, "line 15, column 5: the row has more cells"},
		{"a negative weight", approvals("voter_id;vote;weight", "1;a;-1"), contents, "line 15, column 5: "},
		{"a weight too fine", approvals("voter_id;vote;weight", "1;a;0.0000001"), contents, "line 15, column 5: "},
		{"a weight too large", approvals("vote;voter_id;weight", "a;;1000001"), contents, "line 15, column 4: "},
		{"points for too few", points("1;a,b;3"), contents, "line 16, column 7: there are points for 1 projects, and the vote names 2"},
		{"points for too many", points("1;a;3,2"), contents, "there are points for 2 projects, and the vote names 1"},
		{"points for nobody", points("1;;3"), contents, "there are points for 1 projects, and the vote names 0"},
		{"negative points", points("1;a;-3"), contents, `line 16, column 5: "-3" is no whole number`},
		{"half points", points("1;a;1.5"), contents, `"1.5" is no whole number`},
		{"too many points", points("1;a;65535"), contents, "are more than 65534"},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			f, err := pabulib.Read(strings.NewReader(of.text), nil)
			require.ErrorIs(t, err, of.err)
			require.ErrorContains(t, err, of.says)
			require.ErrorContains(t, err, "line ")
			require.Nil(t, f)
			if len(of.text) < 1<<16 {
				_, slowly := pabulib.Read(iotest.OneByteReader(strings.NewReader(of.text)), nil)
				require.EqualError(t, slowly, err.Error())
			}
		})
	}

	t.Run("a thousand projects and one", func(t *testing.T) {
		t.Parallel()
		var b strings.Builder
		for i := range 1001 {
			b.WriteString(strings.Repeat("i", i/26+1) + string(rune('a'+i%26)) + ";1\n")
		}
		_, err := pabulib.Read(strings.NewReader(projects("project_id;cost\n"+b.String())), nil)
		require.ErrorIs(t, err, contents)
		require.ErrorContains(t, err, "line 1010, column 1: there are more than 1000 projects")
	})
	t.Run("too much to keep", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("x", 1<<20-10)
		var b strings.Builder
		for i := range 20 {
			b.WriteString("k" + string(rune('a'+i)) + ";" + long + "\n")
		}
		_, err := pabulib.Read(strings.NewReader(meta(b.String())), nil)
		require.ErrorIs(t, err, broken)
		require.ErrorContains(t, err, "hold more than 16 MiB")
	})
	t.Run("too many lines of META", func(t *testing.T) {
		t.Parallel()
		var b strings.Builder
		for i := range 1001 {
			b.WriteString(strings.Repeat("i", i/26+1) + string(rune('a'+i%26)) + ";1\n")
		}
		_, err := pabulib.Read(strings.NewReader(meta(b.String())), nil)
		require.ErrorContains(t, err, "META has more than 1000 lines")
	})
	t.Run("no ballots are read, and not counted", func(t *testing.T) {
		t.Parallel()
		f, err := pabulib.Read(strings.NewReader(approvals("voter_id;vote")), nil)
		require.NoError(t, err)
		_, err = allocation.Allocate(f.Election, allocation.Greedy, nil)
		require.ErrorIs(t, err, allocation.ErrNoBallots)
		writeBack(t, f)
	})
}

// TestReaderFails gives back what the reader below reports.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	gone := errors.New("the disk is gone")
	for n := range len(street) {
		_, err := pabulib.Read(io.MultiReader(strings.NewReader(street[:n]), iotest.ErrReader(gone)), nil)
		require.ErrorIs(t, err, gone)
	}
}

// TestEndlessLine gives every section a line of a gigabyte: it is refused early, in the memory of one row.
func TestEndlessLine(t *testing.T) {
	for _, of := range []struct{ begin, again, says string }{
		{"", "x", "is a line of more than 1048576 bytes"},
		{"META\nkey;value\nunit;", "x", "is a line of more than 1048576 bytes"},
		{"META\nkey;value\nunit;\"", "x\n", "a quote is not closed within 1048576 bytes"},
		{"META\nkey;value\nunit", ";", "is a line of more than 1048576 bytes"},
		{"META\nkey;value\nnum_projects;1\nnum_votes;1\nbudget;1\nvote_type;approval\nPROJECTS\nproject_id;cost\na", "\"", "is a line of more than 1048576 bytes"},
		{"META\nkey;value\nnum_projects;1\nnum_votes;1\nbudget;1\nvote_type;approval\nPROJECTS\nproject_id;cost\na;1\nVOTES\nvoter_id;vote\n1;", "a,", "is a line of more than 1048576 bytes"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r := &endless{text: of.begin, again: of.again, left: 1 << 30}
		_, err := pabulib.Read(r, nil)
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, pabulib.ErrBroken)
		require.ErrorContains(t, err, of.says, of.begin)
		require.Greater(t, r.left, 1<<30-4<<20, "the rest is not read: %s", of.begin)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(32<<20))
	}
}

// endless gives a text, and another again and again.
type endless struct {
	text, again string
	left        int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text)
	e.text = e.text[n:]
	for n < len(p) && e.left > 0 {
		n += copy(p[n:], e.again)
	}
	e.left -= n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// TestUnwritable gives the writer elections that no .pb file can hold: it refuses them and writes nothing.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	euro, err := money.New(100, "EUR")
	require.NoError(t, err)
	election := func(shape voting.Shape, ids ...string) *allocation.Election {
		var projects []allocation.Project
		for _, id := range ids {
			projects = append(projects, allocation.Project{ID: id, Cost: euro})
		}
		s := &allocation.Setup{Shape: shape}
		if shape == voting.ShapeRanking {
			s.Vector = []int64{2, 1}
		}
		e, err := allocation.New(projects, euro, s)
		require.NoError(t, err)
		return e
	}
	plain := election(voting.ShapeChoices, "a", "b")
	level := election(voting.ShapeRanking, "a", "b")
	require.NoError(t, level.AddRow([]voting.Mark{0, 1 | voting.Level}, voting.Votes{Seats: 1, Voices: voting.Voice}))
	spoilt := election(voting.ShapeChoices, "a")
	require.NoError(t, spoilt.AddInvalid(voting.Voice))
	heavy := election(voting.ShapeChoices, "a")
	require.NoError(t, heavy.AddRow([]voting.Mark{0}, voting.Votes{Seats: 1, Voices: voting.MaxWeight + 1}))
	many := election(voting.ShapeChoices, "a")
	require.NoError(t, many.AddRow([]voting.Mark{0}, voting.Votes{Seats: 2_000_000_000}))
	grouped := func(group string) *allocation.Election {
		e, err := allocation.New([]allocation.Project{{ID: "a", Cost: euro, Excludes: []string{group}}}, euro, nil)
		require.NoError(t, err)
		return e
	}
	for _, of := range []struct {
		name string
		file pabulib.File
		says string
	}{
		{"ranks that are level", pabulib.File{Election: level}, "rank two projects level"},
		{"an invalid ballot", pabulib.File{Election: spoilt}, "some are invalid"},
		{"a heavy ballot", pabulib.File{Election: heavy}, "weigh more than 1000000"},
		{"too many ballots", pabulib.File{Election: many}, "more than 1000000000"},
		{"an id with a comma", pabulib.File{Election: election(voting.ShapeChoices, "a,b")}, `the id "a,b"`},
		{"an id with a space", pabulib.File{Election: election(voting.ShapeChoices, "a ")}, `the id "a "`},
		{"a group with a comma", pabulib.File{Election: grouped("x,y")}, `the group "x,y"`},
		{"a key twice", pabulib.File{Election: plain, Meta: []pabulib.Entry{{Key: "k"}, {Key: "k"}}}, `"k" is no key, or is there twice`},
		{"a key that begins a section", pabulib.File{Election: plain, Meta: []pabulib.Entry{{Key: "Projects"}}}, `"Projects" is no key`},
		{"a control character", pabulib.File{Election: plain, Meta: []pabulib.Entry{{Key: "k", Value: "a\rb"}}}, "is no text"},
		{"a results column too short", pabulib.File{Election: plain, Selected: []int{1}}, "is not said of every project"},
		{"a result below nothing", pabulib.File{Election: plain, Selected: []int{1, -1}}, "below nothing"},
		{"a details column too short", pabulib.File{Election: plain, Details: []pabulib.Column{{Name: "x"}}}, `"x" is no column`},
		{"a column of ours", pabulib.File{Election: plain, Details: []pabulib.Column{{Name: "cost", Cells: []string{"", ""}}}}, `"cost" is no column`},
		{"too much text", pabulib.File{Election: plain, Meta: []pabulib.Entry{{Key: "k", Value: strings.Repeat(`"`, 1<<19)}}}, "more text than can be read again"},
	} {
		t.Run(of.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := pabulib.Write(&out, &of.file)
			require.ErrorIs(t, err, pabulib.ErrUnwritable)
			require.ErrorContains(t, err, of.says)
			require.Empty(t, out.Bytes())
		})
	}
}
