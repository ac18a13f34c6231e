package voting

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/communecter/coopspace/internal/fault"
)

// Votes is how many ballots say something and how much they weigh together: a seat is one ballot, voices are its weight.
type Votes struct {
	Seats  int64  `json:"seats"`
	Voices Weight `json:"voices"`
}

// Add gives v + o, or ErrWeightOverflow.
func (v Votes) Add(o Votes) (Votes, error) {
	voices, err := v.Voices.Add(o.Voices)
	if err != nil || v.Seats < 0 || o.Seats < 0 || v.Seats > math.MaxInt64-o.Seats {
		return Votes{}, ErrWeightOverflow
	}
	return Votes{v.Seats + o.Seats, voices}, nil
}

// plus adds what is known to fit, because a sum of more did.
func (v Votes) plus(o Votes) Votes { return Votes{v.Seats + o.Seats, v.Voices + o.Voices} }

// minus takes away what is known to be there.
func (v Votes) minus(o Votes) Votes { return Votes{v.Seats - o.Seats, v.Voices - o.Voices} }

// within says whether v can be a part of o.
func (v Votes) within(o Votes) bool { return v.Seats <= o.Seats && v.Voices <= o.Voices }

// ErrProfile refuses to merge what was cast on another question.
var ErrProfile = fault.New(fault.Invalid, "profile.question_differs", "the two sets of ballots answer different questions")

// ErrProfileAbsent refuses to take away ballots that were never added.
var ErrProfileAbsent = fault.New(fault.Invalid, "profile.absent", "there are no such ballots to take away")

// Profile is the ballots cast on one question, grouped by what they say. It is added to in a stream. Of choices it holds a few numbers per
// option, however many ballots there are, and each different reason once; of other shapes, one row a distinct ballot. Profiles of
// the same question can be merged, so that a count can be split. What is refused leaves it as it was. It is not safe for use by several
// goroutines at once: give each its own and merge.
type Profile struct {
	question Question // its method is "" in a profile of a file, which any method of the shape may count
	shape    Shape
	options  []Choice       // or the method's own answers
	at       map[Choice]int // where each option stands
	bounds   bounds

	answers []Votes    // of ShapeChoice: one an option
	sheets  sheets     // of all other shapes
	tallies [][]Weight // of ShapeGrades: the sums of ballots that are not there, one row an option, one column a grade
	tallied Votes      // those ballots
	papers  bool       // some rows have marks that only paper has: Overvoted, Again
	abstain Votes
	blank   Votes
	invalid Votes
	reasons map[Reasoned]Votes      // ballots with a reason, which are in the sums above as well
	argued  Choice                  // the answer that needs a reason; "": none
	cast    Votes                   // the sum of all: while it fits, every part of it does
	grains  [weightPlaces + 1]int64 // how many ballots have a weight of so many decimal places

	compared  [2]atomic.Pointer[pairs] // of the ballots as they are, once somebody asked: see counting.pairs
	comparing sync.Mutex               // held by who works that out

	order []int32 // the row of each ballot as they came, if KeepOrder asked for it; nil: not known

	scratch []Mark   // of Add
	seen    []uint32 // which row last named each option
	rows    uint32   // rows checked
}

// NewProfile begins an empty profile of the ballots that the question asks for. It refuses a question that does not pass Check.
func NewProfile(q Question) (*Profile, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	p := newProfile(q.shape(), q.answers())
	p.question = q.clone()
	p.bounds = q.bounds()
	p.argued = q.argued()
	return p, nil
}

// NewProfileOf begins an empty profile of ballots of a shape, such as an election file holds, for any method that counts the shape: see
// CountBy. It refuses an unknown shape and options that Question.Check would refuse.
func NewProfileOf(shape Shape, options []Choice) (*Profile, error) {
	var faults fault.List
	if !shape.known() {
		faults.Add("shape", fault.Quoted(string(shape))+" is not known")
	}
	checkOptions(&faults, options, 1, MaxOptions) // a file may well have one candidate
	if err := faults.Err(ErrQuestion); err != nil {
		return nil, err
	}
	p := newProfile(shape, options)
	p.question.Options = slices.Clone(options)
	return p, nil
}

func newProfile(shape Shape, options []Choice) *Profile {
	p := &Profile{
		shape:   shape,
		options: slices.Clone(options),
		at:      make(map[Choice]int, len(options)),
		seen:    make([]uint32, len(options)),
	}
	if shape == ShapeChoice {
		p.answers = make([]Votes, len(options))
	}
	for i, c := range options {
		p.at[c] = i
	}
	return p
}

// Question gives the question that the ballots answer. Its method is "" for a profile made by NewProfileOf.
func (p *Profile) Question() Question { return p.question.clone() }

// Shape gives the shape of the ballots.
func (p *Profile) Shape() Shape { return p.shape }

// Options gives the options, in the question's order: the answers For and Against where the method has these.
func (p *Profile) Options() []Choice { return slices.Clone(p.options) }

// Cast gives how many ballots were added, of all kinds, and their weight.
func (p *Profile) Cast() Votes { return p.cast }

// Distinct gives how many different ballots there are, blank, invalid and those of abstention apart.
func (p *Profile) Distinct() int { return p.sheets.len() }

// Add counts one ballot. It refuses a ballot that Question.CheckBallot refuses, a weight that Weight.Check refuses, and a sum that
// would not fit.
func (p *Profile) Add(b Ballot, w Weight) error {
	if err := w.Check(); err != nil {
		return err
	}
	return p.change(b, Votes{1, w}, false)
}

// Subtract takes away one ballot that Add has counted with the same weight. It refuses one that is not there.
func (p *Profile) Subtract(b Ballot, w Weight) error {
	if err := w.Check(); err != nil {
		return err
	}
	return p.change(b, Votes{1, w}, true)
}

func (p *Profile) change(b Ballot, v Votes, away bool) error {
	switch b := b.(type) {
	case Choice:
		slot, err := p.slot(b)
		switch {
		case err != nil:
			return err
		case b == p.argued && !away:
			return reasonMissing(b)
		case away && len(p.reasons) > 0 && !v.within(p.unreasoned(b, *slot)):
			return ErrProfileAbsent
		}
		return p.move(slot, v, away)
	case Reasoned:
		return p.changeReasoned(b, v, away)
	}
	row, err := p.row(b)
	if err != nil {
		return err
	}
	return p.moveRow(row, v, away)
}

// slot gives the place where the votes for a choice are summed.
func (p *Profile) slot(c Choice) (*Votes, error) {
	switch c {
	case Abstain:
		return &p.abstain, nil
	case Blank:
		return &p.blank, nil
	}
	i, ok := p.at[c]
	if !ok || p.shape != ShapeChoice {
		return nil, notOffered(c)
	}
	return &p.answers[i], nil
}

// AddInvalid counts one ballot that was cast and says nothing that can be counted, such as a spoilt paper.
func (p *Profile) AddInvalid(w Weight) error {
	if err := w.Check(); err != nil {
		return err
	}
	return p.move(&p.invalid, Votes{1, w}, false)
}

// AddVotes counts many ballots for one choice whose sum somebody else made: a show of hands, papers counted by tellers, an old
// result. It refuses what Add refuses, except that the weight of each is not known, and that no reason is asked for.
func (p *Profile) AddVotes(c Choice, v Votes) error {
	slot, err := p.slot(c)
	if err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	return p.move(slot, v, false)
}

// AddInvalidVotes counts many invalid ballots whose sum somebody else made.
func (p *Profile) AddInvalidVotes(v Votes) error {
	if err := v.check(); err != nil {
		return err
	}
	return p.move(&p.invalid, v, false)
}

// AddMarks counts many equal ballots given in numbers: see Mark. The row is not kept. It refuses what Add refuses, except that the
// weight of each is not known.
func (p *Profile) AddMarks(row []Mark, v Votes) error {
	if err := v.check(); err != nil {
		return err
	}
	if p.simple() && p.strict(row) {
		return p.keep(row, v, hashMarks(row))
	}
	if err := p.checkRow(row); err != nil {
		return err
	}
	return p.moveRow(p.tidy(row), v, false)
}

// AddRows adds rows as AddMarks does, one after the other: row i ends at ends[i], where the next begins. It stops at the first row that is
// refused, and gives how many were added. Many rows at once are added faster than one by one.
func (p *Profile) AddRows(rows []Mark, ends []int, votes []Votes) (added int, err error) {
	var hashes [addBatch]uint64
	begin := 0
	simple := p.simple()
	p.changed()
	places, of := 0, Voice // the decimal places of the weight that was last looked at
	for added < len(ends) {
		batch := ends[added:min(len(ends), added+len(hashes))]
		from := begin
		for i, end := range batch {
			hashes[i] = hashMarks(rows[from:end])
			from = end
		}
		p.sheets.fetch(hashes[:len(batch)])
		for i, end := range batch {
			row, v := rows[begin:end], votes[added]
			if !simple || v.check() != nil || !p.strict(row) {
				if err = p.AddMarks(row, v); err != nil {
					return added, err
				}
			} else {
				cast, err := p.cast.Add(v)
				if err != nil {
					return added, err
				}
				p.cast = cast
				number := p.sheets.add(row, v, hashes[i])
				if p.order != nil {
					p.follow(number, v)
				}
				if v.Voices != of {
					places, of = v.Voices.places(), v.Voices
				}
				p.grains[places] += max(v.Seats, 1)
			}
			begin = end
			added++
		}
	}
	return added, nil
}

func (v Votes) check() error {
	if v.Seats < 0 || v.Voices < 0 || v.Seats == 0 && v.Voices > 0 {
		return ErrWeight.At("", v.Voices.String()+" voices of "+strconv.FormatInt(v.Seats, 10)+" ballots")
	}
	return nil
}

// moveRow adds or takes away the votes of a checked row.
func (p *Profile) moveRow(row []Mark, v Votes, away bool) error {
	if p.saysNothing(row) {
		return p.move(&p.blank, v, away)
	}
	if p.shape == ShapeChoice {
		return p.move(&p.answers[row[0].Option()], v, away)
	}
	if away {
		number, _ := p.sheets.find(row, hashMarks(row))
		if number < 0 {
			return ErrProfileAbsent
		}
		return p.move(&p.sheets.sheet(number).votes, v, true)
	}
	if err := p.keep(row, v, hashMarks(row)); err != nil {
		return err
	}
	p.papers = p.papers || p.shape == ShapeRanking && slices.ContainsFunc(row, Mark.fromPaper)
	return nil
}

// keep adds the votes of a row that is a ballot, in its one form.
func (p *Profile) keep(row []Mark, v Votes, hash uint64) error {
	cast, err := p.cast.Add(v)
	if err != nil {
		return err
	}
	p.cast = cast
	p.changed()
	p.follow(p.sheets.add(row, v, hash), v)
	p.refine(v)
	return nil
}

// move adds or takes away votes of one slot.
func (p *Profile) move(slot *Votes, v Votes, away bool) error {
	if away {
		if !v.within(*slot) {
			return ErrProfileAbsent
		}
		if p.grains[v.Voices.places()] < v.Seats {
			return ErrProfileAbsent
		}
		p.changed()
		p.order = nil
		*slot = slot.minus(v)
		p.cast = p.cast.minus(v)
		p.grains[v.Voices.places()] -= v.Seats
		return nil
	}
	cast, err := p.cast.Add(v)
	if err != nil {
		return err
	}
	p.cast = cast
	p.changed()
	if slot == &p.blank {
		p.follow(blankRow, v)
	}
	*slot = slot.plus(v)
	p.refine(v)
	return nil
}

// changed forgets what was worked out of the ballots as they were.
func (p *Profile) changed() {
	for i := range p.compared {
		if p.compared[i].Load() != nil {
			p.compared[i].Store(nil)
		}
	}
}

// refine makes the unit divide a new weight.
func (p *Profile) refine(v Votes) { p.grains[v.Voices.places()] += max(v.Seats, 1) }

// unit gives the largest of 1, 0.1, ... 0.000001 voices that divides the weight of every ballot.
func (p *Profile) unit() Weight {
	unit := Voice
	for places, ballots := range p.grains {
		if ballots > 0 {
			unit = Voice / tenTo(places)
		}
	}
	return unit
}

// Merge adds all ballots of o, which stays as it is. It refuses a profile of another question.
func (p *Profile) Merge(o *Profile) error {
	if p.shape != o.shape || !p.question.equal(o.question) {
		return ErrProfile
	}
	cast, err := p.cast.Add(o.cast)
	if err != nil {
		return err
	}
	p.cast = cast
	p.changed()
	p.order = nil
	for i, v := range o.answers {
		p.answers[i] = p.answers[i].plus(v)
	}
	for i := range o.sheets.len() {
		p.sheets.add(o.sheets.row(i), o.sheets.votes(i), hashMarks(o.sheets.row(i)))
	}
	for b, v := range o.reasons {
		if p.reasons == nil {
			p.reasons = make(map[Reasoned]Votes, len(o.reasons))
		}
		p.reasons[b] = p.reasons[b].plus(v)
	}
	p.tally(o.tallied, o.tallies)
	p.abstain, p.blank, p.invalid = p.abstain.plus(o.abstain), p.blank.plus(o.blank), p.invalid.plus(o.invalid)
	p.papers = p.papers || o.papers
	for places, ballots := range o.grains {
		p.grains[places] += ballots
	}
	return nil
}
