package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store/journal"
)

// verify names the job.
const verify = "verify"

func verifyCommand(t terminal) *cobra.Command {
	var p place
	j := job{Do: verify, Lang: t.lang}
	c := &cobra.Command{
		Use:   "verify [--space SPACE]",
		Short: t.in("vérifie les espaces de fond en comble : journal, fiches, textes, listes, urnes, comptes", "check spaces from the ground up: log, records, texts, rolls, ballot boxes, counts"),
		Long: t.in("Le statut de sortie 0 dit que tout est comme le disent les journaux.",
			"Exit status 0 says that everything is as the logs say."),
		Args: wants(),
		RunE: func(c *cobra.Command, _ []string) error { return p.work(c.Context(), j, nil, t.out) },
	}
	p.flags(c, t)
	c.Flags().StringVar(&j.Space, "space", "", t.in(
		"un seul `ESPACE`, par son nom court ou son identifiant ; sinon tous, et le journal de l'instance",
		"one `SPACE`, by its short name or its id; without it all of them, and the instance's own log"))
	return c
}

// verify checks one space, or everything.
func (in *instance) verify(ctx context.Context, t terminal, host governance.Actor, j job) error {
	if j.Space != "" {
		sp, err := in.findSpace(ctx, host, j.Space)
		if err != nil {
			return err
		}
		return in.verifySpace(ctx, t, host, sp)
	}
	rep, err := in.coop.VerifyInstance(ctx)
	if err != nil {
		return err
	}
	t.say(t.in("instance : %d entrées, %d fiches", "instance: %d entries, %d records"), rep.Entries, rep.Records)
	epoch(t, rep)
	worst := problems(t, rep)
	page := governance.Paging{}
	for {
		list, err := in.coop.Spaces.List(ctx, host, page)
		if err != nil {
			return err
		}
		for _, sp := range list.Items {
			if err := in.verifySpace(ctx, t, host, sp); err != nil {
				worst = err
			}
		}
		if page.After = list.Next; page.After == "" {
			return worst
		}
	}
}

func (in *instance) verifySpace(ctx context.Context, t terminal, host governance.Actor, sp governance.Space) error {
	v, err := in.coop.Verify(ctx, host, sp.ID)
	if err != nil {
		return err
	}
	t.say(t.in("espace %s (%s) : %d entrées, %d fiches, %d textes, %d votes, %d bulletins ; racine %s",
		"space %s (%s): %d entries, %d records, %d texts, %d polls, %d ballots; root %s"),
		sp.ID, sp.Slug, v.Entries, v.Records, v.Texts, v.Polls, v.Ballots, v.Root)
	epoch(t, v.Report)
	return problems(t, v.Report)
}

// epoch says of a log that it goes on from a copy.
func epoch(t terminal, r journal.Report) {
	if r.Epoch != "" {
		t.say(t.in("  repris d'une copie : le journal continue sous l'époque %s", "  restored from a copy: the log goes on in epoch %s"), r.Epoch)
	}
}

// problems names what is not as the log says.
func problems(t terminal, r journal.Report) error {
	for _, s := range r.Skipped {
		t.say(t.in("  laissé de côté, car ce programme ne connaît pas son module : %s", "  skipped, for this program does not know its module: %s"), s)
	}
	for _, p := range r.Problems {
		t.say("  %s: %s", p.Where, p.What)
	}
	return r.Err()
}
