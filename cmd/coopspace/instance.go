package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
	"github.com/communecter/coopspace/store/postgres"
)

// place says where an instance lies: one file, or a database; and the folder of its keys apart from it.
type place struct {
	file   string
	dsn    string // of a database; empty: the file
	schema string // of the database
	keys   string // empty: beside the file
}

// databaseEnv names the variable that holds the DSN of the database, so that a password need not stand on a command line.
const databaseEnv = "COOPSPACE_POSTGRES"

// flags adds --data, --postgres, --schema and --keys to a command.
func (p *place) flags(c *cobra.Command, t terminal) {
	c.Flags().StringVar(&p.file, "data", "coop.db", t.in(
		"le `FICHIER` des données (coop.db)",
		"the `FILE` of the data (coop.db)"))
	c.Flags().StringVar(&p.dsn, "postgres", "", t.in(
		"au lieu d'un fichier, la base PostgreSQL à cette adresse (`DSN` : postgres://... ou host=... dbname=...) ; sans --data, celle de "+databaseEnv,
		"instead of a file, the PostgreSQL database at this address (`DSN`: postgres://... or host=... dbname=...); without --data, that of "+databaseEnv))
	c.Flags().StringVar(&p.schema, "schema", "coopspace", t.in(
		"le `NOM` du schéma où tout est rangé dans la base (coopspace)",
		"the `NAME` of the schema in which everything lies in the database (coopspace)"))
	c.Flags().StringVar(&p.keys, "keys", "", t.in(
		"le `DOSSIER` des clés (à côté des données : coop.keys pour coop.db ; coop.keys pour une base)",
		"the `DIR` of the keys (beside the data: coop.keys for coop.db; coop.keys for a database)"))
	for _, name := range []string{"data", "schema"} {
		c.Flags().Lookup(name).DefValue = "" // the text says it, in its language
	}
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		data := c.Flags().Changed("data")
		switch {
		case data && c.Flags().Changed("postgres"):
			return usage("--data and --postgres are two places: give one")
		case !data && p.dsn == "":
			p.dsn = os.Getenv(databaseEnv)
		}
		return nil
	}
}

// keyFolder is where the keys lie.
func (p place) keyFolder() string {
	switch {
	case p.keys != "":
		return p.keys
	case p.dsn != "":
		return "coop.keys"
	}
	return strings.TrimSuffix(p.file, ".db") + ".keys"
}

// instance is the engine with the store that it has open.
type instance struct {
	coop *governance.Coop
	st   store.Store
}

// open opens what lies there.
func (p place) open(ctx context.Context, opts governance.Options, bopts *bolt.Options) (*instance, error) {
	st, err := p.store(ctx, true, opts.Logger, bopts)
	return p.engine(st, err, opts)
}

// found opens what lies there, and founds an instance where there is none.
func (p place) found(ctx context.Context, opts governance.Options, bopts *bolt.Options) (*instance, error) {
	st, err := p.store(ctx, false, opts.Logger, bopts)
	return p.engine(st, err, opts)
}

// engine makes the engine over a store that was opened.
func (p place) engine(st store.Store, err error, opts governance.Options) (*instance, error) {
	if err != nil {
		return nil, err
	}
	opts.Keys = keys.Dir(p.keyFolder())
	coop, err := governance.Open(st, &opts)
	if err != nil {
		return nil, errors.Join(keysAt(err, p.keyFolder()), st.Close())
	}
	return &instance{coop, st}, nil
}

// keysAt says of keys that are missing, or of another instance, in which folder they were looked for.
func keysAt(err error, folder string) error {
	if f := governance.Fault(err); errors.Is(f, governance.ErrKeysMissing) || errors.Is(f, governance.ErrKeysWrong) {
		return f.At("--keys", folder)
	}
	return err
}

// store opens the store that lies there; unless it must be there, it is made where there is none.
func (p place) store(ctx context.Context, must bool, logger *slog.Logger, bopts *bolt.Options) (store.Store, error) {
	if p.dsn != "" {
		return postgres.Open(ctx, p.dsn, &postgres.Options{Schema: p.schema, MustExist: must, Logger: logger})
	}
	if dir := filepath.Dir(p.file); !must {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, store.ErrPath.At(dir, reason(err))
		}
	}
	if _, err := os.Stat(p.file); err != nil && must {
		return nil, store.ErrPath.At(p.file, reason(err))
	}
	return bolt.Open(p.file, bopts)
}

// String names where it lies, without a password.
func (p place) String() string {
	if p.dsn == "" {
		return p.file
	}
	return "PostgreSQL, " + p.schema
}

// Close closes the engine and its store.
func (in *instance) Close() error { return in.coop.Close() }

// findSpace finds a space by its id or its short name; without a name, the one that there is.
func (in *instance) findSpace(ctx context.Context, a governance.Actor, name string) (governance.Space, error) {
	if name == "" {
		all, err := in.coop.Spaces.List(ctx, a, governance.Paging{Limit: 2})
		if err != nil {
			return governance.Space{}, err
		}
		if len(all.Items) != 1 {
			return governance.Space{}, governance.ErrSpaceUnknown.At("--space", "is needed: there is not exactly one space here")
		}
		return all.Items[0], nil
	}
	sp, err := in.coop.Spaces.Get(ctx, a, governance.SpaceID(name))
	if errors.Is(err, governance.ErrSpaceUnknown) {
		sp, err = in.coop.Spaces.Find(ctx, a, name)
	}
	return sp, err
}

// reason is what the system says of a file, without repeating its name.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return err.Error()
}
