package voting

import "slices"

// leaving gives who leaves, and the tie that had to be broken for it. It leaves at least so many in the count, except that all whose votes are
// below the minimum go. Nobody leaves because of a tie that nothing breaks. Whoever has enough, unless that is 0, could stay for good when others have
// left.
func (e *elimination) leaving(there []int, keep int, enough int64) ([]int, *Broken) {
	if gone := e.those(there, func(o int) bool { return slices.Contains(e.writeIns, o) && e.tally[o] > 0 }); len(gone) > 0 {
		return gone, nil
	}
	if gone := e.those(there, func(o int) bool { return e.tally[o] < e.minimum }); len(gone) > 0 {
		return gone, nil
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
		worst := e.worst(last)
		if len(worst) < len(last) && (len(worst) == 1 || len(there)-len(worst) >= keep) {
			return worst, &Broken{e.choices(last), TiePairwise, e.choices(worst)}
		}
		last = worst
	}
	o, broken, ok := e.last(last, e.stages())
	if ok {
		return []int{o}, broken
	}
	// Whoever of them leaves first, the votes of all together do not reach the next: all of them leave.
	if len(ascending) > 1 && len(there)-len(last) >= keep {
		if sum := int64(len(last)) * e.tally[last[0]]; sum < e.tally[ascending[1][0]] && (enough == 0 || sum < enough) {
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
