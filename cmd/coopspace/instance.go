package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// place says where an instance lies: one file, and the folder of its keys apart from it.
type place struct {
	file string
	keys string // empty: beside the file
}

// flags adds --data and --keys to a command.
func (p *place) flags(c *cobra.Command, t terminal) {
	c.Flags().StringVar(&p.file, "data", "coop.db", t.in(
		"le `FICHIER` des données (coop.db)",
		"the `FILE` of the data (coop.db)"))
	c.Flags().StringVar(&p.keys, "keys", "", t.in(
		"le `DOSSIER` des clés (à côté des données : coop.keys pour coop.db)",
		"the `DIR` of the keys (beside the data: coop.keys for coop.db)"))
	c.Flags().Lookup("data").DefValue = "" // the text says it, in its language
}

// keyFolder is where the keys lie.
func (p place) keyFolder() string {
	if p.keys != "" {
		return p.keys
	}
	return strings.TrimSuffix(p.file, ".db") + ".keys"
}

// instance is the engine with the file that it has open.
type instance struct {
	coop *governance.Coop
	st   *bolt.Store
}

// open opens what lies there.
func (p place) open(opts governance.Options, bopts *bolt.Options) (*instance, error) {
	if _, err := os.Stat(p.file); err != nil {
		return nil, store.ErrPath.At(p.file, reason(err))
	}
	return p.found(opts, bopts)
}

// found opens what lies there, and founds an instance where there is none.
func (p place) found(opts governance.Options, bopts *bolt.Options) (*instance, error) {
	if dir := filepath.Dir(p.file); dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, store.ErrPath.At(dir, reason(err))
		}
	}
	st, err := bolt.Open(p.file, bopts)
	if err != nil {
		return nil, err
	}
	opts.Keys = keys.Dir(p.keyFolder())
	coop, err := governance.Open(st, &opts)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &instance{coop, st}, nil
}

// Close closes the engine and its file.
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
