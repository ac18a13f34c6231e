package postgres

import (
	"syscall"
	"time"
)

// userTimeout is TCP_USER_TIMEOUT of tcp(7), in milliseconds.
const userTimeout = 0x12

// unconfirmed ends a connection on which what was sent is not confirmed for so long.
func unconfirmed(fd uintptr, after time.Duration) error {
	return syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(after.Milliseconds()))
}
