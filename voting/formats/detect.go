package formats

import (
	"bytes"

	"github.com/communecter/coopspace/internal/fault"
)

// mostHead is how much of a file its format is told by.
const mostHead = 64 << 10

// detect tells the format by what the file begins with.
func detect(s *scanner) (Format, error) {
	for s.end-s.at < mostHead && s.fill() {
	}
	if s.failed() {
		return "", s.err
	}
	head := s.buf[s.at:min(s.end, s.at+mostHead)] // however much more the reader gave
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return "", s.place().refuse(ErrUnknown, "is empty")
	}
	switch {
	case bytes.Contains(text, []byte("# DATA TYPE:")), bytes.HasPrefix(text, []byte("# FILE NAME:")):
		return PrefLib, nil
	case hasParameter(text):
		return CVotes, nil
	case abifHead(text):
		return ABIF, nil
	case text[0] == '{' && jsonObject(text):
		return jsonForm, nil
	case cvotesLine(text):
		return CVotes, nil
	case bltHead(text):
		return BLT, nil
	case csvHead(text):
		return CSV, nil
	}
	return "", s.place().refuse(ErrUnknown, "begins with "+fault.Quoted(text))
}

// jsonForm stands for whichever form of JSON the file turns out to be.
const jsonForm Format = "json"

// jsonObject says whether an object of JSON begins here: of more than one text, or of arrays or objects.
func jsonObject(text []byte) bool {
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

// hasParameter says whether a line of the head begins as a parameter of the Condorcet Election Format does.
func hasParameter(text []byte) bool {
	return bytes.HasPrefix(text, []byte("#/")) || bytes.Contains(text, []byte("\n#/"))
}

// cvotesLine says whether the first line that is no comment looks like a ballot of the Condorcet Election Format.
func cvotesLine(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		return bytes.IndexByte(line, '>') > 0 && !bytes.ContainsAny(line, ":\"") || bytes.Contains(line, []byte("||"))
	}
	return false
}

// abifHead says whether the first line that is no comment and no remark in braces is a candidate or a ballot of ABIF.
func abifHead(text []byte) bool {
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' || line[0] == '{' && line[len(line)-1] == '}' {
			continue
		}
		count := len(line) - len(bytes.TrimLeft(line, "0123456789."))
		rest := bytes.TrimLeft(line[count:], " \t")
		return line[0] == '=' || count > 0 && len(rest) > 0 && rest[0] == ':' && !bytes.Contains(rest, []byte("||"))
	}
	return false
}

// csvHead says whether the first line has cells, and the second, if there is one, too.
func csvHead(text []byte) bool {
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	separator := separatorOf(head)
	if separator == 0 || invalid(bytes.TrimRight(head, "\r")) >= 0 {
		return false
	}
	next, _, _ := bytes.Cut(rest, []byte("\n"))
	return len(bytes.TrimSpace(next)) == 0 || bytes.IndexByte(next, separator) >= 0
}

// bltHead says whether the text begins with two numbers.
func bltHead(text []byte) bool {
	numbers := 0
	for i := 0; i < len(text) && numbers < 2; {
		c := text[i]
		switch {
		case c == '#':
			next := bytes.IndexByte(text[i:], '\n')
			if next < 0 {
				return false
			}
			i += next
		case bytes.HasPrefix(text[i:], []byte("/*")):
			next := bytes.Index(text[i:], []byte("*/"))
			if next < 0 {
				return false
			}
			i += next + 2
		case c >= '0' && c <= '9':
			for i < len(text) && text[i] >= '0' && text[i] <= '9' {
				i++
			}
			if i < len(text) && bytes.IndexByte([]byte(" \t\r\n#"), text[i]) < 0 {
				return false
			}
			numbers++
		case c == ' ', c == '\t', c == '\r', c == '\n':
			i++
		default:
			return false
		}
	}
	return numbers == 2
}
