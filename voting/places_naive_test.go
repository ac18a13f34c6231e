package voting_test

import (
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// The methods that count places, once more: slowly, in rational numbers, on the ballots themselves, and as their definitions say.

// onPlaces gives the places, from 1, that an option shares on a ballot of which only some options matter; none where it has none.
func (n election) onPlaces(b voting.Ballot, c voting.Choice, among choices) []int64 {
	at, ranked := place(b, c)
	if !ranked && (n.ignored() || !ranks(b)) {
		return nil
	}
	above, level := int64(0), int64(0)
	for _, o := range among {
		switch other, _ := place(b, o); {
		case other < at:
			above++
		case other == at:
			level++
		}
	}
	var places []int64
	for i := range level {
		places = append(places, above+i+1)
	}
	return places
}

// ranks says whether a ballot ranks any option.
func ranks(b voting.Ballot) bool {
	r, ok := b.(voting.Ranking)
	return ok && slices.ContainsFunc(r, func(level []voting.Choice) bool { return len(level) > 0 })
}

// placePoints adds up what an option's places are worth, on average where it shares them.
func (n election) placePoints(c voting.Choice, worth func(place int64) *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, m := range n.ballots {
		places := n.onPlaces(m.Ballot, c, n.q.Options)
		for _, p := range places {
			part := new(big.Rat).Mul(worth(p), voices(m.Weight))
			sum.Add(sum, part.Quo(part, big.NewRat(int64(len(places)), 1)))
		}
	}
	return sum
}

func (n election) borda(c voting.Choice) *big.Rat {
	starting := int64(1)
	if n.q.Settings["starting"] == "0" {
		starting = 0
	}
	return n.placePoints(c, func(p int64) *big.Rat { return big.NewRat(int64(len(n.q.Options))-p+starting, 1) })
}

func (n election) dowdall(c voting.Choice) *big.Rat {
	return n.placePoints(c, func(p int64) *big.Rat { return big.NewRat(1, p) })
}

// bucklin gives the place with which an option is on more than half of the ballots, and how many voices it then has.
func (n election) bucklin(c voting.Choice) []*big.Rat {
	half := new(big.Rat).Quo(n.expressed(), big.NewRat(2, 1))
	sum := new(big.Rat)
	for p := int64(1); p <= int64(len(n.q.Options)); p++ {
		for _, m := range n.ballots {
			if _, ranked := place(m.Ballot, c); ranked && n.onPlaces(m.Ballot, c, n.q.Options)[0] == p {
				sum.Add(sum, voices(m.Weight))
			}
		}
		if sum.Cmp(half) > 0 {
			return []*big.Rat{big.NewRat(-p, 1), sum}
		}
	}
	return []*big.Rat{big.NewRat(-int64(len(n.q.Options))-1, 1), sum}
}

// half gives Borda's points of an option among some: one for each pair with it above, half a one for each pair with nobody above.
func (n compared) half(c voting.Choice, among choices) *big.Rat {
	sum := new(big.Rat)
	for _, o := range among {
		if o != c {
			level := n.expressed()
			level.Sub(level, n.over(c, o)).Sub(level, n.over(o, c))
			sum.Add(sum, n.over(c, o)).Add(sum, level.Quo(level, big.NewRat(2, 1)))
		}
	}
	return sum
}

// eliminate leaves out again and again those for whom leaves says so, until one is left or all would leave.
func (n compared) eliminate(leaves func(left choices, c voting.Choice) bool) []choices {
	var ranking []choices
	left := slices.Clone(n.q.Options)
	for {
		var out choices
		for _, c := range left {
			if leaves(left, c) {
				out = append(out, c)
			}
		}
		if len(left) == 1 || len(out) == 0 || len(out) == len(left) {
			return append([]choices{left}, ranking...)
		}
		ranking = append([]choices{out}, ranking...)
		left = without(left, out)
	}
}

func (n compared) nanson() []choices {
	return n.eliminate(func(left choices, c voting.Choice) bool {
		average := new(big.Rat)
		for _, o := range left {
			average.Add(average, n.half(o, left))
		}
		average.Quo(average, big.NewRat(int64(len(left)), 1))
		d := n.half(c, left).Cmp(average)
		return d < 0 || d == 0 && n.q.Settings["average"] != "stays"
	})
}

func (n compared) baldwin() []choices {
	return n.eliminate(func(left choices, c voting.Choice) bool {
		return !slices.ContainsFunc(left, func(o voting.Choice) bool { return n.half(o, left).Cmp(n.half(c, left)) < 0 })
	})
}

func TestPlacesAgainstNaive(t *testing.T) {
	t.Parallel()

	for m, score := range map[voting.Method]func(election, voting.Choice) *big.Rat{
		voting.Borda: election.borda, voting.Dowdall: election.dowdall,
	} {
		t.Run("the points and the ranking by "+string(m), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				n := rankedElection(m).Draw(t, "election")
				r := n.count(t, n.q, n.ballots)
				for _, s := range r.Scores {
					require.Zero(t, score(n, s.Choice).Cmp(s.Number.Rat()), "%s has %s", s.Choice, s.Number)
				}
				want := byNumbers(n.q.Options, func(c voting.Choice) []*big.Rat { return []*big.Rat{score(n, c)} })
				require.Equal(t, groupsOf(want), groupsOf(r.Ranking))
			})
		})
	}

	for m, definition := range map[voting.Method]func(compared) []choices{
		voting.Nanson: compared.nanson, voting.Baldwin: compared.baldwin,
		voting.Bucklin: func(n compared) []choices { return byNumbers(n.q.Options, n.bucklin) },
	} {
		t.Run("the ranking by "+string(m), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				n := rankedElection(m).Draw(t, "election").compared()
				r := n.count(t, n.q, n.ballots)
				require.Equal(t, groupsOf(definition(n)), groupsOf(r.Ranking))
			})
		})
	}
}
