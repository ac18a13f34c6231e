// Package keys keeps what an instance must not lose and must not show: the key that signs its logs and receipts, and the
// secrets of its ballot boxes. They live in a folder of their own, apart from the store and its backups, with a copy kept
// apart too: without the key, a store cannot be opened again; with store and keys both, whoever holds them can write
// another history.
//
//	coop, err := governance.Open(st, &governance.Options{Keys: keys.Dir("coop.keys")})
//
// The folder holds instance.key (the signing key, in the text form of golang.org/x/mod/sumdb/note) and a file for each
// secret. All are readable by their owner alone; a folder that others may read is refused.
package keys

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// Errors about the folder.
var (
	ErrExposed = fault.New(fault.Conflict, "keys.exposed",
		"the key folder can be read by others than its owner; take their rights away (chmod -R go= FOLDER), and consider the keys as known")
	ErrDamaged = fault.New(fault.Malformed, "keys.damaged", "a file of the key folder cannot be read as what it should be")
	ErrName    = fault.New(fault.Invalid, "keys.name", "a secret's name has 1 to 100 letters, digits and hyphens")
)

const (
	signerFile = "instance.key"
	secretSize = 32
)

// Folder is a keyring in a folder. Several processes may share it.
type Folder struct{ path string }

// Dir is the keyring in a folder, which is made when the first key is.
func Dir(path string) *Folder { return &Folder{path} }

// Signer gives the signing key, made and stored durably by create when there is none; empty when create is nil.
func (d *Folder) Signer(create func() (string, error)) (string, error) {
	text, err := d.keep(signerFile, create)
	if err != nil || text == "" {
		return "", err
	}
	if !strings.HasPrefix(text, "PRIVATE+KEY+") {
		return "", ErrDamaged.At(signerFile, "")
	}
	return text, nil
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)

// Secret gives 32 random bytes known under a name, made and stored durably the first time.
func (d *Folder) Secret(name string) ([]byte, error) {
	if !nameForm.MatchString(name) {
		return nil, ErrName.At("name", name)
	}
	text, err := d.keep(name+".secret", func() (string, error) {
		secret := make([]byte, secretSize)
		_, err := rand.Read(secret)
		return hex.EncodeToString(secret), err
	})
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != secretSize {
		return nil, ErrDamaged.At(name+".secret", "")
	}
	return secret, nil
}

// keep reads a file of one line, or makes it. Whoever comes second, in this process or another, reads what the first made.
func (d *Folder) keep(name string, create func() (string, error)) (string, error) {
	path := filepath.Join(d.path, name)
	text, err := d.read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if create == nil {
		return "", nil
	}
	if err := os.MkdirAll(d.path, 0o700); err != nil {
		return "", fmt.Errorf("key folder: %w", err)
	}
	if err := private(d.path); err != nil {
		return "", err
	}
	made, err := create()
	if err != nil {
		return "", err
	}
	if err := publish(path, made+"\n"); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("key folder: %w", err)
	}
	return d.read(path)
}

// read reads a file that its owner alone may read, in a folder that its owner alone may read.
func (d *Folder) read(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for _, p := range []string{d.path, path} {
		if err := private(p); err != nil {
			return "", err
		}
	}
	line, rest, ok := strings.Cut(string(data), "\n")
	if !ok || rest != "" || line == "" {
		return "", ErrDamaged.At(filepath.Base(path), "")
	}
	return line, nil
}

// private refuses what others than the owner have any right to.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return ErrExposed.At("folder", path)
	}
	return nil
}

// publish makes a file appear whole and durable under its name, or not at all; fs.ErrExist when there is one already.
func publish(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
