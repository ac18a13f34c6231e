package governance_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/anystore"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/archive"
	"github.com/communecter/coopspace/store/journal"
	"github.com/communecter/coopspace/voting"
)

// A backup is taken while people vote, the vote goes on, and the backup is restored twice: three logs, and none can be taken
// for another. What voters hold from before stays good in all of them.
func TestRestored(t *testing.T) {
	t.Parallel()
	ring := governance.MemoryKeys()
	w := worldOn(t, newStore(t), 3, &governance.Options{Keys: ring})
	t.Cleanup(w.verify)
	open := w.poll(governance.SimpleMajority())
	receipt, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), open.ID, voting.For)
	require.NoError(t, err)
	early, err := w.coop.Checkpoint(w.ctx, w.host, w.space.ID)
	require.NoError(t, err)
	before, err := journal.OpenCheckpoint(early, w.coop.Journal().Verifier())
	require.NoError(t, err)

	var backup bytes.Buffer
	sum, err := archive.Write(&backup, w.st.(store.Mover).Pieces(w.ctx))
	require.NoError(t, err)
	_, err = w.coop.Polls.Cast(w.ctx, w.m[1].Actor(), open.ID, voting.Against)
	require.NoError(t, err)

	origins := map[string]bool{}
	end := func(w *world, votes int64) {
		t.Helper()
		closed, err := w.coop.Polls.Close(w.ctx, w.host, open.ID)
		require.NoError(t, err)
		require.Equal(t, votes, closed.Result.Of(voting.For).Seats+closed.Result.Of(voting.Against).Seats)
		signed, err := w.coop.Checkpoint(w.ctx, w.host, w.space.ID)
		require.NoError(t, err)
		now, err := journal.OpenCheckpoint(signed, w.coop.Journal().Verifier())
		require.NoError(t, err)
		require.False(t, origins[now.Origin], "two logs of one origin")
		origins[now.Origin] = true
		proof, err := w.coop.ProveGrowth(w.ctx, w.host, w.space.ID, now.Size, before.Size)
		require.NoError(t, err)
		require.NoError(t, journal.CheckConsistency(proof, now.Size, now.Root, before.Size, before.Root))
		var export bytes.Buffer
		require.NoError(t, w.coop.Polls.Export(w.ctx, w.host, open.ID, &export))
		_, err = governance.Recount(&export)
		require.NoError(t, err)
		require.NoError(t, receiptHolds(w, receipt))
		w.verify()
	}
	end(w, 2)
	for range 2 {
		st := anystore.NewMoving(t, &pg)
		filled, err := store.Fill(w.ctx, st, sum.String(), archive.Read(w.ctx, bytes.NewReader(backup.Bytes())), nil)
		require.NoError(t, err)
		coop, err := governance.Open(st, &governance.Options{Keys: ring, Clock: w.clock.Now})
		require.NoError(t, err)
		epoch := coop.Journal().NewID()
		require.ErrorIs(t, coop.Restored(w.ctx, w.m[0].Actor(), epoch), governance.ErrForbidden)
		require.NoError(t, coop.Restored(w.ctx, w.host, epoch))
		require.NoError(t, coop.Restored(w.ctx, w.host, epoch), "twice is once")
		require.NoError(t, st.SetTransit(w.ctx, filled, store.Transit{}))
		copied := *w
		copied.coop, copied.st = coop, st
		v, err := coop.Verify(w.ctx, w.host, w.space.ID)
		require.NoError(t, err)
		require.NoError(t, v.Err())
		require.Equal(t, epoch, v.Epoch)
		require.Equal(t, 1, v.Ballots)
		instance, err := coop.VerifyInstance(w.ctx)
		require.NoError(t, err)
		require.Equal(t, epoch, instance.Epoch)
		_, err = coop.Polls.Cast(w.ctx, w.m[2].Actor(), open.ID, voting.For)
		require.NoError(t, err)
		_, err = coop.Polls.Cast(w.ctx, w.m[0].Actor(), open.ID, voting.Against)
		require.Error(t, err, "who voted before the backup has voted")
		end(&copied, 2)
		require.NoError(t, coop.Close())
	}
	require.Len(t, origins, 3)
}

// receiptHolds checks a receipt with the key of a world.
func receiptHolds(w *world, r governance.Receipt) error {
	_, _, err := r.Check(w.coop.Key())
	return err
}
