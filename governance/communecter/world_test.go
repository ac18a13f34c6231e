package communecter_test

import (
	"embed"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/store/bolt"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a space in a file, into which documents are brought.
type world struct {
	t     *testing.T
	path  string
	coop  *governance.Coop
	host  governance.Actor
	space governance.SpaceID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "coop.db"), host: governance.Host("test")}
	st, err := bolt.Open(w.path, nil)
	require.NoError(t, err)
	w.coop, err = governance.Open(st, &governance.Options{Clock: func() time.Time { return noon }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.coop.Close()) })
	sp, err := w.coop.Spaces.Create(t.Context(), w.host, governance.NewSpace{Name: "Jardins", Zone: "Indian/Reunion"})
	require.NoError(t, err)
	w.space = sp.ID
	return w
}

func (w *world) run(doc string, opts *communecter.Options) (communecter.Report, error) {
	return w.runAll(opts, doc)
}

func (w *world) runAll(opts *communecter.Options, docs ...string) (communecter.Report, error) {
	var files []communecter.File
	for _, d := range docs {
		files = append(files, communecter.File{Reader: strings.NewReader(d)})
	}
	return communecter.Run(w.t.Context(), w.coop, w.host, w.space, files, opts)
}

// verify verifies the space and the instance, and gives the length of both logs.
func (w *world) verify() int64 {
	w.t.Helper()
	got, err := w.coop.Verify(w.t.Context(), w.host, w.space)
	require.NoError(w.t, err)
	require.True(w.t, got.OK(), got.Problems)
	instance, err := w.coop.VerifyInstance(w.t.Context())
	require.NoError(w.t, err)
	require.True(w.t, instance.OK(), instance.Problems)
	return got.Entries + instance.Entries
}

// proposals gives all proposals by the key they had there.
func (w *world) proposals() map[string]governance.Proposal {
	w.t.Helper()
	page, err := w.coop.Proposals.List(w.t.Context(), w.host, w.space, governance.ProposalQuery{Paging: governance.Paging{Limit: 200}})
	require.NoError(w.t, err)
	out := map[string]governance.Proposal{}
	for _, p := range page.Items {
		out[strings.TrimPrefix(p.Source, "communecter:proposal:")] = p
	}
	return out
}

// members gives all members by name.
func (w *world) members() map[string]governance.Member {
	w.t.Helper()
	page, err := w.coop.Members.List(w.t.Context(), w.host, w.space, "", governance.Paging{Limit: 200})
	require.NoError(w.t, err)
	out := map[string]governance.Member{}
	for _, m := range page.Items {
		out[m.Name] = m
	}
	return out
}

// bytes gives everything that is in the file.
func (w *world) bytes() string {
	w.t.Helper()
	data, err := os.ReadFile(w.path)
	require.NoError(w.t, err)
	return string(data)
}

// requireNowhere looks for a text in every byte of the file.
func (w *world) requireNowhere(text string) {
	w.t.Helper()
	all := w.bytes()
	if at := strings.Index(all, text); at >= 0 {
		w.t.Fatalf("%q is in the file: %q", text, all[max(at-100, 0):min(at+200, len(all))])
	}
}

// texts gives what a report says of a document, without details.
func texts(rep communecter.Report, document string) []string {
	var out []string
	for _, e := range rep.Entries {
		if e.Document == document {
			out = append(out, e.Text)
		}
	}
	return out
}

// codes gives the codes of a report's entries on a document, each with its field.
func codes(rep communecter.Report, document string) []string {
	var out []string
	for _, e := range rep.Entries {
		if e.Document == document {
			out = append(out, e.Field+" "+e.Code)
		}
	}
	return out
}

//go:embed testdata/*.json
var samples embed.FS
