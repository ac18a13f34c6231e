package voting

import (
	"math/big"
	"slices"
	"strconv"
)

// STVRCTab fills seats by the single transferable vote as the Universal RCV Tabulator counts it: every ballot that an elected option has goes on at
// the same part of its value, cut after some places; whoever has reached the threshold and is not elected yet still receives. docs/methods/stv-rctab.md.
const STVRCTab Method = "stv-rctab"

var stvRCTab = method{
	name: STVRCTab, revision: 1, shapes: []Shape{ShapeRanking}, seats: true,
	settings: []setting{
		{name: "winners-per-round", value: "all", words: []string{"all", "one"}},
		{name: "quota", value: "droop", words: []string{"droop", "hare"}},
		{name: "threshold", value: "whole", words: []string{"whole", "fractional"}},
		{name: "places", value: "4", least: 1, most: 20},
		overvote, maxSkippedRanks, maxRankings, duplicateCandidate, minimumVotes, stopAfterRound, writeIns, withdrawn,
	},
	count: countRCTab,
}

// bundle is ballots of equal value, in steps of the last decimal place.
type bundle struct {
	value *big.Int
	rows  []int32
}

// tabulation is such a count under way. Votes are whole numbers of a millionth of the last decimal place.
type tabulation struct {
	*counting
	reading   reading
	in        []bool
	at        []int32 // where each row's next rank begins
	bundles   [][]bundle
	votes     []*big.Int
	ended     [endings]*big.Int
	final     *big.Int // surpluses of the last elected that name nobody
	past      [][]*big.Int
	one       *big.Int // the value of a whole ballot
	voice     *big.Int
	threshold *big.Int
	minimum   *big.Int
	writeIns  []int
	elected   []int   // in order
	order     [][]int // the same, level where it was together and with as much
	out       [][]int
}

func countRCTab(c *counting) error {
	t, err := newTabulation(c)
	if err != nil {
		return err
	}
	rounds := limitOf(c.setting(stopAfterRound.name))
	for ; rounds > 0 && c.total() > 0; rounds-- {
		round, there := t.begin(), t.present()
		if t.threshold == nil {
			t.threshold = t.needed(there)
		}
		round.Quota = t.number(t.threshold)
		if len(t.elected) == c.question.places() {
			c.result.Rounds = append(c.result.Rounds, round)
			break
		}
		winners, broken := t.reached(there)
		if broken != nil && len(winners) == 0 {
			open := t.top(there)
			if len(open) < c.question.places()-len(t.elected) { // who wins the seats beyond theirs may depend on whose surplus goes on first
				open = there
			}
			t.stop(round, broken, open)
			return nil
		}
		if len(winners) > 0 {
			round.Broken = broken
			t.elect(&round, winners)
			c.result.Rounds = append(c.result.Rounds, round)
			continue
		}
		losers, broken := t.losers(there)
		if len(losers) == 0 {
			if broken != nil {
				t.stop(round, broken, there)
				return nil
			}
			break
		}
		round.Broken = broken
		t.eliminate(&round, losers, rounds > 1)
		c.result.Rounds = append(c.result.Rounds, round)
	}
	t.finish(nil)
	return nil
}

func newTabulation(c *counting) (*tabulation, error) {
	places, _ := strconv.Atoi(c.setting("places"))
	n := c.options()
	t := &tabulation{
		counting: c, reading: c.reading(), in: make([]bool, n), bundles: make([][]bundle, n), votes: make([]*big.Int, n), final: new(big.Int),
		one: tenth(places), at: make([]int32, c.rows()),
	}
	t.voice = new(big.Int).Mul(t.one, big.NewInt(int64(Voice)))
	minimum, _ := new(big.Int).SetString(c.setting(minimumVotes.name), 10)
	t.minimum = minimum.Mul(minimum, t.voice)
	var err error
	if t.writeIns, err = c.listed(writeIns.name); err != nil {
		return nil, err
	}
	gone, err := c.listed(withdrawn.name)
	if err != nil {
		return nil, err
	}
	for o := range n {
		t.in[o], t.votes[o] = !slices.Contains(gone, o), new(big.Int)
	}
	for why := range t.ended {
		t.ended[why] = new(big.Int)
	}
	all := make([]int32, c.rows())
	for i := range all {
		all[i] = int32(i)
	}
	t.deal(bundle{t.one, all}, &t.ended)
	return t, nil
}

// tenth gives 10 to the power of places.
func tenth(places int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
}

// deal reads the ballots of a bundle on and gives them to whom they name next, or to nobody, whose votes it adds to those ended. It gives what
// went to each option, and, last, to nobody.
func (t *tabulation) deal(b bundle, ended *[endings]*big.Int) []*big.Int {
	rows := make([][]int32, len(t.in))
	weights := make([]int64, len(t.in))
	var lost [endings]int64
	for _, i := range b.rows {
		weight := int64(t.profile.sheets.votes(int(i)).Voices)
		option, then, why := t.reading.next(t.profile.sheets.row(int(i)), int(t.at[i]), t.in)
		if why != stays {
			lost[why] += weight
			continue
		}
		t.at[i] = int32(then)
		rows[option] = append(rows[option], i)
		weights[option] += weight
	}
	moved := make([]*big.Int, len(t.in)+1)
	worth := func(weight int64) *big.Int { return new(big.Int).Mul(big.NewInt(weight), b.value) }
	for o, weight := range weights {
		moved[o] = worth(weight)
		t.votes[o].Add(t.votes[o], moved[o])
		if len(rows[o]) > 0 {
			t.bundles[o] = append(t.bundles[o], bundle{b.value, rows[o]})
		}
	}
	nobody := new(big.Int)
	for why, weight := range lost {
		if weight > 0 {
			ended[why].Add(ended[why], worth(weight))
			nobody.Add(nobody, worth(weight))
		}
	}
	moved[len(t.in)] = nobody
	return moved
}

func (t *tabulation) present() (there []int) {
	for o, in := range t.in {
		if in {
			there = append(there, o)
		}
	}
	return there
}

// number gives votes in voices.
func (t *tabulation) number(votes *big.Int) Number {
	return NumberOf(new(big.Rat).SetFrac(votes, t.voice))
}

func (t *tabulation) compare(a, b int) int { return t.votes[a].Cmp(t.votes[b]) }

func (t *tabulation) stages() stages {
	return stages{len(t.past) - 1, func(stage, a, b int) int { return t.past[stage][a].Cmp(t.past[stage][b]) }}
}

// begin gives the next round: what everybody has, and what nobody has any more.
func (t *tabulation) begin() Round {
	round := Round{Action: ActionCount}
	past := make([]*big.Int, len(t.votes))
	for o, votes := range t.votes {
		past[o] = new(big.Int).Set(votes)
		if t.in[o] || slices.Contains(t.elected, o) {
			round.Tallies = append(round.Tallies, Score{t.choice(o), t.number(votes)})
		}
	}
	t.past = append(t.past, past)
	exhausted := new(big.Int).Set(t.final)
	for why, votes := range t.ended {
		exhausted.Add(exhausted, votes)
		if name := endingNames[why]; name != "" && votes.Sign() > 0 {
			round.Figures = append(round.Figures, Figure{name, t.number(votes)})
		}
	}
	if t.final.Sign() > 0 {
		round.Figures = append(round.Figures, Figure{"final-surplus", t.number(t.final)})
	}
	if exhausted.Sign() > 0 {
		round.Exhausted = t.number(exhausted)
	}
	return round
}

// needed gives the threshold: of the ballots that count in the first round, the part of a seat and one step more, or, with the quota of Hare, the
// part of a seat, raised to a step.
func (t *tabulation) needed(there []int) *big.Int {
	votes := new(big.Int)
	for _, o := range there {
		votes.Add(votes, t.votes[o])
	}
	step := t.voice
	if t.setting("threshold") == "fractional" {
		step = big.NewInt(int64(Voice))
	}
	seats := int64(t.question.places())
	if t.setting("quota") == "droop" {
		seats++
	}
	steps, rest := new(big.Int).QuoRem(votes, new(big.Int).Mul(step, big.NewInt(seats)), new(big.Int))
	if t.setting("quota") == "droop" || rest.Sign() > 0 {
		steps.Add(steps, big.NewInt(1))
	}
	needed := steps.Mul(steps, step)
	if needed.Cmp(t.minimum) < 0 {
		return t.minimum
	}
	return needed
}

// reached gives who is elected in this round, and the tie that had to be broken for it.
func (t *tabulation) reached(there []int) ([]int, *Broken) {
	if t.writtenIn() || len(there) == 0 {
		return nil, nil
	}
	winners := there
	if len(there) > t.question.places()-len(t.elected) {
		winners = slices.DeleteFunc(slices.Clone(there), func(o int) bool { return t.votes[o].Cmp(t.threshold) < 0 })
	}
	if len(winners) < 2 || t.setting("winners-per-round") == "all" {
		return winners, nil
	}
	top := t.top(winners)
	if len(top) == 1 {
		return top, nil
	}
	winner, broken, ok := t.first(top, t.stages())
	if !ok {
		return nil, broken
	}
	return []int{winner}, broken
}

// top gives those who have most.
func (t *tabulation) top(of []int) []int { return groups(of, t.compare)[0] }

func (t *tabulation) writtenIn() bool {
	return slices.ContainsFunc(t.writeIns, func(o int) bool { return t.in[o] && t.votes[o].Sign() > 0 })
}

// elect elects options and passes on what each has over the threshold: all its ballots, at the part of their value that is over, cut at the
// last place. What is lost by cutting goes to nobody: a figure for each of those elected.
func (t *tabulation) elect(round *Round, winners []int) {
	round.Action, round.Choices, round.Elected = ActionElect, t.choices(winners), t.choices(winners)
	together := groups(winners, t.compare)
	t.order, t.elected = append(t.order, together...), append(t.elected, slices.Concat(together...)...)
	for _, o := range winners {
		t.in[o] = false
	}
	ended, still := &t.ended, t.in
	if len(t.elected) == t.question.places() { // nobody receives any more
		ended, t.in = new([endings]*big.Int), make([]bool, len(still))
		for why := range ended {
			ended[why] = t.final
		}
	}
	for _, o := range winners {
		surplus := new(big.Int).Sub(t.votes[o], t.threshold)
		if surplus.Sign() <= 0 {
			round.Figures = append(round.Figures, Figure{"residual-surplus", "0"})
			continue
		}
		part := new(big.Int).Mul(surplus, t.one)
		part.Quo(part, t.votes[o])
		moved, all := t.pass(o, ended, func(value *big.Int) *big.Int {
			value = new(big.Int).Mul(value, part)
			return value.Quo(value, t.one)
		})
		round.Transfers = t.transfers(round.Transfers, o, moved)
		t.votes[o].Set(t.threshold)
		round.Figures = append(round.Figures, Figure{"residual-surplus", t.number(surplus.Sub(surplus, all))})
	}
	t.in = still
}

// pass gives the ballots of an option away at another value. It gives what went to each option and to nobody, and all together.
func (t *tabulation) pass(o int, ended *[endings]*big.Int, value func(*big.Int) *big.Int) (moved []*big.Int, all *big.Int) {
	moved, all = make([]*big.Int, len(t.in)+1), new(big.Int)
	for to := range moved {
		moved[to] = new(big.Int)
	}
	bundles := t.bundles[o]
	t.bundles[o] = nil
	for _, b := range bundles {
		b.value = value(b.value)
		if b.value.Sign() == 0 {
			continue
		}
		for to, votes := range t.deal(b, ended) {
			moved[to].Add(moved[to], votes)
			all.Add(all, votes)
		}
	}
	return moved, all
}

func (t *tabulation) transfers(list []Transfer, from int, moved []*big.Int) []Transfer {
	for to, votes := range moved {
		if votes.Sign() == 0 {
			continue
		}
		transfer := Transfer{From: t.choice(from), Voices: t.number(votes)}
		if to < t.options() {
			transfer.To = t.choice(to)
		}
		list = append(list, transfer)
	}
	return list
}

// losers gives who leaves: write-ins, whoever is below the minimum, or the last. When a tie for the last place is unbroken, those without a vote
// leave together: nothing of theirs moves.
func (t *tabulation) losers(there []int) ([]int, *Broken) {
	for _, which := range []func(int) bool{
		func(o int) bool { return slices.Contains(t.writeIns, o) && t.votes[o].Sign() > 0 },
		func(o int) bool { return t.votes[o].Cmp(t.minimum) < 0 },
	} {
		if gone := slices.DeleteFunc(slices.Clone(there), func(o int) bool { return !which(o) }); len(gone) > 0 {
			return gone, nil
		}
	}
	if len(there) == 0 {
		return nil, nil
	}
	last := groups(there, func(a, b int) int { return t.compare(b, a) })[0]
	if len(last) == 1 {
		return last, nil
	}
	o, broken, ok := t.last(last, t.stages())
	if ok {
		return []int{o}, broken
	}
	if t.votes[last[0]].Sign() == 0 && len(there)-len(last) >= t.question.places()-len(t.elected) {
		return last, nil
	}
	return nil, broken
}

func (t *tabulation) eliminate(round *Round, losers []int, move bool) {
	round.Action, round.Choices = ActionEliminate, t.choices(losers)
	t.out = append(t.out, groups(losers, func(a, b int) int { return t.compare(b, a) })...)
	for _, o := range losers {
		t.in[o] = false
	}
	if !move { // what moves belongs to the next round
		return
	}
	for _, o := range losers {
		moved, _ := t.pass(o, &t.ended, func(value *big.Int) *big.Int { return value })
		round.Transfers = t.transfers(round.Transfers, o, moved)
		t.votes[o].SetInt64(0)
	}
}

// stop ends the count at a tie that nothing breaks: all who are in it could still win.
func (t *tabulation) stop(round Round, broken *Broken, open []int) {
	round.Broken = broken
	t.result.Rounds = append(t.result.Rounds, round)
	t.finish(open)
}

// finish writes the winners and the ranking: those elected in order, those level ahead of the rest, the rest in the count by their votes,
// and then whoever left, the last first.
func (t *tabulation) finish(open []int) {
	t.result.Winners = append(t.result.Winners, t.choices(slices.Concat(t.elected, open))...)
	ranking := t.order
	if len(open) > 0 {
		ranking = append(ranking, open)
	}
	rest := slices.DeleteFunc(t.present(), func(o int) bool { return slices.Contains(open, o) })
	ranking = append(ranking, groups(rest, t.compare)...)
	for _, group := range slices.Backward(t.out) {
		ranking = append(ranking, group)
	}
	for _, group := range ranking {
		t.result.Ranking = append(t.result.Ranking, t.choices(group))
	}
}
