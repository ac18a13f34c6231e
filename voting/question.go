package voting

import (
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Method names how ballots become a result. Names are append-only: a stored question keeps its method for ever.
type Method string

// The methods. docs/methods has a page for each.
const (
	YesNo     Method = "yes-no"    // for, against, abstain or blank, on one proposal
	Plurality Method = "plurality" // one of several options, or abstain or blank; the most voices lead
)

// Revision numbers the definition of a method. A change that could alter any result gets a new number, and results keep theirs.
func (m Method) Revision() int {
	switch m {
	case YesNo, Plurality:
		return 1
	}
	return 0
}

// Question is what a poll asks: a method and, for methods that have them, the options in the order in which they are shown.
// The order decides nothing.
type Question struct {
	Method  Method   `json:"method"`
	Options []Choice `json:"options,omitempty"`
}

// MaxOptions is the most options a question may have.
const MaxOptions = 1000

// ErrQuestion refuses a question that cannot be put to a vote; its fields say where.
var ErrQuestion = fault.New(fault.Invalid, "question.unusable", "the question cannot be put to a vote as it stands")

// Check refuses an unknown method, options where the method has none, fewer than two or more than MaxOptions options, and an
// option whose key is malformed, reserved or there twice.
func (q Question) Check() error {
	var faults fault.List
	switch q.Method {
	case YesNo:
		if len(q.Options) > 0 {
			faults.Add("options", "a question of yes or no has no options of its own")
		}
	case Plurality:
		if n := len(q.Options); n < 2 || n > MaxOptions {
			faults.Add("options", "there are "+strconv.Itoa(n)+"; a choice needs from 2 to "+strconv.Itoa(MaxOptions))
			break
		}
		seen := make(map[Choice]bool, len(q.Options))
		for i, o := range q.Options {
			switch path := "options/" + strconv.Itoa(i); {
			case !o.wellFormed():
				faults.Add(path, quoted(string(o))+" is no key: "+keyForm)
			case o.reserved():
				faults.Add(path, quoted(string(o))+" has a meaning of its own and cannot name an option")
			case seen[o]:
				faults.Add(path, quoted(string(o))+" is there twice")
			}
			seen[o] = true
		}
	default:
		faults.Add("method", quoted(string(q.Method))+" is not known")
	}
	return faults.Err(ErrQuestion)
}

// CheckBallot refuses a ballot of another shape than the question's, or one that names what the question does not offer.
// The question must pass Check.
func (q Question) CheckBallot(b Ballot) error {
	c, ok := b.(Choice)
	if !ok {
		return ErrBallot.At("choice", "is missing")
	}
	if c == Abstain || c == Blank || slices.Contains(q.answers(), c) {
		return nil
	}
	return notOffered(c)
}

// answers gives what can be voted for: the options, or for and against.
func (q Question) answers() []Choice {
	if q.Method == YesNo {
		return []Choice{For, Against}
	}
	return q.Options
}

func (q Question) clone() Question { return Question{q.Method, slices.Clone(q.Options)} }

func (q Question) equal(r Question) bool {
	return q.Method == r.Method && slices.Equal(q.Options, r.Options)
}
