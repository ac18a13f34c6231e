package main

import (
	"context"
	"flag"

	"github.com/communecter/coopspace/governance"
)

func exportCommand() command {
	return command{
		name: "export", args: "POLL [--data DIR] > FILE",
		summary: "write a counted poll so that anyone can recount it (coopspace recount FILE)",
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) (err error) {
			data := dataFlag(f)
			polls, err := parse(f, args, "POLL")
			if err != nil {
				return err
			}
			coop, _, err := openData(*data, false, governance.Options{})
			if err != nil {
				return err
			}
			defer func() { err = firstOf(err, coop.Close()) }()
			return coop.Polls.Export(ctx, governance.Host(operator), governance.PollID(polls[0]), t.out)
		},
	}
}
