package voting

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/communecter/coopspace/internal/fault"
)

// Reasoned is a ballot that names one answer and says why: an objection with its argument, a concern to be noted. The reason is plain text,
// kept byte for byte as it was given: 1 to MaxReason bytes of UTF-8 with something to be seen, without control characters other than line
// breaks, without characters that turn the direction of what follows, and without U+FFFD, which stands where a program lost what was written.
// Without a reason the ballot is a Choice.
type Reasoned struct {
	Choice Choice `json:"choice"`
	Reason string `json:"reason"`
}

// MaxReason is the most bytes that a reason has. What is longer belongs beside the vote.
const MaxReason = 1000

// ErrReason refuses a reason that is no plain text, or that this question does not ask for; its field says which.
var ErrReason = fault.New(fault.Invalid, "ballot.reason", "the ballot's reason cannot be taken as it is")

// ErrReasonMissing refuses an answer that does not count without a reason, such as an objection.
var ErrReasonMissing = fault.New(fault.Invalid, "ballot.reason_missing", "this answer needs a reason")

// Reason is why ballots gave an answer: all those that say the same, byte for byte, together.
type Reason struct {
	Choice Choice `json:"choice"` // an answer, or Abstain
	Text   string `json:"reason"`
	Votes  Votes  `json:"votes"` // a part of those for the answer
}

func (r Reasoned) shape() Shape { return ShapeChoice }

func (r Reasoned) append(dst []byte) []byte {
	dst = r.Choice.appendKey(append(dst, byteReasoned))
	return append(binary.AppendUvarint(dst, uint64(len(r.Reason))), r.Reason...)
}

// reasoned reads a key and a reason.
func (r *reader) reasoned() Reasoned {
	b := Reasoned{Choice: r.choice()}
	n := r.count()
	if r.broken || n > MaxReason {
		r.broken = true
		return Reasoned{}
	}
	b.Reason = string(r.src[:n])
	r.src = r.src[n:]
	r.broken = b.wrong() != ""
	return b
}

// wrong says what keeps the reason from being one; "" if nothing does.
func (r Reasoned) wrong() string {
	switch {
	case len(r.Reason) > MaxReason:
		return "is " + strconv.Itoa(len(r.Reason)) + " bytes long, and " + strconv.Itoa(MaxReason) + " are the most"
	case !utf8.ValidString(r.Reason):
		return "is not valid UTF-8"
	case !strings.ContainsFunc(r.Reason, visible):
		return "says nothing"
	}
	for i, c := range r.Reason {
		switch {
		case c == '\n' || c == '\r':
		case unicode.IsControl(c), c >= 0x202A && c <= 0x202E, c >= 0x2066 && c <= 0x2069:
			return fmt.Sprintf("has the control character %U at byte %d", c, i)
		case c == utf8.RuneError: // of half a UTF-16 pair in JSON too, which its decoder mends in silence
			return fmt.Sprintf("has U+FFFD at byte %d, where a program lost what was written", i)
		}
	}
	return ""
}

// visible says whether a character alone shows something: no space, no mark that needs another character, nothing of no width.
func visible(c rune) bool {
	return !unicode.IsSpace(c) && !unicode.IsControl(c) && !unicode.In(c, unicode.M, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// TakesReasons says whether ballots of the method may be Reasoned.
func (m Method) TakesReasons() bool {
	known := m.find()
	return known != nil && known.reasons
}

// NeedsReason says whether a ballot for this answer must be Reasoned.
func (q Question) NeedsReason(c Choice) bool { return c != "" && c == q.argued() }

// argued gives the answer that needs a reason; "" if none does.
func (q Question) argued() Choice {
	m := q.Method.find()
	if m == nil || m.argued == "" || q.word(reasonsGiven) != "required" {
		return ""
	}
	return m.argued
}

// checkReasoned refuses a reason that the question's method does not ask for, and what is none. It says nothing about the answer.
func (q Question) checkReasoned(b Reasoned) error {
	if !q.Method.TakesReasons() {
		return ErrReason.At("reason", "is given, and "+q.Method.orFile()+" asks for none")
	}
	if b.Choice == Blank {
		return ErrReason.At("reason", "is given, and a blank ballot says nothing")
	}
	if why := b.wrong(); why != "" {
		return ErrReason.At("reason", why)
	}
	return nil
}

func (m Method) orFile() string {
	if m == "" {
		return "an election file"
	}
	return string(m)
}

func reasonMissing(c Choice) error {
	return ErrReasonMissing.At("reason", "is missing, and "+fault.Quoted(string(c))+" needs one")
}

// changeReasoned adds or takes away the votes of a ballot with its reason.
func (p *Profile) changeReasoned(b Reasoned, v Votes, away bool) error {
	if err := p.question.checkReasoned(b); err != nil {
		return err
	}
	slot, err := p.slot(b.Choice)
	if err != nil {
		return err
	}
	said := p.reasons[b]
	if away && !v.within(said) {
		return ErrProfileAbsent
	}
	if err := p.move(slot, v, away); err != nil {
		return err
	}
	if away {
		said = said.minus(v)
	} else {
		said = said.plus(v)
	}
	if said.Seats == 0 {
		delete(p.reasons, b) // what was taken away leaves no trace
		return nil
	}
	if p.reasons == nil {
		p.reasons = map[Reasoned]Votes{}
	}
	p.reasons[b] = said
	return nil
}

// unreasoned gives the part of the votes for an answer whose ballots say no reason.
func (p *Profile) unreasoned(c Choice, all Votes) Votes {
	for b, v := range p.reasons { // sums have no order
		if b.Choice == c {
			all = all.minus(v)
		}
	}
	return all
}

// listReasons gives all reasons in the order of compareReasons.
func (p *Profile) listReasons() []Reason {
	var list []Reason
	for b, v := range p.reasons {
		list = append(list, Reason{b.Choice, b.Reason, v})
	}
	slices.SortFunc(list, func(a, b Reason) int { return compareReasons(p.options, a, b) })
	return list
}

// compareReasons puts reasons in the order of their answers in the question, abstentions last; of one answer by falling voices, and those
// level by their bytes. How many ballots there are does not matter, so that a weight of 0 moves nothing.
func compareReasons(answers []Choice, a, b Reason) int {
	place := func(c Choice) int {
		if i := slices.Index(answers, c); i >= 0 {
			return i
		}
		return len(answers)
	}
	return cmp.Or(cmp.Compare(place(a.Choice), place(b.Choice)), cmp.Compare(b.Votes.Voices, a.Votes.Voices), cmp.Compare(a.Text, b.Text))
}

// checkReasons refuses reasons that no ballots on q can have given.
func (r Result) checkReasons(q Question, faults *fault.List) {
	given := map[Choice]Votes{}
	for i, said := range r.Reasons {
		path := "reasons/" + strconv.Itoa(i)
		sum, err := given[said.Choice].Add(said.Votes)
		switch {
		case q.checkReasoned(Reasoned{said.Choice, said.Text}) != nil:
			faults.Add(path, "no ballot can say so")
		case err != nil || said.Votes.Seats == 0 || !sum.within(r.Of(said.Choice)):
			faults.Add(path, "is no part of the votes for its answer")
		case i > 0 && compareReasons(q.answers(), r.Reasons[i-1], said) >= 0:
			faults.Add(path, "is not in its place, or there twice")
		}
		given[said.Choice] = sum
	}
}

// reasons tells why an answer was given, each reason in one line.
func (t *countTeller) reasons(r Result, answer Choice) {
	left, some := r.Of(answer), false
	for _, said := range r.Reasons {
		if said.Choice != answer {
			continue
		}
		left, some = left.minus(said.Votes), true
		k := "count.reason"
		switch {
		case answer == Abstain:
			k = "count.reason.abstain"
		case said.Votes.Voices == 0:
			k = "count.reason.consultative"
		}
		// A line break could pass for a line of the count.
		t.say(k, "reason", strings.Join(strings.Fields(said.Text), " "), "n", amount(said.Votes.Voices))
	}
	if some && answer != Abstain && left.Voices > 0 {
		t.say("count.reason.none", "n", amount(left.Voices))
	}
}
