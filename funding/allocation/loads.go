package allocation

import (
	"cmp"
	"math/big"
	"slices"

	"github.com/communecter/coopspace/voting"
)

// loads is what the voters carry, each unit of their weight: what they have paid in all. Less than nothing is money that they have left.
// Voters who carry the same share a class, so that there are few large numbers however many voters there are.
type loads struct {
	whole *big.Int   // so many parts make one minor unit of the currency
	held  []*big.Int // by class, in parts; two classes may carry the same
	class []int32    // by group
}

// noLoads lets everybody begin with nothing.
func (in *instance) noLoads() loads {
	return loads{big.NewInt(1), []*big.Int{new(big.Int)}, make([]int32, len(in.groups))}
}

// loadsOf lets each group begin with so many parts for each unit of its weight, of which whole make one minor unit.
func loadsOf(whole *big.Int, parts []*big.Int) loads {
	order := make([]int, len(parts))
	for g := range order {
		order[g] = g
	}
	slices.SortFunc(order, func(a, b int) int { return parts[a].Cmp(parts[b]) })
	l := loads{whole: new(big.Int).Set(whole), class: make([]int32, len(parts))}
	for i, g := range order {
		if i == 0 || parts[g].Cmp(parts[order[i-1]]) != 0 {
			l.held = append(l.held, new(big.Int).Set(parts[g]))
		}
		l.class[g] = int32(len(l.held) - 1)
	}
	return l
}

// savings is who carries what while projects are bought, and with it what the supporters of each carry together.
type savings struct {
	in *instance
	loads
	sum  []*big.Int // by project: its supporters' weights times what they carry, in parts
	need []*big.Int // by project: sum and its cost
}

func (in *instance) newSavings(start loads) *savings {
	s := &savings{in: in, loads: loads{new(big.Int).Set(start.whole), make([]*big.Int, len(start.held)), slices.Clone(start.class)}}
	for c, h := range start.held {
		s.held[c] = new(big.Int).Set(h)
	}
	term := new(big.Int)
	for p := range in.costs {
		sum := new(big.Int)
		for _, run := range s.runs(p) {
			sum.Add(sum, term.Mul(term.SetInt64(run.weight), s.held[run.class]))
		}
		s.sum = append(s.sum, sum)
		s.need = append(s.need, new(big.Int))
	}
	s.add()
	return s
}

// add brings need up to date.
func (s *savings) add() {
	for p, need := range s.need {
		need.Mul(need.SetInt64(s.in.costs[p]), s.whole).Add(need, s.sum[p])
	}
}

// run is the supporters of a project who are in one class.
type run struct {
	class   int32
	groups  []int
	weight  int64
	ballots int64
}

// runs gives the supporters of a project by class.
func (s *savings) runs(p int) []run {
	groups := make([]int, len(s.in.backers[p]))
	for i, b := range s.in.backers[p] {
		groups[i] = b.group
	}
	if len(s.held) > 1 {
		slices.SortFunc(groups, func(a, b int) int { return cmp.Compare(s.class[a], s.class[b]) })
	}
	var runs []run
	first := 0 // of the run
	for i, g := range groups {
		if i == 0 || s.class[g] != runs[len(runs)-1].class {
			runs = append(runs, run{class: s.class[g]})
			first = i
		}
		r := &runs[len(runs)-1]
		r.groups = groups[first : i+1]
		r.weight += s.in.groups[g].weight
		r.ballots += s.in.groups[g].ballots
	}
	return runs
}

// compare gives the sign of how much later the supporters of a can pay for it than those of b.
func (s *savings) compare(a, b int) int {
	x := new(big.Int).Mul(s.need[a], big.NewInt(s.in.support[b]))
	y := new(big.Int).Mul(s.need[b], big.NewInt(s.in.support[a]))
	return x.Cmp(y)
}

// due gives what each unit of weight of a project's supporters will carry once it is bought, in minor units.
func (s *savings) due(p int) *big.Rat {
	return new(big.Rat).SetFrac(s.need[p], new(big.Int).Mul(s.whole, big.NewInt(s.in.support[p])))
}

// most gives the most that one unit of weight pays for a project, in minor units.
func (s *savings) most(p int) *big.Rat {
	var least *big.Int
	for _, b := range s.in.backers[p] {
		if held := s.held[s.class[b.group]]; least == nil || held.Cmp(least) < 0 {
			least = held
		}
	}
	return new(big.Rat).Sub(s.due(p), s.rat(least))
}

// saved gives what the supporters of a project can pay together at a time: when everybody carries so much, in minor units.
func (s *savings) saved(p int, at *big.Rat) *big.Rat {
	all := new(big.Rat).Mul(at, new(big.Rat).SetInt64(s.in.support[p]))
	return all.Sub(all, s.rat(s.sum[p]))
}

func (s *savings) rat(parts *big.Int) *big.Rat { return new(big.Rat).SetFrac(parts, s.whole) }

// paying is voters who pay the same for a project.
type paying struct {
	weight, ballots int64
	paid            *big.Int // by each unit of weight, in parts
}

// pay lets the supporters of a project pay for it, after which all of them carry the same, and tells who paid: who paid most first.
func (s *savings) pay(p int) []paying {
	// The new load is need/(whole*support): in parts of a whole that is as many times larger as support is after cancelling.
	support := big.NewInt(s.in.support[p])
	gcd := new(big.Int).GCD(nil, nil, new(big.Int).Abs(s.need[p]), support)
	load, factor := new(big.Int).Quo(s.need[p], gcd), support.Quo(support, gcd)
	s.whole.Mul(s.whole, factor)
	for _, h := range s.held {
		h.Mul(h, factor)
	}
	for _, sum := range s.sum {
		sum.Mul(sum, factor)
	}
	runs := s.runs(p)
	slices.SortFunc(runs, func(a, b run) int { return s.held[a.class].Cmp(s.held[b.class]) })
	moved := make([]int64, len(s.sum))
	term := new(big.Int)
	var payers []paying
	for i, r := range runs {
		clear(moved)
		for _, g := range r.groups {
			s.class[g] = int32(len(s.held))
			for _, other := range s.in.groups[g].supports {
				moved[other.project] += s.in.groups[g].weight
			}
		}
		paid := new(big.Int).Sub(load, s.held[r.class])
		for other, weight := range moved {
			if weight > 0 {
				s.sum[other].Add(s.sum[other], term.Mul(term.SetInt64(weight), paid))
			}
		}
		if i == 0 || s.held[r.class].Cmp(s.held[runs[i-1].class]) != 0 {
			payers = append(payers, paying{paid: paid})
		}
		last := &payers[len(payers)-1]
		last.weight, last.ballots = last.weight+r.weight, last.ballots+r.ballots
	}
	s.held = append(s.held, load)
	s.add()
	return payers
}

// payments tells what voters pay for a project that have just done so: at most so many classes of them, the rest put together into the
// last.
func (s *savings) payments(p int, payers []paying, most int) []Payment {
	parts := make([]*big.Rat, len(payers))
	for i, c := range payers {
		parts[i] = s.rat(new(big.Int).Mul(c.paid, big.NewInt(c.weight)))
	}
	amounts := wholeParts(s.in.costs[p], parts)
	var out []Payment
	var over int64
	for i, c := range payers {
		votes := voting.Votes{Seats: c.ballots, Voices: s.in.voices(c.weight)}
		if i < most-1 || i == most-1 && len(payers) == most {
			out = append(out, Payment{Payers: votes, Paid: s.in.perVoice(s.rat(c.paid)), Amount: s.in.election.amount(amounts[i])})
			continue
		}
		if len(out) < most {
			out = append(out, Payment{})
		}
		over += amounts[i]
		last := &out[most-1]
		last.Payers, last.Amount = plus(last.Payers, votes), s.in.election.amount(over)
	}
	return out
}
