package committee_test

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive counts straight from the definitions in docs/methods: one ballot after the other, one committee after the other, every way to
// break every tie. It shares no code with the package and is used to check it.
type naive struct {
	m, k    int
	ballots [][]int
}

func ofBallots(d drawn) naive {
	n := naive{m: d.profile.Candidates, k: d.seats}
	for _, g := range d.profile.Groups {
		for range g.Weight {
			n.ballots = append(n.ballots, g.Approved)
		}
	}
	return n
}

func whole(n int) *big.Rat       { return big.NewRat(int64(n), 1) }
func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func quo(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }
func rats(n int) []*big.Rat {
	all := make([]*big.Rat, n)
	for i := range all {
		all[i] = new(big.Rat)
	}
	return all
}

// supporters gives the ballots that approve a candidate.
func (n naive) supporters(c int) []int {
	var s []int
	for i, b := range n.ballots {
		if slices.Contains(b, c) {
			s = append(s, i)
		}
	}
	return s
}

func (n naive) without(members []int) []int {
	var open []int
	for c := range n.m {
		if !slices.Contains(members, c) {
			open = append(open, c)
		}
	}
	return open
}

func common(a, b []int) int {
	n := 0
	for _, c := range a {
		if slices.Contains(b, c) {
			n++
		}
	}
	return n
}

// subsets gives all ways to choose k of some, in lexicographic order.
func subsets(from []int, k int) [][]int {
	if k == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for i, c := range from {
		for _, rest := range subsets(from[i+1:], k-1) {
			all = append(all, append([]int{c}, rest...))
		}
	}
	return all
}

// compare compares numbers one after the other.
func compare(a, b []*big.Rat) int {
	for i := range a {
		if c := a[i].Cmp(b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// optimal gives the committees with the largest value.
func (n naive) optimal(value func(members []int) []*big.Rat) ([][]int, []*big.Rat) {
	var best []*big.Rat
	var found [][]int
	for _, members := range subsets(n.without(nil), n.k) {
		v := value(members)
		order := 1
		if found != nil {
			order = compare(v, best)
		}
		if order > 0 {
			best, found = v, nil
		}
		if order >= 0 {
			found = append(found, members)
		}
	}
	return found, best
}

// most gives those with the largest score; nil scores are left out.
func most(scores []*big.Rat) []int {
	var best *big.Rat
	var tied []int
	for c, s := range scores {
		if s == nil {
			continue
		}
		order := 1
		if best != nil {
			order = s.Cmp(best)
		}
		if order > 0 {
			best, tied = s, nil
		}
		if order >= 0 {
			tied = append(tied, c)
		}
	}
	return tied
}

func least(scores []*big.Rat) []int {
	turned := make([]*big.Rat, len(scores))
	for c, s := range scores {
		if s != nil {
			turned[c] = new(big.Rat).Neg(s)
		}
	}
	return most(turned)
}

// points is what a voter gives a committee with so many members whom they approve.
func (n naive) points(r committee.Rule, approved int) []*big.Rat {
	sum := rats(1)
	switch r {
	case committee.LexCC:
		sum = rats(n.m)
	case committee.Adams:
		sum = rats(2)
	}
	for j := 1; j <= approved; j++ {
		switch r {
		case committee.AV:
			sum[0].Add(sum[0], whole(1))
		case committee.PAV, committee.SeqPAV, committee.RevSeqPAV:
			sum[0].Add(sum[0], big.NewRat(1, int64(j)))
		case committee.SLAV, committee.SeqSLAV:
			sum[0].Add(sum[0], big.NewRat(1, int64(2*j-1)))
		case committee.Geom:
			power := whole(1)
			for range j {
				power.Mul(power, big.NewRat(2, 3)) // p = 3/2
			}
			sum[0].Add(sum[0], power)
		case committee.CC, committee.SeqCC:
			sum[0] = whole(1)
		case committee.LexCC:
			sum[j-1] = whole(1)
		case committee.Adams:
			if j == 1 {
				sum[0] = whole(1)
			} else {
				sum[1].Add(sum[1], big.NewRat(1, int64(j-1)))
			}
		}
	}
	return sum
}

// thiele adds up the points of all voters.
func (n naive) thiele(r committee.Rule, members []int) []*big.Rat {
	sum := n.points(r, 0)
	for _, b := range n.ballots {
		for i, p := range n.points(r, common(b, members)) {
			sum[i].Add(sum[i], p)
		}
	}
	return sum
}

// flows says whether each member's seat can be carried by ballots that approve it, none of which carries more than it can.
func (n naive) flows(members []int, can []*big.Rat) bool {
	given := make([][]*big.Rat, len(members)) // by ballot
	for i := range given {
		given[i] = rats(len(n.ballots))
	}
	free := make([]*big.Rat, len(can))
	for i, c := range can {
		free[i] = new(big.Rat).Set(c)
	}
	for i := range members {
		need := whole(1)
		for need.Sign() > 0 {
			// A way from this member to a ballot that can still carry, through ballots that carry for other members.
			from := map[int]int{} // ballot -> member it was reached from
			via := map[int]int{i: -1}
			queue, end := []int{i}, -1
			for len(queue) > 0 && end < 0 {
				at := queue[0]
				queue = queue[1:]
				for _, b := range n.supporters(members[at]) {
					if _, seen := from[b]; seen {
						continue
					}
					from[b] = at
					if free[b].Sign() > 0 {
						end = b
						break
					}
					for o := range members {
						if _, seen := via[o]; !seen && given[o][b].Sign() > 0 {
							via[o] = b
							queue = append(queue, o)
						}
					}
				}
			}
			if end < 0 {
				return false
			}
			amount := need
			if free[end].Cmp(amount) < 0 {
				amount = free[end]
			}
			for at := from[end]; via[at] >= 0; at = from[via[at]] {
				if given[at][via[at]].Cmp(amount) < 0 {
					amount = given[at][via[at]]
				}
			}
			amount = new(big.Rat).Set(amount)
			free[end].Sub(free[end], amount)
			for b, at := end, from[end]; ; b, at = via[at], from[via[at]] {
				given[at][b].Add(given[at][b], amount)
				if via[at] < 0 {
					break
				}
				given[at][via[at]].Sub(given[at][via[at]], amount)
			}
			need = sub(need, amount)
		}
	}
	return true
}

// loads gives the loads of all ballots, the heaviest first, when they are as even as can be; and how many members nobody carries.
func (n naive) loads(members []int, onlyFirst bool) ([]*big.Rat, int) {
	var carried []int
	for _, c := range members {
		if len(n.supporters(c)) > 0 {
			carried = append(carried, c)
		}
	}
	var possible []*big.Rat
	for a := 0; a <= len(members); a++ {
		for b := 1; b <= len(n.ballots); b++ {
			possible = append(possible, big.NewRat(int64(a), int64(b)))
		}
	}
	slices.SortFunc(possible, func(a, b *big.Rat) int { return a.Cmp(b) })
	fixed := make([]*big.Rat, len(n.ballots))
	var sorted []*big.Rat
	for len(sorted) < len(n.ballots) {
		can := func(rest *big.Rat) []*big.Rat {
			all := make([]*big.Rat, len(fixed))
			for i, f := range fixed {
				if all[i] = f; f == nil {
					all[i] = rest
				}
			}
			return all
		}
		heaviest := possible[sort.Search(len(possible), func(i int) bool { return n.flows(carried, can(possible[i])) })]
		if onlyFirst {
			return []*big.Rat{heaviest}, len(members) - len(carried)
		}
		// Who cannot carry any less carries just that.
		var just []int
		for i := range fixed {
			if fixed[i] != nil {
				continue
			}
			less := slices.Clone(can(heaviest))
			less[i] = sub(heaviest, big.NewRat(1, 1_000_000_000))
			if heaviest.Sign() == 0 || !n.flows(carried, less) {
				just = append(just, i)
			}
		}
		for _, i := range just {
			fixed[i] = heaviest
			sorted = append(sorted, heaviest)
		}
	}
	if onlyFirst {
		return rats(1), len(members) - len(carried)
	}
	return sorted, len(members) - len(carried)
}

// monroe gives how many voters can be represented when each member represents an equal part.
func (n naive) monroe(members []int) *big.Rat {
	small, large := len(n.ballots)/n.k, (len(n.ballots)+n.k-1)/n.k
	known := map[string]int{}
	var best func(ballot int, has []int) int
	best = func(ballot int, has []int) int {
		if ballot == len(n.ballots) {
			if slices.Min(has) < small {
				return -1000
			}
			return 0
		}
		key := fmt.Sprint(ballot, has)
		if v, ok := known[key]; ok {
			return v
		}
		v := -1000
		for i, c := range members {
			if has[i] == large {
				continue
			}
			more := slices.Clone(has)
			more[i]++
			gain := 0
			if slices.Contains(n.ballots[ballot], c) {
				gain = 1
			}
			v = max(v, gain+best(ballot+1, more))
		}
		known[key] = v
		return v
	}
	return whole(best(0, make([]int, n.k)))
}

// distances gives the distances of all voters, the farthest first.
func (n naive) distances(members []int) []int {
	var all []int
	for _, b := range n.ballots {
		all = append(all, len(b)+len(members)-2*common(b, members))
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

// value is what a rule that judges whole committees makes as large as possible; nil for other rules.
func (n naive) value(r committee.Rule) func([]int) []*big.Rat {
	switch r {
	case committee.AV, committee.PAV, committee.SLAV, committee.Geom, committee.CC, committee.LexCC, committee.Adams:
		return func(c []int) []*big.Rat { return n.thiele(r, c) }
	case committee.Trivial:
		return func([]int) []*big.Rat { return rats(1) }
	case committee.SAV:
		return func(members []int) []*big.Rat {
			sum := new(big.Rat)
			for _, b := range n.ballots {
				if len(b) > 0 {
					sum.Add(sum, big.NewRat(int64(common(b, members)), int64(len(b))))
				}
			}
			return []*big.Rat{sum}
		}
	case committee.MinimaxPhragmen, committee.LexPhragmen:
		return func(members []int) []*big.Rat {
			loads, none := n.loads(members, r == committee.MinimaxPhragmen)
			v := []*big.Rat{whole(-none)}
			for _, l := range loads {
				v = append(v, new(big.Rat).Neg(l))
			}
			return v
		}
	case committee.Monroe:
		return func(members []int) []*big.Rat { return []*big.Rat{n.monroe(members)} }
	case committee.MinimaxAV, committee.LexMinimaxAV:
		return func(members []int) []*big.Rat {
			var v []*big.Rat
			for _, d := range n.distances(members) {
				if v = append(v, whole(-d)); r == committee.MinimaxAV {
					break
				}
			}
			return v
		}
	}
	return nil
}

// step is an election in the middle: who may come next.
type step interface {
	next() []int // nil when complete
	take(c int)
	members() []int
}

// seated is the members so far, and what the voters hold.
type seated struct {
	naive
	in   []int
	held []*big.Rat
}

func (s *seated) members() []int { return s.in }

// greedyPoints adds the member who adds the most points; or, downwards, removes the one who is worth the least.
type greedyPoints struct {
	seated
	rule committee.Rule
	down bool
}

func (s *greedyPoints) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	scores := make([]*big.Rat, s.m)
	for c := range s.m {
		if at := slices.Index(s.in, c); s.down && at >= 0 {
			scores[c] = s.thiele(s.rule, slices.Delete(slices.Clone(s.in), at, at+1))[0]
		} else if !s.down && at < 0 {
			scores[c] = s.thiele(s.rule, append(slices.Clone(s.in), c))[0]
		}
	}
	return most(scores)
}

func (s *greedyPoints) take(c int) {
	if s.down {
		at := slices.Index(s.in, c)
		s.in = slices.Delete(slices.Clone(s.in), at, at+1)
		return
	}
	s.in = append(s.in, c)
}

// evenLoads is Phragmén's sequential rule; held is the loads.
type evenLoads struct{ seated }

func (s *evenLoads) load(c int) *big.Rat {
	sum, support := whole(1), s.supporters(c)
	if len(support) == 0 {
		return nil
	}
	for _, i := range support {
		sum.Add(sum, s.held[i])
	}
	return quo(sum, whole(len(support)))
}

func (s *evenLoads) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	scores := make([]*big.Rat, s.m)
	for _, c := range s.without(s.in) {
		scores[c] = s.load(c)
	}
	if tied := least(scores); tied != nil {
		return tied
	}
	return s.without(s.in)
}

func (s *evenLoads) take(c int) {
	load := s.load(c)
	for _, i := range s.supporters(c) {
		s.held[i] = load
	}
	s.in = append(s.in, c)
}

// bestSupport is the maximin support method.
type bestSupport struct{ seated }

func (s *bestSupport) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	scores := make([]*big.Rat, s.m)
	for _, c := range s.without(s.in) {
		loads, none := s.loads(append(slices.Clone(s.in), c), true)
		if scores[c] = new(big.Rat); none == 0 {
			scores[c].Inv(loads[0])
		}
	}
	return most(scores)
}

func (s *bestSupport) take(c int) { s.in = append(s.in, c) }

// buying is Equal Shares: held is the money. The seats left over go by a completion.
type buying struct {
	seated
	rule committee.Rule
	rest *evenLoads // once nobody can pay
}

func newBuying(n naive, r committee.Rule, budget int) *buying {
	s := &buying{seated: seated{naive: n}, rule: r}
	for range n.ballots {
		s.held = append(s.held, big.NewRat(int64(budget), int64(len(n.ballots))))
	}
	return s
}

func lower(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// price is the amount at which the supporters, each paying it or all they have, pay one seat.
func (s *buying) price(c int) *big.Rat {
	support := s.supporters(c)
	slices.SortFunc(support, func(a, b int) int { return s.held[a].Cmp(s.held[b]) })
	missing := whole(1)
	for poor := range support {
		price, paid := quo(missing, whole(len(support)-poor)), new(big.Rat)
		for _, i := range support {
			paid.Add(paid, lower(price, s.held[i]))
		}
		if paid.Cmp(whole(1)) == 0 {
			return price
		}
		missing = sub(missing, s.held[support[poor]])
	}
	return nil
}

func (s *buying) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	if s.rest == nil {
		scores := make([]*big.Rat, s.m)
		for _, c := range s.without(s.in) {
			scores[c] = s.price(c)
		}
		if tied := least(scores); tied != nil {
			return tied
		}
		s.rest = &evenLoads{seated{naive: s.naive, in: slices.Clone(s.in)}}
		for _, h := range s.held {
			s.rest.held = append(s.rest.held, new(big.Rat).Neg(h))
		}
	}
	if s.rule == committee.EqualShares {
		return s.rest.next()
	}
	scores := make([]*big.Rat, s.m)
	supported := 0
	for c := range s.m {
		supported += min(1, len(s.supporters(c)))
	}
	for _, c := range s.without(s.in) {
		scores[c] = whole(len(s.supporters(c)))
	}
	if s.rule == committee.EqualSharesIncrement && len(s.in) < supported {
		return nil // the budget is too small
	}
	return most(scores)
}

func (s *buying) take(c int) {
	if s.rest != nil {
		s.rest.take(c)
	} else {
		price := s.price(c)
		for _, i := range s.supporters(c) {
			s.held[i] = sub(s.held[i], lower(price, s.held[i]))
		}
	}
	s.in = append(s.in, c)
}

// quota is Eneström's rule: held is the votes left.
type quota struct{ seated }

func (s *quota) votes(c int) *big.Rat {
	sum := new(big.Rat)
	for _, i := range s.supporters(c) {
		sum.Add(sum, s.held[i])
	}
	return sum
}

func (s *quota) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	scores := make([]*big.Rat, s.m)
	for _, c := range s.without(s.in) {
		scores[c] = s.votes(c)
	}
	return most(scores)
}

func (s *quota) take(c int) {
	votes, price := s.votes(c), big.NewRat(int64(len(s.ballots)), int64(s.k))
	for _, i := range s.supporters(c) {
		if votes.Cmp(price) <= 0 {
			s.held[i] = new(big.Rat)
		} else {
			s.held[i] = mul(s.held[i], quo(sub(votes, price), votes))
		}
	}
	s.in = append(s.in, c)
}

// debts is the consensus rule: held is what each voter has, or owes.
type debts struct{ seated }

func (s *debts) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	scores := make([]*big.Rat, s.m)
	for _, c := range s.without(s.in) {
		scores[c] = new(big.Rat)
		for _, i := range s.supporters(c) {
			if s.held[i].Sign() > 0 {
				scores[c].Add(scores[c], s.held[i])
			}
		}
	}
	return most(scores)
}

func (s *debts) take(c int) {
	var payers []int
	for _, i := range s.supporters(c) {
		if s.held[i].Sign() > 0 {
			payers = append(payers, i)
		}
	}
	for _, i := range payers {
		s.held[i] = sub(s.held[i], big.NewRat(int64(len(s.ballots)), int64(len(payers))))
	}
	for i := range s.held {
		s.held[i] = add(s.held[i], whole(1))
	}
	s.in = append(s.in, c)
}

// parts is greedy Monroe, with the ballots in the order in which they were cast.
type parts struct {
	seated
	left []int
}

func (s *parts) next() []int {
	if len(s.in) == s.k {
		return nil
	}
	scores := make([]*big.Rat, s.m)
	for _, c := range s.without(s.in) {
		scores[c] = new(big.Rat)
		for _, i := range s.left {
			if slices.Contains(s.ballots[i], c) {
				scores[c].Add(scores[c], whole(1))
			}
		}
	}
	return most(scores)
}

func (s *parts) take(c int) {
	part := len(s.ballots) / s.k
	if len(s.in) < len(s.ballots)%s.k {
		part++
	}
	var left []int
	for _, i := range s.left {
		if part > 0 && slices.Contains(s.ballots[i], c) {
			part--
			continue
		}
		left = append(left, i)
	}
	s.left = left
	s.in = append(s.in, c)
}

// begin starts a rule that decides seat by seat.
func (n naive) begin(r committee.Rule, budget int) step {
	s := seated{naive: n, held: rats(len(n.ballots))}
	switch r {
	case committee.SeqPAV, committee.SeqSLAV, committee.SeqCC:
		return &greedyPoints{seated: s, rule: r}
	case committee.RevSeqPAV:
		s.in = n.without(nil)
		return &greedyPoints{seated: s, rule: r, down: true}
	case committee.SeqPhragmen:
		return &evenLoads{s}
	case committee.MaximinSupport:
		return &bestSupport{s}
	case committee.EqualShares, committee.EqualSharesAV, committee.EqualSharesIncrement:
		return newBuying(n, r, budget)
	}
	for i := range s.held {
		s.held[i] = whole(1)
	}
	switch r {
	case committee.Enestroem:
		return &quota{s}
	case committee.Consensus:
		return &debts{s}
	case committee.GreedyMonroe:
		p := &parts{seated: s}
		for i := range n.ballots {
			p.left = append(p.left, i)
		}
		return p
	}
	panic(r)
}

// replay begins again and takes the same way.
func (n naive) replay(r committee.Rule, budget int, way []int) (step, []int) {
	s := n.begin(r, budget)
	tied := s.next()
	for _, c := range way {
		s.take(c)
		tied = s.next()
	}
	return s, tied
}

// ways gives all committees that some way of breaking ties leads to, and the one to which the order leads. Where the budget was too small
// for a way, a larger one is tried.
func (n naive) ways(r committee.Rule, order []int) (all [][]int, lead []int) {
	for budget, small := n.k, true; small; budget++ {
		small = false
		var from func(way []int)
		from = func(way []int) {
			s, tied := n.replay(r, budget, way)
			switch {
			case tied != nil:
				for _, c := range tied {
					from(append(slices.Clone(way), c))
				}
			case len(s.members()) < n.k:
				small = true
			default:
				all = append(all, slices.Sorted(slices.Values(s.members())))
			}
		}
		from(nil)
		for way := []int{}; lead == nil; {
			s, tied := n.replay(r, budget, way)
			if tied == nil {
				if len(s.members()) == n.k {
					lead = slices.Sorted(slices.Values(s.members()))
				}
				break
			}
			slices.SortFunc(tied, func(a, b int) int { return slices.Index(order, a) - slices.Index(order, b) })
			if r == committee.RevSeqPAV {
				slices.Reverse(tied)
			}
			way = append(way, tied[0])
		}
	}
	return distinct(all), lead
}

func distinct(all [][]int) [][]int {
	slices.SortFunc(all, slices.Compare)
	return slices.CompactFunc(all, slices.Equal[[]int])
}

// hugo gives the outcomes of E Pluribus Hugo from those still in the race on.
func (n naive) hugo(race, order []int) (all [][]int, lead []int) {
	if len(race) == n.k {
		return [][]int{race}, race
	}
	points := map[int]*big.Rat{}
	for _, c := range race {
		points[c] = new(big.Rat)
		for _, i := range n.supporters(c) {
			points[c].Add(points[c], big.NewRat(1, int64(common(n.ballots[i], race))))
		}
	}
	var sorted []*big.Rat
	for _, c := range race {
		sorted = append(sorted, points[c])
	}
	slices.SortFunc(sorted, func(a, b *big.Rat) int { return a.Cmp(b) })
	fewest := make([]*big.Rat, n.m)
	for _, c := range race {
		if points[c].Cmp(sorted[1]) <= 0 {
			fewest[c] = whole(len(n.supporters(c)))
		}
	}
	leave := least(fewest)
	number := min(len(leave), len(race)-n.k)
	slices.SortFunc(leave, func(a, b int) int { return slices.Index(order, b) - slices.Index(order, a) })
	for i, gone := range subsets(leave, number) {
		var left []int
		for _, c := range race {
			if !slices.Contains(gone, c) {
				left = append(left, c)
			}
		}
		more, first := n.hugo(left, order)
		all = append(all, more...)
		if i == 0 {
			lead = first
		}
	}
	return distinct(all), lead
}

// outcome gives all winning committees, the one that the order picks, and their value if the rule has one.
func (n naive) outcome(r committee.Rule, order []int) (all [][]int, lead []int, value []*big.Rat) {
	if f := n.value(r); f != nil {
		all, value = n.optimal(f)
		places := func(members []int) []int {
			var p []int
			for _, c := range members {
				p = append(p, slices.Index(order, c))
			}
			return slices.Sorted(slices.Values(p))
		}
		lead = slices.MinFunc(all, func(a, b []int) int { return slices.Compare(places(a), places(b)) })
		return all, lead, value
	}
	if r == committee.EPH {
		all, lead = n.hugo(n.without(nil), order)
		return all, lead, nil
	}
	all, lead = n.ways(r, order)
	return all, lead, nil
}

// slow are the rules whose definitions take long to follow to the letter.
var slow = []committee.Rule{committee.LexPhragmen, committee.Monroe, committee.MaximinSupport, committee.EqualSharesIncrement}

// TestAgainstNaive holds each rule against its definition on random elections.
func TestAgainstNaive(t *testing.T) {
	t.Parallel()
	for _, r := range committee.Rules() {
		t.Run(string(r), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				d := anElection(t)
				if slices.Contains(slow, r) {
					d.profile.Groups = d.profile.Groups[:min(4, len(d.profile.Groups))]
					d.seats = min(3, d.seats)
				}
				n := ofBallots(d)
				o := committee.Options{Order: d.order, Base: big.NewRat(3, 2)}
				if r == committee.GreedyMonroe {
					for g := range d.profile.Groups {
						for range d.profile.Groups[g].Weight {
							o.Ballots = append(o.Ballots, g)
						}
					}
					o.Ballots = rapid.Permutation(o.Ballots).Draw(t, "ballots")
					if o.Ballots == nil {
						o.Ballots = []int{}
					}
					for i, g := range o.Ballots {
						n.ballots[i] = d.profile.Groups[g].Approved
					}
				}
				all, lead, value := n.outcome(r, d.order)
				out, err := committee.Count(d.profile, r, d.seats, o)
				require.NoError(t, err)
				require.Equal(t, all, out.Committees)
				require.Equal(t, lead, out.Chosen)
				require.False(t, out.More)
				require.True(t, out.Tied || len(all) == 1)
				switch r {
				case committee.AV, committee.SAV, committee.PAV, committee.SLAV, committee.Geom, committee.CC, committee.Adams, committee.Monroe:
					require.Zero(t, compare(out.Value, value))
				}
				o.Resolute = true
				out, err = committee.Count(d.profile, r, d.seats, o)
				require.NoError(t, err)
				require.Equal(t, [][]int{lead}, out.Committees)
				require.Equal(t, lead, out.Chosen)
			})
		})
	}
}
