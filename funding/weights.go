package funding

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// Weighing is all that the weights of donors are computed from.
type Weighing struct {
	Rule      WeightRule
	Donations []Donation // in any order, all in one currency
	// Cut is the instant after which nothing counts any more, published before the vote.
	Cut time.Time
	// Zone is where months begin and end; nil is UTC.
	Zone *time.Location
	// Organisations says to which organisation a donor belongs, for those that belong to one.
	Organisations map[string]string
	// Before are the weights of the period before, as they resulted, for a rule that bounds growth; nil if there was none, and nothing
	// is bounded then.
	Before map[string]voting.Weight
}

// Weights are the weights of all donors, and where they come from.
type Weights struct {
	Donors []DonorWeight `json:"donors"` // in order of their ids; also those without weight, if they gave anything that was settled
	Total  voting.Weight `json:"total"`
	// Equal says that the caps could not hold, so that all who have weight have one voice each: see Check.
	Equal bool `json:"equal,omitzero"`
}

// DonorWeight is what a donor paid and weighs.
type DonorWeight struct {
	Donor        string `json:"donor"`
	Organisation string `json:"organisation,omitzero"`
	Paid         Amount `json:"paid"`              // settled, up to the cut and within the window, less what was returned
	Disputed     Amount `json:"disputed,omitzero"` // of the same time, in review: it counts for nothing until it is settled again
	Months       int    `json:"months"`            // in which something of it was paid
	// Uncapped is the weight by the rule, before the largest parts of the total are enforced.
	Uncapped voting.Weight `json:"uncapped"`
	Weight   voting.Weight `json:"weight"`
}

// Check gives ErrCapUnreachable if the caps of the rule could not hold, for those who would rather not vote then.
func (w Weights) Check() error {
	if w.Equal {
		return ErrCapUnreachable.At("rule/max_share", strconv.Itoa(len(w.Donors))+" donors")
	}
	return nil
}

// Weights computes the weights. It does not depend on the order of donations. It refuses a rule or a donation that cannot be used, amounts
// of different currencies, and a weight of more than voting.MaxWeight, each with its place.
//
// Weights have six decimal places, and are floored to them before the caps are applied; the caps then hold exactly, whatever was floored.
func (w Weighing) Weights() (Weights, error) {
	cur, err := w.check()
	if err != nil {
		return Weights{}, err
	}
	accounts, err := w.accounts(cur)
	if err != nil {
		return Weights{}, err
	}
	if err := w.Rule.weigh(accounts, cur); err != nil {
		return Weights{}, err
	}

	result := Weights{Donors: make([]DonorWeight, len(accounts))}
	for i, a := range accounts {
		result.Donors[i] = a.DonorWeight
	}
	if w.Rule.Growth > 0 && w.Before != nil {
		throttled(result.Donors, w.Rule.Growth, w.Before)
	}
	var uncapped voting.Weight
	for i := range result.Donors {
		d := &result.Donors[i]
		d.Weight = d.Uncapped
		if uncapped, err = uncapped.Add(d.Uncapped); err != nil {
			return Weights{}, err
		}
	}
	if !capped(result.Donors, w.Rule) {
		result.Equal = true
		for i, d := range result.Donors {
			if d.Uncapped > 0 {
				result.Donors[i].Weight = voting.Voice
			}
		}
	}
	for _, d := range result.Donors {
		result.Total += d.Weight // at most what was added up above, or a voice each
	}
	return result, nil
}

// check gives the currency of the rule or else of the donations, if any.
func (w Weighing) check() (money.Currency, error) {
	cur := w.Rule.currency()
	if cur == "" && len(w.Donations) > 0 {
		if cur = w.Donations[0].Amount.Currency(); cur == "" {
			return "", ErrDonation.At("donations/0/amount", "nothing, of no currency")
		}
	}
	if err := w.Rule.Check(cur); err != nil {
		return "", err
	}
	for i, d := range w.Donations {
		if err := d.check(i, cur); err != nil {
			return "", err
		}
	}
	for _, donor := range slices.Sorted(maps.Keys(w.Before)) {
		if w.Before[donor].Check() != nil {
			return "", voting.ErrWeight.At("before/"+donor, w.Before[donor].String())
		}
	}
	return cur, nil
}

// account is what a donor paid, on the way to a weight.
type account struct {
	DonorWeight
	counts *big.Int // P after decay and cap, in 10^-12 of a minor unit
	weight *big.Rat // nil: none
}

// accounts adds up what each donor paid, in order of their ids.
func (w Weighing) accounts(cur money.Currency) ([]*account, error) {
	zone := w.Zone
	if zone == nil {
		zone = time.UTC
	}
	now := monthOf(w.Cut, zone)
	factors := map[int]*big.Int{} // by age
	factor := func(age int) *big.Int {
		if w.Rule.HalfLife == 0 {
			return shapeScale()
		}
		if factors[age] == nil {
			factors[age] = halfLives(age, w.Rule.HalfLife)
		}
		return factors[age]
	}

	byDonor := map[string]*account{}
	paidIn := map[string]map[int]bool{}
	var all []*account
	for i, d := range w.Donations {
		age := max(0, now-monthOf(d.At, zone)) // where clocks go back over midnight, an earlier instant can lie in the month after
		if d.Donor == "" || d.Stage == Pledged || d.At.After(w.Cut) {
			continue
		}
		a := byDonor[d.Donor]
		if a == nil {
			nothing, err := money.New(0, cur)
			if err != nil {
				return nil, err
			}
			a = &account{
				DonorWeight: DonorWeight{Donor: d.Donor, Organisation: w.Organisations[d.Donor], Paid: nothing, Disputed: nothing},
				counts:      new(big.Int),
			}
			byDonor[d.Donor], paidIn[d.Donor] = a, map[int]bool{}
			all = append(all, a)
		}
		if w.Rule.Window > 0 && age >= w.Rule.Window {
			continue
		}
		net, err := d.Amount.Sub(d.Returned)
		if err != nil {
			return nil, err
		}
		sum := &a.Paid
		if d.Stage == Disputed {
			sum = &a.Disputed
		}
		if *sum, err = sum.Add(net); err != nil {
			return nil, money.ErrOverflow.At("donations/"+strconv.Itoa(i)+"/amount", "together with all others of "+strconv.QuoteToASCII(d.Donor))
		}
		if d.Stage == Disputed || net.IsZero() {
			continue
		}
		paidIn[d.Donor][age] = true
		a.counts.Add(a.counts, new(big.Int).Mul(big.NewInt(net.Minor()), factor(age)))
	}
	for _, a := range all {
		a.Months = len(paidIn[a.Donor])
	}
	slices.SortFunc(all, func(a, b *account) int { return cmp.Compare(a.Donor, b.Donor) })
	return all, nil
}

// monthOf counts months: the difference of two is how many lie between them.
func monthOf(t time.Time, zone *time.Location) int {
	t = t.In(zone)
	return t.Year()*12 + int(t.Month()) - 1
}

// weigh gives every account its weight by the rule, up to growth and caps.
func (r WeightRule) weigh(accounts []*account, cur money.Currency) error {
	var in []*account // those that have weight
	for _, a := range accounts {
		if a.Paid.Sign() > 0 && a.Paid.Minor() >= r.Minimum.Minor() {
			in = append(in, a)
		}
	}
	if len(in) == 0 {
		return nil
	}
	r.limit(in)
	sum := new(big.Rat)
	for _, a := range in {
		a.weight = r.shaped(a, cur)
		if r.Bonus.Num > 0 {
			months := int64(min(a.Months, r.BonusMonths))
			more := new(big.Rat).Mul(big.NewRat(r.Bonus.Num, r.Bonus.Den), big.NewRat(months, int64(r.BonusMonths)))
			a.weight = more.Mul(more.Add(more, big.NewRat(1, 1)), a.weight)
		}
		sum.Add(sum, a.weight)
	}
	for _, a := range in {
		if r.EqualPart.Num > 0 {
			a.weight = r.mixed(a.weight, sum, len(in))
		}
		millionths := new(big.Int).Mul(a.weight.Num(), big.NewInt(int64(voting.Voice)))
		millionths.Quo(millionths, a.weight.Denom())
		if millionths.Cmp(big.NewInt(int64(voting.MaxWeight))) > 0 {
			return voting.ErrWeight.At("donors/"+a.Donor, "the rule gives "+a.Paid.String()+" more")
		}
		a.Uncapped = voting.Weight(millionths.Int64())
	}
	return nil
}

// limit applies the caps on what is paid.
func (r WeightRule) limit(in []*account) {
	var most *big.Int
	switch {
	case r.CapQuantile.Num > 0:
		counts := make([]*big.Int, len(in))
		for i, a := range in {
			counts[i] = a.counts
		}
		most = quantile(counts, r.CapQuantile)
	case !r.Cap.IsZero():
		most = new(big.Int).Mul(big.NewInt(r.Cap.Minor()), shapeScale())
	default:
		return
	}
	for _, a := range in {
		if a.counts.Cmp(most) > 0 {
			a.counts = most
		}
	}
}

// shaped gives the weight of an account by the shape alone.
func (r WeightRule) shaped(a *account, cur money.Currency) *big.Rat {
	units := func() *big.Rat {
		per := new(big.Int).Mul(shapeScale(), big.NewInt(r.unitOf(cur)))
		return new(big.Rat).SetFrac(a.counts, per)
	}
	switch r.Shape {
	case Linear:
		return units()
	case SquareRoot:
		return squareRoot(units())
	case Log:
		return logarithm(units().Add(units(), big.NewRat(1, 1)))
	case Months:
		return new(big.Rat).SetInt64(int64(a.Months))
	case ByTier:
		reached := new(big.Rat)
		for _, t := range r.Tiers {
			if a.counts.Cmp(new(big.Int).Mul(big.NewInt(t.From.Minor()), shapeScale())) >= 0 {
				reached = big.NewRat(int64(t.Weight), int64(voting.Voice))
			}
		}
		return reached
	}
	return big.NewRat(1, 1)
}

// mixed gives e + (1 - e) * weight / mean, of which the second part is 0 where all weights are.
func (r WeightRule) mixed(weight, sum *big.Rat, n int) *big.Rat {
	equal := big.NewRat(r.EqualPart.Num, r.EqualPart.Den)
	if sum.Sign() == 0 {
		return equal
	}
	rest := new(big.Rat).Sub(big.NewRat(1, 1), equal)
	rest.Mul(rest, weight).Mul(rest, big.NewRat(int64(n), 1)).Quo(rest, sum)
	return rest.Add(rest, equal)
}
