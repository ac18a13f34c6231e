package voting_test

import (
	"encoding/json"
	"fmt"

	"github.com/communecter/coopspace/voting"
)

// A proposal put to an assembly of 200, with a quorum of one third and a threshold of two thirds.
func Example() {
	profile, err := voting.NewProfile(voting.Question{Method: voting.YesNo})
	if err != nil {
		panic(err)
	}
	box := map[voting.Choice]int{voting.For: 98, voting.Against: 42, voting.Abstain: 10}
	for choice, ballots := range box {
		for range ballots {
			if err := profile.Add(choice, voting.Voice); err != nil {
				panic(err)
			}
		}
	}
	result, err := voting.Count(profile)
	if err != nil {
		panic(err)
	}
	rule := voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 3})
	facts := voting.Facts{Entitled: voting.Votes{Seats: 200, Voices: 200 * voting.Voice}}
	verdict, err := voting.Decide(profile.Question(), rule, result, facts)
	if err != nil {
		panic(err)
	}
	fmt.Println(verdict.Outcome)
	fmt.Println(verdict.Explain("en"))
	for _, step := range verdict.Why {
		fmt.Println("-", step.Explain("en"))
	}
	// Output:
	// adopted
	// Adopted. 98 of 140 votes cast for or against were in favour, 70 %; 94 were needed (two thirds). The 10 abstentions count for the quorum, not for the majority.
	// - Quorum reached: 150 ballots cast, of 200 people on the roll; 67 were needed (one third).
	// - Majority reached: 98 of 140 votes cast for or against were in favour, 70 %; 94 were needed (two thirds).
	// - The 10 abstentions count for the quorum, not for the majority.
}

// A choice among people, tied, and settled by a lot whose seed was promised beforehand.
func ExampleVerdict_ExplainWith() {
	question := voting.Question{Method: voting.Plurality, Options: []voting.Choice{"amina", "jonas"}}
	profile, err := voting.NewProfile(question)
	if err != nil {
		panic(err)
	}
	for _, c := range question.Options {
		if err := profile.AddVotes(c, voting.Votes{Seats: 31, Voices: 31 * voting.Voice}); err != nil {
			panic(err)
		}
	}
	result, err := voting.Count(profile)
	if err != nil {
		panic(err)
	}
	rule := voting.MostVoices()
	rule.TieBreak = voting.TieLot
	verdict, err := voting.Decide(question, rule, result, voting.Facts{
		Entitled: voting.Votes{Seats: 80, Voices: 80 * voting.Voice},
		Seed:     []byte("thirty-two bytes drawn by a machine, kept secret"[:voting.SeedSize]), Poll: "poll-7", Promised: "2026-12-03",
	})
	if err != nil {
		panic(err)
	}
	names := map[voting.Choice]string{"amina": "Amina", "jonas": "Jonas"}
	fmt.Println(verdict.ExplainWith("en", func(c voting.Choice) string { return names[c] }))
	// Output:
	// Amina and Jonas are tied (31 votes each). The rules provide for a lot: its seed's fingerprint was published on 3 December, before the vote; the seed is published now, and anyone can redo the draw. The lot fell on Amina.
}

// A rule is data, to be stored with the poll that it decides.
func ExampleRule() {
	rule := voting.SimpleMajority().WithQuorum(voting.Present, voting.Fraction{Num: 1, Den: 3})
	data, err := json.Marshal(rule)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(data))
	// Output:
	// {"version":1,"quorum":{"count":"present","of":"entitled","by":"seats","fraction":"1/3"},"threshold":{"of":"expressed","fraction":"1/2","strict":true}}
}
