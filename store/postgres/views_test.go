package postgres_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
	"github.com/communecter/coopspace/voting"
)

// garden is a space in which one of everything has happened, and whoever asks the database about it.
type garden struct {
	*testing.T
	ctx   context.Context
	dsn   string
	st    store.Store
	coop  *governance.Coop
	host  governance.Actor
	space governance.Space
	chair governance.Member
	conn  *pgx.Conn
}

// newGarden makes a garden over PostgreSQL, by the clock of the database: the questions ask what is overdue now.
func newGarden(t *testing.T) *garden {
	t.Helper()
	dsn := database(t)
	st, err := postgres.Open(t.Context(), dsn, nil)
	require.NoError(t, err)
	g := &garden{T: t, ctx: context.Background(), dsn: dsn, st: st, host: governance.Host("my-site")}
	g.coop, err = governance.Open(st, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.coop.Close()) })
	g.space, err = g.coop.Spaces.Create(g.ctx, g.host, governance.NewSpace{
		Name: "Jardins du Piton", Description: "Un jardin.", Slug: "jardins", Zone: "Indian/Reunion", Public: true,
		Off:     []governance.Module{governance.ModuleFunding},
		Element: &governance.Element{Type: "organizations", ID: "5a", URL: "https://example.org/5a"},
	})
	require.NoError(t, err)
	g.conn = g.connect()
	g.exec("SET search_path = coopspace")
	return g
}

func (g *garden) connect() *pgx.Conn {
	g.Helper()
	conn, err := pgx.Connect(g.ctx, g.dsn)
	require.NoError(g, err)
	g.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (g *garden) exec(sql string) {
	g.Helper()
	_, err := g.conn.Exec(g.ctx, sql)
	require.NoError(g, err, sql)
}

// texts asks a question and gives its answer as text, one line a row.
func (g *garden) texts(sql string) []string {
	g.Helper()
	rows, err := g.conn.Query(g.ctx, sql)
	require.NoError(g, err, sql)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		cells := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case time.Time:
				cells[i] = v.Format(time.DateOnly)
			case pgtype.Numeric:
				n, err := v.Value()
				if err != nil {
					return "", err
				}
				cells[i] = fmt.Sprint(n)
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		return strings.Join(cells, " | "), err
	})
	require.NoError(g, err, sql)
	return out
}

// row is a row of a view, or what the engine says of the same thing, as JSON has it.
type row map[string]any

// rows gives a view, but for the columns that hold everything once more.
func (g *garden) rows(view, order string) []row {
	g.Helper()
	var out []row
	for _, line := range g.texts("SELECT (to_jsonb(v) - 'data' - 'text')::text FROM " + view + " v ORDER BY " + order) {
		var r row
		require.NoError(g, json.Unmarshal([]byte(line), &r))
		out = append(out, r)
	}
	return out
}

// same holds a view against what the engine says.
func (g *garden) same(view, order string, want []row) {
	g.Helper()
	body, err := json.Marshal(want)
	require.NoError(g, err)
	var plain []row
	require.NoError(g, json.Unmarshal(body, &plain))
	require.Equal(g, plain, g.rows(view, order), view)
}

// text is nil where the engine has no text.
func text[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return s
}

// instant writes a time as PostgreSQL does in JSON.
func instant(t time.Time) any { return t.UTC().Format("2006-01-02T15:04:05.999999") + "+00:00" }

func maybe(t *time.Time) any {
	if t == nil {
		return nil
	}
	return instant(*t)
}

func deadline(d *governance.Deadline) any {
	if d == nil {
		return nil
	}
	return instant(d.At)
}

// list is never nil.
func list[S any](s []S) []S { return append([]S{}, s...) }

// number writes voices as a number.
func number(w voting.Weight) any { return json.Number(w.String()) }

// own is the half of an id that is given within its space.
func own[S ~string](id S) string {
	_, half, _ := strings.Cut(string(id), ".")
	return half
}

// all reads all pages of a listing.
func all[V any](t *testing.T, read func(governance.Paging) (governance.Page[V], error)) []V {
	t.Helper()
	var out []V
	for p := (governance.Paging{Limit: 200}); ; {
		page, err := read(p)
		require.NoError(t, err)
		out = append(out, page.Items...)
		if p.After = page.Next; page.Next == "" {
			return out
		}
	}
}

// live lets everything happen in the garden: members come, go, are erased and represent; there are drafts, debates, votes
// of every kind, actions, and a history from elsewhere.
func (g *garden) live() {
	g.Helper()
	space, lastYear := g.space.ID, time.Now().AddDate(-1, 0, 0)
	admit := func(n governance.NewMember) governance.Member {
		g.Helper()
		m, err := g.coop.Members.Admit(g.ctx, g.host, space, n)
		require.NoError(g, err)
		return m
	}
	who := func(subject, name string) governance.Identity {
		return governance.Identity{Issuer: "my-site", Subject: subject, Name: name, Email: subject + "@example.org"}
	}
	half := voting.Voice / 2
	g.chair = admit(governance.NewMember{Identity: who("lise", "Lise Hoarau"), Roles: []string{governance.Chair, "eau"}, Number: "1", Joined: lastYear})
	bo := admit(governance.NewMember{Identity: who("bo", "Bo Payet")})
	_, err := g.coop.Members.Invite(g.ctx, g.host, space, governance.NewMember{Identity: who("ines", "Inès")})
	require.NoError(g, err)
	gone := admit(governance.NewMember{Identity: who("gone", "Parti")})
	_, err = g.coop.Members.Erase(g.ctx, g.host, gone.ID)
	require.NoError(g, err)
	school := admit(governance.NewMember{Kind: governance.Organisation, Name: "École du Piton", Email: "ecole@example.org", Weight: &half})
	for _, name := range []string{"Prisca", "Rahim"} {
		_, err = g.coop.Members.Represent(g.ctx, g.host, school.ID, governance.Representation{Identity: who(strings.ToLower(name), name)})
		require.NoError(g, err)
	}
	chair := g.chair.Actor()
	room, err := g.coop.Rooms.Open(g.ctx, chair, space, governance.NewRoom{Name: "L'eau", Description: "Les cuves.", Roles: []string{"eau"}})
	require.NoError(g, err)
	closed := true
	attic, err := g.coop.Rooms.Open(g.ctx, chair, space, governance.NewRoom{Name: "Le grenier"})
	require.NoError(g, err)
	_, err = g.coop.Rooms.Change(g.ctx, chair, attic.ID, governance.RoomChange{Closed: &closed})
	require.NoError(g, err)

	// What is proposed.
	submit := func(a governance.Actor, n governance.NewProposal) governance.Proposal {
		g.Helper()
		p, err := g.coop.Proposals.Submit(g.ctx, a, space, n)
		require.NoError(g, err)
		return p
	}
	_, err = g.coop.Proposals.Draft(g.ctx, bo.Actor(), space, governance.NewProposal{Title: "Encore secret", Body: "Pas fini."})
	require.NoError(g, err)
	taken := submit(bo.Actor(), governance.NewProposal{Title: "Un mur", Body: "Haut."})
	_, err = g.coop.Proposals.Withdraw(g.ctx, bo.Actor(), taken.ID)
	require.NoError(g, err)
	rain := submit(chair, governance.NewProposal{Room: room.ID, Title: "Pluie", Body: "Une cuve."})
	rain, err = g.coop.Proposals.Revise(g.ctx, chair, rain.ID, governance.NewProposal{
		Title: "L'eau de pluie", Summary: "Deux cuves.", Body: "Deux cuves de 1 000 litres.", Arguments: "Il fait sec.", Tags: []string{"eau", "budget"},
	}, 0)
	require.NoError(g, err)

	// What is voted on.
	open := func(id governance.ProposalID, n governance.NewPoll) governance.PollID {
		g.Helper()
		p, err := g.coop.Polls.Open(g.ctx, chair, id, n)
		require.NoError(g, err)
		return p.ID
	}
	cast := func(a governance.Actor, id governance.PollID, c voting.Choice) {
		g.Helper()
		_, err := g.coop.Polls.Cast(g.ctx, a, id, c)
		require.NoError(g, err)
	}
	count := func(id governance.PollID) {
		g.Helper()
		_, err := g.coop.Polls.Close(g.ctx, chair, id)
		require.NoError(g, err)
	}
	poll := open(rain.ID, governance.SimpleMajority())
	cast(chair, poll, voting.For)
	count(poll)
	days := submit(bo.Actor(), governance.NewProposal{Title: "Quel jour ?", Body: "Le repas."})
	poll = open(days.ID, governance.NewPoll{
		Rule: voting.Rule{TieBreak: voting.TieChair}, Change: true, Names: true,
		Options: []governance.Option{{Key: "samedi", Title: "Le samedi"}, {Key: "dimanche", Title: "Le dimanche"}},
	})
	cast(bo.Actor(), poll, "dimanche")
	cast(chair, poll, "samedi") // and so breaks the tie
	count(poll)
	lock := submit(bo.Actor(), governance.NewProposal{Title: "Un cadenas", Body: "Sur la grille."})
	poll = open(lock.ID, governance.SimpleMajority())
	cast(bo.Actor(), poll, voting.For)
	cast(chair, poll, voting.Against)
	count(poll)
	week := governance.Moment{At: time.Now().AddDate(0, 0, 5)}
	soon := submit(bo.Actor(), governance.NewProposal{Title: "Un composteur", Body: "Deux bacs."})
	poll = open(soon.ID, governance.NewPoll{Rule: voting.TwoThirds(), Closes: week})
	cast(bo.Actor(), poll, voting.For)
	later := submit(bo.Actor(), governance.NewProposal{Title: "Une serre", Body: "Petite."})
	open(later.ID, governance.NewPoll{Rule: voting.SimpleMajority(), Opens: week})

	// What is to do.
	rain, err = g.coop.Proposals.Get(g.ctx, g.host, rain.ID)
	require.NoError(g, err)
	plan := func(state governance.ActionState, percent int, n governance.NewAction) {
		g.Helper()
		a, err := g.coop.Actions.Plan(g.ctx, chair, space, n)
		require.NoError(g, err)
		_, err = g.coop.Actions.Progress(g.ctx, chair, a.ID, state, percent)
		require.NoError(g, err)
	}
	past := governance.Moment{At: time.Now().AddDate(0, 0, -3)}
	plan(governance.Doing, 40, governance.NewAction{
		Resolution: rain.Resolution, Title: "Poser les cuves", Description: "Avec les robinets.", Assignees: []governance.MemberID{g.chair.ID, bo.ID},
		Start: governance.Moment{At: time.Now().AddDate(0, 0, -9)}, Due: past,
	})
	plan(governance.Done, 100, governance.NewAction{Resolution: rain.Resolution, Title: "Mesurer le toit", Due: past})
	plan(governance.ToDo, 0, governance.NewAction{Title: "Écrire la fiche", Due: week})

	// What was before.
	long := time.Date(2018, 3, 1, 18, 0, 0, 0, time.UTC)
	rep, err := g.coop.History.Import(g.ctx, g.host, space, governance.Archive{
		Source: "elsewhere",
		People: []governance.ArchivedPerson{{Key: "p1", Name: "Ana", Standing: governance.Active}},
		Rooms:  []governance.ArchivedRoom{{Key: "r1", Name: "Jardin"}},
		Proposals: []governance.ArchivedProposal{
			{
				Key: "d1", Room: "r1", Author: "p1", Title: "Planter", Written: long, State: governance.Adopted,
				Poll: &governance.ArchivedPoll{
					Rule: voting.Communecter(50), Opened: long, Closes: governance.Moment{At: long.Add(time.Hour)},
					Counts: []governance.ArchivedCount{{Choice: voting.For, Votes: 2}, {Choice: voting.Blank, Votes: 1}},
					Named:  []governance.ArchivedVote{{Person: "p1", Choice: voting.For}},
				},
				Amendments: []governance.ArchivedAmendment{
					{Key: "m1", Author: "p1", Text: "Des manguiers.", For: 3, Against: 1, Blank: 2, Accepted: true},
					{Key: "m2", Text: "Des cactus.", Against: 5},
				},
			},
			{Key: "d2", Author: "p1", Title: "Un puits", Written: long, State: governance.InDebate},
		},
		Resolutions: []governance.ArchivedResolution{{Key: "d1", Proposal: "d1", Adopted: long.Add(time.Hour)}},
		Actions: []governance.ArchivedAction{{
			Key: "a1", Room: "r1", Resolution: "d1", Author: "p1", Title: "Bêcher", State: governance.Done, Planned: long, Assignees: []string{"p1"},
		}},
	}, nil)
	require.NoError(g, err)
	require.Empty(g, rep.Faults)
}

// Each view says, column by column, what the engine says through its own door: a change of a noun's JSON that a view does
// not follow shows here.
func TestViews(t *testing.T) {
	t.Parallel()
	g := newGarden(t)
	g.live()
	g.exec("SET timezone = UTC")
	space := g.space.ID

	g.same("spaces", "id", []row{{
		"id": g.space.ID, "version": g.space.Revision, "slug": "jardins", "name": "Jardins du Piton", "description": "Un jardin.",
		"locale": "fr", "zone": "Indian/Reunion", "currency": "EUR", "public": true, "off": []string{"funding"},
		"element_type": "organizations", "element_id": "5a", "element_url": "https://example.org/5a", "founded": instant(g.space.Founded),
	}})

	members := all(t, func(p governance.Paging) (governance.Page[governance.Member], error) {
		return g.coop.Members.List(g.ctx, g.host, space, "", p)
	})
	require.Len(t, members, 6)
	var want, stands []row
	for _, m := range members {
		want = append(want, row{
			"space": space, "own": own(m.ID), "id": m.ID, "version": m.Revision, "kind": m.Kind, "person": text(m.Person), "name": text(m.Name),
			"email": text(m.Email), "number": text(m.Number), "standing": m.Standing, "roles": list(m.Roles), "weight": number(m.Weight),
			"joined": maybe(m.Joined), "ended": maybe(m.Left), "erased": m.Erased, "source": nil,
		})
		for i, r := range m.Representatives {
			stands = append(stands, row{
				"space": space, "member": m.ID, "place": i + 1, "person": r.Person, "name": r.Name, "since": instant(r.From), "until": maybe(r.Until),
			})
		}
	}
	g.same("members", "id", want)
	require.Len(t, stands, 2)
	g.same("representatives", "member, place", stands)
	require.Equal(t, []string{"7 | 1"}, g.texts("SELECT count(*), count(*) FILTER (WHERE erased) FROM persons WHERE known > now() - interval '1 hour'"))
	require.Equal(t, []string{"5"}, g.texts("SELECT count(*) FROM members m JOIN persons p ON p.id = m.person"))

	rooms := all(t, func(p governance.Paging) (governance.Page[governance.Room], error) {
		return g.coop.Rooms.List(g.ctx, g.host, space, p)
	})
	require.Len(t, rooms, 3)
	want = nil
	for _, r := range rooms {
		source := any(nil)
		if r.Name == "Jardin" {
			source = "elsewhere:room:r1"
		}
		want = append(want, row{
			"space": space, "own": own(r.ID), "id": r.ID, "version": r.Revision, "name": r.Name, "description": text(r.Description),
			"roles": list(r.Roles), "closed": r.Closed, "opened": instant(r.Opened), "source": source,
		})
	}
	g.same("rooms", "id", want)

	proposals := all(t, func(p governance.Paging) (governance.Page[governance.Proposal], error) {
		return g.coop.Proposals.List(g.ctx, g.host, space, governance.ProposalQuery{Paging: p})
	})
	require.Len(t, proposals, 9)
	byID := map[governance.ProposalID]row{}
	var amendments []row
	for _, p := range proposals {
		r := row{
			"space": space, "own": own(p.ID), "id": p.ID, "version": p.Revision, "room": text(p.Room), "author": text(p.Author), "state": p.State,
			"title": text(p.Title), "summary": text(p.Summary), "body": text(p.Body), "arguments": text(p.Arguments), "tags": list(p.Tags),
			"versions": p.Versions, "written": instant(p.Written), "submitted": maybe(p.Submitted), "poll": text(p.Poll),
			"resolution": text(p.Resolution), "source": text(p.Source),
		}
		if p.State == governance.Draft {
			require.Equal(t, "Encore secret", p.Title)
			r["title"], r["body"] = nil, nil
		}
		byID[p.ID] = r
		for i, a := range p.Amendments {
			amendments = append(amendments, row{
				"space": space, "proposal": p.ID, "place": i + 1, "author": text(a.Author), "body": a.Text, "votes_for": a.For,
				"votes_against": a.Against, "votes_blank": a.Blank, "accepted": a.Accepted,
			})
		}
	}
	want = nil
	for _, id := range g.texts("SELECT id FROM proposals ORDER BY id") {
		want = append(want, byID[governance.ProposalID(id)])
	}
	g.same("proposals", "id", want)
	require.Len(t, amendments, 2)
	g.same("amendments", "proposal, place", amendments)

	want = nil
	ids := g.texts("SELECT id FROM polls ORDER BY id")
	require.Len(t, ids, 6)
	for _, id := range ids {
		p, err := g.coop.Polls.Get(g.ctx, g.host, governance.PollID(id))
		require.NoError(t, err)
		r := row{
			"space": space, "own": own(p.ID), "id": p.ID, "version": p.Revision, "proposal": p.Proposal, "state": p.State, "title": nil,
			"method": p.Question.Method, "options": nil, "rule": p.Rule, "change": p.Change, "names": p.Names, "planned": nil,
			"opens": deadline(p.Opens), "closes": deadline(p.Closes), "opened": maybe(p.Opened), "closed": maybe(p.Closed),
			"counted": maybe(p.Counted), "entitled": nil, "entitled_voices": nil, "ballots": p.Turnout, "outcome": nil, "winner": nil,
			"votes_for": nil, "votes_against": nil, "abstained": nil, "blank": nil, "result": p.Result, "verdict": p.Verdict, "source": text(p.Source),
		}
		if p.Opened != nil {
			r["title"] = byID[p.Proposal]["title"]
		}
		if len(p.Options) > 0 {
			r["options"] = p.Options
		}
		if p.Entitled.Seats > 0 {
			r["entitled"], r["entitled_voices"] = p.Entitled.Seats, number(p.Entitled.Voices)
		}
		if v := p.Verdict; v != nil {
			r["outcome"], r["winner"] = v.Outcome, text(v.Winner)
			r["abstained"], r["blank"] = number(p.Result.Abstain.Voices), number(p.Result.Blank.Voices)
			if p.Question.Method == voting.YesNo {
				r["votes_for"], r["votes_against"] = number(p.Result.Of(voting.For).Voices), number(p.Result.Of(voting.Against).Voices)
			}
		}
		want = append(want, r)
	}
	// The engine shows no more than when a poll opened or will.
	for i, planned := range g.texts("SELECT to_jsonb(planned) #>> '{}' FROM polls WHERE planned IS NOT NULL ORDER BY id") {
		want[i]["planned"] = planned
	}
	g.same("polls", "id", want)
	require.Equal(t, []string{"5"}, g.texts("SELECT count(*) FROM polls WHERE planned BETWEEN now() - interval '1 hour' AND now() + interval '1 minute'"))

	want = nil
	resolutions := all(t, func(p governance.Paging) (governance.Page[governance.Resolution], error) {
		return g.coop.Resolutions.List(g.ctx, g.host, space, 0, p)
	})
	require.Len(t, resolutions, 3)
	for _, r := range resolutions {
		winner, num := "for", any(r.Number)
		if r.Option != "" {
			winner = "samedi"
		}
		if r.Number == 0 {
			num = nil
		}
		want = append(want, row{
			"space": space, "own": own(r.ID), "id": r.ID, "version": 1, "year": r.Year, "number": num, "proposal": text(r.Proposal),
			"poll": text(r.Poll), "room": text(r.Room), "title": r.Title, "summary": byID[r.Proposal]["summary"], "body": text(r.Body),
			"arguments": text(r.Arguments), "winner": winner, "adopted": instant(r.Adopted), "source": text(r.Source),
		})
	}
	g.same("resolutions", "year, number", want)

	want = nil
	for _, id := range g.texts("SELECT id FROM actions ORDER BY id") {
		a, err := g.coop.Actions.Get(g.ctx, g.host, governance.ActionID(id))
		require.NoError(t, err)
		want = append(want, row{
			"space": space, "own": own(a.ID), "id": a.ID, "version": a.Revision, "resolution": text(a.Resolution), "room": text(a.Room),
			"author": text(a.Author), "title": a.Title, "description": text(a.Description), "state": a.State, "progress": a.Progress,
			"assignees": list(a.Assignees), "start": deadline(a.Start), "due": deadline(a.Due), "planned": instant(a.Planned),
			"ended": maybe(a.Ended), "source": text(a.Source),
		})
	}
	require.Len(t, want, 4)
	g.same("actions", "id", want)
}

// columns are the views' columns, in their order: they only ever grow at the end, for somebody's queries stand on them.
var columns = map[string]string{
	"spaces":          "id version slug name description locale zone currency public off element_type element_id element_url founded data text",
	"persons":         "id version known erased data",
	"members":         "space own id version kind person name email number standing roles weight joined ended erased source data text",
	"representatives": "space member place person name since until",
	"rooms":           "space own id version name description roles closed opened source data text",
	"proposals": "space own id version room author state title summary body arguments tags versions written submitted poll resolution " +
		"source data text",
	"amendments": "space proposal place author body votes_for votes_against votes_blank accepted",
	"polls": "space own id version proposal title state method options rule change names planned opens closes opened closed counted " +
		"entitled entitled_voices ballots outcome winner votes_for votes_against abstained blank result verdict source data text",
	"resolutions": "space own id version year number proposal poll room title summary body arguments winner adopted source data text",
	"actions":     "space own id version resolution room author title description state progress assignees start due planned ended source data text",
	"noun":        "space number kind own id version data", // what the others are made of, with the next
	"said":        "number id text",
}

func TestViewColumns(t *testing.T) {
	t.Parallel()
	g := newGarden(t)
	for view, want := range columns {
		got := g.texts("SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns" +
			" WHERE table_schema = 'coopspace' AND table_name = '" + view + "'")
		require.Equal(t, []string{want}, got, view)
	}
	for _, view := range g.texts("SELECT viewname FROM pg_views WHERE schemaname = 'coopspace'") {
		require.Contains(t, columns, view)
		require.NotEqual(t, []string{"<nil>"}, g.texts("SELECT obj_description('"+view+"'::regclass)"), "%s says nothing of itself", view)
		if view == "said" {
			continue // nobody reads it but through the others
		}
		require.Equal(t, []string{"[security_barrier=true]"}, g.texts("SELECT reloptions FROM pg_class WHERE oid = '"+view+"'::regclass"), view)
	}
}

// shown says which view shows a kind of record, and which kinds none shows, with the reason.
var shown = map[string]string{
	"space": "spaces", "person": "persons", "member": "members", "room": "rooms", "proposal": "proposals", "poll": "polls",
	"resolution": "resolutions", "action": "actions",

	"instance": "", // one row: the instance's own key, which every checkpoint names
	"slug":     "", // the spaces have theirs
	"register": "", // the last number given in a year; the resolutions have theirs
	"log":      "", // epochs of a log, for who verifies it
}

// Whoever gives the engine a new noun decides whether operators ask for it.
func TestEveryNounHasAView(t *testing.T) {
	t.Parallel()
	kinds := declaredNouns(t)
	require.Subset(t, kinds, []string{"space", "proposal", "register"}, "the search finds what there is")
	for _, kind := range kinds {
		require.Contains(t, shown, kind, "the noun %q has no view in store/postgres/migrations and is not said to need none", kind)
	}
	for kind, view := range shown {
		require.Contains(t, kinds, kind)
		if view != "" {
			require.Contains(t, columns, view)
		}
	}
}

// declaredNouns reads the project's source for what is given to journal.NewNoun: a module that attaches its nouns itself is
// found too.
func declaredNouns(t *testing.T) []string {
	t.Helper()
	var kinds []string
	const root = "../.."
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch base := d.Name(); {
		case d.IsDir() && name != root && (base == "testdata" || strings.HasPrefix(base, ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		words := map[string]string{} // constants of the file
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, v := range spec.Values {
					words[spec.Names[i].Name] = literal(v)
				}
			}
			return true
		})
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !strings.HasSuffix(calls(call.Fun), "NewNoun") || len(call.Args) < 2 {
				return true
			}
			kind := literal(call.Args[1])
			if id, ok := call.Args[1].(*ast.Ident); ok {
				kind = words[id.Name]
			}
			if kind == "" {
				t.Errorf("%s: the kind of a noun is a literal, or a constant of its file", name)
			}
			kinds = append(kinds, kind)
			return true
		})
		return nil
	})
	require.NoError(t, err)
	slices.Sort(kinds)
	return kinds
}

// literal gives what a string literal says; empty for anything else.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	said, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return said
}

// calls gives the name of a function that is called, generic or not.
func calls(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	case *ast.IndexExpr:
		return calls(fun.X)
	}
	return ""
}

// What the page for operators says is what the database answers.
func TestQuestions(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/views.md")
	require.NoError(t, err)
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, m[1])
	}
	answers := [][]string{
		{"Ana | TODAY", "Bo Payet | TODAY", "École du Piton | TODAY"},
		{"Un cadenas | 2 | 3 | 67 | rejected", "Quel jour ? | 2 | 3 | 67 | adopted", "L'eau de pluie | 1 | 1 | 100 | adopted"},
		{"YEAR-01 | L'eau de pluie", "YEAR-02 | Quel jour ?"},
		{"Poser les cuves | 40 | Bo Payet, Lise Hoarau"},
		{"Un puits | Ana"},
		{"Un composteur | 2"},
		{"Planter | 1 | 1", "L'eau de pluie | 2 | 1", "Quel jour ? | 0 | 0"},
		{"Jardins du Piton | 4 | 4"},
	}
	require.Len(t, blocks, 1+len(answers), "the first lets somebody read, the others are questions")

	g := newGarden(t)
	g.live()
	role := "coop_reader_" + strings.ToLower(rand.Text()[:8]) // roles are the whole server's
	g.exec(strings.ReplaceAll(blocks[0], "coop_reader", role))
	g.Cleanup(func() { g.exec("RESET ROLE; DROP OWNED BY " + role + "; DROP ROLE " + role) })
	g.exec("SET ROLE " + role)

	year := strings.Split(g.texts("SELECT max(year)::text || ' ' || now()::date FROM resolutions")[0], " ")
	for i, want := range answers {
		for j := range want {
			want[j] = strings.NewReplacer("YEAR", year[0], "TODAY", year[1]).Replace(want[j])
		}
		require.Equal(t, want, g.texts(blocks[i+1]), blocks[i+1])
	}

	t.Run("and whoever asks gets nothing else", func(t *testing.T) {
		for _, sql := range []string{
			"SELECT * FROM record", "SELECT * FROM record_key", "SELECT * FROM event", "SELECT * FROM ballot", "SELECT * FROM box",
			"SELECT * FROM space", "SELECT * FROM noun", "SELECT * FROM said", "SELECT email FROM members", "SELECT text FROM members", "SELECT * FROM persons",
			"UPDATE proposals SET state = 'adopted'", "DELETE FROM actions", "CREATE TABLE mine (n int)",
		} {
			_, err := g.conn.Exec(g.ctx, sql)
			var refused *pgconn.PgError
			require.ErrorAs(t, err, &refused, sql)
			require.Contains(t, []string{"42501", "55000"}, refused.Code, "%s: %s", sql, refused.Message) // no right; not a table
		}
	})

	t.Run("not even by a function that tells what it is asked", func(t *testing.T) {
		var told []string
		config := g.conn.Config().Copy()
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { told = append(told, n.Message) }
		conn, err := pgx.ConnectConfig(g.ctx, config)
		require.NoError(t, err)
		defer conn.Close(g.ctx)
		for _, sql := range []string{
			"SET search_path = coopspace", "SET ROLE " + role,
			"CREATE FUNCTION pg_temp.tell(seen jsonb) RETURNS boolean COST 0.0001 LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', seen; RETURN true; END $$",
			"SELECT id FROM spaces WHERE pg_temp.tell(data)",
		} {
			_, err := conn.Exec(g.ctx, sql)
			require.NoError(t, err, sql)
		}
		require.Len(t, told, 1)
		require.Contains(t, told[0], `"slug": "jardins"`)
	})
}

// Nothing that is nobody's business is in any view, whoever reads it.
func TestViewsKeepSecrets(t *testing.T) {
	t.Parallel()
	g := newGarden(t)
	g.live()
	var whole strings.Builder
	for view := range columns {
		whole.WriteString(strings.Join(g.texts("SELECT v::text FROM "+view+" v"), "\n"))
	}
	require.Contains(t, whole.String(), "Lise Hoarau", "the views are read")
	var polled string
	for view := range columns {
		if view != "noun" {
			polled += strings.Join(g.texts("SELECT to_jsonb(v)::text FROM "+view+" v"), "\n")
		}
	}
	require.NotContains(t, polled, `"casting"`, "what the chair voted")
	require.NotContains(t, polled, `"named"`, "who voted what elsewhere")
	require.Equal(t, []string{"1 | 1"}, g.texts("SELECT count(*) FILTER (WHERE data ? 'casting'), count(*) FILTER (WHERE data ? 'named') FROM noun WHERE kind = 'poll'"))
	// Every salt, every index key, every ballot and every way to sign in, as the tables have them.
	secrets := g.texts("SELECT encode(substr(body, 1, 32), 'hex') FROM record WHERE kind = 'text'" +
		" UNION SELECT encode(body, 'hex') FROM ballot UNION SELECT id FROM record WHERE kind = 'identity'" +
		" UNION SELECT encode(body, 'hex') FROM record WHERE side AND kind <> 'text'")
	require.Greater(t, len(secrets), 40)
	for _, secret := range secrets {
		if len(secret) >= 32 {
			require.NotContains(t, whole.String(), secret)
		}
	}
	require.Empty(t, g.texts("SELECT name FROM members WHERE erased AND (name IS NOT NULL OR email IS NOT NULL OR text IS NOT NULL)"))
}

// One record that cannot be read hides no other, and neither does a text.
func TestViewsOutliveDamage(t *testing.T) {
	t.Parallel()
	g := newGarden(t)
	g.live()
	views := slices.Sorted(maps.Keys(columns))
	count := func() (out []string) {
		for _, view := range views {
			out = append(out, view+" "+g.texts("SELECT count(*) FROM (SELECT v::text FROM " + view + " v) all_columns")[0])
		}
		return out
	}
	before := count()
	for _, body := range []string{
		`'\xff00'`, `''`, `'{'`, `'[]'`, `'7'`, `'"text"'`, `'null'`, `'{"a": "\u0000"}'`,
		`'{"written": "someday", "joined": 7, "roles": "one", "weight": {}, "entitled": {"seats": "many"}, "result": {"votes": 1, "cast": {"seats": "1e999999"}},
		   "versions": {"text": 1}, "due": {"at": "2026-02-31T00:00:00Z"}, "founded": "0000-00-00", "progress": true, "assignees": [{"a": 1}]}'`,
	} {
		set := body
		if !strings.HasPrefix(body, `'\x`) {
			set = "convert_to(" + body + ", 'UTF8')"
		}
		g.exec("BEGIN")
		g.exec("UPDATE record SET body = '\\x00000000000000000000000000000000000000000000000000000000000000'::bytea || " + set + "::bytea WHERE kind = 'text'")
		require.Equal(t, before, count(), "texts are %s", body)
		g.exec("ROLLBACK")
		g.exec("BEGIN")
		g.exec("UPDATE record SET body = " + set + "::bytea WHERE (space, kind, id) IN (SELECT space, kind, min(id) FROM record WHERE NOT side GROUP BY space, kind)")
		after := count()
		for i, view := range views {
			if view != "amendments" && view != "representatives" { // these lie in a body
				require.Equal(t, before[i], after[i], "a body is %s", body)
			}
		}
		g.exec("ROLLBACK")
	}
}
