package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tennessee chooses its capital: everybody wants it near.
const capital = `4 1
42 1 2 3 4 0
26 2 3 4 1 0
15 3 4 2 1 0
17 4 3 2 1 0
0
"Memphis" "Nashville" "Chattanooga" "Knoxville"
"Tennessee's capital"
`

func TestCount(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "capital.blt")
	require.NoError(t, os.WriteFile(file, []byte(capital), 0o600))

	t.Run("several methods, the file read once, a line each", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "count", "--method", "plurality", "--method", "Schulze Winning", "--method", "irv", file)
		require.Equal(t, "plurality: Memphis\nschulze-winning: Nashville\nirv: Knoxville\n", out)
	})

	t.Run("with exact numbers and names for a program", func(t *testing.T) {
		t.Parallel()
		out, _ := do(t, exitDone, "count", "--method", "borda", "--option", "starting=0", "--json", file)
		var got line
		require.NoError(t, json.Unmarshal([]byte(out), &got))
		require.Equal(t, "starting=0 unranked=last", "starting="+got.Options["starting"]+" unranked="+got.Options["unranked"])
		require.EqualValues(t, []string{"Memphis", "Nashville", "Chattanooga", "Knoxville"}, toStrings(got.Candidates))
		require.EqualValues(t, []string{"Nashville"}, toStrings(got.Winners))
		require.False(t, got.Tied)
		require.Len(t, got.Ranking, 4)
		require.Equal(t, map[string]any{"Memphis": "126", "Nashville": "194", "Chattanooga": "173", "Knoxville": "107"}, got.Counts["scores"])
		require.Equal(t, []string{"abstain", "ballots", "blank", "cast", "expressed", "invalid", "scores"}, sortedKeys(got.Counts))
	})

	t.Run("told step by step, in the reader's language", func(t *testing.T) {
		t.Parallel()
		out, _ := doEnv(t, exitDone, []string{"LC_ALL=fr_FR.UTF-8"}, "count", "--method", "irv", "--explain", file)
		require.Contains(t, out, "vote alternatif")
		require.NotContains(t, out, "Règle demandée")
		require.Contains(t, out, "Knoxville")
		require.True(t, strings.HasSuffix(strings.TrimSpace(out), "L'option retenue est Knoxville."), out)
	})

	t.Run("told by the name of the published rule that was asked for", func(t *testing.T) {
		t.Parallel()
		out, _ := doEnv(t, exitDone, []string{"LC_ALL=de_DE.UTF-8"}, "count", "--preset", "scotland", "--explain", file)
		require.True(t, strings.HasPrefix(out, "Verlangte Regel: scotland.\n"), out)
	})

	t.Run("from the standard input, ties broken as asked", func(t *testing.T) {
		t.Parallel()
		even := "2 1\n1 1 0\n1 2 0\n0\n\"Ana\"\n\"Ben\"\n\"Even\"\n"
		for ties, want := range map[string]string{
			"none": "plurality: a tie between Ana and Ben\n", "order": "plurality: Ana\n", "order=Ben;Ana": "plurality: Ben\n",
			"chair=Ben;Ana": "plurality: Ben\n", "eldest=Ben; Ana": "plurality: Ben\n", "chair=Ben,eldest=Ana;Ben": "plurality: Ana\n",
			"previous, order": "plurality: Ana\n", "lot:" + strings.Repeat("00", 32): "plurality: Ana\n",
		} {
			out, _ := doInput(t, exitDone, even, "count", "--method", "plurality", "--ties", ties, "-")
			require.Equal(t, want, out, ties)
		}
	})

	t.Run("two candidates of one name are told apart by their numbers", func(t *testing.T) {
		t.Parallel()
		out, _ := doInput(t, exitDone, "2 1\n2 1 0\n3 2 0\n0\n\"Ana\"\n\"Ana\"\n\"Sisters\"\n", "count", "--method", "plurality", "-")
		require.Equal(t, "plurality: Ana (2)\n", out)
	})

	t.Run("a committee, or all that are equally good", func(t *testing.T) {
		t.Parallel()
		approvals := `{"num_cand":3,"ballots":[[0],[1],[2]]}`
		out, _ := doInput(t, exitDone, approvals, "count", "--method", "pav", "--seats", "2", "--json", "-")
		require.Contains(t, out, `"committees":[["0","1"],["0","2"],["1","2"]]`)
		require.Contains(t, out, `"tied":true`)
		out, _ = doInput(t, exitDone, approvals, "count", "--method", "pav", "--seats", "2", "--option", "resolute=true", "--json", "-")
		require.Contains(t, out, `"committees":[["0","1"]]`)
	})

	for says, args := range map[string][]string{
		"wants --method or --preset":  {},
		"no method has this name":     {"--method", "oracle"},
		`there is no preset "oracle"`: {"--preset", "oracle"},
		"wants NAME=VALUE":            {"--method", "irv", "--option", "fast"},
		`has a setting "fast"`:        {"--method", "irv", "--option", "fast=1"},
		"settings/starting":           {"--method", "borda", "--option", "starting=7"},
		"seats":                       {"--method", "stv", "--seats", "5"},
		"either --json or --explain":  {"--method", "irv", "--json", "--explain"},
		`there is no format "pdf"`:    {"--method", "irv", "--format", "pdf"},
		`not "toss"`:                  {"--method", "irv", "--ties", "toss"},
		"names \"Paris\"":             {"--method", "irv", "--ties", "order=Paris"},
		"names \"Lyon\"":              {"--method", "irv", "--ties", "chair=Lyon"},
		`not "eldest"`:                {"--method", "irv", "--ties", "eldest"},
		"eldest/1":                    {"--method", "irv", "--ties", "eldest=Memphis;Memphis"},
		"32 bytes in hexadecimal":     {"--method", "irv", "--ties", "lot:77"},
		"and these are of the shape":  {"--method", "pav"},
		"answers to one proposal":     {"--method", "consent"},
		"--ties says order twice":     {"--method", "irv", "--ties", "order, order=Memphis"},
	} {
		t.Run("refused: "+says, func(t *testing.T) {
			t.Parallel()
			c := program(t, append(append([]string{"count"}, args...), file)...)
			out, err := c.CombinedOutput()
			require.Error(t, err, string(out))
			require.Contains(t, string(out), says)
		})
	}

	t.Run("refused: more approvals than a ballot may have, told with its place", func(t *testing.T) {
		t.Parallel()
		c := program(t, "count", "--method", "block", "-")
		c.Stdin = strings.NewReader(`{"num_cand":3,"ballots":[[0,1]]}`)
		out, err := c.CombinedOutput()
		require.Error(t, err, string(out))
		require.Contains(t, string(out), "\n  the ballot for 0, 1: names 2 options, and 1 may be named\n")

		approvals := filepath.Join(t.TempDir(), "approvals.json")
		require.NoError(t, os.WriteFile(approvals, []byte("{\"num_cand\":3,\n\"ballots\":[[2],\n [0,1]]}"), 0o600))
		_, errs := do(t, exitRefused, "count", "--method", "approval", "--method", "block", approvals)
		require.Contains(t, errs, "line 3, column 2: ")
		require.Contains(t, errs, "names 2 options, and 1 may be named")
		require.Contains(t, errs, "approvals.json")
		do(t, exitDone, "count", "--method", "block", "--seats", "2", approvals)

		if _, err := os.Stat("/dev/stdin"); err == nil { // a pipe with a name cannot be read again
			_, errs = doInput(t, exitRefused, `{"num_cand":3,"ballots":[[0,1]]}`, "count", "--method", "block", "/dev/stdin")
			require.Contains(t, errs, "the ballot for 0, 1: names 2 options")
		}
	})

	t.Run("refused: a file that breaks off, with its name and the place", func(t *testing.T) {
		t.Parallel()
		cut := filepath.Join(t.TempDir(), "cut.blt")
		require.NoError(t, os.WriteFile(cut, []byte(capital[:40]), 0o600))
		out, errs := do(t, exitRefused, "count", "--method", "irv", cut)
		require.Empty(t, out)
		require.Contains(t, errs, "cut.blt")
		require.Contains(t, errs, "line")
	})
}

func TestMethods(t *testing.T) {
	t.Parallel()
	out, _ := do(t, exitDone, "methods")
	require.Regexp(t, `(?m)^irv +The last leaves`, out)
	require.Regexp(t, `(?m)^scotland +Scottish`, out)
	out, _ = do(t, exitDone, "methods", "schulze-margin")
	require.Contains(t, out, "strength=margin")
	require.Contains(t, out, "--option unranked=last    (last | ignored)")
	out, _ = do(t, exitDone, "methods", "consent")
	require.Contains(t, out, "no election file has such ballots")
	_, errs := do(t, exitRefused, "methods", "oracle")
	require.Contains(t, errs, "no method has this name")
}

func doInput(t *testing.T, status int, input string, args ...string) (out, errs string) {
	t.Helper()
	c := program(t, args...)
	c.Stdin = strings.NewReader(input)
	var o, e strings.Builder
	c.Stdout, c.Stderr = &o, &e
	_ = c.Run() // the status says it
	require.Equal(t, status, c.ProcessState.ExitCode(), "coopspace %s\n%s%s", strings.Join(args, " "), o.String(), e.String())
	return o.String(), e.String()
}

func toStrings[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
