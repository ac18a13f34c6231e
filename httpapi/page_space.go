package httpapi

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
)

// spacePage is a space.
type spacePage struct {
	frame
	Description []string
	Tongue      string // what the members write in
	SpaceData   string
	UpToDate    string
	Deciding    bool // the space uses proposals
	Doing       bool // the space uses actions

	Open            []openLine
	OpenMore        string
	Debate          []proposalLine
	DebateMore      string
	Decided         []decidedLine
	DecidedMore     string
	Actions         []actionGroup
	ActionsMore     string
	Resolutions     []resolutionLine
	ResolutionsMore string
}

// proposalTexts are what a proposal says, to be opened.
type proposalTexts struct {
	Tongue          string
	Read, Why       string
	Body, Arguments []string
}

// proposalLine is a proposal.
type proposalLine struct {
	proposalTexts
	Title   string
	Summary string
	About   string
}

type resolutionLine struct{ Number, Title, About string }

// reader gathers what one person sees of one space.
type reader struct {
	coop  *governance.Coop
	ctx   context.Context
	actor governance.Actor
	lang  locale.Lang
	home  string
	now   time.Time
	zone  *time.Location
	space governance.Space
	names map[governance.MemberID]string // empty: members are not shown to this reader
	rooms map[governance.RoomID]string
	known map[governance.ProposalID]governance.Proposal
	rules map[governance.ResolutionID]string
}

func (p *pages) space(w http.ResponseWriter, r *http.Request, sp governance.Space) {
	q := requestOf(r.Context())
	zone, err := time.LoadLocation(sp.Zone)
	if err != nil {
		zone = time.UTC
	}
	v := &reader{
		coop: p.coop, ctx: r.Context(), actor: q.actor, lang: q.lang, home: q.home, now: p.clock(), zone: zone, space: sp,
		names: map[governance.MemberID]string{}, rooms: map[governance.RoomID]string{},
		known: map[governance.ProposalID]governance.Proposal{}, rules: map[governance.ResolutionID]string{},
	}
	out := spacePage{
		frame: p.frame(r, sp.Name), Description: paragraphs(sp.Description), SpaceData: q.home + "v1/slugs/" + url.PathEscape(sp.Slug),
	}
	out.Space, out.Tongue, out.Public = sp.Name, sp.Locale, true
	if out.Person, err = v.people(); err == nil {
		err = v.fill(&out, func(next string) string { return p.more(r, next) })
	}
	if err != nil {
		p.refusePage(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, "space", out)
}

// part is how much of each list is read.
func (v *reader) part() governance.Paging { return governance.Paging{Limit: pagePart} }

func (v *reader) t(key string, args ...any) string { return locale.Text(v.lang, "page."+key, args...) }

// people learns the names that this reader may see, and gives the reader's own.
func (v *reader) people() (string, error) {
	if !v.actor.Known() {
		return "", nil
	}
	page, err := v.coop.Members.List(v.ctx, v.actor, v.space.ID, "", governance.Paging{Limit: 200})
	if err != nil {
		if k := governance.KindOf(err); k == fault.Forbidden || k == fault.Unauthenticated {
			return "", nil // a public space of which they are no member
		}
		return "", err
	}
	own := ""
	for _, m := range page.Items {
		v.names[m.ID] = m.Name
		if m.Person != "" && m.Person == v.actor.Person() {
			own = m.Name
		}
	}
	return own, nil
}

// name gives a member's name; empty if this reader may not see it.
func (v *reader) name(id governance.MemberID) (string, error) {
	name, ok := v.names[id]
	if ok || id == "" || len(v.names) == 0 {
		return name, nil
	}
	m, err := v.coop.Members.Get(v.ctx, v.actor, id)
	if err != nil {
		return "", err
	}
	v.names[id] = m.Name
	return m.Name, nil
}

func (v *reader) fill(out *spacePage, more func(string) string) error {
	rooms, err := v.coop.Rooms.List(v.ctx, v.actor, v.space.ID, governance.Paging{Limit: 200})
	if err != nil {
		return err
	}
	for _, r := range rooms.Items {
		v.rooms[r.ID] = r.Name
	}
	if out.Deciding = !slices.Contains(v.space.Off, governance.ModuleProposals); out.Deciding {
		if err := v.questions(out, more); err != nil {
			return err
		}
	}
	if out.Doing = !slices.Contains(v.space.Off, governance.ModuleActions); out.Doing {
		return v.actions(out, more)
	}
	return nil
}

// about gives the proposal that a poll is on.
func (v *reader) about(id governance.ProposalID) (governance.Proposal, error) {
	if p, ok := v.known[id]; ok {
		return p, nil
	}
	p, err := v.coop.Proposals.Get(v.ctx, v.actor, id)
	if err == nil {
		v.known[id] = p
	}
	return p, err
}

func (v *reader) proposal(p governance.Proposal) (proposalLine, error) {
	line := proposalLine{proposalTexts: v.texts(p.Body, p.Arguments), Title: p.Title, Summary: p.Summary}
	name, err := v.name(p.Author)
	if err != nil {
		return line, err
	}
	if name != "" {
		line.About = v.t("by", "name", name) + "."
	}
	if room := v.rooms[p.Room]; room != "" {
		line.About = joined(room+".", line.About)
	}
	return line, nil
}

func (v *reader) texts(body, arguments string) proposalTexts {
	return proposalTexts{Tongue: v.space.Locale, Read: v.t("text"), Why: v.t("arguments"), Body: paragraphs(body), Arguments: paragraphs(arguments)}
}

// label gives a resolution's number; empty without one.
func (v *reader) label(id governance.ResolutionID) (string, error) {
	if n, ok := v.rules[id]; ok {
		return n, nil
	}
	r, err := v.coop.Resolutions.Get(v.ctx, v.actor, id)
	if errors.Is(err, governance.ErrResolutionUnknown) {
		return "", nil
	}
	v.rules[id] = r.Label()
	return r.Label(), err
}

// day writes a date with its year, in the space's zone.
func (v *reader) day(t time.Time) string {
	t = t.In(v.zone)
	return locale.DateYear(v.lang, t.Year(), t.Month(), t.Day())
}

// weekday writes a date that is near.
func (v *reader) weekday(t time.Time) string { return locale.Day(v.lang, t.In(v.zone)) }

// paragraphs cuts a text at its empty lines. What people write is shown as it was written.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// joined puts two sentences together, of which either may be empty.
func joined(a, b string) string { return strings.TrimSpace(a + " " + b) }
