package governance

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// Windows into the package for its own tests.

// Hands gives the hands on an open poll's roll.
func (c *Coop) Hands(ctx context.Context, id PollID) ([]PersonID, error) {
	p, err := c.frozen.get(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []PersonID
	err = c.j.View(ctx, storeID(p.space), func(r *journal.Reader) error {
		return p.roll.rows(r.Store(), func(row seatRow) error {
			out = append(out, PersonID(uuid.UUID(row.Hand).String()))
			return nil
		})
	})
	return out, err
}

// CheckSeat looks a hand up as casting does.
func (c *Coop) CheckSeat(ctx context.Context, id PollID, hand PersonID) error {
	p, err := c.frozen.get(ctx, id)
	if err != nil {
		return err
	}
	_, err = c.frozen.seat(ctx, p, As(hand))
	return err
}

// BallotBody makes a ballot as it lies in a box.
func BallotBody(b voting.Ballot, n int) []byte {
	body := ballotBody{Ballot: b, Weight: voting.Voice, At: time.UnixMicro(int64(n)).UTC()}
	binary.BigEndian.PutUint64(body.Nonce[:], uint64(n))
	return body.append(nil)
}

// ShutOnly shuts a poll's box as if the process had died before the count.
func (c *Coop) ShutOnly(ctx context.Context, id PollID) error {
	space, own, err := split(id, ErrPollUnknown)
	if err != nil {
		return err
	}
	_, err = do(ctx, c, scheduler, space, "polls.close", nil, func(t *tx) (string, error) { return own, t.shut(own) })
	return err
}

// RollBytes tells how much memory the rolls take that ballots are checked against.
func (c *Coop) RollBytes() int {
	c.frozen.chunks.mu.Lock()
	defer c.frozen.chunks.mu.Unlock()
	return c.frozen.chunks.size
}
