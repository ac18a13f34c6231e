package locale

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhen(t *testing.T) {
	t.Parallel()
	// Fixed zones under the IANA names: the machine that runs this need not have the zone files.
	reunion := time.FixedZone("Indian/Reunion", 4*3600)
	friday := time.Date(2026, 12, 4, 18, 0, 0, 0, reunion)

	t.Run("a deadline in words, with its zone", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "vendredi 4 décembre à 18\u00a0h, heure de La Réunion", When(French, friday))
		require.Equal(t, "Friday 4 December at 6 pm, Réunion time", When(English, friday))
		require.Equal(t, "Freitag, 4. Dezember um 18\u00a0Uhr, Ortszeit La Réunion", When(German, friday))
	})

	t.Run("the first of the month", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "1er mai", Date(French, time.May, 1))
		require.Equal(t, "1 May", Date(English, time.May, 1))
		require.Equal(t, "1. Mai", Date(German, time.May, 1))
		require.Equal(t, "1er mai 2027", DateYear(French, 2027, time.May, 1))
	})

	t.Run("the time of day", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			hour, minute int
			fr, en, de   string
		}{
			{0, 0, "minuit", "midnight", "0\u00a0Uhr"},
			{0, 5, "0\u00a0h\u00a005", "12:05 am", "0:05\u00a0Uhr"},
			{9, 30, "9\u00a0h\u00a030", "9:30 am", "9:30\u00a0Uhr"},
			{11, 0, "11\u00a0h", "11 am", "11\u00a0Uhr"},
			{12, 0, "midi", "noon", "12\u00a0Uhr"},
			{12, 1, "12\u00a0h\u00a001", "12:01 pm", "12:01\u00a0Uhr"},
			{23, 59, "23\u00a0h\u00a059", "11:59 pm", "23:59\u00a0Uhr"},
		} {
			at := time.Date(2026, 1, 2, c.hour, c.minute, 59, 0, time.UTC)
			require.Equal(t, c.fr, Clock(French, at))
			require.Equal(t, c.en, Clock(English, at))
			require.Equal(t, c.de, Clock(German, at))
		}
	})

	t.Run("zones by their place, else by their city, else by their distance", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "heure de Paris", Zone(French, "Europe/Paris"))
		require.Equal(t, "heure d'Amsterdam", Zone(French, "Europe/Amsterdam"))
		require.Equal(t, "Ortszeit Wien", Zone(German, "Europe/Vienna"))
		require.Equal(t, "heure de Buenos Aires", Zone(French, "America/Argentina/Buenos_Aires"))
		require.Equal(t, "heure d'Oslo", Zone(French, "Europe/Oslo"))
		require.Equal(t, "Oslo time", Zone(English, "Europe/Oslo"))
		require.Equal(t, "temps universel (UTC)", Zone(French, "UTC"))
		require.Contains(t, When(French, friday.In(time.FixedZone("", -9000))), "UTC-02:30")
	})

	t.Run("every day and month has its name", func(t *testing.T) {
		t.Parallel()
		seen := map[string]bool{}
		for _, l := range Langs() {
			for i := range 12 {
				at := time.Date(2026, time.Month(i+1), 1+i, 1, 0, 0, 0, time.UTC)
				require.NotContains(t, Day(l, at), "date.")
				seen[Day(l, at)] = true
			}
		}
		require.Len(t, seen, 36)
	})
}
