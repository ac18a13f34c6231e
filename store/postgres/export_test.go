package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What tests see of the inside.

// Format is the version of the layout that this program knows.
const Format = format

var (
	Suits   = suits
	FaultOf = faultOf
	Dial    = dial
)

// SetBoxes says how many boxes to remember. Called before the store is used.
func (s *Store) SetBoxes(most int) { s.boxes.most = most }

// BoxesKnown tells how many boxes are remembered.
func (s *Store) BoxesKnown() int {
	s.boxes.mu.Lock()
	defer s.boxes.mu.Unlock()
	return len(s.boxes.ids)
}

// SetClock asks somebody else for the time.
func (s *Store) SetClock(ctx context.Context, clock func(context.Context) (time.Time, error)) error {
	return s.setClock(ctx, clock)
}

// SetWaiting says how long to wait for a connection of the pool. Called while nobody uses the store.
func (s *Store) SetWaiting(d time.Duration) { s.waiting = d }

// Channel is where the store tells others which logs grew.
func (s *Store) Channel() string { return s.channel() }

// Connect opens a connection as those that listen and hold are.
func (s *Store) Connect(ctx context.Context) (*pgx.Conn, error) { return s.connect(ctx) }

// Attempt does a transaction, as all are done.
func (s *Store) Attempt(ctx context.Context, do func(*pgxpool.Conn) (sent bool, err error)) error {
	return s.attempt(ctx, do)
}
