package formats

import (
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// ErrUnknown refuses a file whose content is of no format that is read here.
var ErrUnknown = fault.New(fault.Malformed, "format.unknown", "this is no election file of a format that can be read here")

// ErrBroken refuses a file that breaks the rules of its format; its field says where.
var ErrBroken = fault.New(fault.Malformed, "format.broken", "the election file is not written as its format asks")

// ErrContents refuses a file that says what cannot be counted, or contradicts itself; its field says where.
var ErrContents = fault.New(fault.Invalid, "format.contents", "the election file says something that cannot be counted")

// ErrUnwritable refuses to write an election in a format that cannot say all of it.
var ErrUnwritable = fault.New(fault.Invalid, "format.unwritable", "this format cannot hold all that this election says")

// place is where something stands in a file: line and column, from 1; the column counts bytes.
type place struct{ line, column int }

func (p place) String() string {
	return "line " + strconv.Itoa(p.line) + ", column " + strconv.Itoa(p.column)
}

// refuse gives a fault with its place.
func (p place) refuse(e *fault.Error, text string) error { return e.At(p.String(), text) }

func (p place) broken(text string) error   { return p.refuse(ErrBroken, text) }
func (p place) contents(text string) error { return p.refuse(ErrContents, text) }

// because gives ErrContents for what the profile refused, with its reasons at this place.
func (p place) because(err error) error {
	f := fault.Of(err)
	text := f.Text
	if f.Code == ErrContents.Code {
		text = ""
	}
	for _, field := range f.Fields {
		for _, part := range []string{field.Path, field.Text} {
			if text != "" && part != "" {
				text += ": "
			}
			text += part
		}
	}
	return ErrContents.At(p.String(), text).Wrap(err)
}
