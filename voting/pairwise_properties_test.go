package voting_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

func TestPairwiseProperties(t *testing.T) {
	t.Parallel()

	each := func(t *testing.T, holds func(*rapid.T, election), methods ...voting.Method) {
		t.Helper()
		for _, m := range methods {
			t.Run(string(m), func(t *testing.T) {
				t.Parallel()
				agree.Hold(t, func(t *rapid.T) { holds(t, rankedElection(m).Draw(t, "election")) })
			})
		}
	}

	t.Run("the Condorcet winner wins", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *rapid.T, n election) {
			if n.q.Settings["strength"] == "opposition" { // which does not look at who wins
				delete(n.q.Settings, "strength")
			}
			if winner := n.compared().condorcetWinner(); len(winner) > 0 {
				require.Equal(t, winner, n.count(t, n.q, n.ballots).Winners)
			}
		}, "schulze", "ranked-pairs", "minimax", "copeland", "kemeny", "nanson", "baldwin", "smith", "schwartz", "condorcet-winner", "debian")
	})

	t.Run("whoever wins is in the Smith set", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *rapid.T, n election) {
			require.Subset(t, n.compared().smith(n.q.Options), n.count(t, n.q, n.ballots).Winners)
		}, "schulze", "ranked-pairs", "copeland", "kemeny", "nanson", "baldwin", "schwartz", "debian")
	})

	t.Run("who wins still wins when a ballot puts them on top", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *rapid.T, n election) {
			delete(n.q.Settings, "unopposed") // plus-one is not monotone with parts of voices
			delete(n.q.Settings, "second-order")
			before := n.count(t, n.q, n.ballots).Winners
			if len(before) != 1 {
				return
			}
			at := rapid.IntRange(0, len(n.ballots)-1).Draw(t, "ballot")
			b, ranking := n.ballots[at].Ballot.(voting.Ranking)
			if !ranking || !ranks(b) {
				return
			}
			raised := voting.Ranking{before}
			for _, level := range b {
				if level = without(level, before); len(level) > 0 {
					raised = append(raised, level)
				}
			}
			n.ballots[at].Ballot = raised
			require.Equal(t, before, n.count(t, n.q, n.ballots).Winners)
		}, "schulze", "ranked-pairs", "minimax", "copeland", "kemeny", "borda", "dowdall", "bucklin", "smith")
	})

	t.Run("a second option of the same kind changes nothing", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *rapid.T, n election) {
			if n.q.Method == voting.RankedPairs && !n.compared().distinct() {
				return
			}
			c := rapid.SampledFrom(n.q.Options).Draw(t, "cloned")
			before := n.count(t, n.q, n.ballots).Winners
			with := n.cloned(t, c)
			after := with.count(t, with.q, with.ballots).Winners
			kind := choices{c, "twin"}
			require.Equal(t, inOrder(without(before, kind)), inOrder(without(after, kind)))
			require.Equal(t, slices.Contains(before, c), len(without(after, kind)) < len(after))
		}, "schulze", "ranked-pairs")
	})
}

// distinct says whether no pair is level, and no two defeats are equally strong.
func (n compared) distinct() bool {
	var seen [][]string
	for i, a := range n.q.Options {
		for _, b := range n.q.Options[i+1:] {
			if !n.beats(a, b) {
				a, b = b, a
			}
			var s []string
			for _, x := range append(n.strengthOf(a, b, n.strength()), n.over(b, a)) {
				s = append(s, x.String())
			}
			if !n.beats(a, b) || slices.ContainsFunc(seen, func(o []string) bool { return slices.Equal(o, s) }) {
				return false
			}
			seen = append(seen, s)
		}
	}
	return true
}

// cloned gives the election with a twin of an option, which stands beside it on every ballot: above it, below it or level.
func (n election) cloned(t *rapid.T, c voting.Choice) election {
	out := n
	out.q.Options = append(slices.Clone(n.q.Options), "twin")
	out.q.Settings = maps.Clone(n.q.Settings)
	out.ballots = nil
	for _, m := range n.ballots {
		if b, ok := m.Ballot.(voting.Ranking); ok {
			twins := voting.Ranking{}
			for _, level := range b {
				if !slices.Contains(level, c) {
					twins = append(twins, level)
					continue
				}
				switch rest := without(level, choices{c}); {
				case len(rest) > 0:
					twins = append(twins, append(slices.Clone(level), "twin"))
				default:
					beside := []voting.Ranking{{{c}, {"twin"}}, {{"twin"}, {c}}, {{c, "twin"}}}
					twins = append(twins, rapid.SampledFrom(beside).Draw(t, "twin")...)
				}
			}
			m.Ballot = twins
		}
		out.ballots = append(out.ballots, m)
	}
	return out
}
