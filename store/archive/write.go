package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"iter"

	"github.com/communecter/coopspace/store"
)

// Write writes an archive of all pieces of a store. Whatever stands in w after an error is no archive. A reading of the
// store is open while it is written: give it a file, never somebody's connection.
func Write(w io.Writer, pieces iter.Seq2[store.Piece, error]) (Summary, error) {
	var s Summary
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
	fmt.Fprintf(out, "%s%d\n", magic, version)
	var frame, piece []byte
	for p, err := range pieces {
		if err != nil {
			return s, err
		}
		piece = appendPiece(piece[:0], &p)
		frame = append(binary.AppendUvarint(frame[:0], uint64(len(piece))), piece...)
		if _, err := out.Write(frame); err != nil {
			return s, err
		}
		s.Pieces++
	}
	_ = out.WriteByte(0) // an error comes back from Flush
	if err := out.Flush(); err != nil {
		return s, err
	}
	sum.Sum(s.Sum[:0])
	_, err := w.Write(s.Sum[:])
	return s, err
}
