package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
)

// readLayout is what whoever writes asks before the commit.
const readLayout = "SELECT format, transit FROM layout"

// scanLayout reads the answer.
func scanLayout(row pgx.Row) (now int, t store.Transit, err error) {
	var said string
	if err = row.Scan(&now, &said); err != nil || said == "" {
		return now, t, err
	}
	if err = json.Unmarshal([]byte(said), &t); err != nil {
		err = store.ErrForeign.At("transit", "is damaged").Wrap(err)
	}
	return now, t, err
}

// mayWrite refuses to write where a newer program does, from where everything has moved, and what only those may write who
// fill the store.
func (s *Store) mayWrite(layout pgx.Row) error {
	now, t, err := scanLayout(layout)
	switch {
	case err != nil:
		return err
	case now > format:
		return newer(now)
	case t.To != "": // where to is for the operator's eyes, and Open tells it
		return store.ErrMoved
	case t.From != "" && !s.moving:
		return store.ErrUnfinished
	}
	return nil
}

// servers names those that a configuration may connect to.
func servers(c *pgx.ConnConfig) string {
	all := []string{fmt.Sprintf("%s:%d", c.Host, c.Port)}
	for _, f := range c.Fallbacks { // the same one again, without TLS, is among them
		all = append(all, fmt.Sprintf("%s:%d", f.Host, f.Port))
	}
	return strings.Join(slices.Compact(all), ", ")
}

// Name says where the store lies, without what is secret.
func (s *Store) Name() string {
	c := s.config.ConnConfig
	return fmt.Sprintf("postgres %s:%d/%s %s", c.Host, c.Port, c.Database, s.schema)
}

// Transit tells whether the store is on its way. It is store.ErrNewer once a newer program has changed the layout.
func (s *Store) Transit(ctx context.Context) (t store.Transit, err error) {
	if err := s.begin(ctx); err != nil {
		return t, err
	}
	defer s.begun.Done()
	err = s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
		var now int
		if now, t, err = scanLayout(c.QueryRow(ctx, readLayout)); err == nil && now > format {
			err = newer(now)
		}
		return false, err
	})
	return t, err
}

// SetTransit changes that. Its lock on the layout waits for all that is about to be committed, and whoever comes after reads
// what it wrote.
func (s *Store) SetTransit(ctx context.Context, was, t store.Transit) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.begun.Done()
	said, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if t == (store.Transit{}) {
		said = nil
	}
	filled := false
	err = s.attempt(ctx, func(c *pgxpool.Conn) (bool, error) {
		if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED"); err != nil {
			return false, err
		}
		if _, err := c.Exec(ctx, "LOCK TABLE layout IN ACCESS EXCLUSIVE MODE"); err != nil {
			return false, err
		}
		now, old, err := scanLayout(c.QueryRow(ctx, readLayout))
		switch {
		case err != nil:
			return false, err
		case now > format:
			return false, newer(now)
		}
		if old != was {
			return false, store.ErrOvertaken
		}
		if old.From == "" && t.From != "" {
			var used bool
			if err := c.QueryRow(ctx, "SELECT EXISTS (SELECT FROM space)").Scan(&used); err != nil {
				return false, err
			}
			if used {
				return false, store.ErrNotEmpty
			}
		}
		filled = old.From != "" && t.From == ""
		if _, err := c.Exec(ctx, "UPDATE layout SET transit = $1", string(said)); err != nil {
			return false, err
		}
		return true, commit(ctx, c)
	})
	if err == nil && filled {
		// What was filled at once has no statistics yet, and what is all committed is read from the index alone after a vacuum.
		if _, err := s.pool.Exec(ctx, "VACUUM (ANALYZE, INDEX_CLEANUP OFF, TRUNCATE OFF) space, event, record, record_key, box, ballot"); err != nil {
			s.log.Warn("the store was filled and its tables not analyzed", "error", err)
		}
	}
	return err
}
