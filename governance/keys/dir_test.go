package keys_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/governance/keys"
	"github.com/communecter/coopspace/store/memory"
)

func TestDir(t *testing.T) {
	t.Parallel()

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "coop.keys")
		none, err := keys.Dir(path).Signer(nil)
		require.NoError(t, err)
		require.Empty(t, none)
		made, err := keys.Dir(path).Signer(func() (string, error) { return "PRIVATE+KEY+first", nil })
		require.NoError(t, err)
		again, err := keys.Dir(path).Signer(func() (string, error) { return "PRIVATE+KEY+second", nil })
		require.NoError(t, err)
		require.Equal(t, made, again)
		secret, err := keys.Dir(path).Secret("boxes")
		require.NoError(t, err)
		require.Len(t, secret, 32)
		same, err := keys.Dir(path).Secret("boxes")
		require.NoError(t, err)
		require.Equal(t, secret, same)
		other, err := keys.Dir(path).Secret("lots")
		require.NoError(t, err)
		require.NotEqual(t, secret, other)
	})

	t.Run("one key however many come at once", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "coop.keys")
		var wg sync.WaitGroup
		got := make([]string, 16)
		for i := range got {
			wg.Go(func() {
				secret, err := keys.Dir(path).Secret("boxes")
				if err == nil {
					got[i] = string(secret)
				}
			})
		}
		wg.Wait()
		require.Len(t, got[0], 32)
		for _, s := range got {
			require.Equal(t, got[0], s)
		}
	})

	t.Run("ErrExposed", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "coop.keys")
		_, err := keys.Dir(path).Secret("boxes")
		require.NoError(t, err)
		require.NoError(t, os.Chmod(filepath.Join(path, "boxes.secret"), 0o644))
		_, err = keys.Dir(path).Secret("boxes")
		require.ErrorIs(t, err, keys.ErrExposed)
		require.NoError(t, os.Chmod(filepath.Join(path, "boxes.secret"), 0o600))
		require.NoError(t, os.Chmod(path, 0o755))
		_, err = keys.Dir(path).Secret("boxes")
		require.ErrorIs(t, err, keys.ErrExposed)
	})

	t.Run("ErrDamaged", func(t *testing.T) {
		t.Parallel()
		path := t.TempDir()
		require.NoError(t, os.Chmod(path, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(path, "boxes.secret"), []byte("abc\n"), 0o600))
		_, err := keys.Dir(path).Secret("boxes")
		require.ErrorIs(t, err, keys.ErrDamaged)
		require.NoError(t, os.WriteFile(filepath.Join(path, "instance.key"), nil, 0o600))
		_, err = keys.Dir(path).Signer(nil)
		require.ErrorIs(t, err, keys.ErrDamaged)
	})

	t.Run("ErrName", func(t *testing.T) {
		t.Parallel()
		_, err := keys.Dir(t.TempDir()).Secret("../outside")
		require.ErrorIs(t, err, keys.ErrName)
	})
}

// A store is opened again with the keys it was founded with, and with no others.
func TestFounding(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(st *memory.Store, folder string) (*governance.Coop, error) {
		return governance.Open(st, &governance.Options{Keys: keys.Dir(filepath.Join(dir, folder))})
	}
	st := memory.New()
	first, err := open(st, "mine")
	require.NoError(t, err)
	again, err := open(st, "mine")
	require.NoError(t, err)
	require.Equal(t, first.Key(), again.Key())

	_, err = open(st, "lost")
	require.ErrorIs(t, err, governance.ErrKeysMissing)
	require.NoDirExists(t, filepath.Join(dir, "lost"), "a missing key is not made up")

	_, err = open(memory.New(), "other")
	require.NoError(t, err)
	_, err = open(st, "other")
	require.ErrorIs(t, err, governance.ErrKeysWrong)
}
