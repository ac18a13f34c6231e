package main

import (
	"context"
	"encoding/json"
	"flag"
	"io"

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

func receiptCommand() command {
	return command{
		name: "receipt", args: "FILE --key KEY",
		summary: "check a voter's receipt with the instance's public key; - reads the standard input",
		more: `    --key KEY  the public key that the instance publishes (GET /v1/key); take it from somewhere else than the receipt

A receipt shows the choice: show it to nobody who should not know it.`,
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) error {
			key := f.String("key", "", "")
			files, err := parse(f, args, "FILE")
			if err != nil {
				return err
			}
			if *key == "" {
				return usage("--key is the public key that the instance publishes (GET /v1/key)")
			}
			in, err := openInput(t, files[0])
			if err != nil {
				return err
			}
			defer func() { _ = in.Close() }() // only read
			var r governance.Receipt
			if err := json.NewDecoder(io.LimitReader(in, maxReceipt)).Decode(&r); err != nil {
				return governance.ErrReceipt.At(files[0], "is no receipt: "+err.Error())
			}
			b, w, err := r.Check(*key)
			if err != nil {
				return err
			}
			t.say(receiptSays[t.lang], b, w, r.Member, r.At.Format("2006-01-02 15:04:05 UTC"), r.Poll)
			return nil
		},
	}
}
