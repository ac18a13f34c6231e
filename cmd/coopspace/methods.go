package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/voting"
	"github.com/communecter/coopspace/voting/formats"
)

func methodsCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "methods [NAME]",
		Short: t.in("liste les méthodes de dépouillement ; d'une seule, ses réglages", "list the counting methods; of one, its settings"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("it wants one NAME, or none")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return t.method(args[0])
			}
			for _, m := range voting.Methods() {
				t.say("%-40s %s", m, m.Line(string(t.lang)))
			}
			t.say(t.in("\nRèglements publiés (--preset) :", "\nPublished rules (--preset):"))
			for _, p := range voting.Presets() {
				t.say("%-40s %s", p.Name, p.Line)
			}
			t.say("%s", t.in("\nPour partager un budget entre des projets : coopspace help allocate", "\nTo share a budget over projects: coopspace help allocate"))
			return nil
		},
	}
}

// method tells what a method counts, and what may be set.
func (t terminal) method(name string) error {
	p, err := formats.Method(name, nil)
	if err != nil {
		return err
	}
	m := p.Method
	t.say("%s (%s)\n%s", m, m.Name(string(t.lang)), m.Line(string(t.lang)))
	if p.Name != string(m) {
		t.say(t.in("« %s » en est une forme :", "%q is a form of it:"), p.Name)
		for _, s := range slices.Sorted(maps.Keys(p.Settings)) {
			t.say("    %s=%s", s, p.Settings[s])
		}
	}
	if m.Proposes() {
		t.say("%s", t.in("Pour une proposition : aucun fichier d'élection n'a de tels bulletins.", "For one proposal: no election file has such ballots."))
	} else {
		t.say(t.in("Bulletins : %s", "Ballots: %s"), joined(m.Shapes()))
	}
	if m.FillsSeats() {
		t.say("%s", t.in("Pourvoit plusieurs places.", "Fills several seats."))
	}
	for _, s := range m.Settings() {
		t.say(t.in("    --option %s=%s    (%s)", "    --option %s=%s    (%s)"), s.Name, s.Default, s.Form)
	}
	return nil
}
