package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var pageLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// What a page links to inside the repository exists, and every decision is in the index of decisions.
func TestPages(t *testing.T) {
	t.Parallel()
	pages := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin" || base == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		pages++
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, m := range pageLink.FindAllStringSubmatch(string(text), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s: nothing lies at %s", name, m[1])
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, pages, 3, "the pages were not found")

	index, err := os.ReadFile(filepath.Join(root, "docs/design/README.md"))
	require.NoError(t, err)
	decisions, err := filepath.Glob(filepath.Join(root, "docs/design/[0-9]*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, decisions)
	for _, d := range decisions {
		require.Contains(t, string(index), "]("+filepath.Base(d)+")", "the index of decisions lacks a page")
	}
}
