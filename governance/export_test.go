package governance_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/voting"
)

func TestRecount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	in := governance.TwoThirds()
	in.Names = true
	poll := w.poll(in)
	for i, c := range []voting.Choice{voting.For, voting.For, voting.Against, voting.Blank} {
		_, err := w.coop.Polls.Cast(w.ctx, w.m[i].Actor(), poll.ID, c)
		require.NoError(t, err)
	}
	closed, err := w.coop.Polls.Close(w.ctx, w.host, poll.ID)
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, w.coop.Polls.Export(w.ctx, w.m[0].Actor(), poll.ID, &file))
	again, err := governance.Recount(bytes.NewReader(file.Bytes()))
	require.NoError(t, err)
	require.True(t, again.Rooted)
	require.Equal(t, *closed.Verdict, again.Verdict)
	require.Equal(t, w.coop.Key(), again.Key)

	lines := strings.SplitAfter(strings.TrimSpace(file.String()), "\n")
	require.Len(t, lines, 5)
	for name, spoiled := range map[string]string{
		"a ballot less":       strings.Join(lines[:4], ""),
		"a ballot twice":      strings.Join(lines, "") + "\n" + lines[4],
		"in another order":    lines[0] + lines[2] + lines[1] + lines[3] + lines[4],
		"another choice":      strings.Replace(file.String(), `{"choice":"against"}`, `{"choice":"for"}`, 1),
		"another weight":      strings.Replace(file.String(), `"weight":"1"}`, `"weight":"2"}`, 1),
		"another rule":        strings.Replace(file.String(), `"fraction":"2/3"`, `"fraction":"1/3"`, 1),
		"another result":      strings.Replace(file.String(), `"seats":2`, `"seats":3`, 1),
		"another title's log": strings.Replace(file.String(), `"checkpoint":"coopspace`, `"checkpoint":"coopspaze`, 1),
		"another title":       strings.Replace(file.String(), `"title":"Une proposition"`, `"title":"Une autre"`, 1),
		"another opening":     strings.Replace(file.String(), `"opened":"2026-11-21T09`, `"opened":"2026-11-21T08`, 1),
		"another electorate":  strings.Replace(file.String(), `"entitled":{"seats":5`, `"entitled":{"seats":4`, 1),
		"another format":      strings.Replace(file.String(), "coopspace poll 1", "coopspace poll 2", 1),
		"cut off":             file.String()[:len(file.String())/2],
		"empty":               "",
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, file.String(), spoiled)
			_, err := governance.Recount(strings.NewReader(spoiled))
			require.ErrorIs(t, err, governance.ErrExport)
		})
	}
}

// Options cannot be given other titles after the vote: the log committed to them.
func TestRecount_options(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	in := governance.NewPoll{
		Rule:    voting.MostVoices(),
		Options: []governance.Option{{Key: "sat", Title: "Samedi"}, {Key: "wed", Title: "Mercredi"}},
	}
	poll := w.poll(in)
	_, err := w.coop.Polls.Cast(w.ctx, w.m[0].Actor(), poll.ID, voting.Choice("sat"))
	require.NoError(t, err)
	_, err = w.coop.Polls.Close(w.ctx, w.host, poll.ID)
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, w.coop.Polls.Export(w.ctx, w.m[0].Actor(), poll.ID, &file))
	_, err = governance.Recount(bytes.NewReader(file.Bytes()))
	require.NoError(t, err)
	swapped := strings.NewReplacer(`"title":"Samedi"`, `"title":"Mercredi"`, `"title":"Mercredi"`, `"title":"Samedi"`).Replace(file.String())
	require.NotEqual(t, file.String(), swapped)
	_, err = governance.Recount(strings.NewReader(swapped))
	require.ErrorIs(t, err, governance.ErrExport)
}
