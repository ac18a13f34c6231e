package formats

import (
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/voting"
)

// byNumber gives all candidates' names in the order of their numbers, and who has withdrawn.
func (o *output) byNumber() (names []string, withdrawn []bool) {
	names = make([]string, len(o.numbers)+len(o.gone))
	withdrawn = make([]bool, len(names))
	for i, n := range o.numbers {
		names[n-1] = o.names[i]
	}
	for i, n := range o.gone {
		names[n-1], withdrawn[n-1] = o.file.Withdrawn[i].Name, true
		if names[n-1] == "" {
			names[n-1] = strconv.Itoa(n)
		}
	}
	return names, withdrawn
}

func (o *output) blt() {
	names, withdrawn := o.byNumber()
	o.text(strconv.Itoa(len(names)), " ", strconv.Itoa(max(1, o.file.Seats)), "\n")
	for i := range names {
		if withdrawn[i] {
			o.text("-", strconv.Itoa(i+1), "\n")
		}
	}
	if ties := o.places(o.file.Ties); len(ties) == len(o.numbers) && len(o.gone) == 0 {
		o.text("[tie")
		for _, place := range ties {
			o.text(" ", strconv.Itoa(o.numbers[place]))
		}
		o.text("]\n")
	}
	for row, v := range o.rows() {
		for _, part := range parts(v) {
			o.text(part)
			for _, m := range row {
				switch {
				case m == voting.SkippedRank:
					o.text(" -")
				case m.IsLevel():
					o.text("=", strconv.Itoa(o.numbers[m.Option()]))
				default:
					o.text(" ", strconv.Itoa(o.numbers[m.Option()]))
				}
			}
			o.text(" 0\n")
		}
	}
	o.text("0\n")
	if o.nameless() && o.file.Title == "" {
		return
	}
	for _, name := range append(names, o.title()) {
		o.text(`"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name), "\"\n")
	}
}

// nameless says whether the file has only numbers.
func (o *output) nameless() bool {
	has := func(name string) bool { return name != "" }
	return !slices.ContainsFunc(o.file.Names, has) &&
		!slices.ContainsFunc(o.file.Withdrawn, func(c Candidate) bool { return c.Name != "" }) && o.numbered()
}

// numbered says whether the candidates' keys are their numbers.
func (o *output) numbered() bool {
	for i, c := range o.profile.Options() {
		if key(o.numbers[i]) != c {
			return false
		}
	}
	return true
}

// places gives the places of options among all; nil if one is none.
func (o *output) places(options []voting.Choice) []int {
	all := o.profile.Options()
	var out []int
	for _, c := range options {
		i := slices.Index(all, c)
		if i < 0 {
			return nil
		}
		out = append(out, i)
	}
	return out
}

func (o *output) prefLib() {
	options := o.profile.Options()
	numbers := make([]string, len(options)) // here candidates may keep any numbers
	last := int64(-1)
	for i, c := range options {
		n, ok := digits([]byte(c))
		if !ok || n <= last || n > mostNumber || key(int(n)) != c {
			numbers = nil
			break
		}
		numbers[i], last = string(c), n
	}
	if numbers == nil {
		for i := range options {
			numbers = append(numbers, strconv.Itoa(i+1))
		}
	}
	kind, lines := o.kind()
	o.text("# TITLE: ", strings.TrimSpace(o.title()), "\n# DATA TYPE: ", kind, "\n# NUMBER ALTERNATIVES: ", strconv.Itoa(len(options)),
		"\n# NUMBER VOTERS: ", strconv.FormatInt(o.profile.Cast().Seats, 10))
	if kind == "cat" {
		o.text("\n# NUMBER UNIQUE PREFERENCES: ", strconv.Itoa(lines), "\n# NUMBER CATEGORIES: ", strconv.Itoa(o.categories()), "\n")
	} else {
		o.text("\n# NUMBER UNIQUE ORDERS: ", strconv.Itoa(lines), "\n")
	}
	if !o.nameless() || numbers[len(numbers)-1] != strconv.Itoa(len(numbers)) {
		for i, name := range o.names {
			o.text("# ALTERNATIVE NAME ", numbers[i], ": ", name, "\n")
		}
	}
	for row, v := range o.rows() {
		for _, part := range parts(v) {
			o.text(part, ": ")
			if kind == "cat" {
				o.inCategories(row, numbers)
			} else {
				o.inRanks(row, numbers)
			}
			o.text("\n")
		}
	}
}

func (o *output) categories() int {
	if o.profile.Shape() == voting.ShapeGrades {
		return o.file.MostScore + 1
	}
	return 2
}

// kind gives PrefLib's name for what the ballots are, and how many lines they take.
func (o *output) kind() (kind string, lines int) {
	tied, complete := false, true
	for row, v := range o.rows() {
		lines += len(parts(v))
		named := 0
		for _, m := range row {
			if m != voting.SkippedRank {
				tied = tied || m.IsLevel()
				named++
			} else {
				tied = true // an empty rank is written with braces
			}
		}
		complete = complete && named == len(o.names)
	}
	switch {
	case o.profile.Shape() != voting.ShapeRanking:
		return "cat", lines
	case tied && complete:
		return "toc", lines
	case tied:
		return "toi", lines
	case complete:
		return "soc", lines
	}
	return "soi", lines
}

func (o *output) inRanks(row []voting.Mark, numbers []string) {
	for i := 0; i < len(row); {
		if i > 0 {
			o.text(",")
		}
		end := i + 1
		for end < len(row) && row[end] != voting.SkippedRank && row[end].IsLevel() {
			end++
		}
		switch {
		case row[i] == voting.SkippedRank:
			o.text("{}")
		case end == i+1:
			o.text(numbers[row[i].Option()])
		default:
			for j, m := range row[i:end] {
				o.text([]string{"{", ","}[min(j, 1)], numbers[m.Option()])
			}
			o.text("}")
		}
		i = end
	}
}

// inCategories writes the category of every candidate, the best category first.
func (o *output) inCategories(row []voting.Mark, numbers []string) {
	for category := range o.categories() {
		o.text([]string{"{", ",{"}[min(category, 1)])
		sign := ""
		for i, number := range numbers {
			in := false
			if o.profile.Shape() == voting.ShapeChoices {
				in = slices.Contains(row, voting.Mark(i)) == (category == 0)
			} else {
				in = i < len(row) && int(row[i]) == o.file.MostScore-category
			}
			if in {
				o.text(sign, number)
				sign = ","
			}
		}
		o.text("}")
	}
}

func (o *output) cvotes() {
	weighted := false
	for _, v := range o.rows() {
		weighted = weighted || v.Voices != voting.Weight(v.Seats)*voting.Voice
	}
	if title := o.title(); title != "" {
		o.text("# ", title, "\n")
	}
	o.text("#/Candidates: ", strings.Join(o.names, " ; "), "\n")
	if o.file.Seats > 0 {
		o.text("#/Number of Seats: ", strconv.Itoa(o.file.Seats), "\n")
	}
	if o.file.Unranked != "" {
		o.text("#/Implicit Ranking: ", strconv.FormatBool(o.file.Unranked == "last"), "\n")
	}
	o.text("#/Weight Allowed: ", strconv.FormatBool(weighted), "\n\n")
	for row, v := range o.rows() {
		// so many ballots of the same weight, and so many that weigh one millionth of a voice more
		each, more := v.Voices/voting.Weight(v.Seats), int64(v.Voices%voting.Weight(v.Seats))
		o.cvotesLine(row, each, v.Seats-more)
		o.cvotesLine(row, each+1, more)
	}
}

func (o *output) cvotesLine(row []voting.Mark, weight voting.Weight, ballots int64) {
	if ballots == 0 {
		return
	}
	if len(row) == 0 {
		o.text("/EMPTY_RANKING/")
	}
	for i, m := range row {
		switch {
		case i > 0 && m.IsLevel():
			o.text(" = ")
		case i > 0:
			o.text(" > ")
		}
		o.text(o.names[m.Option()])
	}
	if weight != voting.Voice {
		o.text(" ^", weight.String())
	}
	o.text(" * ", strconv.FormatInt(ballots, 10), "\n")
}

func (o *output) abif() {
	if title := o.title(); title != "" {
		o.text(`{"title": `, jsonText(title), "}\n")
	}
	short := func(option int) string { return "c" + strconv.Itoa(option+1) }
	for i, name := range o.names {
		o.text("=", short(i), ":[", name, "]\n")
	}
	for row, v := range o.rows() {
		for _, part := range parts(v) {
			o.text(part, ":")
			sign := ""
			for i, m := range row {
				if o.profile.Shape() == voting.ShapeScores {
					if m != voting.NoValue {
						o.text(sign, short(i), "/", strconv.Itoa(int(m)))
						sign = ","
					}
					continue
				}
				switch {
				case m == voting.SkippedRank:
					o.text(">")
					continue
				case i > 0 && m.IsLevel():
					o.text("=")
				case sign != "":
					o.text(">")
				}
				o.text(short(m.Option()))
				sign = ">"
			}
			o.text("\n")
		}
	}
}

func (o *output) csv() {
	o.text("count")
	for _, name := range o.names {
		if strings.ContainsAny(name, ",;\t\"") {
			name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		o.text(",", name)
	}
	o.text("\n")
	for row, v := range o.rows() {
		for _, part := range parts(v) {
			o.text(part)
			for i := range o.names {
				o.text(",")
				if i < len(row) && row[i] != voting.NoValue {
					o.text(strconv.Itoa(int(row[i])))
				}
			}
			o.text("\n")
		}
	}
}
