package governance

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
	"github.com/communecter/coopspace/voting"
)

// drawRows draws the rows of a roll: some hands hold several seats.
func drawRows(t *rapid.T) [][rowSize]byte {
	n := rapid.IntRange(1, 3000).Draw(t, "hands")
	seed := rapid.Uint64().Draw(t, "seed")
	var rows [][rowSize]byte
	for i := range n {
		var hand [16]byte
		binary.BigEndian.PutUint64(hand[:8], seed+uint64(i)*0x9E3779B97F4A7C15)
		binary.BigEndian.PutUint64(hand[8:], (seed^uint64(i))*0xD6E8FEB86659FD93)
		for s := range 1 + i%5/4 {
			row := seatRow{Hand: hand, Seat: hand, Holds: holdsOwn, Weight: voting.Weight(i)}
			row.Seat[0] ^= byte(s)
			rows = append(rows, [rowSize]byte(row.append(nil)))
		}
	}
	slices.SortFunc(rows, func(a, b [rowSize]byte) int { return bytes.Compare(a[:32], b[:32]) })
	return rows
}

// A roll that was cut into chunks and stored gives back every row, to each hand its own, and nothing to others.
func TestRoll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		var r roll
		r.cut(rows)
		st := memory.New()
		ctx := context.Background()
		var hash string
		require.NoError(t, st.Update(ctx, "s", func(w store.Writer) error {
			var err error
			hash, err = r.write(w)
			return err
		}))
		require.NoError(t, st.View(ctx, "s", func(rd store.Reader) error {
			m, err := readManifest(rd, hash)
			require.NoError(t, err)
			var got [][rowSize]byte
			require.NoError(t, m.rows(rd, func(row seatRow) error {
				got = append(got, [rowSize]byte(row.append(nil)))
				return nil
			}))
			require.Equal(t, rows, got)
			for i, c := range m.Chunks {
				chunk, err := readChunk(rd, c.Hash)
				require.NoError(t, err)
				require.Equal(t, c.First, hex.EncodeToString(chunk[1:17]))
				if i > 0 {
					require.Less(t, m.Chunks[i-1].First, c.First, "a hand's rows are never parted")
				}
			}
			return nil
		}))
		hand := readRow(rows[len(rows)/2][:]).Hand
		want := 0
		for _, row := range rows {
			if readRow(row[:]).Hand == hand {
				want++
			}
		}
		found := 0
		for _, c := range r.chunks {
			found += len(rowsOf(c, hand))
		}
		require.Equal(t, want, found)
		require.Empty(t, rowsOf(r.chunks[0], [16]byte{1, 2, 3}))
	})
}

// Somebody who comes changes one chunk: polls share the others.
func TestRoll_shared(t *testing.T) {
	t.Parallel()
	var rows [][rowSize]byte
	for i := range 40_000 {
		var hand [16]byte
		binary.BigEndian.PutUint64(hand[:8], uint64(i))
		binary.BigEndian.PutUint64(hand[8:], uint64(i)*0x9E3779B97F4A7C15)
		row := seatRow{Hand: hand, Seat: hand, Holds: holdsOwn, Weight: voting.Voice}
		rows = append(rows, [rowSize]byte(row.append(nil)))
	}
	var all, less roll
	all.cut(rows)
	less.cut(slices.Delete(slices.Clone(rows), 20_000, 20_001))
	require.Greater(t, len(all.chunks), 4)
	shared := 0
	for _, c := range less.manifest.Chunks {
		if slices.ContainsFunc(all.manifest.Chunks, func(x chunkRef) bool { return x.Hash == c.Hash }) {
			shared++
		}
	}
	require.GreaterOrEqual(t, shared, len(all.chunks)-2)
}

// The cache keeps its bound, and forgets what was used longest ago.
func TestChunkCache(t *testing.T) {
	t.Parallel()
	c := newChunkCache(250)
	reads := 0
	get := func(name string) {
		t.Helper()
		data, err := c.get(name, func() ([]byte, error) { reads++; return make([]byte, 100), nil })
		require.NoError(t, err)
		require.Len(t, data, 100)
		require.LessOrEqual(t, c.size, 250)
	}
	get("a")
	get("b")
	get("a")
	get("c") // b leaves
	get("a")
	require.Equal(t, 3, reads)
	get("b")
	require.Equal(t, 4, reads)
	_, err := c.get("d", func() ([]byte, error) { return nil, ErrRollDamaged })
	require.ErrorIs(t, err, ErrRollDamaged)
}
