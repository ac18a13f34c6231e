package allocation

import (
	"strings"

	"github.com/communecter/coopspace/internal/locale"
)

// Explain tells what the pool adds to each project and why, in the language that fits lang ("fr", "en-GB", "de"; French for all others),
// naming projects by their ids: one line for each thing to know.
func (m Matches) Explain(lang string) string {
	return m.ExplainWith(lang, func(id string) string { return id })
}

// ExplainWith is Explain with the name of each project.
func (m Matches) ExplainWith(lang string, label func(id string) string) string {
	l := locale.Match(lang)
	given := 0
	for _, p := range m.Projects {
		if p.Match.Sign() > 0 {
			given++
		}
	}
	lines := []string{locale.Text(l, "matching.head", "pool", m.Pool.FormatShort(string(l)), "matched", m.Matched.FormatShort(string(l)),
		"left", m.Left.FormatShort(string(l)), "n", given)}
	if m.Scaled {
		lines = append(lines, locale.Text(l, "matching.scaled"))
	}
	for _, p := range m.Projects {
		lines = append(lines, locale.Text(l, "matching.why."+string(p.Why), "project", label(p.ID), "gifts", p.Gifts.FormatShort(string(l)),
			"donors", locale.Int(p.Donors), "match", p.Match.FormatShort(string(l)), "formula", p.Formula.FormatShort(string(l))))
	}
	return strings.Join(lines, "\n")
}
