package arch

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/internal/locale"
)

// Sentences that readers of French and German never see: words that say nothing to them, and spaces that would let a sign
// fall to the next line.
var unkind = map[locale.Lang]*regexp.Regexp{
	locale.French: regexp.MustCompile(`(?i)invalide|\bentité|soumettre|utilisateur|une erreur est survenue|[^\x{202f}][;!?]|[^\x{a0}]:|[^\x{a0}]»|«[^\x{a0}]`),
	locale.German: regexp.MustCompile(`(?i)ungültig|\bentität|benutzer|ein fehler ist aufgetreten| [;!?:]`),
}

// Every fault is said in French and in German, in whole sentences; in English it speaks for itself. The catalogues say
// nothing of faults that do not exist.
func TestErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	packages, err := load(root)
	require.NoError(t, err)
	all, _ := faults(packages)
	codes := map[string]bool{}
	for _, d := range all {
		codes[d.code] = true
	}
	for lang, bad := range unkind {
		for _, d := range all {
			text, ok := locale.Error(lang, d.code)
			if !ok {
				t.Errorf("%s: no sentence for %s (%s)", lang, d.code, d.text)
				continue
			}
			first, _ := utf8.DecodeRuneInString(text)
			if !unicode.IsUpper(first) || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s is no whole sentence: %s", lang, d.code, text)
			}
			if found := bad.FindString(text); found != "" {
				t.Errorf("%s: %s says %q: %s", lang, d.code, found, text)
			}
		}
		for _, key := range locale.Keys(lang) {
			if code, ok := strings.CutPrefix(key, "error."); ok && !codes[code] {
				t.Errorf("%s: there is a sentence for %s, and no such fault", lang, code)
			}
		}
	}
}
