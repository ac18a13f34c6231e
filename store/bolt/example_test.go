package bolt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/bolt"
)

// A file is made where there is none, and keeps what it was given.
func Example() {
	dir, err := os.MkdirTemp("", "coop")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "coop.db")
	ctx := context.Background()

	st, err := bolt.Open(path, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = st.Update(ctx, "garden", func(w store.Writer) error {
		return w.Append(store.Event{Position: 1, Body: []byte("the space was founded")})
	})
	fmt.Println("written:", err, st.Close())

	st, err = bolt.Open(path, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	err = st.View(ctx, "garden", func(r store.Reader) error {
		for e, err := range r.Events(0) {
			if err != nil {
				return err
			}
			fmt.Println(e.Position, string(e.Body))
		}
		return nil
	})
	fmt.Println("read:", err)

	// Output:
	// written: <nil> <nil>
	// 1 the space was founded
	// read: <nil>
}
