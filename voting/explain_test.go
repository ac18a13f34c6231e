package voting_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/sentences.txt anew, to be read before it is committed")

// seats gives n ballots of one voice each.
func seats(n int64) voting.Votes {
	return voting.Votes{Seats: n, Voices: voting.Weight(n) * voting.Voice}
}

// counted is a result in the making: what each choice received, with "invalid" for invalid ballots.
type counted map[voting.Choice]voting.Votes

func count(t require.TestingT, q voting.Question, c counted) voting.Result {
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for choice, v := range c {
		if choice == "invalid" {
			require.NoError(t, p.AddInvalidVotes(v))
		} else {
			require.NoError(t, p.AddVotes(choice, v))
		}
	}
	r, err := voting.Count(p)
	require.NoError(t, err)
	require.NoError(t, r.Check(q))
	return r
}

// TestExplain tells one verdict of every kind in every language and compares with testdata/sentences.txt, which people have read.
func TestExplain(t *testing.T) {
	t.Parallel()
	golden := tellAll(t)
	const path = "testdata/sentences.txt"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(golden), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	stories, told := strings.Split(string(want), "\n\n"), strings.Split(golden, "\n\n")
	require.Len(t, told, len(stories))
	for i := range stories {
		require.Equal(t, stories[i], told[i])
	}

	t.Run("the sentences are those of the house's voice", func(t *testing.T) {
		t.Parallel()
		plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(golden)
		for _, sentence := range []string{
			"Il manque 7 personnes présentes ou représentées pour que le vote soit valable (60 sur les 67 nécessaires).",
			"7 more people, present or represented, are needed for the vote to be valid (60 of the 67 needed).",
			"Adoptée. 98 voix pour sur 140 exprimées, soit 70 % ; il en fallait 94 (deux tiers). " +
				"Les 10 abstentions comptent pour le quorum, pas pour la majorité.",
			"Adopted. 98 of 140 votes cast for or against were in favour, 70 %; 94 were needed (two thirds). " +
				"The 10 abstentions count for the quorum, not for the majority.",
			"Égalité entre Amina et Jonas (31 voix chacun). Le règlement prévoit un tirage au sort : l'empreinte de son code a été publiée " +
				"le 3 décembre, avant le vote ; le code l'est maintenant, chacun peut refaire le tirage.",
			"Amina and Jonas are tied (31 votes each). The rules provide for a lot: its seed's fingerprint was published on 3 December, " +
				"before the vote; the seed is published now, and anyone can redo the draw.",
		} {
			require.Contains(t, plain, sentence)
		}
	})

	t.Run("every sentence of the catalogue is told somewhere", func(t *testing.T) {
		t.Parallel()
		placeholder := regexp.MustCompile(`\{[^{}]*(\{[^{}]*\}[^{}]*)*\}`)
		for _, lang := range []string{"fr", "en", "de"} {
			data, err := os.ReadFile("../internal/locale/catalog/" + lang + ".json")
			require.NoError(t, err)
			var catalogue map[string]string
			require.NoError(t, json.Unmarshal(data, &catalogue))
			for key, template := range catalogue {
				if !strings.HasPrefix(key, "verdict.") {
					continue
				}
				longest := ""
				for _, fixed := range placeholder.Split(template, -1) {
					if len(fixed) > len(longest) {
						longest = fixed
					}
				}
				require.Contains(t, golden, longest, "%s in %s is told by no verdict here", key, lang)
			}
		}
	})

	t.Run("an unknown language is French, a tag is its language, and options without a name go by their key", func(t *testing.T) {
		t.Parallel()
		v := decide(t, choice, voting.MostVoices(), counted{"a": seats(1)}, voting.Facts{Entitled: seats(2)})
		require.Equal(t, v.Explain("fr"), v.Explain("tlh"))
		require.Equal(t, "a wins with 1 of 1 vote cast for an option, 100 %.", v.Explain("en-NZ"))
		require.Equal(t, "a leads with 1 of 1 vote cast for an option.", v.Why[0].Explain("en"))
	})

	t.Run("what was never decided tells nothing", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, voting.Verdict{}.Explain("fr"))
		require.Empty(t, voting.Step{}.Explain("fr"))
	})
}

// tellAll tells one verdict of every kind, and its steps.
func tellAll(t *testing.T) string {
	names := map[voting.Choice]string{"a": "Amina", "j": "Jonas", "l": "Lise"}
	label := func(c voting.Choice) string { return names[c] }
	tie := func(b voting.TieBreak) voting.Rule { return voting.Rule{Version: voting.RuleVersion, TieBreak: b} }
	halves := voting.Votes{Seats: 20, Voices: 30 * voting.Voice}
	tied := counted{"a": seats(31), "j": seats(31)}
	seed := make(voting.Seed, voting.SeedSize)
	present := quorum(voting.TwoThirds(), 1, 3, voting.Present, voting.Entitled, voting.Seats)
	wholePercent, none := voting.Communecter(50), 0
	wholePercent.Threshold.PercentPlaces = &none
	var b strings.Builder
	for _, c := range []struct {
		story string
		q     voting.Question
		rule  voting.Rule
		votes counted
		facts voting.Facts
	}{
		{
			"adopted by two thirds, with a quorum", yesNo, present,
			counted{"for": seats(98), "against": seats(42), "abstain": seats(10)},
			voting.Facts{Entitled: seats(200), Present: seats(160)},
		},
		{
			"seven people missing", yesNo, present,
			counted{"for": seats(40), "against": seats(12), "abstain": seats(8)},
			voting.Facts{Entitled: seats(200), Present: seats(60)},
		},
		{"one person missing", yesNo, present, counted{"for": seats(40)}, voting.Facts{Entitled: seats(200), Present: seats(66)}},
		{
			"one ballot missing", yesNo, quorum(voting.TwoThirds(), 1, 3, voting.Cast, voting.Entitled, voting.Seats),
			counted{"for": seats(66)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"the only ballot needed is missing", yesNo, quorum(voting.TwoThirds(), 1, 30, voting.Cast, voting.Entitled, voting.Seats),
			nil,
			voting.Facts{Entitled: seats(20)},
		},
		{
			"voices missing in the box", yesNo, quorum(voting.TwoThirds(), 1, 2, voting.Cast, voting.Entitled, voting.Voices),
			counted{"for": {Seats: 5, Voices: 12_500_000}},
			voting.Facts{Entitled: halves},
		},
		{
			"voices missing in the room", yesNo, quorum(voting.TwoThirds(), 1, 2, voting.Present, voting.Entitled, voting.Voices),
			counted{"for": seats(38), "abstain": seats(41)},
			voting.Facts{Entitled: seats(200), Present: seats(99)},
		},
		{
			"expressed ballots missing out of those present", yesNo,
			quorum(voting.TwoThirds(), 1, 2, voting.Expressed, voting.Present, voting.Seats),
			counted{"for": seats(38), "abstain": seats(40)},
			voting.Facts{Entitled: seats(200), Present: seats(80)},
		},
		{
			"enough expressed ballots, abstentions counting nowhere", yesNo,
			quorum(voting.TwoThirds(), 1, 2, voting.Expressed, voting.Present, voting.Seats),
			counted{"for": seats(40), "abstain": seats(40)},
			voting.Facts{Entitled: seats(200), Present: seats(80)},
		},
		{
			"expressed voices missing out of those cast", yesNo, quorum(voting.TwoThirds(), 1, 2, voting.Expressed, voting.Cast, voting.Voices),
			counted{"for": seats(38), "abstain": seats(42)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"weights and a quorum of voices", yesNo, quorum(voting.TwoThirds(), 1, 2, voting.Cast, voting.Entitled, voting.Voices),
			counted{"for": {Seats: 5, Voices: 12_500_000}, "against": {Seats: 3, Voices: 2_250_000}, "abstain": {Seats: 1, Voices: 500_000}},
			voting.Facts{Entitled: halves},
		},
		{
			"a simple majority of thousands", yesNo, voting.SimpleMajority(),
			counted{"for": seats(1234), "against": seats(400), "abstain": seats(10)},
			voting.Facts{Entitled: seats(20_000)},
		},
		{"one voter", yesNo, voting.SimpleMajority(), counted{"for": seats(1)}, voting.Facts{Entitled: seats(3)}},
		{"more for than against", yesNo, voting.MostVoices(), counted{"for": seats(12), "against": seats(1)}, voting.Facts{Entitled: seats(30)}},
		{"more against than for", yesNo, voting.MostVoices(), counted{"for": seats(1), "against": seats(2)}, voting.Facts{Entitled: seats(30)}},
		{"equality without a threshold", yesNo, voting.MostVoices(), counted{"for": seats(1), "against": seats(1)}, voting.Facts{Entitled: seats(30)}},
		{"equality", yesNo, voting.SimpleMajority(), counted{"for": seats(70), "against": seats(70)}, voting.Facts{Entitled: seats(300)}},
		{
			"four short of two thirds", yesNo, voting.TwoThirds(),
			counted{"for": seats(90), "against": seats(50), "abstain": seats(3)},
			voting.Facts{Entitled: seats(300)},
		},
		{
			"exactly two thirds", yesNo, voting.TwoThirds(),
			counted{"for": seats(2), "against": seats(1)},
			voting.Facts{Entitled: seats(3)},
		},
		{
			"so near two thirds that two decimals would hide it", yesNo, voting.TwoThirds(),
			counted{"for": seats(199_999), "against": seats(100_001)},
			voting.Facts{Entitled: seats(300_000)},
		},
		{
			"strictly more than three fifths", yesNo, threshold(voting.Expressed, 3, 5, true),
			counted{"for": seats(60), "against": seats(40)},
			voting.Facts{Entitled: seats(300)},
		},
		{
			"a fraction without a name", yesNo, threshold(voting.Expressed, 7, 12, true),
			counted{"for": seats(60), "against": seats(40)},
			voting.Facts{Entitled: seats(300)},
		},
		{
			"unanimity", yesNo, threshold(voting.Expressed, 1, 1, false),
			counted{"for": seats(60), "against": seats(1)},
			voting.Facts{Entitled: seats(300)},
		},
		{
			"half of the entitled", yesNo, voting.AbsoluteMajority(),
			counted{"for": seats(101), "against": seats(3), "abstain": seats(1)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"a quarter of the entitled, and more for than against", yesNo, threshold(voting.Entitled, 1, 4, false),
			counted{"for": seats(60), "against": seats(40)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"more for than against, but no quarter of the entitled", yesNo, threshold(voting.Entitled, 1, 4, false),
			counted{"for": seats(49), "against": seats(40)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"a quarter of the entitled, but more against", yesNo, threshold(voting.Entitled, 1, 4, false),
			counted{"for": seats(60), "against": seats(61)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"half of those present", yesNo, threshold(voting.Present, 1, 2, true),
			counted{"for": seats(60), "against": seats(40), "abstain": seats(20)},
			voting.Facts{Entitled: seats(200), Present: seats(120)},
		},
		{
			"sixty per cent of the ballots", yesNo, threshold(voting.Cast, 60, 100, true),
			counted{"for": seats(60), "against": seats(38), "blank": seats(2)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"Communecter's own rule", yesNo, voting.Communecter(50),
			counted{"for": seats(6), "against": seats(1), "blank": seats(1), "abstain": seats(1)},
			voting.Facts{Entitled: seats(9)},
		},
		{
			"Communecter's own rounding", yesNo, voting.Communecter(50),
			counted{"for": seats(10_000), "against": seats(9_999)},
			voting.Facts{Entitled: seats(20_000)},
		},
		{
			"rounded to whole per cent", yesNo, wholePercent,
			counted{"for": seats(501), "against": seats(499)},
			voting.Facts{Entitled: seats(2_000)},
		},
		{"Communecter's impossible rule", yesNo, voting.Communecter(100), counted{"for": seats(3)}, voting.Facts{Entitled: seats(5)}},
		{"nobody voted", yesNo, voting.SimpleMajority(), nil, voting.Facts{Entitled: seats(5)}},
		{"all abstained", yesNo, voting.SimpleMajority(), counted{"abstain": seats(12)}, voting.Facts{Entitled: seats(50)}},
		{"nobody is entitled", yesNo, voting.SimpleMajority(), nil, voting.Facts{}},
		{
			"nobody has a voice", yesNo, voting.SimpleMajority(), counted{"for": {Seats: 2}}, voting.Facts{Entitled: voting.Votes{Seats: 3}},
		},
		{
			"the only one has no voice", yesNo, voting.SimpleMajority(), nil, voting.Facts{Entitled: voting.Votes{Seats: 1}},
		},
		{"a winner", choice, voting.MostVoices(), counted{"a": seats(31), "j": seats(24), "l": seats(7)}, voting.Facts{Entitled: seats(200)}},
		{
			"a winner by more than half", choice, voting.SimpleMajority(),
			counted{"a": seats(33), "j": seats(24), "l": seats(7)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"a winner with a third of the ballots", choice, threshold(voting.Cast, 1, 3, false),
			counted{"a": seats(33), "j": seats(24), "abstain": seats(2)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"a leader without enough", choice, voting.SimpleMajority(),
			counted{"a": seats(25), "j": seats(24), "l": seats(14)},
			voting.Facts{Entitled: seats(200)},
		},
		{
			"two leaders without enough", choice, voting.SimpleMajority(),
			counted{"a": seats(24), "j": seats(24), "l": seats(14)},
			voting.Facts{Entitled: seats(200)},
		},
		{"a leader under an impossible rule", choice, voting.Communecter(100), counted{"a": seats(25)}, voting.Facts{Entitled: seats(200)}},
		{"nobody chose", choice, voting.MostVoices(), nil, voting.Facts{Entitled: seats(200)}},
		{"one blank ballot", choice, voting.MostVoices(), counted{"blank": seats(1)}, voting.Facts{Entitled: seats(200)}},
		{"a tie", choice, tie(voting.TieStands), tied, voting.Facts{Entitled: seats(200)}},
		{
			"a tie of three that changes nothing", choice, tie(voting.TieStatusQuo),
			counted{"a": seats(1), "j": seats(1), "l": seats(1)},
			voting.Facts{Entitled: seats(200)},
		},
		{"a tie before the chair", choice, tie(voting.TieChair), tied, voting.Facts{Entitled: seats(200)}},
		{"a tie that the chair broke", choice, tie(voting.TieChair), tied, voting.Facts{Entitled: seats(200), Chair: "j"}},
		{"a tie before an order", choice, tie(voting.TieOrder), tied, voting.Facts{Entitled: seats(200), Order: []voting.Choice{"j"}}},
		{"a tie that an order broke", choice, tie(voting.TieOrder), tied, voting.Facts{Entitled: seats(200), Order: []voting.Choice{"j", "l", "a"}}},
		{"a tie before its lot", choice, tie(voting.TieLot), tied, voting.Facts{Entitled: seats(200)}},
		{"a tie before its promised lot", choice, tie(voting.TieLot), tied, voting.Facts{Entitled: seats(200), Promised: "2026-05-01"}},
		{"a tie that a lot broke", choice, tie(voting.TieLot), tied, voting.Facts{Entitled: seats(200), Seed: seed, Poll: "p"}},
		{
			"a tie that a promised lot broke", choice, tie(voting.TieLot), tied,
			voting.Facts{Entitled: seats(200), Seed: seed, Poll: "p", Promised: "2026-12-03"},
		},
	} {
		v := decide(t, c.q, c.rule, c.votes, c.facts)
		fmt.Fprintf(&b, "# %s (%s)\n", c.story, v.Outcome)
		for _, lang := range []string{"fr", "en", "de"} {
			fmt.Fprintf(&b, "%s  %s\n", lang, v.ExplainWith(lang, label))
			for _, s := range v.Why {
				fmt.Fprintf(&b, "    - %s\n", s.ExplainWith(lang, label))
			}
		}
		b.WriteString("\n")
	}
	tellSeats(t, &b, label)
	return b.String()
}

// tellSeats tells the verdicts of consent, and of several seats.
func tellSeats(t *testing.T, b *strings.Builder, label func(voting.Choice) string) {
	tie := func(b voting.TieBreak) voting.Rule { return voting.Rule{Version: voting.RuleVersion, TieBreak: b} }
	options := []voting.Choice{"a", "j", "l"}
	consent, gradients := voting.Question{Method: voting.Consent}, voting.Question{Method: voting.Gradients}
	board := voting.Question{Method: voting.Approval, Options: options, Seats: 2}
	lists := voting.Question{Method: voting.DHondt, Options: options, Seats: 3}
	majority := voting.Question{Method: voting.MajorityBlock, Options: options, Seats: 2}
	order := voting.Facts{Order: []voting.Choice{"l", "j", "a"}}
	level := many(3, voting.Choices{"a", "j", "l"})
	for _, c := range []struct {
		story   string
		q       voting.Question
		rule    voting.Rule
		facts   voting.Facts
		ballots []marked
	}{
		{"consent", consent, tie(""), voting.Facts{}, []marked{many(5, voting.Consents), many(1, voting.Concern)}},
		{"an objection", consent, tie(""), voting.Facts{}, []marked{many(5, voting.Consents), {objecting, voting.Voice}}},
		{"nobody consents", consent, tie(""), voting.Facts{}, []marked{many(5, voting.StandAside)}},
		{"gradients of agreement", gradients, tie(""), voting.Facts{}, []marked{many(5, voting.Reservations), many(1, voting.Disagree)}},
		{"gradients without enough support", gradients, tie(""), voting.Facts{}, []marked{many(5, voting.Reservations), many(4, voting.Disagree)}},
		{"two seats", board, tie(""), voting.Facts{}, []marked{many(5, voting.Choices{"a", "j"}), many(2, voting.Choices{"l"})}},
		{"two seats and a majority for one", board, voting.SimpleMajority(), voting.Facts{}, []marked{many(5, voting.Choices{"a"}), many(2, voting.Choices{"l"})}},
		{"two seats and nobody has a majority", majority, tie(""), voting.Facts{}, []marked{many(2, voting.Choices{"a"}), many(2, voting.Choices{"l"})}},
		{"a tie for two seats", board, tie(""), voting.Facts{}, []marked{level}},
		{"a tie for two seats that an order broke", board, tie(voting.TieOrder), order, []marked{level}},
		{"a tie for the last seat that an order broke", board, tie(voting.TieOrder), order, []marked{level, many(1, voting.Choices{"a"})}},
		{"a tie within the count", lists, tie(voting.TieOrder), order, []marked{many(3, voting.Choice("a")), many(3, voting.Choice("j"))}},
	} {
		v := decideOn(t, c.q, c.rule, c.facts, c.ballots...)
		fmt.Fprintf(b, "# %s (%s)\n", c.story, v.Outcome)
		for _, lang := range []string{"fr", "en", "de"} {
			fmt.Fprintf(b, "%s  %s\n", lang, v.ExplainWith(lang, label))
			for _, s := range v.Why {
				fmt.Fprintf(b, "    - %s\n", s.ExplainWith(lang, label))
			}
		}
		b.WriteString("\n")
	}
}
