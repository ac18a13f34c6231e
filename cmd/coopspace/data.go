package main

import (
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// What lies in a data folder: one file, and the keys apart from it.
const (
	dataFile  = "coop.db"
	keyFolder = "keys"
)

// operator is the host in whose name maintenance commands act.
const operator = "operator"

// dataFlag adds --data.
func dataFlag(f *flag.FlagSet) *string {
	return f.String("data", "data", "the folder that holds "+dataFile+" and "+keyFolder)
}

// openData opens what lies in a data folder, and makes it only if it may.
func openData(dir string, make bool, opts governance.Options) (*governance.Coop, *bolt.Store, error) {
	file := filepath.Join(dir, dataFile)
	if make {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, nil, store.ErrPath.At(dir, reason(err))
		}
	} else if _, err := os.Stat(file); err != nil {
		return nil, nil, store.ErrPath.At(file, reason(err))
	}
	st, err := bolt.Open(file, nil)
	if err != nil {
		return nil, nil, err
	}
	opts.Keys = keys.Dir(filepath.Join(dir, keyFolder))
	coop, err := governance.Open(st, &opts)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return coop, st, nil
}

// reason is what the system says of a file, without repeating its name.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return err.Error()
}

// openInput opens a file to read; "-" is the standard input.
func openInput(t terminal, name string) (readCloser, error) {
	if name == "-" {
		return readCloser{t.in, func() error { return nil }}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return readCloser{}, store.ErrPath.At(name, reason(err))
	}
	return readCloser{f, f.Close}, nil
}

// readCloser is something to read and then let go of.
type readCloser struct {
	io.Reader
	Close func() error
}
