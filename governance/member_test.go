package governance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/voting"
)

func TestMembers(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		// Invited, then accepts.
		in := governance.NewMember{Identity: governance.Identity{Issuer: "my-site", Subject: "ana", Name: "Ana Robert"}, Roles: []string{"Financeur"}}
		ana, err := w.coop.Members.Invite(w.ctx, w.chair.Actor(), w.space.ID, in)
		require.NoError(t, err)
		require.Equal(t, governance.Invited, ana.Standing)
		_, err = w.coop.Proposals.List(w.ctx, ana.Actor(), w.space.ID, governance.ProposalQuery{})
		require.ErrorIs(t, err, governance.ErrSpaceUnknown, "who is invited is no member yet")
		got, err := w.coop.Members.Get(w.ctx, ana.Actor(), ana.ID)
		require.NoError(t, err)
		require.Equal(t, "Ana Robert", got.Name)
		ana, err = w.coop.Members.Accept(w.ctx, ana.Actor(), ana.ID)
		require.NoError(t, err)
		require.Equal(t, governance.Active, ana.Standing)
		require.Equal(t, []string{"Financeur"}, ana.Roles)

		// Asks, and is approved.
		karim := w.person("karim")
		asked, err := w.coop.Members.Apply(w.ctx, karim, w.space.ID, "Karim Payet", "karim@exemple.re")
		require.NoError(t, err)
		require.Equal(t, governance.Pending, asked.Standing)
		_, err = w.coop.Members.Approve(w.ctx, karim, asked.ID)
		require.Error(t, err)
		asked, err = w.coop.Members.Approve(w.ctx, w.chair.Actor(), asked.ID)
		require.NoError(t, err)
		require.Equal(t, governance.Active, asked.Standing)

		// Suspended, resumed, gone, back.
		asked, err = w.coop.Members.Suspend(w.ctx, w.chair.Actor(), asked.ID)
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, karim, w.space.ID, governance.NewProposal{Title: "Pendant la suspension"})
		require.ErrorIs(t, err, governance.ErrForbidden)
		asked, err = w.coop.Members.Resume(w.ctx, w.chair.Actor(), asked.ID)
		require.NoError(t, err)
		asked, err = w.coop.Members.Leave(w.ctx, karim, asked.ID)
		require.NoError(t, err)
		require.NotNil(t, asked.Left)
		back, err := w.coop.Members.Join(w.ctx, w.host, w.space.ID, governance.Identity{Issuer: "my-site", Subject: "karim"})
		require.NoError(t, err)
		require.Equal(t, asked.ID, back.ID, "the same member, not another one")
		require.Nil(t, back.Left)

		active, err := w.coop.Members.List(w.ctx, w.m[0].Actor(), w.space.ID, governance.Active, governance.Paging{})
		require.NoError(t, err)
		require.Len(t, active.Items, 4)
		for _, m := range active.Items {
			if m.ID == back.ID {
				require.Empty(t, m.Email, "addresses are not for every member")
			}
		}
	})

	t.Run("joining twice changes nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		again, err := w.coop.Members.Join(w.ctx, w.host, w.space.ID, governance.Identity{Issuer: "my-site", Subject: "m0"})
		require.NoError(t, err)
		require.Equal(t, w.m[0].ID, again.ID)
		require.Equal(t, w.m[0].Revision, again.Revision)
		_, err = w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
			Identity: governance.Identity{Issuer: "my-site", Subject: "m0"}, Roles: []string{"chair"},
		})
		require.ErrorIs(t, err, governance.ErrMemberExists)
		_, err = w.coop.Members.Apply(w.ctx, w.m[0].Actor(), w.space.ID, "Encore", "")
		require.ErrorIs(t, err, governance.ErrMemberExists)
	})

	t.Run("the last officer stays", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		_, err := w.coop.Members.Leave(w.ctx, w.chair.Actor(), w.chair.ID)
		require.ErrorIs(t, err, governance.ErrLastOfficer)
		none := []string{}
		_, err = w.coop.Members.Change(w.ctx, w.chair.Actor(), w.chair.ID, governance.MemberChange{Roles: &none})
		require.ErrorIs(t, err, governance.ErrLastOfficer)
		office := []string{governance.Secretary}
		_, err = w.coop.Members.Change(w.ctx, w.chair.Actor(), w.m[0].ID, governance.MemberChange{Roles: &office})
		require.NoError(t, err)
		_, err = w.coop.Members.Leave(w.ctx, w.chair.Actor(), w.chair.ID)
		require.NoError(t, err)
	})

	t.Run("giving oneself a role", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		roles := []string{governance.Chair}
		_, err := w.coop.Members.Change(w.ctx, w.m[0].Actor(), w.m[0].ID, governance.MemberChange{Roles: &roles})
		require.ErrorIs(t, err, governance.ErrForbidden)
		weight := 5 * voting.Voice
		_, err = w.coop.Members.Change(w.ctx, w.m[0].Actor(), w.m[0].ID, governance.MemberChange{Weight: &weight})
		require.ErrorIs(t, err, governance.ErrForbidden)
		name := "Lou"
		got, err := w.coop.Members.Change(w.ctx, w.m[0].Actor(), w.m[0].ID, governance.MemberChange{Name: &name})
		require.NoError(t, err)
		require.Equal(t, "Lou", got.Name)
		_, err = w.coop.Members.Change(w.ctx, w.m[0].Actor(), w.m[0].ID, governance.MemberChange{Name: &name, Revision: 1})
		require.ErrorIs(t, err, governance.ErrStale)
	})

	t.Run("a name that deceives", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		for _, name := range []string{"a\u202eb", "a\u200bb", "a\nb", "a\x00b", "\xff", strings.Repeat("a", 201), "e" + strings.Repeat("\u0301", 9)} {
			_, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
				Identity: governance.Identity{Issuer: "x", Subject: "y"}, Name: name,
			})
			require.ErrorIs(t, err, governance.ErrText)
			require.Equal(t, "name", governance.Fault(err).Fields[0].Path)
		}
		ok, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
			Identity: governance.Identity{Issuer: "x", Subject: "y"}, Name: " Zoe\u0301 ",
		})
		require.NoError(t, err)
		require.Equal(t, "Zo\u00e9", ok.Name, "composed, without spaces around")
	})
}

// What told who a member is goes; what they did stays, under an id that leads to nobody.
func TestMembers_Erase(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/coop.db"
	st, err := bolt.Open(path, nil)
	require.NoError(t, err)
	w := worldOn(t, st, 0, nil)
	t.Cleanup(func() { require.NoError(t, w.coop.Close()) })
	m, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
		Identity: governance.Identity{Issuer: "my-site", Subject: "zazie-42", Name: "Zazie Lamétropole"}, Email: "zazie@exemple.re",
	})
	require.NoError(t, err)
	poll := w.poll(governance.SimpleMajority())
	_, err = w.coop.Polls.Cast(w.ctx, m.Actor(), poll.ID, voting.For)
	require.NoError(t, err)
	_, err = w.coop.Members.Erase(w.ctx, m.Actor(), m.ID)
	require.ErrorIs(t, err, governance.ErrForbidden)
	got, err := w.coop.Members.Erase(w.ctx, w.host, m.ID)
	require.NoError(t, err)
	require.True(t, got.Erased)
	require.Empty(t, got.Name)
	require.Equal(t, governance.Left, got.Standing)
	_, err = w.coop.Members.Find(w.ctx, w.host, w.space.ID, governance.Identity{Issuer: "my-site", Subject: "zazie-42"})
	require.ErrorIs(t, err, governance.ErrPersonUnknown)
	closed, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
	require.NoError(t, err)
	require.Equal(t, int64(1), closed.Result.Cast.Seats)
	w.verify()
	for _, space := range []store.SpaceID{store.Instance, store.SpaceID(w.space.ID)} {
		require.NoError(t, w.st.View(w.ctx, space, func(r store.Reader) error {
			for e, err := range r.Events(0) {
				require.NoError(t, err)
				require.NotContains(t, string(e.Body), "azie")
			}
			for _, kind := range []string{"text", "member", "person", "identity"} {
				for rec, err := range r.List(store.Query{Kind: kind}) {
					require.NoError(t, err)
					require.NotContains(t, string(rec.Body), "azie")
				}
			}
			return nil
		}))
	}
}

func TestMembers_Import(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		table := "\ufeffidentifiant;nom;rôle;voix;entrée;type;courriel\r\n" +
			"1;Ana Robert;secretary|Financeur;2,5;2020-01-31;;ana@exemple.re\r\n" +
			"2;\"Payet; Karim\";;;;personne;\r\n" +
			"31;Région;;0;;organisation;\r\n" +
			"3;Mairie;;0;;organisation;\r\n"
		rep, err := w.coop.Members.Import(w.ctx, w.chair.Actor(), w.space.ID, strings.NewReader(table), nil)
		require.NoError(t, err)
		require.Equal(t, governance.ImportReport{Rows: 4, Admitted: 4}, rep)
		ana, err := w.coop.Members.Find(w.ctx, w.host, w.space.ID, governance.Identity{Issuer: "register", Subject: "1"})
		require.NoError(t, err)
		require.Equal(t, "2.5", ana.Weight.String())
		require.Equal(t, []string{"secretary", "Financeur"}, ana.Roles)
		require.Equal(t, "2020-01-30T20:00:00Z", ana.Joined.Format(time.RFC3339), "the day began then in La Réunion")
		again, err := w.coop.Members.Import(w.ctx, w.chair.Actor(), w.space.ID, strings.NewReader(table), nil)
		require.NoError(t, err)
		require.Equal(t, governance.ImportReport{Rows: 4, Known: 4}, again)
	})

	many := func(n, bad int) string {
		var b strings.Builder
		b.WriteString("id,name,weight\n")
		for i := 1; i <= n; i++ {
			weight := "1"
			if i == bad {
				weight = "-1"
			}
			fmt.Fprintf(&b, "%d,Membre %d,%s\n", i, i, weight)
		}
		return b.String()
	}
	count := func(w *world) int {
		n := 0
		for p := (governance.Paging{Limit: 200}); ; {
			page, err := w.coop.Members.List(w.ctx, w.host, w.space.ID, "", p)
			require.NoError(w, err)
			n += len(page.Items)
			if p.After = page.Next; p.After == "" {
				return n
			}
		}
	}

	t.Run("one bad row in ten thousand", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		rep, err := w.coop.Members.Import(w.ctx, w.host, w.space.ID, strings.NewReader(many(10_000, 7000)), nil)
		require.ErrorIs(t, err, governance.ErrImport)
		require.Len(t, rep.Faults, 1)
		require.Equal(t, 7001, rep.Faults[0].Line)
		require.Equal(t, "weight", rep.Faults[0].Fields[0].Path)
		require.Equal(t, 1, count(w), "nobody but the chair")
		rep, err = w.coop.Members.Import(w.ctx, w.host, w.space.ID, strings.NewReader(many(2_000, 700)), &governance.ImportOptions{Check: true, Partial: true})
		require.NoError(t, err)
		require.Equal(t, 1, count(w))
		rep, err = w.coop.Members.Import(w.ctx, w.host, w.space.ID, strings.NewReader(many(2_000, 700)), &governance.ImportOptions{Partial: true})
		require.NoError(t, err)
		require.Equal(t, 1_999, rep.Admitted)
		require.Equal(t, 2_000, count(w))
	})

	for name, table := range map[string]string{
		"empty":           "",
		"no id column":    "name\nAna\n",
		"unknown column":  "id,âge\n1,2\n",
		"a column twice":  "id,nom,name\n1,a,b\n",
		"an open quote":   "id,name\n1,\"Ana\n",
		"a binary file":   "\x00\x01\x02\x03",
		"column in bytes": "id,\xff\n1,2\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			_, err := w.coop.Members.Import(w.ctx, w.host, w.space.ID, strings.NewReader(table), &governance.ImportOptions{Partial: true})
			require.ErrorIs(t, err, governance.ErrTable)
		})
	}
	for name, row := range map[string]string{
		"no id": ",Ana,,", "a cell too many": "1,Ana,,,x", "an id twice": "0,Ana,,", "no address": "1,Ana,ana,", "no day": "1,Ana,,31/01/2020",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 0)
			rep, err := w.coop.Members.Import(w.ctx, w.host, w.space.ID, strings.NewReader("id,name,email,joined\n0,Lou,,\n"+row+"\n"), nil)
			require.ErrorIs(t, err, governance.ErrImport)
			require.Equal(t, 3, rep.Faults[0].Line)
		})
	}
	t.Run("by a member without office", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		_, err := w.coop.Members.Import(w.ctx, w.m[0].Actor(), w.space.ID, strings.NewReader("id\n1\n"), nil)
		require.ErrorIs(t, err, governance.ErrForbidden)
	})
}
