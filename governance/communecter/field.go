package communecter

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/communecter/coopspace/governance"
)

// doc is one document under reading, which notes what is odd in it.
type doc struct {
	in   *reading
	kind string // "proposal"
	key  string
	file string
	n    *node

	twins []*doc // of the same id, and set aside
}

func (d *doc) note(field, code, text, detail string) {
	d.in.report.Entries = append(d.in.report.Entries, Entry{
		File: d.file, Document: document(d.kind, d.key), Field: field, Code: code, Text: text, Detail: detail,
	})
}

// refuse notes why the document cannot be brought over.
func (d *doc) refuse(field, code, text, detail string) {
	d.note(field, code, text, detail)
	d.in.report.Entries[len(d.in.report.Entries)-1].Refused = true
}

// idOf reads an id: a text, or one of the forms in which drivers write an ObjectId.
func idOf(n *node) (string, bool) {
	for _, form := range []string{"$id", "$oid", "_str"} {
		if inner := n.get(form); inner != nil {
			n = inner
			break
		}
	}
	if !n.is(text) || len(n.text) == 0 || len(n.text) > 64 {
		return "", false
	}
	for i := range len(n.text) {
		switch c := n.text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return "", false
		}
	}
	return n.text, true
}

// ref reads an optional id.
func (d *doc) ref(field string) string {
	n := d.n.get(field)
	if n.empty() {
		return ""
	}
	id, ok := idOf(n)
	if !ok {
		d.note(field, "id_unreadable", "not an id", "")
	}
	return id
}

// str reads a text as it stands; numbers too, for forms keep what is typed as they like.
func (d *doc) str(field string) string {
	n := d.n.get(field)
	switch {
	case n.is(text), n.is(number):
		return n.text
	case !n.empty():
		d.note(field, "not_text", "not a text", "it is "+kindNames[n.kind]+" and was left out")
	}
	return ""
}

// line reads a text of one line; line breaks and tabs, which web forms let in, become spaces.
func (d *doc) line(field string) string { return oneLine(d.str(field)) }

func oneLine(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(s))
}

// yes reads a truth value: true, "true", and what PHP takes for them.
func (d *doc) yes(field string, otherwise bool) bool {
	v, ok := truth(d.n.get(field))
	if !ok {
		if n := d.n.get(field); n != nil && n.kind != nothing && n.text != "" {
			d.note(field, "not_boolean", "neither true nor false", plain(n.text))
		}
		return otherwise
	}
	return v
}

func truth(n *node) (value, ok bool) {
	switch {
	case n.is(boolean):
		return n.flag, true
	case n.is(text), n.is(number):
		switch strings.ToLower(n.text) {
		case "true", "1":
			return true, true
		case "false", "0":
			return false, true
		}
	}
	return false, false
}

// words reads a list of words, or a text with commas between them: none empty, none twice.
func (d *doc) words(field string) []string { return d.wordsIn(field, d.n.get(field)) }

func (d *doc) wordsIn(field string, n *node) []string {
	var raw []string
	switch {
	case n.is(text):
		raw = strings.Split(n.text, ",")
	case n.is(list), n.is(object):
		n.each(func(key string, v *node) {
			if v.is(text) || v.is(number) {
				raw = append(raw, v.text)
			} else if !v.empty() {
				d.note(field, "not_text", "not a text", "it is "+kindNames[v.kind]+" and was left out")
			}
		})
	case !n.empty():
		d.note(field, "not_list", "not a list", "it is "+kindNames[n.kind]+" and was left out")
	}
	var out []string
	seen := map[string]bool{"": true}
	for _, s := range raw {
		if s = oneLine(s); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// leaves notes which fields have something that is not brought over.
func (d *doc) leaves(fields ...string) {
	for _, f := range fields {
		if !d.n.get(f).empty() {
			d.note(f, "left_out", "not brought over", "")
		}
	}
}

// moment is a time as a document has it.
type moment struct {
	at    time.Time
	given governance.Moment // the same for the engine, with what was typed where that was a local time
	bad   bool              // there is something, and it is no time
}

func (m moment) known() bool { return !m.at.IsZero() }

// date reads a time in any of the forms in which Communecter wrote them, and notes what is odd.
func (d *doc) date(field string) moment {
	m, odd := d.in.when(d.n.get(field))
	if odd != nil {
		d.note(field, odd.code, odd.text, odd.detail)
	}
	return m
}

// oddity is what is odd in a value.
type oddity struct{ code, text, detail string }

// wallForms are the forms of a local time without a zone, those of the code first.
var wallForms = [...]string{
	"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04",
	"02/01/2006 15:04:05", "02/01/2006 15:04", "2006-01-02", "02/01/2006",
}

var instantForms = [...]string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00"}

func (r *reading) when(n *node) (moment, *oddity) {
	if n.empty() {
		return moment{}, nil
	}
	odd := &oddity{"date_unreadable", "not a date", ""}
	none := moment{bad: true}
	switch {
	case n.is(object) && n.get("$date") != nil:
		inner := n.get("$date")
		if inner.is(object) {
			inner = inner.get("$numberLong")
		}
		if ms, ok := integer(inner); ok {
			return instant(time.UnixMilli(ms))
		}
		return r.when(inner)
	case n.is(object) && n.get("$numberLong") != nil:
		return r.when(n.get("$numberLong"))
	case n.is(object):
		sec, ok := integer(n.get("sec"))
		usec, ok2 := integer(n.get("usec"))
		if !ok || !ok2 && !n.get("usec").empty() || usec < 0 || usec >= 1_000_000 {
			return none, odd
		}
		return instant(time.Unix(sec, usec*1000))
	case n.is(number):
		return seconds(n)
	case !n.is(text):
		odd.detail = kindNames[n.kind]
		return none, odd
	}
	s := strings.TrimSpace(n.text)
	if s == "Invalid date" {
		return none, &oddity{"date_invalid", "'Invalid date' in place of a date", "their form writes it for a field that was left empty"}
	}
	for _, form := range instantForms {
		if t, err := time.Parse(form, s); err == nil {
			return instant(t)
		}
	}
	for _, form := range wallForms {
		t, err := time.ParseInLocation(form, s, r.zone)
		if err != nil {
			continue
		}
		m, bad := instant(t)
		if bad != nil {
			return m, bad
		}
		m.given = governance.Moment{Local: t.Format("2006-01-02T15:04:05"), Zone: r.zone.String()}
		return m, &oddity{"date_without_zone", "date without zone", "read in " + r.zone.String()}
	}
	if m, bad := seconds(n); bad == nil {
		return m, nil
	}
	odd.detail = plain(s)
	return none, odd
}

// seconds reads unix seconds; a number too large for them is taken for milliseconds.
func seconds(n *node) (moment, *oddity) {
	v, ok := integer(n)
	if !ok {
		return moment{bad: true}, &oddity{"date_unreadable", "not a date", plain(n.text)}
	}
	if v > 100_000_000_000 || v < -100_000_000_000 {
		m, odd := instant(time.UnixMilli(v))
		if odd == nil {
			odd = &oddity{"date_in_milliseconds", "date in milliseconds", ""}
		}
		return m, odd
	}
	return instant(time.Unix(v, 0))
}

// instant bounds a time to what can be kept.
func instant(t time.Time) (moment, *oddity) {
	t = t.UTC()
	if t.Year() < 1970 || t.Year() > 2199 || t.Unix() == 0 {
		return moment{bad: true}, &oddity{"date_unreadable", "not a date", "outside the years 1970 to 2199"}
	}
	return moment{at: t, given: governance.Moment{At: t}}, nil
}

// integer reads a whole number: as a number, as a text, or as the floating-point form in which old exports write one.
func integer(n *node) (int64, bool) {
	if !n.is(number) && !n.is(text) {
		return 0, false
	}
	r, ok := decimal(n.text)
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// decimal reads a decimal number exactly. It refuses what no form of a program writes: long ones and large exponents.
func decimal(s string) (*big.Rat, bool) {
	if len(s) == 0 || len(s) > 32 || strings.ContainsAny(s, "/_xXbBoOpP") {
		return nil, false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(s), "e"); ok && len(exponent) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// born gives when a document was written: what it says, or what its id tells, which begins with the second of its making.
func (d *doc) born() time.Time {
	if m := d.date("created"); m.known() {
		return m.at
	}
	if len(d.key) == 24 {
		if v, ok := new(big.Int).SetString(d.key[:8], 16); ok {
			if m, odd := instant(time.Unix(v.Int64(), 0)); odd == nil {
				d.note("created", "created_missing", "no date of writing", "the one in its id was taken: "+m.at.Format(time.DateOnly))
				return m.at
			}
		}
	}
	d.note("created", "created_missing", "no date of writing", "1 January 1970 stands in its place")
	return time.Unix(1, 0).UTC()
}

// percent gives 100*part/whole in hundredths, rounded half up; 0 of nothing.
func percent(part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return (2*10_000*part + whole) / (2 * whole)
}

// showPercent writes hundredths as a decimal without needless zeros.
func showPercent(hundredths int64) string {
	s := fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
