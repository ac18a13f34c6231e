package voting

import "github.com/communecter/coopspace/internal/locale"

// Name gives what the method is called in the language that fits lang: "vote alternatif", "instant runoff".
func (m Method) Name(lang string) string { return m.text(lang, "count.method."+string(m)) }

// Line says in one sentence what the method does, in the language that fits lang.
func (m Method) Line(lang string) string { return m.text(lang, "count.method."+string(m)+".line") }

// text gives a sentence of the catalogue, or the method's own word where there is none.
func (m Method) text(lang, key string) string {
	if text := locale.Text(locale.Match(lang), key); text != key {
		return text
	}
	return string(m)
}
