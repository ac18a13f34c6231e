package allocation

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Balances is a standing round of donors, each of whom gives only what is theirs, and only to what they support.
type Balances struct {
	Projects []Project
	Donors   []Donor
	Setup    *Setup // what ballots look like; nil is approval
	// Guard keeps one or few donors from deciding alone; nil is DefaultGuard.
	Guard *Guard
	// Satisfaction, MinScore, Most and Ties of the options apply; all others must be zero.
	Options Options
}

// Donor is somebody with money to give.
type Donor struct {
	ID      string        // 1 to 200 bytes of text on one line, unlike any other's: it breaks ties of rounding
	Balance money.Amount  // from nothing
	Ballot  []Vote        // as Election.Add takes it
	Weight  voting.Weight // how much of a price one bears beside others; with 0 one keeps what one has
}

// Guard is what must be given for a project to be bought.
type Guard struct {
	// Supporters is how many donors who support it have something left, at least. 0 asks for none.
	Supporters int
	// Share is the greatest part of the cost that one donor pays, rounded up to a whole minor unit. Zero is any part.
	Share voting.Fraction
}

// DefaultGuard asks for five supporters, of whom none pays more than a fifth.
func DefaultGuard() Guard { return Guard{Supporters: 5, Share: voting.Fraction{Num: 1, Den: 5}} }

// ErrDonors refuses donors who cannot give as they stand; its fields say which.
var ErrDonors = fault.New(fault.Invalid, "allocation.donors", "the donors cannot give as they stand")

// ErrGuard refuses a guard that no project can pass.
var ErrGuard = fault.New(fault.Invalid, "allocation.guard",
	"a guard asks for some number of supporters from 0 on, and allows each a part of the cost from 0/1 to 1/1")

// BalanceOutcome is what donors bought together, and what each of them paid and has left.
type BalanceOutcome struct {
	Outcome
	Guard  Guard
	Donors []Statement // in order of their ids
}

// Statement is what one donor paid, in the order in which it was bought.
type Statement struct {
	ID     string
	Before money.Amount
	Paid   []Paid
	Left   money.Amount
}

// Paid is what a donor paid for a project.
type Paid struct {
	Project string // its id
	Amount  money.Amount
}

// MarshalJSON gives the outcome as Outcome does, the guard, and the donors' statements, in exact decimals of the outcome's currency.
func (o BalanceOutcome) MarshalJSON() ([]byte, error) {
	type paid struct {
		Project string `json:"project"`
		Amount  string `json:"amount"`
	}
	type statement struct {
		ID     string `json:"id"`
		Before string `json:"before"`
		Paid   []paid `json:"paid"`
		Left   string `json:"left"`
	}
	donors := []statement{}
	for _, d := range o.Donors {
		w := statement{d.ID, d.Before.Short(), []paid{}, d.Left.Short()}
		for _, p := range d.Paid {
			w.Paid = append(w.Paid, paid{p.Project, p.Amount.Short()})
		}
		donors = append(donors, w)
	}
	return json.Marshal(map[string]any{
		"outcome": o.Outcome, "donors": donors,
		"guard": map[string]any{"supporters": o.Guard.Supporters, "share": o.Guard.Share},
	})
}

// AllocateBalances buys projects by Equal Shares with what donors really have, each purchase settled to the smallest unit of the currency.
// What is not spent stays with the donor. The outcome's budget is what all who have a voice have together; nobody else shares it, so that
// a project may cost more than all of it: its Why then says how far its supporters are, as it does for every project that is not bought.
// The order of donors changes nothing. docs/methods/personal-balances.md.
//
// It refuses what New, Election.Add and Allocate refuse, an id that is empty, too long or there twice, a balance below nothing or in
// another currency than the projects, and a guard or options that mean nothing here.
func AllocateBalances(round Balances) (BalanceOutcome, error) {
	guard := DefaultGuard()
	if round.Guard != nil {
		guard = *round.Guard
	}
	if err := guard.check(); err != nil {
		return BalanceOutcome{}, err
	}
	donors := slices.Clone(round.Donors)
	slices.SortStableFunc(donors, func(a, b Donor) int { return cmp.Compare(a.ID, b.ID) })
	e, err := round.election(donors)
	if err != nil {
		return BalanceOutcome{}, err
	}
	o := round.Options
	if err := o.check(e, PersonalBalances); err != nil {
		return BalanceOutcome{}, err
	}
	if len(o.Initial) > 0 {
		return BalanceOutcome{}, ErrOptions.At("initial", "there is no common budget that could have bought anything before")
	}
	in, err := newInstance(e, o.filled(e, PersonalBalances))
	if err != nil {
		return BalanceOutcome{}, err
	}
	f, err := newFund(in, donors, guard)
	if err != nil {
		return BalanceOutcome{}, err
	}
	f.run()
	return f.outcome(), nil
}

// personalBalances names the rule and its revision.
var personalBalances = rule{name: PersonalBalances, revision: 1, buy: func(*basket) error {
	return ErrRule.At("rule", "personal-balances needs donors; see AllocateBalances")
}}

func (g Guard) check() error {
	if g.Supporters < 0 {
		return ErrGuard.At("supporters", strconv.Itoa(g.Supporters))
	}
	if g.Share != (voting.Fraction{}) && (g.Share.Check() != nil || g.Share.Num == 0) {
		return ErrGuard.At("share", g.Share.String())
	}
	return nil
}

// cap gives the most that one donor pays of a cost, in minor units.
func (g Guard) cap(cost money.Amount) int64 {
	if g.Share == (voting.Fraction{}) {
		return cost.Minor()
	}
	part, err := cost.MulRat(g.Share.Num, g.Share.Den, money.Up)
	if err != nil {
		panic(err) // no more than the cost
	}
	return part.Minor()
}

// election makes an election of the donors' ballots, with what those who have a voice have together as its budget.
func (b Balances) election(donors []Donor) (*Election, error) {
	var cur money.Currency
	if len(b.Projects) > 0 {
		cur = b.Projects[0].Cost.Currency()
	}
	pool, err := money.New(0, cur)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	for i, d := range donors {
		path := "donors/" + strconv.QuoteToASCII(d.ID)
		switch {
		case d.ID == "" || len(d.ID) > MaxID:
			faults.Add(path, "the id has "+strconv.Itoa(len(d.ID))+" bytes, not from 1 to "+strconv.Itoa(MaxID))
		case !utf8.ValidString(d.ID) || strings.ContainsFunc(d.ID, func(r rune) bool { return r < ' ' || r == 0x7f }):
			faults.Add(path, "the id is not text on one line")
		case i > 0 && donors[i-1].ID == d.ID:
			faults.Add(path, "the id is there twice")
		case d.Balance.Minor() < 0:
			faults.Add(path+"/balance", d.Balance.String()+" is less than nothing")
		case d.Balance != (money.Amount{}) && d.Balance.Currency() != cur:
			faults.Add(path+"/balance", d.Balance.String()+" is not in the currency of the projects, "+string(cur))
		case d.Weight > 0:
			if pool, err = pool.Add(d.Balance); err != nil {
				return nil, inside(path+"/balance", err)
			}
		}
	}
	if err := faults.Err(ErrDonors); err != nil {
		return nil, err
	}
	setup := b.Setup
	if setup == nil {
		setup = &Setup{}
	}
	e, err := newElection(b.Projects, pool, setup)
	if err != nil {
		return nil, err
	}
	for _, d := range donors {
		if err := e.Add(d.Ballot, d.Weight); err != nil {
			return nil, inside("donors/"+strconv.QuoteToASCII(d.ID), err)
		}
	}
	return e, nil
}

// inside gives an error with its places inside another.
func inside(place string, err error) error {
	f := *fault.Of(err)
	fields := f.Fields
	f.Fields = nil
	for _, field := range fields {
		f.Fields = append(f.Fields, fault.Field{Path: strings.TrimSuffix(place+"/"+field.Path, "/"), Text: field.Text})
	}
	return &f
}
