package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/locale"
)

// A number goes with its word as each language has it.
func TestSome(t *testing.T) {
	t.Parallel()
	for lang, want := range map[locale.Lang][3]string{
		locale.French:  {"0 espace", "1 espace", "2 espaces"},
		locale.English: {"0 spaces", "1 space", "2 spaces"},
		"de":           {"0 spaces", "1 space", "2 spaces"}, // English stands in
	} {
		for n, said := range want {
			require.Equal(t, said, terminal{lang: lang}.spaces(n))
		}
	}
	require.Equal(t, "1 entry", terminal{lang: locale.English}.entries(1))
	require.Equal(t, "1 Stimmzettel neu gezählt", terminal{lang: "de"}.form(1, recountSays["de"][4]))
}
