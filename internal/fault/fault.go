// Package fault is the one shape of every error that leaves the project: a kind for programs that only need to know what
// to do next, a stable code for programs that need to know what happened, a sentence for people, and the places at fault.
//
// Packages declare the errors they mean as exported values and add context where they return them:
//
//	var ErrPollClosed = fault.New(fault.Conflict, "poll.closed", "the poll is closed")
//	...
//	return ErrPollClosed.At("poll", id)
//
// Compare with errors.Is. An error that is no fault is Internal: its text is for the operator's log and is shown to nobody.
// Kinds and codes are append-only, for they travel over the wire; docs/errors.md lists them all.
package fault

import (
	"context"
	"errors"
	"strings"
)

// Kind says what the caller can do about an error.
type Kind uint8

// The kinds. Append only.
const (
	Internal        Kind = iota // a defect or a failing machine: nothing the caller sent is at fault
	Malformed                   // the input cannot be read at all: broken syntax, a truncated file
	Invalid                     // the input was read and a value in it breaks a rule; Fields says where
	Unauthenticated             // nobody, or nobody known, is asking
	Forbidden                   // the asker may not do this
	NotFound                    // there is no such thing, or the asker may not know of it
	Conflict                    // the state of things does not allow it (any more)
	Stale                       // it changed since the caller last read it: read again, then decide
	Unmet                       // a condition that the rules set is not met
	Busy                        // too much is waiting: the same call may succeed in a moment
)

var kindNames = [...]string{
	"internal", "malformed", "invalid", "unauthenticated", "forbidden",
	"not_found", "conflict", "stale", "unmet", "busy",
}

// String gives the kind's name, as in docs/errors.md.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Field is one place at fault: where (a JSON-pointer-like path, a column, "line 7"), and what is wrong there.
type Field struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// Error is a fault. Values are immutable: At and Wrap return copies, which errors.Is still finds equal to the declared value.
type Error struct {
	Kind   Kind
	Code   string  // stable, "noun.what_happened"
	Text   string  // one sentence for people, lower case, without a full stop
	Fields []Field // the places at fault, in reading order
	cause  error
}

// New declares a fault. Code is unique in the project and has a line in docs/errors.md; a test holds both.
func New(kind Kind, code, text string) *Error {
	return &Error{Kind: kind, Code: code, Text: text}
}

// Error gives the sentence with its places and its cause: the whole story, for logs and terminals.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Text)
	for i, f := range e.Fields {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		if f.Path != "" {
			b.WriteString(f.Path)
			if f.Text != "" {
				b.WriteString(": ")
			}
		}
		b.WriteString(f.Text)
	}
	if e.cause != nil {
		b.WriteString(": ")
		b.WriteString(e.cause.Error())
	}
	return b.String()
}

// Is holds for every copy of the same declared fault, whatever its places and cause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Unwrap gives the cause, which is for operators and never for the asker.
func (e *Error) Unwrap() error { return e.cause }

// At returns a copy with one more place at fault.
func (e *Error) At(path, text string) *Error {
	return e.With(Field{Path: path, Text: text})
}

// With returns a copy with more places at fault.
func (e *Error) With(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// Wrap returns a copy that keeps cause for the operator's log.
func (e *Error) Wrap(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// ErrInternal stands for every error without a kind when one must be shown.
var ErrInternal = New(Internal, "internal", "something went wrong on our side; nothing was recorded")

// ErrCanceled is what a caller's own cancelled or expired context becomes at the edge.
var ErrCanceled = New(Busy, "request.canceled", "the request was abandoned before it was answered; repeat it with the same key to learn its outcome")

// Of gives the fault in err's chain. A cancelled context is ErrCanceled; anything else without a kind is ErrInternal
// with err as its cause. Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return ErrCanceled.Wrap(err)
	}
	return ErrInternal.Wrap(err)
}

// KindOf gives err's kind; Internal for an error that has none.
func KindOf(err error) Kind {
	if f := Of(err); f != nil {
		return f.Kind
	}
	return Internal
}

// List gathers the places at fault of one input, so that a person sees all of them at once.
// The zero List is ready; Err is nil while nothing was added.
type List struct{ fields []Field }

// Add notes one place at fault.
func (l *List) Add(path, text string) { l.fields = append(l.fields, Field{Path: path, Text: text}) }

// Err returns e with all the places noted, or nil when there are none.
func (l *List) Err(e *Error) error {
	if len(l.fields) == 0 {
		return nil
	}
	return e.With(l.fields...)
}
