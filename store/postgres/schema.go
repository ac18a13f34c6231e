package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
	if n := len(o.Schema); n > 63 || strings.ContainsRune(o.Schema, 0) || !utf8.ValidString(o.Schema) || o.Schema == "$user" ||
		strings.HasPrefix(o.Schema, "pg_") {
		return nil, store.ErrDatabase.At("schema", "has 1 to 63 bytes, is no $user and does not begin with pg_")
	}
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
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
	set("client_min_messages", "warning") // commit reads them
	set("timezone", "UTC")
	set("client_encoding", "UTF8") // whatever is set for the user or stands in the dsn
	// The database, too, gives up a machine of ours that says nothing any more: what it held is free then.
	for name, seconds := range map[string]time.Duration{"idle": silence / 2, "interval": silence / 4} {
		set("tcp_keepalives_"+name, strconv.Itoa(int(seconds.Seconds())))
	}
	set("tcp_keepalives_count", "2")
	// A connection that dies in the middle of a transaction must not hold a space's row for ever.
	set("idle_in_transaction_session_timeout", "60000")
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = dialing
	}
	c.ConnConfig.DialFunc = dial
	if c.ConnConfig.ValidateConnect == nil {
		c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	c.ConnConfig.OnNotice = heed
	c.PingTimeout = dialing
	c.HealthCheckPeriod = max(c.HealthCheckPeriod, pause) // of the dsn, where none would be a panic
	// Ballots are read in the binary form that prepared statements answer in.
	c.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	c.ConnConfig.StatementCacheCapacity = max(c.ConnConfig.StatementCacheCapacity, 128)
	return c, nil
}

// unreadable says what is wrong with a dsn and nothing of what stands in it: where the password begins and ends is what an
// unreadable one leaves open.
func unreadable(err error) string {
	for _, known := range []string{
		"failed to parse as URL", "failed to parse as keyword/value", "failed to configure TLS", "failed to read service",
		"invalid port", "invalid connect_timeout", "unknown target_session_attrs value",
	} {
		if strings.Contains(err.Error(), known) {
			return known
		}
	}
	return "cannot be read"
}

// patient gives a configuration for connections whose work is to wait, or takes long: what the operator set for everybody
// else does not end them.
func patient(c *pgx.ConnConfig) *pgx.ConnConfig {
	c = c.Copy()
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_session_timeout"} {
		c.RuntimeParams[name] = "0"
	}
	return c
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
	db := stdlib.OpenDB(*patient(config))
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
	if err == nil {
		err = suits(number, encoding)
	}
	if err != nil {
		return false, false, err
	}
	if err := c.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", pgx.Identifier{schema, "migration"}.Sanitize()).Scan(&there); err != nil || !there {
		return false, false, err
	}
	var version int64
	if err := c.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM migration WHERE is_applied").Scan(&version); err != nil || version == 0 {
		return false, false, err
	}
	var now int
	if err := c.QueryRowContext(ctx, "SELECT format FROM layout").Scan(&now); errors.Is(err, sql.ErrNoRows) {
		return there, false, damaged("layout")
	} else if err != nil {
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

// suits tells whether we can work in a database.
func suits(number int, encoding string) error {
	switch {
	case number < oldest:
		return store.ErrDatabase.At("server", fmt.Sprintf("is PostgreSQL %d; %d is the oldest that is supported", number/10000, oldest/10000))
	case encoding != "UTF8":
		return store.ErrDatabase.At("database", "is in "+encoding+", and must be in UTF8 (createdb --encoding UTF8 --template template0)")
	}
	return nil
}

// needs are the rights that a store needs in its tables, and no more.
const needs = `SELECT t, p FROM (VALUES ('layout', '{SELECT}'), ('space', '{SELECT,INSERT,UPDATE}'), ('event', '{SELECT,INSERT}'),
    ('record', '{SELECT,INSERT,UPDATE,DELETE}'), ('record_key', '{SELECT,INSERT,DELETE}'), ('box', '{SELECT,INSERT,UPDATE}'),
    ('ballot', '{SELECT,INSERT,UPDATE}')) AS n (t, rights), unnest(rights::text[]) AS p
WHERE to_regclass(t) IS NULL OR NOT has_table_privilege(to_regclass(t), p) ORDER BY to_regclass(t) IS NULL DESC, t, p LIMIT 1`

// inspect looks whether all is there and may be used, and at what the operator should know.
func (s *Store) inspect(ctx context.Context) error {
	var table, right string
	var there bool
	err := s.pool.QueryRow(ctx, "SELECT t, p, to_regclass(t) IS NOT NULL FROM ("+needs+") AS missing").Scan(&table, &right, &there)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return faultOf(ctx, err)
	case there:
		return store.ErrRights.At("schema", fmt.Sprintf("the user has no %s on the table %s", right, table))
	default:
		return store.ErrForeign.At("schema", "there is no table "+table)
	}
	var fsync string
	var now int
	err = s.pool.QueryRow(ctx, "SELECT current_setting('fsync'), format FROM layout").Scan(&fsync, &now)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return damaged("layout")
	case err != nil:
		return faultOf(ctx, err)
	case now > format: // by another process, since we looked
		return newer(now)
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
