package committee

import (
	"math/big"
	"slices"
	"strconv"
)

// greedy is greedy Monroe. Each member represents an equal part of the voters, to the unit, the larger parts first. Each seat goes to the
// candidate whom the most voters approve who are not represented yet, and as many of these as the part allows are represented then.
type greedy struct {
	race
	queue []queued
	given bool    // the order of the queue is the caller's
	names [][]int // whom each group approves by the caller's numbers, ascending: how ties are broken must not decide who is represented
}

// queued is voters who approve the same and are not represented yet.
type queued struct {
	group int
	left  int64
}

func (e *election) greedyMonroe(ballots []int) (process, error) {
	g := &greedy{race: e.newRace(), given: ballots != nil}
	if !g.given {
		for i, w := range e.weight {
			g.queue = append(g.queue, queued{i, w})
			names := make([]int, 0, len(e.approved(i)))
			for _, c := range e.approved(i) {
				names = append(names, e.order[c])
			}
			slices.Sort(names)
			g.names = append(g.names, names)
		}
		return g, nil
	}
	seen := make([]int64, len(e.weight))
	for i, b := range ballots {
		if b < 0 || b >= len(seen) {
			return nil, ErrOptions.At("ballots/"+strconv.Itoa(i), "is no group")
		}
		seen[b]++
		g.queue = append(g.queue, queued{b, 1})
	}
	if !slices.Equal(seen, e.weight) {
		return nil, ErrOptions.At("ballots", "are not those of the groups")
	}
	return g, nil
}

func (g *greedy) next() ([]int, Round, error) {
	if g.full() {
		return nil, Round{}, nil
	}
	if err := g.spend(g.size() + int64(len(g.queue))); err != nil {
		return nil, Round{}, err
	}
	sums := make([]int64, g.m)
	for _, q := range g.queue {
		for _, c := range g.approved(q.group) {
			sums[c] += q.left
		}
	}
	scores := make([]*big.Rat, g.m)
	var tied []int
	for _, c := range g.open() {
		scores[c] = new(big.Rat).SetInt64(sums[c])
		switch {
		case tied == nil || sums[c] > sums[tied[0]]:
			tied = []int{c}
		case sums[c] == sums[tied[0]]:
			tied = append(tied, c)
		}
	}
	return tied, Round{Elected: tied[0], Removed: -1, Scores: scores, Represents: min(sums[tied[0]], g.part())}, nil
}

// part is how many units of voters the next member represents.
func (g *greedy) part() int64 {
	part := g.total / int64(g.k)
	if int64(g.count) < g.total%int64(g.k) {
		part++
	}
	return part
}

func (g *greedy) take(c int) {
	part := g.part()
	g.seat(c)
	queue := slices.Clone(g.queue)
	if !g.given {
		g.arrange(queue)
	}
	for i := range queue {
		if q := &queue[i]; slices.Contains(g.approved(q.group), int32(c)) {
			gone := min(part, q.left)
			q.left -= gone
			part -= gone
		}
	}
	g.queue = slices.DeleteFunc(queue, func(q queued) bool { return q.left == 0 })
}

// arrange puts those first who have the fewest others to hope for, and among them those who approve the first candidates: the order of
// the groups must not matter.
func (g *greedy) arrange(queue []queued) {
	hopes := make([]int, len(g.weight))
	for i := range hopes {
		for _, c := range g.approved(i) {
			if !g.in[c] {
				hopes[i]++
			}
		}
	}
	slices.SortFunc(queue, func(a, b queued) int {
		if d := hopes[a.group] - hopes[b.group]; d != 0 {
			return d
		}
		return slices.Compare(g.names[a.group], g.names[b.group])
	})
}

func (g *greedy) clone() process {
	c := *g
	c.race = g.copied()
	return &c
}

// key: what was represented follows from the order in which the members were elected, so the voters left are part of the state.
func (g *greedy) key() string {
	numbers := make([]int, 0, 5*len(g.queue))
	for _, q := range g.queue {
		numbers = append(numbers, q.group>>16, q.group, int(q.left>>48), int(q.left>>32), int(q.left>>16), int(q.left))
	}
	return g.race.key() + "/" + keyOf(numbers)
}

func (g *greedy) tell(*Outcome) {}
