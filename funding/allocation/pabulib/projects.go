package pabulib

import (
	"strconv"
	"strings"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// The columns of PROJECTS that are read for what they say.
const (
	columnID       = "project_id"
	columnCost     = "cost"
	columnName     = "name"
	columnCategory = "category"
	columnVotes    = "votes"
	columnScore    = "score"
	columnSelected = "selected"
	columnGroups   = "exclusive" // ours
)

// columns are the columns of a section by name.
type columns struct {
	names []string
	at    map[string]int
}

// columns reads the names of the columns of a section.
func (d *reader) columns(section string, needed ...string) (columns, error) {
	row, err := d.rows.next(1)
	if err != nil {
		return columns{}, err
	}
	c := columns{at: map[string]int{}}
	for _, cell := range row {
		if len(cell.text) == 0 {
			return c, cell.at.broken("a column of " + section + " has no name")
		}
		text, err := d.keep(cell)
		if err != nil {
			return c, err
		}
		name := strings.ToLower(text)
		if _, twice := c.at[name]; twice {
			return c, cell.at.broken("the column " + fault.Quoted(name) + " is there twice")
		}
		c.at[name] = len(c.names)
		c.names = append(c.names, name)
	}
	for _, name := range needed {
		if _, ok := c.at[name]; !ok {
			return c, d.rows.start(row).broken(section + " has no column " + name)
		}
	}
	return c, nil
}

// of gives the cell of a column, if the section has it and says something there.
func (c columns) of(row []cell, name string) (cell, bool) {
	i, ok := c.at[name]
	if !ok {
		return cell{}, false
	}
	return row[i], len(row[i].text) > 0
}

// fit refuses a row with too few or too many cells.
func (c columns) fit(row []cell) error {
	switch n := len(c.names); {
	case len(row) < n:
		return row[len(row)-1].at.broken("the row has " + strconv.Itoa(len(row)) + " cells, and the section " + strconv.Itoa(n) + " columns")
	case len(row) > n:
		return row[n].at.broken("the row has more cells than the section has columns, " + strconv.Itoa(n))
	}
	return nil
}

// projects reads the section PROJECTS, and makes the election.
func (d *reader) projects() error {
	c, err := d.columns("PROJECTS", columnID, columnCost)
	if err != nil {
		return err
	}
	for _, name := range c.names {
		if !ours(name) {
			d.file.Details = append(d.file.Details, Column{Name: name})
		}
	}
	d.index = map[string]int{}
	var projects []allocation.Project
	for {
		row, err := d.rows.next(len(c.names))
		if err != nil {
			return err
		}
		if row == nil {
			return d.rows.here().broken("the file ends before its section VOTES")
		}
		if titled(row, "VOTES") {
			return d.hold(projects, row[0].at)
		}
		if err := c.fit(row); err != nil {
			return err
		}
		p, err := d.project(c, row)
		if err != nil {
			return err
		}
		projects = append(projects, p)
	}
}

// titled says whether a row begins a section, however many empty cells follow.
func titled(row []cell, section string) bool {
	for _, c := range row[1:] {
		if len(c.text) > 0 {
			return false
		}
	}
	return title(row[:1], section)
}

// ours says whether a column of projects is read for what it says.
func ours(name string) bool {
	switch name {
	case columnID, columnCost, columnName, columnCategory, columnVotes, columnScore, columnSelected, columnGroups:
		return true
	}
	return false
}

// project reads a row of PROJECTS.
func (d *reader) project(c columns, row []cell) (allocation.Project, error) {
	var p allocation.Project
	id, _ := c.of(row, columnID)
	if len(d.index) == allocation.MaxProjects {
		return p, id.at.contents("there are more than " + strconv.Itoa(allocation.MaxProjects) + " projects")
	}
	var err error
	text := func(name string) string {
		cell, ok := c.of(row, name)
		if !ok || err != nil {
			return ""
		}
		var s string
		s, err = d.keep(cell)
		return s
	}
	p.ID, p.Name, p.Category = text(columnID), text(columnName), text(columnCategory)
	if err != nil {
		return p, err
	}
	switch _, twice := d.index[p.ID]; {
	case p.ID == "":
		return p, id.at.contents("the project has no id")
	case twice:
		return p, id.at.contents("the project " + fault.Quoted(p.ID) + " is there twice")
	case strings.ContainsAny(p.ID, ",\n\t"):
		return p, id.at.contents("the id " + fault.Quoted(p.ID) + " has a comma, a tab or a line break in it")
	case len(p.ID) > allocation.MaxID:
		return p, id.at.contents("the id " + fault.Quoted(p.ID) + " has more than " + strconv.Itoa(allocation.MaxID) + " bytes")
	}
	cost := row[c.at[columnCost]]
	if p.Cost, err = cost.amount(d.head.budget.Currency()); err != nil {
		return p, err
	}
	if p.Cost.IsZero() {
		return p, cost.at.contents("the project " + fault.Quoted(p.ID) + " costs nothing: what is free needs no budget")
	}
	if groups, ok := c.of(row, columnGroups); ok {
		for _, group := range groups.list(nil) {
			p.Excludes = append(p.Excludes, string(group.text))
		}
	}
	s := standing{votes: number{value: -1}, score: number{value: -1}}
	selected := number{}
	for _, of := range []struct {
		name string
		to   *number
	}{{columnVotes, &s.votes}, {columnScore, &s.score}, {columnSelected, &selected}} {
		if n, ok := c.of(row, of.name); ok {
			of.to.at = n.at
			if of.to.value, err = n.whole(); err != nil {
				return p, err
			}
		}
	}
	if _, ok := c.at[columnSelected]; ok {
		d.file.Selected = append(d.file.Selected, int(min(selected.value, 1<<30)))
	}
	for i := range d.file.Details {
		column := &d.file.Details[i]
		column.Cells = append(column.Cells, text(column.Name))
	}
	if err != nil {
		return p, err
	}
	d.index[p.ID] = len(d.standings)
	d.standings = append(d.standings, s)
	return p, nil
}

// hold makes the election.
func (d *reader) hold(projects []allocation.Project, end place) error {
	if n := d.head.projects; n.value != int64(len(projects)) {
		return n.at.contents("there are " + strconv.Itoa(len(projects)) + " projects, and META says " + strconv.FormatInt(n.value, 10))
	}
	s := allocation.Setup{Shape: d.head.shape, Limits: d.head.limits}
	var err error
	if s.Shape == voting.ShapeRanking {
		if s.Vector, err = d.vector(len(projects)); err != nil {
			return err
		}
		d.worth = s.Vector
	}
	if d.file.Election, err = allocation.New(projects, d.head.budget, &s); err != nil {
		return end.because(err)
	}
	return nil
}
