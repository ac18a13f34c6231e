package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

func methodsCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "methods [NAME]",
		Short: t.in("nomme les méthodes de dépouillement, une par ligne ; ou les réglages d'une", "name the counting methods, one a line; or the settings of one"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("it wants one name, and there are %q", strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				listMethods(t)
				return nil
			}
			p, err := formats.Method(args[0], nil)
			if err != nil {
				return err
			}
			describe(t, p)
			return nil
		},
	}
}

// listMethods gives each method a line, and then each preset.
func listMethods(t terminal) {
	for _, m := range voting.Methods() {
		t.say("%-40s %s", m, methodLine(t, m))
	}
	for _, p := range voting.Presets() {
		t.say("%-40s %s", p.Name, t.in("réglage publié de ", "published settings of ")+string(p.Method))
	}
}

// methodLine says what a method is called, what its ballots are, and whether it fills seats.
func methodLine(t terminal, m voting.Method) string {
	var shapes []string
	for _, s := range m.Shapes() {
		shapes = append(shapes, locale.Text(t.lang, "count.shape."+string(s)))
	}
	seats := "count.one"
	if m.FillsSeats() {
		seats = "count.several"
	}
	return locale.Text(t.lang, "count.line", "method", voting.MethodName(m, string(t.lang)),
		"ballots", strings.Join(shapes, ", "), "seats", locale.Text(t.lang, seats))
}

// describe gives the settings of a method, with their defaults, or with what a preset sets.
func describe(t terminal, p voting.Preset) {
	t.say("%s: %s", p.Method, methodLine(t, p.Method))
	if p.Line != "" {
		t.say("%s", p.Line)
	}
	for _, s := range p.Method.Settings() {
		value := s.Default
		if set, ok := p.Settings[s.Name]; ok {
			value = set
		}
		t.say("  --option %s=%s  (%s)", s.Name, value, s.Form)
	}
}
