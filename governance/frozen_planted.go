//go:build planted_roll

package governance

import "context"

// frozenSeats takes whoever is a member now.
func (f *frozenPolls) frozenSeats(ctx context.Context, p *frozenPoll, hand [16]byte) ([]seatRow, error) {
	var out []seatRow
	err := f.c.view(ctx, scheduler, p.space, func(v *scope) error {
		now, err := resolveRoll(ctx, v, nil)
		if err != nil {
			return err
		}
		for _, chunk := range now.chunks {
			out = append(out, rowsOf(chunk, hand)...)
		}
		return nil
	})
	return out, err
}
