package bolt_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// What is acknowledged is on the disk. Killing the process cannot show that, for what a process wrote stays in the system's
// memory when it dies; so the system is asked, right after each acknowledgement, whether anything of the file lies there alone.
func TestSync(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(diskDir(t), "coop.db")
	st, err := bolt.Open(path, nil)
	require.NoError(t, err)
	defer st.Close()
	require.Zero(t, unsynced(t, path), "a new file")

	for i := range 5 {
		require.NoError(t, st.Update(ctx, "space", func(w store.Writer) error {
			if i == 0 {
				if err := w.OpenBox("poll", store.Box{}); err != nil {
					return err
				}
			}
			return w.Put(store.Record{Kind: "k", ID: fmt.Sprint(i), Body: make([]byte, 10_000)})
		}))
		require.Zero(t, unsynced(t, path), "an Update is acknowledged and not on the disk")
	}
	for i := range 5 {
		e, err := st.Cast(ctx, store.Ballot{Space: "space", Poll: "poll", Key: fmt.Append(nil, i), Body: []byte("for")})
		require.NoError(t, err)
		require.Equal(t, store.First, e.Outcome)
		require.Zero(t, unsynced(t, path), "a ballot is acknowledged and not on the disk")
	}
}

// diskDir makes a folder in which unsynced tells the truth: a file system that lives in memory has no disk to be ahead of.
func diskDir(t *testing.T) string {
	t.Helper()
	for _, parent := range []string{os.TempDir(), "/var/tmp", "."} {
		dir, err := os.MkdirTemp(parent, "coopspace-sync-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		dir, err = filepath.Abs(dir)
		require.NoError(t, err)
		dir, err = filepath.EvalSymlinks(dir) // the system names maps by their real path
		require.NoError(t, err)
		if tellsSync(t, dir) {
			return dir
		}
	}
	text := "NOTHING IS SAID ABOUT SYNCS: no folder at hand lies on a disk whose unwritten pages this system counts"
	if os.Getenv("CI") == "true" {
		t.Fatal(text)
	}
	t.Skip(text)
	return ""
}

// tellsSync tries it on a file that is synced after it was found not to be.
func tellsSync(t *testing.T, dir string) bool {
	t.Helper()
	path := filepath.Join(dir, "control")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.Write(make([]byte, 20_000))
	require.NoError(t, err)
	before := unsynced(t, path)
	require.NoError(t, f.Sync())
	return before > 0 && unsynced(t, path) == 0
}

// unsynced counts the bytes of a file that lie in the system's memory alone: it maps the file, all pages at hand, and asks
// which of them are dirty. Another map of the same file counts too.
func unsynced(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	info, err := f.Stat()
	require.NoError(t, err)
	mapped, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Munmap(mapped)) }()
	smaps, err := os.Open("/proc/self/smaps")
	require.NoError(t, err)
	defer smaps.Close()
	dirty, maps, inside := 0, 0, false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		line := lines.Text()
		if first, _, _ := strings.Cut(line, " "); !strings.HasSuffix(first, ":") { // the head of a map: 7f00-7f01 r--s … path
			if inside = strings.HasSuffix(line, " "+path); inside {
				maps++
			}
		}
		for _, name := range []string{"Shared_Dirty:", "Private_Dirty:"} {
			var kb int
			if n, _ := fmt.Sscanf(line, name+" %d kB", &kb); inside && n == 1 {
				dirty += kb << 10
			}
		}
	}
	require.NotZero(t, maps, "the system says nothing of the map")
	return dirty
}
