package storetest

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/communecter/coopspace/store"
)

// Shared lets several engines in one test use one store as processes of their own use one database: each opens a Process,
// is woken by what the others write, and holds names against them. Processes can be killed, made deaf, and robbed.
type Shared struct {
	st store.Store

	mu    sync.Mutex
	procs map[*Process]bool
	holds map[string]*hold
}

type hold struct {
	by    *Process
	lost  context.CancelFunc
	freed chan struct{}
}

// Share makes a store one that processes share. Whoever opened it closes it, after them.
func Share(st store.Store) *Shared {
	return &Shared{st: st, procs: map[*Process]bool{}, holds: map[string]*hold{}}
}

// Process is a store as one of several processes sees it. It is a store.Store, store.Waker and store.Locker.
type Process struct {
	*Shared
	life context.Context
	end  context.CancelFunc
	ring chan struct{}

	begun sync.WaitGroup // what Close waits for; added to under mu while alive

	mu     sync.Mutex // after Shared.mu
	grown  map[store.SpaceID]bool
	deaf   bool
	closed bool
	breaks chan error
}

// Process starts a process.
func (s *Shared) Process() *Process {
	p := &Process{Shared: s, ring: make(chan struct{}, 1), grown: map[store.SpaceID]bool{}, breaks: make(chan error, 1)}
	p.life, p.end = context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.procs[p] = true
	return p
}

// Kill ends the process at once: what it has not committed is lost, and its names are free.
func (p *Process) Kill() {
	p.end()
	p.Shared.mu.Lock()
	defer p.Shared.mu.Unlock()
	delete(p.procs, p)
	for name, h := range p.holds {
		if h.by == p {
			p.free(name, h)
		}
	}
}

// Close ends the process when what it began has ended. The store below stays open.
func (p *Process) Close() error {
	p.mu.Lock()
	if p.life.Err() != nil || p.closed {
		p.mu.Unlock()
		return store.ErrClosed
	}
	p.closed = true
	p.mu.Unlock()
	p.begun.Wait()
	p.Kill()
	return nil
}

// begin holds off Close until p.begun.Done is called.
func (p *Process) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.Err() != nil || p.closed {
		return store.ErrClosed
	}
	p.begun.Add(1)
	return nil
}

// Deafen loses, or loses no longer, what this process should be told.
func (p *Process) Deafen(deaf bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = deaf
}

// BreakWake has Wake fail, which no driver should let it.
func (p *Process) BreakWake(err error) { p.breaks <- err }

// Holder gives the process that holds a name; nil for none.
func (s *Shared) Holder(name string) *Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.holds[name]; h != nil {
		return h.by
	}
	return nil
}

// Rob frees a name. Whoever holds it is told, or, as one that hangs at the wrong moment, is not.
func (s *Shared) Rob(name string, told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.holds[name]; h != nil {
		delete(s.holds, name)
		close(h.freed)
		if told {
			h.lost()
		}
	}
}

// free ends a hold. The caller holds mu.
func (s *Shared) free(name string, h *hold) {
	h.lost()
	if s.holds[name] == h {
		delete(s.holds, name)
		close(h.freed)
	}
}

// within gives a context that ends with the process too.
func (p *Process) within(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if p.ended() {
		return nil, nil, store.ErrClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.life, cancel)
	return ctx, func() { stop(); cancel() }, nil
}

// Hold waits until this process alone holds name, and runs fn.
func (p *Process) Hold(ctx context.Context, name string, fn func(context.Context) error) error {
	ctx, cancel, err := p.within(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	for {
		p.Shared.mu.Lock()
		other := p.holds[name]
		if other == nil && p.life.Err() == nil {
			mine := &hold{by: p, lost: cancel, freed: make(chan struct{})}
			p.holds[name] = mine
			p.Shared.mu.Unlock()
			defer func() {
				p.Shared.mu.Lock()
				defer p.Shared.mu.Unlock()
				p.free(name, mine)
			}()
			return fn(ctx)
		}
		p.Shared.mu.Unlock()
		if other == nil {
			return store.ErrClosed
		}
		select {
		case <-other.freed:
		case <-ctx.Done():
			return p.why(ctx.Err())
		}
	}
}

// ended tells whether the process was killed or closed.
func (p *Process) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed || p.life.Err() != nil
}

// why gives the error of what ended: that the process did comes first.
func (p *Process) why(err error) error {
	if p.life.Err() != nil {
		return store.ErrClosed
	}
	return err
}

// Wake calls fn with each space that has a log, and then with each whose log grew.
func (p *Process) Wake(ctx context.Context, fn func(store.SpaceID)) error {
	for space, err := range p.Spaces(ctx) {
		var head store.Position
		if err == nil {
			err = p.View(ctx, space, func(r store.Reader) (err error) {
				head, err = r.Head()
				return err
			})
		}
		if err != nil {
			break // it, or ctx, has ended
		}
		if head > 0 {
			fn(space)
		}
	}
	for {
		select {
		case <-p.life.Done():
			return store.ErrClosed
		case <-ctx.Done():
			return nil
		case err := <-p.breaks:
			return err
		case <-p.ring:
		}
		p.mu.Lock()
		grown := p.grown
		p.grown = map[store.SpaceID]bool{}
		p.mu.Unlock()
		for space := range grown {
			fn(space)
		}
	}
}

// grew tells all processes.
func (s *Shared) grew(space store.SpaceID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.procs {
		p.mu.Lock()
		if !p.deaf {
			p.grown[space] = true
			select {
			case p.ring <- struct{}{}:
			default:
			}
		}
		p.mu.Unlock()
	}
}

// Spaces yields every space that was ever written.
func (p *Process) Spaces(ctx context.Context) iter.Seq2[store.SpaceID, error] {
	return func(yield func(store.SpaceID, error) bool) {
		if err := p.begin(); err != nil {
			yield("", err)
			return
		}
		defer p.begun.Done()
		p.st.Spaces(ctx)(yield)
	}
}

// View runs fn on one snapshot of a space.
func (p *Process) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.begun.Done()
	return p.st.View(ctx, space, fn)
}

// Cast puts one ballot into a box, or says why not. A process that was killed meanwhile acknowledges nothing.
func (p *Process) Cast(ctx context.Context, b store.Ballot) (store.Entered, error) {
	if err := p.begin(); err != nil {
		return store.Entered{}, err
	}
	defer p.begun.Done()
	e, err := p.st.Cast(ctx, b)
	if p.life.Err() != nil {
		return store.Entered{}, store.ErrClosed
	}
	return e, err
}

// errDied rolls back what a killed process was about to commit.
var errDied = errors.New("the process was killed")

// Update runs fn alone for this space, and tells the others when its log grew.
func (p *Process) Update(ctx context.Context, space store.SpaceID, fn func(store.Writer) error) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.begun.Done()
	grown := false
	err := p.st.Update(ctx, space, func(w store.Writer) error {
		grown = false
		if err := fn(growing{w, &grown}); err != nil {
			return err
		}
		if p.life.Err() != nil {
			return errDied
		}
		return nil
	})
	switch {
	case errors.Is(err, errDied):
		return store.ErrClosed
	case err == nil && grown:
		p.Shared.grew(space)
	}
	return err
}

// growing is a writer that notes whether the log grows.
type growing struct {
	store.Writer
	grown *bool
}

func (g growing) Append(events ...store.Event) error {
	err := g.Writer.Append(events...)
	*g.grown = *g.grown || err == nil && len(events) > 0
	return err
}
