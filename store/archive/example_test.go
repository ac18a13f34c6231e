package archive_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/archive"
	"github.com/communecter/coopspace/store/memory"
)

// A backup is written from one store and fills another.
func Example() {
	ctx := context.Background()
	st := memory.New() // or bolt.Open("coop.db", nil)
	err := st.Update(ctx, "garden", func(w store.Writer) error {
		return w.Append(store.Event{Position: 1, Body: []byte("dug")}, store.Event{Position: 2, Body: []byte("sown")})
	})
	var file bytes.Buffer
	_, werr := archive.Write(&file, st.Pieces(ctx))
	fmt.Println("written:", err, werr)

	sum, err := archive.Check(ctx, bytes.NewReader(file.Bytes())) // whole, before anything of it is used
	fmt.Println("checked:", sum.Pieces, "pieces,", err)
	other := memory.New()
	filled, err := store.Fill(ctx, other, sum.String(), archive.Read(ctx, bytes.NewReader(file.Bytes())), nil)
	same := store.Same(st.Pieces(ctx), other.Pieces(ctx))
	fmt.Println("filled:", err, same, other.SetTransit(ctx, filled, store.Transit{}))

	// Output:
	// written: <nil> <nil>
	// checked: 3 pieces, <nil>
	// filled: <nil> <nil> <nil>
}
