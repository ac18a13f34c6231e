package formats

import (
	"bytes"
	"math"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// abifReader reads the Aggregated Ballot Information Format: a count and a ranking of names, or names with scores, a line.
type abifReader struct {
	file    *File
	options *Options
	scored  bool // the ballots give scores
	begun   bool // the first ballot was read
	ballots *ballots
	full    map[string]int // of each declared full name: the place of the candidate
	entries []abifEntry    // of one line
}

// abifEntry is one name of a ballot.
type abifEntry struct {
	option int
	score  int  // -1: none
	sign   byte // what stands before it: > or = or a comma; 0 for the first
	at     place
	gaps   int // ranks left empty before it
}

func readABIF(s *scanner, o *Options) (*File, error) {
	r := &abifReader{
		file: &File{Format: ABIF}, options: o, full: map[string]int{},
		ballots: found(voting.ShapeRanking, o.Question),
	}
	for {
		line, at, ok, err := s.nextLine()
		if err != nil {
			return nil, err
		}
		if !ok {
			return r.finish(at)
		}
		text, before := trim(line)
		at = at.past(before)
		switch {
		case len(text) == 0 || text[0] == '#':
		case text[0] == '{':
			err = r.about(text, at)
		case text[0] >= '0' && text[0] <= '9':
			err = r.vote(text, at)
		default:
			err = r.candidate(text, at)
		}
		if err != nil {
			return nil, err
		}
	}
}

// about reads {"title": "..."} and passes over what else is said so.
func (r *abifReader) about(text []byte, at place) error {
	t := &jsonTokens{s: newScanner(bytes.NewReader(text), len(text))}
	t.s.line, t.s.start = at.line, 1-at.column
	if _, err := t.next(); err != nil {
		return err
	}
	return t.object(func() error {
		title := string(t.text) == "title"
		kind, err := t.next()
		if err != nil {
			return err
		}
		if title && kind == '"' {
			if len(t.text) > mostTitle {
				return t.at.broken("the title has more than " + strconv.Itoa(mostTitle) + " bytes")
			}
			r.file.Title = string(t.text)
		}
		return t.skip(kind, 0)
	})
}

// name reads a name at the beginning of text: bare, in [brackets] or in "quotes". It gives what follows it.
func (r *abifReader) name(text []byte, at place) (name, rest []byte, err error) {
	if len(text) > 0 && (text[0] == '[' || text[0] == '"') {
		closing := byte(']')
		if text[0] == '"' {
			closing = '"'
		}
		end := bytes.IndexByte(text[1:], closing)
		if end < 0 {
			return nil, nil, at.broken("begins a name that is not closed")
		}
		name, rest = text[1:1+end], text[end+2:]
	} else {
		end := bytes.IndexAny(text, ">=,/:[]\"#{}*")
		if end < 0 {
			end = len(text)
		}
		name, rest = text[:end], text[end:]
		name, _ = trim(name)
	}
	if why := nameFault(name); why != "" {
		return nil, nil, at.broken(why)
	}
	return name, rest, nil
}

// candidate reads =SHORT:[FULL NAME].
func (r *abifReader) candidate(text []byte, at place) error {
	if text[0] == '=' {
		text, at = text[1:], at.past(1)
	}
	if text = bytes.TrimLeft(text, " \t"); len(text) > 0 && text[0] == '-' {
		number, _, _ := bytes.Cut(text, []byte(":"))
		return at.contents(fault.Quoted(number) + " is negative")
	}
	short, rest, err := r.name(text, at)
	if err != nil {
		return err
	}
	if len(rest) == 0 || rest[0] != ':' {
		return at.broken("is neither a ballot, which begins with a number and a colon, nor a candidate, who has a colon after the short name")
	}
	at = at.past(len(text) - len(rest) + 1)
	rest, before := trim(rest[1:])
	at = at.past(before)
	full, rest, err := r.name(rest, at)
	if err != nil {
		return err
	}
	if rest, before = trim(rest); len(rest) > 0 && rest[0] != '#' {
		return at.past(before).broken(fault.Quoted(rest) + " stands after the name of a candidate")
	}
	if _, twice := r.full[string(full)]; twice {
		return at.contents("the candidate " + fault.Quoted(full) + " is there twice")
	}
	known := len(r.ballots.names)
	o, err := r.ballots.candidate(short)
	if err != nil {
		return at.because(err)
	}
	if o < known && r.ballots.names[o] != string(short) {
		return at.contents("the short name " + fault.Quoted(short) + " is there twice")
	}
	r.ballots.names[o] = string(full)
	r.full[string(full)] = o
	return nil
}

// vote reads COUNT: A > B = C, or COUNT: A/5, B/2.
func (r *abifReader) vote(text []byte, at place) error {
	i := bytes.IndexByte(text, ':')
	if i < 0 {
		return at.broken("is no ballot: there is no colon after the number of ballots")
	}
	count, _ := trim(text[:i])
	v, why := votes(count)
	if why != "" {
		return at.contents(why)
	}
	if err := r.read(text[i+1:], at.past(i+1)); err != nil {
		return err
	}
	if err := r.fill(at); err != nil {
		return err
	}
	if err := r.ballots.add(r.ballots.row, v); err != nil {
		return at.because(err)
	}
	return nil
}

// read reads the names of one ballot.
func (r *abifReader) read(text []byte, at place) error {
	r.entries = r.entries[:0]
	r.ballots.begin()
	skip := func() {
		rest, before := trim(text)
		text, at = rest, at.past(before)
	}
	gaps, sign := 0, byte(0)
	for {
		skip()
		if len(text) == 0 || text[0] == '#' {
			if sign != 0 {
				return at.broken(fault.Quoted([]byte{sign}) + " stands before nobody")
			}
			return nil
		}
		if text[0] == '>' { // a rank left empty
			if sign == '=' || sign == ',' {
				return at.broken(fault.Quoted([]byte{sign}) + " stands before nobody")
			}
			if gaps++; gaps > voting.MaxOptions {
				return at.contents("the ballot skips more than " + strconv.Itoa(voting.MaxOptions) + " ranks")
			}
			sign, text, at = '>', text[1:], at.past(1)
			continue
		}
		e := abifEntry{score: -1, sign: sign, at: at, gaps: gaps}
		name, rest, err := r.name(text, at)
		if err != nil {
			return err
		}
		if e.option, err = r.option(name, at); err != nil {
			return err
		}
		text, at = rest, at.past(len(text)-len(rest))
		skip()
		if len(text) > 0 && text[0] == '/' {
			text, at = text[1:], at.past(1)
			skip()
			end := 0
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			score, ok := digits(text[:end])
			if !ok || score > voting.MaxValue {
				return at.contents(fault.Quoted(text) + " is no score from 0 to " + strconv.Itoa(voting.MaxValue))
			}
			e.score, text, at = int(score), text[end:], at.past(end)
			skip()
		}
		r.entries = append(r.entries, e)
		gaps, sign = 0, 0
		if len(text) > 0 && text[0] != '#' {
			if sign = text[0]; sign != '>' && sign != '=' && sign != ',' {
				return at.broken(fault.Quoted(text) + " is none of > = and a comma")
			}
			text, at = text[1:], at.past(1)
		}
	}
}

func (r *abifReader) option(name []byte, at place) (int, error) {
	o, known := r.full[string(name)]
	if !known {
		var err error
		if o, err = r.ballots.candidate(name); err != nil {
			return 0, at.because(err)
		}
	}
	if !r.ballots.once(o) {
		return 0, at.contents("names " + fault.Quoted(name) + " twice")
	}
	return o, nil
}

// fill makes the row of what was read: of scores where the file's ballots give any.
func (r *abifReader) fill(at place) error {
	if len(r.entries) == 0 {
		return nil
	}
	if !r.begun {
		r.begun = true
		if r.scored = r.entries[0].score >= 0; r.scored && !r.options.Ranked {
			r.ballots.shape = voting.ShapeScores
			if r.ballots.profile != nil { // of the candidates, and of blank ballots
				if err := r.ballots.renew(r.ballots.room); err != nil {
					return at.because(err)
				}
			}
		}
	}
	last := math.MaxInt
	for i, e := range r.entries {
		switch {
		case (e.score >= 0) != r.scored:
			return e.at.contents("some names of the ballots have scores, and some have not")
		case r.scored && e.gaps > 0:
			return e.at.broken("> stands before nobody")
		case r.scored && (e.sign == '>' && e.score >= last || e.sign == '=' && e.score != last):
			return e.at.contents("the ranking and the scores contradict each other")
		}
		last = e.score
		if r.ballots.shape == voting.ShapeScores {
			r.ballots.value(e.option, voting.Mark(e.score))
			continue
		}
		for range e.gaps {
			r.ballots.row = append(r.ballots.row, voting.SkippedRank)
		}
		m := voting.Mark(e.option)
		if i > 0 && (e.sign == '=' || e.sign == ',') {
			m |= voting.Level
		}
		r.ballots.row = append(r.ballots.row, m)
	}
	return nil
}

func (r *abifReader) finish(at place) (*File, error) {
	profile, err := r.ballots.finish()
	if err != nil {
		return nil, at.because(err)
	}
	r.file.Profile, r.file.Names = profile, r.ballots.names
	return r.file, nil
}
