package bolt

import (
	"bytes"
	"encoding/binary"

	"github.com/communecter/coopspace/store"
	"github.com/communecter/coopspace/store/internal/wire"
)

// The layout, format 1. The file has one bucket per space and the mark. A space has these buckets, made when needed:
//
//	rec    kind 0 id                      flags, version, keys, body
//	idx    kind 0 index 0 key 0 1 id      nothing; zero bytes of the key are written 0 255
//	log    position, big-endian           body
//	box    poll                           flags, count
//	bal    one bucket per poll:
//	           the ballot's key           rank, rev, retry, same, body
//
// Numbers are uvarints unless said otherwise. Byte order is the order of every listing.
type bucket int

const (
	rec bucket = iota
	idx
	log
	box
	bal
	buckets
)

var bucketNames = [buckets][]byte{[]byte("rec"), []byte("idx"), []byte("log"), []byte("box"), []byte("bal")}

// damaged is what a value that cannot be read gives.
func damaged(what string) error { return store.ErrForeign.At(what, "is damaged") }

func recordAt(kind, id string) []byte {
	b := make([]byte, 0, len(kind)+1+len(id))
	b = append(b, kind...)
	b = append(b, 0)
	return append(b, id...)
}

// listedAt gives where the keys with a prefix begin in idx.
func listedAt(kind, index string, prefix []byte) []byte {
	b := make([]byte, 0, len(kind)+len(index)+len(prefix)+16)
	b = append(b, kind...)
	b = append(b, 0)
	b = append(b, index...)
	b = append(b, 0)
	for {
		i := bytes.IndexByte(prefix, 0)
		if i < 0 {
			return append(b, prefix...)
		}
		b = append(b, prefix[:i]...)
		b = append(b, 0, 255)
		prefix = prefix[i+1:]
	}
}

// keyEnd ends a key in idx: it sorts before whatever could go on with the key.
var keyEnd = []byte{0, 1}

// entryAt gives where one entry lies in idx.
func entryAt(kind string, k store.Key, id string) []byte {
	return append(append(listedAt(kind, k.Index, k.Bytes), keyEnd...), id...)
}

// readEntry reads what follows kind and index in idx.
func readEntry(b []byte) (store.Place, bool) {
	key, id, ok := bytes.Cut(b, keyEnd)
	if bytes.IndexByte(key, 0) >= 0 {
		key = bytes.ReplaceAll(key, []byte{0, 255}, []byte{0})
	}
	return store.Place{Key: key, ID: string(id)}, ok
}

const flagSide = 1

func appendRecord(b []byte, r store.Record) []byte {
	var flags byte
	if r.Side {
		flags |= flagSide
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, r.Version)
	b = binary.AppendUvarint(b, uint64(len(r.Keys)))
	for _, k := range r.Keys {
		b = wire.AppendString(wire.AppendString(b, k.Index), k.Bytes)
	}
	return append(b, r.Body...)
}

// readRecord reads a record's value. The result points into b.
func readRecord(kind, id string, b []byte) (store.Record, error) {
	d := wire.Decoder{Rest: b}
	r := store.Record{Kind: kind, ID: id}
	r.Side = d.Byte()&flagSide != 0
	r.Version = d.Uvarint()
	if n := d.Uvarint(); n > 0 && n <= uint64(len(d.Rest)) {
		r.Keys = make([]store.Key, n)
		for i := range r.Keys {
			r.Keys[i] = store.Key{Index: string(d.Bytes()), Bytes: d.Bytes()}
		}
	} else if n > 0 {
		d.Bad = true
	}
	r.Body = d.Rest
	if d.Bad {
		return store.Record{}, damaged(kind + "/" + id)
	}
	return r, nil
}

// boxState is the value of a poll in box.
type boxState struct {
	store.Box
	count uint64
}

const (
	flagChange = 1
	flagShut   = 2
)

func (s boxState) append(b []byte) []byte {
	var flags byte
	if s.Change {
		flags |= flagChange
	}
	if s.Shut {
		flags |= flagShut
	}
	return binary.AppendUvarint(append(b, flags), s.count)
}

func readBox(poll string, b []byte) (boxState, error) {
	d := wire.Decoder{Rest: b}
	flags := d.Byte()
	s := boxState{Box: store.Box{Change: flags&flagChange != 0, Shut: flags&flagShut != 0}, count: d.Uvarint()}
	if d.Bad {
		return boxState{}, damaged("box/" + poll)
	}
	return s, nil
}

// A ballot's value: rank, rev (8 bytes, big-endian, so that it can be filled in last), lengths of retry and same (a byte
// each), retry, same, body.
const ballotHead = 1 + 8 + 1 + 1

// appendBallot writes a ballot's value with its Rev left out; setRev fills it in.
func appendBallot(b []byte, v *store.Ballot) []byte {
	b = append(b, v.Rank, 0, 0, 0, 0, 0, 0, 0, 0, byte(len(v.Retry)), byte(len(v.Same)))
	b = append(b, v.Retry...)
	b = append(b, v.Same...)
	return append(b, v.Body...)
}

func setRev(value []byte, rev uint64) { binary.BigEndian.PutUint64(value[1:], rev) }

// readBallot reads a ballot's value into v, whose Retry, Same and Body then point into b. It is false for a damaged one.
func readBallot(v *store.Ballot, b []byte) bool {
	if len(b) < ballotHead {
		return false
	}
	retry := ballotHead + int(b[9])
	same := retry + int(b[10])
	if same > len(b) {
		return false
	}
	v.Rank = b[0]
	v.Rev = binary.BigEndian.Uint64(b[1:])
	v.Retry = b[ballotHead:retry:retry]
	v.Same = b[retry:same:same]
	v.Body = b[same:len(b):len(b)]
	return true
}
