package voting

import "math/big"

// quotaSetting is the setting of methods that fill seats by a quota.
func quotaSetting(value string) setting {
	return setting{name: "quota", value: value, words: []string{"droop", "hagenbach-bischoff", "hare", "imperiali"}}
}

// quota is how many votes elect an option.
type quota struct {
	votes *big.Rat
	above bool // more than these votes are needed, and not as many
}

// quotaOf gives the quota for so many votes and seats:
//
//	droop                the next whole number above votes / (seats + 1)
//	hagenbach-bischoff   more than votes / (seats + 1): with decimals, the next decimal above it
//	hare                 votes / seats
//	imperiali            votes / (seats + 2)
//
// It is never less than the least that tells two numbers apart: fewer votes than would be nothing, which elects nobody.
func quotaOf(name string, votes *big.Rat, seats int, a arithmetic) quota {
	over := int64(seats)
	switch name {
	case "droop", "hagenbach-bischoff":
		over++
	case "imperiali":
		over += 2
	}
	q := new(big.Rat).Quo(votes, new(big.Rat).SetInt64(over))
	switch {
	case name == "droop":
		whole := new(big.Int).Quo(q.Num(), q.Denom())
		return quota{votes: new(big.Rat).SetInt(whole.Add(whole, big.NewInt(1)))}
	case name == "hagenbach-bischoff" && a.exact():
		return quota{votes: a.down(q), above: true}
	case name == "hagenbach-bischoff":
		return quota{votes: new(big.Rat).Add(a.down(q), a.least())}
	}
	if q = a.down(q); q.Cmp(a.least()) < 0 {
		q = a.least()
	}
	return quota{votes: q}
}

// reached says whether votes are enough.
func (q quota) reached(votes *big.Rat, a arithmetic) bool {
	order := a.cmp(votes, q.votes)
	return order > 0 || order == 0 && !q.above
}
