//go:build !planted_roll

package governance

import "context"

// frozenSeats gives the rows of a hand on a poll's roll as it was when the poll opened. tools/planted replaces it by a
// faulty twin, to see that the tests notice.
func (f *frozenPolls) frozenSeats(ctx context.Context, p *frozenPoll, hand [16]byte) ([]seatRow, error) {
	return f.seats(ctx, p, hand)
}
