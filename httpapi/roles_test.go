package httpapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// roles are those who ask, in the order of the table's columns.
var roles = []string{
	"nobody", "stranger", "invited", "pending", "suspended", "left", "member", "roommate", "chair", "foreign", "host",
}

// village is a private space with one of everything, and one person of each role. "member" wrote what is open to all,
// "roommate" what is in the room of the board, into which members do not come; "foreign" is chair of another space.
type village struct{ ids map[string]string }

const issuer = "register"

func newVillage(t *testing.T, s *site) *village {
	t.Helper()
	coop := s.coop
	v := &village{ids: map[string]string{}}
	ctx, host := t.Context(), governance.Host("test")
	made := func(name string, id any, err error) {
		t.Helper()
		require.NoError(t, err, name)
		v.ids[name] = fmt.Sprint(id)
	}
	someone := func(role string) governance.NewMember {
		return governance.NewMember{Identity: governance.Identity{Issuer: issuer, Subject: role}, Name: "La personne " + role}
	}
	sp, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Le village"})
	made("space", sp.ID, err)
	v.ids["slug"] = sp.Slug
	other, err := coop.Spaces.Create(ctx, host, governance.NewSpace{Name: "Ailleurs"})
	require.NoError(t, err)
	admit := func(space governance.SpaceID, role string, offices ...string) governance.Member {
		n := someone(role)
		n.Roles = offices
		m, err := coop.Members.Admit(ctx, host, space, n)
		made(role, m.ID, err)
		return m
	}
	member := admit(sp.ID, "member")
	roommate := admit(sp.ID, "roommate", "board")
	chair := admit(sp.ID, "chair", governance.Chair)
	admit(other.ID, "foreign", governance.Chair)
	for _, role := range []string{"suspended", "left", "target"} {
		admit(sp.ID, role)
	}
	_, err = coop.Members.Suspend(ctx, host, governance.MemberID(v.ids["suspended"]))
	require.NoError(t, err)
	_, err = coop.Members.Leave(ctx, host, governance.MemberID(v.ids["left"]))
	require.NoError(t, err)
	m, err := coop.Members.Invite(ctx, host, sp.ID, someone("invited"))
	made("invited", m.ID, err)
	p, err := coop.Know(ctx, host, governance.Identity{Issuer: issuer, Subject: "pending"})
	require.NoError(t, err)
	m, err = coop.Members.Apply(ctx, governance.As(p), sp.ID, "La personne pending", "")
	made("pending", m.ID, err)
	m, err = coop.Members.Admit(ctx, host, sp.ID, governance.NewMember{Kind: governance.Organisation, Name: "L'association"})
	made("organisation", m.ID, err)

	room, err := coop.Rooms.Open(ctx, host, sp.ID, governance.NewRoom{Name: "Le bureau", Roles: []string{"board"}})
	made("room", room.ID, err)

	write := func(name string, author governance.Member, room governance.RoomID) governance.Proposal {
		p, err := coop.Proposals.Submit(ctx, author.Actor(), sp.ID, governance.NewProposal{Title: "Proposition " + name, Room: room})
		made(name, p.ID, err)
		return p
	}
	write("debated", member, "")
	write("roomed", roommate, room.ID)
	draft, err := coop.Proposals.Draft(ctx, member.Actor(), sp.ID, governance.NewProposal{Title: "Un brouillon"})
	made("draft", draft.ID, err)

	open := func(name string, p governance.Proposal, in governance.NewPoll) governance.Poll {
		poll, err := coop.Polls.Open(ctx, host, p.ID, in)
		made(name, poll.ID, err)
		return poll
	}
	in := governance.SimpleMajority()
	open("open", write("voted", member, ""), in)
	open("roomedopen", write("roomedvoted", roommate, room.ID), in)
	later := in
	later.Opens = governance.Moment{At: s.clock.now().Add(time.Hour)}
	open("planned", write("later", member, ""), later)
	in.Names = true
	poll := open("counted", write("adopted", member, ""), in)
	for _, m := range []governance.Member{member, roommate, chair} {
		_, err = coop.Polls.Cast(ctx, m.Actor(), poll.ID, voting.For)
		require.NoError(t, err)
	}
	poll, err = coop.Polls.Close(ctx, host, poll.ID)
	require.NoError(t, err)
	prop, err := coop.Proposals.Get(ctx, host, poll.Proposal)
	made("resolution", prop.Resolution, err)
	action, err := coop.Actions.Plan(ctx, member.Actor(), sp.ID, governance.NewAction{Title: "À faire"})
	made("action", action.ID, err)
	action, err = coop.Actions.Plan(ctx, roommate.Actor(), sp.ID, governance.NewAction{Title: "À faire au bureau", Room: room.ID})
	made("roomedaction", action.ID, err)
	return v
}

// attempt is a row of the table: an operation, told apart by a note where it is tried more than once.
type attempt struct {
	id, note     string
	method, path string // {name} is the id of that name in the village
	body         any
}

func attempts() []attempt {
	type m = map[string]any
	named := m{"name": "Un nom"}
	titled := m{"title": "Un titre"}
	newcomer := m{"identity": m{"issuer": issuer, "subject": "new"}, "name": "La nouvelle"}
	rule := m{"rule": m{}}
	choice := m{"choice": "for"}
	return []attempt{
		{"create-space", "", "POST", "/v1/spaces", named},
		{"list-spaces", "", "GET", "/v1/spaces", nil},
		{"read-space", "", "GET", "/v1/spaces/{space}", nil},
		{"find-space", "", "GET", "/v1/slugs/{slug}", nil},
		{"change-space", "", "PATCH", "/v1/spaces/{space}", named},

		{"list-members", "", "GET", "/v1/spaces/{space}/members", nil},
		{"admit-member", "", "POST", "/v1/spaces/{space}/members", newcomer},
		{"invite-member", "", "POST", "/v1/spaces/{space}/invitations", newcomer},
		{"apply", "", "POST", "/v1/spaces/{space}/applications", named},
		{"find-member", "", "GET", "/v1/spaces/{space}/member?issuer=register&subject=member", nil},
		{"find-member", "unknown", "GET", "/v1/spaces/{space}/member?issuer=register&subject=unheard-of", nil},
		{"import-members", "", "POST", "/v1/spaces/{space}/members/import", "id,name\nnew,La nouvelle\n"},
		{"read-member", "", "GET", "/v1/members/{member}", nil},
		{"change-member", "name", "PATCH", "/v1/members/{member}", named},
		{"change-member", "roles", "PATCH", "/v1/members/{member}", m{"roles": []string{"board"}}},
		{"accept-member", "", "POST", "/v1/members/{invited}/accept", nil},
		{"approve-member", "", "POST", "/v1/members/{pending}/approve", nil},
		{"suspend-member", "", "POST", "/v1/members/{target}/suspend", nil},
		{"resume-member", "", "POST", "/v1/members/{suspended}/resume", nil},
		{"leave-member", "", "POST", "/v1/members/{member}/leave", nil},
		{"erase-member", "", "POST", "/v1/members/{target}/erase", nil},
		{"represent-member", "", "POST", "/v1/members/{organisation}/represent", m{"identity": m{"issuer": issuer, "subject": "member"}}},

		{"list-rooms", "", "GET", "/v1/spaces/{space}/rooms", nil},
		{"open-room", "", "POST", "/v1/spaces/{space}/rooms", named},
		{"read-room", "", "GET", "/v1/rooms/{room}", nil},
		{"change-room", "", "PATCH", "/v1/rooms/{room}", named},

		{"list-proposals", "", "GET", "/v1/spaces/{space}/proposals", nil},
		{"write-proposal", "", "POST", "/v1/spaces/{space}/proposals", titled},
		{"write-proposal", "room", "POST", "/v1/spaces/{space}/proposals", m{"title": "Un titre", "room": "{room}"}},
		{"read-proposal", "", "GET", "/v1/proposals/{debated}", nil},
		{"read-proposal", "room", "GET", "/v1/proposals/{roomed}", nil},
		{"read-proposal", "draft", "GET", "/v1/proposals/{draft}", nil},
		{"list-versions", "", "GET", "/v1/proposals/{debated}/versions", nil},
		{"revise-proposal", "", "PUT", "/v1/proposals/{debated}", titled},
		{"revise-proposal", "room", "PUT", "/v1/proposals/{roomed}", titled},
		{"debate-proposal", "", "POST", "/v1/proposals/{draft}/debate", nil},
		{"withdraw-proposal", "", "POST", "/v1/proposals/{debated}/withdraw", nil},

		{"open-poll", "", "POST", "/v1/proposals/{debated}/polls", rule},
		{"open-poll", "room", "POST", "/v1/proposals/{roomed}/polls", rule},
		{"list-polls-on-proposal", "", "GET", "/v1/proposals/{voted}/polls", nil},
		{"list-polls", "", "GET", "/v1/spaces/{space}/polls?state=open", nil},
		{"read-poll", "", "GET", "/v1/polls/{open}", nil},
		{"read-poll", "room", "GET", "/v1/polls/{roomedopen}", nil},
		{"cancel-poll", "", "POST", "/v1/polls/{planned}/cancel", nil},
		{"close-poll", "", "POST", "/v1/polls/{open}/close", nil},
		{"read-roll-call", "", "GET", "/v1/polls/{counted}/roll-call", nil},
		{"read-roll-call", "open", "GET", "/v1/polls/{open}/roll-call", nil},
		{"export-poll", "", "GET", "/v1/polls/{counted}/export", nil},
		{"export-poll", "open", "GET", "/v1/polls/{open}/export", nil},

		{"cast-ballot", "", "PUT", "/v1/polls/{open}/ballot", choice},
		{"cast-ballot", "room", "PUT", "/v1/polls/{roomedopen}/ballot", choice},
		{"read-ballot", "", "GET", "/v1/polls/{counted}/ballot", nil},
		{"prove-ballot", "", "GET", "/v1/polls/{counted}/ballot/proof", nil},

		{"list-resolutions", "", "GET", "/v1/spaces/{space}/resolutions", nil},
		{"read-resolution", "", "GET", "/v1/resolutions/{resolution}", nil},

		{"list-actions", "", "GET", "/v1/spaces/{space}/actions", nil},
		{"plan-action", "", "POST", "/v1/spaces/{space}/actions", titled},
		{"plan-action", "other", "POST", "/v1/spaces/{space}/actions", m{"title": "Un titre", "assignees": []string{"{target}"}}},
		{"read-action", "", "GET", "/v1/actions/{action}", nil},
		{"read-action", "room", "GET", "/v1/actions/{roomedaction}", nil},
		{"change-action", "", "PATCH", "/v1/actions/{action}", titled},
		{"assign-action", "", "PUT", "/v1/actions/{action}/assignees", m{"assignees": []string{"{target}"}}},
		{"take-action", "", "POST", "/v1/actions/{action}/take", nil},
		{"progress-action", "", "POST", "/v1/actions/{action}/progress", m{"state": "doing", "progress": 10}},

		{"read-key", "", "GET", "/v1/key", nil},
		{"verify-space", "", "GET", "/v1/spaces/{space}/verification", nil},
		{"sign-checkpoint", "", "GET", "/v1/spaces/{space}/log/checkpoint", nil},
		{"read-tile", "", "GET", "/v1/spaces/{space}/log/tiles/0/0?width=3", nil},
		{"prove-entry", "", "GET", "/v1/spaces/{space}/log/inclusion?size=5&position=2", nil},
		{"follow-log", "", "GET", "/v1/spaces/{space}/log/events?after=0", nil},
		{"prove-growth", "", "GET", "/v1/spaces/{space}/log/consistency?size=5&earlier=2", nil},
	}
}

// fill puts ids into what an attempt sends.
func (v *village) fill(x any) any {
	switch x := x.(type) {
	case string:
		for name, id := range v.ids {
			x = strings.ReplaceAll(x, "{"+name+"}", id)
		}
		return x
	case []string:
		out := make([]string, len(x))
		for i := range x {
			out[i] = v.fill(x[i]).(string)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, y := range x {
			out[k] = v.fill(y)
		}
		return out
	}
	return x
}

// Every route is attempted by everybody. testdata/roles.txt says how each is answered; a route that no attempt lists
// fails.
func TestRoles(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	close(s.stop) // a feed ends after what there is
	listed := map[string]bool{}
	var table strings.Builder
	fmt.Fprintf(&table, "%-30s", "")
	for _, r := range roles {
		fmt.Fprintf(&table, " %9s", r)
	}
	table.WriteString("\n")
	var v *village
	for _, a := range attempts() {
		listed[a.id] = true
		fmt.Fprintf(&table, "%-30s", strings.TrimSpace(a.id+" "+strings.Trim("("+a.note+")", "()")))
		for _, role := range roles {
			if v == nil {
				v = newVillage(t, s)
			}
			who := "person:" + issuer + ":" + role
			switch role {
			case "nobody":
				who = ""
			case "host":
				who = "host"
			}
			var headers []string
			if a.id == "import-members" {
				headers = []string{"Content-Type", "text/csv"}
			}
			got := s.ask(t, who, a.method, v.fill(a.path).(string), v.fill(a.body), headers...)
			fmt.Fprintf(&table, " %9d", got.status)
			if got.status < 300 && a.method != "GET" {
				v = nil // it changed something: the next one begins anew
			}
			require.NotEqual(t, 500, got.status, "%s: %s", got.what, got.body)
			require.NotEqual(t, 400, got.status, "%s: %s", got.what, got.body)
		}
		table.WriteString("\n")
	}
	for path, item := range s.doc.doc.Paths.Map() {
		for method, o := range item.Operations() {
			require.True(t, listed[o.OperationID], "%s %s (%s) is attempted by nobody", method, path, o.OperationID)
		}
	}
	golden(t, "testdata/roles.txt", []byte(table.String()))
}
