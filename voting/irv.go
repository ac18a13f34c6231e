package voting

import (
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// The methods in which a ballot counts for one option at a time, and the last leave the count until somebody has enough.
// docs/methods/irv.md.
const (
	// IRV gives the place to the option that is the first to have more than half of the ballots still in the count.
	IRV Method = "irv"
	// SequentialIRV fills seats one after the other, each by IRV among those not elected yet.
	SequentialIRV Method = "sequential-irv"
	// BottomsUp lets the last leave until as many are left as there are seats, or until all have a share of the ballots.
	BottomsUp Method = "bottoms-up"
)

var irv = method{
	name: IRV, revision: 1, shapes: []Shape{ShapeRanking}, settings: irvSettings,
	count: func(c *counting) error { return countIRV(c, 1) },
}

var sequentialIRV = method{
	name: SequentialIRV, revision: 1, shapes: []Shape{ShapeRanking}, seats: true, settings: irvSettings,
	check: checkPasses,
	count: func(c *counting) error { return countIRV(c, c.question.places()) },
}

// mostTallies bounds the working of a method that may begin again for every seat: how many numbers its rounds may show. A round shows one for
// each option, and in the worst case only one option leaves in it.
const mostTallies = 5_000_000

// checkPasses refuses more seats than so many options allow in a count that may begin again for each of them: a few ballots would fill the memory
// with its rounds.
func checkPasses(q Question, faults *fault.List) {
	if n := len(q.Options); q.places() > 1 && q.places() > mostTallies/(n*n) {
		faults.Add("seats", "are too many for a count that begins again with "+strconv.Itoa(n)+" options: from 2 on, seats x options x options is at most "+strconv.Itoa(mostTallies))
	}
}

// TiePairwise says that a comparison in pairs between those tied put some of them last: see the setting "tied-last".
const TiePairwise TieBreak = "pairwise"

var (
	// tiedLast is what happens to several who are last, and who leaves first makes a difference.
	tiedLast       = setting{name: "tied-last", value: "report", words: []string{"report", "together", "pairwise"}}
	minimumVotes   = setting{name: "minimum-vote-threshold", value: "0", least: 0, most: 1_000_000_000}
	stopAfterRound = setting{name: "stop-after-round", value: unlimited, check: limit, says: "1 to 1000 | unlimited"}
)

var irvSettings = []setting{
	{name: "batch-elimination", value: "no", words: []string{"no", "yes"}},
	{name: "continue-until-two", value: "no", words: []string{"no", "yes"}},
	{name: "first-round-threshold", value: "no", words: []string{"no", "yes"}},
	{name: "threshold-decimals", value: "auto", check: thresholdDecimals, says: "auto | 0 to 20"},
	tiedLast, unranked,
	overvote, maxSkippedRanks, maxRankings, duplicateCandidate, minimumVotes, stopAfterRound, writeIns, withdrawn,
}

func thresholdDecimals(value string) bool {
	n, err := strconv.Atoi(value)
	return value == "auto" || err == nil && strconv.Itoa(n) == value && 0 <= n && n <= 20
}

// countIRV fills seats one after the other.
func countIRV(c *counting, seats int) error {
	e, err := newElimination(c)
	if err != nil {
		return err
	}
	e.seats = seats
	for {
		winner, ok := e.pass()
		if !ok {
			return nil
		}
		e.elected = append(e.elected, winner)
		c.result.Winners = append(c.result.Winners, c.choice(winner))
		if len(e.elected) == seats || e.rounds == 0 {
			e.finish(nil)
			return nil
		}
		e.again(winner)
	}
}

// again begins a new pass without those elected: whoever had left comes back, but for names that were written in.
func (e *elimination) again(winner int) {
	var stay [][]int
	for _, group := range e.out {
		for _, o := range group {
			e.in[o] = !slices.Contains(e.writeIns, o)
		}
		if written := e.those(group, func(o int) bool { return !e.in[o] }); len(written) > 0 {
			stay = append(stay, written)
		}
	}
	e.in[winner] = false
	e.out, e.past = stay, nil
	e.piles = newPiles(e.counting, e.in)
}

// pass eliminates until one is elected. It ends the result itself when nobody is, because of a tie, for want of votes, or because it had
// to stop.
func (e *elimination) pass() (winner int, ok bool) {
	winner = -1
	if e.total() == 0 {
		e.finish(nil)
		return 0, false
	}
	for ; e.rounds > 0; e.rounds-- {
		round := e.begin()
		if winner < 0 && (len(e.past) == 1 || !e.firstRound) {
			e.needed = e.threshold(e.active())
		}
		round.Quota = e.voices(e.needed)
		there := e.present(nil)
		if winner < 0 && !e.writtenIn() {
			switch leader, broken, done := e.leader(there); {
			case broken != nil && leader < 0:
				e.stop(round, broken, groups(there, e.compare)[0])
				return 0, false
			case leader >= 0:
				winner = leader
				round.Action, round.Choices, round.Elected, round.Broken = ActionElect, e.choices([]int{leader}), e.choices([]int{leader}), broken
				e.tell(round)
				if !e.untilTwo || len(there) <= 2 {
					e.rounds--
					return winner, true
				}
				continue
			case done:
				e.tell(round)
				e.finish(nil)
				return 0, false
			}
		}
		if winner >= 0 && len(there) <= 2 {
			e.tell(round)
			e.rounds--
			return winner, true
		}
		keep := 1
		if winner >= 0 {
			keep = 2
		}
		leaving, broken := e.leaving(there, keep, 0)
		if len(leaving) == 0 { // a tie that nothing breaks
			if winner >= 0 {
				round.Broken = broken
				e.tell(round)
				e.rounds--
				return winner, true
			}
			e.stop(round, broken, there)
			return 0, false
		}
		e.leave(round, leaving, broken)
		if len(leaving) == len(there) {
			e.finish(nil)
			return 0, false
		}
	}
	if winner >= 0 { // only those who would have gone on leaving are kept from it
		return winner, true
	}
	e.finish(nil)
	return 0, false
}

// leader gives who is elected, or -1; done says that nobody ever will.
func (e *elimination) leader(there []int) (leader int, broken *Broken, done bool) {
	if e.active() == 0 {
		return -1, nil, true
	}
	top := groups(there, e.compare)[0]
	most := e.tally[top[0]]
	twoLeft := len(there) == 2 && (e.firstRound || e.tally[there[0]] >= e.minimum && e.tally[there[1]] >= e.minimum)
	if len(there) > 1 && !twoLeft && most < e.needed {
		return -1, nil, false
	}
	if len(top) == 1 {
		return top[0], nil, false
	}
	if e.setting(tiedLast.name) == "pairwise" {
		if rest := e.those(top, func(o int) bool { return !slices.Contains(e.worst(top), o) }); len(rest) == 1 {
			return rest[0], &Broken{e.choices(top), TiePairwise, e.choices(rest)}, false
		}
	}
	leader, broken, ok := e.first(top, e.stages())
	if !ok {
		return -1, broken, false
	}
	return leader, broken, false
}
