package committee_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
)

// published is a committee election that others counted.
type published struct {
	ID, File, Method string
	Seats            int
	Options          struct{ Resolute bool }
	Expected         struct {
		Committees [][]int
		Match      string
	}
}

// merged reads the ballots of a case and merges those that are alike.
func merged(t *testing.T, file string) (committee.Profile, []int) {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var read struct {
		Candidates int `json:"num_cand"`
		Ballots    [][]int
	}
	require.NoError(t, json.Unmarshal(data, &read))
	return profileOf(read.Candidates, read.Ballots)
}

// profileOf merges ballots that are alike, and says in which group each went.
func profileOf(candidates int, ballots [][]int) (committee.Profile, []int) {
	p := committee.Profile{Candidates: candidates}
	var cast []int
	for _, b := range ballots {
		b = slices.Clone(b)
		slices.Sort(b)
		i := slices.IndexFunc(p.Groups, func(g committee.Group) bool { return slices.Equal(g.Approved, b) })
		if i < 0 {
			i = len(p.Groups)
			p.Groups = append(p.Groups, committee.Group{Approved: b})
		}
		p.Groups[i].Weight++
		cast = append(cast, i)
	}
	return p, cast
}

// TestCases counts what others have counted and published.
func TestCases(t *testing.T) {
	t.Parallel()
	root := os.Getenv("COOPSPACE_DATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	files, err := filepath.Glob(filepath.Join(root, "voting", "abcvoting", "*.cases.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "the published cases are not at %s", root)
		t.Skip("no published cases at " + root)
	}
	passed, failed := map[string]int{}, map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var cases []published
		require.NoError(t, json.Unmarshal(data, &cases))
		p, cast := merged(t, strings.TrimSuffix(file, ".cases.json")+".approval.json")
		for _, c := range cases {
			if problem := verify(p, cast, c); problem != "" {
				if failed[c.Method]++; failed[c.Method] <= 3 {
					t.Errorf("%s: %s, expected %v", c.ID, problem, c.Expected.Committees)
				}
				continue
			}
			passed[c.Method]++
		}
	}
	for _, m := range slices.Sorted(maps.Keys(passed)) {
		t.Logf("%-40s %4d passed %4d failed", m, passed[m], failed[m])
	}
}

// verify counts a case and says what is wrong with the outcome, if anything.
func verify(p committee.Profile, cast []int, c published) string {
	rule := committee.Rule(c.Method)
	if c.Method == "geom2" {
		rule = committee.Geom
	}
	out, err := committee.Count(p, rule, c.Seats, committee.Options{Resolute: c.Options.Resolute, Ballots: cast})
	if err != nil {
		return err.Error()
	}
	for _, members := range c.Expected.Committees {
		slices.Sort(members)
	}
	slices.SortFunc(c.Expected.Committees, slices.Compare)
	got, want := fmt.Sprint(out.Committees), fmt.Sprint(c.Expected.Committees)
	switch c.Expected.Match {
	case "set_equal":
		if got != want {
			return got
		}
	case "one_of":
		if len(out.Committees) != 1 || !slices.ContainsFunc(c.Expected.Committees, func(o []int) bool { return slices.Equal(o, out.Chosen) }) {
			return got
		}
	default:
		return "unknown match " + c.Expected.Match
	}
	return ""
}
