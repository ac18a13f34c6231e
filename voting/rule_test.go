package voting_test

import (
	"encoding/json"
	"testing"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
	"github.com/stretchr/testify/require"
)

func TestRule(t *testing.T) {
	t.Parallel()

	t.Run("the presets can be applied, stored and read again", func(t *testing.T) {
		t.Parallel()
		for _, rule := range []voting.Rule{
			voting.MostVoices(), voting.SimpleMajority(), voting.TwoThirds(), voting.AbsoluteMajority(),
			voting.Communecter(0), voting.Communecter(50), voting.Communecter(100),
			voting.TwoThirds().WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 3}),
		} {
			require.NoError(t, rule.Check())
			data, err := json.Marshal(rule)
			require.NoError(t, err)
			var back voting.Rule
			require.NoError(t, json.Unmarshal(data, &back))
			require.Equal(t, rule, back)
		}
	})

	t.Run("the stored form is what polls already rest on", func(t *testing.T) {
		t.Parallel()
		rule := voting.Communecter(75).WithQuorum(voting.Present, voting.Fraction{Num: 1, Den: 3})
		rule.TieBreak = voting.TieLot
		data, err := json.Marshal(rule)
		require.NoError(t, err)
		require.JSONEq(t, `{"version": 1,
			"quorum": {"count": "present", "of": "entitled", "by": "seats", "fraction": "1/3"},
			"threshold": {"of": "cast", "fraction": "75/100", "strict": true, "percent_places": 2},
			"tie_break": "lot"}`, string(data))
	})

	t.Run("adding a quorum changes no other rule", func(t *testing.T) {
		t.Parallel()
		rule := voting.TwoThirds()
		rule.WithQuorum(voting.Cast, voting.Fraction{Num: 1, Den: 3})
		require.Nil(t, rule.Quorum)
	})

	places := func(n int) *int { return &n }
	half := voting.Fraction{Num: 1, Den: 2}
	q := func(q voting.Quorum) voting.Rule { return voting.Rule{Version: 1, Quorum: &q} }
	th := func(t voting.Threshold) voting.Rule { return voting.Rule{Version: 1, Threshold: &t} }
	for name, c := range map[string]struct {
		rule voting.Rule
		path string
	}{
		"no version":                      {voting.Rule{}, "version"},
		"a version from the future":       {voting.Rule{Version: 2}, "version"},
		"an unknown tie-break":            {voting.Rule{Version: 1, TieBreak: "coin"}, "tie_break"},
		"a quorum of an unknown base":     {q(voting.Quorum{Count: "sober", Of: voting.Entitled, By: voting.Seats, Fraction: half}), "quorum/count"},
		"a quorum out of an unknown base": {q(voting.Quorum{Count: voting.Cast, By: voting.Seats, Fraction: half}), "quorum/of"},
		"a quorum of the whole itself":    {q(voting.Quorum{Count: voting.Cast, Of: voting.Cast, By: voting.Seats, Fraction: half}), "quorum/of"},
		"a quorum of more than the whole": {q(voting.Quorum{Count: voting.Present, Of: voting.Cast, By: voting.Seats, Fraction: half}), "quorum/of"},
		"a quorum by an unknown unit":     {q(voting.Quorum{Count: voting.Cast, Of: voting.Entitled, By: "heads", Fraction: half}), "quorum/by"},
		"a quorum without a fraction":     {q(voting.Quorum{Count: voting.Cast, Of: voting.Entitled, By: voting.Seats}), "quorum/fraction"},
		"a quorum of nothing": {q(voting.Quorum{
			Count: voting.Cast, Of: voting.Entitled, By: voting.Seats, Fraction: voting.Fraction{Num: 0, Den: 1},
		}), "quorum/fraction"},
		"a quorum of more than all": {q(voting.Quorum{
			Count: voting.Cast, Of: voting.Entitled, By: voting.Seats, Fraction: voting.Fraction{Num: 1, Den: 1}, Strict: true,
		}), "quorum/fraction"},
		"a threshold of an unknown base": {th(voting.Threshold{Of: "sober", Fraction: half}), "threshold/of"},
		"a threshold above one":          {th(voting.Threshold{Of: voting.Cast, Fraction: voting.Fraction{Num: 3, Den: 2}}), "threshold/fraction"},
		"a threshold below nothing":      {th(voting.Threshold{Of: voting.Cast, Fraction: voting.Fraction{Num: -1, Den: 2}}), "threshold/fraction"},
		"a threshold of nothing":         {th(voting.Threshold{Of: voting.Cast, Fraction: voting.Fraction{Num: 0, Den: 2}}), "threshold/fraction"},
		"a rounded threshold of nothing": {th(voting.Threshold{
			Of: voting.Cast, Fraction: voting.Fraction{Num: 0, Den: 2}, PercentPlaces: places(2),
		}), "threshold/fraction"},
		"a threshold of more than all": {th(voting.Threshold{Of: voting.Cast, Fraction: voting.Fraction{Num: 2, Den: 2}, Strict: true}), "threshold/fraction"},
		"a majority above 100 %":       {voting.Communecter(101), "threshold/fraction"},
		"a majority below 0 %":         {voting.Communecter(-1), "threshold/fraction"},
		"rounding to too many places":  {th(voting.Threshold{Of: voting.Cast, Fraction: half, PercentPlaces: places(7)}), "threshold/percent_places"},
		"rounding to fewer than none":  {th(voting.Threshold{Of: voting.Cast, Fraction: half, PercentPlaces: places(-1)}), "threshold/percent_places"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			t.Parallel()
			err := c.rule.Check()
			require.ErrorIs(t, err, voting.ErrRule)
			require.Equal(t, c.path, fault.Of(err).Fields[0].Path)
		})
	}

	t.Run("a stored rule with what is not known is refused", func(t *testing.T) {
		t.Parallel()
		for _, src := range []string{
			`{"version":1,"veto":true}`, `{"version":1,"threshold":{"of":"cast","fraction":"1/2","rounded":true}}`,
			`{"version":1,"threshold":{"of":"cast","fraction":0.5}}`, `{"version":1,"quorum":[]}`, `[]`,
		} {
			var rule voting.Rule
			require.ErrorIs(t, json.Unmarshal([]byte(src), &rule), voting.ErrRule, src)
			require.Zero(t, rule)
		}
	})
}
