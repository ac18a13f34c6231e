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
		Long: t.in("Le statut de sortie 0 et la dernière ligne disent que tout est comme le disent les journaux.",
			"Exit status 0 and the last line say that everything is as the logs say."),
		Args: wants(),
		RunE: func(c *cobra.Command, _ []string) error { return p.work(c.Context(), j, nil, t.out) },
	}
	p.flags(c, t)
	c.Flags().StringVar(&j.Space, "space", "", t.in(
		"un seul `ESPACE`, par son nom court ou son identifiant ; sinon tous, et le journal de l'instance",
		"one `SPACE`, by its short name or its id; without it all of them, and the instance's own log"))
	return c
}

// verified is what was found to be as the logs say.
type verified struct {
	spaces, records, texts, polls, ballots int
	entries                                int64
	skipped                                bool // something was left aside
}

func (v *verified) add(r journal.Report) {
	v.entries += r.Entries
	v.records += r.Records
	v.texts += r.Texts
	v.skipped = v.skipped || len(r.Skipped) > 0
}

// say ends a verification that found nothing wrong.
func (v *verified) say(t terminal) {
	what := t.in("Tout est en ordre", "All is well")
	if v.skipped {
		what = t.in("Tout ce que ce programme connaît est en ordre", "All that this program knows is well")
	}
	t.say(t.in("%s : %s, %s dans les journaux, %s, %s, %s, %s.", "%s: %s, %s in the logs, %s, %s, %s, %s."), what,
		t.spaces(v.spaces), t.entries(v.entries), t.records(v.records), t.texts(v.texts), t.polls(v.polls), t.ballots(v.ballots))
}

// verify checks one space, or everything, and ends with a line that says so when all is well.
func (in *instance) verify(ctx context.Context, t terminal, host governance.Actor, j job) error {
	var all verified
	if j.Space != "" {
		sp, err := in.findSpace(ctx, host, j.Space)
		if err != nil {
			return err
		}
		if err := in.verifySpace(ctx, t, host, sp, &all); err != nil {
			return err
		}
		all.say(t)
		return nil
	}
	rep, err := in.coop.VerifyInstance(ctx)
	if err != nil {
		return err
	}
	all.add(rep)
	t.say(t.in("instance : %s, %s ; racine %s", "instance: %s, %s; root %s"), t.entries(rep.Entries), t.records(rep.Records), rep.Root)
	epoch(t, rep)
	worst := problems(t, rep)
	page := governance.Paging{}
	for {
		list, err := in.coop.Spaces.List(ctx, host, page)
		if err != nil {
			return err
		}
		for _, sp := range list.Items {
			if err := in.verifySpace(ctx, t, host, sp, &all); err != nil {
				worst = err
			}
		}
		if page.After = list.Next; page.After == "" {
			break
		}
	}
	if worst == nil {
		all.say(t)
	}
	return worst
}

func (in *instance) verifySpace(ctx context.Context, t terminal, host governance.Actor, sp governance.Space, all *verified) error {
	v, err := in.coop.Verify(ctx, host, sp.ID)
	if err != nil {
		return err
	}
	all.spaces++
	all.polls += v.Polls
	all.ballots += v.Ballots
	all.add(v.Report)
	t.say(t.in("espace %s (%s) : %s, %s, %s, %s, %s ; racine %s", "space %s (%s): %s, %s, %s, %s, %s; root %s"),
		sp.ID, sp.Slug, t.entries(v.Entries), t.records(v.Records), t.texts(v.Texts), t.polls(v.Polls), t.ballots(v.Ballots), v.Root)
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
