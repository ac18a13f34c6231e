package voting_test

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// paper is a ballot as it lies on the table: at every rank the options marked there, or the one word "?" where nobody knows which.
type paper struct {
	ranks  [][]voting.Choice
	weight voting.Weight
}

const illegible voting.Choice = "?"

// marks writes a paper as the library wants it.
func (p paper) marks(options []voting.Choice) (row []voting.Mark) {
	var named []voting.Choice
	for _, rank := range p.ranks {
		switch {
		case len(rank) == 0:
			row = append(row, voting.SkippedRank)
		case rank[0] == illegible:
			row = append(row, voting.Overvoted)
		}
		for i, c := range rank {
			if c == illegible {
				continue
			}
			m := voting.Mark(slices.Index(options, c))
			if i > 0 {
				m |= voting.Level
			}
			if slices.Contains(named, c) {
				m |= voting.Again
			}
			row = append(row, m)
		}
		named = append(named, rank...)
	}
	return row
}

// naiveIRV reads every paper from its first rank again in every round, and counts in fractions.
type naiveIRV struct {
	q      voting.Question
	order  []voting.Choice // breaks ties; nil: nothing does
	papers []paper
	ended  map[int]string // papers that have ended, and why: for good
}

func (n naiveIRV) set(name string) string {
	if v, ok := n.q.Settings[name]; ok {
		return v
	}
	for _, s := range n.q.Method.Settings() {
		if s.Name == name {
			return s.Default
		}
	}
	return ""
}

func (n naiveIRV) number(name string) int {
	if v, err := strconv.Atoi(n.set(name)); err == nil {
		return v
	}
	return 1 << 30
}

// reads gives for whom a paper counts, and, for nobody, why.
func (n naiveIRV) reads(p paper, in []voting.Choice) (voting.Choice, string) {
	ranks := p.ranks[:min(len(p.ranks), n.number("max-rankings"))]
	var seen []voting.Choice
	empty := 0
	for _, rank := range ranks {
		if len(rank) == 0 {
			empty++
			continue
		}
		if empty > n.number("max-skipped-ranks") {
			return "", "skipped-ranks"
		}
		empty = 0
		for _, c := range rank {
			if c != illegible && slices.Contains(seen, c) && n.set("exhaust-on-duplicate-candidate") == "yes" {
				return "", "duplicate-candidates"
			}
		}
		seen = append(seen, rank...)
		var there []voting.Choice
		for _, c := range rank {
			if slices.Contains(in, c) {
				there = append(there, c)
			}
		}
		several := len(rank) > 1 || rank[0] == illegible
		switch rule := n.set("overvote"); {
		case several && rule == "skip-to-next-rank":
		case several && rule == "exhaust-immediately", rank[0] == illegible, len(there) > 1:
			return "", "overvotes"
		case len(there) == 1:
			return there[0], ""
		}
	}
	return "", ""
}

// step is what a round must show.
type step struct {
	tallies   map[voting.Choice]string
	exhausted string
	why       map[string]string
}

func (n naiveIRV) look(in []voting.Choice) (map[voting.Choice]*big.Rat, *big.Rat, step) {
	tallies, active, lost := map[voting.Choice]*big.Rat{}, new(big.Rat), new(big.Rat)
	why := map[string]*big.Rat{}
	for _, c := range in {
		tallies[c] = new(big.Rat)
	}
	for i, p := range n.papers {
		w := big.NewRat(int64(p.weight), int64(voting.Voice))
		if len(slices.Concat(p.ranks...)) == 0 || w.Sign() == 0 {
			continue
		}
		reason, ended := n.ended[i]
		var c voting.Choice
		if !ended {
			c, reason = n.reads(p, in)
		}
		if c != "" {
			tallies[c].Add(tallies[c], w)
			active.Add(active, w)
			continue
		}
		n.ended[i] = reason
		lost.Add(lost, w)
		if reason != "" {
			if why[reason] == nil {
				why[reason] = new(big.Rat)
			}
			why[reason].Add(why[reason], w)
		}
	}
	s := step{tallies: map[voting.Choice]string{}, exhausted: lost.RatString(), why: map[string]string{}}
	for c, t := range tallies {
		s.tallies[c] = t.RatString()
	}
	for name, t := range why {
		s.why[name] = t.RatString()
	}
	return tallies, active, s
}

// winners eliminates one at a time until one has more than half of what is left. Nil is a tie.
func (n naiveIRV) winners() ([]voting.Choice, []step) {
	in := slices.Clone(n.q.Options)
	minimum := big.NewRat(int64(n.number("minimum-vote-threshold")), 1)
	half := new(big.Rat)
	var steps []step
	for round := 1; ; round++ {
		tallies, active, s := n.look(in)
		steps = append(steps, s)
		if active.Sign() == 0 {
			return []voting.Choice{}, steps
		}
		if round == 1 || n.set("first-round-threshold") == "no" {
			half.Quo(active, big.NewRat(2, 1))
		}
		best := extreme(in, tallies, 1)
		top := tallies[best[0]]
		enough := top.Cmp(half) > 0 && top.Cmp(minimum) >= 0
		two := len(in) == 2 && (n.set("first-round-threshold") == "yes" ||
			tallies[in[0]].Cmp(minimum) >= 0 && tallies[in[1]].Cmp(minimum) >= 0)
		if enough || two || len(in) == 1 {
			if len(best) > 1 && n.order != nil {
				best = []voting.Choice{first(n.order, best)}
			}
			return best, steps
		}
		var gone []voting.Choice
		for _, c := range in {
			if tallies[c].Cmp(minimum) < 0 {
				gone = append(gone, c)
			}
		}
		if len(gone) == 0 {
			gone = extreme(in, tallies, -1)
			if len(gone) > 1 && n.order != nil {
				back := slices.Clone(n.order)
				slices.Reverse(back)
				gone = []voting.Choice{first(back, gone)}
			}
			if len(gone) > 1 {
				sum := new(big.Rat)
				for _, c := range gone {
					sum.Add(sum, tallies[c])
				}
				rest := without(in, gone)
				if len(rest) == 0 || sum.Cmp(tallies[extreme(rest, tallies, -1)[0]]) >= 0 {
					return in, steps
				}
			}
		}
		if in = without(in, gone); len(in) == 0 {
			return []voting.Choice{}, steps
		}
	}
}

func extreme(of []voting.Choice, tallies map[voting.Choice]*big.Rat, sign int) (out []voting.Choice) {
	for _, c := range of {
		switch {
		case len(out) == 0 || sign*tallies[c].Cmp(tallies[out[0]]) > 0:
			out = []voting.Choice{c}
		case tallies[c].Cmp(tallies[out[0]]) == 0:
			out = append(out, c)
		}
	}
	return out
}

func first(order, of []voting.Choice) voting.Choice {
	for _, c := range order {
		if slices.Contains(of, c) {
			return c
		}
	}
	return ""
}

func without(all, gone []voting.Choice) (out []voting.Choice) {
	for _, c := range all {
		if !slices.Contains(gone, c) {
			out = append(out, c)
		}
	}
	return out
}

// aPaper is any ballot paper: several marks at a rank, names that come again, ranks left empty, marks that nobody can read.
func aPaper(options []voting.Choice) *rapid.Generator[paper] {
	return rapid.Custom(func(t *rapid.T) paper {
		var p paper
		for range rapid.IntRange(0, 5).Draw(t, "ranks") {
			switch rapid.IntRange(0, 9).Draw(t, "rank") {
			case 0, 1:
				p.ranks = append(p.ranks, nil)
			case 2:
				p.ranks = append(p.ranks, []voting.Choice{illegible})
			case 3, 4:
				p.ranks = append(p.ranks, rapid.Permutation(options).Draw(t, "several")[:2])
			default:
				p.ranks = append(p.ranks, []voting.Choice{rapid.SampledFrom(options).Draw(t, "one")})
			}
		}
		p.weight = aSmallWeight.Draw(t, "weight")
		return p
	})
}

// The piles that move count what reading every paper anew in every round counts, however the papers are to be read.
func TestPapersAgainstNaive(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		n := naiveIRV{q: voting.Question{Method: voting.IRV, Settings: map[string]string{}}, ended: map[int]string{}}
		n.q.Options = []voting.Choice{"ana", "ben", "cleo", "dora", "emil"}[:rapid.IntRange(2, 5).Draw(t, "options")]
		for _, s := range [][]string{
			{"overvote", "skip-to-next-rank", "exhaust-immediately", "exhaust-if-multiple-continuing"},
			{"max-skipped-ranks", "unlimited", "0", "1"},
			{"max-rankings", "unlimited", "3", "1"},
			{"exhaust-on-duplicate-candidate", "no", "yes"},
			{"minimum-vote-threshold", "0", "1", "2"},
			{"first-round-threshold", "no", "yes"},
		} {
			n.q.Settings[s[0]] = rapid.SampledFrom(s[1:]).Draw(t, s[0])
		}
		var ties *voting.Ties
		if rapid.Bool().Draw(t, "ties") {
			n.order = rapid.Permutation(n.q.Options).Draw(t, "order")
			ties = &voting.Ties{By: []voting.TieBreak{voting.TieOrder}, Order: n.order}
		}
		n.papers = rapid.SliceOfN(aPaper(n.q.Options), 1, 15).Draw(t, "papers")
		p, err := voting.NewProfile(n.q)
		require.NoError(t, err)
		named := voting.Weight(0)
		for _, x := range n.papers {
			require.NoError(t, p.AddMarks(x.marks(n.q.Options), voting.Votes{Seats: 1, Voices: x.weight}))
			if len(slices.DeleteFunc(slices.Concat(x.ranks...), func(c voting.Choice) bool { return c == illegible })) > 0 {
				named += x.weight
			}
		}
		r, err := voting.CountBy(p, n.q, ties)
		require.NoError(t, err)
		require.Equal(t, named, r.Expressed.Voices, "papers that name somebody")
		if named == 0 {
			require.Empty(t, r.Winners)
			return
		}
		winners, steps := n.winners()
		require.ElementsMatch(t, winners, r.Winners)
		require.Len(t, r.Rounds, len(steps))
		for i, round := range r.Rounds {
			require.Equal(t, steps[i], shown(round), "round %d", i+1)
		}
	})
}

// shown gives a round as the naive count tells it.
func shown(r voting.Round) step {
	s := step{tallies: map[voting.Choice]string{}, exhausted: "0", why: map[string]string{}}
	for _, x := range r.Tallies {
		s.tallies[x.Choice] = x.Number.Rat().RatString()
	}
	if r.Exhausted != "" {
		s.exhausted = r.Exhausted.Rat().RatString()
	}
	for _, f := range r.Figures {
		s.why[f.Name] = f.Number.Rat().RatString()
	}
	return s
}
