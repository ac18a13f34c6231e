package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// blocks gives the README's blocks of a language.
func blocks(t *testing.T, lang string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	var out []string
	for _, m := range regexp.MustCompile("(?s)\n```"+lang+"\n(.*?)\n```\n").FindAllSubmatch(text, -1) {
		out = append(out, string(m[1]))
	}
	require.NotEmpty(t, out)
	return out
}

// The README's story is true: its commands run, one after the other, against a server, and say what it shows.
func TestReadme(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.Empty(t, os.Getenv("CI"), "the README is tried with %s", tool)
			t.Skip("the README is tried with ", tool)
		}
	}
	dir := t.TempDir()
	s := serveData(t, filepath.Join(dir, "coop.db"), "--dev", "--demo")
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	wrapper := fmt.Sprintf("#!/bin/sh\n%s=1 exec %q \"$@\"\n", asProgram, self)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", "coopspace"), []byte(wrapper), 0o700))

	story := strings.Join(blocks(t, "sh"), "\n")
	const address = "http://127.0.0.1:8080"
	require.Contains(t, story, address)
	story = strings.Replace(story, address, s.url, 1)
	var want []string
	for _, line := range strings.Split(story, "\n") {
		if said, ok := strings.CutPrefix(line, "#> "); ok {
			want = append(want, said)
		}
	}
	require.Greater(t, len(want), 8)

	c := exec.CommandContext(t.Context(), "bash", "-eu", "-c", story)
	c.Dir = dir
	c.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	require.NoError(t, c.Run(), "%s", &out)
	said := out.String()
	for _, w := range want { // in this order
		_, rest, ok := strings.Cut(said, w)
		require.True(t, ok, "the README promises %q here:\n%s", w, said)
		said = rest
	}
	s.stop(t)
}

// The README's program is the one that compiles.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../examples/decision/main.go")
	require.NoError(t, err)
	var lines []string
	for _, l := range strings.Split(string(source), "\n") {
		lines = append(lines, strings.TrimPrefix(l, "\t"))
	}
	for _, b := range blocks(t, "go") {
		require.Contains(t, strings.Join(lines, "\n"), b)
	}
}
