package allocation

import "github.com/communecter/coopspace/internal/fault"

// rule is a rule's definition.
type rule struct {
	name     Rule
	revision int // rises when the same ballots may come out otherwise
	buy      func(b *basket) error
	// unsatisfied says that it looks only at who supports what, and no satisfaction.
	unsatisfied bool
}

// ErrTooHard refuses an election in which a rule would take too long to find what is best.
var ErrTooHard = fault.New(fault.Invalid, "allocation.too_hard",
	"what is best by this rule would take too long to find in this election; another rule can decide")

// find gives the rule's definition, or nil.
func (r Rule) find() *rule {
	for _, k := range rules() {
		if k.name == r {
			return k
		}
	}
	if r == PersonalBalances {
		return &personalBalances
	}
	return nil
}

func rules() []*rule {
	return []*rule{&greedy, &greedyDensity, &equalShares, &phragmen, &maximinSupport, &maxWelfare, &proportional}
}

// unsatisfied says whether the rule looks at no satisfaction.
func (r Rule) unsatisfied() bool {
	k := r.find()
	return k != nil && k.unsatisfied
}

// Rules gives the names of all rules.
func Rules() []Rule {
	var out []Rule
	for _, r := range rules() {
		out = append(out, r.name)
	}
	return out
}

// Revision gives the revision of the rule's definition, or 0 for an unknown rule.
func (r Rule) Revision() int {
	if k := r.find(); k != nil {
		return k.revision
	}
	return 0
}

// Allocate buys projects by a rule. It refuses an unknown rule, options that the rule cannot follow, an election in which nobody with a
// voice has cast a ballot, and numbers that do not fit. Nil is the zero Options. The election is not changed.
func Allocate(e *Election, r Rule, o *Options) (Outcome, error) {
	if o == nil {
		o = &Options{}
	}
	if err := o.check(e, r); err != nil {
		return Outcome{}, err
	}
	in, err := newInstance(e, o.filled(e, r))
	if err != nil {
		return Outcome{}, err
	}
	b, err := newBasket(in)
	if err != nil {
		return Outcome{}, err
	}
	if err := r.find().buy(b); err != nil {
		return Outcome{}, err
	}
	return b.outcome(r), nil
}
