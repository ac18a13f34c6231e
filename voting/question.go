package voting

import (
	"maps"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Question is what a poll asks: a method and, for methods that have them, the options in the order in which they are shown, the seats to
// fill, and the method's settings. The order of the options decides nothing.
type Question struct {
	Method  Method   `json:"method"`
	Options []Choice `json:"options,omitempty"`
	Seats   int      `json:"seats,omitempty"` // 0 is 1
	// Settings are the method's own, by name. What is not set has its default: see Method.Settings.
	Settings map[string]string `json:"settings,omitempty"`
}

// MaxOptions is the most options a question may have. Some methods take fewer.
const MaxOptions = 1000

// ErrQuestion refuses a question that cannot be put to a vote; its fields say where.
var ErrQuestion = fault.New(fault.Invalid, "question.unusable", "the question cannot be put to a vote as it stands")

// Check refuses an unknown method, options where the method has its own answers, fewer than two or more options than the method takes, an
// option whose key is malformed, reserved or there twice, more seats than options or than the method fills, and a setting that the
// method does not know or that is not of its form.
func (q Question) Check() error { return q.checkFrom(2) }

// checkFrom is Check with so many options at least.
func (q Question) checkFrom(least int) error {
	m := q.Method.find()
	if m == nil {
		return ErrQuestion.At("method", fault.Quoted(string(q.Method))+" is not known")
	}
	var faults fault.List
	if len(m.answers) > 0 {
		if len(q.Options) > 0 {
			faults.Add("options", "a question of "+string(m.name)+" has no options of its own")
		}
	} else {
		checkOptions(&faults, q.Options, least, m.mostOptions())
	}
	switch {
	case q.Seats < 0:
		faults.Add("seats", strconv.Itoa(q.Seats)+" is no number of seats")
	case q.Seats > 1 && !m.seats:
		faults.Add("seats", "there are "+strconv.Itoa(q.Seats)+"; "+string(m.name)+" fills one")
	case q.Seats > len(q.Options) && m.seats && !m.shares:
		faults.Add("seats", "there are "+strconv.Itoa(q.Seats)+", and "+strconv.Itoa(len(q.Options))+" options")
	case q.Seats > MaxSeats:
		faults.Add("seats", "there are "+strconv.Itoa(q.Seats)+", more than "+strconv.Itoa(MaxSeats))
	}
	for _, name := range slices.Sorted(maps.Keys(q.Settings)) {
		switch s := m.setting(name); {
		case s == nil:
			faults.Add("settings/"+name, string(m.name)+" has no such setting")
		case !s.takes(q.Settings[name]):
			faults.Add("settings/"+name, fault.Quoted(q.Settings[name])+" is not "+s.form())
		}
	}
	if m.check != nil && faults.Err(ErrQuestion) == nil {
		m.check(q, &faults)
	}
	return faults.Err(ErrQuestion)
}

// MaxSeats is the most seats that any method fills.
const MaxSeats = 100_000

// checkOptions refuses a list of options that ballots cannot name.
func checkOptions(faults *fault.List, options []Choice, least, most int) {
	if n := len(options); n < least || n > most {
		faults.Add("options", "there are "+strconv.Itoa(n)+"; a choice needs from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
		return
	}
	seen := make(map[Choice]bool, len(options))
	for i, o := range options {
		switch path := "options/" + strconv.Itoa(i); {
		case !o.wellFormed():
			faults.Add(path, fault.Quoted(string(o))+" is no key: "+keyForm)
		case o.reserved():
			faults.Add(path, fault.Quoted(string(o))+" has a meaning of its own and cannot name an option")
		case seen[o]:
			faults.Add(path, fault.Quoted(string(o))+" is there twice")
		}
		seen[o] = true
	}
}

// CheckBallot refuses a ballot of another shape than the question's, one that says what the question does not offer, a reason that the
// method does not ask for or that is none, and an answer that needs a reason and has none.
// The question must pass Check.
func (q Question) CheckBallot(b Ballot) error {
	if c, ok := b.(Choice); ok {
		if c == Abstain || c == Blank || q.shape() == ShapeChoice && slices.Contains(q.answers(), c) {
			if q.NeedsReason(c) {
				return reasonMissing(c)
			}
			return nil
		}
		return notOffered(c)
	}
	p, err := NewProfile(q)
	if err != nil {
		return err
	}
	return p.Add(b, Voice)
}

// answers gives what can be voted for: the options, or for and against.
func (q Question) answers() []Choice {
	if m := q.Method.find(); m != nil && len(m.answers) > 0 {
		return m.answers
	}
	return q.Options
}

// shape gives the shape of the ballots that the question asks for.
func (q Question) shape() Shape {
	if m := q.Method.find(); m != nil {
		return m.shapes[0]
	}
	return ShapeChoice
}

// places gives the number of seats to fill.
func (q Question) places() int { return max(q.Seats, 1) }

// value gives the value of one of the method's settings, or its default.
func (q Question) value(m *method, name string) string {
	if v, ok := q.Settings[name]; ok {
		return v
	}
	if s := m.setting(name); s != nil {
		return s.value
	}
	return ""
}

// number gives the value of a setting that is a whole number, or its default; 0 for a word.
func (q Question) number(s setting) int {
	n, _ := strconv.Atoi(q.word(s))
	return n
}

// word gives the value of a setting, or its default.
func (q Question) word(s setting) string {
	if value, ok := q.Settings[s.name]; ok {
		return value
	}
	return s.value
}

func (q Question) clone() Question {
	return Question{q.Method, slices.Clone(q.Options), q.Seats, maps.Clone(q.Settings)}
}

func (q Question) equal(r Question) bool {
	return q.Method == r.Method && slices.Equal(q.Options, r.Options) && q.Seats == r.Seats && maps.Equal(q.Settings, r.Settings)
}
