package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/crowd"
	"github.com/communecter/coopspace/store/internal/door"
)

// Options adjust a store. The zero value of each is a good default.
type Options struct {
	// Schema is where everything lies in the host's database; empty for "coopspace". Open makes it if it is not there.
	Schema string
	// MustExist refuses a database in which no store was made yet, instead of making one.
	MustExist bool
	// Conns is how many connections this process keeps at most, beside one for Wake and one for each Hold; 0 for 16.
	Conns int
	// Writers is how many goroutines of this process write ballots at once; 0 for 2.
	Writers int
	// Queue is how many ballots may wait for a commit; one more is store.ErrBusy. 0 for 8192.
	Queue int
	// Poll is how often Wake looks for what no message told; 0 for 5 seconds.
	Poll time.Duration
	// Moving opens the store also while it is being filled, or after everything in it has moved: for whoever does that.
	Moving bool
	// Logger is told what an operator should know of the database; nil: nobody is.
	Logger *slog.Logger
}

// Store is a schema of spaces. Make one with Open.
type Store struct {
	config *pgxpool.Config
	pool   *pgxpool.Pool
	schema string
	moving bool
	poll   time.Duration
	log    *slog.Logger
	queue  *crowd.Queue[call]
	gather chan struct{} // a token: one writer gathers at a time
	boxes  *boxIDs
	offset atomic.Int64 // of the database's clock from ours, in nanoseconds

	waiting time.Duration // the constant, or a test's

	turns   turns
	notify  notifier
	tidying sync.Mutex // held by the one that tidies

	life    context.Context // ends with Close
	endLife context.CancelFunc

	begun door.Door // Views, Updates, writers, and what works beside them
}

// Patience with a database, in time.
const (
	dialing    = 5 * time.Second  // for a connection
	committing = 30 * time.Second // for a commit, or a batch of ballots: a synchronous standby may be slow
	waiting    = 15 * time.Second // for a connection of the pool, until it is store.ErrBusy
	retries    = 3                // how often what broke before its commit is begun again on another connection
)

// Open connects to the database, makes or migrates the schema, and gives the store in it. dsn is a URL
// (postgres://user@host/name) or a list of settings (host=... dbname=...); what it leaves out comes from the environment, as
// with every PostgreSQL client. Several hosts may be named: the one that can be written to is taken.
//
// It is store.ErrDatabase for a dsn that cannot be read, or a database that is not there, does not know the user or is not
// in UTF-8; store.ErrRights without the right to make the schema or to use it; store.ErrUnreachable when nobody answers;
// store.ErrNewer when a newer version has changed the schema.
func Open(ctx context.Context, dsn string, opts *Options) (st *Store, err error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	o.fill()
	config, err := configure(dsn, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if f, ok := errors.AsType[*fault.Error](err); ok && errors.Is(f, store.ErrUnreachable) {
			err = f.At("server", servers(config.ConnConfig))
		}
	}()
	if err := migrate(ctx, config.ConnConfig, o); err != nil {
		return nil, err
	}
	boxes := &boxIDs{most: boxesKept, ids: map[boxName]int64{}}
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		boxes.forget() // the pool replaces what died without a word, and another server may have taken over
		return durable(ctx, c)
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	s := &Store{
		config: config, pool: pool, schema: o.Schema, moving: o.Moving, poll: o.Poll, log: o.Logger, waiting: waiting,
		queue: crowd.New[call](o.Queue), gather: make(chan struct{}, 1),
		boxes: boxes, turns: turns{of: map[store.SpaceID]*turn{}},
		notify: notifier{heads: map[store.SpaceID]store.Position{}, ring: make(chan struct{}, 1)},
	}
	s.life, s.endLife = context.WithCancel(context.Background())
	if err := errors.Join(s.inspect(ctx), s.setClock(ctx, s.clock)); err != nil {
		s.endLife()
		pool.Close()
		return nil, err
	}
	for range o.Writers {
		s.begun.Go(s.write)
	}
	s.begun.Go(s.tell)
	s.begun.Go(s.keepTime)
	return s, nil
}

func (o *Options) fill() {
	if o.Schema == "" {
		o.Schema = "coopspace"
	}
	if o.Conns <= 0 {
		o.Conns = 16
	}
	if o.Writers <= 0 {
		o.Writers = 2
	}
	o.Conns = max(o.Conns, o.Writers+2) // so that reading goes on while all writers write
	if o.Queue <= 0 {
		o.Queue = 8192
	}
	if o.Poll <= 0 {
		o.Poll = 5 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// begin holds off Close until s.begun.Done is called.
func (s *Store) begin(ctx context.Context) error { return s.begun.Begin(ctx) }

// Close waits for what was begun, answers every ballot that was handed in, and lets go of the database.
func (s *Store) Close() error {
	if err := s.begun.Close(); err != nil {
		return err
	}
	s.queue.Close()
	s.endLife()
	s.begun.Wait()
	s.pool.Close()
	return nil
}

// lockKey names an advisory lock of ours: what it guards, in which schema of the database.
func (s *Store) lockKey(parts ...string) int64 { return lockKey(s.schema, parts...) }

func lockKey(schema string, parts ...string) int64 {
	h := sha256.New()
	for _, p := range append([]string{"coopspace", schema}, parts...) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// release gives a connection back. One on which a transaction is still open, or that broke, is closed and not used again.
func release(c *pgxpool.Conn) {
	if !c.Conn().IsClosed() && c.Conn().PgConn().TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, _ = c.Exec(ctx, "ROLLBACK") // the pool closes what is left open
	}
	c.Release()
}

// attempt does a transaction, and does it again when it broke before its commit was sent: on a connection that died in the
// pool, or when the database ended it so that another could go on. do says whether a commit was sent.
func (s *Store) attempt(ctx context.Context, do func(*pgxpool.Conn) (sent bool, err error)) error {
	for try := 0; ; try++ {
		sent, err := s.once(ctx, do)
		switch {
		case err == nil:
			return nil
		case ctx.Err() == nil && lost(err):
			s.pool.Reset()   // the others in the pool are of the same time
			s.boxes.forget() // another server may have taken over, to which not all was copied
		}
		switch {
		case sent:
			return faultOf(context.WithoutCancel(ctx), err) // nobody knows what became of it, whoever still waits
		case try == retries || ctx.Err() != nil || unmade(err) || !again(err) && !lost(err):
			return faultOf(ctx, err)
		}
	}
}

// once does a transaction, and lets go of its connection however do ends.
func (s *Store) once(ctx context.Context, do func(*pgxpool.Conn) (sent bool, err error)) (bool, error) {
	c, err := s.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer release(c)
	sent, err := do(c)
	if err != nil && c.Conn().IsClosed() && !lost(err) {
		err = errors.Join(err, errConnClosed) // pgx says so in words of its own
	}
	return sent, err
}

// acquire gives a connection of the pool. Whoever waits too long for others to give theirs back is told so: they may be
// waiting for this very caller, as a View within a View does. So is whoever the database has no connection for; it is asked
// again until then.
func (s *Store) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, s.waiting)
	defer cancel()
	full := false
	for {
		c, err := s.pool.Acquire(wait)
		switch {
		case err == nil:
			return c, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case wait.Err() != nil && (full || s.pool.Stat().AcquiredConns() == s.config.MaxConns):
			return nil, store.ErrBusy.At("connections", "none was free for "+s.waiting.String())
		case wait.Err() != nil:
			return nil, store.ErrUnreachable.Wrap(errors.New("no connection within " + s.waiting.String()))
		case !crowded(err):
			return nil, err
		}
		full = true
		select {
		case <-wait.Done():
		case <-time.After(pause / 20):
		}
	}
}

// View runs fn on one snapshot of a space.
func (s *Store) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	if err := space.Check(); err != nil {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	var failed error // of fn: it is the caller's, and nothing is tried again once fn has run
	err := s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
		r := newReader(ctx, s, c, space)
		if err := r.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", false); err != nil {
			return false, err
		}
		failed = fn(r)
		return true, nil // release ends the reading; all that was read was read
	})
	if failed != nil {
		return failed
	}
	return err
}

// Update runs fn alone for this space.
func (s *Store) Update(ctx context.Context, space store.SpaceID, fn func(store.Writer) error) error {
	if err := space.Check(); err != nil {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	// Those of this process wait here and not in the database, where each would take a connection from the pool.
	leave, err := s.turns.wait(ctx, space)
	if err != nil {
		return err
	}
	defer leave()
	var failed error
	var done *writer
	err = s.attempt(ctx, func(c *pgxpool.Conn) (sent bool, err error) {
		w := newWriter(ctx, s, c, space)
		if err := w.begin("BEGIN ISOLATION LEVEL READ COMMITTED", true); err != nil {
			return false, err
		}
		failed = nil
		if err := fn(w); err != nil {
			if w.err != nil && (again(w.err) || lost(w.err)) {
				return false, w.err // fn met what the database did; it is run again
			}
			failed = err
			return true, nil
		}
		if w.err != nil {
			return false, w.err
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		switch {
		case w.wrote:
			if err := w.flush(); err != nil {
				return false, err
			}
		case w.space == 0:
			return true, nil
		}
		// A transaction that wrote nothing is committed too: what fn found and answers with may have been written a moment ago
		// by a process that never learnt whether a standby has it. The lock on the space's row makes this commit a real one,
		// which waits for the standby.
		// From here on it may be there: neither a caller who goes nor another try changes that.
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), committing)
		defer cancel()
		done = w
		return true, commit(ending, c)
	})
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return err
	case done != nil:
		done.committed()
	}
	return nil
}

// Spaces yields every space that was ever written, as of one moment.
func (s *Store) Spaces(ctx context.Context) iter.Seq2[store.SpaceID, error] {
	return func(yield func(store.SpaceID, error) bool) {
		if err := s.begin(ctx); err != nil {
			yield("", err)
			return
		}
		defer s.begun.Done()
		var ids []store.SpaceID // gathered first: whoever asks may write
		err := s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
			rows, err := c.Query(ctx, "SELECT name FROM space ORDER BY name")
			if err != nil {
				return false, err
			}
			ids, err = pgx.CollectRows(rows, pgx.RowTo[store.SpaceID])
			return false, err
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

// turns lets the Updates of one space pass one after the other, in the order in which they came.
type turns struct {
	mu sync.Mutex // protects of, and the counts in it
	of map[store.SpaceID]*turn
}

type turn struct {
	token chan struct{} // holds one while somebody updates
	users int           // those who update or wait
}

// wait waits for the caller's turn; whoever had it leaves.
func (t *turns) wait(ctx context.Context, space store.SpaceID) (leave func(), err error) {
	t.mu.Lock()
	mine := t.of[space]
	if mine == nil {
		mine = &turn{token: make(chan struct{}, 1)}
		t.of[space] = mine
	}
	mine.users++
	t.mu.Unlock()
	gone := func() {
		t.mu.Lock()
		if mine.users--; mine.users == 0 {
			delete(t.of, space)
		}
		t.mu.Unlock()
	}
	select {
	case mine.token <- struct{}{}:
		return func() { <-mine.token; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, ctx.Err()
	}
}
