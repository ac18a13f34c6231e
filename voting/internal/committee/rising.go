package committee

import (
	"math/big"
	"slices"
)

// rising is Equal Shares with budgets that rise. If the voters' money does not fill all seats, everything begins again with the price of
// one more seat for all voters together, until it does.
type rising struct {
	*shares
	budget    int64
	supported int // candidates whom somebody approves: nobody else can be bought
}

func (e *election) rising() process {
	r := &rising{}
	var support []int64
	for c := range e.m {
		var w int64
		for _, g := range e.supporters(c) {
			w += e.weight[g]
		}
		if w > 0 {
			support = append(support, w)
		}
	}
	slices.Sort(support)
	slices.Reverse(support)
	r.supported = len(support)
	// A candidate whom w voters of n approve is too dear while all money together is less than n/w seats. So many candidates have to be
	// bought, and nothing before they can be has to be tried.
	r.budget = int64(e.k)
	if r.supported > 0 {
		w := support[min(e.k, r.supported)-1]
		r.budget = max(r.budget, (e.total+w-1)/w)
	}
	r.begin(e)
	return r
}

func (r *rising) begin(e *election) {
	r.shares = e.shares(new(big.Rat).SetInt64(r.budget), func(s *shares) process {
		if s.count == r.supported {
			return byApproval(s)
		}
		return nil
	})
}

func (r *rising) next() ([]int, Round, error) {
	for {
		if err := r.spend(r.purses.fractions()); err != nil {
			return nil, Round{}, err
		}
		tied, round, err := r.shares.next()
		if err != nil || len(tied) > 0 || r.full() {
			round.Budget, round.again = new(big.Rat).SetInt64(r.budget), r.count == 0
			return tied, round, err
		}
		r.budget++
		r.begin(r.election)
	}
}

func (r *rising) clone() process {
	c := *r
	c.shares = r.shares.clone().(*shares)
	return &c
}

func (r *rising) key() string { return big.NewInt(r.budget).String() + "/" + r.shares.key() }
