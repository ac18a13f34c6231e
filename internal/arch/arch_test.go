package arch

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is where the module lies, seen from this package.
const root = "../.."

func TestProject(t *testing.T) {
	t.Parallel()
	packages, err := load(root)
	require.NoError(t, err)
	require.Greater(t, len(packages), 3, "the project was not found")
	for _, f := range check(packages, table) {
		t.Error(f)
	}
}

// The rules find what they are for: testdata/broken is a small project with one fault a line, each announced by a
// comment `// want "..."`. What is found and what is announced must be the same.
func TestRulesFindFaults(t *testing.T) {
	t.Parallel()
	const broken = "testdata/broken"
	packages, err := load(broken)
	require.NoError(t, err)

	// The fixture is held against the project's own table, so that it is the real lines that are tried.
	requireAnnounced(t, broken, check(packages, table))
}

// requireAnnounced holds what was found against what the files of dir announce, place by place.
func requireAnnounced(t *testing.T, dir string, findings []finding) {
	t.Helper()
	var found []string
	for _, f := range findings {
		found = append(found, f.String())
	}
	wants := announced(t, dir)
	require.Greater(t, len(wants), 5, "the fixture was not found")
	for place, texts := range wants {
		for _, text := range texts {
			i := slices.IndexFunc(found, func(s string) bool {
				return strings.HasPrefix(s, place+": ") && strings.Contains(s, text)
			})
			if i < 0 {
				t.Errorf("%s: not found: %s", place, text)
				continue
			}
			found = slices.Delete(found, i, i+1)
		}
	}
	require.Empty(t, found, "found though nothing is wrong there")
}

var wantComment = regexp.MustCompile(`// want (".*")\s*$`)

// announced reads the faults that the fixture announces, by "file:line".
func announced(t *testing.T, dir string) map[string][]string {
	t.Helper()
	wants := map[string][]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		lines := bufio.NewScanner(f)
		for n := 1; lines.Scan(); n++ {
			m := wantComment.FindStringSubmatch(lines.Text())
			if m == nil {
				continue
			}
			for _, text := range strings.Split(strings.Trim(m[1], `"`), `" "`) {
				place := finding{file: filepath.ToSlash(rel), line: n}.String()
				place = strings.TrimSuffix(place, ": ")
				wants[place] = append(wants[place], text)
			}
		}
		return lines.Err()
	})
	require.NoError(t, err)
	return wants
}

// The table allows no circle and names no package twice, and a line never allows what the layout forbids for good.
func TestTable(t *testing.T) {
	t.Parallel()
	for _, dir := range sorted(table) {
		r := table[dir]
		require.NotContains(t, r.ours, dir)
		for _, ours := range r.ours {
			if ours == public {
				continue
			}
			require.Contains(t, table, ours, "%s may import a package that has no line", dir)
			require.NotContains(t, table[ours].ours, dir, "%s and %s may import each other", dir, ours)
		}
		if r.edge && !slices.Contains(r.ours, public) {
			for _, driver := range []string{"store/memory", "store/bolt", "store/postgres"} {
				require.NotContains(t, r.ours, driver, "an edge never imports a driver")
			}
		}
	}
}

// What a program links is what its author pays for: an embedder of the engine on one file gets no router, no API
// framework, no other driver and no test library, and a program that counts gets next to nothing.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, l := range links {
		t.Run(l.what, func(t *testing.T) {
			t.Parallel()
			args := []string{"list", "-deps", "-f", "{{.ImportPath}}"}
			for _, dir := range l.imports {
				if built(t, dir) {
					args = append(args, "./"+dir)
				}
			}
			cmd := exec.Command("go", args...)
			cmd.Dir = root
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			require.NoError(t, err, stderr.String())
			linked := strings.Fields(string(out))
			require.NotEmpty(t, linked)
			for _, name := range linked {
				require.NotContains(t, l.without, name, "%s links it", l.what)
				if !foreign(name) && !covers(module, name) {
					continue // the standard library
				}
				if ours, ok := strings.CutPrefix(name, module+"/"); ok {
					require.Contains(t, l.ours, ours, "%s links it", l.what)
					continue
				}
				require.True(t, slices.ContainsFunc(l.third, func(m string) bool { return covers(m, name) }), "%s links %s", l.what, name)
			}
		})
	}
}

// built tells whether a package of the table has been built yet.
func built(t *testing.T, dir string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
	require.NoError(t, err)
	return len(files) > 0
}
