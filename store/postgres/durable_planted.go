//go:build planted_sync

package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// durable has commits acknowledged before they are on the disk.
func durable(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SET synchronous_commit = off")
	return err
}
