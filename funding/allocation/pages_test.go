package allocation_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
)

// pages is where each rule has its page.
var pages = filepath.Join("..", "..", "docs", "methods")

func page(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join(pages, name))
	require.NoError(t, err)
	return string(text)
}

// TestPages holds the pages to the rules: each is in the list and has a page, which is named for it, has a worked example that a test here
// asserts, and says when to take it and when not.
func TestPages(t *testing.T) {
	t.Parallel()
	list := page(t, "funding.md")
	link := regexp.MustCompile(`^\| \[[^\]]+\]\(([a-z-]+\.md)\) \| ([^|]+) \|`)
	at := map[string]string{}
	for line := range strings.Lines(list) {
		if m := link.FindStringSubmatch(line); m != nil {
			for _, name := range strings.Split(m[2], ",") {
				at[strings.Trim(name, " `")] = m[1]
			}
		}
	}
	tests := written(t)
	asserted := regexp.MustCompile("Asserted in ((?:`Test[A-Za-z]+`[, and]*)+)")
	for _, r := range allocation.Rules() {
		name := at[string(r)]
		require.NotEmpty(t, name, "%s is not in the list of docs/methods/funding.md", r)
		text := page(t, name)
		title, _, _ := strings.Cut(text, "\n")
		require.Contains(t, title, "`"+string(r)+"`", name)
		require.Contains(t, text, "## Worked example\n", name)
		require.Contains(t, text, "**Take it**", name)
		require.Contains(t, text, "**Do not take it**", name)
		require.Contains(t, text, "## Sources\n", name)
		m := asserted.FindStringSubmatch(text)
		require.NotNil(t, m, "%s does not say which test asserts its example", name)
		for _, test := range regexp.MustCompile("Test[A-Za-z]+").FindAllString(m[1], -1) {
			require.Contains(t, tests, "func "+test+"(", "%s names a test that is not here", name)
		}
	}
	for _, s := range allocation.Satisfactions() {
		require.Contains(t, list, "`"+string(s)+"`", "docs/methods/funding.md does not tell of a satisfaction")
	}
	for _, m := range regexp.MustCompile(`Reason = "([a-z-]+)"`).FindAllStringSubmatch(source(t, "outcome.go"), -1) {
		require.Contains(t, list, "| `"+m[1]+"` |", "docs/methods/funding.md does not tell of a reason")
	}
	shares := page(t, at[string(allocation.EqualShares)])
	for _, m := range regexp.MustCompile(`Completion = "([a-z0-9-]+)"`).FindAllStringSubmatch(source(t, "options.go"), -1) {
		require.Contains(t, shares, "`"+m[1]+"`", "the page of Equal Shares does not tell of a completion")
	}
}

// written gives all tests of this package as they are written.
func written(t *testing.T) string {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var all strings.Builder
	for _, name := range files {
		all.WriteString(source(t, name))
	}
	return all.String()
}

func source(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
