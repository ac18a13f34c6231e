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
	case there == store.Transit{}:
		for _, err := range dst.Spaces(ctx) {
			return at, err == nil, err
		}
	}
	return at, false, at.Err()
}

// move fills dst with all of src, and sees to it that nobody can go on in both: the source is closed before the comparison
// that counts, and the destination opened after it. at is the source's Transit. Whoever is cut off leaves the source closed,
// for another run may have gone on by then: the same command goes on, and finds how far it is.
//
// Every run first takes the destination over under a mark of its own, and so no earlier run can open it any more; then it
// closes the source under that mark, which nobody else can open. Whoever stood still meanwhile finds other marks, and ends.
func move(ctx context.Context, t terminal, src, dst *movable, at store.Transit, keyFolder string) error {
	filled, err := carry(ctx, t, src, dst, keyFolder)
	if err == nil {
		closed := store.Transit{To: dst.name, Attempt: filled.Attempt}
		if err := src.SetTransit(ctx, at, closed); err != nil {
			return err
		}
		at = closed
		err = store.Same(src.Pieces(ctx), dst.Pieces(ctx))
	}
	switch {
	case err == nil:
		return dst.SetTransit(ctx, filled, store.Transit{})
	case at.To == "" || errors.Is(err, store.ErrOvertaken):
		return err
	case errors.Is(err, store.ErrOccupied) || errors.Is(err, ErrUnlike): // the source goes on, if it is still as we know it
		return firstOf(src.SetTransit(context.WithoutCancel(ctx), at, store.Transit{}), err)
	}
	t.say(t.in("La source est fermée et la destination pas encore ouverte : relancez la même commande, qui finira.",
		"The source is closed and the destination not opened yet: repeat the same command, which will finish."))
	return err
}

// carry fills dst with all of src, verifies both, and gives the mark under which dst is filled.
func carry(ctx context.Context, t terminal, src, dst *movable, keyFolder string) (filled store.Transit, err error) {
	look := func(m *movable) (s survey, err error) {
		err = m.working(keyFolder, func(coop *governance.Coop) (err error) {
			s, err = t.survey(ctx, coop)
			return err
		})
		return s, err
	}
	before, err := look(src)
	if err != nil {
		return filled, err
	}
	t.tell(before, src.name)
	if filled, err = dst.fill(ctx, src.name, src.Pieces(ctx), t); err != nil {
		return filled, err
	}
	after, err := look(dst)
	if err != nil {
		return filled, err
	}
	t.tell(after, dst.name)
	space, is := before.unlike(after)
	if !is {
		return filled, nil
	}
	// Logs only grow: one that was written to since is not as it was, in the copy or in the source.
	switch now, err := dst.Transit(ctx); {
	case err != nil:
		return filled, err
	case now != filled:
		return filled, store.ErrOvertaken
	}
	now, err := look(src)
	if err != nil {
		return filled, err
	}
	if space, is := before.unlike(now); is {
		return filled, store.ErrOccupied.At("space", space)
	}
	return filled, ErrUnlike.At("space", space)
}
