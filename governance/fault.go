package governance

import "github.com/communecter/coopspace/internal/fault"

// Kind says what a caller can do about an error; docs/errors.md has a line for each. Kinds are append-only.
type Kind = fault.Kind

// The kinds.
const (
	KindInternal        = fault.Internal        // a defect or a failing machine: nothing the caller sent is at fault
	KindMalformed       = fault.Malformed       // the input cannot be read at all
	KindInvalid         = fault.Invalid         // the input was read, and a value in it breaks a rule
	KindUnauthenticated = fault.Unauthenticated // nobody, or nobody known, is asking
	KindForbidden       = fault.Forbidden       // the asker may not do this
	KindNotFound        = fault.NotFound        // there is no such thing, or the asker may not know of it
	KindConflict        = fault.Conflict        // the state of things does not allow it (any more)
	KindStale           = fault.Stale           // it changed since the caller last read it: read again, then decide
	KindUnmet           = fault.Unmet           // a condition that the rules set is not met
	KindBusy            = fault.Busy            // too much is waiting: the same call may succeed in a moment
)

// KindOf tells what a caller can do about an error of this project; KindInternal for one that is none of ours.
func KindOf(err error) Kind { return fault.KindOf(err) }

// Fault gives an error of this project with its kind, code, sentence and places; an error that is none of ours is an
// internal one whose cause is for the operator only.
func Fault(err error) *fault.Error { return fault.Of(err) }
