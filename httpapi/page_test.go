package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/httpapi/auth"
	"github.com/communecter/coopspace/voting"
)

// hall is an instance that people look at with a browser.
type hall struct {
	coop    *governance.Coop
	clock   *clock
	links   *auth.Links
	handler http.Handler
	space   governance.Space
	members []governance.Member
}

// newHall founds a public garden of seven members, the first of whom is chair.
func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{clock: newClock()}
	var err error
	h.coop, err = governance.Open(newStore(t), &governance.Options{Clock: h.clock.now, Origin: "coop.example.org"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.coop.Close()) })
	h.links, err = auth.NewLinks(&auth.LinksOptions{WhoeverHoldsALinkIsBelieved: true, Clock: h.clock.now})
	require.NoError(t, err)
	h.handler = New(h.coop, &Options{Page: true, Links: h.links, Who: h.links.Who(nil), Clock: h.clock.now})
	h.space, err = h.coop.Spaces.Create(t.Context(), h.host(), governance.NewSpace{
		Name: "Jardin", Description: "Un jardin partagé.", Zone: "Indian/Reunion", Public: true,
	})
	require.NoError(t, err)
	for i, name := range []string{"Amina", "Jonas", "Lise", "Marc", "Nadia", "Olivier", "Prisca"} {
		n := governance.NewMember{Identity: governance.Identity{Issuer: "register", Subject: fmt.Sprint(i + 1), Name: name}}
		if i == 0 {
			n.Roles = []string{governance.Chair}
		}
		m, err := h.coop.Members.Admit(t.Context(), h.host(), h.space.ID, n)
		require.NoError(t, err)
		h.members = append(h.members, m)
	}
	return h
}

func (h *hall) host() governance.Actor { return governance.Host("test") }

// put proposes something as Lise and puts it to the vote.
func (h *hall) put(t *testing.T, p governance.NewProposal, n governance.NewPoll) governance.Poll {
	t.Helper()
	proposal, err := h.coop.Proposals.Submit(t.Context(), h.members[2].Actor(), h.space.ID, p)
	require.NoError(t, err)
	poll, err := h.coop.Polls.Open(t.Context(), h.members[0].Actor(), proposal.ID, n)
	require.NoError(t, err)
	return poll
}

// cast casts ballots in the order of the members.
func (h *hall) cast(t *testing.T, poll governance.Poll, choices ...voting.Choice) {
	t.Helper()
	for i, c := range choices {
		_, err := h.coop.Polls.Cast(t.Context(), h.members[i].Actor(), poll.ID, c)
		require.NoError(t, err)
	}
}

// send sends what a browser sends. Headers are names and values in turn.
func (h *hall) send(method, path string, cookie *http.Cookie, headers ...string) *http.Response {
	r := httptest.NewRequest(method, "http://coop.example.org"+path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Result()
}

// enter signs a member in by a link, as a person would, and gives the cookie.
func (h *hall) enter(t *testing.T, m governance.Member) *http.Cookie {
	t.Helper()
	res := h.send("POST", h.links.New(m.Person), nil, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Len(t, res.Cookies(), 1)
	return res.Cookies()[0]
}

// sheet is a page as a reader of pages finds it.
type sheet struct {
	raw      string
	text     string // what is read, with plain spaces
	lang     string
	title    string
	headings []string // "2 À voter"
	marks    map[string]int
	links    []string
	forms    []string
}

// look asks for a page and reads it. Whatever the page, it is well-formed, in one language, with one main part, headings
// in order, unique ids that exist, no script, and a policy under which its one style is the only thing that works.
func (h *hall) look(t *testing.T, status int, path string, cookie *http.Cookie, headers ...string) sheet {
	t.Helper()
	res := h.send("GET", path, cookie, headers...)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, status, res.StatusCode, "%s", body)
	require.Equal(t, "text/html; charset=utf-8", res.Header.Get("Content-Type"))
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	s := read(t, string(body))
	require.Equal(t, res.Header.Get("Content-Language"), s.lang)
	_, style, _ := strings.Cut(s.raw, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	require.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", res.Header.Get("Content-Security-Policy"))
	return s
}

func read(t *testing.T, raw string) sheet {
	t.Helper()
	s := sheet{raw: raw, marks: map[string]int{}}
	d := xml.NewDecoder(strings.NewReader(raw))
	d.Entity = xml.HTMLEntity
	ids, named := map[string]bool{}, []string{}
	var open []string
	var text, heading strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, "the page is well-formed")
		switch x := token.(type) {
		case xml.StartElement:
			open = append(open, x.Name.Local)
			s.marks[x.Name.Local]++
			heading.Reset()
			for _, a := range x.Attr {
				switch a.Name.Local {
				case "id":
					require.False(t, ids[a.Value], "the id %s is there twice", a.Value)
					ids[a.Value] = true
				case "aria-labelledby":
					named = append(named, a.Value)
				case "href":
					s.links = append(s.links, a.Value)
				case "action":
					s.forms = append(s.forms, a.Value)
				case "lang":
					if x.Name.Local == "html" {
						s.lang = a.Value
					}
				}
				require.False(t, strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style", "%s: %s", x.Name.Local, a.Name.Local)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
			switch n := x.Name.Local; n {
			case "title":
				s.title = heading.String()
			case "h1", "h2", "h3":
				s.headings = append(s.headings, n[1:]+" "+heading.String())
			}
			text.WriteString(" ")
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] != "style" && open[len(open)-1] != "title" {
				text.Write(x)
			}
			heading.Write(x)
		}
	}
	for _, id := range named {
		require.True(t, ids[id], "nothing is called %s", id)
	}
	require.Equal(t, 1, s.marks["main"])
	require.Equal(t, 1, s.marks["header"])
	require.Equal(t, 1, s.marks["h1"])
	require.Zero(t, s.marks["script"])
	last := 0
	for _, x := range s.headings {
		require.LessOrEqual(t, int(x[0]-'0'), last+1, "%s leaves out a level", x)
		last = int(x[0] - '0')
	}
	s.text = strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text.String())), " ")
	require.NotContains(t, s.text, "page.", "a sentence is missing")
	require.NotContains(t, s.raw, "ZgotmplZ")
	return s
}

// Whoever opens the address finds what is open, what was decided and why, what there is to do, and the API.
func TestPage(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	tools := h.put(t, governance.NewProposal{Title: "Une débroussailleuse", Body: "Le jardin en achète une."},
		governance.NewPoll{Rule: voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 2}), Names: true})
	h.cast(t, tools, voting.For, voting.For, voting.For, voting.Against, voting.Abstain)
	_, err := h.coop.Polls.Close(t.Context(), h.members[0].Actor(), tools.ID)
	require.NoError(t, err)
	all, err := h.coop.Resolutions.List(t.Context(), h.host(), h.space.ID, 0, governance.Paging{})
	require.NoError(t, err)
	action, err := h.coop.Actions.Plan(t.Context(), h.members[0].Actor(), h.space.ID, governance.NewAction{
		Resolution: all.Items[0].ID, Title: "Comparer trois devis", Assignees: []governance.MemberID{h.members[3].ID},
		Due: governance.Moment{Local: "2026-12-04T18:00"},
	})
	require.NoError(t, err)
	_, err = h.coop.Actions.Progress(t.Context(), h.members[0].Actor(), action.ID, governance.Doing, 40)
	require.NoError(t, err)
	_, err = h.coop.Proposals.Submit(t.Context(), h.members[2].Actor(), h.space.ID, governance.NewProposal{Title: "Accueillir l'école"})
	require.NoError(t, err)
	compost := h.put(t, governance.NewProposal{Title: "Un composteur", Summary: "Deux bacs."}, governance.NewPoll{
		Rule: voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 2}), Names: true, Change: true,
		Closes: governance.Moment{Local: "2026-11-27T18:00"},
	})
	h.cast(t, compost, voting.For, voting.Against)

	s := h.look(t, 200, "/", nil)
	require.Equal(t, "fr", s.lang)
	require.Equal(t, "Jardin", s.title)
	require.Equal(t, []string{
		"1 Jardin", "2 À voter", "3 Un composteur", "2 En débat", "3 Accueillir l'école", "2 Décisions", "3 Une débroussailleuse",
		"2 Actions", "3 En cours", "2 Registre des résolutions", "2 Aller plus loin avec l'API",
	}, s.headings)
	for _, said := range []string{
		"Encore 4 jours, jusqu'au vendredi 27 novembre à 18 h, heure de La Réunion.",
		"2 bulletins dans l'urne, pour 7 personnes appelées à voter. Il manque 2 bulletins pour que le vote soit valable (2 sur les 4 nécessaires).",
		"Il y faut au moins deux tiers des voix exprimées.",
		"Le décompte reste caché jusqu'à la clôture", "on publiera qui a voté quoi", "peut être changé",
		"Adoptée Résolution 2026-01", "+ 3 pour", "− 1 contre", "o 1 abstention",
		"Adoptée. 3 voix pour sur 4 exprimées, soit 75 % ; il en fallait 3 (deux tiers).",
		"Vote clos le 23 novembre 2026.", "2026-01 Une débroussailleuse Adoptée le 23 novembre 2026.",
		"Comparer trois devis Pour le vendredi 4 décembre. Confiée à 1 membre. Découle de la résolution 2026-01. Avancement : 40 %",
		"Vous voyez ce qui est public.",
	} {
		require.Contains(t, s.text, said)
	}
	require.Contains(t, s.links, "./v1/openapi.yaml")
	require.Contains(t, s.links, "./v1/key")
	require.Contains(t, s.links, "./v1/slugs/jardin")
	require.Contains(t, s.links, "./v1/polls/"+string(tools.ID)+"/export")
	for _, link := range s.links {
		if path, ok := strings.CutPrefix(link, "./"); ok {
			require.Equal(t, 200, h.send("GET", "/"+path, nil, "Accept", "*/*").StatusCode, link)
		}
	}

	t.Run("in English and in German", func(t *testing.T) {
		t.Parallel()
		en := h.look(t, 200, "/", nil, "Accept-Language", "en-GB,fr;q=0.5")
		require.Equal(t, "en", en.lang)
		require.Contains(t, en.text, "4 days left, until Friday 27 November at 6 pm, Réunion time.")
		require.Contains(t, en.text, "Adopted. 3 of 4 votes cast for or against were in favour, 75 %")
		de := h.look(t, 200, "/", nil, "Accept-Language", "de")
		require.Equal(t, "de", de.lang)
		require.Contains(t, de.text, "Noch 4 Tage, bis Freitag, 27. November um 18 Uhr")
		require.Len(t, de.headings, len(s.headings))
	})

	t.Run("names are for members", func(t *testing.T) {
		t.Parallel()
		for _, m := range h.members {
			require.NotContains(t, h.look(t, 200, "/", nil).text, m.Name)
		}
		own := h.look(t, 200, "/", h.enter(t, h.members[6]))
		require.Contains(t, own.text, "Prisca Se déconnecter")
		require.Contains(t, own.text, "Proposé par Lise.")
		require.Contains(t, own.text, "Confiée à Marc.")
	})

	t.Run("members see first what waits for them", func(t *testing.T) {
		t.Parallel()
		require.Contains(t, h.look(t, 200, "/", h.enter(t, h.members[6])).text, "Votre voix est attendue. Un composteur")
		voted := h.look(t, 200, "/", h.enter(t, h.members[0]))
		require.Contains(t, voted.text, "Votre bulletin est dans l'urne. Un composteur")
		require.NotContains(t, voted.text, "attendue")
	})

	t.Run("without a page", func(t *testing.T) {
		t.Parallel()
		api := New(h.coop, nil)
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", "text/html")
		api.ServeHTTP(w, r)
		require.Equal(t, 404, w.Code)
		require.Equal(t, problemType, w.Header().Get("Content-Type"))
	})
}

// How a vote goes is not to be read from a page before it is counted: whatever lies in the box, the pages are the same.
func TestPageKeepsRunningResults(t *testing.T) {
	t.Parallel()
	var seen [2][]string
	for i, choices := range [][]voting.Choice{{"for", "for", "for"}, {"against", "abstain", "blank"}} {
		h := newHall(t)
		poll := h.put(t, governance.NewProposal{Title: "Semer"}, governance.NewPoll{Rule: voting.SimpleMajority(), Names: true})
		h.cast(t, poll, choices...)
		for _, cookie := range []*http.Cookie{nil, h.enter(t, h.members[0]), h.enter(t, h.members[6])} {
			seen[i] = append(seen[i], h.look(t, 200, "/", cookie).raw)
		}
		require.Contains(t, seen[i][0], "3 bulletins dans l&#39;urne")
		require.NotContains(t, seen[i][0], "class=\"figures\"")
	}
	require.Equal(t, seen[0], seen[1])
}

// A deadline is told in days, then in hours, then in minutes; only the last hour is pressing.
func TestPageDeadline(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	end := time.Date(2026, 11, 27, 14, 0, 0, 0, time.UTC)
	h.put(t, governance.NewProposal{Title: "Semer"}, governance.NewPoll{
		Rule: voting.SimpleMajority(), Closes: governance.Moment{At: end},
	})
	for _, c := range []struct {
		left   time.Duration
		text   string
		urgent bool
	}{
		{72 * time.Hour, "Encore 3 jours, jusqu'au vendredi 27", false},
		{48 * time.Hour, "Encore 2 jours,", false},
		{48*time.Hour - time.Second, "Encore 47 heures,", false},
		{2 * time.Hour, "Encore 2 heures,", false},
		{90 * time.Minute, "Encore 90 minutes,", false},
		{time.Hour, "Encore 60 minutes,", true},
		{time.Second, "Encore 1 minute,", true},
	} {
		h.clock.set(end.Add(-c.left))
		s := h.look(t, 200, "/", nil)
		require.Contains(t, s.text, c.text)
		require.Equal(t, c.urgent, strings.Contains(s.raw, `class="deadline urgent"`), c.text)
	}
}

// A page shows what its reader may see, as it was written, and says in words what it cannot show.
func TestPageShowsWhatOneMaySee(t *testing.T) {
	t.Parallel()

	t.Run("several spaces, of which one is not public", func(t *testing.T) {
		t.Parallel()
		h := newHall(t)
		for name, public := range map[string]bool{"Village": true, "Caisse": false} {
			sp, err := h.coop.Spaces.Create(t.Context(), h.host(), governance.NewSpace{Name: name, Public: public})
			require.NoError(t, err)
			_, err = h.coop.Members.Join(t.Context(), h.host(), sp.ID, governance.Identity{Issuer: "register", Subject: "7", Name: "Prisca"})
			require.NoError(t, err)
		}
		s := h.look(t, 200, "/", nil)
		require.Equal(t, "Espaces coopératifs", s.title)
		require.Contains(t, s.links, "./?space=jardin")
		require.Contains(t, s.links, "./?space=village")
		require.NotContains(t, s.raw, "aisse")
		prisca := h.enter(t, h.members[6])
		require.Contains(t, h.look(t, 200, "/", prisca).links, "./?space=caisse")
		require.Equal(t, "Caisse", h.look(t, 200, "/?space=caisse", prisca).title)
		require.Contains(t, h.look(t, 200, "/?space=village", prisca).text, "Aucun vote n'est ouvert. Vous êtes à jour.")

		hidden, none := h.look(t, 404, "/?space=caisse", nil), h.look(t, 404, "/?space=rien", nil)
		require.Equal(t, none.raw, hidden.raw, "what may not be known of looks as what is not there")
		require.Equal(t, "Introuvable", none.title)
	})

	t.Run("no space at all", func(t *testing.T) {
		t.Parallel()
		coop, err := governance.Open(newStore(t), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, coop.Close()) })
		h := &hall{handler: New(coop, &Options{Page: true})}
		require.Contains(t, h.look(t, 200, "/", nil).text, "Aucun espace n'est public ici.")
	})

	t.Run("a room for some", func(t *testing.T) {
		t.Parallel()
		h := newHall(t)
		room, err := h.coop.Rooms.Open(t.Context(), h.host(), h.space.ID, governance.NewRoom{Name: "Bureau", Roles: []string{governance.Chair}})
		require.NoError(t, err)
		p, err := h.coop.Proposals.Submit(t.Context(), h.members[0].Actor(), h.space.ID, governance.NewProposal{Room: room.ID, Title: "Confidentiel"})
		require.NoError(t, err)
		_, err = h.coop.Polls.Open(t.Context(), h.members[0].Actor(), p.ID, governance.NewPoll{Rule: voting.SimpleMajority()})
		require.NoError(t, err)
		for _, cookie := range []*http.Cookie{nil, h.enter(t, h.members[6])} {
			s := h.look(t, 200, "/", cookie)
			require.NotContains(t, s.raw, "Confidentiel")
			require.NotContains(t, s.raw, "Bureau")
		}
		require.Contains(t, h.look(t, 200, "/", h.enter(t, h.members[0])).text, "Confidentiel Bureau.")
	})

	t.Run("what somebody writes stays text", func(t *testing.T) {
		t.Parallel()
		h := newHall(t)
		evil := `<script>alert(1)</script> & "quoted" </style>`
		poll := h.put(t, governance.NewProposal{Title: evil, Summary: evil, Body: evil + "\n\n" + evil, Arguments: evil}, governance.NewPoll{
			Rule: voting.MostVoices(), Options: []governance.Option{{Key: "a", Title: evil}, {Key: "b", Title: "B"}},
		})
		require.Contains(t, h.look(t, 200, "/", nil).text, evil)
		h.cast(t, poll, "a")
		_, err := h.coop.Polls.Close(t.Context(), h.members[0].Actor(), poll.ID)
		require.NoError(t, err)
		require.Contains(t, h.look(t, 200, "/", nil).text, "1 "+evil)
	})

	t.Run("a space that uses only actions", func(t *testing.T) {
		t.Parallel()
		h := newHall(t)
		off := []governance.Module{governance.ModuleProposals}
		_, err := h.coop.Spaces.Change(t.Context(), h.host(), h.space.ID, governance.SpaceChange{Off: &off})
		require.NoError(t, err)
		require.Equal(t, []string{"1 Jardin", "2 Actions", "2 Aller plus loin avec l'API"}, h.look(t, 200, "/", nil).headings)
	})

	t.Run("an address at which there is nothing", func(t *testing.T) {
		t.Parallel()
		h := newHall(t)
		s := h.look(t, 404, "/a/b", nil, "Accept-Language", "en")
		require.Equal(t, "Not found", s.title)
		require.Contains(t, s.links, "./../")
		res := h.send("GET", "/a/b", nil, "Accept", "application/json")
		require.Equal(t, problemType, res.Header.Get("Content-Type"))
	})
}

// A link to sign in shows one button; the button signs in, once, and one may sign out again.
func TestPageSignIn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	path := h.links.New(h.members[6].Person)
	for range 3 { // programs that look at links in mails, and then the person
		s := h.look(t, 200, path, nil)
		require.Equal(t, "Se connecter", s.title)
		require.Equal(t, 1, s.marks["form"])
		require.Equal(t, 1, s.marks["button"])
	}
	require.Empty(t, h.send("GET", path, nil).Cookies())
	require.Equal(t, 200, h.send("HEAD", path, nil).StatusCode)

	res := h.send("POST", path, nil, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, 303, res.StatusCode)
	require.Equal(t, "./../", res.Header.Get("Location"))
	prisca := res.Cookies()[0]
	s := h.look(t, 200, "/", prisca)
	require.Contains(t, s.text, "Prisca")
	require.Equal(t, []string{"./sign-out"}, s.forms)

	require.Equal(t, "Identifiez-vous", h.look(t, 401, path, nil).title)
	require.Equal(t, 401, h.send("POST", path, nil).StatusCode)

	out := h.send("POST", "/sign-out", prisca, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, 303, out.StatusCode)
	require.Contains(t, h.look(t, 200, "/", prisca).text, "Vous voyez ce qui est public.")

	t.Run("from a page of another site", func(t *testing.T) {
		t.Parallel()
		path := h.links.New(h.members[5].Person)
		for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
			res := h.send("POST", path, nil, headers...)
			require.Equal(t, 403, res.StatusCode)
			require.Empty(t, res.Cookies())
		}
		cookie := h.enter(t, h.members[4])
		require.Equal(t, 403, h.send("POST", "/sign-out", cookie, "Sec-Fetch-Site", "cross-site").StatusCode)
		require.Contains(t, h.look(t, 200, "/", cookie).text, "Nadia")
		require.Equal(t, 303, h.send("POST", path, nil).StatusCode, "the link was not used up")
	})

	t.Run("with another method", func(t *testing.T) {
		t.Parallel()
		path := h.links.New(h.members[5].Person)
		for _, method := range []string{"PUT", "DELETE", "PATCH"} {
			require.Equal(t, 405, h.send(method, path, nil).StatusCode, method)
		}
		require.Equal(t, 405, h.send("GET", "/sign-out", nil).StatusCode)
		require.Equal(t, 200, h.send("GET", path, nil).StatusCode)
	})

	t.Run("below a path", func(t *testing.T) {
		t.Parallel()
		router, person := chi.NewRouter(), h.members[6].Person
		router.Mount("/coop", h.handler)
		for _, below := range []http.Handler{router, http.StripPrefix("/coop", h.handler)} {
			h := &hall{handler: below, links: h.links}
			res := h.send("POST", "/coop"+h.links.New(person), nil)
			require.Equal(t, "./../", res.Header.Get("Location"), "from /coop/sign-in/... that is /coop/")
			require.Equal(t, []string{"./sign-out"}, h.look(t, 200, "/coop/", res.Cookies()[0]).forms)
			require.Contains(t, h.look(t, 404, "/coop/a/b", nil).links, "./../")
		}
	})

	t.Run("where nobody signs in", func(t *testing.T) {
		t.Parallel()
		closed := &hall{handler: New(h.coop, &Options{Page: true})}
		require.Equal(t, 404, closed.send("GET", "/sign-in/x", nil).StatusCode)
		require.Equal(t, 404, closed.send("POST", "/sign-out", nil).StatusCode)
	})
}
