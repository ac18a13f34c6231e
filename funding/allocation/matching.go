package allocation

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Gift is money that somebody gave to one project, to be topped up from a pool.
type Gift struct {
	Donor   string // an id: never empty, for a gift counts by who gave it
	Project string // an id
	Amount  money.Amount
}

// ErrGift refuses a gift that cannot be topped up.
var ErrGift = fault.New(fault.Invalid, "gift.unusable", "a gift names its donor and its project, and is not less than nothing")

// ErrMatching refuses a way to share a pool that is none.
var ErrMatching = fault.New(fault.Invalid, "matching.unusable", "a pool cannot be shared in this way")

// Matches are what a pool adds to the gifts of each project.
type Matches struct {
	Pool     money.Amount   `json:"pool"`
	Matched  money.Amount   `json:"matched"`  // together
	Left     money.Amount   `json:"left"`     // of the pool, carried over
	Scaled   bool           `json:"scaled"`   // the formula came to another sum than the pool, and all was scaled to it
	Projects []ProjectMatch `json:"projects"` // all that a gift names, in order of their ids
}

// ProjectMatch is what a pool adds to the gifts of one project, and why.
type ProjectMatch struct {
	ID      string       `json:"id"`
	Donors  int64        `json:"donors"`  // whose gifts count
	Gifts   money.Amount `json:"gifts"`   // all of them, also those that do not count
	Formula money.Amount `json:"formula"` // what the rule gives before it looks at the pool and at caps, rounded down
	Match   money.Amount `json:"match"`
	Why     MatchReason  `json:"why"`
}

// MatchReason says why a project is given its match.
type MatchReason string

// The reasons. Append only.
const (
	MatchInFull   MatchReason = "in-full"    // what the formula gives
	MatchScaled   MatchReason = "scaled"     // its part of the pool, which is more or less than what the formula gives
	MatchCapped   MatchReason = "capped"     // as much as one project may have
	MatchShared   MatchReason = "shared"     // its part of the pool, and of what capped projects could not have
	MatchOneDonor MatchReason = "one-donor"  // nothing: fewer than two donors count
	MatchNothing  MatchReason = "nothing"    // nothing: no gift counts
	MatchEmpty    MatchReason = "pool-empty" // less than the formula gives, because the pool was empty
)

// giving is the gifts of one donor to one project.
type giving struct {
	donor string
	sum   money.Amount
}

// givings are the gifts of a project, by donor.
type givings struct {
	project string
	sum     money.Amount
	by      []giving // in order of their donors
}

// gather adds up gifts by project and donor, both in order of their ids.
func gather(gifts []Gift, cur money.Currency) ([]givings, error) {
	order := make([]int, len(gifts))
	for i, g := range gifts {
		path := "gifts/" + strconv.Itoa(i)
		switch {
		case g.Donor == "" || len(g.Donor) > MaxID:
			return nil, ErrGift.At(path+"/donor", strconv.Itoa(len(g.Donor))+" bytes; an id has from 1 to "+strconv.Itoa(MaxID))
		case g.Project == "" || len(g.Project) > MaxID:
			return nil, ErrGift.At(path+"/project", strconv.Itoa(len(g.Project))+" bytes; an id has from 1 to "+strconv.Itoa(MaxID))
		case g.Amount.Currency() != cur:
			return nil, money.ErrCurrencyMixed.At(path+"/amount", g.Amount.String()+", "+string(cur))
		case g.Amount.Sign() < 0:
			return nil, ErrGift.At(path+"/amount", g.Amount.String())
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(gifts[i].Project, gifts[j].Project), cmp.Compare(gifts[i].Donor, gifts[j].Donor))
	})
	var all []givings
	for _, i := range order {
		g := gifts[i]
		if len(all) == 0 || all[len(all)-1].project != g.Project {
			all = append(all, givings{project: g.Project})
		}
		p := &all[len(all)-1]
		if len(p.by) == 0 || p.by[len(p.by)-1].donor != g.Donor {
			p.by = append(p.by, giving{donor: g.Donor})
		}
		d := &p.by[len(p.by)-1]
		var err error
		if p.sum, err = p.sum.Add(g.Amount); err != nil {
			return nil, money.ErrOverflow.At("gifts/"+strconv.Itoa(i)+"/amount", "together with all others for "+strconv.QuoteToASCII(g.Project))
		}
		if d.sum, err = d.sum.Add(g.Amount); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// checkPool refuses a pool of nothing, and amounts that are negative or of another currency.
func checkPool(pool money.Amount, others map[string]money.Amount) error {
	if pool.Sign() <= 0 {
		return ErrMatching.At("pool", pool.String())
	}
	for _, field := range sortedKeys(others) {
		a := others[field]
		switch {
		case a == money.Amount{}:
		case a.Currency() != pool.Currency():
			return money.ErrCurrencyMixed.At(field, a.String()+", "+pool.String())
		case a.Sign() < 0:
			return ErrMatching.At(field, a.String())
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// OneToOne adds to every gift as much again, as long as there is money: first come, first served.
type OneToOne struct {
	Pool       money.Amount
	MaxGift    money.Amount // of what one donor gives one project, the most that is doubled; nothing is no limit
	MaxProject money.Amount // the most that one project is given; nothing is no limit
}

// GiftMatch is what is added to one gift.
type GiftMatch struct {
	Gift  int // its place
	Match money.Amount
}

// Match adds to the gifts, in the order in which they came. It gives the matches of projects, and what was added to each gift.
func (o OneToOne) Match(gifts []Gift) (Matches, []GiftMatch, error) {
	cur := o.Pool.Currency()
	if err := checkPool(o.Pool, map[string]money.Amount{"max_gift": o.MaxGift, "max_project": o.MaxProject}); err != nil {
		return Matches{}, nil, err
	}
	all, err := gather(gifts, cur)
	if err != nil {
		return Matches{}, nil, err
	}
	left := o.Pool.Minor()
	room := func(of money.Amount, had int64) int64 {
		if of.IsZero() {
			return money.MaxMinor
		}
		return of.Minor() - had
	}
	byGift := make([]GiftMatch, len(gifts))
	counted := map[[2]string]int64{} // by project and donor: what of the gifts was looked at
	matched, short := map[string]int64{}, map[string]bool{}
	for i, g := range gifts {
		key := [2]string{g.Project, g.Donor}
		doubled := min(g.Amount.Minor(), room(o.MaxGift, counted[key]))
		counted[key] += doubled
		doubled = min(doubled, room(o.MaxProject, matched[g.Project]))
		add := min(doubled, left)
		left -= add
		matched[g.Project] += add
		short[g.Project] = short[g.Project] || add < doubled
		if byGift[i].Match, err = money.New(add, cur); err != nil {
			return Matches{}, nil, err
		}
		byGift[i].Gift = i
	}
	m := Matches{Pool: o.Pool}
	for _, p := range all {
		var formula int64
		for _, d := range p.by {
			formula = min(formula+counted[[2]string{p.project, d.donor}], money.MaxMinor)
		}
		why := MatchInFull
		switch {
		case short[p.project]:
			why = MatchEmpty
		case formula == 0:
			why = MatchNothing
		case matched[p.project] < formula:
			why = MatchCapped
		}
		if err := m.add(p, int64(len(p.by)), formula, matched[p.project], why); err != nil {
			return Matches{}, nil, err
		}
	}
	if err := m.sum(); err != nil {
		return Matches{}, nil, err
	}
	return m, byGift, nil
}

// add notes what a project is given.
func (m *Matches) add(p givings, donors, formula, match int64, why MatchReason) error {
	cur := m.Pool.Currency()
	f, err := money.New(formula, cur)
	if err != nil {
		return err
	}
	given, err := money.New(match, cur)
	if err != nil {
		return err
	}
	m.Projects = append(m.Projects, ProjectMatch{ID: p.project, Donors: donors, Gifts: p.sum, Formula: f, Match: given, Why: why})
	return nil
}

// sum adds up what all projects are given.
func (m *Matches) sum() error {
	matched, err := money.New(0, m.Pool.Currency())
	if err != nil {
		return err
	}
	for _, p := range m.Projects {
		if matched, err = matched.Add(p.Match); err != nil {
			return err
		}
	}
	m.Matched = matched
	m.Left, err = m.Pool.Sub(matched)
	return err
}

// part gives a part of a sum, rounded down.
func part(of money.Amount, f voting.Fraction) (money.Amount, error) {
	return of.MulRat(f.Num, f.Den, money.Down)
}
