package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/communecter/coopspace/store"
)

// warning is where a connection keeps the last warning that came while it committed.
const warning = "coopspace.warning"

// heed notes warnings of a connection.
func heed(c *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		c.CustomData()[warning] = n.Message
	}
}

// commit commits the transaction of a connection. PostgreSQL answers COMMIT as if all were well, and warns beside it, when
// somebody cancels the wait for a synchronous standby: what is committed here would then be lost with this machine. Nothing
// is acknowledged on that. It also answers, without an error, that it rolled back a transaction that had failed.
func commit(ctx context.Context, c *pgxpool.Conn) error {
	said := c.Conn().PgConn().CustomData()
	delete(said, warning)
	tag, err := c.Exec(ctx, "COMMIT")
	if err != nil {
		return err
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("the database answered COMMIT with %s", tag)
	}
	if w, warned := said[warning].(string); warned {
		return store.ErrUnreachable.Wrap(errors.New("committing: " + w))
	}
	return nil
}
