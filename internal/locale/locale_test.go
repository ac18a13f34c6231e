package locale

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var placeholder = regexp.MustCompile(`\{(\w+)`)

// names gives the placeholders of a template, each once.
func names(template string) []string {
	set := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		set[m[1]] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// said gives a template as it reads in the singular and in the plural.
func said(l Lang, template string) []string {
	var all []string
	for _, n := range []int{1, 2} {
		var args []any
		for _, name := range names(template) {
			args = append(args, name, n)
		}
		all = append(all, expand(l, template, args))
	}
	return all
}

func TestCatalogues(t *testing.T) {
	t.Parallel()

	t.Run("every sentence is in every language, with the same placeholders", func(t *testing.T) {
		t.Parallel()
		for _, l := range Langs() {
			for _, key := range Keys(French) {
				if l == English && strings.HasPrefix(key, "error.") {
					continue // the faults speak English themselves
				}
				text, ok := catalogues()[l][key]
				require.True(t, ok, "%s is not in %s", key, l)
				require.NotEmpty(t, text, "%s in %s", key, l)
				if !strings.HasPrefix(key, "time.") { // clocks differ: 18 h, 6 pm
					require.Equal(t, names(catalogues()[French][key]), names(text), "%s in %s", key, l)
				}
			}
			for _, key := range Keys(l) {
				require.Contains(t, catalogues()[French], key, "only in %s", l)
			}
		}
	})

	t.Run("every placeholder is closed and every choice has two branches", func(t *testing.T) {
		t.Parallel()
		for _, l := range Langs() {
			for key, template := range catalogues()[l] {
				require.Equal(t, strings.Count(template, "{"), strings.Count(template, "}"), "%s in %s", key, l)
				require.Equal(t, len(regexp.MustCompile(`\{\w+\?`).FindAllString(template, -1)), strings.Count(template, "|"), "%s in %s", key, l)
				for _, s := range said(l, template) {
					require.NotContains(t, s, "{", "%s in %s", key, l)
					require.NotContains(t, s, "|", "%s in %s", key, l)
					require.NotContains(t, s, "  ", "%s in %s", key, l)
					require.Equal(t, strings.TrimSpace(s), s, "%s in %s", key, l)
				}
			}
		}
	})

	t.Run("French has its spaces", func(t *testing.T) {
		t.Parallel()
		for key, template := range catalogues()[French] {
			for _, s := range said(French, template) {
				require.NotRegexp(t, `[^\x{202f}][;!?]`, s, "%s: a narrow no-break space goes before ; ! ?", key)
				require.NotRegexp(t, `[^\x{00a0}][:%€»]`, s, "%s: a no-break space goes before : %% € »", key)
				require.NotRegexp(t, `«[^\x{00a0}]`, s, "%s: a no-break space goes after «", key)
			}
		}
	})

	t.Run("German and English have theirs", func(t *testing.T) {
		t.Parallel()
		for _, l := range []Lang{English, German} {
			for key, template := range catalogues()[l] {
				for _, s := range said(l, template) {
					require.NotRegexp(t, `\s[;:!?,.]`, s, "%s in %s", key, l)
				}
			}
		}
	})

	t.Run("apostrophes are all of one kind", func(t *testing.T) {
		t.Parallel()
		for _, l := range Langs() {
			for key, template := range catalogues()[l] {
				require.NotContains(t, template, "\u2019", "%s in %s", key, l)
			}
		}
	})
}

func TestText(t *testing.T) {
	t.Parallel()

	t.Run("placeholders are filled, numbers in the language's way", func(t *testing.T) {
		t.Parallel()
		got := Text(French, "verdict.inquorate.cast.seats", "missing", 1200, "have", int64(3), "need", Int(1203))
		require.Equal(t, "Il manque 1\u202f200 bulletins pour que le vote soit valable (3 sur les 1\u202f203 nécessaires).", got)
	})

	t.Run("what is missing is seen", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "no.such.key", Text(French, "no.such.key"))
		require.Equal(t, "{before} and Jonas", Text(English, "list.last", "last", "Jonas"))
	})

	t.Run("plurals follow each language", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			n          Number
			fr, en, de string
		}{
			{Int(0), "one", "many", "many"},
			{Int(1), "one", "one", "one"},
			{Number{5, 1}, "one", "many", "many"},
			{Number{10, 1}, "one", "one", "one"},
			{Number{15, 1}, "one", "many", "many"},
			{Int(2), "many", "many", "many"},
			{Int(11), "many", "many", "many"},
			{Int(101), "many", "many", "many"},
		} {
			require.Equal(t, c.fr, expand(French, "{n?one|many}", []any{"n", c.n}), c.n)
			require.Equal(t, c.en, expand(English, "{n?one|many}", []any{"n", c.n}), c.n)
			require.Equal(t, c.de, expand(German, "{n?one|many}", []any{"n", c.n}), c.n)
		}
	})

	t.Run("branches may be empty and may hold placeholders, also with choices", func(t *testing.T) {
		t.Parallel()
		template := "{n?|{n} of {m?one|{m}}}!"
		require.Equal(t, "!", expand(English, template, []any{"n", 1, "m", 1}))
		require.Equal(t, "3 of one!", expand(English, template, []any{"n", 3, "m", 1}))
		require.Equal(t, "3 of 4!", expand(English, template, []any{"n", 3, "m", 4}))
		require.Equal(t, "many", expand(English, "{n?one|many}", []any{"n", "text has no number"}))
		require.Equal(t, "a {broken", expand(English, "a {broken", nil))
	})

	t.Run("what is filled in is never read as a placeholder", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "{last} et {x?a|b}", List(French, []string{"{last}", "{x?a|b}"}))
	})

	t.Run("names are joined", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, List(French, nil))
		require.Equal(t, "Amina", List(French, []string{"Amina"}))
		require.Equal(t, "Amina et Jonas", List(French, []string{"Amina", "Jonas"}))
		require.Equal(t, "Amina, Jonas et Lise", List(French, []string{"Amina", "Jonas", "Lise"}))
		require.Equal(t, "Amina, Jonas and Lise", List(English, []string{"Amina", "Jonas", "Lise"}))
		require.Equal(t, "Amina, Jonas und Lise", List(German, []string{"Amina", "Jonas", "Lise"}))
	})

	t.Run("a code without a sentence says so", func(t *testing.T) {
		t.Parallel()
		_, ok := Error(French, "no.such_code")
		require.False(t, ok)
	})
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]Lang{
		"": French, "fr": French, "en": English, "de": German, "DE-ch": German, "en_US.UTF-8": English, "fr-RE": French,
		"tlh": French, "*": French, "en;q=0": French, "german": French,
		"es, de;q=0.5, en;q=0.7":            English,
		"fr-CH, fr;q=0.9, en;q=0.8, de;q=1": French,
		"en;q=0.8,de;q=0.8":                 English,
		"es,*;q=0.5":                        French,
		"de;q=0.001, en;q=0.0001":           German,
		"de;q=2, en;q=x, ,;":                French,
		" de ; q = 0.3 ":                    German,
		strings.Repeat("xx,", 60) + "de":    French,
	} {
		require.Equal(t, want, Match(asked), asked)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5")
	f.Add("de;q=,;;,q=1")
	f.Fuzz(func(t *testing.T, s string) {
		require.Contains(t, Langs(), Match(s))
	})
}
