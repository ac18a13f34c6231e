package store_test

import (
	"context"
	"fmt"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/memory"
)

// The three things a space holds: a record that is found by its index key, an event in the log, and a box of ballots.
func Example() {
	ctx := context.Background()
	st := memory.New() // or bolt.Open("coop.db", nil)
	defer st.Close()

	err := st.Update(ctx, "garden", func(w store.Writer) error {
		if err := w.Append(store.Event{Position: 1, Body: []byte("poll opened")}); err != nil {
			return err
		}
		open := store.Key{Index: "state", Bytes: []byte("open")}
		if err := w.Put(store.Record{Kind: "poll", ID: "p1", Body: []byte("a new well?"), Keys: []store.Key{open}}); err != nil {
			return err
		}
		return w.OpenBox("p1", store.Box{})
	})
	fmt.Println("opened:", err)

	for _, choice := range []string{"for", "against"} {
		e, err := st.Cast(ctx, store.Ballot{Space: "garden", Poll: "p1", Key: []byte("ana"), Body: []byte(choice)})
		fmt.Printf("cast %s: %s, %v; in the box: %s\n", choice, e.Outcome, err, e.Ballot.Body)
	}

	err = st.View(ctx, "garden", func(r store.Reader) error {
		for rec, err := range r.List(store.Query{Kind: "poll", Index: "state", Prefix: []byte("open")}) {
			if err != nil {
				return err
			}
			n, err := r.Count(rec.ID)
			if err != nil {
				return err
			}
			fmt.Printf("%s %s, %d ballot\n", rec.ID, rec.Body, n)
		}
		return nil
	})
	fmt.Println("read:", err)

	// Output:
	// opened: <nil>
	// cast for: first, <nil>; in the box: for
	// cast against: taken, <nil>; in the box: for
	// p1 a new well?, 1 ballot
	// read: <nil>
}
