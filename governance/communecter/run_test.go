package communecter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
)

func TestRun(t *testing.T) {
	t.Parallel()

	t.Run("a check brings over nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		size := w.verify()
		rep, err := w.run(sample(t, "atelier.json"), &communecter.Options{Check: true})
		require.NoError(t, err)
		require.Equal(t, 5, rep.People)
		require.Len(t, rep.Outcomes, 6)
		require.Equal(t, size, w.verify())
		done, err := w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		require.Equal(t, done, rep, "the check foretold something else")
		again, err := w.run(sample(t, "atelier.json"), &communecter.Options{Check: true})
		require.NoError(t, err)
		require.Equal(t, 19, again.Known)
		require.Zero(t, again.People)
	})

	t.Run("the same key has the same answer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		keyed := governance.WithRequest(w.host, "once")
		files := func() []communecter.File {
			return []communecter.File{{Reader: strings.NewReader(sample(t, "atelier.json"))}}
		}
		first, err := communecter.Run(t.Context(), w.coop, keyed, w.space, files(), nil)
		require.NoError(t, err)
		size := w.verify()
		again, err := communecter.Run(t.Context(), w.coop, keyed, w.space, files(), nil)
		require.NoError(t, err)
		require.Equal(t, first.People, again.People)
		require.Equal(t, size, w.verify())
	})

	t.Run("only by a host", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		for _, a := range []governance.Actor{{}, w.members()["Anouk Delmas"].Actor(), w.members()["Bao Tran"].Actor()} {
			_, err := communecter.Run(t.Context(), w.coop, a, w.space, []communecter.File{{Reader: strings.NewReader(`{"rooms": []}`)}}, nil)
			require.Error(t, err)
		}
	})

	t.Run("into a space that is not there", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := communecter.Run(t.Context(), w.coop, w.host, "nowhere", nil, nil)
		require.ErrorIs(t, err, governance.ErrSpaceUnknown)
	})

	t.Run("into the space of another element", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		other, err := w.coop.Spaces.Create(t.Context(), w.host, governance.NewSpace{
			Name: "Ailleurs", Element: &governance.Element{Type: "projects", ID: "5a0000000000000000000e77"},
		})
		require.NoError(t, err)
		w.space = other.ID
		size := w.verify()
		_, err = w.run(sample(t, "atelier.json"), nil)
		require.ErrorIs(t, err, communecter.ErrElement)
		require.Equal(t, size, w.verify())
	})

	t.Run("files of two elements", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.runAll(nil, sample(t, "atelier.json"), strings.ReplaceAll(sample(t, "coopdata.json"), "000e01", "000e02"))
		require.ErrorIs(t, err, communecter.ErrElement)
	})

	t.Run("a zone that is none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for _, zone := range []string{"Saint-Denis", "Local"} {
			_, err := w.run(sample(t, "atelier.json"), &communecter.Options{Zone: zone})
			require.ErrorIs(t, err, governance.ErrText)
		}
	})

	t.Run("whoever left does not come back", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		_, err = w.coop.Members.Leave(t.Context(), w.host, w.members()["emil"].ID)
		require.NoError(t, err)
		size := w.verify()
		_, err = w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		require.Equal(t, governance.Left, w.members()["emil"].Standing)
		require.Equal(t, size, w.verify())
	})

	t.Run("an erased member is out of every byte that is kept", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		_, err = w.coop.Members.Erase(t.Context(), w.host, w.members()["Bao Tran"].ID)
		require.NoError(t, err)
		w.verify()
		require.NotContains(t, w.members(), "Bao Tran")
		p := w.proposals()["5a0000000000000000000d01"]
		call, err := w.coop.Polls.RollCall(t.Context(), w.host, p.Poll, governance.Paging{})
		require.NoError(t, err)
		require.Empty(t, call.Items[1].Name)
		_, err = w.coop.Polls.RollCall(t.Context(), w.host, p.Poll, governance.Paging{After: "later"})
		require.ErrorIs(t, err, governance.ErrText)
	})

	t.Run("an invited member accepts and has no office", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.run(sample(t, "atelier.json"), nil)
		require.NoError(t, err)
		chloe := w.members()["Chloé Ferreira"]
		_, err = w.coop.Members.Accept(t.Context(), governance.As(chloe.Person), chloe.ID)
		require.NoError(t, err)
		require.Equal(t, governance.Active, w.members()["Chloé Ferreira"].Standing)
		require.Empty(t, w.members()["Chloé Ferreira"].Roles)
	})
}
