package allocation

import "math/big"

// TieOrder gives the ids of an election's projects in the order that breaks ties.
func TieOrder(e *Election, t Ties) []string {
	in, err := newInstance(e, Options{Ties: t}.filled(e, Greedy))
	if err != nil {
		panic(err)
	}
	ids := make([]string, len(in.rank))
	for p, rank := range in.rank {
		ids[rank] = in.id(p)
	}
	return ids
}

// PhragmenFrom completes an empty basket when the voters of each group of equal ballots have so many minor units left for each unit of their weight, and
// gives what is bought in a copy of it.
func PhragmenFrom(e *Election, o Options, left []int64) Outcome {
	in, err := newInstance(e, o.filled(e, EqualShares))
	if err != nil {
		panic(err)
	}
	b, err := newBasket(in)
	if err != nil {
		panic(err)
	}
	parts := make([]*big.Int, len(left))
	for i, n := range left {
		parts[i] = big.NewInt(-2 * n)
	}
	c := b.clone()
	c.phragmen(loadsOf(big.NewInt(2), parts), "phragmen", Completed)
	if len(b.rounds) > 0 || len(b.bought) > 0 {
		panic("the copy is not one")
	}
	return c.outcome(EqualShares)
}

// RaisedWithin gives the error of raising shares when only so many steps may be taken.
func RaisedWithin(e *Election, o Options, most int64) error {
	in, err := newInstance(e, o.filled(e, EqualShares))
	if err != nil {
		panic(err)
	}
	b, err := newBasket(in)
	if err != nil {
		panic(err)
	}
	_, _, err = b.raised(b.firstShare(), b.worths(), most)
	return err
}

// Pack finds the most that items of some costs and values bring for a budget, within some effort.
func Pack(costs, values []int64, budget, effort int64) (int64, error) {
	k := knapsack{budget: budget, effort: effort}
	for i, c := range costs {
		k.choices = append(k.choices, choice{[]parcel{{value: new(big.Int)}, {c, 1, big.NewInt(values[i])}}})
	}
	err := k.solve()
	return k.best.Int64(), err
}

// BurdenWithin gives the error of adding projects to a spread, in the election's order, when only so much effort may be made.
func BurdenWithin(e *Election, effort int64) error {
	in, err := newInstance(e, Options{}.filled(e, MaximinSupport))
	if err != nil {
		panic(err)
	}
	s := in.newSpread()
	s.effort = effort
	for p := range in.costs {
		if _, err := s.heaviest(p, burden{in.costs[p], in.support[p]}, unlimited); err != nil {
			return err
		}
		s.add(p)
	}
	return nil
}
