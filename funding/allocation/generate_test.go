package allocation_test

import (
	"math/big"
	"slices"
	"strconv"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// village is a small random election, told plainly: what a second implementation counts from. Projects are places.
type village struct {
	projects []allocation.Project
	budget   int64 // in cents
	shape    voting.Shape
	ballots  []paper
	options  allocation.Options
}

// paper is one ballot: its points by project, which are 1 or 0 where ballots give none.
type paper struct {
	points []int64
	weight voting.Weight
}

// wishes are what a random village may hold beside projects, a budget and approvals.
type wishes struct {
	projects, ballots        int // at most
	points, groups, minimums bool
	large                    bool // amounts, weights and points near what there is room for, too
}

// weights are those of random ballots: ordinary ones, none, and some with decimals.
var weights = []voting.Weight{1_000_000, 1_000_000, 1_000_000, 2_000_000, 0, 500_000, 333_333, 2_500_000}

// drawVillage draws an election with many ties.
func drawVillage(t *rapid.T, w wishes) village {
	n := rapid.IntRange(1, w.projects).Draw(t, "projects")
	v := village{shape: voting.ShapeChoices}
	units, weights, tops := []int64{1, 100, 350}, weights, []int64{3}
	if w.large {
		units = append(units, 13_000_000_000_000_001)
		weights = append(weights[:len(weights):len(weights)], voting.MaxWeight, voting.MaxWeight-1)
		tops = append(tops, voting.MaxValue)
	}
	unit := rapid.SampledFrom(units).Draw(t, "unit")
	for i := range n {
		p := allocation.Project{ID: "p" + strconv.Itoa(i), Cost: cents(t, unit*rapid.Int64Range(1, 9).Draw(t, "cost"))}
		if w.groups && rapid.IntRange(0, 2).Draw(t, "grouped") == 0 {
			p.Excludes = rapid.SampledFrom([][]string{{"east"}, {"west"}, {"east", "west"}}).Draw(t, "groups")
		}
		v.projects = append(v.projects, p)
	}
	v.budget = unit * rapid.Int64Range(1, 9*int64(n)/2+5).Draw(t, "budget")
	top := int64(1)
	if w.points && rapid.Bool().Draw(t, "points") {
		v.shape, top = voting.ShapePoints, rapid.SampledFrom(tops).Draw(t, "top")
	}
	v.ballots = append(v.ballots, paper{make([]int64, n), voting.Voice}) // somebody with a voice, who hands in a blank ballot
	for range rapid.IntRange(0, w.ballots).Draw(t, "ballots") {
		b := paper{make([]int64, n), rapid.SampledFrom(weights).Draw(t, "weight")}
		for i := range b.points {
			if rapid.IntRange(0, 2).Draw(t, "supports") > 0 {
				b.points[i] = rapid.Int64Range(0, top).Draw(t, "points")
			}
		}
		v.ballots = append(v.ballots, b)
	}
	v.options.Ties.By = rapid.SampledFrom([][]allocation.TieBreak{
		{allocation.TieFile},
		{allocation.TieCost, allocation.TieID},
		{allocation.TieScore},
		{allocation.TieSeed},
	}).Draw(t, "ties")
	v.options.Ties.Seed = make(voting.Seed, voting.SeedSize)
	if w.minimums {
		v.options.Most = rapid.SampledFrom([]int{0, 0, 1, 2, 3}).Draw(t, "most")
		v.options.MinScore = rapid.SampledFrom([]voting.Weight{0, 0, 1_500_000}).Draw(t, "minimum")
		if first := v.projects[0]; first.Cost.Minor() <= v.budget && rapid.IntRange(0, 3).Draw(t, "initial") == 0 {
			v.options.Initial = []string{first.ID}
		}
	}
	return v
}

// election holds the village's election, the projects and the ballots in given orders.
func (v village) election(t require.TestingT, projects, ballots []int) *allocation.Election {
	var list []allocation.Project
	for _, p := range projects {
		list = append(list, v.projects[p])
	}
	e, err := allocation.New(list, cents(t, v.budget), &allocation.Setup{Shape: v.shape})
	require.NoError(t, err)
	for _, b := range ballots {
		var votes []allocation.Vote
		for i, points := range v.ballots[b].points {
			vote := allocation.Vote{Project: v.projects[i].ID}
			if v.shape == voting.ShapePoints {
				vote.Points = points
			}
			if points > 0 {
				votes = append(votes, vote)
			}
		}
		require.NoError(t, e.Add(votes, v.ballots[b].weight))
	}
	return e
}

// allocate applies a rule to the village as it stands.
func (v village) allocate(t require.TestingT, r allocation.Rule) allocation.Outcome {
	out, err := allocation.Allocate(v.election(t, upTo(len(v.projects)), upTo(len(v.ballots))), r, &v.options)
	require.NoError(t, err)
	return out
}

// rank gives each project its place in the order that breaks ties, by asking an election for it.
func (v village) rank(t require.TestingT) []int {
	ids := allocation.TieOrder(v.election(t, upTo(len(v.projects)), upTo(len(v.ballots))), v.options.Ties)
	rank := make([]int, len(v.projects))
	for p := range rank {
		rank[p] = slices.Index(ids, v.projects[p].ID)
	}
	return rank
}

// voices gives the weight of a ballot in voices.
func (p paper) voices() *big.Rat { return big.NewRat(int64(p.weight), int64(voting.Voice)) }

// supports says whether a ballot has a voice for a project.
func (p paper) supports(project int) bool { return p.weight > 0 && p.points[project] > 0 }

// score gives a project's points times voices.
func (v village) score(project int) *big.Rat {
	sum := new(big.Rat)
	for _, b := range v.ballots {
		sum.Add(sum, new(big.Rat).Mul(b.voices(), big.NewRat(b.points[project], 1)))
	}
	return sum
}

// cost gives what a project costs, in units of the currency.
func (v village) cost(project int) *big.Rat { return big.NewRat(v.projects[project].Cost.Minor(), 100) }

// excludes says whether two projects are in a group of which one can be bought.
func (v village) excludes(a, b int) bool {
	for _, group := range v.projects[a].Excludes {
		if slices.Contains(v.projects[b].Excludes, group) {
			return true
		}
	}
	return false
}

// eligible says whether a project may be bought beside others that are bought: it has supporters and the least score, nothing bought
// excludes it, and there are not enough bought already. The budget is another matter.
func (v village) eligible(project int, bought []int) bool {
	minimum := big.NewRat(int64(v.options.MinScore), int64(voting.Voice))
	score := v.score(project)
	if slices.Contains(bought, project) || score.Sign() == 0 || score.Cmp(minimum) < 0 || v.options.Most > 0 && len(bought) >= v.options.Most {
		return false
	}
	return !slices.ContainsFunc(bought, func(other int) bool { return v.excludes(project, other) })
}

// initial gives what is bought before the rule begins, and what is left of the budget.
func (v village) initial() (bought []int, left int64) {
	left = v.budget
	for p, project := range v.projects {
		if slices.Contains(v.options.Initial, project.ID) {
			bought, left = append(bought, p), left-project.Cost.Minor()
		}
	}
	return bought, left
}

// ids names projects.
func (v village) ids(projects []int) []string {
	ids := []string{}
	for _, p := range projects {
		ids = append(ids, v.projects[p].ID)
	}
	return ids
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func cents(t require.TestingT, n int64) money.Amount {
	a, err := money.New(n, "EUR")
	require.NoError(t, err)
	return a
}
