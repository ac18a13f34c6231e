package voting

import (
	"math"
	"slices"
	"strconv"

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

// within says whether v can be a part of o.
func (v Votes) within(o Votes) bool { return v.Seats <= o.Seats && v.Voices <= o.Voices }

// ErrProfile refuses to merge what was cast on another question.
var ErrProfile = fault.New(fault.Invalid, "profile.question_differs", "the two sets of ballots answer different questions")

// Profile is the ballots cast on one question, grouped by what they say. It is added to in a stream and holds a few numbers per
// option, however many ballots there are. Profiles of the same question can be merged, so that a count can be split.
// What is refused leaves it as it was. It is not safe for use by several goroutines at once: give each its own and merge.
type Profile struct {
	question Question
	at       map[Choice]int // where each choice stands in votes
	votes    []Votes        // the answers in the question's order, then abstain, blank, invalid
	cast     Votes          // the sum of votes: while it fits, every part of it does
	unit     Weight         // the largest of 1, 0.1, ... 0.000001 voices that divides every weight added
}

// NewProfile begins an empty profile. It refuses a question that does not pass Check.
func NewProfile(q Question) (*Profile, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	answers := append(slices.Clone(q.answers()), Abstain, Blank)
	p := &Profile{
		question: q.clone(),
		at:       make(map[Choice]int, len(answers)),
		votes:    make([]Votes, len(answers)+1),
		unit:     Voice,
	}
	for i, c := range answers {
		p.at[c] = i
	}
	return p, nil
}

// Question gives the question that the ballots answer.
func (p *Profile) Question() Question { return p.question.clone() }

// Add counts one ballot. It refuses a ballot that Question.CheckBallot refuses, a weight that Weight.Check refuses, and a sum that
// would not fit.
func (p *Profile) Add(b Ballot, w Weight) error {
	c, ok := b.(Choice)
	if !ok {
		return ErrBallot.At("choice", "is missing")
	}
	i, ok := p.at[c]
	if !ok {
		return notOffered(c)
	}
	return p.addOne(i, w)
}

// AddInvalid counts one ballot that was cast and says nothing that can be counted, such as a spoilt paper.
func (p *Profile) AddInvalid(w Weight) error { return p.addOne(len(p.votes)-1, w) }

func (p *Profile) addOne(i int, w Weight) error {
	if err := w.Check(); err != nil {
		return err
	}
	return p.add(i, Votes{1, w})
}

// AddVotes counts many ballots for one choice whose sum somebody else made: a show of hands, papers counted by tellers, an old
// result. It refuses what Add refuses, except that the weight of each is not known.
func (p *Profile) AddVotes(c Choice, v Votes) error {
	i, ok := p.at[c]
	if !ok {
		return notOffered(c)
	}
	return p.addMany(i, v)
}

// AddInvalidVotes counts many invalid ballots whose sum somebody else made.
func (p *Profile) AddInvalidVotes(v Votes) error { return p.addMany(len(p.votes)-1, v) }

func (p *Profile) addMany(i int, v Votes) error {
	if v.Seats < 0 || v.Voices < 0 || v.Seats == 0 && v.Voices > 0 {
		return ErrWeight.At("", v.Voices.String()+" voices of "+strconv.FormatInt(v.Seats, 10)+" ballots")
	}
	return p.add(i, v)
}

func (p *Profile) add(i int, v Votes) error {
	cast, err := p.cast.Add(v)
	if err != nil {
		return err
	}
	p.cast = cast
	p.votes[i] = p.votes[i].plus(v)
	if v.Voices%p.unit != 0 {
		p.unit = min(p.unit, v.Voices.unit())
	}
	return nil
}

// Merge adds all ballots of o, which stays as it is. It refuses a profile of another question.
func (p *Profile) Merge(o *Profile) error {
	if !p.question.equal(o.question) {
		return ErrProfile
	}
	cast, err := p.cast.Add(o.cast)
	if err != nil {
		return err
	}
	p.cast = cast
	for i, v := range o.votes {
		p.votes[i] = p.votes[i].plus(v)
	}
	p.unit = min(p.unit, o.unit)
	return nil
}
