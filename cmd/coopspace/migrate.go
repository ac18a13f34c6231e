package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store"
)

// migrating is what migrate is told.
type migrating struct{ from, to, schema, keys string }

func migrateCommand(t terminal) *cobra.Command {
	var m migrating
	c := &cobra.Command{
		Use:   "migrate --from FILE|DSN --to FILE|DSN",
		Short: t.in("déménage tout d'un fichier vers une base PostgreSQL, ou l'inverse, et vérifie que rien ne manque", "move everything from a file into a PostgreSQL database, or back, and verify that nothing is missing"),
		Long: t.in(`Arrêtez d'abord serve, partout : tant qu'il en tourne un sur la source, rien ne commence. Un serve lancé pendant le
déménagement lit encore, et ne peut plus rien écrire une fois la source fermée. La destination doit être vide. La source
est vérifiée et recopiée telle quelle, et la copie vérifiée à son tour : mêmes journaux, mêmes racines. Puis la source se
ferme pour de bon, serve la refuse, et les deux sont comparées élément par élément ; alors seulement la destination
s'ouvre. Interrompue, la même commande reprend. Les clés ne déménagent pas, et rien n'est envoyé deux fois.`,
			`Stop serve first, everywhere: while one runs on the source, nothing begins. A serve that is started during the move still
reads, and can write nothing once the source is closed. The destination must be empty. The source is verified and
copied as it is, and the copy verified in its turn: the same logs, the same roots. Then the source is closed for good,
serve refuses it, and the two are compared piece by piece; only then is the destination opened. Interrupted, the same
command goes on. The keys do not move, and nothing is sent twice.`),
		Args: wants(),
		RunE: func(c *cobra.Command, _ []string) error {
			if m.from == "" || m.to == "" {
				return usage("it wants --from and --to")
			}
			return t.interrupted(c.Context(), m.run(c.Context(), t))
		},
	}
	c.Flags().StringVar(&m.from, "from", "", t.in("d'où : le fichier des données, ou la base (`FICHIER|DSN` ; DSN : postgres://... ou host=... dbname=...)", "where from: the file of the data, or the database (`FILE|DSN`; DSN: postgres://... or host=... dbname=...)"))
	c.Flags().StringVar(&m.to, "to", "", t.in("vers où : un nouveau fichier, ou une base vide (`FICHIER|DSN`)", "where to: a new file, or an empty database (`FILE|DSN`)"))
	movingFlags(c, t, &m.schema, &m.keys)
	return c
}

// movingFlags adds what migrate and restore have in common.
func movingFlags(c *cobra.Command, t terminal, schema, keys *string) {
	c.Flags().StringVar(schema, "schema", "coopspace", t.in("le `NOM` du schéma où tout est rangé dans la base (coopspace)", "the `NAME` of the schema in which everything lies in the database (coopspace)"))
	c.Flags().Lookup("schema").DefValue = ""
	c.Flags().StringVar(keys, "keys", "", t.in(
		"le `DOSSIER` des clés (à côté du fichier : coop.keys pour coop.db ; coop.keys pour une base)",
		"the `DIR` of the keys (beside the file: coop.keys for coop.db; coop.keys for a database)"))
}

func (m migrating) run(ctx context.Context, t terminal) (err error) {
	from, to := placeAt(m.from, m.schema, m.keys), placeAt(m.to, m.schema, m.keys)
	if samePlace(from, to) {
		return ErrSamePlace.At("--to", to.String())
	}
	src, err := from.movable(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, src.Store.Close()) }()
	ring := keys.Dir(from.keyFolder())
	if err := governance.CheckKeys(ctx, src.Store, ring); err != nil {
		return keysAt(err, from.keyFolder())
	}
	dst, err := to.movable(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, dst.Store.Close()) }()
	return src.alone(ctx, "from", func() error {
		return dst.alone(ctx, "to", func() error { return m.move(ctx, t, src, dst, from, to) })
	})
}

// move moves what an earlier run has not moved.
func (m migrating) move(ctx context.Context, t terminal, src, dst *movable, from, to place) error {
	at, done, err := m.begun(ctx, src, dst)
	if err != nil {
		return err
	}
	if done {
		t.say(t.in("C'est déjà fait : tout est dans %s.", "It is done already: everything is in %s."), dst.name)
		return nil
	}
	if at.To == "" { // nobody writes to a closed one, whoever runs there
		if err := src.unserved(ctx, t); err != nil {
			return err
		}
	}
	if err := move(ctx, t, src, dst, at, from.keyFolder()); err != nil {
		return err
	}
	t.say(t.in(`Tout est passé de %s à %s, à l'identique.
L'ancien emplacement n'accepte plus rien, pas même d'un serveur qu'on y aurait lancé entre-temps : arrêtez-le s'il y en a
un, et lancez coopspace serve sur la destination. Gardez l'ancien emplacement ou effacez-le.`,
		`Everything moved from %s to %s, and is the same there.
The old place takes nothing any more, not even from a server that was started there meanwhile: stop it if there is one, and
start coopspace serve on the destination. Keep the old place or remove it.`), src.name, dst.name)
	t.keysStay(from.keyFolder(), to)
	return nil
}

// begun looks at how far an earlier run came, and gives the source's Transit. A source from which everything has moved goes
// on only to where it went, and only into what this source half filled: whatever else lies there has a history of its own by
// now.
func (m migrating) begun(ctx context.Context, src, dst *movable) (at store.Transit, done bool, err error) {
	at, err = src.Transit(ctx)
	if err != nil {
		return at, false, err
	}
	there, err := dst.Transit(ctx)
	switch {
	case err != nil:
		return at, false, err
	case at.From != "", at.To != "" && at.To != dst.name:
		return at, false, at.Err()
	case at.To == "" || there.From == src.name:
		return at, false, nil
	case there == givenUp(src):
		return at, false, firstOf(there.Err(), src.SetTransit(ctx, at, store.Transit{}))
	case there == store.Transit{}:
		for _, err := range dst.Spaces(ctx) {
			return at, err == nil, err
		}
	}
	return at, false, at.Err()
}

// givenUp is the Transit of a store that was filled from src and is not the same: nothing fills or opens it any more.
func givenUp(src *movable) store.Transit { return store.Transit{From: "given up: " + src.name} }

// move fills dst with all of src, and sees to it that nobody can go on in both: the source is closed before the comparison
// that counts, and the destination opened after it. at is the source's Transit. Whoever is cut off leaves the source closed,
// for another run may have gone on by then: the same command goes on, and finds how far it is.
func move(ctx context.Context, t terminal, src, dst *movable, at store.Transit, keyFolder string) (err error) {
	var before, after survey
	if err := src.working(keyFolder, func(coop *governance.Coop) (err error) {
		before, err = t.survey(ctx, coop)
		return err
	}); err != nil {
		return err
	}
	t.tell(before, src.name)
	if err := dst.fill(ctx, src.name, src.Pieces(ctx), t); err != nil {
		return err
	}
	if err := dst.working(keyFolder, func(coop *governance.Coop) (err error) {
		after, err = t.survey(ctx, coop)
		return err
	}); err != nil {
		return err
	}
	t.tell(after, dst.name)
	for space, tree := range before.trees {
		if after.trees[space] != tree {
			return ErrUnlike.At("space", space)
		}
	}
	closed, filled := store.Transit{To: dst.name}, store.Transit{From: src.name}
	if err := src.SetTransit(ctx, at, closed); err != nil {
		return err
	}
	err = store.Same(src.Pieces(ctx), dst.Pieces(ctx))
	switch {
	case errors.Is(err, store.ErrOccupied):
		if kept := reopen(context.WithoutCancel(ctx), src, dst, closed, filled); kept != nil {
			return firstOf(kept, err)
		}
		return err
	case err != nil:
		t.say(t.in("La source est fermée et la destination pas encore ouverte : relancez la même commande, qui finira.",
			"The source is closed and the destination not opened yet: repeat the same command, which will finish."))
		return err
	}
	return dst.SetTransit(ctx, filled, store.Transit{})
}

// reopen lets the source go on after a copy that is not the same. The copy is given up first: if somebody else took the move
// up meanwhile, because our hold was lost, and opened the copy, this fails, and the source stays closed.
func reopen(ctx context.Context, src, dst *movable, closed, filled store.Transit) error {
	if err := dst.SetTransit(ctx, filled, givenUp(src)); err != nil {
		return err
	}
	return src.SetTransit(ctx, closed, store.Transit{})
}
