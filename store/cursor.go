package store

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
)

// Place is where a listing stands: an index key and a record's id. A listing by id has no key.
type Place struct {
	Key []byte
	ID  string
}

// sum tells one listing from another, so that a cursor of a foreign listing, or a mangled one, is noticed. It guards
// against mistakes, not against forgery: a forged cursor only names a place in what its bearer may list anyway.
func (q Query) sum(place []byte) uint32 {
	var sum uint32
	for _, part := range [...][]byte{[]byte(q.Kind), []byte(q.Index), q.Prefix, place} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(part)))
		sum = crc32.Update(sum, crc32.IEEETable, n[:])
		sum = crc32.Update(sum, crc32.IEEETable, part)
	}
	return sum
}

// Cursor makes the cursor of a place in q's listing. Drivers call it.
func (q Query) Cursor(p Place) Cursor {
	b := make([]byte, 4, 4+binary.MaxVarintLen32+len(p.Key)+len(p.ID))
	b = binary.AppendUvarint(b, uint64(len(p.Key)))
	b = append(b, p.Key...)
	b = append(b, p.ID...)
	binary.BigEndian.PutUint32(b, q.sum(b[4:]))
	return Cursor(base64.RawURLEncoding.EncodeToString(b))
}

// Listed makes the record that a bare listing yields at a place. Drivers call it.
func (q Query) Listed(p Place) Record {
	return Record{Kind: q.Kind, ID: p.ID, Keys: []Key{{Index: q.Index, Bytes: p.Key}}}
}

// Place reads q.After: the place after which the listing goes on, false when it starts at the beginning. It is ErrCursor
// for a cursor that was not made by this listing. Drivers call it.
func (q Query) Place() (Place, bool, error) {
	if q.After == "" {
		return Place{}, false, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(q.After))
	if err != nil || len(b) < 4 || binary.BigEndian.Uint32(b) != q.sum(b[4:]) {
		return Place{}, false, ErrCursor
	}
	b = b[4:]
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)-w) {
		return Place{}, false, ErrCursor
	}
	p := Place{Key: b[w : w+int(n)], ID: string(b[w+int(n):])}
	listed := p.Key
	if q.Index == "" {
		listed = []byte(p.ID)
	}
	if name(p.ID, MaxID) != "" || !bytes.HasPrefix(listed, q.Prefix) {
		return Place{}, false, ErrCursor
	}
	return p, true, nil
}
