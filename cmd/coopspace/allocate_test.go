package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A street has 10 EUR for trees, a bench, a fountain and a moat.
const street = `META
key;value
budget;10
num_projects;4
num_votes;4
vote_type;approval
rule;greedy-no-skip
min_project_score_threshold;1
currency;EUR
PROJECTS
project_id;cost;name
bench;5;A bench
trees;6;Three trees
fountain;4;A fountain
moat;1;A moat
VOTES
voter_id;vote
1;trees,bench
2;trees,bench
3;trees
4;fountain
`

func TestAllocate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "street.pb")
	require.NoError(t, os.WriteFile(file, []byte(street), 0o600))

	t.Run("a line says what is bought", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "allocate", "--rule", "greedy", file)
		require.Equal(t, "greedy: trees, fountain (€10; €0 left)\n", out)
	})
	t.Run("and what is paid in part, by a rule that divides the budget", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "allocate", "--rule", "proportional", file)
		require.Equal(t, "proportional: trees (in part, €5), bench (in part, €3.33), fountain (in part, €1.67) (€0; €0 left)\n", out)
	})
	t.Run("each rule and satisfaction has a line of meaning in the help", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "allocate", "--help")
		require.Contains(t, out, "    greedy                ranking by votes or points\n")
		require.NotContains(t, out, "allocation.")
	})
	t.Run("by the rule that the file names", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "allocate", "--rule", "file", file)
		require.Equal(t, "greedy: trees (€6; €4 left)\n", out)
		out, _ = doInput(t, exitDone, strings.Replace(street, "greedy-no-skip", "equalshares/add1", 1), "allocate", "--rule", "file", "-")
		require.True(t, strings.HasPrefix(out, "equal-shares: "), out)
	})
	t.Run("what is paid in part is named too", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "allocate", "--rule", "greedy", "--no-skip", "--partial", "4/5", file)
		require.Equal(t, "greedy: trees, bench (in part, €4) (€6; €0 left)\n", out)
	})
	t.Run("with exact numbers for a program", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "allocate", "--rule", "greedy", "--no-skip", "--partial", "4/5", "--min-score", "1.5", "--ties", "cost,seed:"+strings.Repeat("0a", 32), "--json", file)
		var got struct {
			Rule, Budget, Cost, Left string
			Selected                 []string
			Partial                  map[string]string
			Options                  map[string]any
		}
		require.NoError(t, json.Unmarshal([]byte(out), &got))
		require.Equal(t, []string{"trees"}, got.Selected)
		require.Equal(t, map[string]string{"id": "bench", "paid": "4", "missing": "1"}, got.Partial)
		require.Equal(t, []string{"10", "6", "0"}, []string{got.Budget, got.Cost, got.Left})
		require.Equal(t, map[string]any{
			"satisfaction": "cost", "no-skip": true, "partial": "4/5", "min-score": "1.5", "ties": []any{"cost", "seed"}, "seed": strings.Repeat("0a", 32),
		}, got.Options)
	})
	t.Run("told project by project, in the reader's language", func(t *testing.T) {
		t.Parallel()
		out, _ := doEnv(t, exitDone, []string{"LC_ALL=fr_FR.UTF-8"}, "allocate", "--rule", "greedy", "--explain", file)
		require.Contains(t, out, "Three trees [trees] (6\u00a0€) est retenu, avec 3 voix.")
		require.Contains(t, out, "A moat [moat] (1\u00a0€) n'est soutenu par personne.")
		out, _ = doEnv(t, exitDone, []string{"LC_ALL=de_DE.UTF-8"}, "allocate", "--rule", "greedy", "--explain", "--project", "bench", file)
		require.Equal(t, "A bench [bench] (5\u00a0€; 2 Stimmen): Als es nach Three trees [trees] (3 Stimmen) an der Reihe war, blieben 4\u00a0€. Es fehlten 1\u00a0€.\n", out)
	})
	t.Run("a file that contradicts itself is counted, and told", func(t *testing.T) {
		t.Parallel()
		text := strings.Replace(street, "currency;EUR\n", "currency;EUR\nmax_length;1\n", 1)
		out, said := doInput(t, exitDone, text, "allocate", "--rule", "greedy", "-")
		require.Equal(t, "greedy: trees, fountain (€10; €0 left)\n", out)
		require.Contains(t, said, "line 19")
		_, said = doInput(t, exitRefused, text, "allocate", "--rule", "greedy", "--strict", "-")
		require.Contains(t, said, "line 19")
	})
	t.Run("rankings are worth what the vector says", func(t *testing.T) {
		t.Parallel()
		text := strings.Replace(street, "approval", "ordinal", 1)
		out, _ := doInput(t, exitDone, text, "allocate", "--rule", "greedy", "--vector", "1", "-")
		require.Equal(t, "greedy: trees, fountain (€10; €0 left)\n", out)
	})
}

// Two gave the trees 4 and 9 EUR, one gave the bench 5: (2+3)²-13 = 12 for the trees, of a pool of 10.
const gifts = `META
key;value
budget;10
num_projects;3
num_votes;3
vote_type;cumulative
currency;EUR
PROJECTS
project_id;cost
trees;60
bench;50
moat;1
VOTES
voter_id;vote;points
1;trees;4
2;trees;9
3;bench;5
`

func TestAllocateQuadratic(t *testing.T) {
	t.Parallel()
	out, _ := doInput(t, exitDone, gifts, "allocate", "--rule", "quadratic", "-")
	require.Equal(t, "quadratic: trees (€10; €0 left)\n", out)

	out, _ = doInput(t, exitDone, gifts, "allocate", "--rule", "quadratic", "--max-part", "1/2", "--json", "-")
	var got matched
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	require.Equal(t, []string{"trees"}, got.Selected)
	require.Equal(t, "5", got.Cost)
	require.Equal(t, matchedProject{ID: "trees", Cost: "60", Score: "13", Donors: 2, Formula: "12", Match: "5", Selected: true, Why: "capped"}, got.Projects[0])
	require.EqualValues(t, "one-donor", got.Projects[1].Why)
	require.EqualValues(t, "nothing", got.Projects[2].Why)

	out, _ = doInput(t, exitDone, gifts, "allocate", "--rule", "quadratic", "--explain", "-")
	require.Contains(t, out, "trees: 2 people gave €13. The formula gives €12; its part of the pool is €10.")
	require.Contains(t, out, "bench: one person gave €5. The pool adds something only from two donors on.")

	_, said := doInput(t, exitUsage, street, "allocate", "--rule", "quadratic", "-")
	require.Contains(t, said, "no points")
	_, said = doInput(t, exitRefused, gifts, "allocate", "--rule", "quadratic", "--max-part", "2", "-")
	require.Contains(t, said, "--max-part")
}

func TestAllocateRefusals(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "street.pb")
	require.NoError(t, os.WriteFile(file, []byte(street), 0o600))

	for name, c := range map[string]struct {
		status int
		args   []string
		says   string
	}{
		"no rule":                     {exitUsage, []string{file}, "--rule"},
		"an unknown rule":             {exitUsage, []string{"--rule", "darts", file}, `"darts"`},
		"no file":                     {exitUsage, []string{"--rule", "greedy"}, "FILE.pb"},
		"a file that is not there":    {exitRefused, []string{"--rule", "greedy", "nowhere.pb"}, "input.unreadable"},
		"two ways to print":           {exitUsage, []string{"--rule", "greedy", "--json", "--explain", file}, "--json"},
		"a project without a story":   {exitUsage, []string{"--rule", "greedy", "--project", "bench", file}, "--explain"},
		"a project that is not there": {exitUsage, []string{"--rule", "greedy", "--explain", "--project", "zoo", file}, `"zoo"`},
		"an unknown satisfaction":     {exitRefused, []string{"--rule", "greedy", "--satisfaction", "joy", file}, "allocation.options"},
		"an unknown completion":       {exitRefused, []string{"--rule", "equal-shares", "--completion", "add2", file}, "allocation.options"},
		"half a cent":                 {exitRefused, []string{"--rule", "equal-shares", "--completion", "add1", "--increment", "0.005", file}, "amount.places"},
		"a negative increment":        {exitRefused, []string{"--rule", "equal-shares", "--completion", "add1", "--increment=-1", file}, "allocation.options"},
		"an increment of NaN":         {exitRefused, []string{"--rule", "equal-shares", "--completion", "add1", "--increment", "NaN", file}, "--increment"},
		"a score of seven decimals":   {exitRefused, []string{"--rule", "greedy", "--min-score", "0.1234567", file}, "--min-score"},
		"a part above one":            {exitRefused, []string{"--rule", "greedy", "--partial", "5/4", file}, "--partial"},
		"ties by luck":                {exitRefused, []string{"--rule", "greedy", "--ties", "luck", file}, "--ties"},
		"a vector of words":           {exitUsage, []string{"--rule", "greedy", "--vector", "a,b", file}, "--vector"},
		"a vector for approvals":      {exitUsage, []string{"--rule", "greedy", "--vector", "2,1", file}, "--vector"},
		"a greedy rule scaled up":     {exitUsage, []string{"--rule", "greedy", "--scale-up", file}, "--scale-up"},
		"a pool shared in two ways":   {exitUsage, []string{"--rule", "quadratic", "--completion", "add1", file}, "--completion"},
		"shares of a greedy rule":     {exitRefused, []string{"--rule", "greedy", "--comparison", file}, "comparison"},
		"an unknown currency":         {exitRefused, []string{"--rule", "greedy", "--currency", "ZZZ", "-"}, "currency"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			input := strings.Replace(street, "currency;EUR\n", "", 1)
			out, said := doInput(t, c.status, input, append([]string{"allocate"}, c.args...)...)
			require.Empty(t, out)
			require.Contains(t, said, c.says)
		})
	}
}
