package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// rootCommand is the whole of the command line.
func rootCommand(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use: "coopspace",
		Short: t.in("espaces coopératifs : leurs propositions, votes, résolutions et actions",
			"cooperative spaces: their proposals, votes, resolutions and actions"),
		Long: t.in(`Les commandes qui lisent ou écrivent les données marchent à côté d'un coopspace serve, par sa prise privée (coop.db.sock) ;
sans lui elles ouvrent le fichier elles-mêmes, ou la base que nomme --postgres ou COOPSPACE_POSTGRES. recount et receipt
n'ont besoin d'aucune donnée.

Statut de sortie : 0 fait, 1 refusé ou non confirmé, 2 une ligne de commande incompréhensible,
130 un décompte, un déménagement ou une reprise arrêtés par un signal.`,
			`Commands that read or write the data work beside a running coopspace serve, through its private socket (coop.db.sock);
without one they open the file themselves, or the database that --postgres or COOPSPACE_POSTGRES names. recount and
receipt need no data of ours.

Exit status: 0 done, 1 refused or not confirmed, 2 a command line that cannot be understood,
130 a count, a move or a restoration that a signal stopped.`),
		SilenceUsage: true, SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("there is no command %q; coopspace help lists them", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			help(t.err, c)
			return usage("it wants a command")
		},
	}
	root.SetIn(t.input)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().BoolP("help", "h", false, t.in("cette aide", "this help"))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagUsage(err) })
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { help(t.out, c) })
	root.AddCommand(serveCommand(t), importCommand(t), exportCommand(t), recountCommand(t), receiptCommand(t), verifyCommand(t),
		backupCommand(t), restoreCommand(t), migrateCommand(t), countCommand(t), methodsCommand(t), allocateCommand(t), versionCommand(t))
	root.SetHelpCommand(helpCommand(t))
	return root
}

func helpCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: t.in("dit ce que fait une commande", "say what a command does"),
		RunE: func(c *cobra.Command, args []string) error {
			of, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage("there is no command %q", strings.Join(args, " "))
			}
			help(t.out, of)
			return nil
		},
	}
}

// wants demands that there be so many arguments beside the flags; "..." after the last takes more of its kind.
func wants(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		many := len(names) > 0 && strings.HasSuffix(names[len(names)-1], "...")
		switch {
		case len(args) == len(names) || many && len(args) > len(names):
			return nil
		case len(names) == 0:
			return usage("nothing stands beside the flags, and %q does", strings.Join(args, " "))
		}
		return usage("it wants %s", strings.Join(names, " "))
	}
}

// help tells what a command does; of one that has others below it, what they do.
func help(w io.Writer, c *cobra.Command) {
	if c.HasParent() {
		fmt.Fprintf(w, "%s%s\n    %s\n", c.CommandPath(), strings.TrimPrefix(c.Use, c.Name()), c.Short)
	} else {
		fmt.Fprintf(w, "%s: %s\n", c.Use, c.Short)
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintln(w)
		list(w, c)
	}
	if c.Long != "" {
		fmt.Fprintf(w, "\n%s\n", c.Long)
	}
	if c.HasParent() {
		fmt.Fprintf(w, "\n%s", c.LocalFlags().FlagUsages())
	}
}

// list names the commands below one, and what they do.
func list(w io.Writer, c *cobra.Command) {
	for _, below := range c.Commands() {
		if below.HasAvailableSubCommands() {
			list(w, below)
			continue
		}
		fmt.Fprintf(w, "  %s%s\n      %s\n", below.CommandPath(), strings.TrimPrefix(below.Use, below.Name()), below.Short)
	}
}
