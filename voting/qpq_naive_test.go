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

// quotientStep is what a round by quotients must show.
type quotientStep struct {
	votes, ratios map[voting.Choice]string
	quota         string
	idle          string
	elected       []voting.Choice
	left          []voting.Choice
}

// byQuotients counts by QPQ, straight from docs/methods/stv.md: after every exclusion every paper is whole again.
func (n naiveIRV) byQuotients(by []voting.TieBreak, seats int) (winners []voting.Choice, ranking []choices, rounds []quotientStep) {
	one := big.NewRat(1, 1)
	hopeful := slices.Clone(n.q.Options)
	var gone, elections []choices
	var history []map[voting.Choice]*big.Rat
	spent, with := map[int]*big.Rat{}, map[int]voting.Choice{}
	votes := map[voting.Choice]*big.Rat{} // of the elected: what they were elected with
	begin := func() {
		elections = nil
		clear(n.ended)
		clear(with)
		hopeful = without(n.q.Options, slices.Concat(gone...))
		for i := range n.papers {
			spent[i] = new(big.Rat)
		}
	}
	begin()
	conclude := func() ([]voting.Choice, []choices, []quotientStep) {
		ranking := slices.Clone(elections)
		if len(hopeful) > 0 {
			ranking = append(ranking, byNumbers(hopeful, func(c voting.Choice) []*big.Rat { return []*big.Rat{votes[c]} })...)
		}
		back := slices.Clone(gone)
		slices.Reverse(back)
		return slices.Concat(elections...), append(ranking, back...), rounds
	}
	fill := func() (rest []voting.Choice) {
		rest = hopeful
		if len(rest) > 0 {
			elections = append(elections, byNumbers(rest, func(c voting.Choice) []*big.Rat { return []*big.Rat{votes[c]} })...)
		}
		hopeful = nil
		return rest
	}
	for {
		used, idle, idleSpent, total := map[voting.Choice]*big.Rat{}, new(big.Rat), new(big.Rat), new(big.Rat)
		for _, c := range hopeful {
			votes[c], used[c] = new(big.Rat), new(big.Rat)
		}
		for i, p := range n.papers {
			w := big.NewRat(int64(p.weight), int64(voting.Voice))
			if len(slices.Concat(p.ranks...)) == 0 {
				continue
			}
			if _, ended := n.ended[i]; !ended && !slices.Contains(hopeful, with[i]) {
				c, why := n.reads(p, hopeful)
				if with[i] = c; c == "" {
					n.ended[i] = why
				}
			}
			total.Add(total, w)
			if with[i] == "" {
				idle.Add(idle, w)
				idleSpent.Add(idleSpent, new(big.Rat).Mul(w, spent[i]))
				continue
			}
			votes[with[i]].Add(votes[with[i]], w)
			used[with[i]].Add(used[with[i]], new(big.Rat).Mul(w, spent[i]))
		}
		s := quotientStep{votes: map[voting.Choice]string{}, ratios: map[voting.Choice]string{}, quota: "0", idle: "0"}
		stage := map[voting.Choice]*big.Rat{}
		for _, c := range without(n.q.Options, slices.Concat(gone...)) {
			s.votes[c] = votes[c].RatString()
		}
		for c, v := range votes {
			stage[c] = v
		}
		history = append(history, stage)
		free := seats - len(slices.Concat(elections...))
		if len(hopeful) <= free {
			s.elected = fill()
			rounds = append(rounds, s)
			return conclude()
		}
		quota := new(big.Rat).Sub(big.NewRat(int64(seats+1), 1), idleSpent)
		quota.Quo(new(big.Rat).Sub(total, idle), quota)
		s.quota, s.idle = quota.RatString(), idle.RatString()
		quotients := map[voting.Choice]*big.Rat{}
		for _, c := range hopeful {
			quotients[c] = new(big.Rat).Quo(votes[c], new(big.Rat).Add(one, used[c]))
			s.ratios[c] = quotients[c].RatString()
		}
		best, last := extreme(hopeful, quotients, 1), extreme(hopeful, quotients, -1)
		broken := func(tied []voting.Choice, sign int) []voting.Choice {
			order := slices.Clone(n.order)
			if sign < 0 {
				slices.Reverse(order)
			}
			left := tied
			for _, how := range by {
				if how == voting.TiePrevious {
					for _, had := range slices.Backward(history) {
						left = extreme(left, had, sign)
					}
				} else {
					left = []voting.Choice{first(order, left)}
				}
			}
			if len(left) > 1 {
				return tied
			}
			return left
		}
		tie := func() ([]voting.Choice, []choices, []quotientStep) {
			rounds = append(rounds, s)
			open := hopeful
			elections = append(elections, open)
			hopeful = nil
			return conclude()
		}
		if quotients[best[0]].Cmp(quota) > 0 {
			best = broken(best, 1)
			if len(best) > free {
				return tie()
			}
			s.elected = best
			elections = append(elections, best)
			hopeful = without(hopeful, best)
			for i := range n.papers {
				if with[i] != "" && slices.Contains(best, with[i]) {
					spent[i] = new(big.Rat).Inv(quotients[best[0]])
				}
			}
			if len(hopeful) <= free-len(best) || free == len(best) {
				if free > len(best) {
					s.elected = slices.Concat(s.elected, fill())
				}
				rounds = append(rounds, s)
				return conclude()
			}
			rounds = append(rounds, s)
			continue
		}
		if last = broken(last, -1); len(last) > 1 && (votes[last[0]].Sign() > 0 || len(last) > len(hopeful)-free) {
			return tie()
		}
		s.left = last
		gone = append(gone, last)
		hopeful = without(hopeful, last)
		if len(hopeful) == free {
			s.elected = fill()
			rounds = append(rounds, s)
			return conclude()
		}
		rounds = append(rounds, s)
		begin()
	}
}

// Papers that lie in stacks and move count what papers looked at one by one do.
func TestQuotientsAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		n := naiveIRV{q: voting.Question{Method: voting.QPQ, Settings: map[string]string{}}, ended: map[int]string{}}
		n.q.Options = []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}[:rapid.IntRange(2, 5).Draw(t, "options")]
		n.q.Seats = rapid.IntRange(1, len(n.q.Options)).Draw(t, "seats")
		papers := aTidyPaper(n.q.Options)
		if rapid.Bool().Draw(t, "untidy") {
			papers = aPaper(n.q.Options)
			for _, s := range [][]string{
				{"overvote", "skip-to-next-rank", "exhaust-immediately", "exhaust-if-multiple-continuing"},
				{"max-skipped-ranks", "unlimited", "0", "1"},
				{"max-rankings", "unlimited", "3", "1"},
				{"exhaust-on-duplicate-candidate", "no", "yes"},
			} {
				n.q.Settings[s[0]] = rapid.SampledFrom(s[1:]).Draw(t, s[0])
			}
		}
		var ties *voting.Ties
		by := rapid.SampledFrom([][]voting.TieBreak{
			nil, {voting.TieOrder}, {voting.TiePrevious}, {voting.TiePrevious, voting.TieOrder},
		}).Draw(t, "ties")
		if by != nil {
			ties = &voting.Ties{By: by}
			if slices.Contains(by, voting.TieOrder) {
				n.order = rapid.Permutation(n.q.Options).Draw(t, "order")
				ties.Order = n.order
			}
		}
		n.papers = rapid.SliceOfN(papers, 1, 15).Draw(t, "papers")
		r, ok := countPapers(t, n.q, n.papers, ties)
		if !ok {
			return
		}
		winners, ranking, rounds := n.byQuotients(by, n.q.Seats)
		numbers := func(scores []voting.Score) map[voting.Choice]string {
			out := map[voting.Choice]string{}
			for _, s := range scores {
				out[s.Choice] = s.Number.Rat().RatString()
			}
			return out
		}
		number := func(x voting.Number) string {
			if x == "" {
				return "0"
			}
			return x.Rat().RatString()
		}
		require.Len(t, r.Rounds, len(rounds))
		for i, round := range r.Rounds {
			want := rounds[i]
			require.Equal(t, want.votes, numbers(round.Tallies), "votes in round %d", i+1)
			require.Equal(t, want.ratios, numbers(round.Ratios), "quotients in round %d", i+1)
			require.Equal(t, want.quota, number(round.Quota), "the quota of round %d", i+1)
			require.Equal(t, want.idle, number(round.Exhausted), "round %d", i+1)
			require.ElementsMatch(t, want.elected, round.Elected, "round %d", i+1)
			if want.left != nil {
				require.Equal(t, voting.ActionEliminate, round.Action)
				require.ElementsMatch(t, want.left, round.Choices, "round %d", i+1)
			}
		}
		require.ElementsMatch(t, winners, r.Winners)
		require.Equal(t, groupsOf(ranking), groupsOf(r.Ranking))
	})
}

// What looking at papers one by one found wrong.
func TestQuotientsFound(t *testing.T) {
	t.Parallel()
	t.Run("papers that nobody can read are no part of the quota", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.QPQ, Options: []voting.Choice{"ana", "ben"}, Settings: map[string]string{"overvote": "exhaust-immediately"}}
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, row := range [][]voting.Mark{{voting.Overvoted}, {0}} {
			require.NoError(t, p.AddMarks(row, voting.Votes{Seats: 1, Voices: voting.Voice}))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, voting.Number("0.5"), r.Rounds[0].Quota)
	})
	t.Run("equals for whom there are seats are elected together", func(t *testing.T) {
		t.Parallel()
		p, err := voting.NewProfile(voting.Question{Method: voting.QPQ, Options: []voting.Choice{"ana", "ben", "cleo"}, Seats: 2})
		require.NoError(t, err)
		for c, voters := range map[voting.Choice]voting.Weight{"ana": 3, "ben": 3, "cleo": 1} {
			require.NoError(t, p.Add(voting.Rank(c), voters*voting.Voice))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, []voting.Choice{"ana", "ben"}, r.Winners)
	})
}
