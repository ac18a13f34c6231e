package governance

import (
	"context"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Checkpoint signs a space's log as it stands now, in the C2SP text form, for whoever may read the space. Kept elsewhere,
// it shows later whether the log was only ever added to.
func (c *Coop) Checkpoint(ctx context.Context, a Actor, space SpaceID) ([]byte, error) {
	if err := c.viewIf(ctx, a, space, ActSpaceVerify, func(*scope) error { return nil }); err != nil {
		return nil, err
	}
	return c.j.Checkpoint(ctx, storeID(space))
}

// Tile gives the bytes of a tile of a space's log, as C2SP tlog-tiles lays them out: width (1 to 256) hashes of a level,
// from the hash index*256 on. Hashes of entries tell nothing about what is in them.
func (c *Coop) Tile(ctx context.Context, a Actor, space SpaceID, level int, index int64, width int) ([]byte, error) {
	var out []byte
	err := c.viewIf(ctx, a, space, ActSpaceVerify, func(v *scope) error {
		var err error
		out, err = v.Tile(level, index, width)
		return err
	})
	return out, err
}

// ProveEntry proves that the entry at a position (from 1) is in a space's log as it was with size entries.
func (c *Coop) ProveEntry(ctx context.Context, a Actor, space SpaceID, size, position int64) ([]journal.Hash, error) {
	var out []journal.Hash
	err := c.viewIf(ctx, a, space, ActSpaceVerify, func(v *scope) error {
		var err error
		out, err = v.ProveInclusion(size, store.Position(position))
		return err
	})
	return out, err
}

// ProveGrowth proves that a space's log with size entries begins with the log as it was with earlier entries.
func (c *Coop) ProveGrowth(ctx context.Context, a Actor, space SpaceID, size, earlier int64) ([]journal.Hash, error) {
	var out []journal.Hash
	err := c.viewIf(ctx, a, space, ActSpaceVerify, func(v *scope) error {
		var err error
		out, err = v.ProveConsistency(size, earlier)
		return err
	})
	return out, err
}

// Restored says in the log of every space, and in the instance's own, that it goes on from a copy, in an epoch of this name:
// checkpoints bear it from then on, so that nobody takes the copy for the original or the other way round. It is for the
// host that has restored a backup, before anybody else writes. Doing it again with the same name changes nothing.
func (c *Coop) Restored(ctx context.Context, a Actor, epoch string) error {
	if a.kind != host {
		return ErrForbidden
	}
	for id, err := range c.st.Spaces(ctx) {
		if err == nil {
			err = c.j.Restored(ctx, id, a.by(), epoch)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
