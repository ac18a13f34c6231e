package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/communecter/coopspace/store"
)

// format is the version of the layout. Raised when an older program could not read, or would damage, what a newer writes;
// a migration that an older program need not know leaves it alone.
const format = 1

// oldest is the oldest PostgreSQL that is tested.
const oldest = 150000

//go:embed migrations/*.sql
var migrations embed.FS

// configure reads a dsn.
func configure(dsn string, o Options) (*pgxpool.Config, error) {
	if n := len(o.Schema); n > 63 || strings.ContainsRune(o.Schema, 0) || strings.HasPrefix(o.Schema, "pg_") {
		return nil, store.ErrDatabase.At("schema", "has 1 to 63 bytes and does not begin with pg_")
	}
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// Its text hides the password.
		return nil, store.ErrDatabase.At("dsn", unreadable(err))
	}
	c.MaxConns = int32(o.Conns)
	set := func(name, value string) { c.ConnConfig.RuntimeParams[name] = value }
	set("search_path", pgx.Identifier{o.Schema}.Sanitize())
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		set("application_name", "coopspace")
	}
	// The access paths are ours, and statistics lag behind a box that fills up: an index, or nothing.
	for _, path := range []string{"seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort", "material"} {
		set("enable_"+path, "off")
	}
	set("jit", "off")
	set("timezone", "UTC")
	// A connection that dies in the middle of a transaction must not hold a space's row for ever.
	set("idle_in_transaction_session_timeout", "60000")
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = dialing
	}
	if c.ConnConfig.ValidateConnect == nil {
		c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	c.AfterConnect = durable
	return c, nil
}

// unreadable says what is wrong with a dsn, without the dsn.
func unreadable(err error) string {
	if p, ok := errors.AsType[*pgconn.ParseConfigError](err); ok {
		return strings.TrimPrefix(p.Error(), "cannot parse ")
	}
	return err.Error()
}

// migrate brings the schema to what this program knows. Processes that come at once go one after the other.
func migrate(ctx context.Context, config *pgx.ConnConfig, o Options) error {
	schema := o.Schema
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*config)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName("migration"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	lock, err := db.Conn(ctx)
	if err != nil {
		return faultOf(ctx, err)
	}
	defer lock.Close()
	there, current, err := inspectSchema(ctx, lock, schema, provider)
	switch {
	case err != nil:
		return faultOf(ctx, err)
	case current:
		return nil
	case !there && o.MustExist:
		return store.ErrDatabase.At("schema", "there is no store in the schema "+schema)
	}
	if _, err := lock.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lockKey(schema, "migrate")); err != nil {
		return faultOf(ctx, err)
	}
	defer func() {
		_, _ = lock.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lockKey(schema, "migrate"))
	}()
	err = lock.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", schema).Scan(&there)
	if err == nil && !there {
		_, err = lock.ExecContext(ctx, "CREATE SCHEMA "+pgx.Identifier{schema}.Sanitize())
	}
	if err == nil {
		_, err = provider.Up(ctx)
	}
	return faultOf(ctx, err)
}

// inspectSchema tells whether a store is there and whether nothing is to be migrated, without writing anything: a user who may
// not make anything can then still open the store. store.ErrNewer when a newer program migrated beyond what this one knows
// and it matters.
func inspectSchema(ctx context.Context, c *sql.Conn, schema string, provider *goose.Provider) (there, current bool, err error) {
	var number int
	var encoding string
	err = c.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')").Scan(&number, &encoding)
	switch {
	case err != nil:
		return there, false, err
	case number < oldest:
		return there, false, store.ErrDatabase.At("server", fmt.Sprintf("is PostgreSQL %d; 15 is the oldest that is supported", number/10000))
	case encoding != "UTF8":
		return there, false, store.ErrDatabase.At("database", "is in "+encoding+", and must be in UTF8 (createdb --encoding UTF8 --template template0)")
	}
	if err := c.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", pgx.Identifier{schema, "migration"}.Sanitize()).Scan(&there); err != nil || !there {
		return false, false, err
	}
	var version int64
	if err := c.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM migration WHERE is_applied").Scan(&version); err != nil || version == 0 {
		return false, false, err
	}
	var now int
	if err := c.QueryRowContext(ctx, "SELECT format FROM layout").Scan(&now); err != nil {
		return there, false, err
	}
	if now > format {
		return there, false, newer(now)
	}
	sources := provider.ListSources()
	return there, version >= sources[len(sources)-1].Version, nil
}

// newer is what a layout that only a newer program may write gives.
func newer(now int) error {
	return store.ErrNewer.At("schema", fmt.Sprintf("has format %d, this program knows %d", now, format))
}

// inspect looks at what the operator should know.
func (s *Store) inspect(ctx context.Context) error {
	var fsync string
	if err := s.pool.QueryRow(ctx, "SELECT current_setting('fsync')").Scan(&fsync); err != nil {
		return faultOf(ctx, err)
	}
	t, err := s.Transit(ctx)
	if err == nil && !s.moving {
		err = t.Err()
	}
	if err != nil {
		return err
	}
	if fsync == "off" {
		s.log.Warn("the database runs with fsync=off: what is acknowledged is lost when its machine fails")
	}
	return nil
}
