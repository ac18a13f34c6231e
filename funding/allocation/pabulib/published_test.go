package pabulib_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/internal/golden"
)

// TestPublished reads every published file, writes it, and reads it again as the same.
func TestPublished(t *testing.T) {
	t.Parallel()
	for _, path := range golden.Files(t, "funding/pabulib/*.pb") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			f, err := pabulib.Read(bytes.NewReader(text), nil)
			require.NoError(t, err)
			for _, c := range f.Contradictions {
				t.Logf("%s: %s", c.Place, c.Text)
			}
			if !raced || len(text) < 1<<20 {
				writeBack(t, f)
			}
		})
	}
}
