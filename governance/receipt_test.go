package governance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

func TestReceipt_Check(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	poll := w.poll(governance.SimpleMajority())
	good, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.For)
	require.NoError(t, err)
	_, _, err = good.Check(w.coop.Key())
	require.NoError(t, err)
	stranger, err := governance.Open(w.st, &governance.Options{})
	require.Error(t, err)
	require.Nil(t, stranger)
	for name, spoil := range map[string]func(*governance.Receipt){
		"another record":   func(r *governance.Receipt) { r.Record[len(r.Record)-1] ^= 1 },
		"another poll":     func(r *governance.Receipt) { r.Poll = governance.PollID(w.m[0].ID) },
		"another member":   func(r *governance.Receipt) { r.Member = w.m[1].ID },
		"another revision": func(r *governance.Receipt) { r.Rev++ },
		"another time":     func(r *governance.Receipt) { r.At = r.At.Add(time.Second) },
		"another place":    func(r *governance.Receipt) { r.Index++ },
		"no signature":     func(r *governance.Receipt) { r.Signed = "" },
		"a checkpoint of the log": func(r *governance.Receipt) {
			signed, err := w.coop.Journal().Checkpoint(w.ctx, "instance")
			require.NoError(t, err)
			r.Signed = string(signed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			bad.Record = append([]byte(nil), good.Record...)
			spoil(&bad)
			_, _, err := bad.Check(w.coop.Key())
			require.ErrorIs(t, err, governance.ErrReceipt)
		})
	}
}
