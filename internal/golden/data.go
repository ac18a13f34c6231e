package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Files gives the files of a pattern, such as "voting/*/*.cases.json", in the folder of cases: $COOPSPACE_DATA, or shared/data beside
// the repository. Where there are none, the test is skipped, or fails under CI=true.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	data := os.Getenv("COOPSPACE_DATA")
	if data == "" {
		data = filepath.Join(root(t), "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(data, filepath.FromSlash(pattern)))
	require.NoError(t, err)
	if len(files) == 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "the cases are required under CI=true and are not in %s", data)
		t.Skipf("NOTHING COMPARED: no cases in %s; set COOPSPACE_DATA to their folder", data)
	}
	return files
}

// root gives the folder of the repository.
func root(t testing.TB) string {
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, dir, parent, "there is no go.mod above the test")
		dir = parent
	}
}
