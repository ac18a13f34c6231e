package journal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/store"
)

// Checkpoint is what a signature on a log says: which log, how long, and its root. Its text form is C2SP
// tlog-checkpoint.
type Checkpoint struct {
	Origin string // names the log: "<key name>/<space>", with "/<epoch>" after it once the log was restored from a copy
	Size   int64
	Root   Hash
}

// String gives the text that is signed: three lines.
func (c Checkpoint) String() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// ErrCheckpoint is a checkpoint that cannot be read or whose signature is not the expected key's.
var ErrCheckpoint = fault.New(fault.Invalid, "journal.checkpoint", "the checkpoint is damaged or not signed by the expected key")

// ParseCheckpoint reads the text of a checkpoint. Lines after the third are extensions: none is empty, and they are
// ignored.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) != 4 || !strings.HasSuffix(text, "\n") || strings.HasPrefix(text, "\n") || strings.Contains(text, "\n\n") {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, ErrCheckpoint.At("size", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(Hash{}) || base64.StdEncoding.EncodeToString(root) != lines[2] {
		return Checkpoint{}, ErrCheckpoint.At("root", lines[2])
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}, nil
}

// OpenCheckpoint reads a signed checkpoint and checks its signature.
func OpenCheckpoint(signed []byte, v note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, ErrCheckpoint.Wrap(err)
	}
	return ParseCheckpoint(n.Text)
}

const (
	checkpointKind = "journal.checkpoint"
	checkpointID   = "last"
)

// Checkpoint signs the log as it stands, and keeps what it signed, so that Verify can hold the log to it. A log that
// contradicts the last checkpoint kept is not signed: ErrVerify.
func (j *Journal) Checkpoint(ctx context.Context, space store.SpaceID) ([]byte, error) {
	var signed []byte
	grown := false
	err := j.View(ctx, space, func(r *Reader) error {
		h, err := readHead(r.r)
		if err != nil {
			return err
		}
		last, rec, err := j.lastCheckpoint(r.r)
		if err != nil {
			return err
		}
		if last.Size > 0 {
			if err := j.holds(r, h, last); err != nil {
				return err
			}
			if last.Size == h.Edge.Size {
				signed = bytes.Clone(rec.Body)
				return nil
			}
		}
		c := Checkpoint{Size: h.Edge.Size, Root: h.Edge.Root()}
		if c.Origin, err = j.origin(r.r, space, c.Size); err != nil {
			return err
		}
		if again, err := ParseCheckpoint(c.String()); err != nil || again != c {
			return ErrCheckpoint.At("origin", c.Origin)
		}
		grown = c.Size > 0
		signed, err = j.Sign(c.String())
		return err
	})
	if err != nil || !grown {
		return signed, err
	}
	return signed, j.keepCheckpoint(ctx, space, signed)
}

// holds tells whether the log goes on from a checkpoint of its own.
func (j *Journal) holds(r *Reader, h head, c Checkpoint) error {
	switch origin, err := j.origin(r.r, r.space, c.Size); {
	case err != nil:
		return err
	case c.Origin != origin:
		return ErrVerify.At("checkpoint", "it speaks of "+c.Origin)
	}
	root, err := rootAt(r.r, h, c.Size)
	if err != nil || root != c.Root {
		return ErrVerify.At("checkpoint", fmt.Sprintf("the log is not the one that was signed at %d entries", c.Size)).Wrap(err)
	}
	return nil
}

// keepCheckpoint stores a signed checkpoint unless a later one is stored.
func (j *Journal) keepCheckpoint(ctx context.Context, space store.SpaceID, signed []byte) error {
	c, err := OpenCheckpoint(signed, j.verifier)
	if err != nil {
		return err
	}
	return j.st.Update(ctx, space, func(w store.Writer) error {
		kept, rec, err := j.lastCheckpoint(w)
		if err != nil || kept.Size >= c.Size {
			return err
		}
		return w.Put(store.Record{Kind: checkpointKind, ID: checkpointID, Version: rec.Version, Side: true, Body: signed})
	})
}

// lastCheckpoint reads the last checkpoint kept; the zero one when there is none.
func (j *Journal) lastCheckpoint(r store.Reader) (Checkpoint, store.Record, error) {
	rec, err := r.Get(checkpointKind, checkpointID)
	if errors.Is(err, store.ErrNoRecord) {
		return Checkpoint{}, store.Record{}, nil
	}
	if err != nil {
		return Checkpoint{}, store.Record{}, err
	}
	c, err := OpenCheckpoint(rec.Body, j.verifier)
	return c, rec, err
}
