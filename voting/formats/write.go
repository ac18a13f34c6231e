package formats

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/communecter/coopspace/internal/fault"
	"github.com/communecter/coopspace/voting"
)

// Write writes an election in a format, so that reading it again gives the same profile, and as much else as the format holds:
// docs/formats.md says what is lost. It refuses with ErrUnwritable, before it writes anything, ballots that the format cannot say: of another
// shape, of abstention, invalid, or of weights or names that it has no form for. What w reports is given back as it is.
func Write(w io.Writer, f *File, format Format) error {
	o := &output{w: bufio.NewWriterSize(w, 64<<10), file: f, format: format}
	write, err := o.prepare()
	if err != nil {
		return err
	}
	write()
	return o.w.Flush()
}

// output writes one file. Errors of the writer below stay in w until Flush.
type output struct {
	w       *bufio.Writer
	file    *File
	format  Format
	profile *voting.Profile
	names   []string // of the options, or their keys
	numbers []int    // of the options in the file, from 1
	gone    []int    // of the withdrawn
}

// prepare makes sure that all can be said, and gives what says it.
func (o *output) prepare() (write func(), err error) {
	if o.file == nil || o.file.Profile == nil {
		return nil, ErrUnwritable.At("", "there is no profile")
	}
	o.profile = o.file.Profile
	options := o.profile.Options()
	for i, c := range options {
		name := string(c)
		if i < len(o.file.Names) && o.file.Names[i] != "" {
			name = o.file.Names[i]
		}
		o.names = append(o.names, name)
	}
	o.number(options)
	if _, tallies := o.profile.Tallies(); tallies != nil && o.format != TallyJSON {
		return nil, ErrUnwritable.At("", "there are sums of grades without ballots, which only "+string(TallyJSON)+" holds")
	}
	if o.profile.Abstained() != (voting.Votes{}) || o.profile.Invalid() != (voting.Votes{}) {
		return nil, ErrUnwritable.At("", "there are abstentions or invalid ballots, which no format holds")
	}
	shape := o.profile.Shape()
	for _, f := range o.forms() {
		if f.shape != shape {
			continue
		}
		for _, check := range f.checks {
			if err := check(); err != nil {
				return nil, err
			}
		}
		return f.write, nil
	}
	return nil, ErrUnwritable.At("", string(o.format)+" holds no ballots of the shape "+string(shape))
}

// form is how ballots of one shape are written, and what must hold before.
type form struct {
	shape  voting.Shape
	write  func()
	checks []func() error
}

// forms gives how the format is written, for each shape that it holds.
func (o *output) forms() []form {
	const ranking, scores = voting.ShapeRanking, voting.ShapeScores
	switch o.format {
	case BLT:
		return []form{{ranking, o.blt, []func() error{o.counted, o.noPaper, o.named("\n\r")}}}
	case PrefLib:
		checks := []func() error{o.counted, o.noPaper, o.named("\n\r")}
		return []form{
			{ranking, o.prefLib, checks},
			{voting.ShapeChoices, o.prefLib, checks},
			{voting.ShapeGrades, o.prefLib, append(checks, o.graded)},
		}
	case CVotes:
		return []form{{ranking, o.cvotes, []func() error{o.noPaper, o.noGaps, o.namedOnce, o.named(">=;,#/^*<|\n\r")}}}
	case ABIF:
		checks := []func() error{o.counted, o.noPaper, o.namedOnce, o.named("]\n\r")}
		return []form{{ranking, o.abif, checks}, {scores, o.abif, append(checks, o.someBallot)}}
	case CSV:
		return []form{{scores, o.csv, []func() error{o.counted, o.namedOnce, o.named("\n\r"), o.noColumn}}}
	case ApprovalJSON:
		return []form{{voting.ShapeChoices, o.approvalJSON, []func() error{o.single}}}
	case ScoresJSON:
		return []form{{scores, o.scoresJSON, []func() error{o.counted, o.namedOnce}}}
	case RankedJSON:
		return []form{{ranking, o.rankedJSON, []func() error{o.counted, o.noPaper, o.namedOnce}}}
	case BallotJSON:
		checks := []func() error{o.counted, o.noPaper, o.namedOnce}
		return []form{{ranking, o.ballotJSON, checks}, {voting.ShapeChoice, o.ballotJSON, append(checks, o.someBallot)}}
	case RecordJSON:
		return []form{{ranking, o.recordJSON, []func() error{o.counted, o.allNamedOnce, o.named("|"), o.noLabel}}}
	case TallyJSON:
		return []form{{voting.ShapeGrades, o.tallyJSON, []func() error{o.namedOnce, o.summed}}}
	}
	return nil
}

// number gives the candidates their numbers: those of their keys where these are the numbers from 1 in order, else the numbers from 1, the
// withdrawn after all others.
func (o *output) number(options []voting.Choice) {
	total := len(options) + len(o.file.Withdrawn)
	free := make([]bool, total+1)
	take := func(c voting.Choice) int {
		n, ok := digits([]byte(c))
		if !ok || n < 1 || n > int64(total) || free[n] || key(int(n)) != c {
			return 0
		}
		free[n] = true
		return int(n)
	}
	fits := true
	for _, c := range options {
		n := take(c)
		fits = fits && n > 0 && (len(o.numbers) == 0 || n > o.numbers[len(o.numbers)-1])
		o.numbers = append(o.numbers, n)
	}
	for _, c := range o.file.Withdrawn {
		n := take(c.Key)
		fits = fits && n > 0
		o.gone = append(o.gone, n)
	}
	if fits {
		return
	}
	for i := range o.numbers {
		o.numbers[i] = i + 1
	}
	for i := range o.gone {
		o.gone[i] = len(options) + i + 1
	}
}

// rows goes through all distinct ballots, the blank last.
func (o *output) rows() iter.Seq2[[]voting.Mark, voting.Votes] {
	return func(yield func([]voting.Mark, voting.Votes) bool) {
		for row, v := range o.profile.Rows() {
			if v != (voting.Votes{}) && !yield(row, v) {
				return
			}
		}
		if v := o.profile.Blank(); v != (voting.Votes{}) {
			yield(nil, v)
		}
	}
}

// mostParts bounds the lines that one distinct ballot takes because of its weights.
const mostParts = 1000

// parts says how many ballots weigh how much, in numbers as votes reads them: "12" is twelve ballots, "0.5" one of half a voice.
func parts(v voting.Votes) []string {
	plain := min(v.Seats, int64(v.Voices/voting.Voice))
	if plain == v.Seats && v.Voices == voting.Weight(plain)*voting.Voice {
		return []string{strconv.FormatInt(plain, 10)}
	}
	plain = min(plain, v.Seats-1)
	odd := v.Seats - plain
	if odd > mostParts {
		return nil
	}
	var out []string
	if plain > 0 {
		out = append(out, strconv.FormatInt(plain, 10))
	}
	rest := (v.Voices - voting.Weight(plain)*voting.Voice).String()
	if !strings.Contains(rest, ".") {
		rest += ".0"
	}
	out = append(out, rest)
	for range odd - 1 {
		out = append(out, "0.0")
	}
	return out
}

func (o *output) counted() error {
	for _, v := range o.rows() {
		if parts(v) == nil {
			return ErrUnwritable.At("", strconv.FormatInt(v.Seats, 10)+" equal ballots of together "+v.Voices.String()+" voices would take too many lines")
		}
	}
	return nil
}

// single makes sure that every ballot has one voice, and that there are not too many.
func (o *output) single() error {
	cast := o.profile.Cast()
	if cast.Seats > 100_000_000 {
		return ErrUnwritable.At("", strconv.FormatInt(cast.Seats, 10)+" ballots would each take a place of their own")
	}
	for _, v := range o.rows() {
		if v.Voices != voting.Weight(v.Seats)*voting.Voice {
			return ErrUnwritable.At("", strconv.FormatInt(v.Seats, 10)+" ballots weigh "+v.Voices.String()+" voices, and this format has no weights")
		}
	}
	return nil
}

// noPaper makes sure that no ballot says what only paper does.
func (o *output) noPaper() error {
	if o.profile.Shape() != voting.ShapeRanking {
		return nil
	}
	for row := range o.rows() {
		if slices.ContainsFunc(row, func(m voting.Mark) bool { return m == voting.Overvoted || m.IsAgain() }) {
			return ErrUnwritable.At("", "a ballot has an overvote or names a candidate again, which only "+string(RecordJSON)+" holds")
		}
	}
	return nil
}

// noGaps makes sure that no ballot skips a rank.
func (o *output) noGaps() error {
	for row := range o.rows() {
		if slices.Contains(row, voting.SkippedRank) {
			return ErrUnwritable.At("", "a ballot leaves a rank empty")
		}
	}
	return nil
}

// someBallot makes sure that a ballot shows the shape.
func (o *output) someBallot() error {
	if o.profile.Distinct() == 0 && o.profile.Cast() == o.profile.Blank() {
		return ErrUnwritable.At("", "there is no ballot that names a candidate")
	}
	return nil
}

// named makes sure that names have none of some signs, and that names and title can be read again.
func (o *output) named(but string) func() error {
	return func() error {
		names := slices.Clone(o.names)
		for _, c := range o.file.Withdrawn {
			names = append(names, c.Name)
		}
		for _, name := range names {
			if strings.ContainsAny(name, but) || invalid([]byte(name)) >= 0 || strings.TrimSpace(name) != name || len(name) > mostName {
				return ErrUnwritable.At("", "the name "+fault.Quoted(name)+" cannot be written in "+string(o.format))
			}
		}
		return nil
	}
}

func (o *output) namedOnce() error { return once(o.names) }

// allNamedOnce is namedOnce with those who have withdrawn.
func (o *output) allNamedOnce() error {
	names, _ := o.byNumber()
	return once(names)
}

func once(names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return ErrUnwritable.At("", "two candidates have the name "+fault.Quoted(name))
		}
		if why := nameFault([]byte(name)); why != "" {
			return ErrUnwritable.At("", why)
		}
		seen[name] = true
	}
	return nil
}

// noColumn makes sure that no name is that of a column that is no candidate's.
func (o *output) noColumn() error {
	for _, name := range o.names {
		if columnOf(name) != 0 {
			return ErrUnwritable.At("", "the name "+fault.Quoted(name)+" has a meaning of its own in a table")
		}
	}
	return nil
}

// noLabel makes sure that no name is a word for a cell.
func (o *output) noLabel() error {
	for i, name := range o.names {
		isWriteIn := o.profile.Options()[i] == o.file.WriteIn
		if name == labelOvervote || name == labelSkipped || name == labelWriteIn || (name == writeIn) != isWriteIn || isWriteIn && i != len(o.names)-1 {
			return ErrUnwritable.At("", "the name "+fault.Quoted(name)+" has a meaning of its own in records")
		}
	}
	return nil
}

// graded makes sure that there are grades as PrefLib has categories.
func (o *output) graded() error {
	if o.file.MostScore < 2 || o.file.MostScore >= voting.MaxOptions {
		return ErrUnwritable.At("", "the file says no best grade from 2 to "+strconv.Itoa(voting.MaxOptions-1))
	}
	for row := range o.rows() {
		for _, m := range row {
			if m != voting.NoValue && int(m) > o.file.MostScore {
				return ErrUnwritable.At("", "a ballot gives the grade "+strconv.Itoa(int(m))+", and the best is "+strconv.Itoa(o.file.MostScore))
			}
		}
	}
	return nil
}

func (o *output) text(parts ...string) {
	for _, part := range parts {
		_, _ = o.w.WriteString(part)
	}
}

// title gives the title on one line.
func (o *output) title() string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(o.file.Title, "?")[:min(len(o.file.Title), mostTitle)])
}

func jsonText(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}
