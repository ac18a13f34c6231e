package journal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Command says who asks for what, for the log's envelope and so that a repeated request is answered once.
type Command struct {
	Name  string // "polls.open"
	By    By
	Key   string // idempotency key, at most MaxKey bytes; empty: none
	Input any    // what is asked, compared when the key is seen again; marshals to JSON
}

// MaxKey bounds an idempotency key, in bytes.
const MaxKey = 200

// KeepReplies is how long a reply is kept for its idempotency key.
const KeepReplies = 30 * 24 * time.Hour

// Errors about idempotency keys.
var (
	ErrKey       = fault.New(fault.Invalid, "journal.key", "an idempotency key has 1 to 200 printable ASCII characters")
	ErrKeyReused = fault.New(fault.Conflict, "journal.key_reused", "this idempotency key was used before with another request")
)

const (
	replyKind = "journal.reply" // side records: id = hash of actor and key
	replyByAt = "at"
)

// reply is the answer to a command that was repeated with the same key.
type reply struct {
	At    time.Time       `json:"at"`
	Input string          `json:"input"` // hash of name and input
	Value json.RawMessage `json:"value"`
}

// Do carries out a command in a space: fn reads, decides and emits, alone in this space. Its events, their records, and
// the reply for the command's idempotency key are committed together. An error from fn leaves no trace and no reply, so
// that the same key may try again. R marshals to JSON and back without loss; it should hold ids rather than texts, for
// replies are kept.
func Do[R any](ctx context.Context, j *Journal, space store.SpaceID, cmd Command, fn func(*Tx) (R, error)) (R, error) {
	var out, none R
	if err := CheckKey(cmd.Key); err != nil {
		return none, err
	}
	wrote := false
	err := j.st.Update(ctx, space, func(w store.Writer) error {
		out, wrote = none, false // the store may run this again
		tx := &Tx{Reader: Reader{r: w, j: j, space: space}, w: w, cmd: cmd, id: j.newID()}
		var err error
		if tx.head, err = readHead(w); err != nil {
			return err
		}
		if err := j.current(w, &tx.head); err != nil {
			return err
		}
		tx.from = tx.head.Edge.Size
		tx.now = j.Now()
		if tx.now.Before(tx.head.At) {
			tx.now = tx.head.At
		}
		replies, err := openReplies(tx)
		if err != nil {
			return err
		}
		if found, err := replies.find(&out); found || err != nil {
			return err
		}
		if out, err = fn(tx); err != nil {
			return err
		}
		if err := tx.finish(); err != nil {
			return err
		}
		wrote = len(tx.pending) > 0
		return replies.keep(out)
	})
	if err != nil {
		return none, err
	}
	if wrote {
		j.wake(space)
	}
	return out, nil
}

// CheckKey bounds an idempotency key.
func CheckKey(key string) error {
	if len(key) > MaxKey {
		return ErrKey
	}
	for i := range len(key) {
		if key[i] < 0x20 || key[i] > 0x7e {
			return ErrKey
		}
	}
	return nil
}

// replies is the idempotency of one command; inert when the command has no key.
type replies struct {
	tx    *Tx
	id    string
	input string
}

func openReplies(tx *Tx) (replies, error) {
	if tx.cmd.Key == "" {
		return replies{}, nil
	}
	input, err := json.Marshal(tx.cmd.Input)
	if err != nil {
		return replies{}, err
	}
	return replies{
		tx:    tx,
		id:    digest(tx.cmd.By.Kind, tx.cmd.By.ID, tx.cmd.By.For, tx.cmd.Key),
		input: digest(tx.cmd.Name, string(input)),
	}, nil
}

// find gives the stored reply, if this key was seen: with the same input the reply, with another one a refusal.
func (p replies) find(out any) (bool, error) {
	if p.tx == nil {
		return false, nil
	}
	rec, err := p.tx.w.Get(replyKind, p.id)
	if errors.Is(err, store.ErrNoRecord) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var old reply
	if err := json.Unmarshal(rec.Body, &old); err != nil {
		return false, err
	}
	if p.tx.now.Sub(old.At) > KeepReplies {
		return false, p.tx.w.Drop(replyKind, p.id)
	}
	if old.Input != p.input {
		return false, ErrKeyReused
	}
	return true, json.Unmarshal(old.Value, out)
}

// keep stores the reply, and drops two that are past their time, so that as many go as come.
func (p replies) keep(out any) error {
	if p.tx == nil {
		return nil
	}
	value, err := json.Marshal(out)
	if err != nil {
		return err
	}
	body, err := json.Marshal(reply{At: p.tx.now, Input: p.input, Value: value})
	if err != nil {
		return err
	}
	var past []string
	for rec, err := range p.tx.w.List(store.Query{Kind: replyKind, Index: replyByAt, Limit: 2}) {
		if err != nil {
			return err
		}
		var old reply
		if err := json.Unmarshal(rec.Body, &old); err != nil {
			return err
		}
		if p.tx.now.Sub(old.At) > KeepReplies {
			past = append(past, rec.ID)
		}
	}
	for _, id := range past {
		if err := p.tx.w.Drop(replyKind, id); err != nil {
			return err
		}
	}
	return p.tx.w.Put(store.Record{
		Kind: replyKind, ID: p.id, Side: true, Body: body,
		Keys: []store.Key{{Index: replyByAt, Bytes: TimeKey(p.tx.now)}},
	})
}

// digest hashes strings so that no two different lists of them have the same bytes.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TimeKey gives the bytes under which an index orders by time: microseconds since 1970, earliest first; times before
// 1970 come before all others.
func TimeKey(t time.Time) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(t.UnixMicro())^(1<<63))
	return b[:]
}
