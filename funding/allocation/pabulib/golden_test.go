package pabulib_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/allocation/pabulib"
	"github.com/communecter/coopspace/internal/golden"
	"github.com/communecter/coopspace/voting"
)

// TestGoldenFunding allocates what cities and other programs have allocated, and compares all that they say came out. What a case asks or
// says and we do not know fails it.
func TestGoldenFunding(t *testing.T) {
	disputes := golden.ReadDisputes(t, "testdata/disputes.txt")
	read := reader()
	for _, path := range golden.Files(t, "funding/*/*.json") {
		source, name := filepath.Base(filepath.Dir(path)), filepath.Base(path)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
			continue // donations that the cases beside it have in their own form
		}
		var is struct{ Rule string }
		require.NoError(t, json.Unmarshal(text, &is), path)
		if is.Rule == "quadratic_funding" {
			continue // gifts, not ballots: funding/allocation compares those
		}
		short := strings.ReplaceAll(strings.TrimSuffix(strings.Replace(name, ".pb.", "/", 1), ".json"), " ", "_")
		t.Run("funding/"+source+"/"+short, func(t *testing.T) {
			t.Parallel()
			var f goldenFile
			require.NoError(t, strictly(text, &f))
			if f.Cases == nil { // a case of its own, of the .pb file beside it
				file, err := read(filepath.Join(filepath.Dir(path), f.File))
				require.NoError(t, err)
				hold(t, disputes, source+"/"+short, f.goldenCase.compare(file.Election))
				return
			}
			require.NotEmpty(t, f.Cases)
			for i, c := range f.Cases {
				id := fmt.Sprintf("%02d_%s", i+1, c.Rule)
				if sat, ok := c.Options["sat"].(string); ok {
					id += "_" + sat
				}
				t.Run(id, func(t *testing.T) { hold(t, disputes, source+"/"+short+"/"+id, f.compare(c)) })
			}
		})
	}
}

// goldenFile is one published allocation, or an instance with several.
type goldenFile struct {
	goldenCase
	File       string
	Provenance string
	Source     string
	Note       string
	Instance   instance
	Cases      []goldenCase
}

// goldenCase is one published allocation.
type goldenCase struct {
	Rule     string
	Options  map[string]any
	Expected map[string]json.RawMessage
	ID       string `json:"abcvoting_rule_id"`
	official bool   // the outcome is a column of projects, which has no order
	free     []string
}

// strictly decodes a case file: a member that is not known fails it.
func strictly(text []byte, f *goldenFile) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return err
	}
	f.official = strings.Contains(f.Provenance, "official result")
	return nil
}

// reader reads each .pb file once.
func reader() func(path string) (*pabulib.File, error) {
	type answer struct {
		once sync.Once
		file *pabulib.File
		err  error
	}
	var known sync.Map
	return func(path string) (*pabulib.File, error) {
		v, _ := known.LoadOrStore(path, &answer{})
		a := v.(*answer)
		a.once.Do(func() {
			var text []byte
			if text, a.err = os.ReadFile(path); a.err == nil {
				a.file, a.err = pabulib.Read(bytes.NewReader(text), nil)
			}
		})
		return a.file, a.err
	}
}

// errUnsupported is what a case buys otherwise only in that it buys projects that nobody supports, with what is left in the end.
// docs/methods/README.md#disputed-cases.
var errUnsupported = errors.New("the case buys what nobody supports")

// hold passes a case that came out as it says, and skips one that is disputed.
func hold(t *testing.T, disputes golden.Disputes, id string, err error) {
	t.Helper()
	if errors.Is(err, errUnsupported) {
		t.Skipf("disputed: docs/methods/README.md#disputed-cases: %v", err)
	}
	disputes.Hold(t, id, err)
}

// compare gives what comes out otherwise than the case says, in each way in which the case may be taken; nil when nothing does. What only the
// unsupported make differ is given if nothing else does in any way.
func (c goldenCase) compare(e *allocation.Election) error {
	ways, err := c.ways()
	if err != nil {
		return err
	}
	var disputed error
	for _, w := range ways {
		out, err := allocation.Allocate(e, w.rule, &w.options)
		if err != nil {
			return err
		}
		if err = c.expect(e, out); errors.Is(err, errUnsupported) {
			disputed = err
		} else if err != nil {
			return err
		}
	}
	return disputed
}

// expect gives what an outcome has otherwise than the case says.
func (c goldenCase) expect(e *allocation.Election, out allocation.Outcome) error {
	for _, key := range slices.Sorted(maps.Keys(c.Expected)) {
		if err := c.expectOne(e, out, key, c.Expected[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func (c goldenCase) expectOne(e *allocation.Election, out allocation.Outcome, key string, value json.RawMessage) error {
	differs := func(got, want any) error { return fmt.Errorf("is %v, and here %v", want, got) }
	switch key {
	case "selected":
		var ids []string
		if err := json.Unmarshal(value, &ids); err != nil {
			return err
		}
		got := out.Selected
		if c.official || c.Rule == "sequential_phragmen" { // whose outcomes pabutools gives in the order of ids
			ids, got = sorted(ids), sorted(got)
		}
		switch {
		case slices.Equal(ids, got):
		case slices.Equal(without(ids, unsupported(out)), got):
			return fmt.Errorf("%w: %v", errUnsupported, ids)
		default:
			return differs(got, ids)
		}
	case "tied_outcomes":
		var outcomes [][]string
		if err := json.Unmarshal(value, &outcomes); err != nil {
			return err
		}
		got := sorted(out.Selected)
		among := func(but []string) bool {
			return slices.ContainsFunc(outcomes, func(ids []string) bool { return slices.Equal(sorted(without(ids, but)), got) })
		}
		switch {
		case among(c.free):
		case among(slices.Concat(c.free, unsupported(out))):
			return fmt.Errorf("%w: %v", errUnsupported, outcomes)
		default:
			return differs(got, fmt.Sprint("one of ", outcomes))
		}
	case "total_cost":
		if want := plain(value); out.Cost.Short() != want {
			return differs(out.Cost.Short(), want)
		}
	case "welfare":
		if got := welfare(e, out); got != plain(value) {
			return differs(got, plain(value))
		}
	case "one_optimum": // others may be as good: welfare is compared
	case "partially_funded":
		var ids, got []string
		if err := json.Unmarshal(value, &ids); err != nil {
			return err
		}
		if out.Partial != nil {
			got = []string{out.Partial.ID}
		}
		if !slices.Equal(ids, got) {
			return differs(got, ids)
		}
	case "partial_rule_reproduced": // said of the collectors' own count
	default:
		got, want := map[string]string{}, plain(value)
		for _, f := range out.Figures {
			got[f.Name] = string(f.Number)
		}
		switch {
		case strings.Contains(key, "share") && got["share"] != "": // at which Equal Shares ended
			if got["share"] != want {
				return differs(got["share"], want)
			}
			return nil
		case strings.Contains(key, "comparison") && got["prefer-greedy"] != "": // how many preferred which
			figures := regexp.MustCompile(`[0-9]+`).FindAllString(want, -1)
			if one, two := got["prefer-equal-shares"], got["prefer-greedy"]; !slices.Equal(figures, []string{one, two}) && !slices.Equal(figures, []string{two, one}) {
				return differs(one+" against "+two, want)
			}
			return nil
		}
		return fmt.Errorf("what the case says here is not known: %s", value)
	}
	return nil
}

func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }

// without gives ids but those of others.
func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) })
}

// unsupported gives the projects that nobody supports and that were not bought before the rule began.
func unsupported(out allocation.Outcome) []string {
	var ids []string
	for _, p := range out.Projects {
		if p.Supporters.Voices == 0 && !p.Selected {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// plain gives a number or a text of JSON as text.
func plain(value json.RawMessage) string { return strings.Trim(string(value), `"`) }

// welfare gives what all voters together get of an outcome by cost: the cost of each project that is bought times its voices, in units of the
// currency.
func welfare(e *allocation.Election, out allocation.Outcome) string {
	var sum int64
	for _, p := range out.Projects {
		if p.Selected {
			sum += p.Cost.Minor() * p.Supporters.Seats
		}
	}
	return string(voting.NumberOf(big.NewRat(sum, e.Budget().Currency().Unit())))
}
