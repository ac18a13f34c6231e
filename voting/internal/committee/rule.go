package committee

import (
	"slices"

	"github.com/communecter/coopspace/internal/fault"
)

// Rule is the name of a rule, as the literature abbreviates it.
type Rule string

// The rules. docs/methods defines each.
const (
	AV      Rule = "av"      // approval voting: the candidates with the most approvals
	SAV     Rule = "sav"     // satisfaction approval voting: each ballot is divided among those it approves
	PAV     Rule = "pav"     // proportional approval voting: 1 + 1/2 + 1/3 + ... a voter
	SLAV    Rule = "slav"    // Sainte-Laguë approval voting: 1 + 1/3 + 1/5 + ... a voter
	Geom    Rule = "geom"    // geometric: 1/p + 1/p² + 1/p³ + ... a voter
	CC      Rule = "cc"      // Chamberlin and Courant: as many voters as possible with a member they approve
	LexCC   Rule = "lexcc"   // the same, then as many as possible with two, with three, ...
	Adams   Rule = "adams"   // as many voters as possible with a member, then 1 + 1/2 + 1/3 + ... for the second, third, fourth
	Trivial Rule = "trivial" // every committee wins

	SeqPAV    Rule = "seqpav"    // pav, one seat at a time
	SeqSLAV   Rule = "seqslav"   // slav, one seat at a time
	SeqCC     Rule = "seqcc"     // cc, one seat at a time
	RevSeqPAV Rule = "revseqpav" // pav, from all candidates down
	EPH       Rule = "eph"       // E Pluribus Hugo: divided ballots, of the last two the less approved leaves

	SeqPhragmen     Rule = "seqphragmen"        // voters earn money evenly, and buy each seat as soon as its supporters can
	MinimaxPhragmen Rule = "minimaxphragmen"    // the heaviest load that a voter carries is as light as possible
	LexPhragmen     Rule = "leximaxphragmen"    // the same, then the next heaviest, and so on
	MaximinSupport  Rule = "maximin-support"    // one seat at a time, the least support of a member as great as possible
	Enestroem       Rule = "phragmen-enestroem" // one seat at a time, each paid with a quota of votes
	Consensus       Rule = "consensus-rule"     // one seat at a time, each paid by its supporters who own anything, in equal parts

	EqualShares          Rule = "equal-shares"                           // the seats left over go by Phragmén's rule
	EqualSharesAV        Rule = "equal-shares-with-av-completion"        // the seats left over go by approvals
	EqualSharesIncrement Rule = "equal-shares-with-increment-completion" // the budgets rise until all seats are filled

	Monroe       Rule = "monroe"        // each member for an equal part of the voters, as many as possible with one they approve
	GreedyMonroe Rule = "greedy-monroe" // the same, one seat at a time

	MinimaxAV    Rule = "minimaxav"    // the voter farthest from the committee is as near as possible
	LexMinimaxAV Rule = "lexminimaxav" // the same, then the next farthest, and so on
)

// all is every rule, in the order in which Rules gives them.
var all = [...]Rule{
	AV, SAV, PAV, SeqPAV, RevSeqPAV, SLAV, SeqSLAV, Geom, CC, LexCC, SeqCC, Adams, EPH,
	SeqPhragmen, MinimaxPhragmen, LexPhragmen, MaximinSupport, Enestroem, Consensus,
	EqualShares, EqualSharesAV, EqualSharesIncrement, Monroe, GreedyMonroe, MinimaxAV, LexMinimaxAV, Trivial,
}

// Rules gives every rule, families together.
func Rules() []Rule { return slices.Clone(all[:]) }

// ErrRule refuses a rule that is not one of Rules.
var ErrRule = fault.New(fault.Invalid, "committee.rule", "there is no such rule for committees")
