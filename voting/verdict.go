package voting

import (
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// Facts is what a rule needs to know beyond the result. All of it is settled when the poll closes.
type Facts struct {
	Entitled Votes `json:"entitled"` // the roll: every seat and its weight
	// Present is who was present or represented when the vote was taken. It is read only by rules that name the base Present.
	Present Votes `json:"present,omitzero"`

	// The tie-breaks read what follows, on questions that can be tied.

	Order []Choice `json:"order,omitempty"` // for TieOrder: who comes first, comes first
	Chair Choice   `json:"chair,omitempty"` // for TieChair: the chair's vote, once given; only one for a tied option breaks the tie

	// For TieLot: the seed, SeedSize bytes, once published; the id of the poll; and the day on which SeedHash was published, as
	// "2026-12-03" where the space lives.
	Seed     Seed   `json:"seed,omitempty"`
	Poll     string `json:"poll,omitempty"`
	Promised string `json:"promised,omitempty"`
}

// Seed is a lot's seed. Its text form is hexadecimal.
type Seed []byte

// MarshalText gives the seed in hexadecimal.
func (s Seed) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(s)), nil }

// UnmarshalText reads SeedSize bytes in hexadecimal, or nothing.
func (s *Seed) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != 0 && len(b) != SeedSize {
		return ErrFacts.At("seed", "is not "+strconv.Itoa(SeedSize)+" bytes in hexadecimal")
	}
	*s = b
	return nil
}

// ErrFacts refuses facts that contradict the question or the result; its fields say where.
var ErrFacts = fault.New(fault.Invalid, "facts.contradictory", "the facts of this vote contradict its question or its result")

// maxSeats bounds the seats of a roll, so that seats can be compared in the same exact arithmetic as voices.
const maxSeats = 1_000_000_000_000

// Outcome is what a vote came to.
type Outcome string

// The outcomes.
const (
	Adopted   Outcome = "adopted"   // the proposal, or Verdict.Winner
	Rejected  Outcome = "rejected"  // the vote is valid and adopts nothing
	Inquorate Outcome = "inquorate" // too few took part for the vote to be valid
	Tied      Outcome = "tied"      // several options lead, and nothing broke the tie (yet)
	Void      Outcome = "void"      // there was nobody who could have decided
)

// Verdict is what a rule makes of a result, with every comparison that led there. It is plain data with a stable JSON form; Explain
// tells it in words.
type Verdict struct {
	Method  Method  `json:"method"`
	Outcome Outcome `json:"outcome"`
	Winner  Choice  `json:"winner,omitempty"` // what is adopted: For, Consents or Endorse, or the key of an option
	// Winners are all who win, on questions of several seats; there may be fewer than seats. Winner is then empty.
	Winners []Choice `json:"winners,omitempty"`
	Why     []Step   `json:"why"` // in order; the last but Abstentions decided
}

// Test names what a step looks at.
type Test string

// The tests, in the order in which they are made. The first that fails decides. Append only.
const (
	TestEntitled   Test = "entitled"   // is there anybody with a voice? Recorded only when there is not: Void
	TestQuorum     Test = "quorum"     // did enough take part?
	TestExpressed  Test = "expressed"  // did anybody give an answer? Recorded only when nobody did: Rejected
	TestMajority   Test = "majority"   // are there more for than against? Recorded unless the threshold demands it anyway
	TestThreshold  Test = "threshold"  // does the proposal, or the option that leads, have enough support?
	TestLead       Test = "lead"       // does one option lead alone?
	TestTieBreak   Test = "tie-break"  // does the rule's tie-break settle it?
	TestObjections Test = "objections" // does nobody object, of methods in which one can?
	TestConsent    Test = "consent"    // does anybody consent?
	// TestAbstentions tests nothing: it records how the rule took abstentions, where there were any and they counted somewhere.
	TestAbstentions Test = "abstentions"
)

// Step is one comparison on the way to a verdict: Have out of Whole, against Need. Amounts are numbers of seats or voices
// (By), exact; a field that a test does not use is absent, and an absent amount is 0.
type Step struct {
	Test   Test `json:"test"`
	Passed bool `json:"passed"`

	Choice  Choice   `json:"choice,omitempty"`  // whose support is measured, if of one; of a tie-break, whom it chose
	Choices []Choice `json:"choices,omitempty"` // who leads; several are equal, and their order means nothing

	Count Base   `json:"count,omitempty"` // of a quorum: what Have counts
	Of    Base   `json:"of,omitempty"`    // what Whole counts
	By    Unit   `json:"by,omitempty"`
	Have  Weight `json:"have,omitempty"`
	Whole Weight `json:"whole,omitempty"` // of TestMajority: the voices against
	// Need is the least that passes, in whole seats, or in the finest step in which the weights of this vote differ.
	Need    Weight `json:"need,omitempty"`
	Missing Weight `json:"missing,omitempty"` // Need - Have, where it is positive

	Fraction      *Fraction `json:"fraction,omitempty"`
	Strict        bool      `json:"strict,omitempty"`
	PercentPlaces *int      `json:"percent_places,omitempty"` // see Threshold
	Unreachable   bool      `json:"unreachable,omitempty"`    // no support at all could have passed; Need is absent

	Seats  int      `json:"seats,omitempty"`  // of TestLead: how many are to be filled, where the method has no votes to compare, or more seats than one
	Chosen []Choice `json:"chosen,omitempty"` // whom a tie-break chose, if several

	TieBreak TieBreak `json:"tie_break,omitempty"`
	Seed     Seed     `json:"seed,omitempty"`
	SeedHash string   `json:"seed_hash,omitempty"`
	Promised string   `json:"promised,omitempty"`
}

// Decide applies a rule to a result. It refuses a rule, a result or facts that do not pass their checks. For and against at equality is
// a rejection; without a vote for any answer nothing is adopted, whatever the rule; a tie between options is broken by nothing but
// the rule's tie-break, and stays Tied while that lacks the chair's choice, the order or the seed. A tie within a count, on which later
// rounds depend, can only be broken by the count itself: see Ties. It refuses a threshold for a method that has no votes to measure.
func Decide(q Question, rule Rule, result Result, facts Facts) (Verdict, error) {
	if err := result.Check(q); err != nil {
		return Verdict{}, err
	}
	if err := rule.Check(); err != nil {
		return Verdict{}, err
	}
	if rule.Threshold != nil && !q.Method.find().votes {
		return Verdict{}, ErrRule.At("threshold", string(q.Method)+" has no votes for an option that a threshold could measure; leave it out")
	}
	if rule.Threshold != nil && !result.measurable() {
		return Verdict{}, ErrRule.At("threshold", "cannot measure votes that were divided; leave it out")
	}
	if err := facts.check(q, rule, result); err != nil {
		return Verdict{}, err
	}
	d := decision{question: q, rule: rule, result: result, facts: facts, verdict: Verdict{Method: q.Method, Why: []Step{}}}
	d.verdict.Outcome = d.decide()
	if n, ok := d.abstentions(); ok {
		d.note(n)
	}
	return d.verdict, nil
}

// check refuses facts that the rule would read and that cannot be true of the result.
func (f Facts) check(q Question, rule Rule, result Result) error {
	var faults fault.List
	votes := func(path string, v, in Votes, what string) {
		switch {
		case v.Seats < 0 || v.Voices < 0 || v.Seats > maxSeats || v.Seats == 0 && v.Voices > 0:
			faults.Add(path, "is an impossible number")
		case !in.within(v):
			faults.Add(path, "is less than "+what)
		}
	}
	votes("entitled", f.Entitled, result.Cast, "was cast")
	if rule.reads(Present) {
		votes("present", f.Present, result.Cast, "was cast")
		if !f.Present.within(f.Entitled) {
			faults.Add("present", "is more than are entitled")
		}
	}
	if q.Method != YesNo {
		f.checkTieBreak(&faults, q, rule.TieBreak)
	}
	return faults.Err(ErrFacts)
}

// checkTieBreak refuses what the tie-break would read and cannot use.
func (f Facts) checkTieBreak(faults *fault.List, q Question, tie TieBreak) {
	switch tie {
	case TieChair: // an abstention of the chair is a ballot too, though it breaks no tie
		if f.Chair != "" && q.CheckBallot(f.Chair) != nil {
			faults.Add("chair", fault.Quoted(string(f.Chair))+" is no ballot on the question")
		}
	case TieOrder:
		for i, c := range f.Order {
			path := "order/" + strconv.Itoa(i)
			if !slices.Contains(q.Options, c) {
				faults.Add(path, fault.Quoted(string(c))+" is no option of the question")
			}
			if slices.Contains(f.Order[:i], c) {
				faults.Add(path, fault.Quoted(string(c))+" is there twice")
			}
		}
	case TieLot:
		if n := len(f.Seed); n != 0 && n != SeedSize {
			faults.Add("seed", "has "+strconv.Itoa(n)+" bytes instead of "+strconv.Itoa(SeedSize))
		} else if n != 0 && (f.Poll == "" || strings.ContainsRune(f.Poll, 0)) {
			faults.Add("poll", "must be named, without a zero byte, for a lot to be drawn")
		}
		if _, _, _, ok := civilDate(f.Promised); f.Promised != "" && !ok {
			faults.Add("promised", fault.Quoted(f.Promised)+" is no day such as 2026-12-03")
		}
	}
}

// reads says whether the rule measures anything on b.
func (r Rule) reads(b Base) bool {
	return r.Quorum != nil && (r.Quorum.Count == b || r.Quorum.Of == b) || r.Threshold != nil && r.Threshold.Of == b
}

// decision is one application of a rule: the inputs, and the verdict so far.
type decision struct {
	question Question
	rule     Rule
	result   Result
	facts    Facts
	verdict  Verdict
}

func (d *decision) note(s Step) bool {
	d.verdict.Why = append(d.verdict.Why, s)
	return s.Passed
}

func (d *decision) decide() Outcome {
	switch {
	case d.facts.Entitled.Voices == 0:
		d.note(Step{Test: TestEntitled, Of: Entitled, By: Seats, Whole: d.amount(Entitled, Seats)})
		return Void
	case d.rule.Quorum != nil && !d.note(d.quorum(*d.rule.Quorum)):
		return Inquorate
	case d.result.Expressed.Voices == 0:
		d.note(Step{Test: TestExpressed, Of: Cast, By: Seats, Whole: d.amount(Cast, Seats)})
		return Rejected
	}
	switch d.result.Method {
	case YesNo:
		return d.decideProposal()
	case Consent:
		return d.decideConsent()
	case Gradients:
		return d.decideGradients()
	case Plurality:
		if len(d.result.Votes) > 0 {
			return d.decideChoice()
		}
	}
	return d.decideSeats()
}

func (d *decision) decideProposal() Outcome {
	threshold := d.rule.Threshold
	if !demandsMajority(threshold) && !d.note(d.majority()) {
		return Rejected
	}
	if threshold != nil && !d.note(d.threshold(*threshold, []Choice{For})) {
		return Rejected
	}
	d.verdict.Winner = For
	return Adopted
}

func (d *decision) decideChoice() Outcome {
	leaders := d.result.Winners
	if d.rule.Threshold != nil && !d.note(d.threshold(*d.rule.Threshold, leaders)) {
		return Rejected
	}
	have := d.result.Of(leaders[0]).Voices
	lead := Step{
		Test: TestLead, Passed: len(leaders) == 1, Choices: leaders,
		Of: Expressed, By: Voices, Have: have, Whole: d.result.Expressed.Voices,
	}
	if d.note(lead) {
		d.verdict.Winner = leaders[0]
		return Adopted
	}
	if d.rule.TieBreak == TieStands {
		return Tied
	}
	broken := d.breakTie(leaders)
	d.note(broken)
	switch {
	case !broken.Passed:
		return Tied
	case broken.Choice == "":
		return Rejected
	}
	d.verdict.Winner = broken.Choice
	return Adopted
}

// demandsMajority says whether reaching the threshold takes more for than against, so that this need not be asked apart.
// A threshold that reproduces another system's results is compared as that system did.
func demandsMajority(t *Threshold) bool {
	if t == nil {
		return false
	}
	half := t.Fraction.Cmp(Fraction{1, 2})
	return half > 0 || half == 0 && t.Strict || t.PercentPlaces != nil
}

func (d *decision) majority() Step {
	yes, no := d.result.Of(For).Voices, d.result.Of(Against).Voices
	return Step{Test: TestMajority, Passed: yes > no, Choice: For, By: Voices, Have: yes, Whole: no}
}

func (d *decision) quorum(q Quorum) Step {
	unit := Voice
	if q.By == Voices {
		unit = d.unit(q.Count, q.Of)
	}
	s := Step{
		Test: TestQuorum, Count: q.Count, Of: q.Of, By: q.By, Have: d.amount(q.Count, q.By), Whole: d.amount(q.Of, q.By),
		Fraction: &q.Fraction, Strict: q.Strict,
	}
	s.Need = max(q.Fraction.need(s.Whole, q.Strict, unit), unit)
	s.Passed = s.Have >= s.Need
	s.Missing = max(s.Need-s.Have, 0)
	return s
}

// threshold measures the support of the leaders, who are equal.
func (d *decision) threshold(t Threshold, leaders []Choice) Step {
	s := Step{
		Test: TestThreshold, Of: t.Of, By: Voices, Have: d.support(leaders[0]), Whole: d.amount(t.Of, Voices),
		Fraction: &t.Fraction, Strict: t.Strict, PercentPlaces: t.PercentPlaces,
	}
	if s.Choices = leaders; len(leaders) == 1 {
		s.Choice = leaders[0]
	}
	if t.PercentPlaces == nil {
		s.Need = t.Fraction.need(s.Whole, t.Strict, d.unit(t.Of))
	} else {
		need, reachable := t.Fraction.needRounded(s.Whole, t.Strict, *t.PercentPlaces, d.unit(t.Of))
		if !reachable {
			s.Unreachable = true
			return s
		}
		s.Need = need
	}
	s.Passed = s.Have >= s.Need
	s.Missing = max(s.Need-s.Have, 0)
	return s
}

// abstentions tells how the rule took the abstentions, if they counted anywhere and the vote was valid.
func (d *decision) abstentions() (Step, bool) {
	s := Step{Test: TestAbstentions, Passed: true, Of: Expressed, By: Seats, Have: Weight(d.result.Abstain.Seats) * Voice}
	if d.result.Method == YesNo {
		s.Choice = For
	}
	if d.rule.Threshold != nil {
		s.Of = d.rule.Threshold.Of
	}
	if q := d.rule.Quorum; q != nil && q.Count != Expressed {
		s.Count = q.Count
	}
	decided := d.verdict.Outcome == Adopted || d.verdict.Outcome == Rejected && d.result.Expressed.Voices > 0
	return s, decided && s.Have > 0 && (s.Count != "" || s.Of != Expressed)
}

// amount measures a base.
func (d *decision) amount(b Base, by Unit) Weight {
	v := map[Base]Votes{
		Entitled: d.facts.Entitled, Present: d.facts.Present, Cast: d.result.Cast, Expressed: d.result.Expressed,
	}[b]
	if by == Seats {
		return Weight(v.Seats) * Voice
	}
	return v.Voices
}

// unit gives the step in which voices can be missing: the finest in which the ballots and the bases differ.
func (d *decision) unit(bases ...Base) Weight {
	unit := d.result.Unit
	for _, b := range bases {
		unit = min(unit, d.amount(b, Voices).unit())
	}
	return unit
}

// need gives the least multiple of unit that is at least (strict: more than) the fraction of whole.
func (f Fraction) need(whole Weight, strict bool, unit Weight) Weight {
	part := new(big.Int).Mul(big.NewInt(f.Num), whole.big())
	step := new(big.Int).Mul(big.NewInt(f.Den), unit.big())
	return leastMultiple(part, step, strict, unit)
}

// needRounded does the same for the percentage of whole, rounded half up to so many places before it is compared. It gives false where
// nothing passes. Neither f nor whole may be 0, unless strict.
func (f Fraction) needRounded(whole Weight, strict bool, places int, unit Weight) (Weight, bool) {
	all := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places+2)), nil) // 100 %, in steps of the last place
	least := divide(new(big.Int).Mul(all, big.NewInt(f.Num)), big.NewInt(f.Den), strict)
	if least.Cmp(all) > 0 {
		return 0, false
	}
	// round(all*have/whole) >= least exactly when have >= (2*least - 1) * whole / (2*all).
	part := new(big.Int).Lsh(least, 1)
	part.Sub(part, big.NewInt(1)).Mul(part, whole.big())
	step := new(big.Int).Lsh(all, 1)
	return leastMultiple(part, step.Mul(step, unit.big()), false, unit), true
}

// leastMultiple gives the least n*unit with n*step at least (strict: more than) part.
func leastMultiple(part, step *big.Int, strict bool, unit Weight) Weight {
	n := divide(part, step, strict)
	return Weight(n.Mul(n, unit.big()).Int64())
}

// divide gives the least whole number that is at least (strict: more than) a/b.
func divide(a, b *big.Int, strict bool) *big.Int {
	quotient, rest := new(big.Int).QuoRem(a, b, new(big.Int))
	if strict || rest.Sign() > 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient
}

// breakTie applies the rule's tie-break among the leaders. Passed says that it settled the matter; without a Choice it settled that
// nothing is adopted.
func (d *decision) breakTie(tied []Choice) Step {
	s := d.breakTies(tied, 1)
	if len(s.Chosen) == 1 {
		s.Choice, s.Chosen = s.Chosen[0], nil
	}
	return s
}

// breakTies chooses so many of the tied. Passed says that it settled the matter; without Chosen it settled that none of them is.
func (d *decision) breakTies(tied []Choice, free int) Step {
	s := Step{Test: TestTieBreak, TieBreak: d.rule.TieBreak, Choices: tied}
	var order []Choice
	switch d.rule.TieBreak {
	case TieStatusQuo:
		s.Passed = true
		return s
	case TieChair: // who has one vote cannot fill several seats
		if free == 1 && slices.Contains(tied, d.facts.Chair) {
			order = []Choice{d.facts.Chair}
		}
	case TieOrder:
		order = inOrder(d.facts.Order, tied)
	case TieLot:
		s.Promised = d.facts.Promised
		if len(d.facts.Seed) == SeedSize {
			s.Seed, s.SeedHash = slices.Clone(d.facts.Seed), SeedHash(d.facts.Seed)
			order = Lot(d.facts.Seed, d.facts.Poll, tied)
		}
	}
	if s.Passed = len(order) >= free; s.Passed {
		s.Chosen = order[:free]
	}
	return s
}

// inOrder gives the tied as an order puts them, or nothing when it leaves out any of them.
func inOrder(order, tied []Choice) []Choice {
	out := slices.DeleteFunc(slices.Clone(order), func(c Choice) bool { return !slices.Contains(tied, c) })
	if len(out) < len(tied) {
		return nil
	}
	return out
}

// civilDate reads "2026-12-03".
func civilDate(s string) (year, month, day int, ok bool) {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' || !digits(s[:4]) || !digits(s[5:7]) || !digits(s[8:]) {
		return 0, 0, 0, false
	}
	year, _ = strconv.Atoi(s[:4])
	month, _ = strconv.Atoi(s[5:7])
	day, _ = strconv.Atoi(s[8:])
	return year, month, day, month >= 1 && month <= 12 && day >= 1 && day <= 31
}
