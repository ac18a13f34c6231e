package postgres

import "time"

// What tests see of the inside.

// Format is the version of the layout that this program knows.
const Format = format

var (
	Suits      = suits
	FaultOf    = faultOf
	BoxesKept  = boxesKept
	Unreadable = unreadable
)

// SetWaiting says how long to wait for a connection of the pool. Called before the store is used.
func (s *Store) SetWaiting(d time.Duration) { s.waiting = d }
