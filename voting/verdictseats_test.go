package voting_test

import (
	"slices"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// decideOn counts ballots on a question and decides.
func decideOn(t require.TestingT, q voting.Question, rule voting.Rule, facts voting.Facts, ballots ...marked) voting.Verdict {
	p, err := voting.NewProfile(q)
	require.NoError(t, err)
	for _, b := range ballots {
		require.NoError(t, p.Add(b.Ballot, b.Weight))
	}
	r, err := voting.Count(p)
	require.NoError(t, err)
	if facts.Entitled.Seats == 0 {
		facts.Entitled = voting.Votes{Seats: 1000, Voices: 1000 * voting.Voice}
	}
	v, err := voting.Decide(q, rule, r, facts)
	require.NoError(t, err)
	return v
}

// many gives one ballot of so many voices.
func many(voices int, b voting.Ballot) marked { return marked{b, voting.Weight(voices) * voting.Voice} }

func TestDecideSeats(t *testing.T) {
	t.Parallel()
	abc := []voting.Choice{"a", "j", "l"}
	approval := voting.Question{Method: voting.Approval, Options: abc, Seats: 2}
	most := voting.MostVoices()
	tie := func(b voting.TieBreak) voting.Rule { return voting.Rule{Version: voting.RuleVersion, TieBreak: b} }

	t.Run("several seats", func(t *testing.T) {
		t.Parallel()
		v := decideOn(t, approval, most, voting.Facts{}, many(5, voting.Choices{"a", "j"}), many(2, voting.Choices{"l"}))
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, []voting.Choice{"a", "j"}, v.Winners)
		require.Empty(t, v.Winner)
		require.Equal(t, "Chosen: a and j, for 2 seats.", v.Explain("en"))
	})

	t.Run("each winner must reach the threshold", func(t *testing.T) {
		t.Parallel()
		v := decideOn(t, approval, voting.SimpleMajority(), voting.Facts{}, many(5, voting.Choices{"a"}), many(4, voting.Choices{"j"}))
		require.Equal(t, []voting.Choice{"a"}, v.Winners)
		require.True(t, v.Why[0].Passed)
		require.False(t, v.Why[1].Passed)
		require.Equal(t, voting.Voice, v.Why[1].Missing)
		v = decideOn(t, approval, voting.AbsoluteMajority(), voting.Facts{}, many(5, voting.Choices{"a"}), many(4, voting.Choices{"j"}))
		require.Equal(t, voting.Rejected, v.Outcome)
		require.Empty(t, v.Winners)
	})

	t.Run("a tie for the last seat", func(t *testing.T) {
		t.Parallel()
		ballots := []marked{many(5, voting.Choices{"a"}), many(3, voting.Choices{"j"}), many(3, voting.Choices{"l"})}
		v := decideOn(t, approval, most, voting.Facts{}, ballots...)
		require.Equal(t, voting.Tied, v.Outcome)
		v = decideOn(t, approval, tie(voting.TieOrder), voting.Facts{Order: []voting.Choice{"l", "j", "a"}}, ballots...)
		require.Equal(t, []voting.Choice{"a", "l"}, v.Winners)
		v = decideOn(t, approval, tie(voting.TieChair), voting.Facts{}, ballots...)
		require.Equal(t, voting.Tied, v.Outcome)
		v = decideOn(t, approval, tie(voting.TieStatusQuo), voting.Facts{}, ballots...)
		require.Equal(t, voting.Adopted, v.Outcome)
		require.Equal(t, []voting.Choice{"a"}, v.Winners, "the other seat stays empty")
		all := []marked{many(3, voting.Choices{"a", "j", "l"})}
		v = decideOn(t, approval, tie(voting.TieOrder), voting.Facts{Order: []voting.Choice{"l", "j", "a"}}, all...)
		require.Equal(t, []voting.Choice{"l", "j"}, v.Winners)
		require.Equal(t, []voting.Choice{"l", "j"}, v.Why[1].Chosen)
		v = decideOn(t, approval, tie(voting.TieStatusQuo), voting.Facts{}, all...)
		require.Equal(t, voting.Rejected, v.Outcome)
	})

	t.Run("a tie within a count is the count's to break", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.STAR, Options: abc}
		v := decideOn(t, q, tie(voting.TieOrder), voting.Facts{Order: abc}, many(5, voting.Scores{"a": 3, "j": 3, "l": 3}))
		require.Equal(t, voting.Tied, v.Outcome)
		v = decideOn(t, q, most, voting.Facts{}, many(5, voting.Scores{"a": 3, "j": 2, "l": 1}))
		require.Equal(t, voting.Choice("a"), v.Winner)
	})

	t.Run("shares", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.DHondt, Options: abc, Seats: 5}
		v := decideOn(t, q, most, voting.Facts{}, many(3, voting.Choice("a")), many(2, voting.Choice("j")))
		require.Equal(t, []voting.Choice{"a", "j"}, v.Winners)
		v = decideOn(t, q, most, voting.Facts{}, many(3, voting.Choice("a")), many(3, voting.Choice("j")))
		require.Equal(t, voting.Tied, v.Outcome)
	})

	t.Run("consent and gradients", func(t *testing.T) {
		t.Parallel()
		q := voting.Question{Method: voting.Consent}
		v := decideOn(t, q, most, voting.Facts{}, many(5, voting.Consents), many(1, voting.Concern))
		require.Equal(t, voting.Consents, v.Winner)
		v = decideOn(t, q, most, voting.Facts{}, many(5, voting.Consents), many(1, objecting))
		require.Equal(t, voting.Rejected, v.Outcome)
		v = decideOn(t, q, quorum(most, 1, 2, voting.Cast, voting.Entitled, voting.Seats), voting.Facts{}, many(5, voting.Consents))
		require.Equal(t, voting.Inquorate, v.Outcome)
		q.Method = voting.Gradients
		v = decideOn(t, q, most, voting.Facts{}, many(2, voting.Endorse), many(1, voting.Disagree))
		require.Equal(t, voting.Endorse, v.Winner)
		v = decideOn(t, q, most, voting.Facts{}, many(1, voting.Endorse), many(1, voting.Disagree))
		require.Equal(t, voting.Rejected, v.Outcome)
		v = decideOn(t, q, most, voting.Facts{}, many(9, voting.Endorse), many(1, voting.Veto))
		require.Equal(t, voting.Rejected, v.Outcome)
	})

	t.Run("a threshold is refused where there are no votes to measure", func(t *testing.T) {
		t.Parallel()
		for _, m := range []voting.Method{voting.Schulze, voting.MajorityJudgment, voting.STAR, voting.STV, voting.DHondt} {
			q := voting.Question{Method: m, Options: abc}
			p, err := voting.NewProfile(q)
			require.NoError(t, err)
			r, err := voting.Count(p)
			require.NoError(t, err)
			_, err = voting.Decide(q, voting.SimpleMajority(), r, voting.Facts{Entitled: seats(9)})
			require.ErrorIs(t, err, voting.ErrRule, "%s", m)
		}
	})

	t.Run("the verdict on any count agrees with the count", func(t *testing.T) {
		t.Parallel()
		agree.Hold(t, func(t *rapid.T) {
			m := rapid.SampledFrom(voting.Methods()).Draw(t, "method")
			n := anyElection(m, m.Shapes()[0]).Draw(t, "election")
			r := n.count(t, n.q, n.ballots)
			if r.refused != "" {
				return
			}
			rule := tie(rapid.SampledFrom([]voting.TieBreak{"", voting.TieStatusQuo, voting.TieOrder}).Draw(t, "tie-break"))
			facts := voting.Facts{Entitled: r.Cast}
			if !hasAnswers(m) {
				facts.Order = n.q.Options
			}
			v, err := voting.Decide(n.q, rule, r.Result, facts)
			require.NoError(t, err)
			for _, lang := range []string{"fr", "en", "de"} {
				told(t, v.Explain(lang))
				for _, s := range v.Why {
					told(t, s.Explain(lang))
				}
			}
			won := v.Winners
			if v.Winner != "" {
				won = []voting.Choice{v.Winner}
			}
			require.Equal(t, v.Outcome == voting.Adopted, len(won) > 0)
			if m == voting.YesNo {
				return
			}
			for _, c := range won {
				require.Contains(t, r.Winners, c)
			}
			require.LessOrEqual(t, len(won), max(n.q.Seats, 1))
			if m := slices.Index([]voting.Outcome{voting.Void, voting.Inquorate}, v.Outcome); m < 0 && len(r.Winners) == 0 {
				require.Equal(t, voting.Rejected, v.Outcome)
			}
		})
	})
}
