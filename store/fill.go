package store

import (
	"context"
	"crypto/rand"
	"iter"
)

// One transaction of a filling takes at most so many pieces, and about so many bytes.
const (
	fillPieces = 4096
	fillBytes  = 4 << 20
)

// Fill lays all pieces of a source into an empty store, in transactions of bounded size. from names the source. A filling
// that was cut off is taken over by another Fill from the same source, which passes over what lies there already: whoever is
// still at it gets ErrOvertaken. It is ErrUnfinished when the store is half filled from another one. told hears how many
// pieces lie there so far, after each transaction; it may be nil.
//
// The store is left in transit, as this Fill's own: at. Whoever filled it sees that it is whole ([Same]) and then replaces at
// by the zero Transit.
func Fill(ctx context.Context, to Mover, from string, pieces iter.Seq2[Piece, error], told func(pieces int)) (at Transit, err error) {
	was, err := to.Transit(ctx)
	if err != nil {
		return at, err
	}
	if was != (Transit{}) && was != (Transit{From: from, Attempt: was.Attempt}) {
		return at, was.Err()
	}
	at = Transit{From: from, Attempt: rand.Text()}
	if err := to.SetTransit(ctx, was, at); err != nil {
		return at, err
	}
	return at, lay(ctx, to, at, pieces, told)
}

// lay places all pieces, many at a time.
func lay(ctx context.Context, to Mover, at Transit, pieces iter.Seq2[Piece, error], told func(pieces int)) error {
	var waiting []Piece
	bytes, done := 0, 0
	place := func() error {
		if err := to.Place(ctx, at, waiting); err != nil {
			return err
		}
		done += len(waiting)
		waiting, bytes = waiting[:0], 0
		if told != nil {
			told(done)
		}
		return nil
	}
	for p, err := range pieces {
		if err != nil {
			return err
		}
		waiting = append(waiting, p.clone())
		if bytes += p.weight(); len(waiting) == fillPieces || bytes >= fillBytes {
			if err := place(); err != nil {
				return err
			}
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	return place()
}

// Same reads two sequences of pieces beside each other, and is nil when they are the same; ErrOccupied with the first
// piece that is not in both of them alike.
func Same(a, b iter.Seq2[Piece, error]) error {
	next, stop := iter.Pull2(b)
	defer stop()
	for p, err := range a {
		if err != nil {
			return err
		}
		q, err, more := next()
		switch {
		case more && err != nil:
			return err
		case !more || !p.Equal(&q):
			return ErrOccupied.At(p.String(), "")
		}
	}
	if q, err, more := next(); err != nil {
		return err
	} else if more {
		return ErrOccupied.At(q.String(), "")
	}
	return nil
}
