package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
)

// Pieces yields everything as of one moment: one REPEATABLE READ transaction is open until the last piece.
func (s *Store) Pieces(ctx context.Context) iter.Seq2[store.Piece, error] {
	return func(yield func(store.Piece, error) bool) {
		if err := s.begin(ctx); err != nil {
			yield(store.Piece{}, err)
			return
		}
		defer s.begun.Done()
		err := s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
			if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
				return false, err
			}
			rows, err := c.Query(ctx, "SELECT id, name, pos FROM space ORDER BY name")
			if err != nil {
				return false, err
			}
			var spaces []*reader
			for rows.Next() {
				r := newReader(ctx, s, c, "")
				if err := rows.Scan(&r.space, &r.id, &r.pos); err != nil {
					return false, err
				}
				spaces = append(spaces, r)
			}
			if err := rows.Err(); err != nil {
				return false, err
			}
			for i, r := range spaces {
				more, err := r.pieces(func(p store.Piece) bool { return yield(p, nil) })
				if err != nil || !more {
					return true, err // what was yielded is not yielded again
				}
				spaces[i] = nil
			}
			return true, nil
		})
		if err != nil {
			yield(store.Piece{}, err)
		}
	}
}

// pieces yields a space. It is false when whoever reads has had enough.
func (r *reader) pieces(yield func(store.Piece) bool) (more bool, err error) {
	if !yield(store.Piece{What: store.PieceSpace, Space: r.id}) {
		return false, nil
	}
	for rec, err := range pages(r, r.recordPages) {
		if err != nil {
			return true, err
		}
		if !yield(store.Piece{What: store.PieceRecord, Space: r.id, Record: rec}) {
			return false, nil
		}
	}
	for e, err := range r.Events(0) {
		if err != nil {
			return true, err
		}
		if !yield(store.Piece{What: store.PieceEvent, Space: r.id, Event: e}) {
			return false, nil
		}
	}
	for p, err := range pages(r, r.boxPages) {
		if err != nil {
			return true, err
		}
		if !yield(store.Piece{What: store.PieceBox, Space: r.id, Poll: p.poll, Box: p.row.Box}) {
			return false, nil
		}
		r.boxes[p.poll] = p.row
		for b, err := range r.Ballots(p.poll) {
			if err != nil {
				return true, err
			}
			if !yield(store.Piece{What: store.PieceBallot, Space: r.id, Ballot: b}) {
				return false, nil
			}
		}
		delete(r.boxes, p.poll)
	}
	return true, nil
}

// recordPages reads all records of a space.
func (r *reader) recordPages() func(size int) (page[store.Record], error) {
	kind, id := "", ""
	return func(size int) (page[store.Record], error) {
		var p page[store.Record]
		rows, err := r.conn.Query(r.ctx, "SELECT kind, id, version, side, indexes, keys, body FROM record"+
			" WHERE space = $1 AND (kind, id) > ($2, $3) ORDER BY kind, id LIMIT $4", r.space, kind, id, size)
		if err != nil {
			return p, err
		}
		defer rows.Close()
		for rows.Next() {
			var rec store.Record
			var indexes []string
			var keys [][]byte
			if err := rows.Scan(&rec.Kind, &rec.ID, &rec.Version, &rec.Side, &indexes, &keys, &rec.Body); err != nil {
				return p, err
			}
			if rec.Keys, err = readKeys(rec.Kind, rec.ID, indexes, keys); err != nil {
				return p, err
			}
			kind, id = rec.Kind, rec.ID
			p.add(rec, len(rec.Body)+64)
		}
		return p, rows.Err()
	}
}

// pollBox is a box with the poll whose it is.
type pollBox struct {
	poll string
	row  *boxRow
}

// boxPages reads all boxes of a space.
func (r *reader) boxPages() func(size int) (page[pollBox], error) {
	poll := ""
	return func(size int) (page[pollBox], error) {
		var p page[pollBox]
		rows, err := r.conn.Query(r.ctx, "SELECT poll, id, change, shut FROM box WHERE space = $1 AND poll > $2 ORDER BY poll LIMIT $3", r.space, poll, size)
		if err != nil {
			return p, err
		}
		defer rows.Close()
		for rows.Next() {
			b := pollBox{row: &boxRow{}}
			if err := rows.Scan(&b.poll, &b.row.id, &b.row.Change, &b.row.Shut); err != nil {
				return p, err
			}
			poll = b.poll
			p.add(b, 128)
		}
		return p, rows.Err()
	}
}

// Place lays pieces down as they are, in one transaction: what is there already is left, and then compared.
func (s *Store) Place(ctx context.Context, at store.Transit, pieces []store.Piece) error {
	for i := range pieces {
		if err := pieces[i].Check(); err != nil {
			return err
		}
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	return s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
		if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED"); err != nil {
			return false, err
		}
		now, t, err := scanLayout(c.QueryRow(ctx, readLayout)) // whose lock is held until the commit: see SetTransit
		switch {
		case err != nil:
			return false, err
		case now > format:
			return false, newer(now)
		}
		if err := store.MayPlace(t, at); err != nil {
			return false, err
		}
		l := &layer{reader: newReader(ctx, s, c, "")}
		for left := pieces; len(left) > 0; {
			n := 1
			for n < len(left) && alike(&left[0], &left[n]) {
				n++
			}
			if err := l.lay(left[:n]); err != nil {
				return false, err
			}
			left = left[n:]
		}
		return true, commit(ctx, c)
	})
}

// alike tells whether two pieces can be laid down by one statement.
func alike(a, b *store.Piece) bool {
	return a.What == b.What && a.Space == b.Space && a.Ballot.Poll == b.Ballot.Poll
}

// layer lays pieces down in one transaction. Its reader reads the space at hand.
type layer struct{ *reader }

func occupied(p *store.Piece) error { return store.ErrOccupied.At(p.String(), "") }

// lay lays down pieces that are alike.
func (l *layer) lay(run []store.Piece) error {
	if space := run[0].Space; l.id != space {
		l.reader = newReader(l.ctx, l.s, l.conn, space)
		if err := l.found(l.conn.QueryRow(l.ctx, "SELECT id, pos FROM space WHERE name = $1", string(space))); err != nil {
			return err
		}
	}
	if run[0].What != store.PieceSpace && l.space == 0 {
		return store.ErrInvalid.At(run[0].String(), "comes before its space")
	}
	switch run[0].What {
	case store.PieceSpace:
		if l.space != 0 {
			return nil
		}
		return l.conn.QueryRow(l.ctx, "INSERT INTO space (name) VALUES ($1) RETURNING id", string(l.id)).Scan(&l.space)
	case store.PieceRecord:
		return l.records(run)
	case store.PieceEvent:
		return l.events(run)
	case store.PieceBox:
		return l.box(run)
	}
	return l.ballots(run)
}

// own gives bytes that are not NULL.
func own(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

const layRecord = `WITH laid AS (
    INSERT INTO record (space, kind, id, version, side, indexes, keys, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT DO NOTHING RETURNING true
), listed AS (
    INSERT INTO record_key (space, kind, id, index, key)
    SELECT $1, $2, $3, k.index, k.key FROM unnest($6::text[], $7::bytea[]) AS k (index, key), laid
)
SELECT count(*) FROM laid`

func (l *layer) records(run []store.Piece) error {
	q := &pgx.Batch{}
	for i := range run {
		r := &run[i].Record
		indexes, keys := make([]string, len(r.Keys)), make([][]byte, len(r.Keys))
		for i, k := range r.Keys {
			indexes[i], keys[i] = k.Index, own(k.Bytes)
		}
		q.Queue(layRecord, l.space, r.Kind, r.ID, int64(r.Version), r.Side, indexes, keys, own(r.Body))
	}
	var there []int
	err := l.batch(q, func(res pgx.BatchResults) error {
		for i := range run {
			var laid int
			if err := res.QueryRow().Scan(&laid); err != nil {
				return err
			}
			if laid == 0 {
				there = append(there, i)
			}
		}
		return nil
	})
	for _, i := range there {
		p := &run[i]
		old, has, failed := l.record(p.Record.Kind, p.Record.ID)
		if failed != nil {
			return failed
		}
		if !has || !p.Equal(&store.Piece{What: p.What, Space: p.Space, Record: old}) {
			return occupied(p)
		}
	}
	return err
}

func (l *layer) events(run []store.Piece) error {
	positions, bodies := make([]int64, len(run)), make([][]byte, len(run))
	head := l.pos
	for i := range run {
		e := &run[i].Event
		if e.Position > head+1 {
			return store.ErrPosition
		}
		head = max(head, e.Position)
		positions[i], bodies[i] = int64(e.Position), own(e.Body)
	}
	const given = " FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS u (pos, body, n)"
	tag, err := l.conn.Exec(l.ctx, "INSERT INTO event (space, pos, body) SELECT $1, u.pos, u.body"+given+" ON CONFLICT DO NOTHING", l.space, positions, bodies)
	if err == nil && tag.RowsAffected() != int64(len(run)) {
		err = l.differs(run, "SELECT u.n"+given+" JOIN event e ON e.space = $1 AND e.pos = u.pos WHERE e.body <> u.body ORDER BY u.n LIMIT 1", l.space, positions, bodies)
	}
	if err == nil && head != l.pos {
		_, err = l.conn.Exec(l.ctx, "UPDATE space SET pos = $2 WHERE id = $1", l.space, int64(head))
		l.pos = head
	}
	return err
}

// differs asks for the number of the first piece in whose place another one lies.
func (l *layer) differs(run []store.Piece, sql string, args ...any) error {
	var n int
	err := l.conn.QueryRow(l.ctx, sql, args...).Scan(&n)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return occupied(&run[n-1])
}

func (l *layer) box(run []store.Piece) error {
	for i := range run {
		p := &run[i]
		b := &boxRow{}
		err := l.conn.QueryRow(l.ctx, "INSERT INTO box (space, poll, change, shut) VALUES ($1, $2, $3, $4)"+
			" ON CONFLICT (space, poll) DO NOTHING RETURNING id", l.space, p.Poll, p.Box.Change, p.Box.Shut).Scan(&b.id)
		switch {
		case err == nil:
			b.Box = p.Box
			l.boxes[p.Poll] = b
			continue
		case !errors.Is(err, pgx.ErrNoRows):
			return err
		}
		b, err = l.reader.box(p.Poll)
		if err != nil {
			return err
		}
		if b == nil || b.Box != p.Box {
			return occupied(p)
		}
	}
	return nil
}

func (l *layer) ballots(run []store.Piece) error {
	in, err := l.reader.box(run[0].Ballot.Poll)
	if err != nil {
		return err
	}
	if in == nil {
		return store.ErrNoBox.At("poll", run[0].Ballot.Poll)
	}
	var c columns
	for i := range run {
		b := run[i].Ballot
		b.Retry, b.Same, b.Body = own(b.Retry), own(b.Same), own(b.Body)
		c.add(in.id, &b, b.Rev)
	}
	const given = " FROM unnest($1::bigint[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])" +
		" WITH ORDINALITY AS u (box, key, rank, rev, retry, same, body, n)"
	tag, err := l.conn.Exec(l.ctx, "INSERT INTO ballot (box, key, rank, rev, retry, same, body)"+
		" SELECT u.box, u.key, u.rank, u.rev, u.retry, u.same, u.body"+given+" ON CONFLICT DO NOTHING", c.args()...)
	if err == nil && tag.RowsAffected() != int64(len(run)) {
		err = l.differs(run, "SELECT u.n"+given+" JOIN ballot b ON b.box = u.box AND b.key = u.key"+
			" WHERE (b.rank, b.rev, b.retry, b.same, b.body) <> (u.rank, u.rev, u.retry, u.same, u.body) ORDER BY u.n LIMIT 1", c.args()...)
	}
	return err
}
