package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/communecter"
)

// importMembers names the job.
const importMembers = "import members"

func importMembersCommand(t terminal) *cobra.Command {
	i := &importing{job: job{Do: importMembers}}
	c := &cobra.Command{
		Use:   "members FILE.csv [--space SPACE] [--partial] [--check] [--issuer NAME]",
		Short: t.in("fait entrer les membres d'un registre dans un espace ; - lit l'entrée standard", "bring the members of a register into a space; - reads the standard input"),
		Long: t.in(`Le tableau est en UTF-8, ses colonnes séparées par des virgules ou des points-virgules, avec une ligne de titres :
id (nécessaire), name, email, number, roles (séparés par des barres), weight, joined (2026-12-03), kind (person ou
organisation). Les titres français et allemands sont compris.`,
			`The table is comma- or semicolon-separated UTF-8 with a line of column names: id (required), name, email, number, roles
(separated by bars), weight, joined (2026-12-03), kind (person or organisation). French and German names are understood.`),
		Args: wants("FILE.csv"),
	}
	i.flags(c, t)
	c.Flags().BoolVar(&i.Partial, "partial", false, t.in(
		"faire entrer les lignes lisibles et signaler les autres ; sinon une mauvaise ligne laisse tout comme c'était",
		"import the rows that can be read, and report the others; otherwise one bad row leaves all as it was"))
	c.Flags().StringVar(&i.Issuer, "issuer", "", t.in("`QUI` répond de la colonne id (register)", "`WHO` vouches for the column id (register)"))
	c.RunE = func(c *cobra.Command, args []string) error { return i.run(c.Context(), t, args) }
	return c
}

// importMembers brings a register in.
func (in *instance) importMembers(ctx context.Context, t terminal, host governance.Actor, j job, files []communecter.File) error {
	sp, err := in.findSpace(ctx, host, j.Space)
	if err != nil {
		return err
	}
	rep, err := in.coop.Members.Import(ctx, host, sp.ID, files[0], &governance.ImportOptions{Issuer: j.Issuer, Partial: j.Partial, Check: j.Check})
	if err != nil {
		return err
	}
	said := []string{t.some(int64(rep.Rows), "ligne lue|lignes lues", "row read|rows read")}
	if !j.Check { // who is known is found while they come in
		said = append(said,
			t.some(int64(rep.Admitted), "membre admis|membres admis", "member admitted|members admitted"),
			t.some(int64(rep.Known), "déjà connu|déjà connus", "known already|known already"))
	}
	said = append(said, t.some(int64(len(rep.Faults)), "ligne refusée|lignes refusées", "row refused|rows refused"))
	t.say("%s%s", checked(t, j.Check), strings.Join(said, ", "))
	for _, r := range rep.Faults {
		var where []string
		for _, x := range r.Fields {
			where = append(where, strings.TrimSpace(x.Path+" "+x.Text))
		}
		t.say(t.in("  ligne %d : %s", "  line %d: %s"), r.Line, strings.Join(where, "; "))
	}
	return nil
}
