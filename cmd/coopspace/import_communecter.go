package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
)

// importCommunecter names the job.
const importCommunecter = "import communecter"

func importCommunecterCommand(t terminal) *cobra.Command {
	i := &importing{job: job{Do: importCommunecter}}
	c := &cobra.Command{
		Use:   "communecter FILE... [--space SPACE] [--partial] [--check] [--zone ZONE]",
		Short: t.in("reprend l'espace coopératif d'un élément Communecter, comme histoire", "bring the cooperative space of a Communecter element into a space, as history"),
		Long: t.in(`Plusieurs fichiers d'un même élément sont lus comme un seul. Les reprendre encore ne change rien.
docs/import-communecter.md dit ce qui vient, ce qui ne vient pas, et ce que veut dire chaque ligne du rapport.`,
			`Several files of one element are read as one. Bringing them over again changes nothing.
docs/import-communecter.md says what comes, what does not, and what each line of the report means.`),
		Args: wants("FILE..."),
	}
	i.flags(c, t)
	c.Flags().BoolVar(&i.Partial, "partial", false, t.in(
		"reprendre ce qui peut l'être et signaler le reste ; sinon un mauvais document laisse tout comme c'était",
		"bring over what can be, and report the rest; otherwise one bad document leaves all as it was"))
	c.Flags().StringVar(&i.Zone, "zone", "", t.in("où furent écrites les dates sans fuseau : un nom `IANA` (celui de l'espace)",
		"in which dates without a zone were written: an `IANA` name (the space's)"))
	c.RunE = func(c *cobra.Command, args []string) error { return i.run(c.Context(), t, args) }
	return c
}

// importCommunecter brings documents over.
func (in *instance) importCommunecter(ctx context.Context, t terminal, host governance.Actor, j job, files []communecter.File) error {
	sp, err := in.findSpace(ctx, host, j.Space)
	if err != nil {
		return err
	}
	rep, err := communecter.Run(ctx, in.coop, host, sp.ID, files, &communecter.Options{Zone: j.Zone, Partial: j.Partial, Check: j.Check})
	for _, e := range rep.Entries {
		t.say("  %s", e)
	}
	if err != nil {
		return err
	}
	t.say(t.in("%sRepris : %s, %s, %s, %s, %s ; %s ; %s", "%sBrought over: %s, %s, %s, %s, %s; %s; %s"), checked(t, j.Check),
		t.some(int64(rep.People), "personne|personnes", "person|people"),
		t.some(int64(rep.Rooms), "salle|salles", "room|rooms"),
		t.some(int64(rep.Proposals), "proposition|propositions", "proposal|proposals"),
		t.some(int64(rep.Resolutions), "résolution|résolutions", "resolution|resolutions"),
		t.some(int64(rep.Actions), "action|actions", "action|actions"),
		t.some(int64(rep.Known), "était déjà là|étaient déjà là", "was here already|were here already"),
		t.some(int64(len(rep.Entries)), "singularité|singularités", "oddity|oddities"))
	return nil
}
