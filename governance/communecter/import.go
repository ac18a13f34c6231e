package communecter

import (
	"fmt"
	"io"
	"time"

	"github.com/communecter/coopspace/governance"
)

// Source is the issuer of the identities of the people brought over, and the name under which an import finds again what
// it brought before.
const Source = "communecter"

// Options of a reading. nil is fine.
type Options struct {
	// Zone reads dates that were written without one: an IANA name. Empty: the space's with Run, UTC with Parse.
	Zone string
	// Now closes the votes whose end has passed, as Communecter would have at the next look. Zero: the space's clock with
	// Run; with Parse nothing is closed.
	Now time.Time
	// Partial brings over what can be and reports the rest. Otherwise one document that cannot be brought over leaves the
	// space untouched.
	Partial bool
	// Check reports what would happen, and brings over nothing.
	Check bool
}

// File is one document of several. Name stands in the report and may be empty.
type File struct {
	Name string
	io.Reader
}

// Import is what was read.
type Import struct {
	Element  string // the id of the element that the documents belong to; empty when none says so
	Archive  governance.Archive
	Outcomes map[string]Outcome // by proposal
	Report   Report             // of the reading
}

// Parse reads one document.
func Parse(r io.Reader, opts *Options) (Import, error) {
	return ParseAll([]File{{Reader: r}}, opts)
}

// ParseAll reads several documents of one space as one: what stands in two of them is read once. ErrFile says by byte
// where a file cannot be read.
func ParseAll(files []File, opts *Options) (Import, error) {
	if opts == nil {
		opts = &Options{}
	}
	zone := opts.Zone
	if zone == "" {
		zone = "UTC"
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return Import{}, governance.ErrText.At("zone", quote(zone)+" is not an IANA time zone")
	}
	r := reading{zone: loc, now: opts.Now, rooms: map[string]bool{}, docs: map[string][]*doc{}, seen: map[string]*doc{}}
	for i, f := range files {
		e := envelope{r: &r, name: f.Name}
		if len(files) > 1 {
			if e.name == "" {
				e.name = fmt.Sprintf("file %d", i+1)
			}
			e.shown = e.name
		}
		top, err := readDocument(e.name, f)
		if err != nil {
			return Import{}, err
		}
		if err := e.open(top); err != nil {
			return Import{}, err
		}
	}
	if err := r.whose(); err != nil {
		return Import{}, err
	}
	out := Import{Element: r.element, Archive: governance.Archive{Source: Source}, Outcomes: map[string]Outcome{}}
	r.out = &out
	for _, d := range r.docs["room"] {
		r.room(d)
	}
	for _, d := range r.docs["person"] {
		r.person(d)
	}
	r.proposals()
	for _, d := range r.docs["action"] {
		r.action(d)
	}
	r.report.settle()
	for _, o := range r.report.Outcomes {
		out.Outcomes[o.Proposal] = o
	}
	out.Report = r.report
	return out, nil
}

// reading is the reading of some documents of one space.
type reading struct {
	zone    *time.Location
	now     time.Time
	element string
	report  Report
	docs    map[string][]*doc // by kind, in the order of the files
	seen    map[string]*doc   // by kind and key
	parents []string          // the elements that envelopes name
	links   []*node           // what elements say of who belongs to them
	rooms   map[string]bool   // in the archive
	out     *Import
}

// sections says what each member of an envelope holds, and whether it is one document alone.
var sections = map[string]struct {
	kind string
	one  bool
}{
	"element": {"element", true}, "citoyens": {"person", false},
	"rooms": {"room", false}, "roomList": {"room", false}, "room": {"room", true},
	"proposals": {"proposal", false}, "proposalList": {"proposal", false}, "proposal": {"proposal", true},
	"resolutions": {"resolution", false}, "resolutionList": {"resolution", false}, "resolution": {"resolution", true},
	"actions": {"action", false}, "actionList": {"action", false}, "action": {"action", true},
}

// envelope is one file, from which the documents are taken.
type envelope struct {
	r     *reading
	name  string // for errors
	shown string // in the report: empty for the only file
}

func (e envelope) open(top *node) error {
	r, path := e.r, e.name
	if !top.is(object) {
		return ErrFile.At(place(path, 0), "an object is expected, and this is "+kindNames[top.kind])
	}
	ours := false
	for i, key := range top.keys {
		v := top.items[i]
		section, known := sections[key]
		if key == "post" {
			if id, ok := idOf(v.get("parentId")); ok {
				r.parents = append(r.parents, id)
			}
			continue
		}
		if !known {
			continue
		}
		ours = true
		if v.empty() {
			continue
		}
		if !v.is(object) && (section.one || !v.is(list)) {
			return ErrFile.At(place(path, v.at), fmt.Sprintf("%s is %s and holds no documents", key, kindNames[v.kind]))
		}
		if section.one || v.get("_id") != nil {
			if err := e.take(section.kind, "", v); err != nil {
				return err
			}
			continue
		}
		for i, one := range v.items {
			under := ""
			if v.kind == object {
				under = v.keys[i]
			}
			if err := e.take(section.kind, under, one); err != nil {
				return err
			}
		}
	}
	if !ours {
		return ErrFile.At(place(path, 0), "no rooms, proposals, resolutions or actions of Communecter are in it")
	}
	return nil
}

// take keeps one document; under is the key under which it stood.
func (e envelope) take(kind, under string, n *node) error {
	r := e.r
	if !n.is(object) {
		return ErrFile.At(place(e.name, n.at), fmt.Sprintf("a document is expected, and this is %s", kindNames[n.kind]))
	}
	d := &doc{in: r, kind: kind, file: e.shown, n: n}
	key, ok := idOf(n.get("_id"))
	if !ok {
		key, ok = idOf(n.get("id"))
	}
	outer, outerOK := idOf(&node{kind: text, text: under})
	switch {
	case !ok && !outerOK:
		d.refuse("_id", "id_missing", "no id", "")
		return nil
	case !ok:
		key = outer
	}
	d.key = key
	if ok && under != "" && under != key {
		d.note("_id", "id_differs", "another id than it stands under", plain(under))
	}
	if kind == "element" {
		r.parents = append(r.parents, key)
		r.links = append(r.links, n.get("links"))
		return nil
	}
	if first := r.seen[kind+" "+key]; first != nil {
		if !same(first.n, n) {
			d.note("", "document_twice", "this document is there twice, and differs", "the first was taken")
			first.twins = append(first.twins, d)
		}
		return nil
	}
	r.seen[kind+" "+key] = d
	r.docs[kind] = append(r.docs[kind], d)
	return nil
}

// same tells whether two documents say the same, in whatever form: "50" and 50, a list and an object with its items.
func same(a, b *node) bool {
	if a.empty() && b.empty() {
		return true
	}
	if a == nil || b == nil || a.scalar() != b.scalar() || len(a.items) != len(b.items) {
		return false
	}
	for i, v := range a.items {
		other := b.items[i]
		if a.kind == object && b.kind == object {
			other = b.get(a.keys[i])
		}
		if !same(v, other) {
			return false
		}
	}
	return true
}

// whose finds the one element to which everything belongs, and sets aside what belongs to another.
func (r *reading) whose() error {
	for _, id := range r.parents {
		if r.element != "" && r.element != id {
			return ErrElement.At("element", plain(r.element)+" in one file, "+plain(id)+" in another")
		}
		r.element = id
	}
	for _, kind := range []string{"room", "proposal", "resolution", "action"} {
		var kept []*doc
		for _, d := range r.docs[kind] {
			parent, ok := idOf(d.n.get("parentId"))
			if ok && r.element == "" {
				r.element = parent
			}
			if ok && parent != r.element {
				d.refuse("parentId", "other_element", "of another element", plain(parent))
				delete(r.seen, kind+" "+d.key)
				continue
			}
			kept = append(kept, d)
		}
		r.docs[kind] = kept
	}
	return nil
}
