package postgres_test

import (
	"context"
	"fmt"
	"os"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/postgres"
)

// Processes on different machines open the same database, each as often as it likes. The schema is made by the first.
func Example() {
	ctx := context.Background()
	dsn := os.Getenv("COOPSPACE_POSTGRES") // such as postgres://coop@db.example.org/coop?sslmode=verify-full

	st, err := postgres.Open(ctx, dsn, &postgres.Options{Schema: "gardens"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	err = st.Update(ctx, "garden", func(w store.Writer) error {
		head, err := w.Head()
		if err != nil {
			return err
		}
		return w.Append(store.Event{Position: head + 1, Body: []byte("another process was here")})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
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
}
