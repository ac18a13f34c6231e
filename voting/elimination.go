package voting

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
)

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
	seats                       int // that passes fill, one each; 0: there are no passes
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

// stop ends the count at a tie that nothing breaks: between so many, each of whom could still win. Where more passes would follow, whoever
// has left comes back in them, and so all could still win who are not elected.
func (e *elimination) stop(round Round, broken *Broken, open []int) {
	if e.seats-len(e.elected) > 1 {
		open = e.electable()
	}
	round.Broken = broken
	e.tell(round)
	e.result.Winners = append(e.result.Winners, e.choices(open)...)
	e.finish(open)
}

// electable gives who of those not elected, in the count or out of it, has a ballot that would count for them if nobody else were there.
func (e *elimination) electable() []int {
	open := e.those(slices.Sorted(slices.Values(append(slices.Concat(e.out...), e.present(e.elected)...))), func(o int) bool {
		return !slices.Contains(e.writeIns, o)
	})
	found, alone := make([]bool, e.options()), make([]bool, e.options())
	for i := range e.at {
		row := e.sheets.row(i)
		for _, m := range row {
			if m.namesNobody() || found[m.Option()] || e.sheets.votes(i).Voices == 0 {
				continue
			}
			o := m.Option()
			alone[o] = true
			_, _, why := e.piles.reading.next(row, 0, alone)
			found[o], alone[o] = why == stays, false
		}
	}
	return e.those(open, func(o int) bool { return found[o] })
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
		if group = e.those(group, func(o int) bool { return !slices.Contains(ahead, o) }); len(group) > 0 {
			ranking = append(ranking, group)
		}
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

// writtenIn says whether undeclared write-ins have votes: nobody is elected before they have left.
func (e *elimination) writtenIn() bool {
	return slices.ContainsFunc(e.writeIns, func(o int) bool { return e.in[o] && e.tally[o] > 0 })
}
