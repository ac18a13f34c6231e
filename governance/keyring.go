package governance

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Keyring is where signing keys and box secrets live: outside the store and its backups. Package keys keeps one in a
// folder. All processes of an instance share one keyring.
type Keyring interface {
	// Signer gives the instance's signing key, in the text form of golang.org/x/mod/sumdb/note. If there is none and
	// make is not nil, make's key is stored durably and given back; whoever comes second is given the first one's.
	// Empty when there is none and make is nil.
	Signer(make func() (string, error)) (string, error)

	// Secret gives 32 random bytes known under a name (letters, digits, hyphens), made and stored durably the first time.
	Secret(name string) ([]byte, error)
}

// Errors about keys.
var (
	ErrKeysMissing = fault.New(fault.Conflict, "keys.missing",
		"this store was founded with a signing key that is not in the key folder; restore the folder that was kept beside it")
	ErrKeysWrong = fault.New(fault.Conflict, "keys.wrong",
		"the key folder belongs to another instance than this store")
	ErrUnfounded    = fault.New(fault.NotFound, "instance.unfounded", "nothing was founded in this store yet")
	ErrKeysUnusable = fault.New(fault.Malformed, "keys.unusable", "the signing key cannot be used")
)

// memoryKeys is a keyring that is gone with the program.
type memoryKeys struct {
	mu      sync.Mutex
	signer  string
	secrets map[string][]byte
	rand    io.Reader
}

// MemoryKeys makes a keyring that is gone with the program: for tests, and for stores that are gone with it too.
func MemoryKeys() Keyring { return &memoryKeys{secrets: map[string][]byte{}, rand: rand.Reader} }

func (k *memoryKeys) Signer(make func() (string, error)) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.signer == "" {
		if make == nil {
			return "", nil
		}
		s, err := make()
		if err != nil {
			return "", err
		}
		k.signer = s
	}
	return k.signer, nil
}

func (k *memoryKeys) Secret(name string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secrets[name] == nil {
		secret := make([]byte, 32)
		if _, err := io.ReadFull(k.rand, secret); err != nil {
			return nil, err
		}
		k.secrets[name] = secret
	}
	return k.secrets[name], nil
}

// openSigner reads the instance's key. founded is the public key that the store names, empty for a new store.
func openSigner(ring Keyring, founded string, newName func() string) (note.Signer, note.Verifier, string, error) {
	var make func() (string, error)
	if founded == "" {
		make = func() (string, error) {
			skey, _, err := note.GenerateKey(rand.Reader, newName())
			return skey, err
		}
	}
	skey, err := ring.Signer(make)
	if err != nil {
		return nil, nil, "", err
	}
	if skey == "" {
		return nil, nil, "", ErrKeysMissing
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, nil, "", ErrKeysUnusable.Wrap(err)
	}
	vkey, err := publicKey(skey)
	if err != nil {
		return nil, nil, "", err
	}
	if founded != "" && vkey != founded {
		return nil, nil, "", ErrKeysWrong
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, nil, "", ErrKeysUnusable.Wrap(err)
	}
	return signer, verifier, vkey, nil
}

// mac derives bytes from a secret for one purpose.
func mac(secret []byte, parts ...[]byte) []byte { return macWith(hmac.New(sha256.New, secret), parts) }

func macWith(h hash.Hash, parts [][]byte) []byte {
	for _, p := range parts {
		h.Write([]byte{byte(len(p) >> 8), byte(len(p))})
		h.Write(p)
	}
	return h.Sum(nil)
}

// macs derives bytes from one secret for many callers at once, as mac does, and prepares the secret once.
type macs struct{ ready sync.Pool }

func newMacs(secret []byte) *macs {
	return &macs{sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}
}

func (m *macs) of(parts ...[]byte) []byte {
	h := m.ready.Get().(hash.Hash)
	defer m.ready.Put(h)
	h.Reset()
	return macWith(h, parts)
}

// publicKey gives the verifier key that belongs to a signing key.
func publicKey(skey string) (string, error) {
	parts := strings.SplitN(skey, "+", 5) // PRIVATE+KEY+name+hash+base64
	if len(parts) != 5 {
		return "", ErrKeysUnusable
	}
	key, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return "", ErrKeysUnusable
	}
	private := ed25519.NewKeyFromSeed(key[1:])
	return note.NewEd25519VerifierKey(parts[2], private.Public().(ed25519.PublicKey))
}

// newVerifier reads a public key.
func newVerifier(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, ErrReceipt.At("key", "is no public key").Wrap(err)
	}
	return v, nil
}

// CheckKeys tells whether a keyring holds the key that a store was founded with, without opening or changing either: nil,
// ErrKeysMissing, ErrKeysWrong, or ErrUnfounded for a store in which there is no instance.
func CheckKeys(ctx context.Context, st store.Store, ring Keyring) error {
	founded, err := readFounded(ctx, st)
	if err != nil {
		return err
	}
	if founded.Key == "" {
		return ErrUnfounded
	}
	_, _, _, err = openSigner(ring, founded.Key, nil)
	return err
}
