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

// blocks gives a document's blocks of a language, also those within lists.
func blocks(t *testing.T, text, lang string) []string {
	t.Helper()
	var out []string
	for _, m := range regexp.MustCompile("(?s)\n *```"+lang+"\n(.*?)\n *```\n").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	require.NotEmpty(t, out, lang)
	return out
}

// document reads a document by its path in the repository.
func document(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", path))
	require.NoError(t, err)
	return string(text)
}

// installed makes bin/coopspace in a folder, which is the program of this test.
func installed(t *testing.T, dir string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	wrapper := fmt.Sprintf("#!/bin/sh\n%s=1 exec %q \"$@\"\n", asProgram, self)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bin", "coopspace"), []byte(wrapper), 0o700))
}

// play runs a document's commands in a folder, one after the other, and demands that they say what it shows. What comes
// before them is no part of it.
func play(t *testing.T, dir string, env []string, before, story string) {
	t.Helper()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			require.Empty(t, os.Getenv("CI"), "documents are tried with %s", tool)
			t.Skip("documents are tried with ", tool)
		}
	}
	var want []string
	for _, line := range strings.Split(story, "\n") {
		if said, ok := strings.CutPrefix(strings.TrimSpace(line), "#> "); ok {
			want = append(want, said)
		}
	}
	require.Greater(t, len(want), 8)
	c := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", before+"\n"+story)
	c.Dir = dir
	c.Env = append(env, "LC_ALL=C.UTF-8")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	require.NoError(t, c.Run(), "%s", &out)
	said := out.String()
	for _, w := range want { // in this order
		_, rest, ok := strings.Cut(said, w)
		require.True(t, ok, "%q is promised here:\n%s", w, said)
		said = rest
	}
}

// The README's story is true: its commands run, one after the other, against a server, and say what it shows.
func TestReadme(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serveData(t, filepath.Join(dir, "coop.db"), "--dev", "--demo")
	installed(t, dir)
	story := strings.Join(blocks(t, document(t, "README.md"), "sh"), "\n")
	const address = "http://127.0.0.1:8080"
	require.Contains(t, story, address)
	play(t, dir, os.Environ(), "", strings.Replace(story, address, s.url, 1))
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
	for _, b := range blocks(t, document(t, "README.md"), "go") {
		require.Contains(t, strings.Join(lines, "\n"), b)
	}
}
