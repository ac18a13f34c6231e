package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/internal/locale"
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
