package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Commitment stands in an event for something a person wrote: the hex SHA-256 of a 32-byte random salt followed by the
// text. The text and its salt lie in a side record under this name. Once they are dropped, the commitment tells nothing
// about the text, and the log verifies as before. Empty stands for no text.
type Commitment string

const (
	textKind = "text" // side records: id = commitment, body = salt and text
	saltSize = 32
)

// ErrText is a side text that does not match its commitment.
var ErrText = fault.New(fault.Internal, "journal.text", "a stored text does not match what the log committed to")

// commit hashes salted bytes.
func commit(salted []byte) Commitment {
	h := sha256.Sum256(salted)
	return Commitment(hex.EncodeToString(h[:]))
}

// Commit writes v as JSON beside the log and gives the commitment for the event. keys index the side record; they go
// when it goes.
func (tx *Tx) Commit(v any, keys ...store.Key) (Commitment, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	salted := make([]byte, saltSize, saltSize+len(text))
	if _, err := io.ReadFull(tx.j.rand, salted); err != nil {
		return "", err
	}
	salted = append(salted, text...)
	c := commit(salted)
	return c, tx.w.Put(store.Record{Kind: textKind, ID: string(c), Side: true, Body: salted, Keys: keys})
}

// Erase drops a text with its salt and its index keys. Erasing what is gone does nothing.
func (tx *Tx) Erase(c Commitment) error {
	if c == "" {
		return nil
	}
	return tx.w.Drop(textKind, string(c))
}

// Text reads a text into v; false, and v untouched, when there is none or it was erased.
func (r *Reader) Text(c Commitment, v any) (bool, error) {
	if c == "" {
		return false, nil
	}
	rec, err := r.r.Get(textKind, string(c))
	if errors.Is(err, store.ErrNoRecord) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, openText(c, rec.Body, v)
}

// Salted gives the bytes that a commitment hashes: the salt, then the text. Whoever is given them can show what the log
// committed to, with [Commitment.Open]. nil when there is no such text, or it was erased.
func (r *Reader) Salted(c Commitment) ([]byte, error) {
	if c == "" {
		return nil, nil
	}
	rec, err := r.r.Get(textKind, string(c))
	if errors.Is(err, store.ErrNoRecord) {
		return nil, nil
	}
	return bytes.Clone(rec.Body), err
}

// Open checks salted bytes against the commitment and reads their text into v; ErrText when they are not what was
// committed to.
func (c Commitment) Open(salted []byte, v any) error { return openText(c, salted, v) }

// openText checks a salted text against its commitment and reads it.
func openText(c Commitment, salted []byte, v any) error {
	if len(salted) < saltSize || commit(salted) != c {
		return ErrText.At(string(c), "")
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(salted[saltSize:], v); err != nil {
		return ErrText.At(string(c), "cannot be read").Wrap(err)
	}
	return nil
}
