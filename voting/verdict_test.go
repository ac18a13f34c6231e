package voting_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

func TestDecideProposal(t *testing.T) {
	t.Parallel()
	facts := voting.Facts{Entitled: seats(200), Present: seats(160)}

	t.Run("enough came and enough were for it: adopted, with every comparison", func(t *testing.T) {
		t.Parallel()
		rule := quorum(voting.TwoThirds(), 1, 3, voting.Present, voting.Entitled, voting.Seats)
		c := counted{voting.For: seats(98), voting.Against: seats(42), voting.Abstain: seats(10)}
		data, err := json.Marshal(decide(t, yesNo, rule, c, facts))
		require.NoError(t, err)
		require.JSONEq(t, `{"method": "yes-no", "outcome": "adopted", "winner": "for", "why": [
			{"test": "quorum", "passed": true, "count": "present", "of": "entitled", "by": "seats",
				"have": "160", "whole": "200", "need": "67", "fraction": "1/3"},
			{"test": "threshold", "passed": true, "choice": "for", "choices": ["for"], "of": "expressed", "by": "voices",
				"have": "98", "whole": "140", "need": "94", "fraction": "2/3"},
			{"test": "abstentions", "passed": true, "choice": "for", "count": "present", "of": "expressed", "by": "seats", "have": "10"}
		]}`, string(data))
	})

	t.Run("for and against at equality: rejected, under any rule", func(t *testing.T) {
		t.Parallel()
		c := counted{voting.For: seats(70), voting.Against: seats(70)}
		for _, rule := range []voting.Rule{
			voting.SimpleMajority(), voting.TwoThirds(), voting.MostVoices(), voting.AbsoluteMajority(),
			threshold(voting.Expressed, 1, 2, false), threshold(voting.Expressed, 1, 3, false), threshold(voting.Entitled, 1, 4, false),
		} {
			for _, tie := range []voting.TieBreak{voting.TieStands, voting.TieChair, voting.TieStatusQuo} {
				rule.TieBreak = tie
				require.Equal(t, voting.Rejected, decide(t, yesNo, rule, c, facts).Outcome)
			}
		}
	})

	t.Run("a small threshold still takes more for than against", func(t *testing.T) {
		t.Parallel()
		rule := threshold(voting.Entitled, 1, 4, false)
		v := decide(t, yesNo, rule, counted{voting.For: seats(60), voting.Against: seats(61)}, facts)
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Equal(t, voting.TestMajority, v.Why[0].Test)
		v = decide(t, yesNo, rule, counted{voting.For: seats(60), voting.Against: seats(59)}, facts)
		require.Equal(t, voting.Adopted, v.Outcome)
	})

	t.Run("too few came: inquorate, however clear the vote", func(t *testing.T) {
		t.Parallel()
		rule := quorum(voting.SimpleMajority(), 81, 100, voting.Present, voting.Entitled, voting.Seats)
		v := decide(t, yesNo, rule, counted{voting.For: seats(150)}, facts)
		require.Equal(t, voting.Inquorate, v.Outcome)
		require.Len(t, v.Why, 1, "a vote that is not valid decides nothing more")
		require.Equal(t, "2", v.Why[0].Missing.String())
	})

	t.Run("a strict quorum of half is one more than half", func(t *testing.T) {
		t.Parallel()
		rule := quorum(voting.SimpleMajority(), 80, 100, voting.Present, voting.Entitled, voting.Seats)
		require.Equal(t, voting.Adopted, decide(t, yesNo, rule, counted{voting.For: seats(1)}, facts).Outcome)
		rule.Quorum.Strict = true
		v := decide(t, yesNo, rule, counted{voting.For: seats(1)}, facts)
		require.Equal(t, voting.Inquorate, v.Outcome)
		require.Equal(t, "161", v.Why[0].Need.String())
	})

	t.Run("voices that nobody has cannot be needed", func(t *testing.T) {
		t.Parallel()
		// Halves of a voice are about: the least number that is two thirds of 10.5 is 7, of 11 it is 7.5 in halves, 7.4 in tenths.
		c := counted{voting.For: {Seats: 9, Voices: 7_500_000}, voting.Against: {Seats: 4, Voices: 3_500_000}}
		v := decide(t, yesNo, voting.TwoThirds(), c, facts)
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, "7.4", v.Why[0].Need.String())
	})

	t.Run("nothing wraps at the largest numbers", func(t *testing.T) {
		t.Parallel()
		all := voting.Votes{Seats: 1_000_000_000_000, Voices: math.MaxInt64}
		rule := threshold(voting.Entitled, voting.MaxDen-1, voting.MaxDen, true)
		v := decide(t, yesNo, rule, counted{voting.For: all}, voting.Facts{Entitled: all})
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, "9223372027631.403761", v.Why[0].Need.String())
		v = decide(t, yesNo, voting.Communecter(100), counted{voting.For: all}, voting.Facts{Entitled: all})
		require.Equal(t, voting.Rejected, v.Outcome)
		require.True(t, v.Why[0].Unreachable)
		told(t, v.Explain("fr"))
	})

	t.Run("nobody voted: rejected without a quorum, inquorate with one", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, voting.Rejected, decide(t, yesNo, voting.SimpleMajority(), nil, facts).Outcome)
		rule := voting.SimpleMajority().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 1000})
		require.Equal(t, voting.Inquorate, decide(t, yesNo, rule, nil, facts).Outcome)
	})

	t.Run("a quorum of what is nobody is not reached", func(t *testing.T) {
		t.Parallel()
		rule := quorum(voting.SimpleMajority(), 1, 2, voting.Cast, voting.Present, voting.Seats)
		v := decide(t, yesNo, rule, nil, voting.Facts{Entitled: seats(10)})
		require.Equal(t, voting.Inquorate, v.Outcome)
		require.Equal(t, "1", v.Why[0].Need.String())
	})

	t.Run("nobody could have decided: void", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, voting.Void, decide(t, yesNo, voting.SimpleMajority(), nil, voting.Facts{}).Outcome)
		consultative := voting.Facts{Entitled: voting.Votes{Seats: 4}}
		require.Equal(t, voting.Void, decide(t, yesNo, voting.SimpleMajority(), counted{voting.For: {Seats: 4}}, consultative).Outcome)
	})

	t.Run("old Communecter results come out as they did", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			majority                  int
			up, down, white, uncomplt int64
			adopted                   bool
		}{
			{50, 6, 1, 1, 0, true},           // 75 %
			{50, 1, 1, 0, 0, false},          // 50 is not more than 50
			{50, 1, 0, 0, 0, true},           // one voter can adopt
			{50, 3, 0, 2, 1, false},          // white and incomplete count: 50 %
			{100, 4, 0, 0, 0, false},         // more than 100 % is impossible
			{66, 2, 1, 0, 0, true},           // 66.67 is more than 66
			{30, 4, 6, 0, 0, true},           // more against than for, and adopted nevertheless
			{0, 1, 99, 0, 0, true},           // more than nothing
			{0, 0, 5, 0, 0, false},           // nothing
			{0, 1, 19_999, 0, 0, true},       // 0.005 rounds up to 0.01
			{0, 1, 20_000, 0, 0, false},      // less than 0.005 rounds to 0.00
			{50, 10_001, 9_998, 0, 0, true},  // 50.0075 rounds to 50.01
			{50, 10_000, 9_999, 0, 0, false}, // 50.0025 is more than half and rounds to 50.00
			{50, 0, 0, 0, 0, false},          // nobody
		} {
			v := decide(t, yesNo, voting.Communecter(c.majority), counted{
				voting.For: seats(c.up), voting.Against: seats(c.down), voting.Blank: seats(c.white), voting.Abstain: seats(c.uncomplt),
			}, voting.Facts{Entitled: seats(1_000_000)})
			require.Equal(t, c.adopted, v.Outcome == voting.Adopted, "%+v", c)
		}
	})
}

func TestDecideChoice(t *testing.T) {
	t.Parallel()
	facts := voting.Facts{Entitled: seats(200)}
	tied := counted{"a": seats(31), "j": seats(31), "l": seats(7), voting.Abstain: seats(3)}
	rule := func(tie voting.TieBreak) voting.Rule { return voting.Rule{Version: voting.RuleVersion, TieBreak: tie} }

	t.Run("the most voices win", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, voting.MostVoices(), counted{"a": seats(24), "j": seats(31), "l": seats(7)}, facts)
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, voting.Choice("j"), v.Winner)
	})

	t.Run("the winner must reach the threshold too", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, voting.SimpleMajority(), counted{"a": seats(24), "j": seats(31), "l": seats(7)}, facts)
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Empty(t, v.Winner)
		require.Equal(t, "32", v.Why[0].Need.String())
	})

	t.Run("a tie below the threshold adopts nothing", func(t *testing.T) {
		t.Parallel()
		r := voting.SimpleMajority()
		r.TieBreak = voting.TieChair
		v := decide(t, choice, r, tied, voting.Facts{Entitled: seats(200), Chair: "a"})
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Empty(t, v.Why[0].Choice, "neither of the two alone")
		require.Equal(t, []voting.Choice{"a", "j"}, v.Why[0].Choices)
	})

	t.Run("a tie stands when the rule breaks none", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, rule(voting.TieStands), tied, facts)
		require.Equal(t, voting.Tied, v.Outcome)
		require.Equal(t, []voting.Choice{"a", "j"}, v.Why[0].Choices)
	})

	t.Run("the status quo adopts nothing", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, rule(voting.TieStatusQuo), tied, facts)
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Empty(t, v.Winner)
	})

	t.Run("the chair chooses among those tied", func(t *testing.T) {
		t.Parallel()
		for chair, outcome := range map[voting.Choice]voting.Outcome{
			"": voting.Tied, "l": voting.Tied, voting.Abstain: voting.Tied, voting.Blank: voting.Tied, "j": voting.Adopted,
		} {
			v := decide(t, choice, rule(voting.TieChair), tied, voting.Facts{Entitled: seats(200), Chair: chair})
			require.Equal(t, outcome, v.Outcome, chair)
			if outcome == voting.Adopted {
				require.Equal(t, chair, v.Winner)
			}
		}
	})

	t.Run("the order decides when it names all those tied", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, rule(voting.TieOrder), tied, voting.Facts{Entitled: seats(200), Order: []voting.Choice{"l", "j", "a"}})
		require.Equal(t, voting.Choice("j"), v.Winner)
		v = decide(t, choice, rule(voting.TieOrder), tied, voting.Facts{Entitled: seats(200), Order: []voting.Choice{"l", "j"}})
		require.Equal(t, voting.Tied, v.Outcome)
	})

	t.Run("a lot decides once its seed is published", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, rule(voting.TieLot), tied, facts)
		require.Equal(t, voting.Tied, v.Outcome)
		seed := make(voting.Seed, voting.SeedSize)
		v = decide(t, choice, rule(voting.TieLot), tied, voting.Facts{
			Entitled: seats(200), Seed: seed, Poll: "poll-1", Promised: "2026-12-03",
		})
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, voting.Lot(seed, "poll-1", []voting.Choice{"a", "j"})[0], v.Winner)
		require.Equal(t, voting.SeedHash(seed), v.Why[1].SeedHash)
		require.Equal(t, seed, v.Why[1].Seed)

		data, err := json.Marshal(v)
		require.NoError(t, err)
		var back voting.Verdict
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, v, back, "with its seed, so that anybody can redo the draw from what is stored")
	})
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	result := count(t, choice, counted{"a": seats(3), "j": seats(3)})
	tie := func(b voting.TieBreak) voting.Rule { return voting.Rule{Version: voting.RuleVersion, TieBreak: b} }
	present := quorum(voting.MostVoices(), 1, 2, voting.Present, voting.Entitled, voting.Seats)
	for name, c := range map[string]struct {
		rule  voting.Rule
		facts voting.Facts
		path  string
	}{
		"fewer entitled than voted":        {voting.MostVoices(), voting.Facts{Entitled: seats(5)}, "entitled"},
		"fewer voices entitled than voted": {voting.MostVoices(), voting.Facts{Entitled: voting.Votes{Seats: 9, Voices: 1}}, "entitled"},
		"a negative roll":                  {voting.MostVoices(), voting.Facts{Entitled: seats(-1)}, "entitled"},
		"a roll beyond counting":           {voting.MostVoices(), voting.Facts{Entitled: voting.Votes{Seats: 1 << 60}}, "entitled"},
		"fewer present than voted":         {present, voting.Facts{Entitled: seats(9), Present: seats(5)}, "present"},
		"more present than entitled":       {present, voting.Facts{Entitled: seats(9), Present: seats(10)}, "present"},
		"a chair who chose no option":      {tie(voting.TieChair), voting.Facts{Entitled: seats(9), Chair: "z"}, "chair"},
		"an order with a stranger":         {tie(voting.TieOrder), voting.Facts{Entitled: seats(9), Order: []voting.Choice{"a", "z"}}, "order/1"},
		"an order that repeats itself":     {tie(voting.TieOrder), voting.Facts{Entitled: seats(9), Order: []voting.Choice{"a", "j", "a"}}, "order/2"},
		"a seed that is too short":         {tie(voting.TieLot), voting.Facts{Entitled: seats(9), Seed: []byte{1}, Poll: "p"}, "seed"},
		"a lot without a poll":             {tie(voting.TieLot), voting.Facts{Entitled: seats(9), Seed: make([]byte, 32)}, "poll"},
		"a poll with a zero byte":          {tie(voting.TieLot), voting.Facts{Entitled: seats(9), Seed: make([]byte, 32), Poll: "p\x00a"}, "poll"},
		"a promise on no day":              {tie(voting.TieLot), voting.Facts{Entitled: seats(9), Promised: "3 December"}, "promised"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := voting.Decide(choice, c.rule, result, c.facts)
			require.ErrorIs(t, err, voting.ErrFacts)
			require.Equal(t, c.path, fault.Of(err).Fields[0].Path)
		})
	}

	t.Run("what the rule does not ask for is not read", func(t *testing.T) {
		t.Parallel()
		all := voting.Facts{Entitled: seats(9), Present: seats(1), Chair: "z", Order: []voting.Choice{"z"}, Seed: []byte{1}, Promised: "soon"}
		_, err := voting.Decide(choice, voting.MostVoices(), result, all)
		require.NoError(t, err)
		onProposal := count(t, yesNo, counted{voting.For: seats(3)})
		for _, b := range []voting.TieBreak{voting.TieChair, voting.TieOrder, voting.TieLot} {
			_, err = voting.Decide(yesNo, tie(b), onProposal, all)
			require.NoError(t, err, "a proposal cannot be tied")
		}
	})

	t.Run("a rule that is none", func(t *testing.T) {
		t.Parallel()
		_, err := voting.Decide(choice, voting.Rule{}, result, voting.Facts{Entitled: seats(9)})
		require.ErrorIs(t, err, voting.ErrRule)
	})

	t.Run("a seed that is no hexadecimal", func(t *testing.T) {
		t.Parallel()
		var f voting.Facts
		require.NoError(t, json.Unmarshal([]byte(`{"seed":""}`), &f))
		require.ErrorIs(t, json.Unmarshal([]byte(`{"seed":"00"}`), &f), voting.ErrFacts)
		require.ErrorIs(t, json.Unmarshal([]byte(`{"seed":"zz"}`), &f), voting.ErrFacts)
	})
}
