package allocation

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// fund is what donors have while projects are bought, in whole minor units.
type fund struct {
	*basket
	guard    Guard
	donors   []Donor
	unit     voting.Weight // all weights are whole numbers of it
	held     []int64       // by donor
	paid     [][]Paid      // by donor
	givers   [][]giver     // by project
	worth    []*big.Rat
	asked    []ask
	possible []int64 // by project: what its supporters could give together, when it was last looked at
}

// giver is a donor who supports a project.
type giver struct {
	donor  int
	points int64 // times the weight
}

// ask is what a project asks of its supporters: num/den for each point and unit of weight, in minor units, or all that they may give.
type ask struct {
	project  int
	num, den int64
	rho      ratio // that price over what a point is worth
	stale    bool  // somebody has paid since; it has not become less
}

// newFund begins with what the donors have.
func newFund(in *instance, donors []Donor, guard Guard) (*fund, error) {
	b, err := newBasket(in)
	if err != nil {
		return nil, err
	}
	in.budget = math.MaxInt64 // a project may cost more than there is: it is only not bought yet
	f := &fund{
		basket: b, guard: guard, donors: donors, held: make([]int64, len(donors)), paid: make([][]Paid, len(donors)),
		givers: make([][]giver, len(in.costs)), possible: make([]int64, len(in.costs)), worth: b.worths(),
	}
	for _, d := range donors {
		f.unit = divisor(f.unit, d.Weight)
	}
	sums := make([]uint64, len(in.costs))
	for i, d := range donors {
		f.held[i] = d.Balance.Minor()
		if d.Weight == 0 {
			continue
		}
		row, err := in.election.row(d.Ballot)
		if err != nil {
			return nil, err
		}
		for _, s := range in.election.supports(row) {
			points := s.points
			if !in.options.Satisfaction.counted() {
				points = 1
			}
			high, weighed := bits.Mul64(uint64(points), uint64(d.Weight/f.unit))
			sum, carry := bits.Add64(sums[s.project], weighed, 0)
			if high > 0 || carry > 0 || sum > math.MaxInt64 {
				return nil, ErrTooLarge
			}
			sums[s.project] = sum
			f.givers[s.project] = append(f.givers[s.project], giver{i, int64(weighed)})
		}
	}
	for _, p := range b.open() {
		f.asked = append(f.asked, ask{project: p, rho: ratio{new(big.Int), big.NewInt(1)}, stale: true})
	}
	return f, nil
}

// run buys until no project can be paid.
func (f *fund) run() {
	for {
		tied := f.cheapest()
		if len(tied) == 0 {
			break
		}
		f.purchase(f.in.first(tied), tied)
	}
	for p := range f.has {
		f.progress(p)
	}
}

// cheapest gives the projects that ask the least. What a project asked before is the least that it can ask now, because nobody has more
// than before; so only those that come first by that are looked at again.
func (f *fund) cheapest() []int {
	f.asked = slices.DeleteFunc(f.asked, func(a ask) bool { return f.refused(a.project).Reason != "" })
	for {
		var tied []int
		best, stale := -1, -1
		for i, a := range f.asked {
			order := -1
			if best >= 0 {
				order = a.rho.cmp(f.asked[best].rho)
			}
			if order < 0 {
				best, stale, tied = i, -1, nil
			}
			if order <= 0 {
				tied = append(tied, a.project)
				if a.stale {
					stale = i
				}
			}
		}
		if best < 0 || stale < 0 {
			return tied
		}
		if a, ok := f.look(f.asked[stale].project); ok {
			f.asked[stale] = a
		} else {
			f.asked = slices.Delete(f.asked, stale, stale+1)
		}
	}
}

// most gives the most that a donor may give to a project.
func (f *fund) most(p, donor int) int64 {
	return min(f.held[donor], f.guard.cap(f.in.election.projects[p].Cost))
}

// look works out what a project asks now, and gives false if it cannot be bought: whoever may give less than the price gives all that, and
// the others pay the rest in proportion to their points and weight. That raises the price, so that others may give less than it; it ends
// when nobody is added.
func (f *fund) look(p int) (ask, bool) {
	a := ask{project: p, num: f.in.costs[p]}
	f.possible[p] = 0
	able := 0
	limit := f.guard.cap(f.in.election.projects[p].Cost)
	givers := slices.Clone(f.givers[p])
	for _, g := range givers {
		a.den += g.points
		if f.held[g.donor] > 0 {
			able++
		}
		f.possible[p] += min(f.held[g.donor], limit)
	}
	if able < f.guard.Supporters || f.possible[p] < f.in.costs[p] {
		return a, false
	}
	for again := true; again; {
		again = false
		givers = slices.DeleteFunc(givers, func(g giver) bool {
			most := min(f.held[g.donor], limit)
			if !less(most, a.den, a.num, g.points) {
				return false
			}
			a.num -= most
			a.den -= g.points
			again = true
			return true
		})
	}
	w := f.worth[p]
	a.rho = ratio{new(big.Int).Mul(big.NewInt(a.num), w.Denom()), new(big.Int).Mul(big.NewInt(a.den), w.Num())}
	return a, true
}

// less says whether a*b is less than c*d; none is negative.
func less(a, b, c, d int64) bool {
	high, low := bits.Mul64(uint64(a), uint64(b))
	other, rest := bits.Mul64(uint64(c), uint64(d))
	return high < other || high == other && low < rest
}

// purchase buys a project: each pays down to a whole minor unit, and what that leaves is paid by the largest remainders, of equal ones by
// the donors whose ids come first. Whoever has a remainder may give one unit more, because what one may give is whole.
func (f *fund) purchase(p int, tied []int) {
	a, _ := f.look(p)
	type part struct {
		donor     int
		amount    int64
		remainder uint64
	}
	var parts []part
	var r Round
	left := f.in.costs[p]
	price := new(big.Rat)
	for _, g := range f.givers[p] {
		most := f.most(p, g.donor)
		amount, remainder := most, uint64(0)
		votes := voting.Votes{Seats: 1, Voices: f.donors[g.donor].Weight}
		pays := new(big.Rat).SetInt64(most)
		if !less(most, a.den, a.num, g.points) {
			high, low := bits.Mul64(uint64(a.num), uint64(g.points))
			whole, rest := bits.Div64(high, low, uint64(a.den)) // no more than most
			amount, remainder = int64(whole), rest
			pays.SetFrac(new(big.Int).Mul(big.NewInt(a.num), big.NewInt(g.points)), big.NewInt(a.den))
		} else if most == f.held[g.donor] && most > 0 {
			r.Emptied = plus(r.Emptied, votes)
		}
		if most > 0 {
			r.Payers = plus(r.Payers, votes)
		}
		if pays.Quo(pays, new(big.Rat).SetInt64(int64(votes.Voices/f.unit))); pays.Cmp(price) > 0 {
			price = pays
		}
		left -= amount
		parts = append(parts, part{g.donor, amount, remainder})
	}
	slices.SortStableFunc(parts, func(x, y part) int { return cmp.Compare(y.remainder, x.remainder) }) // donors are in order of their ids
	for i, x := range parts {
		if int64(i) < left {
			x.amount++
		}
		if x.amount > 0 {
			f.held[x.donor] -= x.amount
			f.paid[x.donor] = append(f.paid[x.donor], Paid{f.in.id(p), f.amount(x.amount)})
		}
	}
	f.asked = slices.DeleteFunc(f.asked, func(a ask) bool { return a.project == p })
	for i := range f.asked {
		f.asked[i].stale = true
	}
	gain := a.rho.rat()
	gain.Mul(gain.Inv(gain), big.NewRat(int64(f.unit), int64(voting.Voice)))
	r.Ratio, r.Tied = number(gain), f.tied(tied)
	voice := big.NewRat(int64(voting.Voice), int64(f.unit))
	r.Price = number(price.Mul(price, voice).Quo(price, new(big.Rat).SetInt64(f.in.election.budget.Currency().Unit())))
	f.buy(p, Bought, r)
}

// progress says of a project that was not bought how far its supporters are.
func (f *fund) progress(p int) {
	if f.has[p] {
		return
	}
	why := f.why[p]
	if why.Reason == "" {
		why = f.refused(p)
	}
	able := 0
	f.possible[p] = 0
	for _, g := range f.givers[p] {
		f.possible[p] += f.most(p, g.donor)
		if f.held[g.donor] > 0 {
			able++
		}
	}
	missing := max(0, f.in.costs[p]-f.possible[p])
	switch {
	case why.Reason != "":
	case able < f.guard.Supporters:
		why.Reason = TooFew
	default:
		why.Reason = Short
	}
	why.Round, why.Have, why.Missing = len(f.rounds), f.amount(f.possible[p]), f.amount(missing)
	if why.Reason == Short {
		why.Price = f.in.perVoice(big.NewRat(f.in.costs[p], f.in.support[p]))
	}
	f.why[p] = why
}

// outcome makes the statements.
func (f *fund) outcome() BalanceOutcome {
	out := BalanceOutcome{Outcome: f.basket.outcome(PersonalBalances), Guard: f.guard, Donors: []Statement{}}
	for i, d := range f.donors {
		before := d.Balance
		if before == (money.Amount{}) {
			before = f.amount(0)
		}
		out.Donors = append(out.Donors, Statement{ID: d.ID, Before: before, Paid: f.paid[i], Left: f.amount(f.held[i])})
	}
	return out
}
