package formats_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/golden"
	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

// TestGoldenVoting counts what other people have counted, and compares all that they say came out. What a case says and we do not compare
// fails it, as does a method that nobody here knows.
func TestGoldenVoting(t *testing.T) {
	disputes := golden.ReadDisputes(t, "testdata/disputes.txt")
	for _, file := range golden.Files(t, "voting/*/*.cases.json") {
		source := filepath.Base(filepath.Dir(file))
		name := strings.TrimSuffix(filepath.Base(file), ".cases.json")
		t.Run("voting/"+source+"/"+name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var cases []goldenCase
			require.NoError(t, json.Unmarshal(text, &cases))
			require.NotEmpty(t, cases)
			read := reader(filepath.Dir(file))
			for _, c := range cases {
				short := strings.TrimPrefix(strings.TrimPrefix(c.ID, source+"/"), name)
				t.Run(cmp.Or(strings.TrimLeft(short, "/-"), c.Method), func(t *testing.T) { disputes.Hold(t, c.ID, c.compare(read)) })
			}
		})
	}
}

// goldenCase is one published count.
type goldenCase struct {
	ID       string
	File     string
	Method   string
	Options  map[string]any
	Seats    int
	Expected map[string]json.RawMessage
}

// option gives an option as text, "" where it is not there.
func (c goldenCase) option(name string) string {
	v, ok := c.Options[name]
	if !ok || v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// reader reads each file once, in each way in which its cases want it read.
func reader(dir string) func(name string, o formats.Options) (*formats.File, error) {
	type way struct {
		name string
		o    formats.Options
	}
	type answer struct {
		file *formats.File
		err  error
	}
	var mu sync.Mutex
	known := map[way]answer{}
	return func(name string, o formats.Options) (*formats.File, error) {
		mu.Lock()
		defer mu.Unlock()
		a, ok := known[way{name, o}]
		if !ok {
			var text []byte
			if text, a.err = os.ReadFile(filepath.Join(dir, name)); a.err == nil {
				a.file, a.err = formats.Read(bytes.NewReader(text), &o)
			}
			known[way{name, o}] = a
		}
		return a.file, a.err
	}
}

// compare gives what came out otherwise than the case says; nil when nothing did.
func (c goldenCase) compare(read func(string, formats.Options) (*formats.File, error)) error {
	o := formats.Options{Ratings: strings.Contains(c.option("ballot_notation"), "RATING")}
	if c.Method == "parse" {
		o.Unknown = "pass"
	}
	if c.Options["implicit_ranking"] == true { // then a ballot that ranks nobody puts everybody last, level
		o.Empty = "tied"
	}
	file, err := read(c.File, o)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if file.Profile == nil {
		return fmt.Errorf("%s: no ballots were read", c.File)
	}
	if c.Method == "parse" {
		return outcome{goldenCase: c, file: file}.compare()
	}
	q, ways, err := c.question(file)
	if err != nil {
		return err
	}
	for _, ties := range ways {
		var r voting.Result
		if r, err = voting.CountBy(file.Profile, q, ties); err != nil {
			return err
		}
		if err = (outcome{c, file, r}).compare(); err == nil {
			return nil
		}
	}
	return err
}

// compare gives what came out otherwise than the case says.
func (o outcome) compare() error {
	for _, key := range slices.Sorted(maps.Keys(o.Expected)) {
		if err := o.expect(key, o.Expected[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
