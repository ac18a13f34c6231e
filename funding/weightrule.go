package funding

import (
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// WeightRule says how what donors paid becomes the weight of their votes. It is data: published with a round, before anybody votes. The
// steps are those of its fields, from the first to the last; a field of value zero takes no step. The zero value is one donor, one vote.
//
// In the formulas, P is what a donor paid: the sum of their settled donations up to the cut, less what was returned; w is a weight
// in voices; months are those of the calendar in the round's zone, and the age of a donation is 0 in the month of the cut, 1 in the one
// before, and so on.
type WeightRule struct {
	// Window counts only donations of an age below so many months: 12 for the last twelve, that of the cut among them. At most 1200.
	Window int `json:"window,omitzero"`
	// Minimum is the least P (within the window, before any decay) that gives weight at all. Nothing: whatever is above nothing.
	Minimum Amount `json:"minimum,omitzero"`
	// HalfLife has a donation of k months count for 2^(-k/HalfLife) of itself, a factor floored to twelve decimal places. At most 120.
	HalfLife int `json:"half_life,omitzero"`
	// Cap replaces P by min(P, Cap).
	Cap Amount `json:"cap,omitzero"`
	// CapQuantile q does the same with the smallest P that at least q of all donors who have weight do not exceed: 9/10. Above 0. Not
	// together with Cap.
	CapQuantile voting.Fraction `json:"cap_quantile,omitzero"`
	// Shape says how P becomes w.
	Shape Shape `json:"shape,omitzero"`
	// Unit is what P is measured in by the shapes Linear, SquareRoot and Log: what gives one voice, or log2(2). Nothing: one unit of
	// the currency, such as 1.00 EUR.
	Unit Amount `json:"unit,omitzero"`
	// Tiers are the steps of the shape ByTier, upwards. Below the first, w is 0.
	Tiers []Tier `json:"tiers,omitzero"`
	// Bonus b multiplies w by 1 + b * min(L, BonusMonths) / BonusMonths, L being the months within the window in which the donor
	// paid. BonusMonths is from 1 to 1200 if there is a bonus.
	Bonus       voting.Fraction `json:"bonus,omitzero"`
	BonusMonths int             `json:"bonus_months,omitzero"`
	// EqualPart e replaces w by e + (1 - e) * w / m, m being the mean w of all donors who have weight.
	EqualPart voting.Fraction `json:"equal_part,omitzero"`
	// Growth lets w be at most so many times what it was in the period before, or the median of the weights above 0 of that period (of two
	// in the middle the lower), or one voice, whichever is most. From 2 to 1000.
	Growth int `json:"growth,omitzero"`
	// MaxOrganisation is the largest part of the total weight that the donors of one organisation have together, and MaxShare the largest
	// that one donor has: parts of the total that results, not of the one before. Above 0.
	MaxOrganisation voting.Fraction `json:"max_organisation,omitzero"`
	MaxShare        voting.Fraction `json:"max_share,omitzero"`
}

// Shape says how what a donor paid becomes weight.
type Shape string

// The shapes. Every w is floored to twelve decimal places where it has no exact decimals, and in the end to six.
const (
	OneVote    Shape = ""            // w = 1
	Linear     Shape = "linear"      // w = P / Unit: who pays more decides more
	SquareRoot Shape = "square-root" // w = sqrt(P / Unit): many accounts of one donor weigh more than one, so that it needs identities
	Log        Shape = "log"         // w = log2(1 + P / Unit)
	ByTier     Shape = "tier"        // w is that of the highest tier that P reaches
	Months     Shape = "months"      // w is the number of months in which the donor paid
)

// Tier is a step: from this amount on, this weight.
type Tier struct {
	From   Amount        `json:"from"`
	Weight voting.Weight `json:"weight"`
}

// The bounds of a rule's whole numbers.
const (
	mostMonths   = 1200
	mostHalfLife = 120
	mostGrowth   = 1000
)

// ErrWeightRule refuses a rule that says nothing sensible.
var ErrWeightRule = fault.New(fault.Invalid, "weight_rule.unusable", "the rule for the weight of donors cannot be used")

// ErrCapUnreachable says that no weights above 0 fit under the caps of the rule, as with ten donors who may have a twentieth each.
var ErrCapUnreachable = fault.New(fault.Unmet, "weight_rule.cap_unreachable",
	"there are too few donors for the largest part of the total that one of them, or one organisation, may have")

// Check refuses a rule that cannot be used for donations of a currency; of an empty one, for donations of any.
func (r WeightRule) Check(cur money.Currency) error {
	if cur == "" {
		cur = r.currency()
	}
	if cur != "" {
		if err := cur.Check(); err != nil {
			return err
		}
	}
	for _, a := range r.amounts() {
		if a.amount.Currency() != cur && a.amount != (Amount{}) {
			return money.ErrCurrencyMixed.At("rule/"+a.field, a.amount.String()+", "+string(cur))
		}
		if a.amount.Sign() < 0 {
			return ErrWeightRule.At("rule/"+a.field, a.amount.String()+" is below nothing")
		}
	}
	for _, n := range []struct {
		field        string
		value, least int
		most         int
	}{
		{"window", r.Window, 0, mostMonths},
		{"half_life", r.HalfLife, 0, mostHalfLife},
		{"bonus_months", r.BonusMonths, 0, mostMonths},
		{"growth", r.Growth, 0, mostGrowth},
	} {
		if n.value < n.least || n.value > n.most {
			return ErrWeightRule.At("rule/"+n.field, strconv.Itoa(n.value)+" is not from 0 to "+strconv.Itoa(n.most))
		}
	}
	for _, f := range []struct {
		field string
		part  voting.Fraction
	}{
		{"cap_quantile", r.CapQuantile},
		{"bonus", r.Bonus},
		{"equal_part", r.EqualPart},
		{"max_organisation", r.MaxOrganisation},
		{"max_share", r.MaxShare},
	} {
		if f.part == (voting.Fraction{}) {
			continue
		}
		if err := f.part.Check(); err != nil {
			return ErrWeightRule.At("rule/"+f.field, f.part.String()+" is no part of a whole")
		}
		if f.part.Num == 0 && f.field != "bonus" && f.field != "equal_part" {
			return ErrWeightRule.At("rule/"+f.field, f.part.String()+" is nothing")
		}
	}
	switch {
	case r.CapQuantile.Num > 0 && !r.Cap.IsZero():
		return ErrWeightRule.At("rule/cap_quantile", "there is a cap already")
	case r.Bonus.Num > 0 && r.BonusMonths == 0:
		return ErrWeightRule.At("rule/bonus_months", "a bonus needs them")
	case r.Growth == 1:
		return ErrWeightRule.At("rule/growth", "1 lets no weight grow")
	case r.Cap != (Amount{}) && r.Cap.IsZero():
		return ErrWeightRule.At("rule/cap", "nothing would have weight")
	case r.Unit != (Amount{}) && r.Unit.IsZero():
		return ErrWeightRule.At("rule/unit", "nothing can be measured in it")
	}
	return r.checkShape()
}

func (r WeightRule) checkShape() error {
	switch r.Shape {
	case OneVote, Linear, SquareRoot, Log, Months:
		if len(r.Tiers) > 0 {
			return ErrWeightRule.At("rule/tiers", "the shape has none")
		}
		return nil
	case ByTier:
	default:
		return ErrWeightRule.At("rule/shape", "there is no such shape")
	}
	if len(r.Tiers) == 0 {
		return ErrWeightRule.At("rule/tiers", "there are none")
	}
	for i, t := range r.Tiers {
		path := "rule/tiers/" + strconv.Itoa(i)
		if i > 0 && t.From.Minor() <= r.Tiers[i-1].From.Minor() {
			return ErrWeightRule.At(path+"/from", t.From.String()+" is not above the tier before")
		}
		if err := t.Weight.Check(); err != nil {
			return ErrWeightRule.At(path+"/weight", t.Weight.String())
		}
	}
	return nil
}

// namedAmount is an amount of the rule with its field.
type namedAmount struct {
	field  string
	amount Amount
}

func (r WeightRule) amounts() []namedAmount {
	all := []namedAmount{{"minimum", r.Minimum}, {"cap", r.Cap}, {"unit", r.Unit}}
	for i, t := range r.Tiers {
		all = append(all, namedAmount{"tiers/" + strconv.Itoa(i) + "/from", t.From})
	}
	return all
}

// currency gives the currency of the first amount that the rule names.
func (r WeightRule) currency() money.Currency {
	for _, a := range r.amounts() {
		if a.amount != (Amount{}) {
			return a.amount.Currency()
		}
	}
	return ""
}

// unitOf gives what P is measured in.
func (r WeightRule) unitOf(cur money.Currency) int64 {
	if r.Unit.IsZero() {
		return cur.Unit()
	}
	return r.Unit.Minor()
}
