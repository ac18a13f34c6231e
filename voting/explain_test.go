package voting_test

import (
	"fmt"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

func seats(n int64) voting.Votes { return voting.Votes{Seats: n, Voices: voting.Weight(n) * voting.Voice} }

var people = map[voting.Choice]string{"a": "Amina", "j": "Jonas", "l": "Lise"}

func label(c voting.Choice) string { return people[c] }

type counted map[voting.Choice]voting.Votes

func count(t testing.TB, q voting.Question, c counted) voting.Result {
	t.Helper()
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for choice, v := range c {
		if choice == "invalid" {
			require.NoError(t, p.AddInvalidVotes(v))
			continue
		}
		require.NoError(t, p.AddVotes(choice, v))
	}
	r, err := voting.Count(p)
	require.NoError(t, err)
	return r
}

func TestPrint(t *testing.T) {
	yes := voting.Question{Method: voting.YesNo}
	one := voting.Question{Method: voting.Plurality, Options: []voting.Choice{"a", "j", "l"}}
	quorum := func(r voting.Rule, c, o voting.Base, by voting.Unit, n, d int64) voting.Rule {
		r.Quorum = &voting.Quorum{Count: c, Of: o, By: by, Fraction: voting.Fraction{Num: n, Den: d}}
		return r
	}
	thr := func(of voting.Base, n, d int64, strict bool) voting.Rule {
		return voting.Rule{Version: 1, Threshold: &voting.Threshold{Of: of, Fraction: voting.Fraction{Num: n, Den: d}, Strict: strict}}
	}
	tie := func(b voting.TieBreak) voting.Rule { return voting.Rule{Version: 1, TieBreak: b} }
	s := seats
	seed := make([]byte, 32)
	for _, c := range []struct {
		name  string
		q     voting.Question
		rule  voting.Rule
		votes counted
		facts voting.Facts
	}{
		{"web adopted", yes, quorum(voting.TwoThirds(), voting.Present, voting.Entitled, voting.Seats, 1, 3), counted{"for": s(98), "against": s(42), "abstain": s(10)}, voting.Facts{Entitled: s(200), Present: s(160)}},
		{"web quorum", yes, quorum(voting.TwoThirds(), voting.Present, voting.Entitled, voting.Seats, 1, 3), counted{"for": s(40), "against": s(12), "abstain": s(8)}, voting.Facts{Entitled: s(200), Present: s(60)}},
		{"simple", yes, voting.SimpleMajority(), counted{"for": s(1234), "against": s(400), "abstain": s(10)}, voting.Facts{Entitled: s(20000)}},
		{"simple one", yes, voting.SimpleMajority(), counted{"for": s(1), "abstain": s(1)}, voting.Facts{Entitled: s(3)}},
		{"most", yes, voting.MostVoices(), counted{"for": s(12), "against": s(1)}, voting.Facts{Entitled: s(30)}},
		{"most rejected", yes, voting.MostVoices(), counted{"for": s(1), "against": s(2)}, voting.Facts{Entitled: s(30)}},
		{"equal simple", yes, voting.SimpleMajority(), counted{"for": s(70), "against": s(70)}, voting.Facts{Entitled: s(300)}},
		{"rejected 2/3", yes, voting.TwoThirds(), counted{"for": s(90), "against": s(50), "abstain": s(3)}, voting.Facts{Entitled: s(300)}},
		{"near miss", yes, voting.TwoThirds(), counted{"for": s(199999), "against": s(100001)}, voting.Facts{Entitled: s(300000)}},
		{"absolute", yes, voting.AbsoluteMajority(), counted{"for": s(101), "against": s(3), "abstain": s(1)}, voting.Facts{Entitled: s(200)}},
		{"quarter of entitled", yes, thr(voting.Entitled, 1, 4, false), counted{"for": s(60), "against": s(40)}, voting.Facts{Entitled: s(200)}},
		{"quarter of entitled, minority", yes, thr(voting.Entitled, 1, 4, false), counted{"for": s(60), "against": s(61)}, voting.Facts{Entitled: s(200)}},
		{"present", yes, thr(voting.Present, 1, 2, true), counted{"for": s(60), "against": s(40), "abstain": s(20)}, voting.Facts{Entitled: s(200), Present: s(120)}},
		{"cast 60/100", yes, thr(voting.Cast, 60, 100, true), counted{"for": s(60), "against": s(38), "blank": s(2)}, voting.Facts{Entitled: s(200)}},
		{"communecter", yes, voting.Communecter(50), counted{"for": s(3), "against": s(1), "blank": s(1)}, voting.Facts{Entitled: s(5)}},
		{"communecter 100", yes, voting.Communecter(100), counted{"for": s(3)}, voting.Facts{Entitled: s(5)}},
		{"nobody", yes, voting.SimpleMajority(), counted{}, voting.Facts{Entitled: s(5)}},
		{"all abstain", yes, voting.SimpleMajority(), counted{"abstain": s(12)}, voting.Facts{Entitled: s(50)}},
		{"void", yes, voting.SimpleMajority(), counted{}, voting.Facts{}},
		{"void voiceless", yes, voting.SimpleMajority(), counted{"for": {Seats: 3}}, voting.Facts{Entitled: voting.Votes{Seats: 3}}},
		{"weighted", yes, quorum(voting.TwoThirds(), voting.Cast, voting.Entitled, voting.Voices, 1, 2), counted{"for": {5, 12_500_000}, "against": {3, 2_250_000}, "abstain": {1, 500_000}}, voting.Facts{Entitled: voting.Votes{Seats: 20, Voices: 30_000_000}}},
		{"weighted inq", yes, quorum(voting.TwoThirds(), voting.Cast, voting.Entitled, voting.Voices, 1, 2), counted{"for": {5, 12_500_000}}, voting.Facts{Entitled: voting.Votes{Seats: 20, Voices: 30_000_000}}},
		{"q cast", yes, quorum(voting.TwoThirds(), voting.Cast, voting.Entitled, voting.Seats, 1, 3), counted{"for": s(66)}, voting.Facts{Entitled: s(200)}},
		{"q expr", yes, quorum(voting.TwoThirds(), voting.Expressed, voting.Present, voting.Seats, 1, 2), counted{"for": s(38), "abstain": s(40)}, voting.Facts{Entitled: s(200), Present: s(80)}},
		{"q expr v", yes, quorum(voting.TwoThirds(), voting.Expressed, voting.Cast, voting.Voices, 1, 2), counted{"for": s(38), "abstain": s(42)}, voting.Facts{Entitled: s(200)}},
		{"q pres v", yes, quorum(voting.TwoThirds(), voting.Present, voting.Entitled, voting.Voices, 1, 2), counted{"for": s(38), "abstain": s(41)}, voting.Facts{Entitled: s(200), Present: s(99)}},
		{"one needed", yes, quorum(voting.TwoThirds(), voting.Cast, voting.Entitled, voting.Seats, 1, 30), counted{}, voting.Facts{Entitled: s(20)}},
		{"winner", one, voting.MostVoices(), counted{"a": s(31), "j": s(24), "l": s(7)}, voting.Facts{Entitled: s(200)}},
		{"winner thr", one, voting.SimpleMajority(), counted{"a": s(33), "j": s(24), "l": s(7)}, voting.Facts{Entitled: s(200)}},
		{"winner thr cast", one, thr(voting.Cast, 1, 3, false), counted{"a": s(33), "j": s(24), "l": s(7), "abstain": s(2)}, voting.Facts{Entitled: s(200)}},
		{"no winner", one, voting.SimpleMajority(), counted{"a": s(24), "j": s(24), "l": s(14)}, voting.Facts{Entitled: s(200)}},
		{"no winner 1", one, voting.SimpleMajority(), counted{"a": s(25), "j": s(24), "l": s(14)}, voting.Facts{Entitled: s(200)}},
		{"no winner comm", one, voting.Communecter(100), counted{"a": s(25)}, voting.Facts{Entitled: s(200)}},
		{"nobody choice", one, voting.MostVoices(), counted{}, voting.Facts{Entitled: s(200)}},
		{"abst choice", one, voting.MostVoices(), counted{"blank": s(1)}, voting.Facts{Entitled: s(200)}},
		{"tie", one, tie(voting.TieStands), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200)}},
		{"tie 3", one, tie(voting.TieStatusQuo), counted{"a": s(1), "j": s(1), "l": s(1)}, voting.Facts{Entitled: s(200)}},
		{"tie chair open", one, tie(voting.TieChair), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200)}},
		{"tie chair", one, tie(voting.TieChair), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200), Chair: "j"}},
		{"tie order open", one, tie(voting.TieOrder), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200), Order: []voting.Choice{"j"}}},
		{"tie order", one, tie(voting.TieOrder), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200), Order: []voting.Choice{"j", "l", "a"}}},
		{"tie lot open", one, tie(voting.TieLot), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200)}},
		{"tie lot open p", one, tie(voting.TieLot), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200), Promised: "2026-05-01"}},
		{"tie lot", one, tie(voting.TieLot), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200), Seed: seed, Poll: "p"}},
		{"tie lot p", one, tie(voting.TieLot), counted{"a": s(31), "j": s(31)}, voting.Facts{Entitled: s(200), Seed: seed, Poll: "p", Promised: "2026-12-03"}},
	} {
		r := count(t, c.q, c.votes)
		v, err := voting.Decide(c.q, c.rule, r, c.facts)
		require.NoError(t, err, c.name)
		fmt.Printf("== %s\n", c.name)
		for _, l := range []string{"fr", "en", "de"} {
			fmt.Println("  " + v.ExplainWith(l, label))
			for _, s := range v.Why {
				fmt.Println("     - " + s.ExplainWith(l, label))
			}
		}
	}
}
