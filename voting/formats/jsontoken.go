package formats

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/communecter/coopspace/internal/fault"
)

// jsonTokens reads JSON piece by piece, knowing the place, and holds one text at a time.
type jsonTokens struct {
	s    *scanner
	text []byte // of the last string, without quotes and escapes, or number
	at   place  // where the last piece begins
}

// mostDepth is how deep JSON that is passed over may be nested.
const mostDepth = 100

// next gives the kind of the next piece: one of {}[]:, or '"' for a string, '0' for a number, 't', 'f' and 'n' for the three words, and 0 at
// the end of the file.
func (t *jsonTokens) next() (byte, error) {
	for {
		c, ok := t.s.peek()
		t.at = t.s.place()
		if !ok {
			return 0, nil
		}
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			t.s.take()
			continue
		case c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',':
			t.s.take()
			return c, nil
		case c == '"':
			return '"', t.string()
		case c == '-' || c >= '0' && c <= '9':
			return '0', t.number()
		case c == 't':
			return 't', t.word("true")
		case c == 'f':
			return 'f', t.word("false")
		case c == 'n':
			return 'n', t.word("null")
		}
		return 0, t.at.broken(fault.Quoted([]byte{c}) + " begins nothing that JSON has")
	}
}

func (t *jsonTokens) word(word string) error {
	for i := range len(word) {
		if c, ok := t.s.peek(); !ok || c != word[i] {
			return t.at.broken("is not the word " + word)
		}
		t.s.take()
	}
	return nil
}

func (t *jsonTokens) number() error {
	t.text = t.text[:0]
	for {
		c, ok := t.s.peek()
		if !ok || (c < '0' || c > '9') && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return nil
		}
		if t.text = append(t.text, c); len(t.text) > mostToken {
			return t.at.broken(fault.Quoted(t.text) + " is too long a number")
		}
		t.s.take()
	}
}

func (t *jsonTokens) string() error {
	t.text = t.text[:0]
	t.s.take()
	for {
		c, ok := t.s.peek()
		switch {
		case !ok:
			return t.at.broken("begins a text that does not end")
		case c < ' ':
			return t.s.place().broken(badText([]byte{c}) + " but as an escape")
		case len(t.text) >= mostLine:
			return t.at.broken("is a text of more than " + strconv.Itoa(mostLine) + " bytes")
		}
		t.s.take()
		switch c {
		case '"':
			if i := invalid(t.text); i >= 0 {
				return t.at.broken("holds what " + badText(t.text[i:]))
			}
			return nil
		case '\\':
			if err := t.escape(); err != nil {
				return err
			}
		default:
			t.text = append(t.text, c)
		}
	}
}

func (t *jsonTokens) escape() error {
	at := t.s.place()
	c, ok := t.s.peek()
	if !ok {
		return t.at.broken("begins a text that does not end")
	}
	t.s.take()
	switch c {
	case '"', '\\', '/':
		t.text = append(t.text, c)
	case 'b', 'f', 'n', 'r', 't':
		t.text = append(t.text, ' ') // no name needs it
	case 'u':
		r, err := t.hex()
		if err != nil {
			return err
		}
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if c, ok := t.s.peek(); ok && c == '\\' {
				t.s.take()
				if c, ok := t.s.peek(); ok && c == 'u' {
					t.s.take()
					if low, err = t.hex(); err != nil {
						return err
					}
				}
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return at.broken("is half a character")
			}
		}
		t.text = utf8.AppendRune(t.text, r)
	default:
		return at.broken(fault.Quoted([]byte{c}) + " is no escape")
	}
	return nil
}

func (t *jsonTokens) hex() (r rune, err error) {
	for range 4 {
		c, ok := t.s.peek()
		n, bad := strconv.ParseUint(string([]byte{c}), 16, 8)
		if !ok || bad != nil {
			return 0, t.s.place().broken("four digits of a character should stand here")
		}
		t.s.take()
		r = r<<4 | rune(n)
	}
	return r, nil
}

// want reads a piece of one kind.
func (t *jsonTokens) want(kind byte, what string) error {
	got, err := t.next()
	if err == nil && got != kind {
		return t.unwanted(got, what)
	}
	return err
}

// unwanted refuses a piece that stands where something else should.
func (t *jsonTokens) unwanted(got byte, what string) error {
	switch got {
	case 0:
		return t.at.broken("the file ends where " + what + " should stand")
	case '"':
		return t.at.broken("the text " + fault.Quoted(t.text) + " stands where " + what + " should")
	case '0':
		return t.at.broken("the number " + fault.Quoted(t.text) + " stands where " + what + " should")
	case 't', 'f', 'n':
		return t.at.broken("a word stands where " + what + " should")
	}
	return t.at.broken(fault.Quoted([]byte{got}) + " stands where " + what + " should")
}

// array reads an array whose [ has been read: each is called with the kind of the first piece of each of its values, and reads the rest.
func (t *jsonTokens) array(each func(kind byte) error) error {
	for first := true; ; first = false {
		kind, err := t.next()
		if err != nil {
			return err
		}
		if kind == ']' && first {
			return nil
		}
		if err := each(kind); err != nil {
			return err
		}
		if kind, err = t.next(); err != nil || kind == ']' {
			return err
		}
		if kind != ',' {
			return t.unwanted(kind, "a comma or the end of the list")
		}
	}
}

// object reads an object whose { has been read: each is called after each name and colon, with the name in text, and reads the value.
func (t *jsonTokens) object(each func() error) error {
	for first := true; ; first = false {
		kind, err := t.next()
		if err != nil {
			return err
		}
		if kind == '}' && first {
			return nil
		}
		if kind != '"' {
			return t.unwanted(kind, "the name of a member")
		}
		name := t.at
		if c, err := t.colon(); err != nil {
			return err
		} else if c != ':' {
			return name.broken("the name " + fault.Quoted(t.text) + " has no colon after it")
		}
		t.at = name
		if err := each(); err != nil {
			return err
		}
		if kind, err = t.next(); err != nil || kind == '}' {
			return err
		}
		if kind != ',' {
			return t.unwanted(kind, "a comma or the end of the object")
		}
	}
}

// colon reads the colon after a name, which stays in text.
func (t *jsonTokens) colon() (byte, error) {
	for {
		c, ok := t.s.peek()
		switch {
		case !ok:
			return 0, nil
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			t.s.take()
		default:
			if c == ':' {
				t.s.take()
			}
			return c, nil
		}
	}
}

// skip passes over a value whose first piece has been read.
func (t *jsonTokens) skip(kind byte, depth int) error {
	switch {
	case depth > mostDepth:
		return t.at.broken("is nested deeper than " + strconv.Itoa(mostDepth))
	case kind == '[':
		return t.array(func(kind byte) error { return t.skip(kind, depth+1) })
	case kind == '{':
		return t.object(func() error {
			kind, err := t.next()
			if err != nil {
				return err
			}
			return t.skip(kind, depth+1)
		})
	case kind == '"' || kind == '0' || kind == 't' || kind == 'f' || kind == 'n':
		return nil
	}
	return t.unwanted(kind, "a value")
}
