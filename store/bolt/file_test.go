package bolt_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// made makes a store with something in it, and gives its path and its bytes.
func made(t *testing.T) (path string, content []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "coop.db")
	st, err := bolt.Open(path, nil)
	require.NoError(t, err)
	require.NoError(t, st.Update(t.Context(), "space", func(w store.Writer) error {
		for i := range 200 {
			if err := w.Put(store.Record{Kind: "k", ID: fmt.Sprint(i), Body: make([]byte, 2000)}); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, st.Close())
	content, err = os.ReadFile(path)
	require.NoError(t, err)
	return path, content
}

// refused opens a file that no store is made of, and it must be as it was.
func refused(t *testing.T, path string) error {
	t.Helper()
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, opening := bolt.Open(path, nil)
	require.Error(t, opening)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(before, after), "the file was touched")
	return opening
}

func TestOpen(t *testing.T) {
	t.Parallel()

	t.Run("a file is made where there is none", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "coop.db")
		st, err := bolt.Open(path, &bolt.Options{})
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "for its owner alone")
		require.NoError(t, st.Close())
	})

	t.Run("an empty file, and an empty bbolt file, become a store", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "coop.db")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		st, err := bolt.Open(path, nil)
		require.NoError(t, err)
		require.NoError(t, st.Close())
		// What is left when the power fails between making the file and marking it.
		path = filepath.Join(t.TempDir(), "coop.db")
		db, err := bbolt.Open(path, 0o600, nil)
		require.NoError(t, err)
		require.NoError(t, db.Close())
		for range 2 {
			st, err = bolt.Open(path, nil)
			require.NoError(t, err)
			require.NoError(t, st.Close())
		}
	})

	t.Run("refused: a file that is cut short", func(t *testing.T) {
		t.Parallel()
		path, content := made(t)
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
		require.NoError(t, err)
		var used int
		require.NoError(t, db.View(func(tx *bbolt.Tx) error {
			used = int(tx.Size())
			return nil
		}))
		require.NoError(t, db.Close())
		for _, n := range []int{1, 100, 4095, 4096, 5000, 8191, 8192, 16384, 100_000, used / 2, used - 4096, used - 1} {
			require.NoError(t, os.WriteFile(path, content[:n], 0o600))
			require.ErrorIs(t, refused(t, path), store.ErrForeign, "%d of %d bytes", n, used)
		}
		require.NoError(t, os.WriteFile(path, content[:used], 0o600))
		st, err := bolt.Open(path, nil)
		require.NoError(t, err)
		require.NoError(t, st.Close())
	})

	t.Run("refused: a file that is something else", func(t *testing.T) {
		t.Parallel()
		for name, content := range map[string][]byte{
			"text":       []byte(strings.Repeat("Dear members,\n", 5000)),
			"short text": []byte("Dear members,"),
			"zeros":      make([]byte, 1<<20),
			"SQLite":     append([]byte("SQLite format 3\x00"), make([]byte, 64<<10)...),
		} {
			path := filepath.Join(t.TempDir(), "coop.db")
			require.NoError(t, os.WriteFile(path, content, 0o600))
			require.ErrorIs(t, refused(t, path), store.ErrForeign, name)
		}
	})

	t.Run("refused: a file whose beginning is damaged", func(t *testing.T) {
		t.Parallel()
		path, content := made(t)
		for i := range 8192 {
			content[i] ^= 0x55
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.ErrorIs(t, refused(t, path), store.ErrForeign)
	})

	t.Run("refused: a file whose list of free pages is damaged", func(t *testing.T) {
		t.Parallel()
		path, content := made(t)
		damaged := 0
		for page := 2; page < len(content)/4096; page++ {
			const freelist = 0x10
			if at := page * 4096; content[at+8] == freelist {
				content[at+8] = 0xff
				damaged++
			}
		}
		require.NotZero(t, damaged)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		require.ErrorIs(t, refused(t, path), store.ErrForeign)
	})

	t.Run("refused: another program's bbolt file, and a newer format", func(t *testing.T) {
		t.Parallel()
		for text, fill := range map[string]func(tx *bbolt.Tx) error{
			"another program": func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("widgets"))
				return err
			},
			"has format 2, this program knows 1": func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucket([]byte("\x00coopspace"))
				if err != nil {
					return err
				}
				return b.Put([]byte("format"), []byte("2"))
			},
			"no readable format": func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucket([]byte("\x00coopspace"))
				if err != nil {
					return err
				}
				return b.Put([]byte("format"), []byte("one"))
			},
		} {
			path := filepath.Join(t.TempDir(), "coop.db")
			db, err := bbolt.Open(path, 0o600, nil)
			require.NoError(t, err)
			require.NoError(t, db.Update(fill))
			require.NoError(t, db.Close())
			err = refused(t, path)
			if strings.HasPrefix(text, "has format") {
				require.ErrorIs(t, err, store.ErrNewer, "it is ours, and only waits for a newer program")
			} else {
				require.ErrorIs(t, err, store.ErrForeign)
			}
			require.ErrorContains(t, err, text)
		}
	})

	t.Run("refused: a place where there can be no file", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		for _, path := range []string{dir, filepath.Join(dir, "missing", "coop.db"), os.DevNull, ""} {
			_, err := bolt.Open(path, nil)
			require.ErrorIs(t, err, store.ErrPath)
			if path != "" {
				require.ErrorContains(t, err, path)
			}
		}
		require.NoDirExists(t, filepath.Join(dir, "missing"))
	})

	t.Run("refused: a file that may not be written", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() == 0 {
			// Root may write everything; what root cannot do is make a file where there is no place for one.
			_, err := bolt.Open("/proc/self/coop.db", nil)
			require.ErrorIs(t, err, store.ErrPath)
			return
		}
		path, _ := made(t)
		require.NoError(t, os.Chmod(path, 0o400))
		require.ErrorIs(t, refused(t, path), store.ErrPath)
	})

	t.Run("refused: a second store on one file in one process", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "coop.db")
		st, err := bolt.Open(path, nil)
		require.NoError(t, err)
		_, err = bolt.Open(path, &bolt.Options{LockWait: time.Millisecond})
		require.ErrorIs(t, err, store.ErrLocked)
		require.NoError(t, st.Close())
		st, err = bolt.Open(path, nil)
		require.NoError(t, err, "free again")
		require.NoError(t, st.Close())
	})
}
