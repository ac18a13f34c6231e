package allocation_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/golden"
)

// TestGoldenFunding shares the pools of published cases of quadratic funding. What a case asks or says and we do not know fails it.
func TestGoldenFunding(t *testing.T) {
	disputes := golden.ReadDisputes(t, "testdata/disputes.txt")
	for _, file := range golden.Files(t, "funding/*/*.json") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
			continue // gifts that the cases beside it have in their own form
		}
		var is struct{ Rule string }
		require.NoError(t, json.Unmarshal(text, &is), file)
		if is.Rule != "quadratic_funding" {
			continue // ballots, not gifts: funding/allocation/pabulib compares those
		}
		name := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run("funding/"+name, func(t *testing.T) {
			t.Parallel()
			var c quadraticCase
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			require.NoError(t, d.Decode(&c))
			disputes.Hold(t, name, c.compare(t))
		})
	}
}

// quadraticCase is a published round.
type quadraticCase struct {
	File, Rule, Source, Note string
	Options                  struct {
		Pool         int64
		ScaleUp      bool           `json:"scale_up"`
		Coefficients map[string]any // the amounts are multiplied by them already
	}
	Instance struct {
		Contributions []struct {
			Donor, Project string
			Amount         int64
		}
	}
	Expected struct{ Matched map[string]int64 }
	Exact    map[string]int64 `json:"reference_exact_floor"`
}

// compare gives what comes out otherwise than the case says; nil when nothing does. The case rounds down: where the parts add up to the whole
// pool here, some have one unit more.
func (c quadraticCase) compare(t *testing.T) error {
	var gifts []allocation.Gift
	for _, g := range c.Instance.Contributions {
		gifts = append(gifts, allocation.Gift{Donor: g.Donor, Project: g.Project, Amount: cents(t, g.Amount)})
	}
	got, err := allocation.Quadratic{Pool: cents(t, c.Options.Pool), ScaleUp: c.Options.ScaleUp}.Match(gifts)
	require.NoError(t, err)
	sum, most := int64(0), int64(0)
	if got.Scaled {
		most = 1
	}
	for _, p := range got.Projects {
		exact, known := c.Exact[p.ID]
		require.True(t, known, p.ID)
		more := p.Match.Minor() - exact
		require.True(t, more == 0 || more == most, "%s is given %s, not %d", p.ID, p.Match, exact)
		sum += p.Match.Minor()
	}
	require.Len(t, got.Projects, len(c.Exact))
	require.Len(t, got.Projects, len(c.Expected.Matched))
	if got.Scaled {
		require.Equal(t, c.Options.Pool, sum)
	}
	for _, p := range got.Projects {
		if more := p.Match.Minor() - c.Expected.Matched[p.ID]; more != 0 && more != most {
			return fmt.Errorf("%s is given %d, and here %d", p.ID, c.Expected.Matched[p.ID], p.Match.Minor())
		}
	}
	return nil
}
