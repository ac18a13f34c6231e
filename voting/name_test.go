package voting_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/voting"
)

// Every method is listed once, and has a name and a line in every language.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[voting.Method]bool{}
	for _, m := range voting.Methods() {
		require.False(t, seen[m], "%s is listed twice", m)
		seen[m] = true
		for _, lang := range []string{"fr", "en", "de"} {
			require.NotContains(t, m.Line(lang), "count.method", "internal/locale/catalog/methods.%s.json has no line for %s", lang, m)
			require.NotEqual(t, string(m), m.Line(lang), "internal/locale/catalog/methods.%s.json has no line for %s", lang, m)
		}
	}
}
