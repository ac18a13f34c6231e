package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
)

// What several processes on one schema do beside keeping: wake each other, hold names, and have one time.

// pause is how long after a failure the next try comes.
const pause = time.Second

// notifier tells other processes which logs grew, after the commit and beside it: a notification within the transaction
// would make all commits of the database wait for each other.
type notifier struct {
	mu    sync.Mutex
	heads map[store.SpaceID]store.Position // to be told
	ring  chan struct{}                    // a token: something is
}

func (n *notifier) grew(space store.SpaceID, head store.Position) {
	n.mu.Lock()
	n.heads[space] = max(n.heads[space], head)
	n.mu.Unlock()
	select {
	case n.ring <- struct{}{}:
	default:
	}
}

func (n *notifier) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for space, head := range n.heads {
		out = append(out, fmt.Sprintf("%d %s", head, space))
	}
	clear(n.heads)
	return out
}

// channel is where notifications of this schema go.
func (s *Store) channel() string { return fmt.Sprintf("coopspace_%016x", uint64(s.lockKey("channel"))) }

// tell sends what the notifier gathered. What cannot be sent is found by those who look from time to time.
func (s *Store) tell() {
	for {
		select {
		case <-s.life.Done():
			return
		case <-s.notify.ring:
		}
		if grown := s.notify.take(); len(grown) > 0 {
			ctx, cancel := context.WithTimeout(s.life, dialing)
			_, err := s.pool.Exec(ctx, "SELECT pg_notify($1, g) FROM unnest($2::text[]) AS g", s.channel(), grown)
			cancel()
			if err != nil && s.life.Err() == nil {
				s.log.Warn("other processes were not told that logs grew, and will find it themselves", "error", err)
			}
		}
	}
}

// connect opens a connection of its own, beside the pool. It is closed by whoever asked for it.
func (s *Store) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, patient(s.config.ConnConfig))
}

// Wake calls fn with each space that has a log, and then with each whose log grew: at once when a notification comes, and
// otherwise when a look at all heads, every few seconds, finds it.
func (s *Store) Wake(ctx context.Context, fn func(store.SpaceID)) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	told := map[store.SpaceID]store.Position{}
	for {
		err := s.listen(ctx, told, fn)
		switch {
		case s.life.Err() != nil:
			return store.ErrClosed
		case ctx.Err() != nil:
			return nil
		}
		s.log.Warn("the connection that listens was lost and is made again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// listen wakes until something fails.
func (s *Store) listen(ctx context.Context, told map[store.SpaceID]store.Position, fn func(store.SpaceID)) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if !c.IsClosed() { // the database closes its side a moment later, and until then somebody would seem to serve
			ctx, cancel := context.WithTimeout(context.Background(), pause)
			_, _ = c.Exec(ctx, "SELECT pg_advisory_unlock_all()")
			cancel()
		}
		closeConn(c)
	}()
	// Nobody waits for this lock, or takes it alone: it shows those who move that somebody serves.
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock_shared($1)", s.lockKey("serving")); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "LISTEN "+s.channel()); err != nil {
		return err
	}
	if err := heads(ctx, c, told, fn); err != nil {
		return err
	}
	look := time.Now().Add(s.poll)
	for {
		wait, cancel := context.WithDeadline(ctx, look)
		n, err := c.WaitForNotification(wait)
		cancel()
		switch {
		case err == nil:
			head, space, ok := strings.Cut(n.Payload, " ")
			p, bad := strconv.ParseUint(head, 10, 64)
			if id := store.SpaceID(space); ok && bad == nil && told[id] != store.Position(p) {
				told[id] = store.Position(p)
				fn(id)
			}
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) || c.IsClosed():
			return err
		}
		if !time.Now().Before(look) {
			if err := heads(ctx, c, told, fn); err != nil {
				return err
			}
			look = time.Now().Add(s.poll)
		}
	}
}

const serving = `SELECT coalesce(host(a.client_addr), ''), coalesce(a.client_port = -1, false), coalesce(a.application_name, '')
FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint << 32 | l.objid::bigint = $1 AND l.objsubid = 1 AND l.granted`

// Server is a process that listens to a store (Wake), as the database sees it.
type Server struct {
	Address string // from which it connected; empty where Local, and where the database tells it only to the server's own role
	Local   bool   // it connected over a socket of the database's own machine
	Name    string // its application_name
}

// Serving gives the processes that listen to this store now, as servers do, this one among them. One whose connection broke a
// moment ago is not among them; one whose machine fell silent is, until the database gives it up.
func (s *Store) Serving(ctx context.Context) (servers []Server, err error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.begun.Done()
	err = s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
		rows, err := c.Query(ctx, serving, s.lockKey("serving"))
		if err == nil {
			servers, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Server])
		}
		return false, err
	})
	slices.SortFunc(servers, func(a, b Server) int { return cmp.Compare(a.Address, b.Address) })
	return servers, err
}

// heads looks at all logs and tells of those that are not as they were told; the first time, of all.
func heads(ctx context.Context, c *pgx.Conn, told map[store.SpaceID]store.Position, fn func(store.SpaceID)) error {
	asking, cancel := context.WithTimeout(ctx, committing) // a database that is gone without a word is left
	defer cancel()
	rows, err := c.Query(asking, "SELECT name, pos FROM space")
	if err != nil {
		return err
	}
	var grew []store.SpaceID
	var id store.SpaceID
	var p int64
	_, err = pgx.ForEachRow(rows, []any{&id, &p}, func() error {
		// A shorter log than was told of is another one: a standby took over that lacked its end, or a message lied.
		if told[id] != store.Position(p) {
			told[id] = store.Position(p)
			grew = append(grew, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range grew {
		fn(id)
	}
	return nil
}

// Hold waits until this caller alone holds name, and runs fn. The hold is an advisory lock of a connection of its own, which
// is asked every two seconds whether it is still there.
func (s *Store) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	for {
		c, err := s.connect(ctx)
		if err == nil {
			_, err = c.Exec(ctx, "SELECT pg_advisory_lock($1)", s.lockKey("hold", name))
			if err == nil {
				return s.held(ctx, c, fn)
			}
			closeConn(c)
		}
		switch {
		case s.life.Err() != nil:
			return store.ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case !lost(err) && !crowded(err):
			return faultOf(ctx, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// held runs fn while the connection lives.
func (s *Store) held(ctx context.Context, c *pgx.Conn, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer cancel()
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(2 * pause):
			}
			ping, stop := context.WithTimeout(ctx, dialing)
			err := c.Ping(ping)
			stop()
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		cancel()
		<-watched
		closeConn(c) // and with it the lock
	}()
	return fn(ctx)
}

func closeConn(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), pause)
	defer cancel()
	_ = c.Close(ctx)
}

// Now gives the time of the database.
func (s *Store) Now() time.Time { return time.Now().Add(time.Duration(s.offset.Load())) }

// clock asks the database for its time.
func (s *Store) clock(ctx context.Context) (at time.Time, err error) {
	err = s.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&at)
	return at, err
}

// setClock asks for the time a few times, and believes the answer that came quickest.
func (s *Store) setClock(ctx context.Context, clock func(context.Context) (time.Time, error)) error {
	best := time.Duration(1<<63 - 1)
	for range 3 {
		asked := time.Now()
		theirs, err := clock(ctx)
		if err != nil {
			return faultOf(ctx, err)
		}
		if took := time.Since(asked); took < best {
			best = took
			s.offset.Store(int64(theirs.Sub(asked.Add(took / 2))))
		}
	}
	return nil
}

// keepTime asks again from time to time: clocks drift, and another database may take over.
func (s *Store) keepTime() {
	t := time.NewTicker(10 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-s.life.Done():
			return
		case <-t.C:
		}
		ctx, cancel := context.WithTimeout(s.life, dialing)
		_ = s.setClock(ctx, s.clock) // without an answer the old one serves
		cancel()
	}
}
