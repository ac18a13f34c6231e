package governance

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Module is a part of the engine that an instance or a space may switch off.
type Module string

// The modules. Assemblies and funding attach from packages of their own.
const (
	ModuleProposals  Module = "proposals"
	ModuleActions    Module = "actions"
	ModuleAssemblies Module = "assemblies"
	ModuleFunding    Module = "funding"
)

var moduleNames = []Module{ModuleProposals, ModuleActions, ModuleAssemblies, ModuleFunding}

// Errors about spaces.
var (
	ErrSpaceUnknown = fault.New(fault.NotFound, "space.unknown", "there is no such space")
	ErrSlugTaken    = fault.New(fault.Conflict, "space.slug_taken", "another space has this short name")
	ErrModuleOff    = fault.New(fault.NotFound, "space.module_off", "this space does not use this part")
	ErrStale        = fault.New(fault.Stale, "record.changed", "this changed since you read it; read it again, then decide")
)

// Spaces founds, reads and changes cooperative spaces.
type Spaces struct{ c *Coop }

// Element is the thing of the host program to which a space belongs: on Communecter an organisation, a project, an event.
type Element struct {
	Type string `json:"type"` // in the host's words, such as "organizations"
	ID   string `json:"id"`
	URL  string `json:"url,omitempty"`
}

// NewSpace describes a space to found.
type NewSpace struct {
	Name        string // required
	Description string // Markdown
	Slug        string // short name in addresses: 2 to 60 lower-case letters, digits and hyphens, unique in the instance; empty: made from Name
	Locale      string // "fr", "en" or "de"; empty: "fr"
	Zone        string // IANA time zone; empty: "Europe/Paris"
	Currency    string // ISO 4217; empty: "EUR"
	Public      bool   // anybody may read; otherwise members only
	Off         []Module
	Element     *Element
}

// Space is a cooperative space, as read.
type Space struct {
	ID          SpaceID
	Name        string
	Description string
	Slug        string
	Locale      string
	Zone        string
	Currency    string
	Public      bool
	Off         []Module
	Element     *Element
	Founded     time.Time
	Revision    uint64 // for If-Match; another one after each change
}

// spaceText is what people wrote about a space.
type spaceText struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// spaceState is folded from a space's own events.
type spaceState struct {
	Text     journal.Commitment `json:"text"`
	Slug     string             `json:"slug"`
	Locale   string             `json:"locale"`
	Zone     string             `json:"zone"`
	Currency string             `json:"currency"`
	Public   bool               `json:"public"`
	Off      []Module           `json:"off,omitempty"`
	Element  *Element           `json:"element,omitempty"`
	Founded  time.Time          `json:"founded"`
}

// SpaceFounded begins a space.
type SpaceFounded struct {
	Text     journal.Commitment `json:"text"`
	Slug     string             `json:"slug"`
	Locale   string             `json:"locale"`
	Zone     string             `json:"zone"`
	Currency string             `json:"currency"`
	Public   bool               `json:"public"`
	Off      []Module           `json:"off,omitempty"`
	Element  *Element           `json:"element,omitempty"`
}

// SpaceChanged replaces what it names.
type SpaceChanged struct {
	Text   journal.Commitment `json:"text,omitempty"`
	Locale string             `json:"locale,omitempty"`
	Public *bool              `json:"public,omitempty"`
	Off    *[]Module          `json:"off,omitempty"`
}

// EventName is the wire name.
func (SpaceFounded) EventName() string { return "space.founded/1" }

// EventName is the wire name.
func (SpaceChanged) EventName() string { return "space.changed/1" }

var spaces = journal.NewNoun(module, "space", 1, foldSpace, noKeys[spaceState], SpaceFounded{}, SpaceChanged{})

func foldSpace(s spaceState, e journal.Entry) spaceState {
	switch ev := e.Event.(type) {
	case SpaceFounded:
		s = spaceState{
			Text: ev.Text, Slug: ev.Slug, Locale: ev.Locale, Zone: ev.Zone, Currency: ev.Currency,
			Public: ev.Public, Off: ev.Off, Element: ev.Element, Founded: e.At,
		}
	case SpaceChanged:
		if ev.Text != "" {
			s.Text = ev.Text
		}
		if ev.Locale != "" {
			s.Locale = ev.Locale
		}
		if ev.Public != nil {
			s.Public = *ev.Public
		}
		if ev.Off != nil {
			s.Off = *ev.Off
		}
	}
	return s
}

// slugState says which space a short name belongs to. Short names live in the instance's own space.
type slugState struct {
	Space string    `json:"space"`
	Taken time.Time `json:"taken"`
}

// SlugTaken gives a short name to a space.
type SlugTaken struct {
	Space string `json:"space"`
}

// EventName is the wire name.
func (SlugTaken) EventName() string { return "slug.taken/1" }

var slugs = journal.NewNoun(module, "slug", 1, func(s slugState, e journal.Entry) slugState {
	if ev, ok := e.Event.(SlugTaken); ok {
		s = slugState{Space: ev.Space, Taken: e.At}
	}
	return s
}, noKeys[slugState], SlugTaken{})

var (
	slugForm     = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,58})[a-z0-9]$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// check gives the description with its defaults, or ErrText with what is wrong in it.
func (n NewSpace) check() (NewSpace, error) {
	var w writing
	n.Name = w.name("name", n.Name)
	n.Description = w.text("description", n.Description)
	n.Locale = w.locale("locale", orElse(n.Locale, "fr"))
	n.Zone = orElse(n.Zone, "Europe/Paris")
	if _, err := loadZone(n.Zone); err != nil {
		w.faults.Add("zone", "is not an IANA time zone")
	}
	n.Currency = orElse(n.Currency, "EUR")
	if !currencyForm.MatchString(n.Currency) {
		w.faults.Add("currency", "is not an ISO 4217 code")
	}
	if n.Slug == "" {
		n.Slug = slugFrom(n.Name)
	} else if !slugForm.MatchString(n.Slug) {
		w.faults.Add("slug", "has 2 to 60 lower-case letters, digits and hyphens, the first and last no hyphen")
	}
	n.Off = w.modules("off", n.Off)
	if n.Element != nil {
		e := *n.Element
		e.Type = w.name("element/type", e.Type)
		e.ID = w.name("element/id", e.ID)
		e.URL = w.link("element/url", e.URL)
		n.Element = &e
	}
	return n, w.err()
}

func (w *writing) locale(path, s string) string {
	if !slices.Contains([]string{"fr", "en", "de"}, s) {
		w.faults.Add(path, "is none of fr, en, de")
	}
	return s
}

func (w *writing) modules(path string, list []Module) []Module {
	var out []Module
	for i, m := range list {
		if !slices.Contains(moduleNames, m) {
			w.faults.Add(fmt.Sprintf("%s/%d", path, i), "is no module")
		} else if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out
}

// link checks an optional web address.
func (w *writing) link(path, s string) string {
	s = w.line(path, s, MaxLine)
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		w.faults.Add(path, "is no web address (https://...)")
	}
	return s
}

// slugFrom makes a short name from a name: letters without their accents, hyphens between words.
func slugFrom(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		default:
			if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
				b.WriteByte('-')
			}
		}
		if b.Len() == 50 {
			break
		}
	}
	s := strings.Trim(b.String(), "-")
	if len(s) < 2 {
		return "espace"
	}
	return s
}

// Create founds a space. Only a host may. A short name that was asked for and is taken is ErrSlugTaken; one made from the
// name gets a number.
func (s *Spaces) Create(ctx context.Context, a Actor, in NewSpace) (Space, error) {
	if err := allow(ActSpaceCreate, who{kind: a.kind}, target{}); err != nil {
		return Space{}, err
	}
	asked := in.Slug != ""
	in, err := in.check()
	if err != nil {
		return Space{}, err
	}
	// The short name is taken first, in the instance's space, together with the new space's id: repeated with the same
	// idempotency key, the second step finds the same id.
	type taken struct {
		Space SpaceID
		Slug  string
	}
	lapsed, err := s.lapsed(ctx, in.Slug)
	if err != nil {
		return Space{}, err
	}
	cmd := journal.Command{Name: "spaces.create", By: a.by(), Key: a.key, Input: in}
	got, err := journal.Do(ctx, s.c.j, store.Instance, cmd, func(t *journal.Tx) (taken, error) {
		id := t.NewID()
		slug := in.Slug
		for n := 2; ; n++ {
			item, err := slugs.Get(&t.Reader, slug)
			if errors.Is(err, store.ErrNoRecord) || err == nil && lapsed != "" && item.State.Space == lapsed {
				break
			}
			if err != nil {
				return taken{}, err
			}
			if asked {
				return taken{}, ErrSlugTaken.At("slug", slug)
			}
			slug = fmt.Sprintf("%s-%d", in.Slug, n)
		}
		return taken{Space: SpaceID(id), Slug: slug}, t.Emit(slug, SlugTaken{Space: id})
	})
	if err != nil {
		return Space{}, err
	}
	if err := s.holds(ctx, got.Slug, got.Space); err != nil {
		return Space{}, err
	}
	_, err = journal.Do(ctx, s.c.j, storeID(got.Space), journal.Command{Name: "spaces.create", By: a.by()},
		func(t *journal.Tx) (struct{}, error) {
			if has, err := spaces.Has(&t.Reader, string(got.Space)); has || err != nil {
				return struct{}{}, err
			}
			text, err := t.Commit(spaceText{Name: in.Name, Description: in.Description})
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, t.Emit(string(got.Space), SpaceFounded{
				Text: text, Slug: got.Slug, Locale: in.Locale, Zone: in.Zone, Currency: in.Currency,
				Public: in.Public, Off: in.Off, Element: in.Element,
			})
		})
	if err != nil {
		return Space{}, err
	}
	return s.Get(ctx, a, got.Space)
}

// slugReserved is how long a short name waits for a space whose founding was cut off.
const slugReserved = time.Hour

// lapsed gives the space that has a short name and was never founded, long enough ago that the name can be given to
// another; empty for none. It is asked before the transaction, for within one no other space can be read.
func (s *Spaces) lapsed(ctx context.Context, slug string) (string, error) {
	state, err := s.slug(ctx, slug)
	if err != nil || state.Space == "" || s.c.j.Now().Sub(state.Taken) < slugReserved {
		return "", err
	}
	err = s.c.j.View(ctx, store.SpaceID(state.Space), func(r *journal.Reader) error {
		has, err := spaces.Has(r, state.Space)
		if has {
			state.Space = ""
		}
		return err
	})
	return state.Space, err
}

// holds refuses to go on with the founding of a space whose short name was given to another in the meantime.
func (s *Spaces) holds(ctx context.Context, slug string, space SpaceID) error {
	state, err := s.slug(ctx, slug)
	if err == nil && state.Space != string(space) {
		err = ErrSlugTaken.At("slug", slug)
	}
	return err
}

// slug reads who has a short name; the zero state when nobody has.
func (s *Spaces) slug(ctx context.Context, slug string) (slugState, error) {
	var out slugState
	err := s.c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
		item, err := slugs.Get(r, slug)
		out = item.State
		if errors.Is(err, store.ErrNoRecord) {
			return nil
		}
		return err
	})
	return out, err
}

// Get reads a space.
func (s *Spaces) Get(ctx context.Context, a Actor, id SpaceID) (Space, error) {
	var out Space
	if !isUUID(string(id)) {
		return out, ErrSpaceUnknown
	}
	err := s.c.view(ctx, a, id, func(v *scope) error {
		if err := v.may(ActSpaceRead, target{}); err != nil {
			return err
		}
		item, err := spaces.Get(v.Reader, string(id))
		if err != nil {
			return err
		}
		out, err = v.spaceView(item)
		return err
	})
	return out, err
}

// Find reads a space by its short name.
func (s *Spaces) Find(ctx context.Context, a Actor, slug string) (Space, error) {
	var id SpaceID
	err := s.c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
		item, err := slugs.Get(r, slug)
		if errors.Is(err, store.ErrNoRecord) {
			return ErrSpaceUnknown
		}
		id = SpaceID(item.State.Space)
		return err
	})
	if err != nil {
		return Space{}, err
	}
	return s.Get(ctx, a, id)
}

// List gives the spaces that the actor may read, in the order of their founding.
func (s *Spaces) List(ctx context.Context, a Actor, p Paging) (Page[Space], error) {
	page := Page[Space]{Items: []Space{}}
	for id, err := range s.c.st.Spaces(ctx) {
		if err != nil {
			return page, err
		}
		if id == store.Instance || string(id) <= p.After {
			continue
		}
		if len(page.Items) == p.limit() {
			page.Next = string(page.Items[len(page.Items)-1].ID)
			break
		}
		one, err := s.Get(ctx, a, SpaceID(id))
		switch KindOf(err) {
		case fault.NotFound, fault.Forbidden, fault.Unauthenticated:
			continue
		}
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, one)
	}
	return page, nil
}

// SpaceChange names what to change; nil leaves a thing as it is.
type SpaceChange struct {
	Name        *string
	Description *string
	Locale      *string
	Public      *bool
	Off         *[]Module
	Revision    uint64 // the Revision that was read; 0: whatever it is now
}

// Change changes a space.
func (s *Spaces) Change(ctx context.Context, a Actor, id SpaceID, in SpaceChange) (Space, error) {
	if !isUUID(string(id)) {
		return Space{}, ErrSpaceUnknown
	}
	_, err := do(ctx, s.c, a, id, "spaces.change", in, func(t *tx) (struct{}, error) {
		none := struct{}{}
		if err := t.may(ActSpaceChange, target{}); err != nil {
			return none, err
		}
		item, err := spaces.Get(t.Reader, string(id))
		if err != nil {
			return none, err
		}
		if in.Revision != 0 && in.Revision != item.Version {
			return none, ErrStale
		}
		var w writing
		ev := SpaceChanged{Public: in.Public}
		if in.Name != nil || in.Description != nil {
			var text spaceText
			if _, err := t.Text(item.State.Text, &text); err != nil {
				return none, err
			}
			if in.Name != nil {
				text.Name = w.name("name", *in.Name)
			}
			if in.Description != nil {
				text.Description = w.text("description", *in.Description)
			}
			if ev.Text, err = t.w.Commit(text); err != nil {
				return none, err
			}
		}
		if in.Locale != nil {
			ev.Locale = w.locale("locale", *in.Locale)
		}
		if in.Off != nil {
			off := w.modules("off", *in.Off)
			ev.Off = &off
		}
		if err := w.err(); err != nil {
			return none, err
		}
		return none, t.emit(string(id), ev)
	})
	if err != nil {
		return Space{}, err
	}
	return s.Get(ctx, a, id)
}

func (v *scope) spaceView(item journal.Item[spaceState]) (Space, error) {
	s := item.State
	out := Space{
		ID: v.id, Slug: s.Slug, Locale: s.Locale, Zone: s.Zone, Currency: s.Currency, Public: s.Public,
		Off: s.Off, Element: s.Element, Founded: s.Founded, Revision: item.Version,
	}
	var text spaceText
	_, err := v.Text(s.Text, &text)
	out.Name, out.Description = text.Name, text.Description
	return out, err
}
