package allocation

import (
	"slices"
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Election is projects, a budget for them, and the ballots of those who share it. Ballots are added in a stream; equal ones are
// grouped. It is not safe for use by several goroutines at once.
type Election struct {
	projects []Project
	places   map[string]int
	budget   money.Amount
	shape    voting.Shape
	limits   Limits
	vector   []int64 // of rankings: the points of each rank, the first first
	ballots  *voting.Profile
	silent   *voting.Profile // those of the ballots that have no voice, once more
}

// Setup is how an election is held, beside its projects and its budget. The zero Setup is one of approval without limits.
type Setup struct {
	// Shape is what a ballot looks like: voting.ShapeChoices (the projects approved; the zero value stands for it), voting.ShapePoints
	// (points given to projects) or voting.ShapeRanking (projects in order of preference).
	Shape  voting.Shape
	Limits Limits
	// Vector turns a ranking into points: what the first rank is worth, the second, and so on; later ranks are worth nothing. Of
	// rankings it is required, of other ballots refused. It must not rise, and its values are from 0 to voting.MaxValue.
	Vector []int64
}

// ErrSetup refuses a way to hold an election that is not one.
var ErrSetup = fault.New(fault.Invalid, "allocation.setup", "the election cannot be held in this way")

// New begins an election without ballots. It refuses projects, a budget and limits that break their own bounds, and costs whose sum does
// not fit. Nil is the zero Setup.
func New(projects []Project, budget money.Amount, s *Setup) (*Election, error) {
	if s == nil {
		s = &Setup{}
	}
	if budget.Minor() <= 0 {
		return nil, ErrBudget.At("budget", budget.String())
	}
	return newElection(projects, budget, s)
}

// newElection begins an election whose budget may be nothing.
func newElection(projects []Project, budget money.Amount, s *Setup) (*Election, error) {
	if err := checkProjects(projects, budget); err != nil {
		return nil, err
	}
	if err := s.Limits.check(budget); err != nil {
		return nil, err
	}
	e := &Election{
		projects: slices.Clone(projects), places: make(map[string]int, len(projects)), budget: budget,
		shape: s.Shape, limits: s.Limits, vector: slices.Clone(s.Vector),
	}
	if e.shape == "" {
		e.shape = voting.ShapeChoices
	}
	if err := e.checkSetup(); err != nil {
		return nil, err
	}
	var total int64
	keys := make([]voting.Choice, len(projects))
	for i, p := range projects {
		keys[i] = voting.Choice(strconv.Itoa(i + 1))
		e.places[p.ID] = i
		if p.Cost.Minor() > money.MaxMinor-total {
			return nil, money.ErrOverflow.At("projects", "the costs of all projects together do not fit")
		}
		total += p.Cost.Minor()
	}
	var err error
	if e.ballots, err = voting.NewProfileOf(e.shape, keys); err != nil {
		return nil, err
	}
	e.silent, err = voting.NewProfileOf(e.shape, keys)
	return e, err
}

func (e *Election) checkSetup() error {
	switch e.shape {
	case voting.ShapeChoices, voting.ShapePoints:
		if len(e.vector) > 0 {
			return ErrSetup.At("vector", "only rankings are turned into points")
		}
	case voting.ShapeRanking:
		if len(e.vector) == 0 {
			return ErrSetup.At("vector", "is missing: rankings count by what each rank is worth")
		}
		for i, v := range e.vector {
			if v < 0 || v > voting.MaxValue || i > 0 && v > e.vector[i-1] {
				return ErrSetup.At("vector/"+strconv.Itoa(i), strconv.FormatInt(v, 10)+" is negative, too large or more than the rank before it")
			}
		}
	default:
		return ErrSetup.At("shape", strconv.QuoteToASCII(string(e.shape))+" is no shape of ballots here: choices, points and ranking are")
	}
	return nil
}

// Vote is what a ballot says of one project.
type Vote struct {
	Project string // its id
	Points  int64  // where ballots give points
}

// Add counts one ballot: the projects that it approves; or the points that it gives; or its order of preference, the best first. None is a
// blank ballot. It refuses a project that is unknown or named twice, points out of bounds or where there are none to give, what the
// limits forbid, and a weight that voting.Weight.Check refuses. What is refused leaves the election as it was.
func (e *Election) Add(ballot []Vote, weight voting.Weight) error {
	row, err := e.row(ballot)
	if err != nil {
		return err
	}
	if err := weight.Check(); err != nil {
		return err
	}
	return e.AddRow(row, voting.Votes{Seats: 1, Voices: weight})
}

// row gives a ballot in marks.
func (e *Election) row(ballot []Vote) ([]voting.Mark, error) {
	var row []voting.Mark
	if e.shape == voting.ShapePoints {
		row = slices.Repeat([]voting.Mark{voting.NoValue}, len(e.projects))
	}
	named := make(map[string]bool, len(ballot))
	for i, v := range ballot {
		path := strconv.Itoa(i)
		place, known := e.places[v.Project]
		switch {
		case !known:
			return nil, ErrBallot.At(path, "there is no project "+strconv.QuoteToASCII(v.Project))
		case named[v.Project]:
			return nil, ErrBallot.At(path, "names project "+strconv.QuoteToASCII(v.Project)+" twice")
		case e.shape != voting.ShapePoints && v.Points != 0:
			return nil, ErrBallot.At(path, "gives points where ballots give none")
		case v.Points < 0 || v.Points > voting.MaxValue:
			return nil, ErrBallot.At(path, strconv.FormatInt(v.Points, 10)+" is no number of points from 0 to "+strconv.Itoa(voting.MaxValue))
		}
		named[v.Project] = true
		if e.shape == voting.ShapePoints {
			row[place] = voting.Mark(v.Points)
		} else {
			row = append(row, voting.Mark(place))
		}
	}
	return row, nil
}

// AddRow counts many equal ballots given in numbers, as a file's reader has them: see voting.Mark, the options being the projects in
// their order. It refuses what Add refuses, except that the weight of each is not known, and of rankings ranks that are empty or overvoted and
// projects that are named again. Projects may stand level.
func (e *Election) AddRow(row []voting.Mark, v voting.Votes) error {
	if err := e.known(row); err != nil {
		return err
	}
	if err := e.checkRow(row); err != nil {
		return err
	}
	return e.keep(row, v)
}

// AddRowRegardless counts ballots as AddRow does, whatever the limits say: some that cities have counted break their own.
func (e *Election) AddRowRegardless(row []voting.Mark, v voting.Votes) error {
	if err := e.known(row); err != nil {
		return err
	}
	return e.keep(row, v)
}

// keep adds ballots, and those without a voice to the silent ones too.
func (e *Election) keep(row []voting.Mark, v voting.Votes) error {
	if err := e.ballots.AddMarks(row, v); err != nil || v.Voices > 0 {
		return err
	}
	return e.silent.AddMarks(row, v)
}

// known refuses a row that names a project that is not there, or that says what only the paper of a ranking does.
func (e *Election) known(row []voting.Mark) error {
	if e.shape == voting.ShapePoints && len(row) != len(e.projects) {
		return ErrBallot.At("", "has points for "+strconv.Itoa(len(row))+" projects of "+strconv.Itoa(len(e.projects)))
	}
	for _, m := range row {
		switch {
		case e.shape == voting.ShapePoints:
		case m == voting.SkippedRank || m == voting.Overvoted:
			return ErrBallot.At("", "has a rank that is empty or overvoted")
		case m.Option() >= len(e.projects):
			return ErrBallot.At("", "names project "+strconv.Itoa(m.Option()+1)+" of "+strconv.Itoa(len(e.projects)))
		case m.IsAgain():
			return ErrBallot.At("", "names project "+strconv.Itoa(m.Option()+1)+" again")
		}
	}
	return nil
}

// AddInvalid counts one ballot that was cast and says nothing that can be counted. It has no part in the budget.
func (e *Election) AddInvalid(w voting.Weight) error { return e.ballots.AddInvalid(w) }

// Projects gives the projects, in their order.
func (e *Election) Projects() []Project { return slices.Clone(e.projects) }

// Budget gives the budget.
func (e *Election) Budget() money.Amount { return e.budget }

// Shape gives what the ballots look like.
func (e *Election) Shape() voting.Shape { return e.shape }

// Limits gives what one ballot may say.
func (e *Election) Limits() Limits { return e.limits }

// Vector gives the points of each rank, where ballots are rankings.
func (e *Election) Vector() []int64 { return slices.Clone(e.vector) }

// Ballots gives the ballots as they are grouped: their options are the places of the projects, from "1". It must not be changed.
func (e *Election) Ballots() *voting.Profile { return e.ballots }

// amount gives minor units in the election's currency; no count makes more than fits.
func (e *Election) amount(minor int64) money.Amount {
	a, err := money.New(minor, e.budget.Currency())
	if err != nil {
		panic(err) // the budget has the same currency
	}
	return a
}
