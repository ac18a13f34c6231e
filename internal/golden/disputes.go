package golden

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Disputes are the cases that we count otherwise, with the reason.
type Disputes []dispute

type dispute struct{ pattern, reason string }

// ReadDisputes reads a list of disputes: a pattern of case ids, a colon and the reason on each line; lines that begin with # are remarks.
func ReadDisputes(t *testing.T, name string) Disputes {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	var out Disputes
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, reason, ok := strings.Cut(line, ": ")
		require.True(t, ok && reason != "", "a dispute without a reason: %s", line)
		_, err := path.Match(pattern, "")
		require.NoError(t, err, "%s", line)
		out = append(out, dispute{pattern, reason})
	}
	return out
}

// Hold passes a case that came out as it says, skips one that is disputed, and fails any other. A case that is disputed by its full name
// and comes out as it says fails: the dispute is over.
func (ds Disputes) Hold(t *testing.T, id string, err error) {
	t.Helper()
	for _, d := range ds {
		if ok, _ := path.Match(d.pattern, id); !ok {
			continue
		}
		if err != nil {
			t.Skipf("disputed: %s (%v)", d.reason, err)
		}
		require.Contains(t, d.pattern, "*", "this case is disputed (%s) and comes out as it says: strike it off the list", d.reason)
	}
	require.NoError(t, err)
}
