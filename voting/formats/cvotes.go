package formats

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// cvotesReader reads the Condorcet Election Format: parameters, then a ranking of names a line.
type cvotesReader struct {
	file     *File
	options  *Options
	ballots  *ballots
	weighted bool         // weights are allowed
	voted    bool         // a ballot was read: no more parameters
	nobody   voting.Votes // ballots that rank nobody
}

func readCVotes(s *scanner, o *Options) (*File, error) {
	r := &cvotesReader{file: &File{Format: CVotes, Unranked: "last"}, options: o}
	for {
		line, at, ok, err := s.nextLine()
		if err != nil {
			return nil, err
		}
		if !ok {
			return r.finish(at)
		}
		if err := r.line(line, at); err != nil {
			return nil, err
		}
	}
}

func (r *cvotesReader) line(line []byte, at place) error {
	if bytes.HasPrefix(line, []byte("#/")) {
		return r.parameter(line[2:], at.past(2))
	}
	if i := bytes.IndexByte(line, '#'); i >= 0 {
		line = line[:i]
	}
	if text, before := trim(line); len(text) > 0 {
		r.voted = true
		return r.vote(text, at.past(before))
	}
	return nil
}

func (r *cvotesReader) parameter(text []byte, at place) error {
	name, value, found := bytes.Cut(text, []byte(":"))
	if !found {
		return at.broken("is a parameter without a colon")
	}
	if r.voted {
		return at.broken("is a parameter after the first ballot")
	}
	at = at.past(len(name) + 1)
	value, before := trim(value)
	at = at.past(before)
	if i := bytes.IndexByte(value, '#'); i >= 0 {
		return at.past(i).broken("is a comment on the line of a parameter")
	}
	word, _ := trim(name)
	switch strings.ToLower(string(word)) {
	case "candidates":
		return r.candidates(value, at)
	case "number of seats", "number of seat":
		n, ok := digits(value)
		if !ok || n < 1 || n > voting.MaxSeats {
			return at.contents(fault.Quoted(value) + " is no number of seats from 1 to " + strconv.Itoa(voting.MaxSeats))
		}
		r.file.Seats = int(n)
	case "implicit ranking":
		last, err := truth(value, at)
		if err != nil {
			return err
		}
		r.file.Unranked = "ignored"
		if last {
			r.file.Unranked = "last"
		}
	case "weight allowed":
		var err error
		r.weighted, err = truth(value, at)
		return err
	case "voting methods":
		for method := range bytes.SplitSeq(value, []byte(";")) {
			if method, _ = trim(method); len(method) > 0 {
				r.file.Methods = append(r.file.Methods, string(method))
			}
		}
	}
	return nil // the format may be extended: what others add is passed over
}

func truth(value []byte, at place) (bool, error) {
	switch strings.ToLower(string(value)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, at.broken(fault.Quoted(value) + " is neither true nor false")
}

func (r *cvotesReader) candidates(value []byte, at place) error {
	if r.ballots != nil {
		return at.broken("the candidates are listed twice")
	}
	var names []string
	seen := map[string]bool{}
	for part := range bytes.SplitSeq(value, []byte(";")) {
		name, before := trim(part)
		if why := nameFault(name); why != "" {
			return at.past(before).broken(why)
		}
		if seen[string(name)] {
			return at.past(before).contents("the candidate " + fault.Quoted(name) + " is listed twice")
		}
		if len(names) == voting.MaxOptions {
			return at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " candidates")
		}
		seen[string(name)] = true
		names = append(names, string(name))
		at = at.past(len(part) + 1)
	}
	var err error
	if r.ballots, err = listed(voting.ShapeRanking, numbers(1, len(names)), names, r.options.Question); err != nil {
		return at.because(err)
	}
	return nil
}

// vote reads TAGS || RANKING ^WEIGHT * COUNT.
func (r *cvotesReader) vote(text []byte, at place) error {
	if r.ballots == nil {
		r.ballots = found(voting.ShapeRanking, r.options.Question)
	}
	if i := bytes.Index(text, []byte("||")); i >= 0 {
		var before int
		text, before = trim(text[i+2:])
		at = at.past(i + 2 + before)
	}
	ranking, count, countAt := quantity(text, '*')
	ranking, weight, weightAt := quantity(ranking, '^')
	v := voting.Votes{Seats: 1, Voices: voting.Voice}
	why := ""
	if weight != nil {
		if v, why = votes(weight); why == "" {
			v.Seats = 1
		}
		if why != "" {
			return at.past(weightAt).contents(why)
		}
		if !r.weighted {
			v.Voices = voting.Voice
		}
	}
	if count != nil {
		n, ok := digits(count)
		if !ok {
			return at.past(countAt).contents(fault.Quoted(count) + " is no number of ballots")
		}
		if v, why = times(v.Voices, n); why != "" {
			return at.past(countAt).contents("the weight of " + fault.Quoted(count) + " ballots " + why)
		}
	}
	if err := r.ranking(ranking, at); err != nil {
		return err
	}
	if len(r.ballots.row) == 0 {
		sum, err := r.nobody.Add(v)
		if err != nil {
			return at.because(err)
		}
		r.nobody = sum
		return nil
	}
	if err := r.ballots.add(r.ballots.row, v); err != nil {
		return at.because(err)
	}
	return nil
}

// quantity parts a number after a sign from what stands before it; nil where there is none.
func quantity(text []byte, sign byte) (rest, number []byte, at int) {
	i := bytes.LastIndexByte(text, sign)
	if i < 0 {
		return text, nil, 0
	}
	number, before := trim(text[i+1:])
	for _, c := range number {
		if (c < '0' || c > '9') && c != '.' && c != '-' {
			return text, nil, 0 // a name may hold the sign
		}
	}
	if len(number) == 0 {
		return text, nil, 0
	}
	rest, _ = trim(text[:i])
	return rest, number, i + 1 + before
}

// ranking reads A > B = C into the row.
func (r *cvotesReader) ranking(text []byte, at place) error {
	r.ballots.begin()
	if string(text) == "/EMPTY_RANKING/" || string(text) == "/EMPTY/" {
		return nil
	}
	standing := 0 // how many of the rank are in the list
	for {
		end := bytes.IndexAny(text, ">=")
		part := text
		if end >= 0 {
			part = text[:end]
		}
		name, before := trim(part)
		if len(name) == 0 {
			return at.past(before).broken("a rank has no name")
		}
		m, passed, err := r.name(name, at.past(before))
		if err != nil {
			return err
		}
		if !passed {
			if standing > 0 {
				m |= voting.Level
			}
			r.ballots.row = append(r.ballots.row, m)
			standing++
		}
		if end < 0 {
			return nil
		}
		if text[end] == '>' {
			standing = 0
		}
		text, at = text[end+1:], at.past(end+1)
	}
}

// name gives the mark for a name. The format has names that are not in the list passed over.
func (r *cvotesReader) name(name []byte, at place) (m voting.Mark, passed bool, err error) {
	i, err := r.ballots.candidate(name)
	switch {
	case err != nil:
		return 0, false, at.because(err)
	case i < 0 || r.ballots.open:
		if bytes.ContainsAny(name, "*^<;,/") {
			return 0, false, at.broken(fault.Quoted(name) + " is neither a name nor a number of ballots")
		}
		if why := nameFault(name); why != "" {
			return 0, false, at.broken(why)
		}
	}
	if i < 0 {
		r.file.Passed++
		return 0, true, nil
	}
	if !r.ballots.once(i) {
		return 0, false, at.contents("names " + fault.Quoted(name) + " twice")
	}
	return voting.Mark(i), false, nil
}

func (r *cvotesReader) finish(at place) (*File, error) {
	if r.ballots == nil {
		return nil, at.broken("the file ends before the candidates and the ballots")
	}
	profile, err := r.ballots.finish()
	if err != nil {
		return nil, at.because(err)
	}
	if r.options.Unranked != "" {
		r.file.Unranked = r.options.Unranked
	}
	var row []voting.Mark
	if r.options.Empty == "tied" {
		for i := range r.ballots.names {
			row = append(row, voting.Mark(i))
			if i > 0 {
				row[i] |= voting.Level
			}
		}
	}
	if err := profile.AddMarks(row, r.nobody); err != nil {
		return nil, at.because(err)
	}
	r.file.Profile, r.file.Names = profile, r.ballots.names
	return r.file, nil
}
