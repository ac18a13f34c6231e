package poll

import (
	"errors"

	f "github.com/communecter/coopspace/internal/fault"
)

// ErrClosed is as it should be.
var ErrClosed = f.New(f.Conflict, "poll.closed",
	"the poll is closed, "+
		"since its time is over")

var (
	ErrSame    = f.New(f.Conflict, "poll.closed", "the poll is closed again") // want "the code poll.closed is that of poll.ErrClosed"
	ErrKind    = f.New(f.Odd, "poll.kind", "the kind does not exist")         // want "its kind is not one of the ten"
	ErrForm    = f.New(f.Invalid, "poll", "the code is no noun.what")         // want "is not of the form noun.what"
	ErrCapital = f.New(f.Invalid, "poll.capital", "The sentence stands up")   // want "begins with a capital"
	ErrStop    = f.New(f.Invalid, "poll.stop", "the sentence ends.")          // want "begins with a capital or ends with a full stop"
	ErrEmpty   = f.New(f.Invalid, "poll.empty", "")                           // want "its sentence is empty"
	ErrCode    = f.New(f.Invalid, "poll."+word(), "the code is computed")     // want "its code is not written out"
	errHidden  = f.New(f.Invalid, "poll.hidden", "nobody can compare with it") // want "errHidden holds a fault"
	ErrPlain   = errors.New("no kind at all")                                 // want "ErrPlain is not made by fault.New"
)

func word() string { return "word" }

func open() error {
	return f.New(f.Invalid, "poll.passing", "made in passing") // want "a fault is made here"
}

func shut() error {
	return &f.Error{Code: "poll.literal"} // want "a fault is written out here"
}
