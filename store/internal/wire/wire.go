// Package wire is how a file and an archive write what a store keeps: numbers as uvarints in their shortest form, and strings
// with their length before them.
package wire

import "encoding/binary"

// AppendString appends a string with its length before it.
func AppendString[S string | []byte](b []byte, s S) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Decoder reads from Rest, and notes in Bad that it could not. Strings point into Rest.
type Decoder struct {
	Rest []byte
	Bad  bool
}

// Byte reads a byte.
func (d *Decoder) Byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

// Uvarint reads a number.
func (d *Decoder) Uvarint() uint64 {
	n, w := binary.Uvarint(d.Rest)
	if w <= 0 || w > 1 && d.Rest[w-1] == 0 { // too long, or longer than it need be
		d.Bad = true
		return 0
	}
	d.Rest = d.Rest[w:]
	return n
}

// Bytes reads a string.
func (d *Decoder) Bytes() []byte { return d.take(d.Uvarint()) }

func (d *Decoder) take(n uint64) []byte {
	if n > uint64(len(d.Rest)) {
		d.Bad = true
		return nil
	}
	s := d.Rest[:n:n]
	d.Rest = d.Rest[n:]
	return s
}
