package committee_test

import (
	"math/big"
	"testing"

	"github.com/communecter/coopspace/voting/internal/committee"
	"github.com/stretchr/testify/require"
)

// The example of docs/methods/approval-committees.md, which the pages of all rules share: twelve members fill three seats.
const (
	a = iota
	b
	c
	d
	e
	f
)

var twelve = committee.Profile{Candidates: 6, Groups: []committee.Group{
	{Approved: []int{a, b, c}, Weight: 5},
	{Approved: []int{a, b}, Weight: 1},
	{Approved: []int{a, d}, Weight: 1},
	{Approved: []int{d, e}, Weight: 2},
	{Approved: []int{e}, Weight: 2},
	{Approved: []int{f}, Weight: 1},
}}

func texts(numbers []*big.Rat) []string {
	var all []string
	for _, n := range numbers {
		if n == nil {
			all = append(all, "")
			continue
		}
		all = append(all, n.RatString())
	}
	return all
}

// rounds gives who was elected, or who left, in order.
func rounds(out committee.Outcome) (who []int) {
	for _, r := range out.Rounds {
		who = append(who, max(r.Elected, r.Removed))
	}
	return who
}

// scores gives what each candidate had in a round, the first being round 1.
func scores(out committee.Outcome, round int) []string { return texts(out.Rounds[round-1].Scores) }

// TestPublishedExamples asserts the worked examples of docs/methods.
func TestPublishedExamples(t *testing.T) {
	t.Parallel()
	count := func(t *testing.T, r committee.Rule) committee.Outcome {
		return elect(t, twelve, r, 3, committee.Options{})
	}

	t.Run("approval-committees.md", func(t *testing.T) {
		t.Parallel()
		for r, want := range map[committee.Rule][][]int{
			committee.AV:                   {{a, b, c}},
			committee.SAV:                  {{a, b, e}},
			committee.PAV:                  {{a, b, e}},
			committee.SeqPAV:               {{a, b, e}},
			committee.RevSeqPAV:            {{a, b, e}},
			committee.SLAV:                 {{a, b, e}},
			committee.SeqSLAV:              {{a, b, e}},
			committee.Geom:                 {{a, b, e}},
			committee.CC:                   {{a, e, f}},
			committee.LexCC:                {{a, e, f}},
			committee.SeqCC:                {{a, e, f}},
			committee.Adams:                {{a, e, f}},
			committee.EPH:                  {{a, b, e}},
			committee.SeqPhragmen:          {{a, b, e}},
			committee.MinimaxPhragmen:      {{a, b, e}, {a, c, e}},
			committee.LexPhragmen:          {{a, b, e}, {a, c, e}},
			committee.MaximinSupport:       {{a, b, e}, {a, c, e}},
			committee.Enestroem:            {{a, b, e}},
			committee.Consensus:            {{a, b, e}},
			committee.EqualShares:          {{a, b, e}},
			committee.EqualSharesAV:        {{a, b, e}},
			committee.EqualSharesIncrement: {{a, b, e}},
			committee.Monroe:               {{a, b, e}, {a, c, e}},
			committee.GreedyMonroe:         {{a, b, e}, {a, c, e}},
			committee.LexMinimaxAV:         {{a, b, e}},
		} {
			require.Equal(t, want, count(t, r).Committees, r)
		}
		out := count(t, committee.AV)
		require.Equal(t, []string{"7", "6", "5", "3", "4", "1"}, texts(out.Scores))
		require.Equal(t, []int64{5, 1, 1, 5}, out.Represented)
		out = count(t, committee.SAV)
		require.Equal(t, []string{"8/3", "13/6", "5/3", "3/2", "3", "1"}, texts(out.Scores))
		require.Equal(t, []int64{1, 5, 6, 0}, out.Represented)
		require.Equal(t, "13", count(t, committee.SLAV).Value[0].RatString())
		require.Equal(t, "7", count(t, committee.Geom).Value[0].RatString())
		// E Pluribus Hugo: f meets d and leaves, then d meets c and leaves, then c meets b and leaves.
		out = count(t, committee.EPH)
		require.Equal(t, []int{f, d, c}, rounds(out))
		require.Equal(t, []string{"19/6", "13/6", "5/3", "", "4", ""}, scores(out, 3))
	})

	t.Run("approval-committees.md: six of twenty-three go without, by E Pluribus Hugo", func(t *testing.T) {
		t.Parallel()
		p := committee.Profile{Candidates: 8, Groups: []committee.Group{
			{Approved: []int{0, 2, 3, 5}, Weight: 5},
			{Approved: []int{0, 4, 5}, Weight: 7},
			{Approved: []int{0, 1, 3}, Weight: 5},
			{Approved: []int{6, 7}, Weight: 6},
		}}
		out := elect(t, p, committee.EPH, 4, committee.Options{})
		require.Equal(t, [][]int{{0, 3, 4, 5}}, out.Committees)
		require.EqualValues(t, 6, out.Represented[0])
	})

	t.Run("pav.md", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, "14", count(t, committee.PAV).Value[0].RatString())
		out := count(t, committee.SeqPAV)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"7", "6", "5", "3", "4", "1"}, scores(out, 1))
		require.Equal(t, []string{"", "3", "5/2", "5/2", "4", "1"}, scores(out, 2))
		require.Equal(t, []string{"", "3", "5/2", "3/2", "", "1"}, scores(out, 3))
		out = count(t, committee.RevSeqPAV)
		require.Equal(t, []int{f, d, c}, rounds(out))
		require.Equal(t, []string{"8/3", "13/6", "5/3", "3/2", "3", "1"}, scores(out, 1))
		require.Equal(t, []string{"19/6", "13/6", "5/3", "", "4", ""}, scores(out, 3))
	})

	t.Run("cc.md", func(t *testing.T) {
		t.Parallel()
		out := count(t, committee.CC)
		require.Equal(t, []string{"12"}, texts(out.Value))
		require.Equal(t, []int64{0, 12, 0, 0}, out.Represented)
		require.Equal(t, []string{"12", "0", "0"}, texts(count(t, committee.LexCC).Value))
		require.Equal(t, []string{"12", "0"}, texts(count(t, committee.Adams).Value))
		out = count(t, committee.SeqCC)
		require.Equal(t, []int{a, e, f}, rounds(out))
		require.Equal(t, []string{"", "0", "0", "2", "4", "1"}, scores(out, 2))
	})

	t.Run("phragmen.md", func(t *testing.T) {
		t.Parallel()
		out := count(t, committee.SeqPhragmen)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"1/7", "1/6", "1/5", "1/3", "1/4", "1"}, scores(out, 1))
		require.Equal(t, []string{"", "13/42", "12/35", "8/21", "1/4", "1"}, scores(out, 2))
		require.Equal(t, []string{"", "13/42", "12/35", "23/42", "", "1"}, scores(out, 3))
		require.Equal(t, []string{"13/42", "13/42", "1/7", "1/4", "1/4", "0"}, texts(out.Loads))
		out = count(t, committee.MinimaxPhragmen)
		require.Equal(t, []string{"2/7"}, texts(out.Value))
		require.Equal(t, []string{"2/7", "2/7", "2/7", "1/4", "1/4", "0"}, texts(out.Loads))
		out = count(t, committee.MaximinSupport)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"", "7/2", "7/2", "3", "4", "1"}, scores(out, 2))
		require.Equal(t, []int{b, c}, out.Rounds[2].Tied)
		out = count(t, committee.Enestroem)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"", "18/7", "15/7", "17/7", "4", "1"}, scores(out, 2))
		require.Equal(t, []string{"0", "0", "3/7", "0", "0", "1"}, texts(out.Budgets))
	})

	t.Run("equal-shares.md", func(t *testing.T) {
		t.Parallel()
		out := count(t, committee.EqualShares)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"1/7", "1/6", "1/5", "", "1/4", ""}, scores(out, 1))
		require.Equal(t, []string{"", "", "", "", "1/4", ""}, scores(out, 2))
		require.Equal(t, "equal-shares", out.Rounds[1].Phase)
		require.Equal(t, "phragmen", out.Rounds[2].Phase)
		require.Equal(t, []string{"", "5/84", "13/140", "25/84", "", "3/4"}, scores(out, 3))
		require.Equal(t, []string{"3/28", "3/28", "3/28", "0", "0", "1/4"}, texts(out.Budgets))
		out = count(t, committee.EqualSharesAV)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, "av", out.Rounds[2].Phase)
		require.Equal(t, []string{"", "6", "5", "3", "", "1"}, scores(out, 3))
		out = count(t, committee.EqualSharesIncrement)
		require.Equal(t, []int{a, b, e}, rounds(out))
		require.Equal(t, "4", out.Rounds[0].Budget.RatString())
		require.Equal(t, []string{"1/7", "1/6", "1/5", "1/3", "1/4", ""}, scores(out, 1))
		require.Equal(t, []string{"", "1/6", "", "", "1/4", ""}, scores(out, 2))
		require.Equal(t, []string{"1/42", "1/42", "4/21", "1/12", "1/12", "1/3"}, texts(out.Budgets))
	})

	t.Run("equal-shares.md: two of eight go without when budgets rise", func(t *testing.T) {
		t.Parallel()
		p := committee.Profile{Candidates: 5, Groups: []committee.Group{
			{Approved: []int{a, b}, Weight: 3}, {Approved: []int{c, d}, Weight: 3}, {Approved: []int{e}, Weight: 2},
		}}
		out := elect(t, p, committee.EqualSharesIncrement, 4, committee.Options{})
		require.Equal(t, [][]int{{a, b, c, d}}, out.Committees)
		require.Equal(t, "6", out.Rounds[0].Budget.RatString())
		require.Equal(t, unjustified, ofBallots(drawn{profile: p, seats: 4}).justice(out.Chosen))
		require.Contains(t, elect(t, p, committee.EqualShares, 4, committee.Options{}).Chosen, e)
	})

	t.Run("monroe.md", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, []string{"11"}, texts(count(t, committee.Monroe).Value))
		out := count(t, committee.GreedyMonroe)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"", "3", "3", "2", "4", "1"}, scores(out, 2))
		require.Equal(t, []string{"", "3", "3", "0", "", "1"}, scores(out, 3))
		require.EqualValues(t, 4, out.Rounds[0].Represents)
		require.EqualValues(t, 3, out.Rounds[2].Represents)
	})

	t.Run("minimax-av.md", func(t *testing.T) {
		t.Parallel()
		out := count(t, committee.MinimaxAV)
		require.Equal(t, []string{"4"}, texts(out.Value))
		require.Contains(t, out.Committees, []int{a, d, f})
		out = count(t, committee.LexMinimaxAV)
		require.Equal(t, []int64{0, 1, 7, 3, 1}, out.Distances)
		require.Equal(t, []string{"4"}, texts(out.Value))
	})

	t.Run("consensus.md", func(t *testing.T) {
		t.Parallel()
		out := count(t, committee.Consensus)
		require.Equal(t, []int{a, e, b}, rounds(out))
		require.Equal(t, []string{"", "12/7", "10/7", "30/7", "8", "2"}, scores(out, 2))
		require.Equal(t, []string{"", "54/7", "45/7", "9/7", "", "3"}, scores(out, 3))
	})
}
