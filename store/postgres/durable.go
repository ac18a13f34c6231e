//go:build !planted_sync

package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// durable sees to it that what our connections commit is durable before it is acknowledged, however the database is
// configured for others. A stronger setting, or one that leaves a standby out, is the operator's and stays. tools/planted
// replaces it by a faulty twin, to see that the tests notice.
func durable(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}
