// Package door lets calls into a store until it is closed, and its end wait until they are over.
package door

import (
	"context"
	"sync"

	"github.com/communecter/coopspace/store"
)

// Door is open until Close; the zero Door is. Whoever came in by Begin goes by Done, and Wait waits for all of them.
type Door struct {
	sync.WaitGroup
	mu     sync.Mutex // protects closed, and Add against Close
	closed bool
}

// Begin lets a call in, unless its context ended, or with store.ErrClosed after Close.
func (d *Door) Begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return store.ErrClosed
	}
	d.Add(1)
	return nil
}

// Close lets nobody in any more, once: store.ErrClosed after that. It does not wait.
func (d *Door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return store.ErrClosed
	}
	d.closed = true
	return nil
}
