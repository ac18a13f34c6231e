package allocation

import (
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// Outcome is what a rule bought, with its whole working: plain data, numbers exact. The same election in any order of its ballots gives
// the same bytes.
type Outcome struct {
	Rule     Rule
	Revision int     // of the rule's definition
	Options  Options // as they were applied, defaults filled in

	Budget money.Amount
	Cost   money.Amount // of all that was bought whole
	Left   money.Amount // of the budget, after Partial and Parts too

	Shape  voting.Shape // of the ballots: with points, scores are voices times points
	Voters voting.Votes // who share the budget: all valid ballots with a voice, blank ones among them

	Selected []string   // ids, in the order in which they were bought
	Partial  *Partial   // what is paid a part of, if anything
	Parts    []Partial  // what each project is given that is not paid whole, by rules that divide the budget
	Projects []Standing // in the election's order
	Rounds   []Round
	Figures  []voting.Figure // what else the rule's page explains: the share in the end, the welfare reached, who preferred what
}

// Partial is a project of which a part was paid.
type Partial struct {
	ID      string
	Paid    money.Amount
	Missing money.Amount // what others must add
}

// Standing is what became of one project.
type Standing struct {
	ID         string
	Name       string
	Cost       money.Amount
	Score      voting.Number // voices, or voices times points
	Supporters voting.Votes  // those with a voice
	Selected   bool
	Why        Why
}

// Reason says why a project was bought or not.
type Reason string

// The reasons. Append only.
const (
	Initial      Reason = "initial"       // bought before the rule began
	Bought       Reason = "bought"        // by the rule itself
	Completed    Reason = "completed"     // by the completion
	PaidInPart   Reason = "paid-in-part"  // the budget paid a part
	Optimal      Reason = "optimal"       // among the projects whose satisfaction together is the greatest
	NoSupport    Reason = "no-support"    // nobody with a voice supports it
	OverBudget   Reason = "over-budget"   // it costs more than the whole budget
	BelowMinimum Reason = "below-minimum" // its score is under the least allowed
	Excluded     Reason = "excluded"      // another of its group was bought
	NoRoom       Reason = "no-room"       // when its turn came, less was left than it costs
	Stopped      Reason = "stopped"       // the rule had stopped before its turn
	Short        Reason = "short"         // its supporters had too little left
	Outvoted     Reason = "outvoted"      // other projects together satisfied more
	Full         Reason = "full"          // as many projects as allowed were bought
	Preferred    Reason = "preferred"     // the voters preferred what another rule bought
	TooFew       Reason = "too-few"       // too few support it, or have anything left
)

// Why is why a project was bought or not, in figures. Which it has depends on the reason.
type Why struct {
	Reason  Reason
	Round   int           // from 1: the round in which it was bought, or in which it was decided that it is not
	Ratio   voting.Number // of a rule that goes by one: the figure of Round.Ratio with which its turn came or would have come
	Price   voting.Number // the most that one voice pays for it, in units of the currency; of one not bought: would have to
	Left    money.Amount  // what was left of the budget when its turn came; of what is paid in part, what it is given
	Have    money.Amount  // what its supporters together had left, rounded down
	Missing money.Amount  // what would have been needed besides, rounded up
	By      string        // the project that took its place: its id
}

// Round is one purchase.
type Round struct {
	Phase   string // "" is the rule itself; else the completion or comparison
	Project string // its id
	Cost    money.Amount
	Left    money.Amount  // of the budget, after it
	Ratio   voting.Number // what it was first in: the rule's page says which figure
	Price   voting.Number // the most that one voice pays, in units of the currency
	Payers  voting.Votes  // who pays
	Emptied voting.Votes  // those of them who pay all that they have, because it is less
	// Payments are what everybody pays, together the cost, as far as Options.Payments asks: by EqualShares whoever had most first, by
	// Phragmen whoever pays most.
	Payments []Payment
	Tied     []string // those that were level with it, itself first, if the tie-break had to decide
}

// Payment is voters who pay the same for a project.
type Payment struct {
	Payers voting.Votes
	Had    voting.Number // by EqualShares: what each voice had before, in units of the currency
	Paid   voting.Number // by each voice, in units of the currency; "" of several classes in one
	// Amount is what they pay together in whole minor units. All amounts of a project add up to its cost: each is rounded
	// down, and what that leaves goes to the largest remainders, of equal ones to the first.
	Amount money.Amount
}
