package formats

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// bltReader reads the numbers and texts of BLT: words between spaces, wherever the lines end.
type bltReader struct {
	s          *scanner
	file       *File
	candidates int
	options    []int          // the place of each candidate among those that stand; -1: withdrawn
	tied       []int          // the order for ties, by number
	nicks      map[string]int // number of each candidate's short name
	word       []byte         // the last word
	at         place          // where it begins
	row        []voting.Mark
	named      []bool // who is on the ballot that is read, by number
	lines      bltLines
}

func readBLT(s *scanner, _ *Options) (*File, error) {
	r := &bltReader{s: s, file: &File{Format: BLT}}
	for _, step := range []func() error{r.head, r.before, r.all, r.names} {
		if err := step(); err != nil {
			if r.s.failed() {
				return nil, r.s.err
			}
			return nil, err
		}
	}
	if r.s.failed() { // where the file might as well have ended
		return nil, r.s.err
	}
	return r.file, nil
}

// space passes over spaces, line ends and comments, and gives the next byte, or 0 at the end.
func (r *bltReader) space() (byte, error) {
	for {
		c, ok := r.s.peek()
		switch {
		case !ok:
			r.at = r.s.place()
			return 0, nil
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			r.s.take()
		case c == '#':
			for ok && c != '\n' {
				r.s.take()
				c, ok = r.s.peek()
			}
		case c == '/':
			if err := r.comment(); err != nil {
				return 0, err
			}
		default:
			r.at = r.s.place()
			if c < ' ' || c == 0x7f {
				return 0, r.at.broken(badText([]byte{c}))
			}
			return c, nil
		}
	}
}

// comment passes over /* such a comment */.
func (r *bltReader) comment() error {
	begin := r.s.place()
	r.s.take()
	if c, ok := r.s.peek(); !ok || c != '*' {
		return begin.broken("holds a / that begins no comment")
	}
	r.s.take()
	for last := byte(0); ; {
		c, ok := r.s.peek()
		if !ok {
			return begin.broken("begins a comment that does not end")
		}
		r.s.take()
		if last == '*' && c == '/' {
			return nil
		}
		last = c
	}
}

// next reads the next word: a number, a short name, or one of = and - by itself. It gives an empty one at the end of the file.
func (r *bltReader) next() error {
	r.word = r.word[:0]
	c, err := r.space()
	if err != nil || c == 0 {
		return err
	}
	for {
		r.word = append(r.word, c)
		if len(r.word) > mostToken {
			return r.at.broken(fault.Quoted(r.word) + " is no number of a candidate")
		}
		r.s.take()
		var ok bool
		if c, ok = r.s.peek(); !ok || c <= ' ' || c == '=' || c == '#' || c == ']' || c == ')' || r.word[0] == '=' {
			return nil
		}
	}
}

// number reads a whole number.
func (r *bltReader) number(what string, most int64) (int, error) {
	if err := r.next(); err != nil {
		return 0, err
	}
	n, ok := digits(r.word)
	switch {
	case len(r.word) == 0:
		return 0, r.at.broken("the file ends where " + what + " should stand")
	case !ok:
		return 0, r.at.broken(fault.Quoted(r.word) + " is not " + what)
	case n < 1 || n > most:
		return 0, r.at.contents(what + " is " + string(r.word) + ", and may be from 1 to " + strconv.FormatInt(most, 10))
	}
	return int(n), nil
}

// head reads how many candidates and seats there are.
func (r *bltReader) head() (err error) {
	if r.candidates, err = r.number("the number of candidates", voting.MaxOptions); err != nil {
		return err
	}
	r.file.Seats, err = r.number("the number of seats", voting.MaxSeats)
	return err
}

// before reads what stands between the head and the ballots: settings in brackets, and who has withdrawn.
func (r *bltReader) before() error {
	withdrawn := make([]bool, r.candidates+1)
	var last place // of who has withdrawn
	var who string
	for {
		c, err := r.space()
		if err != nil {
			return err
		}
		switch c {
		case '[':
			if err := r.setting(); err != nil {
				return err
			}
			continue
		case '-':
			if err := r.next(); err != nil {
				return err
			}
			n, ok := r.candidate(r.word[1:])
			switch {
			case !ok:
				return r.at.contents(fault.Quoted(r.word) + " withdraws nobody of the " + strconv.Itoa(r.candidates) + " candidates")
			case withdrawn[n]:
				return r.at.contents("candidate " + strconv.Itoa(n) + " is withdrawn twice")
			}
			withdrawn[n] = true
			last, who = r.at, string(r.word)
			continue
		}
		if c != 0 && last.line == r.at.line { // as a ballot of a negative weight would be
			return last.contents(fault.Quoted(who) + " withdraws a candidate, and a ballot follows on its line; no ballot has a negative weight")
		}
		return r.stand(withdrawn)
	}
}

// stand makes the profile of those who stand.
func (r *bltReader) stand(withdrawn []bool) error {
	var keys []voting.Choice
	r.options = make([]int, r.candidates+1)
	for n := 1; n <= r.candidates; n++ {
		r.options[n] = len(keys)
		if withdrawn[n] {
			r.options[n] = -1
			r.file.Withdrawn = append(r.file.Withdrawn, Candidate{Key: key(n)})
			continue
		}
		keys = append(keys, key(n))
	}
	if len(keys) == 0 {
		return r.at.contents("all candidates have withdrawn")
	}
	for _, n := range r.tied {
		if r.options[n] >= 0 {
			r.file.Ties = append(r.file.Ties, key(n))
		}
	}
	profile, err := voting.NewProfileOf(voting.ShapeRanking, keys)
	if err != nil {
		return r.at.because(err)
	}
	r.file.Profile, r.file.Names = profile, make([]string, len(keys))
	r.row, r.named = make([]voting.Mark, 0, r.candidates), make([]bool, r.candidates+1)
	return nil
}

// candidate gives the number of a candidate by number or short name.
func (r *bltReader) candidate(word []byte) (int, bool) {
	if n, ok := r.nicks[string(word)]; ok {
		return n, true
	}
	n, ok := digits(word)
	return int(n), ok && n >= 1 && n <= int64(r.candidates)
}

// setting reads [tie 3 1 2], [nick a b c], and passes over settings of other programs.
func (r *bltReader) setting() error {
	begin := r.at
	r.s.take()
	if err := r.next(); err != nil {
		return err
	}
	name := string(r.word)
	var numbers []int
	nicks := map[string]int{}
	for words := 1; ; words++ {
		c, err := r.space()
		if err != nil {
			return err
		}
		if c == 0 {
			return begin.broken("opens a bracket that is not closed")
		}
		if c == ']' {
			r.s.take()
			break
		}
		if err := r.next(); err != nil {
			return err
		}
		if words > r.candidates && (name == "tie" || name == "nick") {
			return r.at.contents("[" + name + "] names more than the " + strconv.Itoa(r.candidates) + " candidates")
		}
		switch name {
		case "nick":
			if _, twice := nicks[string(r.word)]; twice {
				return r.at.contents("the short name " + fault.Quoted(r.word) + " is there twice")
			}
			if _, number := digits(r.word); number {
				return r.at.contents("the short name " + fault.Quoted(r.word) + " is a number")
			}
			nicks[string(r.word)] = words
		case "tie":
			n, ok := r.candidate(r.word)
			if !ok {
				return r.at.contents("[tie] names " + fault.Quoted(r.word) + ", who is none of the " + strconv.Itoa(r.candidates) + " candidates")
			}
			if slices.Contains(numbers, n) {
				return r.at.contents("[tie] names candidate " + strconv.Itoa(n) + " twice")
			}
			numbers = append(numbers, n)
		}
	}
	switch {
	case name == "nick" && len(nicks) != r.candidates:
		return begin.contents("[nick] gives " + strconv.Itoa(len(nicks)) + " short names to " + strconv.Itoa(r.candidates) + " candidates")
	case name == "nick":
		r.nicks = nicks
	case name == "tie":
		if len(numbers) != r.candidates {
			return begin.contents("[tie] names " + strconv.Itoa(len(numbers)) + " of " + strconv.Itoa(r.candidates) + " candidates")
		}
		r.tied = numbers
	}
	return nil
}

// all reads the ballots and the 0 that ends them. Most ballots are a line of numbers by itself, and are read at once.
func (r *bltReader) all() error {
	l := &r.lines
	l.begin(r.options, r.file.Profile)
	defer l.end()
	for {
		var line []byte
		quick := r.s.at == r.s.start // a line of many ballots, which may be as long as the file, is looked through for its end only once
		if quick {
			line, quick = r.s.wholeLine()
		}
		if quick && l.read(line, r.s.line) {
			r.s.passLine(len(line))
			if l.full() {
				l.hand()
			}
			if l.refused == nil {
				continue
			}
		}
		if l.wait(); l.refused != nil {
			return r.again(l.refused)
		}
		if more, err := r.ballot(); err != nil || !more {
			return err
		}
		r.restOfLine()
	}
}

// restOfLine passes over the end of a line, so that what follows may be a whole one.
func (r *bltReader) restOfLine() {
	for {
		c, ok := r.s.peek()
		if !ok || c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return
		}
		r.s.take()
		if c == '\n' {
			return
		}
	}
}

// again reads a line that was read at once and refused, word by word, which knows the place of what is wrong.
func (r *bltReader) again(refused *bltRefused) error {
	r.s = &scanner{r: bytes.NewReader(nil), buf: refused.line, end: len(refused.line), line: refused.number}
	if _, err := r.ballot(); err != nil {
		return err
	}
	return place{refused.number, 1}.because(refused.err)
}

// ballot reads one ballot word by word. more is false after the 0 that ends the ballots.
func (r *bltReader) ballot() (more bool, err error) {
	c, err := r.space()
	if err != nil {
		return false, err
	}
	begin := r.at
	v := voting.Votes{Seats: 1, Voices: voting.Voice}
	if c == '(' {
		if err := r.id(); err != nil {
			return false, err
		}
	} else {
		if err := r.next(); err != nil {
			return false, err
		}
		switch {
		case len(r.word) == 0:
			return false, r.at.broken("the ballots do not end with a 0")
		case c == '"':
			return false, r.at.broken("the names begin, and the ballots have not ended with a 0")
		case string(r.word) == "0":
			return false, nil
		}
		var why string
		if v, why = votes(r.word); why != "" {
			return false, r.at.contents(why)
		}
	}
	if err := r.ranks(); err != nil {
		return false, err
	}
	if v == (voting.Votes{}) {
		return true, nil
	}
	if err := r.file.Profile.AddMarks(r.row, v); err != nil {
		return false, begin.because(err)
	}
	return true, nil
}

// id passes over the mark of one ballot in parentheses.
func (r *bltReader) id() error {
	begin := r.at
	for n := 0; ; n++ {
		c, ok := r.s.peek()
		if !ok || c == '\n' || n > mostName {
			return begin.broken("opens a parenthesis that is not closed")
		}
		r.s.take()
		if c == ')' {
			return nil
		}
	}
}

// ranks reads the ranks of one ballot and the 0 that ends it.
func (r *bltReader) ranks() error {
	r.row = r.row[:0]
	clear(r.named)
	skipped, standing := 0, 0   // skipped ranks, and how many of the present rank stand
	level, first := false, true // = came last; the rank has nobody yet
	for {
		if err := r.next(); err != nil {
			return err
		}
		if len(r.word) == 0 {
			return r.at.broken("the file ends within a ballot")
		}
		c := r.word[0]
		alone := len(r.word) == 1
		switch {
		case c == '"':
			return r.at.broken("the names begin within a ballot: it does not end with a 0")
		case level && alone && (c == '0' || c == '-'):
			return r.at.broken("= stands before nobody")
		case c == '0' && alone:
			return nil
		case c == '=' && (first || level):
			return r.at.broken("= stands after nobody")
		case c == '=':
			level = true
			continue
		case c == '-' && alone:
			if skipped++; skipped > voting.MaxOptions {
				return r.at.contents("the ballot skips more than " + strconv.Itoa(voting.MaxOptions) + " ranks")
			}
			r.row = append(r.row, voting.SkippedRank)
			first = true
			continue
		}
		n, ok := r.candidate(r.word)
		switch {
		case !ok:
			return r.at.contents("names " + fault.Quoted(r.word) + ", who is none of the " + strconv.Itoa(r.candidates) + " candidates")
		case r.named[n]:
			return r.at.contents("names candidate " + strconv.Itoa(n) + " twice")
		}
		r.named[n] = true
		if !level {
			standing = 0
		}
		level, first = false, false
		if o := r.options[n]; o >= 0 {
			m := voting.Mark(o)
			if standing > 0 {
				m |= voting.Level
			}
			r.row = append(r.row, m)
			standing++
		}
	}
}

// names reads the candidates' names and the title. A file may end before them.
func (r *bltReader) names() error {
	next := 0
	for n := 1; n <= r.candidates; n++ {
		c, err := r.space()
		switch {
		case err != nil:
			return err
		case c == 0 && n == 1:
			return nil
		case c == 0:
			return r.at.broken("the file ends before the name of candidate " + strconv.Itoa(n) + " of " + strconv.Itoa(r.candidates))
		}
		name, err := r.text("the name of candidate "+strconv.Itoa(n)+" of "+strconv.Itoa(r.candidates), mostName)
		if err != nil {
			return err
		}
		if name == "" {
			return r.at.broken("candidate " + strconv.Itoa(n) + " has no name")
		}
		if r.options[n] >= 0 {
			r.file.Names[r.options[n]] = name
			continue
		}
		r.file.Withdrawn[next].Name = name
		next++
	}
	c, err := r.space()
	if err != nil {
		return err
	}
	if c == 0 {
		return r.at.broken("there is no title after the names of " + strconv.Itoa(r.candidates) + " candidates")
	}
	if r.file.Title, err = r.text("the title", mostTitle); err != nil {
		return err
	}
	return r.notes()
}

// notes passes over what may follow the title: a source and a remark in quotes, and whatever other programs add after that. One text or three
// in quotes say that there are more names than candidates.
func (r *bltReader) notes() error {
	for notes := 0; ; notes++ {
		c, err := r.space()
		if err != nil || c != '"' {
			if notes == 1 {
				break
			}
			return nil
		}
		if notes == 2 {
			break
		}
		if _, err := r.text("a note", mostTitle); err != nil {
			return err
		}
	}
	return r.at.contents("there are more names than the " + strconv.Itoa(r.candidates) + " candidates and a title")
}

// text reads a text in double quotes: a quote within it has a backslash before it, or no space or line end after it.
func (r *bltReader) text(what string, most int) (string, error) {
	begin := r.at
	if c, ok := r.s.peek(); !ok || c != '"' {
		if err := r.next(); err != nil {
			return "", err
		}
		return "", begin.broken(what + " should stand here in double quotes, not " + fault.Quoted(r.word))
	}
	r.s.take()
	var text []byte
	for {
		c, ok := r.s.peek()
		if !ok || c == '\n' {
			return "", begin.broken(what + " has no closing quote")
		}
		r.s.take()
		next, more := r.s.peek()
		switch {
		case c == '\\' && more && (next == '"' || next == '\\'):
			c = next
			r.s.take()
		case c == '"' && (!more || next <= ' ' || next == '#'):
			if i := invalid(text); i >= 0 {
				return "", begin.broken(what + " " + badText(text[i:]))
			}
			return string(text), nil
		}
		if text = append(text, c); len(text) > most {
			return "", begin.broken(what + " has more than " + strconv.Itoa(most) + " bytes")
		}
	}
}
