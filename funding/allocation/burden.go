package allocation

import (
	"cmp"
	"math/big"
	"slices"
)

// burden is what each unit of some voters' weight bears: so much of costs, in minor units, on so much weight.
type burden struct{ cost, weight int64 }

func (a burden) compare(b burden) int {
	return times(a.cost, b.weight).compare(times(b.cost, a.weight))
}

func (a burden) rat() *big.Rat { return big.NewRat(a.cost, a.weight) }

// spread is projects whose costs their supporters share as evenly as can be. Voters who support the same of them are one class. The
// heaviest burden of any voter is the greatest that some part of the projects is: its cost on the weight of all who support any of it.
type spread struct {
	in      *instance
	members []int     // the projects, by number
	classes []sharers // the first supports none
	class   []int32   // by group
	of      [][]int32 // by number: the classes that support it
	with    []int64   // by class: the weight of those who support the project that is looked at
	flow    kernel    // used anew each time
	effort  int64     // how much work may be done yet
}

// maxFlow is how many supports may be looked at while burdens are spread: about half a minute.
const maxFlow = 600_000_000

// sharers is the voters who support the same.
type sharers struct {
	weight  int64
	members []int32 // by number, ascending
}

func (in *instance) newSpread() *spread {
	s := &spread{in: in, classes: make([]sharers, 1), class: make([]int32, len(in.groups)), with: make([]int64, 1), effort: maxFlow}
	for _, g := range in.groups {
		s.classes[0].weight += g.weight
	}
	return s
}

// add takes in a project.
func (s *spread) add(p int) {
	number := int32(len(s.members))
	s.members = append(s.members, p)
	split := make([]int32, len(s.classes))
	for _, b := range s.in.backers[p] {
		from := s.class[b.group]
		if split[from] == 0 {
			old := s.classes[from].members
			split[from] = int32(len(s.classes))
			s.classes = append(s.classes, sharers{members: append(old[:len(old):len(old)], number)})
			s.with = append(s.with, 0)
		}
		weight := s.in.groups[b.group].weight
		s.classes[from].weight -= weight
		s.classes[split[from]].weight += weight
		s.class[b.group] = split[from]
	}
	s.compact()
	s.of = make([][]int32, len(s.members))
	for c, sharers := range s.classes {
		for _, m := range sharers.members {
			s.of[m] = append(s.of[m], int32(c))
		}
	}
}

// compact drops classes that are empty, but the first, and puts those first that support the fewest: they can be relieved by the fewest,
// so what they support is best laid on them.
func (s *spread) compact() {
	var order []int
	for c, sharers := range s.classes {
		if c == 0 || sharers.weight > 0 {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(s.classes[a].members), len(s.classes[b].members)) })
	place, kept := make([]int32, len(s.classes)), make([]sharers, len(order))
	for i, c := range order {
		place[c], kept[i] = int32(i), s.classes[c]
	}
	s.classes, s.with = kept, s.with[:len(kept)]
	for g, c := range s.class {
		s.class[g] = place[c]
	}
}

// heaviest gives the heaviest burden once another project is added, if it is known to be at least so much. It may stop at a part that is
// heavier than limit already. It errs when spreading has taken too long.
func (s *spread) heaviest(p int, least, limit burden) (burden, error) {
	clear(s.with)
	for _, b := range s.in.backers[p] {
		s.with[s.class[b.group]] += s.in.groups[b.group].weight
	}
	within := make([]bool, len(s.members)+1)
	for m := range within {
		within[m] = true
	}
	for at := least; ; {
		part := s.heavier(p, within, at)
		if s.effort < 0 {
			return burden{}, ErrTooHard
		}
		if part == nil {
			return at, nil
		}
		// What is heavier still lies within the smallest part that exceeds the burden by the most.
		if at = s.burdenOf(p, part); at.compare(limit) > 0 {
			return at, nil
		}
		within = part
	}
}

// burdenOf gives the burden that a part of the projects is, the one that is added being the last.
func (s *spread) burdenOf(p int, part []bool) burden {
	var b burden
	for m, project := range s.members {
		if part[m] {
			b.cost += s.in.costs[project]
		}
	}
	added := part[len(s.members)]
	if added {
		b.cost += s.in.costs[p]
	}
	for c, sharers := range s.classes {
		if sharers.any(part) {
			b.weight += sharers.weight
		} else if added {
			b.weight += s.with[c]
		}
	}
	return b
}

func (s sharers) any(part []bool) bool {
	for _, m := range s.members {
		if part[m] {
			return true
		}
	}
	return false
}

// heavier gives the smallest part of some projects that exceeds a burden by the most, or nil if none does.
func (s *spread) heavier(p int, within []bool, at burden) []bool {
	k := s.peel(p, within, at)
	s.effort -= int64(len(s.classes))
	if k == nil {
		return nil
	}
	all := k.settle()
	s.effort -= k.looked
	if all {
		return nil
	}
	return k.reached
}
