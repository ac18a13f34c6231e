package formats

import (
	"bytes"
)

// detect tells the format by what the file begins with.
func detect(s *scanner) (Format, error) {
	for s.end-s.at < 4096 && s.fill() {
	}
	if s.failed() {
		return "", s.err
	}
	head := s.buf[s.at:s.end]
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return "", s.place().refuse(ErrUnknown, "is empty")
	}
	switch {
	case text[0] == '{' && jsonObject(text):
		return RankedJSON, nil
	case bytes.Contains(text, []byte("# DATA TYPE:")), bytes.HasPrefix(text, []byte("# FILE NAME:")):
		return PrefLib, nil
	case hasParameter(text), cvotesLine(text):
		return CVotes, nil
	case bltHead(text):
		return BLT, nil
	}
	return "", s.place().refuse(ErrUnknown, "begins with "+quoted(text))
}

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
