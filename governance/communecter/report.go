package communecter

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/governance"
)

// Report says what was brought over and everything that was odd on the way.
type Report struct {
	governance.HistoryReport
	Outcomes []Outcome `json:"outcomes"` // by proposal, in the order of their keys
	Entries  []Entry   `json:"entries"`  // by document, field and code
}

// Entry is one oddity.
type Entry struct {
	File     string `json:"file,omitempty"` // of several
	Document string `json:"document"`       // "proposal 59d7450d40bb4e926fdcd10b"
	Field    string `json:"field"`          // "votes.up"
	Code     string `json:"code"`           // stable; docs/import-communecter.md lists them
	Text     string `json:"text"`           // one sentence, lower case
	Detail   string `json:"detail,omitempty"`
	Refused  bool   `json:"refused,omitempty"` // the document cannot be brought over
}

// String gives the entry as one line of plain text.
func (e Entry) String() string {
	var b strings.Builder
	for _, s := range []string{e.File, e.Document, e.Field} {
		if s != "" {
			b.WriteString(s + " ")
		}
	}
	line := strings.TrimSuffix(b.String(), " ") + ": " + e.Text
	if e.Detail != "" {
		line += " (" + e.Detail + ")"
	}
	if e.Refused {
		line += "; this is not brought over"
	}
	return line + " [" + e.Code + "]"
}

// Refused tells whether something cannot be brought over.
func (r Report) Refused() bool {
	return slices.ContainsFunc(r.Entries, func(e Entry) bool { return e.Refused })
}

// settle puts the report in its order, each entry once.
func (r *Report) settle() {
	slices.SortStableFunc(r.Entries, compareEntries)
	r.Entries = slices.Compact(r.Entries)
	slices.SortFunc(r.Outcomes, func(a, b Outcome) int { return cmp.Compare(a.Proposal, b.Proposal) })
	odd := map[string][]string{}
	for _, e := range r.Entries {
		odd[e.Document] = append(odd[e.Document], e.Text)
	}
	for i := range r.Outcomes {
		r.Outcomes[i].Report = odd[document("proposal", r.Outcomes[i].Proposal)]
	}
}

func compareEntries(a, b Entry) int {
	return cmp.Or(
		cmp.Compare(rankOf(a.Document), rankOf(b.Document)), cmp.Compare(a.Document, b.Document),
		cmp.Compare(a.Field, b.Field), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text),
		cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.File, b.File),
	)
}

// rankOf orders documents as they depend on each other.
func rankOf(document string) int {
	kind, _, _ := strings.Cut(document, " ")
	return slices.Index([]string{"file", "element", "person", "room", "proposal", "resolution", "action"}, kind)
}

func document(kind, key string) string { return strings.TrimSuffix(kind+" "+key, " ") }

// quote gives what a file says as something that can stand in a line of text: printable ASCII as it is, the rest escaped,
// at most 60 characters.
func quote(s string) string {
	if len(s) > 60 {
		s = s[:57] + "..."
	}
	q := strconv.QuoteToASCII(s)
	return "'" + strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`) + "'"
}

// plain gives a key as a part of a field's path.
func plain(s string) string {
	q := quote(s)
	return q[1 : len(q)-1]
}
