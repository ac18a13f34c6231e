package allocation

import (
	"strconv"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Limits are what one ballot may say. A zero says nothing. Blank ballots keep all limits; limits of points bind only ballots that give points.
type Limits struct {
	LeastProjects, MostProjects int          // how many projects a ballot names
	LeastCost, MostCost         money.Amount // what those that it names cost together
	LeastPoints, MostPoints     int64        // for one project, where it gives points
	LeastSum, MostSum           int64        // all points of a ballot
}

// ErrBallot refuses a ballot that breaks the election's limits or names what is not there; its fields say where.
var ErrBallot = fault.New(fault.Invalid, "allocation.ballot", "the ballot says something that this election does not allow")

// ErrLimits refuses limits that contradict each other.
var ErrLimits = fault.New(fault.Invalid, "allocation.limits", "the limits of a ballot contradict each other")

func (l Limits) check(budget money.Amount) error {
	var faults fault.List
	low := func(path string, least, most int64) {
		if least < 0 || most < 0 {
			faults.Add(path, "is negative")
		} else if most > 0 && least > most {
			faults.Add(path, "is at least "+strconv.FormatInt(least, 10)+" and at most "+strconv.FormatInt(most, 10))
		}
	}
	low("projects", int64(l.LeastProjects), int64(l.MostProjects))
	low("cost", l.LeastCost.Minor(), l.MostCost.Minor())
	low("points", l.LeastPoints, l.MostPoints)
	low("sum", l.LeastSum, l.MostSum)
	if foreign(l.LeastCost, budget) || foreign(l.MostCost, budget) {
		faults.Add("cost", "is not in the budget's currency")
	}
	return faults.Err(ErrLimits)
}

// foreign says whether an amount is given, in another currency than the budget.
func foreign(a, budget money.Amount) bool {
	return a != (money.Amount{}) && a.Currency() != budget.Currency()
}

// checkRow refuses a row of marks that breaks the limits. It has marks of projects that are there; what else is wrong with it the profile says.
func (e *Election) checkRow(row []voting.Mark) error {
	l := e.limits
	if l == (Limits{}) {
		return nil
	}
	var named int
	var cost, sum int64
	note := func(place int, points int64) error {
		if e.shape == voting.ShapePoints {
			if points == 0 {
				return nil
			}
			if points < l.LeastPoints || l.MostPoints > 0 && points > l.MostPoints {
				return ErrBallot.At(e.projects[place].ID, "has "+strconv.FormatInt(points, 10)+" points; "+between(l.LeastPoints, l.MostPoints))
			}
			sum += points
		}
		named++
		cost = min(cost+e.projects[place].Cost.Minor(), money.MaxMinor) // beyond it only if the row names a project twice, which is refused later
		return nil
	}
	for i, m := range row {
		var err error
		switch {
		case e.shape != voting.ShapePoints:
			err = note(m.Option(), 0)
		case m != voting.NoValue:
			err = note(i, int64(m))
		}
		if err != nil {
			return err
		}
	}
	switch {
	case named == 0:
		return nil
	case named < l.LeastProjects || l.MostProjects > 0 && named > l.MostProjects:
		return ErrBallot.At("", "names "+strconv.Itoa(named)+" projects; "+between(int64(l.LeastProjects), int64(l.MostProjects)))
	case cost < l.LeastCost.Minor() || l.MostCost.Minor() > 0 && cost > l.MostCost.Minor():
		return ErrBallot.At("", "names projects that cost "+e.amount(cost).String()+" together; the limits are "+
			l.LeastCost.String()+" and "+l.MostCost.String()+" (0 is none)")
	case e.shape == voting.ShapePoints && (sum < l.LeastSum || l.MostSum > 0 && sum > l.MostSum):
		return ErrBallot.At("", "gives "+strconv.FormatInt(sum, 10)+" points in all; "+between(l.LeastSum, l.MostSum))
	}
	return nil
}

// between says in words what a limit allows.
func between(least, most int64) string {
	switch {
	case most == 0:
		return "at least " + strconv.FormatInt(least, 10) + " must be"
	case least <= 0:
		return "at most " + strconv.FormatInt(most, 10) + " may be"
	}
	return "there may be from " + strconv.FormatInt(least, 10) + " to " + strconv.FormatInt(most, 10)
}
