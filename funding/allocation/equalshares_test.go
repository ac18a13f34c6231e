package allocation_test

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/agree"
	"github.com/communecter/coopspace/voting"
)

// share buys by Equal Shares.
func share(t require.TestingT, e *allocation.Election, o *allocation.Options) allocation.Outcome {
	out, err := allocation.Allocate(e, allocation.EqualShares, o)
	require.NoError(t, err)
	return out
}

// figure gives a figure by its name.
func figure(out allocation.Outcome, name string) voting.Number {
	for _, f := range out.Figures {
		if f.Name == name {
			return f.Number
		}
	}
	return ""
}

// voters gives ordinary ballots.
func voters(n int64) voting.Votes {
	return voting.Votes{Seats: n, Voices: voting.Weight(n) * voting.Voice}
}

// TestEqualSharesPage is the worked example of docs/methods/equal-shares-budget.md.
func TestEqualSharesPage(t *testing.T) {
	t.Parallel()
	t.Run("each voice pays for what it supports, and who has less gives all", func(t *testing.T) {
		t.Parallel()
		out := share(t, square(t), &allocation.Options{Payments: 4})
		require.Equal(t, []string{"playground", "mural", "bench"}, out.Selected)
		require.Equal(t, voting.Number("2600"), figure(out, "share"))
		require.Equal(t, []voting.Number{"5", "2", "10/9"}, ratios(out))
		require.Equal(t, allocation.Round{
			Project: "bench", Cost: euros(t, 2_000), Left: euros(t, 6_800), Ratio: "10/9", Price: "1800", Payers: voters(2), Emptied: voters(1),
			Payments: []allocation.Payment{
				{Payers: voters(1), Had: "2600", Paid: "1800", Amount: euros(t, 1_800)},
				{Payers: voters(1), Had: "200", Paid: "200", Amount: euros(t, 200)},
			},
		}, out.Rounds[2])
		require.Equal(t, allocation.Why{
			Reason: allocation.Short, Round: 3, Price: "1500", Left: euros(t, 6_800), Have: euros(t, 3_000), Missing: euros(t, 3_000),
		}, why(out, "trees"))
		require.Equal(t, allocation.Why{
			Reason: allocation.Short, Round: 3, Price: "3000", Left: euros(t, 6_800), Have: euros(t, 3_400), Missing: euros(t, 5_600),
		}, why(out, "bicycles"))
		require.Equal(t, allocation.NoSupport, why(out, "fountain").Reason)
	})
	t.Run("add1 gives a euro more each time, and keeps the last outcome within the budget", func(t *testing.T) {
		t.Parallel()
		out := share(t, square(t), &allocation.Options{Completion: allocation.Add1})
		require.Equal(t, []string{"playground", "trees", "bench"}, out.Selected)
		require.Equal(t, voting.Number("2999"), figure(out, "share"))
		require.Equal(t, voting.Number("2600"), figure(out, "first-share"))
		require.Equal(t, voting.Number("2401"), out.Rounds[1].Price)
		require.Equal(t, cents(t, 140_400), why(out, "bicycles").Missing)
	})
	t.Run("the other completions", func(t *testing.T) {
		t.Parallel()
		for completion, want := range map[allocation.Completion][]string{
			allocation.Add1U:       {"playground", "trees", "bench", "mural"},
			allocation.Add1Cut:     {"playground", "bicycles"},
			allocation.Utilitarian: {"playground", "mural", "bench", "trees"},
			allocation.ByPhragmen:  {"playground", "mural", "bench", "trees"},
		} {
			require.Equal(t, want, share(t, square(t), &allocation.Options{Completion: completion}).Selected, completion)
		}
	})
	t.Run("a project that the rest cannot pay either is told what its supporters lacked", func(t *testing.T) {
		t.Parallel()
		out := share(t, square(t), &allocation.Options{Completion: allocation.Add1U})
		require.Equal(t, allocation.Why{
			Reason: allocation.Short, Round: 4, Price: "3000", Left: euros(t, 6_000), Have: euros(t, 7_596), Missing: euros(t, 1_404),
		}, why(out, "bicycles"))
		out = share(t, square(t), nil)
		require.Equal(t, "trees (6 000 €), avec 4 voix : chaque voix aurait dû payer 1 500 €, mais ceux qui le soutiennent n'avaient plus ensemble que 3 000 €. "+
			"Il leur manquait 3 000 €. Il reste 6 800 € du budget, mais 3 800 € sont la part d'autres personnes.",
			strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(out.ExplainProject("fr", "trees")))
		out = share(t, square(t), &allocation.Options{Completion: allocation.Add1})
		require.Contains(t, out.ExplainProject("en", "mural"), "with €1 more for each voice the purchases would have exceeded it")
	})
	t.Run("the comparison: four prefer to have the trees, one of whom has nothing otherwise", func(t *testing.T) {
		t.Parallel()
		out := share(t, square(t), &allocation.Options{Comparison: true})
		require.Equal(t, []string{"playground", "trees", "bench", "mural"}, out.Selected)
		require.Equal(t, [2]voting.Number{"0", "4"}, [2]voting.Number{figure(out, "prefer-equal-shares"), figure(out, "prefer-greedy")})
	})
	t.Run("what the comparison buys has no price", func(t *testing.T) {
		t.Parallel()
		out := share(t, square(t), &allocation.Options{Comparison: true})
		require.Equal(t, "trees (€6,000) is bought, with 4 votes.", out.ExplainProject("en", "trees"))
		out = share(t, square(t), &allocation.Options{Completion: allocation.Add1Cut})
		require.Equal(t, "bench (€2,000), with 2 votes: each voice would have had to pay €1,000, but its supporters had only €600 left together. "+
			"They lacked €1,400. €5,000 is left of the budget, but purchases end at the first project that costs more than is left.", out.ExplainProject("en", "bench"))
	})
	t.Run("each project counted as one, the cheap come first", func(t *testing.T) {
		t.Parallel()
		out := share(t, square(t), &allocation.Options{Satisfaction: allocation.Cardinality})
		require.Equal(t, "bench", out.Selected[0])
	})
}

func TestEqualShares(t *testing.T) {
	t.Parallel()
	t.Run("a minority gets its part, which the order of votes gives to the majority", func(t *testing.T) {
		t.Parallel()
		var ballots [][]string
		for i := range 10 {
			if i < 6 {
				ballots = append(ballots, []string{"a", "b", "c"})
			} else {
				ballots = append(ballots, []string{"x"})
			}
		}
		e := approving(t, 3_000, []allocation.Project{
			project(t, "a", 900), project(t, "b", 900), project(t, "c", 900), project(t, "x", 1_200),
		}, ballots...)
		require.Equal(t, []string{"a", "b", "x"}, share(t, e, nil).Selected)
	})
	t.Run("if all that anybody supports fits, all is bought, and what nobody supports is not", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 100, []allocation.Project{project(t, "small", 30), project(t, "other", 60), project(t, "free", 1)},
			[]string{"small"}, []string{"small"}, []string{"small"}, []string{"other"})
		for _, c := range []allocation.Completion{
			allocation.NoCompletion, allocation.Add1, allocation.Add1U, allocation.Add1Cut, allocation.Utilitarian, allocation.ByPhragmen,
		} {
			out := share(t, e, &allocation.Options{Completion: c, PastExhaustive: true})
			require.Equal(t, []string{"small", "other"}, out.Selected)
			require.Equal(t, allocation.Completed, why(out, "other").Reason)
			require.Equal(t, "all-fit", out.Rounds[1].Phase)
			require.Equal(t, allocation.NoSupport, why(out, "free").Reason)
		}
	})
	t.Run("a project that nobody supports and that would fit makes nothing loop", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 100, []allocation.Project{project(t, "big", 90), project(t, "dear", 80), project(t, "free", 1)}, []string{"big"}, []string{"dear"})
		out := share(t, e, &allocation.Options{Completion: allocation.Add1})
		require.Equal(t, []string{"dear"}, out.Selected)
	})
	t.Run("nor two that exclude each other, of which no share ever buys both", func(t *testing.T) {
		t.Parallel()
		a, b := project(t, "a", 10), project(t, "b", 20)
		a.Excludes, b.Excludes = []string{"corner"}, []string{"corner"}
		e := approving(t, 100, []allocation.Project{a, b}, []string{"a"}, []string{"b"})
		out := share(t, e, &allocation.Options{Completion: allocation.Add1, PastExhaustive: true})
		require.Equal(t, []string{"a"}, out.Selected)
		require.Equal(t, allocation.Why{Reason: allocation.Excluded, Round: 1, By: "a"}, why(out, "b"))
	})
	t.Run("a cent at a time, for a budget of a million and two voters, is soon done", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 1_000_000, []allocation.Project{project(t, "a", 900_000), project(t, "b", 800_000)}, []string{"a"}, []string{"b"})
		out := share(t, e, &allocation.Options{Completion: allocation.Add1, Increment: cents(t, 1)})
		require.Equal(t, []string{"b"}, out.Selected)
		require.Equal(t, voting.Number("800000"), figure(out, "share"))
		require.Equal(t, voting.Number("2"), figure(out, "runs"))
	})
	t.Run("whole shares begin with whole euros", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 100, []allocation.Project{project(t, "a", 66)}, []string{"a"}, []string{"a"}, nil)
		require.Equal(t, voting.Number("100/3"), figure(share(t, e, nil), "first-share"))
		out := share(t, e, &allocation.Options{WholeShares: true})
		require.Equal(t, voting.Number("33"), figure(out, "first-share"))
		require.Equal(t, []string{"a"}, out.Selected)
	})
	t.Run("one donor with 99 % of the weight pays for one's own projects, and no others", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 1_000, []allocation.Project{project(t, "rich", 980), project(t, "poor", 10), project(t, "poorer", 20)})
		require.NoError(t, e.Add([]allocation.Vote{{Project: "rich"}}, 99*voting.Voice))
		require.NoError(t, e.Add([]allocation.Vote{{Project: "poor"}, {Project: "poorer"}}, voting.Voice))
		out := share(t, e, nil)
		require.Equal(t, []string{"rich", "poor"}, out.Selected)
		require.Equal(t, voting.Number("980/99"), out.Rounds[0].Price)
		require.Equal(t, euros(t, 20), why(out, "poorer").Missing)
	})
	t.Run("points share the price in proportion", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New([]allocation.Project{project(t, "a", 60), project(t, "b", 60)}, euros(t, 100), &allocation.Setup{Shape: voting.ShapePoints})
		require.NoError(t, err)
		require.NoError(t, e.Add([]allocation.Vote{{Project: "a", Points: 3}}, voting.Voice))
		require.NoError(t, e.Add([]allocation.Vote{{Project: "a", Points: 1}, {Project: "b", Points: 9}}, voting.Voice))
		out := share(t, e, &allocation.Options{Payments: 9})
		require.Equal(t, []string{"a"}, out.Selected)
		require.Equal(t, []allocation.Payment{
			{Payers: voters(1), Had: "50", Paid: "45", Amount: euros(t, 45)}, {Payers: voters(1), Had: "50", Paid: "15", Amount: euros(t, 15)},
		}, out.Rounds[0].Payments)
	})
	t.Run("a third of a cent is settled by the largest remainder", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 100, []allocation.Project{project(t, "a", 50), project(t, "b", 25)}, []string{"a"}, []string{"a", "b"}, []string{"a", "b"}, []string{"b"}, nil)
		out := share(t, e, &allocation.Options{Payments: 9})
		require.Equal(t, []string{"a", "b"}, out.Selected)
		require.Equal(t, []allocation.Payment{
			{Payers: voters(1), Had: "20", Paid: "55/3", Amount: cents(t, 1_833)},
			{Payers: voters(2), Had: "10/3", Paid: "10/3", Amount: cents(t, 667)},
		}, out.Rounds[1].Payments)
		out = share(t, e, &allocation.Options{Payments: 1})
		require.Equal(t, []allocation.Payment{{Payers: voters(3), Amount: euros(t, 25)}}, out.Rounds[1].Payments)
	})
	t.Run("refuses a negative increment, one in another currency, and nobody", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 100, []allocation.Project{project(t, "a", 50)}, []string{"a"})
		_, err := allocation.Allocate(e, allocation.EqualShares, &allocation.Options{Completion: allocation.Add1, Increment: cents(t, -1)})
		require.ErrorIs(t, err, allocation.ErrOptions)
		_, err = allocation.Allocate(e, allocation.EqualShares, &allocation.Options{Payments: -1})
		require.ErrorIs(t, err, allocation.ErrOptions)
		_, err = allocation.Allocate(approving(t, 100, []allocation.Project{project(t, "a", 50)}), allocation.EqualShares, nil)
		require.ErrorIs(t, err, allocation.ErrNoBallots)
	})
}

// TestEqualSharesProperties holds what all completions keep: nobody pays for what they do not support, nor more than they have; amounts
// add up to the cost; the price never falls by what it buys.
func TestEqualSharesProperties(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 6, ballots: 7, points: true, groups: true, minimums: true})
		v.drawShares(t)
		out := v.allocate(t, allocation.EqualShares)
		if out.Options.Payments == 0 {
			v.checkOutcome(t, out)
		}
		v.checkOrder(t, allocation.EqualShares, out)
		v.checkWeights(t, allocation.EqualShares, out)
		for _, p := range out.Projects {
			require.False(t, p.Why.Missing.Minor() < 0 || p.Why.Have.Minor() < 0, "%+v", p.Why)
			require.True(t, p.Why.Reason != allocation.NoRoom || p.Cost.Minor() > p.Why.Left.Minor())
		}
		var before *big.Rat
		for _, r := range out.Rounds {
			if r.Phase != "" {
				break
			}
			if before != nil {
				require.LessOrEqual(t, r.Ratio.Rat().Cmp(before), 0, "the gain for each unit never rises")
			}
			before = r.Ratio.Rat()
			if n := out.Options.Payments; n > 0 {
				require.LessOrEqual(t, len(r.Payments), n)
				sum, payers := int64(0), voting.Votes{}
				for _, p := range r.Payments {
					sum += p.Amount.Minor()
					payers.Seats, payers.Voices = payers.Seats+p.Payers.Seats, payers.Voices+p.Payers.Voices
					if p.Paid != "" {
						require.LessOrEqual(t, p.Paid.Rat().Cmp(p.Had.Rat()), 0)
						require.LessOrEqual(t, p.Paid.Rat().Cmp(r.Price.Rat()), 0)
					}
				}
				require.Equal(t, r.Cost.Minor(), sum)
				require.Equal(t, r.Payers, payers)
				for _, s := range out.Projects {
					if s.ID == r.Project {
						require.LessOrEqual(t, payers.Voices, s.Supporters.Voices)
					}
				}
			}
		}
	})
}

// TestEqualSharesPromises holds what the page says of the rule without a completion: of a group that all support the same project and whose
// shares together pay for it, somebody gets something; and what is bought is bought for less too.
func TestEqualSharesPromises(t *testing.T) {
	t.Parallel()
	agree.Hold(t, func(t *rapid.T) {
		v := drawVillage(t, wishes{projects: 6, ballots: 7, points: true})
		v.options.Ties.By = []allocation.TieBreak{allocation.TieFile}
		v.options.Satisfaction = rapid.SampledFrom([]allocation.Satisfaction{
			allocation.Cost, allocation.Cardinality, allocation.Effort, allocation.CostSqrt,
		}).Draw(t, "satisfaction")
		out := v.allocate(t, allocation.EqualShares)
		first := figure(out, "first-share").Rat()
		for p := range v.projects {
			group, happy := new(big.Rat), false
			for _, b := range v.ballots {
				if !b.supports(p) {
					continue
				}
				group.Add(group, new(big.Rat).Mul(first, b.voices()))
				for other, s := range out.Projects {
					happy = happy || s.Selected && b.supports(other)
				}
			}
			require.True(t, happy || group.Cmp(v.cost(p)) < 0, "nobody who supports %s gets anything", v.projects[p].ID)
		}
		for p, s := range out.Projects {
			if s.Why.Reason == allocation.Bought && s.Cost.Minor() > 1 {
				cheaper := v
				cheaper.projects = slices.Clone(v.projects)
				cheaper.projects[p].Cost = cents(t, rapid.Int64Range(1, s.Cost.Minor()-1).Draw(t, "cheaper"))
				require.Contains(t, cheaper.allocate(t, allocation.EqualShares).Selected, s.ID)
			}
		}
	})
}

// TestEqualSharesManyRuns tries what would take too long, if every share between were tried.
func TestEqualSharesManyRuns(t *testing.T) {
	t.Parallel()
	var projects []allocation.Project
	var ballots [][]string
	for i := range 20 {
		projects = append(projects, project(t, "p"+strconv.Itoa(i), int64(1_000+37*i*i)))
	}
	for i := range 60 {
		ballots = append(ballots, []string{"p" + strconv.Itoa(i%20), "p" + strconv.Itoa(i*7%20), "p" + strconv.Itoa(i*i%20)})
		if i%20 == i*7%20 || i%20 == i*i%20 || i*7%20 == i*i%20 {
			ballots[i] = ballots[i][:1]
		}
	}
	e := approving(t, 90_000, projects, ballots...)
	o := allocation.Options{Completion: allocation.Add1, Increment: cents(t, 1), PastExhaustive: true}
	require.ErrorIs(t, allocation.RaisedWithin(e, o, 1_000), allocation.ErrIncrement)
	out := share(t, e, &o)
	require.Less(t, figure(out, "runs").Rat().Num().Int64(), int64(20_000))
}

func TestConsultativeBallots(t *testing.T) {
	t.Parallel()
	e := approving(t, 100, []allocation.Project{project(t, "a", 60), project(t, "b", 60)}, []string{"a"}, []string{"a"}, []string{"b"}, nil)
	for _, ballot := range [][]allocation.Vote{{{Project: "a"}}, {{Project: "b"}, {Project: "a"}}, nil} {
		require.NoError(t, e.Add(ballot, 0))
	}
	out := share(t, e, nil)
	require.Equal(t, voters(4), out.Voters)
	require.Equal(t, voters(2), out.Projects[0].Supporters)
	require.Equal(t, voters(1), out.Projects[1].Supporters)
	require.Equal(t, voting.Number("25"), figure(out, "share"))
}
