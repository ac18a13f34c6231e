package postgres

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/communecter/coopspace/store"
)

// Get gives a record.
func (r *reader) Get(kind, id string) (store.Record, error) {
	if r.space == 0 || store.CheckID(kind, id) != nil {
		return store.Record{}, store.ErrNoRecord
	}
	if r.err != nil {
		return store.Record{}, faultOf(r.ctx, r.err)
	}
	rec, has, err := r.record(kind, id)
	if err == nil && !has {
		err = store.ErrNoRecord
	}
	return rec, err
}

// record reads a record from the database, whatever is yet to be written.
func (r *reader) record(kind, id string) (store.Record, bool, error) {
	rec := store.Record{Kind: kind, ID: id}
	var indexes []string
	var keys [][]byte
	err := r.conn.QueryRow(r.ctx, "SELECT version, side, indexes, keys, body FROM record WHERE space = $1 AND kind = $2 AND id = $3", r.space, kind, id).
		Scan(&rec.Version, &rec.Side, &indexes, &keys, &rec.Body)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Record{}, false, nil
	}
	if err != nil {
		return store.Record{}, false, r.failed(err)
	}
	rec.Keys, err = readKeys(kind, id, indexes, keys)
	return rec, err == nil, err
}

// readKeys puts a record's index keys together.
func readKeys(kind, id string, indexes []string, keys [][]byte) ([]store.Key, error) {
	if len(indexes) != len(keys) {
		return nil, damaged(kind + "/" + id)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	out := make([]store.Key, len(keys))
	for i := range out {
		out[i] = store.Key{Index: indexes[i], Bytes: keys[i]}
	}
	return out, nil
}

// List yields the records that q describes.
func (r *reader) List(q store.Query) iter.Seq2[store.Record, error] {
	place, after, err := q.Place()
	if bad := q.Check(); bad != nil {
		err = bad
	}
	if err != nil {
		return func(yield func(store.Record, error) bool) { yield(store.Record{}, err) }
	}
	return pages(r, func() func(size int) (page[store.Record], error) {
		l := listing{q: q, place: place, after: after}
		left := q.Limit
		return func(size int) (page[store.Record], error) {
			if q.Limit > 0 {
				size = min(size, left)
			}
			if r.space == 0 || size == 0 {
				return page[store.Record]{}, nil
			}
			p, err := l.next(r, size)
			left -= len(p.items)
			return p, err
		}
	})
}

// listing is a List under way.
type listing struct {
	q     store.Query
	place store.Place // where it stands
	after bool        // whether it stands anywhere
}

func (l *listing) next(r *reader, size int) (page[store.Record], error) {
	sql, args, none := l.byKey(r.space, size)
	if l.q.Index == "" {
		sql, args, none = l.byID(r.space, size)
	}
	var p page[store.Record]
	if none {
		return p, nil
	}
	rows, err := r.conn.Query(r.ctx, sql, args...)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		rec := store.Record{Kind: l.q.Kind}
		var indexes []string
		var keys [][]byte
		at := store.Place{}
		switch {
		case l.q.Index == "":
			err = rows.Scan(&at.ID, &rec.Version, &rec.Side, &indexes, &keys, &rec.Body)
		case l.q.Bare:
			err = rows.Scan(&at.Key, &at.ID)
		default:
			err = rows.Scan(&at.Key, &at.ID, &rec.Version, &rec.Side, &indexes, &keys, &rec.Body)
		}
		if err != nil {
			return p, err
		}
		if l.q.Bare {
			rec = l.q.Listed(at)
		} else {
			rec.ID = at.ID
			rec.Cursor = l.q.Cursor(at)
			if rec.Keys, err = readKeys(rec.Kind, rec.ID, indexes, keys); err != nil {
				return p, err
			}
		}
		l.place, l.after = at, true
		p.add(rec, len(rec.Body)+64)
	}
	return p, rows.Err()
}

// byID asks for the records of a kind by id. none says that no id has the prefix.
func (l *listing) byID(space int64, size int) (sql string, args []any, none bool) {
	from := string(l.q.Prefix)
	if strings.IndexByte(from, 0) >= 0 {
		return "", nil, true
	}
	// A prefix may end within a character: the ids are compared by what is whole of it, and then as bytes.
	whole := from
	for i := 0; i < utf8.UTFMax && !utf8.ValidString(whole); i++ {
		whole = whole[:len(whole)-1]
	}
	if !utf8.ValidString(whole) {
		return "", nil, true
	}
	sql = "SELECT id, version, side, indexes, keys, body FROM record WHERE space = $1 AND kind = $2 AND id >= $3 AND id ^@ $3"
	args = []any{space, l.q.Kind, whole, size}
	if whole != from {
		sql += " AND substring(convert_to(id, 'UTF8') FROM 1 FOR length($5::bytea)) = $5::bytea"
		args = append(args, []byte(from))
	}
	if l.after {
		args = append(args, l.place.ID)
		sql += " AND id > $" + string(rune('0'+len(args)))
	}
	return sql + " ORDER BY id LIMIT $4", args, false
}

// byKey asks for what an index lists.
func (l *listing) byKey(space int64, size int) (sql string, args []any, none bool) {
	sql = "SELECT k.key, k.id, r.version, r.side, r.indexes, r.keys, r.body" +
		" FROM record_key k JOIN record r ON r.space = k.space AND r.kind = k.kind AND r.id = k.id"
	if l.q.Bare {
		sql = "SELECT k.key, k.id FROM record_key k"
	}
	sql += " WHERE k.space = $1 AND k.kind = $2 AND k.index = $3"
	args = []any{space, l.q.Kind, l.q.Index, size}
	and := func(condition string, values ...any) {
		sql += " AND " + condition
		for _, v := range values {
			args = append(args, v)
			sql = strings.Replace(sql, "?", "$"+string(rune('0'+len(args))), 1)
		}
	}
	if end := beyond(l.q.Prefix); end != nil {
		and("k.key < ?", end)
	}
	switch {
	case l.after:
		and("(k.key, k.id) > (?, ?)", l.place.Key, l.place.ID)
	case len(l.q.Prefix) > 0:
		and("k.key >= ?", l.q.Prefix)
	}
	return sql + " ORDER BY k.key, k.id LIMIT $4", args, false
}

// beyond gives the first bytes after all that begin with prefix; nil when there are none such.
func beyond(prefix []byte) []byte {
	end := bytes.TrimRight(prefix, "\xff")
	if len(end) == 0 {
		return nil
	}
	end = bytes.Clone(end)
	end[len(end)-1]++
	return end
}
