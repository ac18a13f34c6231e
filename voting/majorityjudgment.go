package voting

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"

	"github.com/communecter/coopspace/internal/fault"
)

// MajorityJudgment ranks options by their median grade, and equals as Balinski and Laraki do: by the grade that comes when the median
// judge is taken away, again and again. docs/methods/majority-judgment.md.
const MajorityJudgment Method = "majority-judgment"

const maxGrades = 100

var majorityJudgment = method{
	name: MajorityJudgment, revision: 1, told: tellMerits, shapes: []Shape{ShapeGrades, ShapeScores}, seats: true, one: true, tallies: true,
	settings: []setting{gradesOfJudgment, defaultGrade},
	check:    checkDefaultGrade,
	bounds:   func(q Question) bounds { return bounds{most: q.number(gradesOfJudgment) - 1} },
	count:    countMajorityJudgment,
}

var (
	gradesOfJudgment = setting{name: "grades", value: "7", least: 2, most: maxGrades}
	defaultGrade     = setting{name: "default-grade", value: "0", check: isDefaultGrade, says: "a grade, 0 the worst | median | normalised"}
)

func isDefaultGrade(value string) bool {
	return value == "median" || value == "normalised" || setting{most: maxGrades - 1}.takes(value)
}

// checkDefaultGrade refuses a default that is none of the grades.
func checkDefaultGrade(q Question, faults *fault.List) {
	grades := q.number(gradesOfJudgment)
	if grade := q.number(defaultGrade); grade >= grades {
		faults.Add("settings/"+defaultGrade.name, "is "+strconv.Itoa(grade)+", and the last of "+strconv.Itoa(grades)+" grades is "+strconv.Itoa(grades-1))
	}
}

func countMajorityJudgment(c *counting) error {
	tallies := c.grades(c.question.number(gradesOfJudgment))
	merits := make([][]merit, len(tallies))
	for o, tally := range tallies {
		given := int64(0)
		for _, n := range tally {
			given += n
		}
		missing := c.total() - given
		switch c.setting(defaultGrade.name) {
		case "normalised":
		case "median":
			tally[median(tally, given)] += missing
			given += missing
		default:
			tally[c.question.number(defaultGrade)] += missing
			given += missing
		}
		merits[o] = c.judge(o, tally, given, missing)
	}
	c.rank(groups(c.everybody(), func(a, b int) int { return slices.CompareFunc(merits[a], merits[b], merit.compare) }))
	return nil
}

// judge writes an option's merit into the working and gives what it is compared by.
func (c *counting) judge(o int, tally []int64, given, missing int64) []merit {
	m := Merit{Choice: c.choice(o), Median: median(tally, given)}
	for _, n := range tally {
		m.Voices = append(m.Voices, c.voices(n))
	}
	if missing > 0 {
		m.Missing = c.voices(missing)
	}
	c.result.Merits = append(c.result.Merits, m)
	return meritsOf(tally, given)
}

// median gives the lower median grade of so many judges: the highest that a strict majority thinks at least deserved, or half where
// the judges are even in number. Nobody's median is the worst grade.
func median(tally []int64, judges int64) int {
	seen := int64(0)
	for g, n := range tally {
		if seen += n; n > 0 && seen > (judges-1)/2 {
			return g
		}
	}
	return 0
}

// merit is one stage of the comparison: a median grade, and the larger of the groups above and below it as a part of all judges, which is
// negative for those below.
type merit struct {
	median int
	group  *big.Rat
}

func (m merit) compare(o merit) int {
	if d := cmp.Compare(m.median, o.median); d != 0 {
		return d
	}
	return m.group.Cmp(o.group)
}

// meritsOf gives the stages of an option. Taking away the median judge one by one, it is the nearer edge of the median group that is reached
// first: the larger of the groups beside it decides which grade comes next, and when, and those below win a draw, as the lower of two
// middle judges is the median. From then on the median group counts with its neighbour. An option that nobody judged has no stages
// and comes last.
func meritsOf(tally []int64, judges int64) []merit {
	if judges == 0 {
		return nil
	}
	tally = slices.Clone(tally)
	stages := make([]merit, 0, len(tally))
	at := median(tally, judges)
	for range tally {
		below, above := int64(0), int64(0)
		for g, n := range tally {
			switch {
			case g < at:
				below += n
			case g > at:
				above += n
			}
		}
		group, step := above, 1
		if below >= above {
			group, step = -below, -1
		}
		stages = append(stages, merit{at, big.NewRat(group, judges)})
		if group == 0 {
			break
		}
		next := at + step
		for tally[next] == 0 {
			next += step
		}
		tally[next] += tally[at]
		tally[at] = 0
		at = next
	}
	return stages
}
