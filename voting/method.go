package voting

import (
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Method names how ballots become a result. Names are append-only: a stored question keeps its method for ever.
type Method string

// method is what the engine knows of a Method. Each stands in the file of its name, and in the list below.
type method struct {
	name     Method
	revision int     // of the definition: a change that could alter any result gets a new number, and results keep theirs
	shapes   []Shape // the ballots it counts; its questions ask for the first
	answers  []Choice
	seats    bool   // it fills any number of seats; otherwise one winner leads
	one      bool   // it is made for one winner: further seats go down its ranking, and only where somebody asks for them
	votes    bool   // its scores are voices for an option, which a threshold can measure
	shares   bool   // seats may outnumber options: each can win several
	most     int    // options it takes; 0: MaxOptions
	reasons  bool   // a ballot may say why it gives its answer
	argued   Choice // the answer that must, unless the setting reasonsGiven lets it be
	tallies  bool   // it can count grades of which only the sums are known
	settings []setting
	check    func(Question, *fault.List) // settings that do not go together; nil: all do
	bounds   func(Question) bounds       // what one ballot may say; nil: all that its shape can
	count    func(*counting) error
	told     func(*countTeller, Result) // tells the working in words; nil: as all methods do
}

// methods are all methods, in the order in which a body gets to know them.
var methods = []*method{
	&yesNo,
	&consent,
	&gradients,
	&plurality,
	&twoRound,
	&blockVote,
	&majorityBlock,
	&limited,
	&approval,
	&yesNoEach,
	&cumulative,
	&quadratic,
	&majorityJudgment,
	&borda,
	&dowdall,
	&bucklin,
	&irv,
	&coombs,
	&nanson,
	&baldwin,
	&condorcetWinner,
	&smith,
	&schwartz,
	&schulze,
	&rankedPairs,
	&minimax,
	&copeland,
	&kemeny,
	&debian,
	&stv,
	&meek,
	&warren,
	&stvRCTab,
	&qpq,
	&sequentialIRV,
	&bottomsUp,
	&scoreVoting,
	&star,
	&allocatedScore,
	&reweightedRange,
	&sequentiallySpentScore,
	&sainteLague,
	&dHondt,
	&largestRemainder,
	&av,
	&sav,
	&pav,
	&seqPAV,
	&revSeqPAV,
	&slav,
	&seqSLAV,
	&geom,
	&cc,
	&lexCC,
	&seqCC,
	&adams,
	&eph,
	&seqPhragmen,
	&minimaxPhragmen,
	&leximaxPhragmen,
	&maximinSupport,
	&phragmenEnestroem,
	&consensusRule,
	&equalShares,
	&equalSharesAV,
	&equalSharesIncrement,
	&monroe,
	&greedyMonroe,
	&minimaxAV,
	&lexMinimaxAV,
	&trivial,
}

func (m Method) find() *method {
	for _, known := range methods {
		if known.name == m {
			return known
		}
	}
	return nil
}

func (m *method) mostOptions() int {
	if m.most > 0 {
		return m.most
	}
	return MaxOptions
}

func (m *method) setting(name string) *setting {
	for i := range m.settings {
		if m.settings[i].name == name {
			return &m.settings[i]
		}
	}
	return nil
}

// Methods gives the names of all methods, the simplest first.
func Methods() []Method {
	names := make([]Method, len(methods))
	for i, m := range methods {
		names[i] = m.name
	}
	return names
}

// Revision numbers the definition of a method, from 1; 0 for a method that is not known.
func (m Method) Revision() int {
	if known := m.find(); known != nil {
		return known.revision
	}
	return 0
}

// Shapes gives the shapes of ballots that the method counts; its questions ask for the first. Nil for a method that is not known.
func (m Method) Shapes() []Shape {
	if known := m.find(); known != nil {
		return slices.Clone(known.shapes)
	}
	return nil
}

// FillsSeats says whether the method can fill more than one seat.
func (m Method) FillsSeats() bool {
	known := m.find()
	return known != nil && known.seats
}

// Proposes says whether the method puts one proposal, whose answers are its own, and no options. No election file has ballots for it.
func (m Method) Proposes() bool {
	known := m.find()
	return known != nil && known.answers != nil
}

// MadeForOne says whether the method is made to find one winner. If it can fill seats, further ones go down its ranking.
func (m Method) MadeForOne() bool {
	known := m.find()
	return known != nil && (known.one || !known.seats)
}

// Settings gives the settings that the method knows, each with its default, in the order of its page.
func (m Method) Settings() []Setting {
	known := m.find()
	if known == nil {
		return nil
	}
	out := make([]Setting, len(known.settings))
	for i, s := range known.settings {
		out[i] = Setting{s.name, s.value, s.form()}
	}
	return out
}

// Setting is one thing about a method that a body may choose.
type Setting struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	Form    string `json:"form"` // what it may be: "last | ignored", "1 to 20"
}

// setting is one thing about a method that a question may set: one word of a list, or a whole number within bounds, or what check takes.
type setting struct {
	name        string
	value       string   // the default
	words       []string // if it is one of some words
	least, most int      // else, if most > 0, it is a whole number
	check       func(string) bool
	says        string // the form in words, with check
}

func (s setting) form() string {
	switch {
	case s.words != nil:
		form := s.words[0]
		for _, w := range s.words[1:] {
			form += " | " + w
		}
		return form
	case s.check != nil:
		return s.says
	}
	return strconv.Itoa(s.least) + " to " + strconv.Itoa(s.most)
}

func (s setting) takes(value string) bool {
	switch {
	case s.words != nil:
		return slices.Contains(s.words, value)
	case s.check != nil:
		return s.check(value)
	}
	n, err := strconv.Atoi(value)
	return err == nil && strconv.Itoa(n) == value && s.least <= n && n <= s.most
}

// unranked is the setting of all methods that compare in pairs or give places.
var unranked = setting{name: "unranked", value: "last", words: []string{"last", "ignored"}}
