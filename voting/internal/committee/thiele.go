package committee

import (
	"math/big"
	"slices"
)

// A Thiele rule gives each voter points for the members whom they approve: so many for the first, fewer or as many for the second, and
// so on. Some rules compare several sums of points one after the other: then each member gives several numbers.

// points is what the first, the second, ... approved member gives a voter: whole numbers, in parts of unit.
type points struct {
	per  [][]*big.Int // per[j] is for the member j+1
	unit *big.Int
}

// parts makes points of fractions.
func parts(fractions []*big.Rat) points {
	unit := big.NewInt(1)
	for _, f := range fractions {
		gcd := new(big.Int).GCD(nil, nil, unit, f.Denom())
		unit.Mul(unit, new(big.Int).Quo(f.Denom(), gcd))
	}
	p := points{unit: unit}
	for _, f := range fractions {
		n := new(big.Int).Quo(unit, f.Denom())
		p.per = append(p.per, []*big.Int{n.Mul(n, f.Num())})
	}
	return p
}

func harmonic(k int) points {
	f := make([]*big.Rat, k)
	for j := range f {
		f[j] = big.NewRat(1, int64(j+1))
	}
	return parts(f)
}

func odd(k int) points {
	f := make([]*big.Rat, k)
	for j := range f {
		f[j] = big.NewRat(1, int64(2*j+1))
	}
	return parts(f)
}

func (e *election) geometric(k int) points {
	f := make([]*big.Rat, k)
	for j := range f {
		f[j] = new(big.Rat).Inv(e.base)
		if j > 0 {
			f[j].Mul(f[j], f[j-1])
		}
	}
	return parts(f)
}

// first counts the voters who have a member at all.
func first(k int) points {
	f := make([]*big.Rat, k)
	for j := range f {
		f[j] = new(big.Rat)
	}
	f[0].SetInt64(1)
	return parts(f)
}

// lexical counts the voters with one member, then those with two, and so on.
func lexical(k int) points {
	p := points{unit: big.NewInt(1)}
	for j := range k {
		row := make([]*big.Int, k)
		for i := range row {
			row[i] = new(big.Int)
		}
		row[j].SetInt64(1)
		p.per = append(p.per, row)
	}
	return p
}

// adams counts the voters with a member, then 1, 1/2, 1/3, ... for their second, third, fourth: Adams' divisors 0, 1, 2, 3, ...
func adams(k int) points {
	rest := harmonic(k)
	p := points{unit: rest.unit, per: [][]*big.Int{{rest.unit, new(big.Int)}}}
	for j := 1; j < k; j++ {
		p.per = append(p.per, []*big.Int{new(big.Int), rest.per[j-1][0]})
	}
	return p
}

// worth adds up points for voters: weights[j] is of those for whom a candidate would be the member j+1.
func (p points) worth(weights []int64) []*big.Int {
	sum := make([]*big.Int, len(p.per[0]))
	for i := range sum {
		sum[i] = new(big.Int)
	}
	weight, term := new(big.Int), new(big.Int)
	for j, w := range weights {
		if w == 0 {
			continue
		}
		weight.SetInt64(w)
		for i, n := range p.per[j] {
			if n.Sign() != 0 {
				sum[i].Add(sum[i], term.Mul(n, weight))
			}
		}
	}
	return sum
}

func (p points) fraction(n *big.Int) *big.Rat { return new(big.Rat).SetFrac(n, p.unit) }

// search looks for the committees with the most points, by branch and bound. It adds members in ascending order, so that it meets
// committees in lexicographic order. A member never gives more points later than earlier, so what the best candidates would each give
// now bounds what they can give together.
type search struct {
	*election
	points
	d     int      // how many numbers make a sum
	per   [][]wide // the points once more
	seat  []int    // the members so far
	level []int32  // how many of them each group approves
	best  []wide   // the most points that are known to be reached
	found [][]int
	more  bool
	depth []frame
}

// frame is the room for one level of the search.
type frame struct {
	weights []int64 // [candidate][level]
	gain    []wide  // [candidate][number] what each would give now
	tail    []wide  // [candidate][number] what the best candidates from here on would give together
	top     []int32 // the best candidates seen from the end
	sum     []wide
}

// maxSearched is how many seats a search of all committees can fill at most; it is refused for less when the points do not fit.
const maxSearched = 200

// best finds all committees with the most points.
func (e *election) best(by func(k int) points) (Outcome, error) {
	if e.k > maxSearched {
		return Outcome{}, ErrTooLarge.At("seats", "are more than this rule can fill")
	}
	p := by(e.k)
	s := &search{election: e, points: p, d: len(p.per[0])}
	if err := s.fit(); err != nil {
		return Outcome{}, err
	}
	s.level = make([]int32, len(e.weight))
	s.depth = make([]frame, e.k)
	for i := range s.depth {
		s.depth[i] = frame{
			weights: make([]int64, e.m*e.k),
			gain:    make([]wide, e.m*s.d), tail: make([]wide, (e.m+1)*s.d), sum: make([]wide, s.d),
		}
	}
	if err := s.greedy(); err != nil {
		return Outcome{}, err
	}
	if err := s.add(0, make([]wide, s.d)); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Committees: s.found, More: s.more, Tied: s.more || len(s.found) > 1, Chosen: s.found[0]}
	for _, n := range s.best {
		out.Value = append(out.Value, p.fraction(n.int()))
	}
	return out, nil
}

// roomCost is what room for a number costs in steps, so that the limit of work bounds memory as well.
const roomCost = 50

// fit makes sure that every sum fits: no voter's points are more than as many times the largest as there are seats.
func (s *search) fit() error {
	for _, row := range s.points.per {
		wides := make([]wide, s.d)
		for i, n := range row {
			most := new(big.Int).Mul(n, big.NewInt(s.total))
			if most.Mul(most, big.NewInt(int64(2*s.k))).BitLen() > 127 {
				return ErrTooLarge.At("seats", "the points of so many seats do not fit")
			}
			wides[i] = widened(n)
		}
		s.per = append(s.per, wides)
	}
	return s.spend(roomCost * int64(s.k) * int64(s.m) * int64(s.k+2*s.d))
}

func compareSums(a, b []wide) int {
	for i := range a {
		if c := a[i].compare(b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// gains fills in what each candidate from on would give as the next member.
func (s *search) gains(from int) error {
	n := len(s.seat)
	f := &s.depth[n]
	width := n + 1
	if err := s.spend(s.size() + int64((s.m-from)*width*s.d)); err != nil {
		return err
	}
	weights := f.weights[:s.m*width]
	clear(weights[from*width:])
	for g, w := range s.weight {
		l := s.level[g]
		for _, c := range s.approved(g) {
			weights[int(c)*width+int(l)] += w
		}
	}
	for c := from; c < s.m; c++ {
		sum := f.gain[c*s.d : (c+1)*s.d]
		clear(sum)
		for j, w := range weights[c*width : (c+1)*width] {
			if w != 0 {
				for i, per := range s.per[j] {
					sum[i] = sum[i].plus(per.times(w))
				}
			}
		}
	}
	return nil
}

func (s *search) take(c int, by int32) {
	for _, g := range s.supporters(c) {
		s.level[g] += by
	}
}

// greedy reaches a good committee one seat at a time, to begin with.
func (s *search) greedy() error {
	total := make([]wide, s.d)
	in := make([]bool, s.m)
	for range s.k {
		if err := s.gains(0); err != nil {
			return err
		}
		f := &s.depth[len(s.seat)]
		best := -1
		for c := range s.m {
			if !in[c] && (best < 0 || compareSums(f.gain[c*s.d:(c+1)*s.d], f.gain[best*s.d:(best+1)*s.d]) > 0) {
				best = c
			}
		}
		for i := range total {
			total[i] = total[i].plus(f.gain[best*s.d+i])
		}
		in[best] = true
		s.seat = append(s.seat, best)
		s.take(best, 1)
	}
	for _, c := range s.seat {
		s.take(c, -1)
	}
	s.seat, s.best = s.seat[:0], total
	return nil
}

// add tries every next member from on, when the members so far have so many points.
func (s *search) add(from int, points []wide) error {
	n := len(s.seat)
	if err := s.gains(from); err != nil {
		return err
	}
	f := &s.depth[n]
	left := s.k - n - 1 // after the next
	gain := func(c int) []wide { return f.gain[c*s.d : (c+1)*s.d] }
	// What the best of the candidates after c would give.
	top := f.top[:0]
	clear(f.tail[s.m*s.d:])
	for c := s.m - 1; c > from; c-- {
		tail, after := f.tail[c*s.d:(c+1)*s.d], f.tail[(c+1)*s.d:(c+2)*s.d]
		copy(tail, after)
		if left == 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, int32(c), func(a, b int32) int { return compareSums(gain(int(b)), gain(int(a))) })
		if at < left {
			top = slices.Insert(top, at, int32(c))
			top = top[:min(len(top), left)]
			clear(tail)
			for _, c := range top {
				for i, g := range gain(int(c)) {
					tail[i] = tail[i].plus(g)
				}
			}
		}
	}
	f.top = top
	for c := from; c < s.m-left; c++ {
		bound := f.sum
		for i := range bound {
			bound[i] = points[i].plus(gain(c)[i]).plus(f.tail[(c+1)*s.d+i])
		}
		order := compareSums(bound, s.best)
		if order < 0 || order == 0 && s.more {
			continue
		}
		if left == 0 {
			s.reach(c, bound, order)
			continue
		}
		s.seat = append(s.seat, c)
		s.take(c, 1)
		for i := range bound {
			bound[i] = points[i].plus(gain(c)[i])
		}
		err := s.add(c+1, bound)
		s.take(c, -1)
		s.seat = s.seat[:n]
		if err != nil {
			return err
		}
	}
	return nil
}

// reach notes a committee that is as good as the best or better.
func (s *search) reach(last int, points []wide, order int) {
	if order > 0 {
		copy(s.best, points)
		s.found, s.more = s.found[:0], false
	}
	if len(s.found) == s.limit {
		s.more = true
		return
	}
	s.found = append(s.found, append(slices.Clone(s.seat), last))
}
