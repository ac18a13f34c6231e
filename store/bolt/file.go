package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/communecter/coopspace/store"
)

// The mark that tells our files from other bbolt files. No space has this name: theirs have no zero byte.
var (
	metaBucket = []byte("\x00coopspace")
	formatKey  = []byte("format")
	transitKey = []byte("transit") // store.Transit as JSON; none is the zero one
)

// format is the version of the layout. Raised when an older program could not read, or would damage, what a newer writes.
const format = 1

// growth is the step in which the file grows: growing costs a sync of its own.
const growth = 16 << 20

// open inspects the file before anything is written to it, then opens it for writing.
func open(path string, o Options) (*bbolt.DB, error) {
	size, fresh, err := inspect(path, o)
	if err != nil {
		return nil, err
	}
	options := &bbolt.Options{
		Timeout:         o.LockWait,
		NoSync:          noSync,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: reserve(o.Reserve, size),
		NoStatistics:    true,
	}
	db, err := openFile(path, o, options)
	if errors.Is(err, syscall.ENOMEM) {
		options.InitialMmapSize = 0 // the system limits addresses: map the file alone
		db, err = openFile(path, o, options)
	}
	if err != nil {
		return nil, err
	}
	db.AllocSize = growth
	if fresh {
		err := db.Update(func(tx *bbolt.Tx) error {
			meta, err := tx.CreateBucketIfNotExists(metaBucket)
			if err != nil {
				return err
			}
			return meta.Put(formatKey, []byte(strconv.Itoa(format)))
		})
		if err == nil {
			err = syncDir(filepath.Dir(path))
		}
		if err != nil {
			db.Close()
			return nil, store.ErrPath.At(path, "").Wrap(err)
		}
	}
	return db, nil
}

// reserve gives how many bytes of addresses to map.
func reserve(asked, size int64) int {
	if runtime.GOOS == "windows" {
		return 0 // there, mapping makes the file as long as the map
	}
	least := int64(8 << 30)
	if bits.UintSize == 32 {
		least = 32 << 20
	}
	if asked <= 0 {
		asked = max(least, 2*size)
	}
	if bits.UintSize == 32 {
		asked = min(asked, 1<<30)
	}
	return int(asked)
}

// inspect tells how long the file is and whether a store must yet be made in it, without writing.
func inspect(path string, o Options) (size int64, fresh bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, true, nil
	case err != nil:
		return 0, false, store.ErrPath.At(path, "").Wrap(err)
	case !info.Mode().IsRegular():
		return 0, false, store.ErrPath.At(path, "is no regular file")
	case info.Size() == 0:
		return 0, true, nil
	}
	db, err := openFile(path, o, &bbolt.Options{ReadOnly: true, Timeout: o.LockWait, NoStatistics: true})
	if err != nil {
		return 0, false, err
	}
	defer db.Close()
	if info, err = os.Stat(path); err != nil {
		return 0, false, store.ErrPath.At(path, "").Wrap(err)
	}
	err = guard(path, func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if tx.Size() > info.Size() {
				return store.ErrForeign.At(path, "is cut short")
			}
			meta := tx.Bucket(metaBucket)
			if meta == nil {
				name, _ := tx.Cursor().First()
				fresh = name == nil // made, and then the power failed
				if !fresh {
					return store.ErrForeign.At(path, "is the file of another program")
				}
				return nil
			}
			switch n, err := strconv.Atoi(string(meta.Get(formatKey))); {
			case err != nil:
				return store.ErrForeign.At(path, "has no readable format").Wrap(err)
			case n > format:
				return store.ErrNewer.At(path, fmt.Sprintf("has format %d, this program knows %d", n, format))
			}
			t, err := readTransit(tx)
			if err == nil && !o.Moving {
				err = t.Err()
			}
			return err
		})
	})
	return info.Size(), fresh, err
}

// openFile opens with bbolt and says in our words what went wrong.
func openFile(path string, o Options, options *bbolt.Options) (db *bbolt.DB, err error) {
	system := o.openFile
	if system == nil {
		system = os.OpenFile
	}
	var file *os.File
	var refused error
	options.OpenFile = func(path string, flag int, mode os.FileMode) (*os.File, error) {
		file, refused = system(path, flag, mode)
		return file, refused
	}
	err = guard(path, func() (err error) {
		db, err = bbolt.Open(path, 0o600, options)
		return err
	})
	switch {
	case err == nil:
		return db, nil
	case refused != nil:
		return nil, store.ErrPath.At(path, "").Wrap(refused)
	case errors.Is(err, berrors.ErrTimeout):
		return nil, store.ErrLocked.At(path, "")
	case errors.Is(err, store.ErrForeign):
		file.Close() // a panic left it open
		return nil, err
	}
	return nil, store.ErrForeign.At(path, "").Wrap(err)
}

// guard turns the panics with which bbolt meets a damaged file into store.ErrForeign, faults in its map included.
func guard(path string, fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = store.ErrForeign.At(path, "is damaged").Wrap(fmt.Errorf("%v", p))
		}
	}()
	return fn()
}

// syncDir makes a new file's name durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
