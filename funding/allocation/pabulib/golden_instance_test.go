package pabulib_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// instance is an election as a case writes it: amounts are whole numbers, decimals or fractions.
type instance struct {
	Budget   string
	Projects []struct{ ID, Cost string }
	Votes    [][]string
	Initial  []string `json:"initial_allocation"`
}

// election gives the election in minor units, and what makes minor units of an amount. More amounts that it must take may be given.
func (in instance) election(more ...string) (*allocation.Election, func(string) (money.Amount, error), error) {
	amounts := append([]string{in.Budget}, more...)
	for _, p := range in.Projects {
		amounts = append(amounts, p.Cost)
	}
	scale, currency, err := scaleOf(amounts)
	if err != nil {
		return nil, nil, err
	}
	minor := func(text string) (money.Amount, error) {
		r, ok := new(big.Rat).SetString(text)
		if !ok {
			return money.Amount{}, fmt.Errorf("%q is no amount", text)
		}
		if r.Mul(r, new(big.Rat).SetInt(scale)); !r.IsInt() || !r.Num().IsInt64() {
			return money.Amount{}, fmt.Errorf("%q does not fit", text)
		}
		return money.New(r.Num().Int64(), currency)
	}
	budget, err := minor(in.Budget)
	if err != nil {
		return nil, nil, err
	}
	var projects []allocation.Project
	for _, p := range in.Projects {
		cost, err := minor(p.Cost)
		if err != nil {
			return nil, nil, err
		}
		if cost.IsZero() {
			continue
		}
		projects = append(projects, allocation.Project{ID: p.ID, Cost: cost})
	}
	e, err := allocation.New(projects, budget, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, ids := range in.Votes {
		var ballot []allocation.Vote
		for _, id := range ids {
			if !slices.Contains(in.free(), id) {
				ballot = append(ballot, allocation.Vote{Project: id})
			}
		}
		if err := e.Add(ballot, voting.Voice); err != nil {
			return nil, nil, err
		}
	}
	return e, minor, nil
}

// scaleOf gives by what amounts are multiplied to be whole minor units, and a currency in which a unit is still one if there is such a currency.
func scaleOf(amounts []string) (*big.Int, money.Currency, error) {
	scale := big.NewInt(1)
	for _, text := range amounts {
		if text == "" {
			continue
		}
		r, ok := new(big.Rat).SetString(strings.TrimSpace(text))
		if !ok {
			return nil, "", fmt.Errorf("%q is no amount", text)
		}
		common := new(big.Int).GCD(nil, nil, scale, r.Denom())
		scale.Mul(scale, new(big.Int).Quo(r.Denom(), common))
	}
	for _, currency := range []money.Currency{"XXX", "EUR", "TND", "CLF"} {
		if unit := big.NewInt(currency.Unit()); new(big.Int).Rem(unit, scale).Sign() == 0 {
			return unit, currency, nil
		}
	}
	return scale, "XXX", nil
}

// free gives the projects that cost nothing. They need no budget and are refused here: a case is compared without them.
func (in instance) free() []string {
	var ids []string
	for _, p := range in.Projects {
		if r, ok := new(big.Rat).SetString(p.Cost); ok && r.Sign() == 0 {
			ids = append(ids, p.ID)
		}
	}
	return ids
}
