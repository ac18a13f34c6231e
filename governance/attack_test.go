package governance_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/voting"
)

// texts gives every side text of the space that is still stored.
func (w *world) texts() string {
	w.Helper()
	all := ""
	err := w.st.View(w.ctx, store.SpaceID(w.space.ID), func(r store.Reader) error {
		for rec, err := range r.List(store.Query{Kind: "text"}) {
			if err != nil {
				return err
			}
			all += string(rec.Body) + "\n"
		}
		return nil
	})
	require.NoError(w, err)
	return all
}

// TestErase_everything holds an erasure to every place where a name can lie, not only to the last one.
func TestErase_everything(t *testing.T) {
	t.Parallel()

	t.Run("names of an earlier membership", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		maya := w.person("maya")
		m, err := w.coop.Members.Apply(w.ctx, maya, w.space.ID, "Maya Premier", "premier@example.org")
		require.NoError(t, err)
		_, err = w.coop.Members.Leave(w.ctx, maya, m.ID)
		require.NoError(t, err)
		_, err = w.coop.Members.Invite(w.ctx, w.chair.Actor(), w.space.ID, governance.NewMember{
			Identity: governance.Identity{Issuer: "my-site", Subject: "maya", Name: "Maya Deuxième"},
		})
		require.NoError(t, err)
		_, err = w.coop.Members.Admit(w.ctx, w.chair.Actor(), w.space.ID, governance.NewMember{
			Identity: governance.Identity{Issuer: "my-site", Subject: "maya", Name: "Maya Troisième"}, Number: "3",
		})
		require.NoError(t, err)
		require.NotContains(t, w.texts(), "Maya Deuxième") // replaced: nobody's business
		_, err = w.coop.Members.Erase(w.ctx, w.host, m.ID)
		require.NoError(t, err)
		require.NotContains(t, w.texts(), "Maya")
	})

	t.Run("names as a representative", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		org, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
			Kind: governance.Organisation, Name: "La Ruche",
		})
		require.NoError(t, err)
		_, err = w.coop.Members.Represent(w.ctx, w.host, org.ID, governance.Representation{
			Identity: governance.Identity{Issuer: "my-site", Subject: "m0"}, Name: "Membre Zéro",
		})
		require.NoError(t, err)
		_, err = w.coop.Members.Erase(w.ctx, w.host, w.m[0].ID)
		require.NoError(t, err)
		require.NotContains(t, w.texts(), "Membre Zéro")
	})

	t.Run("who comes back does not take up what was erased", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		other, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "Ailleurs"})
		require.NoError(t, err)
		_, err = w.coop.Members.Join(w.ctx, w.host, other.ID, governance.Identity{Issuer: "my-site", Subject: "m0"})
		require.NoError(t, err)
		_, err = w.coop.Members.Erase(w.ctx, w.host, w.m[0].ID)
		require.NoError(t, err)
		back := w.admit("m0", "De retour")
		require.NotEqual(t, w.m[0].ID, back.ID)
		old, err := w.coop.Members.Get(w.ctx, w.host, w.m[0].ID)
		require.NoError(t, err)
		require.True(t, old.Erased)
		require.Empty(t, old.Name)
		_, err = w.coop.Proposals.Submit(w.ctx, back.Actor(), w.space.ID, governance.NewProposal{Title: "Encore"})
		require.NoError(t, err)
		_, err = w.coop.Members.Suspend(w.ctx, w.host, back.ID)
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, back.Actor(), w.space.ID, governance.NewProposal{Title: "Suspendu"})
		require.ErrorIs(t, err, governance.ErrForbidden)
		found, err := w.coop.Members.Find(w.ctx, w.host, w.space.ID, governance.Identity{Issuer: "my-site", Subject: "m0"})
		require.NoError(t, err)
		require.Equal(t, back.ID, found.ID)
	})
}

// strict is a store that notices when an Update calls it, which the contract forbids, and that fails on demand.
type strict struct {
	store.Store
	updating atomic.Bool
	nested   atomic.Bool
	update   atomic.Pointer[func(store.SpaceID) error]
	spaces   atomic.Int32 // which of the next listings of spaces fails
}

var errDisk = errors.New("the disk is away")

func (s *strict) Update(ctx context.Context, id store.SpaceID, fn func(store.Writer) error) error {
	if fail := s.update.Load(); fail != nil {
		if err := (*fail)(id); err != nil {
			return err
		}
	}
	return s.Store.Update(ctx, id, func(w store.Writer) error {
		s.updating.Store(true)
		defer s.updating.Store(false)
		return fn(w)
	})
}

func (s *strict) View(ctx context.Context, id store.SpaceID, fn func(store.Reader) error) error {
	if s.updating.Load() {
		s.nested.Store(true)
	}
	return s.Store.View(ctx, id, fn)
}

func (s *strict) Spaces(ctx context.Context) iter.Seq2[store.SpaceID, error] {
	if s.spaces.Add(-1) == 0 {
		return func(yield func(store.SpaceID, error) bool) { yield("", errDisk) }
	}
	return s.Store.Spaces(ctx)
}

// TestSpaces_Create_shortName holds the two steps of founding a space together.
func TestSpaces_Create_shortName(t *testing.T) {
	t.Parallel()
	fail := func(id store.SpaceID) error {
		if id != store.Instance {
			return errDisk
		}
		return nil
	}

	t.Run("the store is not called from within an Update", func(t *testing.T) {
		t.Parallel()
		st := &strict{Store: newStore(t)}
		w := worldOn(t, st, 0, nil)
		w.clock.add(2 * time.Hour)
		second, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "Jardins du Piton"})
		require.NoError(t, err)
		require.Equal(t, "jardins-du-piton-2", second.Slug)
		require.False(t, st.nested.Load())
	})

	t.Run("a name given up is not founded twice", func(t *testing.T) {
		t.Parallel()
		st := &strict{Store: newStore(t)}
		w := worldOn(t, st, 0, nil)
		st.update.Store(&fail)
		late := governance.WithRequest(w.host, "late")
		in := governance.NewSpace{Name: "Verger", Slug: "verger"}
		_, err := w.coop.Spaces.Create(w.ctx, late, in)
		require.ErrorIs(t, err, errDisk)
		st.update.Store(nil)
		_, err = w.coop.Spaces.Create(w.ctx, w.host, in)
		require.ErrorIs(t, err, governance.ErrSlugTaken) // it waits for its space
		w.clock.add(2 * time.Hour)
		other, err := w.coop.Spaces.Create(w.ctx, w.host, in)
		require.NoError(t, err)
		_, err = w.coop.Spaces.Create(w.ctx, late, in)
		require.ErrorIs(t, err, governance.ErrSlugTaken)
		got, err := w.coop.Spaces.Find(w.ctx, w.host, "verger")
		require.NoError(t, err)
		require.Equal(t, other.ID, got.ID)
	})

	t.Run("repeated, it goes on where it was cut off", func(t *testing.T) {
		t.Parallel()
		st := &strict{Store: newStore(t)}
		w := worldOn(t, st, 0, nil)
		st.update.Store(&fail)
		a := governance.WithRequest(w.host, "again")
		in := governance.NewSpace{Name: "Verger", Slug: "verger"}
		_, err := w.coop.Spaces.Create(w.ctx, a, in)
		require.ErrorIs(t, err, errDisk)
		st.update.Store(nil)
		got, err := w.coop.Spaces.Create(w.ctx, a, in)
		require.NoError(t, err)
		again, err := w.coop.Spaces.Create(w.ctx, a, in)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

// TestScheduler_outage holds the clockwork to what it owes after it was away.
func TestScheduler_outage(t *testing.T) {
	t.Parallel()

	t.Run("a vote in which nobody could vote decides nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 2)
		in := governance.SimpleMajority()
		in.Opens = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		in.Closes = governance.Moment{At: w.clock.Now().Add(2 * time.Hour)}
		poll := w.poll(in)
		w.clock.add(3 * time.Hour) // the program was down all the while
		require.NoError(t, w.coop.RunDue(w.ctx))
		got, err := w.coop.Polls.Get(w.ctx, w.chair.Actor(), poll.ID)
		require.NoError(t, err)
		require.Equal(t, governance.StateCancelled, got.State)
		p, err := w.coop.Proposals.Get(w.ctx, w.chair.Actor(), poll.Proposal)
		require.NoError(t, err)
		require.Equal(t, governance.InDebate, p.State)
	})

	t.Run("spaces that could not be listed at first are looked at later", func(t *testing.T) {
		t.Parallel()
		st := &strict{Store: newStore(t)}
		keys := governance.MemoryKeys()
		w := worldOn(t, st, 2, &governance.Options{Keys: keys})
		in := governance.SimpleMajority()
		in.Closes = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		poll := w.poll(in)
		w.clock.add(2 * time.Hour)
		// Another engine over the same store knows nothing of what was committed before.
		second, err := governance.Open(st, &governance.Options{Keys: keys, Clock: w.clock.Now, Tick: time.Millisecond})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		counted := func() bool {
			got, err := second.Polls.Get(w.ctx, w.host, poll.ID)
			return err == nil && got.State == governance.StateCounted
		}
		for !counted() {
			st.spaces.Store(2) // one of two listings fails: the scheduler's, or the followers', which ends Run with the error
			ended := make(chan error, 1)
			go func() { ended <- second.Run(ctx) }()
			require.Eventually(t, func() bool { return counted() || len(ended) > 0 }, time.Minute, time.Millisecond)
			if counted() {
				cancel()
			}
			<-ended
			w.clock.add(10 * time.Second) // Run may have ended between closing and counting, which is left alone for a while
		}
	})
}

// TestActor_For holds an actor to the members they may act for, in the log too.
func TestActor_For(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	for _, m := range []governance.MemberID{w.m[0].ID, governance.MemberID(w.space.ID + ".0192f0c1-2345-7890-abcd-ef0123456789")} {
		_, err := w.coop.Rooms.Open(w.ctx, w.chair.Actor().For(m), w.space.ID, governance.NewRoom{Name: "Salle"})
		require.ErrorIs(t, err, governance.ErrForbidden)
	}
	// What is no member of this space is not written down.
	_, err := w.coop.Rooms.Open(w.ctx, w.chair.Actor().For("x.Paul habite 3 rue des Lilas"), w.space.ID, governance.NewRoom{Name: "Salle"})
	require.NoError(t, err)
	err = w.st.View(w.ctx, store.SpaceID(w.space.ID), func(r store.Reader) error {
		for e, err := range r.Events(0) {
			require.NoError(t, err)
			require.NotContains(t, string(e.Body), "Lilas")
		}
		return nil
	})
	require.NoError(t, err)
	// A stranger learns nothing of a private space by it.
	_, err = w.coop.Rooms.Open(w.ctx, w.person("stranger").For(w.m[0].ID), w.space.ID, governance.NewRoom{Name: "Salle"})
	require.ErrorIs(t, err, governance.ErrSpaceUnknown)
}

// An id that is none is nobody's.
func TestActor_noID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	poll := w.poll(governance.SimpleMajority())
	for _, id := range []governance.PersonID{"", "42", "not a uuid at all, and longer than sixteen bytes"} {
		_, err := w.coop.Polls.Cast(w.ctx, governance.As(id), poll.ID, voting.For)
		require.ErrorIs(t, err, governance.ErrNotOnRoll)
		_, err = w.coop.Polls.Get(w.ctx, governance.As(id), poll.ID)
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
	}
}

// TestStanding holds rights to the standing from which they come.
func TestStanding(t *testing.T) {
	t.Parallel()

	// ruche admits an organisation with roles, for which somebody stands.
	ruche := func(w *world, subject string, roles ...string) governance.Member {
		w.Helper()
		org, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
			Kind: governance.Organisation, Name: "La Ruche", Roles: roles,
		})
		require.NoError(w, err)
		_, err = w.coop.Members.Represent(w.ctx, w.host, org.ID, governance.Representation{
			Identity: governance.Identity{Issuer: "my-site", Subject: subject}, Name: "Qui représente",
		})
		require.NoError(w, err)
		return org
	}

	t.Run("who is suspended keeps no rights on what is theirs by standing for another", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		p := w.propose(w.m[0].Actor(), "La mienne")
		ruche(w, "m0")
		_, err := w.coop.Members.Suspend(w.ctx, w.host, w.m[0].ID)
		require.NoError(t, err)
		_, err = w.coop.Proposals.Withdraw(w.ctx, w.m[0].Actor(), p.ID)
		require.ErrorIs(t, err, governance.ErrForbidden)
	})

	t.Run("who votes for an organisation sees what it votes on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		org := ruche(w, "rep", "ca")
		rep := w.person("rep").For(org.ID)
		room, err := w.coop.Rooms.Open(w.ctx, w.host, w.space.ID, governance.NewRoom{Name: "CA", Roles: []string{"ca"}})
		require.NoError(t, err)
		p, err := w.coop.Proposals.Submit(w.ctx, w.host, w.space.ID, governance.NewProposal{Room: room.ID, Title: "Budget"})
		require.NoError(t, err)
		poll, err := w.coop.Polls.Open(w.ctx, w.host, p.ID, governance.SimpleMajority())
		require.NoError(t, err)
		_, err = w.coop.Polls.Cast(w.ctx, rep, poll.ID, voting.For)
		require.NoError(t, err)
		_, err = w.coop.Polls.Get(w.ctx, rep, poll.ID)
		require.NoError(t, err)
		_, err = w.coop.Polls.Get(w.ctx, w.admit("x", "Sans rôle").Actor(), poll.ID)
		require.ErrorIs(t, err, governance.ErrPollUnknown)
	})

	t.Run("an organisation's office is nobody's", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		org := ruche(w, "rep", governance.Chair)
		_, err := w.coop.Rooms.Open(w.ctx, w.person("rep").For(org.ID), w.space.ID, governance.NewRoom{Name: "Salle"})
		require.ErrorIs(t, err, governance.ErrForbidden)
		_, err = w.coop.Members.Leave(w.ctx, w.chair.Actor(), w.chair.ID)
		require.ErrorIs(t, err, governance.ErrLastOfficer)
	})

	t.Run("a part that is off tells a stranger nothing of a private space", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		off := []governance.Module{governance.ModuleProposals, governance.ModuleActions}
		_, err := w.coop.Spaces.Change(w.ctx, w.host, w.space.ID, governance.SpaceChange{Off: &off})
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, w.person("stranger"), w.space.ID, governance.NewProposal{Title: "Bonjour"})
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		_, err = w.coop.Actions.Plan(w.ctx, w.person("stranger"), w.space.ID, governance.NewAction{Title: "Bonjour"})
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		_, err = w.coop.Proposals.Submit(w.ctx, w.chair.Actor(), w.space.ID, governance.NewProposal{Title: "Bonjour"})
		require.ErrorIs(t, err, governance.ErrModuleOff)
	})
}

// TestTimes_bounds sends times that no log can hold.
func TestTimes_bounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	far := time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, m := range []governance.Moment{
		{At: far},
		{Local: "9999-12-31", Zone: "UTC"},
		{Local: "9999-12-31T23:00", Zone: "America/New_York"},
		{Local: "0000-01-01", Zone: "Asia/Tokyo"},
		{At: time.Date(-3, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		_, err := w.coop.Actions.Plan(w.ctx, w.host, w.space.ID, governance.NewAction{Title: "Tailler", Due: m})
		require.ErrorIs(t, err, governance.ErrText)
	}
	_, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{
		Identity: governance.Identity{Issuer: "my-site", Subject: "x"}, Joined: far,
	})
	require.ErrorIs(t, err, governance.ErrText)
	rep, err := w.coop.Members.Import(w.ctx, w.host, w.space.ID, strings.NewReader("id,joined\na,2020-01-01\nb,0000-01-01\n"), nil)
	require.ErrorIs(t, err, governance.ErrImport)
	require.Equal(t, 3, rep.Faults[0].Line)
	org, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{Kind: governance.Organisation, Name: "La Ruche"})
	require.NoError(t, err)
	_, err = w.coop.Members.Represent(w.ctx, w.host, org.ID, governance.Representation{
		Identity: governance.Identity{Issuer: "my-site", Subject: "rep"}, Until: far,
	})
	require.ErrorIs(t, err, governance.ErrText)
}

// TestTexts_disguised sends names that look like nothing, or like another.
func TestTexts_disguised(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	for what, name := range map[string]string{
		"Hangul filler":                   "\u3164",
		"half-width filler":               "a\uffa0b",
		"grapheme joiner":                 "a\u034fb",
		"Mongolian vowel separator":       "a\u180eb",
		"invisible plus":                  "a\u2064b",
		"blank Braille alone":             "\u2800",
		"variation selectors alone":       "\ufe0f\ufe0f",
		"longer once it is composed":      strings.Repeat("\ufb2c", governance.MaxName),
		"too long however it is composed": strings.Repeat("e", governance.MaxName+1),
	} {
		_, err := w.coop.Rooms.Open(w.ctx, w.host, w.space.ID, governance.NewRoom{Name: name})
		require.ErrorIs(t, err, governance.ErrText, what)
	}
	// What fits once it is composed fits, whichever way it was typed.
	long := strings.Repeat("e\u0302\u0301", governance.MaxName)
	room, err := w.coop.Rooms.Open(w.ctx, w.host, w.space.ID, governance.NewRoom{Name: long})
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("ế", governance.MaxName), room.Name)

	p := w.propose(w.chair.Actor(), "Un choix")
	for _, second := range []string{"JARDIN", "Ｊardin", "Jar\u00addin", "jardin "} {
		_, err := w.coop.Polls.Open(w.ctx, w.chair.Actor(), p.ID, governance.NewPoll{
			Rule: voting.SimpleMajority(), Options: []governance.Option{{Key: "a", Title: "Jardin"}, {Key: "b", Title: second}},
		})
		require.ErrorIs(t, err, governance.ErrText, second)
	}
}

// A page is filled in bounded time, whatever lies between what its reader may see.
func TestPage_hidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	seen := w.propose(w.chair.Actor(), "La plus ancienne")
	const hidden = 1100
	for range hidden {
		w.clock.add(time.Microsecond)
		_, err := w.coop.Proposals.Draft(w.ctx, w.host, w.space.ID, governance.NewProposal{Title: "Brouillon"})
		require.NoError(t, err)
	}
	q := governance.ProposalQuery{}
	pages, found := 0, 0
	for {
		page, err := w.coop.Proposals.List(w.ctx, w.m[0].Actor(), w.space.ID, q)
		require.NoError(t, err)
		pages++
		for _, p := range page.Items {
			require.Equal(t, seen.ID, p.ID)
			found++
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	require.Equal(t, 1, found)
	require.Greater(t, pages, 1)
	require.Less(t, pages, 10)
}

// tamper changes the stored body of a record of the space behind the engine's back.
func (w *world) tamper(kind, id string, change func(string) string) {
	w.Helper()
	require.NoError(w, w.st.Update(w.ctx, store.SpaceID(w.space.ID), func(wr store.Writer) error {
		rec, err := wr.Get(kind, id)
		if err != nil {
			return err
		}
		rec.Body = []byte(change(string(rec.Body)))
		return wr.Put(rec)
	}))
}

// TestDamage reads what somebody spoiled in the file: it is reported, and stops nothing.
func TestDamage(t *testing.T) {
	t.Parallel()

	// counted makes a counted poll of two ballots, and gives its own id.
	counted := func(w *world) (governance.Poll, string) {
		w.Helper()
		in := governance.SimpleMajority()
		in.Names = true
		poll := w.poll(in)
		for _, m := range w.m {
			_, err := w.coop.Polls.Cast(w.ctx, m.Actor(), poll.ID, voting.For)
			require.NoError(w, err)
		}
		poll, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.NoError(w, err)
		return poll, strings.TrimPrefix(string(poll.ID), string(w.space.ID)+".")
	}

	t.Run("a poll without its times and result", func(t *testing.T) {
		t.Parallel()
		w := tampered(t, 2)
		poll, own := counted(w)
		w.tamper("poll", own, func(s string) string {
			return strings.NewReplacer(`"opened":`, `"x":`, `"result":`, `"y":`).Replace(s)
		})
		require.ErrorIs(t, w.coop.Polls.Export(w.ctx, w.host, poll.ID, io.Discard), governance.ErrExport)
		got, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
		require.NoError(t, err)
		require.False(t, got.OK())
	})

	t.Run("a poll that cannot be read beside one that can", func(t *testing.T) {
		t.Parallel()
		w := tampered(t, 2)
		_, own := counted(w)
		counted(w)
		w.tamper("poll", own, func(s string) string { return s[:len(s)/2] })
		got, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
		require.NoError(t, err)
		require.False(t, got.OK())
		require.Equal(t, 2, got.Ballots)
	})

	t.Run("a ballot under a key that is no seat", func(t *testing.T) {
		t.Parallel()
		w := tampered(t, 2)
		in := governance.SimpleMajority()
		in.Names = true
		poll := w.poll(in)
		own := strings.TrimPrefix(string(poll.ID), string(w.space.ID)+".")
		for i := range 300 {
			_, err := w.st.Cast(w.ctx, store.Ballot{
				Space: store.SpaceID(w.space.ID), Poll: own, Key: []byte{1, byte(i >> 8), byte(i)}, Body: governance.BallotBody(voting.For, i),
			})
			require.NoError(t, err)
		}
		_, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.Error(t, err) // more ballots than entitled
		got, err := w.coop.Verify(w.ctx, w.host, w.space.ID)
		require.NoError(t, err)
		require.NotEmpty(t, got.Problems)
		require.LessOrEqual(t, len(got.Problems), 110)
	})

	t.Run("a roll call over a key that is no seat", func(t *testing.T) {
		t.Parallel()
		w := tampered(t, 2)
		in := governance.SimpleMajority()
		in.Names = true
		poll := w.poll(in)
		_, err := w.st.Cast(w.ctx, store.Ballot{
			Space: store.SpaceID(w.space.ID), Poll: strings.TrimPrefix(string(poll.ID), string(w.space.ID)+"."),
			Key: []byte{1}, Body: governance.BallotBody(voting.For, 1),
		})
		require.NoError(t, err)
		_, err = w.coop.Polls.Close(w.ctx, w.host, poll.ID)
		require.NoError(t, err)
		_, err = w.coop.Polls.RollCall(w.ctx, w.host, poll.ID, governance.Paging{})
		require.ErrorIs(t, err, governance.ErrBallotDamaged)
	})

	t.Run("an export whose line never ends", func(t *testing.T) {
		t.Parallel()
		endless := &endless{}
		_, err := governance.Recount(io.MultiReader(strings.NewReader(`{"format":"coopspace poll 1","title":"`), endless))
		require.ErrorIs(t, err, governance.ErrExport)
		require.Less(t, endless.read, 64<<20)
	})
}

// endless gives the same letter for ever, as far as a test can wait.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 128<<20 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'a'
	}
	e.read += len(p)
	return len(p), nil
}

// What the chair voted is nobody's business in a poll without names, unless it broke a tie.
func TestExport_chair(t *testing.T) {
	t.Parallel()
	for _, tied := range []bool{false, true} {
		w := newWorld(t, 3)
		in := governance.NewPoll{
			Rule:    voting.SimpleMajority(),
			Options: []governance.Option{{Key: "wed", Title: "Mercredi"}, {Key: "sun", Title: "Dimanche"}},
		}
		in.Rule.TieBreak = voting.TieChair
		in.Rule.Threshold = nil
		open := w.poll(in)
		votes := map[governance.MemberID]voting.Choice{w.chair.ID: "sun", w.m[0].ID: "wed", w.m[1].ID: "wed", w.m[2].ID: "wed"}
		if tied {
			votes[w.m[2].ID] = "sun"
		}
		for _, m := range append(w.m, w.chair) {
			_, err := w.coop.Polls.Cast(w.ctx, m.Actor(), open.ID, votes[m.ID])
			require.NoError(t, err)
		}
		poll, err := w.coop.Polls.Close(w.ctx, w.host, open.ID)
		require.NoError(t, err)
		var file bytes.Buffer
		require.NoError(t, w.coop.Polls.Export(w.ctx, w.m[0].Actor(), poll.ID, &file))
		again, err := governance.Recount(&file)
		require.NoError(t, err)
		require.Equal(t, poll.Verdict.Winner, again.Verdict.Winner)
		if tied {
			require.Equal(t, voting.Choice("sun"), again.Head.Casting)
		} else {
			require.Empty(t, again.Head.Casting)
		}
	}
}

// TestRepresentative_turn holds the roll to who stands for an organisation when the vote opens, not a moment before.
func TestRepresentative_turn(t *testing.T) {
	t.Parallel()
	st := &strict{Store: newStore(t)}
	w := worldOn(t, st, 1, nil)
	org, err := w.coop.Members.Admit(w.ctx, w.host, w.space.ID, governance.NewMember{Kind: governance.Organisation, Name: "La Ruche"})
	require.NoError(t, err)
	stand := func(subject string, from time.Time) {
		_, err := w.coop.Members.Represent(w.ctx, w.host, org.ID, governance.Representation{
			Identity: governance.Identity{Issuer: "my-site", Subject: subject}, From: from,
		})
		require.NoError(t, err)
	}
	stand("before", time.Time{})
	stand("after", w.clock.Now().Add(time.Hour))
	p := w.propose(w.chair.Actor(), "Une proposition")
	turned := false
	late := func(store.SpaceID) error { // the hour strikes between the drawing up of the roll and the opening
		if !turned {
			turned = true
			w.clock.add(2 * time.Hour)
		}
		return nil
	}
	st.update.Store(&late)
	poll, err := w.coop.Polls.Open(w.ctx, w.chair.Actor(), p.ID, governance.SimpleMajority())
	require.NoError(t, err)
	_, err = w.coop.Polls.Cast(w.ctx, w.person("before").For(org.ID), poll.ID, voting.For)
	require.ErrorIs(t, err, governance.ErrNotOnRoll)
	_, err = w.coop.Polls.Cast(w.ctx, w.person("after").For(org.ID), poll.ID, voting.For)
	require.NoError(t, err)

	_, err = w.coop.Members.Erase(w.ctx, w.host, org.ID)
	require.NoError(t, err)
	_, err = w.coop.Members.Represent(w.ctx, w.host, org.ID, governance.Representation{
		Identity: governance.Identity{Issuer: "my-site", Subject: "again"}, Name: "Encore quelqu'un",
	})
	require.ErrorIs(t, err, governance.ErrMemberErased)
	w.verify()
}

// TestMembers_Import_hopeless gives a register of which hardly a row can be read: it is read no further than to the first of
// too many faults, and those that are told take memory by their number, and not by its square.
func TestMembers_Import_hopeless(t *testing.T) { // alone: it looks at all that is allocated
	w := newWorld(t, 0)
	const row = "x,beaucoup\n"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rep, err := w.coop.Members.Import(w.ctx, w.host, w.space.ID,
		strings.NewReader("id,weight\n"+strings.Repeat(row, 10_000)), nil)
	require.ErrorIs(t, err, governance.ErrImport)
	fields := governance.Fault(err).Fields
	runtime.ReadMemStats(&after)
	require.Len(t, rep.Faults, 10_000)
	require.Len(t, fields, 10_000)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))

	table := strings.NewReader("id,weight\n" + strings.Repeat(row, 300_000))
	_, err = w.coop.Members.Import(w.ctx, w.host, w.space.ID, table, &governance.ImportOptions{Partial: true})
	require.ErrorIs(t, err, governance.ErrTable)
	require.Greater(t, table.Len(), 280_000*len(row), "given up at the first of too many")
}

// A repeated opening has the reply of the first, whoever has left since.
func TestPolls_Open_repeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	a := governance.WithRequest(w.host, "open")
	p := w.propose(w.chair.Actor(), "Une proposition")
	poll, err := w.coop.Polls.Open(w.ctx, a, p.ID, governance.SimpleMajority())
	require.NoError(t, err)
	for _, m := range append(w.m, w.chair) {
		_, err := w.coop.Members.Leave(w.ctx, w.host, m.ID)
		require.NoError(t, err)
	}
	again, err := w.coop.Polls.Open(w.ctx, a, p.ID, governance.SimpleMajority())
	require.NoError(t, err)
	require.Equal(t, poll, again)
	other, err := w.coop.Proposals.Submit(w.ctx, w.host, w.space.ID, governance.NewProposal{Title: "Pour personne"})
	require.NoError(t, err)
	_, err = w.coop.Polls.Open(w.ctx, w.host, other.ID, governance.SimpleMajority())
	require.ErrorIs(t, err, governance.ErrRollEmpty)
}

// What is in a room that is not theirs looks to somebody as what is not there.
func TestProposals_elsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	room, err := w.coop.Rooms.Open(w.ctx, w.host, w.space.ID, governance.NewRoom{Name: "CA", Roles: []string{"ca"}})
	require.NoError(t, err)
	p, err := w.coop.Proposals.Submit(w.ctx, w.host, w.space.ID, governance.NewProposal{Room: room.ID, Title: "Budget"})
	require.NoError(t, err)
	for _, id := range []governance.ProposalID{p.ID, governance.ProposalID(w.space.ID + ".0192f0c1-2345-7890-abcd-ef0123456789")} {
		_, err := w.coop.Proposals.Get(w.ctx, w.m[0].Actor(), id)
		require.ErrorIs(t, err, governance.ErrProposalUnknown)
		require.Equal(t, governance.ErrProposalUnknown.Code, governance.Fault(err).Code) // what is shown
		_, err = w.coop.Proposals.Withdraw(w.ctx, w.m[0].Actor(), id)
		require.ErrorIs(t, err, governance.ErrProposalUnknown)
		_, err = w.coop.Polls.Open(w.ctx, w.m[0].Actor(), id, governance.SimpleMajority())
		require.ErrorIs(t, err, governance.ErrProposalUnknown)
	}
}
