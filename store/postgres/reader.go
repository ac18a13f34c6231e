package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
)

// reader reads one space in one transaction.
type reader struct {
	ctx     context.Context
	s       *Store
	conn    *pgxpool.Conn
	id      store.SpaceID
	space   int64 // its row; 0 while the space was never written
	pos     store.Position
	boxes   map[string]*boxRow // those that were looked for; nil for one that was never opened
	reading int                // listings that are open now
	err     error              // the first that the database gave: the transaction is of no use after it
	before  func() error       // of a writer: sends what is to be written before something is read
}

// boxRow is what is known of a box.
type boxRow struct {
	store.Box
	id int64
}

func newReader(ctx context.Context, s *Store, c *pgxpool.Conn, id store.SpaceID) *reader {
	return &reader{ctx: ctx, s: s, conn: c, id: id, boxes: map[string]*boxRow{}, before: func() error { return nil }}
}

// begin begins the transaction and finds the space, in one message: the snapshot of a View is that of this moment. lock
// waits until nobody else writes the space.
func (r *reader) begin(how string, lock bool) error {
	b := &pgx.Batch{}
	b.Queue(how)
	find := "SELECT id, pos FROM space WHERE name = $1"
	if lock {
		find += " FOR UPDATE"
	}
	b.Queue(find, string(r.id))
	err := r.batch(b, func(res pgx.BatchResults) error {
		if _, err := res.Exec(); err != nil {
			return err
		}
		return r.found(res.QueryRow())
	})
	if err != nil || !lock || r.space != 0 {
		return err
	}
	// There is no row to lock yet: those who would make it wait for each other, and look again.
	if _, err := r.conn.Exec(r.ctx, "SELECT pg_advisory_xact_lock($1)", r.s.lockKey("space", string(r.id))); err != nil {
		return err
	}
	return r.found(r.conn.QueryRow(r.ctx, find, string(r.id)))
}

func (r *reader) found(row pgx.Row) error {
	err := row.Scan(&r.space, &r.pos)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// batch sends statements in one message and reads their answers.
func (r *reader) batch(b *pgx.Batch, read func(pgx.BatchResults) error) error {
	res := r.conn.SendBatch(r.ctx, b)
	err := read(res)
	if closing := res.Close(); err == nil {
		err = closing
	}
	return err
}

// failed notes what the database gave, and says it in our words.
func (r *reader) failed(err error) error {
	if err == nil {
		return nil
	}
	if r.err == nil {
		r.err = err
	}
	return faultOf(r.ctx, err)
}

// ready sends what is to be written before something is read, and refuses to go on in a transaction that failed.
func (r *reader) ready() error {
	if r.err != nil {
		return faultOf(r.ctx, r.err)
	}
	return r.before()
}

// Head gives the position of the last event.
func (r *reader) Head() (store.Position, error) { return r.pos, nil }

// Events yields the log after a position.
func (r *reader) Events(after store.Position) iter.Seq2[store.Event, error] {
	return pages(r, func() func(size int) (page[store.Event], error) { return r.eventPages(after) })
}

func (r *reader) eventPages(after store.Position) func(size int) (page[store.Event], error) {
	return func(size int) (page[store.Event], error) {
		if r.space == 0 || after >= r.pos {
			return page[store.Event]{}, nil
		}
		rows, err := r.conn.Query(r.ctx, "SELECT pos, body FROM event WHERE space = $1 AND pos > $2 ORDER BY pos LIMIT $3", r.space, int64(after), size)
		if err != nil {
			return page[store.Event]{}, err
		}
		var p page[store.Event]
		for rows.Next() {
			var e store.Event
			if err := rows.Scan(&e.Position, &e.Body); err != nil {
				rows.Close()
				return p, err
			}
			if after++; e.Position != after {
				rows.Close()
				return p, damaged("log")
			}
			p.add(e, len(e.Body))
		}
		return p, rows.Err()
	}
}

// page is what one question of a listing brought.
type page[V any] struct {
	items []V
	bytes int
}

func (p *page[V]) add(v V, bytes int) {
	p.items = append(p.items, v)
	p.bytes += bytes
}

// How a listing is read: not in one answer, for reading may nest and a connection answers one question at a time, but page
// by page, each of about so many bytes and at most so many rows.
const (
	firstPage = 16
	pageRows  = 512
	pageBytes = 1 << 20
)

// pages yields a listing page by page. It counts as open while it runs, and ends with the context. begin gives the function
// that reads the next page: an iterator may be run more than once.
func pages[V any](r *reader, begin func() func(size int) (page[V], error)) iter.Seq2[V, error] {
	return func(yield func(V, error) bool) {
		next := begin()
		r.reading++
		defer func() { r.reading-- }()
		var none V
		for size := firstPage; ; {
			var p page[V]
			err := r.ready()
			if err == nil {
				p, err = next(size)
				err = r.failed(err)
			}
			for _, v := range p.items {
				if r.ctx.Err() != nil {
					yield(none, r.ctx.Err())
					return
				}
				if !yield(v, nil) {
					return
				}
			}
			if err != nil {
				yield(none, err)
				return
			}
			if len(p.items) < size {
				return
			}
			size = min(max(pageBytes*len(p.items)/max(p.bytes, 1), 1), 4*size, pageRows)
		}
	}
}

// box finds a box; nil when it was never opened.
func (r *reader) box(poll string) (*boxRow, error) {
	if r.space == 0 || store.CheckPoll(poll) != nil {
		return nil, nil
	}
	if b, looked := r.boxes[poll]; looked {
		return b, nil
	}
	if err := r.ready(); err != nil {
		return nil, err
	}
	b := &boxRow{}
	err := r.conn.QueryRow(r.ctx, "SELECT id, change, shut FROM box WHERE space = $1 AND poll = $2", r.space, poll).Scan(&b.id, &b.Change, &b.Shut)
	if errors.Is(err, pgx.ErrNoRows) {
		b, err = nil, nil
	}
	if err != nil {
		return nil, r.failed(err)
	}
	r.boxes[poll] = b
	return b, nil
}

// Box tells what is known of a poll's box.
func (r *reader) Box(poll string) (store.Box, error) {
	b, err := r.box(poll)
	if err != nil {
		return store.Box{}, err
	}
	if b == nil {
		return store.Box{}, store.ErrNoBox
	}
	return b.Box, nil
}

// Ballot gives the ballot that lies under a key.
func (r *reader) Ballot(poll string, key []byte) (store.Ballot, bool, error) {
	in, err := r.box(poll)
	if err != nil || in == nil || len(key) == 0 {
		return store.Ballot{}, false, err
	}
	if err := r.ready(); err != nil {
		return store.Ballot{}, false, err
	}
	b := store.Ballot{Space: r.id, Poll: poll, Key: key}
	err = r.conn.QueryRow(r.ctx, "SELECT rank, rev, retry, same, body FROM ballot WHERE box = $1 AND key = $2", in.id, key).
		Scan(&b.Rank, &b.Rev, &b.Retry, &b.Same, &b.Body)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Ballot{}, false, nil
	}
	if err != nil {
		return store.Ballot{}, false, r.failed(err)
	}
	return b, true, nil
}

// ballotPage is how many ballots of a box are read at once.
const ballotPage = 2048

// Ballots yields a box in key order.
func (r *reader) Ballots(poll string) iter.Seq2[store.Ballot, error] {
	return func(yield func(store.Ballot, error) bool) {
		in, err := r.box(poll)
		if err != nil {
			yield(store.Ballot{}, err)
			return
		}
		if in == nil {
			return
		}
		r.reading++
		defer func() { r.reading-- }()
		after, arena := []byte{}, []byte(nil)
		rows := make([][ballotColumns]span, 0, ballotPage)
		for {
			if err = r.ready(); err == nil {
				arena, rows, err = r.ballotPage(in.id, after, arena[:0], rows[:0])
				err = r.failed(err)
			}
			if err != nil {
				yield(store.Ballot{}, err)
				return
			}
			for i := range rows {
				if err := r.ctx.Err(); err != nil {
					yield(store.Ballot{}, err)
					return
				}
				b := store.Ballot{Space: r.id, Poll: poll}
				if !readBallot(&b, arena, &rows[i]) {
					yield(store.Ballot{}, damaged("box/"+poll))
					return
				}
				after = b.Key
				if !yield(b, nil) {
					return
				}
			}
			if len(rows) < ballotPage {
				return
			}
			after = append([]byte(nil), after...) // the arena is written anew
		}
	}
}

// span is where a column lies in an arena.
type span struct{ from, to int }

// The columns of a ballot as they are read: key, rank, rev, retry, same, body.
const ballotColumns = 6

// ballotPage reads the next ballots of a box, as the database sends them, into one piece of memory.
func (r *reader) ballotPage(box int64, after, arena []byte, spans [][ballotColumns]span) ([]byte, [][ballotColumns]span, error) {
	rows, err := r.conn.Query(r.ctx,
		"SELECT key, rank, rev, retry, same, body FROM ballot WHERE box = $1 AND key > $2 ORDER BY key LIMIT $3", box, after, ballotPage)
	if err != nil {
		return arena, spans, err
	}
	defer rows.Close()
	for rows.Next() {
		var at [ballotColumns]span
		for i, raw := range rows.RawValues() {
			at[i].from = len(arena)
			arena = append(arena, raw...)
			at[i].to = len(arena)
		}
		spans = append(spans, at)
	}
	return arena, spans, rows.Err()
}

// readBallot reads a row in PostgreSQL's binary form. It is false for a damaged one.
func readBallot(b *store.Ballot, arena []byte, at *[ballotColumns]span) bool {
	column := func(i int) []byte { return arena[at[i].from:at[i].to:at[i].to] }
	rank, rev := column(1), column(2)
	if len(rank) != 2 || len(rev) != 8 || rank[0] != 0 {
		return false
	}
	b.Key, b.Rank, b.Retry, b.Same, b.Body = column(0), rank[1], column(3), column(4), column(5)
	for _, c := range rev {
		b.Rev = b.Rev<<8 | uint64(c)
	}
	return true
}

// Count gives how many ballots lie in a box.
func (r *reader) Count(poll string) (int, error) {
	in, err := r.box(poll)
	if err != nil || in == nil {
		return 0, err
	}
	if err := r.ready(); err != nil {
		return 0, err
	}
	var n int
	err = r.conn.QueryRow(r.ctx, "SELECT count(*) FROM ballot WHERE box = $1", in.id).Scan(&n)
	return n, r.failed(err)
}
