package journal_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

type named struct {
	Name   string `json:"-"`
	Open   string `json:"open"`
	Hidden string `json:"-"`
}

func (n named) EventName() string { return n.Name }

// changed is an event that marshals to something else each time it is read back.
type changed struct{ n int }

func (changed) EventName() string               { return "plant.changed/1" }
func (c changed) MarshalJSON() ([]byte, error)  { return json.Marshal(c.n) }
func (c *changed) UnmarshalJSON(b []byte) error { c.n++; return nil }

func TestNewNoun(t *testing.T) {
	t.Parallel()
	declare := func(module, kind string, names ...string) func() {
		return func() {
			var events []journal.Event
			for _, n := range names {
				events = append(events, named{Name: n})
			}
			journal.NewNoun(module, kind, 1, func(s int, _ journal.Entry) int { return s }, func(int) []store.Key { return nil }, events...)
		}
	}
	require.NotPanics(t, declare("garden", "compost_heap", "compost_heap.turned_over/1", "compost_heap.turned_over/2"))
	for name, fn := range map[string]func(){
		"no kind":                         declare("garden", ""),
		"a kind in capitals":              declare("garden", "Plant"),
		"a kind with a dot":               declare("garden", "plant.pot", "plant.pot.moved/1"),
		"too long a kind":                 declare("garden", strings.Repeat("k", store.MaxKind+1)),
		"a module with a space":           declare("my garden", "plant"),
		"the kind of side texts":          declare("garden", "text"),
		"the journal's own kind":          declare("garden", "journal", "journal.head/1"),
		"an event of another noun":        declare("garden", "plant", "bed.dug/1"),
		"an event without a revision":     declare("garden", "plant", "plant.moved"),
		"an event with a space":           declare("garden", "plant", "plant.has moved/1"),
		"an event listed twice":           declare("garden", "plant", "plant.moved/1", "plant.moved/1"),
		"an event without a name":         declare("garden", "plant", ""),
		"a kind that is attached already": func() { program(t, newStore(t)).Attach(plantsOf(2)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Panics(t, fn)
		})
	}
}

func TestEmit(t *testing.T) {
	t.Parallel()
	things := journal.NewNoun("garden", "plant", 1, func(s []string, e journal.Entry) []string {
		if ev, ok := e.Event.(named); ok {
			s = append(s, ev.Open+ev.Hidden)
		}
		return s
	}, func([]string) []store.Key { return nil }, named{Name: "plant.named/1"}, changed{})
	g := program(t, newStore(t), func(j *journal.Journal) { j.Attach(things) })
	emit := func(e journal.Event) error {
		return g.try(home, func(tx *journal.Tx) error { return tx.Emit("fig", e) })
	}

	// named does not write its name, so that reading it back gives an event without one; the fold sees what the log says.
	require.NoError(t, emit(named{Name: "plant.named/1", Open: "a", Hidden: "b"}))
	rec, found := get(t, g.Store(), home, "plant", "fig")
	require.True(t, found)
	require.JSONEq(t, `["a"]`, string(rec.Body), "what the event does not write is not folded")
	g.verify(home)

	t.Run("an event that reads back as another", func(t *testing.T) {
		require.ErrorIs(t, emit(changed{}), journal.ErrEntry)
	})
	t.Run("an event of no attached noun", func(t *testing.T) {
		require.ErrorContains(t, emit(BedDug{}), "belongs to no attached noun")
		require.ErrorContains(t, emit(PlantMoved{}), "belongs to no attached noun")
	})
	t.Run("a record that is damaged", func(t *testing.T) {
		put(t, g.Store(), home, "plant", "fig", func(r *store.Record) { r.Body = []byte("{") })
		require.ErrorContains(t, emit(named{Name: "plant.named/1"}), "plant/fig")
		require.ErrorContains(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			_, err := things.Get(r, "fig")
			return err
		}), "plant/fig")
		require.ErrorContains(t, g.View(t.Context(), home, func(r *journal.Reader) error {
			for _, err := range things.List(r, store.Query{}) {
				return err
			}
			return nil
		}), "plant/fig")
	})
	g.refuses(home, "plant/fig")
}

// Nothing hides in the log which the fold does not see.
func TestHiddenData(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"an unknown field":      `{"mm":5,"x":1}`,
		"a field twice":         `{"mm":4,"mm":5}`,
		"a field in capitals":   `{"MM":5}`,
		"a field left out":      `{}`,
		"an empty optional one": `{"mm":5.0}`,
		"nothing":               `null`,
		"a needless escape":     `{"\u006dm":5}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStore(t)
			g := program(t, st)
			g.emit(home, "fig", PlantGrew{MM: 5})
			g.verify(home)
			lying := forged{Store: st, events: func(log []store.Event) []store.Event {
				e, err := journal.ParseEntry(log[0].Body)
				require.NoError(t, err)
				e.Data = json.RawMessage(data)
				log[0].Body, err = e.Bytes()
				require.NoError(t, err)
				return log
			}}
			g = program(t, lying)
			require.ErrorIs(t, g.View(t.Context(), home, func(r *journal.Reader) error {
				for _, err := range r.Entries(0) {
					return err
				}
				return nil
			}), journal.ErrEntry)
			g.refuses(home, "entry 1")
		})
	}
}
