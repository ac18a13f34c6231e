package voting

import (
	"math/big"

	"github.com/communecter/coopspace/internal/locale"
)

// tellMerits tells what each option was judged, the best first.
func tellMerits(t *countTeller, r Result) {
	seen, same := map[int]bool{}, false
	t.merits(r, func(m Merit) {
		same = same || seen[m.Median]
		seen[m.Median] = true
		below, above := new(big.Rat), new(big.Rat)
		for g, n := range m.Voices {
			switch {
			case g < m.Median:
				below.Add(below, n.Rat())
			case g > m.Median:
				above.Add(above, n.Rat())
			}
		}
		t.say("count.merit", "name", t.label(m.Choice), "median", m.Median, "last", len(m.Voices)-1,
			"above", t.shown(NumberOf(above)), "below", t.shown(NumberOf(below)))
		if m.Missing != "" {
			t.say("count.merit.missing", "name", t.label(m.Choice), "n", t.shown(m.Missing))
		}
	})
	if same {
		t.say("count.merit.tied")
	}
}

// tellEach tells for and against for each option, the best first.
func tellEach(t *countTeller, r Result) {
	t.merits(r, func(m Merit) {
		t.say("count.each", "name", t.label(m.Choice),
			"for", t.shown(m.Voices[eachFor]), "against", t.shown(m.Voices[eachAgainst]), "abstain", t.shown(m.Voices[eachAbstain]))
	})
}

// merits goes through the merits in the order of the ranking.
func (t *countTeller) merits(r Result, tell func(Merit)) {
	for _, group := range r.Ranking {
		for _, c := range group {
			for _, m := range r.Merits {
				if m.Choice == c {
					tell(m)
				}
			}
		}
	}
}

// tellShares tells how seats were won, and how many each has.
func tellShares(t *countTeller, r Result) {
	if quota := figureOf(r.Figures, "quota"); quota != "" {
		t.say("count.figure.seat-price", "n", t.shown(quota))
	}
	t.rounds(r.Rounds)
	for _, group := range r.Ranking {
		for _, c := range group {
			for i, s := range r.Shares {
				if s.Choice == c {
					t.say("count.share", "name", t.label(c), "votes", t.shown(r.Scores[i].Number), "n", locale.Int(s.Seats))
				}
			}
		}
	}
}

// tellAnswers tells how many gave each answer to a proposal and why, and whether it is adopted.
func tellAnswers(t *countTeller, r Result) {
	for _, tally := range r.Votes {
		if tally.Seats > 0 {
			t.say("count.answer."+string(tally.Choice), "n", locale.Int(tally.Seats))
			t.reasons(r, tally.Choice)
		}
	}
	t.reasons(r, Abstain)
	t.figures(r.Figures)
}
