package httpapi

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

// Member is a member of a space.
type Member struct {
	ID              governance.MemberID   `json:"id"`
	Space           governance.SpaceID    `json:"space"`
	Kind            governance.MemberKind `json:"kind" enum:"person,organisation"`
	Person          governance.PersonID   `json:"person,omitempty"`
	Name            string                `json:"name,omitempty" doc:"Absent once erased."`
	Email           string                `json:"email,omitempty" doc:"Shown to officers and to the member alone."`
	Number          string                `json:"number,omitempty" doc:"In the register. Shown to officers and to the member alone."`
	Standing        governance.Standing   `json:"standing" enum:"invited,pending,active,suspended,left"`
	Roles           []string              `json:"roles,omitempty" nullable:"false"`
	Weight          voting.Weight         `json:"weight" doc:"Voices." example:"1"`
	Joined          *time.Time            `json:"joined,omitempty"`
	Left            *time.Time            `json:"left,omitempty"`
	Representatives []Representative      `json:"representatives,omitempty" nullable:"false" doc:"Who votes for an organisation, and when."`
	Erased          bool                  `json:"erased,omitempty"`
	Revision        uint64                `json:"revision"`
}

// Representative is who votes for an organisation.
type Representative struct {
	Person governance.PersonID `json:"person"`
	Name   string              `json:"name,omitempty"`
	From   time.Time           `json:"from"`
	Until  *time.Time          `json:"until,omitempty" doc:"Absent: until further notice."`
}

func viewMember(m governance.Member) Member {
	out := Member{
		ID: m.ID, Space: m.Space, Kind: m.Kind, Person: m.Person, Name: m.Name, Email: m.Email, Number: m.Number,
		Standing: m.Standing, Roles: m.Roles, Weight: m.Weight, Joined: m.Joined, Left: m.Left, Erased: m.Erased,
		Revision: m.Revision,
	}
	for _, r := range m.Representatives {
		out.Representatives = append(out.Representatives, Representative(r))
	}
	return out
}

func oneMember(m governance.Member, err error) (*one[Member], error) {
	return &one[Member]{ETag: etag(m.Revision), Body: viewMember(m)}, err
}

func newMember(m governance.Member, err error) (*one[Member], error) {
	out, err := oneMember(m, err)
	out.Location = "../../members/" + string(m.ID)
	return out, err
}

// identity is who somebody is according to whoever vouches for them.
type identity struct {
	Issuer  string `json:"issuer" doc:"Who vouches: the host program, an identity provider, the register."`
	Subject string `json:"subject" doc:"What the issuer calls them, and nobody else, for ever."`
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
}

type admission struct {
	Command
	Space governance.SpaceID `path:"space"`
	Body  struct {
		Kind     governance.MemberKind `json:"kind,omitempty" enum:"person,organisation" doc:"person without it."`
		Identity *identity             `json:"identity,omitempty" doc:"Of a person."`
		Name     string                `json:"name,omitempty" doc:"As the register writes it; the identity's without it."`
		Email    string                `json:"email,omitempty"`
		Number   string                `json:"number,omitempty"`
		Roles    []string              `json:"roles,omitempty" nullable:"false"`
		Weight   *voting.Weight        `json:"weight,omitempty" doc:"Voices; 1 without it." example:"1"`
		Joined   time.Time             `json:"joined,omitempty" doc:"Now without it."`
	}
}

func (in *admission) member() governance.NewMember {
	b := in.Body
	n := governance.NewMember{
		Kind: b.Kind, Name: b.Name, Email: b.Email, Number: b.Number, Roles: b.Roles, Weight: b.Weight, Joined: b.Joined,
	}
	if b.Identity != nil {
		n.Identity = governance.Identity(*b.Identity)
	}
	return n
}

// OnMember is what acts on one member have in common.
type OnMember struct {
	Command
	Member governance.MemberID `path:"member"`
}

func (s *server) members() {
	const tag = "Members"
	ms := s.coop.Members

	type memberList struct {
		InSpace
		Paging
		Standing governance.Standing `query:"standing" enum:"invited,pending,active,suspended,left" doc:"Those with this standing; all without it."`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/members", "list-members", tag, "List members"),
		func(ctx context.Context, in *memberList) (*list[Member], error) {
			p, err := ms.List(ctx, in.actor(ctx), in.Space, in.Standing, in.paging())
			return listOf(p, viewMember, in.Limit, url.Values{"standing": {string(in.Standing)}}), err
		})
	register(s, created(op(http.MethodPost, "/v1/spaces/{space}/members", "admit-member", tag, "Make a person or an organisation a member")),
		func(ctx context.Context, in *admission) (*one[Member], error) {
			return newMember(ms.Admit(ctx, in.actor(ctx), in.Space, in.member()))
		})
	register(s, created(op(http.MethodPost, "/v1/spaces/{space}/invitations", "invite-member", tag, "Ask a person to join")),
		func(ctx context.Context, in *admission) (*one[Member], error) {
			return newMember(ms.Invite(ctx, in.actor(ctx), in.Space, in.member()))
		})

	type application struct {
		Command
		Space governance.SpaceID `path:"space"`
		Body  struct {
			Name  string `json:"name"`
			Email string `json:"email,omitempty"`
		}
	}
	register(s, created(op(http.MethodPost, "/v1/spaces/{space}/applications", "apply", tag, "Ask to join, for yourself")),
		func(ctx context.Context, in *application) (*one[Member], error) {
			return newMember(ms.Apply(ctx, in.actor(ctx), in.Space, in.Body.Name, in.Body.Email))
		})

	type byIdentity struct {
		InSpace
		Issuer  string `query:"issuer" required:"true"`
		Subject string `query:"subject" required:"true"`
	}
	register(s, op(http.MethodGet, "/v1/spaces/{space}/member", "find-member", tag, "Find the member that an identity leads to"),
		func(ctx context.Context, in *byIdentity) (*one[Member], error) {
			return oneMember(ms.Find(ctx, in.actor(ctx), in.Space, governance.Identity{Issuer: in.Issuer, Subject: in.Subject}))
		})

	type read struct {
		Reading
		Member governance.MemberID `path:"member"`
	}
	register(s, op(http.MethodGet, "/v1/members/{member}", "read-member", tag, "Read a member"),
		func(ctx context.Context, in *read) (*one[Member], error) {
			return oneMember(ms.Get(ctx, in.actor(ctx), in.Member))
		})

	type change struct {
		OnMember
		Match
		Body struct {
			Name   *string        `json:"name,omitempty"`
			Email  *string        `json:"email,omitempty"`
			Number *string        `json:"number,omitempty"`
			Roles  *[]string      `json:"roles,omitempty" nullable:"false"`
			Weight *voting.Weight `json:"weight,omitempty"`
		}
	}
	register(s, op(http.MethodPatch, "/v1/members/{member}", "change-member", tag, "Change what the register says of a member"),
		func(ctx context.Context, in *change) (*one[Member], error) {
			rev, err := in.revision()
			if err != nil {
				return nil, err
			}
			b := in.Body
			return oneMember(ms.Change(ctx, in.actor(ctx), in.Member, governance.MemberChange{
				Name: b.Name, Email: b.Email, Number: b.Number, Roles: b.Roles, Weight: b.Weight, Revision: rev,
			}))
		})

	for _, move := range []struct {
		name, summary string
		do            func(context.Context, governance.Actor, governance.MemberID) (governance.Member, error)
	}{
		{"accept", "Accept your own invitation", ms.Accept},
		{"approve", "Grant a request to join", ms.Approve},
		{"suspend", "Take a member's rights for a time", ms.Suspend},
		{"resume", "Give a suspended member their rights back", ms.Resume},
		{"leave", "End a membership, an invitation or a request", ms.Leave},
		{"erase", "Drop what tells who a member is", ms.Erase},
	} {
		register(s, op(http.MethodPost, "/v1/members/{member}/"+move.name, move.name+"-member", tag, move.summary),
			func(ctx context.Context, in *OnMember) (*one[Member], error) {
				return oneMember(move.do(ctx, in.actor(ctx), in.Member))
			})
	}

	type represent struct {
		OnMember
		Body struct {
			Identity identity  `json:"identity"`
			Name     string    `json:"name,omitempty" doc:"The identity's without it."`
			From     time.Time `json:"from,omitempty" doc:"Now without it."`
			Until    time.Time `json:"until,omitempty" doc:"Until further notice without it."`
		}
	}
	register(s, op(http.MethodPost, "/v1/members/{member}/represent", "represent-member", tag, "Name who votes for an organisation"),
		func(ctx context.Context, in *represent) (*one[Member], error) {
			b := in.Body
			return oneMember(ms.Represent(ctx, in.actor(ctx), in.Member, governance.Representation{
				Identity: governance.Identity(b.Identity), Name: b.Name, From: b.From, Until: b.Until,
			}))
		})
	s.imports(tag)
}

// ImportReport says what an import of members did.
type ImportReport struct {
	Rows     int        `json:"rows" doc:"Read, without the line of column names."`
	Admitted int        `json:"admitted"`
	Known    int        `json:"known" doc:"Were members already, and stay as they are."`
	Faults   []RowFault `json:"faults,omitempty" nullable:"false" doc:"Rows that cannot be read."`
}

// RowFault is a row that cannot be imported.
type RowFault struct {
	Line   int     `json:"line"`
	Errors []Place `json:"errors" nullable:"false"`
}

// table is a body of CSV, read as it arrives.
type table struct {
	Command
	Space   governance.SpaceID `path:"space"`
	Partial bool               `query:"partial" doc:"Import the rows that can be read, and report the others. Otherwise one bad row leaves everything as it was."`
	Check   bool               `query:"check" doc:"Report what would happen, and import nothing."`
	Issuer  string             `query:"issuer" doc:"Who vouches for the column id; register without it."`
	Type    string             `header:"Content-Type"`

	body io.Reader
}

// Resolve keeps the body for the operation, which reads it as a stream.
func (t *table) Resolve(ctx huma.Context) []error {
	t.body = ctx.BodyReader()
	return nil
}

func (s *server) imports(tag string) {
	o := op(http.MethodPost, "/v1/spaces/{space}/members/import", "import-members", tag, "Import a register of members")
	o.Description = fmt.Sprintf("Comma- or semicolon-separated, UTF-8, with a line of column names: id (required), name, "+
		"email, number, roles (separated by bars), weight, joined (2026-12-03), kind (person or organisation); French and "+
		"German names are understood too. At most %d MiB and %d rows.", governance.MaxImportBytes>>20, governance.MaxImportRows)
	o.RequestBody = &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	register(s, o, func(ctx context.Context, in *table) (*struct{ Body ImportReport }, error) {
		if !isTable(in.Type) {
			return nil, ErrRequestMediaType.At("Content-Type", in.Type)
		}
		rep, err := s.coop.Members.Import(ctx, in.actor(ctx), in.Space, in.body, &governance.ImportOptions{
			Issuer: in.Issuer, Partial: in.Partial, Check: in.Check,
		})
		if err != nil {
			return nil, err
		}
		out := ImportReport{Rows: rep.Rows, Admitted: rep.Admitted, Known: rep.Known}
		for _, f := range rep.Faults {
			row := RowFault{Line: f.Line, Errors: []Place{}}
			for _, x := range f.Fields {
				row.Errors = append(row.Errors, Place{Path: x.Path, Text: x.Text})
			}
			out.Faults = append(out.Faults, row)
		}
		return &struct{ Body ImportReport }{out}, nil
	})
}

// isTable tells whether a media type is that of a table; a body without one is taken for a table.
func isTable(contentType string) bool {
	if contentType == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && t == "text/csv"
}
