package formats

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// The bounds of what is held at once.
const (
	window    = 256 << 10 // bytes read ahead
	mostLine  = 1 << 20   // bytes of one line of a format made of lines, and of one text of JSON
	mostName  = 1000      // bytes of one name
	mostTitle = 10_000    // bytes of a title
	mostToken = 100       // bytes of one number or short name of BLT
)

// scanner reads a file through a window, knowing the place. Errors of the reader below are kept apart from those of the content.
type scanner struct {
	r       io.Reader
	buf     []byte
	at, end int   // what is not yet taken: buf[at:end]
	line    int   // of buf[at], from 1
	start   int   // where that line begins, as an index of buf: below 0 when it has left the window
	err     error // why no more is read, io.EOF at the end
}

func newScanner(r io.Reader, window int) *scanner {
	return &scanner{r: r, buf: make([]byte, window), line: 1}
}

// begin passes over a byte order mark, and refuses what is no text.
func (s *scanner) begin() error {
	for s.end < 4 && s.fill() {
	}
	if s.failed() {
		return s.err
	}
	head := s.buf[:s.end]
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		s.at, s.start = 3, 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return s.place().refuse(ErrUnknown, "is UTF-16: save the file as UTF-8")
	}
	return nil
}

// failed says whether the reader below gave up.
func (s *scanner) failed() bool { return s.err != nil && !errors.Is(s.err, io.EOF) }

// fill reads more into the window, moving what is left to its beginning. It gives false when there is nothing more, or no room.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	if s.at > 0 {
		copy(s.buf, s.buf[s.at:s.end])
		s.end -= s.at
		s.start -= s.at
		s.at = 0
	}
	if s.end == len(s.buf) {
		return false
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		if n < 0 || n > len(s.buf)-s.end {
			s.err = errors.New("the reader gives an impossible count")
			return false
		}
		s.end += n
		s.err = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// place gives the place of the next byte.
func (s *scanner) place() place { return place{s.line, s.at - s.start + 1} }

// peek gives the next byte, or 0 and false at the end.
func (s *scanner) peek() (byte, bool) {
	if s.at == s.end && !s.fill() {
		return 0, false
	}
	return s.buf[s.at], true
}

// take passes over the byte that peek gave.
func (s *scanner) take() {
	if s.buf[s.at] == '\n' {
		s.line++
		s.start = s.at + 1
	}
	s.at++
}

// nextLine gives the next line without its end, and the place where it begins. It is good until the next call. ok is false at the end.
func (s *scanner) nextLine() (line []byte, at place, ok bool, err error) {
	seen := 0
	for {
		if i := bytes.IndexByte(s.buf[s.at+seen:s.end], '\n'); i >= 0 {
			line, at = s.buf[s.at:s.at+seen+i], s.place()
			s.at += seen + i + 1
			s.line++
			s.start = s.at
			break
		}
		seen = s.end - s.at
		if seen == len(s.buf) {
			if seen >= mostLine {
				return nil, at, false, s.place().broken("is a line of more than " + strconv.Itoa(mostLine) + " bytes")
			}
			s.buf = append(s.buf, make([]byte, len(s.buf))...)
		}
		if !s.fill() && s.err != nil {
			if s.failed() {
				return nil, at, false, s.err
			}
			if seen == 0 {
				return nil, s.place(), false, nil
			}
			line, at = s.buf[s.at:s.end], s.place()
			s.at = s.end
			break
		}
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	if i := invalid(line); i >= 0 {
		return nil, at, false, at.past(i).broken(badText(line[i:]))
	}
	return line, at, true, nil
}

// wholeLine gives the next line with the \n at its end, if the window has room for the whole of it. It is not taken, and good until more is
// read.
func (s *scanner) wholeLine() (line []byte, ok bool) {
	seen := 0
	for {
		if i := bytes.IndexByte(s.buf[s.at+seen:s.end], '\n'); i >= 0 {
			return s.buf[s.at : s.at+seen+i+1], true
		}
		seen = s.end - s.at
		if !s.fill() {
			return nil, false
		}
	}
}

// passLine takes a line of so many bytes that wholeLine gave.
func (s *scanner) passLine(bytes int) {
	s.at += bytes
	s.line++
	s.start = s.at
}

// past gives the place so many bytes further on the same line.
func (p place) past(n int) place { return place{p.line, p.column + n} }

// invalid gives the place of the first byte that is no text: not UTF-8, or a control character other than a tab; -1 for none.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c < ' ' && c != '\t' || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func badText(at []byte) string {
	if at[0] < utf8.RuneSelf {
		return "is the control character " + strconv.Itoa(int(at[0])) + ", which no election file holds"
	}
	return "is no UTF-8"
}

// trim gives text without spaces and tabs at both ends, and how many there were before it.
func trim(text []byte) (trimmed []byte, before int) {
	for before < len(text) && (text[before] == ' ' || text[before] == '\t') {
		before++
	}
	text = text[before:]
	for len(text) > 0 && (text[len(text)-1] == ' ' || text[len(text)-1] == '\t') {
		text = text[:len(text)-1]
	}
	return text, before
}
