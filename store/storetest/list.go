package storetest

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// records lists, and every row must read as Get does.
func records(tb testing.TB, r store.Reader, q store.Query) []store.Record {
	tb.Helper()
	var list []store.Record
	for rec, err := range r.List(q) {
		require.NoError(tb, err)
		require.NotEmpty(tb, rec.Cursor)
		got, err := r.Get(rec.Kind, rec.ID)
		require.NoError(tb, err)
		got.Cursor = rec.Cursor
		require.Equal(tb, got, rec)
		list = append(list, rec)
	}
	return list
}

// ids lists ids.
func ids(tb testing.TB, r store.Reader, q store.Query) []string {
	tb.Helper()
	var list []string
	for _, rec := range records(tb, r, q) {
		list = append(list, rec.ID)
	}
	return list
}

// fails gives the error of a listing that yields nothing else.
func fails(tb testing.TB, r store.Reader, q store.Query) error {
	tb.Helper()
	var last error
	n := 0
	for rec, err := range r.List(q) {
		n++
		require.Equal(tb, store.Record{}, rec)
		last = err
	}
	require.Equal(tb, 1, n, "an error comes once and ends the listing")
	return last
}

func testLists(t *testing.T, d Driver) {
	t.Run("a listing by id", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		want := []string{"!", "0", "00", "0a", "A", "Z", "a", "a\x01", "a ", "aa", "b", "z", "~", "\u007f", "e\u0301", "\u00e9", "\u00df", "\u65e5\u672c\u8a9e", "\uffff", "\U0001f600"}
		update(t, st, func(w store.Writer) {
			for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(want)) {
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: want[i]}))
			}
			require.NoError(t, w.Put(store.Record{Kind: "j", ID: "a"}))
			require.NoError(t, w.Put(store.Record{Kind: "ka", ID: "a"}))
			require.NoError(t, w.Put(store.Record{Kind: "l", ID: "a"}))
		})
		slices.Sort(want)
		view(t, st, func(r store.Reader) {
			require.Equal(t, want, ids(t, r, store.Query{Kind: "k"}), "in byte order")
			require.Equal(t, []string{"0", "00", "0a"}, ids(t, r, store.Query{Kind: "k", Prefix: []byte("0")}))
			require.Equal(t, []string{"日本語"}, ids(t, r, store.Query{Kind: "k", Prefix: []byte("日")}))
			require.Equal(t, []string{"0", "00"}, ids(t, r, store.Query{Kind: "k", Prefix: []byte("0"), Limit: 2}))
			require.Empty(t, ids(t, r, store.Query{Kind: "k", Prefix: []byte("x")}))
			require.Empty(t, ids(t, r, store.Query{Kind: "none"}))
		})
	})

	t.Run("a listing by index key, then by id", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		// In order. What separates keys from ids must not be mistaken for either.
		keys := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x00\xff\x01", "\x01", "a", "a\x00", "a\x00\x00b", "a\x00\x01", "a\x00b", "a\x00\xff", "a\x01", "aa", "b", "é", "\xff", "\xff\x00", "\xff\xff"}
		require.True(t, slices.IsSorted(keys))
		var want []string
		update(t, st, func(w store.Writer) {
			for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(keys)) {
				for _, id := range []string{"2", "1", "a", "b", "é"} {
					require.NoError(t, w.Put(store.Record{
						Kind: "k", ID: fmt.Sprintf("%s%02d", id, i),
						Keys: []store.Key{{Index: "x", Bytes: []byte(keys[i])}, {Index: "xx", Bytes: []byte("other")}, {Index: "w", Bytes: nil}},
					}))
				}
			}
		})
		for i := range keys {
			for _, id := range []string{"1", "2", "a", "b", "é"} {
				want = append(want, fmt.Sprintf("%s%02d", id, i))
			}
		}
		view(t, st, func(r store.Reader) {
			require.Equal(t, want, ids(t, r, store.Query{Kind: "k", Index: "x"}))
			for i, k := range keys {
				var with []string
				for j, other := range keys {
					if strings.HasPrefix(other, k) {
						with = append(with, want[5*j:5*j+5]...)
					}
				}
				require.Equal(t, with, ids(t, r, store.Query{Kind: "k", Index: "x", Prefix: []byte(k)}), "prefix %q", keys[i])
			}
			require.Empty(t, ids(t, r, store.Query{Kind: "k", Index: "y"}))
			require.Empty(t, ids(t, r, store.Query{Kind: "j", Index: "x"}))
			require.Len(t, ids(t, r, store.Query{Kind: "k", Index: "w"}), len(want))
			require.Equal(t, want, pages(t, r, store.Query{Kind: "k", Index: "x", Limit: 3}))
		})
	})

	t.Run("a record with several keys in an index comes as often", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(store.Record{Kind: "k", ID: "1", Keys: []store.Key{{Index: "tag", Bytes: []byte("b")}, {Index: "tag", Bytes: []byte("a")}, {Index: "tag", Bytes: []byte("a")}}}))
			require.NoError(t, w.Put(store.Record{Kind: "k", ID: "2", Keys: []store.Key{{Index: "tag", Bytes: []byte("a")}}}))
			require.NoError(t, w.Put(store.Record{Kind: "k", ID: "3"}))
		})
		view(t, st, func(r store.Reader) {
			require.Equal(t, []string{"1", "2", "1"}, ids(t, r, store.Query{Kind: "k", Index: "tag"}))
			require.Equal(t, []string{"1", "2", "1"}, pages(t, r, store.Query{Kind: "k", Index: "tag", Limit: 1}))
		})
	})

	t.Run("a bare listing yields ids and keys alone", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		key := func(s string) []store.Key { return []store.Key{{Index: "x", Bytes: []byte(s)}} }
		update(t, st, func(w store.Writer) {
			for _, r := range []store.Record{
				{Kind: "k", ID: "1", Keys: append(key("b\x00"), key("a")...), Body: []byte("body")},
				{Kind: "k", ID: "2", Keys: append(key("b"), store.Key{Index: "y", Bytes: []byte("other")}), Side: true},
				{Kind: "k", ID: "3"},
			} {
				require.NoError(t, w.Put(r))
			}
		})
		list := func(r store.Reader, q store.Query) (got []string) {
			for rec, err := range r.List(q) {
				require.NoError(t, err)
				require.Len(t, rec.Keys, 1)
				require.Equal(t, store.Record{Kind: "k", ID: rec.ID, Keys: key(string(rec.Keys[0].Bytes))}, rec, "and nothing else")
				got = append(got, string(rec.Keys[0].Bytes)+"="+rec.ID)
			}
			return got
		}
		view(t, st, func(r store.Reader) {
			q := store.Query{Kind: "k", Index: "x", Bare: true}
			require.Equal(t, []string{"a=1", "b=2", "b\x00=1"}, list(r, q))
			q.Limit = 2
			require.Equal(t, []string{"a=1", "b=2"}, list(r, q))
			q.After = records(t, r, store.Query{Kind: "k", Index: "x"})[0].Cursor
			require.Equal(t, []string{"b=2", "b\x00=1"}, list(r, q), "after a cursor of the full listing")
			require.Equal(t, []string{"b=2", "b\x00=1"}, list(r, store.Query{Kind: "k", Index: "x", Bare: true, Prefix: []byte("b")}))
		})
	})

	t.Run("index keys that change move the record", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		q := func(prefix string) store.Query {
			return store.Query{Kind: "k", Index: "state", Prefix: []byte(prefix)}
		}
		for v, keys := range [][]store.Key{
			{{Index: "state", Bytes: []byte("open")}, {Index: "by", Bytes: []byte("ana")}},
			{{Index: "state", Bytes: []byte("closed")}, {Index: "by", Bytes: []byte("ana")}},
			{{Index: "by", Bytes: []byte("ana")}},
			{{Index: "state", Bytes: []byte("open")}, {Index: "state", Bytes: []byte("closed")}},
		} {
			update(t, st, func(w store.Writer) {
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: "1", Version: uint64(v), Keys: keys}))
			})
			view(t, st, func(r store.Reader) {
				for _, state := range []string{"open", "closed"} {
					has := slices.ContainsFunc(keys, func(k store.Key) bool { return k.Index == "state" && string(k.Bytes) == state })
					require.Equal(t, has, len(ids(t, r, q(state))) == 1)
				}
			})
		}
	})

	for _, index := range []string{"", "x"} {
		t.Run("paging is complete and stable while records come and go, by "+cmp.Or(index, "id"), func(t *testing.T) {
			t.Parallel()
			st := d.start(t)
			record := func(id string) store.Record {
				return store.Record{Kind: "k", ID: id, Side: true, Keys: []store.Key{{Index: "x", Bytes: []byte(id)}}}
			}
			var want []string
			update(t, st, func(w store.Writer) {
				for i := range 100 {
					want = append(want, fmt.Sprintf("%03d", 10*i))
					require.NoError(t, w.Put(record(want[i])))
				}
			})
			q := store.Query{Kind: "k", Index: index, Limit: 7}
			var seen []string
			for page := 0; ; page++ {
				var got []string
				view(t, st, func(r store.Reader) {
					for _, rec := range records(t, r, q) {
						got = append(got, rec.ID)
						q.After = rec.Cursor
					}
				})
				if len(got) == 0 {
					break
				}
				seen = append(seen, got...)
				last := got[len(got)-1]
				update(t, st, func(w store.Writer) {
					require.NoError(t, w.Put(record(fmt.Sprintf("000-before-%d", page))))
					if slices.Contains(want, last) {
						require.NoError(t, w.Put(record(last+"-after")))
						require.NoError(t, w.Drop("k", last), "the very record that the cursor stands on")
					}
				})
			}
			require.True(t, slices.IsSorted(seen), "in order")
			require.Len(t, slices.Compact(slices.Clone(seen)), len(seen), "nothing twice")
			require.Empty(t, missing(want, seen), "nothing that was there all along is left out")
			require.Contains(t, seen, "060-after", "what came after the cursor is seen")
			require.NotContains(t, seen, "000-before-1", "what came before it is not")
		})
	}

	t.Run("a cursor outlives the record that it stands on", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			for _, id := range []string{"a", "b", "c"} {
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: id, Side: true, Keys: []store.Key{{Index: "x", Bytes: []byte("same")}}}))
			}
		})
		for _, index := range []string{"", "x"} {
			var at store.Cursor
			view(t, st, func(r store.Reader) { at = records(t, r, store.Query{Kind: "k", Index: index})[1].Cursor })
			update(t, st, func(w store.Writer) { require.NoError(t, w.Drop("k", "b")) })
			view(t, st, func(r store.Reader) {
				require.Equal(t, []string{"c"}, ids(t, r, store.Query{Kind: "k", Index: index, After: at}))
				require.Equal(t, []string{"c"}, ids(t, r, store.Query{Kind: "k", Index: index, After: at, Limit: 5}))
			})
			update(t, st, func(w store.Writer) {
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: "b", Side: true, Keys: []store.Key{{Index: "x", Bytes: []byte("same")}}}))
			})
		}
	})

	t.Run("a listing inside an Update sees what it wrote", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			q := store.Query{Kind: "k", Index: "x"}
			require.Empty(t, ids(t, w, q))
			require.NoError(t, w.Put(store.Record{Kind: "k", ID: "1", Side: true, Keys: []store.Key{{Index: "x", Bytes: nil}}}))
			require.Equal(t, []string{"1"}, ids(t, w, q))
			require.NoError(t, w.Put(store.Record{Kind: "k", ID: "1", Side: true, Version: 1}))
			require.Empty(t, ids(t, w, q))
			require.Equal(t, []string{"1"}, ids(t, w, store.Query{Kind: "k"}))
			require.NoError(t, w.Drop("k", "1"))
			require.Empty(t, ids(t, w, store.Query{Kind: "k"}))
		})
	})

	t.Run("a listing may be ended early, begun again and nested", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			for _, id := range []string{"a", "b", "c"} {
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: id}))
			}
		})
		view(t, st, func(r store.Reader) {
			list := r.List(store.Query{Kind: "k"})
			for range 2 {
				n := 0
				for outer, err := range list {
					require.NoError(t, err)
					require.Equal(t, string("abc"[n]), outer.ID)
					n++
					require.Equal(t, []string{"a", "b", "c"}, ids(t, r, store.Query{Kind: "k"}))
					if n == 2 {
						break
					}
				}
				require.Equal(t, 2, n)
			}
		})
	})

	t.Run("refused: a cursor that this listing did not make", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			for _, id := range []string{"a1", "a2"} {
				keys := []store.Key{{Index: "x", Bytes: []byte("a")}, {Index: "y", Bytes: []byte("a")}}
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: id, Keys: keys}))
				require.NoError(t, w.Put(store.Record{Kind: "j", ID: id, Keys: keys}))
			}
		})
		view(t, st, func(r store.Reader) {
			listings := []store.Query{
				{Kind: "k"},
				{Kind: "j"},
				{Kind: "k", Prefix: []byte("a")},
				{Kind: "k", Index: "x"},
				{Kind: "k", Index: "y"},
				{Kind: "j", Index: "x"},
				{Kind: "k", Index: "x", Prefix: []byte("a")},
			}
			for i, q := range listings {
				made := records(t, r, q)[0].Cursor
				for _, c := range made {
					require.True(t, c > ' ' && c < 127, "printable ASCII")
				}
				for j, other := range listings {
					other.After = made
					if i == j {
						require.Equal(t, []string{"a2"}, ids(t, r, other))
						other.Limit = 5
						require.Equal(t, []string{"a2"}, ids(t, r, other), "the limit may change between pages")
						continue
					}
					require.ErrorIs(t, fails(t, r, other), store.ErrCursor)
				}
				raw, err := base64.RawURLEncoding.DecodeString(string(made))
				require.NoError(t, err)
				for n := range raw {
					mangled := slices.Clone(raw)
					mangled[n] ^= 0x10
					q.After = store.Cursor(base64.RawURLEncoding.EncodeToString(mangled))
					require.ErrorIs(t, fails(t, r, q), store.ErrCursor)
					q.After = store.Cursor(base64.RawURLEncoding.EncodeToString(raw[:n]))
					if n > 0 {
						require.ErrorIs(t, fails(t, r, q), store.ErrCursor)
					}
				}
				for _, c := range []store.Cursor{" ", "a", "é", "%%%", made + "=", made + "A", "AAAAAAAA", store.Cursor(strings.Repeat("A", 10000))} {
					q.After = c
					require.ErrorIs(t, fails(t, r, q), store.ErrCursor)
				}
			}
		})
	})

	t.Run("refused: a query that cannot be asked", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		view(t, st, func(r store.Reader) {
			for field, q := range map[string]store.Query{
				"kind":   {},
				"index":  {Kind: "k", Index: "a\x00"},
				"prefix": {Kind: "k", Prefix: make([]byte, store.MaxKey+1)},
				"limit":  {Kind: "k", Limit: -1},
				"bare":   {Kind: "k", Bare: true},
			} {
				err := fails(t, r, q)
				require.ErrorIs(t, err, store.ErrInvalid)
				require.Equal(t, []string{field}, fields(err))
			}
		})
	})

	t.Run("a listing ends when its context does", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			for i := range 2000 {
				require.NoError(t, w.Put(store.Record{Kind: "k", ID: fmt.Sprint(i)}))
			}
		})
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		err := st.View(ctx, space, func(r store.Reader) error {
			for _, err := range r.List(store.Query{Kind: "k"}) {
				if err != nil {
					return err
				}
				if n++; n == 10 {
					cancel()
				}
			}
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, n, 2000)
	})
}

// pages lists page by page.
func pages(tb testing.TB, r store.Reader, q store.Query) []string {
	tb.Helper()
	var list []string
	for {
		page := records(tb, r, q)
		if len(page) == 0 {
			return list
		}
		require.LessOrEqual(tb, len(page), q.Limit)
		for _, rec := range page {
			list = append(list, rec.ID)
		}
		q.After = page[len(page)-1].Cursor
	}
}

// missing gives what of want is not in got.
func missing(want, got []string) []string {
	var list []string
	for _, s := range want {
		if !slices.Contains(got, s) {
			list = append(list, s)
		}
	}
	return list
}
