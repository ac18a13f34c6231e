package main

import (
	"context"
	"errors"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/postgres"
)

// Errors about moving.
var (
	ErrSamePlace = fault.New(fault.Invalid, "move.same", "source and destination are the same place")
	ErrServing   = fault.New(fault.Conflict, "move.serving", "a server still runs on the source: stop it, and begin again; nothing was moved")
	ErrUnlike    = fault.New(fault.Internal, "move.unlike", "what arrived is not what was there; the source is as it was, and goes on")
)

var settings = regexp.MustCompile(`^\s*[a-z_]+\s*=`)

// placeAt reads an address: a PostgreSQL DSN, or else the path of a file. A file whose name reads like a DSN is named with
// its folder (./a=b).
func placeAt(address, schema, keys string) place {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") || settings.MatchString(address) {
		return place{dsn: address, schema: schema, keys: keys}
	}
	return place{file: address, keys: keys}
}

// movable is a store that can be moved, with the name under which its marks speak of it.
type movable struct {
	store.Store
	store.Mover
	name string
}

// movable opens the store that lies there, to move it.
func (p place) movable(ctx context.Context, must bool) (*movable, error) {
	if p.dsn != "" {
		st, err := postgres.Open(ctx, p.dsn, &postgres.Options{Schema: p.schema, MustExist: must, Moving: true})
		if err != nil {
			return nil, err
		}
		return &movable{st, st, st.Name()}, nil
	}
	name, err := filepath.Abs(p.file)
	if err != nil {
		return nil, store.ErrPath.At(p.file, reason(err))
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(dir, filepath.Base(name))
	}
	st, err := p.store(ctx, must, nil, &bolt.Options{Moving: true, LockWait: lockWait})
	if err != nil {
		return nil, err
	}
	return &movable{st, st.(*bolt.Store), name}, nil
}

// samePlace tells whether two addresses are the same file, or the same text.
func samePlace(a, b place) bool {
	if a.dsn != "" || b.dsn != "" {
		return a.dsn == b.dsn && a.schema == b.schema
	}
	x, err := os.Stat(a.file)
	y, err2 := os.Stat(b.file)
	if err != nil || err2 != nil {
		return filepath.Clean(a.file) == filepath.Clean(b.file)
	}
	return os.SameFile(x, y)
}

// alone runs fn while nobody else moves anything out of the store, or into it: of two who do the same at once, one would open
// again what the other has closed. Whoever comes second waits, and finds it done. A file is its opener's alone. A hold that is
// lost midway ends nothing: it only keeps apart those who begin, and each step of a move finds the stores as it left them, or ends.
func (m *movable) alone(ctx context.Context, way string, fn func() error) error {
	if l, shared := m.Store.(store.Locker); shared {
		return l.Hold(ctx, "move/"+way, func(context.Context) error { return fn() })
	}
	return fn()
}

// unserved refuses while servers run on the store. A file is its opener's alone; one that begins to serve a database later on,
// or is not seen, loses nothing: it is refused its writes once the store is closed, and what it wrote before is compared.
func (m *movable) unserved(ctx context.Context, t terminal) error {
	st, shared := m.Store.(*postgres.Store)
	if !shared {
		return nil
	}
	servers, err := st.Serving(ctx)
	if err != nil || len(servers) == 0 {
		return err
	}
	refused := ErrServing
	for _, s := range servers {
		where := s.Address
		switch {
		case s.Local:
			where = t.in("la machine de la base", "the machine of the database")
		case where == "":
			where = t.in("connecté sous un autre rôle, sans adresse visible", "connected as another role, its address is not shown")
		}
		refused = refused.At("server", where+" ("+s.Name+")")
	}
	return refused
}

// lent is a store that whoever it is lent to does not close.
type lent struct{ store.Store }

func (lent) Close() error { return nil }

// working runs fn with an engine over the store, which stays open.
func (m *movable) working(keyFolder string, fn func(*governance.Coop) error) (err error) {
	coop, err := governance.Open(lent{m.Store}, &governance.Options{Keys: keys.Dir(keyFolder)})
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, coop.Close()) }()
	return fn(coop)
}

// fill lays down what comes from elsewhere, and says now and then how far it is.
func (m *movable) fill(ctx context.Context, from string, pieces iter.Seq2[store.Piece, error], t terminal) (store.Transit, error) {
	at, err := store.Fill(ctx, m, from, pieces, t.progress())
	if errors.Is(err, store.ErrNotEmpty) {
		err = store.ErrNotEmpty.At("--to", m.name)
	}
	return at, err
}

// tree is how long a log is, and its root.
type tree struct {
	size int64
	root journal.Hash
}

// survey is what was found by verifying everything in a store.
type survey struct {
	trees   map[string]tree // by space; "" is the instance's own
	entries int64
	ballots int
}

// survey verifies everything: it is an error when anything is not as the logs say.
func (t terminal) survey(ctx context.Context, coop *governance.Coop) (survey, error) {
	s := survey{trees: map[string]tree{}}
	rep, err := coop.VerifyInstance(ctx)
	if err != nil {
		return s, err
	}
	worst := problems(t, rep)
	s.trees[""], s.entries = tree{rep.Entries, rep.Root}, rep.Entries
	page := governance.Paging{}
	for {
		list, err := coop.Spaces.List(ctx, governance.Host(cli), page)
		if err != nil {
			return s, err
		}
		for _, sp := range list.Items {
			v, err := coop.Verify(ctx, governance.Host(cli), sp.ID)
			if err != nil {
				return s, err
			}
			if err := problems(t, v.Report); err != nil {
				worst = err
			}
			s.trees[string(sp.ID)] = tree{v.Entries, v.Root}
			s.entries += v.Entries
			s.ballots += v.Ballots
		}
		if page.After = list.Next; page.After == "" {
			return s, worst
		}
	}
}

// unlike names the first space whose log is not the same in two surveys; there need be none.
func (s survey) unlike(o survey) (space string, is bool) {
	for _, space := range slices.Sorted(maps.Keys(s.trees)) {
		if o.trees[space] != s.trees[space] {
			return space, true
		}
	}
	return "", false
}

// tell says what a survey found.
func (t terminal) tell(s survey, where string) {
	t.say(t.in("%s vérifié : %s, %s dans les journaux, %s ; racine de l'instance %s (%s)",
		"%s verified: %s, %s in the logs, %s; root of the instance %s (%s)"),
		where, t.spaces(len(s.trees)-1), t.entries(s.entries), t.ballots(s.ballots), s.trees[""].root, t.entries(s.trees[""].size))
}

// steps is after how many pieces a command that moves them says so.
const steps = 100_000

// progress gives a function that says, now and then, how much lies there.
func (t terminal) progress() func(int) {
	said := 0
	return func(pieces int) {
		if pieces/steps > said/steps {
			t.say(t.in("  %d éléments recopiés", "  %d pieces copied"), pieces)
		}
		said = pieces
	}
}

// interrupted says of work that a signal ended how it is taken up again.
func (t terminal) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || err == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	t.say("%s", t.in("Arrêté au milieu. La même commande reprend où celle-ci s'est arrêtée.", "Stopped midway. The same command goes on where this one stopped."))
	return errStopped
}

// keysStay says where the keys are, which nothing moves or copies.
func (t terminal) keysStay(now string, to place) {
	t.say(t.in("Les clés ne sont pas dans les données, et n'ont pas bougé : elles restent dans %s.",
		"The keys are not in the data, and did not move: they stay in %s."), now)
	if to.keys = ""; to.keyFolder() != now {
		t.say(t.in("Donnez ce dossier avec --keys, ou copiez-le là où il sera cherché : %s.",
			"Name that folder with --keys, or copy it to where it will be looked for: %s."), to.keyFolder())
	}
}
