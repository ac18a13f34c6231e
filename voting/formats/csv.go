package formats

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// csvReader reads a table: a head of names, and a ballot a line with a score for each.
type csvReader struct {
	file      *File
	asks      *voting.Question
	separator byte
	columns   []int // what stands in each: the place of a candidate, or one of the following
	ballots   *ballots
	cell      []byte
}

const (
	columnPassed = -1 // of what other programs add
	columnVotes  = -2 // how many ballots, or the weight of one
)

func readCSV(s *scanner, o *Options) (*File, error) {
	r := &csvReader{file: &File{Format: CSV}, asks: o.Question}
	for {
		line, at, ok, err := s.nextLine()
		if err != nil {
			return nil, err
		}
		if !ok {
			return r.finish(at)
		}
		if text, _ := trim(line); len(text) == 0 {
			continue
		}
		if r.ballots == nil {
			err = r.head(line, at)
		} else {
			err = r.vote(line, at)
		}
		if err != nil {
			return nil, err
		}
	}
}

// separatorOf gives the sign between the cells of a head: a comma, a semicolon or a tab, whichever is there most outside quotes; 0 for none.
func separatorOf(head []byte) byte {
	var found [256]int
	within := false
	for _, c := range head {
		if c == '"' {
			within = !within
		}
		if !within {
			found[c]++
		}
	}
	best, most := byte(0), 0
	for _, c := range []byte(",;\t") {
		if found[c] > most {
			best, most = c, found[c]
		}
	}
	return best
}

// cells calls each for every cell of a line, without its quotes and the spaces around it.
func (r *csvReader) cells(line []byte, at place, each func(cell []byte, at place) error) error {
	for i := 0; ; i++ {
		begin := i
		for i < len(line) && line[i] == ' ' {
			i++
		}
		var cell []byte
		if i < len(line) && line[i] == '"' {
			r.cell = r.cell[:0]
			for i++; ; i++ {
				if i == len(line) {
					return at.past(begin).broken("a quote is not closed on its line")
				}
				if line[i] == '"' {
					if i+1 == len(line) || line[i+1] != '"' {
						break
					}
					i++
				}
				r.cell = append(r.cell, line[i])
			}
			cell = r.cell
			for i++; i < len(line) && line[i] == ' '; i++ {
			}
			if i < len(line) && line[i] != r.separator {
				return at.past(i).broken("something stands between a closing quote and the end of the cell")
			}
		} else {
			for i < len(line) && line[i] != r.separator {
				i++
			}
			cell = bytes.Trim(line[begin:i], " ")
		}
		if err := each(cell, at.past(begin)); err != nil {
			return err
		}
		if i >= len(line) {
			return nil
		}
	}
}

// columnOf gives what stands in a column that is no candidate's, by its head; 0 for a candidate's.
func columnOf(head string) int {
	switch strings.ToLower(strings.NewReplacer(" ", "", "_", "").Replace(head)) {
	case "voterid", "votetime", "pollid", "ballotid", "timestamp":
		return columnPassed
	case "weight", "count":
		return columnVotes
	}
	return 0
}

func (r *csvReader) head(line []byte, at place) error {
	if r.separator = separatorOf(line); r.separator == 0 {
		return at.broken("the head has no comma, semicolon or tab between names")
	}
	var names []string
	votesSeen := false
	err := r.cells(line, at, func(cell []byte, at place) error {
		switch what := columnOf(string(cell)); {
		case what == columnVotes && votesSeen:
			return at.contents("two columns say how many ballots there are")
		case what != 0:
			votesSeen = votesSeen || what == columnVotes
			r.columns = append(r.columns, what)
			return nil
		}
		if why := nameFault(cell); why != "" {
			return at.broken("a column of the head: " + why)
		}
		for _, name := range names {
			if name == string(cell) {
				return at.contents("the candidate " + fault.Quoted(cell) + " is there twice")
			}
		}
		if len(names) == voting.MaxOptions {
			return at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " candidates")
		}
		r.columns = append(r.columns, len(names))
		names = append(names, string(cell))
		return nil
	})
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return at.contents("the head names no candidate")
	}
	if r.ballots, err = listed(voting.ShapeScores, numbers(1, len(names)), names, r.asks); err != nil {
		return at.because(err)
	}
	return nil
}

func (r *csvReader) vote(line []byte, at place) error {
	v := voting.Votes{Seats: 1, Voices: voting.Voice}
	r.ballots.begin()
	column := 0
	err := r.cells(line, at, func(cell []byte, at place) error {
		if column == len(r.columns) {
			return at.broken("the line has more cells than the head, which has " + strconv.Itoa(len(r.columns)))
		}
		what := r.columns[column]
		column++
		switch {
		case what == columnVotes:
			var why string
			if v, why = votes(cell); why != "" {
				return at.contents(why)
			}
		case what >= 0 && len(cell) > 0:
			score, ok := digits(cell)
			if !ok || score > voting.MaxValue {
				return at.contents(fault.Quoted(cell) + " is no score from 0 to " + strconv.Itoa(voting.MaxValue))
			}
			r.ballots.value(what, voting.Mark(score))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if column < len(r.columns) {
		return at.past(len(line)).broken("the line has " + strconv.Itoa(column) + " cells, and the head " + strconv.Itoa(len(r.columns)))
	}
	if err := r.ballots.add(r.ballots.row, v); err != nil {
		return at.because(err)
	}
	return nil
}

func (r *csvReader) finish(at place) (*File, error) {
	if r.ballots == nil {
		return nil, at.broken("the file ends before its head")
	}
	profile, err := r.ballots.finish()
	if err != nil {
		return nil, at.because(err)
	}
	r.file.Profile, r.file.Names = profile, r.ballots.names
	return r.file, nil
}
