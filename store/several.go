package store

import (
	"context"
	"time"

	"github.com/communecter/coopspace/internal/fault"
)

// What follows are abilities of stores that several processes share at once. All are optional: an engine over a store
// without them is the only one there, and does without.

// Waker is an optional ability of a Store: it tells which logs grew, whoever wrote to them.
type Waker interface {
	// Wake calls fn, from one goroutine, with each space that has a log when it begins to listen, and from then on with each
	// whose log grew, in this process or another: soon after the commit, and within seconds when a message was lost on the
	// way. One call may stand for many commits. It goes on through failures, and returns nil when ctx ends and ErrClosed
	// when the store is closed. fn must return soon.
	Wake(ctx context.Context, fn func(SpaceID)) error
}

// Locker is an optional ability of a Store: a name is held by one process at a time.
type Locker interface {
	// Hold waits until this caller alone holds name, among all processes on this store, and runs fn. It gives back fn's
	// error as it is. The context that fn is given ends with ctx, and also when the hold was lost (the connection to the
	// database broke): another process may hold the name from then on, so fn returns. When a process dies, its names are
	// free at once, or as soon as the system notices that it is gone.
	Hold(ctx context.Context, name string, fn func(context.Context) error) error
}

// Clock is an optional ability of a Store: one time for all processes that share it.
type Clock interface {
	// Now gives the time of the store, as this process knows it without asking: accurate to half of what
	// asking took, which is milliseconds unless the machine is overwhelmed.
	Now() time.Time
}

// Breaker is an optional ability of a Store: it tells that nothing will be written to it any more until it is opened
// again, because a write failed and nobody knows what the disk kept. A server exits then, and is started again.
type Breaker interface {
	// Broken is closed when that has happened.
	Broken() <-chan struct{}
}

// Errors of stores that lie in a database.
var (
	ErrUnreachable = fault.New(fault.Busy, "store.unreachable",
		"the database does not answer; reading changed nothing, and what was being written may or may not be there: ask again, with the same idempotency key if there was one")
	ErrDatabase = fault.New(fault.Invalid, "store.database", "the database cannot be used as a store")
	ErrRights   = fault.New(fault.Forbidden, "store.rights", "the database does not give its user the rights that a store needs")
	ErrNewer    = fault.New(fault.Conflict, "store.newer", "a newer version of the program has changed the store; this one writes nothing to it any more")
)
