package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/store"
)

// events reads a log, and every position must follow the one before.
func events(tb testing.TB, r store.Reader, after store.Position) []string {
	tb.Helper()
	var list []string
	for e, err := range r.Events(after) {
		require.NoError(tb, err)
		after++
		require.Equal(tb, after, e.Position)
		list = append(list, string(e.Body))
	}
	return list
}

func testLogs(t *testing.T, d Driver) {
	t.Run("events are appended and read from a position", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		view(t, st, func(r store.Reader) {
			head, err := r.Head()
			require.NoError(t, err)
			require.Zero(t, head)
			require.Empty(t, events(t, r, 0))
		})
		update(t, st, func(w store.Writer) {
			require.NoError(t, w.Append(store.Event{Position: 1, Body: []byte("one")}))
			require.NoError(t, w.Append(store.Event{Position: 2, Body: []byte("two")}, store.Event{Position: 3, Body: []byte("three")}))
			require.NoError(t, w.Append(), "nothing")
			require.Equal(t, []string{"one", "two", "three"}, events(t, w, 0), "a Writer sees its own events")
			head, err := w.Head()
			require.NoError(t, err)
			require.Equal(t, store.Position(3), head)
		})
		view(t, st, func(r store.Reader) {
			require.Equal(t, []string{"one", "two", "three"}, events(t, r, 0))
			require.Equal(t, []string{"three"}, events(t, r, 2))
			require.Empty(t, events(t, r, 3))
			require.Empty(t, events(t, r, 4))
			require.Empty(t, events(t, r, math.MaxUint64))
			for e, err := range r.Events(0) {
				require.NoError(t, err)
				require.Equal(t, []string{"two", "three"}, events(t, r, e.Position), "nested")
				break
			}
		})
	})

	t.Run("bodies come back byte for byte", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		bodies := [][]byte{nil, {}, {0}, everyByte(), bytes.Repeat(everyByte(), 280), []byte("after the large one")}
		update(t, st, func(w store.Writer) {
			for i, body := range bodies {
				own := bytes.Clone(body)
				require.NoError(t, w.Append(store.Event{Position: store.Position(i + 1), Body: own}))
				for j := range own {
					own[j] = 'X' // Append copied it
				}
			}
		})
		view(t, st, func(r store.Reader) {
			for i, got := range events(t, r, 0) {
				require.True(t, bytes.Equal(bodies[i], []byte(got)))
			}
		})
	})

	t.Run("the log has no gap under eight writers", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		const writers, each = 8, 25
		var wg sync.WaitGroup
		for n := range writers {
			wg.Go(func() {
				for i := range each {
					err := st.Update(context.Background(), space, func(w store.Writer) error {
						head, err := w.Head()
						if err != nil {
							return err
						}
						if i%5 == 4 {
							// What a failed Update appended leaves no hole.
							if err := w.Append(store.Event{Position: head + 1, Body: []byte("lost")}); err != nil {
								return err
							}
							return fmt.Errorf("on purpose")
						}
						return w.Append(store.Event{Position: head + 1, Body: fmt.Appendf(nil, "%d", n)})
					})
					if i%5 == 4 {
						require.EqualError(t, err, "on purpose")
					} else {
						require.NoError(t, err)
					}
				}
			})
		}
		wg.Wait()
		view(t, st, func(r store.Reader) {
			got := events(t, r, 0)
			require.Len(t, got, writers*each*4/5)
			count := map[string]int{}
			for _, body := range got {
				count[body]++
			}
			for n := range writers {
				require.Equal(t, each*4/5, count[fmt.Sprint(n)])
			}
		})
	})

	t.Run("a View reads the log as it was when it began", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: 1, Body: []byte("one")})) })
		view(t, st, func(r store.Reader) {
			for p := store.Position(2); p <= 100; p++ {
				update(t, st, func(w store.Writer) { require.NoError(t, w.Append(store.Event{Position: p, Body: []byte("later")})) })
			}
			require.Equal(t, []string{"one"}, events(t, r, 0))
			head, err := r.Head()
			require.NoError(t, err)
			require.Equal(t, store.Position(1), head)
		})
	})

	t.Run("refused: a position that does not follow", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			require.ErrorIs(t, w.Append(store.Event{Position: 0}), store.ErrPosition)
			require.ErrorIs(t, w.Append(store.Event{Position: 2}), store.ErrPosition)
			require.ErrorIs(t, w.Append(store.Event{Position: 1}, store.Event{Position: 1}), store.ErrPosition)
			require.ErrorIs(t, w.Append(store.Event{Position: 1}, store.Event{Position: 3}), store.ErrPosition)
			require.Empty(t, events(t, w, 0), "all or none")
			require.NoError(t, w.Append(store.Event{Position: 1}))
			require.ErrorIs(t, w.Append(store.Event{Position: 1}), store.ErrPosition)
		})
	})

	t.Run("refused: a body that is too long", func(t *testing.T) {
		t.Parallel()
		st := d.start(t)
		update(t, st, func(w store.Writer) {
			err := w.Append(store.Event{Position: 1, Body: make([]byte, store.MaxBody+1)})
			require.ErrorIs(t, err, store.ErrInvalid)
			require.Equal(t, []string{"body"}, fields(err))
		})
	})
}
