package voting_test

import (
	"strings"
	"testing"

	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestExplainScores(t *testing.T) {
	t.Parallel()
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	tell := func(t *testing.T, q voting.Question, lang string, ballots ...marked) string {
		t.Helper()
		p, err := voting.NewProfile(q)
		require.NoError(t, err)
		for _, b := range ballots {
			require.NoError(t, p.Add(b.Ballot, b.Weight))
		}
		r, err := voting.Count(p)
		require.NoError(t, err)
		return plain.Replace(r.Explain(lang))
	}
	ab := []voting.Choice{"a", "b"}

	for story, c := range map[string]struct {
		q       voting.Question
		ballots []marked
		lang    string
		says    string
	}{
		"majority judgment": {
			judgment("a", "b"),
			[]marked{many(3, voting.Grades{"a": 6, "b": 2}), many(2, voting.Grades{"a": 3})},
			"fr",
			"a : la mention du milieu est 6, sur une échelle de 0 à 6 ; 0 voix donne mieux, 2 donnent moins.",
		},
		"silence": {
			judgment("a", "b"),
			[]marked{many(3, voting.Grades{"a": 6, "b": 2}), many(2, voting.Grades{"a": 3})},
			"en",
			"b has no grade from 2 votes.",
		},
		"for or against each": {
			voting.Question{Method: voting.YesNoEach, Options: ab},
			[]marked{many(3, voting.Grades{"a": 2, "b": 0})},
			"en",
			"a: 3 for, 0 against, 0 without an opinion.",
		},
		"shares": {
			voting.Question{Method: voting.DHondt, Options: ab, Seats: 3},
			[]marked{many(5, voting.Choice("a")), many(2, voting.Choice("b"))},
			"de",
			"a: 5 Stimmen, 2 Sitze.",
		},
		"consent": {
			voting.Question{Method: voting.Consent},
			[]marked{{voting.Consents, voting.Voice}, {voting.Reasoned{Choice: voting.Objection, Reason: "La cave\nest {n} humide."}, voting.Voice}},
			"fr",
			"1 consent.\n1 fait objection.\nMotif de 1 voix : « La cave est {n} humide. »\nLa proposition n'est pas adoptée.",
		},
		"two rounds": {
			voting.Question{Method: voting.MajorityBlock, Options: append([]voting.Choice{"c"}, ab...)},
			[]marked{many(2, voting.Choices{"a"}), many(2, voting.Choices{"b"}), many(1, voting.Choices{"c"})},
			"en",
			"Half of the votes is 2.5: whoever has more is elected.\nThe second round is between a and b.",
		},
	} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, tell(t, c.q, c.lang, c.ballots...), c.says)
		})
	}

	t.Run("every count can be told", func(t *testing.T) {
		t.Parallel()
		methods := []voting.Method{
			voting.Consent, voting.Gradients, voting.Block, voting.Limited, voting.MajorityBlock, voting.Approval, voting.YesNoEach, voting.Cumulative,
			voting.Quadratic, voting.MajorityJudgment, voting.ScoreVoting, voting.STAR, voting.AllocatedScore, voting.ReweightedRange,
			voting.SequentiallySpentScore, voting.DHondt, voting.SainteLague, voting.LargestRemainder,
		}
		agree.Hold(t, func(t *rapid.T) {
			m := rapid.SampledFrom(methods).Draw(t, "method")
			n := anyElection(m, m.Shapes()[0]).Draw(t, "election")
			r := n.count(t, n.q, n.ballots)
			for _, lang := range []string{"fr", "en", "de"} {
				require.NotRegexp(t, `[{}]|count\.|verdict\.`, r.Explain(lang))
			}
		})
	})
}
