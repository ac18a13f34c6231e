// Package bolt keeps spaces in one file, on bbolt: for an embedded space, on one machine, with nothing to install.
//
//	st, err := bolt.Open("coop.db", nil)
//	if err != nil {
//		return err
//	}
//	defer st.Close()
//
// There is one type, [Store], and [Options] that may be nil. What is acknowledged is on the disk.
//
// # Casting
//
// One goroutine writes ballots, many to a commit. It commits as soon as every caller inside Cast has handed in a ballot,
// and after two milliseconds at most: a lone voter waits for one commit and for no timer, and a crowd shares commits.
// Updates and these commits take turns at the file's one writer, so neither starves.
//
// # Caveats
//
// A file belongs to one process at a time; a second one gets [store.ErrLocked]. The file never shrinks, and an open View
// keeps it from using space again: page what is long. The map of the file is reserved ahead ([Options.Reserve]); when the
// file outgrows it while it is open, the writer waits for the Views that are open to end, once for every gigabyte. A View
// whose function writes would then wait for itself.
//
// After a commit that failed (a full disk, a failing one) reading goes on and every write is [store.ErrFull] until the
// store is opened again: what the system kept of a failed write is known only then.
//
// ext4 with fast_commit on kernels before 5.17 loses bbolt's files when the power fails: do not mount it so.
package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/crowd"
	"github.com/communecter/coopspace/store/internal/door"
)

// Options adjust a store. The zero value is durable and good for anything from a village association to a million ballots.
type Options struct {
	// Queue is how many ballots may wait for a commit; one more is store.ErrBusy. 0 for 8192.
	Queue int
	// LockWait is how long Open waits for another process to let go of the file; 0 for a quarter of a second.
	LockWait time.Duration
	// Reserve is how much address space is set aside for the file's map, in bytes. It costs no memory.
	// 0 for twice the file and at least 8 GiB (32 MiB where addresses have 32 bits), or less where the system refuses that.
	Reserve int64
	// Moving opens the file also while it is being filled, or after everything in it has moved: for whoever does that.
	Moving bool

	openFile func(string, int, os.FileMode) (*os.File, error) // for tests
}

// Store is one file of spaces. Make one with Open.
type Store struct {
	db    *bbolt.DB
	queue *crowd.Queue[call]

	// The file has one writer at a time. An Update takes updates, then turn; the writer of ballots takes turn. Channels
	// serve those who wait in order, and at most one Update waits for turn: so they alternate.
	updates, turn chan struct{}

	broken atomic.Pointer[error] // why nothing can be written any more
	breaks chan struct{}         // closed then
	moved  atomic.Bool           // all has moved elsewhere: nothing is written, and nothing is wrong
	stuck  atomic.Bool           // a commit panicked: bbolt holds its locks for ever, and the file until the process ends

	begun door.Door // Views, Updates and the writer of ballots
}

// Open opens the file, or makes it if there is none (or an empty one); never its directory.
//
// It is store.ErrForeign for a file that is no coopspace store or is cut short, and store.ErrNewer for one that a newer version
// wrote, and leaves it as it was; store.ErrLocked while another process has it; store.ErrPath when the system refuses.
func Open(path string, opts *Options) (*Store, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Queue <= 0 {
		o.Queue = 8192
	}
	if o.LockWait <= 0 {
		o.LockWait = time.Second / 4
	}
	db, err := open(path, o)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, updates: make(chan struct{}, 1), turn: make(chan struct{}, 1), breaks: make(chan struct{})}
	if o.Moving {
		t, err := s.Transit(context.Background())
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		s.moved.Store(t.To != "")
	}
	s.queue = crowd.New[call](o.Queue)
	s.begun.Go(s.write)
	return s, nil
}

// Close waits for what was begun, answers every ballot that was handed in, and releases the file.
func (s *Store) Close() error {
	if err := s.begun.Close(); err != nil {
		return err
	}
	s.queue.Close()
	s.begun.Wait()
	if s.stuck.Load() {
		return s.failed()
	}
	return cmp.Or(s.db.Close(), s.failed())
}

// failed gives store.ErrFull after a commit that failed.
func (s *Store) failed() error {
	if cause := s.broken.Load(); cause != nil {
		return store.ErrFull.Wrap(*cause)
	}
	return nil
}

// Broken is closed after a commit that failed: every write is store.ErrFull from then on.
func (s *Store) Broken() <-chan struct{} { return s.breaks }

// left gives store.ErrMoved after everything has moved elsewhere.
func (s *Store) left() error {
	if s.moved.Load() {
		return store.ErrMoved
	}
	return nil
}

// commit ends a write transaction. When it fails, nothing is ever written again: nobody knows what the disk kept, and a
// second attempt could be told that all is well when it is not.
func (s *Store) commit(tx *bbolt.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.stuck.Store(true)
			err = fmt.Errorf("commit: %v", p)
		}
		if err != nil {
			if s.broken.CompareAndSwap(nil, &err) {
				close(s.breaks)
			}
			err = s.failed()
		}
	}()
	return tx.Commit()
}

// View runs fn on one snapshot of a space.
func (s *Store) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	if err := space.Check(); err != nil {
		return err
	}
	return s.read(ctx, func(tx *bbolt.Tx) error { return fn(newReader(ctx, tx, space)) })
}

// read runs fn in a read transaction.
func (s *Store) read(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := s.begun.Begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	tx, err := s.db.Begin(false)
	if err != nil {
		return store.ErrFull.Wrap(err) // the map was lost in a failed commit
	}
	defer tx.Rollback()
	return fn(tx)
}

// Update runs fn alone: on this driver, alone for all spaces.
func (s *Store) Update(ctx context.Context, space store.SpaceID, fn func(store.Writer) error) error {
	if err := space.Check(); err != nil {
		return err
	}
	return s.alone(ctx, func(tx *bbolt.Tx) (bool, error) {
		if err := s.left(); err != nil {
			return false, err
		}
		w := &writer{reader: *newReader(ctx, tx, space), tx: tx}
		err := fn(w)
		return w.wrote, err
	})
}

// alone runs fn while nobody else writes, and commits what it wrote, if anything.
func (s *Store) alone(ctx context.Context, fn func(*bbolt.Tx) (wrote bool, err error)) error {
	if err := s.begun.Begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	for _, gate := range [...]chan struct{}{s.updates, s.turn} {
		select {
		case gate <- struct{}{}:
			defer func() { <-gate }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := s.failed(); err != nil {
		return err
	}
	tx, err := s.db.Begin(true)
	if err != nil {
		return store.ErrFull.Wrap(err)
	}
	committing := false
	defer func() {
		if !committing {
			tx.Rollback()
		}
	}()
	wrote, err := fn(tx)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil || !wrote {
		return err
	}
	committing = true
	return s.commit(tx)
}

// Spaces yields every space that was ever written, as of one moment.
func (s *Store) Spaces(ctx context.Context) iter.Seq2[store.SpaceID, error] {
	return func(yield func(store.SpaceID, error) bool) {
		var ids []store.SpaceID // gathered first: whoever asks may write, and no transaction is to be open then
		err := s.read(ctx, func(tx *bbolt.Tx) error {
			c := tx.Cursor()
			for name, _ := c.First(); name != nil; name, _ = c.Next() {
				if !bytes.Equal(name, metaBucket) {
					ids = append(ids, store.SpaceID(name))
				}
			}
			return nil
		})
		for _, id := range ids {
			if err = ctx.Err(); err != nil || !yield(id, nil) {
				break
			}
		}
		if err != nil {
			yield("", err)
		}
	}
}
