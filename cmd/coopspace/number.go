package main

import (
	"fmt"
	"strings"

	"github.com/communecter/coopspace/internal/locale"
)

// some gives a number of things: "1 space", "2 spaces". Each language's word stands in its singular and its plural, with a bar
// between: "espace|espaces".
func (t terminal) some(n int64, fr, en string) string { return t.form(n, t.in(fr, en)) }

// form gives a number with the form that goes with it. French counts none as one, English and German as many.
func (t terminal) form(n int64, forms string) string {
	one, many, _ := strings.Cut(forms, "|")
	if n == 1 || n == 0 && t.lang == locale.French {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// The things that several commands count.
func (t terminal) spaces(n int) string    { return t.some(int64(n), "espace|espaces", "space|spaces") }
func (t terminal) entries(n int64) string { return t.some(n, "entrée|entrées", "entry|entries") }
func (t terminal) records(n int) string   { return t.some(int64(n), "fiche|fiches", "record|records") }
func (t terminal) texts(n int) string     { return t.some(int64(n), "texte|textes", "text|texts") }
func (t terminal) polls(n int) string     { return t.some(int64(n), "vote|votes", "poll|polls") }
func (t terminal) ballots(n int) string {
	return t.some(int64(n), "bulletin|bulletins", "ballot|ballots")
}
