package main

import (
	"context"
	"flag"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
)

func verifyCommand() command {
	return command{
		name: "verify", args: "[--space ID] [--data DIR]",
		summary: "check spaces from the ground up: log, records, texts, rolls, ballot boxes, counts",
		more: `    --space ID  one space, by its id or its short name; without it all of them, and the instance's own log

Exit status 0 says that everything is as the logs say.`,
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) (err error) {
			data, space := dataFlag(f), f.String("space", "", "")
			if _, err := parse(f, args); err != nil {
				return err
			}
			coop, _, err := openData(*data, false, governance.Options{})
			if err != nil {
				return err
			}
			defer func() { err = firstOf(err, coop.Close()) }()
			host := governance.Host(operator)
			if *space != "" {
				id, err := findSpace(ctx, coop, host, *space)
				if err != nil {
					return err
				}
				return verifySpace(ctx, t, coop, host, id)
			}
			rep, err := coop.VerifyInstance(ctx)
			if err != nil {
				return err
			}
			t.say("instance: %d entries, %d records", rep.Entries, rep.Records)
			worst := t.problems(rep)
			page := governance.Paging{}
			for {
				list, err := coop.Spaces.List(ctx, host, page)
				if err != nil {
					return err
				}
				for _, sp := range list.Items {
					if err := verifySpace(ctx, t, coop, host, sp.ID); err != nil {
						worst = err
					}
				}
				if page.After = list.Next; page.After == "" {
					return worst
				}
			}
		},
	}
}

func verifySpace(ctx context.Context, t terminal, coop *governance.Coop, a governance.Actor, id governance.SpaceID) error {
	v, err := coop.Verify(ctx, a, id)
	if err != nil {
		return err
	}
	t.say("space %s: %d entries, %d records, %d texts, %d polls, %d ballots; root %s", id, v.Entries, v.Records, v.Texts, v.Polls,
		v.Ballots, v.Root)
	return t.problems(v.Report)
}

// problems names what is not as the log says.
func (t terminal) problems(r journal.Report) error {
	for _, s := range r.Skipped {
		t.say("  skipped, for this program does not know its module: %s", s)
	}
	for _, p := range r.Problems {
		t.say("  %s: %s", p.Where, p.What)
	}
	return r.Err()
}
