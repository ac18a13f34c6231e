package communecter_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
)

// goldenCases gives the folder of the documents in Communecter's own shapes. Without it there is nothing to compare with,
// which is a failure where it has to be there.
func goldenCases(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("COOPSPACE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "communecter")
	if _, err := os.Stat(filepath.Join(dir, "space.json")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the cases are required under CI=true and are not there: %v", err)
		}
		t.Skipf("NOTHING COMPARED: %v; set COOPSPACE_DATA to the folder of the cases", err)
	}
	return dir
}

// expected is what a file of cases says of one proposal.
type expected struct {
	Outcome    communecter.Result `json:"outcome"`
	Historical communecter.Result `json:"historical"`
	PercentUp  string             `json:"percentUp"`
	Leading    []string           `json:"leading"`
	Why        string             `json:"why"`
	Report     []string           `json:"report"`
}

// TestGoldenImport holds the reading of documents in Communecter's shapes to what the files say must come out of them, and
// brings them over for good.
func TestGoldenImport(t *testing.T) {
	dir := goldenCases(t)
	passed, failed := 0, 0
	each := func(name string, fn func(t *testing.T)) {
		if t.Run("communecter/"+name, fn) {
			passed++
		} else {
			failed++
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	slices.Sort(files)
	for _, path := range files {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var cases struct {
			Expected map[string]expected `json:"expected"`
		}
		require.NoError(t, json.Unmarshal(data, &cases))
		file := filepath.Base(path)
		in, err := communecter.Parse(bytes.NewReader(data), &communecter.Options{Now: noon})
		require.NoError(t, err)
		for _, id := range slices.Sorted(maps.Keys(cases.Expected)) {
			each(file+"-"+id, func(t *testing.T) { requireExpected(t, cases.Expected[id], in.Outcomes[id]) })
		}
		each(file+"-import", func(t *testing.T) { requireImport(t, data, in, cases.Expected) })
		each(file+"-anonymous", func(t *testing.T) { requireAnonymous(t, data) })
	}
	each("either-order", func(t *testing.T) {
		for range 2 {
			slices.Reverse(files)
			w := newWorld(t)
			for range 2 {
				for _, path := range files {
					data, err := os.ReadFile(path)
					require.NoError(t, err)
					_, err = w.run(string(data), nil)
					require.NoError(t, err, path)
				}
			}
			w.verify()
			require.Len(t, w.proposals(), 5)
			rooms, err := w.coop.Rooms.List(t.Context(), w.host, w.space, governance.Paging{})
			require.NoError(t, err)
			for _, r := range rooms.Items {
				require.Contains(t, []string{"test co", "Jardins partagés"}, r.Name)
			}
		}
	})
	t.Logf("golden communecter: %d passed, %d failed", passed, failed)
}

func requireExpected(t *testing.T, want expected, got communecter.Outcome) {
	if want.Outcome != "" {
		require.Equal(t, want.Outcome, got.Outcome)
	}
	if want.Historical != "" {
		require.Equal(t, want.Historical, got.Historical)
	}
	if want.PercentUp != "" {
		require.Equal(t, want.PercentUp, got.PercentUp)
	}
	if want.Leading != nil {
		require.Equal(t, want.Leading, got.Leading)
	}
	if want.Why != "" {
		require.Equal(t, want.Why, got.Why)
	}
	for _, text := range want.Report {
		require.Contains(t, got.Report, text)
	}
}

// requireImport brings a file over twice.
func requireImport(t *testing.T, data []byte, in communecter.Import, want map[string]expected) {
	w := newWorld(t)
	rep, err := w.run(string(data), nil)
	require.NoError(t, err)
	require.Equal(t, len(in.Archive.Proposals), rep.Proposals)
	require.Zero(t, rep.Known)
	size := w.verify()
	for key, p := range w.proposals() {
		o := in.Outcomes[key]
		require.Equal(t, map[communecter.Result]governance.ProposalState{
			communecter.Adopted: governance.Adopted, communecter.Refused: governance.Rejected,
			communecter.Open: governance.InDebate, communecter.Withdrawn: governance.Withdrawn,
		}[o.Outcome], p.State, key)
		if want[key].Outcome != "" {
			require.Equal(t, want[key].Outcome, o.Outcome)
		}
		require.Equal(t, o.Outcome == communecter.Adopted, p.Resolution != "", key)
	}
	again, err := w.run(string(data), nil)
	require.NoError(t, err)
	require.Zero(t, again.People+again.Rooms+again.Proposals+again.Resolutions+again.Actions)
	require.NotZero(t, again.Known)
	require.Equal(t, size, w.verify(), "the log grew")
}

// requireAnonymous looks through the whole store for what ties a voter of an anonymous vote to it.
func requireAnonymous(t *testing.T, data []byte) {
	w := newWorld(t)
	_, err := w.run(string(data), nil)
	require.NoError(t, err)
	for key, p := range w.proposals() {
		if p.Poll == "" {
			continue
		}
		poll, err := w.coop.Polls.Get(t.Context(), w.host, p.Poll)
		require.NoError(t, err)
		if !poll.Names {
			_, err = w.coop.Polls.RollCall(t.Context(), w.host, p.Poll, governance.Paging{})
			require.ErrorIs(t, err, governance.ErrNotVisible, key)
		}
	}
	// The one place where the other system's id of a person may be is nowhere: identities lie under a hash.
	var top map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &top))
	for _, id := range strings.Split(string(data), `"`) {
		if strings.HasPrefix(id, "55aa") && len(id) == 24 {
			w.requireNowhere(id)
		}
	}
}
