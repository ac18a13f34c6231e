package journal_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/store/journal"
)

// The page that shows an entry and a checkpoint shows real ones, and they belong together.
func TestLifeOfACommand(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/life-of-a-command.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```(?:json|text)\n(.*?)```").FindAllSubmatch(page, -1)
	require.Len(t, blocks, 3)
	body, signed, vkey := blocks[0][1], blocks[1][1], blocks[2][1]
	body = body[:len(body)-1] // the line feed is the page's

	e, err := journal.ParseEntry(body)
	require.NoError(t, err)
	require.EqualValues(t, 1, e.Position)
	v, err := note.NewVerifier(string(vkey[:len(vkey)-1]))
	require.NoError(t, err)
	c, err := journal.OpenCheckpoint(signed, v)
	require.NoError(t, err)
	require.Equal(t, v.Name()+"/"+e.Subject, c.Origin)
	require.NoError(t, journal.CheckInclusion(nil, c.Size, c.Root, 0, body))
}
