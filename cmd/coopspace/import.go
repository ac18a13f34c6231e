package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
)

func importMembersCommand() command {
	return command{
		name: "import members", args: "--space ID FILE.csv [--partial] [--check] [--issuer NAME] [--data DIR]",
		summary: "bring the members of a register into a space; - reads the standard input",
		more: `    --space ID     the space, by its id or its short name
    --partial      import the rows that can be read, and report the others; otherwise one bad row leaves all as it was
    --check        say what would happen, and import nothing
    --issuer NAME  who vouches for the column id (register)

The table is comma- or semicolon-separated UTF-8 with a line of column names: id (required), name, email, number, roles
(separated by bars), weight, joined (2026-12-03), kind (person or organisation). French and German names are understood.`,
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) error {
			data, space := dataFlag(f), f.String("space", "", "")
			opts := &governance.ImportOptions{}
			f.BoolVar(&opts.Partial, "partial", false, "")
			f.BoolVar(&opts.Check, "check", false, "")
			f.StringVar(&opts.Issuer, "issuer", "", "")
			files, err := parse(f, args, "FILE.csv")
			if err != nil {
				return err
			}
			return inSpace(ctx, t, *data, *space, files[0], func(c *governance.Coop, host governance.Actor, id governance.SpaceID, in readCloser) error {
				rep, err := c.Members.Import(ctx, host, id, in, opts)
				if err != nil {
					return err
				}
				t.say("%s%d rows read, %d members admitted, %d known already, %d rows refused",
					would(opts.Check), rep.Rows, rep.Admitted, rep.Known, len(rep.Faults))
				for _, r := range rep.Faults {
					var where []string
					for _, x := range r.Fields {
						where = append(where, strings.TrimSpace(x.Path+" "+x.Text))
					}
					t.say("  line %d: %s", r.Line, strings.Join(where, "; "))
				}
				return nil
			})
		},
	}
}

func importCommunecterCommand() command {
	return command{
		name: "import communecter", args: "--space ID FILE.json [--partial] [--check] [--zone ZONE] [--data DIR]",
		summary: "bring the cooperative space of a Communecter element into a space, as history",
		more: `    --space ID   the space, by its id or its short name
    --partial    bring over what can be, and report the rest; otherwise one bad document leaves all as it was
    --check      say what would happen, and bring over nothing
    --zone ZONE  in which dates without a zone were written: an IANA name (the space's)`,
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) error {
			data, space := dataFlag(f), f.String("space", "", "")
			opts := &communecter.Options{}
			f.BoolVar(&opts.Partial, "partial", false, "")
			f.BoolVar(&opts.Check, "check", false, "")
			f.StringVar(&opts.Zone, "zone", "", "")
			files, err := parse(f, args, "FILE.json")
			if err != nil {
				return err
			}
			return inSpace(ctx, t, *data, *space, files[0], func(c *governance.Coop, host governance.Actor, id governance.SpaceID, in readCloser) error {
				rep, err := communecter.Run(ctx, c, host, id, []communecter.File{{Name: files[0], Reader: in}}, opts)
				for _, e := range rep.Entries {
					t.say("  %s", e)
				}
				if err != nil {
					return err
				}
				t.say("%s%d people, %d rooms, %d proposals, %d resolutions, %d actions brought over; %d were here already; %d oddities",
					would(opts.Check), rep.People, rep.Rooms, rep.Proposals, rep.Resolutions, rep.Actions, rep.Known, len(rep.Entries))
				return nil
			})
		},
	}
}

func would(check bool) string {
	if check {
		return "Only checked, nothing was changed: "
	}
	return ""
}

// inSpace opens the data and a file, and finds the space by its id or its short name.
func inSpace(ctx context.Context, t terminal, data, space, file string, fn func(*governance.Coop, governance.Actor, governance.SpaceID, readCloser) error) (err error) {
	if space == "" {
		return usage("--space says which space: its id, or its short name")
	}
	in, err := openInput(t, file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	coop, _, err := openData(data, false, governance.Options{})
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, coop.Close()) }()
	host := governance.Host(operator)
	id, err := findSpace(ctx, coop, host, space)
	if err != nil {
		return err
	}
	return fn(coop, host, id, in)
}

// findSpace finds a space by its id or its short name.
func findSpace(ctx context.Context, coop *governance.Coop, a governance.Actor, name string) (governance.SpaceID, error) {
	sp, err := coop.Spaces.Get(ctx, a, governance.SpaceID(name))
	if err != nil {
		sp, err = coop.Spaces.Find(ctx, a, name)
	}
	return sp.ID, err
}

// firstOf gives what went wrong first, with what went wrong after it.
func firstOf(err, then error) error {
	if err == nil || then == nil {
		if err == nil {
			return then
		}
		return err
	}
	return fmt.Errorf("%w; and then: %w", err, then)
}
