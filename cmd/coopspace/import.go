package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance/communecter"
	"github.com/communecter/coopspace/internal/fault"
)

func importCommand(t terminal) *cobra.Command {
	c := &cobra.Command{
		Use:   "import",
		Short: t.in("fait entrer un registre de membres, ou l'espace d'un élément Communecter", "bring in a register of members, or the space of a Communecter element"),
		Args:  wants(),
		RunE: func(*cobra.Command, []string) error {
			return usage("it wants to know what: import members, or import communecter")
		},
	}
	c.AddCommand(importMembersCommand(t), importCommunecterCommand(t))
	return c
}

// importing is what both imports are told.
type importing struct {
	place
	job
}

func (i *importing) flags(c *cobra.Command, t terminal) {
	i.place.flags(c, t)
	c.Flags().StringVar(&i.Space, "space", "", t.in(
		"l'`ESPACE`, par son nom court ou son identifiant ; inutile s'il n'y en a qu'un",
		"the `SPACE`, by its short name or its id; not needed where there is but one"))
	c.Flags().BoolVar(&i.Check, "check", false, t.in("dire ce qui se passerait, et ne rien changer", "say what would happen, and change nothing"))
}

// run opens the files and has them brought in.
func (i *importing) run(ctx context.Context, t terminal, names []string) error {
	var files []communecter.File
	for _, name := range names {
		in, err := openInput(t, name)
		if err != nil {
			return err
		}
		defer func() { _ = in.Close() }() // only read
		files = append(files, communecter.File{Name: name, Reader: in})
	}
	i.Lang = t.lang
	return i.work(ctx, i.job, files, t.out)
}

// checked begins the report of an import that was only tried.
func checked(t terminal, check bool) string {
	if check {
		return t.in("Seulement vérifié, rien n'a changé : ", "Only checked, nothing was changed: ")
	}
	return ""
}

// ErrInput refuses a file that cannot be read; its field says which, and why.
var ErrInput = fault.New(fault.NotFound, "input.unreadable", "the file cannot be read")

// openInput opens a file to read; "-" is the standard input.
func openInput(t terminal, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(t.input), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, ErrInput.At(name, reason(err))
	}
	return f, nil
}
