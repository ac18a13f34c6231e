package journal_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/store/storetest"
)

// proc is one process of several on a store: a garden with a follower "mail", which runs.
type proc struct {
	garden
	*storetest.Process
	mail diary
	stop func()
}

// start starts a process whose follower does what before says with each page, then notes it.
func start(t *testing.T, sh *storetest.Shared, before func(context.Context, store.SpaceID, []journal.Entry) error, attach ...func(*journal.Journal)) *proc {
	t.Helper()
	p := &proc{Process: sh.Process()}
	p.garden = program(t, p.Process, attach...)
	require.NoError(t, p.Follow(journal.Follower{Name: "mail", Follow: func(ctx context.Context, s store.SpaceID, e []journal.Entry) error {
		if before != nil {
			if err := before(ctx, s, e); err != nil {
				return err
			}
		}
		return p.mail.follow(ctx, s, e)
	}}))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(p.stop)
	return p
}

const mail = "follower/mail"

// position gives how far the follower came in home, as it is kept.
func position(t *testing.T, st store.Store) (at byte, version uint64) {
	rec, found := get(t, st, store.Instance, "journal.position", "mail/"+string(home))
	if !found {
		return 0, 0
	}
	return rec.Body[7], rec.Version
}

// A follower follows in one process at a time, whichever process commits.
func TestOneFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sh := storetest.Share(memory.New())
		a := start(t, sh, nil)
		synctest.Wait()
		b := start(t, sh, nil)
		synctest.Wait()
		require.Same(t, a.Process, sh.Holder(mail))
		a.grow(home, 2)
		b.grow(home, 1)
		b.grow(other, 3)
		synctest.Wait()
		require.Equal(t, upTo(3), a.mail.of(home), "it heard what the other process wrote")
		require.Equal(t, upTo(3), a.mail.of(other))
		require.Empty(t, b.mail.of(home))

		// The process ends, and the other goes on where it was.
		a.stop()
		b.grow(home, 1)
		synctest.Wait()
		require.Same(t, b.Process, sh.Holder(mail))
		require.Equal(t, upTo(4)[3:], b.mail.of(home))
		require.Empty(t, b.mail.of(other))

		// The process is killed with entries that nobody had told it of.
		c := start(t, sh, nil)
		synctest.Wait()
		b.Deafen(true)
		c.Deafen(true)
		c.grow(home, 2)
		synctest.Wait()
		require.Len(t, b.mail.of(home), 1)
		b.Kill()
		synctest.Wait()
		require.Equal(t, upTo(6)[4:], c.mail.of(home), "whoever takes over looks at everything")

		// The hold is lost, and had again.
		d := start(t, sh, nil)
		synctest.Wait()
		sh.Rob(mail, true)
		synctest.Wait()
		require.Same(t, d.Process, sh.Holder(mail))
		d.grow(home, 1)
		synctest.Wait()
		require.Equal(t, upTo(7)[6:], d.mail.of(home))

		// CatchUp waits for its turn.
		lone := program(t, sh.Process())
		var none diary
		require.NoError(t, lone.Follow(journal.Follower{Name: "mail", Follow: none.follow}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, lone.CatchUp(ctx), context.DeadlineExceeded)
		require.Zero(t, none.told)
		d.verify(home)
	})
}

// A process that is stopped in the middle of a page keeps what it did, and whoever goes on does not do it again.
func TestStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		sh := storetest.Share(st)
		doing := make(chan struct{})
		a := start(t, sh, func(context.Context, store.SpaceID, []journal.Entry) error {
			<-doing
			return nil
		})
		synctest.Wait()
		b := start(t, sh, nil)
		a.grow(home, 2)
		synctest.Wait()
		stopped := make(chan struct{})
		go func() {
			a.stop()
			close(stopped)
		}()
		synctest.Wait()
		require.Empty(t, a.mail.of(home))
		require.Empty(t, b.mail.of(home), "it is not its turn yet")

		close(doing)
		<-stopped
		synctest.Wait()
		require.Equal(t, upTo(2), a.mail.of(home))
		at, _ := position(t, st)
		require.EqualValues(t, 2, at)
		b.grow(home, 1)
		synctest.Wait()
		require.Same(t, b.Process, sh.Holder(mail))
		require.Equal(t, upTo(3)[2:], b.mail.of(home))
	})
}

// A process that hangs in the middle of a page, is taken for dead, and comes back, finds that another one follows: what it
// did once more is done twice, and the position stays where the other one moved it.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		sh := storetest.Share(st)
		hangs := make(chan struct{})
		a := start(t, sh, func(context.Context, store.SpaceID, []journal.Entry) error {
			<-hangs // and does not look at its context
			return nil
		})
		synctest.Wait()
		b := start(t, sh, nil)
		a.grow(home, 2)
		synctest.Wait()
		require.Empty(t, a.mail.of(home))
		sh.Rob(mail, false) // a's connection broke, and a does not know yet
		synctest.Wait()
		require.Equal(t, upTo(2), b.mail.of(home))
		b.grow(home, 1)
		synctest.Wait()
		require.Equal(t, upTo(3), b.mail.of(home))
		at, version := position(t, st)
		require.EqualValues(t, 3, at)

		close(hangs)
		synctest.Wait()
		require.Equal(t, upTo(2), a.mail.of(home), "at least once")
		again, same := position(t, st)
		require.Equal(t, at, again, "the position does not go back")
		require.Equal(t, version, same)
		require.Same(t, b.Process, sh.Holder(mail))
		a.grow(home, 1)
		synctest.Wait()
		require.Equal(t, upTo(2), a.mail.of(home), "it stopped, though nobody told it that its hold is gone")
		require.Equal(t, upTo(4), b.mail.of(home))

		// And follows again when it is its turn.
		b.stop()
		time.Sleep(time.Second)
		synctest.Wait()
		require.Same(t, a.Process, sh.Holder(mail))
		a.grow(home, 1)
		synctest.Wait()
		require.Equal(t, []store.Position{1, 2, 5}, a.mail.of(home))
	})
}

// Were the one that hangs back before the other one kept anything, it could not keep anything either.
func TestOvertakenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		sh := storetest.Share(st)
		one, two := make(chan struct{}), make(chan struct{})
		hangs := func(gate chan struct{}) func(context.Context, store.SpaceID, []journal.Entry) error {
			return func(context.Context, store.SpaceID, []journal.Entry) error { <-gate; return nil }
		}
		a := start(t, sh, hangs(one))
		synctest.Wait()
		b := start(t, sh, hangs(two))
		a.grow(home, 2)
		synctest.Wait()
		sh.Rob(mail, false)
		synctest.Wait()
		close(one)
		synctest.Wait()
		at, _ := position(t, st)
		require.Zero(t, at)
		close(two)
		synctest.Wait()
		at, version := position(t, st)
		require.EqualValues(t, 2, at)
		require.EqualValues(t, 1, version)
		a.grow(home, 3)
		synctest.Wait()
		require.Equal(t, upTo(2), a.mail.of(home))
		require.Equal(t, upTo(5), b.mail.of(home), "whoever has the turn is not disturbed")
	})
}

// Two journals on a store without holds, which is one too many, still keep positions that never go back.
func TestOvertakenWithoutHolds(t *testing.T) {
	t.Parallel()
	st := memory.New()
	one, two := program(t, st), program(t, st)
	var d, e diary
	two.grow(home, 3)
	require.NoError(t, two.Follow(journal.Follower{Name: "mail", Follow: e.follow}))
	require.NoError(t, one.Follow(journal.Follower{Name: "mail", Follow: func(ctx context.Context, s store.SpaceID, page []journal.Entry) error {
		if d.told == 0 {
			require.NoError(t, two.CatchUp(ctx))
			two.grow(home, 1)
		}
		return d.follow(ctx, s, page)
	}}))
	require.ErrorContains(t, one.CatchUp(t.Context()), "another process follows")
	at, version := position(t, st)
	require.EqualValues(t, 3, at)
	require.EqualValues(t, 1, version)
	require.NoError(t, one.CatchUp(t.Context()))
	at, _ = position(t, st)
	require.EqualValues(t, 4, at)
}

// What other processes write wakes listeners, and what was not told of is found.
func TestWake(t *testing.T) {
	t.Parallel()

	type ear struct {
		*proc
		heard chan store.SpaceID
		own   chan store.SpaceID
	}
	listen := func(t *testing.T, sh *storetest.Shared) ear {
		e := ear{heard: make(chan store.SpaceID, 1000), own: make(chan store.SpaceID, 1000)}
		e.proc = start(t, sh, nil)
		e.Listen(func(s store.SpaceID) { e.heard <- s })
		e.ListenOwn(func(s store.SpaceID) { e.own <- s })
		synctest.Wait()
		return e
	}
	hears := func(t *testing.T, ch chan store.SpaceID, want ...store.SpaceID) {
		t.Helper()
		synctest.Wait()
		got := map[store.SpaceID]bool{}
		for len(ch) > 0 {
			got[<-ch] = true
		}
		all := map[store.SpaceID]bool{}
		for _, s := range want {
			all[s] = true
		}
		require.Equal(t, all, got)
	}

	t.Run("by the store", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			sh := storetest.Share(memory.New())
			a, b := listen(t, sh), listen(t, sh)
			a.grow(home, 1)
			hears(t, a.heard, home)
			hears(t, a.own, home)
			hears(t, b.heard, home)
			hears(t, b.own)
			b.stop()
			a.grow(home, 1)
			hears(t, b.heard)
		})
	})

	t.Run("not at all, and by looking", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			sh := storetest.Share(memory.New())
			a, b := listen(t, sh), listen(t, sh)
			b.Deafen(true)
			a.grow(home, 1)
			time.Sleep(9 * time.Minute)
			hears(t, b.heard)
			time.Sleep(time.Minute)
			hears(t, b.heard, home, store.Instance)
		})
	})

	t.Run("by a store that stopped telling, and is asked again", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			sh := storetest.Share(memory.New())
			a, b := listen(t, sh), listen(t, sh)
			b.BreakWake(errors.New("no rain"))
			b.Deafen(true)
			synctest.Wait()
			a.grow(home, 1) // while nothing is told
			b.Deafen(false)
			hears(t, b.heard)
			time.Sleep(time.Second)
			hears(t, b.heard, home)
			a.grow(other, 1)
			hears(t, b.heard, other)
		})
	})
}

// timed is a store with a clock of its own.
type timed struct {
	store.Store
	at time.Time
}

func (s timed) Now() time.Time { return s.at }

// Where the store has a clock and the program none, commands are stamped by the store's.
func TestStoreClock(t *testing.T) {
	t.Parallel()
	st := timed{memory.New(), spring.Add(123456789 * time.Nanosecond)}
	signer, verifier := key(t, "garden.example")
	require.Equal(t, spring.Add(123456*time.Microsecond), journal.Open(st, signer, verifier, nil).Now())
	require.Equal(t, spring, program(t, st).Now(), "a clock that the program gives comes first")
	require.WithinDuration(t, time.Now(), journal.Open(st.Store, signer, verifier, nil).Now(), time.Minute)
}

// Two versions of the program run at once on one store, as they do while one takes the other's place.
func TestTwoVersions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memory.New()
		sh := storetest.Share(st)
		run := func(g garden) {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- g.Run(ctx) }()
			t.Cleanup(func() {
				cancel()
				require.NoError(t, <-ended)
			})
		}
		now := plantsOf(2)
		old := program(t, sh.Process())
		newer := program(t, sh.Process(), attach(now))
		run(old)
		run(newer)

		// The space begins with what both fold alike, and the newer program has read it.
		old.emit(home, "north", BedDug{})
		require.Len(t, newer.entries(home), 1)
		// Then the older one writes the first record of a kind that the newer one folds differently.
		old.emit(home, "fig", PlantSown{Bed: "north"}, PlantMoved{Bed: "south"})
		synctest.Wait()
		require.Equal(t, 1, newer.plant(home, "fig").State.Moves, "the newer one folds it anew before it reads it")
		rec, _ := get(t, st, home, "plant", "fig")

		for range 2 {
			require.ErrorIs(t, old.try(home, func(*journal.Tx) error { panic("never called") }), journal.ErrNewer)
			require.Equal(t, "south", old.plant(home, "fig").State.Bed, "it may read")
		}
		restarted := program(t, sh.Process())
		require.Equal(t, "south", restarted.plant(home, "fig").State.Bed)
		same, _ := get(t, st, home, "plant", "fig")
		require.Equal(t, rec, same, "and folds nothing back")
		old.emit(other, "fig", PlantSown{Bed: "north"}) // where the newer one has not been, the older one goes on
		require.ErrorIs(t, old.Writable(t.Context(), home), journal.ErrNewer)
		require.NoError(t, old.Writable(t.Context(), other))
		require.NoError(t, newer.Writable(t.Context(), home))
		newer.emit(home, "fig", PlantMoved{Bed: "east"})
		require.Equal(t, 2, newer.plant(home, "fig").State.Moves)
		newer.verify(home, other)
	})
}

// A follower of an older version stops before what it does not know, and lets a newer one have the turn.
func TestNewerFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sh := storetest.Share(memory.New())
		old := start(t, sh, nil, attach(plantsOf(1, PlantSown{}, PlantGrewCM{}, PlantGrew{})))
		synctest.Wait()
		newer := start(t, sh, nil)
		old.emit(home, "fig", PlantSown{Bed: "north"})
		newer.emit(home, "fig", PlantGrew{MM: 1}, PlantMoved{Bed: "south"}, PlantGrew{MM: 1})
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, upTo(2), old.mail.of(home))
		require.Equal(t, upTo(4)[2:], newer.mail.of(home))
		require.Same(t, newer.Process, sh.Holder(mail))

		// Where there is no newer process any more, the older one asks again, and leaves it as it is.
		newer.emit(home, "fig", PlantMoved{Bed: "east"})
		synctest.Wait()
		newer.stop()
		old.emit(other, "fig", PlantSown{})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Equal(t, upTo(2), old.mail.of(home))
		require.Equal(t, upTo(1), old.mail.of(other))
		newer.verify(home, other)
	})

	t.Run("on a store of one process", func(t *testing.T) {
		t.Parallel()
		st := memory.New()
		program(t, st).emit(home, "fig", PlantGrew{MM: 1}, PlantMoved{Bed: "south"})
		old := program(t, st, attach(plantsOf(1, PlantSown{}, PlantGrewCM{}, PlantGrew{})))
		var d diary
		require.NoError(t, old.Follow(journal.Follower{Name: "d", Follow: d.follow}))
		for range 2 {
			require.ErrorIs(t, old.CatchUp(t.Context()), journal.ErrNewer)
			require.Equal(t, upTo(1), d.of(home))
		}
	})
}
