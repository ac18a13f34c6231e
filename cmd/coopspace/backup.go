package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/archive"
)

// backup names the job.
const backup = "backup"

func backupCommand(t terminal) *cobra.Command {
	var p place
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: t.in("copie les données dans un nouveau fichier, sans les clés : gardez une copie de celles-ci à part", "copy the data into a new file, without the keys: keep a copy of those apart from it"),
		Long: t.in(`La copie est entière ou n'est pas, et montre un seul moment, pendant que tout continue. coopspace restore la reprend, dans un
fichier comme dans une base, avec les clés de l'original. Elle n'est ni compressée ni chiffrée.`,
			`The copy is made whole or not at all, and shows one moment, while everything goes on. coopspace restore takes it up again,
into a file or a database, with the keys of the original. It is neither compressed nor encrypted.`),
		Args: wants("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			err := writeNew(args[0], func(w io.Writer) error {
				return p.work(c.Context(), job{Do: backup, Lang: t.lang}, nil, w)
			})
			if err != nil {
				return err
			}
			t.say(t.in("%s contient tout, tel que c'est maintenant, sauf les clés", "%s holds everything as of now, but the keys"), args[0])
			return nil
		},
	}
	p.flags(c, t)
	return c
}

// backup writes everything, as of one moment.
func (in *instance) backup(ctx context.Context, out io.Writer) error {
	m, ok := in.st.(store.Mover)
	if !ok {
		return fmt.Errorf("this store cannot be copied")
	}
	_, err := archive.Write(out, m.Pieces(ctx))
	return err
}

// writeNew writes a file that was not there, and removes it again if it cannot be finished.
func writeNew(name string, write func(io.Writer) error) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return store.ErrPath.At(name, reason(err))
	}
	w := bufio.NewWriterSize(out, 1<<20)
	if err = write(w); err == nil {
		err = errors.Join(w.Flush(), out.Sync())
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
