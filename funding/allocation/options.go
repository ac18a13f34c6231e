package allocation

import (
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Rule is how projects are chosen.
type Rule string

// The rules. Append only; docs/methods has a page for each.
const (
	Greedy         Rule = "greedy"          // by falling score, while the money lasts
	GreedyDensity  Rule = "greedy-density"  // by falling score for each unit of money
	EqualShares    Rule = "equal-shares"    // everybody has an equal part of the budget and pays for what they support
	Phragmen       Rule = "phragmen"        // everybody earns at the same pace, and a project is bought once its supporters can
	MaximinSupport Rule = "maximin-support" // costs are spread over supporters so that the most burdened bear the least
	MaxWelfare     Rule = "max-welfare"     // the projects whose satisfaction together is the greatest
	Proportional   Rule = "proportional"    // to each project its part of the votes, up to its cost

	// PersonalBalances is EqualShares on what each donor really has. Rules does not list it: AllocateBalances applies it.
	PersonalBalances Rule = "personal-balances"
)

// Completion is how Equal Shares goes on when nobody can pay for another project and money is left.
type Completion string

// The completions. Append only.
const (
	NoCompletion Completion = "none"
	Add1         Completion = "add1"        // everybody is given a little more, and all is bought anew, as long as the budget holds
	Add1U        Completion = "add1u"       // Add1, and then Utilitarian
	Add1Cut      Completion = "add1-cut"    // Add1, and of the run that would overspend what comes before: as committees are filled
	Utilitarian  Completion = "utilitarian" // the rest is bought as Greedy does
	ByPhragmen   Completion = "phragmen"    // supporters save up from what they have left, as in Phragmen
)

// raises says whether shares are raised.
func (c Completion) raises() bool { return c == Add1 || c == Add1U || c == Add1Cut }

// Options are how a rule is applied. The zero Options are those of the rule's page.
type Options struct {
	// Satisfaction is what a bought project is worth to its supporters; "" is Cost, or Points where ballots give points, or none of a rule
	// that looks only at who supports what.
	Satisfaction Satisfaction
	Completion   Completion // of EqualShares; "" is NoCompletion
	// Increment is what Add1 gives each voice at a time; zero is one whole unit of the currency.
	Increment money.Amount
	// PastExhaustive makes Add1 go on when no supported project could be added to what it has bought; it then stops only before it
	// would overspend.
	PastExhaustive bool
	// WholeShares rounds the share with which EqualShares begins down to a whole unit of the currency.
	WholeShares bool
	// Comparison asks the voters in the end whether they prefer what Greedy would buy, and buys that if more do.
	Comparison bool
	// MinScore is the least score with which a project can be bought.
	MinScore voting.Weight
	// NoSkip stops Greedy, and MaximinSupport, at the first project that costs more than is left.
	NoSkip bool
	// SkipTooDear makes Phragmen, and a completion by it, go on without a project that costs more than is left when its supporters could
	// pay it. Otherwise it stops there.
	SkipTooDear bool
	// Partial gives what is left in the end to the first project that Greedy could not pay, if it is at least this part of its cost. Zero
	// gives it nothing.
	Partial voting.Fraction
	// Most is the most projects that are bought; 0 is no limit.
	Most int
	// Payments is the most classes of payers that each round of EqualShares or Phragmen tells of; 0 tells of none.
	Payments int
	// Ties are broken so.
	Ties Ties
	// Initial are the ids of projects that are bought before the rule begins, out of the budget: no more than Most, and of each group one.
	Initial []string
}

// ErrOptions refuses options that a rule cannot follow; its fields say which.
var ErrOptions = fault.New(fault.Invalid, "allocation.options", "the rule cannot be applied with these options")

// ErrRule refuses a rule that is not known.
var ErrRule = fault.New(fault.Invalid, "allocation.rule", "there is no such rule")

// check refuses options that contradict the rule or the election, and those that the rule does not look at.
func (o Options) check(e *Election, r Rule) error {
	var faults fault.List
	if r.find() == nil {
		return ErrRule.At("rule", strconv.QuoteToASCII(string(r)))
	}
	switch o.Completion {
	case "", NoCompletion:
	case Add1, Add1U, Add1Cut, Utilitarian, ByPhragmen:
		if r != EqualShares {
			faults.Add("completion", "only equal-shares has one")
		}
	default:
		faults.Add("completion", strconv.QuoteToASCII(string(o.Completion))+" is none of none, add1, add1u, add1-cut, utilitarian, phragmen")
	}
	if !o.Satisfaction.known() {
		faults.Add("satisfaction", strconv.QuoteToASCII(string(o.Satisfaction))+" is not known")
	} else if o.Satisfaction == Points && e.shape == voting.ShapeChoices {
		faults.Add("satisfaction", "ballots of approval give no points")
	} else if o.Satisfaction != "" && r.unsatisfied() {
		faults.Add("satisfaction", string(r)+" looks only at who supports a project")
	}
	if o.Increment != (money.Amount{}) && (o.Increment.Currency() != e.budget.Currency() || o.Increment.Minor() <= 0) {
		faults.Add("increment", o.Increment.String()+" is not more than nothing in the budget's currency")
	}
	if o.MinScore < 0 {
		faults.Add("min-score", o.MinScore.String()+" is negative")
	}
	if o.Most < 0 {
		faults.Add("most", strconv.Itoa(o.Most)+" is negative")
	}
	if o.Payments < 0 {
		faults.Add("payments", strconv.Itoa(o.Payments)+" is negative")
	}
	if o.Partial != (voting.Fraction{}) && o.Partial.Check() != nil {
		faults.Add("partial", o.Partial.String()+" is no part of a cost")
	}
	greedy, shares := r == Greedy || r == GreedyDensity, r == EqualShares
	for _, of := range []struct {
		path         string
		asked, looks bool // for it, and whether the rule looks at it
		text         string
	}{
		{"increment", o.Increment != (money.Amount{}), shares, "only equal-shares raises shares"},
		{"exhaustive", o.PastExhaustive, shares, "only equal-shares raises shares"},
		{"whole-shares", o.WholeShares, shares, "only equal-shares gives shares"},
		{"comparison", o.Comparison, shares, "only equal-shares is compared with greedy"},
		{"payments", o.Payments > 0, shares || r == Phragmen, "only equal-shares and phragmen tell them"},
		{"no-skip", o.NoSkip, greedy || r == MaximinSupport, "only greedy rules and maximin-support go past what is too dear"},
		{"partial", o.Partial != (voting.Fraction{}), greedy, "only greedy rules go through a list"},
		{"skip", o.SkipTooDear, r == Phragmen || o.Completion == ByPhragmen, "only phragmen stops at a project that is too dear"},
	} {
		if of.asked && !of.looks {
			faults.Add(of.path, of.text)
		}
	}
	seen := map[string]bool{}
	for i, id := range o.Initial {
		path := "initial/" + strconv.Itoa(i)
		if _, ok := e.places[id]; !ok {
			faults.Add(path, "there is no project "+strconv.QuoteToASCII(id))
		} else if seen[id] {
			faults.Add(path, strconv.QuoteToASCII(id)+" is there twice")
		}
		seen[id] = true
	}
	if err := o.Ties.check(); err != nil {
		return err
	}
	return faults.Err(ErrOptions)
}

// filled gives the options with the defaults of a rule.
func (o Options) filled(e *Election, r Rule) Options {
	if o.Satisfaction == "" {
		switch {
		case r.unsatisfied():
		case r == GreedyDensity && e.shape == voting.ShapeChoices:
			o.Satisfaction = Cardinality
		case r != Greedy && e.shape != voting.ShapeChoices:
			o.Satisfaction = Points
		default:
			o.Satisfaction = Cost
		}
	}
	if r == EqualShares && o.Completion == "" {
		o.Completion = NoCompletion
	}
	if o.Completion.raises() && o.Increment == (money.Amount{}) {
		o.Increment = e.amount(e.budget.Currency().Unit())
	}
	if len(o.Ties.By) == 0 {
		o.Ties.By = []TieBreak{TieFile}
	}
	return o
}
