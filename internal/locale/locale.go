// Package locale says things in French, English and German: sentences from catalogues, numbers, percentages, dates with their zone, and
// lists, with the typography of each language.
//
// A catalogue is a flat JSON object, catalog/fr.json and its siblings; a topic with many sentences has its own, such as
// catalog/stv.fr.json. No key is in two. Every key is in all of them with the same placeholders, except
// error sentences in English, which the faults carry themselves. A placeholder is {name}; {name?one vote|many votes} chooses by the
// number that name stands for, and its branches may hold placeholders.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Lang is one of the languages, by its ISO 639-1 code.
type Lang string

// The languages. French is the first, and stands in for all others.
const (
	French  Lang = "fr"
	English Lang = "en"
	German  Lang = "de"
)

// Langs gives all languages, the first being the default.
func Langs() []Lang { return []Lang{French, English, German} }

//go:embed catalog/*.json
var files embed.FS

// catalogues reads the embedded files once. They are part of the program: a broken one is a defect that every test finds.
var catalogues = sync.OnceValue(func() map[Lang]map[string]string {
	all := make(map[Lang]map[string]string)
	for _, l := range Langs() {
		all[l] = make(map[string]string)
		names, err := fs.Glob(files, "catalog/*"+string(l)+".json")
		if err != nil || len(names) == 0 {
			panic(fmt.Errorf("no catalogue of %s: %w", l, err))
		}
		for _, name := range names {
			if err := read(name, all[l]); err != nil {
				panic(fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	return all
})

// read adds the texts of one file.
func read(name string, to map[string]string) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return err
	}
	for key, text := range texts {
		if _, twice := to[key]; twice {
			return fmt.Errorf("%s is in two files", key)
		}
		to[key] = text
	}
	return nil
}

// Keys gives the keys of a language in order.
func Keys(l Lang) []string { return slices.Sorted(maps.Keys(catalogues()[l])) }

// Match gives the language to speak to somebody who asks for s: a tag ("de-CH", "fr_FR") or an Accept-Language header. Among several
// it takes the one wanted most, of equals the first; French when none is spoken here.
func Match(s string) Lang {
	best, most := French, 0
	for i, part := range strings.Split(s, ",") {
		if i == 50 { // nobody asks for more in good faith
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"), "-")
		l := Lang(strings.ToLower(primary))
		if primary == "*" {
			l = French
		}
		if want := quality(params); want > most && slices.Contains(Langs(), l) {
			best, most = l, want
		}
	}
	return best
}

// quality reads ";q=0.8" in thousandths: 1000 when absent, 0 when it cannot be read.
func quality(params string) int {
	value, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
	if !found {
		return 1000
	}
	whole, frac, _ := strings.Cut(value, ".")
	if len(frac) > 3 {
		return 0
	}
	n, err := strconv.ParseUint(whole+frac+"000"[len(frac):], 10, 16)
	if err != nil || n > 1000 {
		return 0
	}
	return int(n)
}

// Text gives the sentence for key in l, its placeholders filled from args: names and values in turn, as log/slog takes them. A value is
// a string, an int, an int64 or a Number; all but strings are written in the language's way and can choose a plural. A key that
// is missing comes back as itself, and a placeholder without a value stays as it is, so that both are seen.
func Text(l Lang, key string, args ...any) string {
	template, ok := catalogues()[l][key]
	if !ok {
		return key
	}
	return expand(l, template, args)
}

// Error gives the sentence for a fault's code, if the language has one. English sentences are the faults' own.
func Error(l Lang, code string) (string, bool) {
	text, ok := catalogues()[l]["error."+code]
	return text, ok
}

// expand fills the placeholders of template.
func expand(l Lang, template string, args []any) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := closing(rest)
		if end < 0 {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(fill(l, rest[:end], args))
		template = rest[end+1:]
	}
}

// closing finds the brace that closes the one before s; -1 if none does.
func closing(s string) int {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// fill gives what stands for the placeholder whose inside is given.
func fill(l Lang, inside string, args []any) string {
	name, branches, choice := strings.Cut(inside, "?")
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		n, isNumber := number(args[i+1])
		if choice {
			one, many := cutBranches(branches)
			if isNumber && n.singular(l) {
				return expand(l, one, args)
			}
			return expand(l, many, args)
		}
		if isNumber {
			return n.Format(l)
		}
		return fmt.Sprint(args[i+1])
	}
	return "{" + inside + "}"
}

// cutBranches splits "one|many" at the bar that is in no placeholder.
func cutBranches(s string) (one, many string) {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		case '|':
			if depth == 0 {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, s
}

func number(v any) (Number, bool) {
	switch v := v.(type) {
	case Number:
		return v, true
	case int:
		return Int(int64(v)), true
	case int64:
		return Int(v), true
	}
	return Number{}, false
}

// List joins names as the language does: "Amina, Jonas et Lise".
func List(l Lang, items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return Text(l, "list.last", "before", strings.Join(items[:last], ", "), "last", items[last])
}
