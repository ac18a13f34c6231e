package communecter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/communecter/coopspace/internal/fault"
)

// Bounds of one file.
const (
	MaxBytes  = 64 << 20
	MaxDepth  = 64
	MaxValues = 2_000_000
)

// Errors about files.
var (
	ErrFile    = fault.New(fault.Malformed, "communecter.file", "this is no document of a Communecter space, or not the whole of one; nothing was brought over")
	ErrElement = fault.New(fault.Conflict, "communecter.element", "the documents belong to another element than the space; nothing was brought over")
)

// kind is what a value of a document is.
type kind uint8

const (
	nothing kind = iota // null
	boolean
	number
	text
	list
	object
)

var kindNames = [...]string{"nothing", "true or false", "a number", "a text", "a list", "an object"}

// node is one value of a document, with where it ends in the file. A nil node is nothing.
type node struct {
	kind  kind
	flag  bool
	text  string   // of a text, or the literal of a number
	items []*node  // of a list or an object
	keys  []string // of an object, one for each item
	at    int64
}

// is tells what a value is; absent is nothing.
func (n *node) is(k kind) bool {
	if n == nil {
		return k == nothing
	}
	return n.kind == k
}

// get gives a member of an object; nil when there is none or the value is no object.
func (n *node) get(key string) *node {
	if n.is(object) {
		for i, k := range n.keys {
			if k == key {
				return n.items[i]
			}
		}
	}
	return nil
}

// empty tells whether a value says nothing: absent, null, false, an empty text, list or object, or only such.
func (n *node) empty() bool {
	switch {
	case n == nil || n.kind == nothing:
		return true
	case n.kind == boolean:
		return !n.flag
	case n.kind == text:
		return n.text == ""
	case n.kind == number:
		return false
	}
	for _, v := range n.items {
		if !v.empty() {
			return false
		}
	}
	return true
}

// scalar gives a value that is neither a list nor an object as it would stand in a form.
func (n *node) scalar() string {
	if n.kind == boolean {
		return strconv.FormatBool(n.flag)
	}
	return n.text
}

// each gives the items of a list or of an object, which PHP and MongoDB write for each other: a list with a hole comes
// out as an object with numbers for keys, and an empty object as an empty list.
func (n *node) each(fn func(key string, v *node)) {
	if !n.is(list) && !n.is(object) {
		return
	}
	for i, v := range n.items {
		if n.kind == object {
			fn(n.keys[i], v)
		} else {
			fn(strconv.Itoa(i), v)
		}
	}
}

// readDocument reads one file whole.
func readDocument(name string, r io.Reader) (*node, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, ErrFile.At(place(name, int64(len(data))), "the file cannot be read any further").Wrap(err)
	}
	if len(data) > MaxBytes {
		return nil, ErrFile.At(place(name, MaxBytes), fmt.Sprintf("the file is longer than %d MiB", MaxBytes>>20))
	}
	skipped := int64(0)
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		data, skipped = data[3:], 3
	}
	if at := firstInvalid(data); at >= 0 {
		return nil, ErrFile.At(place(name, skipped+int64(at)), "the file is not in UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		at, what := int64(len(data)), "the file ends in the middle"
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok && bad.Offset < int64(len(data)) {
			at, what = bad.Offset, "the file is no JSON from here on: "+bad.Error()
		}
		return nil, ErrFile.At(place(name, skipped+at), what)
	}
	if at, what := measure(data); what != "" {
		return nil, ErrFile.At(place(name, skipped+int64(at)), what)
	}
	d := decoder{in: json.NewDecoder(bytes.NewReader(data)), name: name, skipped: skipped}
	d.in.UseNumber()
	return d.value()
}

// measure finds where JSON that is right lies deeper or holds more than is read, before memory is spent on it.
func measure(data []byte) (at int, what string) {
	depth, values, quoted := 0, 1, false
	for at := 0; at < len(data); at++ {
		switch c := data[at]; {
		case quoted && c == '\\':
			at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			values++
		case c == ']' || c == '}':
			depth--
		case c == ',':
			values++
		}
		switch {
		case depth > MaxDepth:
			return at, fmt.Sprintf("lists and objects lie more than %d deep in each other", MaxDepth)
		case values > MaxValues:
			return at, fmt.Sprintf("the file has more than %d values", MaxValues)
		}
	}
	return 0, ""
}

// place says where in which file.
func place(name string, at int64) string {
	if name == "" {
		return fmt.Sprintf("byte %d", at)
	}
	return fmt.Sprintf("%s byte %d", name, at)
}

func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
}

// decoder makes nodes of a file whose syntax is known to be right.
type decoder struct {
	in      *json.Decoder
	name    string
	skipped int64
}

func (d *decoder) refuse(what string) error {
	return ErrFile.At(place(d.name, d.skipped+d.in.InputOffset()), what)
}

func (d *decoder) value() (*node, error) {
	token, err := d.in.Token()
	if err != nil {
		return nil, d.refuse("the file is no JSON from here on: " + err.Error())
	}
	n := &node{at: d.skipped + d.in.InputOffset()}
	switch token := token.(type) {
	case bool:
		n.kind, n.flag = boolean, token
	case json.Number:
		n.kind, n.text = number, token.String()
	case string:
		n.kind, n.text = text, token
	case json.Delim:
		n.kind = list
		if token == '{' {
			n.kind = object
		}
		return n, d.inside(n)
	}
	return n, nil
}

// inside reads what a list or an object holds.
func (d *decoder) inside(n *node) error {
	var seen map[string]bool
	if n.kind == object {
		seen = map[string]bool{}
	}
	for d.in.More() {
		if n.kind == object {
			token, err := d.in.Token()
			key, ok := token.(string)
			if err != nil || !ok {
				return d.refuse("the file is no JSON from here on")
			}
			if seen[key] {
				return d.refuse(fmt.Sprintf("the member %s is there twice", quote(key)))
			}
			seen[key] = true
			n.keys = append(n.keys, key)
		}
		v, err := d.value()
		if err != nil {
			return err
		}
		n.items = append(n.items, v)
	}
	_, err := d.in.Token()
	if err != nil {
		return d.refuse("the file is no JSON from here on: " + err.Error())
	}
	return nil
}
