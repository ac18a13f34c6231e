package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// pagePart is how much of each list a page shows.
const pagePart = 20

//go:embed page/page.html
var pageHTML string

//go:embed page/page.css
var pageCSS string

// pages shows people whose browser asks, until there is a web space: what there is, and no more than whoever asks
// may see. It asks the services alone, and its pages run no script.
type pages struct {
	*server
	links  *auth.Links // nil: nobody signs in here
	shown  *template.Template
	policy string
}

func (s *server) showPages(links *auth.Links) {
	style := sha256.Sum256([]byte(pageCSS))
	p := &pages{server: s, links: links, shown: template.Must(template.New("").Parse(pageHTML))}
	p.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	s.pages = p
	s.router.Get("/", p.front)
	s.router.Head("/", p.front)
	if links != nil {
		s.router.Get(auth.LinkPath+"{code}", p.link)
		s.router.Head(auth.LinkPath+"{code}", p.link)
		s.router.Post(auth.LinkPath+"{code}", p.signIn)
		s.router.Post("/sign-out", p.signOut)
	}
}

// frame is what every page has.
type frame struct {
	Lang    locale.Lang
	Title   string // of the window
	Style   template.CSS
	Home    string // leads to the first page from this one
	Space   string // empty: the page is about none
	Public  bool   // the page tells nobody in particular that there is more to see
	Signed  bool
	Person  string // empty: their name is not known here
	SignOut bool
}

// T gives a sentence of pages.
func (f frame) T(key string) string { return locale.Text(f.Lang, "page."+key) }

func (p *pages) frame(r *http.Request, title string) frame {
	q := requestOf(r.Context())
	_, err := r.Cookie(auth.SessionCookie)
	return frame{
		Lang: q.lang, Title: title, Style: template.CSS(pageCSS), Home: q.home, // our own file
		Signed: q.actor.Known(), SignOut: p.links != nil && q.actor.Known() && err == nil,
	}
}

// show writes a page, or says why it cannot.
func (p *pages) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var out bytes.Buffer
	if err := p.shown.ExecuteTemplate(&out, name, data); err != nil {
		p.problemJSON(w, p.problem(r.Context(), err))
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "same-origin") // under no-referrer a form would not say that it comes from here
	h.Add("Vary", "Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // whoever asked may be gone
}

// refusalPage is a refusal for people.
type refusalPage struct {
	frame
	Detail    string
	Reference string
}

func (p *pages) refusal(w http.ResponseWriter, r *http.Request, problem *Problem) {
	out := refusalPage{frame: p.frame(r, problem.Title), Detail: problem.Detail}
	if problem.Request != "" {
		out.Reference = locale.Text(out.Lang, "page.reference", "id", problem.Request)
	}
	p.show(w, r, problem.Status, "refusal", out)
}

func (p *pages) refusePage(w http.ResponseWriter, r *http.Request, err error) {
	p.refusal(w, r, p.problem(r.Context(), err))
}

// link shows what a link to sign in would do. It does nothing yet: programs open links in mails before people do.
func (p *pages) link(w http.ResponseWriter, r *http.Request) {
	if !p.links.Works(chi.URLParam(r, "code")) {
		p.refusePage(w, r, auth.ErrLink)
		return
	}
	p.show(w, r, http.StatusOK, "link", p.frame(r, locale.Text(requestOf(r.Context()).lang, "page.link.title")))
}

func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	if err := p.links.SignIn(w, r, chi.URLParam(r, "code")); err != nil {
		p.refusePage(w, r, err)
		return
	}
	p.home(w, r)
}

func (p *pages) signOut(w http.ResponseWriter, r *http.Request) {
	p.links.SignOut(w, r)
	p.home(w, r)
}

// home sends a browser to the first page.
func (p *pages) home(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", requestOf(r.Context()).home)
	w.WriteHeader(http.StatusSeeOther)
}

// spacesPage lists spaces.
type spacesPage struct {
	frame
	SpaceData  string
	Spaces     []spaceLine
	SpacesMore string
}

type spaceLine struct {
	Name        string
	Link        string
	Description []string
}

// front shows the space that is asked for, the only one there is, or all of them.
func (p *pages) front(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	actor := requestOf(ctx).actor
	all, err := p.coop.Spaces.List(ctx, actor, governance.Paging{Limit: pagePart})
	if err != nil {
		p.refusePage(w, r, err)
		return
	}
	if slug := r.URL.Query().Get("space"); slug != "" {
		sp, err := p.coop.Spaces.Find(ctx, actor, slug)
		if governance.KindOf(err) == fault.Unauthenticated { // whether there is such a space is not for nobody to know
			err = governance.ErrSpaceUnknown
		}
		if err != nil {
			p.refusePage(w, r, err)
			return
		}
		p.space(w, r, sp)
		return
	}
	if len(all.Items) == 1 && all.Next == "" {
		p.space(w, r, all.Items[0])
		return
	}
	out := spacesPage{frame: p.frame(r, locale.Text(requestOf(ctx).lang, "page.space.title")), SpacesMore: p.more(r, all.Next)}
	out.Public = true
	for _, sp := range all.Items {
		out.Spaces = append(out.Spaces, spaceLine{
			Name: sp.Name, Link: out.Home + "?space=" + url.QueryEscape(sp.Slug), Description: paragraphs(sp.Description),
		})
	}
	p.show(w, r, http.StatusOK, "spaces", out)
}

// more says that a list goes on; empty if it does not.
func (p *pages) more(r *http.Request, next string) string {
	if next == "" {
		return ""
	}
	return locale.Text(requestOf(r.Context()).lang, "page.more")
}

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

// openLine is a question that is open.
type openLine struct {
	proposalLine
	ID       string
	Awaited  bool   // the reader's ballot is missing
	Mine     string // what is known of the reader's ballot
	Deadline string
	Urgent   bool
	Choices  string
	Options  []string
	Rule     string
	Turnout  string
	Quorum   string
	Have     int64
	Needed   int64 // 0: no quorum that the turnout tells about
	Short    bool
	Hidden   string // what is not shown, and why
	Shown    string
	Unsealed string
	After    string
	Final    string
}

// decidedLine is a vote that was counted.
type decidedLine struct {
	Kind    voting.Outcome
	Word    string
	Number  string
	Title   string
	About   string
	Count   string
	Figures []figure
	Why     string
	Texts   proposalTexts
	Recount string
}

// figure is a number of a count.
type figure struct {
	Kind, Sign, N, Label string
}

// actionGroup is the actions that stand alike.
type actionGroup struct {
	Title string
	Items []actionLine
}

type actionLine struct {
	ID               string
	Title, Due, Late string
	Who, Resolution  string
	Percent          int
	Progress         string
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

// questions fills in what is open, what is in debate and what is decided.
func (v *reader) questions(out *spacePage, more func(string) string) error {
	resolutions, err := v.coop.Resolutions.List(v.ctx, v.actor, v.space.ID, 0, v.part())
	if err != nil {
		return err
	}
	for _, r := range resolutions.Items {
		v.rules[r.ID] = r.Label()
		about := v.t("resolution.adopted", "day", v.day(r.Adopted))
		if r.Option != "" {
			about = v.t("resolution.option", "option", r.Option) + " " + about
		}
		out.Resolutions = append(out.Resolutions, resolutionLine{Number: r.Label(), Title: r.Title, About: about})
	}
	out.ResolutionsMore = more(resolutions.Next)

	open, err := v.coop.Polls.List(v.ctx, v.actor, v.space.ID, governance.StateOpen, v.part())
	if err != nil {
		return err
	}
	awaited := false
	for _, poll := range open.Items {
		line, err := v.open(poll, len(out.Open))
		if err != nil {
			return err
		}
		awaited = awaited || line.Awaited
		out.Open = append(out.Open, line)
	}
	slices.SortStableFunc(out.Open, func(a, b openLine) int {
		switch {
		case a.Awaited == b.Awaited:
			return 0
		case a.Awaited:
			return -1
		}
		return 1
	})
	out.OpenMore = more(open.Next)
	out.UpToDate = v.t("vote.none")
	if v.actor.Person() != "" && !awaited {
		out.UpToDate += " " + v.t("vote.uptodate")
	}

	debate, err := v.coop.Proposals.List(v.ctx, v.actor, v.space.ID, governance.ProposalQuery{State: governance.InDebate, Paging: v.part()})
	if err != nil {
		return err
	}
	for _, p := range debate.Items {
		line, err := v.proposal(p)
		if err != nil {
			return err
		}
		if p.Submitted != nil {
			line.About = joined(line.About, v.t("debate.since", "day", v.day(*p.Submitted)))
		}
		out.Debate = append(out.Debate, line)
	}
	out.DebateMore = more(debate.Next)

	counted, err := v.coop.Polls.List(v.ctx, v.actor, v.space.ID, governance.StateCounted, v.part())
	if err != nil {
		return err
	}
	for _, poll := range counted.Items {
		line, err := v.decided(poll)
		if err != nil {
			return err
		}
		out.Decided = append(out.Decided, line)
	}
	out.DecidedMore = more(counted.Next)
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

// open tells of an open question: its deadline, its rule and its turnout, and nothing of how it stands.
func (v *reader) open(poll governance.Poll, nth int) (openLine, error) {
	var line openLine
	p, err := v.about(poll.Proposal)
	if err != nil {
		return line, err
	}
	if line.proposalLine, err = v.proposal(p); err != nil {
		return line, err
	}
	line.ID = "turnout-" + strconv.Itoa(nth)
	line.Deadline, line.Urgent = v.deadline(poll)
	if line.Awaited, line.Mine, err = v.mine(poll); err != nil {
		return line, err
	}
	line.Choices = v.t("choices")
	for _, o := range poll.Options {
		line.Options = append(line.Options, o.Title)
	}
	line.Rule = v.rule(poll)
	if poll.Turnout != nil {
		line.Turnout = v.t("vote.turnout", "n", *poll.Turnout, "of", poll.Entitled.Seats)
		v.quorum(poll, &line)
	}
	line.Hidden, line.Shown, line.Unsealed = v.t("vote.hidden"), v.t("vote.shown"), v.t("vote.unsealed")
	line.After, line.Final = v.t("vote.nonames"), v.t("vote.final")
	if poll.Names {
		line.After = v.t("vote.names")
	}
	if poll.Change {
		line.Final = v.t("vote.change")
	}
	return line, nil
}

// mine tells whether the reader's ballot is awaited, and in words what is known of it.
func (v *reader) mine(poll governance.Poll) (bool, string, error) {
	if v.actor.Person() == "" {
		return false, "", nil
	}
	_, err := v.coop.Polls.Mine(v.ctx, v.actor, poll.ID)
	switch {
	case err == nil:
		return false, v.t("vote.done"), nil
	case errors.Is(err, governance.ErrNotCast):
		return true, v.t("vote.expected"), nil
	}
	switch governance.KindOf(err) {
	case fault.Forbidden, fault.Invalid, fault.NotFound: // not on the roll, or the reader would have to say for whom
		return false, "", nil
	}
	return false, "", err
}

// deadline tells in words how long a vote is open yet, and whether its last hour has begun.
func (v *reader) deadline(poll governance.Poll) (string, bool) {
	if poll.Closes == nil {
		return v.t("vote.open"), false
	}
	left := max(poll.Closes.At.Sub(v.now), time.Minute)
	at := poll.Closes.At.In(v.zone)
	if z, err := time.LoadLocation(poll.Closes.Zone); err == nil && poll.Closes.Zone != "" {
		at = at.In(z)
	}
	key, n := "left.days", int(left/(24*time.Hour))
	switch {
	case left < 2*time.Hour:
		key, n = "left.minutes", int(left/time.Minute)
	case left < 48*time.Hour:
		key, n = "left.hours", int(left/time.Hour)
	}
	return v.t("left.until", "left", v.t(key, "n", n), "when", locale.When(v.lang, at)), left <= time.Hour
}

// rule tells in words what it takes to be adopted.
func (v *reader) rule(poll governance.Poll) string {
	among := len(poll.Options) > 0
	th := poll.Rule.Threshold
	if th == nil {
		if among {
			return v.t("vote.rule.most")
		}
		return v.t("vote.rule.majority")
	}
	base := "base." + string(th.Of)
	if among && th.Of == voting.Expressed {
		base += ".choice"
	}
	text := ""
	if among {
		text = v.t("vote.rule.most") + " "
	}
	share, fraction := "vote.rule.share", "fraction."
	if th.Strict {
		share, fraction = "vote.rule.share.more", "fraction.more."
	}
	return text + v.t(share, "fraction", v.fraction(fraction, th.Fraction), "base", locale.Text(v.lang, base, "whole", 2))
}

// fraction gives a fraction in words where the language has them.
func (v *reader) fraction(prefix string, f voting.Fraction) string {
	key := prefix + f.String()
	if text := locale.Text(v.lang, key); text != key {
		return text
	}
	return locale.Text(v.lang, prefix+"other", "fraction", f.String())
}

// quorum tells how far the turnout is from a quorum that it decides: one of ballots out of those entitled. The turnout is
// seen by everybody, and says nothing of how the vote goes.
func (v *reader) quorum(poll governance.Poll, line *openLine) {
	q := poll.Rule.Quorum
	if q == nil || q.Count != voting.Cast || q.Of != voting.Entitled || q.By != voting.Seats {
		return
	}
	have, part := int64(*poll.Turnout), poll.Entitled.Seats*q.Fraction.Num
	need := (part + q.Fraction.Den - 1) / q.Fraction.Den
	if q.Strict {
		need = part/q.Fraction.Den + 1
	}
	line.Have, line.Needed, line.Short = min(have, need), max(need, 1), have < need
	if line.Short {
		line.Quorum = locale.Text(v.lang, "verdict.inquorate.cast.seats", "missing", need-have, "have", have, "need", need)
		return
	}
	line.Quorum = v.t("vote.quorum", "have", have, "need", need)
}

// decided tells of a vote that was counted, and why it came out so.
func (v *reader) decided(poll governance.Poll) (decidedLine, error) {
	line := decidedLine{Why: poll.Explain(string(v.lang)), Count: v.t("figures")}
	p, err := v.about(poll.Proposal)
	if err != nil {
		return line, err
	}
	line.Title, line.Texts = p.Title, v.texts(p.Body, p.Arguments)
	if poll.Verdict != nil {
		line.Kind = poll.Verdict.Outcome
		line.Word = v.t("outcome." + string(line.Kind))
		if line.Kind == voting.Adopted && len(poll.Options) > 0 {
			line.Word = v.t("outcome.chosen")
		}
	}
	if p.Resolution != "" && p.Poll == poll.ID && line.Kind == voting.Adopted {
		number, err := v.label(p.Resolution)
		if err != nil {
			return line, err
		}
		if number != "" {
			line.Number = v.t("resolution", "number", number)
		}
	}
	if poll.Closed != nil {
		line.About = v.t("decided.on", "day", v.day(*poll.Closed))
	}
	if room := v.rooms[p.Room]; room != "" {
		line.About = joined(room+".", line.About)
	}
	line.Figures = v.figures(poll)
	if poll.Names {
		line.Recount = v.home + "v1/polls/" + url.PathEscape(string(poll.ID)) + "/export"
	}
	return line, nil
}

// figures gives the numbers of a count: always with a word, and with a sign where there is one.
func (v *reader) figures(poll governance.Poll) []figure {
	if poll.Result == nil {
		return nil
	}
	var out []figure
	for _, t := range poll.Result.Votes {
		f := figure{N: v.voices(t.Voices), Label: string(t.Choice)}
		switch {
		case len(poll.Options) > 0:
			for _, o := range poll.Options {
				if o.Key == t.Choice {
					f.Label = o.Title
				}
			}
		case t.Choice == voting.For:
			f.Kind, f.Sign, f.Label = "for", "+", v.t("choice.for")
		case t.Choice == voting.Against:
			f.Kind, f.Sign, f.Label = "against", "\u2212", v.t("choice.against")
		}
		out = append(out, f)
	}
	if n := poll.Result.Abstain; n.Seats > 0 {
		out = append(out, figure{Kind: "abstain", Sign: "o", N: v.voices(n.Voices), Label: v.t("count.abstain", "n", voices(n.Voices))})
	}
	if n := poll.Result.Blank; n.Seats > 0 {
		out = append(out, figure{Kind: "abstain", N: v.voices(n.Voices), Label: v.t("count.blank", "n", voices(n.Voices))})
	}
	return out
}

// voices is a weight as a number to be shown.
func voices(w voting.Weight) locale.Number { return locale.Number{Units: int64(w), Places: 6} }

func (v *reader) voices(w voting.Weight) string { return voices(w).Format(v.lang) }

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

// actions fills in what there is to do, what is under way and what was done.
func (v *reader) actions(out *spacePage, more func(string) string) error {
	for _, state := range []governance.ActionState{governance.Doing, governance.ToDo, governance.Done} {
		page, err := v.coop.Actions.List(v.ctx, v.actor, v.space.ID, governance.ActionQuery{State: state, Paging: v.part()})
		if err != nil {
			return err
		}
		if page.Next != "" {
			out.ActionsMore = more(page.Next)
		}
		group := actionGroup{Title: v.t("action." + string(state))}
		for i, a := range page.Items {
			line, err := v.action(a)
			if err != nil {
				return err
			}
			line.ID = string(state) + "-" + strconv.Itoa(i)
			group.Items = append(group.Items, line)
		}
		if len(group.Items) > 0 {
			out.Actions = append(out.Actions, group)
		}
	}
	return nil
}

func (v *reader) action(a governance.Action) (actionLine, error) {
	line := actionLine{Title: a.Title}
	switch {
	case a.State == governance.Done && a.Ended != nil:
		line.Due = v.t("action.ended", "day", v.day(*a.Ended))
	case a.State != governance.Done && a.Due != nil && a.Due.At.Before(v.now):
		line.Late = v.t("action.late", "day", v.weekday(a.Due.At))
	case a.State != governance.Done && a.Due != nil:
		line.Due = v.t("action.due", "day", v.weekday(a.Due.At))
	}
	if a.State == governance.Doing && a.Progress > 0 {
		line.Percent = a.Progress
		line.Progress = v.t("action.progress", "percent", locale.Percent(v.lang, int64(a.Progress), 100, 0))
	}
	var names []string
	for _, id := range a.Assignees {
		name, err := v.name(id)
		if err != nil {
			return line, err
		}
		if name != "" {
			names = append(names, name)
		}
	}
	switch {
	case len(a.Assignees) == 0:
		line.Who = v.t("action.nobody")
	case len(names) == len(a.Assignees):
		line.Who = v.t("action.who", "names", locale.List(v.lang, names))
	default:
		line.Who = v.t("action.who.count", "n", len(a.Assignees))
	}
	if a.Resolution != "" {
		number, err := v.label(a.Resolution)
		if err != nil {
			return line, err
		}
		if number != "" {
			line.Resolution = v.t("action.resolution", "number", number)
		}
	}
	return line, nil
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
