package governance

import (
	"context"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
)

// Ready tells whether the store answers and still accepts what is written: nil, or why not, as when everything in it moved
// elsewhere (store.ErrMoved), or a newer program changed its layout (store.ErrNewer) or wrote to the instance's own log
// (journal.ErrNewer). Of a newer program that wrote to one space, that space's commands tell. It reads a record or two, and
// takes as long as the store does unless ctx ends before.
func (c *Coop) Ready(ctx context.Context) error {
	select {
	case <-c.Broken():
		return store.ErrFull
	default:
	}
	answered := make(chan error, 1)
	go func() {
		err := c.j.View(ctx, store.Instance, func(r *journal.Reader) error {
			if _, err := instances.Has(r, instanceID); err != nil {
				return err
			}
			return r.Writable()
		})
		if m, ok := c.st.(store.Mover); ok && err == nil {
			var t store.Transit
			if t, err = m.Transit(ctx); err == nil {
				err = t.Err()
			}
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done(): // whatever the store makes of it
		return ctx.Err()
	}
}

// Broken is closed once a write failed and nobody knows what the disk kept: nothing is written any more until the store is
// opened again, so a server stops and is started again. It is nil, which never happens, where the store cannot tell.
func (c *Coop) Broken() <-chan struct{} {
	if b, ok := c.st.(store.Breaker); ok {
		return b.Broken()
	}
	return nil
}
