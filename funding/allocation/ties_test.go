package allocation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/fault"
)

// place gives the first place at fault.
func place(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return "(none)"
	}
	return f.Fields[0].Path
}

func TestTies(t *testing.T) {
	t.Parallel()
	// Two voters, three projects with the same two votes, money for one of the dear ones.
	even := approving(t, 8, []allocation.Project{project(t, "2", 6), project(t, "11", 6), project(t, "1", 5)},
		[]string{"1", "2", "11"}, []string{"1", "2", "11"})
	for ties, want := range map[string]string{
		"file": "2", "id": "1", "cost": "1", "score,id": "1", "score": "2",
		"seed:" + strings.Repeat("00", 32): "2", "seed:" + strings.Repeat("03", 32): "11",
	} {
		t.Run(ties, func(t *testing.T) {
			t.Parallel()
			by, err := allocation.ParseTies(ties)
			require.NoError(t, err)
			out, err := allocation.Allocate(even, allocation.Greedy, &allocation.Options{Ties: by})
			require.NoError(t, err)
			require.Equal(t, []string{want}, out.Selected)
			require.Equal(t, want, out.Rounds[0].Tied[0])
			require.Len(t, out.Rounds[0].Tied, 3)
		})
	}
	for name, ties := range map[string]string{
		"nothing": "", "an unknown word": "luck", "a seed that is no hexadecimal": "seed:xyz", "a short seed": "seed:0011", "no seed": "seed", "a seed for another": "id:00",
		"two lots": "seed:" + strings.Repeat("00", 32) + ",seed:" + strings.Repeat("03", 32), "a word twice": "id,cost,id",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			_, err := allocation.ParseTies(ties)
			require.ErrorIs(t, err, allocation.ErrTies)
		})
	}
}
