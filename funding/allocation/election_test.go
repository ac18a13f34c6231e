package allocation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

func TestElection(t *testing.T) {
	t.Parallel()

	t.Run("groups equal ballots, and adds up their weights", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 10, []allocation.Project{project(t, "a", 5), project(t, "b", 6)}, []string{"a", "b"}, []string{"b", "a"}, []string{"a"})
		require.Equal(t, 2, e.Ballots().Distinct())
		require.Equal(t, voting.Votes{Seats: 3, Voices: 3 * voting.Voice}, e.Ballots().Cast())
	})

	t.Run("a ballot of weight 0 is consultative: it supports nothing and shares nothing", func(t *testing.T) {
		t.Parallel()
		e := approving(t, 10, []allocation.Project{project(t, "a", 5), project(t, "b", 6)}, []string{"a"})
		require.NoError(t, e.Add([]allocation.Vote{{Project: "b"}}, 0))
		out, err := allocation.Allocate(e, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, out.Selected)
		require.Equal(t, allocation.NoSupport, out.Projects[1].Why.Reason)
		require.EqualValues(t, 0, out.Projects[1].Supporters.Seats)
	})

	t.Run("a ranking is worth what the vector says", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New([]allocation.Project{project(t, "a", 5), project(t, "b", 6), project(t, "c", 7)}, euros(t, 10),
			&allocation.Setup{Shape: voting.ShapeRanking, Vector: []int64{3, 1}})
		require.NoError(t, err)
		require.NoError(t, e.Add([]allocation.Vote{{Project: "b"}, {Project: "a"}, {Project: "c"}}, voting.Voice))
		require.NoError(t, e.Add([]allocation.Vote{{Project: "a"}}, voting.Voice/2))
		out, err := allocation.Allocate(e, allocation.Greedy, nil)
		require.NoError(t, err)
		for i, want := range []voting.Number{"2.5", "3", "0"} {
			require.Equal(t, want, out.Projects[i].Score)
		}
	})

	t.Run("points add up with weights", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New([]allocation.Project{project(t, "a", 5), project(t, "b", 6)}, euros(t, 10), &allocation.Setup{Shape: voting.ShapePoints})
		require.NoError(t, err)
		require.NoError(t, e.Add([]allocation.Vote{{"a", 4}, {"b", 0}}, voting.Voice/4))
		out, err := allocation.Allocate(e, allocation.Greedy, nil)
		require.NoError(t, err)
		require.EqualValues(t, "1", out.Projects[0].Score)
		require.Equal(t, allocation.NoSupport, out.Projects[1].Why.Reason)
	})
}

func TestElectionRefusals(t *testing.T) {
	t.Parallel()
	two := []allocation.Project{project(t, "a", 5), project(t, "b", 6)}
	yen, err := money.New(500, "JPY")
	require.NoError(t, err)

	for name, c := range map[string]struct {
		projects []allocation.Project
		budget   money.Amount
		setup    *allocation.Setup
		refused  error
		place    string
	}{
		"no projects":                   {nil, euros(t, 10), nil, allocation.ErrProjects, "projects"},
		"too many projects":             {make([]allocation.Project, allocation.MaxProjects+1), euros(t, 10), nil, allocation.ErrProjects, "projects"},
		"a budget of nothing":           {two, euros(t, 0), nil, allocation.ErrBudget, "budget"},
		"a negative budget":             {two, euros(t, -1), nil, allocation.ErrBudget, "budget"},
		"no budget at all":              {two, money.Amount{}, nil, allocation.ErrBudget, "budget"},
		"an id twice":                   {append(two, project(t, "a", 1)), euros(t, 10), nil, allocation.ErrProjects, "projects/2/id"},
		"an empty id":                   {append(two, project(t, "", 1)), euros(t, 10), nil, allocation.ErrProjects, "projects/2/id"},
		"an id of two lines":            {append(two, project(t, "c\nd", 1)), euros(t, 10), nil, allocation.ErrProjects, "projects/2/id"},
		"an endless id":                 {append(two, project(t, strings.Repeat("x", 201), 1)), euros(t, 10), nil, allocation.ErrProjects, "projects/2/id"},
		"a cost of nothing":             {append(two, project(t, "c", 0)), euros(t, 10), nil, allocation.ErrProjects, "projects/2/cost"},
		"a negative cost":               {append(two, project(t, "c", -3)), euros(t, 10), nil, allocation.ErrProjects, "projects/2/cost"},
		"a cost in another currency":    {append(two, allocation.Project{ID: "c", Cost: yen}), euros(t, 10), nil, allocation.ErrProjects, "projects/2/cost"},
		"costs that do not fit":         {append(two, project(t, "c", 9e15), project(t, "d", 9e15)), euros(t, 10), nil, money.ErrOverflow, "projects"},
		"a shape of grades":             {two, euros(t, 10), &allocation.Setup{Shape: voting.ShapeGrades}, allocation.ErrSetup, "shape"},
		"a ranking worth nothing known": {two, euros(t, 10), &allocation.Setup{Shape: voting.ShapeRanking}, allocation.ErrSetup, "vector"},
		"a vector that rises":           {two, euros(t, 10), &allocation.Setup{Shape: voting.ShapeRanking, Vector: []int64{1, 2}}, allocation.ErrSetup, "vector/1"},
		"a vector for approvals":        {two, euros(t, 10), &allocation.Setup{Vector: []int64{2, 1}}, allocation.ErrSetup, "vector"},
		"limits that contradict":        {two, euros(t, 10), &allocation.Setup{Limits: allocation.Limits{LeastProjects: 3, MostProjects: 2}}, allocation.ErrLimits, "projects"},
		"a negative limit":              {two, euros(t, 10), &allocation.Setup{Limits: allocation.Limits{LeastSum: -3}}, allocation.ErrLimits, "sum"},
		"a limit in another currency":   {two, euros(t, 10), &allocation.Setup{Limits: allocation.Limits{MostCost: yen}}, allocation.ErrLimits, "cost"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := allocation.New(c.projects, c.budget, c.setup)
			require.ErrorIs(t, err, c.refused)
			require.Equal(t, c.place, place(err))
		})
	}
}

func TestBallotRefusals(t *testing.T) {
	t.Parallel()
	projects := []allocation.Project{project(t, "a", 5), project(t, "b", 6), project(t, "c", 9)}
	approval := func(l allocation.Limits) allocation.Setup { return allocation.Setup{Limits: l} }
	points := func(l allocation.Limits) allocation.Setup {
		return allocation.Setup{Shape: voting.ShapePoints, Limits: l}
	}
	for name, c := range map[string]struct {
		setup  allocation.Setup
		ballot []allocation.Vote
		place  string
	}{
		"a project that is not there":     {approval(allocation.Limits{}), []allocation.Vote{{"a", 0}, {"z", 0}}, "1"},
		"a project named twice":           {approval(allocation.Limits{}), []allocation.Vote{{"a", 0}, {"a", 0}}, "1"},
		"points where there are none":     {approval(allocation.Limits{}), []allocation.Vote{{"a", 2}}, "0"},
		"negative points":                 {points(allocation.Limits{}), []allocation.Vote{{"a", -1}}, "0"},
		"endless points":                  {points(allocation.Limits{}), []allocation.Vote{{"a", 1 << 40}}, "0"},
		"too many projects":               {approval(allocation.Limits{MostProjects: 1}), []allocation.Vote{{"a", 0}, {"b", 0}}, ""},
		"too few projects":                {approval(allocation.Limits{LeastProjects: 2}), []allocation.Vote{{"a", 0}}, ""},
		"projects that cost too much":     {approval(allocation.Limits{MostCost: euros(t, 10)}), []allocation.Vote{{"a", 0}, {"b", 0}}, ""},
		"too many points for one project": {points(allocation.Limits{MostPoints: 3}), []allocation.Vote{{"b", 4}}, "b"},
		"too many points in all":          {points(allocation.Limits{MostSum: 3}), []allocation.Vote{{"b", 2}, {"c", 2}}, ""},
		"too few points in all":           {points(allocation.Limits{LeastSum: 5}), []allocation.Vote{{"b", 2}, {"c", 2}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := allocation.New(projects, euros(t, 10), &c.setup)
			require.NoError(t, err)
			err = e.Add(c.ballot, voting.Voice)
			require.ErrorIs(t, err, allocation.ErrBallot)
			require.Equal(t, c.place, place(err))
			require.EqualValues(t, 0, e.Ballots().Cast().Seats, "nothing was added")
		})
	}

	t.Run("a blank ballot keeps all limits", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New(projects, euros(t, 10), &allocation.Setup{Limits: allocation.Limits{LeastProjects: 2}})
		require.NoError(t, err)
		require.NoError(t, e.Add(nil, voting.Voice))
	})
	t.Run("a negative weight", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New(projects, euros(t, 10), nil)
		require.NoError(t, err)
		require.ErrorIs(t, e.Add([]allocation.Vote{{"a", 0}}, -voting.Voice), voting.ErrWeight)
	})
}

// TestRowRefusals adds what a reader of files might hand in: a project that stood twice in a ranking once had its points twice, and one that
// stood twice on a ballot with a limit of costs near the largest amount could not be told as an amount.
func TestRowRefusals(t *testing.T) {
	t.Parallel()
	huge := allocation.Project{ID: "huge", Cost: cents(t, 6e17)}
	projects := []allocation.Project{project(t, "a", 5), huge, project(t, "c", 9)}
	once := voting.Votes{Seats: 1, Voices: voting.Voice}
	ranking := &allocation.Setup{Shape: voting.ShapeRanking, Vector: []int64{3, 2, 1}}
	for name, c := range map[string]struct {
		setup *allocation.Setup
		row   []voting.Mark
	}{
		"a project that is not there":          {nil, []voting.Mark{3}},
		"a project approved twice":             {nil, []voting.Mark{0, 0}},
		"the same, and together beyond limits": {&allocation.Setup{Limits: allocation.Limits{MostCost: euros(t, 20)}}, []voting.Mark{1, 1, 1}},
		"approvals that stand level":           {nil, []voting.Mark{0, 1 | voting.Level}},
		"points for too few projects":          {&allocation.Setup{Shape: voting.ShapePoints}, []voting.Mark{3, 2}},
		"an empty rank":                        {ranking, []voting.Mark{voting.SkippedRank, 0}},
		"an overvoted rank":                    {ranking, []voting.Mark{0, voting.Overvoted}},
		"a project ranked again":               {ranking, []voting.Mark{0, 0 | voting.Again}},
		"a project ranked twice":               {ranking, []voting.Mark{0, 0}},
		"no value where there are no values":   {ranking, []voting.Mark{voting.NoValue}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := allocation.New(projects, euros(t, 10), c.setup)
			require.NoError(t, err)
			require.Equal(t, fault.Invalid, fault.Of(e.AddRow(c.row, once)).Kind)
			require.Equal(t, fault.Invalid, fault.Of(e.AddRowRegardless(c.row, once)).Kind)
			require.EqualValues(t, 0, e.Ballots().Cast().Seats, "nothing was added")
		})
	}
	t.Run("projects that stand level have the points of their rank", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New(projects, euros(t, 10), ranking)
		require.NoError(t, err)
		require.NoError(t, e.AddRow([]voting.Mark{2, 1, 0 | voting.Level}, once))
		out, err := allocation.Allocate(e, allocation.Greedy, nil)
		require.NoError(t, err)
		for i, want := range []voting.Number{"2", "2", "3"} {
			require.Equal(t, want, out.Projects[i].Score)
		}
	})
	t.Run("ballots of which the voices are less than none, or of nobody", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New(projects, euros(t, 10), nil)
		require.NoError(t, err)
		require.ErrorIs(t, e.AddRow([]voting.Mark{0}, voting.Votes{Seats: 1, Voices: -1}), voting.ErrWeight)
		require.ErrorIs(t, e.AddRow([]voting.Mark{0}, voting.Votes{Voices: 1}), voting.ErrWeight)
	})
}

func TestAllocateRefusals(t *testing.T) {
	t.Parallel()
	one, other := project(t, "c", 1), project(t, "d", 1)
	one.Excludes, other.Excludes = []string{"east"}, []string{"west", "east"}
	e := approving(t, 10, []allocation.Project{project(t, "a", 5), project(t, "b", 6), one, other}, []string{"a"})
	for name, c := range map[string]struct {
		rule    allocation.Rule
		o       allocation.Options
		refused error
		place   string
	}{
		"a rule that is not there":       {"darts", allocation.Options{}, allocation.ErrRule, "rule"},
		"a completion of another rule":   {allocation.Greedy, allocation.Options{Completion: allocation.Add1}, allocation.ErrOptions, "completion"},
		"an unknown satisfaction":        {allocation.Greedy, allocation.Options{Satisfaction: "joy"}, allocation.ErrOptions, "satisfaction"},
		"points where ballots have none": {allocation.Greedy, allocation.Options{Satisfaction: allocation.Points}, allocation.ErrOptions, "satisfaction"},
		"a negative increment":           {allocation.Greedy, allocation.Options{Increment: euros(t, -1)}, allocation.ErrOptions, "increment"},
		"a negative minimum":             {allocation.Greedy, allocation.Options{MinScore: -1}, allocation.ErrOptions, "min-score"},
		"a part that is more than all":   {allocation.Greedy, allocation.Options{Partial: voting.Fraction{Num: 5, Den: 4}}, allocation.ErrOptions, "partial"},
		"an increment of no share":       {allocation.Phragmen, allocation.Options{Increment: euros(t, 1)}, allocation.ErrOptions, "increment"},
		"an end that never comes":        {allocation.Greedy, allocation.Options{PastExhaustive: true}, allocation.ErrOptions, "exhaustive"},
		"whole shares of none":           {allocation.Phragmen, allocation.Options{WholeShares: true}, allocation.ErrOptions, "whole-shares"},
		"greedy compared with greedy":    {allocation.Greedy, allocation.Options{Comparison: true}, allocation.ErrOptions, "comparison"},
		"payments that nobody makes":     {allocation.MaximinSupport, allocation.Options{Payments: 3}, allocation.ErrOptions, "payments"},
		"an initial that is not there":   {allocation.Greedy, allocation.Options{Initial: []string{"z"}}, allocation.ErrOptions, "initial/0"},
		"an initial there twice":         {allocation.Greedy, allocation.Options{Initial: []string{"a", "a"}}, allocation.ErrOptions, "initial/1"},
		"initials beyond the budget":     {allocation.Greedy, allocation.Options{Initial: []string{"a", "b"}}, allocation.ErrOptions, "initial"},
		"initials beyond the most":       {allocation.Greedy, allocation.Options{Initial: []string{"c", "a"}, Most: 1}, allocation.ErrOptions, "initial"},
		"two initials of one group":      {allocation.Greedy, allocation.Options{Initial: []string{"c", "d"}}, allocation.ErrOptions, "initial"},
		"an unknown tie-break":           {allocation.Greedy, allocation.Options{Ties: allocation.Ties{By: []allocation.TieBreak{"charm"}}}, allocation.ErrTies, "by/0"},
		"a lot without a seed":           {allocation.Greedy, allocation.Options{Ties: allocation.Ties{By: []allocation.TieBreak{"seed"}}}, allocation.ErrTies, "seed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := allocation.Allocate(e, c.rule, &c.o)
			require.ErrorIs(t, err, c.refused)
			require.Equal(t, c.place, place(err))
		})
	}
	t.Run("nobody has voted", func(t *testing.T) {
		t.Parallel()
		empty := approving(t, 10, []allocation.Project{project(t, "a", 5)})
		_, err := allocation.Allocate(empty, allocation.Greedy, nil)
		require.ErrorIs(t, err, allocation.ErrNoBallots)
	})
	t.Run("a score that cannot be shown in voices", func(t *testing.T) {
		t.Parallel()
		// 140 ballots of the greatest weight give as many points as they can; one more is beyond what a score can be. It came out negative, and
		// the project that everybody wanted most was refused for its want of support.
		points := []allocation.Vote{{Project: "a", Points: voting.MaxValue}, {Project: "b", Points: 1}}
		e, err := allocation.New([]allocation.Project{project(t, "a", 5), project(t, "b", 5)}, euros(t, 5), &allocation.Setup{Shape: voting.ShapePoints})
		require.NoError(t, err)
		for range 140 {
			require.NoError(t, e.Add(points, voting.MaxWeight))
		}
		out, err := allocation.Allocate(e, allocation.Greedy, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, out.Selected)
		require.EqualValues(t, "9174760000000", out.Projects[0].Score)
		require.NoError(t, e.Add(points, voting.MaxWeight))
		for _, r := range allocation.Rules() {
			_, err = allocation.Allocate(e, r, nil)
			require.ErrorIs(t, err, allocation.ErrTooLarge, r)
		}
	})
	t.Run("a score whose sum would begin anew from 0", func(t *testing.T) {
		t.Parallel()
		e, err := allocation.New([]allocation.Project{project(t, "a", 5)}, euros(t, 5), &allocation.Setup{Shape: voting.ShapePoints})
		require.NoError(t, err)
		const most = 1<<64 - 1 // is three times what follows
		require.NoError(t, e.AddRow([]voting.Mark{1}, voting.Votes{Seats: 1, Voices: 1}))
		require.NoError(t, e.AddRow([]voting.Mark{3}, voting.Votes{Seats: 1, Voices: most / 3}))
		_, err = allocation.Allocate(e, allocation.Greedy, nil)
		require.ErrorIs(t, err, allocation.ErrTooLarge)
	})
}
