package communecter_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/internal/fault"
)

// A file that is not whole, or not theirs, is refused by byte, and the space is as it was.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ doc, at, why string }{
		"empty":              {"", "byte 0", "ends in the middle"},
		"cut off":            {`{"rooms": [{"_id": "a"`, "byte 22", "ends in the middle"},
		"no JSON":            {`{"rooms": <html>}`, "byte 11", "is no JSON from here on"},
		"something follows":  {`{"rooms": []} {}`, "byte 15", "is no JSON from here on"},
		"a list":             {`[]`, "byte 0", "this is a list"},
		"a text":             {`"rooms"`, "byte 0", "this is a text"},
		"nothing":            {`null`, "byte 0", "this is nothing"},
		"foreign":            {`{"type": "FeatureCollection", "features": []}`, "byte 0", "no rooms, proposals"},
		"an empty object":    {`{}`, "byte 0", "no rooms, proposals"},
		"rooms of no kind":   {`{"rooms": 12}`, "byte 12", "rooms is a number"},
		"a room of no kind":  {`{"rooms": ["a"]}`, "byte 14", "a document is expected, and this is a text"},
		"a member twice":     {`{"rooms": [], "rooms": []}`, "byte 21", "'rooms' is there twice"},
		"not in UTF-8":       {"{\"rooms\": \"\xff\"}", "byte 11", "not in UTF-8"},
		"UTF-16":             {"\xff\xfe{\x00}\x00", "byte 0", "not in UTF-8"},
		"after a byte order": {"\xef\xbb\xbf{\"rooms\": [", "byte 14", "ends in the middle"},
		"deep":               {`{"rooms": ` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + "}", "byte 73", "lie more than 64 deep"},
		"deeper than deep":   {`{"rooms": ` + strings.Repeat(`[`, 1_000_000), "byte 10", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			size := w.verify()
			_, err := w.run(c.doc, nil)
			require.ErrorIs(t, err, communecter.ErrFile)
			require.Equal(t, fault.Malformed, governance.KindOf(err))
			f := governance.Fault(err)
			require.Len(t, f.Fields, 1)
			require.True(t, strings.HasPrefix(f.Fields[0].Path, c.at), f.Fields[0].Path)
			require.Contains(t, f.Fields[0].Text, c.why)
			require.Less(t, len(err.Error()), 400)
			require.Equal(t, size, w.verify())
		})
	}

	t.Run("cut off anywhere", func(t *testing.T) {
		t.Parallel()
		whole := strings.TrimSpace(sample(t, "atelier.json"))
		for n := range len(whole) {
			if n%61 != 0 && n < len(whole)-50 {
				continue
			}
			_, err := communecter.Parse(strings.NewReader(whole[:n]), nil)
			require.ErrorIs(t, err, communecter.ErrFile, "cut at byte %d", n)
		}
	})

	t.Run("too long", func(t *testing.T) {
		t.Parallel()
		endless := io.MultiReader(strings.NewReader(`{"rooms": [], "x": "`), &repeated{})
		_, err := communecter.Parse(endless, nil)
		require.ErrorIs(t, err, communecter.ErrFile)
		require.Contains(t, err.Error(), "longer than 64 MiB")
	})

	t.Run("too many values", func(t *testing.T) {
		t.Parallel()
		_, err := communecter.Parse(strings.NewReader(`{"rooms": [`+strings.Repeat("1,", communecter.MaxValues)+`1]}`), nil)
		require.ErrorIs(t, err, communecter.ErrFile)
		require.Contains(t, err.Error(), "values")
	})

	t.Run("a disk that fails", func(t *testing.T) {
		t.Parallel()
		broken := errors.New("the disk is gone")
		_, err := communecter.Parse(io.MultiReader(strings.NewReader(`{"rooms"`), failing{broken}), nil)
		require.ErrorIs(t, err, communecter.ErrFile)
		require.ErrorIs(t, err, broken)
	})

	t.Run("the second of two files", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		size := w.verify()
		_, err := communecter.Run(t.Context(), w.coop, w.host, w.space, []communecter.File{
			{Name: "a.json", Reader: strings.NewReader(sample(t, "atelier.json"))},
			{Name: "b.json", Reader: strings.NewReader(`{"rooms": [`)},
		}, nil)
		require.ErrorIs(t, err, communecter.ErrFile)
		require.Contains(t, err.Error(), "b.json byte 11")
		require.Equal(t, size, w.verify())
	})
}

// repeated is a file without an end.
type repeated struct{}

var filling = bytes.Repeat([]byte("x"), 1<<16)

func (*repeated) Read(p []byte) (int, error) { return copy(p, filling), nil }

// failing is a file that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A large document comes over whole.
func TestLarge(t *testing.T) {
	t.Parallel()
	const people, proposals = 500, 40
	var doc, voters bytes.Buffer
	doc.WriteString(`{"element": {"_id": "5c0000000000000000000001"}, "citoyens": {`)
	for i := range people {
		if i > 0 {
			doc.WriteString(",")
			voters.WriteString(",")
		}
		fmt.Fprintf(&doc, `"5d%022d": {"name": "Membre %d", "links": {"memberOf": {"5c0000000000000000000001": {}}}}`, i, i)
		fmt.Fprintf(&voters, `"5d%022d"`, i)
	}
	doc.WriteString(`}, "proposals": [`)
	for i := range proposals {
		if i > 0 {
			doc.WriteString(",")
		}
		fmt.Fprintf(&doc, `{"_id": "5e%022d", "title": "Numéro %d", "status": "resolved", "majority": 50, "voteAnonymous": "true",
			"created": 1500000000, "voteDateEnd": "2018-01-01T00:00:00Z", "votes": {"up": [%s]}}`, i, i, &voters)
	}
	doc.WriteString(`]}`)
	in, err := communecter.Parse(&doc, nil)
	require.NoError(t, err)
	require.Len(t, in.Archive.People, people)
	require.Len(t, in.Archive.Proposals, proposals)
	require.Equal(t, int64(people), in.Archive.Proposals[proposals-1].Poll.Counts[0].Votes)
}

// FuzzParse feeds anything to the reading: it neither falls over nor gives what the engine could not have, and the same
// bytes give the same report.
func FuzzParse(f *testing.F) {
	// Short ones: the corpus under testdata/fuzz, and this.
	data, err := samples.ReadFile("testdata/coopdata.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Fuzz(func(t *testing.T, doc string) {
		opts := &communecter.Options{Zone: "Indian/Reunion", Now: noon}
		in, err := communecter.Parse(strings.NewReader(doc), opts)
		if err != nil {
			if kind := governance.KindOf(err); kind != fault.Malformed && kind != fault.Conflict {
				t.Fatalf("%v is %v", err, kind)
			}
			return
		}
		again, err := communecter.Parse(strings.NewReader(doc), opts)
		require.NoError(t, err)
		require.Equal(t, in, again)
		for _, p := range in.Archive.Proposals {
			require.NotEmpty(t, p.Key)
			require.Contains(t, in.Outcomes, p.Key)
			if p.Poll != nil {
				require.NoError(t, p.Poll.Rule.Check())
			}
		}
		for _, e := range in.Report.Entries {
			for _, r := range e.String() {
				if r < ' ' || r > '~' {
					t.Fatalf("%q is no plain line", e.String())
				}
			}
		}
	})
}
