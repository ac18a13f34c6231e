package voting_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// methodPages reads docs/methods: each page's text by name, and README.md apart.
func methodPages(t *testing.T) (pages map[string]string, readme string) {
	files, err := filepath.Glob("../docs/methods/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	pages = map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		pages[filepath.Base(f)] = string(text)
	}
	readme = pages["README.md"]
	delete(pages, "README.md")
	return pages, readme
}

var quotedWord = regexp.MustCompile("`([^`]+)`")

// Every method has a page with all its settings and their defaults, and is in the table of methods, itself or by a page that it leads to;
// and no page has a setting that no method knows.
func TestMethodPages(t *testing.T) {
	t.Parallel()
	pages, readme := methodPages(t)
	table, _, _ := strings.Cut(readme, "\n## ")
	known := map[string]bool{}
	for _, m := range voting.Methods() {
		name := "`" + string(m) + "`"
		var own []string // the pages that tell of the method, and those that they lead to
		listed := strings.Contains(table, name)
		for page, text := range pages {
			if !strings.Contains(text, name) {
				continue
			}
			own = append(own, text)
			listed = listed || strings.Contains(table, "("+page+")")
			for other := range pages {
				if strings.Contains(text, "("+other+")") || strings.Contains(text, "("+other+"#") {
					own = append(own, pages[other])
				}
			}
		}
		if len(own) == 0 {
			t.Errorf("%s has no page", m)
		}
		if !listed {
			t.Errorf("%s is not in the table of docs/methods/README.md", m)
		}
		for _, s := range m.Settings() {
			known[s.Name] = true
			if !tells(own, s) {
				t.Errorf("the pages of %s have no row for %s with its default %q", m, s.Name, s.Default)
			}
		}
	}
	for page, text := range pages {
		for _, row := range settingRows(text) {
			for _, name := range quotedWord.FindAllStringSubmatch(firstCell(row), -1) {
				if !known[name[1]] && voting.Method(name[1]).Revision() == 0 {
					t.Errorf("%s: no method has the setting %s", page, name[1])
				}
			}
		}
	}
}

// tells says whether a page has a row for a setting, with its default.
func tells(pages []string, s voting.Setting) bool {
	for _, text := range pages {
		for _, row := range settingRows(text) {
			if !strings.Contains(firstCell(row), "`"+s.Name+"`") {
				continue
			}
			if s.Default == "" || strings.Contains(row, "`"+s.Default+"`") || strings.Contains(row, "**"+s.Default+"**") {
				return true
			}
		}
	}
	return false
}

// settingRows gives the rows of the tables of settings.
func settingRows(text string) []string {
	var rows []string
	inside := false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "| setting"):
			inside = true
		case !strings.HasPrefix(line, "|"):
			inside = false
		case inside && !strings.HasPrefix(line, "|---"):
			rows = append(rows, line)
		}
	}
	return rows
}

func firstCell(row string) string {
	cell, _, _ := strings.Cut(strings.TrimPrefix(row, "|"), "|")
	return cell
}
