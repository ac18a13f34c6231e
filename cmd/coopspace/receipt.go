package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
	"github.com/communecter/coopspace/voting"
)

// maxReceipt bounds the file of a receipt, in bytes.
const maxReceipt = 1 << 20

// receiptSays tells what a receipt proves; and a weight of one, and any other.
var receiptSays = map[locale.Lang][3]string{
	"fr": {"Ce reçu est authentique : le bulletin « %s » (%s) de %s a été accepté le %s dans le vote %s.", "%v voix", "%v voix"},
	"en": {"This receipt is genuine: the ballot \"%s\" (%s) of %s was accepted at %s in the poll %s.", "%v voice", "%v voices"},
	"de": {"Diese Quittung ist echt: Der Stimmzettel „%s“ (%s) von %s wurde am %s in der Abstimmung %s angenommen.", "%v Stimme", "%v Stimmen"},
}

// chosen names what a ballot says: the answers to a yes/no question in the reader's language, others as they were offered.
func (t terminal) chosen(b voting.Ballot) string {
	switch b {
	case voting.For, voting.Against, voting.Abstain, voting.Blank:
		return locale.Text(t.lang, fmt.Sprintf("page.choice.%v", b))
	}
	return fmt.Sprint(b)
}

func receiptCommand(t terminal) *cobra.Command {
	var key string
	c := &cobra.Command{
		Use:   "receipt FILE --key KEY",
		Short: t.in("vérifie le reçu d'un votant avec la clé publique de l'instance ; - lit l'entrée standard", "check a voter's receipt with the instance's public key; - reads the standard input"),
		Long: t.in("Un reçu montre le choix : ne le montrez à personne qui ne doive le connaître.",
			"A receipt shows the choice: show it to nobody who should not know it."),
		Args: wants("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if key == "" {
				return usage("--key is the public key that the instance publishes (GET /v1/key)")
			}
			in, err := openInput(t, args[0])
			if err != nil {
				return err
			}
			defer func() { _ = in.Close() }() // only read
			var r governance.Receipt
			if err := json.NewDecoder(io.LimitReader(in, maxReceipt)).Decode(&r); err != nil {
				return governance.ErrReceipt.At(args[0], "is no receipt: "+err.Error())
			}
			b, w, err := r.Check(key)
			if err != nil {
				return err
			}
			says := receiptSays[t.lang]
			voices := says[2]
			if w == voting.Voice {
				voices = says[1]
			}
			t.say(says[0], t.chosen(b), fmt.Sprintf(voices, w), r.Member, r.At.Format("2006-01-02 15:04:05 UTC"), r.Poll)
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "", t.in(
		"la `CLÉ` publique de l'instance (GET /v1/key) ; prenez-la ailleurs que dans le reçu",
		"the public `KEY` that the instance publishes (GET /v1/key); take it from somewhere else than the receipt"))
	return c
}
