package voting

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Tally is what one answer received.
type Tally struct {
	Choice Choice `json:"choice"`
	Votes
}

// Result is a counted profile, with its whole working: plain data with a stable JSON form, voices as exact decimal strings.
// The same ballots in any order give the same bytes.
type Result struct {
	Method   Method  `json:"method"`
	Revision int     `json:"revision"` // of the method's definition
	Votes    []Tally `json:"votes"`    // of choices: every answer in the question's order; empty for other shapes

	Abstain Votes `json:"abstain"`
	Blank   Votes `json:"blank"`
	Invalid Votes `json:"invalid"`

	Expressed Votes `json:"expressed"` // neither abstentions nor blank nor invalid ballots
	Cast      Votes `json:"cast"`      // everything: Expressed + Abstain + Blank + Invalid

	// Reasons are why answers were given, where the method asks: in the order of the answers, abstentions last; of one answer the one with
	// the most voices first, and those level by their bytes.
	Reasons []Reason `json:"reasons,omitempty"`

	// Unit is the largest of 1, 0.1, ... 0.000001 voices that divides the weight of every ballot: the step in which a number of
	// voices can be missing.
	Unit Weight `json:"unit"`

	// Ranking has the answers by falling voices; equals share a group, in which the order means nothing.
	Ranking [][]Choice `json:"ranking"`
	// Winners are those who win the seats, or share the win, or are tied for it: more than the seats is a tie that nothing broke. Empty
	// when nobody gave any answer a voice. Where an option can win several seats, fewer seats in Shares than there are is such a tie.
	Winners []Choice `json:"winners"`

	Seats    int               `json:"seats,omitempty"`    // of the question
	Settings map[string]string `json:"settings,omitempty"` // of the question

	// The working: what the method has of these is on its page.

	Scores   []Score  `json:"scores,omitempty"` // what the ranking follows, in the question's order
	Shares   []Share  `json:"shares,omitempty"` // the seats of each option, in the question's order, where one can win several
	Rounds   []Round  `json:"rounds,omitempty"`
	Matrices []Matrix `json:"matrices,omitempty"`
	Merits   []Merit  `json:"merits,omitempty"`
	Sets     []Set    `json:"sets,omitempty"`
	Figures  []Figure `json:"figures,omitempty"`
	// Orders are all the rankings without ties that a method finds equally good, where it looks for these.
	Orders [][]Choice `json:"orders,omitempty"`
	// Loads is what each distinct ballot carries in the end of the seats that were given, and Budgets what it has left, for committees of
	// at most 1,000 distinct ballots.
	Loads   []Load `json:"loads,omitempty"`
	Budgets []Load `json:"budgets,omitempty"`

	Broken []Broken `json:"broken,omitempty"` // the ties for the last seats, and what broke them
	// Committees are all the groups of options that a method finds equally good, where it can find several.
	Committees [][]Choice `json:"committees,omitempty"`
}

// ErrResult refuses figures that cannot be the count of any ballots on the question.
var ErrResult = fault.New(fault.Invalid, "result.contradictory", "the figures of this result contradict each other")

// rank groups the answers by falling voices.
func rank(tallies []Tally) [][]Choice {
	order := slices.Clone(tallies)
	slices.SortStableFunc(order, func(a, b Tally) int { return cmp.Compare(b.Voices, a.Voices) })
	groups := make([][]Choice, 0, len(order))
	for i, t := range order {
		if i == 0 || t.Voices != order[i-1].Voices {
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		*last = append(*last, t.Choice)
	}
	return groups
}

// winners gives the leading group if it has any voice. Never nil, so that the JSON form is a list.
func winners(tallies []Tally, ranking [][]Choice) []Choice {
	for _, t := range tallies {
		if t.Choice == ranking[0][0] && t.Voices > 0 {
			return slices.Clone(ranking[0])
		}
	}
	return []Choice{}
}

// Of gives what was said for c: an answer, Abstain or Blank. The zero Votes for anything else.
func (r Result) Of(c Choice) Votes {
	switch c {
	case Abstain:
		return r.Abstain
	case Blank:
		return r.Blank
	}
	for _, t := range r.Votes {
		if t.Choice == c {
			return t.Votes
		}
	}
	return Votes{}
}

// Check refuses a result that cannot be the count of any ballots on q: for results that come from a file. Counting the
// ballots again is the only proof that it is their count.
func (r Result) Check(q Question) error {
	if err := q.Check(); err != nil {
		return err
	}
	var faults fault.List
	if r.Method != q.Method || r.Revision < 1 || r.Revision > q.Method.Revision() {
		faults.Add("method", fault.Quoted(string(r.Method))+" revision "+strconv.Itoa(r.Revision)+" is not the question's")
	}
	r.checkReasons(q, &faults)
	if q.shape() != ShapeChoice || len(r.Votes) == 0 && len(q.Method.find().shapes) > 1 {
		return r.checkShare(q, &faults)
	}
	answers := q.answers()
	if !slices.EqualFunc(answers, r.Votes, func(c Choice, t Tally) bool { return c == t.Choice }) {
		faults.Add("votes", "the answers are not those of the question, in its order")
		return faults.Err(ErrResult)
	}
	sum := func(path string, stated Votes, parts ...Votes) {
		var total Votes
		var err error
		for _, v := range parts {
			if total, err = total.Add(v); err != nil || v.Seats == 0 && v.Voices > 0 {
				faults.Add(path, "a part of it is impossible")
				return
			}
		}
		if total != stated {
			faults.Add(path, "is not the sum of its parts")
		}
	}
	each := make([]Votes, len(r.Votes))
	for i, t := range r.Votes {
		each[i] = t.Votes
	}
	sum("expressed", r.Expressed, each...)
	sum("cast", r.Cast, append(each, r.Abstain, r.Blank, r.Invalid)...)
	if err := faults.Err(ErrResult); err != nil {
		return err
	}
	if !r.unitFits() {
		faults.Add("unit", "does not divide the voices")
	}
	again, err := r.recount(q)
	if err != nil {
		return err
	}
	if !r.drawnFrom(again) {
		faults.Add("ranking", "does not follow from the votes")
	}
	return faults.Err(ErrResult)
}

// recount counts votes for one choice again, which needs no ballots.
func (r Result) recount(q Question) (Result, error) {
	p := newProfile(q.shape(), q.answers())
	p.question, p.bounds = q.clone(), q.bounds()
	p.refine(Votes{Seats: 1, Voices: r.Unit})
	p.abstain, p.blank, p.invalid, p.cast = r.Abstain, r.Blank, r.Invalid, r.Cast
	for i, t := range r.Votes {
		p.answers[i] = t.Votes
	}
	return Count(p)
}

// drawnFrom says whether the count breaks no tie and is the same, or breaks some in favour of those who might have won.
func (r Result) drawnFrom(unbroken Result) bool {
	broken := slices.ContainsFunc(r.Broken, func(b Broken) bool { return b.By != "" }) ||
		slices.ContainsFunc(r.Rounds, func(round Round) bool { return round.Broken != nil && round.Broken.By != "" })
	if !broken {
		return slices.EqualFunc(unbroken.Ranking, r.Ranking, slices.Equal) && slices.Equal(unbroken.Winners, r.Winners)
	}
	return !slices.ContainsFunc(r.Winners, func(c Choice) bool { return !slices.Contains(unbroken.Winners, c) })
}

// checkShare is Check for results of methods whose working only a second count can check.
func (r Result) checkShare(q Question, faults *fault.List) error {
	var sum Votes
	var err error
	for _, v := range []Votes{r.Expressed, r.Abstain, r.Blank, r.Invalid} {
		if sum, err = sum.Add(v); err != nil || v.Seats == 0 && v.Voices > 0 {
			faults.Add("cast", "a part of it is impossible")
			return faults.Err(ErrResult)
		}
	}
	if sum != r.Cast {
		faults.Add("cast", "is not the sum of its parts")
	}
	seen := make(map[Choice]bool)
	for i, group := range r.Ranking {
		for _, c := range group {
			if seen[c] || !slices.Contains(q.answers(), c) {
				faults.Add("ranking/"+strconv.Itoa(i), fault.Quoted(string(c))+" is no option, or there twice")
			}
			seen[c] = true
		}
	}
	for i, c := range r.Winners {
		if !slices.Contains(q.answers(), c) || slices.Contains(r.Winners[:i], c) {
			faults.Add("winners/"+strconv.Itoa(i), fault.Quoted(string(c))+" is no option, or there twice")
		}
	}
	return faults.Err(ErrResult)
}

func (r Result) unitFits() bool {
	if r.Unit < 1 || r.Unit.unit() != r.Unit || r.Unit > Voice {
		return false
	}
	for _, t := range r.Votes {
		if t.Voices%r.Unit != 0 {
			return false
		}
	}
	return r.Abstain.Voices%r.Unit == 0 && r.Blank.Voices%r.Unit == 0 && r.Invalid.Voices%r.Unit == 0
}
