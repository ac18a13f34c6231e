package formats

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// jsonReader reads the forms of JSON. Which one it is shows in the first ballot, if not before.
type jsonReader struct {
	jsonTokens
	options    *Options
	file       *File
	form       Format // "" until it is known
	ballots    *ballots
	names      []string // of the candidates, where they are listed
	keys       []voting.Choice
	listed     bool
	candidates int // of ApprovalJSON
	voted      bool
	shape      voting.Shape
	cells      cells
	ranked     []rankedName // of one ballot
	judges     voting.Votes
	tallies    [][]voting.Weight
}

// rankedName is what a ballot says of a candidate by number.
type rankedName struct {
	option int
	number int64
}

func readJSON(s *scanner, o *Options) (*File, error) {
	r := &jsonReader{jsonTokens: jsonTokens{s: s}, options: o, file: &File{}, form: o.Format}
	err := r.whole()
	switch {
	case s.failed():
		return nil, s.err
	case err != nil:
		return nil, err
	}
	return r.file, nil
}

func (r *jsonReader) whole() error {
	if err := r.want('{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	err := r.object(func() error {
		name := string(r.text)
		if seen[name] {
			return r.at.broken("the member " + fault.Quoted(name) + " is there twice")
		}
		if seen[name] = true; len(seen) > 100 {
			return r.at.broken("there are more than 100 members")
		}
		return r.member(name)
	})
	if err != nil {
		return err
	}
	end := r.at
	if kind, err := r.next(); err != nil || kind != 0 {
		return r.at.broken("something follows the end of the election")
	}
	return r.finish(end)
}

// is fixes the form, or refuses a member that belongs to another.
func (r *jsonReader) is(form Format, what string) error {
	if r.form == "" {
		r.form = form
	}
	if r.form != form {
		return r.at.broken(what + " belong in " + string(form) + ", and this is " + string(r.form))
	}
	return nil
}

func (r *jsonReader) member(name string) error {
	at := r.at
	kind, err := r.next()
	if err != nil {
		return err
	}
	before := func() error {
		if r.voted {
			return at.broken("the member " + fault.Quoted(name) + " must come before the ballots")
		}
		return nil
	}
	switch name {
	case "title":
		if kind == '"' && len(r.text) <= mostTitle {
			r.file.Title = string(r.text)
			return nil
		}
	case "seats":
		n, ok := r.small(kind, voting.MaxSeats)
		if !ok || n == 0 {
			return r.unwanted(kind, "a number of seats")
		}
		r.file.Seats = n
		return nil
	case "num_cand":
		if err := r.is(ApprovalJSON, "candidates in number"); err != nil {
			return err
		}
		n, ok := r.small(kind, math.MaxInt32)
		if !ok || n == 0 {
			return r.unwanted(kind, "a number of candidates")
		}
		if n > voting.MaxOptions {
			return r.at.contents("there are " + strconv.Itoa(n) + " candidates, and there may be " + strconv.Itoa(voting.MaxOptions))
		}
		r.candidates = n
		return before()
	case "max_score":
		if err := r.is(ScoresJSON, "scores"); err != nil {
			return err
		}
		n, ok := r.small(kind, voting.MaxValue)
		if !ok || n == 0 {
			return r.unwanted(kind, "a number from 1 to "+strconv.Itoa(voting.MaxValue))
		}
		r.file.MostScore = n
		return before()
	case "candidates":
		if err := before(); err != nil {
			return err
		}
		if kind != '[' {
			return r.unwanted(kind, "a list of candidates")
		}
		r.listed = true
		return r.array(r.candidate)
	case "source_settings":
		if err := before(); err != nil {
			return err
		}
		return r.sources(kind)
	case "participants":
		if kind != '0' {
			return r.unwanted(kind, "a number of ballots")
		}
		why := ""
		if r.judges, why = votes(r.text); why != "" {
			return r.at.contents(why)
		}
		return r.is(TallyJSON, "participants")
	case "tallies":
		if err := r.is(TallyJSON, "tallies"); err != nil {
			return err
		}
		if kind != '[' {
			return r.unwanted(kind, "a list of tallies")
		}
		return r.array(r.tally)
	case "proposals":
		if kind == '[' {
			return r.array(func(kind byte) error {
				if kind == '0' { // some number them
					kind = '"'
				}
				return r.candidate(kind)
			})
		}
	case "ballots":
		r.voted = true
		switch kind {
		case '[':
			return r.array(r.ballot)
		case '{':
			return r.pairs()
		}
		return r.unwanted(kind, "the ballots")
	}
	return r.skip(kind, 0)
}

// small reads a whole number of at most most.
func (r *jsonReader) small(kind byte, most int64) (int, bool) {
	n, ok := digits(r.text)
	return int(n), kind == '0' && ok && n <= most
}

// candidate reads one of a list of candidates: a name, or an object with one.
func (r *jsonReader) candidate(kind byte) error {
	if len(r.names)+len(r.file.Withdrawn) == voting.MaxOptions {
		return r.at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " candidates")
	}
	switch kind {
	case '"':
		name, err := r.name()
		if err != nil {
			return err
		}
		if slices.Contains(r.names, name) {
			return r.at.contents("the candidate " + fault.Quoted(name) + " is listed twice")
		}
		r.names, r.keys = append(r.names, name), append(r.keys, key(len(r.names)+1))
		return nil
	case '{':
		return r.person()
	}
	return r.unwanted(kind, "the name of a candidate")
}

func (r *jsonReader) name() (string, error) {
	if why := nameFault(r.text); why != "" {
		return "", r.at.broken(why)
	}
	return string(r.text), nil
}

// known begins the ballots, when the first of them has shown the form and the shape.
func (r *jsonReader) known(form Format, shape voting.Shape) error {
	if err := r.is(form, "such ballots"); err != nil {
		return err
	}
	if r.ballots != nil {
		if r.shape != shape {
			return r.at.broken("is a ballot of another kind than those before it")
		}
		return nil
	}
	r.shape = shape
	switch {
	case form == ApprovalJSON && r.candidates == 0:
		return r.at.broken("the number of candidates must come before the ballots")
	case form == ApprovalJSON:
		r.names, r.keys = make([]string, r.candidates), numbers(0, r.candidates)
	case !r.listed:
		r.ballots = found(shape, r.options.Question)
		return nil
	}
	var err error
	if r.ballots, err = listed(shape, r.keys, r.names, r.options.Question); err != nil {
		return r.at.because(err)
	}
	return nil
}

// ballot reads one of the list of ballots.
func (r *jsonReader) ballot(kind byte) error {
	begin := r.at
	if kind == '[' {
		return r.approval(begin)
	}
	if kind != '{' {
		return r.unwanted(kind, "a ballot")
	}
	v, said := voting.Votes{Seats: 1, Voices: voting.Voice}, false
	counted := false
	err := r.object(func() error {
		name, at := string(r.text), r.at
		kind, err := r.next()
		if err != nil {
			return err
		}
		if name == "count" {
			if kind != '0' || counted {
				return r.unwanted(kind, "one number of ballots")
			}
			counted = true
			var why string
			if v, why = votes(r.text); why != "" {
				return r.at.contents(why)
			}
			return nil
		}
		if said {
			return at.broken("the ballot says two things")
		}
		said = true
		switch name {
		case "scores":
			return r.scores(kind)
		case "ranking":
			return r.ranking(kind)
		case "ranks":
			return r.record(kind)
		case "ballot":
			return r.plain(kind)
		}
		return at.broken("the ballot has a member " + fault.Quoted(name) + " that is not known")
	})
	if err != nil {
		return err
	}
	if !said {
		return begin.broken("the ballot says nothing that is known: scores, ranking, ranks or ballot")
	}
	return r.add(begin, v)
}

func (r *jsonReader) add(at place, v voting.Votes) error {
	if err := r.ballots.add(r.ballots.row, v); err != nil {
		return at.because(err)
	}
	return nil
}

// option reads a name on a ballot: its place, or -1 for one that is passed over.
func (r *jsonReader) option() (int, error) {
	if why := nameFault(r.text); why != "" {
		return 0, r.at.broken(why)
	}
	o, err := r.ballots.candidate(r.text)
	switch {
	case err != nil:
		return 0, r.at.because(err)
	case o >= 0 && !r.ballots.once(o):
		return 0, r.at.contents("names " + fault.Quoted(r.text) + " twice")
	case o < 0 && r.options.Unknown != "pass":
		return 0, r.at.contents("names " + fault.Quoted(r.text) + ", who is not in the list of candidates")
	case o < 0:
		r.file.Passed++
	}
	return o, nil
}

// approval reads [0, 2]: candidates by number.
func (r *jsonReader) approval(begin place) error {
	if err := r.known(ApprovalJSON, voting.ShapeChoices); err != nil {
		return err
	}
	r.ballots.begin()
	err := r.array(func(kind byte) error {
		n, ok := r.small(kind, math.MaxInt32)
		switch {
		case !ok:
			return r.unwanted(kind, "the number of a candidate")
		case n >= r.candidates:
			return r.at.contents("names candidate " + strconv.Itoa(n) + ", and there are " + strconv.Itoa(r.candidates) + ", from 0")
		case !r.ballots.once(n):
			return r.at.contents("names candidate " + strconv.Itoa(n) + " twice")
		}
		r.ballots.row = append(r.ballots.row, voting.Mark(n))
		return nil
	})
	if err != nil {
		return err
	}
	return r.add(begin, voting.Votes{Seats: 1, Voices: voting.Voice})
}

// scores reads {"A": 5, "B": 0}.
func (r *jsonReader) scores(kind byte) error {
	if kind != '{' {
		return r.unwanted(kind, "an object of scores")
	}
	if err := r.known(ScoresJSON, voting.ShapeScores); err != nil {
		return err
	}
	r.ballots.begin()
	return r.object(func() error {
		o, err := r.option()
		if err != nil {
			return err
		}
		kind, err := r.next()
		if err != nil {
			return err
		}
		most := r.file.MostScore
		if most == 0 {
			most = voting.MaxValue
		}
		score, ok := r.small(kind, math.MaxInt32)
		switch {
		case kind == 'n':
			return nil
		case !ok:
			return r.unwanted(kind, "a whole score")
		case score > most:
			return r.at.contents("the score " + strconv.Itoa(score) + " is more than " + strconv.Itoa(most))
		case o >= 0:
			r.ballots.value(o, voting.Mark(score))
		}
		return nil
	})
}

// ranking reads [["A"], ["B", "C"]].
func (r *jsonReader) ranking(kind byte) error {
	if kind != '[' {
		return r.unwanted(kind, "a list of ranks")
	}
	if err := r.known(RankedJSON, voting.ShapeRanking); err != nil {
		return err
	}
	r.ballots.begin()
	return r.array(r.rank)
}

// rank reads ["B", "C"].
func (r *jsonReader) rank(kind byte) error {
	if kind != '[' {
		return r.unwanted(kind, "a list of names")
	}
	standing := 0
	err := r.array(func(kind byte) error {
		if kind != '"' {
			return r.unwanted(kind, "a name")
		}
		o, err := r.option()
		if err != nil || o < 0 {
			return err
		}
		m := voting.Mark(o)
		if standing > 0 {
			m |= voting.Level
		}
		r.ballots.row = append(r.ballots.row, m)
		standing++
		return nil
	})
	if err == nil && standing == 0 {
		return r.skipRank()
	}
	return err
}

// skipRank leaves a rank empty.
func (r *jsonReader) skipRank() error { return r.rankOf(voting.SkippedRank) }

// rankOf adds a mark to a ballot that may hold more of them than there are candidates.
func (r *jsonReader) rankOf(m voting.Mark) error {
	if len(r.ballots.row) >= 2*voting.MaxOptions {
		return r.at.contents("the ballot has more than " + strconv.Itoa(2*voting.MaxOptions) + " marks")
	}
	r.ballots.row = append(r.ballots.row, m)
	return nil
}

// plain reads "A", ["A", "B"], [["A"], ["B", "C"]] or {"A": 1, "B": 2}.
func (r *jsonReader) plain(kind byte) error {
	shape := voting.ShapeRanking
	if kind == '"' || kind == 'n' {
		shape = voting.ShapeChoice
	}
	if err := r.known(BallotJSON, shape); err != nil {
		return err
	}
	r.ballots.begin()
	name := func() error {
		o, err := r.option()
		if err == nil && o >= 0 {
			r.ballots.row = append(r.ballots.row, voting.Mark(o))
		}
		return err
	}
	switch kind {
	case 'n': // names nobody
		return nil
	case '"':
		return name()
	case '[':
		return r.array(func(kind byte) error {
			if kind == '"' {
				return name()
			}
			return r.rank(kind)
		})
	case '{':
		return r.numbered()
	}
	return r.unwanted(kind, "a name, a list or an object of ranks")
}

// numbered reads {"A": 1, "B": 2}: candidates with the same number stand level.
func (r *jsonReader) numbered() error {
	r.ranked = r.ranked[:0]
	err := r.object(func() error {
		o, err := r.option()
		if err != nil {
			return err
		}
		kind, err := r.next()
		if err != nil {
			return err
		}
		n, ok := digits(r.text)
		if kind != '0' || !ok {
			return r.unwanted(kind, "the number of a rank")
		}
		if r.options.Ratings {
			n = -n
		}
		if o >= 0 {
			r.ranked = append(r.ranked, rankedName{o, n})
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(r.ranked, func(a, b rankedName) int {
		if a.number != b.number {
			return int(max(-1, min(1, a.number-b.number)))
		}
		return a.option - b.option
	})
	for i, named := range r.ranked {
		m := voting.Mark(named.option)
		if i > 0 && named.number == r.ranked[i-1].number {
			m |= voting.Level
		}
		r.ballots.row = append(r.ballots.row, m)
	}
	return nil
}

// pairs reads {"A>B": 4, ...}: how many prefer one to another. Nothing is said of those whom a pair does not name.
func (r *jsonReader) pairs() error {
	if err := r.known(BallotJSON, voting.ShapeRanking); err != nil {
		return err
	}
	r.file.Unranked = "ignored"
	return r.object(func() error {
		at := r.at
		better, worse, found := bytes.Cut(r.text, []byte(">"))
		if !found {
			return at.broken(fault.Quoted(r.text) + " is no pair of names with > between")
		}
		r.ballots.begin()
		pair := string(worse)
		for _, name := range []string{string(better), pair} {
			r.text = append(r.text[:0], name...)
			o, err := r.option()
			if err != nil {
				return err
			}
			if o >= 0 {
				r.ballots.row = append(r.ballots.row, voting.Mark(o))
			}
		}
		kind, err := r.next()
		if err != nil {
			return err
		}
		if kind != '0' {
			return r.unwanted(kind, "a number of ballots")
		}
		v, why := votes(r.text)
		if why != "" {
			return r.at.contents(why)
		}
		if len(r.ballots.row) < 2 {
			return nil
		}
		return r.add(at, v)
	})
}

// tally reads [3, 0, 12]: how many gave each grade, the worst first.
func (r *jsonReader) tally(kind byte) error {
	if kind != '[' {
		return r.unwanted(kind, "a list of numbers")
	}
	if len(r.tallies) == voting.MaxOptions {
		return r.at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " proposals")
	}
	begin := r.at
	row := []voting.Weight{}
	err := r.array(func(kind byte) error {
		if kind != '0' {
			return r.unwanted(kind, "a number of ballots")
		}
		v, why := votes(r.text)
		if why != "" {
			return r.at.contents(why)
		}
		if len(row) > voting.MaxOptions {
			return r.at.contents("there are more than " + strconv.Itoa(voting.MaxOptions) + " grades")
		}
		row = append(row, v.Voices)
		return nil
	})
	if err != nil {
		return err
	}
	if len(row) == 0 || len(r.tallies) > 0 && len(row) != len(r.tallies[0]) {
		return begin.contents("there are " + strconv.Itoa(len(row)) + " grades, and not as many as before")
	}
	r.tallies = append(r.tallies, row)
	return nil
}

// shapeOf gives the shape of the ballots of a form when there is none to show it.
func shapeOf(form Format) voting.Shape {
	switch form {
	case ApprovalJSON:
		return voting.ShapeChoices
	case ScoresJSON:
		return voting.ShapeScores
	case RankedJSON, BallotJSON, RecordJSON:
		return voting.ShapeRanking
	}
	return ""
}

func (r *jsonReader) finish(at place) error {
	r.file.Format = r.form
	if r.form == TallyJSON {
		return r.finishTallies(at)
	}
	if r.ballots == nil {
		shape := shapeOf(r.form)
		if shape == "" || !r.voted {
			return at.broken("there are no ballots")
		}
		if err := r.known(r.form, shape); err != nil {
			return err
		}
	}
	profile, err := r.ballots.finish()
	if err != nil {
		return at.because(err)
	}
	r.file.Profile, r.file.Names = profile, r.ballots.names
	return nil
}

// finishTallies puts the tallies in a profile of grades. Who are not said to have judged a proposal are in no tally of it.
func (r *jsonReader) finishTallies(at place) error {
	if len(r.tallies) == 0 {
		return at.broken("there are no tallies")
	}
	if r.names == nil {
		r.names, r.keys = make([]string, len(r.tallies)), numbers(1, len(r.tallies))
	}
	if len(r.names) != len(r.tallies) {
		return at.contents("there are " + strconv.Itoa(len(r.tallies)) + " tallies of " + strconv.Itoa(len(r.names)) + " proposals")
	}
	profile, err := voting.NewProfileOf(voting.ShapeGrades, r.keys)
	if err == nil {
		err = profile.AddTallies(r.judges, r.tallies)
	}
	if err != nil {
		return at.because(err)
	}
	r.file.Profile, r.file.Names, r.file.MostScore = profile, r.names, len(r.tallies[0])-1
	return nil
}
