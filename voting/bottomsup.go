package voting

import (
	"math"
	"slices"
	"strconv"
)

var bottomsUp = method{
	name: BottomsUp, revision: 1, shapes: []Shape{ShapeRanking}, seats: true,
	settings: []setting{
		{name: "percentage", value: "0", least: 0, most: 100}, // of the ballots that each elected option must exceed; 0: fill the seats
		tiedLast, unranked,
		overvote, maxSkippedRanks, maxRankings, duplicateCandidate, minimumVotes, stopAfterRound, writeIns, withdrawn,
	},
	count: countBottomsUp,
}

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
	seats, keep := c.question.places(), c.question.places()
	if percentage > 0 {
		keep = 1
	}
	for ; e.rounds > 0 && e.total() > 0; e.rounds-- {
		round, there := e.begin(), e.present(nil)
		if e.active() == 0 {
			e.tell(round)
			break
		}
		var most int64 // that each needs; 0: the seats are filled
		if percentage > 0 {
			share := e.active() * percentage / 100
			most = max(e.minimum, share-share%e.step+e.step)
			round.Quota = e.voices(most)
		}
		declared := e.those(there, func(o int) bool { return !slices.Contains(e.writeIns, o) })
		filled := percentage == 0 && len(declared) <= seats ||
			percentage > 0 && !slices.ContainsFunc(there, func(o int) bool { return e.tally[o] < most })
		if filled && !e.writtenIn() {
			chosen := slices.Concat(groups(declared, e.compare)...)
			round.Action, round.Choices, round.Elected = ActionElect, e.choices(declared), e.choices(declared)
			e.tell(round)
			c.result.Winners = append(c.result.Winners, e.choices(chosen)...)
			break
		}
		leaving, broken := e.leaving(there, keep, most)
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
