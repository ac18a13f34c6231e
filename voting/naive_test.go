package voting_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive counts and decides straight from the definitions in docs/methods, on the ballots themselves and in rational numbers. It shares no
// code with the package and is used to check it.
type naive struct {
	q        voting.Question
	rule     voting.Rule
	ballots  []cast
	entitled []voting.Weight // the weight of each seat of the roll
	present  []voting.Weight
	facts    voting.Facts
}

func rat(f voting.Fraction) *big.Rat { return big.NewRat(f.Num, f.Den) }

func (n naive) answers() []voting.Choice {
	if n.q.Method == voting.YesNo {
		return []voting.Choice{voting.For, voting.Against}
	}
	return n.q.Options
}

// measure adds up the weights of a base, or counts its seats.
func (n naive) measure(b voting.Base, by voting.Unit) *big.Rat {
	var weights []voting.Weight
	switch b {
	case voting.Entitled:
		weights = n.entitled
	case voting.Present:
		weights = n.present
	default:
		for _, c := range n.ballots {
			if b == voting.Cast || slices.Contains(n.answers(), c.choice) {
				weights = append(weights, c.weight)
			}
		}
	}
	return sum(weights, by)
}

func sum(weights []voting.Weight, by voting.Unit) *big.Rat {
	total := new(big.Rat)
	for _, w := range weights {
		if by == voting.Seats {
			w = voting.Voice
		}
		total.Add(total, big.NewRat(int64(w), int64(voting.Voice)))
	}
	return total
}

func (n naive) support(c voting.Choice) *big.Rat {
	total := new(big.Rat)
	for _, b := range n.ballots {
		if b.choice == c {
			total.Add(total, big.NewRat(int64(b.weight), int64(voting.Voice)))
		}
	}
	return total
}

// reached is the definition of a fraction of a base: at least, or more than, that part of it.
func reached(have, whole, part *big.Rat, strict bool) bool {
	order := have.Cmp(new(big.Rat).Mul(part, whole))
	return order > 0 || order == 0 && !strict
}

func (n naive) thresholdReached(c voting.Choice) bool {
	t := n.rule.Threshold
	have, whole := n.support(c), n.measure(t.Of, voting.Voices)
	if t.PercentPlaces == nil {
		return reached(have, whole, rat(t.Fraction), t.Strict)
	}
	// The percentage, rounded half up to so many places by moving the point, adding a half and cutting off.
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(*t.PercentPlaces)), nil))
	percent := new(big.Rat)
	if whole.Sign() > 0 {
		percent.Quo(have, whole)
	}
	percent.Mul(percent, big.NewRat(100, 1)).Mul(percent, scale).Add(percent, big.NewRat(1, 2))
	cut := new(big.Int).Quo(percent.Num(), percent.Denom())
	rounded := new(big.Rat).Quo(new(big.Rat).SetInt(cut), scale)
	return reached(rounded, big.NewRat(100, 1), rat(t.Fraction), t.Strict)
}

func (n naive) decide() (voting.Outcome, voting.Choice) {
	if n.measure(voting.Entitled, voting.Voices).Sign() == 0 {
		return voting.Void, ""
	}
	if q := n.rule.Quorum; q != nil {
		have := n.measure(q.Count, q.By)
		if have.Sign() == 0 || !reached(have, n.measure(q.Of, q.By), rat(q.Fraction), q.Strict) {
			return voting.Inquorate, ""
		}
	}
	if n.measure(voting.Expressed, voting.Voices).Sign() == 0 {
		return voting.Rejected, ""
	}
	if n.q.Method == voting.YesNo {
		t := n.rule.Threshold
		more := n.support(voting.For).Cmp(n.support(voting.Against)) > 0
		switch {
		case t != nil && t.PercentPlaces != nil:
			more = true // another system's comparison decides alone
		}
		if more && (t == nil || n.thresholdReached(voting.For)) {
			return voting.Adopted, voting.For
		}
		return voting.Rejected, ""
	}
	most := new(big.Rat)
	for _, c := range n.q.Options {
		if s := n.support(c); s.Cmp(most) > 0 {
			most = s
		}
	}
	var leaders []voting.Choice
	for _, c := range n.q.Options {
		if n.support(c).Cmp(most) == 0 {
			leaders = append(leaders, c)
		}
	}
	if n.rule.Threshold != nil && !n.thresholdReached(leaders[0]) {
		return voting.Rejected, ""
	}
	if len(leaders) == 1 {
		return voting.Adopted, leaders[0]
	}
	switch n.rule.TieBreak {
	case voting.TieStatusQuo:
		return voting.Rejected, ""
	case voting.TieChair:
		if slices.Contains(leaders, n.facts.Chair) {
			return voting.Adopted, n.facts.Chair
		}
	case voting.TieOrder:
		for _, c := range n.facts.Order { // the test always gives the whole order
			if slices.Contains(leaders, c) {
				return voting.Adopted, c
			}
		}
	}
	return voting.Tied, ""
}

func aRule(t *rapid.T) voting.Rule {
	bases := []voting.Base{voting.Entitled, voting.Present, voting.Cast, voting.Expressed}
	part := func(name string) voting.Fraction {
		den := rapid.OneOf(rapid.Int64Range(1, 6), rapid.Just(int64(100)), rapid.Int64Range(1, voting.MaxDen)).Draw(t, name+" den")
		return voting.Fraction{Num: rapid.Int64Range(0, den).Draw(t, name+" num"), Den: den}
	}
	r := voting.Rule{Version: voting.RuleVersion, TieBreak: rapid.SampledFrom([]voting.TieBreak{
		voting.TieStands, voting.TieStatusQuo, voting.TieChair, voting.TieOrder,
	}).Draw(t, "tie-break")}
	if rapid.Bool().Draw(t, "has quorum") {
		of := rapid.IntRange(0, 2).Draw(t, "of")
		r.Quorum = &voting.Quorum{
			Of: bases[of], Count: bases[rapid.IntRange(of+1, 3).Draw(t, "count")],
			By:       rapid.SampledFrom([]voting.Unit{voting.Seats, voting.Voices}).Draw(t, "by"),
			Fraction: part("quorum"), Strict: rapid.Bool().Draw(t, "quorum strict"),
		}
	}
	if rapid.Bool().Draw(t, "has threshold") {
		r.Threshold = &voting.Threshold{
			Of: rapid.SampledFrom(bases).Draw(t, "base"), Fraction: part("threshold"), Strict: rapid.Bool().Draw(t, "strict"),
		}
		if rapid.IntRange(0, 3).Draw(t, "rounding") == 0 {
			places := rapid.IntRange(0, 4).Draw(t, "places")
			r.Threshold.PercentPlaces = &places
		}
	}
	return r
}

// anElection draws a question, a rule that passes its check, ballots, and a roll and an attendance around them.
func anElection(t *rapid.T) naive {
	n := naive{q: aQuestion(t)}
	n.rule = rapid.Custom(aRule).Filter(func(r voting.Rule) bool { return r.Check() == nil }).Draw(t, "rule")
	n.ballots = ballots(t, n.q, 0)
	for _, b := range n.ballots {
		n.present = append(n.present, b.weight)
	}
	n.present = append(n.present, rapid.SliceOfN(aWeight(), 0, 5).Draw(t, "silent")...)
	n.entitled = append(append(n.entitled, n.present...), rapid.SliceOfN(aWeight(), 0, 20).Draw(t, "absent")...)
	n.facts = voting.Facts{Entitled: votesOf(n.entitled), Present: votesOf(n.present)}
	if n.q.Method == voting.Plurality {
		n.facts.Order = rapid.Permutation(n.q.Options).Draw(t, "order")
		n.facts.Chair = rapid.SampledFrom(append([]voting.Choice{""}, n.q.Options...)).Draw(t, "chair")
	}
	return n
}

func votesOf(weights []voting.Weight) voting.Votes {
	v := voting.Votes{Seats: int64(len(weights))}
	for _, w := range weights {
		v.Voices += w
	}
	return v
}

func (n naive) verdict(t require.TestingT) voting.Verdict {
	v, err := voting.Decide(n.q, n.rule, resultOf(t, n.q, n.ballots), n.facts)
	require.NoError(t, err)
	return v
}

func TestAgainstNaive(t *testing.T) {
	t.Parallel()

	t.Run("counts agree", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		r := resultOf(t, n.q, n.ballots)
		equal := func(want *big.Rat, have int64, per voting.Weight) {
			require.Zero(t, want.Cmp(big.NewRat(have, int64(per))))
		}
		for _, c := range n.answers() {
			equal(n.support(c), int64(r.Of(c).Voices), voting.Voice)
		}
		equal(n.measure(voting.Cast, voting.Voices), int64(r.Cast.Voices), voting.Voice)
		equal(n.measure(voting.Cast, voting.Seats), r.Cast.Seats, 1)
		equal(n.measure(voting.Expressed, voting.Voices), int64(r.Expressed.Voices), voting.Voice)
		equal(n.measure(voting.Expressed, voting.Seats), r.Expressed.Seats, 1)
	}))

	t.Run("verdicts agree", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		outcome, winner := n.decide()
		v := n.verdict(t)
		require.Equal(t, outcome, v.Outcome)
		require.Equal(t, winner, v.Winner)
	}))

	t.Run("what is needed is enough, and the least that is", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		unit := resultOf(t, n.q, n.ballots).Unit
		for _, s := range n.verdict(t).Why {
			if s.Test != voting.TestQuorum && s.Test != voting.TestThreshold || s.PercentPlaces != nil {
				continue
			}
			step := voting.Voice
			if s.By == voting.Voices {
				for step = unit; s.Whole%step != 0 || s.Have%step != 0; {
					step /= 10
				}
			}
			amount := func(w voting.Weight) *big.Rat { return big.NewRat(int64(w), int64(voting.Voice)) }
			passes := func(w voting.Weight) bool {
				return reached(amount(w), amount(s.Whole), rat(*s.Fraction), s.Strict) && (w > 0 || s.Test == voting.TestThreshold)
			}
			require.Equal(t, passes(s.Have), s.Passed)
			require.True(t, passes(s.Need), "need %s", s.Need)
			require.False(t, passes(s.Need-step), "need %s, step %s", s.Need, step)
			require.Equal(t, max(0, s.Need-s.Have), s.Missing)
		}
	}))

	t.Run("what a rounded percentage needs is the least that passes", rapid.MakeCheck(func(t *rapid.T) {
		majority := rapid.IntRange(0, 100).Draw(t, "majority")
		whole := rapid.IntRange(1, 90).Draw(t, "whole")
		rule := voting.Communecter(majority)
		least := voting.Weight(0) // 0: none passes
		for up := whole; up >= 1; up-- {
			n := naive{q: yesNo, rule: rule, ballots: slices.Concat(
				slices.Repeat([]cast{{voting.For, voting.Voice}}, up),
				slices.Repeat([]cast{{voting.Against, voting.Voice}}, whole-up),
			)}
			if !n.thresholdReached(voting.For) {
				break
			}
			least = voting.Weight(up) * voting.Voice
		}
		result := count(t, yesNo, counted{voting.For: seats(1), voting.Against: seats(int64(whole - 1))})
		v, err := voting.Decide(yesNo, rule, result, voting.Facts{Entitled: seats(400)})
		require.NoError(t, err)
		require.Equal(t, least, v.Why[0].Need)
		require.Equal(t, least == 0, v.Why[0].Unreachable)
	}))
}

func TestVerdictProperties(t *testing.T) {
	t.Parallel()

	t.Run("the order of ballots does not matter, to the last byte", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		a, err := json.Marshal(n.verdict(t))
		require.NoError(t, err)
		n.ballots = rapid.Permutation(n.ballots).Draw(t, "shuffled")
		b, err := json.Marshal(n.verdict(t))
		require.NoError(t, err)
		require.Equal(t, string(a), string(b))
	}))

	t.Run("the order of options does not matter", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		before := n.verdict(t)
		n.q.Options = rapid.Permutation(n.q.Options).Draw(t, "shuffled")
		after := n.verdict(t)
		require.Equal(t, before.Outcome, after.Outcome)
		require.Equal(t, before.Winner, after.Winner)
	}))

	t.Run("the same factor on every weight changes no verdict", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		before := n.verdict(t)
		factor := voting.Weight(rapid.Int64Range(2, 1000).Draw(t, "factor"))
		for i := range n.ballots {
			n.ballots[i].weight *= factor
		}
		n.facts.Entitled.Voices *= factor
		n.facts.Present.Voices *= factor
		after := n.verdict(t)
		require.Equal(t, before.Outcome, after.Outcome)
		require.Equal(t, before.Winner, after.Winner)
	}))

	t.Run("one more person taking part never undoes a quorum of the entitled", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		if n.rule.Quorum == nil {
			n.rule.Quorum = &voting.Quorum{Count: voting.Cast, By: voting.Seats, Fraction: voting.Fraction{Num: 1, Den: 3}}
		}
		n.rule.Quorum.Of = voting.Entitled
		newcomer := aWeight().Draw(t, "newcomer")
		n.facts.Entitled = votesOf(append(n.entitled, newcomer))
		before := n.verdict(t)
		n.facts.Present = votesOf(append(n.present, newcomer))
		n.ballots = append(n.ballots, cast{n.answers()[0], newcomer})
		after := n.verdict(t)
		if before.Outcome != voting.Inquorate {
			require.NotEqual(t, voting.Inquorate, after.Outcome)
		}
	}))

	t.Run("a vote for it never harms a proposal", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		n.q, n.facts.Order, n.facts.Chair = yesNo, nil, ""
		n.ballots = ballots(t, n.q, 0)
		for _, b := range n.ballots {
			n.present = append(n.present, b.weight)
		}
		newcomer := aWeight().Draw(t, "newcomer")
		n.entitled = append(slices.Concat(n.entitled, n.present), newcomer)
		n.present = append(n.present, newcomer) // already in the room
		n.facts.Entitled, n.facts.Present = votesOf(n.entitled), votesOf(n.present)
		before := n.verdict(t)
		n.ballots = append(n.ballots, cast{voting.For, newcomer})
		if before.Outcome == voting.Adopted {
			require.Equal(t, voting.Adopted, n.verdict(t).Outcome)
		}
	}))

	t.Run("nothing is adopted without a voice for it", rapid.MakeCheck(func(t *rapid.T) {
		n := anElection(t)
		v := n.verdict(t)
		if v.Outcome == voting.Adopted {
			require.Positive(t, n.support(v.Winner).Sign())
		}
	}))

	t.Run("every verdict can be told and stored", rapid.MakeCheck(func(t *rapid.T) {
		v := anElection(t).verdict(t)
		for _, lang := range []string{"fr", "en", "de"} {
			told(t, v.Explain(lang))
			for _, s := range v.Why {
				told(t, s.Explain(lang))
			}
		}
		data, err := json.Marshal(v)
		require.NoError(t, err)
		var back voting.Verdict
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, v.Explain("fr"), back.Explain("fr"))
		again, err := json.Marshal(back)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
	}))
}

// told checks that a sentence is one: filled in, with no key of a catalogue in it.
func told(t require.TestingT, sentence string) {
	require.NotEmpty(t, sentence)
	for _, unfilled := range []string{"{", "}", "verdict.", "base.", "noun.", "whole.", "fraction."} {
		require.NotContains(t, sentence, unfilled)
	}
}
