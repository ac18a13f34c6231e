package allocation_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
)

// TestGoldenFunding shares the pools of published cases of quadratic funding. Their amounts have been multiplied by the coefficients
// already. What is compared is the exact match: a case may expect another one, which comes from roots of whole cents.
func TestGoldenFunding(t *testing.T) {
	data := os.Getenv("COOPSPACE_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(data, "funding", "gitcoin-qf", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "the cases are required under CI=true and are not in %s", data)
		t.Skipf("NOTHING COMPARED: no cases in %s; set COOPSPACE_DATA to their folder", data)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".raw.json") {
			continue
		}
		t.Run("funding/gitcoin-qf/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var c struct {
				Options struct {
					Pool    int64
					ScaleUp bool `json:"scale_up"`
				}
				Instance struct {
					Contributions []struct {
						Donor, Project string
						Amount         int64
					}
				}
				Exact map[string]int64 `json:"reference_exact_floor"`
			}
			require.NoError(t, json.Unmarshal(text, &c))
			require.NotEmpty(t, c.Exact)
			var gifts []allocation.Gift
			for _, g := range c.Instance.Contributions {
				gifts = append(gifts, allocation.Gift{Donor: g.Donor, Project: g.Project, Amount: cents(t, g.Amount)})
			}
			got, err := allocation.Quadratic{Pool: cents(t, c.Options.Pool), ScaleUp: c.Options.ScaleUp}.Match(gifts)
			require.NoError(t, err)
			require.Len(t, got.Projects, len(c.Exact))
			rounded, sum := int64(0), int64(0)
			for _, p := range got.Projects {
				exact, known := c.Exact[p.ID]
				require.True(t, known, p.ID)
				more := p.Match.Minor() - exact // a unit of those that rounding down leaves
				require.True(t, more == 0 || more == 1, "%s is given %s, not %d", p.ID, p.Match, exact)
				rounded += more
				sum += p.Match.Minor()
			}
			if got.Scaled {
				require.Equal(t, c.Options.Pool, sum)
			} else {
				require.Zero(t, rounded)
			}
		})
	}
}
