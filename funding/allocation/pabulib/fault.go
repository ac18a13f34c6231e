package pabulib

import (
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// ErrBroken refuses a file that is not written as the format asks; its field says where.
var ErrBroken = fault.New(fault.Malformed, "pabulib.broken", "the .pb file is not written as its format asks")

// ErrContents refuses a file that says what cannot be counted, or contradicts itself; its field says where.
var ErrContents = fault.New(fault.Invalid, "pabulib.contents", "the .pb file says something that cannot be counted")

// ErrUnwritable refuses to write an election of which the format cannot say all; its field says what.
var ErrUnwritable = fault.New(fault.Invalid, "pabulib.unwritable", "a .pb file cannot hold all that this election says")

// place is where something stands in a file: line and column, from 1; the column counts bytes.
type place struct{ line, column int }

func (p place) String() string {
	return "line " + strconv.Itoa(p.line) + ", column " + strconv.Itoa(p.column)
}

func (p place) broken(text string) error   { return ErrBroken.At(p.String(), text) }
func (p place) contents(text string) error { return ErrContents.At(p.String(), text) }

// because gives ErrContents for what was refused elsewhere, with its reasons at this place.
func (p place) because(err error) error { return ErrContents.At(p.String(), reasons(err)).Wrap(err) }

// reasons gives what a fault says, in one line.
func reasons(err error) string {
	f := fault.Of(err)
	text := f.Text
	for _, field := range f.Fields {
		for _, part := range []string{field.Path, field.Text} {
			if part != "" {
				text += ": " + part
			}
		}
	}
	return text
}
