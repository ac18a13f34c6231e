package voting

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// ErrBallotMarks refuses a ballot that says something its question does not allow; its fields say where.
var ErrBallotMarks = fault.New(fault.Invalid, "ballot.marks", "the ballot says something that this question does not allow")

// bounds are what one ballot may say, beyond its shape. The zero bounds allow everything that the shape does.
type bounds struct {
	choices int  // of ShapeChoices: the most options that may be chosen; 0: all
	exactly bool // of ShapeChoices: as many must be chosen
	least   int  // of values
	most    int  // of values; 0: MaxValue
	purse   int  // of ShapePoints: the most that all points together cost; 0: no limit
	highest int  // of values: how many options may get the most; 0: all
	squares bool // of ShapePoints: so many points for one option cost their square
}

// bounds gives what the question's settings say of one ballot.
func (q Question) bounds() bounds {
	m := q.Method.find()
	if m == nil || m.bounds == nil {
		return bounds{}
	}
	return m.bounds(q)
}

// simple says whether the question asks for rankings and for no more: a strict one then needs no other check.
func (p *Profile) simple() bool { return p.shape == ShapeRanking && p.bounds == (bounds{}) }

// strict says whether a ranking is of the commonest kind, and in its one form already: options one after the other, none twice.
func (p *Profile) strict(row []Mark) bool {
	n := len(p.options)
	if len(row) == 0 || len(row) > n {
		return false
	}
	if n <= 64 {
		named, all := uint64(0), Mark(0)
		for _, m := range row {
			named |= 1 << (m & 63)
			all |= m
		}
		return all < 64 && named>>n == 0 && bits.OnesCount64(named) == len(row)
	}
	p.rows++
	if p.rows == 0 {
		clear(p.seen)
		p.rows = 1
	}
	for _, m := range row {
		if int(m) >= n || p.seen[m] == p.rows {
			return false
		}
		p.seen[m] = p.rows
	}
	return true
}

// checkRow refuses a row that is no ballot of the profile's shape and bounds.
func (p *Profile) checkRow(row []Mark) error {
	n := len(p.options)
	p.rows++
	if p.rows == 0 { // the marks of four thousand million rows ago would look fresh
		clear(p.seen)
		p.rows = 1
	}
	if p.shape.valued() {
		return p.checkValues(row)
	}
	named := 0
	for i, m := range row {
		o := int(m)
		if p.shape == ShapeRanking {
			if m.namesNobody() {
				continue
			}
			if m.IsLevel() && (i == 0 || row[i-1].namesNobody()) {
				return ErrBallotMarks.At(strconv.Itoa(i), "stands level with nothing")
			}
			o = m.Option()
		}
		if o >= n {
			return ErrBallotMarks.At(strconv.Itoa(i), "names option "+strconv.Itoa(o+1)+" of "+strconv.Itoa(n))
		}
		if again := p.shape == ShapeRanking && m.IsAgain(); again && p.seen[o] != p.rows {
			return ErrBallotMarks.At(strconv.Itoa(i), "says that it names "+fault.Quoted(string(p.options[o]))+" again, and names it first")
		} else if again && !levelWith(row[:i+1], o) {
			continue
		}
		if p.seen[o] == p.rows {
			return ErrBallotMarks.At(strconv.Itoa(i), "names "+fault.Quoted(string(p.options[o]))+" twice")
		}
		p.seen[o] = p.rows
		named++
	}
	if p.shape == ShapeChoice && named > 1 {
		return ErrBallotMarks.At("", "names "+strconv.Itoa(named)+" options, and one may be named")
	}
	return p.bounds.checkNamed("", named)
}

// checkNamed refuses a row that names so many of the options.
func (b bounds) checkNamed(place string, named int) error {
	switch {
	case b.choices > 0 && named > b.choices:
		return ErrBallotMarks.At(place, "names "+strconv.Itoa(named)+" options, and "+strconv.Itoa(b.choices)+" may be named")
	case b.exactly && named > 0 && named != b.choices:
		return ErrBallotMarks.At(place, "names "+strconv.Itoa(named)+" options, and "+strconv.Itoa(b.choices)+" must be named")
	}
	return nil
}

// levelWith says whether an option is among those with which the row's last mark stands level.
func levelWith(row []Mark, option int) bool {
	for i := len(row) - 1; i > 0 && row[i].IsLevel(); i-- {
		if row[i-1].Option() == option {
			return true
		}
	}
	return false
}

func (p *Profile) checkValues(row []Mark) error {
	if len(row) != len(p.options) {
		return ErrBallotMarks.At("", "has "+strconv.Itoa(len(row))+" values for "+strconv.Itoa(len(p.options))+" options")
	}
	return p.bounds.checkValues(row, p.options)
}

// checkValues refuses a row of values out of bounds.
func (b bounds) checkValues(row []Mark, options []Choice) error {
	most := b.most
	if most == 0 {
		most = MaxValue
	}
	sum, top := 0, 0
	for i, m := range row {
		if m == NoValue {
			continue
		}
		v := int(m)
		if v == most {
			top++
		}
		if v < b.least || v > most {
			return ErrBallotMarks.At(string(options[i]),
				"is "+strconv.Itoa(v)+", and not from "+strconv.Itoa(b.least)+" to "+strconv.Itoa(most))
		}
		if b.squares {
			v *= v
		}
		sum += v
	}
	switch {
	case b.purse > 0 && sum > b.purse:
		return ErrBallotMarks.At("", "spends "+strconv.Itoa(sum)+" of "+strconv.Itoa(b.purse)+" points")
	case b.highest > 0 && top > b.highest:
		return ErrBallotMarks.At("", "gives "+strconv.Itoa(top)+" options the most, and "+strconv.Itoa(b.highest)+" may have it")
	}
	return nil
}

// within refuses a profile that was made for another question and holds a ballot outside these bounds.
func (p *Profile) within(b bounds) error {
	if b == (bounds{}) || b == p.bounds || p.shape == ShapeChoice {
		return nil
	}
	for o, row := range p.tallies {
		for g, w := range row {
			if b.most > 0 && g > b.most && w > 0 {
				return ErrBallotMarks.At(string(p.options[o]), "is "+strconv.Itoa(g)+", and not from 0 to "+strconv.Itoa(b.most))
			}
		}
	}
	// Of several ballots out of bounds the least is told, so that the order in which they came decides nothing.
	var least []Mark
	var refused error
	for i := range p.sheets.len() {
		row := p.sheets.row(i)
		if p.sheets.votes(i).Seats == 0 || refused != nil && slices.Compare(least, row) <= 0 {
			continue // taken away again, or told after another
		}
		var err error
		if p.shape.valued() {
			err = b.checkValues(row, p.options)
		} else {
			named := 0
			for _, m := range row {
				if m != SkippedRank {
					named++
				}
			}
			err = b.checkNamed("the ballot for "+p.listed(row), named)
		}
		if err != nil {
			least, refused = row, err
		}
	}
	return refused
}

// listed names the first options of a row, by which its ballot can be found.
func (p *Profile) listed(row []Mark) string {
	const most = 5
	var names []string
	for _, m := range row {
		switch {
		case m.namesNobody():
		case len(names) == most:
			return strings.Join(names, ", ") + " ..."
		default:
			names = append(names, string(p.options[m.Option()]))
		}
	}
	return strings.Join(names, ", ")
}

// AllowOnly has an empty profile of a file refuse from now on the ballots that q does not allow: what CountBy would refuse, but while the
// ballot is at hand, so that its place can be told. Only the method, the seats and the settings of q are looked at; q must pass Check.
func (p *Profile) AllowOnly(q Question) { p.bounds = q.bounds() }

// tidy gives a checked row in its one form: choices and tied options in the question's order, no empty rank at the end.
func (p *Profile) tidy(row []Mark) []Mark {
	if p.shape.valued() || p.shape == ShapeChoice {
		return row
	}
	for len(row) > 0 && p.shape == ShapeRanking && row[len(row)-1] == SkippedRank {
		row = row[:len(row)-1]
	}
	copied := false
	own := func() {
		if !copied {
			p.scratch = append(p.scratch[:0], row...)
			row, copied = p.scratch, true
		}
	}
	if p.shape == ShapeChoices {
		if !slices.IsSorted(row) {
			own()
			slices.Sort(row)
		}
		return row
	}
	for i := 1; i < len(row); i++ {
		if !row[i].IsLevel() || row[i] == SkippedRank || row[i].Option() > row[i-1].Option() {
			continue
		}
		own()
		first := i - 1
		for row[first].IsLevel() {
			first--
		}
		end := i + 1
		for end < len(row) && row[end] != SkippedRank && row[end].IsLevel() {
			end++
		}
		group := row[first:end]
		for j := range group {
			group[j] &^= Level
		}
		slices.SortFunc(group, func(a, b Mark) int { return a.Option() - b.Option() })
		for j := 1; j < len(group); j++ {
			group[j] |= Level
		}
		i = end - 1
	}
	return row
}

// saysNothing says whether a checked row names no option.
func (p *Profile) saysNothing(row []Mark) bool {
	if p.shape.valued() {
		return !slices.ContainsFunc(row, func(m Mark) bool { return m != NoValue })
	}
	return !slices.ContainsFunc(row, func(m Mark) bool { return p.shape != ShapeRanking || m != SkippedRank })
}

// row gives a ballot in numbers, in its one form: choices and tied options in the question's order. The row is good until the next.
func (p *Profile) row(b Ballot) ([]Mark, error) {
	if b == nil || b.shape() != p.shape {
		return nil, ErrBallot.At("", "is not of the shape "+string(p.shape))
	}
	row := p.scratch[:0]
	defer func() { p.scratch = row }()
	find := func(c Choice) (Mark, error) {
		i, ok := p.at[c]
		if !ok {
			return 0, notOffered(c)
		}
		return Mark(i), nil
	}
	switch b := b.(type) {
	case Choices:
		for _, c := range b {
			m, err := find(c)
			if err != nil {
				return nil, err
			}
			row = append(row, m)
		}
		slices.Sort(row)
	case Ranking:
		for _, level := range b {
			if len(level) == 0 {
				row = append(row, SkippedRank)
				continue
			}
			first := len(row)
			for _, c := range level {
				m, err := find(c)
				if err != nil {
					return nil, err
				}
				row = append(row, m)
			}
			slices.Sort(row[first:])
			for i := first + 1; i < len(row); i++ {
				row[i] |= Level
			}
		}
		for len(row) > 0 && row[len(row)-1] == SkippedRank {
			row = row[:len(row)-1]
		}
	default:
		for range p.options {
			row = append(row, NoValue)
		}
		for _, v := range values(b) {
			m, err := find(v.choice)
			if err != nil {
				return nil, err
			}
			if v.value < 0 || v.value > MaxValue {
				return nil, ErrBallotMarks.At(string(v.choice), "is "+strconv.FormatInt(v.value, 10)+", which is no value")
			}
			row[m] = Mark(v.value)
		}
	}
	return row, p.checkRow(row)
}
