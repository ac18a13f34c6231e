package journal_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

const canonical = `{"v":1,"pos":2,"at":"2026-03-20T09:00:00.000001Z","mod":"garden","name":"plant.grew/2","id":"fig",` +
	`"by":{"kind":"person","id":"ana"},"cmd":"c1","data":{"mm":5}}`

func TestEntry(t *testing.T) {
	t.Parallel()
	e, err := journal.ParseEntry([]byte(canonical))
	require.NoError(t, err)
	require.Equal(t, journal.Entry{
		Position: 2, At: spring.Add(time.Microsecond), Module: "garden", Name: "plant.grew/2", Subject: "fig",
		By: ana, Command: "c1", Data: json.RawMessage(`{"mm":5}`),
	}, e)
	again, err := e.Bytes()
	require.NoError(t, err)
	require.Equal(t, canonical, string(again))

	edit := func(old, now string) string {
		require.Contains(t, canonical, old)
		return strings.Replace(canonical, old, now, 1)
	}
	for name, body := range map[string]string{
		"nothing":                ``,
		"another value":          `null`,
		"cut short":              canonical[:len(canonical)-1],
		"more after it":          canonical + "{}",
		"a line feed after it":   canonical + "\n",
		"a space":                edit(`"pos":2`, `"pos": 2`),
		"a space in the event":   edit(`{"mm":5}`, `{"mm": 5}`),
		"another order":          edit(`"v":1,"pos":2`, `"pos":2,"v":1`),
		"an unknown field":       edit(`"v":1`, `"v":1,"x":1`),
		"a field twice":          edit(`"v":1`, `"v":1,"v":1`),
		"a field in capitals":    edit(`"pos"`, `"POS"`),
		"a field that is empty":  edit(`"id":"ana"`, `"id":"ana","for":""`),
		"a missing field":        edit(`"cmd":"c1",`, ``),
		"a missing event":        edit(`,"data":{"mm":5}`, ``),
		"another version":        edit(`"v":1`, `"v":2`),
		"a negative position":    edit(`"pos":2`, `"pos":-2`),
		"too large a position":   edit(`"pos":2`, `"pos":18446744073709551616`),
		"a fraction":             edit(`"pos":2`, `"pos":2.0`),
		"a zone":                 edit(`00.000001Z`, `00.000001+00:00`),
		"milliseconds":           edit(`00.000001Z`, `00.000Z`),
		"nanoseconds":            edit(`00.000001Z`, `00.000001000Z`),
		"a comma":                edit(`00.000001Z`, `00,000001Z`),
		"no such day":            edit(`2026-03-20`, `2026-02-30`),
		"a raw angle bracket":    edit(`"fig"`, `"<fig>"`),
		"a needless escape":      edit(`"fig"`, `"\u0066ig"`),
		"bytes that are no text": edit(`"fig"`, "\"\xff\""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := journal.ParseEntry([]byte(body))
			require.ErrorIs(t, err, journal.ErrEntry)
		})
	}
}

// Whatever text an id or an actor holds, its bytes are read back to themselves.
func TestEntryText(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`<b>&"\`, "\u2028\u2029", "\ufffd", "é\x01\x7f", "𝄞"}))
	rapid.Check(t, func(t *rapid.T) {
		data, err := json.Marshal(map[string]string{text.Draw(t, "key"): text.Draw(t, "value")})
		require.NoError(t, err)
		e := journal.Entry{
			Position: store.Position(rapid.Uint64().Draw(t, "position")),
			At:       time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC(),
			Module:   text.Draw(t, "module"), Name: text.Draw(t, "name"), Subject: text.Draw(t, "subject"),
			By:      journal.By{Kind: text.Draw(t, "kind"), ID: text.Draw(t, "id"), For: text.Draw(t, "for")},
			Command: text.Draw(t, "command"), Data: data,
		}
		body, err := e.Bytes()
		require.NoError(t, err)
		back, err := journal.ParseEntry(body)
		require.NoError(t, err)
		require.Equal(t, e, back)
	})

	t.Run("in a log", func(t *testing.T) {
		t.Parallel()
		g := program(t, newStore(t))
		odd := "<fig> & \u2028 \"é\" \ufffd"
		_, err := journal.Do(t.Context(), g.Journal, home, journal.Command{By: journal.By{Kind: "person", ID: odd, For: odd}},
			func(tx *journal.Tx) (int, error) { return 0, tx.Emit(odd, PlantSown{Bed: odd}) })
		require.NoError(t, err)
		require.Equal(t, odd, g.plant(home, odd).State.Bed)
		require.Equal(t, odd, g.entries(home)[0].By.For)
		g.verify(home)
	})

	// Bytes that are no UTF-8 were written as an escape and read back as something else: the log could never be read again.
	t.Run("text that is no UTF-8 never enters", func(t *testing.T) {
		t.Parallel()
		g := program(t, newStore(t))
		emit := func(by journal.By, subject string, event journal.Event) error {
			_, err := journal.Do(t.Context(), g.Journal, home, journal.Command{By: by},
				func(tx *journal.Tx) (int, error) { return 0, tx.Emit(subject, event) })
			return err
		}
		require.ErrorIs(t, emit(journal.By{Kind: "person", ID: "\xff"}, "fig", PlantSown{}), journal.ErrEntry)
		require.ErrorIs(t, emit(ana, "fig\xff", PlantSown{}), journal.ErrEntry)
		require.ErrorIs(t, emit(ana, "fig", PlantSown{Bed: "\xff"}), journal.ErrEntry)
		require.Empty(t, g.entries(home))
		g.verify(home)
	})
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(canonical))
	f.Add([]byte(strings.Replace(canonical, `{"mm":5}`, `[null,"\u003c\u2028"]`, 1)))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := journal.ParseEntry(body)
		if err != nil {
			require.ErrorIs(t, err, journal.ErrEntry)
			return
		}
		again, err := e.Bytes()
		require.NoError(t, err)
		require.True(t, bytes.Equal(body, again))
	})
}
