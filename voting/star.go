package voting

import (
	"cmp"
	"slices"
)

// STAR is score, then automatic runoff: the two options with the highest sums of scores meet, and whom more voices score higher wins. With
// several seats (bloc STAR) the same is done again among those left. docs/methods/star.md.
const STAR Method = "star"

var star = method{
	name: STAR, revision: 1, shapes: []Shape{ShapeScores, ShapeGrades}, seats: true, one: true,
	settings: []setting{scoreScale, starTies},
	bounds:   scoreBounds,
	count:    countSTAR,
}

var starTies = setting{name: "tie-protocol", value: "official", words: []string{"official", "none"}}

// starCount is one count under way.
type starCount struct {
	*counting
	sums []int64
}

// countSTAR fills one seat after the other. A tie that nothing breaks ends the count, and leaves in all who might win.
func countSTAR(c *counting) error {
	sums, err := c.sums()
	if err != nil {
		return err
	}
	if n := int64(c.options()); c.fits(n*(n-1)/2) != nil { // comparisons of two, of which every ballot may make so many
		return ErrWeightOverflow
	}
	s := starCount{c, sums}
	if c.total() == 0 {
		c.rank(groups(c.everybody(), s.bySum))
		return nil
	}
	left := c.everybody()
	var elected [][]int // level only where everybody left is elected
	for len(elected) < c.question.places() {
		free := c.question.places() - len(elected)
		if len(left) <= free {
			elected = append(elected, groups(left, s.bySum)...)
			left = nil
			break
		}
		winner, open := s.seat(left)
		if open != nil {
			if len(open) <= free {
				open = left
			}
			s.end(elected, open, left)
			return nil
		}
		elected = append(elected, []int{winner})
		left = without(left, winner)
	}
	s.end(elected, nil, left)
	return nil
}

// end writes the result: the ranking, and the sums of scores.
func (s starCount) end(elected [][]int, open, left []int) {
	s.rankInTurn(elected, open, groups(without(left, open...), s.bySum))
	for o, n := range s.sums {
		s.result.Scores = append(s.result.Scores, Score{s.choice(o), s.voices(n)})
	}
}

// rankInTurn ends a count that elects one after the other: those elected in their order, then those between whom nothing decided, then
// the others. Those elected and the undecided are the winners.
func (c *counting) rankInTurn(elected [][]int, open []int, others [][]int) {
	r := &c.result
	if open != nil {
		elected = append(elected, open)
	}
	for _, group := range elected {
		r.Ranking = append(r.Ranking, c.choices(group))
		r.Winners = append(r.Winners, c.choices(group)...)
	}
	for _, group := range others {
		r.Ranking = append(r.Ranking, c.choices(group))
	}
}

// without gives the places but for some.
func without(places []int, gone ...int) []int {
	return slices.DeleteFunc(slices.Clone(places), func(o int) bool { return slices.Contains(gone, o) })
}

func (s starCount) bySum(a, b int) int { return cmp.Compare(s.sums[a], s.sums[b]) }

// seat fills one seat, or gives all who might fill it where nothing breaks a tie.
func (s starCount) seat(left []int) (winner int, open []int) {
	s.note(ActionCount, nil, left, s.sums)
	finalists, tied := s.finalists(left)
	if tied != nil {
		return 0, append(finalists, tied...)
	}
	a, b := finalists[0], finalists[1]
	slices.Sort(finalists)
	preferred, none := s.preferred(finalists)
	round := s.note(ActionRunoff, finalists, finalists, preferred)
	round.Figures = []Figure{{"no-preference", s.voices(none)}}
	by := func(numbers []int64) int { return cmp.Compare(numbers[a], numbers[b]) }
	decided := by(preferred)
	if decided == 0 && s.official() {
		if decided = by(s.sums); decided == 0 {
			highest := s.highest(finalists)
			decided = by(highest)
			s.note(ActionCount, finalists, finalists, highest)
		}
	}
	last := &s.result.Rounds[len(s.result.Rounds)-1]
	if decided == 0 {
		chosen, broken, ok := s.first(finalists, stages{})
		last.Broken = broken
		if !ok {
			return 0, finalists
		}
		if decided = -1; chosen == a {
			decided = 1
		}
	}
	winner = a
	if decided < 0 {
		winner = b
	}
	last.Elected = []Choice{s.choice(winner)}
	return winner, nil
}

// finalists gives the two who go into the runoff. Where nothing breaks a tie it gives who is sure of it, and those tied.
func (s starCount) finalists(left []int) (sure, tied []int) {
	sure, tied = topTwo(nil, left, s.bySum)
	if tied == nil || !s.official() {
		return s.draw(sure, tied)
	}
	preferred, none := s.preferred(tied)
	s.note(ActionCount, tied, tied, preferred).Figures = []Figure{{"no-preference", s.voices(none)}}
	sure, tied = topTwo(sure, tied, func(a, b int) int { return cmp.Compare(preferred[a], preferred[b]) })
	if tied == nil {
		return sure, nil
	}
	highest := s.highest(tied)
	s.note(ActionCount, tied, tied, highest)
	sure, tied = topTwo(sure, tied, func(a, b int) int { return cmp.Compare(highest[a], highest[b]) })
	return s.draw(sure, tied)
}

// topTwo fills up to two places from the top. Those tied for what is left of them it gives apart, in the question's order.
func topTwo(sure, places []int, compare func(a, b int) int) (two, tied []int) {
	for _, group := range groups(places, compare) {
		if len(sure) == 2 {
			break
		}
		if len(sure)+len(group) > 2 {
			return sure, group
		}
		sure = append(sure, group...)
	}
	return sure, nil
}

// draw fills the places left by the count's own ties.
func (s starCount) draw(sure, tied []int) (two, open []int) {
	for len(sure) < 2 && tied != nil {
		chosen, broken, ok := s.first(tied, stages{})
		if last := &s.result.Rounds[len(s.result.Rounds)-1]; last.Broken == nil || !ok {
			last.Broken = broken
		} else {
			last.Broken.Chosen = append(last.Broken.Chosen, broken.Chosen...)
		}
		if !ok {
			return sure, tied
		}
		sure = append(sure, chosen)
		if tied = without(tied, chosen); len(sure) < 2 && len(tied) == 1 {
			return append(sure, tied...), nil
		}
	}
	return sure, nil
}

func (s starCount) official() bool { return s.setting(starTies.name) == "official" }

// note adds a round with the numbers of those concerned.
func (s starCount) note(action Action, concerned, shown []int, numbers []int64) *Round {
	round := Round{Action: action, Choices: s.choices(concerned)}
	for _, o := range shown {
		round.Tallies = append(round.Tallies, Score{s.choice(o), s.voices(numbers[o])})
	}
	s.result.Rounds = append(s.result.Rounds, round)
	return &s.result.Rounds[len(s.result.Rounds)-1]
}

// preferred gives, for each of some, in how many comparisons with another of them on a ballot it has the higher score, and how many
// comparisons are equal. A missing score is 0.
func (s starCount) preferred(among []int) (wins []int64, equal int64) {
	wins = make([]int64, s.options())
	for i := range s.rows() {
		row, weight := s.row(i)
		for j, a := range among {
			for _, b := range among[j+1:] {
				switch cmp.Compare(row[a].worth(), row[b].worth()) {
				case 1:
					wins[a] += weight
				case -1:
					wins[b] += weight
				default:
					equal += weight
				}
			}
		}
	}
	return wins, equal
}

// highest gives how many voices give each of some the highest score.
func (s starCount) highest(among []int) []int64 {
	voices, best := make([]int64, s.options()), s.question.number(scoreScale)
	for i := range s.rows() {
		row, weight := s.row(i)
		for _, o := range among {
			if row[o].worth() == int64(best) {
				voices[o] += weight
			}
		}
	}
	return voices
}

// worth gives a value, 0 where there is none.
func (m Mark) worth() int64 {
	if m == NoValue {
		return 0
	}
	return int64(m)
}
