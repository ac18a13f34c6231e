package voting_test

import (
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

func TestPresets(t *testing.T) {
	t.Parallel()

	t.Run("each is found by its name and can be counted", func(t *testing.T) {
		t.Parallel()
		seen := map[string]bool{}
		for _, p := range voting.Presets() {
			require.False(t, seen[p.Name], p.Name)
			seen[p.Name] = true
			found, ok := voting.FindPreset(p.Name)
			require.True(t, ok)
			require.Equal(t, p, found)
			require.NotEmpty(t, p.Line)

			options := []voting.Choice{"a", "b", "c"}
			if hasAnswers(p.Method) {
				options = nil
			}
			require.NoError(t, p.Question(options, 1).Check(), p.Name)
		}
	})

	t.Run("there is none of another name", func(t *testing.T) {
		t.Parallel()
		_, ok := voting.FindPreset("ersatz")
		require.False(t, ok)
	})

	t.Run("nobody can change one", func(t *testing.T) {
		t.Parallel()
		for _, p := range voting.Presets() {
			for name := range p.Settings {
				p.Settings[name] = "changed"
			}
			p.Name = "changed"
		}
		for _, p := range voting.Presets() {
			require.NotEqual(t, "changed", p.Name)
			require.NotContains(t, p.Settings, "changed")
		}
	})
}
