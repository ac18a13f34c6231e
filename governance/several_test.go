package governance_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/storetest"
	"github.com/communecter/coopspace/voting"
)

// town is an instance that several processes serve. The first one is its world's.
type town struct {
	*world
	sh   *storetest.Shared
	keys governance.Keyring
}

// process is another one.
type process struct {
	*governance.Coop
	st *storetest.Process
}

// newTown founds a space with a chair and n members; nil is the world's own clock.
func newTown(t *testing.T, n int, clock func() time.Time) *town {
	t.Helper()
	sh := storetest.Share(memory.New())
	keys := governance.MemoryKeys()
	return &town{worldOn(t, sh.Process(), n, &governance.Options{Keys: keys, Clock: clock}), sh, keys}
}

// first is the world's own process.
func (w *town) first() process { return process{w.coop, w.st.(*storetest.Process)} }

// open starts another process, on a store that wrap may change.
func (w *town) open(clock func() time.Time, wrap func(store.Store) store.Store) process {
	w.Helper()
	p := process{st: w.sh.Process()}
	st := store.Store(p.st)
	if wrap != nil {
		st = wrap(st)
	}
	var err error
	p.Coop, err = governance.Open(st, &governance.Options{Keys: w.keys, Clock: clock})
	require.NoError(w, err)
	return p
}

// run runs a process until the test ends.
func (w *town) run(p process) {
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	w.Cleanup(func() {
		cancel()
		require.NoError(w, <-ended)
	})
}

// events counts what is in the space's log by name.
func (w *town) events() map[string]int {
	w.Helper()
	out := map[string]int{}
	require.NoError(w, w.open(nil, nil).st.View(w.ctx, store.SpaceID(w.space.ID), func(r store.Reader) error {
		for raw, err := range r.Events(0) {
			require.NoError(w, err)
			e, err := journal.ParseEntry(raw.Body)
			require.NoError(w, err)
			out[e.Name]++
		}
		return nil
	}))
	return out
}

// state reads where a poll stands.
func (w *town) state(p process, id governance.PollID) governance.PollState {
	w.Helper()
	got, err := p.Polls.Get(w.ctx, w.host, id)
	require.NoError(w, err)
	return got.State
}

// hour is a poll that is open for an hour.
func hour(now time.Time) governance.NewPoll {
	in := governance.SimpleMajority()
	in.Closes = governance.Moment{At: now.Add(time.Hour)}
	return in
}

// pass lets time go by, and whoever runs do what is due then.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// Two processes run; one of them opens a poll, people vote at both, and it closes and is counted once.
func TestSeveral(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 3, time.Now)
		one, two := w.first(), w.open(time.Now, nil)
		w.run(one)
		w.run(two)
		synctest.Wait()

		in := hour(time.Now().Add(time.Hour))
		in.Opens = governance.Moment{At: time.Now().Add(time.Hour)}
		poll := w.poll(in)
		require.Equal(t, governance.StatePlanned, w.state(two, poll.ID))
		pass(time.Hour + 2*time.Second)
		require.Equal(t, governance.StateOpen, w.state(two, poll.ID))

		retried := governance.WithRequest(w.m[0].Actor(), "vote-1")
		first, err := one.Polls.Cast(w.ctx, retried, poll.ID, voting.For)
		require.NoError(t, err)
		again, err := two.Polls.Cast(w.ctx, retried, poll.ID, voting.For) // the answer was lost, and another process is asked
		require.NoError(t, err)
		require.Equal(t, first.Record, again.Record)
		_, err = two.Polls.Cast(w.ctx, w.m[1].Actor(), poll.ID, voting.For)
		require.NoError(t, err)
		_, err = one.Polls.Cast(w.ctx, w.m[1].Actor(), poll.ID, voting.Against)
		require.ErrorIs(t, err, governance.ErrAlreadyCast)

		pass(time.Hour)
		for _, p := range []process{one, two} {
			got, err := p.Polls.Get(w.ctx, w.host, poll.ID)
			require.NoError(t, err)
			require.Equal(t, governance.StateCounted, got.State)
			require.EqualValues(t, 2, got.Result.Cast.Seats)
			_, err = p.Polls.Cast(w.ctx, w.m[2].Actor(), poll.ID, voting.For)
			require.ErrorIs(t, err, governance.ErrPollClosed)
		}
		time.Sleep(time.Hour)
		all := w.events()
		for _, name := range []string{"poll.opened/1", "poll.closed/1", "poll.counted/1", "proposal.decided/1", "resolution.adopted/1"} {
			require.Equal(t, 1, all[name], name)
		}
		w.verify()
	})
}

// Two schedulers that come at the very same moment.
func TestSeveral_race(t *testing.T) {
	t.Parallel()
	w := newTown(t, 2, nil)
	processes := []process{w.first(), w.open(w.clock.Now, nil), w.open(w.clock.Now, nil)}
	const rounds = 12
	for range rounds {
		in := hour(w.clock.Now().Add(time.Hour))
		in.Opens = governance.Moment{At: w.clock.Now().Add(time.Hour)}
		poll := w.poll(in)
		for _, want := range []governance.PollState{governance.StateOpen, governance.StateCounted} {
			w.clock.add(time.Hour)
			var wg sync.WaitGroup
			errs := make([]error, len(processes))
			for i, p := range processes {
				wg.Go(func() { errs[i] = p.RunDue(w.ctx) })
			}
			wg.Wait()
			require.NoError(t, errors.Join(errs...))
			require.Equal(t, want, w.state(processes[0], poll.ID))
		}
	}
	all := w.events()
	for _, name := range []string{"poll.opened/1", "poll.closed/1", "poll.counted/1"} {
		require.Equal(t, rounds, all[name], name)
	}
	w.verify()
}

// What a process began and did not end before it died is ended by another.
func TestSeveral_killed(t *testing.T) {
	t.Parallel()

	t.Run("between closing and counting", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t, 1, time.Now)
			two := w.open(time.Now, nil)
			w.run(two)
			poll := w.poll(governance.SimpleMajority())
			require.NoError(t, w.coop.ShutOnly(w.ctx, poll.ID))
			w.first().st.Kill()
			pass(9 * time.Second)
			require.Equal(t, governance.StateClosed, w.state(two, poll.ID), "it might still be counting")
			pass(2 * time.Second)
			require.Equal(t, governance.StateCounted, w.state(two, poll.ID))
		})
	})

	t.Run("before its polls closed, which the other one never heard of", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t, 1, time.Now)
			two := w.open(time.Now, nil)
			w.run(two)
			synctest.Wait()
			two.st.Deafen(true)
			poll := w.poll(hour(time.Now()))
			w.first().st.Kill()
			pass(time.Hour + 10*time.Minute) // looks are ten minutes apart, then
			require.Equal(t, governance.StateCounted, w.state(two, poll.ID))
		})
	})

	t.Run("before it signed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			w := newTown(t, 1, time.Now)
			two := w.open(time.Now, nil)
			w.run(two)
			signed := func() (size, version int64) {
				rec, size := w.checkpoint()
				return size, int64(rec.Version)
			}
			w.propose(w.chair.Actor(), "Un composteur")
			w.first().st.Kill() // it never ran, and so signed nothing
			pass(25 * time.Second)
			size, _ := signed()
			require.Zero(t, size)
			pass(10 * time.Second)
			size, version := signed()
			require.EqualValues(t, w.head(), size)
			require.EqualValues(t, 1, version)
			time.Sleep(time.Hour)
			_, version = signed()
			require.EqualValues(t, 1, version)
		})
	})
}

// head is the number of entries in the space's log.
func (w *town) head() int {
	n := 0
	for _, c := range w.events() {
		n += c
	}
	return n
}

// checkpoint reads the last checkpoint kept, and the size that it signs.
func (w *town) checkpoint() (rec store.Record, size int64) {
	w.Helper()
	p := w.open(nil, nil)
	require.NoError(w, p.st.View(w.ctx, store.SpaceID(w.space.ID), func(r store.Reader) error {
		got, err := r.Get("journal.checkpoint", "last")
		if errors.Is(err, store.ErrNoRecord) {
			return nil
		}
		require.NoError(w, err)
		c, err := journal.OpenCheckpoint(got.Body, p.Journal().Verifier())
		rec, size = got, c.Size
		return err
	}))
	return rec, size
}

// Whoever wrote signs, and signs alone.
func TestSeveral_checkpoint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 1, time.Now)
		one, two := w.first(), w.open(time.Now, nil)
		w.run(one)
		w.run(two)
		pass(time.Minute)
		before, _ := w.checkpoint()
		for range 5 {
			w.propose(w.chair.Actor(), "Un composteur")
			pass(2 * time.Second)
			_, size := w.checkpoint()
			require.EqualValues(t, w.head(), size)
		}
		pass(time.Hour)
		after, _ := w.checkpoint()
		require.Equal(t, before.Version+5, after.Version)
		w.verify()
	})
}

// sick is a store whose boxes cannot be read, and which notes when that was tried.
type sick struct {
	store.Store
	store.Waker
	jam   func() error // what reading one comes to
	mu    sync.Mutex
	well  bool
	tries []time.Time
}

func (s *sick) View(ctx context.Context, space store.SpaceID, fn func(store.Reader) error) error {
	return s.Store.View(ctx, space, func(r store.Reader) error { return fn(sickReader{r, s}) })
}

type sickReader struct {
	store.Reader
	s *sick
}

func (r sickReader) Ballots(poll string) iter.Seq2[store.Ballot, error] {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.s.well {
		return r.Reader.Ballots(poll)
	}
	r.s.tries = append(r.s.tries, time.Now())
	return func(yield func(store.Ballot, error) bool) { yield(store.Ballot{}, r.s.jam()) }
}

// A count that fails is tried again later and later, whatever else happens in its space, and holds up nothing else.
func TestCountFails(t *testing.T) {
	t.Parallel()
	t.Run("because the box cannot be read", func(t *testing.T) {
		t.Parallel()
		countFails(t, func() error { return errors.New("the box is jammed") })
	})
	t.Run("because of a defect", func(t *testing.T) {
		t.Parallel()
		countFails(t, func() error { panic("division by zero") })
	})
}

func countFails(t *testing.T, jam func() error) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 1, time.Now)
		var box *sick
		two := w.open(time.Now, func(st store.Store) store.Store {
			box = &sick{Store: st, Waker: st.(store.Waker), jam: jam}
			return box
		})
		poll := w.poll(hour(time.Now()))
		began := time.Now().Add(time.Hour)
		w.run(two)
		time.Sleep(time.Hour)
		for range 300 {
			time.Sleep(time.Second)
			w.propose(w.chair.Actor(), "Autre chose")
			synctest.Wait()
		}
		box.mu.Lock()
		var tries []time.Duration
		for _, at := range box.tries {
			tries = append(tries, at.Sub(began).Truncate(time.Second))
		}
		box.mu.Unlock()
		s := time.Second
		require.Equal(t, []time.Duration{0, 10 * s, 12 * s, 16 * s, 24 * s, 40 * s, 72 * s, 132 * s, 192 * s, 252 * s}, tries)

		later := w.poll(hour(time.Now().Add(-time.Hour).Add(time.Minute)))
		pass(61 * time.Second)
		require.NotEqual(t, governance.StateOpen, w.state(two, later.ID))
		box.mu.Lock()
		box.well = true
		box.mu.Unlock()
		pass(2 * time.Minute)
		require.Equal(t, governance.StateCounted, w.state(two, poll.ID))
		require.Equal(t, governance.StateCounted, w.state(two, later.ID))
		w.verify()
	})
}

// All processes of an instance have one keyring, and are told when they do not.
func TestSeveral_keys(t *testing.T) {
	t.Parallel()

	// founders open one new store at the same moment.
	founders := func(t *testing.T, ring func() governance.Keyring) (opened int, keys map[string]bool) {
		sh := storetest.Share(memory.New())
		keys = map[string]bool{}
		coops, errs := make([]*governance.Coop, 8), make([]error, 8)
		var wg sync.WaitGroup
		for i := range coops {
			wg.Go(func() { coops[i], errs[i] = governance.Open(sh.Process(), &governance.Options{Keys: ring()}) })
		}
		wg.Wait()
		for i, err := range errs {
			if err != nil {
				require.Contains(t, []string{"keys.wrong", "keys.missing"}, governance.Fault(err).Code)
				continue
			}
			opened++
			keys[coops[i].Key()] = true
		}
		return opened, keys
	}

	t.Run("they found it together", func(t *testing.T) {
		t.Parallel()
		ring := governance.MemoryKeys()
		opened, keys := founders(t, func() governance.Keyring { return ring })
		require.Equal(t, 8, opened)
		require.Len(t, keys, 1)
	})
	t.Run("each with keys of its own", func(t *testing.T) {
		t.Parallel()
		opened, keys := founders(t, governance.MemoryKeys)
		require.Equal(t, 1, opened, "the others are refused")
		require.Len(t, keys, 1)
	})
	t.Run("the signing key was copied to the other machine, and the secrets were not", func(t *testing.T) {
		t.Parallel()
		w := newTown(t, 0, nil)
		_, err := governance.Open(w.sh.Process(), &governance.Options{Keys: signerOnly{governance.MemoryKeys(), w.keys}})
		require.ErrorIs(t, err, governance.ErrKeysWrong)
		require.Equal(t, "boxes", governance.Fault(err).Fields[0].Path)
	})
}

// signerOnly is a keyring with the signing key of another one.
type signerOnly struct {
	governance.Keyring
	other governance.Keyring
}

func (k signerOnly) Signer(make func() (string, error)) (string, error) { return k.other.Signer(make) }

// onTime is a store with a clock that all its processes read.
type onTime struct {
	store.Store
	clock *clock
}

func (s onTime) Now() time.Time { return s.clock.Now() }

// Commands and ballots are stamped by the clock of the store, where it has one, so that no process is ahead of the others.
func TestSeveral_clock(t *testing.T) {
	t.Parallel()
	w := newTown(t, 2, nil)
	theirs := &clock{now: w.clock.Now().Add(time.Minute)}
	two := w.open(nil, func(st store.Store) store.Store { return onTime{st, theirs} })
	poll := w.poll(hour(w.clock.Now()))
	receipt, err := two.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
	require.NoError(t, err)
	require.Equal(t, theirs.Now(), receipt.At)
	p, err := two.Proposals.Submit(w.ctx, w.m[0].Actor(), w.space.ID, governance.NewProposal{Title: "Autre chose", Body: "Le texte."})
	require.NoError(t, err)
	require.Equal(t, theirs.Now(), p.Written)
	theirs.add(time.Hour)
	_, err = two.Polls.Cast(w.ctx, w.m[1].Actor(), poll.ID, voting.For)
	require.ErrorIs(t, err, governance.ErrPollClosed, "the closing time is over by the clock of the store")
	require.NoError(t, two.RunDue(w.ctx))
	require.Equal(t, governance.StateCounted, w.state(two, poll.ID))
	w.verify()
}

// An older version lets nobody vote where a newer one has been: it might not know what a ballot there must be.
func TestSeveral_newer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t, 2, time.Now)
		one, two := w.first(), w.open(time.Now, nil)
		w.run(one)
		w.run(two)
		synctest.Wait()
		poll := w.poll(hour(time.Now()))
		_, err := one.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
		require.NoError(t, err)
		synctest.Wait()
		// A process of a newer version writes: by its folds, and an event of which nobody here has heard.
		require.NoError(t, w.open(nil, nil).st.Update(w.ctx, store.SpaceID(w.space.ID), func(x store.Writer) error {
			rec, err := x.Get("journal.head", "head")
			if err != nil {
				return err
			}
			rec.Body = bytes.Replace(rec.Body, []byte(`"poll":1`), []byte(`"poll":99`), 1)
			if err := x.Put(rec); err != nil {
				return err
			}
			head, err := x.Head()
			if err != nil {
				return err
			}
			return x.Append(store.Event{Position: head + 1, Body: []byte("of a newer version")})
		}))
		_, err = two.Polls.Cast(w.ctx, w.m[1].Actor(), poll.ID, voting.For)
		require.ErrorIs(t, err, journal.ErrNewer, "a poll that this process had not read yet, before it heard anything")
		synctest.Wait()
		_, err = one.Polls.Cast(w.ctx, w.m[1].Actor(), poll.ID, voting.For)
		require.ErrorIs(t, err, journal.ErrNewer)
		mine, err := one.Polls.Mine(w.ctx, w.m[0].Actor(), poll.ID)
		require.NoError(t, err, "what is there can be read")
		require.Equal(t, voting.For, mine.Ballot)
		pass(2 * time.Hour)
		require.Equal(t, governance.StateOpen, w.state(one, poll.ID), "closing it is the newer version's to do")
	})
}
