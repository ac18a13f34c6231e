package main

import (
	"context"
	"flag"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// recountSays holds the sentences of a recount: the result stands; what was shown; whose word it is.
var recountSays = map[locale.Lang][4]string{
	"fr": {
		"Le résultat est confirmé : %d bulletins recomptés, la même décision.",
		"Ce sont exactement les bulletins dont l'empreinte est dans le journal signé.",
		"Les noms ne sont pas publiés : le compte est confirmé, non la liste des bulletins.",
		"Journal signé par : %s\nComparez cette clé avec celle que l'instance publie.",
	},
	"en": {
		"The result stands: %d ballots counted again, the same decision.",
		"They are exactly the ballots whose fingerprint is in the signed log.",
		"Names are not published: the sum is confirmed, and not who is in it.",
		"Log signed by: %s\nCompare this key with the one that the instance publishes.",
	},
	"de": {
		"Das Ergebnis steht: %d Stimmzettel neu gezählt, dieselbe Entscheidung.",
		"Es sind genau die Stimmzettel, deren Fingerabdruck im unterschriebenen Protokoll steht.",
		"Namen sind nicht veröffentlicht: Die Summe ist bestätigt, nicht wer darin steht.",
		"Protokoll unterschrieben von: %s\nVergleichen Sie diesen Schlüssel mit dem, den die Instanz veröffentlicht.",
	},
}

func recountCommand() command {
	return command{
		name: "recount", args: "FILE",
		summary: "count an exported poll again, decide again, and compare with what was signed; - reads the standard input",
		more: `    It needs nothing but the file: no data of ours, no network. Exit status 0 says that everything adds up; otherwise
    the place where it does not is named.`,
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) error {
			files, err := parse(f, args, "FILE")
			if err != nil {
				return err
			}
			in, err := openInput(t, files[0])
			if err != nil {
				return err
			}
			defer func() { _ = in.Close() }() // only read
			got, err := governance.Recount(in)
			if err != nil {
				return err
			}
			says := recountSays[t.lang]
			t.say("« %s »", got.Head.Title)
			t.say("%s", got.Verdict.ExplainWith(string(t.lang), func(c voting.Choice) string {
				for _, o := range got.Head.Options {
					if o.Key == c {
						return o.Title
					}
				}
				return string(c)
			}))
			t.say(says[0], got.Head.Ballots)
			if got.Rooted {
				t.say("%s", says[1])
			} else {
				t.say("%s", says[2])
			}
			t.say(says[3], got.Key)
			return nil
		},
	}
}
