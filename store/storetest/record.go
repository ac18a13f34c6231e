package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

func testRecords(t *testing.T, d Driver) {
	t.Run("a record is put, read, changed and put again", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(store.Record{Kind: "poll", ID: "1", Body: []byte("open")}))
			r, err := w.Get("poll", "1")
			require.NoError(t, err, "a Writer sees its own writes")
			require.Equal(t, uint64(1), r.Version)
		})
		update(t, st, func(w store.Writer) {
			r, err := w.Get("poll", "1")
			require.NoError(t, err)
			r.Body = []byte("closed")
			require.NoError(t, w.Put(r))
			r, err = w.Get("poll", "1")
			require.NoError(t, err)
			require.Equal(t, uint64(2), r.Version)
			require.NoError(t, w.Put(r), "twice in one Update")
		})
		view(t, st, func(r store.Reader) {
			got, err := r.Get("poll", "1")
			require.NoError(t, err)
			require.Equal(t, "closed", string(got.Body))
			require.Equal(t, store.Record{Kind: "poll", ID: "1", Version: 3, Body: got.Body}, got)
		})
	})

	t.Run("kinds and ids tell records apart", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		names := [][2]string{{"a", "b"}, {"a", "bc"}, {"ab", "c"}, {"a", "B"}, {"\u00e9", "\u65e5\u672c"}, {"e\u0301", "\u65e5\u672c"}, {"e", "\u65e5\u672c"}}
		update(t, st, func(w store.Writer) {
			for _, n := range names {
				require.NoError(t, w.Put(store.Record{Kind: n[0], ID: n[1], Body: []byte(n[0] + "|" + n[1])}))
			}
		})
		view(t, st, func(r store.Reader) {
			for _, n := range names {
				got, err := r.Get(n[0], n[1])
				require.NoError(t, err)
				require.Equal(t, n[0]+"|"+n[1], string(got.Body))
			}
		})
	})

	t.Run("bodies come back byte for byte", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		bodies := map[string][]byte{
			"nil": nil, "empty": {}, "zero": {0}, "every byte": everyByte(), "70 kB": bytes.Repeat(everyByte(), 280),
			"json": []byte(`{ "b":1,  "a": 1.0, "b":2 }`),
		}
		update(t, st, func(w store.Writer) {
			for id, body := range bodies {
				require.NoError(t, w.Put(store.Record{Kind: "text", ID: id, Body: body, Side: id == "json"}))
			}
		})
		view(t, st, func(r store.Reader) {
			for id, body := range bodies {
				got, err := r.Get("text", id)
				require.NoError(t, err)
				require.True(t, bytes.Equal(body, got.Body), id)
				require.Equal(t, id == "json", got.Side)
			}
		})
	})

	t.Run("what was put is the store's own", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		body, key := []byte("body"), []byte("key")
		update(t, st, func(w store.Writer) {
			r := store.Record{Kind: "text", ID: "1", Body: body, Keys: []store.Key{{Index: "b", Bytes: key}, {Index: "a", Bytes: key}}}
			require.NoError(t, w.Put(r))
			require.Equal(t, "b", r.Keys[0].Index, "Put leaves the caller's keys alone")
			copy(body, "XXXX")
			copy(key, "XXX")
		})
		view(t, st, func(r store.Reader) {
			got, err := r.Get("text", "1")
			require.NoError(t, err)
			require.Equal(t, "body", string(got.Body))
			require.Equal(t, "key", string(got.Keys[0].Bytes))
			require.Equal(t, []string{"1"}, ids(t, r, store.Query{Kind: "text", Index: "a", Prefix: []byte("key")}))
		})
	})

	t.Run("keys come back sorted, each once", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		keys := []store.Key{{Index: "b", Bytes: []byte("1")}, {Index: "a", Bytes: []byte("2")}, {Index: "b", Bytes: []byte("1")}, {Index: "a", Bytes: []byte{}}, {Index: "a", Bytes: nil}}
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(store.Record{Kind: "k", ID: "1", Keys: keys}))
		})
		view(t, st, func(r store.Reader) {
			got, err := r.Get("k", "1")
			require.NoError(t, err)
			require.Len(t, got.Keys, 3)
			require.Equal(t, "a", got.Keys[0].Index)
			require.Empty(t, got.Keys[0].Bytes)
			require.Equal(t, []store.Key{{Index: "a", Bytes: []byte("2")}, {Index: "b", Bytes: []byte("1")}}, got.Keys[1:])
		})
	})

	t.Run("a side record is dropped and may come back", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		text := store.Record{Kind: "text", ID: "1", Side: true, Body: []byte("a name"), Keys: []store.Key{{Index: "name", Bytes: []byte("a")}}}
		q := store.Query{Kind: "text", Index: "name"}
		update(t, st, func(w store.Writer) { require.NoError(t, w.Put(text)) })
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Drop("text", "1"))
			require.NoError(t, w.Drop("text", "1"), "what is not there")
			require.NoError(t, w.Drop("text", "never"))
		})
		view(t, st, func(r store.Reader) {
			_, err := r.Get("text", "1")
			require.ErrorIs(t, err, store.ErrNoRecord)
			require.Empty(t, ids(t, r, q), "its index keys went with it")
		})
		update(t, st, func(w store.Writer) {
			text.Side = false
			require.NoError(t, w.Put(text), "as a new record, even a folded one")
			require.Equal(t, []string{"1"}, ids(t, w, q))
		})
	})

	t.Run("refused: no such record", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1"})) })
		view(t, st, func(r store.Reader) {
			for _, n := range [][2]string{{"a", "2"}, {"b", "1"}, {"a", ""}, {"", "1"}, {"a\x001", "1"}, {"a", "1\x00"}, {"a", strings.Repeat("x", 5000)}} {
				_, err := r.Get(n[0], n[1])
				require.ErrorIs(t, err, store.ErrNoRecord)
			}
		})
	})

	t.Run("refused: the version is not the stored one", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		put := func(version uint64) error {
			return st.Update(context.Background(), space, func(w store.Writer) error {
				return w.Put(store.Record{Kind: "a", ID: "1", Version: version})
			})
		}
		require.ErrorIs(t, put(1), store.ErrVersion, "a new record has version 0")
		require.NoError(t, put(0))
		require.ErrorIs(t, put(0), store.ErrVersion)
		require.ErrorIs(t, put(2), store.ErrVersion)
		require.NoError(t, put(1))
		require.ErrorIs(t, put(1), store.ErrVersion)
		view(t, st, func(r store.Reader) {
			got, err := r.Get("a", "1")
			require.NoError(t, err)
			require.Equal(t, uint64(2), got.Version)
		})
	})

	t.Run("refused: dropping a folded record", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1"}))
			require.ErrorIs(t, w.Drop("a", "1"), store.ErrFolded)
			_, err := w.Get("a", "1")
			require.NoError(t, err)
		})
	})

	t.Run("refused: making a folded record a side one, or the other way round", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			for _, side := range []bool{false, true} {
				id := map[bool]string{false: "folded", true: "side"}[side]
				require.NoError(t, w.Put(store.Record{Kind: "a", ID: id, Side: side}))
				err := w.Put(store.Record{Kind: "a", ID: id, Side: !side, Version: 1})
				require.ErrorIs(t, err, store.ErrInvalid)
				require.Equal(t, []string{"side"}, fields(err))
			}
		})
	})

	t.Run("refused: what is outside the bounds", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		ok := store.Record{
			Kind: strings.Repeat("k", store.MaxKind), ID: strings.Repeat("i", store.MaxID), Side: true,
			Keys: []store.Key{{Index: strings.Repeat("x", store.MaxKind), Bytes: bytes.Repeat([]byte{0}, store.MaxKey)}},
		}
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(ok), "everything at its longest")
			require.Equal(t, []string{ok.ID}, ids(t, w, store.Query{Kind: ok.Kind, Index: ok.Keys[0].Index, Prefix: ok.Keys[0].Bytes}))
			for _, c := range []struct {
				field string
				r     store.Record
			}{
				{"kind", store.Record{ID: "1"}},
				{"kind", store.Record{Kind: ok.Kind + "k", ID: "1"}},
				{"kind", store.Record{Kind: "a\x00", ID: "1"}},
				{"kind", store.Record{Kind: "\xff", ID: "1"}},
				{"id", store.Record{Kind: "a"}},
				{"id", store.Record{Kind: "a", ID: ok.ID + "i"}},
				{"id", store.Record{Kind: "a", ID: "1\x002"}},
				{"id", store.Record{Kind: "a", ID: "1\xc3"}},
				{"body", store.Record{Kind: "a", ID: "1", Body: make([]byte, store.MaxBody+1)}},
				{"keys/1/index", store.Record{Kind: "a", ID: "1", Keys: []store.Key{{Index: "x", Bytes: nil}, {Index: "", Bytes: nil}}}},
				{"keys/0/index", store.Record{Kind: "a", ID: "1", Keys: []store.Key{{Index: "x\x00", Bytes: nil}}}},
				{"keys/0/bytes", store.Record{Kind: "a", ID: "1", Keys: []store.Key{{Index: "x", Bytes: make([]byte, store.MaxKey+1)}}}},
			} {
				err := w.Put(c.r)
				require.ErrorIs(t, err, store.ErrInvalid, c.field)
				require.Equal(t, []string{c.field}, fields(err))
			}
			require.ErrorIs(t, w.Drop("a\x00", "1"), store.ErrInvalid)
			require.Empty(t, ids(t, w, store.Query{Kind: "a"}))
		})
	})

	t.Run("a failed update leaves no trace", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		mine := errors.New("mine")
		prepare := func(w store.Writer) error {
			return errors.Join(
				w.Put(store.Record{Kind: "a", ID: "old", Side: true, Body: []byte("before"), Keys: []store.Key{{Index: "x", Bytes: []byte("1")}}}),
				w.Append(store.Event{Position: 1, Body: []byte("one")}),
				w.OpenBox("poll", store.Box{}),
			)
		}
		spoil := func(w store.Writer) error {
			return errors.Join(
				w.Put(store.Record{Kind: "a", ID: "old", Side: true, Version: 1, Body: []byte("after"), Keys: []store.Key{{Index: "x", Bytes: []byte("2")}}}),
				w.Put(store.Record{Kind: "a", ID: "new"}),
				w.Append(store.Event{Position: 2}, store.Event{Position: 3}),
				w.OpenBox("other", store.Box{}),
				w.ShutBox("poll"),
			)
		}
		require.NoError(t, st.Update(context.Background(), space, prepare))
		before := dump(t, st, space)
		require.Same(t, mine, st.Update(context.Background(), space, func(w store.Writer) error {
			require.NoError(t, spoil(w))
			return mine
		}), "the error comes back as it is")
		require.Equal(t, before, dump(t, st, space))
		require.PanicsWithValue(t, "mine", func() {
			_ = st.Update(context.Background(), space, func(w store.Writer) error {
				require.NoError(t, spoil(w))
				panic("mine")
			})
		})
		require.Equal(t, before, dump(t, st, space))
		require.NoError(t, st.Update(context.Background(), space, spoil), "and nothing stands in the way of the next")
		require.NotEqual(t, before, dump(t, st, space))
	})

	t.Run("a method that fails writes nothing even if the update goes on", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Put(store.Record{Kind: "a", ID: "1", Keys: []store.Key{{Index: "x", Bytes: []byte("1")}}}))
			require.NoError(t, w.Append(store.Event{Position: 1}))
		})
		before := dump(t, st, space)
		update(t, st, func(w store.Writer) {
			require.ErrorIs(t, w.Put(store.Record{Kind: "a", ID: "1", Keys: []store.Key{{Index: "x", Bytes: []byte("2")}}}), store.ErrVersion)
			require.ErrorIs(t, w.Append(store.Event{Position: 2}, store.Event{Position: 4}), store.ErrPosition)
			require.ErrorIs(t, w.ShutBox("poll"), store.ErrNoBox)
		})
		require.Equal(t, before, dump(t, st, space))
	})
}
