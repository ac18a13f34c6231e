package voting_test

import (
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

func decide(t require.TestingT, q voting.Question, rule voting.Rule, c counted, facts voting.Facts) voting.Verdict {
	v, err := voting.Decide(q, rule, count(t, q, c), facts)
	require.NoError(t, err)
	return v
}

func threshold(of voting.Base, num, den int64, strict bool) voting.Rule {
	return voting.Rule{Version: voting.RuleVersion, Threshold: &voting.Threshold{
		Of: of, Fraction: voting.Fraction{Num: num, Den: den}, Strict: strict,
	}}
}

func quorum(rule voting.Rule, num, den int64, count, of voting.Base, by voting.Unit) voting.Rule {
	rule.Quorum = &voting.Quorum{Count: count, Of: of, By: by, Fraction: voting.Fraction{Num: num, Den: den}}
	return rule
}

// TestVectors are the cases on which voting software in use has been seen to go wrong. Those that are not here concern rankings, the roll
// and secrecy, which are no matter of this package, or not yet.
func TestVectors(t *testing.T) {
	t.Parallel()

	t.Run("1: a quorum of 60 % of five is three ballots, not two, and not none", func(t *testing.T) {
		t.Parallel()
		rule := voting.SimpleMajority().WithQuorum(voting.Cast, voting.Fraction{Num: 60, Den: 100})
		for cast, outcome := range map[int64]voting.Outcome{0: voting.Inquorate, 2: voting.Inquorate, 3: voting.Adopted} {
			v := decide(t, yesNo, rule, counted{voting.For: seats(cast)}, voting.Facts{Entitled: seats(5)})
			require.Equal(t, outcome, v.Outcome, cast)
			require.Equal(t, "3", v.Why[0].Need.String())
		}
	})

	t.Run("2: two of three voices are two thirds, and not more than two thirds", func(t *testing.T) {
		t.Parallel()
		c, facts := counted{voting.For: seats(2), voting.Against: seats(1)}, voting.Facts{Entitled: seats(3)}
		require.Equal(t, voting.Adopted, decide(t, yesNo, threshold(voting.Expressed, 2, 3, false), c, facts).Outcome)
		require.Equal(t, voting.Rejected, decide(t, yesNo, threshold(voting.Expressed, 2, 3, true), c, facts).Outcome)
		// 66.67 % is another number than two thirds, and says so.
		require.Equal(t, voting.Rejected, decide(t, yesNo, threshold(voting.Expressed, 6667, 10000, false), c, facts).Outcome)
	})

	t.Run("4: half a voice for and half a voice against can both be cast", func(t *testing.T) {
		t.Parallel()
		half, err := voting.ParseWeight("0.5")
		require.NoError(t, err)
		p, err := voting.NewProfile(yesNo)
		require.NoError(t, err)
		require.NoError(t, p.Add(voting.For, half))
		require.NoError(t, p.Add(voting.Against, half))
		r, err := voting.Count(p)
		require.NoError(t, err)
		require.Equal(t, "0.5", r.Of(voting.For).Voices.String())
		require.Equal(t, "0.5", r.Of(voting.Against).Voices.String())
		require.Equal(t, "1", r.Cast.Voices.String())
	})

	t.Run("5: a weight of nothing stays nothing", func(t *testing.T) {
		t.Parallel()
		c := counted{voting.For: {Seats: 10}, voting.Against: seats(1)}
		v := decide(t, yesNo, voting.SimpleMajority(), c, voting.Facts{Entitled: voting.Votes{Seats: 11, Voices: voting.Voice}})
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Zero(t, v.Why[0].Have)
	})

	t.Run("6: when all abstain nothing passes, quorum or not", func(t *testing.T) {
		t.Parallel()
		c, facts := counted{voting.Abstain: seats(90)}, voting.Facts{Entitled: seats(100), Present: seats(95)}
		for _, of := range []voting.Base{voting.Entitled, voting.Present, voting.Cast, voting.Expressed} {
			for _, num := range []int64{1, 50, 100} {
				rule := quorum(threshold(of, num, 100, false), 1, 3, voting.Cast, voting.Entitled, voting.Seats)
				v := decide(t, yesNo, rule, c, facts)
				require.Equal(t, voting.Rejected, v.Outcome)
				require.True(t, v.Why[0].Passed, "the quorum is met")
				require.Equal(t, voting.TestExpressed, v.Why[1].Test)
			}
		}
		require.Equal(t, voting.Rejected, decide(t, yesNo, voting.MostVoices(), c, facts).Outcome)
		require.Equal(t, voting.Rejected, decide(t, choice, voting.MostVoices(), c, facts).Outcome)
	})

	t.Run("7: votes against help to make a quorum only where the rule counts them", func(t *testing.T) {
		t.Parallel()
		few := counted{voting.For: seats(30)}
		more := counted{voting.For: seats(30), voting.Against: seats(10)}
		facts := voting.Facts{Entitled: seats(100)}
		// A quorum of participation counts every ballot, and says so.
		turnout := voting.SimpleMajority().WithQuorum(voting.Cast, voting.Fraction{Num: 2, Den: 5})
		require.Equal(t, voting.Inquorate, decide(t, yesNo, turnout, few, facts).Outcome)
		require.Equal(t, voting.Adopted, decide(t, yesNo, turnout, more, facts).Outcome)
		// A quorum of approval is a threshold of the entitled: no vote against can help.
		approval := threshold(voting.Entitled, 2, 5, false)
		require.Equal(t, voting.Rejected, decide(t, yesNo, approval, few, facts).Outcome)
		require.Equal(t, voting.Rejected, decide(t, yesNo, approval, more, facts).Outcome)
	})

	t.Run("8: a weighted base never mixes heads and voices", func(t *testing.T) {
		t.Parallel()
		// Three people with ten voices in all: 7 of 10 voices cast is 70 %, never 7 of 3.
		c := counted{
			voting.For:     {Seats: 1, Voices: 7 * voting.Voice},
			voting.Against: {Seats: 1, Voices: 2 * voting.Voice}, "invalid": {Seats: 1, Voices: voting.Voice},
		}
		facts := voting.Facts{Entitled: voting.Votes{Seats: 5, Voices: 20 * voting.Voice}}
		v := decide(t, yesNo, threshold(voting.Cast, 7, 10, false), c, facts)
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, "7 of 10", v.Why[0].Have.String()+" of "+v.Why[0].Whole.String())
		bySeats := quorum(voting.MostVoices(), 3, 5, voting.Cast, voting.Entitled, voting.Seats)
		require.Equal(t, "3 of 5", amounts(decide(t, yesNo, bySeats, c, facts)))
		byVoices := quorum(voting.MostVoices(), 1, 2, voting.Cast, voting.Entitled, voting.Voices)
		require.Equal(t, "10 of 20", amounts(decide(t, yesNo, byVoices, c, facts)))
	})

	t.Run("11: a third of a hundred is thirty-four", func(t *testing.T) {
		t.Parallel()
		rule := voting.SimpleMajority().WithQuorum(voting.Present, voting.Fraction{Num: 1, Den: 3})
		for present, outcome := range map[int64]voting.Outcome{33: voting.Inquorate, 34: voting.Adopted} {
			v := decide(t, yesNo, rule, counted{voting.For: seats(20)}, voting.Facts{Entitled: seats(100), Present: seats(present)})
			require.Equal(t, outcome, v.Outcome, present)
			require.Equal(t, "34", v.Why[0].Need.String())
		}
	})

	t.Run("12: a tie is never broken by the order of the list", func(t *testing.T) {
		t.Parallel()
		forwards := voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "b", "c"}}
		backwards := voting.Question{Method: voting.Plurality, Options: []voting.Choice{"c", "b", "a"}}
		for _, q := range []voting.Question{forwards, backwards} {
			c := counted{"a": seats(4), "b": seats(1), "c": seats(4)}
			v := decide(t, q, voting.MostVoices(), c, voting.Facts{Entitled: seats(9)})
			require.Equal(t, voting.Tied, v.Outcome)
			require.Empty(t, v.Winner)
			require.ElementsMatch(t, []voting.Choice{"a", "c"}, v.Why[0].Choices)
		}
	})
}

func amounts(v voting.Verdict) string {
	return v.Why[0].Have.String() + " of " + v.Why[0].Whole.String()
}

// TestPublishedExamples asserts the worked examples of docs/methods.
func TestPublishedExamples(t *testing.T) {
	t.Parallel()

	t.Run("yes-no.md: 1,200 members amend their statutes", func(t *testing.T) {
		t.Parallel()
		rule := quorum(voting.TwoThirds(), 1, 5, voting.Present, voting.Entitled, voting.Seats)
		facts := voting.Facts{Entitled: seats(1200), Present: seats(611)}
		c := counted{voting.For: seats(381), voting.Against: seats(191), voting.Abstain: seats(22), voting.Blank: seats(4)}
		v := decide(t, yesNo, rule, c, facts)
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Equal(t, "240", v.Why[0].Need.String())
		require.Equal(t, "382", v.Why[1].Need.String())
		require.Equal(t, "1", v.Why[1].Missing.String())

		c[voting.For], c[voting.Against] = seats(382), seats(190)
		require.Equal(t, voting.Adopted, decide(t, yesNo, rule, c, facts).Outcome)
		// The same ballots, out of those present or represented: 382 of 611 is less than two thirds.
		v = decide(t, yesNo, quorum(threshold(voting.Present, 2, 3, false), 1, 5, voting.Present, voting.Entitled, voting.Seats), c, facts)
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Equal(t, "408", v.Why[1].Need.String())
	})

	t.Run("plurality.md: Borda's election of 1770", func(t *testing.T) {
		t.Parallel()
		// 1 A>B>C, 7 A>C>B, 7 B>C>A, 6 C>B>A: A has the most first places, and loses to each of the others by 8 to 13.
		q := voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "b", "c"}}
		c := counted{"a": seats(8), "b": seats(7), "c": seats(6)}
		v := decide(t, q, voting.MostVoices(), c, voting.Facts{Entitled: seats(21)})
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, voting.Choice("a"), v.Winner)
		v = decide(t, q, voting.SimpleMajority(), c, voting.Facts{Entitled: seats(21)})
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Equal(t, "11", v.Why[0].Need.String())
		require.Equal(t, "3", v.Why[0].Missing.String())
	})
}
