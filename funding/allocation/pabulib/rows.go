package pabulib

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// mostRow bounds one row: bytes of its lines together, which is all that is held at once.
const mostRow = 1 << 20

// cell is one value of a row, without quotes and without spaces at its ends. It is good until the next row is read.
type cell struct {
	text []byte
	at   place
}

// rows reads rows of cells between semicolons. A cell in double quotes may hold semicolons, line breaks, and quotes written twice.
type rows struct {
	in    *bufio.Reader
	line  int
	cells []cell
	text  []byte // of cells in quotes
}

func newRows(r io.Reader) *rows { return &rows{in: bufio.NewReaderSize(r, mostRow)} }

// begin passes over a byte order mark.
func (r *rows) begin() error {
	mark, err := r.in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.Equal(mark, []byte("\xef\xbb\xbf")):
		_, err = r.in.Discard(3)
		return err
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return place{1, 1}.broken("is UTF-16: save the file as UTF-8")
	}
	return nil
}

// next gives the next row that says anything; none at the end. Cells at the end that are empty beyond a column are left out: spreadsheets
// fill all lines up to the longest.
func (r *rows) next(columns int) ([]cell, error) {
	for {
		line, at, err := r.nextLine()
		if line == nil || err != nil {
			return nil, err
		}
		r.cells = r.cells[:0]
		if bytes.IndexByte(line, '"') < 0 {
			r.split(line, at)
		} else if err := r.splitQuoted(line, at); err != nil {
			return nil, err
		}
		for n := len(r.cells); n > columns && len(r.cells[n-1].text) == 0; n-- {
			r.cells = r.cells[:n-1]
		}
		for _, c := range r.cells {
			if len(c.text) > 0 {
				return r.cells, nil
			}
		}
	}
}

// here gives the place after all that was read.
func (r *rows) here() place { return place{r.line + 1, 1} }

// nextLine gives the next line without its end, or nil.
func (r *rows) nextLine() ([]byte, place, error) {
	at := r.here()
	line, err := r.in.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, at, at.broken("is a line of more than " + strconv.Itoa(mostRow) + " bytes")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, at, err
	case len(line) == 0:
		return nil, at, nil
	}
	r.line++
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if i := invalid(line); i >= 0 {
		at.column += i
		if c := line[i]; c < utf8.RuneSelf {
			return nil, at, at.broken("is the control character " + strconv.Itoa(int(c)) + ", which no .pb file holds")
		}
		return nil, at, at.broken("is no UTF-8")
	}
	if line == nil {
		line = []byte{}
	}
	return line, at, nil
}

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

// split makes cells of a line without quotes.
func (r *rows) split(line []byte, at place) {
	for {
		end := bytes.IndexByte(line, ';')
		if end < 0 {
			r.add(line, at)
			return
		}
		r.add(line[:end], at)
		line, at.column = line[end+1:], at.column+end+1
	}
}

// add adds a cell that stands in a line as it is.
func (r *rows) add(text []byte, at place) {
	r.cells = append(r.cells, trim(text, at))
}

// trim gives text without spaces and tabs at its ends, and where that begins.
func trim(text []byte, at place) cell {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
		at.column++
	}
	for n := len(text); n > 0 && (text[n-1] == ' ' || text[n-1] == '\t'); n-- {
		text = text[:n-1]
	}
	return cell{text, at}
}

// splitQuoted makes cells of a line with quotes, and of the lines after it that belong to it.
func (r *rows) splitQuoted(line []byte, at place) error {
	// The cells are copied, because the next line takes the place of this one. They are cut out of the copy in the end.
	var ends []int
	var places []place
	r.text = r.text[:0]
	i, held := 0, len(line)
	for {
		for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
		begin := place{at.line, at.column + i}
		from := begin
		if i == len(line) || line[i] != '"' {
			end := bytes.IndexByte(line[i:], ';')
			if end < 0 {
				end = len(line) - i
			}
			r.text = append(r.text, line[i:i+end]...)
			i += end
		} else {
			i++
			from.column++
			for {
				quote := bytes.IndexByte(line[i:], '"')
				if quote < 0 {
					r.text = append(append(r.text, line[i:]...), '\n')
					var err error
					if line, at, err = r.nextLine(); err != nil {
						return err
					}
					if line == nil {
						return begin.broken("a quote is not closed before the file ends")
					}
					if held += len(line) + 1; held > mostRow {
						return begin.broken("a quote is not closed within " + strconv.Itoa(mostRow) + " bytes")
					}
					i = 0
					continue
				}
				r.text = append(r.text, line[i:i+quote]...)
				i += quote + 1
				if i == len(line) || line[i] != '"' {
					break
				}
				r.text = append(r.text, '"')
				i++
			}
			for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
				i++
			}
			if i < len(line) && line[i] != ';' {
				return place{at.line, at.column + i}.broken("something stands between a closing quote and the end of the cell")
			}
		}
		ends, places = append(ends, len(r.text)), append(places, from)
		if i == len(line) {
			break
		}
		i++ // the semicolon
	}
	start := 0
	for j, end := range ends {
		r.cells = append(r.cells, cell{bytes.Trim(r.text[start:end], " \t\n"), places[j]})
		start = end
	}
	return nil
}
