package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/store"
)

func TestCursor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		q := store.Query{Kind: "k", Index: rapid.SampledFrom([]string{"", "x"}).Draw(rt, "index")}
		p := store.Place{ID: rapid.StringN(1, 40, store.MaxID).Filter(func(s string) bool { return store.CheckID("k", s) == nil }).Draw(rt, "id")}
		listed := p.ID
		if q.Index != "" {
			p.Key = rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "key")
			listed = string(p.Key)
		}
		q.Prefix = []byte(listed[:rapid.IntRange(0, len(listed)).Draw(rt, "prefix")])
		q.After = q.Cursor(p)
		got, ok, err := q.Place()
		require.NoError(rt, err)
		require.True(rt, ok)
		require.Equal(rt, string(p.Key), string(got.Key))
		require.Equal(rt, p.ID, got.ID)

		q.Kind = "j"
		_, _, err = q.Place()
		require.ErrorIs(rt, err, store.ErrCursor)
	})
	_, ok, err := store.Query{Kind: "k"}.Place()
	require.NoError(t, err)
	require.False(t, ok)
}

// Whatever comes from outside is a cursor of this listing or ErrCursor.
func FuzzPlace(f *testing.F) {
	q := store.Query{Kind: "k", Index: "x", Prefix: []byte("a")}
	f.Add(string(q.Cursor(store.Place{Key: []byte("ab"), ID: "1"})))
	f.Add(string(q.Cursor(store.Place{Key: []byte("b"), ID: "1"})))
	f.Add(string(q.Cursor(store.Place{Key: []byte("ab"), ID: ""})))
	f.Add("")
	f.Add("AAAAAA")
	f.Fuzz(func(t *testing.T, after string) {
		q.After = store.Cursor(after)
		p, ok, err := q.Place()
		if err != nil {
			require.ErrorIs(t, err, store.ErrCursor)
			require.False(t, ok)
			return
		}
		require.Equal(t, after != "", ok)
		if ok {
			require.Equal(t, byte('a'), p.Key[0])
			require.NoError(t, store.CheckID("k", p.ID))
		}
	})
}
