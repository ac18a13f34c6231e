package committee

import (
	"math/big"
	"math/bits"
	"slices"
)

// monroe looks for the committee that represents the most voters when each member represents an equal part of them, to the unit, and
// nobody has two representatives. A voter is represented by a member whom they approve.
type monroe struct {
	*election
	small, larger int64 // each member has small units of voters, and this many members one more
	reach         reach
	best, last    int64
}

func (e *election) newMonroe() *monroe {
	return &monroe{election: e, small: e.total / int64(e.k), larger: e.total % int64(e.k), best: -1}
}

// judge: the members so far represent as many as the voters of some part of them, and full parts for the others. Each further member
// represents at most those who are not yet covered and at most a full part.
func (o *monroe) judge(d *descent) (int, int64) {
	n := len(d.seat)
	o.reach.look(d.election, n, d.mask)
	steps := o.reach.steps(d.election) + 1<<n
	o.last = o.represented(n)
	if left := d.k - n; left > 0 {
		covered := o.reach.of(1<<n - 1)
		var gain, part []int64
		for c := d.from; c < d.m; c++ {
			var more, all int64
			for _, g := range d.supporters(c) {
				all += d.weight[g]
				if d.mask[g] == 0 {
					more += d.weight[g]
				}
			}
			steps += int64(len(d.supporters(c)))
			gain, part = append(gain, more), append(part, min(all, o.small+1))
		}
		o.last = min(o.last+most(part, left), covered+most(gain, left))
	}
	switch {
	case o.last > o.best:
		return 1, steps
	case o.last == o.best:
		return 0, steps
	}
	return -1, steps
}

// represented is the least, over all parts of the committee, of the voters of that part and full parts for the others.
func (o *monroe) represented(n int) int64 {
	least := o.total
	for part := range uint32(1) << n {
		others := int64(n - bits.OnesCount32(part))
		least = min(least, o.reach.of(part)+others*o.small+min(others, o.larger))
	}
	return least
}

// most adds up the n largest.
func most(numbers []int64, n int) int64 {
	slices.Sort(numbers)
	var sum int64
	for _, v := range numbers[len(numbers)-n:] {
		sum += v
	}
	return sum
}

func (o *monroe) keep() { o.best = o.last }

func (e *election) monroe() (Outcome, error) {
	o := e.newMonroe()
	out, err := e.descend(o)
	if err != nil {
		return Outcome{}, err
	}
	out.Value = []*big.Rat{new(big.Rat).SetInt64(o.best)}
	return out, nil
}
