// Package archive is the portable form of all that a store holds: what a backup is written in, and what either driver is
// filled from.
//
//	n, err := archive.Write(file, st.Pieces(ctx))   // beside a running server, as of one moment
//	...
//	sum, err := archive.Check(ctx, file)            // whole, as it was written?
//	at, err := store.Fill(ctx, other, sum.String(), archive.Read(ctx, file), nil)
//
// # Format
//
// A line with the version, "coopspace archive 1"; then each [store.Piece] in the order of [store.Mover.Pieces], its length
// in bytes before it; then a zero, and the SHA-256 of everything before it. Lengths and numbers are uvarints in their
// shortest form, so that the same pieces are the same bytes. A piece is one byte that says what it is, and:
//
//	1 space    id
//	2 record   flags (1: side), version, kind, id, number of keys, for each its index and its bytes; body
//	3 event    position, body
//	4 box      flags (1: change, 2: shut), poll
//	5 ballot   rank (one byte), rev, key, retry, same; body
//
// where each string but the last of a piece has its length before it. What lies in a space or in a box follows it.
//
// Nothing is compressed or encrypted: other programs do that better, and an archive may go through them as it is.
//
// # Caveats
//
// The sum shows damage, not forgery. It comes last: whoever reads pieces knows only at the end that they were whole, so
// Check goes first.
package archive

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/wire"
)

// magic begins every archive, whatever its version; version is the one that this program writes, and the last it reads.
const (
	magic   = "coopspace archive "
	version = 1
)

// Summary is what is known of a whole archive.
type Summary struct {
	Pieces int
	Sum    [32]byte // SHA-256: the same for archives of the same pieces
}

// String names the archive by its sum.
func (s Summary) String() string { return "backup " + hex.EncodeToString(s.Sum[:8]) }

// Errors about archives. The places are bytes from the beginning, from 0.
var (
	ErrForeign = fault.New(fault.Malformed, "archive.foreign", "the file is no backup of coopspace")
	ErrNewer   = fault.New(fault.Conflict, "archive.newer", "the backup was written by a newer version of the program than this one")
	ErrDamaged = fault.New(fault.Malformed, "archive.damaged", "the backup is damaged or cut short; nothing of it was used")
)

const (
	flagSide   = 1
	flagChange = 1
	flagShut   = 2
)

// appendPiece writes a piece without its length.
func appendPiece(b []byte, p *store.Piece) []byte {
	b = append(b, byte(p.What))
	switch p.What {
	case store.PieceSpace:
		b = append(b, p.Space...)
	case store.PieceRecord:
		r := &p.Record
		var flags byte
		if r.Side {
			flags |= flagSide
		}
		b = binary.AppendUvarint(append(b, flags), r.Version)
		b = wire.AppendString(wire.AppendString(b, r.Kind), r.ID)
		b = binary.AppendUvarint(b, uint64(len(r.Keys)))
		for _, k := range r.Keys {
			b = wire.AppendString(wire.AppendString(b, k.Index), k.Bytes)
		}
		b = append(b, r.Body...)
	case store.PieceEvent:
		b = binary.AppendUvarint(b, uint64(p.Event.Position))
		b = append(b, p.Event.Body...)
	case store.PieceBox:
		var flags byte
		if p.Box.Change {
			flags |= flagChange
		}
		if p.Box.Shut {
			flags |= flagShut
		}
		b = append(append(b, flags), p.Poll...)
	case store.PieceBallot:
		v := &p.Ballot
		b = binary.AppendUvarint(append(b, v.Rank), v.Rev)
		b = wire.AppendString(wire.AppendString(wire.AppendString(b, v.Key), v.Retry), v.Same)
		b = append(b, v.Body...)
	}
	return b
}

// readPiece reads a piece that lies in the space and under the poll at hand. Its bytes are b's. It is false for what
// appendPiece does not write.
func readPiece(b []byte, space store.SpaceID, poll string) (store.Piece, bool) {
	d := wire.Decoder{Rest: b}
	p := store.Piece{What: store.What(d.Byte()), Space: space}
	switch p.What {
	case store.PieceSpace:
		p.Space = store.SpaceID(d.Rest)
	case store.PieceRecord:
		r := &p.Record
		r.Side = readFlags(&d, flagSide)&flagSide != 0
		r.Version = d.Uvarint()
		r.Kind, r.ID = string(d.Bytes()), string(d.Bytes())
		n := d.Uvarint()
		if n > uint64(len(d.Rest)) { // each takes more than a byte
			return p, false
		}
		for range n {
			k := store.Key{Index: string(d.Bytes()), Bytes: d.Bytes()}
			if m := len(r.Keys); d.Bad || m > 0 && r.Keys[m-1].Compare(k) >= 0 { // before many that are nothing take memory
				return p, false
			}
			r.Keys = append(r.Keys, k)
		}
		r.Body = d.Rest
	case store.PieceEvent:
		p.Event.Position = store.Position(d.Uvarint())
		p.Event.Body = d.Rest
	case store.PieceBox:
		flags := readFlags(&d, flagChange|flagShut)
		p.Box = store.Box{Change: flags&flagChange != 0, Shut: flags&flagShut != 0}
		p.Poll = string(d.Rest)
	case store.PieceBallot:
		v := &p.Ballot
		v.Space, v.Poll = space, poll
		v.Rank, v.Rev = d.Byte(), d.Uvarint()
		v.Key, v.Retry, v.Same = d.Bytes(), d.Bytes(), d.Bytes()
		v.Body = d.Rest
	}
	return p, !d.Bad
}

// readFlags reads a byte in which only these bits mean something.
func readFlags(d *wire.Decoder, known byte) byte {
	c := d.Byte()
	d.Bad = d.Bad || c&^known != 0
	return c
}
