package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/voting"
)

// recountSays holds the sentences of a recount: the result stands; what was shown; whose word it is; and ballots, one and many.
var recountSays = map[locale.Lang][5]string{
	"fr": {
		"Le résultat est confirmé : %s, la même décision.",
		"Ce sont exactement les bulletins dont l'empreinte est dans le journal signé.",
		"Les noms ne sont pas publiés : le compte est confirmé, non la liste des bulletins.",
		"Journal signé par : %s\nComparez cette clé avec celle que l'instance publie.",
		"bulletin recompté|bulletins recomptés",
	},
	"en": {
		"The result stands: %s, the same decision.",
		"They are exactly the ballots whose fingerprint is in the signed log.",
		"Names are not published: the sum is confirmed, and not who is in it.",
		"Log signed by: %s\nCompare this key with the one that the instance publishes.",
		"ballot counted again|ballots counted again",
	},
	"de": {
		"Das Ergebnis steht: %s, dieselbe Entscheidung.",
		"Es sind genau die Stimmzettel, deren Fingerabdruck im unterschriebenen Protokoll steht.",
		"Namen sind nicht veröffentlicht: Die Summe ist bestätigt, nicht wer darin steht.",
		"Protokoll unterschrieben von: %s\nVergleichen Sie diesen Schlüssel mit dem, den die Instanz veröffentlicht.",
		"Stimmzettel neu gezählt|Stimmzettel neu gezählt",
	},
}

func recountCommand(t terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "recount FILE...",
		Short: t.in("recompte un vote exporté, décide à nouveau, et compare avec ce qui fut signé ; - lit l'entrée standard", "count an exported poll again, decide again, and compare with what was signed; - reads the standard input"),
		Long: t.in(`D'un dossier que coopspace export a écrit, tous les votes sont recomptés. Il ne faut rien de plus : ni données ni réseau.
Le statut de sortie 0 dit que tout concorde ; sinon l'endroit qui ne concorde pas est nommé.`,
			`Of a folder that coopspace export wrote, all polls are counted again. It needs nothing else: no data of ours, no network.
Exit status 0 says that everything adds up; otherwise the place where it does not is named.`),
		Args: wants("FILE..."),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, name := range args {
				files, err := exported(name)
				if err != nil {
					return err
				}
				for _, file := range files {
					if err := recountFile(t, file); err != nil {
						return err
					}
				}
			}
			return nil
		},
	}
}

// exported gives the polls of an exported folder; of a file, itself.
func exported(name string) ([]string, error) {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return []string{name}, nil // opening it says what is wrong with it
	}
	entries, err := os.ReadDir(name) // in the order of their names
	if err != nil {
		return nil, store.ErrPath.At(name, reason(err))
	}
	var files []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), pollPrefix) && strings.HasSuffix(e.Name(), pollSuffix) {
			files = append(files, filepath.Join(name, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, store.ErrPath.At(name, "holds no exported poll")
	}
	return files, nil
}

// recountFile counts one poll again, and says what came out. Which of several files does not add up is said with the error.
func recountFile(t terminal, name string) error {
	in, err := openInput(t, name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	got, err := governance.Recount(in)
	if err != nil {
		return governance.Fault(err).At(name, "")
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
	t.say(says[0], t.form(int64(got.Head.Ballots), says[4]))
	if got.Rooted {
		t.say("%s", says[1])
	} else {
		t.say("%s", says[2])
	}
	t.say(says[3], got.Key)
	return nil
}
