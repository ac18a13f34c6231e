package pabulib_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation/pabulib"
)

// published gives the published .pb files, which lie outside the repository.
func published(t testing.TB) []string {
	data := os.Getenv("COOPSPACE_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(data, "funding", "pabulib", "*.pb"))
	require.NoError(t, err)
	if len(files) == 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "the files are required under CI=true and are not in %s", data)
		t.Skipf("NOTHING COMPARED: no files in %s; set COOPSPACE_DATA to their folder", data)
	}
	return files
}

// TestPublished reads every published file, writes it, and reads it again as the same.
func TestPublished(t *testing.T) {
	t.Parallel()
	for _, path := range published(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			f, err := pabulib.Read(bytes.NewReader(text), nil)
			require.NoError(t, err)
			for _, c := range f.Contradictions {
				t.Logf("%s: %s", c.Place, c.Text)
			}
			writeBack(t, f)
		})
	}
}
