package pabulib

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// mostBallots bounds the votes of a file that is written: each is a line.
const mostBallots = 1_000_000_000

// Write writes a .pb file: reading it again gives the same election. It refuses an election of which the format cannot say all with
// ErrUnwritable, and then nothing is written. What w itself reports is given back as it is. Ballots are written as they are grouped,
// numbered from 1, without names; docs/formats.md says what else is lost.
func Write(w io.Writer, f *File) error {
	o := &writer{file: f, election: f.Election, projects: f.Election.Projects()}
	if err := o.check(); err != nil {
		return err
	}
	if err := o.head(); err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString(o.text.String()); err != nil {
		return err
	}
	if err := o.votes(out); err != nil {
		return err
	}
	return out.Flush()
}

// writer is a file being written.
type writer struct {
	file     *File
	election *allocation.Election
	projects []allocation.Project
	text     strings.Builder // META and PROJECTS
	kept     int             // bytes of their cells
	weighted bool
	votesOf  []int64 // by project: how many votes name it
	scoreOf  []int64 // by project: their points
	line     []byte
}

// check refuses ballots that no vote can say, and counts the others.
func (o *writer) check() error {
	ballots := o.election.Ballots()
	if ballots.Invalid() != (voting.Votes{}) {
		return ErrUnwritable.At("ballots", "some are invalid")
	}
	if ballots.Cast().Seats > mostBallots {
		return ErrUnwritable.At("ballots", "there are more than "+strconv.Itoa(mostBallots))
	}
	o.votesOf, o.scoreOf = make([]int64, len(o.projects)), make([]int64, len(o.projects))
	if err := o.weigh(ballots.Blank()); err != nil {
		return err
	}
	for row, v := range ballots.Rows() {
		if err := o.weigh(v); err != nil {
			return err
		}
		if o.election.Shape() == voting.ShapeRanking && slices.ContainsFunc(row, voting.Mark.IsLevel) {
			return ErrUnwritable.At("ballots", "some rank two projects level")
		}
		for rank, s := range o.named(row) {
			o.votesOf[s.project] += v.Seats
			points := s.points
			if vector := o.election.Vector(); rank < len(vector) {
				points = vector[rank]
			}
			o.scoreOf[s.project] += points * v.Seats
		}
	}
	return nil
}

// weigh says whether the ballots need weights, and refuses those that are too heavy.
func (o *writer) weigh(v voting.Votes) error {
	o.weighted = o.weighted || v.Voices != voting.Weight(v.Seats)*voting.Voice
	if v.Seats > 0 && (v.Voices-1)/voting.Weight(v.Seats)+1 > voting.MaxWeight {
		return ErrUnwritable.At("ballots", "some weigh more than "+voting.MaxWeight.String())
	}
	return nil
}

// named is a project on a ballot.
type named struct {
	project int
	points  int64
}

// named gives the projects that a row names: by falling points where it gives any.
func (o *writer) named(row []voting.Mark) []named {
	var out []named
	for i, m := range row {
		switch {
		case o.election.Shape() != voting.ShapePoints:
			out = append(out, named{project: m.Option()})
		case m != voting.NoValue:
			out = append(out, named{i, int64(m)})
		}
	}
	if o.election.Shape() == voting.ShapePoints {
		slices.SortStableFunc(out, func(a, b named) int { return cmp.Compare(b.points, a.points) })
	}
	return out
}

// head writes META and PROJECTS.
func (o *writer) head() error {
	entries := o.entries()
	if len(entries) > mostEntries {
		return ErrUnwritable.At("meta", "there are more than "+strconv.Itoa(mostEntries)+" lines")
	}
	o.text.WriteString("META\nkey;value\n")
	seen := map[string]bool{}
	for _, e := range entries {
		if e.Key == "" || e.Key != trimmed(e.Key) || seen[e.Key] || e.Value == "" && strings.EqualFold(e.Key, "PROJECTS") {
			return ErrUnwritable.At("meta", fault.Quoted(e.Key)+" is no key, or is there twice")
		}
		seen[e.Key] = true
		if err := o.row("meta", []string{e.Key, e.Value}); err != nil {
			return err
		}
	}
	return o.table()
}

// entries gives the lines of META: those of the file, with what the election says.
func (o *writer) entries() []Entry {
	says := o.says()
	var out []Entry
	done := map[string]bool{}
	for _, e := range o.file.Meta {
		for _, s := range says {
			if s.Key == e.Key {
				e.Value, done[e.Key] = s.Value, true
				if e.Value == "" {
					e.Key = ""
				}
			}
		}
		if e.Key != "" || e.Value != "" {
			out = append(out, e)
		}
	}
	for _, s := range says {
		if !done[s.Key] && s.Value != "" {
			out = append(out, s)
		}
	}
	return out
}

// says gives what the election says of itself, "" for what is left out.
func (o *writer) says() []Entry {
	e, l := o.election, o.election.Limits()
	whole := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	amount := func(a money.Amount) string {
		if a.IsZero() {
			return ""
		}
		return a.Short()
	}
	least := ""
	if o.file.MinScore != 0 {
		least = o.file.MinScore.String()
	}
	if e.Shape() != voting.ShapePoints {
		l.LeastPoints, l.MostPoints, l.LeastSum, l.MostSum = 0, 0, 0, 0
	}
	return []Entry{
		{keyProjects, strconv.Itoa(len(o.projects))},
		{keyVotes, strconv.FormatInt(e.Ballots().Cast().Seats, 10)},
		{keyBudget, e.Budget().Short()},
		{keyVoteType, o.voteType()},
		{keyRule, trimmed(o.file.Rule)},
		{keyCurrency, string(e.Budget().Currency())},
		{keyMinLength, whole(int64(l.LeastProjects))},
		{keyMaxLength, whole(int64(l.MostProjects))},
		{keyMinCost, amount(l.LeastCost)},
		{keyMaxCost, amount(l.MostCost)},
		{keyMinPoints, whole(l.LeastPoints)},
		{keyMaxPoints, whole(l.MostPoints)},
		{keyMinSum, whole(l.LeastSum)},
		{keyMaxSum, whole(l.MostSum)},
		{keyMinScore, least},
		{keyScoring, o.scoring()},
		{keyDefault, ""}, // all points are written out
	}
}

// voteType gives the type of votes: that of the file, if the ballots are of it.
func (o *writer) voteType() string {
	l := o.election.Limits()
	said := strings.ToLower(trimmed(o.file.Value(keyVoteType)))
	if shapeOf(said) == o.election.Shape() && (said != chooseOne || l.MostProjects == 1) {
		return said
	}
	switch o.election.Shape() {
	case voting.ShapeRanking:
		return ordinal
	case voting.ShapePoints:
		if l.MostSum > 0 {
			return cumulative
		}
		return scoring
	}
	return approval
}

// scoring gives what each rank is worth, "" where it is what a reader takes it for.
func (o *writer) scoring() string {
	vector := o.election.Vector()
	if len(vector) == 0 || slices.Equal(vector, borda(o.election.Limits().MostProjects, len(o.projects))) {
		return ""
	}
	text := make([]string, len(vector))
	for i, v := range vector {
		text[i] = strconv.FormatInt(v, 10)
	}
	return strings.Join(text, ",")
}

// table writes PROJECTS.
func (o *writer) table() error {
	f := o.file
	type column struct {
		name string
		cell func(i int) string
		used bool
	}
	some := func(of func(p allocation.Project) bool) bool { return slices.ContainsFunc(o.projects, of) }
	all := []column{
		{columnID, func(i int) string { return o.projects[i].ID }, true},
		{columnCost, func(i int) string { return o.projects[i].Cost.Short() }, true},
		{columnVotes, func(i int) string { return strconv.FormatInt(o.votesOf[i], 10) }, true},
		{columnScore, func(i int) string { return strconv.FormatInt(o.scoreOf[i], 10) }, o.election.Shape() != voting.ShapeChoices && !o.weighted},
		{columnName, func(i int) string { return o.projects[i].Name }, some(func(p allocation.Project) bool { return p.Name != "" })},
		{columnCategory, func(i int) string { return o.projects[i].Category }, some(func(p allocation.Project) bool { return p.Category != "" })},
		{columnGroups, func(i int) string { return strings.Join(o.projects[i].Excludes, ",") }, some(func(p allocation.Project) bool { return len(p.Excludes) > 0 })},
		{columnSelected, func(i int) string { return strconv.Itoa(f.Selected[i]) }, f.Selected != nil},
	}
	if f.Selected != nil && len(f.Selected) != len(o.projects) || slices.ContainsFunc(f.Selected, func(n int) bool { return n < 0 }) {
		return ErrUnwritable.At("selected", "is not said of every project, or below nothing")
	}
	for _, d := range f.Details {
		if d.Name == "" || d.Name != strings.ToLower(trimmed(d.Name)) || slices.ContainsFunc(all, func(c column) bool { return c.name == d.Name }) ||
			len(d.Cells) != len(o.projects) {
			return ErrUnwritable.At("details", fault.Quoted(d.Name)+" is no column, is there twice, or does not say something of every project")
		}
		all = append(all, column{d.Name, func(i int) string { return d.Cells[i] }, true})
	}
	all = slices.DeleteFunc(all, func(c column) bool { return !c.used })
	row := make([]string, len(all))
	for i, c := range all {
		row[i] = c.name
	}
	o.text.WriteString("PROJECTS\n")
	if err := o.row("details", row); err != nil {
		return err
	}
	for i, p := range o.projects {
		if p.ID != trimmed(p.ID) || strings.Contains(p.ID, ",") {
			return ErrUnwritable.At("projects", "the id "+fault.Quoted(p.ID)+" has a comma, or a space at its end")
		}
		for _, group := range p.Excludes {
			if group == "" || group != trimmed(group) || strings.Contains(group, ",") {
				return ErrUnwritable.At("projects", "the group "+fault.Quoted(group)+" is empty, or has a comma or a space at its end")
			}
		}
		for j, c := range all {
			row[j] = c.cell(i)
		}
		if err := o.row("projects", row); err != nil {
			return err
		}
	}
	return nil
}

// row writes cells, in quotes where they need them.
func (o *writer) row(of string, cells []string) error {
	before := o.text.Len()
	for i, text := range cells {
		text = trimmed(text)
		if at := invalid([]byte(strings.ReplaceAll(text, "\n", " "))); at >= 0 {
			return ErrUnwritable.At(of, fault.Quoted(text)+" is no text")
		}
		o.kept += len(text)
		if i > 0 {
			o.text.WriteByte(';')
		}
		if strings.ContainsAny(text, ";\"\n") {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		o.text.WriteString(text)
	}
	o.text.WriteByte('\n')
	if o.text.Len()-before > mostRow || o.kept > mostKept {
		return ErrUnwritable.At(of, "has more text than can be read again")
	}
	return nil
}

// trimmed gives text without the spaces that a reader takes away.
func trimmed(text string) string { return strings.Trim(text, " \t\n") }

// votes writes VOTES.
func (o *writer) votes(out *bufio.Writer) error {
	valued := o.election.Shape() == voting.ShapePoints
	line := "VOTES\nvoter_id;vote"
	if valued {
		line += ";points"
	}
	if o.weighted {
		line += ";weight"
	}
	if _, err := out.WriteString(line + "\n"); err != nil {
		return err
	}
	voter := int64(0)
	put := func(row []voting.Mark, v voting.Votes) error {
		names := o.named(row)
		o.line = append(o.line[:0], ';')
		quotes := slices.ContainsFunc(names, func(n named) bool { return strings.ContainsAny(o.projects[n.project].ID, `;"`) })
		if quotes {
			o.line = append(o.line, '"')
		}
		for i, n := range names {
			if i > 0 {
				o.line = append(o.line, ',')
			}
			id := o.projects[n.project].ID
			if quotes {
				id = strings.ReplaceAll(id, `"`, `""`)
			}
			o.line = append(o.line, id...)
		}
		if quotes {
			o.line = append(o.line, '"')
		}
		if valued {
			for i, n := range names {
				o.line = strconv.AppendInt(append(o.line, ";,"[min(i, 1)]), n.points, 10)
			}
			if len(names) == 0 {
				o.line = append(o.line, ';')
			}
		}
		for i := range v.Seats {
			voter++
			if _, err := out.Write(strconv.AppendInt(nil, voter, 10)); err != nil {
				return err
			}
			if _, err := out.Write(o.line); err != nil {
				return err
			}
			if o.weighted { // the voices of equal ballots are one sum: each has its part, to the millionth
				each := v.Voices / voting.Weight(v.Seats)
				if i < int64(v.Voices%voting.Weight(v.Seats)) {
					each++
				}
				if _, err := out.WriteString(";" + each.String()); err != nil {
					return err
				}
			}
			if err := out.WriteByte('\n'); err != nil {
				return err
			}
		}
		return nil
	}
	for row, v := range o.election.Ballots().Rows() {
		if err := put(row, v); err != nil {
			return err
		}
	}
	return put(nil, o.election.Ballots().Blank())
}
