package voting_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// naiveLeaving counts irv, sequential-irv and bottoms-up with all their settings, as docs/methods/irv.md says: every paper is read anew in
// every round, and every round remembered.
type naiveLeaving struct {
	naiveIRV
	by      []voting.TieBreak
	history []map[voting.Choice]*big.Rat // of the pass
	out     []choices                    // who left in it
	elected []voting.Choice
	steps   []step
	acts    []voting.Round
}

func (n *naiveLeaving) list(name string) []voting.Choice {
	var out []voting.Choice
	for _, c := range strings.Split(n.set(name), ",") {
		if c != "" {
			out = append(out, voting.Choice(c))
		}
	}
	return out
}

func (n *naiveLeaving) votes() map[voting.Choice]*big.Rat { return n.history[len(n.history)-1] }

// round looks at what everybody has, and tells it.
func (n *naiveLeaving) round(in []voting.Choice, tell bool) (active *big.Rat) {
	tallies, active, s := n.look(in)
	n.history = append(n.history, tallies)
	if tell {
		n.steps = append(n.steps, s)
		n.acts = append(n.acts, voting.Round{Action: voting.ActionCount})
	}
	return active
}

func (n *naiveLeaving) act(action voting.Action, whom []voting.Choice) {
	last := &n.acts[len(n.acts)-1]
	last.Action, last.Choices = action, inOrder(whom)
	if action == voting.ActionElect {
		last.Elected = last.Choices
	}
}

// broken gives whom the tie-break puts first or last of some; "" when it does not say.
func (n *naiveLeaving) broken(tied []voting.Choice, last bool) voting.Choice {
	sign, order := 1, slices.Clone(n.order)
	if last {
		sign = -1
		slices.Reverse(order)
	}
	for _, by := range n.by {
		if by == voting.TiePrevious {
			for i := len(n.history) - 2; i >= 0; i-- {
				tied = extreme(tied, n.history[i], sign)
			}
		} else if len(without(tied, order)) == 0 {
			tied = []voting.Choice{first(order, tied)}
		}
	}
	if len(tied) == 1 {
		return tied[0]
	}
	return ""
}

// wins says whether more voices put one before another than the other way round.
func (n *naiveLeaving) wins(a, b voting.Choice) bool {
	balance := new(big.Rat)
	for _, p := range n.papers {
		place := func(c voting.Choice) int {
			return slices.IndexFunc(p.ranks, func(rank []voting.Choice) bool { return slices.Contains(rank, c) })
		}
		x, y := place(a), place(b)
		if n.set("unranked") == "ignored" && (x < 0 || y < 0) {
			continue
		}
		w := big.NewRat(int64(p.weight), int64(voting.Voice))
		switch {
		case x >= 0 && (y < 0 || x < y):
			balance.Add(balance, w)
		case y >= 0 && (x < 0 || y < x):
			balance.Sub(balance, w)
		}
	}
	return balance.Sign() > 0
}

// worst gives those of some tied whom the comparison in pairs puts last.
func (n *naiveLeaving) worst(tied []voting.Choice) []voting.Choice {
	won := func(c voting.Choice) (pairs, balance int) {
		for _, o := range n.q.Options {
			if n.wins(c, o) {
				pairs, balance = pairs+1, balance+1
			}
			if n.wins(o, c) {
				balance--
			}
		}
		return pairs, balance
	}
	var worst []voting.Choice
	for _, c := range tied {
		pairs, balance := won(c)
		better := false
		for _, o := range tied {
			p, b := won(o)
			better = better || n.wins(c, o) || balance > b || pairs > p
		}
		if !better {
			worst = append(worst, c)
		}
	}
	if len(worst) == 0 || len(worst) == len(tied) {
		return tied
	}
	return n.worst(worst)
}

// leavers gives who leaves; nobody: a tie. So many stay. Share, if any, is what each must exceed to stay for good.
func (n *naiveLeaving) leavers(in []voting.Choice, keep int, share *big.Rat) []voting.Choice {
	votes, minimum := n.votes(), big.NewRat(int64(n.number("minimum-vote-threshold")), 1)
	which := func(f func(c voting.Choice) bool) (out []voting.Choice) {
		for _, c := range in {
			if f(c) {
				out = append(out, c)
			}
		}
		return out
	}
	if gone := which(func(c voting.Choice) bool {
		return slices.Contains(n.list("undeclared-write-ins"), c) && votes[c].Sign() > 0
	}); gone != nil {
		return gone
	}
	if gone := which(func(c voting.Choice) bool { return votes[c].Cmp(minimum) < 0 }); gone != nil {
		return gone
	}
	sum := func(of []voting.Choice) *big.Rat {
		total := new(big.Rat)
		for _, c := range of {
			total.Add(total, votes[c])
		}
		return total
	}
	if n.set("batch-elimination") == "yes" {
		up := slices.Clone(in)
		slices.SortFunc(up, func(a, b voting.Choice) int { return votes[a].Cmp(votes[b]) })
		for k := len(up) - keep; k > 1; k-- {
			if sum(up[:k]).Cmp(votes[up[k]]) < 0 {
				return up[:k]
			}
		}
	}
	last := extreme(in, votes, -1)
	if len(last) == 1 {
		return last
	}
	tied := last
	if n.set("tied-last") == "pairwise" {
		if tied = n.worst(last); len(tied) < len(last) && (len(in)-len(tied) >= keep || len(tied) == 1) {
			return tied
		}
	}
	if c := n.broken(tied, true); c != "" {
		return []voting.Choice{c}
	}
	if len(in)-len(tied) < keep || len(tied) == len(in) {
		return nil
	}
	next := extreme(without(in, last), votes, -1)
	alike := len(next) > 0 && sum(last).Cmp(votes[next[0]]) < 0 && (share == nil || sum(last).Cmp(share) <= 0)
	if alike || n.set("tied-last") != "report" {
		return tied
	}
	return nil
}

// leave takes some out.
func (n *naiveLeaving) leave(in, leaving []voting.Choice) []voting.Choice {
	n.act(voting.ActionEliminate, leaving)
	groups := byNumbers(leaving, func(c voting.Choice) []*big.Rat { return []*big.Rat{n.votes()[c]} })
	slices.Reverse(groups)
	n.out = append(n.out, groups...)
	return without(in, leaving)
}

// ranking is of those elected one after the other, those level ahead, those in the count, and those who left.
func (n *naiveLeaving) ranking(in, ahead []voting.Choice) []choices {
	var out []choices
	for _, c := range n.elected {
		out = append(out, choices{c})
	}
	if len(ahead) > 0 {
		out = append(out, ahead)
	}
	if rest := without(without(in, n.elected), ahead); len(rest) > 0 {
		out = append(out, byNumbers(rest, func(c voting.Choice) []*big.Rat { return []*big.Rat{n.votes()[c]} })...)
	}
	for _, group := range slices.Backward(n.out) {
		if group = without(group, ahead); len(group) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// open gives those between whom a tie stands: some, or, where more seats are free than one, all for whom some paper could still count.
func (n *naiveLeaving) open(some []voting.Choice, seats int) (out []voting.Choice) {
	if seats-len(n.elected) < 2 {
		return some
	}
	for _, c := range without(n.q.Options, slices.Concat(n.elected, n.list("withdrawn"), n.list("undeclared-write-ins"))) {
		if slices.ContainsFunc(n.papers, func(p paper) bool {
			shows, _ := n.reads(p, []voting.Choice{c})
			return p.weight > 0 && shows == c
		}) {
			out = append(out, c)
		}
	}
	return out
}

// runOff fills seats by one pass each.
func (n *naiveLeaving) runOff(seats int) (winners []voting.Choice, ranking []choices) {
	rounds := n.number("stop-after-round")
	minimum := big.NewRat(int64(n.number("minimum-vote-threshold")), 1)
	writeIns := n.list("undeclared-write-ins")
	untilTwo, firstRound := n.set("continue-until-two") == "yes", n.set("first-round-threshold") == "yes"
	var goneForGood []voting.Choice
	for {
		in := without(n.q.Options, slices.Concat(n.list("withdrawn"), n.elected, goneForGood))
		n.history, n.out = nil, nil
		clear(n.ended)
		if len(goneForGood) > 0 {
			n.out = []choices{goneForGood}
		}
		var winner voting.Choice
		half := new(big.Rat)
		told := len(n.steps)
		if rounds == 0 {
			n.round(in, false)
			return n.elected, n.ranking(in, nil)
		}
		for pass := true; pass && (rounds > 0 || winner == ""); {
			if rounds == 0 {
				return n.elected, n.ranking(in, nil)
			}
			rounds--
			active := n.round(in, true)
			written := slices.ContainsFunc(writeIns, func(c voting.Choice) bool { return slices.Contains(in, c) && n.votes()[c].Sign() > 0 })
			if winner == "" {
				if len(n.steps) == told+1 || !firstRound {
					half.Quo(active, big.NewRat(2, 1))
				}
				if !written {
					if active.Sign() == 0 {
						return n.elected, n.ranking(in, nil)
					}
					best := extreme(in, n.votes(), 1)
					most := n.votes()[best[0]]
					two := len(in) == 2 && (firstRound || n.votes()[in[0]].Cmp(minimum) >= 0 && n.votes()[in[1]].Cmp(minimum) >= 0)
					if len(in) == 1 || two || most.Cmp(half) > 0 && most.Cmp(minimum) >= 0 {
						if rest := without(best, n.worst(best)); n.set("tied-last") == "pairwise" && len(rest) == 1 {
							best = rest
						}
						if winner = best[0]; len(best) > 1 {
							winner = n.broken(best, false)
						}
						if winner == "" {
							open := n.open(best, seats)
							return slices.Concat(n.elected, open), n.ranking(in, open)
						}
						n.act(voting.ActionElect, []voting.Choice{winner})
						pass = untilTwo && len(in) > 2
						continue
					}
				}
			}
			if winner != "" && len(in) <= 2 {
				break
			}
			keep := 1
			if winner != "" {
				keep = 2
			}
			leaving := n.leavers(in, keep, nil)
			if len(leaving) == 0 && winner != "" {
				break
			}
			if len(leaving) == 0 {
				open := n.open(in, seats)
				return slices.Concat(n.elected, open), n.ranking(in, open)
			}
			for _, c := range leaving {
				if slices.Contains(writeIns, c) {
					goneForGood = append(goneForGood, c)
				}
			}
			if in = n.leave(in, leaving); len(in) == 0 {
				return n.elected, n.ranking(in, nil)
			}
		}
		n.elected = append(n.elected, winner)
		if len(n.elected) == seats || rounds == 0 {
			return n.elected, n.ranking(in, nil)
		}
	}
}

// bottomsUp lets the last leave.
func (n *naiveLeaving) bottomsUp(seats int) (winners []voting.Choice, ranking []choices) {
	rounds, percentage := n.number("stop-after-round"), int64(n.number("percentage"))
	minimum := big.NewRat(int64(n.number("minimum-vote-threshold")), 1)
	in := without(n.q.Options, n.list("withdrawn"))
	for {
		if rounds == 0 {
			if n.history == nil {
				n.round(in, false)
			}
			return nil, n.ranking(in, nil)
		}
		rounds--
		active := n.round(in, true)
		if active.Sign() == 0 {
			return nil, n.ranking(in, nil)
		}
		var written bool
		for _, c := range n.list("undeclared-write-ins") {
			written = written || slices.Contains(in, c) && n.votes()[c].Sign() > 0
		}
		may, keep := without(in, n.list("undeclared-write-ins")), seats
		filled := len(may) <= seats
		var share *big.Rat
		if percentage > 0 {
			keep, filled = 1, true
			share = new(big.Rat).Mul(active, big.NewRat(percentage, 100))
			for _, c := range in {
				filled = filled && n.votes()[c].Cmp(share) > 0 && n.votes()[c].Cmp(minimum) >= 0
			}
		}
		if filled && !written {
			n.act(voting.ActionElect, may)
			return may, n.ranking(in, nil)
		}
		leaving := n.leavers(in, keep, share)
		if len(leaving) == 0 {
			return in, n.ranking(in, in)
		}
		if in = n.leave(in, leaving); len(in) == 0 {
			return nil, n.ranking(in, nil)
		}
	}
}

// Whoever leaves, in whatever way, and however many seats there are: one reading of every paper in every round says the same.
func TestLeavingAgainstNaive(t *testing.T) {
	t.Parallel()
	for _, method := range []voting.Method{voting.IRV, voting.SequentialIRV, voting.BottomsUp} {
		t.Run(string(method), func(t *testing.T) {
			t.Parallel()
			agree.Hold(t, func(t *rapid.T) {
				n := &naiveLeaving{naiveIRV: naiveIRV{q: voting.Question{Method: method, Settings: map[string]string{}}, ended: map[int]string{}}}
				n.q.Options = []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}[:rapid.IntRange(2, 5).Draw(t, "options")]
				seats := 1
				if method.FillsSeats() {
					seats = rapid.IntRange(1, len(n.q.Options)).Draw(t, "seats")
					n.q.Seats = seats
				}
				known := map[string]bool{}
				for _, s := range method.Settings() {
					known[s.Name] = true
				}
				some := string(rapid.SampledFrom(n.q.Options).Draw(t, "some"))
				other := string(rapid.SampledFrom(n.q.Options).Draw(t, "other"))
				for _, s := range [][]string{
					{"batch-elimination", "no", "yes"},
					{"continue-until-two", "no", "yes"},
					{"first-round-threshold", "no", "yes"},
					{"tied-last", "report", "together", "pairwise"},
					{"unranked", "last", "ignored"},
					{"overvote", "skip-to-next-rank", "exhaust-immediately", "exhaust-if-multiple-continuing"},
					{"max-skipped-ranks", "unlimited", "0"},
					{"exhaust-on-duplicate-candidate", "no", "yes"},
					{"minimum-vote-threshold", "0", "0", "0", "1", "2"},
					{"stop-after-round", "unlimited", "unlimited", "unlimited", "0", "1", "2", "3"},
					{"undeclared-write-ins", "", "", "", some},
					{"withdrawn", "", "", "", other},
					{"percentage", "0", "0", "10", "15", "30", "100"},
				} {
					if known[s[0]] {
						n.q.Settings[s[0]] = rapid.SampledFrom(s[1:]).Draw(t, s[0])
					}
				}
				var ties *voting.Ties
				if n.by = rapid.SampledFrom([][]voting.TieBreak{
					nil, {voting.TieOrder}, {voting.TiePrevious}, {voting.TiePrevious, voting.TieOrder},
				}).Draw(t, "ties"); n.by != nil {
					ties = &voting.Ties{By: n.by}
					if slices.Contains(n.by, voting.TieOrder) {
						n.order = rapid.Permutation(n.q.Options).Draw(t, "order")[:rapid.IntRange(2, len(n.q.Options)).Draw(t, "ordered")]
						ties.Order = n.order
					}
				}
				papers := aPaper(n.q.Options)
				if rapid.Bool().Draw(t, "tidy") {
					papers = aTidyPaper(n.q.Options)
				}
				n.papers = rapid.SliceOfN(papers, 1, 15).Draw(t, "papers")
				r, ok := countPapers(t, n.q, n.papers, ties)
				if !ok {
					return
				}
				var winners []voting.Choice
				var ranking []choices
				if method == voting.BottomsUp {
					winners, ranking = n.bottomsUp(seats)
				} else {
					winners, ranking = n.runOff(seats)
				}
				require.ElementsMatch(t, winners, r.Winners)
				require.Equal(t, groupsOf(ranking), groupsOf(r.Ranking))
				require.Len(t, r.Rounds, len(n.steps))
				for i, round := range r.Rounds {
					require.Equal(t, n.steps[i], shown(round), "round %d", i+1)
					require.Equal(t, n.acts[i].Action, round.Action, "round %d", i+1)
					require.ElementsMatch(t, n.acts[i].Choices, round.Choices, "round %d", i+1)
					require.ElementsMatch(t, n.acts[i].Elected, round.Elected, "round %d", i+1)
				}
			})
		})
	}
}

// aTidyPaper ranks some of the options, one a rank.
func aTidyPaper(options []voting.Choice) *rapid.Generator[paper] {
	return rapid.Custom(func(t *rapid.T) paper {
		p := paper{weight: aSmallWeight.Draw(t, "weight")}
		for _, c := range rapid.Permutation(options).Draw(t, "ranking")[:rapid.IntRange(0, len(options)).Draw(t, "named")] {
			p.ranks = append(p.ranks, []voting.Choice{c})
		}
		return p
	})
}

// countPapers counts papers. It says no where none names anybody, when nobody wins.
func countPapers(t *rapid.T, q voting.Question, papers []paper, ties *voting.Ties) (voting.Result, bool) {
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for _, x := range papers {
		require.NoError(t, p.AddMarks(x.marks(q.Options), voting.Votes{Seats: 1, Voices: x.weight}))
	}
	r, err := voting.CountBy(p, q, ties)
	require.NoError(t, err)
	if r.Expressed.Voices == 0 {
		require.Empty(t, r.Winners)
		return r, false
	}
	return r, true
}

// What reading every paper anew found wrong.
func TestLeavingFound(t *testing.T) {
	t.Parallel()
	type pile struct {
		voters int
		names  []voting.Choice
	}
	count := func(t *testing.T, m voting.Method, seats int, settings map[string]string, piles ...pile) voting.Result {
		t.Helper()
		p, err := voting.NewProfile(voting.Question{Method: m, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: seats, Settings: settings})
		require.NoError(t, err)
		for _, x := range piles {
			require.NoError(t, p.Add(voting.Rank(x.names...), voting.Weight(x.voters)*voting.Voice))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		return r
	}
	ana, ben, cleo := voting.Choice("ana"), voting.Choice("ben"), voting.Choice("cleo")

	t.Run("whoever is elected stays so when the count ends before two are left", func(t *testing.T) {
		t.Parallel()
		r := count(t, voting.IRV, 0, map[string]string{"continue-until-two": "yes", "stop-after-round": "1"}, pile{3, []voting.Choice{ana}}, pile{1, []voting.Choice{ben}})
		require.Equal(t, []voting.Choice{ana}, r.Winners)
	})
	t.Run("going on until two are left changes no winner", func(t *testing.T) {
		t.Parallel()
		for _, untilTwo := range []string{"no", "yes"} {
			r := count(t, voting.IRV, 0, map[string]string{"continue-until-two": untilTwo, "tied-last": "together"},
				pile{4, []voting.Choice{ana}}, pile{3, []voting.Choice{ben}}, pile{3, []voting.Choice{cleo}})
			require.Equal(t, []voting.Choice{ana}, r.Winners, untilTwo)
		}
	})
	t.Run("two who are last, and one of them could yet have the share", func(t *testing.T) {
		t.Parallel()
		r := count(t, voting.BottomsUp, 0, map[string]string{"percentage": "15"},
			pile{30, []voting.Choice{ana}}, pile{6, []voting.Choice{ben, cleo}}, pile{6, []voting.Choice{cleo, ben}})
		require.Len(t, r.Rounds, 1)
		require.Equal(t, &voting.Broken{Choices: []voting.Choice{ben, cleo}}, r.Rounds[0].Broken)
	})
	t.Run("everybody has withdrawn", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.IRV, voting.SequentialIRV, voting.BottomsUp} {
			require.Empty(t, count(t, m, 0, map[string]string{"withdrawn": "ana,ben,cleo"}, pile{1, []voting.Choice{ana}}).Winners)
		}
	})
	t.Run("names that were written in are not elected, whatever seats are free", func(t *testing.T) {
		t.Parallel()
		r := count(t, voting.BottomsUp, 3, map[string]string{"undeclared-write-ins": "cleo"}, pile{1, []voting.Choice{ana}})
		require.ElementsMatch(t, []voting.Choice{ana, ben}, r.Winners)
	})
	t.Run("a tie for the first of two seats leaves the second open to those who had left", func(t *testing.T) {
		t.Parallel()
		r := count(t, voting.SequentialIRV, 2, nil, pile{4, []voting.Choice{ana, cleo}}, pile{4, []voting.Choice{ben, cleo}}, pile{1, []voting.Choice{cleo}})
		require.Equal(t, &voting.Broken{Choices: []voting.Choice{ana, ben}}, r.Rounds[1].Broken)
		require.Equal(t, []voting.Choice{ana, ben, cleo}, r.Winners, "if either wins the first seat, cleo wins the second")
		require.Equal(t, [][]voting.Choice{{ana, ben, cleo}}, r.Ranking)

		r = count(t, voting.SequentialIRV, 2, nil, pile{4, []voting.Choice{ana}}, pile{4, []voting.Choice{ben}})
		require.Equal(t, []voting.Choice{ana, ben}, r.Winners, "nobody else is on a ballot: both win, in whatever order")
	})
	t.Run("a comparison in pairs leaves nobody's seat empty", func(t *testing.T) {
		t.Parallel()
		r := count(t, voting.BottomsUp, 2, map[string]string{"tied-last": "pairwise"},
			pile{1, []voting.Choice{ana}}, pile{1, []voting.Choice{ben, ana}}, pile{1, []voting.Choice{cleo, ana}})
		require.Len(t, r.Winners, 3, "ben and cleo remain tied for the seat beside ana")
	})
}
