package communecter_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	saysCode  = regexp.MustCompile(`(?:(?:note|refuse)\([^,\n]+, |oddity\{|Code: )"([a-z_]+)"`)
	tableCode = regexp.MustCompile("`([a-z_]+)`")
)

// Every code that a report can have is explained, and none that it cannot.
func TestCodesAreExplained(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var said []string
	for _, f := range append(files, filepath.Join("..", "archivist.go")) {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range saysCode.FindAllStringSubmatch(string(data), -1) {
			said = append(said, m[1])
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "import-communecter.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(page), "## The report")
	require.True(t, found)
	var explained []string
	for _, line := range strings.Split(table, "\n") {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			cell, _, _ = strings.Cut("`"+cell, "|")
			for _, m := range tableCode.FindAllStringSubmatch(cell, -1) {
				explained = append(explained, m[1])
			}
		}
	}
	slices.Sort(said)
	slices.Sort(explained)
	require.Equal(t, slices.Compact(said), explained)
}
