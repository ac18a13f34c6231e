package pabulib

import (
	"io"

	"github.com/communecter/coopspace/funding/allocation"
	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/voting"
)

// File is what a .pb file says.
type File struct {
	// Meta is the whole META section in its order. Write takes from it what the other fields do not say better: the budget, the numbers of
	// projects and votes, the limits and the like are the election's.
	Meta []Entry
	// Election is the projects, the budget and the ballots. Its limits are the file's.
	Election *allocation.Election
	// Rule is how the projects were chosen, as the file names it: "greedy", "greedy-no-skip", "equalshares/add1", "unknown"; "" where it does
	// not say. It applies nothing by itself.
	Rule string
	// MinScore is the least score with which a project was chosen: min_project_score_threshold.
	MinScore voting.Weight
	// Selected is what became of each project by the file's own column, in the election's order: 1 is bought, 0 is not, and more is bought with
	// other money, as the comment in Meta says. It is nil where the file does not say.
	Selected []int
	// Details are the columns of projects that decide nothing, in the file's order.
	Details []Column
	// Contradictions are where the file says two things and was read all the same, the first hundred; Contradicted counts all.
	Contradictions []Contradiction
	Contradicted   int
}

// Entry is a line of META.
type Entry struct{ Key, Value string }

// Column is what a column of PROJECTS says of each project, in the election's order.
type Column struct {
	Name  string
	Cells []string
}

// Contradiction is where a file says two things: a ballot that breaks the limits in META, or a number of votes that the ballots do not have.
type Contradiction struct {
	Place string // "line 12, column 5"
	Text  string
}

// Options are what a reader may say about a file. The zero Options take the file as cities publish theirs.
type Options struct {
	// Strict refuses a file where it contradicts itself. Otherwise a ballot that breaks the limits counts as it stands, as cities have
	// counted them; a project that a ballot names twice counts once; and both are in File.Contradictions.
	Strict bool
	// Vector is what each rank of an ordinal vote is worth. Nil: as the file's scoring_fn says.
	Vector []int64
	// Currency is that of a file which names none. "": XXX, of which there are only whole units.
	Currency money.Currency
}

// Selection gives the ids of the projects that the file says were bought with the budget, in the election's order.
func (f *File) Selection() []string {
	var ids []string
	for i, p := range f.Election.Projects() {
		if i < len(f.Selected) && f.Selected[i] == 1 {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// Value gives what META says of a key, "" where it says nothing.
func (f *File) Value(key string) string {
	for _, e := range f.Meta {
		if e.Key == key {
			return e.Value
		}
	}
	return ""
}

// Read reads a .pb file in a stream. It refuses a file that breaks the format with ErrBroken and one whose values cannot be counted with
// ErrContents, both with the place. What r itself reports is given back as it is. Nil is the zero Options.
func Read(r io.Reader, o *Options) (*File, error) {
	if o == nil {
		o = &Options{}
	}
	d := &reader{rows: newRows(r), options: *o, file: &File{}}
	for _, step := range []func() error{d.rows.begin, d.meta, d.projects, d.votes, d.compare} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return d.file, nil
}

// reader is a file being read.
type reader struct {
	rows    *rows
	options Options
	file    *File
	head    head
	kept    int // bytes of META and PROJECTS that the file keeps

	standings []standing     // by project
	index     map[string]int // of projects, by id
	worth     []int64        // of each rank of an ordinal vote
	ballots   int
	weighted  bool // the votes have weights
}

// standing is what the file says of a project, and what its ballots say.
type standing struct {
	votes, score     number // -1: the file does not say
	counted, scoring int64
}

// number is a whole number and where it stands.
type number struct {
	value int64
	at    place
}

const (
	mostEntries        = 1000     // of META
	mostKept           = 16 << 20 // bytes of META and PROJECTS together
	mostContradictions = 100      // that are listed
)

// keep counts text that stays in memory.
func (d *reader) keep(c cell) (string, error) {
	if d.kept += len(c.text); d.kept > mostKept {
		return "", c.at.broken("META and PROJECTS together hold more than 16 MiB")
	}
	return string(c.text), nil
}

// note says where the file says two things.
func (d *reader) note(at place, text string) error {
	if d.options.Strict {
		return at.contents(text)
	}
	d.file.Contradicted++
	if len(d.file.Contradictions) < mostContradictions {
		d.file.Contradictions = append(d.file.Contradictions, Contradiction{at.String(), text})
	}
	return nil
}
