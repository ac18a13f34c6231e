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

// The methods that compare in pairs, once more: slowly, in rational numbers, on the ballots themselves, and as their definitions say.

type choices = []voting.Choice

// place gives the rank of an option on a ballot; those not ranked share the last one. ranked says whether the ballot ranks it.
func place(b voting.Ballot, c voting.Choice) (at int, ranked bool) {
	r, _ := b.(voting.Ranking)
	for i, level := range r {
		if slices.Contains(level, c) {
			return i, true
		}
	}
	return len(r), false
}

// ignored says whether what a ballot does not rank is compared with nothing.
func (n election) ignored() bool { return n.q.Settings["unranked"] == "ignored" }

func (n election) strength() string {
	if s := n.q.Settings["strength"]; s != "" {
		return s
	}
	return "winning"
}

// compared is an election with all its pairs.
type compared struct {
	election
	pair map[link]*big.Rat // the voices that put one above the other
}

type link struct{ from, to voting.Choice }

func (n election) compared() compared {
	out := compared{n, map[link]*big.Rat{}}
	for _, a := range n.q.Options {
		for _, b := range n.q.Options {
			out.pair[link{a, b}] = new(big.Rat)
			for _, m := range n.ballots {
				above, aRanked := place(m.Ballot, a)
				below, bRanked := place(m.Ballot, b)
				if above < below && (!n.ignored() || aRanked && bRanked) {
					out.pair[link{a, b}].Add(out.pair[link{a, b}], voices(m.Weight))
				}
			}
		}
	}
	return out
}

// over gives the voices that put a above b.
func (n compared) over(a, b voting.Choice) *big.Rat { return new(big.Rat).Set(n.pair[link{a, b}]) }

func voices(w voting.Weight) *big.Rat { return big.NewRat(int64(w), int64(voting.Voice)) }

// expressed gives the voices of all ballots that rank an option.
func (n election) expressed() *big.Rat {
	sum := new(big.Rat)
	for _, m := range n.ballots {
		for _, c := range n.q.Options {
			if _, ranked := place(m.Ballot, c); ranked {
				sum.Add(sum, voices(m.Weight))
				break
			}
		}
	}
	return sum
}

func (n compared) beats(a, b voting.Choice) bool { return n.over(a, b).Cmp(n.over(b, a)) > 0 }

// lexical compares numbers from the first that differs; nothing is less than anything.
func lexical(a, b []*big.Rat) int {
	return slices.CompareFunc(a, b, func(x, y *big.Rat) int { return x.Cmp(y) })
}

// strengthOf gives how strongly a defeats b, nothing if it does not.
func (n compared) strengthOf(a, b voting.Choice, strength string) []*big.Rat {
	won, lost := n.over(a, b), n.over(b, a)
	switch {
	case won.Cmp(lost) <= 0:
		return nil
	case strength == "margin":
		return []*big.Rat{new(big.Rat).Sub(won, lost)}
	case strength == "tuple":
		return []*big.Rat{won, lost.Neg(lost)}
	case strength == "ratio" && lost.Sign() > 0:
		return []*big.Rat{new(big.Rat), won.Quo(won, lost)}
	case strength == "ratio" && n.q.Settings["unopposed"] == "plus-one":
		return []*big.Rat{new(big.Rat), won.Add(won, big.NewRat(1, 1))}
	case strength == "ratio":
		return []*big.Rat{big.NewRat(1, 1), won} // more than any number
	}
	return []*big.Rat{won}
}

// strongest gives the strength of the strongest chain of defeats from a to b, by trying all that pass nobody twice.
func (n compared) strongest(a, b voting.Choice, passed choices, strength string) []*big.Rat {
	best := n.strengthOf(a, b, strength)
	passed = append(slices.Clone(passed), a)
	for _, via := range n.q.Options {
		if via == b || slices.Contains(passed, via) {
			continue
		}
		first := n.strengthOf(a, via, strength)
		if rest := n.strongest(via, b, passed, strength); lexical(rest, first) < 0 {
			first = rest
		}
		if lexical(first, best) > 0 {
			best = first
		}
	}
	return best
}

// byRelation ranks options: again and again those above whom nobody stands who is left.
func byRelation(options choices, above func(a, b voting.Choice) bool) []choices {
	var ranking []choices
	for left := slices.Clone(options); len(left) > 0; {
		var top choices
		for _, c := range left {
			if !slices.ContainsFunc(left, func(o voting.Choice) bool { return above(o, c) }) {
				top = append(top, c)
			}
		}
		ranking = append(ranking, top)
		left = slices.DeleteFunc(left, func(c voting.Choice) bool { return slices.Contains(top, c) })
	}
	return ranking
}

// byNumbers ranks options by falling numbers.
func byNumbers(options choices, numbers func(voting.Choice) []*big.Rat) []choices {
	return byRelation(options, func(a, b voting.Choice) bool { return lexical(numbers(a), numbers(b)) > 0 })
}

func (n compared) schulze() []choices {
	s := n.strength()
	return byRelation(n.q.Options, func(a, b voting.Choice) bool {
		return lexical(n.strongest(a, b, nil, s), n.strongest(b, a, nil, s)) > 0
	})
}

// leads says whether links lead from a to b.
func leads(links []link, a, b voting.Choice, passed choices) bool {
	for _, l := range links {
		if l.from == a && (l.to == b || !slices.Contains(passed, l.to) && leads(links, l.to, b, append(passed, l.to))) {
			return true
		}
	}
	return false
}

func (n compared) rankedPairs() []choices {
	strength := map[link][]*big.Rat{}
	var all []link
	for _, a := range n.q.Options {
		for _, b := range n.q.Options {
			won, lost := n.over(a, b), n.over(b, a)
			l := link{a, b}
			if won.Cmp(lost) <= 0 {
				continue
			}
			strength[l] = append(n.strengthOf(a, b, n.strength()), lost.Neg(lost))
			all = append(all, l)
		}
	}
	var locked []link
	for len(all) > 0 {
		top := slices.MaxFunc(all, func(x, y link) int { return lexical(strength[x], strength[y]) })
		var batch, rest []link
		for _, l := range all {
			if lexical(strength[l], strength[top]) == 0 {
				batch = append(batch, l)
			} else {
				rest = append(rest, l)
			}
		}
		with := slices.Concat(locked, batch)
		for _, l := range batch {
			if !leads(with, l.to, l.from, nil) {
				locked = append(locked, l)
			}
		}
		all = rest
	}
	return byRelation(n.q.Options, func(a, b voting.Choice) bool { return slices.Contains(locked, link{a, b}) })
}

func (n compared) minimax() []choices {
	return byNumbers(n.q.Options, func(c voting.Choice) []*big.Rat {
		var worst *big.Rat
		for _, o := range n.q.Options {
			if o == c {
				continue
			}
			bad := n.over(o, c)
			switch s := n.strength(); {
			case s == "margin":
				bad.Sub(bad, n.over(c, o))
			case s == "winning" && !n.beats(o, c):
				bad = new(big.Rat)
			}
			if worst == nil || bad.Cmp(worst) > 0 {
				worst = bad
			}
		}
		return []*big.Rat{worst.Neg(worst)}
	})
}

func (n compared) copelandScore(c voting.Choice) *big.Rat {
	score := new(big.Rat)
	for _, o := range n.q.Options {
		score.Add(score, big.NewRat(int64(n.over(c, o).Cmp(n.over(o, c))), 1))
	}
	return score
}

func (n compared) copeland() []choices {
	return byNumbers(n.q.Options, func(c voting.Choice) []*big.Rat {
		second := new(big.Rat)
		for _, o := range n.q.Options {
			if n.q.Settings["second-order"] == "yes" && n.beats(c, o) {
				second.Add(second, n.copelandScore(o))
			}
		}
		return []*big.Rat{n.copelandScore(c), second}
	})
}

// subsets gives all sets of options but the empty one, small ones first.
func subsets(options choices) []choices {
	var out []choices
	for set := 1; set < 1<<len(options); set++ {
		var s choices
		for i, c := range options {
			if set>>i&1 == 1 {
				s = append(s, c)
			}
		}
		out = append(out, s)
	}
	slices.SortStableFunc(out, func(a, b choices) int { return len(a) - len(b) })
	return out
}

// smith gives the smallest set of which everybody beats everybody outside.
func (n compared) smith(among choices) choices {
	for _, set := range subsets(among) {
		dominates := true
		for _, a := range set {
			for _, b := range among {
				dominates = dominates && (slices.Contains(set, b) || n.beats(a, b))
			}
		}
		if dominates {
			return set
		}
	}
	return nil
}

// schwartz gives everybody in a set that nobody outside beats anybody of, and that has no smaller such set inside.
func schwartz(among choices, beats func(a, b voting.Choice) bool) choices {
	var minimal []choices
	for _, set := range subsets(among) {
		unbeaten := true
		for _, a := range set {
			for _, b := range among {
				unbeaten = unbeaten && (slices.Contains(set, b) || !beats(b, a))
			}
		}
		inside := func(m choices) bool {
			return !slices.ContainsFunc(m, func(c voting.Choice) bool { return !slices.Contains(set, c) })
		}
		if unbeaten && !slices.ContainsFunc(minimal, inside) {
			minimal = append(minimal, set)
		}
	}
	var out choices
	for _, c := range among {
		if slices.ContainsFunc(minimal, func(m choices) bool { return slices.Contains(m, c) }) {
			out = append(out, c)
		}
	}
	return out
}

// ahead ranks some before the others.
func ahead(some, all choices) []choices {
	if rest := without(all, some); len(rest) > 0 && len(some) > 0 {
		return []choices{some, rest}
	}
	return []choices{all}
}

func (n compared) condorcetWinner() choices {
	for _, a := range n.q.Options {
		if !slices.ContainsFunc(n.q.Options, func(b voting.Choice) bool { return a != b && !n.beats(a, b) }) {
			return choices{a}
		}
	}
	return choices{}
}

func (n compared) condorcetLoser() choices {
	for _, a := range n.q.Options {
		if !slices.ContainsFunc(n.q.Options, func(b voting.Choice) bool { return a != b && !n.beats(b, a) }) {
			return choices{a}
		}
	}
	return choices{}
}

func (n compared) tiers() []choices {
	var out []choices
	for left := n.q.Options; len(left) > 0; left = without(left, out[len(out)-1]) {
		out = append(out, n.smith(left))
	}
	return out
}

// permutations gives all orders of some options.
func permutations(of choices) []choices {
	if len(of) == 0 {
		return []choices{{}}
	}
	var out []choices
	for _, c := range of {
		for _, rest := range permutations(without(of, choices{c})) {
			out = append(out, append(choices{c}, rest...))
		}
	}
	return out
}

// optimal gives all rankings with the most pairs on the ballots, and how many that is.
func (n compared) optimal() (best []choices, most *big.Rat) {
	for _, order := range permutations(n.q.Options) {
		score := new(big.Rat)
		for i, a := range order {
			for _, b := range order[i+1:] {
				score.Add(score, n.pair[link{a, b}])
			}
		}
		switch {
		case most == nil || score.Cmp(most) > 0:
			best, most = []choices{order}, score
		case score.Cmp(most) == 0:
			best = append(best, order)
		}
	}
	return best, most
}

func (n compared) kemeny() []choices {
	best, _ := n.optimal()
	var ranking []choices
	begun := 0
	for end := 1; end <= len(n.q.Options); end++ {
		begin := inOrder(best[0][:end])
		if !slices.ContainsFunc(best, func(o choices) bool { return !slices.Equal(inOrder(o[:end]), begin) }) {
			ranking = append(ranking, best[0][begun:end])
			begun = end
		}
	}
	return ranking
}

func inOrder(c choices) choices { return slices.Sorted(slices.Values(c)) }

// debian drops options against the default option, and then the weakest defeats inside the Schwartz set until none is left there.
func (n compared) debian() []choices {
	kept := slices.Clone(n.q.Options)
	if d := voting.Choice(n.q.Settings["default"]); d != "" {
		majority, _ := new(big.Rat).SetString(cmpOr(n.q.Settings["majority"], "1"))
		quorum, _ := new(big.Rat).SetString(cmpOr(n.q.Settings["quorum"], "0"))
		kept = slices.DeleteFunc(kept, func(c voting.Choice) bool {
			won, lost := n.over(c, d), n.over(d, c)
			return c != d && (won.Cmp(quorum) < 0 || won.Cmp(lost) <= 0 || won.Cmp(lost.Mul(lost, majority)) < 0)
		})
	}
	var defeats []link
	for _, a := range kept {
		for _, b := range kept {
			if n.beats(a, b) {
				defeats = append(defeats, link{a, b})
			}
		}
	}
	for {
		set := schwartz(kept, func(a, b voting.Choice) bool { return slices.Contains(defeats, link{a, b}) })
		var inside []link
		for _, l := range defeats {
			if slices.Contains(set, l.from) && slices.Contains(set, l.to) {
				inside = append(inside, l)
			}
		}
		if len(inside) == 0 {
			return []choices{set}
		}
		compare := func(x, y link) int {
			return lexical(n.strengthOf(x.from, x.to, "tuple"), n.strengthOf(y.from, y.to, "tuple"))
		}
		weakest := slices.MinFunc(inside, compare)
		defeats = slices.DeleteFunc(defeats, func(l link) bool {
			return slices.Contains(inside, l) && compare(l, weakest) == 0
		})
	}
}

func cmpOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// a ranked election has no seats to fill but one, and breaks no tie.
func rankedElection(m voting.Method) *rapid.Generator[election] {
	return rapid.Map(anyElection(m, voting.ShapeRanking), func(n election) election {
		n.q.Seats, n.ties = 0, nil
		return n
	})
}

// groupsOf gives a ranking with every group in the order of names.
func groupsOf(ranking []choices) []choices {
	out := make([]choices, len(ranking))
	for i, g := range ranking {
		out[i] = inOrder(g)
	}
	return out
}

func TestPairwiseAgainstNaive(t *testing.T) {
	t.Parallel()

	for m, definition := range map[voting.Method]func(compared) []choices{
		voting.Schulze: compared.schulze, voting.RankedPairs: compared.rankedPairs, voting.Minimax: compared.minimax,
		voting.Copeland: compared.copeland, voting.Kemeny: compared.kemeny, voting.Smith: compared.tiers,
		voting.Schwartz:        func(n compared) []choices { return ahead(schwartz(n.q.Options, n.beats), n.q.Options) },
		voting.CondorcetWinner: func(n compared) []choices { return ahead(n.condorcetWinner(), n.q.Options) },
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

	t.Run("the pairs and the sets", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := rankedElection(voting.CondorcetWinner).Draw(t, "election").compared()
			r := n.count(t, n.q, n.ballots)
			for i, a := range n.q.Options {
				for j, b := range n.q.Options {
					require.Zero(t, n.over(a, b).Cmp(r.Matrices[0].Cells[i][j].Rat()), "%s over %s", a, b)
				}
			}
			require.Equal(t, []voting.Set{
				{Name: "condorcet-winner", Choices: n.condorcetWinner()},
				{Name: "condorcet-loser", Choices: n.condorcetLoser()},
				{Name: "smith", Choices: n.smith(n.q.Options)},
				{Name: "schwartz", Choices: schwartz(n.q.Options, n.beats)},
			}, r.Sets)
			if n.expressed().Sign() > 0 {
				require.Equal(t, n.condorcetWinner(), r.Winners)
			}
		})
	})

	t.Run("all rankings that are optimal by Kemeny", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := rankedElection(voting.Kemeny).Draw(t, "election").compared()
			n.q.Settings["list"] = "120"
			r := n.count(t, n.q, n.ballots)
			best, score := n.optimal()
			require.Zero(t, score.Cmp(r.Figures[0].Number.Rat()))
			require.Zero(t, big.NewRat(int64(len(best)), 1).Cmp(r.Figures[1].Number.Rat()))
			require.Equal(t, best, r.Orders)
			var firsts choices
			for _, c := range n.q.Options {
				if slices.ContainsFunc(best, func(o choices) bool { return o[0] == c }) {
					firsts = append(firsts, c)
				}
			}
			if n.expressed().Sign() > 0 {
				require.Equal(t, firsts, r.Winners)
			}
		})
	})

	t.Run("who wins as Debian counts", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			n := rankedElection(voting.Debian).Draw(t, "election").compared()
			if rapid.Bool().Draw(t, "has a default option") {
				n.q.Settings["default"] = string(rapid.SampledFrom(n.q.Options).Draw(t, "default"))
				n.q.Settings["majority"] = rapid.SampledFrom([]string{"1", "2", "3/2"}).Draw(t, "majority")
			}
			r := n.count(t, n.q, n.ballots)
			require.Equal(t, inOrder(n.debian()[0]), inOrder(r.Ranking[0]))
		})
	})
}
