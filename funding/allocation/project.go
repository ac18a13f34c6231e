package allocation

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Project is what may be bought, whole or not at all.
type Project struct {
	ID   string       // 1 to 200 bytes of text on one line, unlike any other's
	Name string       // may be empty
	Cost money.Amount // more than nothing, in the currency of the budget
	// Excludes are the groups that it belongs to, by name: of each group one project can be bought.
	Excludes []string
	// Category is shown and decides nothing.
	Category string
}

// MaxProjects is the most projects that an election may have.
const MaxProjects = voting.MaxOptions

// ErrProjects refuses projects that nobody can choose between; its fields say which.
var ErrProjects = fault.New(fault.Invalid, "allocation.projects", "the projects cannot be put to a choice as they stand")

// ErrBudget refuses a budget that buys nothing.
var ErrBudget = fault.New(fault.Invalid, "allocation.budget", "a budget is an amount of more than nothing, in one currency with the projects' costs")

// MaxID is the most bytes that the id of a project may have.
const MaxID = 200

// checkProjects refuses no or too many projects, an id that is empty, too long, not text or there twice, and a cost that is not more than
// nothing or in another currency than the budget.
func checkProjects(projects []Project, budget money.Amount) error {
	var faults fault.List
	if n := len(projects); n < 1 || n > MaxProjects {
		faults.Add("projects", "there are "+strconv.Itoa(n)+"; there may be from 1 to "+strconv.Itoa(MaxProjects))
		return faults.Err(ErrProjects)
	}
	places := make(map[string]int, len(projects))
	for i, p := range projects {
		path := "projects/" + strconv.Itoa(i)
		switch {
		case p.ID == "":
			faults.Add(path+"/id", "is empty")
		case len(p.ID) > MaxID:
			faults.Add(path+"/id", "has "+strconv.Itoa(len(p.ID))+" bytes, more than "+strconv.Itoa(MaxID))
		case !utf8.ValidString(p.ID) || strings.ContainsFunc(p.ID, func(r rune) bool { return r < ' ' || r == 0x7f }):
			faults.Add(path+"/id", strconv.QuoteToASCII(p.ID)+" is not text on one line")
		}
		if before, twice := places[p.ID]; twice {
			faults.Add(path+"/id", strconv.QuoteToASCII(p.ID)+" is that of project "+strconv.Itoa(before+1)+" too")
		} else {
			places[p.ID] = i
		}
		switch {
		case p.Cost.Currency() != budget.Currency():
			faults.Add(path+"/cost", p.Cost.String()+" is not in the budget's currency, "+string(budget.Currency()))
		case p.Cost.Minor() <= 0:
			faults.Add(path+"/cost", p.Cost.String()+" is no cost; it must be more than nothing")
		}
	}
	return faults.Err(ErrProjects)
}
