package governance_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
)

func TestSpaces(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		sp, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{
			Name: "Énergie partagée — Saint-Denis", Slug: "energie", Locale: "en", Currency: "CHF",
			Element: &governance.Element{Type: "organizations", ID: "574db1e540bb4e1e0d2762e6", URL: "https://exemple.re/#@energie"},
			Off:     []governance.Module{governance.ModuleActions},
		})
		require.NoError(t, err)
		require.Equal(t, "Europe/Paris", sp.Zone)
		found, err := w.coop.Spaces.Find(w.ctx, w.host, "energie")
		require.NoError(t, err)
		require.Equal(t, sp, found)
		require.Equal(t, "jardins-du-piton", w.space.Slug, "made from the name")
		same, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "Jardins du Piton"})
		require.NoError(t, err)
		require.Equal(t, "jardins-du-piton-2", same.Slug)
		page, err := w.coop.Spaces.List(w.ctx, w.m[0].Actor(), governance.Paging{})
		require.NoError(t, err)
		require.Len(t, page.Items, 1, "those one may read")
		page, err = w.coop.Spaces.List(w.ctx, w.host, governance.Paging{Limit: 2})
		require.NoError(t, err)
		rest, err := w.coop.Spaces.List(w.ctx, w.host, governance.Paging{Limit: 2, After: page.Next})
		require.NoError(t, err)
		require.Len(t, append(page.Items, rest.Items...), 3)
		require.Empty(t, rest.Next)
	})

	t.Run("a retry founds one space", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		a := governance.WithRequest(w.host, "found-1")
		one, err := w.coop.Spaces.Create(w.ctx, a, governance.NewSpace{Name: "Fablab"})
		require.NoError(t, err)
		two, err := w.coop.Spaces.Create(w.ctx, a, governance.NewSpace{Name: "Fablab"})
		require.NoError(t, err)
		require.Equal(t, one.ID, two.ID)
		_, err = w.coop.Spaces.Create(w.ctx, a, governance.NewSpace{Name: "Autre"})
		require.ErrorIs(t, err, journal.ErrKeyReused)
	})

	t.Run("a module that is off", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		off := []governance.Module{governance.ModuleProposals}
		_, err := w.coop.Spaces.Change(w.ctx, w.chair.Actor(), w.space.ID, governance.SpaceChange{Off: &off})
		require.NoError(t, err)
		_, err = w.coop.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Title: "x"})
		require.ErrorIs(t, err, governance.ErrModuleOff)
		_, err = w.coop.Actions.Plan(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewAction{Title: "x"})
		require.NoError(t, err)
	})

	t.Run("a taken short name", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "x", Slug: "jardins-du-piton"})
		require.ErrorIs(t, err, governance.ErrSlugTaken)
		w.clock.add(2 * time.Hour)
		_, err = w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{Name: "x", Slug: "jardins-du-piton"})
		require.ErrorIs(t, err, governance.ErrSlugTaken)
	})

	t.Run("by anybody but the host", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.Spaces.Create(w.ctx, w.chair.Actor(), governance.NewSpace{Name: "x"})
		require.ErrorIs(t, err, governance.ErrForbidden)
		_, err = w.coop.Spaces.Create(w.ctx, governance.Actor{}, governance.NewSpace{Name: "x"})
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
	})

	t.Run("what is wrong in it, all at once", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		_, err := w.coop.Spaces.Create(w.ctx, w.host, governance.NewSpace{
			Slug: "É", Locale: "it", Zone: "Local", Currency: "euro", Off: []governance.Module{"chat"},
			Element: &governance.Element{URL: "javascript:alert(1)"}, Description: strings.Repeat("x", governance.MaxText+1),
		})
		require.ErrorIs(t, err, governance.ErrText)
		var paths []string
		for _, f := range governance.Fault(err).Fields {
			paths = append(paths, f.Path)
		}
		require.Equal(t, []string{"name", "description", "locale", "zone", "currency", "slug", "off/0", "element/type", "element/id", "element/url"}, paths)
	})

	t.Run("read by whom", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 1)
		for _, a := range []governance.Actor{w.person("stranger")} {
			_, err := w.coop.Spaces.Get(w.ctx, a, w.space.ID)
			require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		}
		_, err := w.coop.Spaces.Get(w.ctx, governance.Actor{}, w.space.ID)
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
		for _, id := range []governance.SpaceID{"", "instance", "x", "0199f3c2-6f1e-7a43-9c6d-1f0a4c9e2b77"} {
			_, err := w.coop.Spaces.Get(w.ctx, w.host, id)
			require.ErrorIs(t, err, governance.ErrSpaceUnknown)
		}
		public := true
		_, err = w.coop.Spaces.Change(w.ctx, w.chair.Actor(), w.space.ID, governance.SpaceChange{Public: &public})
		require.NoError(t, err)
		got, err := w.coop.Spaces.Get(w.ctx, governance.Actor{}, w.space.ID)
		require.NoError(t, err)
		require.Equal(t, "Jardins du Piton", got.Name)
		_, err = w.coop.Proposals.Submit(w.ctx, governance.Actor{}, w.space.ID, governance.NewProposal{Title: "x"})
		require.ErrorIs(t, err, governance.ErrUnauthenticated)
	})
}

// A module that the instance switches off is off in every space.
func TestOptions_Off(t *testing.T) {
	t.Parallel()
	w := worldOn(t, newStore(t), 1, &governance.Options{Off: []governance.Module{governance.ModuleActions}})
	_, err := w.coop.Actions.Plan(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewAction{Title: "x"})
	require.ErrorIs(t, err, governance.ErrModuleOff)
	w.propose(w.m[0].Actor(), "Le reste va")
	w.verify()
}
