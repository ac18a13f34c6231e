package allocation

import "github.com/communecter/coopspace/voting"

// compare asks the voters whether they prefer what is bought in order of votes: each prefers that of which they support more projects. If
// more weight prefers it, it is bought instead; greedy is what was bought before the rule began.
func (b *basket) compare(greedy *basket) {
	greedy.greedily("comparison", Bought)
	var here, there int64
	for _, g := range b.in.groups {
		more := 0
		for _, s := range g.supports {
			if b.has[s.project] {
				more++
			}
			if greedy.has[s.project] {
				more--
			}
		}
		switch {
		case more > 0:
			here += g.weight
		case more < 0:
			there += g.weight
		}
	}
	voices := func(units int64) voting.Number { return voting.Number(b.in.voices(units).String()) }
	b.figure("prefer-equal-shares", voices(here))
	b.figure("prefer-greedy", voices(there))
	if there <= here {
		return
	}
	greedy.figures = b.figures
	for p, was := range b.has {
		if was && !greedy.has[p] {
			greedy.why[p] = Why{Reason: Preferred, Left: b.amount(greedy.left)}
		}
	}
	*b = *greedy
}
