package formats

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// mostNumber is the largest number that a candidate may have in PrefLib.
const mostNumber = 100_000

// prefLibReader reads PrefLib: # KEY: VALUE lines, then a count and an order a line.
type prefLibReader struct {
	file       *File
	options    *Options
	kind       string // soc, soi, toc, toi, cat
	categories int    // said
	said       map[string]int64
	keys       []voting.Choice
	names      []string
	place      []int32 // of each number, from 1; 0: nobody has it
	ballots    *ballots
	lines      int64
	voters     voting.Votes
}

func readPrefLib(s *scanner, o *Options) (*File, error) {
	r := &prefLibReader{file: &File{Format: PrefLib}, options: o, said: map[string]int64{}}
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
		case len(text) == 0:
		case text[0] == '#':
			err = r.header(text[1:], at.past(1))
		default:
			err = r.order(text, at)
		}
		if err != nil {
			return nil, err
		}
	}
}

// The numbers that a header says and that are held against what is found.
const (
	saidAlternatives = "NUMBER ALTERNATIVES"
	saidVoters       = "NUMBER VOTERS"
	saidOrders       = "NUMBER UNIQUE ORDERS"
	saidPreferences  = "NUMBER UNIQUE PREFERENCES"
	saidCategories   = "NUMBER CATEGORIES"
)

func (r *prefLibReader) header(text []byte, at place) error {
	name, value, found := bytes.Cut(text, []byte(":"))
	if !found {
		return nil // a comment
	}
	at = at.past(len(name) + 1)
	value, before := trim(value)
	at = at.past(before)
	name, _ = trim(name)
	switch field := string(name); field {
	case "TITLE":
		if len(value) > mostTitle {
			return at.broken("the title has more than " + strconv.Itoa(mostTitle) + " bytes")
		}
		r.file.Title = string(value)
	case "DATA TYPE":
		r.kind = strings.ToLower(string(value))
		switch r.kind {
		case "soc", "soi", "toc", "toi", "cat":
		default:
			return at.broken("the data type " + fault.Quoted(value) + " is none of soc, soi, toc, toi and cat")
		}
	case saidAlternatives, saidVoters, saidOrders, saidPreferences, saidCategories:
		n, ok := digits(value)
		if !ok {
			return at.broken(fault.Quoted(value) + " is no number")
		}
		if _, twice := r.said[field]; twice {
			return at.broken("the " + strings.ToLower(field) + " is said twice")
		}
		if most := int64(voting.MaxOptions); n > most && (field == saidAlternatives || field == saidCategories) {
			return at.contents("there are " + string(value) + ", and there may be " + strconv.FormatInt(most, 10))
		}
		r.said[field] = n
	default:
		if number, ok := strings.CutPrefix(field, "ALTERNATIVE NAME "); ok {
			return r.alternative([]byte(number), value, at)
		}
		return nil
	}
	if r.ballots != nil {
		return at.broken("a header stands after the first order")
	}
	return nil
}

func (r *prefLibReader) alternative(number, name []byte, at place) error {
	n, ok := digits(number)
	switch {
	case r.ballots != nil:
		return at.broken("a header stands after the first order")
	case !ok || n < 0 || n > mostNumber:
		return at.contents(fault.Quoted(number) + " is no number of an alternative")
	case len(r.names) == voting.MaxOptions:
		return at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " alternatives")
	case int(n) < len(r.place) && r.place[n] > 0:
		return at.contents("alternative " + string(number) + " is there twice")
	}
	if why := nameFault(name); why != "" {
		return at.broken(why)
	}
	r.give(int(n), string(name))
	return nil
}

func (r *prefLibReader) give(number int, name string) {
	r.place = append(r.place, make([]int32, max(0, number+1-len(r.place)))...)
	r.place[number] = int32(len(r.names) + 1)
	r.keys, r.names = append(r.keys, key(number)), append(r.names, name)
}

// begin makes the profile when the headers are over.
func (r *prefLibReader) begin(at place) error {
	if r.kind == "" {
		return at.broken("no header says the data type before the first order")
	}
	n, said := r.said[saidAlternatives]
	if len(r.names) == 0 {
		for i := range int(n) {
			r.give(i+1, "")
		}
	}
	if said && n != int64(len(r.names)) {
		return at.contents("the header says that there are " + strconv.FormatInt(n, 10) + " alternatives, and names " + strconv.Itoa(len(r.names)))
	}
	shape := voting.ShapeRanking
	if r.kind == "cat" {
		if r.categories = int(r.said[saidCategories]); r.categories < 2 {
			return at.contents("no header says that there are at least two categories")
		}
		shape = voting.ShapeChoices
		if r.categories > 2 {
			shape = voting.ShapeGrades
			r.file.MostScore = r.categories - 1
		}
	}
	if len(r.names) == 0 {
		return at.contents("no header says the alternatives")
	}
	var err error
	if r.ballots, err = listed(shape, r.keys, r.names, r.options.Question); err != nil {
		return at.because(err)
	}
	return nil
}

// order reads COUNT: 1,{2,3},4.
func (r *prefLibReader) order(text []byte, at place) error {
	if r.ballots == nil {
		if err := r.begin(at); err != nil {
			return err
		}
	}
	i := bytes.IndexByte(text, ':')
	if i < 0 {
		return at.broken("is no order: there is no colon after the number of voters")
	}
	count, _ := trim(text[:i])
	v, why := votes(count)
	if why != "" {
		return at.contents(why)
	}
	r.ballots.begin()
	named, err := r.ranks(text[i+1:], at.past(i+1))
	if err != nil {
		return err
	}
	if (r.kind == "soc" || r.kind == "toc") && named != len(r.names) {
		return at.contents("ranks " + strconv.Itoa(named) + " of " + strconv.Itoa(len(r.names)) + " alternatives, and in " + r.kind + " all are ranked")
	}
	r.lines++
	if r.voters, err = r.voters.Add(v); err != nil {
		return at.because(err)
	}
	if err := r.ballots.add(r.ballots.row, v); err != nil {
		return at.because(err)
	}
	return nil
}

// ranks reads the ranks or categories of one order into the row. It gives how many alternatives they name.
func (r *prefLibReader) ranks(text []byte, at place) (named int, err error) {
	const (
		outside = iota // between ranks
		inside         // within braces
		after          // after a rank, before a comma
		between        // within braces after a number
	)
	state, rank, standing := outside, 0, 0
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t':
			i++
		case c >= '0' && c <= '9' && (state == outside || state == inside):
			end := i + 1
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			ok, err := r.mark(text[i:end], at.past(i), rank, standing > 0)
			if err != nil {
				return 0, err
			}
			if ok {
				named++
				standing++
			}
			i = end
			if state == outside {
				state = after
				rank++
			} else {
				state = between
			}
		case c == '{' && state == outside:
			if r.kind == "soc" || r.kind == "soi" {
				return 0, at.past(i).contents("a rank with several alternatives stands in " + r.kind + ", where none is tied")
			}
			state = inside
			i++
		case c == '}' && (state == inside || state == between):
			if state == inside && standing == 0 && r.ballots.shape == voting.ShapeRanking {
				if len(r.ballots.row) >= 2*voting.MaxOptions {
					return 0, at.past(i).contents("there are more than " + strconv.Itoa(2*voting.MaxOptions) + " ranks")
				}
				r.ballots.row = append(r.ballots.row, voting.SkippedRank)
			}
			state = after
			rank++
			i++
		case c == ',' && state == between:
			state = inside
			i++
		case c == ',' && state == after:
			state, standing = outside, 0
			i++
		default:
			return 0, at.past(i).broken(fault.Quoted(text[i:]) + " is no part of an order")
		}
	}
	if state == inside || state == between {
		return 0, at.past(len(text)).broken("a brace is not closed")
	}
	if r.categories > 0 && rank > r.categories {
		return 0, at.contents("there are " + strconv.Itoa(rank) + " categories, and the header says " + strconv.Itoa(r.categories))
	}
	return named, nil
}

// mark puts an alternative in a rank, or in a category.
func (r *prefLibReader) mark(number []byte, at place, rank int, level bool) (bool, error) {
	n, ok := digits(number)
	option := -1
	if ok && n < int64(len(r.place)) {
		option = int(r.place[n]) - 1
	}
	b := r.ballots
	switch {
	case option < 0 && r.options.Unknown == "pass":
		r.file.Passed++
		return false, nil
	case option < 0:
		return false, at.contents("names alternative " + fault.Quoted(number) + ", and the header has none of that number")
	case !b.once(option):
		return false, at.contents("names alternative " + string(number) + " twice")
	}
	m := voting.Mark(option)
	switch b.shape {
	case voting.ShapeChoices: // the first of two categories holds those who are approved of
		if rank == 0 {
			b.row = append(b.row, m)
		}
	case voting.ShapeGrades:
		b.value(option, voting.Mark(max(0, r.categories-1-rank)))
	default:
		if level {
			m |= voting.Level
		}
		b.row = append(b.row, m)
	}
	return true, nil
}

func (r *prefLibReader) finish(at place) (*File, error) {
	if r.ballots == nil {
		if err := r.begin(at); err != nil {
			return nil, err
		}
	}
	differs := func(field string, found int64) error {
		if said, ok := r.said[field]; ok && said != found {
			return at.contents("the header says " + strings.ToLower(field) + " " + strconv.FormatInt(said, 10) + ", and the file has " + strconv.FormatInt(found, 10))
		}
		return nil
	}
	for _, err := range []error{
		differs(saidVoters, r.voters.Seats), differs(saidOrders, r.lines), differs(saidPreferences, r.lines),
	} {
		if err != nil {
			return nil, err
		}
	}
	profile, err := r.ballots.finish()
	if err != nil {
		return nil, at.because(err)
	}
	r.file.Profile, r.file.Names = profile, r.names
	return r.file, nil
}
