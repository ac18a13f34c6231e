package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"os"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
)

func backupCommand() command {
	return command{
		name: "backup", args: "FILE [--data DIR]",
		summary: "copy the data into a new file, without the keys: keep a copy of those apart from it",
		more:    "    The copy is made whole or not at all. It is opened by putting it back as DIR/coop.db beside DIR/keys.",
		run: func(ctx context.Context, t terminal, f *flag.FlagSet, args []string) (err error) {
			data := dataFlag(f)
			files, err := parse(f, args, "FILE")
			if err != nil {
				return err
			}
			coop, st, err := openData(*data, false, governance.Options{})
			if err != nil {
				return err
			}
			defer func() { err = firstOf(err, coop.Close()) }()
			if err := writeBackup(ctx, st, files[0]); err != nil {
				return err
			}
			t.say("%s holds everything as of now, but the keys", files[0])
			return nil
		},
	}
}

// writeBackup writes a file that was not there, and removes it again if it cannot be finished.
func writeBackup(ctx context.Context, st store.Backuper, name string) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return store.ErrPath.At(name, reason(err))
	}
	w := bufio.NewWriterSize(out, 1<<20)
	err = st.Backup(ctx, w)
	if err == nil {
		err = errors.Join(w.Flush(), out.Sync())
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
