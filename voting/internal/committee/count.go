package committee

import (
	"math/big"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// Options say how to count. The zero value lists all winning committees of every rule.
type Options struct {
	// Resolute asks for one committee. Ties are broken by Order: among equally good committees the first one in Order wins, that is, the
	// one with the earliest candidate that not all of them have; a rule that decides one seat after the other takes the earliest of the
	// candidates tied for each.
	Resolute bool
	// Order is all candidates, first the one who wins a tie; nil stands for 0, 1, 2, ...
	Order []int
	// Limit is how many committees are listed at most; 0 stands for DefaultLimit. Outcome.More says that there are more.
	Limit int
	// Steps is how much work may be done; 0 stands for DefaultSteps. Work beyond it is refused with ErrTooLarge.
	Steps int64
	// Ballots is the ballots one by one, as they were cast: the group of each. Only GreedyMonroe asks for it, where each unit of weight is a
	// ballot: of more supporters than a member may represent, those who come first are represented. Nil stands for an order that does not
	// depend on that of the groups: those with the fewest approved candidates left to hope for first.
	Ballots []int
	// Base is the p of Geom, more than 1, two whole numbers of at most 128 bits; nil stands for 2.
	Base *big.Rat
}

// DefaultLimit is how many committees are listed unless Options say otherwise.
const DefaultLimit = 1000

// DefaultSteps is how much work is done unless Options say otherwise: a few seconds of it.
const DefaultSteps = 1_000_000_000

// ErrSeats refuses to fill no seat, or more seats than there are candidates.
var ErrSeats = fault.New(fault.Invalid, "committee.seats", "a committee has at least one seat and at most one for each candidate")

// ErrOptions refuses options that mean nothing: an order that does not name each candidate once, a negative limit, a base that is not
// more than one.
var ErrOptions = fault.New(fault.Invalid, "committee.options", "the options of this rule cannot be used")

// ErrTooLarge refuses a count that would take more steps than allowed. The rules that look for the best of all committees can take very
// long when there are many candidates; those that fill one seat after the other rarely do.
var ErrTooLarge = fault.New(fault.Invalid, "committee.too_large",
	"this rule would have to compare too many committees: choose one that fills the seats one after the other, or reduce the candidates")

// Count elects seats candidates by a rule. The same profile, in whatever order its groups come, gives the same outcome. It refuses what
// ErrProfile, ErrRule, ErrSeats, ErrOptions and ErrTooLarge say.
func Count(p Profile, r Rule, seats int, o Options) (Outcome, error) {
	e, err := prepare(p, seats, o)
	if err != nil {
		return Outcome{}, err
	}
	out, err := e.count(r)
	if err != nil {
		return Outcome{}, err
	}
	return e.published(out), nil
}

func (e *election) count(r Rule) (Outcome, error) {
	switch r {
	case AV:
		return e.separable(e.approvals())
	case SAV:
		return e.separable(e.satisfaction())
	case Trivial:
		return e.separable(make([]*big.Rat, e.m))
	case PAV:
		return e.best(harmonic)
	case SLAV:
		return e.best(odd)
	case Geom:
		return e.best(e.geometric)
	case CC:
		return e.best(first)
	case LexCC:
		return e.best(lexical)
	case Adams:
		return e.best(adams)
	case SeqPAV:
		return e.walk(e.upwards(harmonic(e.k)))
	case SeqSLAV:
		return e.walk(e.upwards(odd(e.k)))
	case SeqCC:
		return e.walk(e.upwards(first(e.k)))
	case RevSeqPAV:
		return e.walk(e.downwards(harmonic(e.m)))
	}
	switch r {
	case SeqPhragmen:
		return e.walk(e.phragmen(), nil)
	case Enestroem:
		return e.walk(e.enestroem(), nil)
	case Consensus:
		return e.walk(e.consensus(), nil)
	case EPH:
		return e.walk(e.hugo(), nil)
	case MinimaxPhragmen:
		return e.evenly(false)
	case LexPhragmen:
		return e.evenly(true)
	case MaximinSupport:
		return e.walk(e.support())
	case Monroe:
		return e.monroe()
	case GreedyMonroe:
		return e.walk(e.greedyMonroe(e.ballots))
	case MinimaxAV:
		return e.distance(false)
	case LexMinimaxAV:
		return e.distance(true)
	case EqualShares:
		return e.walk(e.shares(e.seats(), byPhragmen), nil)
	case EqualSharesIncrement:
		return e.walk(e.rising(), nil)
	case EqualSharesAV:
		return e.walk(e.shares(e.seats(), byApproval), nil)
	}
	return Outcome{}, ErrRule.At("rule", strconv.Quote(string(r)))
}
