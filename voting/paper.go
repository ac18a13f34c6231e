package voting

import (
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
)

// What papers say that no program takes: a rank with several marks, a name twice, ranks left empty. Methods that eliminate have settings
// for it, named and meant as the tabulators of American cities do.

// overvote is the setting for a rank that holds several options.
var overvote = setting{
	name: "overvote", value: "skip-to-next-rank",
	words: []string{"skip-to-next-rank", "exhaust-immediately", "exhaust-if-multiple-continuing"},
}

// The settings for papers, beside overvote.
var (
	maxSkippedRanks    = setting{name: "max-skipped-ranks", value: "unlimited", check: limit, says: "0 to 1000 | unlimited"}
	maxRankings        = setting{name: "max-rankings", value: "unlimited", check: limit, says: "0 to 1000 | unlimited"}
	duplicateCandidate = setting{name: "exhaust-on-duplicate-candidate", value: "no", words: []string{"no", "yes"}}
	withdrawn          = setting{name: "withdrawn", check: optionList, says: "options, with commas between"}
	writeIns           = setting{name: "undeclared-write-ins", check: optionList, says: "an option"}
)

const unlimited = "unlimited"

func limit(value string) bool {
	n, err := strconv.Atoi(value)
	return value == unlimited || err == nil && strconv.Itoa(n) == value && 0 <= n && n <= MaxOptions
}

// limitOf gives the number in a setting, or more than any ballot has ranks.
func limitOf(value string) int {
	if n, err := strconv.Atoi(value); err == nil {
		return n
	}
	return 1 << 30
}

func optionList(value string) bool {
	for _, c := range strings.Split(value, ",") {
		if value != "" && !Choice(c).wellFormed() {
			return false
		}
	}
	return true
}

// listed gives the places of the options that a setting names.
func (c *counting) listed(setting string) ([]int, error) {
	value := c.setting(setting)
	if value == "" {
		return nil, nil
	}
	var places []int
	for _, name := range strings.Split(value, ",") {
		place, ok := c.profile.at[Choice(name)]
		if !ok {
			return nil, ErrQuestion.At("settings/"+setting, fault.Quoted(name)+" is no option of the question")
		}
		places = append(places, place)
	}
	return places, nil
}

// strip gives a row without the marks that only paper has: a rank where they leave nobody is empty. The row is good until the next.
func (c *counting) strip(row []Mark) []Mark {
	if !slices.ContainsFunc(row, Mark.fromPaper) {
		return row
	}
	c.bare = c.bare[:0]
	for i := 0; i < len(row); {
		end := rankEnd(row, i)
		kept := len(c.bare)
		for _, m := range row[i:end] {
			switch {
			case m.fromPaper():
			case len(c.bare) > kept:
				c.bare = append(c.bare, m|Level)
			default:
				c.bare = append(c.bare, m&^Level)
			}
		}
		if len(c.bare) == kept {
			c.bare = append(c.bare, SkippedRank)
		}
		i = end
	}
	return c.bare
}

// rankEnd gives where the rank that begins at a place of a row ends.
func rankEnd(row []Mark, at int) int {
	at++
	for at < len(row) && row[at].IsLevel() {
		at++
	}
	return at
}

// reading is how papers are read.
type reading struct {
	most     int // ranks
	skipped  int // ranks in a row
	overvote string
	repeats  bool // a paper ends where it names an option again
}

func (c *counting) reading() reading {
	return reading{
		most: limitOf(c.setting(maxRankings.name)), skipped: limitOf(c.setting(maxSkippedRanks.name)),
		overvote: c.setting(overvote.name), repeats: c.setting(duplicateCandidate.name) == "yes",
	}
}

// ending is why a paper names nobody any more, or that it does.
type ending int

const (
	stays ending = iota
	allRanksUsed
	byOvervote
	bySkippedRanks
	byDuplicate
	endings
)

// next reads a row on from the beginning of a rank: for which of the options that are in the count it is there, and where its next rank
// begins.
func (r *reading) next(row []Mark, at int, in []bool) (option, then int, why ending) {
	if r.most < len(row) {
		row = r.cut(row)
	}
	skipped := 0
	for at < len(row) {
		m := row[at]
		if m == SkippedRank {
			skipped++
			at++
			continue
		}
		if skipped > r.skipped {
			return 0, at, bySkippedRanks
		}
		skipped = 0
		end := rankEnd(row, at)
		if r.repeats && slices.ContainsFunc(row[at:end], Mark.IsAgain) {
			return 0, at, byDuplicate
		}
		if m == Overvoted || end > at+1 {
			option, why = r.several(row[at:end], in)
		} else if option, why = m.Option(), stays; !in[option] {
			why = allRanksUsed
		}
		if why != allRanksUsed {
			return option, end, why
		}
		at = end
	}
	return 0, at, allRanksUsed
}

// several says what a rank with several options counts for: allRanksUsed means that the next rank follows. Of an overvote of which nobody
// knows the names, several may be in the count.
func (r *reading) several(rank []Mark, in []bool) (option int, why ending) {
	if r.overvote == "skip-to-next-rank" {
		return 0, allRanksUsed
	}
	if r.overvote == "exhaust-immediately" || rank[0] == Overvoted {
		return 0, byOvervote
	}
	why = allRanksUsed
	for _, m := range rank {
		switch {
		case !in[m.Option()]:
		case why == stays:
			return 0, byOvervote
		default:
			option, why = m.Option(), stays
		}
	}
	return option, why
}

// cut gives the ranks of a row that are read.
func (r *reading) cut(row []Mark) []Mark {
	ranks := 0
	for i, m := range row {
		if !m.IsLevel() {
			ranks++
		}
		if ranks > r.most {
			return row[:i]
		}
	}
	return row
}
