package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"os"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/archive"
	"github.com/communecter/coopspace/store/memory"
)

// restoring is what restore is told.
type restoring struct{ from, to, schema, keys string }

func restoreCommand(t terminal) *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use:   "restore BACKUP --to FILE|DSN",
		Short: t.in("reprend une sauvegarde dans un nouveau fichier ou une base PostgreSQL vide, et la vérifie", "restore a backup into a new file or an empty PostgreSQL database, and verify it"),
		Long: t.in(`La sauvegarde est relue en entier avant que rien n'en soit repris. Les clés de l'original doivent être là (--keys). Chaque
journal dit ensuite qu'il continue à partir d'une copie : ses états signés portent un autre nom que ceux de l'original,
si bien que personne ne peut prendre l'un pour l'autre. Ce que l'original a reçu après la sauvegarde n'y est pas.
Interrompue, la même commande reprend. BACKUP peut aussi être un fichier de données, dont serve s'est arrêté.`,
			`The backup is read to its end before anything of it is used. The keys of the original must be there (--keys). Each log then
says that it goes on from a copy: its signed states bear another name than those of the original, so that nobody can take
one for the other. What the original received after the backup is not in it. Interrupted, the same command goes on.
BACKUP may also be a file of data, on which no serve runs.`),
		Args: wants("BACKUP"),
		RunE: func(c *cobra.Command, args []string) error {
			if r.to == "" {
				return usage("it wants --to")
			}
			r.from = args[0]
			return t.interrupted(c.Context(), r.run(c.Context(), t))
		},
	}
	c.Flags().StringVar(&r.to, "to", "", t.in("vers où : un nouveau fichier, ou une base vide (`FICHIER|DSN` ; DSN : postgres://... ou host=... dbname=...)", "where to: a new file, or an empty database (`FILE|DSN`; DSN: postgres://... or host=... dbname=...)"))
	movingFlags(c, t, &r.schema, &r.keys)
	return c
}

// copied is what a store is restored from.
type copied struct {
	name   string
	pieces func() iter.Seq2[store.Piece, error]
	keys   store.Store // holds what says which keys belong to it
	io.Closer
}

func (r restoring) run(ctx context.Context, t terminal) (err error) {
	to := placeAt(r.to, r.schema, r.keys)
	if from := placeAt(r.from, r.schema, ""); samePlace(from, to) {
		return ErrSamePlace.At("--to", to.String())
	}
	from, err := r.source(ctx)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, from.Close()) }()
	if err := governance.CheckKeys(ctx, from.keys, keys.Dir(to.keyFolder())); err != nil {
		return keysAt(err, to.keyFolder())
	}
	dst, err := to.movable(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, dst.Store.Close()) }()
	return dst.alone(ctx, "to", func() error { return r.restore(ctx, t, from, dst, to) })
}

// restore fills dst, or goes on filling it, and lets its logs say that they are copies.
func (r restoring) restore(ctx context.Context, t terminal, from *copied, dst *movable, to place) error {
	at, err := dst.Transit(ctx)
	if err != nil {
		return err
	}
	if at.From != from.name || at.Epoch == "" { // otherwise all is there, and its logs were about to be told
		if at, err = dst.fill(ctx, from.name, from.pieces(), t); err != nil {
			return err
		}
		if err := store.Same(from.pieces(), dst.Pieces(ctx)); err != nil {
			return err
		}
	}
	var found survey
	if err := dst.working(to.keyFolder(), func(coop *governance.Coop) error {
		if at.Epoch == "" {
			was := at
			at.Epoch = coop.Journal().NewID()
			if err := dst.SetTransit(ctx, was, at); err != nil {
				return err
			}
		}
		if err := coop.Restored(ctx, governance.Host(cli), at.Epoch); err != nil {
			return err
		}
		found, err = t.survey(ctx, coop)
		return err
	}); err != nil {
		return err
	}
	t.tell(found, dst.name)
	if err := dst.SetTransit(ctx, at, store.Transit{}); err != nil {
		return err
	}
	t.say(t.in("%s est repris dans %s. Ses journaux continuent sous une nouvelle époque : %s.",
		"%s is restored into %s. Its logs go on in a new epoch: %s."), r.from, dst.name, at.Epoch)
	t.keysStay(to.keyFolder(), to)
	return nil
}

// source opens what is restored: an archive, told by how it begins, or a store.
func (r restoring) source(ctx context.Context) (*copied, error) {
	from := placeAt(r.from, r.schema, "")
	if from.dsn == "" {
		file, err := os.Open(r.from)
		if err != nil {
			return nil, store.ErrPath.At(r.from, reason(err))
		}
		begins, _ := bufio.NewReader(file).Peek(len("coopspace archive "))
		if archive.Is(begins) {
			c, err := ofArchive(ctx, file)
			if err != nil {
				return nil, errors.Join(err, file.Close())
			}
			return c, nil
		}
		_ = file.Close() // it was only read
		if len(begins) < len("coopspace archive ") {
			return nil, archive.ErrForeign.At(r.from, "")
		}
	}
	src, err := from.movable(ctx, true)
	if errors.Is(err, store.ErrForeign) {
		err = archive.ErrForeign.At(r.from, "")
	}
	if err != nil {
		return nil, err
	}
	if at, err := src.Transit(ctx); err != nil || at.From != "" {
		return nil, firstOf(firstOf(err, at.Err()), src.Store.Close())
	}
	return &copied{src.name, func() iter.Seq2[store.Piece, error] { return src.Pieces(ctx) }, src.Store, src.Store}, nil
}

// ofArchive reads an archive to its end, and then gives it.
func ofArchive(ctx context.Context, file *os.File) (*copied, error) {
	pieces := func() iter.Seq2[store.Piece, error] {
		return archive.Read(ctx, io.NewSectionReader(file, 0, 1<<62))
	}
	sum, err := archive.Check(ctx, io.NewSectionReader(file, 0, 1<<62))
	if err != nil {
		return nil, err
	}
	// Of all there is, what says with which keys it was founded is enough.
	own := memory.New()
	for p, err := range pieces() {
		if err == nil && p.What == store.PieceRecord && p.Space == store.Instance && p.Record.Kind == "instance" {
			rec := p.Record
			rec.Version = 0
			err = own.Update(ctx, p.Space, func(w store.Writer) error { return w.Put(rec) })
		}
		if err != nil {
			return nil, err
		}
	}
	return &copied{sum.String(), pieces, own, file}, nil
}
