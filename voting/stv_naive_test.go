package voting_test

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// Second counts of transferable votes, straight from docs/methods/stv.md and meek.md: fractions, maps, every ballot looked at in every
// round. They share nothing with the package but the names.

// movingPaper is one ballot with its weight in voices and what a voice of it is worth now.
type movingPaper struct {
	names  [][]voting.Choice // ranks
	weight *big.Rat
	value  *big.Rat
	with   voting.Choice
}

// naiveSeats is an election with strict rankings, or, for Meek and Warren, any.
type naiveSeats struct {
	options []voting.Choice
	seats   int
	papers  []*movingPaper
	order   []voting.Choice // breaks ties: the first stays
	places  int             // -1: exact
}

// cut shortens to the places, downwards or upwards.
func (n naiveSeats) cut(r *big.Rat, up bool) *big.Rat {
	if n.places < 0 {
		return r
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n.places)), nil)
	x := new(big.Int).Mul(r.Num(), scale)
	q, rest := new(big.Int).QuoRem(x, r.Denom(), new(big.Int))
	if up && rest.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(q, scale)
}

func (n naiveSeats) quota(name string, votes *big.Rat) (q *big.Rat, above bool) {
	divide := func(by int) *big.Rat { return new(big.Rat).Quo(votes, big.NewRat(int64(by), 1)) }
	switch name {
	case "droop":
		whole := divide(n.seats + 1)
		return new(big.Rat).SetInt(new(big.Int).Add(new(big.Int).Quo(whole.Num(), whole.Denom()), big.NewInt(1))), false
	case "hare", "imperiali":
		q = n.cut(divide(n.seats+map[string]int{"imperiali": 2}[name]), false)
		if q.Sign() == 0 {
			q = n.cut(big.NewRat(1, 1_000_000_000_000_000), true) // less than any step
		}
		return q, false
	}
	if n.places < 0 {
		return divide(n.seats + 1), true
	}
	step := n.cut(big.NewRat(1, 1_000_000_000_000_000), true)
	return step.Add(step, n.cut(divide(n.seats+1), false)), false
}

// tellings are what everybody has in a round.
type tellings map[voting.Choice]string

// gregory counts as Scotland does, with any quota and places.
func (n naiveSeats) gregory(quota string) (winners []voting.Choice, rounds []tellings) {
	one := big.NewRat(1, 1)
	total := new(big.Rat)
	for _, p := range n.papers {
		p.value = one
		total.Add(total, p.weight)
	}
	q, above := n.quota(quota, total)
	state := map[voting.Choice]string{}
	move := func(p *movingPaper) {
		p.with = ""
		for _, rank := range p.names {
			if len(rank) == 1 && state[rank[0]] == "" {
				p.with = rank[0]
				return
			}
		}
	}
	for _, p := range n.papers {
		move(p)
	}
	var history []map[voting.Choice]*big.Rat
	for {
		votes := map[voting.Choice]*big.Rat{}
		for _, c := range n.options {
			votes[c] = new(big.Rat)
			if state[c] == "passed on" {
				votes[c] = q
			}
		}
		for _, p := range n.papers {
			if p.with != "" && state[p.with] != "passed on" {
				votes[p.with].Add(votes[p.with], new(big.Rat).Mul(p.value, p.weight))
			}
		}
		history = append(history, votes)
		round := tellings{}
		for _, c := range n.options {
			if state[c] != "left" {
				round[c] = string(numberOf(votes[c]))
			}
		}
		rounds = append(rounds, round)

		// better orders by votes, then by the last stage that tells apart, then by the order drawn beforehand.
		better := func(a, b voting.Choice) int {
			for i := len(history) - 1; i >= 0; i-- {
				if d := history[i][b].Cmp(history[i][a]); d != 0 {
					return d
				}
			}
			return slices.Index(n.order, a) - slices.Index(n.order, b)
		}
		hopeful := slices.DeleteFunc(slices.Clone(n.options), func(c voting.Choice) bool { return state[c] != "" })
		slices.SortFunc(hopeful, better)
		for _, c := range hopeful {
			if d := votes[c].Cmp(q); len(winners) < n.seats && (d > 0 || d == 0 && !above) {
				state[c] = "pending"
				winners = append(winners, c)
			}
		}
		hopeful = slices.DeleteFunc(hopeful, func(c voting.Choice) bool { return state[c] != "" })
		if len(winners) == n.seats {
			return winners, rounds
		}
		if len(winners)+len(hopeful) <= n.seats {
			return append(winners, hopeful...), rounds
		}
		pending := slices.DeleteFunc(slices.Clone(n.options), func(c voting.Choice) bool { return state[c] != "pending" })
		if len(pending) > 0 {
			slices.SortFunc(pending, better)
			from := pending[0]
			surplus := new(big.Rat).Sub(votes[from], q)
			for _, p := range n.papers {
				if p.with == from {
					p.value = n.cut(new(big.Rat).Quo(new(big.Rat).Mul(p.value, surplus), votes[from]), false)
					move(p)
				}
			}
			state[from] = "passed on"
			continue
		}
		last := hopeful[len(hopeful)-1]
		state[last] = "left"
		for _, p := range n.papers {
			if p.with == last {
				move(p)
			}
		}
	}
}

func numberOf(r *big.Rat) voting.Number {
	if r.IsInt() {
		return voting.Number(r.Num().String())
	}
	text := r.FloatString(60)
	exact, _ := new(big.Rat).SetString(text)
	if exact.Cmp(r) != 0 {
		return voting.Number(r.String())
	}
	for text[len(text)-1] == '0' {
		text = text[:len(text)-1]
	}
	return voting.Number(text)
}

// keeping counts by Meek, or, with price, by Warren, without converging if in haste, and lets sure losers leave if asked. It gives up after
// so many iterations, and says when a keep value has grown beyond what is counted with.
func (n naiveSeats) keeping(price bool, quota string, omega *big.Rat, hasty, sure bool, most int) (winners []voting.Choice, rounds []tellings, grown, ok bool) {
	one := big.NewRat(1, 1)
	keep := map[voting.Choice]*big.Rat{}
	for _, c := range n.options {
		keep[c] = one
	}
	elected, gone := map[voting.Choice]bool{}, map[voting.Choice]bool{}
	iterations := 0
	for {
		var before *big.Rat
		for {
			if iterations++; iterations > most {
				return nil, nil, false, false
			}
			votes, total := map[voting.Choice]*big.Rat{}, new(big.Rat)
			for _, c := range n.options {
				votes[c] = new(big.Rat)
			}
			for _, p := range n.papers {
				rest := one
				for _, rank := range p.names {
					there := slices.DeleteFunc(slices.Clone(rank), func(c voting.Choice) bool { return gone[c] })
					if len(there) == 0 {
						continue
					}
					share := n.cut(new(big.Rat).Quo(rest, big.NewRat(int64(len(there)), 1)), false)
					rest = new(big.Rat)
					for _, c := range there {
						kept := n.cut(new(big.Rat).Mul(share, keep[c]), true)
						if price {
							kept = share
							if keep[c].Cmp(share) < 0 {
								kept = keep[c]
							}
						}
						given := new(big.Rat).Mul(kept, p.weight)
						votes[c].Add(votes[c], given)
						total.Add(total, given)
						rest.Add(rest, new(big.Rat).Sub(share, kept))
					}
				}
			}
			q, above := n.quota(quota, total)
			round := tellings{}
			for _, c := range n.options {
				if !gone[c] {
					round[c] = string(numberOf(votes[c]))
				}
			}
			hopeful := slices.DeleteFunc(slices.Clone(n.options), func(c voting.Choice) bool { return gone[c] || elected[c] })
			slices.SortFunc(hopeful, func(a, b voting.Choice) int {
				if d := votes[b].Cmp(votes[a]); d != 0 {
					return d
				}
				return slices.Index(n.order, a) - slices.Index(n.order, b)
			})
			surplus := new(big.Rat)
			for c := range elected {
				surplus.Add(surplus, votes[c])
				surplus.Sub(surplus, q)
			}
			if surplus.Sign() < 0 {
				surplus.SetInt64(0)
			}
			found := false
			for _, c := range hopeful {
				if d := votes[c].Cmp(q); len(winners) < n.seats && (d > 0 || d == 0 && !above) {
					elected[c], found = true, true
					winners = append(winners, c)
				}
			}
			hopeful = slices.DeleteFunc(hopeful, func(c voting.Choice) bool { return elected[c] })
			var losers []voting.Choice
			for i := len(hopeful) - 1; sure && !found && i > 0 && len(hopeful)-i <= len(winners)+len(hopeful)-n.seats; i-- {
				together := new(big.Rat).Set(surplus)
				for _, c := range hopeful[i:] {
					together.Add(together, votes[c])
				}
				if together.Cmp(votes[hopeful[i-1]]) < 0 {
					losers = hopeful[i:]
				}
			}
			finished := found || len(losers) > 0 || hasty || surplus.Cmp(omega) < 0 || before != nil && surplus.Cmp(before) >= 0
			filled := len(winners) == n.seats || len(winners)+len(hopeful) <= n.seats
			if filled && !found {
				return append(winners, hopeful...), append(rounds, round), false, true
			}
			if hasty && !filled || !finished {
				for c := range elected {
					raised := n.cut(new(big.Rat).Mul(keep[c], q), true)
					keep[c] = one
					if votes[c].Cmp(raised) > 0 {
						keep[c] = n.cut(raised.Quo(raised, votes[c]), true)
					}
					grown = grown || keep[c].Denom().BitLen() > 32_768
				}
			}
			if grown {
				return nil, nil, true, true
			}
			if !finished {
				before = surplus
				continue
			}
			rounds = append(rounds, round)
			if !found && len(losers) == 0 {
				limit := new(big.Rat).Set(votes[hopeful[len(hopeful)-1]])
				if !hasty {
					limit.Add(limit, surplus)
				}
				tied := slices.DeleteFunc(slices.Clone(hopeful), func(c voting.Choice) bool { return votes[c].Cmp(limit) > 0 })
				losers = append(losers, slices.MaxFunc(tied, func(a, b voting.Choice) int { return slices.Index(n.order, a) - slices.Index(n.order, b) }))
			}
			for _, c := range losers {
				gone[c] = true
			}
			hopeful = slices.DeleteFunc(hopeful, func(c voting.Choice) bool { return gone[c] })
			if len(winners) == n.seats {
				return winners, rounds, false, true
			}
			if len(winners)+len(hopeful) <= n.seats {
				return append(winners, hopeful...), rounds, false, true
			}
			break
		}
	}
}

// drawSeats makes a small random election for seats, level ranks only where they may be.
func drawSeats(t *rapid.T, method voting.Method, level bool, settings map[string]string) (naiveSeats, *voting.Profile) {
	n := naiveSeats{options: []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}[:rapid.IntRange(2, 5).Draw(t, "options")]}
	n.seats = rapid.IntRange(1, len(n.options)).Draw(t, "seats")
	n.order = rapid.Permutation(n.options).Draw(t, "order")
	n.places = -1
	if p, err := strconv.Atoi(settings["places"]); err == nil {
		n.places = p
	}
	p, err := voting.NewProfile(voting.Question{Method: method, Options: n.options, Seats: n.seats, Settings: settings})
	require.NoError(t, err)
	for i := range rapid.IntRange(1, 14).Draw(t, "ballots") {
		weight := rapid.SampledFrom([]voting.Weight{voting.Voice, voting.Voice, voting.Voice, 3 * voting.Voice, 11 * voting.Voice, voting.Voice / 2, 0}).Draw(t, "weight")
		if i == 0 {
			weight = voting.Voice
		}
		named := rapid.Permutation(n.options).Draw(t, "ranking")
		ranking := voting.Ranking{{named[0]}}
		for _, c := range named[1:rapid.IntRange(1, len(named)).Draw(t, "named")] {
			switch last := len(ranking) - 1; {
			case level && rapid.IntRange(0, 3).Draw(t, "level") == 0:
				ranking[last] = append(ranking[last], c)
			case rapid.IntRange(0, 9).Draw(t, "gap") == 0:
				ranking = append(ranking, nil, []voting.Choice{c})
			default:
				ranking = append(ranking, []voting.Choice{c})
			}
		}
		require.NoError(t, p.Add(ranking, weight))
		n.papers = append(n.papers, &movingPaper{names: ranking, weight: big.NewRat(int64(weight), int64(voting.Voice))})
	}
	return n, p
}

// same compares a count with a naive one: who won, and what everybody had in every round.
func same(t *rapid.T, winners []voting.Choice, rounds []tellings, r voting.Result) {
	require.ElementsMatch(t, winners, r.Winners)
	require.Len(t, r.Rounds, len(rounds))
	for i, round := range rounds {
		got := tellings{}
		for _, s := range r.Rounds[i].Tallies {
			got[s.Choice] = string(s.Number)
		}
		require.Equal(t, round, got, "round %d", i)
	}
}

func TestTransferableVotesAgainstNaive(t *testing.T) {
	t.Parallel()

	for _, quota := range []string{"droop", "hagenbach-bischoff", "hare", "imperiali"} {
		t.Run("stv by "+quota, func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				settings := map[string]string{"quota": quota, "places": rapid.SampledFrom([]string{"5", "0", "2", "4", "exact"}).Draw(t, "places")}
				n, p := drawSeats(t, voting.STV, false, settings)
				winners, rounds := n.gregory(quota)
				ties := &voting.Ties{By: []voting.TieBreak{voting.TiePrevious, voting.TieOrder}, Order: n.order}
				r, err := voting.CountBy(p, p.Question(), ties)
				require.NoError(t, err)
				same(t, winners, rounds, r)
			})
		})
	}

	for _, method := range []voting.Method{voting.Meek, voting.Warren} {
		for _, places := range []string{"9", "6", "12", "1", "0", "exact"} {
			t.Run(fmt.Sprint(method, " in ", places), func(t *testing.T) {
				t.Parallel()
				agree.Hold(t, func(t *rapid.T) {
					quota := rapid.SampledFrom([]string{"hagenbach-bischoff", "droop", "hare", "imperiali"}).Draw(t, "quota")
					converge := rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "converge")
					leave := rapid.SampledFrom([]string{"one", "sure-losers"}).Draw(t, "leave")
					settings := map[string]string{"places": places, "omega": "3", "quota": quota, "converge": converge, "leave": leave}
					n, p := drawSeats(t, method, true, settings)
					most := 1000
					if places == "exact" {
						most = 12
					}
					winners, rounds, grown, ok := n.keeping(method == voting.Warren, quota, big.NewRat(1, 1000), converge == "no", leave == "sure-losers", most)
					if !ok {
						t.Skip("the exact numbers grow")
					}
					ties := &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: n.order}
					r, err := voting.CountBy(p, p.Question(), ties)
					if grown {
						require.ErrorIs(t, err, voting.ErrMethod)
						return
					}
					require.NoError(t, err)
					same(t, winners, rounds, r)
				})
			})
		}
	}
}
