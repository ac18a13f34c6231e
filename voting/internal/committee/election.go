package committee

import (
	"math"
	"math/big"
	"slices"
	"strconv"
)

// election is a profile made ready to count. Candidates are numbered by their place in the caller's order, so that the lower number wins
// a tie everywhere.
type election struct {
	m, k   int     // candidates, seats
	start  []int32 // group g approves votes[start[g]:start[g+1]], ascending
	votes  []int32
	begin  []int32 // candidate c is approved by groups fans[begin[c]:begin[c+1]], ascending
	fans   []int32
	weight []int64
	total  int64 // of all weights
	order  []int // the caller's number of each candidate

	resolute bool
	limit    int
	steps    int64 // left
	base     *big.Rat
	ballots  []int
}

func prepare(p Profile, seats int, o Options) (*election, error) {
	total, err := p.check()
	if err != nil {
		return nil, err
	}
	if seats < 1 || seats > p.Candidates {
		return nil, ErrSeats.At("seats", strconv.Itoa(seats)+" seats, "+strconv.Itoa(p.Candidates)+" candidates")
	}
	e := &election{m: p.Candidates, k: seats, total: total, resolute: o.Resolute, limit: o.Limit, steps: o.Steps, base: o.Base, ballots: o.Ballots}
	if e.limit < 0 || e.steps < 0 {
		return nil, ErrOptions.At("limit", "is negative")
	}
	if e.limit == 0 {
		e.limit = DefaultLimit
	}
	if e.resolute {
		e.limit = 1
	}
	if e.steps == 0 {
		e.steps = DefaultSteps
	}
	if e.base == nil {
		e.base = big.NewRat(2, 1)
	}
	if e.base.Cmp(big.NewRat(1, 1)) <= 0 {
		return nil, ErrOptions.At("base", e.base.RatString()+" is not more than 1")
	}
	if e.base.Num().BitLen() > 128 || e.base.Denom().BitLen() > 128 {
		return nil, ErrOptions.At("base", "is too long a number")
	}
	place, err := e.arrange(o.Order)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, g := range p.Groups {
		size += len(g.Approved)
	}
	if size > math.MaxInt32 {
		return nil, ErrProfile.At("groups", "approve too many candidates")
	}
	e.start = make([]int32, 1, len(p.Groups)+1)
	e.votes = make([]int32, 0, size)
	e.weight = make([]int64, len(p.Groups))
	for i, g := range p.Groups {
		e.weight[i] = g.Weight
		for _, c := range g.Approved {
			e.votes = append(e.votes, place[c])
		}
		if o.Order != nil {
			slices.Sort(e.votes[e.start[i]:])
		}
		e.start = append(e.start, int32(len(e.votes)))
	}
	e.turn()
	return e, nil
}

// turn lists the groups that approve each candidate.
func (e *election) turn() {
	e.begin = make([]int32, e.m+1)
	for _, c := range e.votes {
		e.begin[c+1]++
	}
	for c := range e.m {
		e.begin[c+1] += e.begin[c]
	}
	e.fans = make([]int32, len(e.votes))
	next := slices.Clone(e.begin)
	for g := range e.weight {
		for _, c := range e.approved(g) {
			e.fans[next[c]] = int32(g)
			next[c]++
		}
	}
}

// arrange takes over the caller's order, and gives the place of each candidate in it.
func (e *election) arrange(order []int) ([]int32, error) {
	place := make([]int32, e.m)
	if order == nil {
		e.order = make([]int, e.m)
		for c := range place {
			e.order[c], place[c] = c, int32(c)
		}
		return place, nil
	}
	if len(order) != e.m {
		return nil, ErrOptions.At("order", "does not name each candidate once")
	}
	for c := range place {
		place[c] = -1
	}
	for i, c := range order {
		if c < 0 || c >= e.m || place[c] >= 0 {
			return nil, ErrOptions.At("order", "does not name each candidate once")
		}
		place[c] = int32(i)
	}
	e.order = order
	return place, nil
}

// approved gives the candidates whom a group approves.
func (e *election) approved(g int) []int32 { return e.votes[e.start[g]:e.start[g+1]] }

// supporters gives the groups that approve a candidate, ascending.
func (e *election) supporters(c int) []int32 { return e.fans[e.begin[c]:e.begin[c+1]] }

// spend counts work, and refuses it when there was enough.
func (e *election) spend(steps int64) error {
	if e.steps -= steps; e.steps < 0 {
		return ErrTooLarge
	}
	return nil
}

// size is about how many steps it takes to look at every ballot once.
func (e *election) size() int64 { return int64(len(e.votes) + len(e.weight) + e.m) }

// represented adds up the voters by how many members of a committee they approve.
func (e *election) represented(committee []int) []int64 {
	in := make([]bool, e.m)
	for _, c := range committee {
		in[c] = true
	}
	by := make([]int64, len(committee)+1)
	for g, w := range e.weight {
		n := 0
		for _, c := range e.approved(g) {
			if in[c] {
				n++
			}
		}
		by[n] += w
	}
	return by
}
