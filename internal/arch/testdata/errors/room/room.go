package room

import "github.com/communecter/coopspace/internal/fault"

var ErrTaken = fault.New(fault.Conflict, "poll.closed", "the room is taken") // want "the code poll.closed is that of poll.ErrClosed"

// New of another package makes no fault.
type maker struct{}

func (maker) New(...any) error { return nil }

func make() error { return maker{}.New(fault.Conflict, "room.made", "fine") }
