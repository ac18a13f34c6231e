package voting

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"
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
	count: func(c *counting) error { return countIRV(c, c.question.places()) },
}

var bottomsUp = method{
	name: BottomsUp, revision: 1, shapes: []Shape{ShapeRanking}, seats: true,
	settings: []setting{
		{name: "percentage", value: "0", least: 0, most: 100}, // of the ballots that each elected option must exceed; 0: fill the seats
		tiedLast, unranked,
		overvote, maxSkippedRanks, maxRankings, duplicateCandidate, minimumVotes, stopAfterRound, writeIns, withdrawn,
	},
	count: countBottomsUp,
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

// elimination is a count under way in which options leave.
type elimination struct {
	*counting
	*piles
	batch, untilTwo, firstRound bool
	decimals                    int // of the threshold; -1: as the weights have
	minimum                     int64
	step                        int64 // in which votes can differ
	rounds                      int   // that may still be told
	writeIns                    []int
	elected                     []int
	out                         [][]int // who left, the first first; level where they left together with as much
	past                        [][]int64
	needed                      int64

	over         *pairs // for the setting tied-last
	won, balance []int
}

func newElimination(c *counting) (*elimination, error) {
	minimum, _ := strconv.ParseInt(c.setting(minimumVotes.name), 10, 64)
	e := &elimination{
		counting: c, decimals: -1, rounds: limitOf(c.setting(stopAfterRound.name)),
		batch: c.setting("batch-elimination") == "yes", untilTwo: c.setting("continue-until-two") == "yes",
		firstRound: c.setting("first-round-threshold") == "yes",
		minimum:    minimum * int64(Voice), step: int64(c.unit),
	}
	if n, err := strconv.Atoi(c.setting("threshold-decimals")); err == nil {
		e.decimals = n
	}
	var err error
	if e.writeIns, err = c.listed(writeIns.name); err != nil {
		return nil, err
	}
	gone, err := c.listed(withdrawn.name)
	if err != nil {
		return nil, err
	}
	in := make([]bool, c.options())
	for i := range in {
		in[i] = !slices.Contains(gone, i)
	}
	e.piles = newPiles(c, in)
	return e, nil
}

// countIRV fills seats one after the other.
func countIRV(c *counting, seats int) error {
	e, err := newElimination(c)
	if err != nil {
		return err
	}
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

// again begins a new pass without those elected: whoever had left comes back.
func (e *elimination) again(winner int) {
	for _, group := range e.out {
		for _, o := range group {
			e.in[o] = !slices.Contains(e.writeIns, o)
		}
	}
	e.in[winner] = false
	e.out, e.past = nil, nil
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
		leaving, broken := e.leaving(there, 1)
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

// leaving gives who leaves, and the tie that had to be broken for it. It leaves at least so many in the count, except that all whose votes are
// below the minimum go. Nobody leaves because of a tie that nothing breaks.
func (e *elimination) leaving(there []int, keep int) ([]int, *Broken) {
	if gone := e.those(there, func(o int) bool { return slices.Contains(e.writeIns, o) && e.tally[o] > 0 }); len(gone) > 0 {
		return gone, nil
	}
	if gone := e.those(there, func(o int) bool { return e.tally[o] < e.minimum }); len(gone) > 0 {
		return gone, nil
	}
	if e.untilTwo {
		keep = 2
	}
	if e.batch {
		if gone := e.hopeless(there, keep); len(gone) > 1 {
			return gone, nil
		}
	}
	ascending := groups(there, func(a, b int) int { return e.compare(b, a) })
	last := ascending[0]
	if len(last) == 1 {
		return last, nil
	}
	rule := e.setting(tiedLast.name)
	if rule == "pairwise" {
		if worst := e.worst(last); len(worst) < len(last) {
			return worst, &Broken{e.choices(last), TiePairwise, e.choices(worst)}
		}
	}
	o, broken, ok := e.last(last, e.stages())
	if ok {
		return []int{o}, broken
	}
	// Whoever of them leaves first, the votes of all together do not reach the next: all of them leave.
	if len(ascending) > 1 && len(there)-len(last) >= keep {
		if sum := int64(len(last)) * e.tally[last[0]]; sum < e.tally[ascending[1][0]] {
			return last, nil
		}
		if rule != "report" {
			return last, broken
		}
	}
	return nil, broken
}

// worst gives those of some who are tied against whom each of the others holds its own: they beat none of them, and neither beat more options
// than any of them nor, by those that they lose to, on balance; and of these the same again.
func (e *elimination) worst(tied []int) []int {
	if e.won == nil {
		e.won, e.balance, e.over = e.standings()
	}
	for {
		worst := e.those(tied, func(a int) bool {
			return !slices.ContainsFunc(tied, func(b int) bool {
				return a != b && (e.over.beats(a, b) || e.balance[a] > e.balance[b] || e.won[a] > e.won[b])
			})
		})
		if len(worst) == 0 || len(worst) == len(tied) {
			return tied
		}
		tied = worst
	}
}

// standings compares all options in pairs: how many others each beats, and that less how many beat it.
func (e *elimination) standings() (won, balance []int, over *pairs) {
	over = e.pairs()
	won, balance = make([]int, over.options), make([]int, over.options)
	for a := range won {
		for b := range won {
			if over.beats(a, b) {
				won[a]++
				balance[a]++
				balance[b]--
			}
		}
	}
	return won, balance, over
}

func (e *elimination) those(there []int, which func(int) bool) []int {
	return slices.DeleteFunc(slices.Clone(there), func(o int) bool { return !which(o) })
}

// hopeless gives the most options whose votes together are fewer than those of whoever is next, so that none of them can ever be ahead of the
// others.
func (e *elimination) hopeless(there []int, keep int) []int {
	var gone, seen []int
	var sum int64
	for _, group := range groups(there, func(a, b int) int { return e.compare(b, a) }) {
		if sum < e.tally[group[0]] && len(there)-len(seen) >= keep {
			gone = slices.Clone(seen)
		}
		seen = append(seen, group...)
		sum += int64(len(group)) * e.tally[group[0]]
	}
	slices.Sort(gone)
	return gone
}

// leave takes options out of the count and moves their ballots.
func (e *elimination) leave(round Round, leaving []int, broken *Broken) {
	round.Action, round.Choices, round.Broken = ActionEliminate, e.choices(leaving), broken
	e.out = append(e.out, groups(leaving, func(a, b int) int { return e.compare(b, a) })...)
	for _, o := range leaving {
		e.in[o] = false
	}
	if e.rounds > 1 { // what moves belongs to the next round
		for _, o := range leaving {
			round.Transfers = e.transfers(round.Transfers, o, e.move(o))
		}
	}
	e.tell(round)
}

// transfers adds what went from an option to each other, and to nobody.
func (e *elimination) transfers(to []Transfer, from int, moved []int64) []Transfer {
	for o, n := range moved {
		if n == 0 {
			continue
		}
		t := Transfer{From: e.choice(from), Voices: e.voices(n)}
		if o < e.options() {
			t.To = e.choice(o)
		}
		to = append(to, t)
	}
	return to
}

// begin gives the next round: what everybody has.
func (e *elimination) begin() Round {
	round := Round{Action: ActionCount}
	for o := range e.in {
		if e.in[o] {
			round.Tallies = append(round.Tallies, Score{e.choice(o), e.voices(e.tally[o])})
		}
	}
	var exhausted int64
	for why, n := range e.ended {
		exhausted += n
		if name := endingNames[why]; name != "" && n > 0 {
			round.Figures = append(round.Figures, Figure{name, e.voices(n)})
		}
	}
	if exhausted > 0 {
		round.Exhausted = e.voices(exhausted)
	}
	e.past = append(e.past, slices.Clone(e.tally))
	return round
}

// endingNames are the figures of a round that say why ballots no longer count, where it is not that all ranks are used.
var endingNames = [endings]string{byOvervote: "overvotes", bySkippedRanks: "skipped-ranks", byDuplicate: "duplicate-candidates"}

func (e *elimination) tell(round Round) { e.result.Rounds = append(e.result.Rounds, round) }

// stop ends the count at a tie that nothing breaks: between so many, each of whom could still win.
func (e *elimination) stop(round Round, broken *Broken, open []int) {
	round.Broken = broken
	e.tell(round)
	e.result.Winners = append(e.result.Winners, e.choices(open)...)
	e.result.Broken = append(e.result.Broken, *broken)
	e.finish(open)
}

// finish writes the ranking: those elected in order, those level ahead of the rest, the rest in the count by their votes, and then
// whoever left, the last first.
func (e *elimination) finish(ahead []int) {
	var ranking [][]int
	for _, o := range e.elected {
		ranking = append(ranking, []int{o})
	}
	if len(ahead) > 0 {
		ranking = append(ranking, ahead)
	}
	rest := e.those(e.present(e.elected), func(o int) bool { return !slices.Contains(ahead, o) })
	ranking = append(ranking, groups(rest, e.compare)...)
	for _, group := range slices.Backward(e.out) {
		ranking = append(ranking, group)
	}
	for _, group := range ranking {
		e.result.Ranking = append(e.result.Ranking, e.choices(group))
	}
}

func (e *elimination) compare(a, b int) int { return cmp.Compare(e.tally[a], e.tally[b]) }

func (e *elimination) stages() stages {
	return stages{len(e.past) - 1, func(stage, a, b int) int { return cmp.Compare(e.past[stage][a], e.past[stage][b]) }}
}

// threshold gives the least that elects, when so much is in the count.
func (e *elimination) threshold(active int64) int64 {
	half := active / 2
	if e.decimals < 0 {
		return max(half-half%e.step+e.step, e.minimum)
	}
	step := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(e.decimals)), nil) // so many steps are a voice
	steps := new(big.Int).Mul(big.NewInt(active), step)
	steps.Quo(steps, big.NewInt(2*int64(Voice))).Add(steps, big.NewInt(1))
	needed, rest := steps.Mul(steps, big.NewInt(int64(Voice))).QuoRem(steps, step, new(big.Int))
	return max(needed.Int64()+int64(rest.Sign()), e.minimum)
}

// voices gives millionths of a voice in voices.
func (e *elimination) voices(weight int64) Number { return Number(Weight(weight).String()) }

// countBottomsUp lets the last leave one by one.
func countBottomsUp(c *counting) error {
	e, err := newElimination(c)
	if err != nil {
		return err
	}
	percentage, _ := strconv.ParseInt(c.setting("percentage"), 10, 64)
	if c.result.Expressed.Voices > math.MaxInt64/100 {
		return ErrWeightOverflow
	}
	seats := c.question.places()
	for ; e.rounds > 0 && e.total() > 0; e.rounds-- {
		round, there := e.begin(), e.present(nil)
		most := max(e.minimum, e.step)
		if percentage > 0 {
			share := e.active() * percentage / 100
			most = max(most, share-share%e.step+e.step)
			round.Quota = e.voices(most)
		}
		filled := e.active() > 0 && !e.writtenIn() &&
			(percentage == 0 && len(there) <= seats || percentage > 0 && len(e.those(there, func(o int) bool { return e.tally[o] >= most })) == len(there))
		if filled {
			chosen := slices.Concat(groups(there, e.compare)...)
			round.Action, round.Choices, round.Elected = ActionElect, e.choices(there), e.choices(there)
			e.tell(round)
			c.result.Winners = append(c.result.Winners, e.choices(chosen)...)
			break
		}
		leaving, broken := e.leaving(there, seats)
		if len(leaving) == 0 {
			e.stop(round, broken, there)
			return nil
		}
		e.leave(round, leaving, broken)
		if len(leaving) == len(there) {
			break
		}
	}
	e.finish(nil)
	return nil
}

// writtenIn says whether undeclared write-ins have votes: nobody is elected before they have left.
func (e *elimination) writtenIn() bool {
	return slices.ContainsFunc(e.writeIns, func(o int) bool { return e.in[o] && e.tally[o] > 0 })
}
