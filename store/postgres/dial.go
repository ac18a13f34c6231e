package postgres

import (
	"context"
	"net"
	"syscall"
	"time"
)

// silence is how long a machine may be silent that should answer or confirm what it got, until its connections are given up.
// A machine that lost its power says nothing any more; without this, who waits for it waits for a quarter of an hour.
const silence = 20 * time.Second

// dial connects to a database.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 2, Interval: silence / 4, Count: 2},
		Control: func(network, _ string, c syscall.RawConn) (err error) {
			if network == "unix" {
				return nil
			}
			failed := c.Control(func(fd uintptr) { err = unconfirmed(fd, silence) })
			if err == nil {
				err = failed
			}
			return err
		},
	}
	return d.DialContext(ctx, network, address)
}
