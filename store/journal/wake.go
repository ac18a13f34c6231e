package journal

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/communecter/coopspace/store"
)

// lookAll is how often every space is looked at in case the store never told that its log grew.
const lookAll = 10 * time.Minute

// Listen calls fn with a space whose log grew: after each commit of this process, in the goroutine that committed, and
// while Run runs after those of other processes, where several share the store. It may be called when nothing grew, and
// once for many commits; fn must return at once. Nothing is kept of what it misses.
func (j *Journal) Listen(fn func(store.SpaceID)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.listeners = append(j.listeners, fn)
}

// ListenOwn is Listen for the commits of this process alone.
func (j *Journal) ListenOwn(fn func(store.SpaceID)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.own = append(j.own, fn)
}

// wake tells that this process let a space's log grow.
func (j *Journal) wake(space store.SpaceID) {
	j.mu.Lock()
	own := j.own
	j.mu.Unlock()
	j.tell(space)
	for _, fn := range own {
		fn(space)
	}
}

// tell tells followers and listeners that a space's log grew.
func (j *Journal) tell(space store.SpaceID) {
	j.mu.Lock()
	followers, listeners := j.followers, j.listeners
	j.mu.Unlock()
	for _, r := range followers {
		r.mark(space)
	}
	for _, fn := range listeners {
		fn(space)
	}
}

// tellAfar tells that a space's log grew, perhaps in another process, which may be of another version than this one: its
// records are looked at again before they are read.
func (j *Journal) tellAfar(space store.SpaceID) {
	j.ready.Delete(space)
	j.tell(space)
}

// Run runs the followers, and hears what other processes commit, until ctx ends; it begins with what was missed. It
// returns nil when ctx ends, and ErrRunning when the journal runs already.
func (j *Journal) Run(ctx context.Context) error {
	j.mu.Lock()
	if j.running {
		j.mu.Unlock()
		return ErrRunning
	}
	j.running = true
	followers := j.followers
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		j.running = false
		j.mu.Unlock()
	}()

	// A store that cannot be used ends this at once; one that is out of reach just now does not.
	if _, err := j.spaces(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrUnreachable) {
		return err
	}
	var wg sync.WaitGroup
	if w, shared := j.st.(store.Waker); shared {
		wg.Go(func() { j.hear(ctx, w) })
	}
	for _, r := range followers {
		wg.Go(func() { j.live(ctx, r) })
	}
	<-ctx.Done()
	wg.Wait()
	return nil
}

// hear passes on what the store tells, whichever process wrote. What it does not tell, though it should, is found by
// looking, late.
func (j *Journal) hear(ctx context.Context, w store.Waker) {
	ended := make(chan error, 1)
	begin := func() { go func() { ended <- w.Wake(ctx, j.tellAfar) }() }
	begin()
	pause := retryFirst
	look := time.NewTicker(lookAll)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			if ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
				return
			}
			j.log.Error("the store stopped telling which logs grew and is asked again", "error", err)
			sleep(ctx, pause)
			pause = min(2*pause, retryLast)
			begin()
		case <-look.C:
			spaces, err := j.spaces(ctx)
			if err != nil && ctx.Err() == nil {
				j.log.Warn("the spaces cannot be listed and will be later", "error", err)
			}
			for _, s := range spaces {
				j.tellAfar(s)
			}
			pause = retryFirst
		}
	}
}

func (j *Journal) spaces(ctx context.Context) ([]store.SpaceID, error) {
	var out []store.SpaceID
	for s, err := range j.st.Spaces(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// sleep waits, but not beyond ctx.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
