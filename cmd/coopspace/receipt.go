package main

import (
	"encoding/json"
	"io"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
)

// maxReceipt bounds the file of a receipt, in bytes.
const maxReceipt = 1 << 20

// receiptSays tells what a receipt proves.
var receiptSays = map[locale.Lang]string{
	"fr": "Ce reçu est authentique : le bulletin « %v » (%v voix) de %s a été accepté le %s dans le vote %s.",
	"en": "This receipt is genuine: the ballot %q (%v voices) of %s was accepted at %s in the poll %s.",
	"de": "Diese Quittung ist echt: Der Stimmzettel „%v“ (%v Stimmen) von %s wurde am %s in der Abstimmung %s angenommen.",
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
			t.say(receiptSays[t.lang], b, w, r.Member, r.At.Format("2006-01-02 15:04:05 UTC"), r.Poll)
			return nil
		},
	}
	c.Flags().StringVar(&key, "key", "", t.in(
		"la `CLÉ` publique de l'instance (GET /v1/key) ; prenez-la ailleurs que dans le reçu",
		"the public `KEY` that the instance publishes (GET /v1/key); take it from somewhere else than the receipt"))
	return c
}
